# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules' side of the console."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.connection import ConnectionError as RpcError

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import Fault
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console

RAW = [{"line": "show", "output": "one", "fault": {"code": -61, "text": "bad"}, "context": "root"}]


class Rpc:
    """Plays the connection plugin: replies in order, calls noted."""

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies)
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any) -> Any:
            self.calls.append((name, args))
            reply = self.replies.pop(0)
            if isinstance(reply, Exception):
                raise reply
            return reply if isinstance(reply, str) else json.dumps(reply)

        return call


def test_run_resumes_until_done() -> None:
    rpc = Rpc({"done": False, "request": "a1"}, {"done": False, "request": "a1"}, {"done": True, "answers": [RAW]})
    answers = Console(rpc).run([Batch(("show",), "vdom:root", stop_on_error=True)], timeout=5)
    assert answers == [[Answer("show", "one", Fault(-61, "bad"), "root")]]
    assert [name for name, _args in rpc.calls] == ["run", "resume", "resume"]
    assert rpc.calls[1][1] == rpc.calls[2][1] == ("a1",)
    sent = json.loads(rpc.calls[0][1][0])
    flags = {"stop_on_error": True, "hold_saves": False, "repeatable": False, "brief": False, "rows": None}
    assert sent == [{"lines": ["show"], "scope": "vdom:root", **flags}]
    assert rpc.calls[0][1][1] == 5


def test_failure_carries_what_was_answered_and_what_was_not() -> None:
    error = {"kind": "lost", "message": "gone"}
    rpc = Rpc({"done": True, "error": error, "answers": [RAW, []], "unanswered": ["end"]})
    with pytest.raises(ConsoleError, match="gone") as caught:
        Console(rpc).run([Batch(("show",)), Batch(("end",))])
    assert caught.value.kind == "lost"
    assert caught.value.answers == [[Answer("show", "one", Fault(-61, "bad"), "root")], []]
    assert caught.value.unanswered == ["end"]


@pytest.mark.parametrize(
    "reply",
    [
        RpcError("Unable to decode JSON from response to run('DA8C-0508-1F31-4CF7-C990'). Received 'None'."),
        "not json",
        "[]",
    ],
)
def test_dead_process_is_told_without_quoting_the_request(reply: Any) -> None:
    with pytest.raises(ConsoleError, match="process that holds the connection") as caught:
        Console(Rpc(reply)).run([Batch(("execute fortitoken-mobile import DA8C-0508-1F31-4CF7-C990",))])
    assert "DA8C" not in str(caught.value)
    assert caught.value.__context__ is None or "DA8C" not in str(caught.value.__context__)


def test_needs_the_connection_plugin() -> None:
    with pytest.raises(ConsoleError, match="ansible_connection"):
        Console(None)


def test_watch_that_the_unit_refuses() -> None:
    rpc = Rpc({"done": True, "answers": [RAW]})
    with pytest.raises(ConsoleError, match="bad"):
        Console(rpc).watch_start([Batch(("diagnose debug enable",))], [])


def test_values() -> None:
    heard = {"lines": ["a"], "dropped": 0}
    rpc = Rpc(*[{"done": True, "value": value} for value in (heard, heard, heard, {"turns": 1}, {"user": "a"}, True)])
    console = Console(rpc)
    assert console.watch_read() == console.watch_stop()[0] == console.drain(1.0, "x") == heard
    assert console.stats() == {"turns": 1}
    assert console.identity() == {"user": "a"}
    assert console.watching() is True


def test_cleanup_requests() -> None:
    rpc = Rpc(*[{"done": True}] * 4)
    console = Console(rpc)
    console.register_cleanup("x", [Batch(("end",))])
    console.unregister_cleanup("x")
    console.register_secrets(["a"])
    console.close()
    assert [name for name, _args in rpc.calls] == [
        "register_cleanup",
        "unregister_cleanup",
        "register_secrets",
        "end_session",
    ]
