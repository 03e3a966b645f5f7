# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Things that go wrong, at a chosen line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .scenario import Account, Fault

if TYPE_CHECKING:
    from .unit import Unit


def strike(unit: Unit, lines_of_login: int, line: str) -> Fault | None:
    """Return the fault that strikes at this line, and use it up; ``unit.lines`` has counted the line already."""
    for fault in unit.faults:
        if fault.times <= 0:
            continue
        count = unit.lines if fault.count == "total" else lines_of_login
        if (fault.line is None or fault.line == count) and (fault.match is None or re.search(fault.match, line)):
            if fault.line is None and fault.match is None:
                continue
            fault.times -= 1
            return fault
    return None


def change(unit: Unit, commands: list[str]) -> None:
    """Let another administrator run command lines: the configuration changes under the feet of the others."""
    from .shell import Shell

    number = min([0, *unit.shells]) - 1
    shell = Shell(unit, Account("other-admin"), number)
    try:
        for line in commands:
            reply = shell.execute(line)
            if reply.error:
                raise ValueError(f"the fault's command {line!r} was refused: {reply.lines}")
    finally:
        unit.shells.pop(number, None)
