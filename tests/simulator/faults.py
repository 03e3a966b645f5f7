# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Things that go wrong, at a chosen line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import effects
from .conditions import Fault

if TYPE_CHECKING:
    from .unit import Unit


def strike(unit: Unit, lines_of_login: int, line: str, exchange: int | None = None) -> Fault | None:
    """Return the fault that strikes at this line, and use it up; ``unit.lines`` has counted the line already.

    *exchange*: how often the unit has waited for the client, where this line is the first after a wait.
    """
    for fault in unit.faults:
        if fault.times <= 0:
            continue
        if fault.line is None:
            here = True
        elif fault.count == "exchange":
            here = exchange is not None and exchange >= fault.line
        else:
            here = fault.line == (unit.lines if fault.count == "total" else lines_of_login)
        if here and (fault.match is None or re.search(fault.match, line)):
            if fault.line is None and fault.match is None:
                continue
            fault.times -= 1
            return fault
    return None


def change(unit: Unit, commands: list[str]) -> None:
    """Let another administrator run command lines now: the configuration changes under the feet of the others."""
    effects.strike(unit, Fault("change", commands=commands))
