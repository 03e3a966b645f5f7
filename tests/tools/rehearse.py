# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rehearse a run: the real playbook, over SSH, against a simulated copy of a unit.

``rehearse.py BACKUP`` makes a scenario of a configuration backup (and of what was copied from the terminal), starts the
simulator with it on the loopback address, runs the playbook, and shows every line that was sent, for how long each user
was out of service, and the report. No unit is contacted.

--faults takes sentences, separated by semicolons: "Fortinet released half" (or "none", or serials), "the line drops at
step 37", "the unit hangs at step 37", "the unit restarts at step 37", "the token server leaves at step 37", "step 37 is
refused". Steps are counted by the lines that were sent. After a run that was broken off, the playbook runs again.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import FortitokenError
from tests.simulator.invariants import out_of_service, violations
from tests.simulator.scenario import ScenarioError, from_data
from tests.tools import demo
from tests.tools.tree import ROOT, TreeError
from tests.tools.unit_files import Unit, scenario

WORK = ROOT / ".cache" / "rehearsal"
HOST = "rehearsal"
#: So many lines are shown on the screen; all are in lines.txt.
MOST_LINES = 400

_STEPS: dict[str, dict[str, Any]] = {
    r"the line drops at step (\d+)": {"kind": "cut_after"},
    r"the unit hangs at step (\d+)": {"kind": "hang"},
    r"the unit restarts at step (\d+)": {"kind": "reboot", "seconds": 2},
    r"the token server leaves at step (\d+)": {"kind": "server", "status": "unreachable"},
    r"step (\d+) is refused": {"kind": "refuse", "text": "Unknown action 0"},
}
_RELEASED = r"fortinet released (half|none|all|[0-9a-z, ]+)"


@dataclass
class FaultPlan:
    """What goes wrong. released: what Fortinet really released, or None where the operator's statement is true."""

    faults: list[dict[str, Any]] = field(default_factory=list)
    released: str | None = None


def fault_plan(text: str) -> FaultPlan:
    """Read sentences. Raises ValueError for one that is not known."""
    plan = FaultPlan()
    for sentence in filter(None, (part.strip().rstrip(".").lower() for part in text.split(";"))):
        released = re.fullmatch(_RELEASED, sentence)
        if released:
            plan.released = released[1].upper() if len(released[1]) > len("half") else released[1]
            continue
        for pattern, fault in _STEPS.items():
            if match := re.fullmatch(pattern, sentence):
                plan.faults.append({**fault, "line": int(match[1])})
                break
        else:
            known = "; ".join(pattern.replace(r"(\d+)", "37") for pattern in _STEPS)
            raise ValueError(f"{sentence!r} is not known. Known are: Fortinet released half; {known}")
    return plan


def rehearsal(paths: Sequence[Path], released: str, plan: FaultPlan) -> dict[str, Any]:
    """Return the scenario. released: what the operator states, serials or ``all``. Raises FortitokenError."""
    unit = Unit(paths)
    stated = _serials(released)
    if plan.released is None:
        return {**scenario(unit, stated), "faults": plan.faults}
    every = [token["serial"] for token in scenario(unit)["tokens"]]
    claimed = every if "all" in stated else [serial for serial in every if serial in stated]
    really = {"none": [], "all": every, "half": claimed[::2]}.get(plan.released, _serials(plan.released))
    return {**scenario(unit, really), "faults": plan.faults}


def _serials(text: str) -> list[str]:
    return [part if part == "all" else part.upper() for part in re.split(r"[,\s]+", text) if part]


def _show_lines(stage: demo.Stage, events: list[dict[str, Any]]) -> None:
    """Show what was typed, and write all of it to a file."""
    typed = [event for event in events if event["type"] == "line"]
    lines = [f"{number:>5}  {_line(event)}" for number, event in enumerate(typed, 1)]
    path = stage.work / "lines.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    demo.tell(f"Every line that was sent ({len(lines)})")
    print("\n".join(lines[:MOST_LINES]))
    if len(lines) > MOST_LINES:
        print(f"  and {len(lines) - MOST_LINES} more: {path}")


def _line(event: dict[str, Any]) -> str:
    # A session also types Enter, to see a prompt, and blanks, to turn pages.
    typed = event["text"] if event["text"].strip() else "(next page)" if event["text"] else "(Enter)"
    text = f"{event['context'] or '':<14} {typed}"
    return f"{text}   <- {event['error']}" if event["error"] else text


def _show_users(events: list[dict[str, Any]]) -> None:
    demo.tell("Out of service (in simulated time)")
    seconds = {user: time for user, time in out_of_service(events).items() if time > 0}
    for (vdom, name), time in sorted(seconds.items(), key=lambda item: -item[1]):
        print(f"  {name} (VDOM {vdom}): {time:.1f} s")
    if not seconds:
        print("  nobody")
    for sentence in violations(events):
        print(f"  A promise was broken: {sentence}")


def run(stage: demo.Stage, plan: FaultPlan, home: Path) -> int:
    """Run the playbook against the simulated unit; return its last exit code."""
    demo.tell("Building and installing the collection")
    demo.install(stage, home)
    with demo.simulated_fortigate(stage) as unit:
        demo.tell(f"A simulated copy of the unit listens on {unit['host']}:{unit['port']}")
        code = demo.playbook(stage, unit, home, show=True)
        if code and plan.faults:
            demo.tell("The run was broken off, as planned. The playbook runs again")
            code = demo.playbook(stage, unit, home, show=True)
    events = [json.loads(line) for line in stage.events.read_text(encoding="utf-8").splitlines()]
    _show_lines(stage, events)
    _show_users(events)
    if (stage.work / "report" / f"{stage.host}.json").exists():
        demo.summarize(stage)
    return code


def main() -> None:
    """Rehearse."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.rehearse", description=__doc__)
    parser.add_argument("backup", help="a configuration backup, copied output, or a recording")
    parser.add_argument("--statuses", default="", help="a file with the output of 'diagnose fortitoken info'")
    parser.add_argument("--released", default="", help="serials whose lock Fortinet released, or 'all'")
    parser.add_argument("--faults", default="", help="what is to go wrong")
    options = parser.parse_args()
    if not options.backup:
        sys.exit("Name a configuration: make rehearse BACKUP=fw.conf")
    try:
        plan = fault_plan(options.faults)
        data = rehearsal([Path(path) for path in (options.backup, options.statuses) if path], options.released, plan)
        from_data(data)
    except (FortitokenError, ScenarioError, ValueError) as error:
        sys.exit(f"rehearse: {error}")
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True, mode=0o700)
    stage = demo.Stage(WORK, WORK / "scenario.yml", HOST, ",".join(_serials(options.released)))
    stage.scenario.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    with demo.ansible_home(WORK) as home:
        try:
            sys.exit(run(stage, plan, home))
        except TreeError as error:
            sys.exit(f"rehearse: {error}")


if __name__ == "__main__":
    main()
