# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts and gates of a unit in files say what they depend on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Token, Unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.gates import BLOCKED, PASSED, Gate
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.offline import finding, gates
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Finding

UNIT = Unit(
    hostname="fw",
    serial="unknown",
    model="unknown",
    version="unknown",
    build="unknown",
    vdom_mode="none",
    vdoms=("root",),
    user="",
    ha_mode="a-p",
    ha_role="unknown",
    offline=True,
    source=("fw.conf",),
    missing=("diagnose fortitoken info", "show system central-management"),
)
DUE = Finding("reimport", "", "", "reimport")
REPORTED = Finding("undecided", "", "", "none")
FOUND = [
    Gate(name, BLOCKED, "said of a unit", "something")
    for name in ("management", "rights", "ha_role", "token_server", "firmware", "all_failing", "save_mode")
]


def states(unit: Unit, *findings: Finding) -> dict[str, str]:
    return {gate.name: gate.state for gate in gates(unit, FOUND, findings)}


@pytest.mark.parametrize(
    ("serial", "seed", "depends"),
    [
        ("FTK200BAA0000001", True, "its activation lock must be released"),
        ("FTK200BAA0000001", False, "with 'new' it can be activated"),
        ("FTKMOB0A1B2C3D4E", False, "its license must be transferred"),
    ],
)
def test_a_token_without_status_is_undecided_and_says_on_what_it_depends(serial: str, seed: bool, depends: str) -> None:
    found = finding(Token(serial, "root", configured=True, listed=True, status="unknown", seed=seed), UNIT)
    assert found is not None
    assert (found.verdict, found.action) == ("undecided", "none")
    assert depends in found.reason
    assert "'diagnose fortitoken info'" in found.remedy


def test_a_status_without_an_entry_asks_for_the_entry() -> None:
    token = Token("FTK200BAA0000001", "root", listed=True, status="active")
    assert finding(token, UNIT) is None
    found = finding(token, replace(UNIT, missing=("show user fortitoken in VDOM root",)))
    assert found is not None
    assert "'show user fortitoken'" in found.remedy


def test_a_real_unit_is_left_as_it_is() -> None:
    unit = replace(UNIT, offline=False)
    assert finding(Token("FTK200BAA0000001", "root", configured=True, status="unknown"), unit) is None
    assert gates(unit, FOUND, [DUE]) == tuple(FOUND)


def test_what_is_unknown_blocks_a_change_and_no_audit() -> None:
    due = states(UNIT, DUE)
    assert due.pop("rights") == PASSED
    assert due.pop("all_failing") == PASSED
    assert set(due.values()) == {BLOCKED}
    assert set(due) >= {"source", "management", "ha_role", "token_server", "firmware"}
    assert set(states(UNIT, REPORTED).values()) == {PASSED}


def test_what_the_files_hold_is_evaluated_as_on_a_unit() -> None:
    whole = replace(UNIT, user="admin", version="7.4.8", ha_role="primary", token_server="reachable", missing=())
    first, *rest = gates(whole, FOUND, [DUE])
    assert (first.name, first.state) == ("source", PASSED)
    assert rest == FOUND
