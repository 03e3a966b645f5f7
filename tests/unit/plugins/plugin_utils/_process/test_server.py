# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the process of a session answers to Ansible's own client, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible.module_utils import connection as core
from ansible.module_utils.connection import Connection

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.server import lock_path

#: A service in a process of its own, because it is ended by signals.
PROGRAM = """
import socket, sys, time
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.server import serve

class Service:
    closed = False
    def idle_seconds(self): return IDLE
    def request_seconds(self): return 1
    def close(self): self.closed = True; print("closed", flush=True)
    def reset(self): self.closed = True
    def add(self, one, two=0): return one + two
    def fail(self): raise ValueError("no such thing")
    def sleep(self): time.sleep(30)
    def _hidden(self): return "hidden"

listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(1)
print("ready", flush=True)
serve(sys.argv[1], listener, Service())
"""


@contextmanager
def served(tmp_path: Path, idle: int = 60) -> Iterator[tuple[Connection, subprocess.Popen[str], Path]]:
    path = tmp_path / "s"
    root = Path(__file__).resolve().parents[8]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.replace("IDLE", str(idle)), str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert process.stdout
    with process, process.stdout:
        assert process.stdout.readline() == "ready\n"
        lock_path(str(path)).touch()
        try:
            yield Connection(str(path)), process, path
        finally:
            process.kill()


def ended(process: subprocess.Popen[str], path: Path) -> bool:
    """Whether the process ended by itself, closed its service, and left no file."""
    assert process.stdout
    said = process.stdout.read()
    return process.wait(5) == 0 and said == "closed\n" and not path.exists() and not lock_path(str(path)).exists()


def test_requests_get_values_and_errors(tmp_path: Path) -> None:
    with served(tmp_path) as (client, _process, _path):
        assert client.add(1, two=2) == 3
        assert client.add(["a"], ["b"]) == ["a", "b"]
        with pytest.raises(core.ConnectionError, match="no such thing"):
            client.fail()
        with pytest.raises(core.ConnectionError) as caught:
            client.nothing()
        assert caught.value.code == -32601
        assert client.add("x" * 3_000_000, "y") == "x" * 3_000_000 + "y"


@pytest.mark.parametrize("name", ["_hidden", "rpc.add"])
def test_what_is_private_is_no_request(tmp_path: Path, name: str) -> None:
    with served(tmp_path) as (client, _process, _path):
        assert client._exec_jsonrpc(name)["error"]["code"] == -32601


def test_a_request_has_a_time_limit_and_the_next_is_answered(tmp_path: Path) -> None:
    with served(tmp_path) as (client, _process, _path):
        with pytest.raises(core.ConnectionError, match="time limit"):
            client.sleep()
        assert client.add(1, 1) == 2


def test_a_client_that_goes_away_in_a_request_does_no_harm(tmp_path: Path) -> None:
    with served(tmp_path) as (client, _process, path):
        with socket.socket(socket.AF_UNIX) as gone:
            gone.connect(str(path))
            gone.sendall(b"\0\0\0")
        assert client.add(1, 1) == 2


def test_it_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    with served(tmp_path) as (client, process, path):
        client.reset()
        assert ended(process, path)


def test_it_ends_when_it_is_not_used(tmp_path: Path) -> None:
    with served(tmp_path, idle=1) as (_client, process, path):
        assert ended(process, path)


def test_it_ends_at_a_signal(tmp_path: Path) -> None:
    with served(tmp_path) as (client, process, path):
        client.add(1)
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert ended(process, path)
