# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages over real SSH: every style of pager that the simulator knows, and lines that are slow, narrow and lossy."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.exchange import Limits
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.terminal import Target, connect
from tests.bench.units import PAGED, UNPAGED, migrated_unit
from tests.simulator import running
from tests.simulator.settings import Line, Pager

LISTINGS = ("show user fortitoken", "diagnose fortitoken info", "show user local")
CHANGE = ("config user local", "end")


def read(console: str = PAGED, rounds: int = 2, command: float = 60.0, **settings: Any) -> tuple[list[str], Session]:
    """Read listings, with a line that edits behind each round; return the answers and the session."""
    unit = migrated_unit(120, console=console)
    unit.behaviour.reencrypt = False
    for name, value in settings.items():
        setattr(unit.console, name, value)
    with running(unit) as simulator:
        where = {"host": "127.0.0.1", "user": "admin", "password": "demo-Passw0rd", "check_host_key": False}
        terminal, _warnings = connect(Target(port=simulator.port, use_agent=False, **where))
        session = Session(terminal, Redactor(), Limits(command=command))
        outputs: list[str] = []
        try:
            for _step in session.open():
                pass
            for _round in range(rounds):
                for _step in session.run([Batch(LISTINGS, repeatable=True), Batch(CHANGE)]):
                    pass
                outputs += [answer["output"] for answer in session.results()[0]]
                assert [answer["fault"] for answer in session.results()[1]] == [None, None]
        finally:
            session.close()
        typed = [event["text"] for event in simulator.events if event["type"] == "line"]
        assert [line for line in typed if line.strip() in CHANGE] == list(CHANGE) * rounds
        return outputs, session


@pytest.fixture(scope="module")
def whole() -> list[str]:
    """The same listings of a unit that does not page."""
    return read(UNPAGED)[0]


@pytest.mark.parametrize("redraw", ["spaces", "erase", "cursor", "backspace"])
@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize("stops_at_end", [False, True])
def test_every_style_of_pager_gives_whole_answers(
    whole: list[str], redraw: str, echo: bool, stops_at_end: bool
) -> None:
    outputs, session = read(pager=Pager(redraw=redraw, echo=echo, stops_at_end=stops_at_end))
    assert outputs == whole
    assert session.stats.turns < 20


@pytest.mark.parametrize("redraw", ["spaces", "cursor"])
def test_a_pager_that_swallows_keys_gives_whole_answers(whole: list[str], redraw: str) -> None:
    started = time.monotonic()
    assert read(pager=Pager(redraw=redraw, ahead="swallow"))[0] == whole
    assert time.monotonic() - started < 10


def test_nothing_times_out_on_a_slow_narrow_and_lossy_line(whole: list[str]) -> None:
    """200 ms, 256 kbit/s, 1 %: the answers take longer than the command timeout, and no step waits needlessly."""
    line = Line(up_bits=256_000, down_bits=256_000, loss=0.01)
    started = time.monotonic()
    outputs, session = read(rounds=1, command=1.5, latency_ms=100.0, line=line)
    spent = time.monotonic() - started
    assert outputs == whole[: len(LISTINGS)]
    # What the bytes and the turns take, and two seconds for segments that were lost and for the login.
    assert spent < session.stats.bytes_in * 8 / 256_000 + 0.22 * session.stats.turns + 4.0
