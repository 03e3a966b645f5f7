# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command and write down what it cost: ``python -m tests.bench.measure RESULT.json COMMAND...``.

Processes that the command leaves behind count too: Ansible's persistent connections detach themselves, so this process
takes the place of init for them and collects what they used when they end. Linux only.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Cost:
    """wall: seconds until the command itself ended. cpu: user and system seconds of it and of all its descendants.
    peak_mb: resident memory of the biggest process, in MB of 10**6 bytes. code: its exit status.

    session_mb, session_own_mb: of the biggest process that outlived the one that started it, as those do that hold a
    session with a unit: its resident memory, and how much of that no other process shares. Looked at every half second,
    so it is 0 for a short command.
    """

    wall: float
    cpu: float
    peak_mb: float
    code: int
    session_mb: float = 0.0
    session_own_mb: float = 0.0


class _Sessions(threading.Thread):
    """Watches the memory of the processes that are left behind, as those are that hold a session with a unit."""

    def __init__(self, main: int) -> None:
        super().__init__(daemon=True)
        self._main = main
        self.resident = self.own = 0.0

    def run(self) -> None:
        while True:
            for pid in _orphans(self._main):
                with contextlib.suppress(OSError, ValueError):
                    self._look(Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"))
            time.sleep(_LOOK_SECONDS)

    def _look(self, rollup: str) -> None:
        sizes = {name: int(value) for name, value in re.findall(r"^(\w+): +(\d+) kB", rollup, re.MULTILINE)}
        if sizes:
            self.resident = max(self.resident, sizes["Rss"] * 1024 / 1e6)
            self.own = max(self.own, (sizes["Private_Clean"] + sizes["Private_Dirty"]) * 1024 / 1e6)


def _orphans(main: int) -> list[int]:
    """Return the processes that came to this one when those who started them ended; main is no such process."""
    orphans = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # After the name: state, parent.
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            if int(stat.rpartition(")")[2].split()[1]) == os.getpid() and int(folder.name) != main:
                orphans.append(int(folder.name))
    return orphans


def run(command: list[str]) -> Cost:
    """Run a command to the end of its last descendant."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    started = time.monotonic()
    main = subprocess.Popen(command).pid
    sessions = _Sessions(main)
    sessions.start()
    wall = cpu = peak = 0.0
    code = 0
    while True:
        try:
            pid, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            peak_mb = round(peak * 1024 / 1e6, 1)
            return Cost(
                round(wall, 2), round(cpu, 2), peak_mb, code, round(sessions.resident, 1), round(sessions.own, 1)
            )
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss)
        if pid == main:
            wall = time.monotonic() - started
            code = os.waitstatus_to_exitcode(status)


def main(arguments: list[str]) -> int:
    """Run the command; return its exit status."""
    cost = run(arguments[1:])
    Path(arguments[0]).write_text(json.dumps(asdict(cost)), encoding="utf-8")
    return cost.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
