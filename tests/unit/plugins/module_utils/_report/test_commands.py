# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next command: the right playbook and variables, safe for the shell that it is pasted into."""

from __future__ import annotations

import shlex
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.build import absent_report
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.commands import (
    AUDIT,
    REMEDIATE,
    next_command,
    shared_command,
)
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import facts, find, report, token

LOCKED = {"id": "needs_lock_release", "serials": ["FTK200EXAMPLE001", "FTK200EXAMPLE002"]}


def variables(command: str) -> dict[str, str]:
    parts = shlex.split(command)
    given_ = [parts[place + 1] for place, part in enumerate(parts) if part == "-e"]
    return dict(text.split("=", 1) for text in given_)


def test_serials_of_the_ticket_are_claimed() -> None:
    command = next_command(LOCKED, "fw", {"lock_released": ["FTK200EXAMPLE009"]}, "inventory.yml")
    assert command.startswith("ansible-playbook -i inventory.yml fortiops.fortitoken.remediate_tokens ")
    assert variables(command) == {
        "remediate_hosts": "fw",
        "remediate_lock_released": "FTK200EXAMPLE009,FTK200EXAMPLE001,FTK200EXAMPLE002",
    }


def test_all_stays_all() -> None:
    assert variables(next_command(LOCKED, "fw", {"lock_released": "all"}))["remediate_lock_released"] == "all"


def test_what_the_run_was_told_is_repeated() -> None:
    options: dict[str, Any] = {
        "vdoms": ["root", "branch"],
        "admins": "include",
        "remote_users": "skip",
        "waves": [1, 20],
        "max_failures": "10%",
        "save_config": True,
        "journal_dir": "/srv/journals of tokens",
        "license_codes": 3,
        "require_proof": True,
    }
    told = variables(next_command({"id": "provision"}, "fw", options))
    assert told == {
        "remediate_hosts": "fw",
        "remediate_vdoms": "root,branch",
        "remediate_admins": "include",
        "remediate_save_config": "true",
        "remediate_require_proof": "true",
        "remediate_journal_dir": "'/srv/journals of tokens'",
        "remediate_provision": "true",
    }


def test_audit_gets_no_option_that_only_a_change_has() -> None:
    command = next_command({"id": "pending"}, "fw", {"admins": "include", "vdoms": ["root"]})
    assert "audit_tokens" in command
    assert set(variables(command)) == {"remediate_hosts", "remediate_vdoms"}


def test_spent_claims_are_requested_again_on_purpose() -> None:
    told = variables(next_command({"id": "claim_spent", "serials": ["FTK200EXAMPLE001"]}, "fw", {}))
    assert told["remediate_retry_refused"] == "true"


def test_several_units_share_one_command() -> None:
    other = {"id": "needs_lock_release", "serials": ["FTK200EXAMPLE003"]}
    told = variables(shared_command([(LOCKED, "fw-a", {"vdoms": ["x"]}), (other, "fw-b", {"vdoms": []})]))
    assert told["remediate_hosts"] == "fw-a,fw-b"
    assert told["remediate_lock_released"].endswith("EXAMPLE003")
    assert "remediate_vdoms" not in told, "what only one of the runs was told"


def test_no_command_that_a_shell_cannot_take() -> None:
    many: dict[str, Any] = {"id": "needs_lock_release", "serials": [f"FTK200EX{number:08}" for number in range(20_000)]}
    assert next_command(many, "fw", {}) == ""
    assert len(next_command({**many, "serials": many["serials"][:5_000]}, "fw", {})) < 131_072


def test_where_a_person_acts_elsewhere_the_audit_shows_whether_it_is_done() -> None:
    command = next_command({"id": "needs_seed_file", "serials": []}, "fw", {"admins": "include"})
    assert "fortiops.fortitoken.audit_tokens" in command
    assert variables(command) == {"remediate_hosts": "fw"}


@given(st.text(min_size=1, max_size=30))
def test_no_name_breaks_out_of_the_shell(name: str) -> None:
    parts = shlex.split(next_command({"id": "run_failed"}, name, {}, name))
    assert parts[:3] == ["ansible-playbook", "-i", name]
    assert len(parts) == 6


def test_an_audit_that_failed_is_followed_by_an_audit_and_a_plan_by_a_plan() -> None:
    audited = report("fw", mode="audit", error={"msg": "no route to host"})
    assert find(audited, "run_failed")["command"].split()[1:] == [AUDIT, "-e", "remediate_hosts=fw"]
    planned = report("fw", check_mode=True, error={"msg": "no route to host"})
    assert find(planned, "run_failed")["command"].split()[1:] == [REMEDIATE, "--check", "-e", "remediate_hosts=fw"]
    absent = absent_report("fw", mode="audit")
    assert find(absent, "not_reached")["command"].split()[1] == AUDIT


def test_what_an_audit_found_is_repaired_by_the_playbook_that_repairs() -> None:
    audited = report("fw", mode="audit", before=facts([token("FTK200EXAMPLE001", "activate", "new")]))
    assert find(audited, "work_left")["command"].split()[1:3] == [REMEDIATE, "-e"]
