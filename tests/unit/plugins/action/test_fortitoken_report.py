# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action in real plays: it opens no connection, and no lack of data makes it fail."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal import FORMAT
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import ALREADY, facts, token, user

FAILED = facts([token("FTK200EXAMPLE001", "reimport", ALREADY, user("alice"), seed=True)])
WELL = facts([token("FTK200EXAMPLE001", "healthy", "active", user("alice"), seed=True)])
PURGE = {"changed": True, "purged": ["FTK200EXAMPLE001"], "commands": ['delete "FTK200EXAMPLE001"']}
ACTIVATE = {
    "changed": True,
    "commands": ['edit "FTK200EXAMPLE001"'],
    "results": [{"serial": "FTK200EXAMPLE001", "action": "readded", "status": "active", "settled": True}],
}

# Addresses of TEST-NET-1 (RFC 5737) and a connection that would be tried for minutes: any use of it is a timeout here.
INVENTORY = """
all:
  vars: {ansible_connection: ssh, ansible_user: nobody, ansible_ssh_timeout: 300}
  hosts:
    fw-a: {ansible_host: 192.0.2.1}
    fw-b: {ansible_host: 192.0.2.2}
    fw-c: {ansible_host: 192.0.2.3}
"""


class Play:
    """Runs one play over three hosts and keeps what each report task returned."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reports = path / "reports"
        (path / "inventory.yml").write_text(INVENTORY, encoding="utf-8")

    def run(self, tasks: list[dict[str, Any]], *options: str, hosts: str = "all") -> subprocess.CompletedProcess[str]:
        play = [{"hosts": hosts, "gather_facts": False, "tasks": tasks}]
        (self.path / "play.yml").write_text(json.dumps(play), encoding="utf-8")
        return subprocess.run(
            ["ansible-playbook", "-i", "inventory.yml", "play.yml", *options],
            cwd=self.path,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "0"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def task(self, **options: Any) -> dict[str, Any]:
        return {
            "fortiops.fortitoken.fortitoken_report": {"dest": str(self.reports), **options},
            "register": "made",
        }

    def keep(self, name: str = "made") -> dict[str, Any]:
        """A task that writes down what the report task before it returned."""
        return {
            "ansible.builtin.copy": {
                "content": "{{ made | to_json }}",
                "dest": f"{self.path}/{{{{ inventory_hostname }}}}.{name}",
            },
            "delegate_to": "localhost",
            "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        }

    def made(self, host: str, name: str = "made") -> dict[str, Any]:
        value: dict[str, Any] = json.loads((self.path / f"{host}.{name}").read_text(encoding="utf-8"))
        return value

    def report(self, host: str) -> dict[str, Any]:
        value: dict[str, Any] = json.loads((self.reports / f"{host}.json").read_text(encoding="utf-8"))
        return value

    def page(self) -> dict[str, str]:
        html = (self.reports / "index.html").read_text(encoding="utf-8")
        data = html.split('id="report-data">')[1].split("</script>")[0]
        return {unit["host"]: unit["result"] for unit in json.loads(data)["units"]}


@pytest.fixture
def play(tmp_path: Path) -> Play:
    return Play(tmp_path)


def test_run_over_units_that_cannot_be_reached(play: Play) -> None:
    task = play.task(before=FAILED, after=WELL, purge=PURGE, activate=ACTIVATE)
    done = play.run([task, play.keep()], "--limit", "fw-a,fw-b")
    assert done.returncode == 0, done.stdout + done.stderr
    made = play.made("fw-a")
    assert made["changed"] is False
    assert made["result"] == "remediated"
    assert made["passed"] is True
    assert made["attention"] == []
    assert made["summary"] == {"healthy": 1}
    assert made["path"] == str(play.reports / "fw-a.json")
    assert made["index"] == str(play.reports / "index.html")
    assert play.page() == {"fw-a": "remediated", "fw-b": "remediated"}
    ids = {play.report(host)["run"]["id"] for host in ("fw-a", "fw-b")}
    assert len(ids) == 1, "hosts of one run are known by one id"


def test_page_of_a_run_leaves_out_earlier_runs_and_names_who_is_missing(play: Play) -> None:
    first = play.run([play.task(before=WELL)])
    assert first.returncode == 0, first.stdout
    assert play.page() == dict.fromkeys(("fw-a", "fw-b", "fw-c"), "healthy")
    second = play.run(
        [
            {**play.task(before=FAILED, index=False), "when": "inventory_hostname != 'fw-c'"},
            {**play.task(unit=False), "run_once": True},
        ]
    )
    assert second.returncode == 0, second.stdout
    assert play.page() == {"fw-a": "partial", "fw-b": "partial", "fw-c": "not_reached"}


NO_DATA: dict[str, dict[str, Any]] = {
    "omitted": {},
    "empty": {"before": None, "after": "", "purge": "", "activate": None, "debug": {}, "error": {}},
    "no_such_file": {"before": "/nowhere/facts.json"},
    "unreachable": {"before": {}, "purge": {"skipped": True, "changed": False}, "error": "no route to host"},
    "odd": {"before": ["odd"], "after": 7, "purge": "odd", "activate": [1], "debug": "odd"},
}


def test_lack_of_data_is_reported_and_not_an_error(play: Play) -> None:
    tasks = [task for name, options in NO_DATA.items() for task in (play.task(**options), play.keep(name))]
    done = play.run(tasks, "--limit", "fw-a")
    assert done.returncode == 0, done.stdout
    for name in NO_DATA:
        made = play.made("fw-a", name)
        assert (made["result"], made["passed"]) == ("failed", False), name
        assert len(made["todo"]) == 1, name
    assert "/nowhere/facts.json" in play.made("fw-a", "no_such_file")["warnings"][0]


def test_registered_results_of_failed_skipped_and_missing_tasks(play: Play) -> None:
    local: dict[str, Any] = {"delegate_to": "localhost", "vars": {"ansible_connection": "local"}}
    tasks: list[dict[str, Any]] = [
        {"ansible.builtin.fail": {"msg": "the unit refused"}, "register": "purge", "ignore_errors": True, **local},
        {"ansible.builtin.debug": {"msg": "no"}, "register": "activate", "when": "false"},
        play.task(
            before=WELL,
            purge="{{ purge | default({}) }}",
            activate="{{ activate | default({}) }}",
            debug="{{ never_registered | default(omit) }}",
        ),
        play.keep(),
    ]
    done = play.run(tasks, "--limit", "fw-a")
    assert done.returncode == 0, done.stdout
    assert play.made("fw-a")["result"] == "failed"
    assert play.report("fw-a")["findings"][0]["detail"] == "the unit refused"


def test_check_mode_writes_the_report_and_claims_nothing(play: Play) -> None:
    done = play.run([play.task(before=FAILED, purge=PURGE, activate=ACTIVATE)], "--check", "--limit", "fw-a")
    assert done.returncode == 0, done.stdout
    written = play.report("fw-a")
    assert written["check_mode"] is True
    assert written["commands"] == []
    assert written["result"] == "partial"


def test_facts_from_a_file_and_options_as_words(play: Play) -> None:
    (play.path / "before.json").write_text(json.dumps(FAILED), encoding="utf-8")
    task = play.task(before=str(play.path / "before.json"), mode="audit", strict="no", index="false")
    done = play.run([task, play.keep()], "--limit", "fw-a")
    assert done.returncode == 0, done.stdout
    made = play.made("fw-a")
    assert (made["result"], made["passed"], made["index"]) == ("partial", True, None)
    assert made["attention"] == ["FTK200EXAMPLE001"]
    assert not (play.reports / "index.html").exists()


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"dest": ""}, "'dest' is missing"),
    ({"mode": "repair"}, "value of mode must be one of: remediate, audit, got: repair"),
    ({"strict": "perhaps"}, "argument 'strict' is of type"),
    ({"befor": {}}, "Unsupported parameters"),
    ({"dest": "/dev/null/reports"}, "cannot be written to /dev/null/reports"),
]


def test_wrong_options_say_what_is_wrong(play: Play) -> None:
    tasks: list[dict[str, Any]] = []
    for number, (options, _message) in enumerate(WRONG):
        tasks += [{**play.task(**options), "ignore_errors": True}, play.keep(str(number))]
    done = play.run(tasks, "--limit", "fw-a")
    assert done.returncode == 0, done.stdout
    for number, (_options, message) in enumerate(WRONG):
        made = play.made("fw-a", str(number))
        assert made["failed"] is True
        assert message in made["msg"]
    assert not play.reports.exists(), "nothing is written for a task with wrong options"


def test_open_journals_are_read_for_units_and_for_hosts_without_a_report(play: Play) -> None:
    folder = play.path / "journal"
    folder.mkdir()
    for host in ("fw-a", "fw-b"):
        entry = {"serial": "FTK200EXAMPLE001", "vdom": "root", "settings": {}}
        binding = {"serial": "FTK200EXAMPLE001", **user("alice")}
        data = {"format": FORMAT, "version": 1, "unit": {"serial": "FGT60FEXAMPLE001", "hostname": host}}
        rest = {
            "entries": [entry],
            "bindings": [binding],
            "purged": [],
            "activations": {},
            "debug": False,
            "owner": "x",
        }
        (folder / f"{host}.json").write_text(json.dumps({**data, **rest}), encoding="utf-8")
    (folder / "fw-c.json").write_text("{ not json", encoding="utf-8")
    skipped = {**FAILED, "unit": {**FAILED["unit"], "gates": [{"name": "management", "state": "skipped"}]}}
    journal = f"{folder}/{{{{ inventory_hostname }}}}.json"
    task = play.task(before=skipped, journal=journal, strict=False, index=False, options={"admins": "include"})
    done = play.run(
        [
            {**task, "when": "inventory_hostname != 'fw-b'"},
            play.keep(),
            {**play.task(unit=False, journal=str(folder)), "run_once": True},
        ]
    )
    assert done.returncode == 0, done.stdout
    # The facts show the token as it was; nothing was tried in this run.
    assert (play.made("fw-a")["result"], play.made("fw-a")["passed"]) == ("skipped", True)
    assert (play.made("fw-c")["result"], play.made("fw-c")["passed"]) == ("failed", False)
    assert play.made("fw-c")["status_line"].startswith("fw-c is failed: 2 things to do. Report: ")
    assert play.page() == {"fw-a": "skipped", "fw-b": "not_reached", "fw-c": "failed"}
    summary = (play.reports / "summary.md").read_text(encoding="utf-8")
    assert "user alice: may be disabled" in summary
    command = play.report("fw-c")["findings"][0]
    assert command["id"] == "journal_unreadable"
    assert play.report("fw-c")["options"]["admins"] == "include"
    assert play.report("fw-c")["options"]["journal_dir"] == str(folder)
