# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a run that gave users other mobile tokens."""

from __future__ import annotations

from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.build import UnitRun, build_report
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.unfinished import unfinished
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import facts, token, user

OLD, NEW, OTHER = "FTKMOBOLD0000001", "FTKMOBNEW0000001", "FTKMOBOLD0000002"
MOVED = {"name": "alice", "vdom": "root", "old": OLD, "new": NEW, "cause": "", "reason": ""}
KEPT = {"name": "bob", "vdom": "root", "old": OTHER, "new": "", "cause": "no_token", "reason": "No token is free."}
BEFORE = [
    token(OLD, "needs_license", "locked", user("alice")),
    token(OTHER, "needs_license", "locked", user("bob")),
    token(NEW, "healthy", "new"),
]
AFTER = [
    token(OLD, "needs_license", "locked"),
    token(OTHER, "needs_license", "locked", user("bob")),
    token(NEW, "pending", "provisioning", user("alice")),
]
WORK = {
    "changed": True,
    "moves": [MOVED, KEPT],
    "results": [{"serial": OLD, "action": "unassigned"}, {"serial": NEW, "action": "assigned"}],
}


def report(before: dict[str, Any], after: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return build_report(UnitRun("fw", "1-1", "2026-01-01T00:00:00Z", before=before, after=after, **more))


def finding(made: dict[str, Any], name: str) -> dict[str, Any]:
    return next((found for found in made["findings"] if found["id"] == name), {})


def row(made: dict[str, Any], serial: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in made["tokens"] if row["serial"] == serial)
    return found


def test_the_report_names_who_got_which_token_and_who_keeps_theirs() -> None:
    made = report(facts(BEFORE), facts(AFTER), activate=WORK, options={"token_map": ["auto"]})
    assert made["moves"] == [MOVED, KEPT] and made["result"] == "partial"
    moved, kept = finding(made, "users_moved"), finding(made, "users_not_moved")
    assert moved["evidence"] == [f"user alice: {OLD}, now {NEW}"] and moved["title"].startswith("1 user got")
    assert "197790" in moved["detail"] and "expired" in moved["detail"]
    assert kept["evidence"] == [f"user bob ({OTHER}): No token is free."] and kept["serials"] == [OTHER]
    assert "remediate_token_map=auto" in kept["command"]


def test_a_user_who_moved_has_not_lost_the_old_token_and_is_not_locked_out() -> None:
    made = report(facts(BEFORE), facts(AFTER), activate=WORK)
    assert [(b["name"], b["lost"], b["moved_to"]) for b in row(made, OLD)["bindings"]] == [("alice", False, NEW)]
    assert [(b["name"], b["lost"]) for b in row(made, NEW)["bindings"]] == [("alice", False)]
    assert (row(made, OLD)["action"], row(made, NEW)["action"]) == ("unassigned", "assigned")
    assert [each["name"] for each in made["locked_out"]] == ["bob"] and finding(made, "binding_lost") == {}


def test_a_user_who_moved_and_is_still_disabled_is_named_with_the_new_token() -> None:
    after = [AFTER[0], AFTER[1], token(NEW, "pending", "provisioning", user("alice", "disable"))]
    made = report(facts(BEFORE), facts(after), activate=WORK)
    assert [(each["name"], each["serial"], each["state"]) for each in made["locked_out"]] == [
        ("bob", OTHER, "token_failed"),
        ("alice", NEW, "disabled"),
    ]


def test_an_audit_and_check_mode_say_what_would_be_done() -> None:
    would = {**facts(BEFORE), "moves": [MOVED, KEPT]}
    for made in (report(would, mode="audit"), report(would, check_mode=True, activate={"moves": [MOVED, KEPT]})):
        assert finding(made, "users_to_move")["title"] == "1 user would get another mobile token"
        assert (row(made, OLD)["planned"], row(made, NEW)["planned"]) == ("unassigned", "assigned")
        assert finding(made, "users_moved") == {} and finding(made, "users_not_moved")


def test_a_wave_of_users_that_failed_is_named_also_behind_a_stopped_wave_of_hardware() -> None:
    waves = [
        {"number": 1, "serials": [OLD], "requested": [NEW], "failed": [NEW]},
        {"number": 2, "serials": [], "requested": [], "failed": []},
    ]
    stopped = {
        **WORK,
        "waves": waves,
        "stopped": "1 of 1 users did not get a token that works",
        "stopped_cause": "move",
    }
    made = report(facts(BEFORE), facts(AFTER), activate=stopped)
    found = finding(made, "wave_stopped")
    assert "after wave 1" in found["detail"] and "registered to" in found["remedy"]


def test_who_still_has_the_token_from_before_an_interrupted_move_is_not_unfinished() -> None:
    journal = {
        "path": "j.json",
        "bindings": [{"serial": NEW, "type": "user", "name": "alice", "vdom": "root", "status": "enable"}],
        "moves": [{"vdom": "root", "name": "alice", "serial": OLD}],
    }
    kept = unfinished(journal, facts(BEFORE))
    assert kept is not None and not kept["open"]
    half = [token(OLD, "needs_license", "locked"), token(NEW, "pending", "provisioning", user("alice", "disable"))]
    begun = unfinished(journal, facts(half))
    assert begun is not None and begun["open"] and begun["users"][0]["bound"]


def test_a_run_that_failed_before_has_moved_nobody_and_still_names_who_was_left_alone() -> None:
    would = {**facts(BEFORE), "moves": [MOVED, KEPT]}
    made = report(would, activate={"failed": True, "msg": "a gate is closed"})
    assert made["moves"] == [KEPT] and finding(made, "users_moved") == {}
    # The module was not asked for the user who cannot be reached; the facts tell why.
    assert report(would, facts(AFTER), activate={**WORK, "moves": [MOVED]})["moves"] == [MOVED, KEPT]
