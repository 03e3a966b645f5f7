# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings are replayed and compared with what is known; each deviation is listed once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.faults.controller import controller
from tests.simulator import from_data, running
from tests.tools.recording import check

RECORDINGS = sorted((ROOT / "tests" / "recordings").glob("*.jsonl"))
MIGRATED = ROOT / "tests" / "recordings" / "simulated-migrated.jsonl"


def test_there_are_recordings() -> None:
    assert len(RECORDINGS) >= 2


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_deviates_from_nothing_that_is_known(path: Path) -> None:
    assert check(path) == []


#: What a unit may print otherwise: (what is known, what it prints instead, the deviation).
DEVIATIONS = {
    "status": (r"won't be returned", "won't be seen again", "status: 'token already activated, and seed won't be seen"),
    "column": (r"DRIFT    STATUS", "DRIFT    STATUS    AGE", "status list: it begins with"),
    "trailer": (
        r"Total global activated token",
        "Global total",
        "status list: no line 'Total global",
    ),
    "server": (r"Token server status: \w+", "Token server status: asleep", "the token server is 'asleep'"),
    "role": (r"Current HA mode: standalone", "Current HA mode: a-p, helper", "the HA mode is 'a-p, helper'"),
    "vdom": (r"Virtual domain configuration: disable", "Virtual domain configuration: mixed", "'mixed'"),
    "attribute": (r"set accprofile \\\"super_admin\\\"", "set trust-level 9", "attribute 'trust-level'"),
    "echo": (r"show system global\\r", r"show system globl\\r", "echo: 'show system global'"),
}


def changed(tmp_path: Path, *kinds: str) -> Path:
    text = MIGRATED.read_text(encoding="utf-8")
    for kind in kinds:
        known, instead, _deviation = DEVIATIONS[kind]
        text, count = re.subn(known, instead, text, flags=re.IGNORECASE)
        assert count, kind
    path = tmp_path / "unit.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", sorted(DEVIATIONS))
def test_what_a_unit_prints_otherwise_is_listed(kind: str, tmp_path: Path) -> None:
    found = check(changed(tmp_path, kind))
    assert any(DEVIATIONS[kind][2] in text for text in found), found


def test_exactly_the_planted_deviations_are_listed(tmp_path: Path) -> None:
    kinds = ("status", "column", "server", "role", "attribute")
    found = check(changed(tmp_path, *kinds))
    assert len(found) == len(kinds), found
    for kind in kinds:
        assert any(DEVIATIONS[kind][2] in text for text in found), found


def recorded(tmp_path: Path, **more: Any) -> Path:
    """A whole repair of a migrated unit, with debug output in between."""
    scenario = ROOT / "tests" / "simulator" / "scenarios" / "groups.yml"
    data = {**yaml.safe_load(scenario.read_text(encoding="utf-8")), **more}
    with (
        running(*from_data(data)) as unit,
        controller(unit, ansible_fortios_record=str(tmp_path)) as play,
    ):
        play.remediate(tmp_path / "journal.json")
    (path,) = tmp_path.glob("*.jsonl")
    return path


def test_a_recorded_repair_deviates_from_nothing(tmp_path: Path) -> None:
    path = recorded(tmp_path, hostname="Branch 7 (north)")
    assert "config user fortitoken" in path.read_text(encoding="utf-8")
    assert check(path) == []


def test_one_deviation_of_a_repaired_unit_is_listed_once(tmp_path: Path) -> None:
    found = check(recorded(tmp_path, behaviour={"transaction_answers": False, "debug_refused": "debug"}))
    assert len(found) == 2, found
    assert found[0].startswith("refused: 'diagnose debug ")
    assert found[1].startswith("output: 'execute config-transaction start' prints nothing")
