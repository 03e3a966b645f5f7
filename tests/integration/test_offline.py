# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks on files, and the commands of the guide about them."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.offline import backup, shell_of, typed
from tests.platform.documents import part
from tests.simulator import from_data, running
from tests.tools.recording import check

from .conftest import Place, Run
from .test_guides import run, steps

GUIDE = "guide_offline"
UNIT: dict[str, Any] = {
    "hostname": "fw-kassel",
    "vdom_mode": "multi",
    "vdoms": ["root", "dmz"],
    "tokens": [
        {
            "serial": "FTK200BAA0000001",
            "vdom": "dmz",
            "seed": True,
            "state": "token already activated, and seed won't be returned",
        },
        {"serial": "FTK200BAA0000002", "vdom": "dmz", "seed": True, "state": "active"},
    ],
    "users": [{"name": "jdoe", "vdom": "dmz", "fortitoken": "FTK200BAA0000001", "passwd": "made-up-password"}],
}
COPIED = ("config vdom", "edit dmz", "show user fortitoken", "show user local", "diagnose fortitoken info")


@pytest.fixture
def files(place: Place) -> Place:
    shell = shell_of(UNIT)
    (place.home / "fw-berlin.conf").write_text(backup(shell), encoding="utf-8")
    (place.home / "ticket-4711.txt").write_text(typed(shell, "get system status", *COPIED), encoding="utf-8")
    inventory = part(f"docs/docsite/rst/{GUIDE}.rst", "# inventory.yml")
    (place.home / "inventory.yml").write_text(inventory, encoding="utf-8")
    return place


def shown(text: str) -> list[str]:
    return [command for command, _output in steps(GUIDE) if text in command]


def no_secret(place: Place, done: Run) -> None:
    secrets = shell_of(UNIT).unit.secrets()
    for path in (place.home / "fortitoken-report").rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert [secret for secret in secrets if secret in text] == []
    assert [secret for secret in secrets if secret in done.output] == []


def test_the_commands_of_the_guide_audit_a_backup_and_what_was_copied(files: Place) -> None:
    for command, host, verdicts in zip(
        shown("audit_tokens"),
        ("fw-berlin", "customer"),
        ({"undecided": 2}, {"healthy": 1, "needs_lock_release": 1}),
        strict=True,
    ):
        done = run(files, command)
        assert done.code == 0, done.output
        report = done.report(host)
        assert report["summary"] == verdicts
        assert report["tokens"][0]["bindings"][0]["name"] == "jdoe"
        assert report["commands"] == []
        assert done.recap(host)["changed"] == 0
        no_secret(files, done)


def test_a_baseline_and_a_plan_come_out_of_files_and_a_real_run_refuses(files: Place) -> None:
    more = typed(shell_of(UNIT), "config global", "show system admin", "show system global", "show system accprofile")
    more += typed(shell_of(UNIT), "config global", "show system central-management")
    with (files.home / "ticket-4711.txt").open("a", encoding="utf-8") as file:
        file.write(more)
    play = "ansible-playbook -i inventory.yml fortiops.fortitoken."
    done = run(files, f"{play}snapshot_tokens --limit fw-berlin")
    assert done.code == 0, done.output
    baseline = json.loads((files.home / "fortitoken-baseline" / "fw-berlin.json").read_text(encoding="utf-8"))
    assert len(baseline["tokens"]) == 2
    settings = "-e remediate_lock_released=all -e remediate_strict=false -e ansible_user=admin"
    done = run(files, f"{play}remediate_tokens --limit customer --check --diff {settings}")
    assert done.code == 0, done.output
    assert re.search(r'^\+ +delete "FTK200BAA0000001"$', done.output, re.MULTILINE), done.output
    done = run(files, f"{play}remediate_tokens --limit customer {settings}")
    assert "read from a file" in done.output
    assert done.code == 2


def test_the_probe_of_the_guide_leaves_a_recording_that_deviates_from_nothing(files: Place) -> None:
    with running(*from_data(UNIT)) as simulator:
        files.add(simulator)
        hosts = {"fw-hamburg": next(iter(files.hosts.values()))}
        variables = {
            "ansible_connection": "fortiops.fortitoken.fortios_cli",
            "ansible_fortios_known_hosts": str(files.home / "known_hosts"),
        }
        (files.home / "units.yml").write_text(json.dumps({"all": {"hosts": hosts, "vars": variables}}))
        (command,) = shown("probe_unit")
        done = run(files, command)
        assert done.code == 0, done.output
        assert [event for event in simulator.events if event["type"] == "change"] == []
    (path,) = (files.home / "recordings").iterdir()
    assert path.name.startswith("fw-hamburg-")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text(encoding="utf-8")
    for name in ("fw-kassel", "jdoe", "BAA0000001", "made-up-password"):
        assert name not in text
    assert "forticldd 7" in text
    assert check(path) == []


def test_the_make_targets_of_the_guide_are_those_of_the_tools() -> None:
    """What they run is tested in tests/platform/test_rehearsal.py and tests/unit/tools."""
    makefile = (Path(__file__).resolve().parents[2] / "Makefile").read_text(encoding="utf-8")
    for command in shown("make "):
        target, *settings = command.removeprefix("make ").split(" ", 1)
        assert f"\n{target}:" in makefile
        for setting in settings:
            assert f"$({setting.partition('=')[0]})" in makefile
