# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers the requests of ansible-playbook in a process that outlives a task, without Ansible in memory.

The protocol is that of C(ansible.module_utils.connection.Connection): a length, then a JSON-RPC request whose
parameters are positional and named arguments. Core's own helper speaks it, too, but loads all of Ansible for each unit:
half a second of CPU and 27 MB.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, Protocol

_LENGTH = struct.Struct("!Q")
_NO_METHOD = -32601
_FAILED = -32603


class Interrupted(Exception):
    """A time limit has passed, or the process is to end."""


class Service(Protocol):
    """What is served: each public method is a request."""

    @property
    def closed(self) -> bool:
        """Whether nothing is to be served any more."""

    def idle_seconds(self) -> int:
        """Return after how many seconds without a request the process ends."""

    def request_seconds(self) -> int:
        """Return how many seconds a request may take."""

    def close(self) -> None:
        """End what is served."""


def serve(path: str, listener: socket.socket, service: Service) -> None:
    """Answer requests, one client at a time, until the service is closed, unused for too long, or SIGTERM comes.

    Then close the service and remove the socket, and its lock next to it.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGALRM, _interrupt)
    try:
        with contextlib.suppress(Interrupted, OSError):
            while not service.closed:
                signal.alarm(service.idle_seconds())
                client, _address = listener.accept()
                signal.alarm(0)
                with contextlib.closing(client):
                    for request in _requests(client):
                        _send(client, answer(service, request))
    finally:
        signal.alarm(0)
        # A signal that comes now must not keep the session from being brought to its end.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        listener.close()
        with contextlib.suppress(Exception):
            service.close()
        for file in (Path(path), lock_path(path)):
            file.unlink(missing_ok=True)


def lock_path(path: str) -> Path:
    """Return the file that is locked while the process behind this socket starts. Named as core's helper names it."""
    return Path(path).parent / f".ansible_pc_lock_{Path(path).name}"


def answer(service: Service, text: bytes) -> bytes:
    """Do what one request asks for; return the reply. Raises Interrupted where SIGTERM came outside of the work."""
    request = json.loads(text)
    name = str(request["method"])
    method = None if name.startswith(("_", "rpc.")) else getattr(service, name, None)
    reply: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
    if not callable(method):
        return json.dumps({**reply, "error": {"code": _NO_METHOD, "message": "Method not found"}}).encode()
    positional, named = request["params"]
    signal.alarm(service.request_seconds())
    try:
        reply["result"] = method(*positional, **named)
    except Exception as error:
        # Also a signal within the work: the service has ended what it can no longer be sure of.
        reply["error"] = {"code": _FAILED, "message": "Internal error", "data": str(error)}
    finally:
        signal.alarm(0)
    return json.dumps(reply).encode()


def _requests(client: socket.socket) -> Iterator[bytes]:
    while head := _received(client, _LENGTH.size):
        yield _received(client, _LENGTH.unpack(head)[0])


def _received(client: socket.socket, size: int) -> bytes:
    """Read so many bytes; none where the client is gone."""
    parts: list[bytes] = []
    while size:
        part = client.recv(min(size, 1 << 20))
        if not part:
            return b""
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _send(client: socket.socket, data: bytes) -> None:
    # A task that was killed does not wait for its answer.
    with contextlib.suppress(ConnectionError):
        client.sendall(_LENGTH.pack(len(data)) + data)


def _interrupt(number: int, _frame: Any) -> NoReturn:
    raise Interrupted(
        "the playbook has ended" if number == signal.SIGTERM else "a time limit of the persistent connection has passed"
    )
