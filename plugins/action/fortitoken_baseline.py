# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write or check the baseline of a unit. See the module of the same name for its documentation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.path import unfrackpath

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import DocumentError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._files import replace_file
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import baseline as _baseline
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.baseline_requests import (
    advance_text,
    describe,
    requests,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.escape import one_line
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.ways_out import as_lines, read_dates, ways_out
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files import documents
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.files import utc

VARIABLE = "remediate_baseline"

display = Display()


class ActionModule(ActionBase):
    """Runs on the controller, opens no connection: a bad file is found before a unit is contacted."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, args = self.validate_argument_spec(
            argument_spec={
                "src": {"type": "str"},
                "dest": {"type": "str"},
                "facts": {"type": "raw"},
                "licenses_shipped": {"type": "raw"},
            },
            required_one_of=[("src", "dest")],
            mutually_exclusive=[("src", "dest")],
            required_by={"dest": "facts"},
        )
        variables = task_vars or {}
        host = str(variables["inventory_hostname"])
        result["changed"] = False
        if args["src"]:
            hosts = [str(name) for name in variables.get("ansible_play_hosts_all") or [host]]
            result.update(_read(args["src"], host, hosts))
        else:
            result.update(_write(Path(unfrackpath(args["dest"], follow=False)), host, args))
        return result


def _read(source: str, host: str, hosts: list[str]) -> dict[str, Any]:
    try:
        document = documents.read(source, host, VARIABLE, _baseline.check)
    except DocumentError as error:
        raise AnsibleActionFail(f"{error} The unit was not contacted.") from None
    if len(hosts) > 1 and str(document.path) == unfrackpath(source, follow=False):
        # One file for all would compare all units but one with another unit.
        raise AnsibleActionFail(
            f"{VARIABLE}: {document.path} is the baseline of one unit, {document.data['host']}, but the play has"
            f" {len(hosts)}. Give the directory that holds <inventory_hostname>.json of each, or limit the play to one"
            " unit. The unit was not contacted."
        )
    return _summary(document)


def _write(directory: Path, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
    try:
        facts = documents.facts(args["facts"])
        shipped = read_dates(args["licenses_shipped"])
    except DocumentError as error:
        raise AnsibleActionFail(str(error)) from None
    except ValueError as error:
        raise AnsibleActionFail(f"licenses_shipped (remediate_licenses_shipped): {error}.") from None
    baseline = _baseline.make(facts, host, utc(datetime.now(timezone.utc)))
    baseline["ways_out"] = ways_out(facts, shipped)
    rows = requests(baseline)
    try:
        document = documents.write(directory, host, baseline)
        text = document.path.with_suffix(".txt")
        ways = "\n".join(["Ways out for each license and kind of token:", "", *as_lines(baseline["ways_out"])])
        replace_file(text, f"{advance_text(baseline, rows)}\n{ways}\n")
    except OSError as error:
        raise AnsibleActionFail(
            f"The baseline cannot be written to {directory}: {error.strerror or error}. Choose another directory with"
            " 'dest' (remediate_baseline_dir), or make room in it."
        ) from None
    _tell(baseline, rows, document.path, text)
    # The files have the serials and the tickets: of 20,000 tokens they are too much for a task's result.
    asked = [
        {**{key: row[key] for key in ("id", "actor", "title", "why")}, "count": len(row["serials"])} for row in rows
    ]
    return {**_summary(document), "list": str(text), "requests": asked}


def _summary(document: documents.Document) -> dict[str, Any]:
    data = document.data
    return {
        "path": str(document.path),
        "unit": data["unit"],
        "taken": data["taken"],
        "tokens": len(data["tokens"]),
        "bindings": sum(len(token["bindings"]) for token in data["tokens"]),
    }


def _tell(baseline: Mapping[str, Any], rows: list[dict[str, Any]], path: Path, text: Path) -> None:
    """Show what a person at the terminal must know, in one piece: several hosts may be at it at a time."""
    lines = [f"Baseline of {baseline['host']}: {describe(baseline)}"]
    lines += [f"  {row['title']} ({row['actor']})" for row in rows] or [
        "  Nothing to ask for before it is switched off"
    ]
    lines += [f"  Baseline: {path}", f"  Serials, users and tickets: {text}"]
    display.display("\n".join(map(one_line, lines)))
