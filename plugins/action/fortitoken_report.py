# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the report of a unit on the controller. See the module of the same name for its documentation."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.path import unfrackpath

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import DocumentError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import baseline as _baseline
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.build import (
    UnitRun,
    attention_serials,
    build_report,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files import documents as _documents
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.files import (
    run_identity,
    utc,
    write_report,
    write_run,
    write_tickets,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.summary import terminal

display = Display()

OPTIONS = frozenset(
    (
        "dest",
        "before",
        "after",
        "purge",
        "activate",
        "debug",
        "events",
        "error",
        "baseline",
        "plan",
        "serials",
        "vdoms",
        "mode",
        "strict",
        "unit",
        "index",
        "title",
    )
)
MODES = ("remediate", "audit")
DEFAULT_TITLE = "FortiToken report"


class ActionModule(ActionBase):
    """Runs on the controller, opens no connection: a unit that cannot be reached gets its report all the same."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        args = {key: value for key, value in self._task.args.items() if value is not None}
        directory, mode = _check(args)
        strict, unit, index = (_switch(args, name) for name in ("strict", "unit", "index"))
        # A task runs in a child of the ansible-playbook process, so that the parent stands for the run.
        run_id, started = run_identity(os.getppid())
        host = str(variables["inventory_hostname"])
        result.update(changed=False, path=None, index=None)
        warnings: list[str] = []
        try:
            if unit:
                baseline, fault = _baseline_of(args, host)
                run = UnitRun(
                    host=host,
                    run_id=run_id,
                    started=started,
                    finished=utc(datetime.now(timezone.utc)),
                    mode=mode,
                    check_mode=bool(self._task.check_mode),
                    before=_facts(args, "before", warnings),
                    after=_facts(args, "after", warnings),
                    purge=_result(args, "purge", warnings),
                    activate=_result(args, "activate", warnings),
                    debug=_result(args, "debug", warnings),
                    events=_result(args, "events", warnings),
                    error=args.get("error") or fault,
                    baseline=baseline,
                    plan=args.get("plan"),
                    serials=_words(args, "serials", str.upper),
                    vdoms=_words(args, "vdoms", str),
                    strict=strict,
                )
                report = build_report(run)
                attention = attention_serials(report)
                result.update(
                    path=str(write_report(directory, report)),
                    tickets={name: str(path) for name, path in write_tickets(directory, report).items()},
                    result=report["result"],
                    passed=report["passed"],
                    attention=attention,
                    summary=report["summary_after"] or report["summary"],
                    todo=[f"{entry['title']} ({entry['actor']})" for entry in report["findings"] if _urgent(entry)],
                )
            if index:
                hosts = [str(name) for name in variables.get("ansible_play_hosts_all") or [host]]
                title = str(args.get("title") or DEFAULT_TITLE)
                files = write_run(directory, run_id, hosts, title)
                result.update(
                    index=str(files.index),
                    junit=str(files.junit),
                    markdown=str(files.markdown),
                    totals={key: value for key, value in files.summary.items() if key != "hosts"},
                )
                # As set_stats has it: for the next node of an AWX workflow, and callbacks that show custom statistics.
                totals = {"fortitoken": result["totals"]}
                result["ansible_stats"] = {"data": totals, "per_host": False, "aggregate": True}
                display.display(terminal(files.summary, str(files.index)))
        except OSError as error:
            raise AnsibleActionFail(
                f"The report cannot be written to {directory}: {error.strerror or error}. Choose another directory "
                "with 'dest' (remediate_report_dir), or make room in it."
            ) from error
        if warnings:
            result["warnings"] = warnings
        return result


def _check(args: Mapping[str, Any]) -> tuple[Path, str]:
    """The directory and the mode; everything else may be missing or odd and must not stand in a report's way."""
    unknown = sorted(set(args) - OPTIONS)
    if unknown:
        raise AnsibleActionFail(f"Unsupported options: {', '.join(unknown)}. Known are: {', '.join(sorted(OPTIONS))}.")
    dest = str(args.get("dest") or "").strip()
    if not dest:
        raise AnsibleActionFail("'dest' is missing: the directory of the reports.")
    mode = str(args.get("mode") or MODES[0])
    if mode not in MODES:
        raise AnsibleActionFail(f"'mode' must be one of {', '.join(MODES)}, not {mode!r}.")
    return Path(unfrackpath(dest, follow=False)), mode


def _switch(args: Mapping[str, Any], name: str) -> bool:
    try:
        return bool(boolean(args.get(name, True)))
    except TypeError as error:
        raise AnsibleActionFail(f"'{name}' must be true or false, not {args[name]!r}.") from error


def _facts(args: Mapping[str, Any], name: str, warnings: list[str]) -> Any:
    """The facts themselves, or those in the JSON file that the option names; None, with a warning, if unreadable."""
    value = args.get(name)
    if not isinstance(value, str) or not value.strip():
        return value
    path = unfrackpath(value.strip(), follow=False)
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        warnings.append(f"The facts '{name}' cannot be read from {path}, the report goes without: {error}")
        return None


def _result(args: Mapping[str, Any], name: str, warnings: list[str]) -> Any:
    """A module's whole result; what is left of it, with a warning, where the rest cannot be read."""
    try:
        return _documents.result(args.get(name))
    except DocumentError as error:
        warnings.append(f"The report goes without a part of '{name}'. {error}")
        return args.get(name)


def _baseline_of(args: Mapping[str, Any], host: str) -> tuple[dict[str, Any] | None, str | None]:
    """The baseline, or why it cannot be read: a run that was to prove something must not succeed without the proof."""
    source = str(args.get("baseline") or "").strip()
    if not source:
        return None, None
    try:
        return _documents.read(source, host, "remediate_baseline", _baseline.check).data, None
    except DocumentError as error:
        return None, str(error)


def _words(args: Mapping[str, Any], name: str, form: Callable[[str], str]) -> tuple[str, ...]:
    """A list that may come as comma-separated text."""
    value = args.get(name) or ()
    items = value.split(",") if isinstance(value, str) else value
    return tuple(form(str(item).strip()) for item in items if str(item).strip())


def _urgent(finding: Mapping[str, object]) -> bool:
    return finding["severity"] != "info"
