# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about what surrounds the tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    Account,
    Inventory,
    LostLine,
    Surroundings,
    Table,
    Token,
    Unit,
    Unseen,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.checks import moved, unit_findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy

UNIT = Unit("FGT-A", "FGT60FTK20012345", "FortiGate-60F", "7.4.8", "2795", "none", ("root",), "netops")


def hard(number: int, drift: int | None = 0, status: str = "active") -> Token:
    return Token(f"FTK200BAA{number:07}", "root", True, True, status, drift, True)


def found(tokens: tuple[Token, ...] = (hard(1),), accounts: tuple[Account, ...] = (), **unit: Any) -> dict[str, Any]:
    inventory = Inventory(replace(UNIT, **unit), tokens, accounts)
    return {each["id"]: each for each in unit_findings(inventory, findings(inventory, Policy()))}


@pytest.mark.parametrize(
    ("around", "name", "severity"),
    [
        (Surroundings(lost_lines=(LostLine("set passwd", "7:x", "secret"),)), "restore_lost_lines", "warning"),
        (Surroundings(lost_lines=(LostLine("set speed", "7:x", ""),)), "restore_lost_lines", "info"),
        (Surroundings(private_data_encryption=True), "private_data_encryption", "info"),
        (Surroundings(ntp_on=False, ntp_synchronized=False), "ntp", "warning"),
        (Surroundings(ntp_on=True, ntp_synchronized=False), "ntp", "warning"),
        (Surroundings(skew=61.0, clock="2026-03-30 12:00:00"), "clock", "warning"),
        (Surroundings(skew=-61.0, clock="2026-03-30 12:00:00"), "clock", "warning"),
        (Surroundings(tables=(Table("user.fortitoken", 0, 12, 12),)), "table_full", "warning"),
        (Surroundings(tables=(Table("user.fortitoken", 1, 12, 1),)), "table_full", "warning"),
        (Surroundings(tables=(Table("user.local", 0, 5, 5),)), "table_full", "warning"),
    ],
)
def test_each_becomes_a_finding_with_its_remedy(around: Surroundings, name: str, severity: str) -> None:
    (finding,) = found(surroundings=around).values()
    assert (finding["id"], finding["severity"]) == (name, severity)
    assert finding["remedy"] and finding["source"] and finding["certainty"] in ("seen", "inferred")


@pytest.mark.parametrize(
    "around",
    [
        Surroundings(),
        Surroundings(lost_lines=(), private_data_encryption=False, ntp_on=True, ntp_synchronized=True, skew=59.0),
        Surroundings(tables=(Table("user.fortitoken", 5, 12, 11), Table("user.local", 0, 0, 900))),
    ],
)
def test_nothing_is_said_of_what_is_fine_or_unknown(around: Surroundings) -> None:
    assert found(surroundings=around) == {}


def test_a_clock_matters_only_where_there_are_tokens() -> None:
    assert found((), surroundings=Surroundings(ntp_on=False, skew=900.0)) == {}


def test_private_data_encryption_is_a_warning_while_tokens_fail() -> None:
    around = Surroundings(private_data_encryption=True)
    assert found((hard(1, status="odd"),), surroundings=around)["private_data_encryption"]["severity"] == "warning"


@pytest.mark.parametrize(
    ("drifts", "said"),
    [
        ((4, 4, 4), True),
        ((4, 4, 4, 0, 1, 2), True),
        ((4, 4, 4, 0, 1, 2, 3), False),
        ((4, 4, 0), False),
        ((0, 0, 0, 0), False),
        ((None, None, None), False),
        ((-7, -7, -7, -7), True),
    ],
)
def test_many_tokens_with_the_same_drift(drifts: tuple[int | None, ...], said: bool) -> None:
    result = found(tuple(hard(number, drift) for number, drift in enumerate(drifts)))
    assert ("same_drift" in result) is said


def test_what_could_not_be_read_is_named_with_the_right_to_add() -> None:
    unseen = (Unseen("the administrators", "refused", "set sysgrp read"), Unseen("VDOM dmgmt-vdom", "reserved"))
    finding = found(unseen=unseen)["not_read"]
    assert "the administrators, VDOM dmgmt-vdom" in finding["title"]
    assert "set sysgrp read" in finding["remedy"] and finding["severity"] == "warning"
    assert found(unseen=unseen[1:])["not_read"]["severity"] == "info"


def test_who_has_moved_to_the_cloud_lost_nothing() -> None:
    accounts = (
        Account("user", "eve", "root", "enable", "fortitoken-cloud", ""),
        Account("admin", "boss", "global", None, "fortitoken-cloud", ""),
        Account("user", "bob", "root", "enable", "fortitoken", "FTK200BAA0000001"),
    )
    finding = found(accounts=accounts)["moved_to_cloud"]
    assert (finding["severity"], finding["evidence"]) == ("info", ["user eve (VDOM root)", "administrator boss"])
    assert [row["name"] for row in moved(Inventory(UNIT, (), accounts))] == ["eve", "boss"]
