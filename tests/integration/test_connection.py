# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection as ansible-playbook uses it: credentials as AWX hands them over, jump hosts, and the end of a play."""

from __future__ import annotations

import os
import re
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
from tests.simulator.faults import change
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


def test_a_machine_credential_with_user_and_password(place: Place) -> None:
    """AWX passes the user with ``-u`` and answers the question of ``--ask-pass``."""
    with running(*from_data({"hostname": "fgt-awx", "accounts": accounts("netops")})) as sim:
        place.add(sim)
        forget(place, "ansible_user", "ansible_password")
        secret = place.home / "secret"
        secret.write_text(NET["ANSIBLE_NET_PASSWORD"])
        run = place.play("", "-u", "netops", "--connection-password-file", str(secret), content=LOOK)
        assert run.code == 0, run.output
        assert [event["user"] for event in sim.events if event["type"] == "login"] == ["netops"]
        secret.unlink()
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
    units = [{"hostname": name} for name in ("fgt-jump", "fgt-command")]
    with running(*from_data({"units": units})) as sim, sshd(tmp_path) as jump:
        place.add(sim)
        place.hosts["fgt-jump"]["ansible_ssh_common_args"] = f"-F {jump.config} -o ProxyJump=bastion"
        command = f"ssh -F {jump.config} -W %h:%p bastion"
        place.hosts["fgt-command"]["ansible_ssh_common_args"] = f'-o ProxyCommand="{command}"'
        run = place.play("", content=LOOK)
        assert run.code == 0, run.output
        assert [logins(sim, name) for name in place.hosts] == [1, 1]
        assert jump.accepted() == 2
        assert eventually(lambda: not processes(place.home))


# Two names for one address


def test_two_names_of_one_address_have_a_session_each(place: Place) -> None:
    """Also in loops, where Ansible makes a connection anew for each item; and nothing is left running."""
    task = {**LOOK[0]["tasks"][0], "loop": [1, 2, 3]}  # type: ignore[index]
    content = [{"hosts": "all", "gather_facts": False, "tasks": [*LOOK[0]["tasks"], task, *LOOK[0]["tasks"]]}]  # type: ignore[misc]
    with running(*load("healthy")) as sim:
        place.add(sim)
        (name,) = place.hosts
        place.hosts["another-name"] = dict(place.hosts[name])
        run = place.play("", content=content)
        assert run.code == 0, run.output
        assert logins(sim) == 2
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

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_connection.rst"
DEAD = "token already activated, and seed won't be returned"
RELEASES = {"8.0": "v8.0.0,build0300,260401", "7.4": "v7.4.8,build2795,250523", "7.2": "v7.2.11,build1740,250210"}


def recommended(release: str, vdoms: bool = False, **less: str) -> list[str]:
    """What the guide tells a person to type, with what it says of other releases and of VDOMs."""
    block = re.search(r"\n   config system accprofile\n(?:   .*\n)+", GUIDE.read_text(encoding="utf-8"))
    assert block
    lines = [line.strip() for line in block[0].strip().splitlines()]
    assert lines.count("set cli-diagnose enable") == 1
    if release == "7.2":
        lines = [line for line in lines if not line.startswith("set cli-")]
        lines.insert(2, "set system-diagnostics enable")
    if vdoms:
        lines.insert(2, "set scope global")
    for name, value in less.items():
        wanted = f"set {name.replace('_', '-')} "
        (index,) = [index for index, line in enumerate(lines) if line.startswith(wanted)]
        lines[index] = wanted + value
    return [line.replace('"..."', "demo-Passw0rd") for line in lines]


def limited_unit(release: str = "7.4", vdoms: bool = False, refusal: str = "mixed", **settings: Any) -> Any:
    """A unit on which every token that is to be repaired has a holder, and an account that is yet to be set up."""
    home = "branch" if vdoms else "root"
    data: dict[str, Any] = {
        "hostname": "fgt-limited",
        "version": f"FortiGate-60F {RELEASES[release]} (GA.M)",
        "vdom_mode": "multi" if vdoms else "none",
        "vdoms": ["root", "branch"] if vdoms else ["root"],
        "accounts": [
            {"name": "admin", "password": "other-Passw0rd"},
            {"name": "netops", "password": "demo-Passw0rd", "profile": "fortitoken-ops"},
        ],
        "tokens": [
            {"serial": "FTK200HEALTHY001", "vdom": "root", "seed": True, "state": "active"},
            {"serial": "FTK200MIGRATE001", "vdom": home, "seed": True, "state": DEAD, "comments": "front desk"},
            {"serial": "FTK220NOSEED0001", "vdom": home, "state": DEAD},
        ],
        "users": [
            {"name": "alice", "vdom": "root", "fortitoken": "FTK200HEALTHY001"},
            {"name": "bob", "vdom": home, "fortitoken": "FTK200MIGRATE001"},
            {"name": "carol", "vdom": home, "fortitoken": "FTK220NOSEED0001"},
        ],
        "fortiguard": {"delay": 0.05, "default": {"lock_released": True}},
        "behaviour": {"refusal": refusal},
        **settings,
    }
    return from_data(data)


@contextmanager
def set_up(*commands: str, **unit: Any) -> Iterator[Simulator]:
    """The unit, after its super_admin has typed these lines."""
    with running(*limited_unit(**unit)) as sim:
        typed = ["config global", *commands, "end"] if unit.get("vdoms") else list(commands)
        sim.call(lambda: change(sim.unit(), typed))
        yield sim


def own_changes(sim: Simulator) -> list[dict[str, Any]]:
    return [event for event in changes(sim) if event["by"] == "netops"]


def refusals(sim: Simulator) -> list[str]:
    return [event["text"] for event in sim.events if event["type"] == "line" and event["error"]]


def test_the_recommended_access_profile_is_enough_for_a_play(place: Place) -> None:
    """All is repaired, no line is refused, and nothing but tokens and their users is changed."""
    with set_up(*recommended("7.4")) as sim:
        place.add(sim, ansible_user="netops")
        run = place.play(REMEDIATE, remediate_lock_released="all")
        assert run.code == 0, run.output
        assert run.report("fgt-limited")["summary_after"] == {"healthy": 3}
        assert refusals(sim) == []
        assert {event["path"] for event in own_changes(sim)} == {"user fortitoken", "user local"}


@pytest.mark.parametrize(("release", "vdoms"), [("8.0", False), ("7.2", False), ("7.4", True), ("7.2", True)])
def test_the_recommended_access_profile_is_enough_on_other_units(release: str, vdoms: bool, tmp_path: Path) -> None:
    with (
        set_up(*recommended(release, vdoms), release=release, vdoms=vdoms) as sim,
        controller(sim, user="netops") as play,
    ):
        facts = play.remediate(tmp_path / "journal.json", admins="skip")
        assert facts["summary"] == {"healthy": 3}
        # Outside of all scopes nobody gets an answer to this one.
        assert [text for text in refusals(sim) if text != "get system console"] == []


def test_the_right_to_the_system_may_be_given_in_parts(tmp_path: Path) -> None:
    """As the guide says: the parts `admin` and `cfg` of `sysgrp` are enough."""
    parts = ["set sysgrp custom", "config sysgrp-permission", "set admin read", "set cfg read", "end"]
    block = [line for line in recommended("7.4") if line != "set sysgrp read"]
    profile = [*block[:2], *parts, *block[2 : block.index("next") + 1], "end"]
    with (
        set_up(config={"global": "\n".join(profile)}) as sim,
        controller(sim, user="netops") as play,
    ):
        facts = play.remediate(tmp_path / "journal.json", admins="skip")
        assert facts["summary"] == {"healthy": 3}
        assert facts["unit"]["rights"].startswith("read-write")


LESS = [
    ({"authgrp": "read"}, "The account netops may not change users and tokens: its access profile gives 'read'"),
    ({"authgrp": "none"}, "it must be able to show users and tokens"),
    ({"sysgrp": "none"}, "what it may change cannot be read"),
    ({"cli_get": "disable"}, "the unit does not answer 'get system status'"),
    ({"cli_show": "disable"}, "it must be able to show users and tokens"),
    ({"cli_exec": "disable"}, "The access profile of the account netops does not open cli-exec"),
    ({"cli_config": "disable"}, "The access profile of the account netops does not open cli-config"),
    ({"cli_diagnose": "disable"}, "to run 'diagnose fortitoken info'"),
    ({"release": "7.2", "system_diagnostics": "disable"}, "to run 'diagnose fortitoken info'"),
    ({"vdoms": "yes", "scope": "vdom"}, "cannot read all administrators (it belongs to VDOM root)"),
]


@pytest.mark.parametrize("refusal", ["mixed", "parse_error", "unknown_action"])
@pytest.mark.parametrize(("less", "says"), LESS, ids=[str(less) for less, _says in LESS])
def test_less_than_the_recommended_access_profile_changes_nothing_and_says_so(
    less: dict[str, str], says: str, refusal: str, tmp_path: Path
) -> None:
    rights = {name: value for name, value in less.items() if name not in ("release", "vdoms")}
    release, vdoms = less.get("release", "7.4"), "vdoms" in less
    commands = recommended(release, vdoms, **rights)
    with set_up(*commands, release=release, vdoms=vdoms, refusal=refusal) as sim:
        with controller(sim, user="netops") as play:
            try:
                facts = play.remediate(tmp_path / "journal.json", admins="skip")
                gates = [gate for gate in facts["unit"]["gates"] if gate["state"] == "blocked"]
                said = " ".join(gate["message"] for gate in gates)
                assert all(gate["remedy"] for gate in gates)
            except ModuleFailed as failed:
                said = str(failed)
        assert says in said
        assert own_changes(sim) == []
        assert not [line for line in lines(sim) if line.startswith(("edit FTK", "set", "unset", "delete"))]


def test_without_the_right_to_logs_everything_but_the_event_log_works(tmp_path: Path) -> None:
    with set_up(*recommended("7.4", loggrp="none")) as sim, controller(sim, user="netops") as play:
        assert play.remediate(tmp_path / "journal.json", admins="skip")["summary"] == {"healthy": 3}


def test_a_token_that_a_hidden_administrator_may_hold_is_left_alone(tmp_path: Path) -> None:
    """FortiOS shows the administrators of super_admin to nobody else."""
    tokens = [
        {"serial": "FTK200HEALTHY001", "seed": True, "state": "active"},
        {"serial": "FTK200ADMIN00001", "seed": True, "state": DEAD},
    ]
    settings = {"tokens": tokens, "users": [], "admins": [{"name": "nightshift", "fortitoken": "FTK200ADMIN00001"}]}
    with set_up(*recommended("7.4"), **settings) as sim:
        with controller(sim, user="netops") as play:
            facts = play.remediate(tmp_path / "journal.json", admins="skip")
            (gate,) = [gate for gate in facts["unit"]["gates"] if gate["state"] == "blocked"]
            assert gate["name"] == "rights"
            assert "FTK200ADMIN00001" in gate["message"]
            assert "super_admin" in gate["remedy"]
        assert own_changes(sim) == []
        with controller(sim, password="other-Passw0rd") as play:
            facts = play.remediate(tmp_path / "journal.json", admins="skip")
            assert [gate["name"] for gate in facts["unit"]["gates"] if gate["state"] == "blocked"] == []
            # Whoever sees the administrators sees who holds it, and so that it is to be skipped.
            assert "remediate_admins=include" in facts["tokens"][1]["remedy"]
        assert changes(sim) == [event for event in changes(sim) if event["by"] == "other-admin"]
