# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to a unit: what fails on it is said in words that name the place and what to do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh import terminal
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.target import Target


@contextmanager
def server(greeting: bytes | None) -> Iterator[int]:
    """Accept one connection and send `greeting`; None: say nothing, and keep the line."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept: list[socket.socket] = []

        def serve() -> None:
            line, _address = listener.accept()
            kept.append(line)
            if greeting is not None:
                line.sendall(greeting)
                line.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)
        for line in kept:
            line.close()


def failure(**more: Any) -> str:
    with pytest.raises(ConsoleFailure) as caught:
        terminal.connect(Target(**{"host": "127.0.0.1", "known_hosts": (), "connect_timeout": 5.0, **more}))
    assert caught.value.kind == "login"
    return str(caught.value)


def test_a_port_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert failure(port=port).startswith(f"127.0.0.1 port {port} cannot be reached: ")


def test_a_name_that_cannot_be_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_args: Any, **_more: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", resolve)
    assert failure(host="fw.invalid") == (
        "the name 'fw.invalid' cannot be resolved (Name or service not known); check ansible_host"
    )


def test_an_address_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(*_args: Any, **_more: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", wait)
    text = failure(connect_timeout=2.5)
    assert "did not answer within 2.5 s (ansible_fortios_connect_timeout)" in text
    assert "allowaccess" in text


def test_what_is_no_ssh_server() -> None:
    with server(b"220 mail.example.com ESMTP\r\n") as port:
        text = failure(port=port)
    assert text.startswith(f"no SSH handshake with [127.0.0.1]:{port}: ")
    assert "no SSH server there, or it closed the connection at once" in text


def test_a_server_that_says_nothing_costs_the_connect_timeout() -> None:
    with server(None) as port:
        assert "it was not done within 0.3 s (ansible_fortios_connect_timeout)" in failure(
            port=port, connect_timeout=0.3
        )


@pytest.mark.parametrize(
    ("offered", "old"),
    [
        (["kex algos: diffie-hellman-group14-sha1, kex-strict-s-v00@openssh.com"], True),
        (["server key: ssh-rsa, ssh-dss"], True),
        (["kex algos: diffie-hellman-group14-sha1, curve25519-sha256"], False),
        (["client mac: hmac-sha1"], False),
        ([], False),
    ],
)
def test_an_old_unit_offers_sha1_only(offered: list[str], old: bool) -> None:
    assert terminal._is_old(offered) is old


def test_the_part_of_the_offer_that_the_error_is_about() -> None:
    offer = terminal._Offer()
    offer.lines = ["kex algos: a", "server key: b", "client encrypt: c", "client mac: d"]
    assert offer.about("Incompatible ssh peer (no acceptable kex algorithm)") == ["kex algos: a", "server key: b"]
    assert offer.about("Incompatible ssh server (no acceptable ciphers)") == ["client encrypt: c", "client mac: d"]


class Channel:
    def __init__(self, data: bytes | None) -> None:
        self.data = data
        self.timeout: float | None = None

    def settimeout(self, seconds: float) -> None:
        self.timeout = seconds

    def recv(self, _most: int) -> bytes:
        if self.data is None:
            raise TimeoutError
        return self.data


@pytest.mark.parametrize("data", [b"text", b"", None])
def test_reading_tells_silence_from_the_end(data: bytes | None) -> None:
    channel = Channel(data)
    made = terminal.SshTerminal(None, channel)
    assert made.recv(-0.5) == data
    assert channel.timeout == 0.0
