# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where and how to log in.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """Where and how to log in. Times in seconds; ``fingerprint`` as ``SHA256:...`` or ``MD5:..:..``."""

    host: str
    port: int = 22
    user: str = ""
    password: str | None = None
    second_answer: str | None = None
    key_file: str | None = None
    key_passphrase: str | None = None
    use_agent: bool = True
    check_host_key: bool = True
    known_hosts: tuple[str, ...] = ()
    fingerprint: str | None = None
    ssh_common_args: str = ""
    connect_timeout: float = 20.0

    @property
    def known_as(self) -> str:
        """The name under which OpenSSH keeps the host key."""
        return self.host if self.port == 22 else f"[{self.host}]:{self.port}"
