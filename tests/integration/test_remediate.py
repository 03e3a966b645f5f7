# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks on units in every state."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.simulator import Simulator, load, running

from .conftest import Place, Run, assert_promises_kept, changes, lines, logins

REMEDIATE = "fortiops.fortitoken.remediate_tokens"
AUDIT = "fortiops.fortitoken.audit_tokens"
RELEASED = "FTK200MIGRATE001,FTK200MIGRATE002,FTK220NOSEED0001"
MENDED = ("FTK200MIGRATE001", "FTK200MIGRATE002", "FTK200UNUSED0001", "FTK220NOSEED0001", "FTK220NOCARD0001")


def by_serial(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {token["serial"]: token for token in report["tokens"]}


def accounts(sim: Simulator) -> dict[str, Any]:
    """Every user and administrator as the unit has them; being enabled is the default, printed or not."""
    config = sim.call(sim.unit().summary)["config"]
    return {
        path: {name: {"status": "enable", **settings} for name, settings in entries.items()}
        for path, entries in config.items()
        if "fortitoken" not in path
    }


def test_a_migrated_unit_is_repaired_and_the_second_run_changes_nothing(place: Place) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        before = accounts(sim)
        first = place.play(REMEDIATE, "-v", remediate_lock_released=RELEASED, remediate_strict="no")
        assert first.code == 0, first.output
        report = first.report("fgt-branch")
        tokens = by_serial(report)
        assert report["result"] == "partial"
        assert {serial: tokens[serial]["after"]["status"] for serial in MENDED} == dict.fromkeys(MENDED, "active")
        assert {serial: token["verdict"] for serial, token in tokens.items() if serial not in MENDED} == {
            "FTK200HEALTHY001": "healthy",
            "FTK200MIGRATE003": "needs_lock_release",
            "FTK211CDSEED0001": "needs_seed_file",
            "FTK200ADMIN00001": "needs_lock_release",
            "FTK200CMDBSAVE01": "firmware_bug",
            "FTK200LOCKED0001": "locked",
            "FTKMOB0A1B2C3D4E": "healthy",
            "FTKMOB0A1B2C3D5F": "needs_license",
            "FTKMOB0A1B2C3D6A": "provision",
        }
        assert accounts(sim) == before
        comments = [e["after"]["comments"] for e in changes(sim) if e["key"] == "FTK200MIGRATE001" and e["op"] == "add"]
        assert comments == ['Zoë\'s "spare" key; café']
        assert_promises_kept(sim, first)
        assert logins(sim) == 1
        # With -v every phase says what it has cost: two looks, debugging on and off, and the repair.
        told = re.findall(r"^fgt-branch: (\d+) turns, [\d,]+ lines, [\d,.]+ kB, [\d.]+ s$", first.output, re.M)
        assert len(told) == 5
        assert '"cost"' not in first.output
        # Said while it waits, not when it is over.
        told = re.findall(
            r"^fgt-branch: wave \d of 2: activation: \d+ active, \d+ pending, \d+ failed.*$", first.output, re.M
        )
        assert "fgt-branch: wave 1 of 2: 1 token\n" in first.output
        assert len(told) >= 2 and told[0].endswith(" s left") and " 0 pending" in told[-1]
        assert not place.journal("fgt-branch").exists()
        index = (first.reports / "index.html").read_text(encoding="utf-8")
        assert "FTK200MIGRATE003" in index and "fgt-branch" in index

        count = len(changes(sim))
        second = place.play(REMEDIATE, remediate_lock_released=RELEASED, remediate_strict="no")
        assert second.code == 0, second.output
        assert second.recap("fgt-branch")["changed"] == 0
        assert " turns, " not in second.output
        assert len(changes(sim)) == count
        assert second.report("fgt-branch")["commands"] == []
        assert_promises_kept(sim, second)


def outcomes(run: Run, host: str) -> int:
    """How many lines say `ok`, `changed`, `skipping` or `included` of a host."""
    own = re.findall(rf"^(?:ok|changed|skipping): \[{re.escape(host)}[] ]", run.output, re.M)
    return len(own) + len(re.findall(rf"^included: .* for .*\b{re.escape(host)}\b", run.output, re.M))


def test_a_unit_that_changes_has_at_most_twelve_outcomes_and_a_healthy_one_seven(place: Place) -> None:
    with running(*load("fseries")) as sim:
        place.add(sim)
        first = place.play(REMEDIATE, remediate_lock_released="all", remediate_admins="include")
        assert (first.code, outcomes(first, sim.units[0].name) <= 12) == (0, True), first.output
        second = place.play(REMEDIATE, remediate_lock_released="all", remediate_admins="include")
        assert (second.code, outcomes(second, sim.units[0].name) <= 7) == (0, True), second.output


def test_the_first_run_without_a_statement_deletes_nothing_and_writes_the_ticket(place: Place) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        run = place.play(REMEDIATE)
        assert run.code != 0, "a token still needs somebody, and the play is strict"
        assert run.recap("fgt-branch")["failed"] == 1
        report = run.report("fgt-branch")
        assert report["result"] == "partial", run.output
        assert not [e for e in changes(sim) if e["op"] == "delete"]
        assert not [line for line in lines(sim) if line.startswith("delete")]
        ticket = next(f for f in report["findings"] if f["id"] == "needs_lock_release")
        for serial in ("FTK200MIGRATE001", "FTK200MIGRATE002", "FTK200MIGRATE003", "FTK200ADMIN00001"):
            assert serial in ticket["detail"] + ticket["remedy"] + str(ticket["evidence"])
        assert_promises_kept(sim, run)


def test_check_mode_shows_the_plan_and_sends_nothing(place: Place) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        run = place.play(REMEDIATE, "--check", "--diff", remediate_lock_released=RELEASED, remediate_strict=False)
        assert run.code == 0, run.output
        assert changes(sim) == []
        assert [e for e in sim.events if e["type"] in ("activation", "transaction", "debug") and e.get("on")] == []
        for line in (
            'delete "FTK200MIGRATE001"',
            'edit "FTK200MIGRATE001"',
            "set status disable",
            'set fortitoken "FTK200MIGRATE001"',
            "set status enable",
            "execute fortitoken activate FTK200UNUSED0001 FTK220NOSEED0001 FTK220NOCARD0001",
        ):
            assert line in run.output, line
        assert run.report("fgt-branch")["commands"] == []
        planned = run.report("fgt-branch")["planned_commands"]
        real = place.play(REMEDIATE, remediate_lock_released=RELEASED, remediate_strict=False)
        assert planned == real.report("fgt-branch")["commands"]


def test_the_audit_reports_the_same_and_changes_nothing(place: Place) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        run = place.play(AUDIT, remediate_lock_released=RELEASED)
        assert run.code != 0
        report = run.report("fgt-branch")
        assert report["error"] is None, run.output
        assert report["mode"] == "audit"
        assert report["summary"]["reimport"] == 2
        assert changes(sim) == []
        assert not [
            line
            for line in lines(sim)
            if line.split()[0] not in ("get", "show", "diagnose", "print", "execute", "exit")
        ]
        run_by_hand = [line for line in lines(sim) if line.startswith("execute") and "ping" not in line]
        assert run_by_hand == ["execute fortitoken-cloud show"]
        assert_promises_kept(sim, run)


def test_administrators_tokens_are_replaced_only_when_included_and_their_entries_never_change(place: Place) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        run = place.play(
            REMEDIATE,
            remediate_lock_released="FTK200ADMIN00001",
            remediate_serials="FTK200ADMIN00001",
            remediate_admins="include",
        )
        assert run.code == 0, run.output
        assert by_serial(run.report("fgt-branch"))["FTK200ADMIN00001"]["after"]["status"] == "active"
        assert {e["path"] for e in changes(sim)} == {"user fortitoken"}
        assert {e["key"] for e in changes(sim)} == {"FTK200ADMIN00001"}
        assert_promises_kept(sim, run)


@pytest.mark.parametrize(
    ("scenario", "result", "code"),
    [
        ("healthy", "healthy", 0),
        ("fortimanager", "skipped", 0),
        ("unreachable", "blocked", 2),
        ("readonly", "blocked", 2),
    ],
)
def test_units_on_which_nothing_may_or_need_be_changed(place: Place, scenario: str, result: str, code: int) -> None:
    with running(*load(scenario)) as sim:
        user = next(iter(sim.unit().scenario.accounts))
        place.add(sim, ansible_user=user.name, ansible_password=user.password)
        run = place.play(REMEDIATE, remediate_lock_released="all")
        assert run.code == code, run.output
        report = run.report(sim.units[0].name)
        assert report["result"] == result
        assert report["commands"] == []
        assert changes(sim) == []
        assert not [line for line in lines(sim) if line.startswith(("config", "edit", "set", "unset", "delete"))]
        assert logins(sim) == 1
        assert_promises_kept(sim, run)


def repaired(run: Run, sim: Simulator) -> None:
    assert run.code == 0, run.output
    report = run.report(sim.units[0].name)
    assert report["result"] == "remediated"
    assert report["summary_after"].keys() <= {"healthy", "locked"}
    assert_promises_kept(sim, run)


@pytest.mark.parametrize("scenario", ["fseries", "legacy60", "multivdom", "ugly"])
def test_units_of_every_kind_are_repaired(place: Place, scenario: str) -> None:
    with running(*load(scenario)) as sim:
        user = next(iter(sim.unit().scenario.accounts))
        place.add(sim, ansible_user=user.name, ansible_password=user.password)
        before = accounts(sim)
        run = place.play(REMEDIATE, remediate_lock_released="all", remediate_admins="include")
        repaired(run, sim)
        assert accounts(sim) == before
        assert logins(sim) == 1


def test_nothing_times_out_over_a_slow_narrow_and_lossy_line(place: Place) -> None:
    """200 ms, 256 kbit/s, 1 % of all packets lost, and a pager that loses keys."""
    with running(*load("narrow")) as sim:
        place.add(sim, ansible_fortios_command_timeout=10)
        run = place.play(REMEDIATE, remediate_lock_released="all")
        assert run.code == 0, run.output
        report = run.report(sim.unit().name)
        assert report["result"] == "remediated"
        assert {token["after"]["status"] for token in report["tokens"]} == {"active"}
        assert_promises_kept(sim, run)
