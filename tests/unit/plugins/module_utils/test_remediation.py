# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fortitoken_remediate permits, and what a remediation would take away."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _remediation
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal import Journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.remediate import IN_PLACE, REIMPORT, Rules
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.waves import sizes
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Entry
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.evidence import refine
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import HIDDEN, Policy
from tests.unit.plugins.module_utils._change.fake_console import DEAD, FakeConsole

SERIALS = ["FTK200MADEUP0001", "FTK200MADEUP0002"]


def reading(seeds: str = "", gate: str = "") -> Any:
    """What the module has read: two tokens to be deleted and added again, the second one with a user."""
    console = FakeConsole()
    for serial in SERIALS:
        console.token(serial, DEAD)
    console.user("bob", SERIALS[1])
    inventory = console.found()
    policy = refine(Policy(lock_released=frozenset(("all",)), login="netops"), inventory)

    def require_open_gates() -> None:
        if gate:
            raise UnitError(gate)

    return SimpleNamespace(
        inventory=inventory,
        findings=findings(inventory, policy),
        policy=replace(policy, seeds=seeds or policy.seeds),
        unit=inventory.unit,
        journal=Journal(inventory.unit.serial, inventory.unit.hostname),
        require_open_gates=require_open_gates,
    )


def remediation(way: str = REIMPORT) -> Any:
    return SimpleNamespace(rules=Rules(sizes([]), 0.1, way=way), plan=lambda serials: [[serial] for serial in serials])


@pytest.mark.parametrize(("limit", "permitted"), [(2, True), (1, False), (0, False)])
def test_no_more_is_deleted_than_the_operator_permits(limit: int, permitted: bool) -> None:
    if permitted:
        _remediation.permit(reading(), remediation(), SERIALS, limit)
    else:
        with pytest.raises(UnitError, match=f"2 tokens would be deleted, more than the {limit} .* raise max_deletions"):
            _remediation.permit(reading(), remediation(), SERIALS, limit)


def test_the_limit_counts_deletions_only() -> None:
    found = reading()
    found.findings[SERIALS[0]] = replace(found.findings[SERIALS[0]], action="activate")
    _remediation.permit(found, remediation(), SERIALS, 1)


def test_an_activation_in_place_needs_a_unit_that_shows_seeds() -> None:
    _remediation.permit(reading(), remediation(IN_PLACE), SERIALS, 0)
    with pytest.raises(UnitError, match=r"does not show seeds.*Use way: reimport"):
        _remediation.permit(reading(seeds=HIDDEN), remediation(IN_PLACE), SERIALS, 9)
    _remediation.permit(reading(seeds=HIDDEN), remediation(IN_PLACE), [], 9)


def test_a_closed_gate_permits_nothing() -> None:
    with pytest.raises(UnitError, match="the gate is closed"):
        _remediation.permit(reading(gate="the gate is closed"), remediation(), [], 9)


def test_what_would_be_taken_away_is_returned_whole() -> None:
    found = reading()
    found.journal.add([Entry("FTK200MADEUP0009", "root")], [])
    taken = _remediation.taken(found, [[SERIALS[0]], [SERIALS[1]]], Rules(sizes([]), 0.1, way=REIMPORT))
    assert [entry["serial"] for entry in taken["entries"]] == ["FTK200MADEUP0009", *SERIALS]
    assert [binding["name"] for binding in taken["bindings"]] == ["bob"]


def test_in_place_nothing_is_taken_away() -> None:
    taken = _remediation.taken(reading(), [SERIALS], Rules(sizes([]), 0.1, way=IN_PLACE))
    assert taken == {"entries": [], "bindings": []}


def asked(**params: Any) -> Any:
    """A module with these options."""

    def fail(msg: str) -> None:
        raise ValueError(msg)

    return SimpleNamespace(params={"token_map": [], "baseline": "", **params}, fail_json=fail)


def test_a_baseline_tells_whose_licenses_these_were_and_which_user_had_which_mobile_token(tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    alice, night = ({"type": kind, "name": name, "vdom": "root"} for kind, name in (("user", "a"), ("admin", "n")))
    tokens = [
        {"serial": "FTKMOBEXAMPLE001", "bindings": [alice, night]},
        {"serial": "FTK200EXAMPLE001", "bindings": [{**alice, "name": "b"}]},
    ]
    data = {"unit": {"serial": "FGT60FEXAMPLE001"}, "licenses": [{"license": "EFTM000000000042"}], "tokens": tokens}
    file.write_text(json.dumps(data))
    found = _remediation.wish(asked(baseline=str(file), token_map=["auto"]), ["FTKMOBEXAMPLE001"])
    assert found.baseline.licenses == {"EFTM000000000042": "FGT60FEXAMPLE001"}
    assert found.baseline.had == {("root", "a"): "FTKMOBEXAMPLE001"} and found.token_map.auto
    assert found.baseline.serials == {"FTKMOBEXAMPLE001"} and found.only == ["FTKMOBEXAMPLE001"]
    assert _remediation.wish(asked(), []).token_map.empty


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"token_map": ["jdoe"]}, "token_map: 'jdoe' is not .* The unit was not contacted"),
        ({"baseline": "/nowhere/old.json"}, "cannot be read: No such file"),
        ({"baseline": __file__}, "is not a baseline"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_the_unit_is_contacted(params: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        _remediation.wish(asked(**params), [])
