# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A claim about a token that no unit has is named, where the run can tell."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.claims_without_token import (
    claims_without_token,
)
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import ALREADY, facts, report, token, user

FIRST = token("FTK200EXAMPLE001", "needs_lock_release", ALREADY, user("alice"), seed=True)
SECOND = token("FTK200EXAMPLE002", "healthy", "active", user("bob"), seed=True)


def told(*claims: Any, **options: Any) -> list[str]:
    given = {"lock_released": list(claims), **options}
    return claims_without_token(
        [report("fw-a", before=facts([FIRST]), options=given), report("fw-b", before=facts([SECOND]), options=given)]
    )


def test_a_slip_is_named_once_with_the_serial_that_was_meant() -> None:
    assert told("FTK200EXAMPLE01O") == [
        "remediate_lock_released names FTK200EXAMPLE01O, but no unit of this run has this token."
        " Did you mean FTK200EXAMPLE001?"
    ]
    assert told("ABC") == ["remediate_lock_released names ABC, but no unit of this run has this token."]


def test_tokens_of_any_unit_and_all_are_fine() -> None:
    assert told("ftk200example001", " FTK200EXAMPLE002 ", "all", "") == []
    text = {"lock_released": "FTK200EXAMPLE001,FTK200EXAMPLE009"}
    [said] = claims_without_token([report("fw-a", before=facts([FIRST]), options=text)])
    assert "FTK200EXAMPLE009, but the unit does not have this token" in said


@pytest.mark.parametrize("limit", [{"serials": ["FTK200EXAMPLE001"]}, {"vdoms": ["root"]}])
def test_a_limited_run_cannot_tell(limit: dict[str, Any]) -> None:
    assert told("FTK200EXAMPLE009", **limit) == []


def test_a_unit_that_was_not_read_may_have_it() -> None:
    given = {"lock_released": ["FTK200EXAMPLE009"]}
    assert claims_without_token([report("fw-a", before=facts([FIRST]), options=given), report("fw-b")]) == []
