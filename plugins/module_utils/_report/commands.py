# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next command for each finding, ready to copy. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

REMEDIATE = "fortiops.fortitoken.remediate_tokens"
AUDIT = "fortiops.fortitoken.audit_tokens"

#: What a run was limited to or told, which the next one needs, too.
KEPT_OPTIONS = (
    "serials",
    "vdoms",
    "lock_released",
    "admins",
    "error_statuses",
    "save_config",
    "waves",
    "max_failures",
    "way",
    "remote_users",
    "managed",
    "token_map",
    "require_proof",
    "baseline",
    "report_dir",
    "journal_dir",
)
MOST_LETTERS = 100_000
#: Values that need not be said.
_DEFAULTS: Mapping[str, str] = {
    "admins": "skip",
    "remote_users": "skip",
    "managed": "skip",
    "way": "reimport",
    "waves": "1,20",
    "max_failures": "10%",
}

#: Finding -> the playbook, if not the audit, and what it is told besides what this run was told. `{serials}` stands for
#: the tokens.
_NEXT: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "not_reached": (REMEDIATE, {}),
    "no_facts": (REMEDIATE, {}),
    "run_failed": (REMEDIATE, {}),
    "task_failed": (REMEDIATE, {}),
    "not_verified": (REMEDIATE, {}),
    "journal_open": (REMEDIATE, {}),
    "token_missing": (REMEDIATE, {}),
    "binding_lost": (REMEDIATE, {}),
    "user_left_disabled": (REMEDIATE, {}),
    "gate_blocked": (REMEDIATE, {}),
    "work_left": (REMEDIATE, {}),
    "needs_license": (REMEDIATE, {}),
    "firmware_bug": (REMEDIATE, {}),
    "purge_refused": (REMEDIATE, {}),
    "last_look_differs": (REMEDIATE, {}),
    "wave_stopped": (REMEDIATE, {}),
    "activation_code_undeliverable": (REMEDIATE, {"provision": "true"}),
    "users_not_moved": (REMEDIATE, {}),
    "provision": (REMEDIATE, {"provision": "true"}),
    "config_not_saved": (REMEDIATE, {"save_config": "true"}),
    "held_by_administrator": (REMEDIATE, {"admins": "include"}),
    "needs_lock_release": (REMEDIATE, {"lock_released": "{serials}"}),
    "release_not_effective": (REMEDIATE, {"lock_released": "{serials}", "retry_refused": "true"}),
    "claim_spent": (REMEDIATE, {"lock_released": "{serials}", "retry_refused": "true"}),
    "baseline_not_checked": (REMEDIATE, {}),
    "baseline_token_missing": (REMEDIATE, {}),
}


#: Findings whose remedy is to run again as before: what was an audit or a plan stays one.
_AGAIN = frozenset(
    (
        "not_reached",
        "no_facts",
        "run_failed",
        "task_failed",
        "not_verified",
        "gate_blocked",
        "last_look_differs",
        "baseline_not_checked",
    )
)


def told(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the run of a report was told, for the commands below: its options, and its ``mode``."""
    mode = "check" if report["check_mode"] and report["mode"] != "audit" else report["mode"]
    return {**report["options"], "mode": mode}


def next_command(finding: Mapping[str, Any], host: str, options: Mapping[str, Any], inventory: str = "") -> str:
    """Return the command for one finding on one unit, or the empty text."""
    return shared_command([(finding, host, options)], inventory)


def shared_command(places: Sequence[tuple[Mapping[str, Any], str, Mapping[str, Any]]], inventory: str = "") -> str:
    """Return one command for the same finding on several units: rows ``(finding, host, options of its run)``.

    The options may hold the ``mode`` of the run, as `told` returns it. ``inventory``: what the run had after C(-i).
    Each part is quoted for a POSIX shell.
    """
    if not places:
        return ""
    # Where a person has to act elsewhere, the audit then shows whether that is done.
    name = places[0][0]["id"]
    playbook, added = _NEXT.get(name, (AUDIT, {}))
    modes = {str(options.get("mode") or "") for _finding, _host, options in places} if name in _AGAIN else set()
    if "audit" in modes:
        playbook = AUDIT
    variables = {"hosts": ",".join(dict.fromkeys(host for _finding, host, _options in places))}
    for name in KEPT_OPTIONS:
        values = [_value(name, options.get(name)) for _finding, _host, options in places]
        if playbook == AUDIT and name not in (
            "serials",
            "vdoms",
            "require_proof",
            "baseline",
            "report_dir",
            "journal_dir",
        ):
            continue
        if name in ("serials", "lock_released") and all(values):
            values = [",".join(dict.fromkeys(",".join(values).split(",")))]
        if len(set(values)) == 1 and values[0]:
            variables[name] = values[0]
    if added.get("lock_released"):
        serials = dict.fromkeys(serial for finding, _host, _options in places for serial in finding.get("serials", ()))
        claimed = [name for name in variables.get("lock_released", "").split(",") if name]
        variables["lock_released"] = "all" if "all" in claimed else ",".join(dict.fromkeys([*claimed, *serials]))
    variables |= {name: value for name, value in added.items() if name != "lock_released"}
    # Linux takes 131,072 bytes as one argument (MAX_ARG_STRLEN); such a claim belongs into a file.
    if any(len(value) > MOST_LETTERS for value in variables.values()):
        return ""
    parts = ["ansible-playbook", *(("-i", inventory) if inventory else ()), playbook]
    parts += ["--check"] if playbook == REMEDIATE and "check" in modes else []
    for name, value in variables.items():
        parts += ["-e", f"remediate_{name}={_quoted(value)}"]
    return shlex.join(parts)


def _quoted(value: str) -> str:
    """Quote a value for Ansible, which splits C(key=value) at blanks."""
    return value if value and not any(letter in value for letter in " \t\"'\\=") else shlex.quote(value)


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)):
        text = ",".join(str(item) for item in value)
    else:
        text = "" if value is None else str(value)
    return "" if text == _DEFAULTS.get(name) else text
