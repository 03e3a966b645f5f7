# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about users, settings and side doors, and those that reading the unit brings along."""

from __future__ import annotations

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import taken_over
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    FAILED,
    WELL,
    facts,
    find,
    ids,
    report,
)


def test_comment_that_did_not_come_back_is_a_finding() -> None:
    done = {"changed": True, "commands": ["x"], "results": [{"serial": "FTK200EXAMPLE001", "action": "readded"}]}
    before = facts([{**FAILED, "comments": "desk 4"}])
    made = report("fw", before=before, after=facts([WELL]), activate=done)
    assert (made["result"], made["passed"]) == ("partial", False)
    assert find(made, "settings_lost")["evidence"] == ["FTK200EXAMPLE001: comments (desk 4)"]
    back = report("fw", before=before, after=facts([{**WELL, "comments": "desk 4"}]), activate=done)
    assert (back["result"], back["findings"]) == ("remediated", [])
    other = report(
        "fw",
        before=facts([FAILED]),
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
    held = {**FAILED, "action": "none", "blocked_by": "side_door"}
    door = {"serial": "FTK200EXAMPLE001", "name": "alice", "vdom": "root", "type": "ldap", "server": "dc1"}
    read = {**facts([held]), "side_doors": [{**door, "groups": ["vpn"], "included": False}]}
    made = report("fw", before=read)
    assert find(made, "side_door")["evidence"] == ["user alice: server ldap dc1, group vpn"]
    assert "left alone" in find(made, "side_door")["detail"]
    assert "work_left" not in ids(made), "a run would not touch it"
    included = report("fw", before={**read, "side_doors": [{**door, "groups": ["vpn"], "included": True}]})
    assert "does not cover them" in find(included, "side_door")["detail"]


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


def test_a_user_who_lost_a_token_may_log_in_with_only_a_password() -> None:
    bare = {**WELL, "bindings": []}
    done = {"changed": True, "commands": ["x"], "results": [{"serial": "FTK200EXAMPLE001", "action": "readded"}]}
    made = report("fw", before=facts([FAILED]), after=facts([bare]), activate=done)
    assert find(made, "binding_lost")["evidence"] == ["FTK200EXAMPLE001: user alice"]
    assert "user_left_disabled" not in ids(made)
