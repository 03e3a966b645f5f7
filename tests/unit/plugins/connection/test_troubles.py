# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong over real SSH: lines that die silently, units that change meanwhile, names that look like prompts."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch, quote
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.parsers import parse_table
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console import scopes
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.exchange import Limits
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.terminal import Target, connect
from tests.simulator import Fault, Simulator, from_data, running

PASSWORD = "demo-Passw0rd"


@contextmanager
def unit(**data: Any) -> Iterator[Simulator]:
    with running(*from_data({"hostname": "FGT", **data})) as simulator:
        yield simulator


@contextmanager
def logged_in(port: int, **limits: Any) -> Iterator[Session]:
    where = Target("127.0.0.1", port, "admin", PASSWORD, check_host_key=False, use_agent=False)
    terminal, _warnings = connect(where)
    session = Session(terminal, Redactor([PASSWORD]), Limits(**limits))
    try:
        for _step in session.open():
            pass
        yield session
    finally:
        session.close()


def run(session: Session, *lines: str, scope: str | None = None, **batch: Any) -> list[dict[str, Any]]:
    for _step in session.run([Batch(lines, scope, **batch)]):
        pass
    return session.results()[0]


# A line that carries nothing any more, and says nothing about it


class Relay:
    """A TCP connection through the middle of which somebody may cut: both ends stay open, and hear nothing more."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._dead = threading.Event()
        self.port = self._listener.getsockname()[1]
        # Bytes from the unit after which the line dies.
        self.dies_after: int | None = None
        threading.Thread(target=self._serve, daemon=True).start()

    def die(self) -> None:
        self._dead.set()

    def close(self) -> None:
        self.die()
        for each in (self._listener, *self._sockets):
            each.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            client = self._listener.accept()[0]
            server = socket.create_connection(("127.0.0.1", self._target))
            self._sockets += [client, server]
            ends = selectors.DefaultSelector()
            ends.register(client, selectors.EVENT_READ, server)
            ends.register(server, selectors.EVENT_READ, client)
            carried = 0
            while not self._dead.is_set():
                for key, _events in ends.select(0.05):
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    if not data:
                        return
                    carried += len(data) if key.fileobj is server else 0
                    if self._dead.is_set() or (self.dies_after is not None and carried > self.dies_after):
                        self.die()
                        break
                    key.data.sendall(data)


@contextmanager
def relay(simulator: Simulator, dies_after: int | None = None) -> Iterator[Relay]:
    made = Relay(simulator.port)
    made.dies_after = dies_after
    try:
        yield made
    finally:
        made.close()


def test_a_line_that_dies_between_two_commands() -> None:
    with unit() as simulator, relay(simulator) as way, logged_in(way.port, command=1.5) as session:
        run(session, "get system status")
        way.die()
        started = time.monotonic()
        with pytest.raises(ConsoleFailure, match=r"no answer to 'show user local' for 1.5 s") as caught:
            run(session, "show user local")
        assert caught.value.kind == "timeout"
        assert session.unanswered() == ["show user local"]
        session.close()
        assert time.monotonic() - started < 6


def test_a_line_that_dies_in_the_middle_of_an_answer() -> None:
    tokens = [{"serial": f"FTK200BAA{number:07d}", "seed": True, "state": "active"} for number in range(5000)]
    with (
        unit(tokens=tokens) as simulator,
        relay(simulator, dies_after=100_000) as way,
        logged_in(way.port, command=1.5) as session,
    ):
        with pytest.raises(ConsoleFailure, match="no answer to 'show user fortitoken'") as caught:
            run(session, "show user fortitoken")
        assert caught.value.kind == "timeout"
        assert session.results() == [[]]


@pytest.mark.parametrize("dies_after", [0, 30, 1200])
def test_a_line_that_dies_during_the_login(dies_after: int) -> None:
    """Before the unit's first word, after its version, and during the key exchange."""
    with unit() as simulator, relay(simulator, dies_after) as way:
        started = time.monotonic()
        with pytest.raises(ConsoleFailure) as caught:
            connect(Target("127.0.0.1", way.port, "admin", PASSWORD, check_host_key=False, connect_timeout=1.0))
        assert caught.value.kind == "login"
        assert "127.0.0.1" in str(caught.value)
        assert time.monotonic() - started < 6


def test_a_unit_that_reboots_in_the_middle() -> None:
    with unit() as simulator, logged_in(simulator.port) as session:
        simulator.unit().faults.append(Fault("reboot", match="^show user local", seconds=0.3))
        with pytest.raises(ConsoleFailure) as caught:
            run(session, "get system status", "show user local")
        assert caught.value.kind == "lost"
        assert [answer["line"] for answer in session.results()[0]] == ["get system status"]


# A unit that changes meanwhile


def test_a_host_name_that_changes_is_followed() -> None:
    rename = ["config system global", "set hostname other-name", "end"]
    with unit() as simulator, logged_in(simulator.port) as session:
        simulator.unit().faults.append(Fault("change", match="^show user local", commands=rename))
        answers = run(session, "get system status", "show user local", "get system status")
        assert [answer["fault"] for answer in answers] == [None, None, None]
        assert "Hostname: other-name" in answers[2]["output"]
        assert answers[1]["output"].rstrip().endswith("end")


def vanish(simulator: Simulator, vdom: str) -> None:
    simulator.call(lambda: simulator.unit().config.vdoms.remove(vdom))


def test_a_vdom_that_vanishes_is_an_error_and_no_creation() -> None:
    with unit(vdom_mode="multi", vdoms=["root", "dmz"]) as simulator, logged_in(simulator.port) as session:
        run(session, "show user local", scope="vdom:dmz")
        vanish(simulator, "dmz")
        # So long may a list of VDOMs be old where something is edited.
        time.sleep(scopes.VDOM_LIST_AGE_EDITING + 0.1)
        with pytest.raises(ConsoleFailure, match="has no VDOM 'dmz' \\(it has: root\\); nothing was sent") as caught:
            run(session, "config user local", 'edit "x"', "next", "end", scope="vdom:dmz")
        assert caught.value.kind == "context"
        assert [event for event in simulator.events if event["type"] == "vdom_created"] == []
        assert [event["text"] for event in simulator.events if event.get("text") == "config user local"] == []
        assert run(session, "show user local", scope="vdom:root")[0]["fault"] is None


# Names that look like something else

HOSTILE = [
    'say "hello"',
    "back\\slash and \\",
    "what? why??",
    "tab\there",
    "dave o'neil",
    "FGT # ",
    "FGT (root) $ ",
    "--More-- ",
    "(Press 'a' to accept):",
    "# comment",
    "$HOME `id` $(id)",
    "zoë ünïcode 漢字 🔑",
    "end",
    "next",
    "| grep x",
    "x) # y",
    "John Doe (external)",
    "> continued",
    "Command fail. Return code -1",
    "command parse error before 'x'",
    " leading and trailing ",
    "\\\\double\\\\",
    '"',
    "\\",
]
# One place below the 35 characters of a name, so that the same serves as user name and as comment.
names = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=["Cc", "Cs", "Zl", "Zp"], max_codepoint=0x1F6FF), min_size=1
).filter(lambda text: text.strip() and len(text.encode()) <= 35)


@pytest.fixture(scope="module")
def line() -> Iterator[tuple[Simulator, Session]]:
    data = {"tokens": [{"serial": "FTK200BAA0000001", "state": "new"}], "console": {"page_lines": 5}}
    with unit(**data) as simulator, logged_in(simulator.port, command=5.0) as session:
        yield simulator, session


def round_trip(line: tuple[Simulator, Session], text: str) -> None:
    """Write a text as name of a user and as comment of a token, and read both back as the parsers do."""
    simulator, session = line
    name = quote(text)
    answers = run(
        session,
        *("config user fortitoken", "edit FTK200BAA0000001", f"set comments {name}", "end"),
        *("config user local", f"edit {name}", "set status disable", "next", "end"),
        *("show user fortitoken", "show user local", f"show user local {name}"),
        *("config user local", f"delete {name}", "end"),
        stop_on_error=True,
    )
    assert [answer["fault"] for answer in answers] == [None] * 15
    output = {answer["line"]: answer["output"] for answer in answers}
    assert parse_table(output["show user fortitoken"], "user fortitoken")["FTK200BAA0000001"].value("comments") == text
    assert list(parse_table(output["show user local"], "user local")) == [text]
    assert list(parse_table(output[f"show user local {name}"], "user local")) == [text]
    # And the unit, which does not go through our parsers, has it so.
    entry = simulator.unit().config.table("root", "user fortitoken").entries["FTK200BAA0000001"]
    assert entry.text("comments") == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_comes_back_as_it_was(line: tuple[Simulator, Session], text: str) -> None:
    round_trip(line, text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names)
def test_any_name_comes_back_as_it_was(line: tuple[Simulator, Session], text: str) -> None:
    round_trip(line, text)


# Much


def test_twenty_thousand_tokens_are_the_same_with_and_without_pager() -> None:
    tokens = [{"serial": f"FTK200{number:010d}", "state": "active", "drift": number % 7} for number in range(20_000)]
    texts = []
    for console in ({"output": "standard"}, {"output": "more", "page_lines": 24}):
        with unit(tokens=tokens, console=console) as simulator, logged_in(simulator.port) as session:
            texts.append(run(session, "diagnose fortitoken info")[0]["output"])
            assert [event for event in simulator.events if event["type"] == "change"] == []
    assert texts[0] == texts[1]
    assert texts[0].count("\n") > 20_000
