# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts and gates of a unit that is read from files: what depends on what the files do not hold. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import HARDWARE, Token, Unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.gates import BLOCKED, PASSED, Gate
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import UNDECIDED, Finding

UNKNOWN = "unknown"
_STATUSES = "diagnose fortitoken info"
_TOKENS = "show user fortitoken"
#: Without these, nothing can be said about tokens and who uses them.
_NEEDED = (_TOKENS, _STATUSES, "show user local")

_DEPENDS = {
    (True, True): "With the status 'active' or 'new' it is healthy; with an error its activation lock must be released"
    " before it can be imported again.",
    (True, False): "With the status 'active' it is healthy; with 'new' it can be activated; with an error it depends"
    " on the activation lock.",
    (
        False,
        False,
    ): "With the status 'provisioned' or 'new' it is healthy; with 'provision timeout' its user needs a"
    " new code; with an error its license must be transferred.",
}


def finding(token: Token, unit: Unit) -> Finding | None:
    """Return the finding on a token of which the source holds one side only, or None where it holds both."""
    if not unit.offline:
        return None
    if token.configured and token.status == UNKNOWN:
        hardware = token.kind == HARDWARE
        return _undecided(
            f"The source does not hold the status of this token. {_DEPENDS[hardware, hardware and token.seed]}",
            _STATUSES,
        )
    if not token.configured and any(line.startswith(_TOKENS) for line in unit.missing):
        return _undecided(
            "The source holds the status of this token, but not its entry, which tells whether it has a seed.", _TOKENS
        )
    return None


def _undecided(reason: str, line: str) -> Finding:
    return Finding(UNDECIDED, reason, f"{_add(line)} Then run again.", "none")


def _add(*lines: str) -> str:
    named = " and ".join(f"'{line}'" for line in lines)
    return f"Run {named} on the unit and add the output to ansible_fortios_source."


def gates(unit: Unit, found: Iterable[Gate], findings: Iterable[Finding]) -> tuple[Gate, ...]:
    """Return the gates; of a unit that is read from files, those that depend on what the files do not hold say so.

    `findings`: where none of them calls for a change, what is unknown is in nobody's way.
    """
    if not unit.offline:
        return tuple(found)
    reworded = (_source(unit), *(_REWORDED.get(gate.name, _as_it_is)(unit, gate) for gate in found))
    if any(each.action != "none" for each in findings):
        return reworded
    return tuple(replace(gate, state=PASSED) if gate.state == BLOCKED and gate.remedy else gate for gate in reworded)


def _source(unit: Unit) -> Gate:
    names = ", ".join(unit.source)
    if not unit.missing:
        return Gate("source", PASSED, f"The source ({names}) holds all that is read of a unit.")
    needed = [line for line in unit.missing if line.startswith(_NEEDED)]
    message = f"The source ({names}) does not hold: {', '.join(unit.missing)}. What depends on it is unknown."
    return Gate("source", BLOCKED if needed else PASSED, message, _add(*needed) if needed else "")


def _as_it_is(_unit: Unit, gate: Gate) -> Gate:
    return gate


def _rights(unit: Unit, gate: Gate) -> Gate:
    if unit.user:
        return gate
    return replace(
        gate,
        state=PASSED,
        message="The source does not say which account a run will use, so its rights are unknown. They are checked on"
        " the unit.",
        remedy="Set ansible_user to the account of the run to check its rights here.",
    )


def _ha_role(unit: Unit, gate: Gate) -> Gate:
    if unit.ha_role != UNKNOWN:
        return gate
    return replace(
        gate,
        state=BLOCKED,
        message=f"The source does not say whether this unit is the primary of its cluster (HA mode: {unit.ha_mode}).",
        remedy=_add("get system status"),
    )


def _token_server(unit: Unit, gate: Gate) -> Gate:
    if unit.token_server != UNKNOWN or any(ping.sent for ping in unit.pings):
        return gate
    return replace(
        gate,
        state=BLOCKED,
        message="The source does not say whether the unit reaches its token server.",
        remedy=f"{_add(_STATUSES)} Its last line tells.",
    )


def _all_failing(unit: Unit, gate: Gate) -> Gate:
    if unit.token_server != UNKNOWN:
        return gate
    return replace(
        gate, state=PASSED, message="This depends on the state of the token server, which is unknown.", remedy=""
    )


def _management(unit: Unit, gate: Gate) -> Gate:
    if "show system central-management" not in unit.missing:
        return gate
    return replace(
        gate,
        state=BLOCKED,
        message="The source does not say whether a FortiManager manages this unit.",
        remedy=_add("show system central-management"),
    )


def _firmware(unit: Unit, gate: Gate) -> Gate:
    if unit.version_tuple:
        return gate
    return replace(
        gate,
        state=BLOCKED,
        message="The source does not say which FortiOS release the unit runs.",
        remedy=_add("get system status"),
    )


_REWORDED: dict[str, Callable[[Unit, Gate], Gate]] = {
    "rights": _rights,
    "ha_role": _ha_role,
    "token_server": _token_server,
    "all_failing": _all_failing,
    "management": _management,
    "firmware": _firmware,
}
