# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks as one command: ``python -m tests.bench [--full] RESULTS.json``.

Every figure of a table comes from one run on one machine: only the ratios mean something elsewhere. Rows are written
down as they come; a run that is started again with the same file goes on where it stopped.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from . import fleet, table
from .contenders import CONTENDERS, OURS, ROOT, Programs, facts, pings, remediate
from .units import PAGED, UNPAGED, migrated_unit

Plan = dict[str, tuple[Any, ...]]
Job = tuple[str, Callable[[], dict[str, Any]]]

#: ``python -m tests.bench`` takes minutes, and with --full hours, most of them those of cli_command.
QUICK: Plan = {
    "latencies": (50,),
    "tokens": (20, 100),
    "consoles": (PAGED, UNPAGED),
    "large": (),
    "facts": (500, 2000),
    "fleets": ((12, 10, "linear"),),
}
FULL: Plan = {
    "latencies": (0, 50, 200),
    "tokens": (10, 100, 500),
    "consoles": (PAGED, UNPAGED),
    # Tokens and latency of units that only this collection is asked to remediate.
    "large": ((2_000, 50), (20_000, 50)),
    "facts": (500, 2000, 5000, 20_000),
    "fleets": ((30, 10, "linear"), (30, 10, "free"), (300, 50, "linear")),
}
#: Hosts of the play of pings that the fleets are compared with.
PING_HOSTS = 12


def _row(kind: str, row: Any) -> dict[str, Any]:
    return {"kind": kind, **dataclasses.asdict(row)}


def _facts(tokens: int, console: str, programs: Programs) -> dict[str, Any]:
    unit = migrated_unit(tokens, vdoms=4, latency_ms=25, name="fgt-big", console=console)
    return _row("facts", facts(unit, programs))


def _remediation(contender: str, tokens: int, latency_ms: float, console: str, programs: Programs) -> dict[str, Any]:
    unit = migrated_unit(tokens, latency_ms=latency_ms / 2, console=console)
    return _row("remediate", remediate(contender, unit, programs))


def _large(tokens: int, latency_ms: float, console: str, programs: Programs) -> dict[str, Any]:
    unit = migrated_unit(tokens, vdoms=4, latency_ms=latency_ms / 2, console=console)
    return _row("remediate", remediate(OURS, unit, programs))


def _fleet(units: int, forks: int, strategy: str, by: str, programs: Programs) -> dict[str, Any]:
    return _row("fleet", fleet.play(units, forks, programs, strategy, by))


def jobs(plan: Plan, programs: Programs, contenders: list[str]) -> Iterator[Job]:
    """Yield (name, work) for every cell of every table, the quick ones first."""
    for tokens, console in product(plan["facts"], plan["consoles"]):
        yield f"facts {tokens} {console}", partial(_facts, tokens, console, programs)
    for contender, tokens, latency, console in product(contenders, plan["tokens"], plan["latencies"], plan["consoles"]):
        name = f"{contender} {tokens} {latency} {console}"
        yield name, partial(_remediation, contender, tokens, latency, console, programs)
    for (tokens, latency), console in product(plan["large"], plan["consoles"]):
        yield f"large {tokens} {latency} {console}", partial(_large, tokens, latency, console, programs)
    for (units, forks, strategy), by in product(plan["fleets"], (fleet.OURS, fleet.FIRST_RELEASE)):
        yield f"fleet {units} {forks} {strategy} {by}", partial(_fleet, units, forks, strategy, by, programs)


def _pings(tasks: int, hosts: int, programs: Programs) -> dict[str, Any]:
    cost, counted = pings(tasks, programs, hosts, "-f", "10")
    return {"kind": "pings", "hosts": hosts, "tasks": counted, "cost": dataclasses.asdict(cost)}


def main(arguments: list[str]) -> int:
    """Run what is missing in the file of results and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("results", type=Path, help="file of results; rows that it holds are not measured again")
    parser.add_argument("--full", action="store_true", help="the whole table")
    parser.add_argument("--contender", action="append", choices=list(CONTENDERS), help="only these (default: all)")
    parser.add_argument("--print", action="store_true", dest="only_print", help="measure nothing")
    parser.add_argument("--rst", type=Path, help="put the tables into this page, between its markers")
    parser.add_argument("--ours", type=Path, default=ROOT / ".venv" / "bin", help="environment of this project")
    parser.add_argument("--theirs", type=Path, default=ROOT / ".cache" / "bench-venv" / "bin", help="of the others")
    parser.add_argument("--collections", type=Path, required=True, help="folder with ansible_collections")
    parser.add_argument("--release", type=Path, required=True, help="the same for release 1.0.0")
    options = parser.parse_args(arguments)
    programs = Programs(
        *(path.resolve() for path in (options.ours, options.theirs, options.collections, options.release))
    )
    rows: dict[str, dict[str, Any]] = (
        json.loads(options.results.read_text(encoding="utf-8")) if options.results.exists() else {}
    )

    def do(name: str, work: Callable[[], dict[str, Any]]) -> None:
        if name in rows:
            return
        started = time.monotonic()
        print(f"bench: {name} ...", end="", flush=True)
        rows[name] = work()
        print(f" {time.monotonic() - started:.0f} s", flush=True)
        options.results.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")

    if not options.only_print:
        for name, work in jobs(FULL if options.full else QUICK, programs, options.contender or list(CONTENDERS)):
            do(name, work)
        tasks = max((row["tasks"] for row in rows.values() if row.get("contender") == OURS), default=0)
        for hosts in (1, PING_HOSTS) if tasks else ():
            do(f"pings {hosts}", partial(_pings, tasks, hosts, programs))
    print(table.markdown(rows))
    if options.rst:
        table.into_page(options.rst, rows)
    wrong = [text for row in rows.values() if row["kind"] == "fleet" for text in row["wrong"]]
    for text in wrong:
        print(f"bench: {text}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
