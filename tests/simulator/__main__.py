# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve the units of a scenario file until a signal says stop: ``python -m tests.simulator SCENARIO.yml``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

if __package__ in (None, ""):
    # Run as `python tests/simulator`: make the folder importable as the package that it is.
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    __package__ = "tests.simulator"

from tests.simulator.control import ControlFile
from tests.simulator.scenario import ScenarioError, load
from tests.simulator.server import Simulator


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("scenario", help="a scenario file, or the name of one in tests/simulator/scenarios")
    parser.add_argument("--port", type=int, default=0, help="port of the first unit (default: any free one)")
    parser.add_argument("--ready-file", type=Path, help="write address, port and host keys here when all is ready")
    parser.add_argument("--event-log", type=Path, help="append events to this file, one JSON object a line")
    parser.add_argument("--control-file", type=Path, help="carry out the commands that are appended to this file")
    parser.add_argument("--pid-file", type=Path, help="write the process number here")
    options = parser.parse_args(arguments)
    try:
        scenarios = load(options.scenario)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return 2
    if options.port:
        scenarios[0].port = options.port
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    simulator = Simulator(scenarios, options.event_log)
    simulator.start()
    control = ControlFile(simulator, options.control_file) if options.control_file else None
    try:
        units = [
            {
                "name": unit.name,
                "host": simulator.host,
                "port": unit.port,
                "host_key": simulator.known_hosts(unit.name),
                "fingerprint": simulator.fingerprint(unit.name),
            }
            for unit in simulator.units
        ]
        if options.pid_file:
            _write(options.pid_file, f"{os.getpid()}\n")
        if options.ready_file:
            first = {name: units[0][name] for name in ("host", "port", "host_key", "fingerprint")}
            _write(options.ready_file, json.dumps({**first, "units": units}, indent=2) + "\n")
        for unit in units:
            print(f"{unit['name']} {unit['host']}:{unit['port']} {unit['fingerprint']}", flush=True)
        stop.wait()
    finally:
        if control:
            control.close()
        simulator.stop()
        for path in (options.pid_file, options.ready_file):
            if path:
                path.unlink(missing_ok=True)
    return 0


def _write(path: Path, text: str) -> None:
    """Write a file that appears complete or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


if __name__ == "__main__":
    sys.exit(main())
