# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command that a document shows is run here as it stands, or is named here with the test that runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import COLLECTIONS_PATH, ROOT
from tests.integration.conftest import PASSWORD, Place, Run, assert_no_secret, assert_promises_kept, changes
from tests.simulator import from_data, load, running
from tests.tools.matrix import PAIRS, WEEKLY

from .documents import DOCUMENTS, GUIDES, SILENT, blocks, commands, make_targets, part, steps

#: Run one after the other on the same unit, in this order.
QUICK_START = (f"{GUIDES}/guide_quickstart.rst", f"{GUIDES}/guide_verdicts.rst")
CONNECTION = f"{GUIDES}/guide_connection.rst"
OFFLINE = f"{GUIDES}/guide_offline.rst"
MOBILE = f"{GUIDES}/guide_mobile.rst"
TROUBLESHOOTING = f"{GUIDES}/guide_troubleshooting.rst"
SIMULATOR = "tests/simulator/README.md"
#: Whose commands are all run in this file, but for those of ELSEWHERE.
RUN_HERE = (
    *QUICK_START,
    CONNECTION,
    MOBILE,
    TROUBLESHOOTING,
    SIMULATOR,
    "README.md",
    "roles/enroll/README.md",
    "roles/remediate/README.md",
)


@dataclass(frozen=True)
class Elsewhere:
    """``test``: a test as pytest names it, or a make target. ``why``: what it runs, and why not the command itself."""

    test: str
    why: str


_PIPELINE = Elsewhere(
    "tests/integration/test_pipeline.py::test_a_pipeline_plans_then_applies_and_leaves_what_it_promises",
    "runs the scripts of the examples; test_the_pipeline_guide_shows_the_commands_of_the_examples compares",
)
_MIGRATION = Elsewhere(
    "tests/integration/test_guides.py::test_a_migration_from_the_first_day_to_the_last", "runs every command of it"
)
_OFFLINE = {
    "audit_tokens": "tests/integration/test_offline.py::"
    "test_the_commands_of_the_guide_audit_a_backup_and_what_was_copied",
    "probe_unit": "tests/integration/test_offline.py::"
    "test_the_probe_of_the_guide_leaves_a_recording_that_deviates_from_nothing",
    "make check-recording": "tests/unit/tools/test_recording.py::test_a_recording_deviates_from_nothing_that_is_known",
    "make rehearse": "tests/platform/test_rehearsal.py::"
    "test_a_rehearsal_shows_lines_users_and_report_of_a_run_that_is_broken_off",
}


def _offline(command: str) -> Elsewhere:
    """The test that runs a command of the guide about files."""
    test = next(test for text, test in _OFFLINE.items() if text in command)
    return Elsewhere(test, "takes the command from the guide, or runs what the target runs")


_DEMO = "tests/platform/test_demo.py::"
ELSEWHERE = {
    "ansible-galaxy collection install fortiops.fortitoken": Elsewhere(
        _DEMO + "test_the_archive_is_built_and_installed_as_readme_says", "needs Galaxy; the archive is installed"
    ),
    **dict.fromkeys(
        (
            "ansible-galaxy collection install -r requirements.yml",
            "ansible-galaxy collection install -r requirements.yml --upgrade",
        ),
        Elsewhere(
            "tests/platform/test_guides.py::test_the_examples_pin_what_readme_pins",
            "needs Galaxy; the file is compared",
        ),
    ),
    "ansible-inventory -i units.py --graph": Elsewhere(
        "tests/platform/test_examples.py::test_300_units_from_csv_and_from_fortimanager", "lists the same inventory"
    ),
    "ansible-playbook -i localhost, jira.yml -e remediate_report_dir=fortitoken-report": Elsewhere(
        "tests/platform/test_examples.py::test_each_thing_to_do_becomes_one_ticket_and_a_second_run_opens_none",
        "runs it with a stand-in for Jira",
    ),
    "python -m pip install paramiko jmespath": Elsewhere(
        "tests/platform/test_guides.py::test_what_is_to_be_installed_is_what_the_collection_requires",
        "is how the environment of the tests was made",
    ),
    "ssh-keyscan 192.0.2.10 >> ~/.ssh/known_hosts": Elsewhere(
        "tests/unit/plugins/connection/test_over_ssh.py::test_the_commands_of_the_messages_make_the_key_known",
        "runs it with the address of a simulated unit",
    ),
    "ansible-builder build --file execution-environment.yml "
    "--tag registry.example.com/netops/fortitoken-ee:latest": Elsewhere(
        "lint-environment", "needs a container engine; everything up to that is done, by 'ansible-builder create'"
    ),
    "ansible-playbook awx/configure.yml -e @vault.yml": Elsewhere(
        "tests/platform/test_awx.py::test_awx_is_set_up_as_code_and_a_second_run_makes_nothing_twice",
        "runs it against an API like AWX's, with an inventory of localhost",
    ),
    "./fleet.sh private-data audit_tokens.yml workers": Elsewhere(
        "tests/platform/test_runner.py::test_a_fleet_over_two_workers_ends_in_one_list",
        "runs it with folders of its own and both workers on this machine",
    ),
    "ansible-rulebook --rulebook fortiops.fortitoken.audit_failed_activations "
    "--inventory inventory.yml --vars vars.yml": Elsewhere(
        "tests/platform/test_events.py::test_the_rulebook_follows_the_schema_of_ansible_rulebook",
        "needs a Java runtime; the rulebook is checked against ansible-rulebook's own schema",
    ),
    "make demo": Elsewhere(_DEMO + "test_the_demonstration_touches_nothing_outside", "runs what the target runs"),
    "make test": Elsewhere(
        "tests/platform/test_guides.py::test_every_command_shown_is_run_by_a_test", "is a part of it"
    ),
    "make build": Elsewhere(
        _DEMO + "test_the_archive_is_built_and_installed_as_readme_says", "runs what the target runs"
    ),
    "ansible-galaxy collection install build/fortiops-fortitoken-*.tar.gz": Elsewhere(
        _DEMO + "test_the_archive_is_built_and_installed_as_readme_says", "takes the command from README"
    ),
    "make release VERSION=1.2.3": Elsewhere(
        "tests/platform/test_release.py::test_a_release_is_one_command", "runs what the target runs"
    ),
    **{command: _offline(command) for command in commands(OFFLINE)},
    "make check-recording FILE=recordings/fw-berlin.jsonl": _offline("make check-recording"),
    **dict.fromkeys(commands(f"{GUIDES}/guide_migration.rst"), _MIGRATION),
    **dict.fromkeys(commands(f"{GUIDES}/guide_pipelines.rst"), _PIPELINE),
}


def test_the_documents_are_found() -> None:
    assert len(DOCUMENTS) > 15
    assert set(RUN_HERE) <= set(DOCUMENTS)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_command_hides(document: str) -> None:
    """What is shown as output, or in a language that the tests do not read, is not run."""
    wrong = []
    for block in blocks(document):
        if block.language != "console":
            if block.language not in SILENT:
                wrong.append(f"line {block.line}: a block of {block.language!r}")
            wrong += [f"line {block.line}: {line!r}" for line in block.lines if line.lstrip().startswith("$ ")]
        elif document.endswith(".rst"):
            wrong += [f"line {block.line}: {line!r}" for line in filter(None, block.lines) if not line.startswith("$ ")]
    assert wrong == []


def test_every_command_shown_is_run_by_a_test() -> None:
    shown = {command for document in DOCUMENTS for command in commands(document)}
    here = {command for document in RUN_HERE for command in commands(document)} - set(ELSEWHERE)
    assert len(here) > 10
    assert shown - here - set(ELSEWHERE) == set()
    assert set(ELSEWHERE) - shown == set(), "no longer shown anywhere"


@pytest.mark.parametrize("test", sorted({elsewhere.test for elsewhere in ELSEWHERE.values()}))
def test_the_tests_that_are_named_exist(test: str) -> None:
    path, _colons, function = test.partition("::")
    if function:
        assert re.search(rf"^def {function}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    else:
        assert path in make_targets()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_that_is_named_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert set(re.findall(r"(?:`|^\$ |^)make ([a-z][a-z-]*)", text, re.MULTILINE)) <= make_targets()


def printed(line: str, output: str) -> bool:
    """Whether a line that a guide shows is in the output, however either is spaced."""
    pattern = r"\s+".join(re.escape(word).replace("…", ".*") for word in line.split())
    return re.search(pattern, output) is not None


def run(command: str, home: Path) -> Run:
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
    return Run(result.returncode, result.stdout, home / "fortitoken-report")


def follow(document: str, home: Path) -> list[tuple[str, Run]]:
    """Run the commands of a document in their order, and compare what they print with what is shown."""
    done = []
    for step in steps(document):
        if step.command not in ELSEWHERE:
            ended = run(step.command, home)
            missing = [line for line in step.output if not printed(line, ended.output)]
            assert not missing, f"{step.command}\nwas to print {missing}\nand printed\n{ended.output}"
            done.append((step.command, ended))
    assert done
    return done


def settle(place: Place, inventory: str, names: dict[str, str]) -> None:
    """Write a guide's inventory. Its hosts are simulated units, and its vault is here. ``names``: host -> unit."""
    (place.home / "inventory.yml").write_text(inventory)
    (place.home / "host_vars").mkdir()
    for host, unit in names.items():
        own = {**place.hosts[unit], "ansible_fortios_known_hosts": str(place.home / "known_hosts")}
        own |= {"ansible_password": "{{ vault_fortigate_password }}", "vault_fortigate_password": PASSWORD}
        (place.home / "host_vars" / f"{host}.json").write_text(json.dumps(own))


def test_the_quick_start_says_what_happens(place: Place) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        settle(place, part(QUICK_START[0], "# inventory.yml"), {"fw-berlin": next(iter(place.hosts))})
        for guide in QUICK_START:
            follow(guide, place.home)
        assert list((place.home / "fortitoken-report").glob("index.html"))


FAILED = "token already activated, and seed won't be returned"
README_SERIALS = ("FTK200BAA0000001", "FTK200BAA0000002")


def readme_unit(name: str, serial: str, status: str) -> dict[str, Any]:
    return {
        "hostname": name,
        "serial": serial,
        "tokens": [{"serial": token, "seed": True, "state": status} for token in README_SERIALS],
        "users": [
            {"name": f"user{number}", "fortitoken": token, "passwd": f"made-up-pw-{number}"}
            for number, token in enumerate(README_SERIALS)
        ],
        "fortiguard": {"default": {"lock_released": True}, "delay": 0.2},
    }


def test_the_commands_of_readme_do_what_it_says(place: Place) -> None:
    units = [
        readme_unit("fw-berlin", "FGT70FTK21000002", FAILED),
        readme_unit("fw-old", "FGT60ETK18000001", "active"),
    ]
    with running(*from_data({"units": units})) as sim:
        place.add(sim)
        inventory = yaml.safe_load(part("README.md", "# inventory.yml"))
        # It has the new unit only; the old one is named by the command that records it.
        inventory["all"]["hosts"]["fw-old"] = {}
        settle(place, yaml.safe_dump(inventory), {name: name for name in place.hosts})
        codes, changed = {}, {}
        for step in steps("README.md"):
            if step.command not in ELSEWHERE and step.command.startswith("ansible-playbook"):
                before = len(changes(sim))
                ended = run(step.command, place.home)
                codes[step.command], changed[step.command] = ended.code, len(changes(sim)) > before
                # The password is what this place has been given.
                assert PASSWORD not in ended.output
        audit, check, repair, snapshot, prove, restore = list(codes)
        # After looking, and after check mode, tokens still need somebody.
        assert codes == {audit: 2, check: 2, repair: 0, snapshot: 0, prove: 0, restore: 0}
        assert [command for command, has in changed.items() if has] == [repair]
        assert {event["unit"] for event in changes(sim)} == {"fw-berlin"}
        baseline = json.loads((place.home / "fortitoken-report" / "fw-berlin.json").read_text())["baseline"]
        assert baseline["complete"] is True


def test_the_connection_guides_first_look_prints_what_is_shown(place: Place) -> None:
    tokens = [
        {"serial": "FTK200HEALTHY001", "seed": True, "state": "active"},
        {"serial": "FTK200NOSEED0001", "state": "new"},
    ]
    units = [{"hostname": name, "tokens": tokens} for name in ("fw-berlin", "fw-hamburg")]
    with running(*from_data({"units": units})) as sim:
        place.add(sim)
        settle(place, part(CONNECTION, "# inventory.yml"), {name: name for name in place.hosts})
        (place.home / "look.yml").write_text(part(CONNECTION, "# look.yml"))
        ((_command, ended),) = follow(CONNECTION, place.home)
        assert ended.code == 0
        assert changes(sim) == []


def mobile_unit(name: str, serial: str, state: str) -> dict[str, Any]:
    serials = [f"FTKMOB{number:010}" for number in range(4)]
    return {
        "hostname": name,
        "serial": serial,
        "clock": "2026-12-01T08:00:00",
        "tokens": [{"serial": token, "state": state, "license": "EFTM000000000001"} for token in serials],
        "users": [
            {
                "name": f"u{number}",
                "fortitoken": token,
                "email_to": f"u{number}@example.com",
                "passwd": f"made-up-pw-{number}",
                "enrollment": {"scans_after": 20},
            }
            for number, token in enumerate(serials)
        ],
        "email_server": {"server": "mail.example.com"},
        "fortiguard": {"delay": 0.1, "polls": False, "licenses": {MOBILE_CODE: {"tokens": ["FTKMOBNEWONE0001"]}}},
        "config": {"root": 'config user group\n edit "pilots"\n set member "u0" "u1"\n next\nend'},
    }


MOBILE_CODE = "1A2B-3C4D-5E6F-7081-92A3"


def test_the_mobile_guide_does_what_it_says(place: Place) -> None:
    units = [
        mobile_unit("fgt-old", "FGT60ETK18000001", "provisioned"),
        mobile_unit("fgt-new", "FGT70FTK21000002", "provision timeout"),
    ]
    with running(*from_data({"units": units})) as sim:
        place.add(sim)
        settle(place, part(MOBILE, "# inventory.yml"), {name: name for name in place.hosts})
        (place.home / "vault.yml").write_text(json.dumps({"remediate_license_codes": [MOBILE_CODE]}))
        done = [run for _command, run in follow(MOBILE, place.home)]
        assert {ended.code for ended in done} == {0}
        (place.home / "vault.yml").unlink()
        report = json.loads((place.home / "fortitoken-report" / "fgt-new.json").read_text())
        assert report["license_codes"][0]["tokens"] == ["FTKMOBNEWONE0001"]
        for path in (place.home / "host_vars").iterdir():
            path.unlink()
        assert_no_secret(sim, done[-1])


def test_the_play_for_a_fleet_ends_in_one_report(place: Place) -> None:
    """What it does when the canary fails is tested in tests/integration/test_fleet.py."""
    names = [f"fgt-{number}" for number in range(3)]
    token = {"serial": "FTK200HEALTHY001", "seed": True, "state": "active"}
    with running(*from_data({"units": [{"hostname": name, "tokens": [token]} for name in names]})) as sim:
        place.add(sim)
        ended = place.play("", content=yaml.safe_load(part(f"{GUIDES}/guide_pipelines.rst", "# fleet.yml")))
        assert ended.code == 0, ended.output
        # One, then a quarter of them at a time, which is one.
        assert ended.output.count("PLAY [Repair the fleet, one unit first]") == len(names)
        assert json.loads((ended.reports / "summary.json").read_text())["results"] == {"healthy": len(names)}


def test_the_log_of_a_run_holds_no_secret(place: Place) -> None:
    """And every manual that this guide shows can be read."""
    with running(*load("migrated")) as sim:
        place.add(sim)
        settle(place, part(QUICK_START[0], "# inventory.yml"), {"fw-berlin": next(iter(place.hosts))})
        ended = dict(follow(TROUBLESHOOTING, place.home))
        (logged,) = (run for command, run in ended.items() if "ANSIBLE_LOG_PATH" in command)
        log = (place.home / "run.log").read_text(encoding="utf-8")
        # What was sent is there, and so is what the unit has answered.
        assert "diagnose fortitoken info" in log
        assert FAILED in log
        for path in (place.home / "host_vars").iterdir():
            path.unlink()
        assert_promises_kept(sim, logged)
        assert_no_secret(sim, logged)


def test_the_simulator_starts_as_its_readme_says() -> None:
    step = steps(SIMULATOR)[0]
    process = subprocess.Popen(
        f"exec {step.command}", shell=True, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    try:
        line = process.stdout.readline()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    (shown,) = step.output
    assert re.fullmatch(re.escape(shown).replace("40123", r"\d+").replace(r"\.\.\.", r"\S+"), line.strip())


def test_the_manual_of_the_role_can_be_read_as_readme_says(tmp_path: Path) -> None:
    for document, variable in (
        ("README.md", "remediate_lock_released"),
        ("roles/remediate/README.md", "remediate_lock_released"),
        ("roles/enroll/README.md", "enroll_per_run"),
    ):
        (command,) = (command for command in commands(document) if command.startswith("ansible-doc"))
        assert variable in run(command, tmp_path).output


def _plugins(folder: str) -> list[str]:
    return [f"fortiops.fortitoken.{path.stem}" for path in sorted((ROOT / folder).glob("[!_]*"))]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("module", _plugins("plugins/modules")),
        ("connection", _plugins("plugins/connection")),
        ("role", _plugins("roles")),
    ],
)
def test_no_manual_comes_with_a_warning(kind: str, names: list[str], tmp_path: Path) -> None:
    assert names
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-doc"), "--type", kind, *names],
        env={**os.environ, "HOME": str(tmp_path)},
        check=False,
        capture_output=True,
        text=True,
    )
    # ansible-core 2.21 warns of a collection of its own, which has no version.
    warnings = [line for line in done.stderr.splitlines() if "_protomatter" not in line]
    assert (done.returncode, warnings) == (0, [])
    assert [name for name in names if name not in done.stdout] == []


def test_what_is_to_be_installed_is_what_the_collection_requires() -> None:
    required = re.findall(r"^([a-z]+)>=", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    for document in ("README.md", QUICK_START[0]):
        assert f"python -m pip install {' '.join(required)}" in commands(document)


def test_the_examples_pin_what_readme_pins() -> None:
    """A range with an upper end, or one release; and of the collection only."""
    shown = yaml.safe_load(part("README.md", "# requirements.yml"))
    project = ROOT / "examples" / "awx-project" / "collections" / "requirements.yml"
    assert yaml.safe_load(project.read_text(encoding="utf-8")) == shown
    pipeline = ROOT / "examples" / "pipelines" / "requirements.yml"
    ((pinned,),) = yaml.safe_load(pipeline.read_text(encoding="utf-8")).values()
    assert pinned["name"] == "fortiops.fortitoken"
    assert re.fullmatch(r"2\.\d+\.\d+", pinned["version"])
    packages = (ROOT / "examples" / "pipelines" / "requirements.txt").read_text(encoding="utf-8")
    lines = [line for line in packages.splitlines() if not line.startswith("#")]
    assert len(lines) == len(["ansible-core", "jmespath", "paramiko"])
    assert all("==" in line for line in lines)


def test_readme_names_the_versions_of_the_matrix() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (2\.\d+) \| (.+) \|$", text, re.MULTILINE)
    shown = {core: re.findall(r"3\.\d+", pythons) for core, pythons in rows}
    tested = {core: [pair.python for pair in PAIRS if pair.core == core] for core in {pair.core for pair in PAIRS}}
    assert shown == tested


def test_the_pipeline_runs_every_pair_of_the_matrix() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["matrix"]["strategy"]["matrix"]["pair"] == [pair.name for pair in PAIRS]


def test_the_weekly_pipeline_runs_the_lines_between_and_what_comes_next() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    weekly = workflow["jobs"]["weekly"]
    assert weekly["strategy"]["matrix"]["pair"] == [pair.name for pair in WEEKLY]
    assert {pair.core for pair in WEEKLY} == {"2.17", "2.20", "devel"}
    assert "schedule" in workflow["on"] and "schedule" in weekly["if"]


def test_every_test_that_the_promises_name_exists() -> None:
    text = (ROOT / GUIDES / "guide_safety.rst").read_text(encoding="utf-8")
    named = re.findall(r":file:`(tests/\S+\.py)`: ``(test_\w+)``", text)
    assert len(named) > 15
    missing = [
        f"{path}: {name}"
        for path, name in named
        if not re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert missing == []


@pytest.mark.parametrize("guide", sorted(path.stem for path in (ROOT / GUIDES).glob("*.rst")))
def test_every_guide_is_on_the_site(guide: str) -> None:
    assert f"- {guide}\n" in (ROOT / "docs" / "docsite" / "extra-docs.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_links_work_wherever_the_document_is_shown(document: str) -> None:
    """Galaxy shows README, and the archive has neither the examples nor the tests."""
    targets = re.findall(r"\]\(([^)]+)\)", (ROOT / document).read_text(encoding="utf-8"))
    assert len(targets) > 1
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []
    here = "https://github.com/fortiops/fortiops.fortitoken/"
    paths = [target.split("/main/", 1)[1] for target in targets if target.startswith(here) and "/main/" in target]
    # The changelog is made by the first release.
    assert [path for path in paths if not (ROOT / path).exists() and path != "CHANGELOG.md"] == []
