# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cut the line to the unit before and after every single line of a run, or kill the controller there; run again;
compare with an unbroken run."""

from __future__ import annotations

import collections
import contextlib
import functools
import itertools
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import claims as _claims
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal as _journal
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh import terminal as _transport
from tests.simulator import Fault, Scenario, Simulator, effects, from_data, running
from tests.simulator.invariants import violations

from .controller import ModuleFailed, controller

DEAD = "token already activated, and seed won't be returned"


def scenario(**settings: Any) -> Scenario:
    """Hardware tokens of enabled and disabled users and of an administrator, in two VDOMs, with comments."""
    data: dict[str, Any] = {
        "hostname": "fgt-sweep",
        "vdom_mode": "multi",
        "vdoms": ["root", "dmz"],
        "accounts": [{"name": "admin", "password": "demo-Passw0rd"}],
        "tokens": [
            {"serial": "FTK200WELL000001", "vdom": "root", "seed": True, "state": "active"},
            {"serial": "FTK200DEAD000001", "vdom": "root", "seed": True, "state": DEAD, "comments": 'Zoë\'s "key"'},
            {"serial": "FTK200DEAD000002", "vdom": "dmz", "seed": True, "state": DEAD},
            {"serial": "FTK200DEAD000003", "vdom": "dmz", "seed": True, "state": DEAD, "comments": "spare"},
            {"serial": "FTK200ADMIN00001", "vdom": "root", "seed": True, "state": DEAD},
            {"serial": "FTK200NEW0000001", "vdom": "root", "state": "new"},
            {"serial": "FTK200AGAIN00001", "vdom": "root", "state": DEAD},
        ],
        "users": [
            {"name": "alice", "vdom": "root", "fortitoken": "FTK200WELL000001"},
            {"name": "bob b", "vdom": "root", "fortitoken": "FTK200DEAD000001"},
            {"name": "carol", "vdom": "dmz", "fortitoken": "FTK200DEAD000002", "status": "disable"},
            {"name": "dave", "vdom": "dmz", "fortitoken": "FTK200DEAD000003"},
            {"name": "newton", "vdom": "root", "fortitoken": "FTK200NEW0000001"},
        ],
        "admins": [{"name": "night", "fortitoken": "FTK200ADMIN00001"}],
        "fortiguard": {
            "delay": 0.05,
            "serials": {
                serial: {"lock_released": True}
                for serial in (
                    "FTK200DEAD000001",
                    "FTK200DEAD000002",
                    "FTK200DEAD000003",
                    "FTK200ADMIN00001",
                    "FTK200AGAIN00001",
                )
            },
        },
    }
    data.update(settings)
    if data["vdom_mode"] == "none":
        for thing in (*data["tokens"], *data["users"]):
            thing["vdom"] = "root"
    return from_data(data)[0]


OLD = "FortiGate-60E v6.0.4,build0231,190107 (GA)"


def without_vdoms(**settings: Any) -> Scenario:
    """The same tokens and people on a unit without VDOMs."""
    return scenario(vdom_mode="none", vdoms=["root"], **settings)


HIDDEN = "FortiGate-60E v6.4.11,build2030,221031 (GA.F)"

UNITS: dict[str, Callable[..., Scenario]] = {
    "transactions": without_vdoms,
    "transactions-vdoms": scenario,
    "no-transactions": functools.partial(without_vdoms, version=OLD),
    "no-transactions-vdoms": functools.partial(scenario, version=OLD),
    # Releases of the 6.4 line have no attribute `seed`: what is missing there proves nothing.
    "hidden-seeds": functools.partial(without_vdoms, version=HIDDEN, behaviour={"seeds_shown": False}),
}
#: What the daily tests break, and how: each line both with and without transactions, with and without VDOMs.
#: `make sweep` breaks every line of every unit in every way.
DAILY = {"transactions": ("cut_before", "cut_after", "kill"), "no-transactions-vdoms": ("cut_before", "cut_after")}
#: Units whose daily lines are broken in one of these ways each, in turn: cut behind a line or before the next one, the
#: unit has executed the same lines.
IN_TURN = ("no-transactions-vdoms",)
EVERYTHING = bool(os.environ.get("SWEEP_EVERYTHING"))


def end_state(simulator: Simulator) -> dict[str, Any]:
    """Tokens, users and administrators as they are at the end, and every status."""
    summary = simulator.call(simulator.unit().summary)
    config = {
        path: {name: {"status": "enable", **entry, "seed": "seed" in entry} for name, entry in entries.items()}
        for path, entries in summary["config"].items()
    }
    return dict(json.loads(json.dumps({"config": config, "status": summary["status"]})))


def unbroken(make: Callable[..., Scenario], folder: Path) -> tuple[dict[str, Any], int]:
    """The end state of a run without faults, and how many lines it sent."""
    with running(make()) as simulator, controller(simulator) as play:
        facts = play.remediate(folder / "journal.json")
        # Nobody knows whether a token that is new has its seed where seeds are not shown.
        left = {"undecided": 1} if not simulator.unit().scenario.behaviour.seeds_shown else {}
        assert facts["summary"] == {"healthy": 7 - len(left), **left}, facts["summary"]
        state = end_state(simulator)
        play.close()
        assert violations(simulator.events) == []
        return state, sum(1 for event in simulator.events if event["type"] == "line")


def what_is_wrong(simulator: Simulator, folder: Path) -> list[str]:
    """Violations, an open journal, and what differs from an unbroken run."""
    found = violations(simulator.events, killed=True)
    if (folder / "journal.json").exists():
        found.append("the journal is still open")
    state = end_state(simulator)
    wanted = json.loads((folder.parent / "wanted.json").read_text())
    return found + [f"{key} differs: {state[key]}" for key in wanted if state[key] != wanted[key]]


def cut(unit: str, kind: str, line: int, folder: Path) -> list[str]:
    """The line to the unit is cut before or after it has executed the Nth line; then run again."""
    with running(UNITS[unit]()) as simulator:
        simulator.unit().faults.append(Fault(kind, line=line))
        for _attempt in range(2):
            with controller(simulator) as play, contextlib.suppress(ModuleFailed):
                play.remediate(folder / "journal.json")
            # A run may be over before the line, for not every run polls as often.
            if any(event["type"] == "logout" and event["how"] == "cut" for event in simulator.events):
                break
        return again(simulator, folder)


def again(simulator: Simulator, folder: Path) -> list[str]:
    """Run once more, when the unit has noticed that the session is gone and its transaction's time is over, and look.

    While the transaction of the lost session holds its locks, a run in between gets nowhere, and does no harm.
    """
    end = time.monotonic() + 20
    while simulator.call(lambda: len(simulator.unit().shells)) and time.monotonic() < end:
        time.sleep(0.01)
    if simulator.call(lambda: len(simulator.unit().transactions)):
        with controller(simulator) as play, contextlib.suppress(ModuleFailed):
            play.remediate(folder / "journal.json")
        simulator.call(lambda: effects.strike(simulator.unit(), Fault("expire")))
    failed = []
    with controller(simulator) as play:
        try:
            play.remediate(folder / "journal.json")
        except ModuleFailed as failure:
            failed = [f"the second run failed: {failure}"]
    return failed + what_is_wrong(simulator, folder)


class Killed(BaseException):
    """The controller is no more."""


def kill(unit: str, _kind: str, line: int, folder: Path) -> list[str]:
    """The controller is gone at the moment in which it wants to send the Nth line; then run again.

    Nothing it would still do reaches the unit, and nothing it would still write reaches the journal. (That a process
    killed by a signal is just that is tested with real ones in the integration tests.)
    """
    with running(UNITS[unit]()) as simulator:
        with _gone_at(line), contextlib.suppress(Killed), controller(simulator) as play:
            play.remediate(folder / "journal.json")
        return again(simulator, folder)


@contextlib.contextmanager
def _gone_at(line: int) -> Iterator[None]:
    sent = itertools.count()
    dead = False
    send, save, remember = _transport.SshTerminal.send, _journal.save, _claims.save

    def send_or_die(terminal: Any, data: bytes) -> None:
        nonlocal dead
        lines = data.splitlines(keepends=True)
        for index, _line in enumerate(lines):
            if not dead and next(sent) == line:
                send(terminal, b"".join(lines[:index]))
                time.sleep(0.02)  # what was sent before is on its way
                terminal._transport.sock.close()
                dead = True
        if dead:
            raise Killed
        send(terminal, data)

    def save_or_die(path: str, journal: Any) -> None:
        if dead:
            raise Killed
        save(path, journal)

    def remember_or_die(path: str, claims: Any) -> None:
        if dead:
            raise Killed
        remember(path, claims)

    with (
        mock.patch.object(_transport.SshTerminal, "send", send_or_die),
        mock.patch.object(_journal, "save", save_or_die),
        mock.patch.object(_claims, "save", remember_or_die),
    ):
        yield


BREAKS = {"cut_before": cut, "cut_after": cut, "kill": kill}


def _try(case: tuple[str, str, int, str]) -> str:
    unit, kind, line, folder = case
    found = BREAKS[kind](unit, kind, line, Path(folder) / f"{kind}-{line}")
    return f"{kind} at line {line}: {found}" if found else ""


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("unit", UNITS if EVERYTHING else DAILY)
def test_break_at_every_line(unit: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    wanted, lines = unbroken(UNITS[unit], tmp_path)
    (tmp_path / "wanted.json").write_text(json.dumps(wanted))
    kinds = tuple(BREAKS) if EVERYTHING else DAILY[unit]
    in_turn = unit in IN_TURN and not EVERYTHING
    cases = [
        (unit, kind, line, str(tmp_path))
        for line in range(1, lines + 1)
        for kind in ([kinds[line % len(kinds)]] if in_turn else kinds)
    ]
    # A run mostly waits, so more of them than processors go side by side.
    workers = 3 * (os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        failures = [text for text in pool.map(_try, cases, chunksize=6) if text]
    counted = collections.Counter(kind for _unit, kind, _line, _folder in cases)
    tried = ", ".join(f"{kind} {times} times" for kind, times in counted.items())
    record_property("tried", f"{unit}: each of the {lines} lines of a run was broken at: {tried}")
    assert failures == []
