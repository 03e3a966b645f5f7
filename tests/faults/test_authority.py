# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a run may go: named serials and VDOMs, administrators, the cap, two runs at once, and what is not saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Simulator, from_data, running
from tests.simulator.invariants import bindings_lost, violations

from .controller import ModuleFailed, controller

DEAD = "token already activated, and seed won't be returned"
ROOT, DMZ, ADMIN, OWN = "FTK200DEADROOT01", "FTK200DEADDMZ001", "FTK200ADMIN00001", "FTK200OWNADMIN01"


def unit(**settings: Any) -> Any:
    return running(
        *from_data(
            {
                "hostname": "fgt-limits",
                "vdom_mode": "multi",
                "vdoms": ["root", "dmz"],
                "accounts": [{"name": "admin", "password": "demo-Passw0rd"}],
                "tokens": [
                    {"serial": ROOT, "vdom": "root", "seed": True, "state": DEAD},
                    {"serial": DMZ, "vdom": "dmz", "seed": True, "state": DEAD},
                    {"serial": ADMIN, "vdom": "root", "seed": True, "state": DEAD},
                    {"serial": OWN, "vdom": "root", "seed": True, "state": DEAD},
                    {"serial": "FTK200WELL000001", "vdom": "root", "seed": True, "state": "active"},
                ],
                "users": [
                    {"name": "rita", "vdom": "root", "fortitoken": ROOT},
                    {"name": "dmitri", "vdom": "dmz", "fortitoken": DMZ},
                ],
                "admins": [
                    {"name": "night", "fortitoken": ADMIN},
                    {"name": "admin", "accprofile": "super_admin", "fortitoken": OWN},
                ],
                "fortiguard": {"delay": 0.05, "default": {"lock_released": True}}
                if settings.pop("default_released", False)
                else {"delay": 0.05, "serials": {s: {"lock_released": True} for s in (ROOT, DMZ, ADMIN, OWN)}},
                **settings,
            }
        )
    )


def touched(simulator: Simulator) -> set[str]:
    return {e["key"] for e in simulator.events if e["type"] == "change" and e["path"] == "user fortitoken"} | {
        e["serial"] for e in simulator.events if e["type"] == "activation"
    }


def test_only_named_serials_are_touched(tmp_path: Path) -> None:
    with unit() as simulator, controller(simulator) as play:
        play.run("fortitoken_purge", serials=[DMZ], lock_released=["all"], journal=str(tmp_path / "j.json"))
        play.run("fortitoken_activate", serials=[DMZ], journal=str(tmp_path / "j.json"), timeout=5)
        assert touched(simulator) == {DMZ}
        assert bindings_lost(simulator.events) == []


def test_only_named_vdoms_are_touched(tmp_path: Path) -> None:
    with unit() as simulator, controller(simulator) as play:
        play.remediate(tmp_path / "j.json", vdoms=["dmz"])
        assert touched(simulator) == {DMZ}
        assert {e["scope"] for e in simulator.events if e["type"] == "change"} == {"dmz"}


def test_a_mistyped_vdom_is_an_error_and_creates_none(tmp_path: Path) -> None:
    with unit() as simulator, controller(simulator) as play:
        with pytest.raises(ModuleFailed, match=r"no VDOM dmx on this unit; it has .*dmz"):
            play.remediate(tmp_path / "j.json", vdoms=["dmx"])
        assert [e for e in simulator.events if e["type"] in ("vdom_created", "change")] == []


def test_administrators_are_skipped_unless_included(tmp_path: Path) -> None:
    with unit() as simulator, controller(simulator) as play:
        facts = play.remediate(tmp_path / "j.json", admins="skip")
        assert touched(simulator) == {ROOT, DMZ}
        remedies = {token["serial"]: token["remedy"] for token in facts["tokens"]}
        assert "remediate_admins=include" in remedies[ADMIN]


def test_the_account_of_the_play_keeps_its_token_even_when_administrators_are_included(tmp_path: Path) -> None:
    with unit() as simulator, controller(simulator) as play:
        play.remediate(tmp_path / "j.json", admins="include")
        assert touched(simulator) == {ROOT, DMZ, ADMIN}
        with pytest.raises(ModuleFailed, match="logs in with"):
            play.run(
                "fortitoken_purge", serials=[OWN], lock_released=["all"], admins="include", journal=str(tmp_path / "j")
            )
        assert [e for e in simulator.events if e["type"] == "change" and e["path"] == "system admin"] == []


def test_a_unit_that_protects_an_administrators_token_is_left_as_it_was(tmp_path: Path) -> None:
    with unit(behaviour={"admin_holds_token": True}) as simulator, controller(simulator) as play:
        play.remediate(tmp_path / "j.json", admins="include")
        assert [item["serial"] for item in play.results["fortitoken_remediate"]["refused"]] == [ADMIN]
        assert touched(simulator) == {ROOT, DMZ}
        assert violations(simulator.events, killed=True) == []


def test_the_cap_says_how_to_raise_it_and_changes_nothing(tmp_path: Path) -> None:
    with unit() as simulator, controller(simulator) as play:
        with pytest.raises(ModuleFailed, match=r"2 tokens would be deleted, more than the 1 .* raise max_deletions"):
            play.run(
                "fortitoken_purge",
                serials=[ROOT, DMZ],
                lock_released=["all"],
                journal=str(tmp_path / "j.json"),
                max_deletions=1,
            )
        assert touched(simulator) == set()
        assert not (tmp_path / "j.json").exists()


def test_a_second_run_while_one_is_at_work_is_stopped_unharmed(tmp_path: Path) -> None:
    path = tmp_path / "j.json"
    with unit() as simulator, controller(simulator) as first, controller(simulator) as second:
        first.run("fortitoken_purge", serials=[DMZ], lock_released=["all"], journal=str(path))
        owner = json.loads(path.read_text())["owner"]
        count = len([e for e in simulator.events if e["type"] == "change"])
        with pytest.raises(ModuleFailed, match=rf"Another run \({owner}\) is working on fgt-limits"):
            second.remediate(path)
        assert len([e for e in simulator.events if e["type"] == "change"]) == count
        first.close()
        second.remediate(path)
        assert bindings_lost(simulator.events) == []
        assert violations(simulator.events, killed=True) == []


@pytest.mark.parametrize("save", [False, True])
def test_nothing_is_saved_behind_the_users_back(save: bool, tmp_path: Path) -> None:
    with unit(global_settings={"cfg-save": "manual"}) as simulator, controller(simulator) as play:
        facts = play.remediate(tmp_path / "j.json", save_config=save)
        assert bool([e for e in simulator.events if e["type"] == "saved"]) is save
        # Without saving, nothing is changed: a new seed that is lost does not come again.
        assert bool(touched(simulator)) is save
        closed = [gate["name"] for gate in facts["unit"]["gates"] if gate["state"] == "blocked"]
        assert closed == ([] if save else ["save_mode"])


def test_every_binding_comes_back_from_a_journal_alone(tmp_path: Path) -> None:
    with unit() as simulator:
        with controller(simulator) as play:
            play.run("fortitoken_purge", serials=[ROOT, DMZ], lock_released=["all"], journal=str(tmp_path / "j.json"))
        assert bindings_lost(simulator.events) != []
        with controller(simulator) as play:
            play.run("fortitoken_activate", journal=str(tmp_path / "j.json"), timeout=5)
        assert bindings_lost(simulator.events) == []
        assert violations(simulator.events, killed=True) == []


def test_every_binding_comes_back_from_the_result_of_the_purge_alone(tmp_path: Path) -> None:
    with unit() as simulator:
        with controller(simulator) as play:
            purge = play.run("fortitoken_purge", serials=[ROOT, DMZ], lock_released=["all"], journal="")
        with controller(simulator) as play:
            play.run(
                "fortitoken_activate",
                serials=purge["purged"],
                entries=purge["entries"],
                bindings=purge["bindings"],
                timeout=5,
            )
        assert bindings_lost(simulator.events) == []
        assert violations(simulator.events, killed=True) == []
