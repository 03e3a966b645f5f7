# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the unit under a run, at every wait of the run, in every way; then end the trouble, run again, and compare.

On a unit without transactions nobody can notice what changes within one exchange, so a change strikes between two
exchanges: the last look and the lines that act are one.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Fault, Scenario, Simulator, effects, running
from tests.simulator.invariants import violations

from .controller import ModuleFailed, controller
from .test_sweep import EVERYTHING, UNITS, end_state, scenario, unbroken

MEMBERS = ["FG100ETK20000001", "FG100ETK20000002"]


@dataclass(frozen=True)
class Meanwhile:
    """Something that happens on the unit while a run works on it.

    fault: what the simulator is told. settle: what ends the trouble before the second run. settings: of the unit.
    same: the second run ends as an unbroken one.
    """

    fault: dict[str, Any]
    settle: tuple[Fault, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    same: bool = True


MEANWHILE = {
    "another controller repairs everything": Meanwhile({"kind": "repair"}),
    "an administrator enables a user": Meanwhile({"kind": "users", "users": {"carol": "enable"}}, same=False),
    "an administrator disables users": Meanwhile(
        {"kind": "users", "users": {"bob b": "disable", "newton": "disable"}}, same=False
    ),
    "a user gets another token": Meanwhile({"kind": "users", "users": {"dave": "FTK200AGAIN00001"}}, same=False),
    "the token server goes away": Meanwhile(
        {"kind": "server", "status": "unreachable"}, (Fault("server", status="reachable"),)
    ),
    "the token server is unknown": Meanwhile(
        {"kind": "server", "status": "unknown", "works": False}, (Fault("server", status="reachable", works=True),)
    ),
    "another member takes over": Meanwhile(
        {"kind": "failover"}, settings={"ha": {"mode": "a-p", "role": "primary", "members": MEMBERS}}
    ),
    "the unit becomes a secondary": Meanwhile(
        {"kind": "role", "role": "backup"},
        (Fault("role", role="primary"),),
        {"ha": {"mode": "a-p", "role": "primary", "members": MEMBERS}},
    ),
    "a FortiManager adopts the unit": Meanwhile({"kind": "adopt"}, same=False),
}
#: What the daily tests do at every wait of a run; `make sweep` does it on every kind of unit.
DAILY = {"transactions": tuple(MEANWHILE), "no-transactions-vdoms": tuple(MEANWHILE)[:1]}


def what_is_wrong(simulator: Simulator, folder: Path, same: bool) -> list[str]:
    """Broken promises, and, where an unbroken end is due, an open journal and what differs from it."""
    found = violations(simulator.events, killed=True)
    if not same:
        return found
    if (folder / "journal.json").exists():
        found.append("the journal is still open")
    state = end_state(simulator)
    wanted = json.loads((folder.parent / "wanted.json").read_text())
    return found + [f"{key} differs: {state[key]}" for key in wanted if state[key] != wanted[key]]


def change(unit: str, what: str, wait: int, folder: Path) -> list[str]:
    """Let it happen at the Nth wait of a run; then end the trouble, and run again."""
    meanwhile = MEANWHILE[what]
    with running(UNITS[unit](**meanwhile.settings)) as simulator:
        simulator.unit().faults.append(Fault(line=wait, count="exchange", **meanwhile.fault))
        with controller(simulator) as play, contextlib.suppress(ModuleFailed):
            play.remediate(folder / "journal.json")
        for settled in meanwhile.settle:
            simulator.call(lambda end=settled: effects.strike(simulator.unit(), end))
        failed = []
        for _attempt in range(2):
            with controller(simulator) as play:
                try:
                    play.remediate(folder / "journal.json")
                    failed = []
                except ModuleFailed as failure:
                    failed = [f"a later run failed: {failure}"] if meanwhile.same else []
        return failed + what_is_wrong(simulator, folder, meanwhile.same)


def _try(case: tuple[str, str, int, str]) -> str:
    unit, what, wait, folder = case
    own = Path(folder) / f"{list(MEANWHILE).index(what)}-{wait}"
    found = change(unit, what, wait, own)
    return f"{what}, at wait {wait}: {found}" if found else ""


def waits(make: Callable[[], Scenario], folder: Path) -> int:
    """Count how often a run without trouble waits for the unit."""
    with running(make()) as simulator, controller(simulator) as play:
        play.remediate(folder / "journal.json")
        play.close()
        return sum(event["turns"] for event in simulator.events if event["type"] == "counters")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("unit", UNITS if EVERYTHING else DAILY)
def test_the_unit_changes_at_every_wait(
    unit: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    wanted, _lines = unbroken(UNITS[unit], tmp_path)
    (tmp_path / "wanted.json").write_text(json.dumps(wanted))
    count = waits(UNITS[unit], tmp_path / "count")
    kinds = tuple(MEANWHILE) if EVERYTHING else DAILY[unit]
    cases = [(unit, what, wait, str(tmp_path)) for wait in range(1, count + 1) for what in kinds]
    with ProcessPoolExecutor(3 * (os.cpu_count() or 1), mp_context=multiprocessing.get_context("spawn")) as pool:
        failures = [text for text in pool.map(_try, cases, chunksize=3) if text]
    record_property("tried", f"{unit}: {len(kinds)} changes at each of {count} waits, {len(cases)} runs")
    assert not failures, "\n".join(text[:600] for text in failures)


def test_a_unit_can_be_told_apart_from_one_that_nobody_touched(tmp_path: Path) -> None:
    """The comparison notices a difference at all."""
    wanted, _lines = unbroken(scenario, tmp_path)
    with running(scenario()) as simulator:
        assert end_state(simulator) != wanted
