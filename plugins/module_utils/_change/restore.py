# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving back: token entries, bindings, and the users with all they had, as a plan or a journal says they were.

It compares, changes, reads back and compares again, so that it finishes whatever an earlier attempt has left.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
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
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Refused, Work, blame
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import words
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    HARDWARE,
    STANDALONE,
    Binding,
    Entry,
    Inventory,
    kind_of,
)

#: Entries and bindings together; entries alone; bindings alone; and again without what was refused: behind a refused
#: line nothing more is sent.
_ROUNDS = 50
#: Settings of an entry that an administrator gave it.
_ESSENTIAL = frozenset(("comments", "status"))


def restore(
    work: Work, inventory: Inventory, entries: Iterable[Entry], bindings: Iterable[Binding]
) -> tuple[Inventory, dict[str, str]]:
    """Bring `entries` and `bindings` back: (the unit afterwards, serial -> why something of it did not come back).

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

    def __post_init__(self) -> None:
        self.wanted = list(self.entries)
        self.touched = Touched.of(self.entries, self.bindings)
        # A member of a cluster may become a secondary at any moment.
        self.in_cluster = self.work.unit.ha_mode != STANDALONE
        self.parts = LISTING | Part.UNIT if self.in_cluster else LISTING

    def run(self) -> tuple[Inventory, dict[str, str]]:
        if self._give_back():
            for serial in self._plan().serials:
                self.reasons.setdefault(serial, "the unit accepted the lines but does not show the change")
            # A member that is not the primary any more is not written to, and the next run finishes. Everywhere else it
            # is better to give back what was taken.
            if not (self.in_cluster and self._forbidden()):
                self._amend_users()
            if not (self.in_cluster and self._forbidden()):
                self._enable()
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
            readd = [entry for entry in plan.readd if entry.serial not in work.added]
            if readd or ((work.stale or self.in_cluster) and not plan.empty):
                if not self._may_change(readd):
                    return False
                plan = self._plan(self.reasons)
                readd = [entry for entry in plan.readd if entry.serial not in work.added]
            absent = set(_serials(plan.readd))
            bind = [b for b in plan.bind if b.serial not in (absent & work.added if together else absent)]
            missing = [*readd, *plan.amend]
            if (not missing and not bind) or last == (missing, bind):
                break
            last = missing, bind
            _write_down_activations(work, readd)
            refused = work.send(script.restore(missing, bind, work.unit), self.touched, parts=self.parts)
            refused = work.finish(refused, transaction=False)
            self.inventory = work.read_back(self.touched, self.parts)
            work.added.update(e.serial for e in readd if kind_of(e.serial) == HARDWARE and e.serial in work.entered)
            mended = self._give_up_settings(missing, refused)
            if not refused or mended:
                continue
            if together and missing and bind:
                # Whether a token that is not active yet can be bound is not documented. [fact: bind-inactive]
                together = False
                continue
            self._blame(refused, [*_serials(missing), *_serials(bind)])
        return True

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

    def _amend_users(self) -> None:
        """Set again what the unit dropped from users who hold their token; who cannot be completed stays disabled."""
        last: tuple[object, ...] = ()
        for _round in range(_ROUNDS):
            missing = self._plan(self.reasons).amend_users
            if not missing or missing == last:
                break
            last = missing
            refused = self.work.send(script.amend_users(missing, self.work.unit), self.touched, parts=self.parts)
            refused = self.work.finish(refused, transaction=False)
            self.inventory = self.work.read_back(self.touched, self.parts)
            if refused:
                self._blame(refused, [binding.serial for binding, _settings in missing])
        plan = self._plan()
        for binding, settings in plan.amend_users:
            names = ", ".join(name for name, _values in settings)
            why = f"{binding.describe()} stays disabled: the unit does not take back {names}"
            said = self.reasons.get(binding.serial, "")
            self.reasons[binding.serial] = f"{why} ({said})" if said else why
        for binding, why in plan.incomplete:
            self.reasons.setdefault(binding.serial, why)

    def _enable(self) -> None:
        """Enable those who hold their token again; who cannot be enabled is put into the reasons."""
        refused_ones: set[str] = set()
        for _round in range(_ROUNDS):
            waiting = [b for b in self._plan().enable if b.serial not in refused_ones]
            if not waiting:
                break
            refused = self.work.send(script.enable_users(waiting, self.work.unit), self.touched, parts=self.parts)
            self.inventory = self.work.read_back(self.touched, self.parts)
            blamed = blame(refused, self.bindings)
            self.reasons.update(blamed)
            refused_ones.update(blamed)
            if not blamed:
                break
        for binding in self._plan().enable:
            self.reasons.setdefault(binding.serial, f"{binding.describe()} could not be enabled")

    def _give_up_settings(self, tried: Iterable[Entry], refused: Iterable[Refused]) -> bool:
        """Give up settings that the unit shows but does not take, such as an identifier of its own. They are noted, and
        the journal forgets them; comments and status are never given up. Returns whether some were given up."""
        work, tokens = self.work, self.inventory.by_serial()
        names: dict[str, set[str]] = {}
        for line in refused:
            keyword, *rest = words(line.answer.line) or [""]
            if line.table == "user fortitoken" and keyword == "set" and rest:
                names.setdefault(line.entry, set()).add(rest[0])
        for entry in tried:
            token = tokens.get(entry.serial)
            if token is not None and token.configured:
                unset = {name for name, values in entry.settings if (name, values) not in token.settings}
                names.setdefault(entry.serial, set()).update(unset)
        before = self.entries
        self.entries = []
        for entry in before:
            given_up = names.get(entry.serial, set()) - _ESSENTIAL
            kept = tuple(setting for setting in entry.settings if setting[0] not in given_up)
            if kept == entry.settings:
                self.entries.append(entry)
                continue
            less = replace(entry, settings=kept)
            self.entries.append(less)
            work.notes[entry.serial] = f"The unit does not take back: {', '.join(sorted(given_up))}."
            if entry.serial in work.journal.entries:
                work.journal.entries[entry.serial] = less
        return before != self.entries

    def _note_lost_settings(self) -> None:
        """Note the settings that the tokens lack now; those of a token that is not there are not lost yet."""
        tokens = self.inventory.by_serial()
        for entry in self.wanted:
            token = tokens.get(entry.serial)
            if token is None or not token.configured:
                continue
            lost = sorted({name for name, values in entry.settings if (name, values) not in token.settings})
            self.work.settings_lost.pop(entry.serial, None)
            if lost:
                self.work.settings_lost[entry.serial] = lost


def _serials(things: Iterable[Entry | Binding]) -> list[str]:
    return [thing.serial for thing in things]


def _write_down_activations(work: Work, entries: Iterable[Entry]) -> None:
    now = time.time()
    asked = {entry.serial: now for entry in entries if kind_of(entry.serial) == HARDWARE}
    if asked:
        work.journal.activations.update(asked)
        work.write_down()
