# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line to one unit: bytes out and in, what they cost, what was overheard, and why the line was given up.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import Prompt
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.stream import (
    UNOWNED_CHARS,
    UNOWNED_LINES,
    Stream,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.transport import Transport

#: Work that waits for the unit. It yields at least four times a second, so that a caller with little time can stop and
#: go on later.
Steps = Generator[None, None, None]

# A unit that printed nothing for so long has come to rest; on a slow line, as many round trips.
_REST = 0.6
_REST_TRIPS = 6.0


@dataclass
class Stats:
    """What the session has cost. A turn is one wait for the unit after something was sent."""

    logins: int = 0
    turns: int = 0
    lines: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


class Wire:
    """Sends and receives; remembers the failure that ended it, and what the unit printed by itself.

    heard: when something last arrived, or was last sent, on ``clock``. round_trip: the shortest time in seconds from
    something sent to the first answer, None before the first.
    """

    def __init__(self, transport: Transport, redactor: Redactor, clock: Callable[[], float]) -> None:
        self.redactor = redactor
        self.clock = clock
        self.stats = Stats()
        self.stream = Stream(Prompt("?"))
        self.failure: ConsoleFailure | None = None
        self.heard = clock()
        self._transport = transport
        self.round_trip: float | None = None
        self._asked = False
        self._sent_at: float | None = None
        self._held: list[str] = []

    @property
    def quiet(self) -> float:
        """Seconds since something was last heard or sent."""
        return self.clock() - self.heard

    @property
    def patience(self) -> float:
        """Seconds of silence after which the unit is believed to wait for keys."""
        return max(_REST, _REST_TRIPS * (self.round_trip or 0.0))

    def send(self, data: bytes) -> None:
        """Send keys. Raises ConsoleFailure when the line is gone."""
        try:
            self._transport.send(data)
        except (OSError, EOFError) as error:
            raise self.hung_up(f"the connection to the unit broke: {error}") from None
        self.stats.bytes_out += len(data)
        self._asked = True
        self._sent_at = self.clock()

    def receive(self, timeout: float) -> bytes | None:
        """Read once. Counts a turn when the unit is waited for after something was sent."""
        try:
            data = self._transport.recv(0)
            if data is None:
                if self._asked:
                    self.stats.turns += 1
                    self._asked = False
                data = self._transport.recv(timeout)
        except (OSError, EOFError) as error:
            raise self.hung_up(f"the connection to the unit broke: {error}") from None
        if data == b"":
            raise self.hung_up("the unit closed the connection")
        if data:
            self.stats.bytes_in += len(data)
            self.heard = self.clock()
            if self._sent_at is not None:
                trip = self.heard - self._sent_at
                self.round_trip = trip if self.round_trip is None else min(self.round_trip, trip)
                self._sent_at = None
        return data

    def send_blindly(self, data: bytes) -> None:
        """Send the last keys on a line that was given up. Raises OSError or EOFError."""
        self._transport.send(data)
        self._transport.recv(0.5)

    def close(self) -> None:
        """End the line."""
        self._transport.close()

    # Why the line was given up

    def hung_up(self, message: str) -> ConsoleFailure:
        """Say that the line is gone, with what the unit printed before it went."""
        with contextlib.suppress(OSError, EOFError):
            while data := self._transport.recv(0):
                self.stream.feed(data)
        shown = self.last_shown()
        if shown == "Timeout":
            # What FortiOS prints when `set admintimeout` of `config system global` is over. [fact: idle-timeout]
            return self.lost("the unit ended the idle session (admintimeout)")
        return self.lost(message + (f"; the unit printed last: {shown}" if shown else ""))

    def lost(self, message: str, kind: str = "lost") -> ConsoleFailure:
        """Give the line up; return the failure to raise. The first reason counts."""
        if self.failure is None:
            self.failure = ConsoleFailure(kind, self.redactor.redact(message, debug=True))
        return self.failure

    # What the unit printed by itself

    def last_shown(self) -> str:
        """Return the last line that the unit printed.

        It is redacted together with what came before: alone, it might be the second half of a secret.
        """
        self.overhear()
        text = self.redactor.redact("\n".join([*self._held, self.stream.tail]), debug=True)
        return text.strip().rpartition("\n")[2][-200:].strip()

    def overhear(self) -> list[str]:
        """Keep lines that belong to no answer until they are asked for; return the new ones.

        Of a flood the newest are kept, as the stream does.
        """
        news = self.stream.take_unowned()
        self._held += news
        surplus = max(0, len(self._held) - UNOWNED_LINES)
        chars = sum(map(len, self._held[surplus:]))
        while chars > UNOWNED_CHARS:
            chars -= len(self._held[surplus])
            surplus += 1
        del self._held[:surplus]
        self.stream.dropped += surplus
        return news

    def take_lines(self, last: bool) -> dict[str, Any]:
        """Hand out debug lines, redacted. Lines that may end inside a secret wait for the rest unless ``last``."""
        self.overhear()
        ready = len(self._held)
        if not last and Redactor.is_open("\n".join(self._held[-20:])):
            ready = max(0, ready - 20)
        lines, self._held = self._held[:ready], self._held[ready:]
        dropped, self.stream.dropped = self.stream.dropped, 0
        return {
            "lines": self.redactor.redact("\n".join(lines), debug=True).split("\n") if lines else [],
            "dropped": dropped,
        }
