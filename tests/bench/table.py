# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results as tables: Markdown for the terminal, reStructuredText for the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import targets
from .contenders import OURS, RELEASE

Rows = dict[str, dict[str, Any]]
FLOOR = "floor"
BEGIN, END = ".. tables begin: made by make bench-full, not by hand", ".. tables end"


@dataclass(frozen=True)
class Table:
    """One table; all cells are text."""

    title: str
    head: Sequence[str]
    lines: Sequence[Sequence[str]]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def _times(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def _cell(row: dict[str, Any]) -> tuple[str, int, float]:
    """What is compared: the same console, tokens and latency."""
    return row["console"], row["tokens"], row["latency_ms"]


def _remediations(rows: Rows) -> Table:
    cells = [row for row in rows.values() if row["kind"] == "remediate"]
    base = {_cell(row): row["cost"]["wall"] for row in cells if row["contender"] == OURS}
    order = sorted(cells, key=lambda row: (*_cell(row), -row["cost"]["wall"]))
    lines = []
    for row in order:
        ours = base.get(_cell(row))
        cost, traffic = row["cost"], row["traffic"]
        lines.append(
            (
                row["console"],
                str(row["tokens"]),
                f"{row['latency_ms']:.0f}",
                row["contender"],
                str(traffic["turns"]),
                str(traffic["lines"]),
                _number(traffic["bytes"] / 1000),
                str(traffic["logins"]),
                str(traffic["exposed"]),
                _number(traffic["out"]),
                _number(cost["wall"]),
                _number(cost["cpu"]),
                _number(cost["peak_mb"]),
                _times(cost["wall"] / ours) if ours else "",
            )
        )
    head = "console,tokens,ping ms,by,turns,lines,kB,logins,exposed,out s,wall s,CPU s,peak MB,wall / ours"
    return Table("Remediation", head.split(","), lines)


def _facts(rows: Rows) -> Table:
    cells = sorted((row for row in rows.values() if row["kind"] == "facts"), key=_cell)
    lines = [
        (
            row["console"],
            f"{row['tokens']:,}",
            str(row["traffic"]["turns"]),
            str(row["traffic"]["lines"]),
            _number(row["traffic"]["bytes"] / 1000),
            _number(row["cost"]["wall"]),
            _number(row["cost"]["cpu"]),
            _number(row["cost"]["peak_mb"]),
        )
        for row in cells
    ]
    return Table("Facts", ("console", "tokens", "turns", "lines", "kB", "wall s", "CPU s", "peak MB"), lines)


def _fleet(row: dict[str, Any]) -> tuple[int, int, str]:
    """What is compared: the same units, forks and strategy."""
    return row["units"], row["forks"], row["strategy"]


def _fleets(rows: Rows) -> Table:
    single = [row for name, row in rows.items() if row["kind"] == "pings" and row["hosts"] > 1]
    ping = single[0]["cost"]["cpu"] / single[0]["tasks"] if single else 0.0
    fleets = [row for row in rows.values() if row["kind"] == "fleet"]
    base = {_fleet(row): row["cost"] for row in fleets if row["by"] == RELEASE}
    lines = []
    for row in fleets:
        cost = row["cost"]
        cpu = cost["cpu"]
        first = base.get(_fleet(row), {})
        results = ", ".join(f"{count} {result}" for result, count in sorted(row["results"].items()))
        lines.append(
            (
                str(row["units"]),
                str(row["forks"]),
                row["strategy"],
                row["by"],
                results + ("" if not row["wrong"] else f" ({len(row['wrong'])} wrong)"),
                str(row["tasks"]),
                _number(row["cost"]["wall"]),
                _number(cpu),
                _times(cpu / row["units"]),
                _number(cost["session_mb"]),
                _number(cost["session_own_mb"]),
                _times(cpu / first["cpu"]) if first else "",
                _times(cost["session_own_mb"] / first["session_own_mb"]) if first.get("session_own_mb") else "",
                _times(cpu / (ping * row["tasks"])) if ping else "",
            )
        )
    head = (
        "units,forks,strategy,by,results,tasks,wall s,CPU s,CPU s a unit,session MB,its own MB,CPU / 1.0.0,"
        "own MB / 1.0.0,CPU / as many pings"
    )
    return Table("Fleets", head.split(","), lines)


def _floors(rows: Rows) -> Table:
    lines = [
        (
            str(row["hosts"]),
            str(row["tasks"]),
            _number(row["cost"]["wall"]),
            _number(row["cost"]["cpu"]),
            _times(row["cost"]["cpu"] / row["tasks"]),
        )
        for row in rows.values()
        if row["kind"] == "pings"
    ]
    return Table("Plays of ansible.builtin.ping", ("hosts", "tasks", "wall s", "CPU s", "CPU s a task"), lines)


def _targets(rows: Rows) -> Table:
    lines = [
        (target.name, f"{target.most:g} {target.unit}", _times(found), _times(found / target.most))
        for target, found in targets.reached(rows)
    ]
    return Table("Targets at 50 ms", ("what", "at most", "measured", "share"), lines)


def tables(rows: Rows) -> list[Table]:
    """All tables that have lines."""
    made = (_remediations(rows), _facts(rows), _fleets(rows), _floors(rows), _targets(rows))
    return [table for table in made if table.lines]


def markdown(rows: Rows) -> str:
    """The tables as Markdown."""
    parts = []
    for table in tables(rows):
        parts.append(f"### {table.title}\n")
        parts += [f"| {' | '.join(line)} |" for line in (table.head, ["---"] * len(table.head), *table.lines)]
        parts.append("")
    return "\n".join(parts)


def rst(rows: Rows) -> str:
    """The tables as reStructuredText."""
    parts = []
    for table in tables(rows):
        parts += [f".. csv-table:: {table.title}", "   :header-rows: 1", ""]
        parts += ["   " + ", ".join(f'"{cell}"' for cell in line) for line in (table.head, *table.lines)]
        parts.append("")
    return "\n".join(parts)


def into_page(page: Path, rows: Rows) -> None:
    """Replace what stands between the markers of a page. Raises ValueError where there are none."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{page} has no place for the tables")
    page.write_text(f"{before}{begin}\n\n{rst(rows)}\n{end}{after}", encoding="utf-8")
