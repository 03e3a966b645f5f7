# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line with delay, limited bandwidth, jitter and loss, in one direction.

Loss is modelled as what a program above TCP sees of it: the segment arrives after its retransmission, and everything
behind it waits, because TCP delivers in order (RFC 9293). The retransmission time doubles at each further loss of the
same segment (RFC 6298).
"""

from __future__ import annotations

import random
import time
from collections import deque

from .settings import Line

# Bytes in a TCP segment on Ethernet.
SEGMENT = 1460
# A segment is lost at most this often in a row.
MOST_LOSSES = 6


class Direction:
    """Bytes on their way, each piece with the time at which it arrives. ``latency_ms`` is one way."""

    def __init__(self, line: Line | None, latency_ms: float, bits: int, seed: int) -> None:
        self._line = line
        self._latency = latency_ms / 1000
        self._bits = bits
        rto = line.rto_ms if line else None
        self._rto = (200 + 2 * latency_ms if rto is None else rto) / 1000
        self._random = random.Random(seed)
        self._sent = 0.0
        self._arrived = 0.0
        self.pieces: deque[tuple[float, bytes]] = deque()

    def put(self, data: bytes, now: float | None = None) -> None:
        """Send bytes; *now* is in seconds of the monotonic clock."""
        now = time.monotonic() if now is None else now
        if self._line is None:
            self.pieces.append((now + self._latency, data))
            return
        for start in range(0, len(data), SEGMENT):
            piece = data[start : start + SEGMENT]
            self._sent = max(self._sent, now) + (len(piece) * 8 / self._bits if self._bits else 0.0)
            self._arrived = max(self._arrived, self._sent + self._latency + self._delay(self._line))
            self.pieces.append((self._arrived, piece))

    def _delay(self, line: Line) -> float:
        delay = self._random.uniform(0, line.jitter_ms / 1000)
        for attempt in range(MOST_LOSSES):
            if self._random.random() >= line.loss:
                break
            delay += self._rto * 2**attempt
        return delay


def both(line: Line | None, latency_ms: float) -> tuple[Direction, Direction]:
    """Return the directions from the client to the unit, and back."""
    seed = line.seed if line else 0
    return (
        Direction(line, latency_ms, line.up_bits if line else 0, 2 * seed),
        Direction(line, latency_ms, line.down_bits if line else 0, 2 * seed + 1),
    )
