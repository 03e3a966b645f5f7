# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from all tokens of a unit together."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Token, Unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.evidence import (
    dead_licenses,
    seeds_of,
)

UNIT = Unit("FGT-A", "FGT60FTK20012345", "FortiGate-60F", "7.4.8", "2795", "none", ("root",), "netops")
OWN, OTHER = "FTMTRIAL0A1B2C3D", "FTMTRIAL11111111"


def hard(number: int, status: str, seed: bool = False) -> Token:
    return Token(f"FTK200BAA{number:07}", "root", True, True, status, 0, seed)


def trial(number: int, pack: str = OWN) -> Token:
    return Token(f"FTKMOB{number:010}", "root", True, True, "new", 0, license=pack)


@pytest.mark.parametrize(
    ("tokens", "version", "state"),
    [
        ((hard(1, "odd", True), hard(2, "active")), (6, 4, 9), "shown"),
        ((hard(1, "active"), hard(2, "odd")), (7, 4, 8), "hidden"),
        ((hard(1, "ACTIVE"),), (7, 4, 8), "hidden"),
        *(
            ((hard(1, "odd"),), version, "shown")
            for version in ((6, 0, 3), (6, 2, 3), (7, 0, 12), (7, 2, 1), (8, 0, 0))
        ),
        *(((hard(1, "odd"),), version, "hidden") for version in ((6, 2, 6), (6, 2, 12), (6, 4, 11), (7, 0, 11))),
        *(((hard(1, "odd"),), version, "unclear") for version in ((6, 2, 4), (7, 2, 0), (5, 6, 0), ())),
        # Next to what is known, and between two lines of releases.
        *(((hard(1, "odd"),), version, "unclear") for version in ((6, 1, 5), (6, 2, 2), (6, 2, 5), (7, 1, 0))),
        # A mobile token never shows a seed.
        ((trial(1), hard(1, "new")), (7, 2, 0), "unclear"),
    ],
)
def test_whether_a_unit_shows_seeds(tokens: tuple[Token, ...], version: tuple[int, ...], state: str) -> None:
    assert seeds_of(tokens, version) == state


@pytest.mark.parametrize(
    ("tokens", "baseline", "dead"),
    [
        ((trial(1), trial(2)), {}, set()),
        ((trial(1), trial(2)), {OWN: UNIT.serial}, set()),
        ((trial(1), trial(2)), {OWN: "FGT60ETK18000001"}, {OWN}),
        # Whose the other one is tells which is dead; else both are doubtful.
        ((trial(1), trial(2, OTHER)), {}, {OWN, OTHER}),
        ((trial(1), trial(2, OTHER)), {OTHER: "FGT60ETK18000001"}, {OTHER}),
        ((trial(1), trial(2), trial(3)), {}, {OWN}),
        ((trial(1, "EFTM000000000001"), trial(2, "EFTM000000000002")), {"EFTM000000000001": "X"}, set()),
    ],
)
def test_trial_licenses_that_cannot_work_here(
    tokens: tuple[Token, ...], baseline: dict[str, str], dead: set[str]
) -> None:
    assert dead_licenses(tokens, UNIT, baseline) == dead


def test_the_members_of_a_cluster_share_one_trial_license() -> None:
    from dataclasses import replace

    unit = replace(UNIT, ha_members=(UNIT.serial, "FGT60FTK20099999"))
    assert dead_licenses((trial(1),), unit, {OWN: "FGT60FTK20099999"}) == frozenset()
