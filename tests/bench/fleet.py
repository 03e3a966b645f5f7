# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet in every state, as one meets it: what a play over all of it costs, and whether one bad unit holds up others.

Three units of each fleet are a nuisance: one hangs in the middle of the work, one refuses the login, one reboots.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.simulator import Fault, Scenario
from tests.simulator.scenario import Account

from .contenders import Place, Programs, measured, recap, settled
from .measure import Cost
from .served import Traffic, serving
from .units import migrated_unit

HANGS, REFUSES, REBOOTS = 1, 2, 3
#: Who plays over the fleet.
OURS, FIRST_RELEASE = "fortiops.fortitoken", "fortiops.fortitoken 1.0.0"
#: In this many units there is one that FortiManager manages, one without contact to the token server, and four that
#: are healthy; the others were migrated.
CYCLE = 10
MANAGED, UNREACHABLE = 4, 5
HEALTHY = (6, 7, 8, 9)


def name(number: int) -> str:
    """The name of a unit."""
    return f"fgt-{number:03d}"


def unit(number: int, tokens: int = 20, latency_ms: float = 25.0) -> Scenario:
    """The unit of this number; the first ten hold every state, the nuisances only once in the fleet."""
    scenario = migrated_unit(tokens, latency_ms=latency_ms, name=name(number))
    scenario.serial = f"FGT60ETK{number:08d}"
    kind = number % CYCLE
    if kind in HEALTHY:
        for token in scenario.tokens:
            token.state, token.seed = "active", True
    elif kind == MANAGED:
        scenario.central_management = {"type": "fortimanager", "fmg": "192.0.2.5"}
    elif kind == UNREACHABLE:
        scenario.fortiguard = replace(scenario.fortiguard, status="unreachable")
    if number == HANGS:
        scenario.faults = [Fault("hang", match="^delete")]
    elif number == REFUSES:
        scenario.accounts = [Account("admin", "another-Passw0rd")]
    elif number == REBOOTS:
        scenario.faults = [Fault("reboot", match="^delete", seconds=3.0)]
    return scenario


def fleet(units: int) -> list[Scenario]:
    """A fleet of this many units."""
    return [unit(number) for number in range(units)]


def expected(number: int) -> str:
    """How a unit's work must end; a nuisance fails or is not reached."""
    if number in (HANGS, REFUSES, REBOOTS):
        return "failed"
    kind = number % CYCLE
    if kind in HEALTHY:
        return "healthy"
    return {MANAGED: "skipped", UNREACHABLE: "blocked"}.get(kind, "remediated")


@dataclass(frozen=True)
class FleetRow:
    """What a play over a fleet has cost. tasks: done ones of all units together. results: units by result."""

    by: str
    units: int
    forks: int
    strategy: str
    cost: Cost
    traffic: Traffic
    tasks: int
    results: dict[str, int]
    wrong: list[str]


def play(
    units: int, forks: int, programs: Programs, strategy: str = "linear", by: str = OURS, **keywords: Any
) -> FleetRow:
    """Remediate a fleet. by: this collection, or its first release. keywords: those of the play, such as ``serial``.

    ``wrong`` names units that ended otherwise than they must.
    """
    with serving(fleet(units)) as served:
        place = Place(programs, served.addresses)
        if by == FIRST_RELEASE:
            place.collections = programs.release
        content = {
            "hosts": "all",
            "gather_facts": False,
            "strategy": strategy,
            "roles": ["fortiops.fortitoken.remediate"],
            # The unit that hangs is given up after these seconds of silence.
            "vars": {"ansible_fortios_command_timeout": 20},
            **keywords,
        }
        cost, output = measured(
            place,
            place.our_playbook(
                place.write("play.json", [content]),
                *("-f", str(forks)),
                remediate_lock_released="all",
                remediate_activation_timeout=120,
            ),
        )
        reports = place.home / "report"
        ended = {number: _result(reports / f"{name(number)}.json") for number in range(units)}
        wrong = [
            f"{name(number)}: {result} instead of {expected(number)}"
            for number, result in ended.items()
            if result != expected(number)
        ]
        summary = reports / "summary.json"
        # The first release has no summary.
        counted = json.loads(summary.read_text(encoding="utf-8"))["units"] if summary.exists() else units
        if counted != units:
            wrong.append(f"the report of the run counts {counted} units")
        row = FleetRow(
            by,
            units,
            forks,
            strategy,
            cost,
            settled(served),
            recap(output),
            dict(Counter(ended.values())),
            wrong,
        )
        if wrong:
            (place.home / "kept.txt").write_text("\n".join(wrong), encoding="utf-8")
        else:
            shutil.rmtree(place.home)
        return row


def _result(report: Path) -> str:
    if not report.exists():
        return "no report"
    result: str = json.loads(report.read_text(encoding="utf-8"))["result"]
    return result
