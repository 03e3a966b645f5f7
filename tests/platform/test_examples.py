# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples: every playbook can be loaded, and those that do something with a unit do it on a simulated one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import COLLECTIONS_PATH, ROOT
from tests.integration.conftest import PASSWORD, Place, assert_no_secret, changes
from tests.simulator import from_data, running

from .test_awx import EXTRA_COLLECTIONS

EXAMPLES = ROOT / "examples"
BIN = Path(sys.executable).parent
FAILED = "token already activated, and seed won't be returned"
UNITS = 300

#: A module that keeps what it was given, and answers from what it was given before. ``NAME``: of its file below
#: STAND_IN_DIR. Its options are those that servicenow.itsm 2 and community.general 12 document.
_MODULE = """
import json, os
from ansible.module_utils.basic import AnsibleModule
def main():
    module = AnsibleModule(argument_spec=json.loads(r'''OPTIONS'''))
    path = os.path.join(os.environ["STAND_IN_DIR"], "NAME.jsonl")
    lines = open(path).read().splitlines() if os.path.exists(path) else []
    known = [json.loads(line) for line in lines]
    given = {key: value for key, value in module.params.items() if value is not None}
    ANSWER
if __name__ == "__main__":
    main()
"""
_KEEP = """
    open(path, "a").write(json.dumps(given) + "\\n")
    module.exit_json(changed=True, record={})
"""
_INCIDENT = {name: {"type": "str"} for name in ("state", "caller", "short_description", "description")} | {
    "impact": {"type": "str"},
    "urgency": {"type": "str"},
    "other": {"type": "dict"},
    "instance": {"type": "dict"},
}
_JIRA = {
    **{name: {"type": "str"} for name in ("uri", "username", "project", "issuetype", "summary", "description", "jql")},
    "operation": {"type": "str", "required": True},
    "password": {"type": "str", "no_log": True},
    "fields": {"type": "dict"},
    "maxresults": {"type": "int"},
}
#: Collection and kind of plugin -> name -> source.
STAND_INS = {
    "servicenow/itsm/plugins/modules/incident.py": _MODULE.replace("OPTIONS", json.dumps(_INCIDENT))
    .replace("NAME", "servicenow")
    .replace("ANSWER", _KEEP.strip()),
    "servicenow/itsm/plugins/modules/incident_info.py": _MODULE.replace(
        "OPTIONS", json.dumps({"query": {"type": "list", "elements": "dict"}, "instance": {"type": "dict"}})
    )
    .replace("NAME", "servicenow")
    .replace(
        "ANSWER",
        'wanted = given["query"][0]["correlation_id"].removeprefix("= ")\n'
        '    module.exit_json(records=[i for i in known if i["other"]["correlation_id"] == wanted])',
    ),
    "community/general/plugins/modules/jira.py": _MODULE.replace("OPTIONS", json.dumps(_JIRA))
    .replace("NAME", "jira")
    .replace(
        "ANSWER",
        'if given["operation"] == "search":\n'
        '        found = [i for i in known if i["fields"]["labels"][0] in given["jql"]]\n'
        '        module.exit_json(meta={"issues": found})\n    ' + _KEEP.strip(),
    ),
    "community/hashi_vault/plugins/lookup/vault_kv2_get.py": """
from ansible.plugins.lookup import LookupBase
DOCUMENTATION = '''
name: vault_kv2_get
short_description: A stand-in
description: A stand-in.
author: FortiOps contributors
options:
  _terms: {description: Paths., type: str, required: true}
  engine_mount_point: {description: Mount point., type: str}
'''
class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        assert terms == ["network/fortigate/fw-berlin"], terms
        return [{"secret": {"username": "admin", "password": "PASSWORD"}}]
""".replace("PASSWORD", PASSWORD),
    "cyberark/conjur/plugins/lookup/conjur_variable.py": """
from ansible.plugins.lookup import LookupBase
class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        known = {"username": "admin", "password": "PASSWORD"}
        return [known[term.removeprefix("network/fortigate/fw-berlin/")] for term in terms]
""".replace("PASSWORD", PASSWORD),
}


def stand_ins(folder: Path, *paths: str) -> Path:
    """Write stand-ins of other collections' plugins below ``folder``, and return it."""
    for path in paths or tuple(STAND_INS):
        file = folder / "ansible_collections" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(STAND_INS[path])
    return folder


def ansible(program: str, *arguments: str, cwd: Path, home: Path, collections: Path | None = None) -> str:
    """Run a program of Ansible and return what it printed. Fails the test if it fails."""
    paths = [str(path) for path in (collections, COLLECTIONS_PATH, EXTRA_COLLECTIONS) if path]
    done = subprocess.run(
        [str(BIN / program), *arguments],
        cwd=cwd,
        env={
            **os.environ,
            "HOME": str(home),
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(paths),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "STAND_IN_DIR": str(home),
        },
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def _is_playbook(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return path.name != "vars.yml" and ("\n- name:" in text or text.startswith("- name:")) and "hosts:" in text


PLAYBOOKS = sorted(str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*.yml") if _is_playbook(path))


def test_the_playbooks_of_the_examples_are_found() -> None:
    assert {
        "awx-project/awx/configure.yml",
        "awx-project/awx/external_secrets.yml",
        "awx-project/apply_plan.yml",
        "credentials/cyberark_conjur.yml",
        "credentials/hashicorp_vault.yml",
        "fortinet-fortios/remediate_tokens.yml",
        "tickets/jira.yml",
        "tickets/servicenow.yml",
    } <= set(PLAYBOOKS)


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_every_playbook_of_the_examples_can_be_loaded(playbook: str, tmp_path: Path) -> None:
    """With the real collections; only servicenow.itsm is not to be had from PyPI."""
    made = stand_ins(tmp_path, *(path for path in STAND_INS if path.startswith("servicenow/")))
    path = EXAMPLES / playbook
    ansible(
        *("ansible-playbook", "-i", "localhost,", "--syntax-check", str(path)),
        cwd=path.parent,
        home=tmp_path,
        collections=made,
    )


@pytest.mark.parametrize(
    ("lookup", "options"),
    [
        ("community.hashi_vault.vault_kv2_get", ["engine_mount_point"]),
        ("cyberark.conjur.conjur_variable", ["conjur_appliance_url", "conjur_account", "conjur_authn_login"]),
    ],
)
def test_the_lookups_have_the_options_that_the_examples_use(lookup: str, options: list[str], tmp_path: Path) -> None:
    shown = ansible("ansible-doc", "-t", "lookup", "-j", lookup, cwd=tmp_path, home=tmp_path)
    documented = json.loads(shown[shown.index("{") :])[lookup]["doc"]["options"]
    assert set(options) <= set(documented)


def unit(name: str = "fw-berlin", released: bool = True) -> dict[str, Any]:
    tokens = [
        {"serial": "FTK200MIGRATE001", "seed": True, "state": FAILED},
        {"serial": "FTK200HEALTHY001", "seed": True, "state": "active"},
    ]
    users = [{"name": "alice", "fortitoken": "FTK200MIGRATE001", "passwd": "made-up-pw-1"}]
    fortiguard = {"default": {"lock_released": released}, "delay": 0.2}
    return {"hostname": name, "tokens": tokens, "users": users, "fortiguard": fortiguard}


def test_an_inventory_of_fortinet_fortios_stays_as_it_is(place: Place) -> None:
    """Network OS, httpapi and token of the API stay; the play's own variables win."""
    example = EXAMPLES / "fortinet-fortios"
    inventory = yaml.safe_load((example / "inventory.yml").read_text(encoding="utf-8"))
    with running(*from_data(unit())) as sim:
        hosts = inventory["all"]["children"]["fortigates"]["hosts"]
        hosts["fw-berlin"]["ansible_host"] = sim.host
        (place.home / "inventory.yml").write_text(yaml.safe_dump(inventory))
        (place.home / "known_hosts").write_text(sim.known_hosts() + "\n")
        given = {
            "vault_fw_berlin_token": "made-up-api-token",
            "fortigate_ssh_user": "admin",
            "fortigate_ssh_password": PASSWORD,
            "fortigate_ssh_port": sim.port,
            "ansible_fortios_known_hosts": str(place.home / "known_hosts"),
            "remediate_lock_released": "FTK200MIGRATE001",
        }
        (place.home / "vault.json").write_text(json.dumps(given))
        shown = ansible(
            *("ansible-playbook", "-i", "inventory.yml", str(example / "remediate_tokens.yml"), "-e", "@vault.json"),
            cwd=place.home,
            home=place.home,
        )
        assert "fw-berlin is remediated" in shown or "1 token repaired" in shown
        assert PASSWORD not in shown
        assert "made-up-api-token" not in shown
        assert changes(sim)
        (place.home / "vault.json").unlink()
    assert json.loads((place.home / "fortitoken-report" / "fw-berlin.json").read_text())["result"] == "remediated"


@pytest.mark.parametrize("playbook", ["hashicorp_vault.yml", "cyberark_conjur.yml"])
def test_a_login_from_a_secret_store_reaches_the_unit_and_is_not_shown(place: Place, playbook: str) -> None:
    made = stand_ins(place.home / "stand-ins", *(path for path in STAND_INS if "/lookup/" in path))
    with running(*from_data(unit())) as sim:
        host = {"ansible_host": sim.host, "ansible_port": sim.port}
        variables = {"ansible_fortios_known_hosts": str(place.home / "known_hosts"), "remediate_strict": False}
        inventory = {"all": {"hosts": {"fw-berlin": host}, "vars": variables}}
        (place.home / "inventory.json").write_text(json.dumps(inventory))
        (place.home / "known_hosts").write_text(sim.known_hosts() + "\n")
        shown = ansible(
            *("ansible-playbook", "-i", "inventory.json", "-vv", str(EXAMPLES / "credentials" / playbook)),
            cwd=place.home,
            home=place.home,
            collections=made,
        )
        assert PASSWORD not in shown
        assert [event["unit"] for event in sim.events if event["type"] == "login"] == ["fw-berlin"]


def test_300_units_from_csv_and_from_fortimanager(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "inventories" / "units.py", tmp_path)
    rows = [f'"fw-{number:03}",192.0.2.{number % 250 + 1},"Site {number % 3}; North"' for number in range(UNITS)]
    # As a spreadsheet writes it: with a mark of its encoding, and line breaks of another system.
    table = "\ufeffDevice Name,IP Address,Site\r\n" + "\r\n".join(rows) + "\r\n"
    (tmp_path / "units.csv").write_bytes(table.encode())
    listed = json.loads(ansible("ansible-inventory", "-i", "units.py", "--list", cwd=tmp_path, home=tmp_path))
    hosts = listed["_meta"]["hostvars"]
    assert len(hosts) == UNITS
    assert hosts["fw-007"] == {
        "ansible_host": "192.0.2.8",
        "ansible_connection": "fortiops.fortitoken.fortios_cli",
    }
    assert len(listed["Site_1__North"]["hosts"]) == UNITS / 3

    (tmp_path / "units.csv").write_text("name,ip,group\nfw-1,192.0.2.1,fortigates\nfw-2,192.0.2.2,all\n")
    listed = json.loads(ansible("ansible-inventory", "-i", "units.py", "--list", cwd=tmp_path, home=tmp_path))
    assert listed["_meta"]["hostvars"]["fw-2"]["ansible_connection"] == "fortiops.fortitoken.fortios_cli"

    (tmp_path / "units.csv").unlink()
    answer = json.loads((EXAMPLES / "inventories" / "units.json").read_text(encoding="utf-8"))
    sample = answer["result"][0]["data"][0]
    answer["result"][0]["data"] = [{**sample, "name": f"fw-{number:03}"} for number in range(UNITS)]
    (tmp_path / "units.json").write_text(json.dumps(answer))
    listed = json.loads(ansible("ansible-inventory", "-i", "units.py", "--list", cwd=tmp_path, home=tmp_path))
    assert len(listed["_meta"]["hostvars"]) == UNITS


@pytest.mark.parametrize("content", ["Device Name,IP Address\nfw-1,\n", "Name,IP\nfw-1,192.0.2.1\nfw-1,192.0.2.2\n"])
def test_a_table_that_lacks_something_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "units.csv").write_text(content)
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "inventories" / "units.py"), "--list"],
        env={**os.environ, "FORTIGATE_UNITS": str(tmp_path / "units.csv")},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "Unit" in done.stderr


@pytest.mark.parametrize("system", ["servicenow", "jira"])
def test_each_thing_to_do_becomes_one_ticket_and_a_second_run_opens_none(place: Place, system: str) -> None:
    made = stand_ins(place.home / "stand-ins", *(path for path in STAND_INS if "/modules/" in path))
    with running(*from_data({"units": [unit("fw-1"), unit("fw-2")]})) as sim:
        place.add(sim)
        audited = place.play("fortiops.fortitoken.audit_tokens", remediate_strict=False)
        assert audited.code == 0, audited.output
        for _run in range(2):
            ansible(
                *("ansible-playbook", "-i", "localhost,", str(EXAMPLES / "tickets" / f"{system}.yml")),
                *("-e", f"remediate_report_dir={audited.reports}"),
                cwd=place.home,
                home=place.home,
                collections=made,
            )
        opened = [json.loads(line) for line in (place.home / f"{system}.jsonl").read_text().splitlines()]
        assert len(opened) == len(["fw-1", "fw-2"])
        for host, ticket in zip(["fw-1", "fw-2"], opened, strict=True):
            title = ticket.get("short_description") or ticket["summary"]
            assert title.startswith(f"{host}: Ask Fortinet TAC to release the activation lock of 1 hardware token")
            assert "FTK200MIGRATE001" in ticket["description"]
            assert "Subject:" in ticket["description"]
        assert_no_secret(sim, audited)
