# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The time by which codes end."""

from __future__ import annotations

import calendar
import time

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.clock import unit_clock

NOW = float(calendar.timegm((2026, 3, 2, 8, 0, 30, 0, 0, 0)))
HOUR = 3600.0


def shown(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(NOW + seconds))


@pytest.mark.parametrize("zone", [0.0, HOUR, -5 * HOUR, 5.75 * HOUR])
def test_another_time_zone_is_the_same_time(zone: float) -> None:
    clock = unit_clock(shown(zone + 3), None, lambda: NOW)
    assert (clock.now(), clock.offset) == (NOW + 3, zone)
    assert clock.local().hour == time.gmtime(NOW + zone).tm_hour


def test_a_clock_that_is_off_counts_as_it_is() -> None:
    clock = unit_clock(shown(3 * 24 * HOUR + 17 * 60), 0.0, lambda: NOW)
    assert (clock.ahead, clock.day) == (3 * 24 * HOUR + 17 * 60, "2026-03-05")


def test_a_known_zone_tells_a_clock_that_is_hours_ahead_from_another_zone() -> None:
    assert unit_clock(shown(12 * HOUR), 0.0, lambda: NOW).now() == NOW + 12 * HOUR
    # Summer time has begun.
    assert unit_clock(shown(2 * HOUR), HOUR, lambda: NOW).now() == NOW


def test_without_a_time_the_controllers_counts() -> None:
    assert unit_clock("", 5 * HOUR, lambda: NOW).now() == NOW
