# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each invariant finds its violation and accepts the right way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator import Fault, effects, invariants
from tests.simulator.fortiguard import LOCK_HELD

Make = Callable[..., Any]
GOOD, BAD = "FTK200AAAA000001", "FTK200AAAA000002"


@pytest.fixture
def unit(desk: Make) -> Any:
    return desk(
        tokens=[
            {"serial": GOOD, "seed": True, "state": "active"},
            {"serial": BAD, "seed": True, "state": LOCK_HELD, "comments": "door"},
        ],
        users=[
            {"name": "alice", "type": "radius", "fortitoken": BAD},
            {"name": "carol", "type": "radius", "fortitoken": GOOD},
            {"name": "dora", "type": "radius", "status": "disable", "two_factor": "email", "email_to": "d@example.com"},
        ],
        fortiguard={"serials": {BAD: {"lock_released": True}}},
    )


def found(unit: Any) -> list[str]:
    return invariants.violations(unit.log.events)


def test_the_right_way_violates_nothing(unit: Any) -> None:
    unit("config user local", "edit alice", "set status disable", "unset two-factor", "next", "end")
    unit("config user fortitoken", f"delete {BAD}", f"edit {BAD}", "set comments door", "next", "end")
    unit.clock.advance(5)
    unit("config user local", "edit alice", "set two-factor fortitoken", f"set fortitoken {BAD}")
    unit("set status enable", "next", "end")
    unit.shell.closed("exit")
    events = unit.log.events
    assert found(unit) == [] == invariants.bindings_lost(events) == invariants.comments_lost(events)


def test_an_enabled_user_without_second_factor(unit: Any) -> None:
    unit("config user local", "edit alice", "unset two-factor", "next", "edit alice", "set status disable", "next")
    assert found(unit) == ["fgt-demo: root/user local/alice is enabled without a second factor after commit 1"]
    assert len(invariants.bindings_lost(unit.log.events)) == 3


def test_a_disabled_user_that_is_enabled_without_second_factor(unit: Any) -> None:
    unit("config user local", "edit dora", "unset two-factor", "set status enable", "next")
    assert ["dora" in text for text in found(unit)] == [True]


def test_an_unsafe_step_inside_a_transaction_never_takes_effect(unit: Any) -> None:
    unit("execute config-transaction start", "config user local", "edit alice", "unset two-factor", "next")
    unit("edit alice", "set status disable", "next", "end", "execute config-transaction commit")
    assert found(unit) == []


def test_a_healthy_token_that_is_deleted_or_locked(unit: Any) -> None:
    unit("config user fortitoken", f"edit {GOOD}", "set status lock", "next")
    assert ["healthy token" in text for text in found(unit)] == [True]


def test_a_second_activation_and_one_while_unreachable(unit: Any) -> None:
    unit(f"execute fortitoken activate {BAD}")
    assert found(unit) == []
    unit.unit.scenario.fortiguard.status = "unreachable"
    unit(f"execute fortitoken activate {BAD}")
    assert [text.split(": ", 1)[1] for text in found(unit)] == [
        f"{BAD} was activated more than once",
        f"{BAD} was activated while the token server is unreachable",
    ]


@pytest.mark.parametrize(
    ("how", "killed", "count"), [("exit", False, 1), ("closed", False, 1), ("closed", True, 0), ("cut", False, 0)]
)
def test_debug_left_on(unit: Any, how: str, killed: bool, count: int) -> None:
    unit("diagnose debug enable")
    unit.shell.closed(how)
    assert len(invariants.violations(unit.log.events, killed=killed)) == count


def test_debug_levels_left_set(unit: Any) -> None:
    unit("diagnose debug application forticldd 255")
    unit.shell.closed("exit")
    assert ["left debug levels set: forticldd" in text for text in found(unit)] == [True]


def test_a_vdom_made_by_a_typo(desk: Make) -> None:
    unit = desk(vdom_mode="multi")
    unit("config vdom", "edit rooot")
    assert found(unit) == ["fgt-demo: VDOM 'rooot' was created"]


def test_changes_elsewhere(unit: Any) -> None:
    unit("config user local", "edit alice", "set email-to x@example.com", "next", "edit new", "set type radius", "end")
    unit("config system console", "set output standard", "end")
    unit("config system admin", "edit admin", "set comments x", "end")
    assert [text.split(": ", 1)[1] for text in found(unit)] == [
        "root/user local/alice: email-to changed",
        "root/user local/new was changed (add)",
        "global/system console/None was changed (set)",
        "global/system admin/admin was changed (set)",
        "system console was changed by admin",
    ]


def test_what_a_fault_changes_is_nobodys_violation(unit: Any) -> None:
    commands = ["config user local", "edit alice", "unset two-factor", "end"]
    effects.strike(unit.unit, Fault("change", commands=commands))
    assert found(unit) == [] and invariants.bindings_lost(unit.log.events)


def test_lines_and_logins_are_counted(unit: Any) -> None:
    assert invariants.logins([{"type": "login", "ok": True}, {"type": "login", "ok": False}]) == 1
    events = [{"type": "line", "mutated": True, "text": "next", "session": 2}, {"type": "line", "mutated": False}]
    assert invariants.changing_lines(events) == ["next"] == invariants.changing_lines(events, session=2)
