# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of refused requests: what it holds, whose it is, and what is done with a damaged one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import claims
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import JournalError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Inventory, Token, Unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Finding, Spent
from tests.unit.damage import JSON, damaged

ERROR = "token already activated, and seed won't be returned"
ONE, TWO, THREE = "FTK200MADEUP0001", "FTK200MADEUP0002", "FTK200MADEUP0003"
UNIT = Unit("fgt", "FGT60E0000000001", "FortiGate-60E", "v7.4.8", "2795", "none", ("root",), "admin")


@pytest.fixture
def journal(tmp_path: Path) -> str:
    return str(tmp_path / "folder" / "fgt.json")


def refused(journal: str) -> claims.Claims:
    made = claims.load(journal, UNIT)
    made.refuse(ONE, ERROR, now=1_764_057_600)
    made.refuse(TWO, ERROR, because=ONE, now=1_764_057_600)
    claims.save(journal, made)
    return made


def test_what_was_refused_is_there_again_with_its_time_and_cause(journal: str) -> None:
    refused(journal)
    path = Path(claims.path_of(journal))
    assert path == Path(f"{journal}.claims")
    assert path.stat().st_mode & 0o777 == 0o600
    assert claims.load(journal, UNIT).spent == {
        ONE: Spent("2025-11-25T08:00:00Z", ERROR),
        TWO: Spent("2025-11-25T08:00:00Z", ERROR, ONE),
    }


def test_the_file_is_gone_when_nothing_is_left(journal: str) -> None:
    made = refused(journal)
    made.forget([ONE, TWO, THREE])
    claims.save(journal, made)
    assert not Path(claims.path_of(journal)).exists()


def test_without_a_journal_nothing_is_remembered(tmp_path: Path) -> None:
    made = claims.load("", UNIT)
    made.refuse(ONE, ERROR)
    claims.save("", made)
    assert claims.load("", UNIT).spent == {}
    assert list(tmp_path.iterdir()) == []


def test_another_unit_is_told_nothing_and_the_members_of_a_cluster_are_one_unit(journal: str) -> None:
    made = claims.load(journal, replace(UNIT, ha_members=(UNIT.serial, "FGT60E0000000002")))
    made.refuse(ONE, ERROR)
    claims.save(journal, made)
    assert set(claims.load(journal, replace(UNIT, serial="FGT60E0000000002")).spent) == {ONE}
    assert claims.load(journal, replace(UNIT, serial="FGT60E0000000003")).spent == {}


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 2},
        {"format": "another"},
        {"refused": [{"serial": "no token", "since": "2025-11-25T08:00:00Z", "status": "", "because": ""}]},
        {"refused": [{"serial": ONE, "since": "yesterday", "status": "", "because": ""}]},
        {"refused": [{"serial": ONE, "since": "2025-11-25T08:00:00Z", "status": "a\nb", "because": ""}]},
        {"refused": [{"serial": ONE, "since": "2025-11-25T08:00:00Z", "status": "", "because": "x"}]},
        {"refused": [{"serial": ONE}]},
        {"refused": 1},
        {"unit": None},
    ],
)
def test_a_damaged_file_stops_the_run_and_says_what_to_do(journal: str, damage: dict[str, Any]) -> None:
    refused(journal)
    path = Path(claims.path_of(journal))
    path.write_text(json.dumps({**json.loads(path.read_text()), **damage}))
    with pytest.raises(JournalError, match=r"cannot be used .* Nothing was changed. Repair the file"):
        claims.load(journal, UNIT)


def test_a_file_that_cannot_be_written_stops_the_run(journal: str) -> None:
    made = refused(journal)
    Path(claims.path_of(journal)).unlink()
    Path(claims.path_of(journal)).mkdir()
    with pytest.raises(JournalError, match="nothing more is requested"):
        claims.save(journal, made)


def test_what_works_is_forgotten_and_what_is_awaited_is_no_refusal() -> None:
    made = claims.Claims(UNIT.serial, spent={ONE: Spent("2025-11-25T08:00:00Z", ERROR)})
    works, failed = Finding("healthy", "", "", "none"), Finding("needs_lock_release", "", "", "none")
    inventory = Inventory(UNIT, tuple(Token(serial, "root", True, True, ERROR) for serial in (ONE, TWO, THREE)))
    findings = {ONE: works, TWO: failed, THREE: failed}
    result = claims.remember(made, [ONE, TWO, THREE, "FTK200MADEUP0009"], inventory, findings, unanswered={THREE})
    assert result == [TWO, THREE, "FTK200MADEUP0009"]
    assert set(made.spent) == {TWO}


FILE: dict[str, Any] = {
    "format": "fortiops.fortitoken.claims",
    "version": 1,
    "unit": {"serial": UNIT.serial, "members": [UNIT.serial]},
    "refused": [{"serial": ONE, "since": "2025-11-25T08:00:00Z", "status": ERROR, "because": ""}],
}


@settings(max_examples=100)
@given(data=damaged(FILE) | JSON)
def test_any_damage_raises_the_documented_error_or_gives_claims(
    tmp_path_factory: pytest.TempPathFactory, data: Any
) -> None:
    journal = str(tmp_path_factory.getbasetemp() / "damaged.json")
    path = Path(claims.path_of(journal))
    path.unlink(missing_ok=True)
    path.write_bytes(json.dumps(data).encode())
    path.chmod(0o600)
    try:
        read = claims.load(journal, UNIT)
    except JournalError:
        return
    claims.save(journal, read)
    assert claims.load(journal, UNIT).spent == read.spent


@pytest.mark.parametrize("serial", [["FGT"], None, "", "FGT60E\nx", 5])
def test_a_unit_without_a_proper_serial_is_not_taken_for_another_unit(journal: str, serial: Any) -> None:
    refused(journal)
    path = Path(claims.path_of(journal))
    path.write_text(json.dumps({**FILE, "unit": {"serial": serial, "members": []}}))
    with pytest.raises(JournalError, match=r"unit\.serial must be"):
        claims.load(journal, UNIT)


def test_a_status_of_the_greatest_length_and_a_file_that_is_gone(journal: str) -> None:
    made = claims.load(journal, UNIT)
    made.refuse(ONE, "x" * 500)
    claims.save(journal, made)
    assert len(claims.load(journal, UNIT).spent[ONE].status) == 200
    assert json.loads(Path(claims.path_of(journal)).read_text())["version"] == 1
    made.forget([ONE])
    claims.save(journal, made)
    claims.save(journal, made)
    assert not Path(claims.path_of(journal)).exists()
