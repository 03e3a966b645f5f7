# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in short, for whoever does not open the page: as data, as Markdown, and as lines on the terminal.

Tokens are named by their serials, not by who holds them: a summary lands in places that many can read.

Note that this plugin util is PRIVATE to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.baseline import verdict_line
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.page import (
    NOT_REACHED,
    OPEN_RESULTS,
    RESULT_ORDER,
    RESULT_WORDS,
    headline,
    run_label,
    token_counts,
)

SCHEMA = 1

#: Units and serials that Markdown and terminal spell out: GitHub takes 1 MiB for a summary, and nobody reads it all.
MOST_UNITS = 50
MOST_SERIALS = 20

#: What means something to Markdown inside a line, or ends a table's cell.
_SPECIAL = re.compile(r"([\\`*_\[\]|~])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}


def summarise(title: str, reports: Sequence[Mapping[str, Any]], missing: Sequence[str]) -> dict[str, Any]:
    """The run as plain data. ``reports`` are those of the units, ``missing`` the hosts that wrote none."""
    hosts = sorted(
        [_host(report) for report in reports] + [_missing(host) for host in missing],
        key=lambda row: (RESULT_ORDER.index(row["result"]), row["host"]),
    )
    verdicts: Counter[str] = Counter()
    for report in reports:
        verdicts.update(report["summary_after"] or report["summary"])
    results = Counter(row["result"] for row in hosts)
    return {
        "schema": SCHEMA,
        "title": title,
        "label": run_label(reports),
        "headline": headline([*reports, *missing_rows(missing)]),
        "finished": max((report["run"]["finished"] for report in reports), default=None),
        "passed": bool(hosts) and all(row["passed"] for row in hosts),
        "units": len(hosts),
        "results": {result: results[result] for result in RESULT_ORDER if results[result]},
        "tokens": sum(row["tokens"] for row in hosts),
        "attention": sum(row["attention"] for row in hosts),
        "verdicts": dict(sorted(verdicts.items())),
        "token_counts": token_counts(reports),
        "hosts": hosts,
    }


def missing_rows(missing: Sequence[str]) -> list[dict[str, Any]]:
    """What stands for a host without a report where only its result counts."""
    return [{"host": host, "result": NOT_REACHED, "findings": []} for host in missing]


def _host(report: Mapping[str, Any]) -> dict[str, Any]:
    baseline, plan = report["baseline"], report["plan"]
    return {
        "host": report["host"],
        "result": report["result"],
        "passed": report["passed"],
        "changed": report["changed"],
        "tokens": len(report["tokens"]),
        "attention": sum(token["attention"] for token in report["tokens"]),
        "todo": [
            {field: finding[field] for field in ("id", "severity", "title", "actor", "remedy")}
            | {"serials": list(finding.get("serials", ()))}
            for finding in report["findings"]
            if finding["severity"] != "info"
        ],
        "tickets": [ticket["addressee"] for ticket in report["tickets"]],
        "baseline": baseline
        and {
            **{field: baseline[field] for field in ("complete", "tokens", "bindings")},
            "text": verdict_line(baseline),
        },
        "plan": plan and plan["digest"],
    }


def _missing(host: str) -> dict[str, Any]:
    return {
        "host": host,
        "result": NOT_REACHED,
        "passed": False,
        "changed": False,
        "tokens": 0,
        "attention": 0,
        "todo": [
            {
                "id": NOT_REACHED,
                "severity": "error",
                "title": f"Reach {host}",
                "actor": "Firewall administrator",
                "remedy": "Look for this host in the output of the run, then run again for it.",
                "serials": [],
            }
        ],
        "tickets": [],
        "baseline": None,
        "plan": None,
    }


def terminal(summary: Mapping[str, Any], page: str) -> str:
    """The lines at the end of a run."""
    lines = [f"{summary['title']}: {summary['headline']}. {summary['token_counts']}"]
    several = summary["units"] > 1
    rows = [row for row in summary["hosts"] if row["result"] in OPEN_RESULTS or row["baseline"]]
    for row in rows[:MOST_UNITS]:
        if several:
            lines.append(f"  {row['host']}: {RESULT_WORDS[row['result']]}")
        if row["baseline"]:
            lines.append(f"  {'  ' if several else ''}{row['baseline']['text']}")
        for todo in row["todo"]:
            lines.append(f"  {'  ' if several else ''}{todo['title']} ({todo['actor']})")
    if len(rows) > MOST_UNITS:
        lines.append(f"  and {len(rows) - MOST_UNITS} more units")
    return "\n".join([*lines, f"  {page}"])


def markdown(summary: Mapping[str, Any]) -> str:
    """The run as GitHub and GitLab Markdown. All text from units is escaped: it may hold anything."""
    compared = any(row["baseline"] for row in summary["hosts"])
    lines = [f"# {_safe(summary['headline'])}", ""]
    facts = [summary["title"], summary["label"], f"{summary['finished']}" if summary["finished"] else ""]
    lines += [_safe(", ".join(fact for fact in facts if fact)) + "  ", _safe(summary["token_counts"]), ""]
    head = ["Unit", "Result", "Tokens", "Need somebody", *(["Of the old unit"] if compared else ())]
    lines += [_table_row(head), _table_row(["---", "---", "---:", "---:", *(["---"] if compared else ())])]
    for row in summary["hosts"]:
        cells = [_safe(row["host"]), RESULT_WORDS[row["result"]], f"{row['tokens']:,}", f"{row['attention']:,}"]
        lines.append(_table_row([*cells, *([_compared(row["baseline"])] if compared else ())]))
    waiting = [row for row in summary["hosts"] if row["todo"]]
    for row in waiting[:MOST_UNITS]:
        lines += ["", f"## {_safe(row['host'])}: what a person must do", ""]
        for todo in row["todo"]:
            lines.append(f"- **{_safe(todo['title'])}** ({_safe(todo['actor'])}). {_safe(todo['remedy'])}".rstrip())
            if todo["serials"]:
                lines.append(f"  {_serials(todo['serials'])}")
        if row["tickets"]:
            lines.append(f"- Tickets to open: {_safe(', '.join(row['tickets']))}. Their texts lie beside the report.")
    if len(waiting) > MOST_UNITS:
        lines += ["", f"And {len(waiting) - MOST_UNITS} more units: see index.html."]
    plans = [row for row in summary["hosts"] if row["plan"]][:MOST_UNITS]
    if plans:
        lines += ["", "## Plans", ""]
        lines += [f"- {_safe(row['host'])}: SHA-256 `{row['plan']}`" for row in plans]
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
    return ", ".join(f"`{serial}`" for serial in serials[:MOST_SERIALS]) + (f" and {more:,} more" if more > 0 else "")


def _table_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _safe(text: str) -> str:
    plain = _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))
    return "".join(_ENTITIES.get(letter, letter) for letter in plain)
