# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command of the guides and the README is run here, or named here with the test that runs it.

A ``console`` block holds commands. The ``text`` block right after it shows lines of their output; each must have been
printed, where "…" stands for anything.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import COLLECTIONS_PATH, ROOT
from tests.integration.conftest import PASSWORD, Place
from tests.simulator import load, running

GUIDES = ROOT / "docs" / "docsite" / "rst"
#: Run one after the other on the same unit, in this order.
RUN_HERE = ("guide_quickstart", "guide_verdicts")
SHOWN = ("guide_awx", "guide_troubleshooting", "guide_architecture")
#: Commands that cannot be run here, and why that is no gap.
ELSEWHERE = {
    "ansible-galaxy collection install fortiops.fortitoken": "needs Galaxy; lint-artifact installs the archive",
    "python -m pip install paramiko jmespath": "how the environment of the tests was made",
    "ssh-keyscan 192.0.2.10 >> ~/.ssh/known_hosts": "tests/unit/plugins/connection tries the command that is advised",
    "ansible-builder build --file execution-environment.yml "
    "--tag registry.example.com/netops/fortitoken-ee:latest": "needs a container engine; lint-environment creates it",
    "ansible-playbook awx/configure.yml -e @vault.yml": "test_awx.py",
    "./fleet.sh private-data audit_tokens.yml workers": "test_runner.py",
    "ansible-rulebook --rulebook fortiops.fortitoken.audit_failed_activations "
    "--inventory inventory.yml --vars vars.yml": "test_events.py",
    "make demo": "a step of the pipeline",
    "make test": "this",
    "ansible-playbook -i inventory.yml fortiops.fortitoken.restore_bindings": "tests/integration/test_interrupted.py",
    "ansible-playbook -i inventory.yml fortiops.fortitoken.remediate_tokens --check --diff "
    "-e remediate_lock_released=all": "the quick start has it with serials",
    "ansible-playbook -i inventory.yml fortiops.fortitoken.remediate_tokens "
    "-e remediate_lock_released=FTK200BAA0000001,FTK200BAA0000002": "the quick start has it with other serials",
    "ansible-playbook -i inventory.yml fortiops.fortitoken.snapshot_tokens "
    "-e remediate_hosts=fw-old": "tests/integration/test_guides.py runs the guide on migration",
    "ansible-playbook -i inventory.yml fortiops.fortitoken.remediate_tokens -e remediate_hosts=fw-berlin "
    "-e remediate_baseline=fortitoken-baseline/fw-old.json": "the same guide has it with other hosts",
    "ANSIBLE_LOG_PATH=run.log ansible-playbook -i inventory.yml fortiops.fortitoken.audit_tokens "
    "-e ansible_persistent_log_messages=true": "tests/integration/test_bad_input.py writes such a log",
}


def blocks(guide: str) -> Iterator[tuple[str, list[str]]]:
    """The code blocks of a guide: language and lines, without their indent."""
    text = (GUIDES / f"{guide}.rst").read_text(encoding="utf-8")
    for match in re.finditer(r"^\.\. code-block:: (\w+)\n\n((?:[ ]{3,}.*\n|\n)+)", text, re.MULTILINE):
        lines = match[2].rstrip("\n").split("\n")
        indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        yield match[1], [line[indent:] for line in lines]


def steps(guide: str) -> list[tuple[str, list[str]]]:
    """The commands of a guide, each with the lines of output that are shown for it."""
    found: list[tuple[str, list[str]]] = []
    fresh = False
    for language, lines in blocks(guide):
        if language == "console":
            found += [(line.removeprefix("$ "), []) for line in lines if line.strip()]
        elif language == "text" and fresh:
            found[-1][1].extend(line for line in lines if line.strip())
        fresh = language == "console"
    return found


def readme() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]
    return [re.sub(r"\s+# .*", "", line) for line in lines if line.strip()]


def printed(line: str, output: str) -> bool:
    """Whether a line that a guide shows is in the output, however either is spaced."""
    pattern = r"\s+".join(re.escape(word).replace("…", ".*") for word in line.split())
    return re.search(pattern, output) is not None


def test_every_command_shown_is_run_by_a_test() -> None:
    run = {command for guide in RUN_HERE for command, _output in steps(guide)}
    shown = run | {command for guide in SHOWN for command, _output in steps(guide)} | set(readme())
    assert len(run) > 5
    documented = {"ansible-doc -t connection fortiops.fortitoken.fortios_cli"}
    assert shown - run - documented - set(ELSEWHERE) == set()
    assert set(ELSEWHERE) - shown == set(), "no longer shown anywhere"


def test_the_quick_start_says_what_happens(place: Place) -> None:
    inventory = next(lines for _kind, lines in blocks("guide_quickstart") if lines[0] == "# inventory.yml")
    (place.home / "inventory.yml").write_text("\n".join(inventory))
    with running(*load("migrated")) as sim:
        place.add(sim)
        (variables,) = place.hosts.values()
        # The guide's unit is the simulated one, and its vault is here.
        own = {**variables, "ansible_fortios_known_hosts": str(place.home / "known_hosts")}
        own |= {"ansible_password": "{{ vault_fortigate_password }}", "vault_fortigate_password": PASSWORD}
        (place.home / "host_vars").mkdir()
        (place.home / "host_vars" / "fw-berlin.json").write_text(json.dumps(own))
        for guide in RUN_HERE:
            for command, shown in steps(guide):
                if command in ELSEWHERE:
                    continue
                output = run(command, place.home)
                missing = [line for line in shown if not printed(line, output)]
                assert not missing, f"{command}\nwas to print {missing}\nand printed\n{output}"
        assert list((place.home / "fortitoken-report").glob("index.html"))


def run(command: str, home: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "HOME": str(home), "PATH": path, "COLUMNS": "200", "ANSIBLE_NOCOLOR": "1"}
    result = subprocess.run(
        command,
        shell=True,
        cwd=home,
        env={**environment, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS_PATH)},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return result.stdout


def test_the_manual_of_the_connection_can_be_read(tmp_path: Path) -> None:
    ((command, shown),) = (step for step in steps("guide_troubleshooting") if step[0].startswith("ansible-doc"))
    output = run(command, tmp_path)
    assert [line for line in shown if not printed(line, output)] == [], output[:2000]


@pytest.mark.parametrize("guide", [*RUN_HERE, *SHOWN])
def test_every_guide_is_on_the_site(guide: str) -> None:
    assert f"- {guide}\n" in (ROOT / "docs" / "docsite" / "extra-docs.yml").read_text(encoding="utf-8")
