# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pager and its styles, over real SSH."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]
PROMPT = "fgt-demo # "
MORE = "--More-- "
LISTING = "show user fortitoken\n"
# A line for `config`, three for each token (edit, set seed, next), a line for `end`.
MANY = [{"serial": f"FTK200AAAA{number:06}", "seed": True, "state": "active"} for number in range(30)]


def rows(text: str) -> int:
    return text.count("\r\n")


def test_a_terminal_of_24_rows_and_a_taller_one_get_pages_of_23(serve: Make, connect: Make) -> None:
    simulator = serve(tokens=MANY)
    for height in (24, 1000):
        client = connect(simulator)
        client.channel.resize_pty(width=200, height=height)
        client.until(PROMPT)
        client.send(LISTING)
        # The first line is the echo.
        assert rows(client.until(MORE)) == 1 + 23
        client.close()


def test_a_fixed_page_does_not_ask_the_terminal(serve: Make, connect: Make) -> None:
    client = connect(serve(tokens=MANY, console={"page_lines": 40, "pager": {"fixed": True}}))
    client.until(PROMPT)
    client.send(LISTING)
    assert rows(client.until(MORE)) == 1 + 40


def test_enter_shows_one_row(serve: Make, connect: Make) -> None:
    client = connect(serve(tokens=MANY))
    client.until(PROMPT)
    client.send(LISTING)
    client.until(MORE)
    client.send("\r")
    assert rows(client.until(MORE)) == 1


def test_keys_ahead_are_read_by_default(serve: Make, connect: Make) -> None:
    client = connect(serve(tokens=MANY))
    client.until(PROMPT)
    client.send(LISTING + "    ")
    assert client.until(PROMPT).count(MORE) == 3


def test_keys_ahead_can_be_swallowed(serve: Make, connect: Make) -> None:
    simulator = serve(tokens=MANY, console={"pager": {"ahead": "swallow"}})
    client = connect(simulator)
    client.until(PROMPT)
    client.send(LISTING + "      get system status\n")
    text = client.until(MORE)
    for _page in range(2):
        client.send(" ")
        text += client.until(MORE)
    client.send(" ")
    text += client.until("\r\n" + PROMPT)
    assert text.count("edit ") == 30
    time.sleep(0.1)
    lines = [event["text"] for event in simulator.events if event["type"] == "line"]
    assert lines == ["show user fortitoken"]


def test_a_key_can_be_echoed(serve: Make, connect: Make) -> None:
    client = connect(serve(tokens=MANY, console={"pager": {"echo": True}}))
    client.until(PROMPT)
    client.send(LISTING)
    client.until(MORE)
    client.send("q")
    assert client.until(PROMPT) == "q\r         \r\r\n" + PROMPT


@pytest.mark.parametrize(
    ("redraw", "sequence"),
    [
        ("spaces", "\r         \r"),
        ("erase", "\r\x1b[K"),
        ("cursor", "\x1b[9D\x1b[K"),
        ("backspace", "\b \b" * 9),
    ],
)
def test_the_prompt_is_removed_in_several_ways(serve: Make, connect: Make, redraw: str, sequence: str) -> None:
    client = connect(serve(tokens=MANY, console={"pager": {"redraw": redraw}}))
    client.until(PROMPT)
    client.send(LISTING)
    client.until(MORE)
    client.send(" ")
    assert client.until(MORE).startswith(sequence)


@pytest.mark.parametrize("again", [False, True])
def test_debug_output_on_the_line_of_the_pager(serve: Make, connect: Make, again: bool) -> None:
    console = {"debug_style": "prompt", "pager": {"again_after_debug": again}}
    simulator = serve(tokens=MANY, console=console)
    client = connect(simulator)
    client.until(PROMPT)
    for line in ("diag fortitoken debug enable\n", "diag debug enable\n"):
        client.send(line)
        client.until("\r\n" + PROMPT)
    client.send(LISTING)
    client.until(MORE)
    simulator.call(lambda: simulator.unit().debug([("fortitoken", "ftm_fc_comm_connect[66]:ftm TCPS connected.")]))
    # The debug line stands on the pager's line, and it ends that line.
    shown = client.until("connected.\r\n" + MORE * again)
    assert shown.startswith("ftm_fc_comm_connect") and shown.endswith(MORE) == again
    client.send(" ")
    assert client.until(MORE).startswith("\r         \r")


@pytest.mark.parametrize("stops", [False, True])
def test_a_last_page_that_is_full(serve: Make, connect: Make, stops: bool) -> None:
    # 7 tokens: 23 lines.
    client = connect(serve(tokens=MANY[:7], console={"pager": {"stops_at_end": stops}}))
    client.until(PROMPT)
    client.send(LISTING)
    if stops:
        client.until(MORE)
        client.send(" ")
    assert MORE not in client.until(PROMPT)


@pytest.mark.parametrize(
    ("commands", "count"),
    [
        (["config user fortitoken", *(f"delete FTK200AAAA{number:06}" for number in range(20)), "end"], 10),
        (["config user fortitoken", *(x for n in range(20) for x in (f"edit FTK200BBBB{n:06}", "next")), "end"], 50),
    ],
    ids=["shorter", "longer"],
)
def test_a_listing_is_shorter_or_longer_the_second_time(
    serve: Make, connect: Make, commands: list[str], count: int
) -> None:
    fault = {"kind": "change", "line": 2, "commands": commands}
    client = connect(serve(tokens=MANY, faults=[fault], fortiguard={"delay": 60}))
    client.until(PROMPT)
    found = []
    for _reading in range(2):
        client.send(LISTING)
        text = ""
        while not text.endswith("\r\n" + PROMPT):
            text += client.until(" ")
            if text.endswith(MORE):
                client.send(" ")
        found.append(text.count("edit "))
    assert found == [30, count]
