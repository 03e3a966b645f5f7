# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about a run: waves that stopped, spent claims, last looks, and where it broke off."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    FAILED,
    SECOND,
    WELL,
    facts,
    find,
    ids,
    report,
)


def test_wave_that_stopped_names_its_token_and_has_a_ticket() -> None:
    refused = {**FAILED, "verdict": "activate", "seed": False}
    work = {
        "changed": True,
        "commands": ["x"],
        "stopped": "the release of the activation lock did not take effect for FTK200EXAMPLE001",
        "stopped_cause": "release",
        "untouched": ["FTK200EXAMPLE002"],
        "waves": [{"number": 1, "serials": ["FTK200EXAMPLE001"], "failed": ["FTK200EXAMPLE001"]}],
        "results": [{"serial": "FTK200EXAMPLE001", "action": "readded"}],
    }
    made = report("fw", before=facts([FAILED, SECOND]), after=facts([refused, SECOND]), activate=work)
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
    made = report("fw", before=facts([FAILED, SECOND]), after=facts([FAILED, SECOND]), activate=work)
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
    made = report("fw", before=facts([FAILED]), after=facts([WELL]), purge={"differences": differences})
    finding = find(made, "last_look_differs")
    assert finding["evidence"] == [
        "FTK200EXAMPLE001: status: expected error, found active",
        "the unit: token server: expected reachable, found unreachable",
    ]
    assert finding["serials"] == ["FTK200EXAMPLE001"]
    assert made["differences"] == differences


def test_a_run_that_broke_off_names_what_it_had_done() -> None:
    made = report(
        "fw",
        before=facts([FAILED]),
        purge={"changed": True, "purged": ["FTK200EXAMPLE001"]},
        error={"msg": "the line broke", "task": "Delete", "command": "delete x", "device_output": "Return code -23"},
    )
    assert find(made, "run_failed")["evidence"] == [
        "Task: Delete",
        "Command: delete x",
        "The unit answered: Return code -23",
    ]
    assert find(made, "not_verified")["evidence"] == ["FTK200EXAMPLE001: deleted"]


def test_a_message_is_told_once() -> None:
    failed = {"failed": True, "msg": "it failed"}
    same = report("fw", before=facts([WELL]), purge=failed, error={"msg": "it failed"})
    other = report("fw", before=facts([WELL]), purge=failed, error={"msg": "another"})
    assert "task_failed" not in ids(same)
    assert find(other, "task_failed")["detail"] == "it failed"


def test_no_facts_and_no_error_is_a_failure_of_its_own() -> None:
    assert "no_facts" in ids(report("fw"))
    assert "no_facts" not in ids(report("fw", error={"msg": "no answer"}))
