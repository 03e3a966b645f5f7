# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated time of a unit: it runs with the real one, and can be moved on without waiting."""

from __future__ import annotations

import datetime
import heapq
import itertools
import math
import time
from collections.abc import Callable
from typing import Any, Protocol

Callback = Callable[[], object]


class Handle(Protocol):
    """A scheduled call."""

    def cancel(self) -> None:
        """Forget the call."""


# (real seconds, callback) -> handle
CallLater = Callable[[float, Callback], Handle]


def epoch(moment: Any) -> float:
    """Return seconds since the epoch of a number, an ISO 8601 text or a datetime; without a zone it is UTC."""
    if isinstance(moment, (int, float)):
        return float(moment)
    found = moment if isinstance(moment, datetime.datetime) else datetime.datetime.fromisoformat(str(moment))
    return (found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)).timestamp()


class Clock:
    """Tells the time and calls back. A call comes when its time is over, really or because the clock was moved on."""

    def __init__(self, call_later: CallLater, start: Any = None) -> None:
        self._call_later = call_later
        self._ahead = 0.0 if start is None else epoch(start) - time.time()
        self._timers: list[tuple[float, int, _Timer]] = []
        self._numbers = itertools.count()

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return time.time() + self._ahead

    def text(self, form: str) -> str:
        """Return the local time as text."""
        return time.strftime(form, time.localtime(self.now()))

    def later(self, seconds: float, callback: Callback) -> Handle:
        """Call back after so many seconds, with infinity never."""
        timer = _Timer(self, self.now() + max(0.0, seconds), callback)
        heapq.heappush(self._timers, (timer.due, next(self._numbers), timer))
        if math.isfinite(seconds):
            timer.real = self._call_later(max(0.0, seconds), timer.fire)
        return timer

    def advance(self, seconds: float) -> None:
        """Move on; everything that is due meanwhile happens in its order and at its time."""
        end = self.now() + seconds
        while self._timers and self._timers[0][0] <= end:
            heapq.heappop(self._timers)[2].fire()
        self.reach(end)

    def reach(self, moment: float) -> None:
        """Let it be *moment* or later."""
        self._ahead = max(self._ahead, moment - time.time())
        while self._timers and self._timers[0][2].done:
            heapq.heappop(self._timers)


class _Timer:
    def __init__(self, clock: Clock, due: float, callback: Callback) -> None:
        self._clock = clock
        self.due = due
        self._callback = callback
        self.done = False
        self.real: Handle | None = None

    def fire(self) -> None:
        if self.done:
            return
        self.cancel()
        self._clock.reach(self.due)
        self._callback()

    def cancel(self) -> None:
        self.done = True
        if self.real:
            self.real.cancel()
