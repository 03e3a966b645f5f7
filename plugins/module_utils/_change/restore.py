# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving back: token entries, bindings and the users' status, as a plan or a journal says they were.

It compares, changes, reads back and compares again, so that it finishes whatever an earlier attempt has left.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script as _script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import plan_restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Refused, Work, blame
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import words
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    HARDWARE,
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
    """Bring `entries` and `bindings` back: (the unit afterwards, serial -> why the unit refused something of it).

    A user is enabled only when the binding was read back; until then, and if the unit goes on refusing, the user stays
    disabled. Adding a hardware token again asks for its activation, so that is written down first, and is no part of a
    transaction: one that is dropped, because a binding in it is refused, would have to add the token twice.
    """
    entries, bindings = list(entries), list(bindings)
    reasons: dict[str, str] = {}
    together = True
    last: tuple[list[Entry], list[Binding]] | None = None
    for _round in range(_ROUNDS):
        plan = plan_restore(
            inventory,
            [entry for entry in entries if entry.serial not in reasons],
            [binding for binding in bindings if binding.serial not in reasons],
        )
        absent = {entry.serial for entry in plan.readd}
        readd = [entry for entry in plan.readd if entry.serial not in work.added]
        bind = [b for b in plan.bind if b.serial not in (absent & work.added if together else absent)]
        missing = [*readd, *plan.amend]
        if (not missing and not bind) or last == (missing, bind):
            break
        last = missing, bind
        _write_down_activations(work, readd)
        refused = work.finish(work.send(_script.restore(missing, bind, work.unit), look=True), transaction=False)
        inventory = work.reread()
        work.added.update(e.serial for e in readd if kind_of(e.serial) == HARDWARE and e.serial in work.entered)
        settable = _settable(work, entries, missing, refused, inventory)
        mended, entries = settable != entries, settable
        if not refused or mended:
            continue
        if together and missing and bind:
            # Whether a token that is not active yet can be bound is not documented.
            together = False
            continue
        blamed = blame(refused, bindings)
        serials = [entry.serial for entry in missing] + [binding.serial for binding in bind]
        reasons.update(blamed or dict.fromkeys(serials, refused[0].text))
    plan = plan_restore(inventory, entries, bindings)
    for serial in plan.serials:
        reasons.setdefault(serial, "the unit accepted the lines but does not show the change")
    return _enable(work, inventory, entries, bindings, reasons), reasons


def _enable(
    work: Work, inventory: Inventory, entries: Sequence[Entry], bindings: Sequence[Binding], reasons: dict[str, str]
) -> Inventory:
    """Enable those who hold their token again; who cannot be enabled is put into `reasons`."""
    refused_ones: set[str] = set()
    for _round in range(_ROUNDS):
        waiting = [b for b in plan_restore(inventory, entries, bindings).enable if b.serial not in refused_ones]
        if not waiting:
            break
        refused = work.send(_script.enable_users(waiting, work.unit), look=True)
        inventory = work.reread()
        blamed = blame(refused, bindings)
        reasons.update(blamed)
        refused_ones.update(blamed)
        if not blamed:
            break
    for binding in plan_restore(inventory, entries, bindings).enable:
        reasons.setdefault(binding.serial, f"{binding.describe()} could not be enabled")
    return inventory


def _settable(
    work: Work, entries: Sequence[Entry], tried: Iterable[Entry], refused: Iterable[Refused], inventory: Inventory
) -> list[Entry]:
    """The entries without settings that the unit shows but does not take, such as an identifier of its own. They are
    noted, and the journal forgets them; comments and status are never given up."""
    tokens = inventory.by_serial()
    names: dict[str, set[str]] = {}
    for line in refused:
        keyword, *rest = words(line.answer.line) or [""]
        if line.table == "user fortitoken" and keyword == "set" and rest:
            names.setdefault(line.entry, set()).add(rest[0])
    for entry in tried:
        token = tokens.get(entry.serial)
        if token is not None and token.configured:
            names.setdefault(entry.serial, set()).update(n for n, v in entry.settings if (n, v) not in token.settings)
    left = []
    for entry in entries:
        given_up = names.get(entry.serial, set()) - _ESSENTIAL
        if given_up:
            kept = tuple(setting for setting in entry.settings if setting[0] not in given_up)
            if kept != entry.settings:
                entry = replace(entry, settings=kept)
                work.notes[entry.serial] = f"The unit does not take back: {', '.join(sorted(given_up))}."
                if entry.serial in work.journal.entries:
                    work.journal.entries[entry.serial] = entry
        left.append(entry)
    return left


def _write_down_activations(work: Work, entries: Iterable[Entry]) -> None:
    now = time.time()
    asked = {entry.serial: now for entry in entries if kind_of(entry.serial) == HARDWARE}
    if asked:
        work.journal.activations.update(asked)
        work.write_down()
