# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The EXAMPLES of every module, run in their order as they are on a simulated unit, and those of the connections."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import yaml

from tests.conftest import ROOT
from tests.offline import backup, shell_of
from tests.offline import typed as terminal
from tests.simulator import Simulator, from_data, running
from tests.unit.plugins.connection.sshd import sshd

from .conftest import PASSWORD, Place, assert_promises_kept, changes, lines
from .test_connection import LOOK, agent

MODULES = sorted((ROOT / "plugins" / "modules").glob("fortitoken_*.py"))
DEAD = "token already activated, and seed won't be returned"
MOBILE = "FTKMOBTIMED00001"
CODE = "1A2B-3C4D-5E6F-7081-92A3"
#: What a user keeps in a vault.
VAULT = {"vault_license_codes": [CODE]}
GROUPS = """
config user group
    edit "vpn-pilot"
        set member "carol"
    next
end
"""
#: Three tokens that hold a useless seed, two that were never activated, and a user who waits for a mail.
UNIT: dict[str, Any] = {
    "tokens": [
        *({"serial": f"FTK200BAA000000{n}", "state": DEAD, "seed": True} for n in (1, 2, 3)),
        *({"serial": f"FTK200BAA000000{n}", "state": "new"} for n in (7, 8)),
        {"serial": MOBILE, "state": "provision timeout", "license": "EFTM000000000001"},
        {"serial": "FTKMOBTIMED00002", "state": "provision timeout", "license": "EFTM000000000001"},
    ],
    "users": [
        {"name": "bob", "fortitoken": "FTK200BAA0000001"},
        {"name": "carol", "fortitoken": MOBILE, "email_to": "carol@example.com"},
        {"name": "jdoe", "fortitoken": "FTKMOBTIMED00002", "email_to": "jdoe@example.com"},
    ],
    "config": {"root": GROUPS},
    "email_server": {"server": "mail.example.com"},
    "fortiguard": {
        "delay": 0.02,
        "licenses": {CODE: {"tokens": ["FTKMOBNEWONE0001"], "license": "EFTM000000000002"}},
        "serials": {f"FTK200BAA000000{n}": {"lock_released": True} for n in (1, 2, 3, 7, 8)},
    },
}


def examples(module: Path) -> list[dict[str, Any]]:
    text = re.search(r'EXAMPLES = r"""(.*?)"""', module.read_text(encoding="utf-8"), re.DOTALL)
    tasks: list[dict[str, Any]] = yaml.safe_load(text[1]) if text else []
    # Of other collections, the test has none; what they would be told is evaluated.
    return [_shown(task) for task in tasks]


def _shown(task: dict[str, Any]) -> dict[str, Any]:
    foreign = [name for name in task if name.count(".") == 2 and not name.startswith(("ansible.", "fortiops."))]
    return {
        **{name: value for name, value in task.items() if name not in foreign},
        **({"ansible.builtin.debug": {"msg": task[foreign[0]]}} if foreign else {}),
    }


def somebody_clicks(simulator: Simulator) -> None:
    """Send an activation code as soon as somebody watches the mails."""
    unit = simulator.unit()

    def look() -> None:
        watched = any(event["text"].startswith("diagnose debug application alertmail") for event in typed(simulator))
        unit.call_later(0.2, click if watched else look)

    def click() -> None:
        unit.fortiguard.mobile.provision(MOBILE, "user local/carol", None)

    simulator.call(look)


def typed(simulator: Simulator) -> list[dict[str, Any]]:
    return [event for event in simulator.events if event["type"] == "line"]


#: Module -> what happens on the unit meanwhile.
MEANWHILE: dict[str, Callable[[Simulator], None]] = {"fortitoken_debug": somebody_clicks}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_examples_run_as_they_are(place: Place, module: Path) -> None:
    tasks = examples(module)
    assert tasks, f"{module.stem} shows no example"
    with running(*from_data(UNIT)) as sim:
        place.add(sim)
        MEANWHILE.get(module.stem, lambda _simulator: None)(sim)
        run = place.play("", content=[{"hosts": "all", "gather_facts": False, "tasks": tasks}], **VAULT)
        assert run.code == 0, run.output
        loops = sum("loop" in task for task in tasks)
        assert run.recap(sim.units[0].name)["skipped"] <= loops, "every example does something"
        assert lines(sim), "every example has to do with a unit"
        assert_promises_kept(sim, run)


def test_watching_a_mail_ends_with_what_it_shows_whatever_the_words(place: Place) -> None:
    [task] = [task for task in examples(ROOT / "plugins/modules/fortitoken_debug.py") if "Watch" in task["name"]]
    arguments = task["fortiops.fortitoken.fortitoken_debug"]
    assert "until" not in arguments
    show = {
        "ansible.builtin.debug": {"msg": "found {{ watched.matched }} {{ watched.findings | map(attribute='id') }}"}
    }
    with running(*from_data(UNIT)) as sim:
        place.add(sim)
        somebody_clicks(sim)
        tasks = [{**task, "register": "watched"}, show]
        run = place.play("", content=[{"hosts": "all", "gather_facts": False, "tasks": tasks}])
        assert run.code == 0, run.output
        assert "found True" in run.output
        assert "mail_sent" in run.output


def inventory(connection: str) -> dict[str, Any]:
    path = ROOT / "plugins" / "connection" / f"{connection}.py"
    text = re.search(r'EXAMPLES = r"""(.*?)"""', path.read_text(encoding="utf-8"), re.DOTALL)
    assert text
    shown: dict[str, Any] = yaml.safe_load(text[1])["all"]
    return shown


def key_for(path: Path) -> str:
    """Make a private key, and return the public one."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(key.export_private_key())
    path.chmod(0o600)
    return key.export_public_key().decode()


def test_the_inventory_of_the_connection_logs_in_to_every_unit(place: Place, tmp_path: Path) -> None:
    """Only addresses, the jump host and the pinned key are those of the test."""
    shown = inventory("fortios_cli")
    file, loaded = place.home / ".ssh" / "fortigate", place.home / "agent-key"
    keys = {"fw-hamburg": [key_for(file)], "fw-bremen": [key_for(loaded)]}
    units = [
        {"hostname": name, "accounts": [{"name": "netops", "password": PASSWORD, "public_keys": keys.get(name, [])}]}
        for name in shown["hosts"]
    ]
    with running(*from_data({"units": units})) as sim, sshd(tmp_path) as jump, agent(place.home, loaded):
        place.add(sim)
        for name, host in shown["hosts"].items():
            place.hosts[name] = {
                **shown["vars"],
                **host,
                **{key: place.hosts[name][key] for key in ("ansible_host", "ansible_port")},
            }
        hamburg, bremen = place.hosts["fw-hamburg"], place.hosts["fw-bremen"]
        assert hamburg["ansible_ssh_common_args"] == "-J jump.example.com"
        hamburg["ansible_ssh_common_args"] = f"-F {jump.config} -J bastion"
        bremen["ansible_fortios_host_key_fingerprint"] = sim.fingerprint("fw-bremen")
        bremen["ansible_fortios_known_hosts"] = "/dev/null"
        run = place.play("", content=LOOK, vault_fortigate_password=PASSWORD)
        assert run.code == 0, run.output
        methods = {event["unit"]: event["method"] for event in sim.events if event["type"] == "login"}
        assert methods == {
            "fw-berlin": "password",
            "fw-hamburg": "publickey",
            "fw-bremen": "publickey",
            "fw-remote": "password",
        }
        assert jump.accepted() == 1
        assert changes(sim) == []


def test_the_inventory_of_the_offline_connection_reads_every_file(place: Place) -> None:
    shown = inventory("fortios_offline")
    shell = shell_of(UNIT)
    for host in shown["hosts"].values():
        sources = host["ansible_fortios_source"]
        for source in [sources] if isinstance(sources, str) else sources:
            path = place.home / source
            path.parent.mkdir(exist_ok=True)
            status = ("get system status", "diagnose fortitoken info")
            copied = (*status[:1], "show user fortitoken", "show user local", *status[1:])
            path.write_text(
                backup(shell)
                if source.endswith(".conf")
                else terminal(shell, *(status if "statuses" in source else copied)),
                encoding="utf-8",
            )
    place.hosts.update({name: {**shown["vars"], **host} for name, host in shown["hosts"].items()})
    run = place.play("", content=LOOK)
    assert run.code == 0, run.output
    assert all(run.recap(name)["ok"] == 1 for name in shown["hosts"])
    assert shell.unit.secrets()
    assert [secret for secret in shell.unit.secrets() if secret in run.output] == []
