# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The burn-down chart."""

from __future__ import annotations

from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import STATES
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._enroll_files import chart


def row(day: str, enrolled: int, requested: int, codes: int = 0) -> dict[str, Any]:
    return {"day": day, **dict.fromkeys(STATES, 0), "enrolled": enrolled, "requested": requested, "codes": codes}


def test_the_line_falls_as_users_enroll() -> None:
    made = chart.chart([row("2026-03-01", 0, 40), row("2026-03-02", 30, 10), row("2026-03-05", 40, 0)])
    assert made is not None
    points = [tuple(map(float, point.split(","))) for point in made.line.split()]
    assert points[0] == (chart.LEFT, chart.TOP)
    assert points[-1] == (chart.WIDTH - chart.RIGHT, chart.HEIGHT - chart.BOTTOM)
    # Days lie where the calendar has them.
    assert points[1][0] - points[0][0] == (points[2][0] - points[0][0]) / 4
    assert [number for _y, number in made.rows] == [0, 10, 20, 30, 40]
    assert made.dots[1][2] == "2026-03-02: 10 not enrolled, 0 codes sent"


def test_one_day_is_a_chart_and_no_day_is_none() -> None:
    assert chart.chart([]) is None
    made = chart.chart([row("2026-03-01", 3, 0)])
    assert made is not None and len(made.dots) == 1


def test_units_are_added_up_and_the_last_day_of_each_counts() -> None:
    one = [row("2026-03-01", 0, 5, codes=5), row("2026-03-03", 5, 0)]
    two = [row("2026-03-02", 1, 2, codes=2)]
    total = chart.total([one, two, []])
    assert [(each["day"], each["enrolled"], each["requested"], each["codes"]) for each in total] == [
        ("2026-03-01", 0, 5, 5),
        ("2026-03-02", 1, 7, 2),
        ("2026-03-03", 6, 2, 0),
    ]


def test_the_grid_has_whole_numbers() -> None:
    for most in (1, 3, 5, 17, 33, 41, 100, 1999, 2000):
        made = chart.chart([row("2026-03-01", 0, most)])
        assert made is not None
        numbers = [number for _y, number in made.rows]
        assert numbers[-1] >= most and numbers == [numbers[1] * part for part in range(5)]
