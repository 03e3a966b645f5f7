# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode writes a plan; later exactly that plan is applied, or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import time
from typing import Any

import pytest

from tests.simulator import Simulator, from_data, running
from tests.simulator.faults import change
from tests.simulator.invariants import bindings_lost, comments_lost, violations

from .conftest import Place, assert_promises_kept, changes, lines, logins

REMEDIATE = "fortiops.fortitoken.remediate_tokens"
ALREADY = "token already activated, and seed won't be returned"
UNIT = {
    "hostname": "fgt-plan",
    "serial": "FGT60ETK18000009",
    "accounts": [{"name": "admin", "password": "demo-Passw0rd"}],
    "tokens": [
        {"serial": "FTK200MIGRATE001", "seed": True, "state": ALREADY, "comments": "desk 4"},
        {"serial": "FTK200UNUSED0001", "state": "new"},
        {"serial": "FTK200HEALTHY001", "seed": True, "state": "active"},
    ],
    "users": [
        {"name": "alice", "fortitoken": "FTK200MIGRATE001", "passwd": "made-up-pw-1"},
        {"name": "bob", "fortitoken": "FTK200HEALTHY001", "passwd": "made-up-pw-2"},
        {"name": "carol", "passwd": "made-up-pw-3"},
    ],
    "fortiguard": {
        "serials": {"FTK200MIGRATE001": {"lock_released": True, "delay": 0.2}, "FTK200UNUSED0001": {"delay": 0.2}}
    },
}
SETTINGS = {"remediate_lock_released": "FTK200MIGRATE001"}


@pytest.fixture
def sim(place: Place) -> Any:
    with running(*from_data(UNIT)) as simulator:
        place.add(simulator)
        yield simulator


def as_another_administrator(sim: Simulator, *commands: str) -> None:
    sim.call(lambda: change(sim.unit(), list(commands)))


# Five runs of ansible-playbook.
@pytest.mark.timeout(900)
def test_a_plan_is_stable_and_applied_only_to_the_unit_that_it_was_made_for(place: Place, sim: Simulator) -> None:
    checked = place.play(REMEDIATE, "--check", "--diff", **SETTINGS, remediate_strict="no")
    assert checked.code == 0, checked.output
    path = checked.reports / "plan" / "fgt-plan.json"
    first = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(first)["commands"] == checked.report("fgt-plan")["planned_commands"]
    assert checked.report("fgt-plan")["plan"]["digest"] == hashlib.sha256(first).hexdigest()
    assert changes(sim) == []

    digests = json.loads((checked.reports / "summary.json").read_text())["plans"]
    assert digests == {"fgt-plan": hashlib.sha256(first).hexdigest()}
    assert f"Plan of fgt-plan: SHA-256 {digests['fgt-plan']}" in checked.output

    again = place.home / "again"
    place.play(REMEDIATE, "--check", **SETTINGS, remediate_strict="no", remediate_plan_dir=str(again))
    assert (again / "fgt-plan.json").read_bytes() == first, "the same state gives the same bytes"

    as_another_administrator(
        sim,
        "config user local",
        'edit "carol"',
        "set two-factor fortitoken",
        'set fortitoken "FTK200UNUSED0001"',
        "end",
    )
    count = len(changes(sim))
    refused = place.play(REMEDIATE, remediate_plan=str(again), remediate_lock_released="all")
    assert refused.code == 2, refused.output
    assert refused.recap("fgt-plan")["changed"] == 0
    report = refused.report("fgt-plan")
    # An option of this run that is not the plan's is a difference, too.
    for words in (
        "FTK200UNUSED0001: user carol (VDOM root) has it now",
        "remediate_lock_released was FTK200MIGRATE001, is all",
    ):
        assert words in report["error"]["msg"]
        assert words in report["plan"]["differences"]
    assert len(changes(sim)) == count, "nothing was changed"
    assert not [
        line for line in lines(sim) if line.startswith(("config", "edit", "set", "delete", "execute fortitoken"))
    ]
    assert_promises_kept(sim, refused)

    as_another_administrator(sim, "config user local", 'edit "carol"', "unset fortitoken", "unset two-factor", "end")
    # The plan brings its options with it.
    before = len(lines(sim))
    applied = place.play(REMEDIATE, remediate_plan=str(again), remediate_plan_digests=digests)
    assert applied.code == 0, applied.output
    report = applied.report("fgt-plan")
    assert report["result"] == "remediated"
    assert report["commands"] == json.loads(first)["commands"]
    sent = [line for line in lines(sim)[before:] if line in set(report["commands"])]
    assert sent == report["commands"], "each line of the plan was sent once, in its order"
    assert applied.recap("fgt-plan")["changed"] == 1, "what was only planned is no change"
    assert logins(sim) == 4
    assert_promises_kept(sim, applied)

    repeated = place.play(REMEDIATE, remediate_plan=str(again))
    assert repeated.code == 0, repeated.output
    assert repeated.recap("fgt-plan")["changed"] == 0
    assert repeated.report("fgt-plan")["result"] == "healthy"


def test_an_interrupted_plan_is_finished_by_applying_it_again(place: Place, sim: Simulator) -> None:
    checked = place.play(REMEDIATE, "--check", **SETTINGS, remediate_strict="no")
    plan = {"remediate_plan": str(checked.reports / "plan" / "fgt-plan.json")}
    with place.start(REMEDIATE, **plan) as process:
        while not any(line.startswith("delete") for line in lines(sim)):
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
    end = time.monotonic() + 20
    while sum(event["type"] == "logout" for event in sim.events) < logins(sim):
        assert time.monotonic() < end, "the persistent process outlived its playbook"
        time.sleep(0.05)
    run = place.play(REMEDIATE, **plan)
    assert run.code == 0, run.output
    assert run.report("fgt-plan")["summary_after"] == {"healthy": 3}
    assert violations(sim.events) == []
    assert bindings_lost(sim.events) == []
    assert comments_lost(sim.events) == []
