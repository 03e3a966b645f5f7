# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook that is killed or interrupted in the middle, and the ways to finish its work."""

from __future__ import annotations

import os
import re
import signal
import time
from typing import Any

import pytest

from tests.simulator import Fault, Simulator, load, running
from tests.simulator.invariants import bindings_lost, comments_lost, violations

from .conftest import Place, changes, lines, logins

REMEDIATE = "fortiops.fortitoken.remediate_tokens"
AUDIT = "fortiops.fortitoken.audit_tokens"
RESTORE = "fortiops.fortitoken.restore_bindings"
SETTINGS = {"remediate_lock_released": "FTK200MIGRATE001,FTK200MIGRATE002", "remediate_strict": False}


def break_off(place: Place, sim: Simulator, pattern: str, how: signal.Signals, **more: Any) -> None:
    """Start the playbook and send it a signal as soon as the unit has executed a line of this pattern."""
    with place.start(REMEDIATE, **SETTINGS, **more) as process:
        while not any(re.search(pattern, line) for line in lines(sim)):
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.005)
        os.kill(process.pid, how)
        process.communicate(timeout=60)
    end = time.monotonic() + 20
    while sum(e["type"] == "logout" for e in sim.events) < logins(sim):
        assert time.monotonic() < end, "the persistent process outlived its playbook"
        time.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("pattern", ["^delete", "^execute fortitoken activate"])
def test_the_next_run_finishes_what_was_broken_off(place: Place, pattern: str, how: signal.Signals) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        break_off(place, sim, pattern, how)
        assert violations(sim.events) == []
        run = place.play(REMEDIATE, **SETTINGS)
        assert run.code == 0, run.output
        summary = run.report("fgt-branch")["summary_after"]
        assert "reimport" not in summary and "activate" not in summary
        assert violations(sim.events) == []
        assert bindings_lost(sim.events) == []
        assert comments_lost(sim.events) == []
        assert not place.journal("fgt-branch").exists()


def test_an_open_journal_is_never_passed_over(place: Place) -> None:
    """Not by an audit, not where the unit cannot be reached, and not by a run that is lenient."""
    with running(*load("migrated")) as sim:
        place.add(sim)
        # All tokens at once, deleted, and about to be added again: the unit takes its time there.
        sim.unit().faults.append(Fault("slow", match='^edit "?FTK', seconds=8))
        break_off(place, sim, "^delete", signal.SIGKILL, remediate_waves=[])
        changed = len(changes(sim))
        audit = place.play(AUDIT, remediate_strict=False)
        reports = {"partial": audit.report("fgt-branch")}
        assert len(changes(sim)) == changed
    away = place.play(REMEDIATE, **SETTINGS)
    reports["failed"] = away.report("fgt-branch")
    for run, result in ((audit, "partial"), (away, "failed")):
        report = reports[result]
        assert run.code == 2, run.output
        assert (report["result"], report["passed"]) == (result, False)
        users = {user["name"] for user in report["journal"]["users"]}
        assert users
        for name in users:
            assert f"user {name}: " in run.output, "the terminal names who is disabled"
    texts = [(place.reports / name).read_text(encoding="utf-8") for name in ("index.html", "summary.md", "junit.xml")]
    for text in texts:
        assert all(name in text for name in users)


def test_the_journal_alone_gives_everything_back(place: Place) -> None:
    with running(*load("migrated")) as sim:
        place.add(sim)
        break_off(place, sim, "^delete", signal.SIGKILL)
        run = place.play(RESTORE)
        assert run.code == 0, run.output
        assert violations(sim.events) == []
        assert bindings_lost(sim.events) == []
        assert comments_lost(sim.events) == []
