# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from all tokens of a unit together: whether it shows seeds, and which trial licenses cannot work. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    HARDWARE,
    MOBILE,
    TRIAL_LICENSE,
    Inventory,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    HIDDEN,
    SHOWN,
    UNCLEAR,
    Policy,
    normalise,
)

#: Releases whose `user fortitoken` has an attribute `seed`, as first and last (CLI references, published schema):
#: 6.0.0 to 6.0.11 (later ones of 6.0: inferred), 6.2.3, 7.0.12 and later of 7.0, 7.2.1 and everything after it. Not on
#: every model. [fact: seed-hidden]
_SEED_RELEASES = (
    ((6, 0, 0), (6, 0, 99)),
    ((6, 2, 3), (6, 2, 3)),
    ((7, 0, 12), (7, 0, 99)),
    ((7, 2, 1), (99,)),
)
#: Releases whose CLI references have no such attribute: 6.2.6, 6.2.12, 6.4.11, 7.0.6 and 7.0.7, and those in between
#: (inferred).
_NO_SEED_RELEASES = (((6, 2, 6), (7, 0, 11)),)


def refine(policy: Policy, inventory: Inventory) -> Policy:
    """Return the policy with what the unit as a whole shows: `seeds` and `dead_licenses`."""
    return replace(
        policy,
        seeds=seeds_of(inventory.tokens, inventory.unit.version_tuple),
        dead_licenses=dead_licenses(inventory.tokens, inventory.unit, policy.baseline_licenses),
    )


def seeds_of(tokens: Iterable[Token], version: tuple[int, ...]) -> str:
    """Return whether a unit shows the seeds of hardware tokens: `shown`, `hidden` or `unclear`.

    A seed that is shown says yes. An active token without one says no, because only a token with a seed can be active.
    Where there is neither, the release has to tell (inferred). [fact: active-needs-seed]
    """
    hardware = [token for token in tokens if token.kind == HARDWARE]
    if any(token.seed for token in hardware):
        return SHOWN
    if any(normalise(token.status or "") == "active" for token in hardware):
        return HIDDEN
    for state, spans in ((SHOWN, _SEED_RELEASES), (HIDDEN, _NO_SEED_RELEASES)):
        if any(first <= version <= last for first, last in spans):
            return state
    return UNCLEAR


#: A unit, or a whole cluster, has one set of two trial tokens (articles 190171 and 193793). [fact: trial-one-set]
TRIAL_TOKENS = 2


# [fact: trial-foreign]
def dead_licenses(tokens: Iterable[Token], unit: Unit, baseline: dict[str, str]) -> frozenset[str]:
    """Return the trial licenses that cannot work on this unit.

    `baseline`: license -> serial of the unit that had it before. A trial license belongs to one unit for good. Where
    the baseline does not tell which one is foreign, a second one, or a third token, makes all of them doubtful.
    """
    own = {unit.serial, *unit.ha_members}
    trial = [token for token in tokens if token.kind == MOBILE and token.license.startswith(TRIAL_LICENSE)]
    foreign = {token.license for token in trial if baseline.get(token.license, unit.serial) not in own}
    rest = [token for token in trial if token.license not in foreign]
    licenses = {token.license for token in rest}
    if len(licenses) > 1 or len(rest) > TRIAL_TOKENS:
        return frozenset(foreign | licenses)
    return frozenset(foreign)
