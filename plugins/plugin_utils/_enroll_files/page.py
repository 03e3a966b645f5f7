# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of an enrollment: one HTML file without scripts, with a chart as inline SVG, that loads nothing.

Whatever comes from a unit is untrusted text, and is escaped by the template.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import ATTENTION, ENROLLED, STATES
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._enroll_files import chart as charts

_HERE = Path(__file__).parent

WORDS = {
    "waiting": "Waiting for a code",
    "requested": "Code sent",
    "enrolled": "Enrolled",
    "given_up": "Given up",
    "undeliverable": "Cannot be reached",
    "blocked": "Something else is missing",
    "done": "Everybody is enrolled",
    "attention": "Attention needed",
    "stopped": "Stopped",
    "failed": "Failed",
}
#: Users who are shown in the table of one unit; the CSV file has all.
MOST_ROWS = 2000


def render(title: str, reports: Sequence[Mapping[str, Any]], missing: Sequence[str], summary: Mapping[str, Any]) -> str:
    """Return the page. `missing`: hosts without a report of this run."""
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    history = charts.total([report["history"] for report in reports])
    return environment.get_template("page.html.j2").render(
        title=title,
        style=style,
        style_hash=_hash(style),
        words=WORDS,
        states=STATES,
        summary=summary,
        chart=charts.chart(history),
        history=history,
        width=charts.WIDTH,
        height=charts.HEIGHT,
        left=charts.LEFT,
        right=charts.WIDTH - charts.RIGHT,
        bottom=charts.HEIGHT - charts.BOTTOM,
        units=[_unit(report) for report in reports],
        missing=missing,
    )


def _hash(text: str) -> str:
    """Return the source expression of a Content-Security-Policy."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _unit(report: Mapping[str, Any]) -> dict[str, Any]:
    rows = report["results"]
    urgent = [row for row in rows if row["state"] in ATTENTION]
    open_ = [row for row in rows if row["state"] not in (*ATTENTION, ENROLLED)]
    enrolled = [row for row in rows if row["state"] == ENROLLED]
    return {
        **report,
        "urgent": urgent,
        "rows": [*urgent, *open_, *enrolled][:MOST_ROWS],
        "hidden": len(rows) - MOST_ROWS,
    }
