# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a run: one HTML file that holds its data, style and script, and loads nothing.

Everything from a unit is untrusted text: a user name or a comment may hold any character. It travels as JSON inside a
script element of a data type, where nothing of it can end the element, and the page's script only ever sets it as
text. The Content-Security-Policy allows the one script and the one style by their hashes and no request at all.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import wording
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.cards import agenda, cards
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import is_work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.headline import (
    headline,
    not_changed,
    reason,
    run_label,
    taken,
    token_counts,
    verdict_counts,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import RESULTS

#: Debug lines of one unit on the page; the JSON report of the unit has more.
PAGE_DEBUG_LINES = 300

#: Users who cannot log in, of one unit, on the page; the JSON report of the unit has all.
PAGE_LOCKED_OUT = 200

#: The order of the columns in which a token travels to the page's script.
TOKEN_COLUMNS = (
    "kind",
    "model",
    "vdom",
    "comments",
    "before",
    "after",
    "action",
    "planned",
    "next",
    "reason",
    "message",
    "remedy",
    "proof",
    "missing",
    "settings_lost",
    "attention",
)

_HERE = Path(__file__).parent / "page_parts"
#: Read in this order; the scripts share one scope.
STYLES = ("base.css", "parts.css", "tokens.css", "narrow.css", "print.css")
SCRIPTS = ("dom.js", "tokens.js", "unit.js", "fleet.js", "main.js")

_UNIT_FIELDS = ("host", "result", "mode", "check_mode", "changed", "run", "unit", "management", "connectivity", "gates")
_WORK_FIELDS = ("commands", "planned_commands", "baseline", "plan", "journal")


def render_page(*, title: str, reports: Sequence[Mapping[str, Any]]) -> str:
    """Return the HTML of a run; hosts without a report stand in it by what `build.absent_report` returns."""
    order = list(RESULTS)
    reports = sorted(reports, key=lambda report: (order.index(report["result"]), report["host"]))
    units = [_page_unit(report) for report in reports]
    style = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in STYLES)
    parts = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    script = f'(function () {{\n"use strict";\n{parts}}}());\n'
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2").render(
        title=title,
        label=run_label(reports),
        headline=headline(reports, names=True),
        summary=token_counts(reports),
        time=_time(reports),
        units=units,
        results=RESULTS,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=embed(
            {
                "units": units,
                "agenda": agenda(reports) if len(reports) > 1 else [],
                "labels": labels(),
                "columns": TOKEN_COLUMNS,
            }
        ),
    )


def labels() -> dict[str, Any]:
    """Return the words that the page's script needs, by their keys and in their order."""
    return {
        "results": {key: [result.label, result.tone] for key, result in RESULTS.items()},
        "verdicts": {key: [row.label, row.tone, row.step] for key, row in wording.VERDICTS.items()},
        "severities": wording.SEVERITIES,
        "gates": wording.GATE_STATES,
        "actions": wording.ACTIONS,
        "plans": wording.PLANS,
        "proofs": wording.PROOFS,
        "lockouts": wording.LOCKOUTS,
    }


def embed(data: Any) -> str:
    """Return JSON for the inside of a script element: neither ``</script>`` nor ``<!--`` can come out of it."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    # A browser hashes what the HTML parser hands over, and that has turned every line end into a newline.
    digest = hashlib.sha256(text.replace("\r\n", "\n").encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _page_unit(report: Mapping[str, Any]) -> dict[str, Any]:
    tokens = report["tokens"]
    debug = report["debug"]
    found = cards(report["findings"])
    # What was disabled or unbound on the way comes first: those users had a way in before.
    states = list(wording.LOCKOUTS)
    out = sorted(report["locked_out"], key=lambda row: states.index(row["state"]))
    return {
        **{field: report[field] for field in (*_UNIT_FIELDS, *_WORK_FIELDS)},
        "why": reason(report),
        "not_changed": not_changed(report),
        "cards": found,
        "todo": sum(map(is_work, found)),
        "locked_out": {
            "rows": [{**row, "who": wording.who(row, report["vdoms"])} for row in out[:PAGE_LOCKED_OUT]],
            "total": len(out),
            "taken": taken([report]),
        },
        "debug": {
            "lines": debug["lines"][-PAGE_DEBUG_LINES:],
            "total": len(debug["lines"]),
            "dropped": debug["dropped"],
        },
        "counts": {
            "tokens": len(tokens),
            "attention": sum(token["attention"] for token in tokens),
            "before": report["summary"],
            "after": dict(verdict_counts([report])),
            "compared": report["summary_after"] is not None,
        },
        "tokens": _pack(tokens),
    }


def _pack(tokens: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Pack tokens into short rows. Texts that repeat are kept once, or 20,000 tokens would weigh 15 MB."""
    texts: dict[str, int] = {}

    def number(text: str) -> int:
        return texts.setdefault(text, len(texts))

    def cell(value: Any) -> Any:
        if isinstance(value, str):
            return number(value)
        if isinstance(value, Mapping):
            status = value["status"]
            return [-1 if status is None else number(status), int(value["seed"]), number(value["verdict"])]
        return int(bool(value)) if isinstance(value, (bool, list)) else value

    def holder(binding: Mapping[str, Any]) -> list[Any]:
        state = "lost" if binding["lost"] else "left_disabled" if binding["left_disabled"] else binding["status"] or ""
        return [number(binding["type"]), binding["name"], number(binding["vdom"]), number(state)]

    rows = [
        [token["serial"], [holder(row) for row in token["bindings"]], *(cell(token[name]) for name in TOKEN_COLUMNS)]
        for token in tokens
    ]
    return {"texts": list(texts), "rows": rows}


def _time(reports: Sequence[Mapping[str, Any]]) -> str:
    finished = max((report["run"]["finished"] for report in reports), default="")
    return f"{finished[:16].replace('T', ' ')} UTC" if finished else ""
