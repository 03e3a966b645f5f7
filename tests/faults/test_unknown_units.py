# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units that do otherwise than expected where no source says what they do: nobody is let in, nothing is asked twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Fault, Simulator, from_data, running
from tests.simulator.invariants import bindings_lost, comments_lost, violations

from .controller import controller

DEAD = "token already activated, and seed won't be returned"
ONE, TWO, WELL = "FTK200DEAD000001", "FTK200DEAD000002", "FTK200WELL000001"
OLD = "FortiGate-60E v6.0.4,build0231,190107 (GA)"
NEW = "FortiGate-60F v7.4.8,build2795,250523 (GA.M)"
NEVER_HEARD = "You are not allowed to change this attribute."


def unit(*faults: Fault, **settings: Any) -> Any:
    data: dict[str, Any] = {
        "hostname": "fgt-unknown",
        "version": NEW,
        "accounts": [{"name": "admin", "password": "demo-Passw0rd"}],
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
        "fortiguard": {"delay": 0.1, "default": {"lock_released": True}},
    }
    made = from_data({**data, **settings})
    made[0].faults.extend(faults)
    return running(*made)


def statuses(facts: dict[str, Any]) -> dict[str, str]:
    return {token["serial"]: token["status"] for token in facts["tokens"]}


def activations(simulator: Simulator) -> list[str]:
    """Every serial whose activation was asked for, as often as it was."""
    return sorted(e["serial"] for e in simulator.events if e["type"] == "activation")


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("version", [OLD, NEW])
def test_a_user_who_cannot_be_disabled_keeps_the_second_factor(version: str, shown: bool, tmp_path: Path) -> None:
    """The refusal is in words that nobody knows, so that only looking tells."""
    refusal = Fault("refuse", match="^set status disable", text=NEVER_HEARD, times=999)
    with (
        unit(refusal, version=version, behaviour={"transaction_shown": shown}) as simulator,
        controller(simulator) as play,
    ):
        facts = play.remediate(tmp_path / "j.json")
        assert violations(simulator.events, killed=True) == []
        assert bindings_lost(simulator.events) == []
        assert statuses(facts) == {WELL: "active", ONE: DEAD, TWO: DEAD}
        refused = play.results["fortitoken_remediate"]["refused"]
        assert [item["serial"] for item in refused] == [ONE, TWO]
        assert "could not be disabled" in refused[0]["reason"]


def test_one_user_who_cannot_be_disabled_holds_up_nobody_else(tmp_path: Path) -> None:
    refusal = Fault("refuse", match="^set status disable", text=NEVER_HEARD, times=1)
    with unit(refusal) as simulator, controller(simulator) as play:
        facts = play.remediate(tmp_path / "j.json")
        assert violations(simulator.events, killed=True) == []
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        # The first attempt was dropped with its transaction; the second one disabled everybody first.
        assert [e["action"] for e in simulator.events if e["type"] == "transaction"].count("abort") == 1


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("counted", ["pending", "committed"])
def test_whatever_a_transaction_shows_and_counts_the_tokens_are_repaired(
    counted: str, shown: bool, tmp_path: Path
) -> None:
    behaviour = {"transaction_shown": shown, "holders_counted": counted}
    with unit(behaviour=behaviour) as simulator, controller(simulator) as play:
        facts = play.remediate(tmp_path / "j.json")
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        assert activations(simulator) == [ONE, TWO]
        assert violations(simulator.events, killed=True) == []
        assert (bindings_lost(simulator.events), comments_lost(simulator.events)) == ([], [])
        assert not (tmp_path / "j.json").exists()


def test_lines_that_were_dropped_with_their_transaction_are_no_change(tmp_path: Path) -> None:
    refusal = Fault("refuse", match="^delete", text="Unknown action 0", times=999)
    with unit(refusal) as simulator, controller(simulator) as play:
        play.remediate(tmp_path / "j.json")
        purge = play.results["fortitoken_remediate"]
        assert (purge["purged"], purge["changed"]) == ([], False)
        assert [e for e in simulator.events if e["type"] == "change" and e["by"] != "fortiguard"] == []


@pytest.mark.parametrize("version", [OLD, NEW])
def test_a_binding_that_is_refused_at_first_costs_no_second_activation(version: str, tmp_path: Path) -> None:
    refusal = Fault(
        "refuse", match="^set fortitoken", text="entry not found in datasource\nCommand fail. Return code -3"
    )
    with unit(refusal, version=version) as simulator, controller(simulator) as play:
        facts = play.remediate(tmp_path / "j.json")
        assert activations(simulator) == [ONE, TWO]
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        assert bindings_lost(simulator.events) == []
        assert violations(simulator.events, killed=True) == []


@pytest.mark.parametrize("version", [OLD, NEW])
def test_a_token_with_an_attribute_that_nobody_knows_is_left_and_named(version: str, tmp_path: Path) -> None:
    tokens = [
        {"serial": WELL, "seed": True, "state": "active"},
        {"serial": ONE, "seed": True, "state": DEAD, "comments": "one", "settings": {"uuid": "made-up-1"}},
        {"serial": TWO, "seed": True, "state": DEAD, "comments": "two"},
    ]
    with unit(version=version, tokens=tokens) as simulator:
        with controller(simulator) as play:
            facts = play.remediate(tmp_path / "j.json")
            assert statuses(facts) == {WELL: "active", ONE: DEAD, TWO: "active"}
            assert activations(simulator) == [TWO]
            assert (bindings_lost(simulator.events), comments_lost(simulator.events)) == ([], [])
            messages = {row["serial"]: row["message"] for row in play.results["fortitoken_remediate"]["results"]}
            assert "uuid" in messages[ONE] and messages[TWO] == ""
            assert not (tmp_path / "j.json").exists()
        count = len(simulator.events)
        with controller(simulator) as play:
            play.remediate(tmp_path / "j.json")
        assert [e for e in simulator.events[count:] if e["type"] == "change"] == []


def test_a_comment_that_is_not_taken_back_is_told_and_keeps_nobody_out(tmp_path: Path) -> None:
    refusal = Fault("refuse", match='^set comments "one"', text=NEVER_HEARD, times=999)
    with unit(refusal) as simulator, controller(simulator) as play:
        play.remediate(tmp_path / "j.json", waves=[])
        messages = {row["serial"]: row["message"] for row in play.results["fortitoken_remediate"]["results"]}
        assert "does not take back: comments" in messages[ONE] and messages[TWO] == ""
        assert activations(simulator) == [ONE, TWO]
        assert (tmp_path / "j.json").exists(), "the next run tries again"


@pytest.mark.parametrize("word", ["activating", DEAD])
def test_a_word_of_the_way_there_is_not_taken_for_the_answer(word: str, tmp_path: Path) -> None:
    """An unknown word, or the status from before, stands for a moment after the token was added again."""
    with unit(fortiguard={"delay": 0.4, "default": {"lock_released": True}}) as simulator:
        guard = simulator.unit().fortiguard
        shown = guard.shown_status

        def shown_meanwhile(serial: str, entry: Any) -> str:
            status = shown(serial, entry)
            return word if status == "new" else status

        guard.shown_status = shown_meanwhile
        with controller(simulator) as play:
            facts = play.remediate(tmp_path / "j.json", timeout=10)
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        assert all(row["settled"] for row in play.results["fortitoken_remediate"]["results"])


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize(
    ("match", "lost"),
    [
        # Each strikes at the first of three tokens, with so few lines on their way that nothing else was sent.
        ('^edit "FTK200DEAD000001"', "deleted"),
        ('^set fortitoken "FTK200DEAD000001"', "disabled"),
        ("^delete .FTK200DEAD000001", ""),
    ],
)
def test_one_that_is_refused_for_good_holds_up_nobody_else(match: str, lost: str, version: str, tmp_path: Path) -> None:
    refusal = Fault("refuse", match=match, text="Maximum number of entries has been reached", times=999)
    with unit(refusal, version=version) as simulator, controller(simulator, window_lines=2) as play:
        facts = play.remediate(tmp_path / "j.json", timeout=1, waves=[])
        assert statuses(facts).get(TWO) == "active"
        users = simulator.unit().config.table("root", "user local").entries
        carol, bob = users["carol"], users["bob"]
        assert (carol.text("fortitoken"), carol.text("status", "enable")) == (TWO, "enable")
        assert bob.text("status", "enable") == ("disable" if lost else "enable")
        assert activations(simulator).count(TWO) == 1 and activations(simulator).count(ONE) <= 1
        assert violations(simulator.events, killed=True) == []


def test_one_user_who_cannot_be_enabled_again_holds_up_nobody_else(tmp_path: Path) -> None:
    refusal = Fault("refuse", match="^set status enable", text="value parse error before 'enable'", times=1)
    with unit(refusal) as simulator, controller(simulator, window_lines=2) as play:
        play.remediate(tmp_path / "j.json")
        users = simulator.unit().config.table("root", "user local").entries
        assert {name: users[name].text("status", "enable") for name in ("bob", "carol")} == {
            "bob": "enable",
            "carol": "enable",
        }
