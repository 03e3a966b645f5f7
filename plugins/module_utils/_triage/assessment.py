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

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.diagnose import debug_left_on
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import MOBILE, Inventory, Token, Unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import gates as _gates
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import offline as _offline
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.delivery import Delivery
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    PENDING,
    PROVISION,
    Finding,
    Policy,
    shows_seeds,
    summarise,
    triage,
)


def findings(inventory: Inventory, policy: Policy) -> dict[str, Finding]:
    """serial -> triage, for every token of the unit. No activation code is sent that cannot reach its holder."""
    delivery = Delivery(inventory)
    policy = replace(policy, seeds_shown=shows_seeds(inventory.tokens, inventory.unit.version_tuple))
    return {
        token.serial: _offline.finding(token, inventory.unit) or _deliverable(triage(token, policy), token, delivery)
        for token in inventory.tokens
    }


def _deliverable(finding: Finding, token: Token, delivery: Delivery) -> Finding:
    missing = delivery.missing(token) if finding.verdict == PROVISION else []
    if not missing:
        return finding
    remedy = f"No activation code can reach its holder: {'; '.join(missing)}. Mend that first. {finding.remedy}"
    return replace(finding, action="none", remedy=remedy)


def assemble(
    inventory: Inventory,
    verdicts: Mapping[str, Finding],
    gates: Collection[_gates.Gate],
    serials: Collection[str] | None = None,
    shown: Inventory | None = None,
) -> dict[str, Any]:
    """`unit`, `management`, `connectivity`, `tokens`, `summary`; only the tokens in `serials` where given.

    `shown`: the unit as it is, where `inventory` has a journal laid over it: nobody is said to hold what a run has not
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
    }


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
        "rights": unit.rights,
        "admins_known": unit.admins_known,
        "cfg_save": unit.cfg_save,
        "transactions": unit.transactions,
        **({"offline": True, "source": list(unit.source), "missing": list(unit.missing)} if unit.offline else {}),
        "debug_left_on": [line for found in debug_left_on(unit.debug_info or "") for line in found["evidence"]],
    }


def _holders(token: Token | None) -> list[dict[str, Any]]:
    bindings = token.bindings if token else ()
    return [{key: value for key, value in binding.as_dict().items() if key != "serial"} for binding in bindings]


def _token(token: Token, now: Token | None, finding: Finding, delivery: Delivery) -> dict[str, Any]:
    before, holders = _holders(token), _holders(now)
    return {
        "serial": token.serial,
        "kind": token.kind,
        "model": token.model,
        "vdom": token.vdom,
        "status": token.status,
        "seed": token.seed,
        "license": token.license,
        "comments": token.comments,
        "locked": token.locked,
        "present": token.present,
        "bindings": holders,
        **({"held_before": before} if before != holders else {}),
        "verdict": finding.verdict,
        "reason": finding.reason,
        "remedy": finding.remedy,
        "action": finding.action,
        # A code that is awaited or due, and cannot come.
        "undeliverable": delivery.missing(token)
        if token.kind == MOBILE and finding.verdict in (PENDING, PROVISION)
        else [],
    }
