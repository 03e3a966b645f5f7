# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The burn-down chart of an enrollment, as numbers for inline SVG: users who have not enrolled yet, day by day.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import ENROLLED, STATES

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 48, 16, 16, 32
#: Labels on the axis of days.
MOST_LABELS = 8


@dataclass(frozen=True)
class Chart:
    """`line` and `area`: points of SVG polygons. `dots`: (x, y, text) of each day. `rows`: (y, number) of the grid.
    `columns`: (x, day)."""

    line: str
    area: str
    dots: tuple[tuple[float, float, str], ...]
    rows: tuple[tuple[float, int], ...]
    columns: tuple[tuple[float, str], ...]


def open_users(row: Mapping[str, Any]) -> int:
    """Users of a day of the history who had not enrolled."""
    return sum(int(row[state]) for state in STATES if state != ENROLLED)


def total(histories: Iterable[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Add up the histories of several units: of each the last day up to then counts."""
    given = [history for history in histories if history]
    days = sorted({str(row["day"]) for history in given for row in history})
    found = []
    for day in days:
        sums: dict[str, Any] = {"day": day, **dict.fromkeys((*STATES, "codes"), 0)}
        for history in given:
            before = [row for row in history if str(row["day"]) <= day]
            for state in STATES if before else ():
                sums[state] += before[-1][state]
            sums["codes"] += sum(row["codes"] for row in history if row["day"] == day)
        found.append(sums)
    return found


def chart(history: Sequence[Mapping[str, Any]]) -> Chart | None:
    """Return the chart of a history, or None where there is nothing to draw."""
    if not history:
        return None
    values = [open_users(row) for row in history]
    most = _round_up(max(*values, 1))
    days = [_number(str(row["day"])) for row in history]
    span = max(days[-1] - days[0], 1)

    def across(day: int) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (day - days[0]) / span, 1)

    def down(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most), 1)

    points = [(across(day), down(value)) for day, value in zip(days, values, strict=True)]
    line = " ".join(f"{x},{y}" for x, y in points)
    step = max(1, -(-len(history) // MOST_LABELS))
    return Chart(
        line=line,
        area=f"{points[0][0]},{down(0)} {line} {points[-1][0]},{down(0)}",
        dots=tuple(
            (x, y, f"{row['day']}: {value} not enrolled, {row['codes']} codes sent")
            for (x, y), row, value in zip(points, history, values, strict=True)
        ),
        rows=tuple((down(most * part / 4), most * part // 4) for part in range(5)),
        columns=tuple((across(day), str(row["day"])[5:]) for day, row in list(zip(days, history, strict=True))[::step]),
    )


def _round_up(value: int) -> int:
    """Return a number that can be divided by 4, at least as large as `value`."""
    size = 4
    while size < value:
        size *= 2
    # Four lines of a grid that fits closely.
    return next((size // 8 * part for part in (5, 6, 7) if size >= 32 and size // 8 * part >= value), size)


def _number(day: str) -> int:
    return date.fromisoformat(day).toordinal()
