# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command and write down what it cost: ``python -m tests.bench.measure RESULT.json COMMAND...``.

Processes that the command leaves behind count too: Ansible's persistent connections detach themselves, so this process
takes the place of init for them and collects what they used when they end. Linux only.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """wall: seconds until the command itself ended. cpu: user and system seconds of it and of all its descendants.
    peak_mb: resident memory of the biggest process, in MB of 10**6 bytes. code: its exit status."""

    wall: float
    cpu: float
    peak_mb: float
    code: int


def run(command: list[str]) -> Cost:
    """Run a command to the end of its last descendant."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    started = time.monotonic()
    main = subprocess.Popen(command).pid
    wall = cpu = peak = 0.0
    code = 0
    while True:
        try:
            pid, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return Cost(round(wall, 2), round(cpu, 2), round(peak * 1024 / 1e6, 1), code)
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
