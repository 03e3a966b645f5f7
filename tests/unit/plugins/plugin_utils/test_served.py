# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests of modules, as the process of a session serves them: in slices, in turn, and each to its own caller."""

from __future__ import annotations

import json
import time

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils import _served as served
from tests.unit.plugins.connection.test_fortios_cli import connection, lines, unit


def test_long_request_comes_back_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "_SLICE_SECONDS", 0.3)
    with unit() as simulator, connection(simulator) as rpc:
        reply = json.loads(rpc.identity())
        while not reply["done"]:
            reply = json.loads(rpc.resume(reply["request"]))
        assert reply["value"]["hostname"] == "FGT"
        started = time.monotonic()
        reply = json.loads(rpc.drain(1.0))
        assert reply["done"] is False
        assert time.monotonic() - started < 0.9
        while not reply["done"]:
            reply = json.loads(rpc.resume(reply["request"]))
        assert reply["value"] == {"lines": [], "dropped": 0}
        assert "this request has ended" in json.loads(rpc.resume("unknown"))["error"]["message"]


def test_two_callers_of_one_session_get_their_own_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where tasks of several hosts are delegated to one unit: their requests come in between each other."""
    monkeypatch.setattr(served, "_SLICE_SECONDS", 0.0)
    scopes = {"a": "get system status", "b": "show system global"}
    with unit() as simulator, connection(simulator) as rpc:
        replies = {}
        for name, line in scopes.items():
            replies[name] = json.loads(rpc.run(json.dumps([{"lines": [line] * 3, "repeatable": True}])))
        assert not any(reply["done"] for reply in replies.values())
        while open_ones := [name for name, reply in replies.items() if not reply["done"]]:
            for name in open_ones:
                replies[name] = json.loads(rpc.resume(replies[name]["request"]))
        for name, line in scopes.items():
            assert "error" not in replies[name]
            assert [answer["line"] for answer in replies[name]["answers"][0]] == [line] * 3


def test_request_whose_module_went_away_is_brought_to_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    with unit() as simulator, connection(simulator) as rpc:
        console = Console(rpc)
        console.identity()
        monkeypatch.setattr(served, "_SLICE_SECONDS", 0.0)
        batches = [{"lines": ["config user local", "edit x", "get system status", "next", "end"]}]
        assert json.loads(rpc.run(json.dumps(batches)))["done"] is False
        monkeypatch.setattr(served, "_SLICE_SECONDS", 8.0)
        answers = console.run([Batch(("get system status",))])
        assert "Hostname: FGT" in answers[0][0].output
        assert "next" not in lines(simulator)
        assert "abort" in lines(simulator)
