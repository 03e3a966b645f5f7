# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes on a unit between two lines, and what the sessions see of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator import Fault, ScenarioError, effects, from_data, invariants, running
from tests.simulator.fortiguard import LOCK_HELD, NO_CONTACT

Make = Callable[..., Any]
BAD, WORSE, NEW = "FTK200AAAA000001", "FTK200AAAA000002", "FTK200AAAA000003"
CLUSTER = {"mode": "a-p", "members": ["FGT60E0000000001", "FGT60E0000000002"]}
UNIT: dict[str, Any] = {
    "tokens": [
        {"serial": BAD, "seed": True, "state": LOCK_HELD, "comments": "door"},
        {"serial": WORSE, "seed": True, "state": LOCK_HELD},
        {"serial": NEW},
    ],
    "users": [
        {"name": "alice", "type": "radius", "fortitoken": BAD},
        {"name": "bob", "type": "radius", "fortitoken": WORSE, "status": "disable"},
    ],
    "fortiguard": {"serials": {BAD: {"lock_released": True}, WORSE: {"lock_released": True}}},
}


def user(unit: Any, name: str) -> dict[str, str]:
    entry = unit.unit.config.table("root", "user local").entries[name]
    return {key: entry.text(key) for key in ("status", "two-factor", "fortitoken") if key in entry.values}


def status(unit: Any, serial: str) -> str:
    rows = [line for line in unit("diagnose fortitoken info").splitlines() if line.startswith(serial)]
    return rows[0].split(None, 2)[2] if rows else ""


# A second writer


def test_a_second_controller_repairs_all_tokens(desk: Make) -> None:
    unit = desk(**UNIT)
    old = unit("show user fortitoken")
    effects.strike(unit.unit, Fault("repair"))
    assert [status(unit, serial) for serial in (BAD, WORSE, NEW)] == ["active"] * 3
    assert unit("show user fortitoken").count("set seed") == 3 and unit("show user fortitoken") != old
    # Its work has used up the one activation of each: whoever asks now burns the token.
    assert {BAD, WORSE, NEW} <= unit.unit.fortiguard.locked
    assert invariants.violations(unit.log.events) == []
    unit(f"execute fortitoken activate {BAD}")
    unit.clock.advance(5)
    assert status(unit, BAD) == LOCK_HELD
    assert "fgt-demo: healthy token FTK200AAAA000001 was activated again" in invariants.violations(unit.log.events)


def test_a_token_that_the_first_controller_deleted_is_there_again(desk: Make) -> None:
    unit = desk(**UNIT)
    unit("config user local", "edit alice", "set status disable", "unset two-factor", "end")
    unit("config user fortitoken", f"delete {BAD}", "end")
    effects.strike(unit.unit, Fault("repair", serials=[BAD]))
    assert status(unit, BAD) == "active" and 'set comments "door"' in unit(f"show user fortitoken {BAD}")
    assert unit.types("activation") == []
    unit("config user fortitoken", f"delete {BAD}", "end")
    assert any("healthy token" in text for text in invariants.violations(unit.log.events))


def test_what_a_transaction_holds_cannot_be_repaired_or_changed(desk: Make) -> None:
    unit = desk(**UNIT)
    unit("execute config-transaction start", "config user local", "edit alice", "set status disable")
    unit("unset two-factor", "next", "end", "config user fortitoken", f"delete {BAD}", "end")
    effects.strike(unit.unit, Fault("repair"))
    effects.strike(unit.unit, Fault("users", users={"alice": "enable"}))
    effects.strike(unit.unit, Fault("change", commands=["config user local", "edit alice", "set status enable", "end"]))
    assert [event["what"] for event in unit.types("skipped")] == [BAD, "users", "edit alice"]
    assert status(unit, BAD) == LOCK_HELD and status(unit, WORSE) == "active"


def test_a_request_under_way_and_a_locked_token_are_left_alone(desk: Make) -> None:
    tokens = [{"serial": BAD}, {"serial": WORSE, "locked": True, "state": LOCK_HELD}]
    unit = desk(tokens=tokens)
    unit(f"execute fortitoken activate {BAD}")
    effects.strike(unit.unit, Fault("repair"))
    assert unit.types("repaired") == []


def test_users_that_another_administrator_changes(desk: Make) -> None:
    unit = desk(**UNIT)
    effects.strike(unit.unit, Fault("users", users={"bob": "enable", "alice": "unbind"}))
    assert user(unit, "bob") == {"status": "enable", "two-factor": "fortitoken", "fortitoken": WORSE}
    assert user(unit, "alice") == {}
    effects.strike(unit.unit, Fault("users", users={"root/alice": WORSE}))
    assert user(unit, "alice")["fortitoken"] == WORSE and user(unit, "bob") == {"status": "enable"}
    effects.strike(unit.unit, Fault("users", users={"alice": "FTK200ZZZZ000001", "bob": "disable"}))
    assert user(unit, "bob") == {"status": "disable"} and unit.types("skipped")[0]["why"] == "no such token"
    with pytest.raises(ValueError, match="'carol' is not on the unit"):
        effects.strike(unit.unit, Fault("users", users={"carol": "enable"}))
    # What others did is no violation of ours.
    assert invariants.violations(unit.log.events) == []


def test_a_wrong_command_of_a_test_is_named(desk: Make) -> None:
    with pytest.raises(ValueError, match="'config user psu' was refused"):
        effects.strike(desk().unit, Fault("change", commands=["config user psu"]))


# Clusters


def test_a_failover_cuts_sessions_and_the_next_login_reaches_the_other_member(serve: Make, connect: Make) -> None:
    faults = [{"kind": "failover", "match": "^show user local"}]
    simulator = serve(hostname="fw", ha=CLUSTER, faults=faults, console={"output": "standard"})
    first = connect(simulator)
    first.until("fw # ")
    first.send("get system status\r")
    assert "Serial-Number: FGT60E0000000001" in first.until("fw # ")
    first.send("show user local\r")
    assert "config user local" not in first.rest()
    second = connect(simulator)
    second.until("fw # ")
    second.send("get system status\r")
    text = second.until("fw # ")
    assert "Serial-Number: FGT60E0000000002" in text and "Current HA mode: a-p, primary" in text
    events = simulator.events
    assert [event["member"] for event in events if event["type"] == "login"] == CLUSTER["members"]
    assert [event["how"] for event in events if event["type"] == "logout"] == ["cut"]


def test_a_session_that_outlives_the_failover_is_on_a_secondary(desk: Make) -> None:
    unit = desk(ha={**CLUSTER, "prompt": "attached"}, **UNIT)
    effects.strike(unit.unit, Fault("failover", cut=False))
    text = unit("get system status")
    assert "FGT60E0000000001" in text and "Current HA mode: a-p, secondary" in text
    assert "(Secondary)" in unit.shell.prompt() and "(Primary)" in unit.login().prompt()
    assert unit("get system ha status").index("FGT60E0000000002 is selected as the primary")
    unit("config user local", "edit alice", "set status disable", "end")
    assert [text for text in invariants.violations(unit.log.events) if "role 'secondary'" in text]


@pytest.mark.parametrize("over", ["expire", "failover", "reboot"])
def test_the_transaction_of_a_lost_session_lingers_until_its_time_is_over(desk: Make, over: str) -> None:
    unit = desk(**UNIT, ha=CLUSTER, serial=CLUSTER["members"][0])
    unit("execute config-transaction start", "config user local", "edit alice", "set status disable", "next")
    effects.strike(unit.unit, Fault("expire"))
    unit.shell.closed("cut")
    unit.shell = unit.login()
    unit("config user local")
    assert "14" in unit.refused("edit alice")
    unit("end")
    if over == "reboot":
        unit.unit.rebooted()
    else:
        effects.strike(unit.unit, Fault(over, cut=True))
    assert unit.unit.transactions == {} and unit.unit.locks == {}
    assert user(unit, "alice").get("status", "enable") == "enable"


def test_a_failover_needs_somewhere_to_go(desk: Make) -> None:
    unit = desk(ha={"mode": "a-p"})
    with pytest.raises(ValueError, match="no member to go to"):
        effects.strike(unit.unit, Fault("failover"))
    effects.strike(unit.unit, Fault("failover", serial="FGT60E0000000009"))
    assert unit.unit.scenario.ha.members == ["FGT60E0000000001", "FGT60E0000000009"]
    with pytest.raises(ScenarioError, match="needs a cluster"):
        from_data({"faults": [{"kind": "failover", "line": 1}]})


@pytest.mark.parametrize(
    ("role", "old", "shown"), [("backup", False, "backup"), ("secondary", True, "slave"), ("backup", True, "backup")]
)
def test_a_role_that_changes(desk: Make, role: str, old: bool, shown: str) -> None:
    unit = desk(ha={**CLUSTER, "old_words": old})
    effects.strike(unit.unit, Fault("role", role=role))
    assert f"Current HA mode: a-p, {shown}" in unit("get system status")


# Saving


def test_a_timed_revert_takes_the_seed_and_leaves_the_lock_spent(desk: Make) -> None:
    unit = desk(tokens=[{"serial": NEW}], global_settings={"cfg-save": "revert", "cfg-revert-timeout": 60})
    unit.unit.reboot = lambda seconds: unit.unit.rebooted()
    unit(f"execute fortitoken activate {NEW}")
    unit.clock.advance(2)
    assert status(unit, NEW) == "active" and "set seed" in unit("show user fortitoken")
    unit.clock.advance(60)
    assert status(unit, NEW) == "new" and "set seed" not in unit("show user fortitoken")
    unit(f"execute fortitoken activate {NEW}")
    unit.clock.advance(2)
    assert status(unit, NEW) == LOCK_HELD
    assert [event["type"] for event in unit.log.events if event["type"] in ("reverted", "restored")] == [
        "reverted",
        "restored",
    ]
    assert invariants.end_state(unit.log.events)["root/user fortitoken"] == {NEW: {}}


def test_what_was_saved_survives_a_revert(desk: Make) -> None:
    unit = desk(global_settings={"cfg-save": "revert", "cfg-revert-timeout": 60}, **UNIT)
    unit.unit.reboot = lambda seconds: unit.unit.rebooted()
    unit(f"execute fortitoken activate {NEW}")
    unit.clock.advance(2)
    assert unit("execute cfg save") == "config saved."
    unit.clock.advance(100)
    assert status(unit, NEW) == "active" and unit.types("reverted") == []
    effects.strike(unit.unit, Fault("revert"))
    assert status(unit, NEW) == "active" and "set seed" in unit(f"show user fortitoken {NEW}")


def test_the_save_mode_that_changes_keeps_what_was_saved_before(desk: Make) -> None:
    unit = desk(**UNIT)
    unit.unit.reboot = lambda seconds: unit.unit.rebooted()
    unit("config user local", "edit bob", "set status enable", "end")
    effects.strike(unit.unit, Fault("change", commands=["config system global", "set cfg-save revert", "end"]))
    unit("config user local", "edit alice", "set status disable", "end")
    effects.strike(unit.unit, Fault("revert"))
    assert user(unit, "bob")["status"] == "enable" and "status" not in user(unit, "alice")


# The token server, and who manages the unit


def test_a_token_server_that_leaves_and_comes_back(desk: Make) -> None:
    unit = desk(**UNIT)
    effects.strike(unit.unit, Fault("server", back_after=5))
    assert "Token server status: unreachable" in unit("diagnose fortitoken info")
    unit(f"execute fortitoken activate {NEW}")
    unit.clock.advance(2)
    assert status(unit, NEW) == NO_CONTACT
    unit.clock.advance(5)
    assert "Token server status: reachable" in unit("diagnose fortitoken info")
    effects.strike(unit.unit, Fault("server", status="unknown", works=False))
    unit.clock.advance(600)
    assert "Token server status: unknown" in unit("diagnose fortitoken info")
    assert [event["status"] for event in unit.types("server")] == ["unreachable", "reachable", "unknown"]


@pytest.mark.parametrize("vdom_mode", ["none", "multi"])
def test_a_fortimanager_that_adopts_the_unit(desk: Make, vdom_mode: str) -> None:
    unit = desk(vdom_mode=vdom_mode)
    effects.strike(unit.unit, Fault("adopt", fmg="192.0.2.9"))
    if vdom_mode == "multi":
        unit("config global")
    text = unit("show system central-management")
    assert "set type fortimanager" in text and 'set fmg "192.0.2.9"' in text


# Lines


def test_a_line_that_hangs_while_debug_goes_on(serve: Make, connect: Make) -> None:
    faults = [{"kind": "hang_debug", "match": "^show", "seconds": 0.05, "text": "daemon at work"}]
    client = connect(serve(hostname="fw", faults=faults))
    client.until("fw # ")
    client.send("show user local\r")
    text = ""
    while text.count("daemon at work") < 3:
        text += client.until("daemon at work")
    assert "config user local" not in text


def test_a_slow_line_lets_the_others_work(serve: Make, connect: Make) -> None:
    simulator = serve(hostname="fw", faults=[{"kind": "slow", "match": "config-transaction start", "seconds": 0.6}])
    slow, quick = connect(simulator), connect(simulator)
    slow.until("fw # ")
    quick.until("fw # ")
    begin = time.monotonic()
    slow.send("execute config-transaction start\r")
    quick.send("show user local\r")
    quick.until("config user local")
    assert time.monotonic() - begin < 0.5
    slow.until("config transaction (id=1) started")
    assert time.monotonic() - begin > 0.5


def test_faults_can_count_exchanges(serve: Make, connect: Make) -> None:
    faults = [{"kind": "refuse", "text": "not now", "line": 3, "count": "exchange"}]
    client = connect(serve(hostname="fw", faults=faults))
    client.until("fw # ")
    # The lines of one exchange are answered without another wait.
    client.send("show user local\rshow user local\rshow user group\r")
    assert "not now" not in client.until("config user group")
    time.sleep(0.1)
    client.send("show user local\r")
    assert "not now" not in client.until("config user local")
    time.sleep(0.1)
    client.send("show user local\r")
    client.until("not now")


def test_an_effect_strikes_at_its_line(serve: Make, connect: Make) -> None:
    faults = [{"kind": "repair", "line": 2}]
    simulator = serve(hostname="fw", faults=faults, **UNIT)
    client = connect(simulator)
    client.until("fw # ")
    client.send("diagnose fortitoken info\r")
    assert LOCK_HELD in client.until("Token server status: reachable")
    client.send("diagnose fortitoken info\r")
    assert LOCK_HELD not in client.until("Token server status: reachable")
    kinds = [event["type"] for event in simulator.events if event["type"] in ("fault", "repaired", "line")]
    assert kinds == ["line", "fault", "repaired", "repaired", "repaired", "line"]


def test_an_answer_that_never_comes(desk: Make) -> None:
    unit = desk(**{**UNIT, "fortiguard": {"serials": {NEW: {"delay": float("inf")}}}})
    unit(f"execute fortitoken activate {NEW}")
    unit.clock.advance(1e6)
    assert status(unit, NEW) == "new"


def test_two_units_of_one_process_keep_their_effects_apart() -> None:
    with running(*from_data({"units": [{"hostname": "a", **UNIT}, {"hostname": "b", **UNIT}]})) as simulator:
        simulator.call(lambda: effects.strike(simulator.unit("b"), Fault("repair")))
        assert {event["unit"] for event in simulator.events if event["type"] == "repaired"} == {"b"}
