# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of an interrupted run in the report: never passed over, whatever became of the run."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.build import absent_report
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.unfinished import unfinished
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    ALREADY,
    GATES,
    facts,
    gate,
    journal,
    report,
    token,
    user,
)

FAILED = token("FTK200EXAMPLE001", "reimport", ALREADY, user("alice"), seed=True)
OTHER = token("FTK200EXAMPLE002", "reimport", ALREADY, user("bob", "disable"), seed=True)
#: As the facts show a token that an interrupted run has deleted: only the journal knows it, and who had it.
DELETED = {
    **FAILED,
    "present": "journal",
    "status": None,
    "seed": False,
    "bindings": [],
    "held_before": [user("alice")],
}


def named(made: dict[str, Any]) -> str:
    return " ".join(line for finding in made["findings"] for line in finding["evidence"])


class TestCompare:
    def test_what_is_back_is_not_named(self) -> None:
        found = unfinished(journal(FAILED), facts([FAILED]))
        assert found is not None
        assert (found["open"], found["tokens"], found["users"]) == (False, [], [])

    def test_what_is_away_is_named(self) -> None:
        found = unfinished(journal(FAILED), facts([DELETED]))
        assert found is not None
        assert (found["open"], found["certain"]) == (True, True)
        assert [row["serial"] for row in found["tokens"]] == ["FTK200EXAMPLE001"]
        assert found["users"] == [
            {"type": "user", "name": "alice", "vdom": "root", "serial": "FTK200EXAMPLE001", "bound": False}
        ]

    def test_user_who_was_disabled_before_is_back_with_the_token(self) -> None:
        found = unfinished(journal(OTHER), facts([OTHER]))
        assert found is not None and not found["open"]

    def test_user_who_is_still_disabled_is_named(self) -> None:
        bound = {**FAILED, "bindings": [user("alice", "disable")]}
        found = unfinished(journal(FAILED), facts([bound]))
        assert found is not None
        assert [(row["name"], row["bound"]) for row in found["users"]] == [("alice", True)]

    def test_without_facts_everything_counts(self) -> None:
        found = unfinished(journal(FAILED, OTHER), {})
        assert found is not None
        assert (found["open"], found["certain"], len(found["tokens"]), len(found["users"])) == (True, False, 2, 2)

    def test_entry_in_the_status_list_only_is_missing(self) -> None:
        """The unit may still list a token whose entry was deleted."""
        found = unfinished(journal(FAILED), facts([{**FAILED, "present": "status"}]))
        assert found is not None and found["tokens"]

    @pytest.mark.parametrize("odd", [None, {}, [], "journal", {"entries": "x", "bindings": 7, "activations": []}])
    def test_odd_data_names_nothing(self, odd: Any) -> None:
        found = unfinished(odd, {})
        assert found is None or not found["open"]


SKIPPED = [gate("management", "skipped", "FortiManager manages this unit.")]
BLOCKED = [*GATES, gate("token_server", "blocked", "No token server.")]


class TestReport:
    @pytest.mark.parametrize(
        ("more", "result"),
        [
            ({"before": facts([DELETED], SKIPPED)}, "partial"),
            ({"before": facts([DELETED], BLOCKED)}, "partial"),
            ({"before": facts([DELETED]), "mode": "audit"}, "partial"),
            ({"before": facts([DELETED]), "check_mode": True}, "partial"),
            ({"error": "no route to host"}, "failed"),
            (
                {"before": facts([FAILED]), "error": {"msg": "Timed out"}, "purge": {"failed": True, "msg": "x"}},
                "failed",
            ),
            ({"before": facts([FAILED]), "after": facts([DELETED])}, "partial"),
        ],
        ids=["skipped", "blocked", "audit", "check", "unreachable", "timed out", "not finished"],
    )
    def test_open_journal_is_never_passed_over(self, more: dict[str, Any], result: str) -> None:
        for strict in (True, False):
            made = report("fw", journal=journal(FAILED), strict=strict, **more)
            assert (made["result"], made["passed"]) == (result, False)
            assert "alice" in named(made)
            assert "FTK200EXAMPLE001" in named(made)
            (row,) = made["tokens"]
            assert (row["missing"], row["attention"]) == (True, True)
            assert row["bindings"][0]["left_disabled"] is True
            assert [(who["name"], who["state"]) for who in made["locked_out"]] == [("alice", "disabled")]

    def test_task_that_was_stopped_from_outside_has_changed_the_unit(self) -> None:
        """Its result tells of nothing; the journal does."""
        purge = {"failed": True, "msg": "Timed out after 4 s."}
        made = report("fw", before=facts([FAILED]), purge=purge, error={"msg": "Timed out"}, journal=journal(FAILED))
        assert made["changed"] is True
        assert report("fw", before=facts([FAILED]), after=facts([DELETED]), journal=journal(FAILED))["changed"] is True
        assert (
            report("fw", before=facts([DELETED]), after=facts([DELETED]), journal=journal(FAILED))["changed"] is False
        )

    def test_finished_journal_changes_nothing(self) -> None:
        healthy = token("FTK200EXAMPLE001", "healthy", "active", user("alice"), seed=True)
        made = report("fw", before=facts([healthy]), after=facts([healthy]), journal=journal(FAILED))
        assert (made["result"], made["passed"], made["findings"]) == ("healthy", True, [])

    def test_journal_that_cannot_be_read_fails_the_unit(self) -> None:
        broken = {"path": "/j/fw.json", "error": "The journal cannot be read: not valid JSON."}
        made = report("fw", before=facts([FAILED], SKIPPED), journal=broken)
        assert (made["result"], made["passed"]) == ("failed", False)
        assert made["findings"][0]["id"] == "journal_unreadable"
        assert made["findings"][0]["evidence"] == ["/j/fw.json"]

    def test_host_without_a_report_shows_its_journal(self) -> None:
        made = absent_report("fw", journal(FAILED))
        assert made["result"] == "not_reached"
        assert [finding["id"] for finding in made["findings"]] == ["not_reached", "journal_open"]
        assert "user alice" in named(made)
        assert made["findings"][1]["command"].endswith("-e remediate_hosts=fw")

    def test_vdom_of_a_unit_that_was_not_read_is_named_where_it_matters(self) -> None:
        branch = {**FAILED, "vdom": "branch", "bindings": [user("alice", vdom="branch")]}
        assert "user alice (VDOM branch)" in named(absent_report("fw", journal(branch)))
        assert "VDOM" not in named(absent_report("fw", journal(FAILED)))

    def test_token_that_was_added_but_is_absent_is_missing(self) -> None:
        readded = {"changed": True, "commands": ["x"], "results": [{"serial": "FTK200EXAMPLE001", "action": "readded"}]}
        made = report("fw", before=facts([FAILED]), after=facts([DELETED]), activate=readded)
        assert made["tokens"][0]["missing"] is True
        assert made["summary_after"] == {"missing": 1}
