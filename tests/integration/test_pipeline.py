# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example pipelines do what they say, and exit codes are those of the guide."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from tests.conftest import ROOT
from tests.simulator import Simulator, from_data, running

from .conftest import PASSWORD, Place, Run, assert_promises_kept, changes, logins

EXAMPLES = ROOT / "examples" / "pipelines"
#: Job -> the lines of its script.
Jobs = Callable[[], dict[str, list[str]]]
ALREADY = "token already activated, and seed won't be returned"
UNIT = {
    "hostname": "fw-berlin",
    "serial": "FGT60ETK18000009",
    "accounts": [{"name": "netops", "password": PASSWORD}],
    "tokens": [
        {"serial": "FTK200MIGRATE001", "seed": True, "state": ALREADY},
        {"serial": "FTK200HEALTHY001", "seed": True, "state": "active"},
    ],
    "users": [{"name": "alice", "fortitoken": "FTK200MIGRATE001", "passwd": "made-up-pw-1"}],
    "fortiguard": {"serials": {"FTK200MIGRATE001": {"lock_released": True, "delay": 0.2}}},
}


def github() -> dict[str, list[str]]:
    """Job -> its shell scripts, without the installation and what is done whatever happens."""
    jobs = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text(encoding="utf-8"))["jobs"]
    return {
        name: [step["run"] for step in job["steps"] if "run" in step and "if" not in step and step["name"] != "Install"]
        for name, job in jobs.items()
    }


def gitlab() -> dict[str, list[str]]:
    jobs = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text(encoding="utf-8"))
    return {name: jobs[name]["script"] for name in jobs["stages"]}


def playbook_runs(jobs: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: [line.strip() for line in lines if "ansible-playbook" in line] for name, lines in jobs.items()}


def test_both_examples_run_the_same_playbooks() -> None:
    assert playbook_runs(github()) == playbook_runs(gitlab())
    assert all(len(lines) == 1 for lines in playbook_runs(github()).values())


def shell(place: Place, home: Path, lines: list[str]) -> Run:
    """Run a job's script as GitHub and GitLab do: it ends with the first line that fails."""
    script = "\n".join(lines).replace("/var/lib/fortitoken/journal", str(place.home / "journal"))
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=home,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(place.home),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_NET_USERNAME": "netops",
            "ANSIBLE_NET_PASSWORD": PASSWORD,
            "LOCK_RELEASED": "FTK200MIGRATE001",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=280,
        check=False,
    )
    return Run(done.returncode, done.stdout, home / "fortitoken-report")


class Checkout:
    """A repository made of the example, with one simulated unit and what the pipeline's secrets and folders hold."""

    def __init__(self, place: Place, sim: Simulator) -> None:
        self.place = place
        self.home = place.home / "repository"
        self.home.mkdir()
        inventory = (EXAMPLES / "inventory.yml").read_text(encoding="utf-8")
        here = f"ansible_host: 127.0.0.1\n      ansible_port: {sim.port}"
        assert inventory.count("ansible_host: 192.0.2.10") == 1
        (self.home / "inventory.yml").write_text(inventory.replace("ansible_host: 192.0.2.10", here), encoding="utf-8")
        (self.home / "known_hosts").write_text(sim.known_hosts() + "\n", encoding="utf-8")

    def job(self, lines: list[str]) -> Run:
        return shell(self.place, self.home, lines)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with running(*from_data(UNIT)) as simulator:
        yield simulator


def test_a_pipeline_plans_then_applies_and_leaves_what_it_promises(place: Place, sim: Simulator) -> None:
    checkout = Checkout(place, sim)
    planned = checkout.job(gitlab()["plan"])
    assert planned.code == 0, planned.output
    assert changes(sim) == []
    assert (planned.reports / "plan" / "fw-berlin.json").exists()
    root = ElementTree.parse(planned.reports / "junit.xml").getroot()
    assert (root.get("failures"), root.get("errors")) == ("1", "0")
    assert "| fw-berlin | Work left | 2 | 1 |" in (planned.reports / "summary.md").read_text(encoding="utf-8")

    applied = checkout.job(gitlab()["apply"])
    assert applied.code == 0, applied.output
    root = ElementTree.parse(applied.reports / "junit.xml").getroot()
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    summary = (applied.reports / "summary.md").read_text(encoding="utf-8")
    assert "| fw-berlin | Remediated | 2 | 0 |" in summary
    assert applied.report("fw-berlin")["plan"]["planned"] == ["FTK200MIGRATE001"]
    assert_promises_kept(sim, applied)
    shutil.rmtree(checkout.home)


@pytest.mark.parametrize("pipeline", [github, gitlab])
@pytest.mark.parametrize("job", ["plan", "apply"])
def test_a_pipeline_notices_that_no_host_matched(place: Place, pipeline: Jobs, job: str) -> None:
    """The playbook ends with 0 then, and the report of an earlier run may still lie there."""
    home = place.home / "repository"
    (home / "fortitoken-report").mkdir(parents=True)
    (home / "fortitoken-report" / "summary.json").write_text('{"passed": true}')
    shutil.copy(EXAMPLES / "inventory.yml", home)
    script = [line + " -e remediate_hosts=fw-typo" if "ansible-playbook" in line else line for line in pipeline()[job]]
    done = shell(place, home, script)
    assert "skipping: no hosts matched" in done.output
    assert done.code == 1, done.output
    # It is the check that fails, and nothing before it.
    assert script[-1] == "test -s fortitoken-report/summary.json"
    assert shell(place, home, ["mkdir -p fortitoken-report", *script[:-1]]).code == 0


@pytest.fixture
def nobody(place: Place) -> Iterator[Place]:
    """A unit at whose address nobody listens."""
    with socket.socket() as taken:
        # Bound and not listening: every connection is refused, and nobody else gets the port.
        taken.bind(("127.0.0.1", 0))
        place.hosts["fw-away"] = {
            "ansible_host": "127.0.0.1",
            "ansible_port": taken.getsockname()[1],
            "ansible_user": "admin",
            "ansible_password": PASSWORD,
        }
        yield place


def test_a_unit_that_cannot_be_reached_fails_with_its_report(nobody: Place) -> None:
    (nobody.home / "known_hosts").touch()
    run = nobody.play("fortiops.fortitoken.remediate_tokens")
    assert run.code == 2, run.output
    assert run.report("fw-away")["result"] == "failed"
    root = ElementTree.parse(run.reports / "junit.xml").getroot()
    assert root.get("errors") == "1"
    assert 'name="fw-away"' in (run.reports / "junit.xml").read_text(encoding="utf-8")


def test_codes_of_a_run_that_does_not_begin(nobody: Place) -> None:
    audit = "fortiops.fortitoken.audit_tokens"
    assert nobody.play("fortiops.fortitoken.no_such_playbook").code == 1
    assert nobody.play(audit, "--limit", "fw-typo").code == 1
    assert nobody.play(audit, "-e", "{").code == 4
    assert nobody.play(audit, "--no-such-option").code == 2
    assert nobody.play(audit, remediate_hosts="fw-typo").code == 0
    refused = nobody.play("fortiops.fortitoken.remediate_tokens", remediate_admins="perhaps")
    assert refused.code == 2
    assert "value of remediate_admins must be one of: skip, include, got: perhaps" in refused.output
    assert not nobody.reports.exists()


def test_code_of_a_run_that_somebody_stops(place: Place, sim: Simulator) -> None:
    place.add(sim, ansible_user="netops")
    with place.start("fortiops.fortitoken.remediate_tokens") as process:
        while not logins(sim):
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGINT)
        output, _errors = process.communicate(timeout=60)
    assert process.returncode == 99, output
