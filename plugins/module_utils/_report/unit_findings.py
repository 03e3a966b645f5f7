# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about users, tokens and the configuration of a unit at the end of a run. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import Finding, make, taken_over
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.plain import flag, mappings, text, texts
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import (
    count,
    serials_of,
    tokens_of,
    users_of,
    who,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.work import Work

_CLOSE_DOOR = (
    "While the work lasts, close the match of the group for this server, or give these users a spare token or e-mail as"
    " second factor first. Then run with remediate_remote_users: include."
)


def unit_findings(report: Mapping[str, Any], changed: bool, work: Work, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Make the findings about what the unit shows. ``facts``: those at the end of the run, or before it."""
    yield from _user_findings(report, work)
    yield from _side_doors(facts, report["vdoms"])
    # What reading the unit found besides its tokens, such as lines that a restore lost.
    yield from (taken_over(row) for row in mappings(facts.get("findings")))
    yield from _config_findings(report, changed, work)
    if work.refused:
        yield make(
            "purge_refused",
            "warning",
            "The unit refused to delete them, or they were not as planned. Their users still have them.",
            "See the reason of each. Remove from the configuration what else uses the token, then run again.",
            fill={"tokens": count(len(work.refused), "token")},
            evidence=[f"{row['serial']} ({row['verdict']}): {row['reason']}" for row in work.refused],
            serials=serials_of(work.refused),
        )
    dropped = report["debug"]["dropped"]
    if dropped:
        yield make(
            "debug_lines_dropped",
            "info",
            "The unit printed more debug output than is kept. The lines that are kept are complete.",
            fill={"what": count(dropped, "debug line")},
        )


def _user_findings(report: Mapping[str, Any], work: Work) -> Iterator[Finding]:
    """Tell what became of users and entries; not while only a journal tells of them, which is a finding of its own."""
    vdoms = report["vdoms"]
    bound = [(token, binding) for token in report["tokens"] for binding in token["bindings"]]
    lost = [(token, binding) for token, binding in bound if binding["lost"]]
    disabled = [(token, binding) for token, binding in bound if binding["left_disabled"] and not binding["lost"]]
    missing = [token for token in report["tokens"] if token["missing"]]
    settings = [token for token in report["tokens"] if token["settings_lost"]]
    if lost:
        yield make(
            "binding_lost",
            "error",
            "Before the run these accounts had a token; it is no longer bound to them.",
            "Make sure immediately that none of these accounts can log in with only the password, then run again or "
            "bind the token by hand: set two-factor fortitoken, set fortitoken <serial>.",
            fill={"users": count(len(lost), "user")},
            evidence=[f"{token['serial']}: {who(binding, vdoms)}" for token, binding in lost],
            serials=serials_of(token for token, _binding in lost),
        )
    if not (report["journal"] and report["journal"]["open"] and not report["journal"]["certain"]):
        yield from _taken(missing, disabled, vdoms)
    if work.incomplete_users:
        yield make(
            "user_not_whole",
            "error",
            "These lines of their entry could not be set again, so the users stay disabled.",
            "Set the lines by hand, then enable the user.",
            fill={"users": count(len(work.incomplete_users), "user")},
            evidence=[
                f"{who({'type': 'user', **row}, vdoms)}: {'; '.join(row['missing']) or 'not known'}"
                for row in work.incomplete_users
            ],
            serials=serials_of(row for row in work.incomplete_users if row["serial"]),
        )
    if settings:
        yield make(
            "settings_lost",
            "warning",
            "The tokens are back, but the unit did not take these settings of their entries again.",
            "Set them by hand: config user fortitoken, edit <serial>, set <setting> <value>.",
            fill={"tokens": count(len(settings), "token")},
            evidence=[
                f"{token['serial']}: {', '.join(token['settings_lost'])}"
                + (f" ({token['comments']})" if token["settings_lost"] == ["comments"] else "")
                for token in settings
            ],
            serials=serials_of(settings),
        )


def _taken(missing: list[Any], disabled: list[Any], vdoms: bool) -> Iterator[Finding]:
    if missing:
        yield make(
            "token_missing",
            "error",
            "These tokens were on the unit before and are not there now.",
            "Run again: the journal of the unit knows what to add. For a hardware token, adding the serial is its "
            "activation (Fortinet article 194508, step 5a).",
            fill={"tokens": count(len(missing), "missing token")},
            evidence=[f"{token['serial']}: {users_of(token['bindings'], vdoms)}" for token in missing],
            serials=serials_of(missing),
        )
    if disabled:
        yield make(
            "user_left_disabled",
            "error",
            "A user is disabled while the token is away, so that no user is left with only a password. For these users "
            "the token did not come back in time.",
            "Run again when the token can be activated; it enables the user together with the token.",
            fill={"users": count(len(disabled), "user")},
            evidence=[f"{token['serial']}: {who(binding, vdoms)}" for token, binding in disabled],
            serials=serials_of(token for token, _binding in disabled),
        )


def _side_doors(facts: Mapping[str, Any], vdoms: bool) -> Iterator[Finding]:
    """Users whose remote server a group admits by itself; promise 11 of the design."""
    doors = mappings(facts.get("side_doors"))
    for included in (False, True):
        rows = [row for row in doors if flag(row.get("included")) is included]
        if not rows:
            continue
        lines = []
        for row in rows:
            account = {"type": "user", "name": text(row.get("name")), "vdom": text(row.get("vdom"))}
            groups = ", ".join(texts(row.get("groups"))) or "not readable"
            server = " ".join(part for part in (text(row.get("type")), text(row.get("server")) or "unknown") if part)
            lines.append(f"{who(account, vdoms)}: server {server}, group {groups}")
        promise = (
            "You included them with remediate_remote_users: include. The promise that no user can log in with only a"
            " password does not cover them while their token is away."
            if included
            else "They were left alone: while their entry is disabled, the group would admit them with only a password."
        )
        yield make(
            "side_door",
            "warning",
            f"A group of the unit admits every user of this remote server, with or without an entry here. {promise}",
            _CLOSE_DOOR if not included else "Check the logins of these users during the run.",
            fill={"users": count(len(rows), "user")},
            evidence=lines,
            serials=[text(row["serial"]) for row in rows if row.get("serial")],
            included=included,
        )


def _config_findings(report: Mapping[str, Any], changed: bool, work: Work) -> Iterator[Finding]:
    mode = str(report["unit"].get("cfg_save") or "automatic")
    saved = any(line.split() == ["execute", "cfg", "save"] for line in report["commands"])
    due = mode in ("manual", "revert") and not saved if work.save_due is None else work.save_due
    if not due or not changed:
        return
    yield make(
        "config_not_saved",
        "warning",
        f"The unit has cfg-save {mode}: the changes work now but are lost "
        + ("at the next restart." if mode == "manual" else "when the unit reverts to the saved configuration."),
        "Run 'execute cfg save' on the unit, or run with remediate_save_config: true.",
    )


def not_proven(report: Mapping[str, Any]) -> Iterator[Finding]:
    """Make the finding about tokens that nothing has confirmed since the migration, where the run demands proof."""
    shown = [token for token in report["tokens"] if token["proof"] == "shown"]
    if shown and report["require_proof"]:
        yield make(
            "not_proven",
            "warning",
            "The unit shows their status as fine. Nothing has confirmed since the migration that a login with them"
            " works: no new seed, no log entry and no answer of Fortinet.",
            "Let one user of each kind log in with the token.",
            fill={"tokens": tokens_of(shown)},
            serials=serials_of(shown),
        )
