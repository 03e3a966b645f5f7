# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the report of an enrollment on the controller. See the module of the same name for its documentation."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.path import unfrackpath

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import ATTENTION, STATES
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import DocumentError
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._enroll_files.files import write_run, write_unit
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files import documents
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.files import run_identity, utc

display = Display()

#: What a unit has of which nothing is known.
_NOTHING: dict[str, Any] = {
    "outcome": "failed",
    "stopped": "",
    "outside_window": False,
    "requested": [],
    "counts": dict.fromkeys(STATES, 0),
    "results": [],
    "reminders": [],
    "history": [],
    "unknown": [],
    "unit": {},
}


class ActionModule(ActionBase):
    """Runs on the controller, opens no connection."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, args = self.validate_argument_spec(
            argument_spec={
                "dest": {"type": "str", "required": True},
                "enrollment": {"type": "raw"},
                "error": {"type": "str", "default": ""},
                "index": {"type": "bool", "default": False},
                "title": {"type": "str", "default": "FortiToken enrollment"},
            }
        )
        variables = task_vars or {}
        directory = Path(unfrackpath(args["dest"], follow=False))
        # A task runs in a child of the ansible-playbook process, so that the parent stands for the run.
        run_id, started = run_identity(os.getppid())
        host = str(variables["inventory_hostname"])
        result["changed"] = False
        try:
            if args["index"]:
                hosts = [str(name) for name in variables.get("ansible_play_hosts_all") or [host]]
                files = write_run(directory, run_id, hosts, args["title"])
                result.update(index=str(files.index), csv=str(files.csv), junit=str(files.junit), totals=files.summary)
                display.display(_terminal(files.summary, str(files.index)))
            else:
                run = {"id": run_id, "started": started, "finished": utc(datetime.now(timezone.utc))}
                report = self._report(host, run, args)
                result.update(path=str(write_unit(directory, report)), outcome=report["outcome"])
                result["reminders"] = report["reminders"]
        except OSError as error:
            raise AnsibleActionFail(
                f"The report cannot be written to {directory}: {error.strerror or error}. Choose another directory"
                " with 'dest' (enroll_report_dir), or make room in it."
            ) from error
        return result

    def _report(self, host: str, run: Mapping[str, Any], args: Mapping[str, Any]) -> dict[str, Any]:
        try:
            told = documents.result(args["enrollment"])
        except DocumentError as error:
            # The unit has what was sent; only a part of the report is missing.
            told, args = args["enrollment"], {**args, "error": f"{args['error']} {error}".strip()}
        known = {name: told.get(name, default) for name, default in _NOTHING.items()}
        # A unit whose run has stopped on its own says so itself.
        failed = bool(args["error"]) and not known["stopped"]
        return {
            "host": host,
            "run": run,
            "check_mode": bool(self._task.check_mode),
            **known,
            "outcome": "failed" if failed else known["outcome"],
            "error": args["error"] if failed else "",
        }


def _terminal(summary: Mapping[str, Any], page: str) -> str:
    codes = f"{summary['codes']} code{'' if summary['codes'] == 1 else 's'}"
    attention = sum(summary[state] for state in ATTENTION)
    return (
        f"Enrollment: {summary['enrolled']} of {summary['users']} users are enrolled, {summary['requested']} have a"
        f" code, {summary['waiting']} wait for one, {attention} need attention. {codes} in this run.\n"
        f"  Report: {page}"
    )
