# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a run: one HTML file that holds its data, style and script, and loads nothing.

Everything from a unit is untrusted text: a user name or a comment may hold any character. It travels as JSON inside a
script element of a data type, where nothing of it can end the element, and the page's script only ever sets it as
text. The Content-Security-Policy allows the one script and the one style by their hashes and no request at all.

Note that this plugin util is PRIVATE to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.build import RESULTS

NOT_REACHED = "not_reached"

#: Worst first. A unit without a report stands with the failed ones.
RESULT_ORDER = (RESULTS[0], NOT_REACHED, *RESULTS[1:])

RESULT_WORDS = {
    "failed": "Failed",
    NOT_REACHED: "Not reached",
    "blocked": "Blocked",
    "partial": "Work left",
    "remediated": "Remediated",
    "healthy": "Healthy",
    "skipped": "Skipped",
}

#: How a result looks, beside its word.
RESULT_TONES = {
    "failed": "bad",
    NOT_REACHED: "bad",
    "blocked": "bad",
    "partial": "warn",
    "remediated": "ok",
    "healthy": "ok",
    "skipped": "calm",
}

#: Results that ask for somebody.
OPEN_RESULTS = frozenset({"failed", NOT_REACHED, "blocked", "partial"})

#: Debug lines of one unit on the page; the JSON report of the unit has more.
PAGE_DEBUG_LINES = 300

#: The order of the columns in which a token travels to the page's script (`TOKEN_COLUMNS` there).
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
    "missing",
    "attention",
)

_HERE = Path(__file__).parent
_UNIT_FIELDS = ("host", "result", "mode", "check_mode", "changed", "run", "unit", "management", "connectivity", "gates")
_WORK_FIELDS = ("findings", "summary", "summary_after", "commands", "planned_commands", "error")
_REPORT_FIELDS = (*_UNIT_FIELDS, *_WORK_FIELDS, "baseline", "plan", "cost")


def render_page(*, title: str, reports: Sequence[Mapping[str, Any]], missing: Sequence[str]) -> str:
    """Return the HTML of a run. ``missing`` are hosts that wrote no report."""
    units = sorted(
        [_page_unit(report) for report in reports] + [_missing_unit(host) for host in missing],
        key=lambda unit: (RESULT_ORDER.index(unit["result"]), unit["host"]),
    )
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2").render(
        title=title,
        label=run_label(reports),
        headline=headline(units),
        summary=token_counts(reports),
        time=_time(reports),
        units=units,
        words=RESULT_WORDS,
        tones=RESULT_TONES,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=embed({"units": units, "words": RESULT_WORDS, "tones": RESULT_TONES, "order": RESULT_ORDER}),
    )


def embed(data: Any) -> str:
    """JSON for the inside of a script element: neither ``</script>`` nor ``<!--`` can come out of it."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    # A browser hashes what the HTML parser hands over, and that has turned every line end into a newline.
    digest = hashlib.sha256(text.replace("\r\n", "\n").encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _page_unit(report: Mapping[str, Any]) -> dict[str, Any]:
    tokens = report["tokens"]
    debug = report["debug"]
    return {
        **{field: report[field] for field in _REPORT_FIELDS},
        "debug": {
            "lines": debug["lines"][-PAGE_DEBUG_LINES:],
            "total": len(debug["lines"]),
            "dropped": debug["dropped"],
        },
        "counts": {"tokens": len(tokens), "attention": sum(token["attention"] for token in tokens)},
        "tokens": _pack(tokens),
    }


def _missing_unit(host: str) -> dict[str, Any]:
    return {"host": host, "result": NOT_REACHED, "findings": [_not_reached(host)], "counts": None, "tokens": None}


def _not_reached(host: str) -> dict[str, Any]:
    return {
        "id": NOT_REACHED,
        "severity": "error",
        "title": f"Reach {host}",
        "detail": "This host is part of the play but has no report of this run: the connection failed, or the run "
        "ended before its turn. The state of its tokens is unknown.",
        "actor": "Firewall administrator",
        "remedy": "Look for this host in the output of the run, mend the connection, then run again for this host.",
        "evidence": [],
    }


def _pack(tokens: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Tokens as short rows. Texts that repeat with every token are kept once, or 20,000 tokens would weigh 15 MB."""
    texts: dict[str, int] = {}

    def number(text: str) -> int:
        return texts.setdefault(text, len(texts))

    def cell(value: Any) -> Any:
        if isinstance(value, str):
            return number(value)
        if isinstance(value, Mapping):
            status = value["status"]
            return [-1 if status is None else number(status), int(value["seed"]), number(value["verdict"])]
        return int(value) if isinstance(value, bool) else value

    def holder(binding: Mapping[str, Any]) -> list[Any]:
        state = "lost" if binding["lost"] else "left_disabled" if binding["left_disabled"] else binding["status"] or ""
        return [number(binding["type"]), binding["name"], number(binding["vdom"]), number(state)]

    rows = [
        [token["serial"], [holder(row) for row in token["bindings"]], *(cell(token[name]) for name in TOKEN_COLUMNS)]
        for token in tokens
    ]
    return {"texts": list(texts), "rows": rows}


def headline(units: Sequence[Mapping[str, Any]]) -> str:
    """The run in half a sentence. Of a unit its host, result and findings are looked at."""
    waiting = [unit for unit in units if unit["result"] in OPEN_RESULTS]
    if len(units) == 1:
        unit = units[0]
        host, result = unit["host"], unit["result"]
        steps = sum(finding["severity"] != "info" for finding in unit["findings"])
        return {
            "failed": f"{host}: the run failed",
            NOT_REACHED: f"{host} was not reached",
            "blocked": f"{host} is blocked, nothing was changed",
            "partial": f"{host}: {_count(steps, 'thing')} left to do",
            "remediated": f"{host} is remediated" + (f", {_count(steps, 'thing')} left to do" if steps else ""),
            "healthy": f"{host} is healthy, nothing to do",
            "skipped": f"{host} is managed by FortiManager, nothing was changed",
        }[result]
    if not units:
        return "No units in this run"
    if waiting:
        return f"{len(waiting)} of {len(units)} units need you"
    return f"All {len(units)} units are in order"


def token_counts(reports: Sequence[Mapping[str, Any]]) -> str:
    """How many tokens there are and how many of them need somebody, in a sentence."""
    verdicts: Counter[str] = Counter()
    for report in reports:
        verdicts.update(report["summary_after"] or report["summary"])
    total = sum(len(report["tokens"]) for report in reports)
    if not total:
        return "No tokens were read."
    attention = sum(token["attention"] for report in reports for token in report["tokens"])
    parts = [f"{verdicts['healthy']:,} healthy"]
    if attention:
        parts.append(f"{attention:,} {'needs' if attention == 1 else 'need'} somebody")
    if verdicts["locked"]:
        parts.append(f"{verdicts['locked']:,} locked by an administrator")
    return f"{_count(total, 'token')}: {', '.join(parts)}."


def run_label(reports: Sequence[Mapping[str, Any]]) -> str:
    """What sort of run it was."""
    if any(report["check_mode"] for report in reports):
        return "Check mode, nothing was changed"
    if reports and all(report["mode"] == "audit" for report in reports):
        return "Audit, nothing was changed"
    return "Remediation"


def _time(reports: Sequence[Mapping[str, Any]]) -> str:
    finished = max((report["run"]["finished"] for report in reports), default="")
    return f"{finished[:16].replace('T', ' ')} UTC" if finished else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
