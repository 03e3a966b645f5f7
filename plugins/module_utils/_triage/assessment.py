# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts: an inventory and what triage and the gates say of it, as the plain structure that the modules return. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import MOBILE, Inventory, Token, Unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.surroundings import parse_debug_levels
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import checks, offline
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.delivery import Delivery
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.evidence import refine
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.gates import IN_FORTIMANAGER, Gate
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.side_doors import SideDoors
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.side_doors import remedy as side_door_remedy
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.spent import without_spent
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    NEEDS_LICENSE,
    PENDING,
    PROVISION,
    REIMPORT,
    Finding,
    Policy,
    summarise,
    triage,
)


def findings(inventory: Inventory, policy: Policy) -> dict[str, Finding]:
    """Return serial -> triage, for every token of the unit.

    No activation code is sent that cannot reach its user, and no user is unbound whom a group admits without the local
    entry, unless the policy says so.
    """
    delivery, doors, policy = Delivery(inventory), SideDoors(inventory), refine(policy, inventory)
    found = {}
    for token in inventory.tokens:
        finding = without_spent(_deliverable(triage(token, policy), token, delivery), token, policy)
        finding = finding if policy.remote_users else _no_side_door(finding, token, doors)
        finding = _managed(finding) if inventory.unit.managed else _unused(finding, token)
        found[token.serial] = offline.finding(token, inventory.unit) or finding
    return found


def _managed(finding: Finding) -> Finding:
    """Hold back what needs a configuration line: FortiManager would undo it, or show the unit as modified."""
    if finding.action != "reimport":
        return finding
    remedy = f"FortiManager manages this unit, so its configuration is not changed here. {IN_FORTIMANAGER}"
    return replace(finding, action="none", blocked_by="manager", remedy=remedy)


# [fact: license-expired-deleted]
def _unused(finding: Finding, token: Token) -> Finding:
    """Say of a mobile token without license and user that nobody waits for it, and what is dangerous about it."""
    if finding.verdict != NEEDS_LICENSE or token.bindings:
        return finding
    remedy = (
        "No user has it. If its users have other tokens by now, you may delete it on the unit by hand, unless its"
        " license has expired: an expired license that is deleted never comes back (Fortinet article 197790). If it is"
        f" still needed: {finding.remedy}"
    )
    return replace(finding, remedy=remedy)


def _deliverable(finding: Finding, token: Token, delivery: Delivery) -> Finding:
    missing = delivery.missing(token) if finding.verdict == PROVISION else []
    if not missing:
        return finding
    remedy = f"No activation code can reach its user: {'; '.join(missing)}. Fix that first. {finding.remedy}"
    return replace(finding, action="none", blocked_by=finding.blocked_by or "delivery", remedy=remedy)


def _no_side_door(finding: Finding, token: Token, doors: SideDoors) -> Finding:
    """Hold a token back whose user would be unbound and has a side door. What an interrupted run has unbound already is
    finished: its users are better off with their token."""
    if finding.action != "reimport" or token.journal:
        return finding
    found = doors.of(token)
    return replace(finding, action="none", blocked_by="side_door", remedy=side_door_remedy(found)) if found else finding


def assemble(
    inventory: Inventory,
    verdicts: Mapping[str, Finding],
    gates: Collection[Gate],
    serials: Collection[str] | None = None,
    shown: Inventory | None = None,
) -> dict[str, Any]:
    """Return `unit`, `management`, `connectivity`, `tokens`, `summary`, `findings`, `side_doors` and `moved`; only the
    tokens in `serials` where given.

    `shown`: the unit as it is, where `inventory` has a journal laid over it: no user is said to have what a run has not
    given back yet.
    """
    unit = inventory.unit
    now = shown.by_serial() if shown else inventory.by_serial()
    delivery = Delivery(inventory)
    tokens = [token for token in inventory.tokens if not serials or token.serial in serials]
    return {
        "unit": {**_unit(unit), "gates": [gate.as_dict() for gate in gates]},
        "management": {
            "type": unit.management_type,
            "manager": unit.manager,
            "managed": unit.managed,
            "by": unit.managed_by,
        },
        "connectivity": {
            "token_server": unit.token_server,
            "pings": [ping.as_dict() for ping in unit.pings],
            "forticldd": unit.forticldd,
            "email": unit.mail_server.as_dict() if unit.mail_server else None,
        },
        "tokens": [_token(token, now.get(token.serial), verdicts[token.serial], delivery) for token in tokens],
        "summary": summarise(verdicts[token.serial].verdict for token in tokens),
        "findings": checks.unit_findings(inventory, verdicts),
        "side_doors": _side_doors(inventory, tokens, verdicts),
        "moved": checks.moved(inventory),
    }


def _side_doors(
    inventory: Inventory, tokens: Collection[Token], verdicts: Mapping[str, Finding]
) -> list[dict[str, Any]]:
    """Return the side doors of the users that a run would unbind, or does unbind because the operator included them."""
    doors = SideDoors(inventory)
    return [
        {
            "serial": token.serial,
            "name": door.user,
            "vdom": door.vdom,
            "type": door.type,
            "server": door.server,
            "groups": [group.name for group in door.groups],
            "groups_unread": door.groups_unread,
            "included": verdicts[token.serial].action == "reimport",
        }
        for token in tokens
        if verdicts[token.serial].verdict == REIMPORT
        for door in doors.of(token)
    ]


def _unit(unit: Unit) -> dict[str, Any]:
    return {
        "hostname": unit.hostname,
        "serial": unit.serial,
        "model": unit.model,
        "version": unit.version,
        "build": unit.build,
        "vdom_mode": unit.vdom_mode,
        "vdoms": list(unit.vdoms),
        "ha": {"mode": unit.ha_mode, "role": unit.ha_role, "members": list(unit.ha_members)},
        "user": unit.user,
        "read_only": unit.read_only,
        "rights": unit.rights.level,
        "rights_closed": list(unit.rights.closed),
        "super_admin_hidden": unit.rights.super_admin_hidden,
        "confined_to": unit.confined_to,
        "unseen": [each.as_dict() for each in unit.unseen],
        "admins_known": unit.admins_known,
        "cfg_save": unit.cfg_save,
        "transactions": unit.transactions,
        **({"offline": True, "source": list(unit.source), "missing": list(unit.missing)} if unit.offline else {}),
        "debug_left_on": parse_debug_levels(unit.debug_info or ""),
        "surroundings": _surroundings(unit),
    }


def _surroundings(unit: Unit) -> dict[str, Any]:
    around = unit.surroundings
    lost = around.lost_lines
    return {
        "lost_lines": None
        if lost is None
        else [{"text": line.text, "where": line.where, "about": line.about} for line in lost],
        "private_data_encryption": around.private_data_encryption,
        "ntp": {"enabled": around.ntp_on, "synchronized": around.ntp_synchronized},
        "clock": {"text": around.clock, "skew": around.skew},
        "tables": {
            table.name: {"per_vdom": table.per_vdom, "per_unit": table.per_unit, "used": table.used}
            for table in around.tables
        },
    }


def _users(token: Token | None) -> list[dict[str, Any]]:
    bindings = token.bindings if token else ()
    return [{key: value for key, value in binding.as_dict().items() if key != "serial"} for binding in bindings]


def _token(token: Token, now: Token | None, finding: Finding, delivery: Delivery) -> dict[str, Any]:
    users = _users(now)
    before = users if now is token else _users(token)
    return {
        "serial": token.serial,
        "kind": token.kind,
        "model": token.model,
        "vdom": token.vdom,
        "status": token.status,
        "drift": token.drift,
        "seed": token.seed,
        "license": token.license,
        "comments": token.comments,
        "locked": token.locked,
        "present": token.present,
        "bindings": users,
        **({"held_before": before} if before != users else {}),
        "verdict": finding.verdict,
        "reason": finding.reason,
        "remedy": finding.remedy,
        "action": finding.action,
        **({"refused_since": finding.refused_since} if finding.refused_since else {}),
        "blocked_by": finding.blocked_by,
        "proof": finding.proof,
        # A code that is awaited or due, and cannot come.
        "undeliverable": delivery.missing(token)
        if token.kind == MOBILE and finding.verdict in (PENDING, PROVISION)
        else [],
    }
