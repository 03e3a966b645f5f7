# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spent claims in triage: what Fortinet has refused is not requested again by itself. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import HARDWARE, Token
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    NEEDS_LOCK_RELEASE,
    SHOWN,
    Finding,
    Policy,
    is_already_activated,
    normalise,
)

_AGAIN = "Then run with remediate_retry_refused=true (retry_refused=true in the modules)."


def rests_on_claim(token: Token, policy: Policy) -> bool:
    """Tell whether only the operator's word says that this token can be activated (again).

    A token that holds a seed, or that Fortinet calls activated, is locked unless Fortinet has released it (articles
    194508 and 194435). So may be one on a unit that does not show seeds.

    [fact: activation-one-chance] [fact: seed-hidden]
    """
    if token.kind != HARDWARE:
        return False
    activated = token.seed or is_already_activated(normalise(token.status or ""))
    return activated or token.journal == "deleted" or policy.seeds != SHOWN


def without_spent(finding: Finding, token: Token, policy: Policy) -> Finding:
    """Return the finding, without its action where an earlier run has made the request and it was refused."""
    spent = policy.spent.get(token.serial)
    if spent is None or finding.action not in ("reimport", "activate") or token.journal:
        return finding
    held = replace(finding, action="none", blocked_by="refused", refused_since=spent.since)
    if rests_on_claim(token, policy):
        cause = (
            f"The release of the activation lock did not take effect for {spent.because} ({spent.since}), so this token"
            " was not touched."
            if spent.because
            else f"Its activation lock was said to be released, but Fortinet refused its activation ({spent.since}):"
            f" {spent.status or 'no status'}."
        )
        return replace(
            held,
            verdict=NEEDS_LOCK_RELEASE,
            reason=cause,
            remedy=f"Open a ticket with Fortinet TAC: the activation lock of {spent.because or token.serial} is still"
            f" in place. Wait until Fortinet has confirmed its release. {_AGAIN}",
        )
    return replace(
        held,
        reason=f"The activation of {spent.because or 'this token'} was refused ({spent.since}):"
        f" {spent.status or 'no status'}. It is not requested again.",
        remedy="Check the serial on the back of the token and whether the unit reaches FortiGuard, or open a ticket"
        f" with Fortinet TAC. {_AGAIN}",
    )
