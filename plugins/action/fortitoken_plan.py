# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write, read or verify the plan of a run. See the module of the same name for its documentation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.path import unfrackpath

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _approved_plan, _runner
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal as _journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import DocumentError, JournalError
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files import documents

VARIABLE = "remediate_plan"
#: Differences named in the message, and in the result.
MOST_NAMED = 10
MOST_KEPT = 1000

OPTION_SPEC: dict[str, dict[str, Any]] = {
    "serials": {"type": "list", "elements": "str", "default": []},
    "vdoms": {"type": "list", "elements": "str", "default": []},
    "lock_released": {"type": "list", "elements": "str", "default": []},
    "admins": {"type": "str", "choices": ["skip", "include"], "default": "skip"},
    "remote_users": {"type": "str", "choices": ["skip", "include"], "default": "skip"},
    "managed": {"type": "str", "choices": ["skip", "execute_only"], "default": "skip"},
    "waves": {"type": "str", "default": "1,20"},
    "max_failures": {"type": "str", "default": "10%"},
    "way": {"type": "str", "choices": ["reimport", "in_place"], "default": "reimport"},
    "retry_refused": {"type": "bool", "default": False},
    "error_statuses": {"type": "list", "elements": "str", "default": []},
    "token_map": {"type": "list", "elements": "str", "default": []},
    "provision": {"type": "bool", "default": False},
    "ignore_firmware_bug": {"type": "bool", "default": False},
    "ignore_unknown_server": {"type": "bool", "default": False},
    "save_config": {"type": "bool", "default": False},
    "license_codes": {"type": "int", "default": 0},
}


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
                "digests": {"type": "dict", "default": {}},
                "facts": {"type": "raw"},
                "purge": {"type": "raw"},
                "activate": {"type": "raw"},
                "journal": {"type": "str", "default": ""},
                "options": {"type": "dict", "options": OPTION_SPEC, "default": {}},
            },
            required_one_of=[("src", "dest")],
            mutually_exclusive=[("src", "dest")],
            required_by={"dest": "facts"},
        )
        host = str((task_vars or {})["inventory_hostname"])
        result["changed"] = False
        try:
            now = _made(host, args) if args["facts"] is not None else None
            # Without facts there is no plan to write: see required_by above.
            if args["dest"] and now is not None:
                return {**result, **_written(args["dest"], host, now)}
            plan = documents.read(args["src"], host, VARIABLE, partial(_approved_plan.check, host=host))
            _require_approved(plan, host, args["digests"])
        except DocumentError as error:
            state = "The unit was not contacted." if args["facts"] is None else "Nothing was changed."
            raise AnsibleActionFail(f"{error} {state}") from None
        result.update(_summary(plan))
        return result if now is None else {**result, **_verified(plan, now)}


def _require_approved(plan: documents.Document, host: str, digests: Mapping[str, Any]) -> None:
    """Raises DocumentError where other plans than this one were approved."""
    if not digests:
        return
    if host not in digests:
        raise DocumentError(f"The plan {plan.path} was not approved: remediate_plan_digests does not name {host}.")
    if str(digests[host]).strip().lower() != plan.digest:
        raise DocumentError(
            f"The plan {plan.path} is not the approved one: its SHA-256 is {plan.digest}, and approved was"
            f" {digests[host]}. Have it approved, or bring the approved file back."
        )


def _made(host: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plan of a run now. Raises DocumentError where the facts or the journal cannot be read."""
    return _approved_plan.make(
        host,
        documents.facts(args["facts"]),
        args["options"],
        documents.result(args["purge"]),
        documents.result(args["activate"]),
        _begun(args["journal"]),
    )


def _begun(path: str) -> set[str]:
    """Return the tokens that the journal of an interrupted run names."""
    try:
        journal = _journal.read(unfrackpath(path, follow=False)) if path else None
    except JournalError as error:
        raise DocumentError(f"{error}.") from error
    return set() if journal is None else set(journal.serials)


def _written(dest: str, host: str, plan: Mapping[str, Any]) -> dict[str, Any]:
    directory = Path(unfrackpath(dest, follow=False))
    try:
        return _summary(documents.write(directory, host, plan))
    except OSError as error:
        raise AnsibleActionFail(
            f"The plan cannot be written to {directory}: {error.strerror or error}. Choose another directory with"
            " 'dest' (remediate_plan_dir), or make room in it."
        ) from None


def _verified(plan: documents.Document, now: Mapping[str, Any]) -> dict[str, Any]:
    """Return a note where the plan may be applied, else a failure with the differences."""
    found = _approved_plan.differences(plan.data, now)
    if not found:
        return {"differences": [], "applied": _approved_plan.applied(plan.data, now)}
    named = "; ".join(_runner.abridged(found, MOST_NAMED))
    return {
        "failed": True,
        "differences": _runner.abridged(found, MOST_KEPT),
        "msg": f"The unit is not as the plan {plan.path} found it, and nothing was changed. {named}. Make a new plan"
        " with --check and have it approved, or bring the unit back to that state.",
    }


def _summary(plan: documents.Document) -> dict[str, Any]:
    return {
        "path": str(plan.path),
        "digest": plan.digest,
        "options": plan.data["options"],
        "planned": _approved_plan.planned(plan.data),
        "commands": len(plan.data["commands"]),
    }
