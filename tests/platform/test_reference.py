# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages list is what there is: every variable in its group, and the figures of the benchmark."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

PAGES = ROOT / "docs" / "docsite" / "rst"
#: Playbook -> role and entry point that it uses.
PLAYBOOKS = {
    "audit_tokens": ("remediate", "audit"),
    "enroll_tokens": ("enroll", "main"),
    "remediate_tokens": ("remediate", "main"),
    "restore_bindings": ("remediate", "restore"),
    "snapshot_tokens": ("remediate", "snapshot"),
}


def spec(role: str, entry: str) -> dict[str, Any]:
    text = (ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["argument_specs"][entry]
    return found


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_the_page_of_the_playbooks_lists_exactly_the_variables(playbook: str) -> None:
    role, entry = PLAYBOOKS[playbook]
    text = (PAGES / "playbooks.rst").read_text(encoding="utf-8")
    section = re.search(rf"^{playbook}\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", text, re.DOTALL | re.MULTILINE)
    assert section
    listed = re.findall(r"``(\w+)``", section[1])
    assert sorted({name for name in listed if name.startswith(f"{role}_")} - {f"{role}_hosts"}) == sorted(
        spec(role, entry)["options"]
    )


def test_every_playbook_is_on_that_page_once() -> None:
    text = (PAGES / "playbooks.rst").read_text(encoding="utf-8")
    there = re.findall(r"^(\w+)\n-+$", text, re.MULTILINE)
    assert sorted(there) == sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))


def test_the_page_of_the_role_groups_every_variable() -> None:
    described = " ".join(line for line in spec("remediate", "main")["description"] if re.match(r"[A-Z]\w+[:,]", line))
    grouped = re.findall(r"O\((remediate_\w+)\)", described)
    assert sorted(grouped) == sorted(spec("remediate", "main")["options"])
    rows = re.findall(r"^\| `(remediate_\w+)` \|", (ROOT / "roles/remediate/README.md").read_text(), re.MULTILINE)
    of_all = {
        name for entry in ("main", "audit", "restore", "snapshot") for name in spec("remediate", entry)["options"]
    }
    assert sorted(rows) == sorted(of_all)


def test_the_figures_of_readme_are_those_of_the_benchmark() -> None:
    turns = {}
    table = (PAGES / "benchmarks.rst").read_text(encoding="utf-8").split(".. csv-table:: Remediation")[1]
    lines = [line.strip() for line in table.split(".. csv-table::")[0].splitlines()]
    for row in csv.reader(lines, skipinitialspace=True):
        if row[:2] == ["paged", "500"]:
            turns[row[3]] = row[4].replace(",", "")
    sentence = re.search(r"75 of 500 tokens[^.]*\.", (ROOT / "README.md").read_text().replace("1.0.0", "1-0-0"))
    assert sentence
    shown = re.findall(r"\b\d[\d,]*\b", sentence[0].replace("1-0-0", ""))
    names = ("fortiops.fortitoken, one wave", "fortiops.fortitoken", "netmiko", "fortiops.fortitoken 1.0.0")
    assert [number.replace(",", "") for number in shown] == ["75", "500", *(turns[name] for name in names)]
