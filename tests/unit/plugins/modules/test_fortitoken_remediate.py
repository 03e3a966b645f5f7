# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""fortitoken_remediate on a simulated unit: waves, spent claims, users who come back at once, activation in place."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.controller import Controller, ModuleFailed, controller
from tests.simulator import Simulator, from_data, running
from tests.simulator.invariants import violations

ERROR = "token already activated, and seed won't be returned"


def serial(number: int) -> str:
    return f"FTK200MADEUP{number:04d}"


def unit(count: int, released: Iterator[int] | range, unassigned: int | None = None, **more: Any) -> dict[str, Any]:
    """A unit with so many failed tokens, each held by a user but the one that is unassigned."""
    answers = {serial(n): {"lock_released": n in released} for n in range(1, count + 1)}
    return {
        "tokens": [{"serial": serial(n), "state": ERROR, "seed": True} for n in range(1, count + 1)],
        "users": [{"name": f"user{n:02d}", "fortitoken": serial(n)} for n in range(1, count + 1) if n != unassigned],
        "fortiguard": {"delay": 0.02, "serials": answers},
        **more,
    }


@contextlib.contextmanager
def play(data: dict[str, Any]) -> Iterator[tuple[Simulator, Controller]]:
    with running(*from_data(data)) as simulator, controller(simulator) as made:
        yield simulator, made


def deleted(simulator: Simulator) -> list[str]:
    return [e["key"] for e in simulator.events if e["type"] == "change" and e["op"] == "delete"]


def changes(simulator: Simulator) -> int:
    return len([e for e in simulator.events if e["type"] == "change" and e["by"] != "fortiguard"])


def remediate(made: Controller, tmp_path: Path, **settings: Any) -> dict[str, Any]:
    given = {"lock_released": ["all"], "journal": str(tmp_path / "unit.json"), "timeout": 3, "strict": False}
    return made.run("fortitoken_remediate", **{**given, **settings})


def test_a_false_claim_costs_one_token_and_the_next_runs_send_nothing(tmp_path: Path) -> None:
    with play(unit(30, range(0), unassigned=17)) as (simulator, made):
        first = remediate(made, tmp_path)
        assert deleted(simulator) == [serial(17)] == first["purged"]
        assert [wave["serials"] for wave in first["waves"]] == [[serial(17)]]
        assert f"did not take effect for {serial(17)}" in first["stopped"]
        assert sorted(first["untouched"]) == [serial(n) for n in range(1, 31) if n != 17]
        assert len(first["failed_serials"]) == 30
        assert all("ticket" in row["message"] or "Not begun" in row["message"] for row in first["results"])
        count = changes(simulator)
        for _run in range(2):
            again = remediate(made, tmp_path)
            assert (again["changed"], again["commands"], again["waves"]) == (False, [], [])
        given = {"lock_released": ["all"], "journal": str(tmp_path / "unit.json"), "ping": "never"}
        tokens = made.run("fortitoken_facts", **given)["ansible_facts"]["fortitoken"]["tokens"]
        assert {(token["verdict"], token["action"]) for token in tokens} == {("needs_lock_release", "none")}
        assert all(token["refused_since"].endswith("Z") for token in tokens)
        assert changes(simulator) == count
        assert violations(simulator.events) == []
        remembered = json.loads((tmp_path / "unit.json.claims").read_text())
        assert len(remembered["refused"]) == 30
        assert not (tmp_path / "unit.json").exists()


def test_one_unreleased_token_of_thirty_does_not_stop_the_others(tmp_path: Path) -> None:
    released = (n for n in range(1, 31) if n != 9)
    with play(unit(30, list(released), unassigned=30)) as (simulator, made):
        first = remediate(made, tmp_path)
        assert (first["failed_serials"], first["stopped"]) == ([serial(9)], "")
        assert [len(wave["serials"]) for wave in first["waves"]] == [1, 20, 9]
        assert [claim["serial"] for claim in first["claims"]] == [serial(9)]
        count = changes(simulator)
        second = remediate(made, tmp_path)
        assert (second["changed"], changes(simulator)) == (False, count)
        assert violations(simulator.events) == []


def test_a_refused_token_is_requested_again_only_on_demand(tmp_path: Path) -> None:
    with play(unit(2, range(0))) as (simulator, made):
        remediate(made, tmp_path)
        asked = [e["serial"] for e in simulator.events if e["type"] == "activation"]
        remediate(made, tmp_path, retry_refused=True)
        again = [e["serial"] for e in simulator.events if e["type"] == "activation"][len(asked) :]
        assert (len(asked), len(again)) == (1, 1)


def test_in_check_mode_the_waves_are_planned_and_nothing_is_sent(tmp_path: Path) -> None:
    with play(unit(5, range(1, 6), unassigned=3)) as (simulator, made):
        planned = remediate(made, tmp_path, check_mode=True, waves=["1", "2"])
        assert changes(simulator) == 0
        assert planned["planned_waves"] == [[serial(3)], [serial(1), serial(2)], [serial(4), serial(5)]]
        done = remediate(made, tmp_path, waves=["1", "2"])
        assert planned["commands"] == done["commands"]
        assert planned["purged"] == done["purged"] == [serial(n) for n in (3, 1, 2, 4, 5)]


def test_without_waves_everything_is_changed_at_once(tmp_path: Path) -> None:
    with play(unit(5, range(1, 6))) as (_simulator, made):
        done = remediate(made, tmp_path, waves=[])
        assert [len(wave["serials"]) for wave in done["waves"]] == [5]
        assert done["failed_serials"] == []


def test_an_unknown_firmware_bug_costs_one_activation(tmp_path: Path) -> None:
    data = {
        "tokens": [{"serial": serial(n), "state": "new"} for n in range(1, 6)],
        "fortiguard": {"delay": 0.02, "default": {"outcome": "cmdb save error"}},
    }
    with play(data) as (simulator, made):
        first = remediate(made, tmp_path, lock_released=[])
        asked = [e["serial"] for e in simulator.events if e["type"] == "activation"]
        assert asked == [first["waves"][0]["serials"][0]]
        remediate(made, tmp_path, lock_released=[])
        assert len([e for e in simulator.events if e["type"] == "activation"]) == 1


def test_a_strict_call_fails_with_the_whole_result_and_names_the_token(tmp_path: Path) -> None:
    with play(unit(1, range(0))) as (_simulator, made):
        with pytest.raises(ModuleFailed) as failed:
            remediate(made, tmp_path, strict=True)
        result = failed.value.result
        assert result["failed_serials"] == [serial(1)]
        assert serial(1) in result["msg"] and "TAC" in result["msg"]
        assert result["changed"] and result["results"][0]["status"] == ERROR


def test_a_user_comes_back_while_another_token_is_never_answered(tmp_path: Path) -> None:
    """On a unit that binds active tokens only, a user cannot be given a token before it works."""
    data = unit(4, range(1, 5), behaviour={"bind_inactive": "refuse"})
    data["fortiguard"]["serials"][serial(4)] = {"outcome": "active", "delay": 600}
    with play(data) as (simulator, made):
        result = remediate(made, tmp_path, waves=[], timeout=2)
        enabled = [
            e["key"]
            for e in simulator.events
            if e["type"] == "change" and e["path"] == "user local" and (e["after"] or {}).get("status") != "disable"
        ]
        assert sorted(set(enabled)) == ["user01", "user02", "user03"]
        assert result["failed_serials"] == [serial(4)]
        assert result["pending"] == [serial(4)]


def test_in_place_requests_the_activation_and_unbinds_nobody(tmp_path: Path) -> None:
    with play(unit(3, range(1, 4))) as (simulator, made):
        result = remediate(made, tmp_path, way="in_place")
        assert deleted(simulator) == []
        assert result["failed_serials"] == []
        assert not [line for line in result["commands"] if "user local" in line]
        assert [row["action"] for row in result["results"]] == ["activated"] * 3


def test_in_place_is_given_up_after_the_first_wave(tmp_path: Path) -> None:
    with play(unit(3, range(0))) as (simulator, made):
        result = remediate(made, tmp_path, way="in_place")
        assert len(result["untouched"]) == 2
        assert len([e for e in simulator.events if e["type"] == "activation"]) == 1


@pytest.mark.parametrize(("option", "value"), [("waves", ["0"]), ("waves", ["many"]), ("max_failures", "half")])
def test_sizes_and_shares_that_make_no_sense_are_refused_unsent(tmp_path: Path, option: str, value: Any) -> None:
    with play(unit(1, range(0))) as (simulator, made):
        with pytest.raises(ModuleFailed, match="The unit was not contacted"):
            remediate(made, tmp_path, **{option: value})
        assert not [e for e in simulator.events if e["type"] == "login"]
