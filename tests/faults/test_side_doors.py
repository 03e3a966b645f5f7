# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users of a directory whom a group admits by itself: at no line of a run is a password enough for them.

`invariants.side_doors` looks at the unit after every change, and a change takes effect at the line that saves it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Fault
from tests.simulator.invariants import bindings_lost, violations

from .controller import ModuleFailed, controller
from .test_misbehaviour import BOTH, DEAD, ONE, TWO, WELL, statuses, unit, user

DIRECTORY = """\
config user ldap
    edit "directory"
        set server "192.0.2.10"
        set cnid "uid"
        set dn "dc=example,dc=com"
    next
end
config user group
    edit "staff"
        set member "directory"
    next
end
"""
POLICY = """\
config firewall policy
    edit 1
        set groups "staff"
    next
end
"""
OPEN = "let in by group 'staff' with a password only"


def people(*faults: Fault, version: str, config: str) -> Any:
    users = [
        {"name": "alice", "fortitoken": WELL},
        {"name": "bob", "type": "ldap", "server": "directory", "fortitoken": ONE},
        {"name": "carol", "fortitoken": TWO},
    ]
    return unit(*faults, version=version, users=users, config={"root": config})


@BOTH
def test_a_user_whom_a_group_admits_is_left_alone_and_the_others_are_repaired(version: str, tmp_path: Path) -> None:
    with people(version=version, config=DIRECTORY + POLICY) as simulator, controller(simulator) as play:
        facts = play.remediate(tmp_path / "j.json")
        assert statuses(facts) == {WELL: "active", ONE: DEAD, TWO: "active"}
        assert violations(simulator.events) == [] and bindings_lost(simulator.events) == []
        assert {event["key"] for event in simulator.events if event["type"] == "change"} == {TWO, "carol"}


@BOTH
def test_with_the_consent_of_the_operator_the_user_is_repaired_and_the_way_in_was_open(
    version: str, tmp_path: Path
) -> None:
    with people(version=version, config=DIRECTORY + POLICY) as simulator, controller(simulator) as play:
        facts = play.remediate(tmp_path / "j.json", remote_users="include")
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        assert violations(simulator.events, remote_users=True) == [] and bindings_lost(simulator.events) == []
        # The check of the other tests can fail.
        assert any(OPEN in text for text in violations(simulator.events))


@BOTH
def test_a_group_that_nobody_uses_is_no_way_in(version: str, tmp_path: Path) -> None:
    with people(version=version, config=DIRECTORY) as simulator, controller(simulator) as play:
        play.remediate(tmp_path / "j.json")
        assert violations(simulator.events) == [] and bindings_lost(simulator.events) == []


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
@pytest.mark.parametrize("match", ["^set status disable", "^unset two-factor", "^delete", '^edit "FTK', "commit$"])
@BOTH
def test_an_interrupted_run_opens_no_way_in_either(version: str, match: str, kind: str, tmp_path: Path) -> None:
    fault = Fault(kind, match=match)
    with people(fault, version=version, config=DIRECTORY + POLICY) as simulator:
        for _run in range(2):
            with controller(simulator) as play:
                try:
                    play.remediate(tmp_path / "j.json")
                except ModuleFailed:
                    continue
        assert violations(simulator.events, killed=True) == [] and bindings_lost(simulator.events) == []
        assert user(simulator, "bob") == {**user(simulator, "bob"), "status": "enable", "fortitoken": ONE}
