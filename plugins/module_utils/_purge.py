# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Purging: unbind and delete the planned tokens, with every user who held one disabled from before until after.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import Work, blame
from ansible_collections.fortiops.fortitoken.plugins.module_utils._model import Binding, Entry, Inventory
from ansible_collections.fortiops.fortitoken.plugins.module_utils._plan import PurgePlan, Refusal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._restore import restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import REIMPORT

#: Once with all, once more thoroughly, and twice without those that the unit refused.
_ROUNDS = 4
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
    thorough = False
    for _round in range(_ROUNDS):
        reasons = _purge_once(work, list(todo.values()), [b for b in holders if b.serial in todo], thorough)
        inventory = work.reread()
        there = {token.serial for token in inventory.tokens if token.configured}
        gone = [serial for serial in todo if serial not in there]
        work.journal.purged.update(gone)
        todo = {serial: entry for serial, entry in todo.items() if serial in there}
        if todo and not reasons:
            reasons = dict.fromkeys(todo, "the unit accepted the deletion but still shows the token")
        elif not thorough and any(_STILL_HELD.search(why) for why in reasons.values()):
            thorough = True
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


def _purge_once(work: Work, entries: Sequence[Entry], holders: Sequence[Binding], thorough: bool) -> dict[str, str]:
    """One attempt. Returns serial -> why the unit refused a line that belongs to it."""
    transaction = work.start()
    reasons = {} if transaction else _disable_first(work, holders)
    entries = [entry for entry in entries if entry.serial not in reasons]
    holders = [binding for binding in holders if binding.serial not in reasons]
    script = _script.purge(entries, holders, work.unit, thorough)
    refused = work.finish(work.send(script, look=not transaction), transaction)
    if refused:
        reasons.update(blame(refused, holders) or {entry.serial: refused[0].text for entry in entries})
    return reasons


def _disable_first(work: Work, holders: Sequence[Binding]) -> dict[str, str]:
    """Without transactions the lines of one edit could be refused one by one, so being disabled is read back first."""
    if not holders:
        return {}
    work.send(_script.disable_users(holders, work.unit), look=True)
    users = work.reread().users()
    return {
        binding.serial: f"{binding.describe()} could not be disabled, and would have been left with a password only"
        for binding in holders
        if (binding.vdom, binding.name) not in users or users[binding.vdom, binding.name].status != "disable"
    }
