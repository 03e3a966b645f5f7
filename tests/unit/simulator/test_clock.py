# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated time."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.clock import epoch

Make = Callable[..., Any]


@pytest.mark.parametrize(
    "moment",
    [
        1796112000,
        "2026-12-01T08:00:00",
        "2026-12-01T10:00:00+02:00",
        datetime.datetime(2026, 12, 1, 8),
    ],
)
def test_the_start_can_be_written_in_several_ways(moment: Any) -> None:
    assert epoch(moment) == 1796112000


def test_the_time_goes_on_and_can_be_moved_on(desk: Make) -> None:
    unit = desk(clock="2026-12-01T08:00:00")
    assert 0 <= unit.unit.clock.now() - 1796112000 < 5
    unit.unit.advance(days=1, hours=5)
    assert 0 <= unit.unit.clock.now() - 1796112000 - 29 * 3600 < 5
    assert unit.types("clock")[0]["seconds"] == 29 * 3600
    assert "Dec  2 " in unit("get system status") or "Dec 02 " in unit("get system status")


def test_calls_come_in_order_at_their_time_and_once(desk: Make) -> None:
    unit = desk()
    clock = unit.unit.clock
    begin = clock.now()
    seen: list[tuple[str, float]] = []

    def note(name: str) -> None:
        seen.append((name, round((clock.now() - begin) / 60)))

    clock.later(7200, lambda: note("late"))
    clock.later(60, lambda: (note("early"), clock.later(60, lambda: note("nested"))))
    clock.later(90, lambda: note("never")).cancel()
    unit.unit.advance(hours=3)
    assert seen == [("early", 1), ("nested", 2), ("late", 120)]
    # The real timers, too, come to their end.
    unit.clock.advance(4 * 3600)
    assert len(seen) == 3


def test_what_is_never_due_never_comes(desk: Make) -> None:
    unit = desk()
    seen: list[int] = []
    unit.unit.clock.later(float("inf"), lambda: seen.append(1))
    unit.unit.advance(days=10_000)
    assert not seen


def test_the_real_time_calls_as_well(desk: Make) -> None:
    unit = desk()
    seen: list[float] = []
    unit.unit.clock.later(3600, lambda: seen.append(unit.unit.clock.now() - time.time()))
    unit.clock.advance(3601)
    assert seen and 3590 < seen[0] <= 3600
