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


# Service, side doors, whole users

GROUPS = """
config user radius
    edit "aaa"
        set server "192.0.2.21"
    next
end
config user group
    edit "staff"
        set member "aaa"
    next
end
config firewall policy
    edit 1
        set groups "staff"
    next
end
"""
UNBIND = ("config user local", "edit alice", "set status disable", "unset two-factor", "next", "end")
REBIND = ("config user local", "edit alice", "set two-factor fortitoken", f"set fortitoken {BAD}")
TOKENS = [{"serial": GOOD, "seed": True, "state": "active"}, {"serial": BAD, "seed": True, "state": LOCK_HELD}]
REMOTE = {"name": "alice", "type": "radius", "server": "aaa", "fortitoken": BAD}


@pytest.fixture
def timed(desk: Make) -> Any:
    """A unit whose events bear the time of the test's clock."""
    unit = desk(
        tokens=TOKENS,
        users=[
            {"name": "alice", "type": "radius", "fortitoken": BAD},
            {"name": "bob", "type": "radius", "fortitoken": GOOD},
            {"name": "carol", "type": "radius", "status": "disable", "two_factor": "email"},
            {"name": "judy", "type": "radius"},
        ],
        fortiguard={"serials": {BAD: {"lock_released": True, "delay": 4.0}}},
    )
    add = unit.log.add

    def timed_add(*args: Any, **fields: Any) -> Any:
        event = add(*args, **fields)
        event["t"] = unit.clock.now
        return event

    unit.log.add = timed_add
    return unit


def test_time_out_of_service_ends_with_a_working_token(timed: Any) -> None:
    timed.clock.advance(10)
    assert invariants.out_of_service(timed.log.events) == {("root", "alice"): 0.0, ("root", "bob"): 0.0}
    timed(*UNBIND)
    timed.clock.advance(2)
    timed("config user fortitoken", f"delete {BAD}", f"edit {BAD}", "next", "end")
    # Enabled, and bound to a token that is not active yet: still out of service.
    timed(*REBIND, "set status enable", "next", "end")
    timed.clock.advance(10)
    timed("config user local", "edit bob", "set email-to b@example.com", "next", "end")
    assert invariants.out_of_service(timed.log.events) == {("root", "alice"): 6.0, ("root", "bob"): 0.0}


def test_a_user_who_stays_disabled_is_out_of_service_to_the_end(timed: Any) -> None:
    timed(*UNBIND)
    timed.clock.advance(7)
    timed("config user fortitoken", f"delete {BAD}", f"edit {BAD}", "next", "end")
    timed.clock.advance(5)
    timed(*REBIND, "next", "end")
    assert invariants.out_of_service(timed.log.events)["root", "alice"] == 12.0


def test_each_interruption_counts_and_those_of_others_do_not(timed: Any) -> None:
    for _time in range(2):
        timed("config user local", "edit bob", "set status disable", "end")
        timed.clock.advance(1)
        timed("config user local", "edit bob", "set status enable", "end")
        timed.clock.advance(1)
    effects.strike(timed.unit, Fault("users", users={"alice": "disable"}))
    timed.clock.advance(100)
    timed("config user local", "edit judy", "set email-to j@example.com", "end")
    assert invariants.out_of_service(timed.log.events) == {("root", "alice"): 0.0, ("root", "bob"): 2.0}


def test_a_repair_by_somebody_else_brings_a_user_back(timed: Any) -> None:
    timed("config user local", "edit alice", "set status disable", "end")
    timed("config user local", "edit alice", "set status enable", "end")
    timed.clock.advance(3)
    effects.strike(timed.unit, Fault("repair"))
    timed.clock.advance(3)
    assert invariants.out_of_service(timed.log.events)["root", "alice"] == 3.0


@pytest.mark.parametrize(
    ("config", "user", "open_"),
    [
        (GROUPS, REMOTE, True),
        (GROUPS, {**REMOTE, "server": "other"}, False),
        (GROUPS.replace("set groups", "set comments"), REMOTE, False),
        (GROUPS, {**REMOTE, "type": "password", "server": None, "passwd": "made-up-pw"}, False),
        ("", REMOTE, False),
    ],
)
def test_a_group_that_lets_a_disabled_user_in(desk: Make, config: str, user: dict[str, Any], open_: bool) -> None:
    unit = desk(tokens=TOKENS, users=[user], config={"root": config})
    unit(*UNBIND)
    text = "fgt-demo: root/user local/alice is let in by group 'staff' with a password only after commit 1"
    assert found(unit) == ([text] if open_ else [])
    assert invariants.violations(unit.log.events, remote_users=True) == []


def test_a_side_door_that_was_closed_first_or_that_others_opened(desk: Make) -> None:
    unit = desk(tokens=TOKENS, users=[REMOTE], config={"root": GROUPS})
    commands = ["config firewall policy", "edit 1", "unset groups", "next", "end"]
    effects.strike(unit.unit, Fault("change", commands=commands))
    unit(*UNBIND)
    assert found(unit) == []
    other = desk(tokens=TOKENS, users=[REMOTE], config={"root": GROUPS})
    effects.strike(other.unit, Fault("users", users={"alice": "disable"}))
    assert found(other) == []


def test_a_remote_user_whose_token_is_only_activated_has_no_side_door(desk: Make) -> None:
    unit = desk(tokens=TOKENS, users=[REMOTE], config={"root": GROUPS})
    unit(f"execute fortitoken activate {BAD}", "config user local", "edit alice", "set email-to a@example.com", "end")
    assert "fgt-demo: root/user local/alice: email-to changed" in found(unit)
    assert not [text for text in found(unit) if "let in" in text]


def test_a_user_who_comes_back_without_an_attribute(desk: Make) -> None:
    user = {**REMOTE, "settings": {"username-sensitivity": "disable", "authtimeout": 5}}
    unit = desk(tokens=TOKENS, users=[user], fortiguard={"serials": {BAD: {"lock_released": True}}})
    unit(*UNBIND, *REBIND, "next", "end")
    # Disabled: nothing is lost for good.
    assert found(unit) == [] == invariants.settings_lost(unit.log.events)
    unit("config user local", "edit alice", "set status enable", "end")
    place = "root/user local/alice"
    assert found(unit) == [f"fgt-demo: {place} is enabled without its username-sensitivity after commit 3"]
    assert invariants.settings_lost(unit.log.events) == [f"{place}: username-sensitivity was 'disable' and is None"]
    whole = desk(tokens=TOKENS, users=[user])
    whole(*UNBIND, *REBIND, "set username-sensitivity disable", "set status enable", "next", "end")
    assert found(whole) == [] == invariants.settings_lost(whole.log.events)


def test_a_token_that_was_made_healthy_is_kept(unit: Any) -> None:
    unit(*UNBIND, "config user fortitoken", f"delete {BAD}", f"edit {BAD}", "next", "end")
    assert found(unit) == []
    unit.clock.advance(5)
    unit("config user fortitoken", f"delete {BAD}", "end")
    assert found(unit) == [f"fgt-demo: healthy token {BAD} was delete in commit 5"]


def test_the_activations_of_others_are_not_counted(unit: Any) -> None:
    effects.strike(unit.unit, Fault("change", commands=[f"execute fortitoken activate {GOOD}"] * 2))
    assert found(unit) == []


def test_what_did_not_arrive_or_was_undone_may_be_requested_again_in_another_session() -> None:
    def asked(session: int, arrives: bool = True) -> dict[str, Any]:
        event = {"type": "activation", "serial": "FTK200EXAMPLE001", "server": "unknown"}
        return {**event, "session": session, "arrives": arrives}

    check = invariants.one_activation_per_serial
    twice = ["FTK200EXAMPLE001 was activated more than once"]
    restored = {"type": "restored"}
    assert (check([asked(1, False), asked(2)]), check([asked(1), restored, asked(2)])) == ([], [])
    assert check([asked(1, False), asked(1)]) == check([asked(1), restored, asked(1)]) == check([asked(1), asked(2)])
    assert check([asked(1), asked(2)]) == twice


def test_each_event_is_weighed_for_those_alone_whom_it_concerns(monkeypatch: pytest.MonkeyPatch) -> None:
    users = {
        f"user{number}": {"two-factor": "fortitoken", "fortitoken": f"FTK200BBBB{number:06}"} for number in range(300)
    }
    tokens: dict[str, dict[str, str]] = {values["fortitoken"]: {"seed": "x"} for values in users.values()}
    log: list[Any] = [
        {
            "type": "start",
            "t": 0.0,
            "config": {"root/user local": users, "root/user fortitoken": tokens},
            "status": dict.fromkeys(tokens, "active"),
        }
    ]
    of_user = {"type": "change", "session": 1, "scope": "root", "path": "user local", "op": "set"}
    log += [{**of_user, "t": 1.0, "key": name, "after": {"status": "disable"}} for name in users]
    log += [{"type": "activation_result", "t": 2.0, "serial": serial, "outcome": "error"} for serial in tokens]
    log += [{**of_user, "t": 3.0, "key": name, "after": values} for name, values in users.items()]
    log += [{"type": "activation_result", "t": 4.0, "serial": serial, "outcome": "active"} for serial in tokens]
    weighed = []
    serve = invariants._Tokens.serve
    monkeypatch.setattr(invariants._Tokens, "serve", lambda *args: weighed.append(args) or serve(*args))
    assert set(invariants.out_of_service(log).values()) == {3.0}
    assert len(weighed) <= 6 * len(users)
