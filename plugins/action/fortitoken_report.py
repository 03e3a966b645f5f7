# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the report of a unit on the controller. See the module of the same name for its documentation."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from ansible import context
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.path import unfrackpath

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal as _journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import (
    DocumentError,
    FileError,
    JournalError,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._files import parse_json, read_trusted
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import baseline as _baseline
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.build import (
    UnitRun,
    absent_report,
    attention_serials,
    build_report,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.cards import work_cards
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.escape import one_line
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.ways_out import read_dates
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files import documents
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.files import (
    run_identity,
    utc,
    write_report,
    write_run,
    write_tickets,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.names import report_path
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.summary import (
    status_line,
    terminal,
    totals,
)

display = Display()

ARGS: dict[str, dict[str, Any]] = {
    "dest": {"type": "path", "required": True},
    **{
        name: {"type": "raw"}
        for name in ("before", "after", "purge", "activate", "debug", "events", "error", "plan", "options")
    },
    "baseline": {"type": "str"},
    "journal": {"type": "str"},
    "serials": {"type": "list", "elements": "str", "default": []},
    "vdoms": {"type": "list", "elements": "str", "default": []},
    "mode": {"type": "str", "choices": ["remediate", "audit"], "default": "remediate"},
    "strict": {"type": "bool", "default": True},
    "licenses_shipped": {"type": "raw"},
    "require_proof": {"type": "bool", "default": False},
    "unit": {"type": "bool", "default": True},
    "index": {"type": "bool", "default": True},
    "max_age": {"type": "int", "default": 0},
    "title": {"type": "str", "default": "FortiToken report"},
}
#: What the role gives where nobody says otherwise; the next command need not repeat it.
DEFAULT_REPORTS = "fortitoken-report"
DEFAULT_JOURNALS = "~/.fortitoken/journal"


class ActionModule(ActionBase):
    """Runs on the controller, opens no connection: a unit that cannot be reached gets its report, too."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _validation, args = self.validate_argument_spec(argument_spec=ARGS)
        if not args["dest"].strip():
            raise AnsibleActionFail("'dest' is missing: the directory of the reports.")
        directory = Path(unfrackpath(args["dest"].strip(), follow=False))
        # A task runs in a child of the ansible-playbook process, so that the parent stands for the run.
        run_id, started = run_identity(os.getppid())
        host = str(variables["inventory_hostname"])
        hosts = [str(name) for name in variables.get("ansible_play_hosts_all") or [host]]
        result.update(changed=False, path=None, index=None)
        warnings: list[str] = []
        try:
            if args["unit"]:
                run = self._unit_run(args, host, run_id, started, warnings)
                result.update(_unit_written(directory, run))
            if args["index"]:
                written = _run_written(directory, run_id, hosts, args, bool(self._task.check_mode))
                result.update(written)
                warnings += written["totals"]["warnings"]
        except OSError as error:
            raise AnsibleActionFail(
                f"The report cannot be written to {directory}: {error.strerror or error}. Choose another directory "
                "with 'dest' (remediate_report_dir), or make room in it."
            ) from error
        if warnings:
            result["warnings"] = warnings
        return result

    def _unit_run(
        self, args: Mapping[str, Any], host: str, run_id: str, started: str | None, warnings: list[str]
    ) -> UnitRun:
        baseline, fault = _baseline_of(args, host)
        return UnitRun(
            host=host,
            run_id=run_id,
            started=started,
            finished=utc(datetime.now(timezone.utc)),
            mode=args["mode"],
            check_mode=bool(self._task.check_mode),
            before=_facts(args, "before", warnings),
            after=_facts(args, "after", warnings),
            purge=_result(args, "purge", warnings),
            activate=_result(args, "activate", warnings),
            debug=_result(args, "debug", warnings),
            events=_result(args, "events", warnings),
            error=args["error"] or fault,
            baseline=baseline,
            plan=args["plan"],
            journal=_journal_of(args["journal"], host),
            serials=tuple(serial.strip().upper() for serial in args["serials"] if serial.strip()),
            vdoms=tuple(vdom.strip() for vdom in args["vdoms"] if vdom.strip()),
            options=_options(args),
            inventory=_inventory(),
            strict=args["strict"],
            require_proof=args["require_proof"],
            shipped=_shipped(args["licenses_shipped"], warnings),
        )


def _shipped(given: Any, warnings: list[str]) -> dict[str, date]:
    """Return the ship dates of licenses; none, with a warning, where they cannot be read."""
    try:
        return read_dates(given)
    except ValueError as error:
        warnings.append(f"licenses_shipped (remediate_licenses_shipped): {error}. The report goes without it.")
        return {}


def _unit_written(directory: Path, run: UnitRun) -> dict[str, Any]:
    report = build_report(run)
    path = str(write_report(directory, report))
    cards = work_cards(report["findings"])
    return {
        "path": path,
        "tickets": {name: str(file) for name, file in write_tickets(directory, report).items()},
        "result": report["result"],
        "passed": report["passed"],
        "status_line": status_line(report, path),
        "attention": attention_serials(report),
        "summary": report["summary_after"] or report["summary"],
        "todo": [one_line(f"{card['title']} ({card['actor']})") for card in cards],
    }


def _run_written(
    directory: Path, run_id: str, hosts: list[str], args: Mapping[str, Any], check_mode: bool
) -> dict[str, Any]:
    def absent(host: str) -> dict[str, Any]:
        return absent_report(
            host,
            _journal_of(args["journal"], host),
            mode=args["mode"],
            check_mode=check_mode,
            options=_options(args),
            inventory=_inventory(),
        )

    now = datetime.now(timezone.utc)
    since = utc(now - timedelta(seconds=args["max_age"])) if args["max_age"] > 0 else None
    files = write_run(directory, run_id, hosts, args["title"], absent, since)
    display.display(terminal(files.summary, str(files.index)))
    counted = totals(files.summary)
    stats: dict[str, Any] = {"fortitoken": counted}
    if counted["plans"]:
        # AWX gives it to the next node as a variable: what was approved is what is applied.
        stats["remediate_plan_digests"] = counted["plans"]
    return {
        "index": str(files.index),
        "junit": str(files.junit),
        "markdown": str(files.markdown),
        "totals": counted,
        # As set_stats has it: for the next node of an AWX workflow, and for callbacks that show custom statistics.
        "ansible_stats": {"data": stats, "per_host": False, "aggregate": True},
    }


def _facts(args: Mapping[str, Any], name: str, warnings: list[str]) -> Any:
    """Return the facts themselves, or those in the JSON file that the option names; None, with a warning, if none."""
    value = args[name]
    if not isinstance(value, str) or not value.strip():
        return value
    path = unfrackpath(value.strip(), follow=False)
    try:
        raw = read_trusted(path)
        if raw is not None:
            return parse_json(path, raw)
        warnings.append(
            f"The facts '{name}' cannot be read from {path}, the report goes without: there is no such file"
        )
    except FileError as error:
        warnings.append(f"The facts '{name}' cannot be read, the report goes without: {error}")
    return None


def _result(args: Mapping[str, Any], name: str, warnings: list[str]) -> Any:
    """Return a module's whole result; what is left of it, with a warning, where the rest cannot be read."""
    try:
        return documents.result(args[name])
    except DocumentError as error:
        warnings.append(f"The report goes without a part of '{name}'. {error}")
        return args[name]


def _baseline_of(args: Mapping[str, Any], host: str) -> tuple[dict[str, Any] | None, str | None]:
    """Return the baseline, or why it cannot be read: a run that was to prove something must not succeed without."""
    source = str(args["baseline"] or "").strip()
    if not source:
        return None, None
    try:
        return documents.read(source, host, "remediate_baseline", _baseline.check).data, None
    except DocumentError as error:
        return None, str(error)


def _journal_of(source: str | None, host: str) -> dict[str, Any] | None:
    """Return the data of a host's journal, ``{path, error}`` for one that cannot be read, None where there is none."""
    if not source or not source.strip():
        return None
    path = Path(unfrackpath(source.strip(), follow=False))
    if path.is_dir():
        path = report_path(path, host)
    try:
        journal = _journal.read(path)
    except JournalError as error:
        return {"path": str(path), "error": f"{error}."}
    return None if journal is None else {**journal.as_dict(), "path": str(path)}


def _options(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the next command has to repeat; where files lie only if that is not where they lie by default."""
    told = args["options"] if isinstance(args["options"], Mapping) else {}
    options = {"serials": args["serials"], "vdoms": args["vdoms"], "require_proof": args["require_proof"], **told}
    folders = {"report_dir": (args["dest"], DEFAULT_REPORTS)}
    if args["journal"]:
        given = Path(unfrackpath(args["journal"].strip(), follow=False))
        folders["journal_dir"] = (str(given if given.is_dir() else given.parent), DEFAULT_JOURNALS)
    for name, (given_, default) in folders.items():
        if unfrackpath(given_, follow=False) != unfrackpath(default, follow=False):
            options[name] = unfrackpath(given_, follow=False)
    if args["baseline"]:
        options["baseline"] = args["baseline"]
    return options


def _inventory() -> str:
    """Return what the run had after C(-i), empty for none or several; inside AWX there is no such command to type."""
    given = context.CLIARGS.get("inventory") or ()
    sources = [given] if isinstance(given, str) else list(given)
    return str(sources[0]) if len(sources) == 1 and not str(sources[0]).startswith("/runner/") else ""
