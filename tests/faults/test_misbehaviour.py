# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units that refuse, pretend, talk nonsense, or are changed by somebody else meanwhile: stop, tell, leave it safe."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from tests.simulator import Fault, Simulator, from_data, running
from tests.simulator.invariants import bindings_lost, comments_lost, violations

from .controller import ModuleFailed, controller, lose_transactions

DEAD = "token already activated, and seed won't be returned"
ONE, TWO, WELL = "FTK200DEAD000001", "FTK200DEAD000002", "FTK200WELL000001"
OLD = "FortiGate-60E v6.0.4,build0231,190107 (GA)"
NEW = "FortiGate-60F v7.4.8,build2795,250523 (GA.M)"


def unit(*faults: Fault, version: str = NEW, behaviour: dict[str, Any] | None = None, **settings: Any) -> Any:
    made = from_data(
        {
            "hostname": "fgt-odd",
            "version": version,
            "accounts": [
                {"name": "admin", "password": "demo-Passw0rd"},
                {"name": "other", "password": "other-Passw0rd"},
            ],
            "tokens": [
                {"serial": WELL, "seed": True, "state": "active"},
                {"serial": ONE, "seed": True, "state": DEAD, "comments": "one"},
                {"serial": TWO, "seed": True, "state": DEAD, "comments": "two"},
            ],
            "users": [
                {"name": "alice", "fortitoken": WELL},
                {"name": "bob", "fortitoken": ONE},
                {"name": "carol", "fortitoken": TWO},
            ],
            "fortiguard": {"delay": 0.4, "serials": {s: {"lock_released": True} for s in (ONE, TWO)}},
            "behaviour": behaviour or {},
            **settings,
        }
    )
    made[0].faults.extend(faults)
    return running(*made)


def statuses(facts: dict[str, Any]) -> dict[str, str]:
    return {token["serial"]: token["status"] for token in facts["tokens"]}


def user(simulator: Simulator, name: str) -> dict[str, str]:
    entry: dict[str, str] = simulator.call(simulator.unit().summary)["config"]["root/user local"][name]
    return {"status": "enable", **entry}


def assert_safe(simulator: Simulator) -> None:
    assert violations(simulator.events, killed=True) == []


BOTH = pytest.mark.parametrize("version", [NEW, OLD], ids=["transactions", "no-transactions"])


@BOTH
def test_a_token_that_the_unit_does_not_delete_stays_with_its_user_and_the_other_is_repaired(
    version: str, tmp_path: Path
) -> None:
    refuse = Fault("refuse", match=f"delete.*{ONE}", times=9, text="Command fail. Return code -651")
    with unit(refuse, version=version) as simulator:
        with controller(simulator) as play:
            facts = play.remediate(tmp_path / "j.json")
            refused = play.results["fortitoken_remediate"]["refused"]
        assert [(item["serial"], "-651" in item["reason"]) for item in refused] == [(ONE, True)]
        assert statuses(facts) == {WELL: "active", ONE: DEAD, TWO: "active"}
        assert user(simulator, "bob") == {**user(simulator, "bob"), "status": "enable", "fortitoken": ONE}
        assert_safe(simulator)
        assert bindings_lost(simulator.events) == []
        assert not (tmp_path / "j.json").exists()


@BOTH
@pytest.mark.parametrize("line", ["set status disable", "unset two-factor", "next", "config user local"])
@pytest.mark.parametrize("kind", ["refuse", "ignore"])
def test_no_line_that_is_refused_or_ignored_leaves_anybody_with_a_password_only(
    version: str, kind: str, line: str, tmp_path: Path
) -> None:
    fault = Fault(kind, match=f"^{line}$", times=99, text="Command fail. Return code -61")
    with unit(fault, version=version) as simulator:
        with controller(simulator) as play, contextlib.suppress(ModuleFailed):
            play.remediate(tmp_path / "j.json")
        assert_safe(simulator)
        simulator.unit().faults.clear()
        with controller(simulator) as play:
            facts = play.remediate(tmp_path / "j.json")
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        assert_safe(simulator)
        assert bindings_lost(simulator.events) == []
        assert comments_lost(simulator.events) == []


@BOTH
def test_a_unit_on_which_unsetting_the_second_factor_keeps_the_token(version: str, tmp_path: Path) -> None:
    with unit(version=version, behaviour={"unset_two_factor_clears_token": False}) as simulator:
        with controller(simulator) as play:
            facts = play.remediate(tmp_path / "j.json")
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        assert_safe(simulator)
        assert bindings_lost(simulator.events) == []


@BOTH
def test_a_unit_that_binds_no_inactive_token_keeps_the_user_disabled_until_it_is_active(
    version: str, tmp_path: Path
) -> None:
    with unit(version=version, behaviour={"bind_inactive": "refuse"}) as simulator:
        with controller(simulator) as play:
            facts = play.remediate(tmp_path / "j.json")
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        assert [user(simulator, name)["status"] for name in ("bob", "carol")] == ["enable", "enable"]
        assert_safe(simulator)
        assert bindings_lost(simulator.events) == []


@BOTH
def test_a_token_that_never_becomes_active_there_leaves_its_user_disabled_and_the_journal_open(
    version: str, tmp_path: Path
) -> None:
    serials = {ONE: {"outcome": "activation error (token not exist in FortiGuard)"}, TWO: {"lock_released": True}}
    with unit(
        version=version, behaviour={"bind_inactive": "refuse"}, fortiguard={"delay": 0.4, "serials": serials}
    ) as simulator:
        with controller(simulator) as play:
            facts = play.remediate(tmp_path / "j.json")
            results = {item["serial"]: item for item in play.results["fortitoken_remediate"]["results"]}
        assert results[ONE]["message"]
        # Nobody is said to hold what was not given back.
        [token] = [token for token in facts["tokens"] if token["serial"] == ONE]
        assert token["bindings"] == [] and [row["name"] for row in token["held_before"]] == ["bob"]
        assert user(simulator, "bob")["status"] == "disable"
        assert user(simulator, "carol")["status"] == "enable"
        assert (tmp_path / "j.json").exists()
        assert_safe(simulator)


@pytest.mark.parametrize(
    "match", ["^diagnose fortitoken info", "^show user fortitoken", "^show user local", "^show system admin"]
)
@pytest.mark.parametrize("text", ["@@#$ ~~ garbage", 'config user fortitoken\n    edit "FTK200\n', "\n\n"])
def test_nothing_is_changed_on_a_unit_that_talks_nonsense(match: str, text: str, tmp_path: Path) -> None:
    with unit(Fault("garbage", match=match, times=99, text=text)) as simulator:
        with controller(simulator) as play:
            try:
                play.remediate(tmp_path / "j.json")
            except ModuleFailed as failed:
                assert "fgt-odd" in str(failed)
        assert [event for event in simulator.events if event["type"] == "change"] == []


def test_a_user_who_was_given_another_token_meanwhile_keeps_it_and_is_reported(tmp_path: Path) -> None:
    spare = "FTK200SPARE00001"
    change = Fault(
        "change",
        match="^edit .?" + ONE,
        commands=[
            "config user local",
            "edit bob",
            "set two-factor fortitoken",
            f"set fortitoken {spare}",
            "next",
            "end",
        ],
    )
    tokens = [
        {"serial": WELL, "seed": True, "state": "active"},
        {"serial": ONE, "seed": True, "state": DEAD},
        {"serial": spare, "seed": True, "state": "active"},
    ]
    users = [{"name": "alice", "fortitoken": WELL}, {"name": "bob", "fortitoken": ONE}]
    with unit(change, version=OLD, tokens=tokens, users=users) as simulator:
        with controller(simulator) as play:
            play.remediate(tmp_path / "j.json")
        assert user(simulator, "bob")["fortitoken"] in (spare, ONE)
        assert_safe(simulator)


@BOTH
def test_a_reboot_in_the_middle_is_finished_by_the_next_run(version: str, tmp_path: Path) -> None:
    with unit(Fault("reboot", match=f"^edit .?{ONE}", seconds=0.2), version=version) as simulator:
        with controller(simulator) as play, pytest.raises(ModuleFailed) as failure:
            play.remediate(tmp_path / "j.json")
        assert failure.value.result["commands"], "what was sent is known after a failure"
        assert failure.value.result["bindings" if "bindings" in failure.value.result else "before"]
        _again(simulator, tmp_path / "j.json")
        assert_safe(simulator)
        assert bindings_lost(simulator.events) == []
        assert comments_lost(simulator.events) == []


def _again(simulator: Simulator, journal: Path) -> dict[str, Any]:
    """Run once more, as soon as the unit is back."""
    for _attempt in range(40):
        with controller(simulator) as play:
            try:
                return play.remediate(journal)
            except ModuleFailed as failed:
                if failed.result.get("kind") != "login":
                    raise
        time.sleep(0.1)
    raise AssertionError("the unit did not come back")


@contextlib.contextmanager
def another_administrator(simulator: Simulator, *lines: str) -> Iterator[None]:
    """Somebody else at the console, who has typed these lines and stays."""
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect("127.0.0.1", simulator.port, "other", "other-Passw0rd", allow_agent=False, look_for_keys=False)
    try:
        terminal = client.invoke_shell()
        for line in lines:
            terminal.send(f"{line}\n".encode())
        while sum(event["type"] == "line" for event in simulator.events) < len(lines):
            time.sleep(0.02)
        yield
    finally:
        client.close()


def test_another_administrators_transaction_stops_the_run_unharmed(tmp_path: Path) -> None:
    typed = ("execute config-transaction start", "config user local", "edit bob", "set email-to b@example.com", "next")
    with unit() as simulator:
        with (
            another_administrator(simulator, *typed),
            controller(simulator) as play,
            pytest.raises(ModuleFailed, match="another administrator"),
        ):
            play.remediate(tmp_path / "j.json")
        assert [event for event in simulator.events if event["type"] == "change"] == []
        lose_transactions(simulator)
        facts = _again(simulator, tmp_path / "j.json")
        assert set(facts["summary"]) == {"healthy"}
        assert_safe(simulator)
        assert bindings_lost(simulator.events) == []


def test_the_journal_of_another_unit_is_refused_before_anything_is_changed(tmp_path: Path) -> None:
    with (
        unit(Fault("cut_after", match=f"^delete .*{ONE}"), version=OLD) as simulator,
        controller(simulator) as play,
        pytest.raises(ModuleFailed),
    ):
        play.remediate(tmp_path / "j.json")
    with unit(serial="FGT60E0000009999") as simulator:
        with controller(simulator) as play, pytest.raises(ModuleFailed, match="belongs to unit"):
            play.remediate(tmp_path / "j.json")
        assert [event for event in simulator.events if event["type"] == "change"] == []


def test_check_mode_on_every_module_sends_nothing_that_changes(tmp_path: Path) -> None:
    with unit() as simulator:
        with controller(simulator) as play:
            common = {"lock_released": ["all"], "journal": str(tmp_path / "j.json")}
            purge = play.run("fortitoken_purge", check_mode=True, serials=[ONE, TWO], **common)
            plan = play.run(
                "fortitoken_activate",
                check_mode=True,
                serials=[ONE, TWO],
                entries=purge["entries"],
                bindings=purge["bindings"],
                **common,
            )
            play.run("fortitoken_debug", check_mode=True, state="enabled")
        assert purge["changed"] and plan["changed"]
        assert not (tmp_path / "j.json").exists()
        assert [e for e in simulator.events if e["type"] in ("change", "transaction", "activation", "debug")] == []


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_line_cut_among_activations_on_their_way_spends_no_second_chance(
    kind: str, number: int, tmp_path: Path
) -> None:
    """Once one has answered without asking, the others travel together: what was asked, only the unit knows."""
    serials = [f"FTK200NEW{index:07d}" for index in range(45)]
    tokens = [{"serial": serial, "state": "new"} for serial in serials]
    first = serials[(number - 1) * 20]
    with unit(tokens=tokens, users=[], fortiguard={"delay": 0.05}) as simulator:
        simulator.unit().faults.append(Fault(kind, match=f"^execute fortitoken activate {first}"))
        with controller(simulator) as play, pytest.raises(ModuleFailed):
            play.remediate(tmp_path / "j.json", timeout=1, waves=[])
        cut = [event for event in simulator.events if event["type"] == "logout" and event["how"] == "cut"]
        assert len(cut) == 1
        with controller(simulator) as play:
            facts = play.remediate(tmp_path / "j.json", timeout=1, waves=[])
        assert set(statuses(facts).values()) == {"active"}
        asked = [event["serial"] for event in simulator.events if event["type"] == "activation"]
        assert sorted(asked) == serials
        assert not (tmp_path / "j.json").exists()
        assert_safe(simulator)
