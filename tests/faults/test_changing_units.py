# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the unit under a run, at every wait of the run, in every way; then end the trouble, run again, and compare.

The last look and the lines that act on it are one wait apart, and what changes there nobody can notice. So where a
change strikes behind the line of a look that would have shown it, and the lines that act follow that look directly, the
tokens that they name may be lost, and only those. The event log says which these are; everything else must be clean.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import multiprocessing
import os
import re
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Fault, Scenario, Simulator, effects, running
from tests.simulator.events import Event
from tests.simulator.invariants import (
    changed_on_a_primary_only,
    healthy_tokens_kept,
    one_activation_per_serial,
    violations,
)

from .controller import ModuleFailed, controller
from .test_sweep import EVERYTHING, UNITS, end_state, scenario, unbroken

MEMBERS = ["FG100ETK20000001", "FG100ETK20000002"]
CLUSTER = {"serial": MEMBERS[0], "ha": {"mode": "a-p", "role": "primary", "members": MEMBERS}}
#: A line may hang for twice as long at most, whatever else the unit prints.
HANG_SECONDS = 1.0
#: What a change can break that strikes in the exchange that acts. Nothing excuses a user without a second factor.
EXCUSABLE = (healthy_tokens_kept, one_activation_per_serial, changed_on_a_primary_only)


@dataclass(frozen=True)
class Meanwhile:
    """Something that happens on the unit while a run works on it.

    fault: what the simulator is told. settle: what ends the trouble before the second run. settings: of the unit;
    options: of the connection; more: of the run. same: the second run ends as an unbroken one.
    """

    fault: dict[str, Any]
    settle: tuple[Fault, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
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
    "another member takes over": Meanwhile({"kind": "failover"}, settings=CLUSTER),
    "the unit becomes a secondary": Meanwhile(
        {"kind": "role", "role": "backup"},
        (Fault("role", role="primary"),),
        CLUSTER,
    ),
    "a FortiManager adopts the unit": Meanwhile({"kind": "adopt"}, same=False),
    "a line hangs while daemons print": Meanwhile(
        {"kind": "hang_debug", "seconds": 0.05}, options={"ansible_fortios_command_timeout": HANG_SECONDS}
    ),
    "the unit reverts to what was saved": Meanwhile(
        {"kind": "revert", "seconds": 0.1},
        settings={"global_settings": {"cfg-save": "revert", "cfg-revert-timeout": "600"}},
        more={"save_config": True},
        same=False,
    ),
}
#: What the daily tests do at each telling wait of a run, see `telling`, and at every `DAILY_STEP`th wait, each kind at
#: other ones; `make sweep` does everything at every wait, on every kind of unit.
DAILY = {"transactions": tuple(MEANWHILE), "no-transactions-vdoms": tuple(MEANWHILE)}
DAILY_STEP = 24


@dataclass(frozen=True)
class Outcome:
    """What a case came to: broken promises; and, apart, those that nobody could have kept."""

    case: str
    wrong: list[str]
    excused: list[str]


#: Which line shows a change of this kind.
SHOWS = {
    "repair": "diagnose fortitoken info",
    "server": "diagnose fortitoken info",
    "failover": "get system status",
    "role": "get system status",
    "users": "show user local",
    "adopt": "show full-configuration system central-management",
}
#: Lines that lead from one VDOM to another, or show which there are; and blanks for a pager that did not ask.
MOVES = re.compile(r" *|config (vdom|global)|edit [a-z]+|end|diagnose sys vd list")


def struck(events: list[Event]) -> list[Event]:
    """Return what the client did from the change of the unit on until it read again what has changed.

    Only where this is one gap: behind the line that would have shown the change, there is nothing but the rest of that
    look, and one script. Whoever acts on anything older could have looked.
    """
    fault = next((event for event in events if event["type"] == "fault"), None)
    if fault is None:
        return []
    lines = [event for event in events if event["type"] == "line" and event["session"] == fault["session"]]
    lines = [line for line in lines if not MOVES.fullmatch(line["text"])]
    lines = [{**line, "text": line["text"].strip()} for line in lines]
    shown = [line["n"] for line in lines if line["text"].startswith(SHOWS.get(fault["kind"], "(nothing)"))]
    start = max((n for n in shown if n < fault["n"]), default=math.inf)
    rest = [line for line in lines if line["n"] > start]
    reading = list(itertools.takewhile(reads, rest))
    script = list(itertools.takewhile(lambda line: not reads(line), rest[len(reading) :]))
    gap = {line["n"] for line in (*reading, *script)}
    last = max((n for n in gap if n > fault["n"]), default=0)
    # What a line does is written down before the line.
    return [event for event in events if event.get("session") == fault["session"] and fault["n"] < event["n"] <= last]


def reads(line: Event) -> bool:
    """Tell whether a line only shows something."""
    return line["text"].split(" ", 1)[0] in ("show", "get", "diagnose")


def excused(events: list[Event]) -> tuple[list[str], set[str]]:
    """Return the broken promises that nobody could have kept, and the tokens that they cost."""
    blind = {event["n"] for event in struck(events)}
    muted = [{**event, "session": -1} if event["n"] in blind else event for event in events]
    before = {text for check in EXCUSABLE for text in check(events)}
    texts = sorted(before - {text for check in EXCUSABLE for text in check(muted)})
    acted = {str(event.get("serial") or event.get("key")) for event in events if event["n"] in blind}
    return texts, {serial for serial in acted if any(serial in text for text in texts)}


def what_is_wrong(simulator: Simulator, folder: Path, same: bool) -> tuple[list[str], list[str]]:
    """Return broken promises, an open journal and what differs from an unbroken run where that is due; and, apart,
    what nobody could have prevented."""
    unavoidable, tokens = excused(simulator.events)
    found = violations(simulator.events, killed=True)
    found = [text for text in found if not any(text.endswith(f": {known}") for known in unavoidable)]
    if not same:
        return found, unavoidable
    if (folder / "journal.json").exists():
        found.append("the journal is still open")
    state, wanted = end_state(simulator), json.loads((folder.parent / "wanted.json").read_text())
    for each in (state, wanted):
        # Of a token that was lost, only that it works is lost: the entry and its user are there.
        for serial in tokens:
            each["status"].pop(serial, None)
            for entries in each["config"].values():
                entries.get(serial, {}).pop("seed", None)
    return found + different(state, wanted), unavoidable


def different(state: Any, wanted: Any, place: str = "") -> list[str]:
    """Return where two end states differ."""
    if not (isinstance(state, dict) and isinstance(wanted, dict)):
        return [] if state == wanted else [f"{place} is {state!r}, not {wanted!r}"]
    keys = sorted({*state, *wanted})
    return [text for key in keys for text in different(state.get(key), wanted.get(key), f"{place}/{key}")]


def change(unit: str, what: str, wait: int, folder: Path) -> tuple[list[str], list[str]]:
    """Let it happen at the Nth wait of a run; then end the trouble, and run again. See `what_is_wrong`."""
    meanwhile = MEANWHILE[what]
    with running(UNITS[unit](**meanwhile.settings)) as simulator:
        simulator.unit().faults.append(Fault(line=wait, count="exchange", **meanwhile.fault))
        with controller(simulator, **meanwhile.options) as play, contextlib.suppress(ModuleFailed):
            play.remediate(folder / "journal.json", **meanwhile.more)
        for settled in meanwhile.settle:
            simulator.call(lambda end=settled: effects.strike(simulator.unit(), end))
        for _attempt in range(2):
            simulator.call(lambda: effects.strike(simulator.unit(), Fault("expire")))
            failed = []
            with controller(simulator) as play:
                try:
                    play.remediate(folder / "journal.json", **meanwhile.more)
                except ModuleFailed as failure:
                    failed = [f"a later run failed: {failure}"] if meanwhile.same else []
            wrong, unavoidable = what_is_wrong(simulator, folder, meanwhile.same)
            if not failed and not wrong:
                break
        return failed + wrong, unavoidable


def _try(case: tuple[str, str, int, str]) -> Outcome:
    unit, what, wait, folder = case
    own = Path(folder) / f"{list(MEANWHILE).index(what)}-{wait}"
    return Outcome(f"{what}, at wait {wait}", *change(unit, what, wait, own))


def waits(make: Callable[[], Scenario], folder: Path) -> tuple[int, list[int]]:
    """Count how often a run without trouble waits for the unit. Returns that, and which waits are telling."""
    with running(make()) as simulator, controller(simulator) as play:
        play.remediate(folder / "journal.json")
        play.close()
        events = simulator.events
        return sum(event["turns"] for event in events if event["type"] == "counters"), telling(events)


def telling(events: list[Event]) -> list[int]:
    """Return the waits before the lines that act, and before the looks directly before those, each sort once.

    Lines are of one sort if they act on the same table with the same word.
    """
    found: dict[tuple[str, ...], int] = {}
    table, looked = "", 0
    for event in events:
        if event["type"] != "line" or MOVES.fullmatch(event["text"]):
            continue
        text = event["text"]
        if reads(event):
            looked = looked or event["wait"]
            continue
        table = text if text.startswith("config ") else table
        sort = (table, " ".join(text.split()[: 3 if text.startswith(("set", "execute")) else 1]))
        if text.startswith(("set status", "set fortitoken", "unset", "delete", "edit", "execute")):
            found.setdefault(sort, event["wait"])
            if looked:
                found.setdefault(("look", *sort), looked)
        looked = 0
    return sorted(set(found.values()))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("unit", UNITS if EVERYTHING else DAILY)
def test_the_unit_changes_at_every_wait(
    unit: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    wanted, _lines = unbroken(UNITS[unit], tmp_path)
    (tmp_path / "wanted.json").write_text(json.dumps(wanted))
    count, chosen = waits(UNITS[unit], tmp_path / "count")
    kinds, step = (tuple(MEANWHILE), 1) if EVERYTHING else (DAILY[unit], DAILY_STEP)
    cases = [
        (unit, what, wait, str(tmp_path))
        for number, what in enumerate(kinds)
        for wait in sorted({*range(1 + (2 * number) % step, count + 1, step), *chosen})
    ]
    with ProcessPoolExecutor(3 * (os.cpu_count() or 1), mp_context=multiprocessing.get_context("spawn")) as pool:
        outcomes = list(pool.map(_try, cases, chunksize=3))
    lost = [f"{outcome.case}: {outcome.excused}" for outcome in outcomes if outcome.excused]
    failures = [f"{outcome.case}: {outcome.wrong}" for outcome in outcomes if outcome.wrong]
    record_property(
        "tried",
        f"{unit}: {len(kinds)} changes, each at {len(chosen)} waits before looks and acting lines, and at every {step}."
        f" of {count} waits: {len(cases)} runs, {len(failures)} wrong, {len(lost)} struck between a last look and its"
        " lines",
    )
    assert not failures, "\n".join(text[:600] for text in failures)


def test_a_unit_can_be_told_apart_from_one_that_nobody_touched(tmp_path: Path) -> None:
    """The comparison notices a difference at all."""
    wanted, _lines = unbroken(scenario, tmp_path)
    with running(scenario()) as simulator:
        assert end_state(simulator) != wanted
