# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: one clear error that says what to do, before anything is changed, and before a login where possible."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import load, running

from .conftest import Place, assert_no_secret, changes, lines, logins

REMEDIATE = "fortiops.fortitoken.remediate_tokens"


def task(module: str, **arguments: Any) -> list[dict[str, Any]]:
    return [{"hosts": "all", "gather_facts": False, "tasks": [{f"fortiops.fortitoken.fortitoken_{module}": arguments}]}]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (task("facts", serials=["FGT61FTK20012345"]), "not a FortiToken serial"),
        (task("facts", query="tokens[?"), "not a JMESPath expression"),
        (task("purge", serials=["FTK200"], journal=""), "not a FortiToken serial"),
        (task("activate", serials=["nonsense"]), "not a FortiToken serial"),
        (task("activate", bindings=[{"serial": "nonsense", "name": "x"}]), "not a FortiToken serial"),
        (task("facts", lock_released=["everything"]), "lock_released"),
        (task("facts", admins="perhaps"), "must be one of"),
        (task("purge", serials=["FTK200MIGRATE001"]), "missing required arguments: journal"),
    ],
)
def test_arguments_are_refused_before_any_connection(place: Place, content: Any, says: str) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        run = place.play("", content=content)
        assert run.code != 0
        assert says in run.output
        assert logins(sim) == 0


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"remediate_serials": "FTK200UNKNOWN001"}, "FTK200UNKNOWN001: no such FortiToken"),
        ({"remediate_vdoms": "rooot"}, "no VDOM rooot on this unit; it has root"),
        ({"remediate_serials": "FGT61FTK20012345"}, "not a FortiToken serial"),
        ({"remediate_max_deletions": 1}, "raise max_deletions"),
    ],
)
def test_what_the_unit_does_not_have_is_named_and_nothing_is_changed(
    place: Place, settings: dict[str, Any], says: str
) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        run = place.play(REMEDIATE, remediate_lock_released="all", **settings)
        assert run.code != 0
        assert says in run.report("fgt-branch")["error"]["msg"], run.output
        assert run.report("fgt-branch")["result"] == "failed"
        assert changes(sim) == []
        assert not [line for line in lines(sim) if line.startswith(("config", "edit"))]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (task("purge", serials=["FTK200HEALTHY001"], lock_released="all", journal=""), "FTK200HEALTHY001 (healthy)"),
        (task("purge", serials=["FTK200MIGRATE001"], journal=""), "FTK200MIGRATE001 (needs_lock_release)"),
        (
            task("purge", serials=["FTK200MIGRATE001", "FTK200CMDBSAVE01"], lock_released="all", journal=""),
            "FTK200CMDBSAVE01 (firmware_bug)",
        ),
    ],
)
def test_purge_refuses_by_name_and_reason_and_changes_nothing(place: Place, content: Any, says: str) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        run = place.play("", content=content)
        assert run.code != 0
        assert says in run.output
        assert changes(sim) == []


def test_an_audit_names_the_variable_that_was_typed(place: Place) -> None:
    """The short list of the audit's options does not hold it, so the module is the one to refuse the value."""
    with running(*load("healthy")) as sim:
        place.add(sim)
        run = place.play("fortiops.fortitoken.audit_tokens", remediate_admins="perhaps")
        assert run.code != 0
        assert "value of remediate_admins must be one of: skip, include, got: perhaps" in run.output
        assert logins(sim) == 0


def test_a_wrong_password_is_tried_once_and_reported(place: Place) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim, ansible_password="mistyped-secret")
        run = place.play(REMEDIATE)
        assert run.code != 0
        assert logins(sim) == 1
        assert "refused the account 'admin'" in run.report("fgt-branch")["error"]["msg"]
        assert "mistyped-secret" not in run.output
        assert_no_secret(sim, run)


def test_an_unknown_host_key_is_refused_with_the_command_that_accepts_it(place: Place) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        (place.home / "known_hosts").write_text("")
        run = place.play(REMEDIATE)
        assert run.code != 0
        message = run.report("fgt-branch")["error"]["msg"]
        assert "host key" in message and "ssh-keyscan" in message
        assert logins(sim) == 0


def test_a_unit_that_is_not_there_fails_alone_and_still_has_a_report(place: Place) -> None:
    with running(*load("healthy")) as sim:
        place.add(sim)
        place.hosts["fgt-gone"] = {**next(iter(place.hosts.values())), "ansible_port": 1}
        run = place.play(REMEDIATE)
        assert run.code != 0
        assert run.report("fgt-gone")["result"] == "failed"
        assert run.report(sim.units[0].name)["result"] == "healthy"
        index = (run.reports / "index.html").read_text(encoding="utf-8")
        assert "fgt-gone" in index and sim.units[0].name in index


def test_the_highest_verbosity_shows_no_secret(place: Place) -> None:
    codes = ["ABCD-0123-4567-89AB-CDEF", "BCDE-1234-5678-9ABC-DEF0"]
    with running(*load("migrated")) as sim:
        place.add(sim, ansible_persistent_log_messages=True)
        run = place.play(
            REMEDIATE,
            "-vvvvv",
            "--diff",
            remediate_lock_released="all",
            remediate_admins="include",
            remediate_provision=True,
            remediate_strict=False,
            # As a survey gives them. Ansible's -vvvvv itself shows extra variables, but of a file only its name.
            remediate_license_codes=",".join(codes),
        )
        assert run.code == 0, run.output[-3000:]
        assert run.report("fgt-branch")["debug"], "debugging was on and must have printed something"
        assert_no_secret(sim, run, *codes)
        lines = run.report("fgt-branch")["commands"]
        assert lines.count("execute fortitoken-mobile import <redacted>") == len(codes)


def test_what_cannot_be_a_license_code_is_refused_and_not_shown(place: Place) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        module = {"name": "Redeem", "fortiops.fortitoken.fortitoken_activate": {"license_codes": ["not a code!"]}}
        run = place.play("", "-vvv", content=[{"hosts": "all", "gather_facts": False, "tasks": [module]}])
        assert run.code == 2
        assert "license_codes: number 1 of 1 is not a redemption code" in run.output
        assert "not a code!" not in run.output
        assert logins(sim) == 0


def test_slips_that_change_nothing_are_told_with_what_was_meant(place: Place) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        slips = {"remediate_vdom": "root", "remediate_lock_released": "FTK200MIGRATE00I"}
        run = place.play("fortiops.fortitoken.audit_tokens", remediate_strict=False, **slips)
        assert run.code == 0, run.output
        said = " ".join(run.output.split())
        assert said.count("Did you mean remediate_vdoms?") == 1
        assert "FTK200MIGRATE00I, but the unit does not have this token. Did you mean FTK200MIGRATE00" in said


def test_tags_that_run_nothing_are_told(place: Place) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        run = place.play(REMEDIATE, "--tags", "remediate")
        assert run.code == 0, run.output
        assert "WARNING: NOTHING RUNS, because no task has the tag remediate. Run it without --tags." in run.output
        assert logins(sim) == 0
        assert "NOTHING RUNS" not in place.play(REMEDIATE, "--list-tasks").output
