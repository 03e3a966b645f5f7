# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts to paste into a support ticket, one per addressee. They name units and tokens, never a person. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import (
    CUSTOMER_SERVICE,
    SALES,
    TAC,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.escape import one_line
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import count
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.gates import ACTIVATION_BUG

#: Addressee, as in the name of the ticket's file -> its full name. A firmware bug is TAC's too, in its own ticket.
ADDRESSEES = {"tac": TAC, "customer-service": CUSTOMER_SERVICE, "firmware": TAC, "sales": SALES}

MAX_EVIDENCE = 40
SEPARATOR = "\n\n----\n\n"

# Fields of the unit's event log that name a person, and addresses of mail.
_PERSON = re.compile(r'\b(user|dstuser|to|from|ui|srcip)=("[^"]*"|\S+)')
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True)
class Kind:
    """One kind of ticket. `causes`: findings of the diagnosis whose evidence belongs to it. `{tokens}` and `{unit}` are
    filled in."""

    addressee: str
    subject: str
    request: str
    causes: frozenset[str] = frozenset()


LOCK_RELEASE = Kind(
    "tac",
    "Release the activation lock of {tokens}, unit {unit}",
    "Please release the one-time activation lock of the hardware tokens listed below. The configuration was moved to "
    "the unit below, and the tokens have to be activated on it.",
    frozenset(("already_activated", "activation_failed", "serial_invalid")),
)
#: Changing stopped at a wave, because Fortinet refused what it was said to have released.
RELEASE_FAILED = Kind(
    "tac",
    "The release of an activation lock did not take effect: {tokens}, unit {unit}",
    "We were told that the one-time activation lock of the hardware tokens listed below is released. The unit below"
    " requested the first of them, and FortiGuard refused. Please release the locks and confirm the serial numbers.",
    LOCK_RELEASE.causes,
)
LICENSE_TRANSFER = Kind(
    "customer-service",
    "Transfer the license of {tokens} to unit {unit}",
    "Please transfer the FortiToken Mobile licenses of the tokens listed below to the unit below. The configuration "
    "was moved to it from another unit.",
    frozenset(
        (
            "no_valid_token",
            "token_of_another_product",
            "license_on_wrong_member",
            "product_not_registered",
            "license_card_not_found",
        )
    ),
)
FIRMWARE_BUG = Kind(
    "firmware",
    f"FortiOS bug {ACTIVATION_BUG}: {{tokens}} cannot be activated, unit {{unit}}",
    f"The unit below runs a build on which the activation of a token by its serial ends in 'cmdb save error' (bug "
    f"{ACTIVATION_BUG}). Please confirm which build has the fix for this model, and release the one-time activation "
    "lock of the tokens listed below, whose activation may have been spent.",
    frozenset(("cmdb_save_error",)),
)
NEW_LICENSE = Kind(
    "sales",
    "New FortiToken Mobile license for unit {unit}",
    "FortiCare answered that the redemption code of our FortiToken Mobile license has expired. Please send us a valid "
    "license code for the unit below.",
    frozenset(("license_expired",)),
)
UNEXPLAINED = Kind(
    "tac",
    "FortiToken error without a known meaning, unit {unit}",
    "FortiCare or FortiGuard answered the unit below with the error shown under Evidence. Please tell us what it means "
    "and what has to be done.",
    frozenset(("unknown_error", "activation_failed", "service_error")),
)
KINDS = (LOCK_RELEASE, LICENSE_TRANSFER, FIRMWARE_BUG, NEW_LICENSE, UNEXPLAINED)


def kind_of_cause(cause: str) -> Kind | None:
    """Return the ticket that a finding of the diagnosis belongs to."""
    return next((kind for kind in KINDS if cause in kind.causes), None)


def release_failed(report: Mapping[str, Any], serials: Collection[str], diagnosis: Sequence[Mapping[str, Any]]) -> str:
    """Write the ticket about releases that did not take effect. It lists `serials` alone: nobody said of other tokens
    that they were released. Evidence is what names one of them."""
    concerning = [
        {**finding, "serials": [], "evidence": [line for line in finding["evidence"] if _names(line, serials)]}
        for finding in diagnosis
    ]
    return compose(RELEASE_FAILED, report, serials, concerning)


def _names(line: str, serials: Iterable[str]) -> bool:
    return any(serial in line for serial in serials)


def compose(
    kind: Kind, report: Mapping[str, Any], serials: Iterable[str], diagnosis: Sequence[Mapping[str, Any]]
) -> str:
    """Write the text of one ticket: the unit with its cluster, the tokens with their statuses, and the evidence.

    Tokens that the evidence names are added to `serials`. What the unit does not know of a token is left out.
    """
    related = [finding for finding in diagnosis if finding["id"] in kind.causes]
    named = [serial for finding in related for serial in finding["serials"]]
    rows = {token["serial"]: token for token in report["tokens"]}
    listed = list(dict.fromkeys([*serials, *named]))
    unit = report["unit"]
    name = unit.get("serial") or unit.get("hostname") or "a FortiGate"
    number = count(len(listed), "FortiToken")
    members = unit["ha"]["members"] if unit else []
    build = f"FortiOS {unit.get('version') or 'unknown'}, build {unit.get('build') or 'unknown'}"
    lines = [
        f"Subject: {kind.subject.format(tokens=number, unit=name)}",
        "",
        kind.request,
        "",
        f"Unit: {unit.get('model') or 'FortiGate'}, serial number {unit.get('serial') or 'unknown'}",
        f"Firmware: {build}",
    ]
    if members:
        lines.append(f"Cluster members: {', '.join(members)}")
    if listed:
        lines += ["", "Tokens:", *(_token(serial, rows.get(serial)) for serial in listed)]
    evidence = [_impersonal(line) for finding in related for line in finding["evidence"]]
    if evidence:
        more = len(evidence) - MAX_EVIDENCE
        lines += ["", "Evidence (times are the unit's; secrets are removed):", *evidence[:MAX_EVIDENCE]]
        lines += [f"... and {more} more lines"] if more > 0 else []
    # What a unit says can neither add a line to a ticket nor change how it is shown.
    return "\n".join(map(one_line, lines))


def _token(serial: str, token: Mapping[str, Any] | None) -> str:
    if token is None:
        return serial
    before, after = ((token[when] or {}).get("status") for when in ("before", "after"))
    status = str(after or before or "")
    if before and after and before != after:
        status = f"{after} (before this run: {before})"
    details = [f"license {token['license']}" if token["license"] else "", status]
    return "  ".join([serial, *[detail for detail in details if detail]])


def _impersonal(line: str) -> str:
    return _ADDRESS.sub("(address)", _PERSON.sub(r'\1="..."', line))


def collect(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Make one ticket per addressee of the findings that carry one: ``{addressee, to, text, serials, findings}``."""
    tickets: dict[str, dict[str, Any]] = {}
    for finding in findings:
        if not finding.get("ticket"):
            continue
        addressee = str(finding["addressee"])
        ticket = tickets.setdefault(
            addressee,
            {"addressee": addressee, "to": ADDRESSEES[addressee], "text": "", "serials": [], "findings": []},
        )
        ticket["text"] += (SEPARATOR if ticket["text"] else "") + finding["ticket"]
        ticket["serials"] = list(dict.fromkeys([*ticket["serials"], *finding.get("serials", ())]))
        ticket["findings"].append(finding["id"])
    return [tickets[addressee] for addressee in ADDRESSEES if addressee in tickets]
