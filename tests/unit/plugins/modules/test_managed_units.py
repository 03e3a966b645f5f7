# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units that FortiManager manages: activation and provisioning by execute commands, and no configuration line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal import Journal, save
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Binding
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.gates import IN_FORTIMANAGER
from tests.faults.controller import Controller, ModuleFailed, controller
from tests.simulator import Simulator, from_data, running
from tests.simulator.config_lines import configuration_lines

ALREADY = "token already activated, and seed won't be returned"
MIGRATED, FRESH, TIMED_OUT = "FTK200MIGRATE001", "FTK200FRESH00001", "FTKMOBTIMED00001"
CODE = "1A2B-3C4D-5E6F-7081-92A3"


@contextlib.contextmanager
def managed(**settings: Any) -> Iterator[tuple[Simulator, Controller]]:
    data = {
        "central_management": {"type": "fortimanager", "fmg": "192.0.2.5"},
        "tokens": [
            {"serial": MIGRATED, "seed": True, "state": ALREADY},
            {"serial": FRESH, "state": "new"},
            {"serial": "FTK200HEALTHY001", "seed": True, "state": "active"},
            {"serial": TIMED_OUT, "state": "provision timeout", "license": "EFTM000000000001"},
        ],
        "users": [
            {"name": "bob", "fortitoken": MIGRATED, "passwd": "made-up-pw-1"},
            {"name": "carol", "fortitoken": TIMED_OUT, "email_to": "carol@example.com", "passwd": "made-up-pw-2"},
        ],
        "email_server": {"server": "mail.example.com"},
        "fortiguard": {"delay": 0.02, "licenses": {CODE: {"tokens": ["FTKMOBBRANDNEW01"], "license": "EFTM2"}}},
        **settings,
    }
    with running(*from_data(data)) as simulator, controller(simulator) as made:
        yield simulator, made


OPTIONS: dict[str, Any] = {"lock_released": ["all"], "provision": True, "license_codes": [CODE], "timeout": 3}


def test_execute_only_activates_and_provisions_without_a_configuration_line(tmp_path: Path) -> None:
    with managed() as (simulator, made):
        journal = str(tmp_path / "fgt.json")
        result = made.run("fortitoken_remediate", managed="execute_only", strict=False, journal=journal, **OPTIONS)
        assert configuration_lines(simulator.events) == []
        assert {line.split()[1] for line in result["commands"]} == {"fortitoken", "fortitoken-mobile"}
        statuses = {serial: state.status for serial, state in simulator.unit().fortiguard.tokens.items()}
        assert (statuses[FRESH], statuses[TIMED_OUT], statuses[MIGRATED]) == ("active", "provisioned", ALREADY)
        assert result["license_results"][0]["tokens"] == ["FTKMOBBRANDNEW01"]


def test_what_needs_the_configuration_is_left_to_fortimanager() -> None:
    with managed() as (_simulator, made):
        facts = made.run("fortitoken_facts", ping="never", managed="execute_only", lock_released=["all"])
    found = {token["serial"]: token for token in facts["ansible_facts"]["fortitoken"]["tokens"]}
    assert (found[MIGRATED]["verdict"], found[MIGRATED]["action"]) == ("reimport", "none")
    assert found[MIGRATED]["blocked_by"] == "manager" and IN_FORTIMANAGER in found[MIGRATED]["remedy"]
    gates = {gate["name"]: gate for gate in facts["ansible_facts"]["fortitoken"]["unit"]["gates"]}
    assert gates["management"]["state"] == "overridden"


def test_by_default_a_managed_unit_gets_nothing() -> None:
    with managed() as (simulator, made):
        with pytest.raises(ModuleFailed, match="FortiManager 192"):
            made.run("fortitoken_activate", serials=[FRESH], timeout=2)
        assert not [event for event in simulator.events if event["type"] == "activation"]


@pytest.mark.parametrize("module", ["fortitoken_purge", "fortitoken_remediate", "fortitoken_activate"])
def test_an_open_journal_is_not_finished_behind_the_back_of_fortimanager(tmp_path: Path, module: str) -> None:
    journal = tmp_path / "fgt.json"
    with managed() as (simulator, made):
        unit = simulator.unit()
        table = unit.config.table("root", "user local").entries["bob"]
        simulator.call(lambda: table.set("status", "disable"))
        begun = Journal(unit.scenario.serial, unit.scenario.hostname)
        begun.add([], [Binding(MIGRATED, "user", "bob", "root", "fortitoken", "enable")])
        save(str(journal), begun)
        params = {"serials": [MIGRATED]} if module == "fortitoken_purge" else {"timeout": 2}
        with pytest.raises(ModuleFailed, match="FortiManager 192"):
            made.run(module, managed="execute_only", lock_released=["all"], journal=str(journal), **params)
        assert configuration_lines(simulator.events) == []
