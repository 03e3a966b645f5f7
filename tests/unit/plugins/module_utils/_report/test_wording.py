# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a report: complete, and the same as in the guide."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import wording
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.gates import (
    BLOCKED,
    OVERRIDDEN,
    PASSED,
    SKIPPED,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import VERDICTS
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import admin, user

GUIDE = Path(__file__).parents[5] / "docs" / "docsite" / "rst" / "guide_verdicts.rst"


def table(heading: str) -> dict[str, tuple[str, ...]]:
    """The rows of the guide's list-table under a heading, by their first cell."""
    text = GUIDE.read_text(encoding="utf-8")
    part = text[text.index(f"\n{heading}\n") :]
    lines = part[part.index(".. list-table::") :].splitlines()[1:]
    inside = "\n".join(itertools.takewhile(lambda line: not line or line.startswith("   "), lines)) + "\n"
    rows = re.findall(r"^   \* - (.+)\n((?:     .+\n)+)", inside, re.MULTILINE)
    return {
        first.strip("`"): tuple(cell.strip() for cell in rest.split("     - ") if cell.strip())
        for first, rest in rows[1:]
    }


def test_the_guide_has_the_verdicts_of_the_report() -> None:
    expected = {name: (row.label, row.meaning, row.next_step) for name, row in wording.VERDICTS.items()}
    assert table("The verdict of a token") == expected


def test_the_guide_has_the_results_of_the_report() -> None:
    expected = {name: (row.label, row.meaning, row.fails) for name, row in wording.RESULTS.items()}
    assert table("The result of a unit") == expected


def test_every_verdict_and_gate_state_has_words() -> None:
    assert set(wording.VERDICTS) == {*VERDICTS, wording.MISSING}
    assert set(wording.GATE_STATES) == {PASSED, BLOCKED, SKIPPED, OVERRIDDEN}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], ""),
        (["bob"], "bob"),
        (["bob", "erin"], "bob and erin"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b, c and 1 more user"),
        (["a", "a"], "a"),
    ],
)
def test_some_names(names: list[str], words: str) -> None:
    assert wording.some(names, "user") == words


def test_accounts_have_one_form() -> None:
    assert wording.who(user("alice", vdom="branch")) == "user alice (VDOM branch)"
    assert wording.who(user("alice"), vdoms=False) == "user alice"
    assert wording.who(admin("root")) == wording.who(admin("root"), vdoms=False) == "administrator root"
    assert wording.users_of([]) == "unassigned"


def test_counts() -> None:
    assert (wording.count(1, "token"), wording.count(3000, "token")) == ("1 token", "3,000 tokens")
    assert wording.tokens_of([{"kind": "mobile"}, {"kind": "mobile"}]) == "2 mobile tokens"
    assert wording.tokens_of([{"kind": "mobile"}, {"kind": "hardware"}]) == "2 tokens"
