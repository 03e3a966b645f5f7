# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jump hosts: the system's own ssh, through a real OpenSSH server."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.terminal import Target, connect
from tests.simulator import Simulator, from_data, running
from tests.unit.plugins.connection.sshd import Sshd, sshd


@pytest.fixture(scope="module")
def jump(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("jump")) as server:
        yield server


@pytest.fixture(scope="module")
def unit() -> Iterator[Simulator]:
    with running(*from_data({"hostname": "FGT"})) as simulator:
        yield simulator


def target(simulator: Simulator, **settings: Any) -> Target:
    known = {"user": "admin", "password": "demo-Passw0rd", "check_host_key": False, "use_agent": False}
    return Target(**{"host": "127.0.0.1", "port": simulator.port, **known, **settings})


@contextmanager
def session(where: Target) -> Iterator[Session]:
    terminal, _warnings = connect(where)
    made = Session(terminal, Redactor())
    try:
        for _step in made.open():
            pass
        yield made
    finally:
        made.close()


def status(made: Session) -> str:
    for _step in made.run([Batch(("get system status",))]):
        pass
    return str(made.results()[0][0]["output"])


WAYS = {
    "-J": {"ssh_common_args": "-F {config} -J bastion"},
    "ProxyJump": {"ssh_common_args": "-F {config} -o ProxyJump=bastion"},
    "ProxyJump with a space": {"ssh_common_args": "-F {config} -o 'ProxyJump bastion'"},
    "ProxyCommand": {"ssh_common_args": "-o ProxyCommand='ssh -F {config} -W %h:%p bastion'"},
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_naming_a_jump_host(jump: Sshd, unit: Simulator, way: str) -> None:
    before = jump.accepted()
    settings = {name: text.format(config=jump.config) for name, text in WAYS[way].items()}
    with session(target(unit, **settings)) as made:
        assert "Hostname: FGT" in status(made)
    assert jump.accepted() == before + 1


def test_two_jump_hosts(jump: Sshd, unit: Simulator) -> None:
    before = jump.accepted()
    with session(target(unit, ssh_common_args=f"-F {jump.config} -J bastion,bastion-2")) as made:
        assert "Hostname: FGT" in status(made)
    assert jump.accepted() == before + 2


def test_the_units_host_key_is_checked_behind_a_jump_host(jump: Sshd, unit: Simulator, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    settings: dict[str, Any] = {
        "ssh_common_args": f"-F {jump.config} -J bastion",
        "check_host_key": True,
        "known_hosts": (str(known),),
    }
    with pytest.raises(ConsoleFailure) as caught:
        connect(target(unit, **settings))
    assert caught.value.kind == "hostkey"
    # ssh-keyscan knows no jump hosts, so the way named is the one that the connection itself takes.
    assert f"ssh -F {jump.config} -J bastion -p {unit.port} admin@127.0.0.1" in str(caught.value)
    known.write_text(unit.known_hosts())
    with session(target(unit, **settings)) as made:
        assert "Hostname: FGT" in status(made)


def test_a_jump_host_that_is_not_there(jump: Sshd, unit: Simulator) -> None:
    with pytest.raises(ConsoleFailure, match=r"the jump host's ssh said: .*nowhere\.invalid") as caught:
        connect(target(unit, ssh_common_args=f"-F {jump.config} -J nowhere.invalid"))
    assert caught.value.kind == "login"


def test_a_jump_host_that_refuses_the_key(jump: Sshd, unit: Simulator, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(jump.config.read_text().replace(f"IdentityFile {jump.key}", "IdentityFile /nowhere/id"))
    with pytest.raises(ConsoleFailure, match=r"the jump host's ssh said: .*Permission denied"):
        connect(target(unit, ssh_common_args=f"-F {config} -J bastion", use_agent=False))


def test_a_jump_host_whose_key_is_not_known(jump: Sshd, unit: Simulator, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(jump.config.read_text().replace("StrictHostKeyChecking no", "StrictHostKeyChecking yes"))
    with pytest.raises(ConsoleFailure, match=r"the jump host's ssh said: .*Host key verification failed"):
        connect(target(unit, ssh_common_args=f"-F {config} -J bastion"))


def test_a_jump_host_that_may_not_reach_the_unit(unit: Simulator, tmp_path: Path) -> None:
    with sshd(tmp_path, "PermitOpen 127.0.0.1:1") as strict:
        # What the server answers is a message of this level.
        strict.config.write_text(strict.config.read_text().replace("LogLevel ERROR", "LogLevel INFO"))
        started = time.monotonic()
        with pytest.raises(ConsoleFailure, match=r"the jump host's ssh said: .*prohibited"):
            connect(target(unit, ssh_common_args=f"-F {strict.config} -J bastion"))
        assert time.monotonic() - started < 10


def test_a_proxy_command_that_says_nothing_is_ended_in_time(unit: Simulator, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    started = time.monotonic()
    with pytest.raises(ConsoleFailure, match=r"not done within 1 s \(ansible_fortios_connect_timeout\)"):
        connect(
            target(
                unit,
                ssh_common_args=shlex.join(["-o", f"ProxyCommand=sh -c 'echo $$ > {pid}; exec sleep 60'"]),
                connect_timeout=1.0,
            )
        )
    assert time.monotonic() - started < 5
    assert not _runs(int(pid.read_text()))


def test_the_jump_hosts_ssh_ends_with_the_session(jump: Sshd, unit: Simulator) -> None:
    terminal, _warnings = connect(target(unit, ssh_common_args=f"-F {jump.config} -J bastion"))
    pid = terminal._transport.sock.process.pid  # type: ignore[attr-defined]
    assert _runs(pid)
    terminal.close()
    end = time.monotonic() + 5
    while _runs(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    """Tell whether a process is there that has not ended; a zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
