# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison with a baseline in words."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.baseline_findings import (
    findings,
    verdict_line,
)

ROW = {"serial": "FTK200EXAMPLE001", "vdom": "root", "type": "user", "name": "alice", "holders": [], "holds": []}


def comparison(**more: Any) -> dict[str, Any]:
    return {
        "unit": {"hostname": "fw-old", "serial": "FGT60FEXAMPLE001"},
        "checked": True,
        "complete": True,
        "tokens": {"expected": 1200, "there": 1200},
        "bindings": {"expected": 1, "there": 1},
        "not_checked": 0,
        "missing_tokens": [],
        "missing_bindings": [],
        "disabled": [],
        "moved": [],
        "added": [],
        "admins_known": True,
        **more,
    }


def test_one_sentence() -> None:
    start = "Of fw-old (FGT60FEXAMPLE001), 1,200 of 1,200 tokens and 1 of 1 binding are here."
    assert verdict_line(comparison()) == start
    limited = verdict_line(comparison(not_checked=2))
    assert limited == f"{start} 2 tokens outside the limits of this run not looked at."
    assert "nothing was read" in verdict_line(comparison(checked=False))


@pytest.mark.parametrize(
    ("part", "name", "severity"),
    [
        ("missing_tokens", "baseline_token_missing", "error"),
        ("missing_bindings", "baseline_binding_missing", "error"),
        ("disabled", "baseline_user_disabled", "warning"),
    ],
)
def test_what_is_not_here_is_work(part: str, name: str, severity: str) -> None:
    (made,) = findings(comparison(complete=False, **{part: [ROW]}))
    assert (made["id"], made["severity"], made["serials"]) == (name, severity, ["FTK200EXAMPLE001"])


def test_an_account_without_its_token_tells_what_it_has() -> None:
    rows = [ROW, {**ROW, "holds": ["FTK200EXAMPLE002", "FTK200EXAMPLE003"]}]
    (made,) = findings(comparison(complete=False, missing_bindings=rows))
    assert [line.partition("now ")[2] for line in made["evidence"]] == [
        "without a token",
        "with FTK200EXAMPLE002, FTK200EXAMPLE003",
    ]


def test_notes_need_nobody() -> None:
    (made,) = findings(comparison(moved=["m"], added=["FTK200EXAMPLE009"], admins_known=False))
    assert made["severity"] == "info"
    assert made["evidence"] == [
        "m",
        "FTK200EXAMPLE009: not on the old unit",
        "The baseline was taken without reading the administrators.",
    ]
    assert [row["id"] for row in findings(comparison())] == ["baseline_compared"]
    assert findings(comparison(complete=False)) == []


def test_a_unit_that_was_not_read_is_an_error() -> None:
    made = findings(comparison(checked=False, complete=False))
    assert [(row["id"], row["severity"]) for row in made] == [("baseline_not_checked", "error")]
