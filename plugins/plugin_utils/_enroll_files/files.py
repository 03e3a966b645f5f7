# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of an enrollment on the controller: per unit one JSON file, per run a page, CSV, JUnit and a summary.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import STATES
from ansible_collections.fortiops.fortitoken.plugins.module_utils._files import make_folder, replace_file
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._enroll_files.page import render
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._enroll_files.tables import csv_text, junit_text
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.names import report_path

INDEX, CSV, JUNIT, SUMMARY = "index.html", "users.csv", "junit.xml", "summary.json"


def write_unit(directory: Path, report: Mapping[str, Any]) -> Path:
    """Write the report of one unit and return its path. Raises OSError."""
    make_folder(directory)
    path = report_path(directory, str(report["host"]))
    replace_file(path, json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    return path


@dataclass(frozen=True)
class RunFiles:
    """What was written for the whole run."""

    index: Path
    csv: Path
    junit: Path
    summary: dict[str, Any]


def write_run(directory: Path, run_id: str, hosts: Sequence[str], title: str) -> RunFiles:
    """Write page, CSV, JUnit and summary from the reports of this run. Raises OSError."""
    make_folder(directory)
    found = {host: _read(directory, host, run_id) for host in dict.fromkeys(hosts)}
    reports = [report for report in found.values() if report is not None]
    missing = [host for host, report in found.items() if report is None]
    summary = _summary(reports, missing)
    files = RunFiles(directory / INDEX, directory / CSV, directory / JUNIT, summary)
    replace_file(files.index, render(title, reports, missing, summary))
    replace_file(files.csv, csv_text(reports))
    replace_file(files.junit, junit_text(title, reports, missing))
    replace_file(directory / SUMMARY, json.dumps(summary, ensure_ascii=False, indent=1) + "\n")
    return files


def _read(directory: Path, host: str, run_id: str) -> dict[str, Any] | None:
    try:
        report = json.loads(report_path(directory, host).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    run = report.get("run") if isinstance(report, dict) else None
    return report if isinstance(run, dict) and run.get("id") == run_id else None


def _summary(reports: Sequence[Mapping[str, Any]], missing: Sequence[str]) -> dict[str, Any]:
    counts = {state: sum(report["counts"].get(state, 0) for report in reports) for state in STATES}
    return {
        "units": len(reports) + len(missing),
        "users": sum(counts.values()),
        **counts,
        "codes": sum(len(report["requested"]) for report in reports),
        "reminders": sum(len(report["reminders"]) for report in reports),
        "failed": [*missing, *(report["host"] for report in reports if report["outcome"] in ("failed", "stopped"))],
        "check_mode": any(report["check_mode"] for report in reports),
        "finished": max((str(report["run"]["finished"]) for report in reports), default=""),
    }
