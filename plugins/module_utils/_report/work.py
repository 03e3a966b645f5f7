# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of a run did, read from the results of the modules. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.plain import (
    flag,
    items,
    mapping,
    mappings,
    number,
    text,
    texts,
)

#: What the activate module says of a token that it only looked at.
_NO_CHANGE = frozenset(("", "none", "polled"))


@dataclass(frozen=True)
class Work:
    """What the purge and activate tasks did.

    ``actions`` and ``messages`` are by serial. ``refused``: rows ``{serial, verdict, reason}`` of tokens that the unit
    refused to delete. ``failures``: messages of failed tasks; ``refusals``: what the unit said of refused commands.
    ``stopped``: the wave at which changing stopped, ``{wave, cause, reason, failed, untouched}``, or None. ``spent``:
    rows ``{serial, since, status, because}`` of claims that Fortinet contradicted. ``incomplete_users``: rows ``{name,
    vdom, serial, missing}`` of users whose entry did not come back whole. ``settings_lost``: serial -> names of the
    settings of its entry that did not come back. ``differences``: rows ``{serial, what, expected, found}`` of what was
    not as planned when it came to changing it. ``moved``: (VDOM, name) of users -> the token that they got in the place
    of another. ``tried``: whether one of the tasks ran at all.
    """

    actions: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)
    changed: bool = False
    save_due: bool | None = None
    failures: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    stopped: dict[str, Any] | None = None
    spent: tuple[dict[str, str], ...] = ()
    incomplete_users: tuple[dict[str, Any], ...] = ()
    settings_lost: dict[str, list[str]] = field(default_factory=dict)
    differences: tuple[dict[str, str], ...] = ()
    moved: dict[tuple[str, str], str] = field(default_factory=dict)
    tried: bool = False


def work_done(purge: Mapping[str, Any], activate: Mapping[str, Any]) -> Work:
    """Read the results of both tasks; each field may be missing or odd."""
    actions = {text(serial): "deleted" for serial in items(purge.get("purged"))}
    messages: dict[str, str] = {}
    for row in mappings(activate.get("results")):
        serial, action = text(row.get("serial")), text(row.get("action"))
        if action not in _NO_CHANGE:
            actions[serial] = action
        if row.get("message"):
            messages[serial] = text(row["message"])
    both = (purge, activate)
    return Work(
        actions=actions,
        messages=messages,
        commands=[redacted(line) for result in both for line in texts(result.get("commands"))],
        refused=[
            {key: text(row.get(key)) for key in ("serial", "verdict", "reason")}
            for row in mappings(purge.get("refused"))
        ],
        changed=any(flag(result.get("changed")) for result in both),
        save_due=flag(activate["save_due"]) if "save_due" in activate else None,
        failures=tuple(
            text(result.get("msg")) or "The task failed without a message."
            for result in both
            if flag(result.get("failed"))
        ),
        refusals=(*messages.values(), *texts(activate.get("license_errors"))),
        stopped=next((found for found in map(_stopped, reversed(both)) if found), None),
        spent=tuple(row for result in both for row in spent_claims(result.get("claims"))),
        incomplete_users=tuple(
            {
                **{key: text(row.get(key)) for key in ("name", "vdom", "serial")},
                "missing": [redacted(line) for line in texts(row.get("missing"))],
            }
            for result in both
            for row in mappings(result.get("incomplete_users"))
        ),
        settings_lost={
            text(serial): texts(names)
            for result in both
            for serial, names in mapping(result.get("settings_lost")).items()
        },
        differences=tuple(
            {key: redacted(text(row.get(key))) for key in ("serial", "what", "expected", "found")}
            for result in both
            for row in mappings(result.get("differences"))
        ),
        moved={
            (text(row.get("vdom")), text(row.get("name"))): text(row["new"])
            for row in mappings(activate.get("moves"))
            if row.get("new")
        },
        tried=bool(purge or activate),
    )


def spent_claims(rows: Any) -> list[dict[str, str]]:
    """Read rows ``{serial, since, status, because}``; ``since`` is a time in UTC."""
    return [{key: text(row.get(key)) for key in ("serial", "since", "status", "because")} for row in mappings(rows)]


def redacted(line: str) -> str:
    """Remove secrets. That is done where the unit's bytes come in; a report is kept and mailed, so it is done again."""
    return Redactor().redact(line)


def _stopped(result: Mapping[str, Any]) -> dict[str, Any] | None:
    """Read why nothing more was begun after a wave; the last wave with a failure is the one at which that was."""
    if not text(result.get("stopped")):
        return None
    begun = mappings(result.get("waves"))
    waves = [wave for wave in begun if wave.get("failed")] or begun
    last = waves[-1] if waves else {}
    return {
        "wave": number(last.get("number")),
        "cause": text(result.get("stopped_cause")),
        "reason": redacted(text(result["stopped"])),
        "failed": texts(last.get("failed")),
        "untouched": texts(result.get("untouched")),
    }
