# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time windows, such as `mon-fri 08:00-17:00`: when codes may be sent. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM = re.compile(
    r"(?:(?P<first>[a-z]{3})[a-z]*(?:-(?P<last>[a-z]{3})[a-z]*)?\s+)?"
    r"(?P<from>\d{1,2}:\d\d)\s*-\s*(?P<to>\d{1,2}:\d\d)"
)


@dataclass(frozen=True)
class Window:
    """Days of the week (0 is Monday) and the times between which it is open. One that ends before it starts goes on
    over midnight and belongs to the day on which it starts."""

    days: frozenset[int]
    start: time
    end: time

    def contains(self, moment: datetime) -> bool:
        """Return whether it is open at a local time."""
        now, day = moment.time(), moment.weekday()
        if self.start < self.end:
            return day in self.days and self.start <= now < self.end
        return (day in self.days and now >= self.start) or ((day - 1) % 7 in self.days and now < self.end)


def parse(text: str) -> Window:
    """Read `08:00-17:00` or `mon-fri 08:00-17:00`. Raises ValueError, which quotes the text."""
    match = _FORM.fullmatch(text.strip().lower())
    try:
        if match is None:
            raise ValueError
        first = DAYS.index(match["first"]) if match["first"] else 0
        last = DAYS.index(match["last"]) if match["last"] else (first if match["first"] else 6)
        days = frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
        return Window(days, _clock(match["from"]), _clock(match["to"]))
    except ValueError:
        raise ValueError(f"'{text}' is not a time window such as '08:00-17:00' or 'mon-fri 08:00-17:00'") from None


def _clock(text: str) -> time:
    """Read a time of day; `24:00` is the end of the day."""
    hour, minute = (int(part) for part in text.split(":"))
    return time(23, 59, 59, 999_999) if (hour, minute) == (24, 0) else time(hour, minute)


def is_open(windows: Iterable[Window], moment: datetime) -> bool:
    """Return whether codes may be sent at a local time; always where there is no window."""
    given = tuple(windows)
    return not given or any(window.contains(moment) for window in given)
