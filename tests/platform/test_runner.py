# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks under the real ansible-runner: as AWX starts a job, and as a fleet over workers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.conftest import COLLECTIONS_PATH, ROOT
from tests.integration.conftest import PASSWORD, Place
from tests.simulator import Simulator, from_data, running
from tests.simulator.invariants import violations

BIN = Path(sys.executable).parent
#: AWX drops the result in an event above this size (MAX_EVENT_RES_DATA).
EVENT_BYTES = 700_000

#: What AWX 24 puts into env/envvars of a job, with its own paths taken for those of the test.
AWX_ENVIRONMENT = {
    "ANSIBLE_FORCE_COLOR": "True",
    "ANSIBLE_HOST_KEY_CHECKING": "False",
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
    "ANSIBLE_PARAMIKO_RECORD_HOST_KEYS": "False",
    "ANSIBLE_RETRY_FILES_ENABLED": "False",
    "AWX_HOST": "https://awx.example.com",
    "INVENTORY_HOSTVARS": "True",
    "INVENTORY_ID": "3",
    "JOB_ID": "42",
    "MAX_EVENT_RES": str(EVENT_BYTES),
    "PROJECT_REVISION": "0" * 40,
}
#: And into env/extravars.
AWX_VARIABLES = {
    "awx_job_id": 42,
    "awx_job_launch_type": "manual",
    "awx_job_template_name": "FortiTokens: remediate",
    "awx_project_revision": "0" * 40,
    "awx_user_name": "operator",
    "tower_job_id": 42,
    "tower_job_template_name": "FortiTokens: remediate",
}


def private_data(folder: Path, sim: Simulator, groups: dict[str, list[str]], **variables: Any) -> Path:
    """A private data directory with the shipped project in it, and the collection where AWX has it installed for a job.

    That is not the project but a folder beside it, to which AWX points by ANSIBLE_COLLECTIONS_PATH (build_env in
    awx/main/tasks/jobs.py of AWX 24).
    """
    hosts = {
        unit.name: {"ansible_host": "127.0.0.1", "ansible_port": unit.port, "ansible_connection": CONNECTION}
        for unit in sim.units
    }
    inventory = {
        "all": {"hosts": hosts, "children": {g: {"hosts": dict.fromkeys(names)} for g, names in groups.items()}}
    }
    shutil.copytree(ROOT / "examples" / "awx-project", folder / "project")
    installed = folder / "requirements_collections" / "ansible_collections" / "fortiops"
    installed.mkdir(parents=True)
    (installed / "fortitoken").symlink_to(COLLECTIONS_PATH / "ansible_collections" / "fortiops" / "fortitoken")
    for name in ("env", "inventory", "home"):
        (folder / name).mkdir()
    (folder / "inventory" / "hosts.json").write_text(json.dumps(inventory))
    (folder / "env" / "extravars").write_text(json.dumps({**AWX_VARIABLES, **variables}))
    paths = f"{folder / 'requirements_collections'}:~/.ansible/collections:/usr/share/ansible/collections"
    settings = {**AWX_ENVIRONMENT, "ANSIBLE_COLLECTIONS_PATH": paths}
    (folder / "env" / "envvars").write_text(json.dumps(settings))
    # A machine credential with user and password: always a user on the command line, and the password typed.
    (folder / "env" / "cmdline").write_text("-u admin --ask-pass --diff")
    (folder / "env" / "passwords").write_text(json.dumps({r"^SSH password:\s*?$": PASSWORD}))
    return folder


CONNECTION = "fortiops.fortitoken.fortios_cli"


def environment(home: Path) -> dict[str, str]:
    """The surroundings of a job: nothing but the job's own settings leads to the collection."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {**kept, "HOME": str(home), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


def events(artifacts: Path) -> list[dict[str, Any]]:
    paths = sorted((artifacts / "job_events").glob("*.json"), key=lambda path: int(path.name.split("-")[0]))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def assert_no_event_was_cut(seen: list[dict[str, Any]]) -> None:
    """Of whatever kind: a result, a diff, a failure. The runner puts nothing in the place of a result it drops."""
    assert {"runner_on_ok", "runner_on_file_diff", "runner_on_skipped"} <= {event["event"] for event in seen}
    data = [(event["event"], event.get("event_data", {})) for event in seen]
    size, kind, task = max((len(json.dumps(fields).encode()), kind, str(fields.get("task"))) for kind, fields in data)
    assert size < EVENT_BYTES, f"{kind} of {task}"
    assert [fields["task"] for _kind, fields in data if fields.get("res") == {}] == []


def test_a_job_as_awx_runs_it(place: Place) -> None:
    """What a unit of 20,000 tokens has to repair: carried in the tasks' results as it is, AWX would cut it."""
    failed = "token already activated, and seed won't be returned"
    tokens = [{"serial": f"FTK200AWX{number:07}", "seed": True, "state": "active"} for number in range(50)]
    tokens += [{"serial": f"FTK200OLD{number:07}", "seed": True, "state": failed} for number in range(2000)]
    tokens += [{"serial": f"FTK200NEW{number:07}", "state": "new"} for number in range(100)]
    users = [
        {"name": f"user{number}", "fortitoken": token["serial"], "passwd": f"made-up-pw-{number}"}
        for number, token in enumerate(tokens)
    ]
    fortiguard = {"default": {"lock_released": True}, "delay": 0.2}
    unit = {"hostname": "fgt-awx", "tokens": tokens, "users": users, "fortiguard": fortiguard}
    with running(*from_data(unit)) as sim:
        reports = place.home / "reports"
        data = private_data(
            place.home / "data",
            sim,
            {},
            remediate_lock_released="all",
            remediate_provision="false",
            remediate_report_dir=str(reports),
            remediate_journal_dir=str(place.home / "journal"),
        )
        command = [str(BIN / "ansible-runner"), "run", str(data), "-p", "remediate_tokens.yml", "--ident", "42"]
        result = subprocess.run(command, env=environment(place.home), check=False, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout[-5000:] + result.stderr
        assert violations(sim.events) == []
        secrets = [*sim.secrets(), PASSWORD]

    artifacts = data / "artifacts" / "42"
    assert (artifacts / "rc").read_text() == "0"
    assert (artifacts / "status").read_text() == "successful"
    seen = events(artifacts)
    assert_no_event_was_cut(seen)
    done = {e["event_data"]["task"]: e["event_data"]["res"] for e in seen if e["event"] == "runner_on_ok"}
    repaired = done["Repair the tokens in waves"]
    assert (len(repaired["entries"]), len(repaired["bindings"])) == (2000, 2000)
    (stats,) = (event["event_data"] for event in seen if event["event"] == "playbook_on_stats")
    assert stats["artifact_data"]["fortitoken"]["results"] == {"remediated": 1}
    assert stats["changed"] == {"fgt-awx": 1}
    report = json.loads((reports / "fgt-awx.json").read_text())
    assert report["result"] == "remediated"
    # Nothing that was left out of an event is missing in the report.
    assert sum(1 for line in report["commands"] if line.startswith("delete ")) == 2000
    assert {token["action"] for token in report["tokens"]} == {"none", "readded", "activated"}
    for path in [*artifacts.rglob("*"), *reports.rglob("*")]:
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [secret for secret in secrets if secret in text], f"a secret is in {path}"


def test_a_fleet_over_two_workers_ends_in_one_list(place: Place) -> None:
    names = [f"fgt-{number}" for number in range(1, 5)]
    token = {"serial": "FTK200HEALTHY001", "seed": True, "state": "active"}
    failing = {
        "serial": "FTK200MIGRATE001",
        "seed": True,
        "state": "token already activated, and seed won't be returned",
    }
    units = [{"hostname": name, "tokens": [failing if name == "fgt-3" else token]} for name in names]
    example = ROOT / "examples" / "runner"
    with running(*from_data({"units": units})) as sim:
        data = private_data(place.home / "data", sim, {"berlin": names[:2], "hamburg": names[2:]})
        # As the example has it, but with everything on this machine.
        shutil.copy(example / "extravars.example", data / "env" / "extravars")
        workers = (example / "workers.example").read_text()
        for group in ("berlin", "hamburg"):
            workers = workers.replace(f"ssh worker-{group}.example.com ansible-runner", "ansible-runner")
        assert "ssh" not in workers
        (place.home / "workers").write_text(workers)
        command = [str(example / "fleet.sh"), str(data), "audit_tokens.yml", str(place.home / "workers")]
        result = subprocess.run(command, env=environment(place.home), check=False, capture_output=True, text=True)
        log = "".join(path.read_text() for path in (data / "artifacts").glob("*.log"))
        assert result.returncode == 0, result.stdout + result.stderr + log[-5000:]
        assert {e["unit"]: 1 for e in sim.events if e["type"] == "login"} == dict.fromkeys(names, 1)
    assert "berlin: 0\nhamburg: 0\n" in result.stdout
    fleet = json.loads((data / "fleet" / "fleet.json").read_text())
    assert {unit["host"]: unit["result"] for unit in fleet} == {
        **dict.fromkeys(names, "healthy"),
        "fgt-3": "partial",
    }
    assert "| fgt-3 | partial | 1 |" in result.stdout
