# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The login attempt: what is offered to a unit, and how often."""

from __future__ import annotations

from typing import Any

import paramiko
import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.authentication import Target, log_in


class Server:
    """Refuses every key and takes the password."""

    def __init__(self) -> None:
        self.tried: list[Any] = []

    def auth_none(self, user: str) -> None:
        raise paramiko.BadAuthenticationType("no", ["publickey", "password"])

    def auth_publickey(self, user: str, key: Any) -> list[str]:
        self.tried.append(key)
        raise paramiko.AuthenticationException("unknown key")

    def auth_password(self, user: str, password: str, fallback: bool) -> list[str]:
        self.tried.append(password)
        return []


def test_four_keys_are_offered_at_most_and_the_password_still_has_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [paramiko.RSAKey.generate(1024) for _number in range(6)]
    monkeypatch.setattr(paramiko.Agent, "get_keys", lambda self: tuple(keys[1:]))
    server = Server()
    log_in(server, Target("192.0.2.10", user="netops", password="a-password"), keys[0])
    assert server.tried == [*keys[:4], "a-password"]
