# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in short, for whoever does not open the page: as data, as Markdown, and as lines on the terminal.

Tokens are named by their serials and users are not named, because a summary lands in places that many can read. The
exception is an open journal: who is disabled must be known wherever the run is looked at.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.baseline_findings import verdict_line
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.cards import agenda, work_cards
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.claims_without_token import (
    claims_without_token,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.escape import (
    markdown as safe,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.escape import (
    markdown_code,
    one_line,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.headline import (
    headline,
    not_changed,
    reason,
    run_label,
    token_counts,
    verdict_counts,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.unfinished import described
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import OPEN_RESULTS, RESULTS, count

SCHEMA = 2

#: Units and serials that Markdown and terminal spell out: GitHub takes 1 MiB for a summary, and nobody reads it all.
MOST_UNITS = 50
MOST_SERIALS = 20
MOST_NAMED = 20
#: AWX cuts a task's result at 700,000 bytes; of the to-do items that `set_stats` passes on, this much.
MOST_TODO_BYTES = 300_000
#: What an item can do without, the longest first; the files have it.
_SPARED_FIRST = ("ticket", "serials")


def summarize(title: str, reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the run as plain data; hosts without a report stand in it by what `build.absent_report` returns."""
    order = list(RESULTS)
    reports = sorted(reports, key=lambda report: (order.index(report["result"]), report["host"]))
    hosts = [_host(report) for report in reports]
    results = Counter(row["result"] for row in hosts)
    return {
        "schema": SCHEMA,
        "title": title,
        "label": run_label(reports),
        "headline": headline(reports),
        "finished": max((report["run"]["finished"] for report in reports), default="") or None,
        "passed": bool(hosts) and all(row["passed"] for row in hosts),
        "units": len(hosts),
        "results": {result: results[result] for result in RESULTS if results[result]},
        "tokens": sum(row["tokens"] for row in hosts),
        "attention": sum(row["attention"] for row in hosts),
        "verdicts": dict(sorted(verdict_counts(reports).items())),
        "token_counts": token_counts(reports),
        "plans": {report["host"]: report["plan"]["digest"] for report in reports if _is_proposed(report)},
        "warnings": claims_without_token(reports),
        "commands": [{"topic": row["topic"], "command": row["command"]} for row in agenda(reports) if row["command"]],
        "hosts": hosts,
    }


def _is_proposed(report: Mapping[str, Any]) -> bool:
    """Say whether the run made a plan, to be approved and applied by another run."""
    return bool(report["plan"] and report["check_mode"])


def _host(report: Mapping[str, Any]) -> dict[str, Any]:
    baseline, plan, journal = report["baseline"], report["plan"], report["journal"]
    return {
        "host": report["host"],
        "result": report["result"],
        "why": reason(report),
        "not_changed": not_changed(report),
        "passed": report["passed"],
        "changed": report["changed"],
        "tokens": len(report["tokens"]),
        "attention": sum(token["attention"] for token in report["tokens"]),
        "todo": [
            {
                key: card[key]
                for key in ("id", "severity", "title", "actor", "remedy", "command", "serials", "addressee", "ticket")
            }
            for card in work_cards(report["findings"])
        ],
        "unfinished": described(journal, report["vdoms"]) if journal and journal["open"] else [],
        "tickets": [ticket["addressee"] for ticket in report["tickets"]],
        "baseline": baseline
        and {
            **{field: baseline[field] for field in ("complete", "tokens", "bindings")},
            "text": verdict_line(baseline),
        },
        "plan": plan and plan["digest"],
    }


def totals(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the run in figures and its to-do items with their hosts, small enough for `set_stats`.

    Where the items are too large, tickets and then serials are left out of them; ``omitted`` names what.
    """
    items = [{"host": row["host"], **item} for row in summary["hosts"] for item in row["todo"]]
    omitted = []
    for field in _SPARED_FIRST:
        if len(json.dumps(items)) > MOST_TODO_BYTES:
            items = [{key: value for key, value in item.items() if key != field} for item in items]
            omitted.append(field)
    figures = {key: value for key, value in summary.items() if key not in ("hosts", "commands")}
    return {**figures, "todo": items, "omitted": omitted}


def terminal(summary: Mapping[str, Any], page: str) -> str:
    """Return the lines at the end of a run."""
    lines = [f"{summary['title']}: {summary['headline']}. {summary['token_counts']}"]
    several = summary["units"] > 1
    indent = "    " if several else "  "
    rows = [row for row in summary["hosts"] if row["result"] in OPEN_RESULTS or row["todo"] or row["baseline"]]
    for row in rows[:MOST_UNITS]:
        if several:
            lines.append(f"  {row['host']}: {RESULTS[row['result']].label}" + (f": {row['why']}" if row["why"] else ""))
        if row["baseline"]:
            lines.append(f"{indent}{row['baseline']['text']}")
        lines += [f"{indent}{line}" for line in row["unfinished"][:MOST_NAMED]]
        for todo in row["todo"]:
            lines.append(f"{indent}{todo['title']} ({todo['actor']})")
        if not several and row["why"] and all(row["why"] != todo["title"] for todo in row["todo"]):
            lines.append(f"{indent}{row['why']}")
        if row["not_changed"]:
            lines.append(f"{indent}{row['not_changed']}")
    if len(rows) > MOST_UNITS:
        lines.append(f"  and {count(len(rows) - MOST_UNITS, 'more unit')}")
    for host, digest in list(summary["plans"].items())[:MOST_UNITS]:
        lines.append(f"  Plan of {host}: SHA-256 {digest}")
    if summary["commands"]:
        first = summary["commands"][0]
        lines += [f"  Next ({first['topic']}):", f"    {first['command']}"]
    return "\n".join(one_line(line) for line in [*lines, f"  {page}"])


def status_line(report: Mapping[str, Any], path: str) -> str:
    """Return what the failure of a unit says: result, how much is to be done, and where to read it."""
    steps = len(work_cards(report["findings"]))
    return one_line(f"{report['host']} is {report['result']}: {count(steps, 'thing')} to do. Report: {path}")


def markdown(summary: Mapping[str, Any]) -> str:
    """Return the run as GitHub and GitLab Markdown. All text from units is escaped: it may hold anything."""
    compared = any(row["baseline"] for row in summary["hosts"])
    lines = [f"# {safe(summary['headline'])}", ""]
    facts = [summary["title"], summary["label"], f"{summary['finished']}" if summary["finished"] else ""]
    lines += [safe(", ".join(fact for fact in facts if fact)) + "  ", safe(summary["token_counts"]), ""]
    head = ["Unit", "Result", "Tokens", "Need attention", *(["Of the old unit"] if compared else ())]
    lines += [_table_row(head), _table_row(["---", "---", "---:", "---:", *(["---"] if compared else ())])]
    for row in summary["hosts"]:
        result = RESULTS[row["result"]].label + (f": {safe(row['why'])}" if row["why"] else "")
        cells = [safe(row["host"]), result, f"{row['tokens']:,}", f"{row['attention']:,}"]
        lines.append(_table_row([*cells, *([_compared(row["baseline"])] if compared else ())]))
    waiting = [row for row in summary["hosts"] if row["todo"]]
    for row in waiting[:MOST_UNITS]:
        lines += ["", f"## {safe(row['host'])}: action required", ""]
        if row["unfinished"]:
            named = [safe(line) for line in row["unfinished"][:MOST_NAMED]]
            more = len(row["unfinished"]) - MOST_NAMED
            lines.append(f"- Unfinished: {'; '.join(named)}{f'; and {more:,} more' if more > 0 else ''}.")
        for todo in row["todo"]:
            lines.append(f"- **{safe(todo['title'])}** ({safe(todo['actor'])}). {safe(todo['remedy'])}".rstrip())
            if todo["serials"]:
                lines.append(f"  {_serials(todo['serials'])}")
            if todo["command"]:
                lines.append(f"  Next: {markdown_code(todo['command'])}")
        if row["tickets"]:
            lines.append(f"- Tickets to open: {safe(', '.join(row['tickets']))}. Their texts are next to the report.")
    if len(waiting) > MOST_UNITS:
        lines += ["", f"And {count(len(waiting) - MOST_UNITS, 'more unit')}: see index.html."]
    plans = [row for row in summary["hosts"] if row["plan"]][:MOST_UNITS]
    if plans:
        lines += ["", "## Plans", ""]
        lines += [f"- {safe(row['host'])}: SHA-256 {markdown_code(row['plan'])}" for row in plans]
    return "\n".join(lines) + "\n"


def _compared(baseline: Mapping[str, Any] | None) -> str:
    if baseline is None:
        return ""
    counts = [
        f"{baseline[what]['there']:,} of {baseline[what]['expected']:,} {what}" for what in ("tokens", "bindings")
    ]
    return ", ".join(counts)


def _serials(serials: Sequence[str]) -> str:
    more = len(serials) - MOST_SERIALS
    named = ", ".join(markdown_code(serial) for serial in serials[:MOST_SERIALS])
    return named + (f" and {more:,} more" if more > 0 else "")


def _table_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
