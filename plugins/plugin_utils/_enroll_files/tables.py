# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An enrollment as CSV, for spreadsheets, and as JUnit XML, for pipelines.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import ATTENTION, ENROLLED
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.escape import one_line, xml

COLUMNS = (
    "host",
    "vdom",
    "type",
    "user",
    "serial",
    "state",
    "codes",
    "requested",
    "valid_until",
    "hours_left",
    "enrolled",
    "channel",
    "reason",
)


def csv_text(reports: Sequence[Mapping[str, Any]]) -> str:
    """Return one row for each user of all units."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for report in reports:
        for row in report["results"]:
            writer.writerow([_cell({"host": report["host"], **row}.get(column)) for column in COLUMNS])
    return text.getvalue()


def _cell(value: Any) -> str:
    """Turn what a spreadsheet would run as a formula into text."""
    text = "" if value is None else one_line(str(value))
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20") else text


def junit_text(title: str, reports: Sequence[Mapping[str, Any]], missing: Sequence[str]) -> str:
    """Return a suite for each unit, with one test for the run and one for each user.

    A user who needs attention is a failure, one who has not enrolled yet is skipped. `missing`: hosts without a report.
    """
    root = ElementTree.Element("testsuites")
    absent = {"outcome": "failed", "error": "This host has no report of this run.", "results": []}
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for report in sorted(
        [*reports, *({"host": host, **absent} for host in missing)], key=lambda each: str(each["host"])
    ):
        suite = ElementTree.SubElement(root, "testsuite")
        own = dict.fromkeys(counts, 0)
        for group, name, kind, message in _cases(report):
            case = ElementTree.SubElement(suite, "testcase")
            case.set("classname", xml(f"{report['host']}.{group}"))
            case.set("name", xml(name))
            own["tests"] += 1
            if kind:
                own[{"failure": "failures", "error": "errors"}.get(kind, kind)] += 1
                ElementTree.SubElement(case, kind).set("message", xml(message))
        suite.set("name", xml(str(report["host"])))
        _count(suite, own)
        counts = {name: counts[name] + own[name] for name in counts}
    root.set("name", xml(title))
    _count(root, counts)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _cases(report: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield (group, name, outcome, message) of each test; an empty outcome is a success."""
    why = str(report.get("error") or report.get("stopped") or "")
    yield "run", "run", "error" if why else "", why
    for row in report["results"]:
        name = f"{row['user']} ({row['vdom']})"
        if row["state"] in ATTENTION:
            yield "users", name, "failure", f"{row['state']}: {row['reason']}"
        else:
            yield "users", name, "" if row["state"] == ENROLLED else "skipped", row["state"]


def _count(element: ElementTree.Element, counts: Mapping[str, int]) -> None:
    for name, number in counts.items():
        element.set(name, str(number))
