# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenSSH's own sshd on the loopback address: a jump host, and a server of any key exchange policy."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh


@dataclass
class Sshd:
    """A running sshd.

    config: client configuration in which the server is called ``bastion``, and ``bastion-2`` as a second hop.
    key: private key of the one who may log in. log: what sshd has to say.
    """

    port: int
    user: str
    config: Path
    key: Path
    log: Path

    def accepted(self) -> int:
        """Count the logins so far."""
        return self.log.read_text().count("Accepted publickey")


def _program() -> str:
    path = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert path, "OpenSSH's server is needed for this test: apt-get install openssh-server"
    assert shutil.which("ssh"), "OpenSSH's client is needed for this test: apt-get install openssh-client"
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError(f"sshd did not start: {log.read_text() if log.exists() else ''}")


def _client_key(folder: Path) -> tuple[Path, str]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = folder / "id"
    path.write_bytes(key.export_private_key())
    path.chmod(0o600)
    return path, key.export_public_key().decode()


@contextlib.contextmanager
def sshd(folder: Path, *options: str, host_key: str = "ssh-ed25519") -> Iterator[Sshd]:
    """Run sshd with more lines of ``sshd_config``. Works for root and for any other user, who then logs in there."""
    program = _program()
    if os.getuid() == 0:
        # Where sshd's unprivileged part lives; the service's start script makes it.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server_key = folder / "host_key"
    server_key.write_bytes(asyncssh.generate_private_key(host_key).export_private_key())
    server_key.chmod(0o600)
    key, public = _client_key(folder)
    (folder / "authorized_keys").write_text(public)
    port, log = _free_port(), folder / "sshd.log"
    lines = [
        f"ListenAddress 127.0.0.1:{port}",
        f"HostKey {server_key}",
        f"AuthorizedKeysFile {folder / 'authorized_keys'}",
        "PidFile none",
        "UsePAM no",
        "StrictModes no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin prohibit-password",
        *options,
    ]
    (folder / "sshd_config").write_text("\n".join(lines) + "\n")
    user = getpass.getuser()
    config = folder / "ssh_config"
    config.write_text(
        f"Host bastion bastion-2\n  HostName 127.0.0.1\n  Port {port}\n  User {user}\n  IdentityFile {key}\n"
        "  IdentitiesOnly yes\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n"
    )
    process = subprocess.Popen([program, "-D", "-f", str(folder / "sshd_config"), "-E", str(log)])
    try:
        _wait_for(port, process, log)
        yield Sshd(port, user, config, key, log)
    finally:
        process.terminate()
        process.wait(10)
