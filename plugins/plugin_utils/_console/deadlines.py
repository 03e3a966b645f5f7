# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long one line may take: a limit on silence, and an absolute one. Times in seconds of a monotonic clock.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

# The absolute limit, in command timeouts. Debug output that nobody would know for such may look like an answer, so the
# limit is short while debug output is on.
_WATCHED = 1.8
_UNWATCHED = 20.0
# An answer that arrives faster than this many characters a second has all the time that it needs. 256 kbit/s carry
# eight times as much; the debug output of a token daemon stays far below.
_STEADY = 4000.0


class Due:
    """The clock of the one line whose answer is due.

    Silence counts from the last progress of this answer, whatever else the unit prints meanwhile.
    """

    def __init__(self, timeout: float, now: float, progress: int) -> None:
        """Start the clock.

        timeout: longest silence. progress: counter of what came of answers so far, in characters (``Stream.progress``).
        """
        self._timeout = timeout
        self._started = self._moved = now
        self._first = self._progress = progress

    def silence(self, now: float, progress: int) -> float:
        """Take note of progress; return the seconds since the last."""
        if progress != self._progress:
            self._progress = progress
            self._moved = now
        return now - self._moved

    def problem(self, now: float, watched: bool) -> str:
        """Return which limit is passed, ``silence`` or ``length``, or "".

        watched: debug output is on.
        """
        if now - self._moved > self._timeout:
            return "silence"
        limit = self._timeout * (_WATCHED if watched else _UNWATCHED)
        if now - self._started > limit + (self._progress - self._first) / _STEADY:
            return "length"
        return ""

    def spent(self, now: float) -> float:
        """Return the seconds since the clock was started."""
        return now - self._started
