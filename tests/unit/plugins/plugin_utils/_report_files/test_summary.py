# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in short: JSON, Markdown, and the lines on the terminal."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import baseline as _baseline
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.build import absent_report
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files import summary as short
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    ALREADY,
    absent,
    blocked_unit,
    facts,
    healthy_unit,
    journal,
    migrated_unit,
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


def test_to_do_items_can_be_turned_into_tickets_without_parsing() -> None:
    found = short.totals(short.summarize("Title", [*three_units(), *absent("fw-away")]))
    assert "hosts" not in found
    item = next(item for item in found["todo"] if item["id"] == "needs_lock_release")
    assert item["host"] == "fw-berlin-01"
    assert item["serials"] == ["FTK200EXAMPLE003", "FTK200EXAMPLE005"]
    assert (item["actor"], item["addressee"]) == ("Fortinet TAC", "tac")
    assert item["ticket"].startswith("Subject: Release the activation lock of 2 FortiTokens")
    assert item["remedy"] and item["command"]
    assert found["omitted"] == []


def test_to_do_items_stay_small_enough_to_be_passed_on() -> None:
    failed = [token(f"FTK200EX{number:08}", "needs_lock_release", ALREADY, seed=True) for number in range(2_000)]
    many = [{**report(f"fw-{number}", before=facts(failed))} for number in range(4)]
    summary = short.summarize("Title", many)
    found = short.totals(summary)
    assert found["omitted"] == ["ticket"]
    assert len(json.dumps(found)) < 400_000
    assert len(found["todo"]) == 4
    assert all(item["serials"] and "ticket" not in item for item in found["todo"])
    assert summary["hosts"][0]["todo"][0]["ticket"], "the file has all"


def test_open_journal_is_named_on_terminal_and_in_markdown() -> None:
    failed = token("FTK200EXAMPLE001", "reimport", ALREADY, user("erin"), seed=True)
    reports = [report("fw", error="no route to host", journal=journal(failed)), absent_report("fw-b", journal(failed))]
    summary = short.summarize("Title", reports)
    assert (summary["passed"], summary["hosts"][0]["passed"]) == (False, False)
    for text in (short.terminal(summary, "/x"), short.markdown(summary)):
        assert text.count("erin: may be disabled") == 2
        assert text.count("EXAMPLE001: may be missing") == 2


def test_terminal_shows_what_was_not_changed_and_what_to_type_next() -> None:
    text = short.terminal(short.summarize("Title", [migrated_unit()]), "/x/index.html")
    assert "Not changed: 6 tokens" in text
    assert "Lock not released" in text
    assert "remediate_lock_released=FTK200EXAMPLE003,FTK200EXAMPLE005" in text
    assert text.count("Ask Fortinet TAC") == 1, "what is to be done is shown once"


def test_status_line_is_result_count_and_path() -> None:
    assert short.status_line(migrated_unit(), "/r/fw.json") == (
        "fw-berlin-01 is partial: 6 things to do. Report: /r/fw.json"
    )


def test_terminal_obeys_no_text() -> None:
    name = "fw\x1b[2J\u2028x"
    made = report(name, before=facts([token("FTK200EXAMPLE003", "undecided", "\x1b]0;x\x07")]), error="a\rb\x9b1m")
    text = short.terminal(short.summarize(name, [made, *absent(name)]), "/x")
    assert not set("\x1b\x07\r\x9b\u2028") & set(text)
