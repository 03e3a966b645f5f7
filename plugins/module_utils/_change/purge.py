# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Purging: unbind and delete the planned tokens, with every user who held one disabled from before until after.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script as _script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import PurgePlan, Refusal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.restore import restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Refused, Work, blame
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    Account,
    Binding,
    Entry,
    Inventory,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import REIMPORT

#: In one transaction; then with the token unset by name; then unbinding and deleting apart, because whether the unit
#: counts who holds a token by what is committed, or by what the transaction says, is not documented.
_TOGETHER, _BY_NAME, _APART = range(3)
#: Once in each of these ways, and again without those that the unit refused: behind a refused line nothing more is
#: sent.
_ROUNDS = 50
#: `The entry is used by other 1 entries` (article 198420).
_STILL_HELD = re.compile(r"\bused by\b", re.IGNORECASE)


def purge(work: Work, plan: PurgePlan) -> tuple[list[str], list[Refusal], Inventory]:
    """Delete the planned tokens: (serials that are gone, those that had to stay and why, the unit afterwards).

    Whoever held a token that had to stay gets it back before this returns. Raises UnitError, JournalError and the
    console's errors; the journal then holds what is needed to go on.
    """
    work.journal.add(plan.entries, plan.bindings)
    work.write_down()
    todo = {entry.serial: entry for entry in plan.entries}
    holders = [work.journal.bindings[binding.vdom, binding.name] for binding in plan.bindings]
    stay: dict[str, str] = {}
    way = _TOGETHER
    for _round in range(_ROUNDS):
        reasons = _purge_once(work, list(todo.values()), [b for b in holders if b.serial in todo], way)
        inventory = work.reread()
        there = {token.serial for token in inventory.tokens if token.configured}
        gone = [serial for serial in todo if serial not in there]
        work.journal.purged.update(gone)
        todo = {serial: entry for serial, entry in todo.items() if serial in there}
        if todo and not reasons:
            reasons = dict.fromkeys(todo, "the unit accepted the deletion but still shows the token")
        elif way != _APART and any(_STILL_HELD.search(why) for why in reasons.values()):
            way += 1
            continue
        stay.update((serial, why) for serial, why in reasons.items() if serial in todo)
        todo = {serial: entry for serial, entry in todo.items() if serial not in stay}
        if not todo:
            break
    stay.update(dict.fromkeys(todo, "the unit went on refusing lines"))
    work.write_down()
    if stay:
        inventory, _reasons = restore(work, inventory, (), [b for b in holders if b.serial in stay])
    work.settle(inventory)
    purged = [entry.serial for entry in plan.entries if entry.serial not in stay]
    return purged, [Refusal(serial, REIMPORT, why) for serial, why in stay.items()], inventory


def _purge_once(work: Work, entries: Sequence[Entry], holders: Sequence[Binding], way: int) -> dict[str, str]:
    """One attempt. Returns serial -> why the unit refused a line that belongs to it."""
    steps = (((), holders), (entries, ())) if way == _APART else ((entries, holders),)
    reasons: dict[str, str] = {}
    for going, leaving in steps:
        going = [entry for entry in going if entry.serial not in reasons]
        reasons.update(_step(work, going, leaving, thorough=way != _TOGETHER))
        if reasons and way != _APART:
            break
    return reasons


def _step(work: Work, entries: Sequence[Entry], holders: Sequence[Binding], thorough: bool) -> dict[str, str]:
    """Unbind these holders and delete these entries. Nobody's second factor goes before it was seen, not only said,
    that the user is disabled: the unit may refuse that line alone, in words that nobody knows."""
    script = _script.purge(entries, holders, work.unit, thorough)
    if not script:
        return {}
    if work.start():
        refused, users = work.send_and_see(script, sorted({binding.vdom for binding in holders}))
        unseen = {} if refused else _still_enabled(holders, users)
        if not refused and not unseen:
            return _blame(work.finish([], transaction=True), entries, holders)
        work.drop(refused)
        if refused:
            return _blame(refused, entries, holders)
        # The line was refused in unknown words, or the unit does not show what a transaction holds back.
    reasons = _disable(work, holders)
    entries = [entry for entry in entries if entry.serial not in reasons]
    holders = [binding for binding in holders if binding.serial not in reasons]
    script = _script.purge(entries, holders, work.unit, thorough)
    if script:
        transaction = work.start()
        refused = work.finish(work.send(script, look=not transaction), transaction)
        reasons.update(_blame(refused, entries, holders))
    return reasons


def _blame(refused: Sequence[Refused], entries: Sequence[Entry], holders: Sequence[Binding]) -> dict[str, str]:
    if not refused:
        return {}
    serials = [entry.serial for entry in entries] or [binding.serial for binding in holders]
    return blame(refused, holders) or dict.fromkeys(serials, refused[0].text)


def _still_enabled(holders: Sequence[Binding], users: Mapping[tuple[str, str], Account] | None) -> dict[str, str]:
    """serial -> why it must stay, for the holders who are not shown as disabled."""
    return {
        binding.serial: f"{binding.describe()} could not be disabled, and would have been left with a password only"
        for binding in holders
        if users is None
        or (binding.vdom, binding.name) not in users
        or users[binding.vdom, binding.name].status != "disable"
    }


def _disable(work: Work, holders: Sequence[Binding]) -> dict[str, str]:
    """Disable all holders, commit that, and read it back. Returns serial -> why it must stay."""
    reasons: dict[str, str] = {}
    waiting = list(holders)
    for _round in range(_ROUNDS):
        if not waiting:
            break
        transaction = work.start()
        refused = work.finish(work.send(_script.disable_users(waiting, work.unit), look=not transaction), transaction)
        left = _still_enabled(waiting, work.reread().users())
        reasons.update(left if not refused else blame(refused, waiting) or left)
        waiting = [binding for binding in waiting if binding.serial in left and binding.serial not in reasons]
    return reasons
