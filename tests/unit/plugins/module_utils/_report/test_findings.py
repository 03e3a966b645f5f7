# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about tokens: what something of their own holds back, and what is not proven."""

from __future__ import annotations

from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    FAILED,
    WELL,
    admin,
    facts,
    find,
    ids,
    report,
)


def test_token_that_something_of_its_own_holds_back() -> None:
    held = {**FAILED, "action": "none", "blocked_by": "line_break", "remedy": "Replace this token by hand."}
    made = report("fw", before=facts([held]))
    assert find(made, "prepare")["remedy"] == "Replace this token by hand."
    own = {**FAILED, "action": "none", "blocked_by": "administrator", "bindings": [admin("root")]}
    assert "held_by_administrator" in ids(report("fw", before=facts([own])))


def test_run_that_demands_proof_fails_without() -> None:
    made = report("fw", before=facts([WELL]), require_proof=True)
    assert (made["result"], made["passed"]) == ("healthy", False)
    assert find(made, "not_proven")["serials"] == ["FTK200EXAMPLE001"]
    proven = report("fw", before=facts([{**WELL, "proof": "confirmed"}]), require_proof=True)
    assert (proven["passed"], proven["findings"]) == (True, [])
