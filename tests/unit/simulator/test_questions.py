# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions in the shell."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import paramiko
import pytest

Make = Callable[..., Any]
PROMPT = "fgt-demo # "


def asked(*questions: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": "admin", "password": "demo-Passw0rd", "questions": list(questions)}]


def events(simulator: Any) -> list[tuple[Any, ...]]:
    return [(e["text"], e["ok"], e["empty"]) for e in simulator.events if e["type"] == "question"]


def test_the_code_is_asked_for_without_a_line_break_and_not_echoed(serve: Make, connect: Make) -> None:
    simulator = serve(accounts=asked({"answer": "424242"}))
    client = connect(simulator)
    assert client.until("FortiToken: ") == "FortiToken: "
    client.send("424242\r")
    assert client.until(PROMPT) == "\r\n\r\n" + PROMPT
    assert events(simulator) == [("FortiToken: ", True, False)]
    assert "424242" not in repr(simulator.events)


@pytest.mark.parametrize(("typed", "empty"), [("\r", True), ("000000\r", False)])
def test_an_empty_or_wrong_code_ends_the_session_and_counts(
    serve: Make, connect: Make, typed: str, empty: bool
) -> None:
    simulator = serve(accounts=asked({}), console={"lockout_threshold": 2})
    for _attempt in range(2):
        client = connect(simulator)
        client.until("FortiToken: ")
        client.send(typed)
        assert client.rest() == "\r\n"
    assert events(simulator) == [("FortiToken: ", False, empty)] * 2
    assert [event["how"] for event in simulator.events if event["type"] == "logout"] == ["question"] * 2
    with pytest.raises(paramiko.AuthenticationException):
        connect(simulator)


def test_a_pause_inside_the_text_of_an_unexpected_question(serve: Make, connect: Make) -> None:
    question = {
        "text": "The license ends in 3 days. Continue? (y/n)",
        "answer": "y",
        "echo": True,
        "before": "Notice # 1\nNotice $ 2",
        "pause_at": 28,
        "pause": 0.4,
        "counts": False,
    }
    simulator = serve(accounts=asked(question, {}))
    client = connect(simulator)
    assert client.until("3 days. ") == "Notice # 1\r\nNotice $ 2\r\nThe license ends in 3 days. "
    begin = time.monotonic()
    assert client.until("(y/n)") == "Continue? (y/n)"
    assert time.monotonic() - begin > 0.2
    client.send("y\r")
    client.until("y\r\nFortiToken: ")


@pytest.mark.parametrize(("key", "runs"), [("y", True), ("n", False), ("\r", False)])
def test_a_line_can_ask_before_it_runs(serve: Make, connect: Make, key: str, runs: bool) -> None:
    fault = {"kind": "ask", "match": "set status", "text": "Ready to proceed? (y/n)"}
    simulator = serve(users=[{"name": "a", "type": "radius"}], faults=[fault])
    client = connect(simulator)
    client.until(PROMPT)
    client.send("config user local\nedit a\n")
    client.until("(a) # ")
    client.send("set status disable\n")
    client.until("Ready to proceed? (y/n)")
    client.send(key)
    client.until("(a) # ")
    client.send("end\n")
    client.until(PROMPT)
    entry = simulator.unit().config.table("root", "user local").entries["a"]
    assert (entry.text("status") == "disable") == runs
