# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Purging: unbind and delete the planned tokens, with every user who held one disabled from before until after.

Nothing is deleted on what was read a minute ago. With transactions, the entries are read inside of the transaction
before they are changed, and the tokens' status, the token server, the HA role and the management once more before the
commit. Without, all of it is read when the users have been disabled, and the next lines are those that delete. What
differs from the plan is left out, unharmed.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.evidence import (
    Difference,
    Expectation,
    Touched,
    UserKey,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.look import EVERYTHING, LISTING, Part
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import PurgePlan, Refusal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.restore import restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Refused, Work, blame
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    USER,
    Account,
    Binding,
    Entry,
    Inventory,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import REIMPORT

#: In one transaction; then with the token unset by name; then unbinding and deleting apart, because whether the unit
#: counts who holds a token by what is committed, or by what the transaction says, is not documented.
#: [fact: txn-users-counted]
_TOGETHER, _BY_NAME, _APART = range(3)
#: Once in each of these ways, and again without those that the unit refused: behind a refused line nothing more is
#: sent.
_ROUNDS = 50
#: `The entry is used by other 1 entries` (article 198420). [fact: error-in-use] [fact: delete-needs-unbound]
_STILL_HELD = re.compile(r"\bused by\b", re.IGNORECASE)


def purge(work: Work, plan: PurgePlan) -> tuple[list[str], list[Refusal], Inventory]:
    """Delete the planned tokens: (serials that are gone, those that had to stay and why, the unit afterwards).

    Whoever held a token that had to stay gets it back before this returns. What was not as the plan expected is in
    `work.differences` too. Raises UnitError, JournalError and the console's errors; the journal then holds what is
    needed to go on.
    """
    return _Purge(work, plan).run()


@dataclass
class _Purge:
    """One purge. `stay`: serial -> why it is not deleted. `touched`: serials for which lines have taken effect."""

    work: Work
    plan: PurgePlan
    stay: dict[str, str] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        journal = self.work.journal
        self.entries = list(self.plan.entries)
        self.holders = [journal.bindings.get((b.vdom, b.name), b) for b in self.plan.bindings if b.type == USER]
        # What the plan was made from stays the measure, whatever was read since; the unit must be as it was found.
        basis = self.plan.basis or self.work.found
        expected = Expectation.of(basis, [entry.serial for entry in self.entries], self.holders)
        self.expected = replace(expected, unit=self.work.found.unit)
        self.users = basis.users()
        self.known_to_journal = journal.serials
        # Whether the last attempt has changed the unit, and whether users may be disabled or unbound by this run.
        self.sent = False
        self.disabled = False

    def run(self) -> tuple[list[str], list[Refusal], Inventory]:
        inventory = self._delete()
        if self.touched:
            self.work.keep_changes()
        self.work.journal.forget(self.stay.keys() - self.touched - self.known_to_journal)
        self.work.write_down()
        returning = [b for b in self.holders if b.serial in self.stay and b.serial in self.touched]
        if returning:
            inventory, _reasons = restore(self.work, inventory, (), returning)
        self.work.settle(inventory)
        purged = [entry.serial for entry in self.entries if entry.serial not in self.stay]
        return purged, [Refusal(serial, REIMPORT, why) for serial, why in self.stay.items()], inventory

    def _delete(self) -> Inventory:
        inventory, todo, way = self.work.known, self.entries, _TOGETHER
        for _round in range(_ROUNDS):
            if not todo:
                return inventory
            stayed, self.sent = len(self.stay), False
            reasons = self._attempt(todo, way)
            if self.sent:
                inventory = self.work.read_back(Touched.of(self.entries, self.holders), EVERYTHING)
                there = {token.serial for token in inventory.tokens if token.configured}
                todo = [entry for entry in todo if entry.serial in there]
            todo, _holders = self._left(todo, ())
            if todo and not reasons and len(self.stay) == stayed:
                reasons = {e.serial: "the unit accepted the deletion but still shows the token" for e in todo}
            elif way != _APART and any(_STILL_HELD.search(why) for why in reasons.values()):
                way += 1
                continue
            self.stay.update((entry.serial, reasons[entry.serial]) for entry in todo if entry.serial in reasons)
            todo, _holders = self._left(todo, ())
        self.stay.update((entry.serial, "the unit kept refusing lines") for entry in todo)
        return inventory

    def _left(
        self, entries: Sequence[Entry], holders: Sequence[Binding], besides: Collection[str] = ()
    ) -> tuple[list[Entry], list[Binding]]:
        """Return those that are not left out, neither for good nor for a reason in `besides`."""
        out = {*self.stay, *besides}
        return [e for e in entries if e.serial not in out], [b for b in holders if b.serial not in out]

    def _attempt(self, entries: Sequence[Entry], way: int) -> dict[str, str]:
        """Return serial -> why the unit refused a line that belongs to it."""
        serials = {entry.serial for entry in entries}
        holders = [binding for binding in self.holders if binding.serial in serials]
        # Without transactions the last look and the deletion are one wait apart. A second controller that repairs the
        # token meanwhile binds it, too, and the unit deletes no token that is bound: so nothing is unbound in the
        # exchange that deletes.
        apart = way == _APART or not self.work.transactions
        steps = (((), holders), (entries, ())) if apart else ((entries, holders),)
        reasons: dict[str, str] = {}
        for going, leaving in steps:
            reasons.update(self._step(*self._left(going, leaving, reasons), thorough=way != _TOGETHER))
            if reasons and not apart:
                break
        return reasons

    def _step(self, entries: Sequence[Entry], holders: Sequence[Binding], thorough: bool) -> dict[str, str]:
        """Unbind these users and delete these entries. Nobody's second factor goes before it was seen, not only said,
        that the user is disabled: the unit may refuse that line alone, in words that nobody knows."""
        if not entries and not holders:
            return {}
        if self.work.transactions:
            reasons = self._transact(entries, holders, thorough, must_see=True)
            if reasons is not None:
                return reasons
            # The line was refused in unknown words, or the unit does not show what a transaction holds back.
            # [fact: txn-shown-inside]
        reasons = self._disable(*self._left(entries, holders))
        entries, holders = self._left(entries, holders, reasons)
        if self.work.transactions:
            refused = self._transact(entries, holders, thorough, must_see=False)
            if refused is None:
                why = "what the transaction would commit could not be read back"
                refused = dict.fromkeys(_serials(entries, holders), why)
            return reasons | refused
        vdoms = sorted({*(entry.vdom for entry in entries), *(holder.vdom for holder in holders)})
        for vdom in vdoms:
            if len(vdoms) > 1:
                # The way into another VDOM takes its time: each one is looked at directly before it is changed.
                touched = self._touching(*_within(vdom, *self._left(entries, holders, reasons)))
                self._judge(touched, self.work.read_back(touched, EVERYTHING))
            going, leaving = _within(vdom, *self._left(entries, holders, reasons))
            lines = script.purge(going, leaving, self.work.unit, thorough)
            if not lines:
                continue
            self._took_effect(going, leaving)
            then = self._touching(going, leaving) if len(vdoms) == 1 else None
            sent = self.work.send(lines, then, parts=EVERYTHING)
            refused = _blame(self.work.finish(sent, transaction=False), going, leaving)
            reasons |= refused
            if refused:
                break
        return reasons

    def _transact(
        self, entries: Sequence[Entry], holders: Sequence[Binding], thorough: bool, must_see: bool
    ) -> dict[str, str] | None:
        """Do a step in a transaction; return what the unit refused, or None where the users must be disabled first, or
        where the unit turns out to have no transactions."""
        work = self.work
        touched = self._touching(entries, holders)
        if not work.begin(touched):
            return None
        self._judge(touched, work.read_back(touched, LISTING | Part.ADMINS))
        entries, holders = self._left(entries, holders)
        lines = script.purge(entries, holders, work.unit, thorough)
        if not lines:
            work.drop([])
            return {}
        self._write_down(entries, holders)
        refused, found, beyond = work.send_pending(lines, entries, holders)
        if refused:
            work.drop(refused)
            return _blame(refused, entries, holders)
        stayed = len(self.stay)
        if found is not None:
            self._judge(touched, found, users=False, beyond=beyond)
        unseen = must_see and _still_enabled(holders, found.users() if found else None)
        if found is None or unseen or len(self.stay) > stayed:
            work.drop([])
            return None if len(self.stay) == stayed else {}
        refused = work.finish([], transaction=True, then=touched, parts=EVERYTHING)
        if not refused:
            self._took_effect(entries, holders)
        return _blame(refused, entries, holders)

    def _disable(self, entries: Sequence[Entry], holders: Sequence[Binding]) -> dict[str, str]:
        """Disable all users, commit that, and read it back together with all that must still hold. Returns serial ->
        why it must stay."""
        work = self.work
        touched = self._touching(entries, holders)
        # Nobody is disabled for a token that somebody else has repaired meanwhile.
        self._judge(touched, work.known if work.fresh(touched) else work.read_back(touched, EVERYTHING))
        entries, holders = self._left(entries, holders)
        self._write_down(entries, holders)
        reasons: dict[str, str] = {}
        waiting = list(holders)
        for _round in range(_ROUNDS):
            if not waiting:
                break
            transaction = work.start()
            lines = script.disable_users(waiting, work.unit)
            refused = work.send(lines, None if transaction else touched, parts=EVERYTHING)
            refused = work.finish(refused, transaction, touched, EVERYTHING)
            if not (transaction and refused):
                self._took_effect((), waiting)
            found = work.read_back(touched, EVERYTHING)
            left = _still_enabled(waiting, found.users())
            reasons.update(left if not refused else blame(refused, waiting) or left)
            waiting = [binding for binding in waiting if binding.serial in left and binding.serial not in reasons]
        if holders:
            self._judge(self._touching(*self._left(entries, holders, reasons)), work.known)
        return reasons

    def _touching(self, entries: Sequence[Entry], holders: Sequence[Binding]) -> Touched:
        """Return what must hold for a step: its tokens with all their users, also where it changes only the one or the
        other."""
        serials = set(_serials(entries, holders))
        return Touched.of(
            [entry for entry in self.entries if entry.serial in serials],
            [binding for binding in self.holders if binding.serial in serials],
        )

    def _judge(self, touched: Touched, found: Inventory, users: bool = True, beyond: Sequence[Difference] = ()) -> None:
        """Leave out for good what is not as the plan expected. `users`, `beyond`: see `Work.compare`."""
        expected = self.expected.after_disabling() if self.disabled else self.expected
        self.stay.update(self.work.compare(expected.only(touched.serials), found, users, beyond).reasons)

    def _write_down(self, entries: Sequence[Entry], holders: Sequence[Binding]) -> None:
        self.work.journal.add(entries, holders, self.users)
        self.work.write_down()

    def _took_effect(self, entries: Sequence[Entry], holders: Sequence[Binding]) -> None:
        self.sent = True
        self.disabled = self.disabled or bool(holders)
        self.touched.update(_serials(entries, holders))


def _blame(refused: Sequence[Refused], entries: Sequence[Entry], holders: Sequence[Binding]) -> dict[str, str]:
    if not refused:
        return {}
    return blame(refused, holders) or dict.fromkeys(_serials(entries, holders), refused[0].text)


def _within(vdom: str, entries: Sequence[Entry], holders: Sequence[Binding]) -> tuple[list[Entry], list[Binding]]:
    return [entry for entry in entries if entry.vdom == vdom], [binding for binding in holders if binding.vdom == vdom]


def _serials(entries: Sequence[Entry], holders: Sequence[Binding]) -> list[str]:
    return list(dict.fromkeys([entry.serial for entry in entries] + [binding.serial for binding in holders]))


def _still_enabled(holders: Sequence[Binding], users: Mapping[UserKey, Account] | None) -> dict[str, str]:
    """Return serial -> why it must stay, for the users who are not shown as disabled."""
    return {
        binding.serial: f"{binding.describe()} could not be disabled, and would have been left with only a password"
        for binding in holders
        if users is None
        or (binding.vdom, binding.name) not in users
        or users[binding.vdom, binding.name].status != "disable"
    }
