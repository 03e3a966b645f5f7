# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides' commands, run as they stand there, print what the guides show."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _approved_plan
from tests.conftest import ROOT
from tests.simulator import from_data, running
from tests.simulator.invariants import violations

from .conftest import PASSWORD, Place, Run, assert_no_secret, changes
from .test_baseline import NEW, OLD
from .test_pipeline import github, playbook_runs

GUIDES = ROOT / "docs" / "docsite" / "rst"


@dataclass(frozen=True)
class Block:
    language: str
    text: str


def blocks(guide: str) -> list[Block]:
    """The code blocks of a guide, in their order."""
    text = (GUIDES / f"{guide}.rst").read_text(encoding="utf-8")
    found = re.findall(r"^( *)\.\. code-block:: (\w+)\n\n((?:\1 +.*\n|\n)+)", text, re.MULTILINE)
    return [Block(language, textwrap.dedent(body).strip("\n")) for _indent, language, body in found]


def commands(block: Block) -> list[str]:
    return [line.removeprefix("$ ") for line in block.text.splitlines()]


def steps(guide: str) -> list[tuple[str, list[Block]]]:
    """Each command with the blocks of output that follow it."""
    made: list[tuple[str, list[Block]]] = []
    for block in blocks(guide):
        if block.language == "console":
            made += [(command, []) for command in commands(block)]
        elif made:
            made[-1][1].append(block)
    return made


def run(place: Place, command: str) -> Run:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=place.home,
        env={
            **os.environ,
            "HOME": str(place.home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_NET_USERNAME": "admin",
            "ANSIBLE_NET_PASSWORD": PASSWORD,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=280,
        check=False,
    )
    return Run(done.returncode, done.stdout, place.home / "fortitoken-report")


# Five runs of ansible-playbook.
@pytest.mark.timeout(900)
def test_a_migration_from_the_first_day_to_the_last(place: Place) -> None:
    with running(*from_data({"units": [OLD, NEW]})) as sim:
        place.add(sim)
        # The password comes from the environment: no file of this place may hold a secret.
        hosts = {
            name: {key: host[key] for key in ("ansible_host", "ansible_port")} for name, host in place.hosts.items()
        }
        variables = {
            "ansible_connection": "fortiops.fortitoken.fortios_cli",
            "ansible_fortios_known_hosts": str(place.home / "known_hosts"),
        }
        (place.home / "inventory.yml").write_text(json.dumps({"all": {"hosts": hosts, "vars": variables}}))
        codes = []
        for command, outputs in steps("guide_migration"):
            done = run(place, command)
            codes.append(done.code)
            for output in outputs:
                for line in output.text.splitlines():
                    assert line.strip() in done.output, f"{command}\ndid not print\n{line}\nbut\n{done.output}"
            assert_no_secret(sim, done)
        # The trial token of the old unit stays: its license never moves.
        assert codes == [0, 2, 0, 2, 2]
        assert violations(sim.events) == []
        assert {event["unit"] for event in changes(sim)} == {"fgt-new"}
        assert (place.home / "fortitoken-baseline" / "fgt-old.txt").exists()
        assert (place.home / "fortitoken-report" / "index.html").exists()


def test_the_pipeline_guide_shows_the_commands_of_the_examples() -> None:
    shown = [
        command for block in blocks("guide_pipelines") if block.language == "console" for command in commands(block)
    ]
    jobs = github()
    assert set(shown) == {line for lines in jobs.values() for line in lines}
    runs = [line for lines in playbook_runs(jobs).values() for line in lines]
    assert [line for line in shown if "ansible-playbook" in line] == runs


def test_the_pipeline_guide_shows_a_plan_with_all_its_parts() -> None:
    [shown] = [json.loads(block.text) for block in blocks("guide_pipelines") if block.language == "json"]
    real = _approved_plan.make("fgt-new", {"unit": {"gates": []}, "tokens": []}, {})
    assert list(shown) == list(real)
    assert set(shown["unit"]) <= set(real["unit"])
    assert set(shown["options"]) <= set(real["options"])
