# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The time by which codes end: the unit's own. Pure.

`set activation-expire` is a time by the unit's clock (CLI reference 478620, `config user fortitoken`: seconds since the
epoch). `get system status` shows that clock as local time without its zone. Where it differs from the controller's by
what a time zone can explain, the clocks agree, and the difference is the zone; otherwise the unit's clock is off, and
counts as well.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import calendar
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

_QUARTER = 900.0
#: Zones reach from UTC-12 to UTC+14.
_MOST = 14 * 3600.0
#: Clocks that differ by less than this agree.
_AGREE = 300.0
#: What summer time changes.
_SUMMER = 3600.0


@dataclass(frozen=True)
class UnitClock:
    """`ahead`: seconds by which the unit's clock is ahead of the controller's. `offset`: its zone, ahead of UTC."""

    ahead: float
    offset: float
    source: Callable[[], float] = time.time

    def now(self) -> float:
        """Return the seconds since the epoch, by the unit's clock."""
        return self.source() + self.ahead

    def local(self) -> datetime:
        """Return the time that the unit shows."""
        return datetime(1970, 1, 1) + timedelta(seconds=self.now() + self.offset)

    @property
    def day(self) -> str:
        return self.local().date().isoformat()


def _zone_of_controller(now: float) -> float:
    return float(time.localtime(now).tm_gmtoff)


def unit_clock(shown: str, offset: float | None, source: Callable[[], float] = time.time) -> UnitClock:
    """Make out the unit's clock.

    `shown`: its local time as `YYYY-MM-DD HH:MM:SS`, or "" where it does not show any: then the controller's counts.
    `offset`: the zone that an earlier run made out, which tells a clock that is hours ahead from another zone.
    """
    now = source()
    if not shown:
        return UnitClock(0.0, _zone_of_controller(now), source)
    ahead = calendar.timegm(time.strptime(shown, "%Y-%m-%d %H:%M:%S")) - now
    zone = round(ahead / _QUARTER) * _QUARTER
    agrees = abs(zone) <= _MOST and abs(ahead - zone) <= _AGREE
    if agrees and (offset is None or abs(zone - offset) <= _SUMMER):
        return UnitClock(ahead - zone, zone, source)
    known = _zone_of_controller(now) if offset is None else offset
    return UnitClock(ahead - known, known, source)
