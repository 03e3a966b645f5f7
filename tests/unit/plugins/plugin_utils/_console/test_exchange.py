# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long an answer may take, whatever else the unit prints meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session
from tests.unit.plugins.plugin_utils._console.fake_unit import FakeUnit
from tests.unit.plugins.plugin_utils._console.test_session import drive, log_in

ON, OFF = "diagnose debug enable", "diagnose debug disable"
# Recognized as debug output, and forms that nobody would know for such. Each may come behind a line break of its own.
DEBUG = [
    "2026-03-30 04:10:03 ftm_fc_comm_connect[66]:ftm TCPS connected.\r\n",
    "\r\n[641] fds_ctx_set_addr: server: 192.0.2.10:443\r\n",
    '{ "d": { "error": 0 } }\r\n',
]
UNKNOWN = ["something unheard of\r\n", "no line break ", "\r\n\r\nword\r\n"]


def chattering(unit: FakeUnit, texts: Iterator[str], every: float) -> Callable[[float], bytes | None]:
    """Return a ``recv`` for a unit that prints a text every few seconds by itself."""
    receive = unit.recv
    due = [unit.now + every]

    def recv(timeout: float) -> bytes | None:
        if unit.now >= due[0]:
            due[0] += every
            unit.emit(next(texts))
        return receive(timeout)

    return recv


def repeat(text: str) -> Iterator[str]:
    while True:
        yield text


def hanging(watch: bool, texts: Iterator[str], every: float = 0.5) -> tuple[FakeUnit, Session]:
    """Return a unit that echoes a line, prints a row, and then only what is in ``texts``."""
    unit = FakeUnit(answers={ON: "", OFF: ""})
    session = log_in(unit)
    if watch:
        drive(session.watch_start([Batch((ON,))], [Batch((OFF,))]))
    unit.send = lambda data: unit.emit("show\r\r\none\r\n")  # type: ignore[method-assign]
    unit.recv = chattering(unit, texts, every)  # type: ignore[method-assign]
    return unit, session


@pytest.mark.parametrize("text", DEBUG)
def test_debug_output_is_no_progress_of_the_answer(text: str) -> None:
    unit, session = hanging(True, repeat(text))
    started = unit.now
    with pytest.raises(ConsoleFailure, match="no answer to 'show' for 10 s") as caught:
        drive(session.run([Batch(("show",))], timeout=10.0))
    assert caught.value.kind == "timeout"
    assert 9 < unit.now - started < 12


@pytest.mark.parametrize("text", UNKNOWN)
def test_output_that_nobody_knows_ends_within_twice_the_timeout(text: str) -> None:
    unit, session = hanging(True, repeat(text))
    started = unit.now
    with pytest.raises(ConsoleFailure, match=r"did not end within|no answer to") as caught:
        drive(session.run([Batch(("show",))], timeout=10.0))
    assert caught.value.kind == "timeout"
    assert unit.now - started < 20


def test_every_line_has_an_absolute_limit() -> None:
    _unit, session = hanging(False, repeat("word\r\n"))
    with pytest.raises(ConsoleFailure, match=r"the answer to 'show' did not end within 20. s"):
        drive(session.run([Batch(("show",))], timeout=10.0))


@pytest.mark.parametrize("watch", [True, False])
def test_nothing_times_out_while_the_answer_arrives(watch: bool) -> None:
    """A listing over a line of 256 kbit/s, with debug output in between."""
    rows = [f'    set comments "row {number}"' for number in range(40_000)]

    def arrive() -> Iterator[str]:
        for start in range(0, len(rows), 500):
            yield "".join(f"{row}\r\n" for row in rows[start : start + 500]) + (DEBUG[0] if watch else "")
        yield "\r\nFGT # "
        yield from repeat("")

    unit, session = hanging(watch, arrive())
    started = unit.now
    drive(session.run([Batch(("show",))], timeout=2.0))
    assert unit.now - started > 30
    assert session.results()[0][0]["output"].split("\n") == ["one", *rows]


def test_a_caller_may_go_while_the_unit_never_falls_silent() -> None:
    """What arrives without a pause still lets the job pause."""
    unit = FakeUnit()
    session = log_in(unit)
    unit.send = lambda data: unit.emit("show\r\r\n")  # type: ignore[method-assign]

    def flood(timeout: float) -> bytes | None:
        unit.now += 0.01
        return b"row\r\n"

    unit.recv = flood  # type: ignore[method-assign]
    steps = session.run([Batch(("show",))])
    started = unit.now
    for _step in range(5):
        next(steps)
    assert unit.now - started < 2.5


def test_a_doubtful_prompt_is_taken_while_debug_output_goes_on() -> None:
    unit, session = hanging(True, repeat(DEBUG[0]))
    unit.send = lambda data: unit.emit("show\r\r\none\r\n\r\nFGT # odd\r\n")  # type: ignore[method-assign]
    unit.recv = chattering(unit, repeat(DEBUG[0]), 0.5)  # type: ignore[method-assign]
    started = unit.now
    drive(session.run([Batch(("show",))]))
    assert session.results()[0][0]["output"] == "one"
    assert unit.now - started < 8
