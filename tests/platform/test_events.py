# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebook: valid for ansible-rulebook, and letting through only what a FortiGate posts.

It is checked against ansible-rulebook's own schema. Running it would take a Java runtime on every machine.
"""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
RULEBOOK = ROOT / "extensions" / "eda" / "rulebooks" / "audit_failed_activations.yml"
EVENT = {"logid": "0100032159", "devname": "fgt-eda", "serialno": "FTK200MIGRATE001"}


def schema() -> dict[str, Any]:
    # Importing the package would start a Java runtime.
    spec = importlib.util.find_spec("ansible_rulebook")
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).parent / "schema" / "ruleset_schema.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def rulesets() -> list[dict[str, Any]]:
    return list(yaml.safe_load(RULEBOOK.read_text(encoding="utf-8")))


def test_the_rulebook_follows_the_schema_of_ansible_rulebook(rulesets: list[dict[str, Any]]) -> None:
    jsonschema.validate(rulesets, schema())


def test_the_schema_would_refuse_a_mistake(rulesets: list[dict[str, Any]]) -> None:
    rulesets = json.loads(json.dumps(rulesets))
    rulesets[0]["rules"][0]["acton"] = rulesets[0]["rules"][0].pop("action")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(rulesets, schema())


def lets_through(rulesets: list[dict[str, Any]], event: dict[str, str]) -> bool:
    """Evaluate the condition, which is made of regular expressions on fields of the event and nothing else."""
    [rule] = rulesets[0]["rules"]
    tests = re.findall(r'event\.payload\.(\w+) is regex\("([^"]+)"\)', rule["condition"])
    rest = re.sub(r'event\.payload\.\w+ is regex\("[^"]+"\)', "", rule["condition"])
    assert rest.split() == ["and"] * (len(tests) - 1), "the condition has a form that this test does not know"
    return all(re.search(pattern, event[name]) for name, pattern in tests)


def test_what_a_unit_posts_makes_an_audit_that_changes_nothing(rulesets: list[dict[str, Any]]) -> None:
    assert lets_through(rulesets, EVENT)
    action = rulesets[0]["rules"][0]["action"]["run_playbook"]
    assert action["name"] == "fortiops.fortitoken.audit_tokens"
    assert action["extra_vars"]["remediate_hosts"] == "{{ event.payload.devname }}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"logid": "0100032155"},
        {"devname": "all:!fgt-eda"},
        {"devname": "{{ lookup('ansible.builtin.pipe', 'id') }}"},
        {"devname": "fgt-eda,fgt-other"},
        {"devname": "-e@file"},
        {"serialno": "{{ lookup('ansible.builtin.pipe', 'id') }}"},
    ],
)
def test_nothing_else_reaches_a_playbook(rulesets: list[dict[str, Any]], wrong: dict[str, str]) -> None:
    assert not lets_through(rulesets, {**EVENT, **wrong})
