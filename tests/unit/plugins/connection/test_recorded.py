# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session recorded over real SSH, from its first byte on, and fed to the console again in pieces of any size."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session, Transport
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.wire import Steps
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.terminal import Target, connect
from tests.simulator import from_data, running

PASSWORD = "demo-Passw0rd"
SERIALS = [f"FTK200BAA{number:07d}" for number in range(12)]
# Banners, a cut host name with an HA role, cut contexts, a pager, VDOMs, debug lines in any place.
UNIT = {
    "hostname": "fgt-with-a-long-name",
    "vdom_mode": "multi",
    "vdoms": ["root", "branch"],
    "ha": {"mode": "a-p", "prompt": "attached"},
    "tokens": [{"serial": serial, "vdom": "branch", "state": "new"} for serial in SERIALS],
    "users": [{"name": "zoë # $ ", "vdom": "branch", "fortitoken": SERIALS[0]}],
    "fortiguard": {"delay": 0.02, "default": {"lock_released": True}},
    "console": {
        "page_lines": 6,
        "pre_login_banner": "### No $ trespassing # \n",
        "post_login_banner": "# fgt-w # \n$ $ $",
        "welcome": "motd without newline # ",
        "hostname_limit": 12,
        "context_limit": 10,
        "debug_style": "mixed",
    },
}
Recording = list[tuple[str, bytes]]


class Recorder:
    """A terminal that writes down what goes through it."""

    def __init__(self, terminal: Transport) -> None:
        self._terminal = terminal
        self.recording: Recording = []

    def send(self, data: bytes) -> None:
        self.recording.append(("sent", data))
        self._terminal.send(data)

    def recv(self, timeout: float) -> bytes | None:
        data = self._terminal.recv(timeout)
        if data:
            self.recording.append(("received", data))
        return data

    def close(self) -> None:
        self._terminal.close()


class Player:
    """Gives back what was received, as soon as everything is sent that was sent before it, in pieces of its own."""

    def __init__(self, recording: Recording, sizes: list[int]) -> None:
        self.now = 0.0
        self.sent = b""
        self._sizes = itertools.cycle(sizes or [1 << 20])
        # (bytes that must have been sent, bytes that come then)
        self._due: list[tuple[int, bytes]] = []
        sent = 0
        for what, data in recording:
            if what == "sent":
                sent += len(data)
            else:
                self._due.append((sent, data))
        self._ready = b""

    def send(self, data: bytes) -> None:
        self.sent += data

    def recv(self, timeout: float) -> bytes | None:
        while self._due and self._due[0][0] <= len(self.sent):
            self._ready += self._due.pop(0)[1]
        if not self._ready:
            self.now += timeout
            return None
        size = next(self._sizes)
        piece, self._ready = self._ready[:size], self._ready[size:]
        return piece

    def close(self) -> None:
        pass


def drive(steps: Steps) -> None:
    for _step in steps:
        pass


def work(session: Session) -> dict[str, Any]:
    """Log in, read, edit, meet refusals, and activate with debug output on. Returns all that the session gave back."""
    drive(session.open())
    drive(session.identify())
    answers = []

    def run(scope: str, *lines: str) -> None:
        drive(session.run([Batch(lines, scope)]))
        answers.append(session.results())

    run("vdom:branch", "show user fortitoken", "show user local", "diagnose fortitoken info")
    comment = 'set comments "why? \\"--More-- \\" fgt-with # "'
    run("vdom:branch", "config user fortitoken", f"edit {SERIALS[1]}", comment, "set nonsense 1", "next", "end")
    drive(session.watch_start([Batch(DEBUG_ON)], [Batch(DEBUG_OFF)]))
    answers.append(session.results())
    run("vdom:branch", f"execute fortitoken activate {' '.join(SERIALS[:3])}")
    for _round in range(3):
        drive(session.listen(0.1))
        run("vdom:branch", "diagnose fortitoken info")
    drive(session.watch_stop())
    answers.append(session.results())
    run("global", "get system status", "nonsense", "show system admin")
    return {"identity": session.identity(), "answers": answers, "heard": session.take_lines(last=True)}


DEBUG_ON = ("diagnose debug console timestamp enable", "diagnose fortitoken debug enable", "diagnose debug enable")
DEBUG_OFF = ("diagnose debug reset", "diagnose debug disable")


@pytest.fixture(scope="module")
def recorded() -> tuple[Recording, dict[str, Any]]:
    with running(*from_data(UNIT)) as simulator:
        where = Target("127.0.0.1", simulator.port, "admin", PASSWORD, check_host_key=False, use_agent=False)
        terminal = Recorder(connect(where)[0])
        session = Session(terminal, Redactor([PASSWORD]))
        try:
            given_back = work(session)
            # Before the farewell.
            return list(terminal.recording), given_back
        finally:
            session.close()


def test_the_recording_is_worth_playing(recorded: tuple[Recording, dict[str, Any]]) -> None:
    recording, given_back = recorded
    received = b"".join(data for what, data in recording if what == "received")
    for sight in (b"(Press 'a' to accept):", b"--More-- ", b"fgt-with-a-~(Primary) (", b"(FTK200BAA~) #", b"ftm_"):
        assert sight in received
    assert given_back["identity"]["vdoms"] == ["root", "branch"]
    assert given_back["heard"]["lines"]
    faults = [answer["fault"] for answers in given_back["answers"] for batch in answers for answer in batch]
    assert len([fault for fault in faults if fault]) == 2


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 40), max_size=20) | st.lists(st.integers(1, 3000), max_size=20))
def test_any_pieces_of_the_recording_give_the_same(
    recorded: tuple[Recording, dict[str, Any]], sizes: list[int]
) -> None:
    recording, given_back = recorded
    player = Player(recording, sizes)
    session = Session(player, Redactor([PASSWORD]), clock=lambda: player.now)
    assert work(session) == given_back
    assert player.sent == b"".join(data for what, data in recording if what == "sent")
