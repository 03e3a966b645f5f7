# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A unit without SSH and without real time, and a plain SSH client."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import paramiko
import pytest

from tests.simulator.events import EventLog
from tests.simulator.replies import Reply
from tests.simulator.scenario import from_data
from tests.simulator.server import Simulator, running
from tests.simulator.shell import Shell
from tests.simulator.unit import Unit


class Clock:
    """Calls what was scheduled when a test moves the time on."""

    def __init__(self) -> None:
        self.now = 0.0
        self._numbers = itertools.count()
        self._calls: list[tuple[float, int, Callable[[], None]]] = []
        self._cancelled: set[int] = set()

    def call_later(self, delay: float, callback: Callable[[], None]) -> _Call:
        number = next(self._numbers)
        heapq.heappush(self._calls, (self.now + delay, number, callback))
        return _Call(self, number)

    def cancel(self, number: int) -> None:
        self._cancelled.add(number)

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while self._calls and self._calls[0][0] <= end:
            self.now, number, callback = heapq.heappop(self._calls)
            if number not in self._cancelled:
                callback()
        self.now = end


class _Call:
    def __init__(self, clock: Clock, number: int) -> None:
        self._clock = clock
        self._number = number

    def cancel(self) -> None:
        self._clock.cancel(self._number)


class Desk:
    """One unit and a session on it."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.clock = Clock()
        self.log = EventLog()
        self.unit = Unit(from_data(data)[0], self.log, self.clock.call_later)
        self.shell = self.login()
        self.printed: list[str] = []
        self.shell.print_debug = self.printed.extend
        self.shell.print_notice = self.printed.append

    def login(self, account: int = 0) -> Shell:
        return Shell(self.unit, self.unit.scenario.accounts[account], len(self.unit.shells) + 1)

    def __call__(self, *lines: str) -> str:
        """Run lines that must be accepted; return the output of the last."""
        reply = Reply()
        for line in lines:
            reply = self.shell.execute(line)
            assert not reply.error, (line, reply.lines)
        return "\n".join(reply.lines)

    def refused(self, line: str) -> str:
        """Run a line that must be refused; return the answer."""
        reply = self.shell.execute(line)
        assert reply.error, (line, reply.lines)
        return "\n".join(reply.lines)

    def types(self, type_: str) -> list[dict[str, Any]]:
        return [event for event in self.log.events if event["type"] == type_]


@pytest.fixture
def desk() -> Callable[..., Desk]:
    """Return a function that makes a unit from scenario data."""
    return lambda **data: Desk(data)


class Client:
    """A terminal on a simulator: sends keys, reads bytes, knows nothing of FortiOS."""

    def __init__(self, simulator: Simulator, password: str = "demo-Passw0rd", interactive: bool = False) -> None:
        self.transport = paramiko.Transport((simulator.host, simulator.port))
        self.transport.start_client(timeout=10)
        if interactive:
            self.transport.auth_interactive("admin", lambda title, text, prompts: [password])
        else:
            self.transport.auth_password("admin", password, fallback=False)
        self.channel = self.transport.open_session()
        self.channel.get_pty(width=200, height=24)
        self.channel.invoke_shell()
        self.channel.settimeout(10)

    def until(self, text: str, timeout: float = 10.0) -> str:
        """Read until *text* has come."""
        wanted = text.encode()
        data = bytearray()
        end = time.monotonic() + timeout
        seen = 0
        while data.find(wanted, max(0, seen - len(wanted))) < 0:
            assert time.monotonic() < end, (text, bytes(data))
            piece = self.channel.recv(65536)
            assert piece, f"closed before {text!r}: {bytes(data)!r}"
            seen = len(data)
            data += piece
        return data.decode()

    def rest(self) -> str:
        """Read until the unit closes."""
        data = b""
        while piece := self.channel.recv(65536):
            data += piece
        return data.decode()

    def send(self, text: str) -> None:
        self.channel.sendall(text.encode())

    def close(self) -> None:
        self.transport.close()


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    """Return a function that logs in to a simulator."""
    clients: list[Client] = []

    def make(simulator: Simulator, **options: Any) -> Client:
        clients.append(Client(simulator, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Simulator]]:
    """Return a function that serves scenario data over SSH until the test ends."""
    with contextlib.ExitStack() as stack:
        yield lambda **data: stack.enter_context(running(*from_data(data)))
