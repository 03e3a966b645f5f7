# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving back: token entries, bindings, and the users with all they had, as a plan or a journal says they were.

It compares, changes, reads back and compares again, so that it finishes whatever an earlier attempt has left.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.evidence import (
    TOKEN_SERVER,
    Difference,
    Touched,
    by_serial,
    unit_differences,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.look import EVERYTHING, LISTING, Part
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import RestorePlan, plan_restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.settings import TOKENS, USERS, Key
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Refused, Work, blame
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    HARDWARE,
    STANDALONE,
    USER,
    Binding,
    Entry,
    Inventory,
    Settings,
    kind_of,
)

#: Entries and bindings together; entries alone; bindings alone; and again without what was refused: behind a refused
#: line nothing more is sent. Each round has learned something, and there is not that much to learn.
_ROUNDS = 1000
#: Settings of an entry that an administrator gave it: no run forgets them. And among them those without which a token
#: is no longer as safe as it was: `set status lock`.
_ESSENTIAL = frozenset(("comments", "status"))
_PROTECTING = frozenset(("status",))
_NOT_SHOWN = "the unit accepted it but does not show it"


def restore(
    work: Work, inventory: Inventory, entries: Iterable[Entry], bindings: Iterable[Binding]
) -> tuple[Inventory, dict[str, str]]:
    """Bring `entries` and `bindings` back. Return (the unit afterwards, serial -> why it did not come back whole).

    A user is enabled only when the binding and all other settings were read back; until then, and if the unit goes on
    refusing, the user stays disabled. Adding a hardware token again asks for its activation, so it is written down
    first, the unit is looked at directly before, and it is no part of a transaction: one that is dropped, because a
    binding in it is refused, would have to add the token twice.
    """
    return _Restore(work, inventory, list(entries), list(bindings)).run()


def added_again(inventory: Inventory, serials: Iterable[str]) -> dict[str, str]:
    """Return serial -> `readded`, or `missing` for a token that is not there although it was added again."""
    tokens = inventory.by_serial()
    return {s: "readded" if s in tokens and tokens[s].configured else "missing" for s in serials}


@dataclass
class _Restore:
    work: Work
    inventory: Inventory
    entries: list[Entry]
    bindings: list[Binding]
    reasons: dict[str, str] = field(default_factory=dict)
    #: Tokens that lack a setting which protects them: nobody who holds one is enabled.
    unprotected: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.touched = Touched.of(self.entries, self.bindings)
        # A member of a cluster may become a secondary at any moment.
        self.in_cluster = self.work.unit.ha_mode != STANDALONE
        self.parts = LISTING | Part.UNIT if self.in_cluster else LISTING

    def run(self) -> tuple[Inventory, dict[str, str]]:
        if self._give_back():
            for serial in self._plan().serials:
                self.reasons.setdefault(serial, "the unit accepted the lines but does not show the change")
            for step in (self._amend_protection, self._amend_users, self._enable, self._amend_entries):
                # A member that is not the primary any more is not written to, and the next run finishes. Everywhere
                # else it is better to give back what was taken.
                if not (self.in_cluster and self._forbidden()):
                    step()
        self._note_lost_settings()
        self.work.keep_changes()
        return self.inventory, self.reasons

    def _plan(self, besides: Iterable[str] = ()) -> RestorePlan:
        out = set(besides)
        return plan_restore(
            self.inventory,
            [entry for entry in self.entries if entry.serial not in out],
            [binding for binding in self.bindings if binding.serial not in out],
            self.work.journal.users,
            self.work.journal.moves,
        )

    def _give_back(self) -> bool:
        """Add entries and give bindings back. Returns whether the unit may be changed any further."""
        work = self.work
        together = True
        last: tuple[list[Entry], list[Binding]] | None = None
        for _round in range(_ROUNDS):
            plan = self._plan(self.reasons)
            readd = self._to_add(plan)
            if readd or ((work.stale or self.in_cluster) and not plan.empty):
                if not self._may_change(readd):
                    return False
                plan = self._plan(self.reasons)
                readd = self._to_add(plan)
            absent = set(_serials(plan.readd))
            bind = [b for b in plan.bind if b.serial not in (absent & work.added if together else absent)]
            if (not readd and not bind) or last == (readd, bind):
                break
            last = readd, bind
            _write_down_activations(work, readd)
            refused = self._send(script.restore(readd, bind, work.unit))
            work.added.update(e.serial for e in readd if kind_of(e.serial) == HARDWARE and e.serial in work.saved)
            learned = work.untaken.learn(refused, TOKENS)
            self._note_not_shown(readd)
            if not refused or learned:
                continue
            if together and readd and bind:
                # Whether a token that is not active yet can be bound is not documented. [fact: bind-inactive]
                together = False
                continue
            self._blame(refused, [*_serials(readd), *_serials(bind)])
        return True

    def _to_add(self, plan: RestorePlan) -> list[Entry]:
        """Return the entries that are to be added, with the settings that the unit may take."""
        return [
            replace(entry, settings=() if _key(entry) in self.work.untaken.singly else self._takable(entry))
            for entry in plan.readd
            if entry.serial not in self.work.added
        ]

    def _takable(self, entry: Entry) -> Settings:
        return self.work.untaken.takable(_key(entry), entry.settings)

    def _send(self, batches: Sequence[Batch]) -> list[Refused]:
        """Send lines outside of any transaction, and read back. Returns what was refused."""
        work, before, sent = self.work, self.inventory, len(self.work.commands)
        refused = work.finish(work.send(batches, self.touched, parts=self.parts), transaction=False)
        self.inventory = work.read_back(self.touched, self.parts)
        if refused and _configuration(before) == _configuration(self.inventory):
            work.undone += len(work.commands) - sent
        return refused

    def _blame(self, refused: Sequence[Refused], serials: Iterable[str]) -> None:
        self.reasons.update(blame(refused, self.bindings) or dict.fromkeys(serials, refused[0].text))

    def _may_change(self, readd: Sequence[Entry]) -> bool:
        """Look directly before tokens are added, or when the last look is long ago. Returns whether the unit may be
        changed at all.

        A token that somebody else has added meanwhile is not added again: the next plan sees it.
        """
        work = self.work
        if not work.fresh(self.touched):
            self.inventory = work.read_back(self.touched, EVERYTHING)
        present = {token.serial for token in self.inventory.tokens if token.configured}
        seen = [Difference(e.serial, "seen in", "neither", "configuration") for e in readd if e.serial in present]
        of_unit = unit_differences(work.found.unit, work.known.unit)
        forbidden = self._forbidden()
        serials = [entry.serial for entry in readd if entry.serial not in present]
        if not serials:
            # Nothing is asked of the token server.
            of_unit = forbidden
        if forbidden:
            serials = list(dict.fromkeys([*serials, *_serials(self.entries), *_serials(self.bindings)]))
        self.reasons.update(by_serial(of_unit, serials))
        work.differences += [difference for difference in (*seen, *of_unit) if difference not in work.differences]
        return not forbidden

    def _forbidden(self) -> list[Difference]:
        """Return why the unit may not be changed at all, as it was last read."""
        of_unit = unit_differences(self.work.found.unit, self.work.known.unit)
        return [difference for difference in of_unit if difference.what != TOKEN_SERVER]

    def _amend_protection(self) -> None:
        """Set again what protects a token; who holds one that lacks it is put into the reasons."""
        self._amend_entries(_PROTECTING)
        for serial, names in self._lacking().items():
            lost = sorted(names & _PROTECTING)
            for binding in self.bindings if lost else ():
                if binding.serial == serial and binding.type == USER:
                    self.reasons[serial] = (
                        f"{binding.describe()} stays disabled: the unit does not take back {', '.join(lost)} of token"
                        f" {serial}{self._why(TOKENS, binding.vdom, serial, lost)}"
                    )
                    self.unprotected.add(serial)

    def _amend_entries(self, names: Collection[str] | None = None) -> None:
        """Set what entries lack of their settings, or of those with these names. Each is set in an edit of its own, so
        that what is refused costs nothing else."""
        work = self.work
        skipped: set[str] = set()
        for _round in range(_ROUNDS):
            lacking = self._lacking()
            missing = [
                replace(entry, settings=(setting,))
                for entry in self._plan(skipped).amend
                for setting in self._takable(entry)
                if setting[0] in lacking.get(entry.serial, ()) and (names is None or setting[0] in names)
            ]
            if not missing:
                break
            refused = self._send(script.restore(missing, (), work.unit))
            learned = work.untaken.learn(refused, TOKENS)
            if not refused:
                self._note_not_shown(missing)
            elif not learned:
                blamed = blame(refused, ()).keys() - skipped
                if not blamed:
                    break
                skipped |= blamed

    def _amend_users(self) -> None:
        """Set again what the unit dropped from users who hold their token; who cannot be completed stays disabled."""
        untaken = self.work.untaken
        for _round in range(_ROUNDS):
            missing: list[tuple[Binding, Settings]] = []
            for binding, settings in self._plan(self.reasons).amend_users:
                key = (USERS, binding.vdom, binding.name)
                takable = untaken.takable(key, settings)
                parts = [(setting,) for setting in takable] if key in untaken.singly else [takable]
                missing += [(binding, part) for part in parts if part]
            if not missing:
                break
            refused = self._send(script.amend_users(missing, self.work.unit))
            learned = untaken.learn(refused, USERS)
            if not refused:
                for binding, settings in self._plan(self.reasons).amend_users:
                    for name, _values in settings:
                        untaken.note((USERS, binding.vdom, binding.name), name, _NOT_SHOWN)
            elif not learned:
                self._blame(refused, [binding.serial for binding, _settings in missing])
        plan = self._plan()
        for binding, settings in plan.amend_users:
            names = [name for name, _values in settings]
            why = f"{binding.describe()} stays disabled: the unit does not take back {', '.join(names)}"
            said = self.reasons.get(binding.serial, "")
            more = f" ({said})" if said else self._why(USERS, binding.vdom, binding.name, names)
            self.reasons[binding.serial] = f"{why}{more}"
        for binding, why in plan.incomplete:
            self.reasons.setdefault(binding.serial, why)

    def _why(self, table: str, vdom: str, entry: str, names: Iterable[str]) -> str:
        """Return why the unit does not take a setting, in parentheses, where it said so."""
        known = self.work.untaken.why.get((table, vdom, entry), {})
        return next((f" ({known[name]})" for name in names if name in known), "")

    def _enable(self) -> None:
        """Enable those who hold their token again; who cannot be enabled is put into the reasons."""
        out = set(self.unprotected)
        for _round in range(_ROUNDS):
            waiting = [b for b in self._plan().enable if b.serial not in out]
            if not waiting:
                break
            refused = self.work.send(script.enable_users(waiting, self.work.unit), self.touched, parts=self.parts)
            self.inventory = self.work.read_back(self.touched, self.parts)
            blamed = blame(refused, self.bindings)
            self.reasons.update(blamed)
            out.update(blamed)
            if not blamed:
                break
        for binding in self._plan().enable:
            self.reasons.setdefault(binding.serial, f"{binding.describe()} could not be enabled")

    def _lacking(self) -> dict[str, set[str]]:
        """Return serial -> the settings that it lacks, for the tokens that are there."""
        tokens = self.inventory.by_serial()
        shown = {serial: set(token.settings) for serial, token in tokens.items() if token.configured}
        return {
            entry.serial: {setting[0] for setting in entry.settings if setting not in shown[entry.serial]}
            for entry in self.entries
            if entry.serial in shown
        }

    def _note_not_shown(self, sent: Iterable[Entry]) -> None:
        """Note what the unit accepted and does not show: it would not show it the next time either."""
        lacking = self._lacking()
        for entry in sent:
            for name, _values in entry.settings:
                if name in lacking.get(entry.serial, ()):
                    self.work.untaken.note(_key(entry), name, _NOT_SHOWN)

    def _note_lost_settings(self) -> None:
        """Note the settings that the tokens lack now; those of a token that is not there are not lost yet.

        What the unit shows but does not take, such as an identifier of its own, the journal forgets. What an
        administrator gave the entry stays in it.
        """
        work, lacking = self.work, self._lacking()
        for entry in self.entries:
            if entry.serial not in lacking:
                continue
            lost = sorted(lacking[entry.serial])
            work.settings_lost.pop(entry.serial, None)
            work.notes.pop(entry.serial, None)
            if not lost:
                continue
            work.settings_lost[entry.serial] = lost
            why = self._why(TOKENS, entry.vdom, entry.serial, lost)
            work.notes[entry.serial] = f"The unit does not take back: {', '.join(lost)}{why}."
            given_up = work.untaken.names(_key(entry)) - _ESSENTIAL
            kept = tuple(setting for setting in entry.settings if setting[0] not in given_up)
            if entry.serial in work.journal.entries:
                work.journal.entries[entry.serial] = replace(entry, settings=kept)


def _key(entry: Entry) -> Key:
    return (TOKENS, entry.vdom, entry.serial)


def _configuration(inventory: Inventory) -> object:
    """Return what lines can change of an inventory."""
    return {(t.serial, t.vdom, t.configured, t.settings) for t in inventory.tokens}, inventory.accounts


def _serials(things: Iterable[Entry | Binding]) -> list[str]:
    return [thing.serial for thing in things]


def _write_down_activations(work: Work, entries: Iterable[Entry]) -> None:
    now = time.time()
    asked = {entry.serial: now for entry in entries if kind_of(entry.serial) == HARDWARE}
    if asked:
        work.journal.activations.update(asked)
        work.write_down()
