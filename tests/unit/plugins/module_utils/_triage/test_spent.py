# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was refused is not requested again, and the report says why and since when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Token
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.spent import rests_on_claim, without_spent
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    NEEDS_LOCK_RELEASE,
    Policy,
    Spent,
    triage,
)

ERROR = "token already activated, and seed won't be returned"
ONE, TWO, MOBILE = "FTK200MADEUP0001", "FTK200MADEUP0002", "FTKMOBMADEUP0001"
SINCE = "2026-11-25T08:00:00Z"
CLAIM = Policy(lock_released=frozenset(("all",)))


def token(serial: str = ONE, status: str = ERROR, seed: bool = True, journal: str = "") -> Token:
    return Token(serial, "root", configured=True, listed=True, status=status, seed=seed, journal=journal)


def test_a_refused_claim_needs_a_release_again() -> None:
    policy = replace(CLAIM, spent={ONE: Spent(SINCE, ERROR)})
    found = without_spent(triage(token(), policy), token(), policy)
    assert (found.verdict, found.action, found.refused_since) == (NEEDS_LOCK_RELEASE, "none", SINCE)
    assert SINCE in found.reason and ERROR in found.reason
    assert ONE in found.remedy and "remediate_retry_refused=true" in found.remedy


def test_a_token_that_was_not_begun_names_the_one_that_was_refused() -> None:
    policy = replace(CLAIM, spent={TWO: Spent(SINCE, ERROR, because=ONE)})
    other = token(TWO)
    found = without_spent(triage(other, policy), other, policy)
    assert (found.verdict, found.action) == (NEEDS_LOCK_RELEASE, "none")
    assert f"did not take effect for {ONE}" in found.reason and ONE in found.remedy


def test_an_activation_without_a_claim_keeps_its_verdict_and_loses_its_action() -> None:
    fresh = token(status="activation error (token not exist in FortiGuard)", seed=False)
    policy = Policy(spent={ONE: Spent(SINCE, "activation error")})
    found = without_spent(triage(fresh, policy), fresh, policy)
    assert (found.verdict, found.action, found.refused_since) == ("activate", "none", SINCE)
    assert "remediate_retry_refused=true" in found.remedy


@pytest.mark.parametrize(
    "other", [token(TWO), token(status="active"), token(journal="deleted")], ids=["not refused", "works", "deleted"]
)
def test_other_findings_stay(other: Token) -> None:
    policy = replace(CLAIM, spent={ONE: Spent(SINCE, ERROR)})
    finding = triage(other, policy)
    assert without_spent(finding, other, policy) == finding


@pytest.mark.parametrize(
    ("given", "claim"),
    [
        (token(), True),
        (token(seed=False), True),
        (token(seed=False, status="new"), False),
        (token(seed=False, status="activation error (token not exist in FortiGuard)"), False),
        (token(seed=False, status="", journal="deleted"), True),
        (token(MOBILE, seed=False, status="locked"), False),
    ],
)
def test_which_requests_rest_on_a_claim(given: Token, claim: bool) -> None:
    assert rests_on_claim(given, CLAIM) is claim
