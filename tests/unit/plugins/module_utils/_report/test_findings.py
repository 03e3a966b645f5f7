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


def test_the_event_log_confirms_the_token_that_it_names() -> None:
    row = (
        '1: date=2026-11-25 time=04:00:00 logid="0100032156" logdesc="FortiToken activation successful"'
        ' action="activate" serialno="{}" status="success" msg="activated"'
    )
    for serial, proof, passed in ((WELL["serial"], "confirmed", True), ("FTK200BAA9999999", "shown", False)):
        made = report("fw", before=facts([WELL]), events={"events": [row.format(serial)]}, require_proof=True)
        assert [token["proof"] for token in made["tokens"]] == [proof]
        assert made["passed"] is passed


def test_run_that_demands_proof_fails_without() -> None:
    made = report("fw", before=facts([WELL]), require_proof=True)
    assert (made["result"], made["passed"]) == ("healthy", False)
    assert find(made, "not_proven")["serials"] == ["FTK200EXAMPLE001"]
    proven = report("fw", before=facts([{**WELL, "proof": "confirmed"}]), require_proof=True)
    assert (proven["passed"], proven["findings"]) == (True, [])
