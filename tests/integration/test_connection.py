# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection as ansible-playbook uses it: credentials as AWX hands them over, jump hosts, and the end of a play."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.faults.controller import ModuleFailed, controller
from tests.simulator import Simulator, from_data, load, running
from tests.unit.plugins.connection.sshd import sshd

from .conftest import Place, assert_no_secret, changes, lines, logins

REMEDIATE = "fortiops.fortitoken.remediate_tokens"
LOOK = [{"hosts": "all", "gather_facts": False, "tasks": [{"fortiops.fortitoken.fortitoken_facts": {}}]}]


def eventually(check: Callable[[], Any], seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while not check() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(check())


def processes(home: Path) -> list[int]:
    """Every process that runs with this home directory, as all do that ansible-playbook has started there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            alive = f"HOME={home}".encode() in entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if alive:
            found.append(int(entry.parent.name))
    return found


# AWX and Tower

NET = {"ANSIBLE_NET_USERNAME": "netops", "ANSIBLE_NET_PASSWORD": "made-up-net-pw", "ANSIBLE_HOST_KEY_CHECKING": "False"}


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NET.items():
        monkeypatch.setenv(name, value)


def forget(place: Place, *names: str) -> None:
    """Take variables out of the inventory, as in one that leaves the login to the controller's credentials."""
    for variables in place.hosts.values():
        for name in names:
            variables.pop(name, None)


def accounts(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "password": NET["ANSIBLE_NET_PASSWORD"]} for name in names]


@pytest.mark.usefixtures("net")
def test_a_network_credential_wins_over_the_user_that_awx_always_names_and_a_variable_over_both(place: Place) -> None:
    """A machine credential without a user becomes ``-u root``; the network credential's user is meant."""
    units = [{"hostname": name, "accounts": accounts("netops", "root", "special")} for name in ("fgt-net", "fgt-own")]
    with running(*from_data({"units": units})) as sim:
        place.add(sim)
        forget(place, "ansible_user", "ansible_password")
        place.hosts["fgt-own"]["ansible_user"] = "special"
        (place.home / "known_hosts").unlink()
        run = place.play("", "-u", "root", content=LOOK)
        assert run.code == 0, run.output
        users = {event["unit"]: event["user"] for event in sim.events if event["type"] == "login"}
        assert users == {"fgt-net": "netops", "fgt-own": "special"}
        assert_no_secret(sim, run)


def test_a_machine_credential_with_user_and_key_in_an_agent(place: Place) -> None:
    """AWX starts ansible-playbook under ssh-agent, loads the credential's key, and passes the user with ``-u``."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = place.home / "id"
    path.write_bytes(key.export_private_key())
    path.chmod(0o600)
    account = {"name": "netops", "public_keys": [key.export_public_key().decode()]}
    with running(*from_data({"hostname": "fgt-awx", "accounts": [account]})) as sim, agent(place.home, path):
        place.add(sim)
        forget(place, "ansible_user", "ansible_password")
        run = place.play("", "-u", "netops", content=LOOK)
        assert run.code == 0, run.output
        assert [event["method"] for event in sim.events if event["type"] == "login"] == ["publickey"]


@contextmanager
def agent(home: Path, key: Path) -> Iterator[None]:
    path = home / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    before = os.environ.get("SSH_AUTH_SOCK")
    os.environ["SSH_AUTH_SOCK"] = str(path)
    try:
        assert eventually(path.exists)
        subprocess.run(["ssh-add", "-q", str(key)], check=True)
        yield
    finally:
        process.terminate()
        process.wait(10)
        if before is None:
            del os.environ["SSH_AUTH_SOCK"]
        else:
            os.environ["SSH_AUTH_SOCK"] = before


# Jump hosts


def test_jump_hosts_from_the_inventory(place: Place, tmp_path: Path) -> None:
    units = [{"hostname": name} for name in ("fgt-jump", "fgt-command", "fgt-own")]
    with running(*from_data({"units": units})) as sim, sshd(tmp_path) as jump:
        place.add(sim)
        place.hosts["fgt-jump"]["ansible_ssh_common_args"] = f"-F {jump.config} -o ProxyJump=bastion"
        command = f"ssh -F {jump.config} -W %h:%p bastion"
        place.hosts["fgt-command"]["ansible_ssh_common_args"] = f'-o ProxyCommand="{command}"'
        place.hosts["fgt-own"]["ansible_fortios_proxy_command"] = command
        run = place.play("", content=LOOK)
        assert run.code == 0, run.output
        assert [logins(sim, name) for name in place.hosts] == [1, 1, 1]
        assert jump.accepted() == 3
        assert eventually(lambda: not processes(place.home))


# The end of a play


def test_nothing_is_left_running_after_a_play(place: Place) -> None:
    """Also where the connection was used by a loop only, which Ansible itself does not clean up behind."""
    loop = [{"hosts": "all", "gather_facts": False, "tasks": [{**LOOK[0]["tasks"][0], "loop": [1, 2]}]}]  # type: ignore[index]
    with running(*load("healthy")) as sim:
        place.add(sim)
        run = place.play("", content=loop)
        assert run.code == 0, run.output
        assert eventually(lambda: not processes(place.home))
        assert logins(sim) == 1
        assert [event["how"] for event in sim.events if event["type"] == "logout"] == ["exit"]


@contextmanager
def playing(place: Place, sim: Simulator) -> Iterator[subprocess.Popen[bytes]]:
    """A run that is waiting for an activation which does not come, with debug output on."""
    place.play("", "--syntax-check", content=LOOK)  # writes the inventory
    arguments = [
        *("-i", str(place.home / "inventory.json"), "-e", "remediate_activation_timeout=60"),
        *("-e", f"remediate_report_dir={place.home / 'report'}", REMEDIATE),
    ]
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "ansible-playbook"), *arguments],
        cwd=place.home,
        env={**os.environ, "HOME": str(place.home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # As from a terminal: Ctrl-C reaches every process of the foreground group.
        start_new_session=True,
    )
    try:
        assert eventually(lambda: [event for event in sim.events if event["type"] == "activation"], 60)
        assert [event["on"] for event in sim.events if event["type"] == "debug" and event["what"] == "output"][-1]
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(20)


def waiting_unit() -> Any:
    return from_data(
        {
            "hostname": "fgt-wait",
            "tokens": [
                {"serial": "FTK200HEALTHY001", "seed": True, "state": "active"},
                {"serial": "FTK200UNUSED0001", "state": "new"},
            ],
            "fortiguard": {"delay": 300},
        }
    )


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGKILL"])
def test_a_play_that_is_ended_by_force_leaves_the_unit_in_order(place: Place, how: str) -> None:
    with running(*waiting_unit()) as sim:
        place.add(sim)
        with playing(place, sim) as process:
            if how == "Ctrl-C":
                os.killpg(process.pid, signal.SIGINT)
            else:
                process.kill()
            assert eventually(lambda: process.poll() is not None)
            assert eventually(lambda: [event for event in sim.events if event["type"] == "logout"])
        assert eventually(lambda: not processes(place.home)), processes(place.home)
        logout = next(event for event in sim.events if event["type"] == "logout")
        assert (logout["debug_on"], logout["debug_sources"], logout["transaction"]) == (False, [], False)
        assert logout["how"] == "exit"
        assert logins(sim) == 1


# The account's rights on the unit: what the guide recommends, and less

RIGHTS = {
    "authgrp": "read-write",
    "admingrp": "read",
    "sysgrp": "read",
    "execute": "read-write",
    "diagnose": "read-write",
}


def with_rights(**less: str) -> Any:
    """The migrated unit with an account of the guide's access profile, or of one with less."""
    rights = {**RIGHTS, **less}
    (scenario,) = load("migrated")
    scenario.accounts[0].profile = "limited"
    scenario.accounts[0].rights = rights
    groups = "\n".join(f"set {name} {rights[name]}" for name in ("authgrp", "admingrp", "sysgrp"))
    scenario.config = {"global": f'config system accprofile\nedit "limited"\n{groups}\nnext\nend'}
    return scenario


def test_the_recommended_access_profile_is_enough(place: Place) -> None:
    """All is mended that can be, no line is refused, and nothing but tokens and their users is changed."""
    with running(with_rights()) as sim:
        place.add(sim)
        run = place.play(REMEDIATE, remediate_lock_released="all", remediate_admins="include", remediate_strict=False)
        assert run.code == 0, run.output
        assert run.report("fgt-branch")["summary_after"]["healthy"] == 8
        assert [event["text"] for event in sim.events if event["type"] == "line" and event["error"]] == []
        assert {event["path"] for event in changes(sim)} == {"user fortitoken", "user local"}


LESS = [
    ({"authgrp": "read"}, "may not change users and tokens"),
    ({"authgrp": "none"}, "Check the access profile of the account"),
    ({"admingrp": "none"}, "The account admin may not change users and tokens"),
    ({"sysgrp": "none"}, "The account admin may not change users and tokens"),
    ({"diagnose": "read"}, "diagnose debug disable"),
]


@pytest.mark.parametrize(("less", "says"), LESS, ids=[str(less) for less, _says in LESS])
def test_less_than_the_recommended_access_profile_changes_nothing_and_says_so(
    less: dict[str, str], says: str, tmp_path: Path
) -> None:
    with running(with_rights(**less)) as sim:
        said = ""
        with controller(sim) as play:
            try:
                facts = play.remediate(tmp_path / "journal.json")
                said = json.dumps(facts["unit"]["gates"])
                assert '"blocked"' in said
            except ModuleFailed as failed:
                said = str(failed)
        assert says in said
        assert changes(sim) == []
        assert not [line for line in lines(sim) if line.startswith(("edit", "set", "unset", "delete"))]
