# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report files on the controller: per unit one JSON file and one text file per support ticket; per run one page, and
its summary as JSON, Markdown and JUnit.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._files import locked, make_folder, replace_file
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.build import SCHEMA, absent_report
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.tickets import ADDRESSEES
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.junit import render_junit
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.names import SUMMARY, report_path
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.page import render_page
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.summary import markdown, summarize

INDEX = "index.html"
MARKDOWN = "summary.md"
JUNIT = "junit.xml"
#: Tokens of a report that is written for the eye, too.
_MOST_INDENTED = 2000


def run_identity(pid: int) -> tuple[str, str | None]:
    """Return ``(id, started)`` of the process ``pid``: what tells one playbook run from every other.

    The kernel gives a process number to a new process sooner or later, but not with the same start time. Where there
    is no C(/proc) the number alone has to do, and ``started`` is ``None``.
    """
    try:
        # The command's name, in parentheses, may itself hold spaces; starttime is field 22 of proc(5).
        ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime"))
        started = int(boot.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, StopIteration):
        return str(pid), None
    return f"{pid}-{ticks}", utc(datetime.fromtimestamp(started, timezone.utc))


def utc(moment: datetime) -> str:
    """Return a moment in ISO 8601 with seconds, such as C(2026-03-01T02:15:00Z)."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def ticket_path(directory: Path, host: str, addressee: str) -> Path:
    """Return the file with the ticket for an addressee, such as C(fw-berlin-01.ticket-tac.txt)."""
    return report_path(directory, host).with_suffix(f".ticket-{addressee}.txt")


def write_report(directory: Path, report: Mapping[str, Any]) -> Path:
    """Write the JSON report of one unit and return its path. Raise OSError."""
    make_folder(directory)
    path = report_path(directory, str(report["host"]))
    # Indenting takes the slow way through Python: four times the time, which matters from thousands of tokens on.
    indent = 1 if len(report.get("tokens", ())) <= _MOST_INDENTED else None
    replace_file(path, json.dumps(report, ensure_ascii=False, indent=indent) + "\n")
    return path


def write_tickets(directory: Path, report: Mapping[str, Any]) -> dict[str, Path]:
    """Write the tickets of one unit, for a pipeline to attach, and return addressee -> path. Raise OSError.

    Tickets of an earlier run that are no longer needed are removed, so that they are not sent.
    """
    make_folder(directory)
    texts = {str(ticket["addressee"]): str(ticket["text"]) for ticket in report["tickets"]}
    paths = {addressee: ticket_path(directory, str(report["host"]), addressee) for addressee in ADDRESSEES}
    for addressee, path in paths.items():
        if addressee in texts:
            replace_file(path, texts[addressee] + "\n")
        else:
            path.unlink(missing_ok=True)
    return {addressee: paths[addressee] for addressee in texts}


@dataclass(frozen=True)
class RunFiles:
    """What was written for the whole run: ``summary`` is also the data in the JSON file at ``data``."""

    index: Path
    markdown: Path
    junit: Path
    data: Path
    summary: dict[str, Any]


def write_run(
    directory: Path,
    run_id: str,
    hosts: Sequence[str],
    title: str,
    absent: Callable[[str], dict[str, Any]] = absent_report,
    since: str | None = None,
) -> RunFiles:
    """Write page, Markdown, JUnit and JSON of the run from the reports that it has written so far. Raise OSError.

    Reports of other runs in the same directory are left out, unless they finished at ``since`` (as `utc` returns it) or
    later; so are files that are not a report. ``absent`` makes what is shown for a host without a report. Several hosts
    may ask for them at the same time: each builds them alone, so that the last one sees all.
    """
    make_folder(directory)
    with locked(directory / ".index.lock"):
        reports = [_read_report(directory, host, run_id, since) or absent(host) for host in dict.fromkeys(hosts)]
        summary = summarize(title, reports)
        files = RunFiles(directory / INDEX, directory / MARKDOWN, directory / JUNIT, directory / SUMMARY, summary)
        replace_file(files.index, render_page(title=title, reports=reports))
        replace_file(files.markdown, markdown(summary))
        replace_file(files.junit, render_junit(title, reports))
        replace_file(files.data, json.dumps(summary, ensure_ascii=False, indent=1) + "\n")
    return files


def _read_report(directory: Path, host: str, run_id: str, since: str | None) -> dict[str, Any] | None:
    try:
        report = json.loads(report_path(directory, host).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    run = report.get("run") if isinstance(report, dict) else None
    if not isinstance(run, dict) or report.get("schema") != SCHEMA:
        return None
    recent = since is not None and str(run.get("finished") or "") >= since
    return report if run.get("id") == run_id or recent else None
