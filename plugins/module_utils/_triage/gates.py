# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gates: conditions of the unit that must hold before anything on it is changed. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    HARDWARE,
    Inventory,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.parsers import SUPER_ADMIN_HIDDEN, WITHOUT
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    ACTIVATE,
    HEALTHY,
    REIMPORT,
    Finding,
)

PASSED = "passed"
BLOCKED = "blocked"
SKIPPED = "skipped"
OVERRIDDEN = "overridden"

#: FortiOS releases on which an activation by serial ends in `cmdb save error`: bug 1218458, as listed by Fortinet
#: (articles 428366 and 119518, forum thread 222475 of January 2026). Fixes: 7.4.12, 7.6.7, 8.0.0.
ACTIVATION_BUG = "1218458"
ACTIVATION_BUG_VERSIONS = frozenset(((7, 4, 10), (7, 4, 11), (7, 6, 3), (7, 6, 4), (7, 6, 5), (7, 6, 6)))


@dataclass(frozen=True)
class Gate:
    """`state`: `passed`, `blocked`, `skipped` (FortiManager's business) or `overridden` by the operator."""

    name: str
    state: str
    message: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"name": self.name, "state": self.state, "message": self.message, "remedy": self.remedy}


@dataclass(frozen=True)
class Overrides:
    """What an informed operator may decide to run into."""

    firmware_bug: bool = False
    unknown_server: bool = False


def _management(unit: Unit) -> Gate:
    if unit.managed:
        return Gate(
            "management",
            SKIPPED,
            f"FortiManager {unit.manager} manages this unit and provides its tokens (Fortinet article 194508, step 1).",
            "Mend the tokens on the FortiManager, then install the device configuration from there.",
        )
    if unit.managed_by == "unknown":
        return Gate(
            "management",
            PASSED,
            f"Who manages this unit is not shown to the account {unit.user}; it is taken for one without FortiManager.",
        )
    return Gate("management", PASSED, "No FortiManager manages this unit.")


def _rights(unit: Unit, findings: Mapping[str, Finding], tokens: Iterable[Token]) -> Gate:
    level, *lacks = unit.rights.split("; ")

    def blocked(message: str, remedy: str) -> Gate:
        return Gate("rights", BLOCKED, message, f"{remedy} The guide 'Connecting to a FortiGate' has a whole profile.")

    if level in ("read", "none"):
        return blocked(
            f"The account {unit.user} may not change users and tokens: its access profile gives '{level}' for Users and"
            " Devices (authgrp).",
            "Log in with an account whose access profile (system accprofile) has 'set authgrp read-write'.",
        )
    # `$` in the prompt means a limited profile, not necessarily one that may not write (Fortinet article 406752).
    if unit.read_only and level != "read-write":
        return blocked(
            f"The account {unit.user} has a restricted access profile ('$' in the prompt), and what it may change"
            " cannot be read.",
            "Log in with an account whose access profile has 'set authgrp read-write' and, so that this can be seen,"
            " 'set sysgrp read'; on a unit with VDOMs also 'set scope global'.",
        )
    closed_kinds = [part.removeprefix(WITHOUT) for part in lacks if part.startswith(WITHOUT)]
    if closed_kinds:
        return blocked(
            f"The access profile of the account {unit.user} does not open {closed_kinds[0]}: the unit would refuse"
            " lines in the middle of the work.",
            "On the unit, in 'config system accprofile': "
            + ", ".join(f"'set {name} enable'" for name in closed_kinds[0].split(", "))
            + ".",
        )
    if not unit.admins_known:
        return blocked(
            f"The account {unit.user} cannot read the administrators, and FortiOS does not protect a token that an"
            " administrator holds from being deleted.",
            "Log in with an account that sees them, in the global scope ('set sysgrp read').",
        )
    free = [] if SUPER_ADMIN_HIDDEN not in lacks else _due_without_holder(findings, tokens)
    if free:
        return blocked(
            f"FortiOS does not show the administrators of super_admin to the account {unit.user}. One of them may hold"
            f" what looks free and would be renewed: {', '.join(free[:5])}{' and more' if len(free) > 5 else ''}.",
            "Log in with an account of the profile super_admin.",
        )
    return Gate("rights", PASSED, f"The account {unit.user} may write.")


def _due_without_holder(findings: Mapping[str, Finding], tokens: Iterable[Token]) -> list[str]:
    """Tokens that would be changed and that nobody is seen to hold; not those of an open journal, whose holders it
    knows."""
    return [
        token.serial
        for token in tokens
        if findings[token.serial].action in ("reimport", "activate") and not token.bindings and not token.journal
    ]


def _ha_role(unit: Unit) -> Gate:
    if unit.ha_role == "secondary":
        return Gate(
            "ha_role",
            BLOCKED,
            "This unit is the secondary of an HA cluster; its configuration comes from the primary.",
            "Run against the primary's (or the cluster's) management address.",
        )
    return Gate("ha_role", PASSED, f"HA: {unit.ha_mode}, {unit.ha_role}.")


def _token_server(unit: Unit) -> Gate:
    answering = [ping.host for ping in unit.pings if ping.received]
    if unit.token_server == "reachable":
        return Gate("token_server", PASSED, "The unit reports its token server as reachable.")
    remedy = (
        "Let the unit reach FortiGuard: DNS, route, and TCP 443 to directregistration.fortinet.com, fds1.fortinet.com"
        " and globalftm.fortinet.net. Then run again."
    )
    if unit.token_server == "unreachable":
        return Gate("token_server", BLOCKED, "The unit reports its token server as unreachable.", remedy)
    if answering:
        return Gate("token_server", PASSED, f"The token server's state is unknown, but {answering[0]} answers.")
    return Gate(
        "token_server", BLOCKED, "The token server's state is unknown and none of Fortinet's hosts answers.", remedy
    )


def _firmware(unit: Unit, findings: Mapping[str, Finding], tokens: Iterable[Token], overrides: Overrides) -> Gate:
    if unit.version_tuple not in ACTIVATION_BUG_VERSIONS:
        return Gate(
            "firmware",
            PASSED,
            f"FortiOS {unit.version} is not among the releases that Fortinet lists for bug {ACTIVATION_BUG}.",
        )
    message = f"FortiOS {unit.version} cannot store activated hardware tokens (bug {ACTIVATION_BUG})."
    due = [t for t in tokens if t.kind == HARDWARE and findings[t.serial].verdict in (REIMPORT, ACTIVATE)]
    if not due:
        return Gate("firmware", PASSED, message + " No hardware token has to be activated.")
    if overrides.firmware_bug:
        return Gate("firmware", OVERRIDDEN, message + " The operator goes on in spite of it.")
    return Gate(
        "firmware",
        BLOCKED,
        message,
        "Upgrade to 7.4.12, 7.6.7, 8.0.0 or later first; an activation on this release may be spent for nothing."
        " remediate_ignore_firmware_bug goes on all the same.",
    )


def _all_failing(unit: Unit, findings: Mapping[str, Finding], overrides: Overrides) -> Gate:
    name = "all_failing"
    failing = bool(findings) and all(finding.verdict != HEALTHY for finding in findings.values())
    if not failing or unit.token_server == "reachable":
        return Gate(name, PASSED, "The errors are not those of a unit that has merely lost its token server.")
    message = f"Every token fails while the token server's state is {unit.token_server}: that may be the only cause."
    if overrides.unknown_server:
        return Gate(name, OVERRIDDEN, message + " The operator goes on in spite of it.")
    return Gate(
        name,
        BLOCKED,
        message,
        "Make sure that the unit reaches FortiGuard and wait for its status to change."
        " remediate_ignore_unknown_server goes on all the same.",
    )


def evaluate(
    inventory: Inventory, findings: Mapping[str, Finding], overrides: Overrides | None = None
) -> tuple[Gate, ...]:
    """All gates of a unit, in the order in which a person would check them. `findings`: serial -> triage."""
    unit = inventory.unit
    overrides = overrides or Overrides()
    return (
        _management(unit),
        _rights(unit, findings, inventory.tokens),
        _ha_role(unit),
        _token_server(unit),
        _firmware(unit, findings, inventory.tokens, overrides),
        _all_failing(unit, findings, overrides),
    )


def closed(gates: Iterable[Gate]) -> Gate | None:
    """The first gate that forbids changes, or None."""
    return next((gate for gate in gates if gate.state in (BLOCKED, SKIPPED)), None)
