# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project for AWX: what its configuration sends, and that everything in it fits the role."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import COLLECTIONS_PATH, ROOT

from .fake_awx import TOKEN, FakeAwx, serving

PROJECT = ROOT / "examples" / "awx-project"
EXTRA_COLLECTIONS = Path(os.environ.get("EXTRA_COLLECTIONS") or ROOT / ".cache" / "collections")
ACCOUNT = {"awx_fortigate_username": "netops", "awx_fortigate_password": "made-up-pw"}


class _Loader(yaml.SafeLoader):
    """Ansible's tags mean nothing here."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))  # type: ignore[arg-type]


def role_options(role: str) -> Mapping[str, Any]:
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    options: dict[str, Any] = specs["argument_specs"]["main"]["options"]
    return options


def surveys() -> dict[str, list[dict[str, Any]]]:
    """The questions of every survey that is shipped, by where they stand."""
    variables = yaml.load((PROJECT / "awx" / "vars.yml").read_text(encoding="utf-8"), _Loader)
    return {"awx": variables["awx_survey"]["spec"], "enroll": variables["awx_enroll_survey"]["spec"]}


def configure(address: str, home: Path) -> None:
    """Run the project's configure.yml against an AWX."""
    manifest = EXTRA_COLLECTIONS / "ansible_collections" / "awx" / "awx" / "MANIFEST.json"
    assert manifest.is_file(), f"awx.awx is not in {EXTRA_COLLECTIONS}: python -m tests.tools.awx_collection does it"
    (home / "account.json").write_text(json.dumps(ACCOUNT))
    result = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "awx/configure.yml"),
            *("-e", f"@{home / 'account.json'}"),
        ],
        cwd=PROJECT,
        env={
            **os.environ,
            "HOME": str(home),
            "ANSIBLE_COLLECTIONS_PATH": f"{COLLECTIONS_PATH}{os.pathsep}{EXTRA_COLLECTIONS}",
            "CONTROLLER_HOST": address,
            "CONTROLLER_OAUTH_TOKEN": TOKEN,
        },
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    assert ACCOUNT["awx_fortigate_password"] not in result.stdout


def test_awx_is_set_up_as_code_and_a_second_run_makes_nothing_twice(tmp_path: Path) -> None:
    """The real modules of awx.awx take every option; what they have sent is looked at afterwards."""
    with serving() as (awx, address):
        configure(address, tmp_path)
        first = {endpoint: len(items) for endpoint, items in awx.objects.items() if items}
        configure(address, tmp_path)
    assert not awx.unauthorised
    assert {endpoint: len(items) for endpoint, items in awx.objects.items() if items} == first
    assert_templates_fit_the_project(awx)
    assert_the_credential_reaches_connection_and_role(awx)
    assert_a_person_is_asked_between_looking_and_changing(awx)
    assert_codes_are_sent_on_a_schedule_that_a_person_turns_on(awx)


def assert_codes_are_sent_on_a_schedule_that_a_person_turns_on(awx: FakeAwx) -> None:
    schedule = awx.named("schedules", "FortiTokens: enroll every six hours")
    template = awx.named("job_templates", "FortiTokens: enroll")
    assert schedule["unified_job_template"] == template["id"] and schedule["enabled"] is False
    assert "FREQ=HOURLY;INTERVAL=6" in schedule["rrule"]
    questions = awx.surveys[f"job_templates/{template['id']}/survey_spec"]["spec"]
    assert questions[0]["variable"] == "enroll_again"
    # What lasts between two jobs must not be in the container of one.
    assert json.loads(template["extra_vars"])["enroll_state_dir"].startswith("/var/")


def assert_templates_fit_the_project(awx: FakeAwx) -> None:
    assert awx.names("job_templates") == ["FortiTokens: audit", "FortiTokens: enroll", "FortiTokens: remediate"]
    for template in awx.objects["job_templates"].values():
        assert (PROJECT / template["playbook"]).is_file()
        assert template["inventory"] == awx.named("inventories", "FortiGates")["id"]
        assert awx.linked("job_templates", template["name"], "credentials") == [
            awx.named("credentials", "FortiGate account of the FortiToken remediation")["id"]
        ]
    source = awx.named("inventory_sources", "FortiGates of the project")
    assert (PROJECT / source["source_path"]).is_file()


def assert_the_credential_reaches_connection_and_role(awx: FakeAwx) -> None:
    kind = awx.named("credential_types", "FortiGate with FortiToken licences")
    # Templates of AWX, which it fills in for each job: they must arrive there as they are.
    assert kind["injectors"] == {
        "env": {"ANSIBLE_NET_USERNAME": "{{ username }}", "ANSIBLE_NET_PASSWORD": "{{ password }}"},
        "extra_vars": {"remediate_license_codes": "{{ license_codes }}"},
    }
    fields = {field["id"]: field.get("secret", False) for field in kind["inputs"]["fields"]}
    assert fields == {"username": False, "password": True, "license_codes": True}
    connection = yaml.safe_load(_documentation("fortios_cli"))["options"]
    read = {entry["name"] for option in connection.values() for entry in option.get("env", [])}
    assert set(kind["injectors"]["env"]) <= read


def _documentation(plugin: str) -> str:
    text = (ROOT / "plugins" / "connection" / f"{plugin}.py").read_text(encoding="utf-8")
    return text.split('DOCUMENTATION = r"""')[1].split('"""')[0]


def assert_a_person_is_asked_between_looking_and_changing(awx: FakeAwx) -> None:
    nodes = {name: awx.named("workflow_job_template_nodes", name) for name in ("audit", "approval", "remediate")}
    links = {
        (name, kind): awx.linked("workflow_job_template_nodes", name, f"{kind}_nodes")
        for name in nodes
        for kind in ("always", "success", "failure")
    }
    assert {key: value for key, value in links.items() if value} == {
        ("audit", "always"): [nodes["approval"]["id"]],
        ("approval", "success"): [nodes["remediate"]["id"]],
    }
    for name in ("audit", "remediate"):
        assert nodes[name]["unified_job_template"] == awx.named("job_templates", f"FortiTokens: {name}")["id"]
    assert "workflow_approval_templates" in nodes["approval"]["related"]["unified_job_template"]


@pytest.mark.parametrize("survey", sorted(surveys()))
def test_every_question_is_a_variable_of_the_role_with_an_answer_that_it_takes(survey: str) -> None:
    options = role_options("enroll" if survey == "enroll" else "remediate")
    questions = surveys()[survey]
    assert questions
    for question in questions:
        option = options[question["variable"]]
        choices = option.get("choices") or (["true", "false"] if option["type"] == "bool" else None)
        assert sorted(question.get("choices", [])) == sorted(choices or []), question
        assert question["type"] == ("multiplechoice" if choices else {"int": "integer"}.get(option["type"], "text"))
        if choices and survey == "awx":
            assert str(question["default"]).lower() == str(option["default"]).lower()
        if "min" in question and option["type"] == "int":
            assert question["min"] <= option["default"] <= question["max"]
