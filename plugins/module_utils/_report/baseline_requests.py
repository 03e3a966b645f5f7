# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to ask Fortinet for, and whom to tell, before the old unit is switched off: made of its baseline. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import (
    ADMINISTRATOR,
    CUSTOMER_SERVICE,
    TAC,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    HARDWARE,
    LOCK_EXEMPT,
    MOBILE,
    SEED_ON_CD,
    TRIAL_LICENSE,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import tickets
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import count, users_of
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    ACTIVATE,
    HEALTHY,
    LOCKED,
    is_activation_error,
    normalise,
)

#: What Fortinet's support is asked for before the migration; afterwards the report has its own texts.
_LOCK_RELEASE = tickets.Kind(
    "tac",
    "Release the activation lock of {tokens} for a migration, unit {unit}",
    "Please release the one-time activation lock of the hardware tokens listed below. The unit below is going to be "
    "replaced, and the tokens have to be activated on its successor, serial number: ________________",
)
_LICENSE_TRANSFER = tickets.Kind(
    "customer-service",
    "Transfer the license of {tokens} from unit {unit} to its successor",
    "Please transfer the FortiToken Mobile licenses of the tokens listed below. The unit below is going to be replaced "
    "by the unit with the serial number: ________________",
)


def requests(baseline: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List what has to be asked for, found or told before the unit is switched off, the longest waiting time first.

    Each is ``{id, actor, title, why, serials}``, and ``ticket`` with the text where a ticket has to be opened.
    """
    tokens: Sequence[Mapping[str, Any]] = baseline["tokens"]
    hardware = [token for token in tokens if token["kind"] == HARDWARE]
    locked = [
        token
        for token in hardware
        if _was_activated(token) and not token["serial"].startswith((*LOCK_EXEMPT, *SEED_ON_CD))
    ]
    trial = [token for token in tokens if _is_trial(token)]
    mobile = [token for token in tokens if token["kind"] == MOBILE and not _is_trial(token)]
    packs = sorted({str(token["license"]) for token in mobile if token["license"]})
    held = [token for token in mobile if token["bindings"]]
    rows = [
        # Fortinet articles 194435, 194508 and 193723. [fact: lock-release-ticket] [fact: activation-lock]
        _request(
            "lock_release",
            TAC,
            "Have the activation lock of {tokens} released",
            "A hardware token is locked at Fortinet when it is first activated; without the release the new unit cannot"
            " fetch its seed. The tokens keep working on this unit meanwhile.",
            locked,
            _ticket(_LOCK_RELEASE, baseline, locked),
        ),
        # Fortinet article 193723; since August 2025 licenses that were shipped move only for an RMA (forum 205363).
        # [fact: license-moves]
        _request(
            "license_transfer",
            CUSTOMER_SERVICE,
            f"Have {count(len(packs), 'license')} of {{tokens}} transferred",
            "A license of mobile tokens is registered to a unit's serial number and moves as a whole"
            f" ({', '.join(packs) or 'its number is not shown by the unit'}). Licenses sold since August 2025 move"
            " only when a unit is exchanged under warranty: ask early, a new license may be needed.",
            mobile,
            _ticket(_LICENSE_TRANSFER, baseline, mobile),
        ),
        # Fortinet articles 190171 and 193723. [fact: trial-code]
        _request(
            "trial_tokens",
            ADMINISTRATOR,
            "Plan other tokens for the users of {tokens} that cannot move",
            "The free trial tokens belong to this unit for good. On the new unit delete both entries, import its own"
            " (execute fortitoken-mobile import 0000-0000-0000-0000-0000), and give those to the users.",
            trial,
        ),
        # Fortinet article 194435.
        _request(
            "seed_cd",
            ADMINISTRATOR,
            "Find the CD with the seeds of {tokens}",
            "The seeds of a FortiToken-200CD are on the CD it came with; Fortinet does not have them.",
            [token for token in hardware if token["serial"].startswith(SEED_ON_CD)],
        ),
        _request(
            "tell_holders",
            ADMINISTRATOR,
            "Tell the users of {tokens} that they will get a new activation code",
            "A mobile token is activated again on the new unit. The code comes by mail or text message and is valid for"
            " three days, so send them when people are at work.",
            held,
        ),
        _request(
            "broken_before",
            ADMINISTRATOR,
            "Note that {tokens} did not work on this unit either",
            "The migration is not the reason; the new unit will show them as it finds them.",
            [token for token in tokens if token["verdict"] not in (HEALTHY, LOCKED, ACTIVATE)],
        ),
    ]
    return [row for row in rows if row["serials"]]


def _is_trial(token: Mapping[str, Any]) -> bool:
    return str(token["license"]).startswith(TRIAL_LICENSE)


def _was_activated(token: Mapping[str, Any]) -> bool:
    status = normalise(str(token["status"] or ""))
    return bool(token["seed"]) or not (status in ("", "new") or is_activation_error(status))


def _request(
    name: str, actor: str, title: str, why: str, tokens: Sequence[Mapping[str, Any]], ticket: str = ""
) -> dict[str, Any]:
    kinds = {str(token["kind"]) for token in tokens}
    noun = f"{kinds.pop()} token" if len(kinds) == 1 else "token"
    row = {
        "id": name,
        "actor": actor,
        "title": title.format(tokens=count(len(tokens), noun)),
        "why": why,
        "serials": [token["serial"] for token in tokens],
    }
    return {**row, "ticket": ticket} if ticket and tokens else row


def _ticket(kind: tickets.Kind, baseline: Mapping[str, Any], tokens: Sequence[Mapping[str, Any]]) -> str:
    rows = [{**token, "before": {"status": token["status"]}, "after": None} for token in tokens]
    unit = {**baseline["unit"], "ha": {"members": (baseline["unit"].get("ha") or {}).get("members") or []}}
    return tickets.compose(kind, {"tokens": rows, "unit": unit}, [row["serial"] for row in rows], ())


def describe(baseline: Mapping[str, Any]) -> str:
    """Say in one line which unit, and what it has."""
    unit, tokens = baseline["unit"], baseline["tokens"]
    held = sum(len(token["bindings"]) for token in tokens)
    return (
        f"{unit['hostname']} ({unit['model']}, {unit['serial']}, FortiOS {unit['version']}):"
        f" {count(len(tokens), 'token')}, {count(held, 'binding')}"
    )


def advance_text(baseline: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """Write the list of `requests` to print or to keep, with the users and the texts of the tickets."""
    tokens = {token["serial"]: token for token in baseline["tokens"]}
    lines = [describe(baseline), f"Taken {baseline['taken']} (UTC). What to do before this unit is switched off:", ""]
    if not rows:
        lines += ["Nothing: no token needs Fortinet's help.", ""]
    for number, row in enumerate(rows, start=1):
        lines += [f"{number}. {row['title']}", f"   Who: {row['actor']}", f"   Why: {row['why']}"]
        lines += [f"   {serial}  {users_of(tokens[serial]['bindings'])}" for serial in row["serials"]]
        lines.append("")
    for row in rows:
        if row.get("ticket"):
            lines += [f"---- Ticket for {row['actor']} ----", "", row["ticket"], ""]
    if baseline["unit"].get("admins_known") is False:
        lines += ["The account could not read the administrators: their tokens count as unassigned.", ""]
    return "\n".join(lines)
