# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in short: JSON, Markdown, and the lines on the terminal."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import baseline as _baseline
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files import summary as short
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    ALREADY,
    absent,
    blocked_unit,
    facts,
    healthy_unit,
    report,
    three_units,
    token,
    user,
)

WELL = [token("FTK200EXAMPLE001", "healthy", "active", user("alice"), seed=True)]
OLD = [*WELL, token("FTK200EXAMPLE002", "healthy", "active", user("bob"), seed=True)]


def compared(now: list[dict[str, Any]]) -> dict[str, Any]:
    baseline = _baseline.make(facts(OLD, hostname="fw-old"), "fw-old", "2026-03-01T02:07:42Z")
    return report("fw-new", before=facts(now), baseline=baseline)


def test_totals() -> None:
    made = short.summarize("Title", [*three_units(), *absent("fw-away")])
    assert made["results"] == {"not_reached": 1, "blocked": 1, "partial": 1, "healthy": 1}
    assert (made["units"], made["passed"]) == (4, False)
    assert made["tokens"] == sum(row["tokens"] for row in made["hosts"]) == 13 + 8 + 5
    assert made["attention"] == sum(row["attention"] for row in made["hosts"])
    assert sum(made["verdicts"].values()) == made["tokens"]
    assert json.loads(json.dumps(made)) == made


def test_passed_when_every_unit_is() -> None:
    assert short.summarize("Title", [healthy_unit()])["passed"] is True
    assert short.summarize("Title", [])["passed"] is False, "no unit at all proves nothing"


def test_markdown_tells_units_work_and_tickets() -> None:
    text = short.markdown(short.summarize("Title", [*three_units(), *absent("fw-away")]))
    assert "| fw-berlin-01 | Work left | 13 |" in text
    assert "| fw-away | Not reached | 0 |" in text
    assert "`FTK200EXAMPLE005`" in text
    assert "Tickets to open: tac, customer-service" in text
    assert "Of the old unit" not in text
    assert "judy" not in text, "holders are not named"


def test_markdown_of_a_compared_unit() -> None:
    text = short.markdown(short.summarize("Title", [compared(WELL)]))
    assert "| 1 of 2 tokens, 1 of 2 bindings |" in text


def test_markdown_takes_no_orders_from_text() -> None:
    host = "fw|`x`\n# <script>[a](b) **b** @all"
    made = report(host, before=facts([token("FTK200EXAMPLE003", "undecided", "x")]))
    text = short.markdown(short.summarize(host, [made]))
    # The command to copy holds the name as it is, as inline code, which nothing in it can end.
    text = "\n".join(line for line in text.splitlines() if not line.startswith("  Next: ``"))
    assert "<script>" not in text
    assert "@all" not in text
    assert "**b**" not in text
    assert "\n# <" not in text
    [row] = [line for line in text.splitlines() if "Work left" in line]
    assert row.replace("\\|", "").count("|") == 5


def test_large_fleets_are_cut_and_say_so() -> None:
    many = [{**blocked_unit(), "host": f"fw-{number:03}"} for number in range(80)]
    summary = short.summarize("Title", many)
    text = short.markdown(summary)
    assert text.count("\n## fw-") == 50
    assert "And 30 more units" in text
    assert "and 30 more units" in short.terminal(summary, "/x/index.html")
    sick = [token(f"FTK200EX{number:08}", "needs_lock_release", ALREADY, seed=True) for number in range(500)]
    text = short.markdown(short.summarize("Title", [report("fw", before=facts(sick))]))
    assert text.count("`FTK200EX") == 20
    assert "and 480 more" in text


def test_terminal_of_one_unit() -> None:
    lines = short.terminal(short.summarize("Title", [compared(WELL)]), "/x/index.html").splitlines()
    assert lines[0] == "Title: fw-new: 1 thing to do. 1 token: 1 healthy."
    assert lines[1].strip() == "Of fw-old (FGT60FEXAMPLE001), 1 of 2 tokens and 1 of 2 bindings are here."
    assert lines[-1].strip() == "/x/index.html"
    assert lines[-2].strip() == "ansible-playbook fortiops.fortitoken.remediate_tokens -e remediate_hosts=fw-new"


def test_terminal_of_several_units_names_those_that_need_attention() -> None:
    text = short.terminal(short.summarize("Title", [*three_units(), *absent("fw-away")]), "/x/index.html")
    assert "fw-hamburg-02: Blocked" in text
    assert "fw-away: Not reached" in text
    assert "fw-munich-03" not in text
