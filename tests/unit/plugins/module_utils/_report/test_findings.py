# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about what the other parts tell: waves, spent claims, last looks, side doors, settings, proof."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import make, taken_over
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import SEVERITIES
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    ALREADY,
    admin,
    facts,
    migrated_unit,
    report,
    three_units,
    token,
    user,
)

FIRST = token("FTK200EXAMPLE001", "reimport", ALREADY, user("alice"), seed=True)
SECOND = token("FTK200EXAMPLE002", "reimport", ALREADY, user("bob"), seed=True)
WELL = token("FTK200EXAMPLE001", "healthy", "active", user("alice"), seed=True)


def find(made: dict[str, Any], name: str) -> dict[str, Any]:
    return next(finding for finding in made["findings"] if finding["id"] == name)


def ids(made: dict[str, Any]) -> list[str]:
    return [finding["id"] for finding in made["findings"]]


def test_every_finding_has_the_same_parts() -> None:
    parts = set(make("work_left", "info", "x", fill={"tokens": "1 token"}))
    for made in three_units():
        for finding in made["findings"]:
            assert parts <= set(finding)
            assert finding["certainty"] in ("seen", "inferred", "unknown")
            assert finding["severity"] in SEVERITIES
            assert "{" not in finding["title"] + finding["topic"]


def test_wave_that_stopped_names_its_token_and_has_a_ticket() -> None:
    refused = {**FIRST, "verdict": "activate", "seed": False}
    work = {
        "changed": True,
        "commands": ["x"],
        "stopped": "the release of the activation lock did not take effect for FTK200EXAMPLE001",
        "stopped_cause": "release",
        "untouched": ["FTK200EXAMPLE002"],
        "waves": [{"number": 1, "serials": ["FTK200EXAMPLE001"], "failed": ["FTK200EXAMPLE001"]}],
        "results": [{"serial": "FTK200EXAMPLE001", "action": "readded"}],
    }
    made = report("fw", before=facts([FIRST, SECOND]), after=facts([refused, SECOND]), activate=work)
    finding = find(made, "release_not_effective")
    assert "FTK200EXAMPLE001" in finding["title"]
    assert "did not take effect" in finding["detail"]
    assert "1 token of later waves was not touched and stays bound" in finding["detail"]
    assert "FTK200EXAMPLE001" in finding["ticket"]
    assert "FTK200EXAMPLE002" not in finding["ticket"]
    assert "remediate_retry_refused=true" in finding["command"]
    assert made["waves"]["stopped"]["untouched"] == ["FTK200EXAMPLE002"]
    assert made["result"] == "partial"


@pytest.mark.parametrize("cause", ["activation", "binding", "unit", "something new"])
def test_a_wave_that_stopped_for_another_reason_is_no_failed_release(cause: str) -> None:
    work = {
        "changed": True,
        "stopped": "1 of 1 failed; FTK200EXAMPLE001 could not be activated (status: cmdb save error)",
        "stopped_cause": cause,
        "untouched": ["FTK200EXAMPLE002"],
        "waves": [{"number": 1, "serials": ["FTK200EXAMPLE001"], "failed": ["FTK200EXAMPLE001"]}],
    }
    made = report("fw", before=facts([FIRST, SECOND]), after=facts([FIRST, SECOND]), activate=work)
    assert "release_not_effective" not in ids(made)
    finding = find(made, "wave_stopped")
    assert "could not be activated" in finding["detail"]
    assert "run again" in finding["remedy"]
    assert "remediate_retry_refused" not in finding["command"]


def test_spent_claims_say_since_when() -> None:
    spent = {**SECOND, "refused_since": "2026-03-01T02:15:00Z", "action": "none", "verdict": "needs_lock_release"}
    made = report("fw", before=facts([spent]))
    assert "refused since 2026-03-01T02:15:00Z" in find(made, "claim_spent")["evidence"][0]
    claims = [{"serial": "FTK200EXAMPLE002", "since": "2026-03-02T00:00:00Z", "because": "FTK200EXAMPLE001"}]
    told = report("fw", before=facts([SECOND]), after=facts([SECOND]), activate={"claims": claims})
    assert "because FTK200EXAMPLE001 was refused" in find(told, "claim_spent")["evidence"][0]


def test_last_look_shows_what_was_expected_and_found() -> None:
    differences = [
        {"serial": "FTK200EXAMPLE001", "what": "status", "expected": "error", "found": "active"},
        {"serial": "", "what": "token server", "expected": "reachable", "found": "unreachable"},
    ]
    made = report("fw", before=facts([FIRST]), after=facts([WELL]), purge={"differences": differences})
    finding = find(made, "last_look_differs")
    assert finding["evidence"] == [
        "FTK200EXAMPLE001: status: expected error, found active",
        "the unit: token server: expected reachable, found unreachable",
    ]
    assert finding["serials"] == ["FTK200EXAMPLE001"]
    assert made["differences"] == differences


def test_comment_that_did_not_come_back_is_a_finding() -> None:
    done = {"changed": True, "commands": ["x"], "results": [{"serial": "FTK200EXAMPLE001", "action": "readded"}]}
    before = facts([{**FIRST, "comments": "desk 4"}])
    made = report("fw", before=before, after=facts([WELL]), activate=done)
    assert (made["result"], made["passed"]) == ("partial", False)
    assert find(made, "settings_lost")["evidence"] == ["FTK200EXAMPLE001: comments (desk 4)"]
    back = report("fw", before=before, after=facts([{**WELL, "comments": "desk 4"}]), activate=done)
    assert (back["result"], back["findings"]) == ("remediated", [])
    other = report(
        "fw",
        before=facts([FIRST]),
        after=facts([WELL]),
        activate={
            **done,
            "settings_lost": {"FTK200EXAMPLE001": ["reg-id"]},
        },
    )
    assert (other["result"], find(other, "settings_lost")["evidence"]) == ("partial", ["FTK200EXAMPLE001: reg-id"])


def test_user_who_did_not_come_back_whole_is_a_finding() -> None:
    rows = [{"name": "alice", "vdom": "root", "serial": "FTK200EXAMPLE001", "missing": ["set x y"]}]
    work = {"changed": True, "commands": ["x"], "incomplete_users": rows}
    made = report("fw", before=facts([WELL]), after=facts([WELL]), activate=work)
    assert find(made, "user_not_whole")["evidence"] == ["user alice: set x y"]
    assert made["result"] == "partial"


def test_side_doors_name_group_and_server() -> None:
    held = {**FIRST, "action": "none", "blocked_by": "side_door"}
    door = {"serial": "FTK200EXAMPLE001", "name": "alice", "vdom": "root", "type": "ldap", "server": "dc1"}
    read = {**facts([held]), "side_doors": [{**door, "groups": ["vpn"], "included": False}]}
    made = report("fw", before=read)
    assert find(made, "side_door")["evidence"] == ["user alice: server ldap dc1, group vpn"]
    assert "left alone" in find(made, "side_door")["detail"]
    assert "work_left" not in ids(made), "a run would not touch it"
    included = report("fw", before={**read, "side_doors": [{**door, "groups": ["vpn"], "included": True}]})
    assert "does not cover them" in find(included, "side_door")["detail"]


def test_token_that_something_of_its_own_holds_back() -> None:
    held = {**FIRST, "action": "none", "blocked_by": "line_break", "remedy": "Replace this token by hand."}
    made = report("fw", before=facts([held]))
    assert find(made, "prepare")["remedy"] == "Replace this token by hand."
    own = {**FIRST, "action": "none", "blocked_by": "administrator", "bindings": [admin("root")]}
    assert "held_by_administrator" in ids(report("fw", before=facts([own])))


def test_findings_of_the_facts_are_taken_over() -> None:
    row = {"id": "clock_off", "severity": "warning", "title": "The clock is off", "detail": "d", "remedy": "r",
           "certainty": "inferred", "source": "s", "evidence": ["e"], "serials": [], "count": 1}  # fmt: skip
    made = report("fw", before={**facts([WELL]), "findings": [row]})
    finding = find(made, "clock_off")
    assert (finding["title"], finding["topic"], finding["certainty"]) == (
        "The clock is off",
        "The clock is off",
        "inferred",
    )
    assert taken_over({"severity": "odd"})["severity"] == "info"


def test_proof_of_a_token() -> None:
    rows = {row["serial"]: row["proof"] for row in migrated_unit()["tokens"]}
    assert rows["FTK200EXAMPLE002"] == "confirmed", "this run gave it a new seed"
    assert rows["FTK200EXAMPLE001"] == "shown"
    assert rows["FTK200EXAMPLE005"] == ""
    made = report("fw", before=facts([{**WELL, "proof": "confirmed"}]))
    assert made["tokens"][0]["proof"] == "confirmed"


def test_run_that_demands_proof_fails_without() -> None:
    made = report("fw", before=facts([WELL]), require_proof=True)
    assert (made["result"], made["passed"]) == ("healthy", False)
    assert find(made, "not_proven")["serials"] == ["FTK200EXAMPLE001"]
    proven = report("fw", before=facts([{**WELL, "proof": "confirmed"}]), require_proof=True)
    assert (proven["passed"], proven["findings"]) == (True, [])
