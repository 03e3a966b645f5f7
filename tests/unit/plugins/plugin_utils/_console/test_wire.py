# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line to a unit: what it costs, what it overhears, and why it was given up."""

from __future__ import annotations

from collections import deque

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.stream import UNOWNED_LINES
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.wire import Wire

SEED = "00112233445566778899aabbccddeeff00112233"


class Line:
    """Gives out what it was given, one item per read. None: nothing came in time. An exception is raised."""

    def __init__(self, *items: bytes | Exception | None) -> None:
        self.items: deque[bytes | Exception | None] = deque(items)
        self.sent: list[bytes] = []
        self.now = 0.0
        self.broken: Exception | None = None

    def clock(self) -> float:
        return self.now

    def send(self, data: bytes) -> None:
        if self.broken:
            raise self.broken
        self.sent.append(data)

    def recv(self, timeout: float) -> bytes | None:
        self.now += timeout
        if not self.items:
            return None
        item = self.items.popleft()
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        self.items.clear()


def wire(*items: bytes | Exception | None) -> tuple[Line, Wire]:
    line = Line(*items)
    return line, Wire(line, Redactor(), line.clock)


def overheard(made: Wire, *lines: str) -> None:
    made.stream.feed("".join(f"{line}\r\n" for line in lines).encode())


def test_a_turn_is_one_wait_after_something_was_sent() -> None:
    _line, made = wire(b"at once", None, b"later", None, None)
    made.send(b"x\n")
    assert made.receive(0.5) == b"at once"
    assert made.stats.turns == 0
    assert made.receive(0.5) == b"later"
    assert made.receive(0.5) is None
    assert (made.stats.turns, made.stats.bytes_out, made.stats.bytes_in) == (1, 2, 12)


def test_the_shortest_round_trip_sets_the_patience() -> None:
    line, made = wire(None, b"a", None, b"b", None, b"c")
    assert (made.round_trip, made.patience) == (None, 0.6)
    for seconds, shortest in ((0.5, 0.5), (0.2, 0.2), (0.9, 0.2)):
        made.send(b"x")
        made.receive(seconds)
        assert made.round_trip == pytest.approx(shortest)
    assert made.patience == pytest.approx(1.2)
    line.now += 3.0
    assert made.quiet == pytest.approx(3.0)


def test_a_line_that_ends_is_given_up_with_what_was_shown_last() -> None:
    _line, made = wire(b"")
    overheard(made, "System is rebooting")
    with pytest.raises(ConsoleFailure, match="the unit closed the connection; the unit printed last: System is reb"):
        made.receive(0)
    assert made.failure is not None
    assert made.failure.kind == "lost"


def test_the_first_reason_counts() -> None:
    _line, made = wire()
    first = made.lost("the first", "timeout")
    assert made.lost("the second") is first is made.failure
    assert (str(first), first.kind) == ("the first", "timeout")


def test_an_idle_session_that_the_unit_ends_is_named() -> None:
    _line, made = wire(b"")
    overheard(made, "Timeout")
    with pytest.raises(ConsoleFailure, match="ended the idle session"):
        made.receive(0)


@pytest.mark.parametrize("error", [OSError("reset"), EOFError("end")])
def test_a_line_that_breaks(error: Exception) -> None:
    line, made = wire(error)
    with pytest.raises(ConsoleFailure, match=f"the connection to the unit broke: {error}"):
        made.receive(0)
    line, made = wire()
    line.broken = error
    with pytest.raises(ConsoleFailure, match=f"the connection to the unit broke: {error}"):
        made.send(b"x")
    assert made.stats.bytes_out == 0


def test_what_was_shown_last_is_redacted_with_what_came_before() -> None:
    _line, made = wire()
    overheard(made, '{"seed": "', f'{SEED}"}}')
    assert SEED not in made.last_shown()


def test_of_a_flood_the_newest_are_kept_and_the_rest_is_counted() -> None:
    _line, made = wire()
    for start in (0, UNOWNED_LINES // 2, UNOWNED_LINES):
        overheard(made, *(f"[1] fds_x: {start + number}" for number in range(UNOWNED_LINES // 2)))
        made.overhear()
    taken = made.take_lines(last=True)
    assert len(taken["lines"]) == UNOWNED_LINES
    assert taken["dropped"] == UNOWNED_LINES // 2
    assert made.take_lines(last=True) == {"lines": [], "dropped": 0}


def test_lines_that_may_end_inside_a_secret_wait_for_the_rest() -> None:
    _line, made = wire()
    overheard(made, *(f"[1] fds_x: {number}" for number in range(25)), f'{{"seed": "{SEED[:20]}')
    assert len(made.take_lines(last=False)["lines"]) == 6
    overheard(made, f'{SEED[20:]}"}}')
    rest = made.take_lines(last=False)["lines"]
    assert len(rest) == 21
    assert SEED[:8] not in "".join(rest)


def test_the_last_keys_are_sent_on_a_line_that_was_given_up() -> None:
    line, made = wire()
    made.lost("gone")
    made.send_blindly(b"exit\n")
    assert line.sent == [b"exit\n"]
    assert made.stats.bytes_out == 0
