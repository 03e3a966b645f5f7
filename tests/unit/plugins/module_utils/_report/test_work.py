# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks did, from results in which anything may be missing."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.work import (
    Work,
    redacted,
    spent_claims,
    work_done,
)

SERIAL = "FTK200EXAMPLE001"


def activated(action: str, message: str = "") -> dict[str, Any]:
    return {"results": [{"serial": SERIAL, "action": action, "message": message}]}


def test_nothing_was_tried() -> None:
    assert work_done({}, {}) == Work()


@pytest.mark.parametrize(
    ("action", "counts"),
    [
        ("readded", "readded"),
        ("provisioned", "provisioned"),
        ("polled", "deleted"),
        ("none", "deleted"),
        ("", "deleted"),
    ],
)
def test_only_what_changed_the_unit_is_an_action(action: str, counts: str) -> None:
    assert work_done({"purged": [SERIAL]}, activated(action)).actions == {SERIAL: counts}


def test_messages_of_tokens_and_refused_codes_are_what_the_unit_refused() -> None:
    done = work_done({}, {**activated("none", "refused"), "license_errors": ["code 1 was refused"]})
    assert done.messages == {SERIAL: "refused"}
    assert done.refusals == ("refused", "code 1 was refused")


def test_failures_of_both_tasks_in_their_order() -> None:
    done = work_done({"failed": True}, {"failed": "yes", "msg": "why"})
    assert done.failures == ("The task failed without a message.", "why")
    assert work_done({"failed": False, "msg": "fine"}, {}).failures == ()


@pytest.mark.parametrize(
    ("purge", "activate", "changed"),
    [({"changed": True}, {}, True), ({}, {"changed": True}, True), ({"changed": False}, {"changed": "no"}, False)],
)
def test_a_change_of_either_task_counts(purge: dict[str, Any], activate: dict[str, Any], changed: bool) -> None:
    assert work_done(purge, activate).changed is changed


def test_whether_saving_is_due_is_known_only_from_the_second_task() -> None:
    assert work_done({"save_due": True}, {}).save_due is None
    assert work_done({}, {"save_due": False}).save_due is False


def test_changing_stopped_at_the_last_wave_that_was_begun() -> None:
    waves = [{"number": 1, "failed": []}, {"number": 2, "failed": [SERIAL]}]
    stopped = {"stopped": "the release did not take effect", "waves": waves, "untouched": ["FTK200EXAMPLE002"]}
    expected = {
        "wave": 2,
        "reason": "the release did not take effect",
        "failed": [SERIAL],
        "untouched": ["FTK200EXAMPLE002"],
        "cause": "",
    }
    assert work_done(stopped, {}).stopped == expected
    assert work_done({"stopped": "first"}, stopped).stopped == expected
    assert work_done({"stopped": "", "waves": waves}, {}).stopped is None
    assert work_done({"stopped": "why"}, {}).stopped == {
        "wave": 0,
        "reason": "why",
        "failed": [],
        "untouched": [],
        "cause": "",
    }


def test_secrets_are_removed_once_more() -> None:
    line = "set seed 00112233445566778899aabbccddeeff"
    done = work_done(
        {
            "commands": [line],
            "incomplete_users": [{"name": "a", "missing": [line]}],
            "differences": [{"what": "seed", "found": line}],
        },
        {},
    )
    assert (
        done.commands == [redacted(line)] == list(done.incomplete_users[0]["missing"]) == [done.differences[0]["found"]]
    )
    assert "00112233" not in repr(done)


def test_rows_that_lack_a_part() -> None:
    done = work_done(
        {"refused": [{"serial": SERIAL}], "settings_lost": {SERIAL: ["comments"]}}, {"settings_lost": None}
    )
    assert done.refused == [{"serial": SERIAL, "verdict": "", "reason": ""}]
    assert done.settings_lost == {SERIAL: ["comments"]}
    assert spent_claims([{"serial": SERIAL}, "odd"]) == [{"serial": SERIAL, "since": "", "status": "", "because": ""}]
