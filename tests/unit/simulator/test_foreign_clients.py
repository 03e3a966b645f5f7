# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that nobody here wrote: netmiko's fortinet driver and OpenSSH."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from netmiko import ConnectHandler

from tests.simulator import load, running
from tests.simulator.server import Simulator

Make = Callable[..., Any]

# netmiko allows no key exchange but finite-field Diffie-Hellman, which asyncssh's cryptography library frowns upon.
pytestmark = pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")


def netmiko(simulator: Simulator) -> Any:
    return ConnectHandler(
        device_type="fortinet",
        host=simulator.host,
        port=simulator.port,
        username="admin",
        password="demo-Passw0rd",
    )


@pytest.mark.parametrize("name", ["migrated", "fseries", "multivdom", "legacy60"])
def test_netmiko(name: str) -> None:
    with running(*load(name)) as simulator:
        client = netmiko(simulator)
        if name == "multivdom":
            client.send_multiline(["config vdom", "edit branch-a"], expect_string=r"[#$]")
        answer = client.send_command("diagnose fortitoken info", expect_string=r"status: \w+")
        tokens = [
            token.serial for token in simulator.unit().scenario.tokens if name != "multivdom" or token.vdom != "root"
        ]
        assert [serial for serial in tokens if serial in answer] == tokens
        if name == "multivdom":
            client.send_multiline(["end"], expect_string=r"[#$]")
        client.disconnect()
        # The driver switches the pager off and on again.
        changes = [event["after"].get("output") for event in simulator.events if event["type"] == "change"]
        assert changes == ["standard", "more"]


def test_netmiko_sends_configuration_and_meets_refusals() -> None:
    with running(*load("migrated")) as simulator:
        client = netmiko(simulator)
        answer = client.send_multiline(
            ["config user fortitoken", "delete FTK200MIGRATE001", "end"], expect_string=r"[#$]"
        )
        assert "The entry is used by other 1 entries" in answer and "Return code -23" in answer
        client.disconnect()
        deleted = [event for event in simulator.events if event["type"] == "change" and event["op"] == "delete"]
        assert deleted == []


class OpenSsh:
    """The `ssh` program with a key, and the host key that the simulator told."""

    def __init__(self, folder: Path, **data: Any) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        self._key = folder / "id"
        self._key.write_bytes(key.export_private_key("openssh"))
        self._key.chmod(0o600)
        self._hosts = folder / "known_hosts"
        public = key.export_public_key("openssh").decode()
        self.data = {"accounts": [{"name": "admin", "public_keys": [public]}], **data}

    def run(self, simulator: Simulator, command: str | None = None, typed: str = "") -> str:
        """Run one command, or type into a terminal; return what came back."""
        self._hosts.write_text(simulator.known_hosts() + "\n")
        program = shutil.which("ssh")
        assert program, "OpenSSH's client is needed (package openssh-client)"
        options = (f"UserKnownHostsFile={self._hosts}", "StrictHostKeyChecking=yes", "BatchMode=yes", "LogLevel=ERROR")
        done = subprocess.run(
            [
                *(program, "-F", "none", "-i", str(self._key), "-p", str(simulator.port)),
                *(word for option in options for word in ("-o", option)),
                *(["admin@127.0.0.1", command] if command else ["-tt", "admin@127.0.0.1"]),
            ],
            input=typed.encode(),
            capture_output=True,
            timeout=30,
            check=True,
        )
        return done.stdout.decode()


TOKENS = [{"serial": f"FTK200AAAA{number:06}", "seed": True, "state": "active"} for number in range(12)]


def test_openssh_runs_a_command(serve: Make, tmp_path: Path) -> None:
    client = OpenSsh(tmp_path, tokens=TOKENS)
    text = client.run(serve(**client.data), "diagnose fortitoken info | grep 000011")
    assert text == "fgt-demo # FTK200AAAA000011     0        active\r\n\r\nfgt-demo # \r\n"


def test_openssh_runs_a_script_of_several_lines(serve: Make, tmp_path: Path) -> None:
    client = OpenSsh(tmp_path, tokens=TOKENS)
    simulator = serve(**client.data)
    text = client.run(simulator, "config user fortitoken\nedit FTK200AAAA000003\nset comments by-script\nend")
    assert "fgt-demo (FTK200AAAA000003) # " in text
    entries = simulator.unit().config.table("root", "user fortitoken").entries
    assert entries["FTK200AAAA000003"].text("comments") == "by-script"


def test_openssh_on_a_terminal_with_pager(serve: Make, tmp_path: Path) -> None:
    client = OpenSsh(tmp_path, tokens=TOKENS)
    simulator = serve(**client.data)
    text = client.run(simulator, typed="show user fortitoken\n   exit\n")
    assert text.startswith("\r\nfgt-demo # show user fortitoken\r\r\nconfig user fortitoken\r\n")
    assert "--More-- \r         \r" in text and text.count("    next\r\n") == 12
    assert simulator.events[-1]["type"] in ("counters", "logout")


def test_openssh_refuses_another_host_key(serve: Make, tmp_path: Path) -> None:
    client = OpenSsh(tmp_path)
    with running(*load("healthy")) as other:
        strange = other.known_hosts().split()[1:]
    simulator = serve(**client.data)
    known = simulator.known_hosts
    simulator.known_hosts = lambda name=None: " ".join([known().split()[0], *strange])
    with pytest.raises(subprocess.CalledProcessError) as caught:
        client.run(simulator, "get system status")
    assert b"Host key verification failed" in caught.value.stderr
