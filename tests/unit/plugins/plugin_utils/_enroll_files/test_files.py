# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of an enrollment: one report per unit, and page, table, JUnit and summary of the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._enroll_files.files import write_run, write_unit


def report(host: str, run: str = "run-1", **more: Any) -> dict[str, Any]:
    return {
        "host": host,
        "run": {"id": run, "finished": "2026-03-01T02:00:00Z"},
        "outcome": "waiting",
        "error": "",
        "stopped": "",
        "outside_window": False,
        "unknown": [],
        "results": [],
        "history": [],
        "counts": {"requested": 2, "enrolled": 1},
        "requested": ["a", "b"],
        "reminders": [],
        "check_mode": False,
        "unit": {"hostname": host, "serial": "FGT60FEXAMPLE001", "model": "", "version": "", "now": ""},
        **more,
    }


def test_a_report_is_found_again_by_its_host(tmp_path: Path) -> None:
    path = write_unit(tmp_path / "new", report("fw-a"))
    assert json.loads(path.read_text())["host"] == "fw-a"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_run_counts_its_own_reports_and_names_who_is_missing(tmp_path: Path) -> None:
    write_unit(tmp_path, report("fw-a"))
    write_unit(tmp_path, report("fw-b", outcome="stopped", stopped="too many"))
    write_unit(tmp_path, report("fw-c", run="another"))
    files = write_run(tmp_path, "run-1", ["fw-a", "fw-b", "fw-c", "fw-d", "fw-a"], "Enrollment")
    summary = files.summary
    assert (summary["units"], summary["users"], summary["codes"]) == (4, 6, 4)
    assert summary["failed"] == ["fw-c", "fw-d", "fw-b"]
    assert summary["finished"] == "2026-03-01T02:00:00Z"
    assert json.loads((tmp_path / "summary.json").read_text()) == summary
    assert all(file.read_text() for file in (files.index, files.csv, files.junit))


def test_a_damaged_report_is_a_missing_one(tmp_path: Path) -> None:
    write_unit(tmp_path, report("fw-a")).write_text("{")
    assert write_run(tmp_path, "run-1", ["fw-a"], "Enrollment").summary["failed"] == ["fw-a"]
