# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings of the diagnosis in a report: what debug output, event log, refused commands and preflight tell. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import DEBUG_LEFT_ON, INFERRED
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.diagnose import diagnose, diagnose_answers
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.found import one_per_refusal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import (
    Finding,
    make,
    taken_over,
)

_HOW_SURE = {
    "seen": "Known from Fortinet's texts",
    "inferred": "Inferred, not documented",
    "unknown": "Not known",
}
#: A cause that needs no step of its own where the finding about the tokens asks for the same.
_SAME_STEP = {
    "already_activated": "needs_lock_release",
    "cmdb_save_error": "firmware_bug",
    "provision_timeout": "provision",
    "token_not_in_fortiguard": "work_left",
}
#: Causes why a license code is refused.
_OF_LICENSES = frozenset(
    (
        "license_expired",
        "license_card_not_found",
        "license_code_malformed",
        "license_on_wrong_member",
        "no_valid_token",
        "token_of_another_product",
        "product_not_registered",
        "unknown_error",
    )
)
#: Behind what the unit said stand the number of the license code and the remedy (RETURN of fortitoken_activate).
_REFUSED = re.compile(r"the unit refused '([^']*)': (.*?)(?: \(licen[cs]e code \d.*)?$", re.DOTALL)


def known_names(report: Mapping[str, Any]) -> list[str]:
    """Return serials of a report: what may look like a secret, and must stay readable in its evidence and tickets."""
    unit = report["unit"] or {}
    members = unit["ha"]["members"] if unit else []
    return [*(token["serial"] for token in report["tokens"]), str(unit.get("serial") or ""), *members]


def diagnosis(report: Mapping[str, Any], rows: Sequence[str], messages: Iterable[str]) -> list[Finding]:
    """Return what the run's output tells, in its order; each finding as `_diagnosis.diagnose` makes it.

    `rows`: entries of the event log. `messages`: what the modules say of refused commands.
    """
    members = report["unit"]["ha"]["members"] if report["unit"] else []
    answers = [(match[1], match[2]) for message in messages if (match := _REFUSED.fullmatch(message))]
    found: dict[tuple[str, Any], Finding] = {}
    known = known_names(report)
    shown = diagnose([*report["debug"]["lines"], *rows], members, known)
    for finding in [*shown, *diagnose_answers(answers, members, known)]:
        first = found.setdefault(
            (finding["id"], finding["code"] if finding["id"] == "unknown_error" else None), finding
        )
        if first is not finding:
            for part in ("evidence", "serials", "units"):
                first[part] = list(dict.fromkeys([*first[part], *finding[part]]))
            first["count"] += finding["count"]
    return one_per_refusal(list(found.values()))


def present(found: Sequence[Finding], report: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Return the findings as a report shows them: no step where nothing is left to do, or where another says it."""
    ids = {other["id"] for other in others}
    done = report["result"] in ("healthy", "remediated", "skipped")
    # A code that the operator has given is work left, however well the tokens are.
    refused = any(row["outcome"] == "refused" for row in report["license_codes"])
    return [
        taken_over(
            {
                **finding,
                "severity": "info"
                if (done and not (refused and finding["id"] in _OF_LICENSES)) or _SAME_STEP.get(finding["id"]) in ids
                else finding["severity"],
                "detail": f"{finding['detail']} {_sure(finding)}",
            }
        )
        for finding in found
    ]


def _sure(finding: Mapping[str, Any]) -> str:
    how, source = _HOW_SURE[finding["certainty"]], str(finding["source"])
    if not source:
        return f"({how}.)"
    return f"({how}: {source}.)" if not source.startswith("inferred") else f"({source[0].upper()}{source[1:]}.)"


def preflight(report: Mapping[str, Any], known: Iterable[str]) -> Iterator[Finding]:
    """Make findings of what reading the unit told besides its tokens. `known`: findings that are there already."""
    connectivity = report["connectivity"]
    pings = [ping for ping in connectivity.get("pings") or [] if isinstance(ping, Mapping)]
    # Pings prove little: what counts is the state that the unit itself reports (Fortinet article 194050: TCP 443).
    # [fact: service-port]
    severity = "info" if connectivity.get("token_server") == "reachable" else "warning"
    unresolved = [str(ping.get("host")) for ping in pings if ping.get("resolved") is False]
    silent = [str(ping.get("host")) for ping in pings if ping.get("resolved") is not False and not ping.get("received")]
    if unresolved and "name_not_resolved" not in known:
        yield make(
            "name_not_resolved",
            severity,
            "A ping failed because of the name, not because of the connection: the unit has no working DNS for "
            "FortiGuard (Fortinet article 194508, step 1).",
            "Fix the DNS of the unit ('show system dns'), then run again.",
            evidence=unresolved,
        )
    if silent:
        yield make(
            "server_not_answering",
            severity,
            "Their names were resolved, or the unit did not tell, and no answer came. That alone proves nothing: a "
            "filter may drop pings and let TCP 443 pass (Fortinet article 194508, step 1).",
            "If activations fail: let the unit reach FortiGuard on TCP 443.",
            evidence=silent,
            certainty=INFERRED,
        )
    left_on = report["unit"].get("debug_left_on") if report["unit"] else None
    if left_on:
        cause = DEBUG_LEFT_ON
        yield make(
            cause.id,
            cause.severity,
            cause.meaning,
            cause.remedy,
            title=cause.title,
            evidence=[str(line) for line in left_on],
            certainty=cause.certainty,
        )
    unreached = [(token["serial"], text) for token in report["tokens"] for text in token["undeliverable"]]
    if unreached and report["result"] != "skipped":
        yield make(
            "activation_code_undeliverable",
            "warning",
            "The unit sends an activation code as a text message, or as a mail. For these tokens something is missing, "
            "so no code is sent (Fortinet articles 194508 and 194574).",
            "Set email-to or sms-phone of the user, and 'config system email-server', then run again.",
            evidence=[f"{serial}: {text}" for serial, text in unreached],
            serials=list(dict.fromkeys(serial for serial, _text in unreached)),
        )
