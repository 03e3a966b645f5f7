# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue is complete, names its sources, and no two causes claim the same text."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis import catalogue
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import (
    CATALOGUE,
    INFERRED,
    SEEN,
    UNKNOWN,
    WRONG_MEMBER_CAUSES,
    Cause,
)

CAUSES = [*CATALOGUE, *(found for found in vars(catalogue).values() if isinstance(found, Cause))]
ACTORS = {
    catalogue.ADMINISTRATOR,
    catalogue.HOLDER,
    catalogue.TAC,
    catalogue.CUSTOMER_SERVICE,
    catalogue.SALES,
    catalogue.FIRMWARE,
}


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_a_cause_says_what_it_means_and_who_does_what(cause: Cause) -> None:
    assert cause.title
    assert cause.meaning.endswith(".")
    assert cause.remedy.endswith(".") or cause.severity == "info"
    assert cause.actor in ACTORS
    assert cause.certainty in (SEEN, INFERRED, UNKNOWN)
    assert cause.severity in ("error", "warning", "info")
    # A meaning that is known was read somewhere.
    assert cause.source or cause.certainty == UNKNOWN


@pytest.mark.parametrize("cause", CATALOGUE, ids=lambda cause: cause.id)
def test_a_cause_can_be_recognized(cause: Cause) -> None:
    assert cause.codes or cause.messages or cause.statuses or cause.line


def test_names_are_used_once() -> None:
    names = [cause.id for cause in CAUSES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", ["codes", "messages", "statuses"])
def test_no_two_causes_claim_the_same(kind: str) -> None:
    claimed = [value for cause in CATALOGUE for value in getattr(cause, kind)]
    assert len(claimed) == len(set(claimed))


def test_what_a_cluster_may_explain_is_in_the_catalogue() -> None:
    assert {cause.id for cause in CATALOGUE} >= WRONG_MEMBER_CAUSES
