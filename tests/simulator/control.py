# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move the time of a running simulator, and do what users and Fortinet's support do, from another process.

``python -m tests.simulator SCENARIO --control-file F`` carries out the lines that are appended to F, in order, and
writes to F.done how many it has carried out, and what went wrong. A line has the form of the commands of
``python -m tests.simulator.control F COMMAND``, which appends one and waits until it is done:

    advance hours=5 minutes=30
    scan alice | new-phone alice | reinstall alice
    mail alice refused          (what becomes of further mails to a user; `*` stands for the unit's setting)
    server unreachable
    release FTK200AAAA000001
    fgt-branch: advance days=1  (one unit only; without a name all units, or the first that has the user)
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from .server import Simulator
from .unit import Unit

TICK = 0.05


def perform(units: list[Unit], line: str) -> None:
    """Carry out one command; raises ValueError. Runs in the simulator's own thread."""
    name, colon, rest = line.partition(":")
    if colon:
        units = [unit for unit in units if unit.name == name.strip()]
        if not units:
            raise ValueError(f"no unit {name.strip()!r}")
    words = (rest if colon else line).split()
    command = _COMMANDS.get(words[0]) if words else None
    if command is None:
        raise ValueError(f"unknown command {line!r}; known: {', '.join(_COMMANDS)}")
    command(units, words[1:])


def _advance(units: list[Unit], args: list[str]) -> None:
    delta = {unit: float(amount) for unit, _equals, amount in (arg.partition("=") for arg in args)}
    for each in units:
        each.advance(**delta)


def _user(action: str) -> Callable[[list[Unit], list[str]], None]:
    def run_it(units: list[Unit], args: list[str]) -> None:
        (name,) = args
        unit, vdom = _find(units, name)
        getattr(unit.mobile, action)(name, vdom)

    return run_it


def _find(units: list[Unit], name: str) -> tuple[Unit, str]:
    for unit in units:
        for vdom in unit.config.vdoms:
            if name in unit.config.table(vdom, "user local").entries:
                return unit, vdom
    raise ValueError(f"no user {name!r}")


def _mail(units: list[Unit], args: list[str]) -> None:
    name, outcome = args
    if name == "*":
        for each in units:
            each.scenario.mail = outcome
        return
    unit, vdom = _find(units, name)
    unit.mobile.habit(name, vdom).mail = outcome


def _server(units: list[Unit], args: list[str]) -> None:
    (status,) = args
    for each in units:
        each.scenario.fortiguard.status = status


def _release(units: list[Unit], args: list[str]) -> None:
    (serial,) = args
    for each in units:
        each.fortiguard.release_lock(serial)


_COMMANDS: dict[str, Callable[[list[Unit], list[str]], None]] = {
    "advance": _advance,
    "scan": _user("scan"),
    "new-phone": _user("new_phone"),
    "reinstall": _user("reinstall"),
    "mail": _mail,
    "server": _server,
    "release": _release,
}


class ControlFile:
    """Watches a file and carries out its lines, in a thread of its own."""

    def __init__(self, simulator: Simulator, path: Path) -> None:
        self._simulator = simulator
        self._path = path
        self._stop = threading.Event()
        self._done = 0
        path.write_text("", encoding="utf-8")
        self._report("")
        self._thread = threading.Thread(target=self._watch, name="control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join(5)
        for path in (self._path, done_file(self._path)):
            path.unlink(missing_ok=True)

    def _watch(self) -> None:
        while not self._stop.wait(TICK):
            # The last piece is a line that is still being written, or empty.
            lines = self._path.read_text(encoding="utf-8").split("\n")[:-1]
            for line in lines[self._done :]:
                self._done += 1
                self._report(self._carry_out(line))

    def _carry_out(self, line: str) -> str:
        try:
            self._simulator.call(lambda: perform(self._simulator.units, line))
        except (ValueError, TypeError) as error:
            return str(error) or type(error).__name__
        return ""

    def _report(self, error: str) -> None:
        part = self._path.with_name(self._path.name + ".part")
        part.write_text(f"{self._done} {error}".rstrip() + "\n", encoding="utf-8")
        part.replace(done_file(self._path))


def done_file(path: Path) -> Path:
    """Return the file that says how many lines are done."""
    return path.with_name(path.name + ".done")


def order(path: Path, line: str, timeout: float = 30.0) -> None:
    """Append a command to a control file and wait until it is done; raises ValueError or TimeoutError."""
    number = path.read_text(encoding="utf-8").count("\n") + 1
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        count, _space, error = done_file(path).read_text(encoding="utf-8").strip().partition(" ")
        if int(count) >= number:
            if error and int(count) == number:
                raise ValueError(error)
            return
        time.sleep(TICK)
    raise TimeoutError(f"the simulator did not carry out {line!r}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return the exit status."""
    path, *words = sys.argv[1:] if arguments is None else arguments
    try:
        order(Path(path), " ".join(words))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
