# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans: what has to change on a unit, worked out from what was read. Pure; the script turns a plan into CLI lines.

Two plans, and the second is idempotent: `plan_purge` says which tokens go and who holds them; `plan_restore` compares
what ought to be there (tokens, bindings, the users' status) with what is there, whatever happened in between. An
interrupted run is finished by asking for the second plan again.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal_form import unlisted
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import MARK
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    USER,
    Account,
    Binding,
    Entry,
    Inventory,
    Settings,
    Token,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Finding

TWO_FACTOR = "fortitoken"
#: Attributes of a user that the binding itself gives back.
_OF_THE_BINDING = frozenset(("status", "two-factor", "fortitoken"))
#: Attributes that belong to the second factor or exist only with it (articles 197737 and 243171 on
#: `username-sensitivity`; schema of `user local`): where they differ, the unit has reset them.
#: [fact: username-sensitivity] [fact: two-factor-forgets]
_WITH_SECOND_FACTOR = ("two-factor-", "username-")


@dataclass(frozen=True)
class Refusal:
    """A token that was asked for and is left alone, and why."""

    serial: str
    verdict: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        return {"serial": self.serial, "verdict": self.verdict, "reason": self.reason}


@dataclass(frozen=True)
class PurgePlan:
    """`entries` are deleted; `bindings` (users only) are taken away first and belong in the journal. `basis`: what the
    plan was made from, and what must still hold when it is carried out."""

    entries: tuple[Entry, ...] = ()
    bindings: tuple[Binding, ...] = ()
    refused: tuple[Refusal, ...] = ()
    basis: Inventory | None = field(default=None, repr=False, compare=False)

    @property
    def empty(self) -> bool:
        return not self.entries


def after_purge(inventory: Inventory, entries: Iterable[Entry], bindings: Iterable[Binding]) -> Inventory:
    """Return the inventory as it would be after a purge: what check mode plans the second half on."""
    gone = {entry.serial for entry in entries}
    unbound = {(binding.vdom, binding.name) for binding in bindings}
    return replace(
        inventory,
        tokens=tuple(token for token in inventory.tokens if token.serial not in gone),
        accounts=tuple(
            replace(account, fortitoken="", two_factor="disable", status="disable")
            if account.type == USER and (account.vdom, account.name) in unbound
            else account
            for account in inventory.accounts
        ),
    )


def unknown_serials(inventory: Inventory, serials: Iterable[str]) -> list[str]:
    """Return those of `serials` that the unit does not have."""
    known = inventory.by_serial()
    return [serial for serial in serials if serial not in known]


def plan_purge(inventory: Inventory, findings: Mapping[str, Finding], serials: Sequence[str]) -> PurgePlan:
    """Return what deleting `serials` takes. Only tokens that triage wants re-imported are deleted; the others are
    refused.

    A token that an interrupted run has deleted already needs nothing, and is neither planned nor refused.
    """
    tokens = inventory.by_serial()
    entries: list[Entry] = []
    bindings: list[Binding] = []
    refused: list[Refusal] = []
    for serial in dict.fromkeys(serials):
        token, finding = tokens[serial], findings[serial]
        if not token.configured:
            if token.journal != "deleted":
                refused.append(Refusal(serial, finding.verdict, finding.reason))
            continue
        if finding.action != "reimport":
            refused.append(Refusal(serial, finding.verdict, finding.remedy or finding.reason))
        elif any(MARK in text for text in _texts(token)):
            # Triage refuses it too; a deletion cannot be undone, so it is not left to one place.
            refused.append(Refusal(serial, finding.verdict, "One of its settings was not read: replace it by hand."))
        elif names := unlisted(token.settings):
            reason = f"This release does not know its attribute {', '.join(names)}: replace the token by hand."
            refused.append(Refusal(serial, finding.verdict, reason))
        else:
            entries.append(token.entry())
            bindings.extend(token.users)
    return PurgePlan(tuple(entries), tuple(bindings), tuple(refused), inventory)


def _texts(token: Token) -> list[str]:
    return [value for _name, values in token.settings for value in values] + [b.name for b in token.bindings]


def dropped_settings(before: Settings, now: Settings) -> tuple[Settings, tuple[str, ...]]:
    """Compare a user's `set` lines with those from before.

    Returns what the unit dropped and can be set again, and the names of what it dropped and cannot be: secrets, of
    which only the mark is known, and values with control characters. What has another value now was changed by
    somebody, and stays, unless it belongs to the second factor.
    """
    shown = dict(now)
    again: list[tuple[str, tuple[str, ...]]] = []
    never: list[str] = []
    for name, values in before:
        if name in _OF_THE_BINDING or shown.get(name) == values:
            continue
        if name in shown and not name.startswith(_WITH_SECOND_FACTOR):
            continue
        if any(MARK in value or any(ord(char) < 32 or ord(char) == 127 for char in value) for value in values):
            never.append(name)
        else:
            again.append((name, values))
    return tuple(again), tuple(never)


def incomplete_users(
    inventory: Inventory, bindings: Iterable[Binding], settings: Mapping[tuple[str, str], Settings]
) -> list[dict[str, object]]:
    """Return ``{name, vdom, serial, missing}`` of users who hold their token again and lack lines of their entry.

    `missing`: the lines, as far as their values are known. Of secrets only the name is.
    """
    users = inventory.users()
    rows: list[dict[str, object]] = []
    for binding in bindings:
        key = (binding.vdom, binding.name)
        user = users.get(key)
        if binding.type != USER or user is None or user.fortitoken != binding.serial:
            continue
        again, never = dropped_settings(settings.get(key, ()), user.settings)
        missing = [" ".join(("set", name, *values)) for name, values in again] + [f"set {name} ..." for name in never]
        if missing:
            rows.append(
                {"name": binding.name, "vdom": binding.vdom, "serial": binding.serial, "missing": missing},
            )
    return rows


def as_held(binding: Binding, user: Account | None, moves: Mapping[tuple[str, str], str]) -> Binding:
    """Return a user's binding with the token from before a move, where the user still has it: the move was not begun,
    or the unit refused it, and a later run decides anew."""
    old = moves.get((binding.vdom, binding.name), "")
    return replace(binding, serial=old) if old and user is not None and user.fortitoken == old else binding


@dataclass(frozen=True)
class RestorePlan:
    """What is missing of what ought to be there.

    `readd`: entries to add again; `amend`: entries that are there without all their settings; `bind`: users who lack
    their token; `amend_users`: users who hold it, and settings that the unit dropped; `incomplete`: users who hold it,
    and in words what they lack and cannot get back, so that they stay disabled; `enable`: users who are as they were
    and wait to be enabled; `lost`: (serial, in words what cannot be given back because somebody changed it meanwhile).
    """

    readd: tuple[Entry, ...] = ()
    amend: tuple[Entry, ...] = ()
    bind: tuple[Binding, ...] = ()
    amend_users: tuple[tuple[Binding, Settings], ...] = ()
    incomplete: tuple[tuple[Binding, str], ...] = ()
    enable: tuple[Binding, ...] = ()
    lost: tuple[tuple[str, str], ...] = ()

    @property
    def serials(self) -> list[str]:
        """The tokens that are not there, or not with the one who held them."""
        return [entry.serial for entry in self.readd] + [binding.serial for binding in self.bind]

    @property
    def empty(self) -> bool:
        return not (self.readd or self.amend or self.bind or self.amend_users or self.incomplete or self.enable)


def plan_restore(
    inventory: Inventory,
    entries: Iterable[Entry],
    bindings: Iterable[Binding],
    settings: Mapping[tuple[str, str], Settings] | None = None,
    moves: Mapping[tuple[str, str], str] | None = None,
) -> RestorePlan:
    """Return what is missing of `entries` and `bindings` on the unit. Empty when all is as it ought to be.

    `settings`: (VDOM, name) -> all `set` lines that a user had before. `moves`: (VDOM, name) -> the token that a user
    had before the one of `bindings`. Who still has it keeps it.
    """
    tokens = inventory.by_serial()
    there = {serial for serial, token in tokens.items() if token.configured}
    entries = list(entries)
    readd = [entry for entry in entries if entry.serial not in there]
    amend = [
        replace(entry, vdom=tokens[entry.serial].vdom)
        for entry in entries
        if entry.serial in there and not set(entry.settings) <= set(tokens[entry.serial].settings)
    ]
    # Who waits for a token that is added again is enabled later.
    coming = {entry.serial for entry in readd}
    missing = _MissingOfUsers(inventory.users(), settings or {}, moves or {}, there, coming)
    for binding in bindings:
        if binding.type == USER:
            missing.look_at(binding)
    return RestorePlan(
        tuple(readd),
        tuple(amend),
        tuple(missing.bind),
        tuple(missing.amend),
        tuple(missing.incomplete),
        tuple(missing.enable),
        tuple(missing.lost),
    )


@dataclass
class _MissingOfUsers:
    """What users lack of what they had; see `RestorePlan`. `there`: tokens that exist; `coming`: those that are to be
    added."""

    users: Mapping[tuple[str, str], Account]
    settings: Mapping[tuple[str, str], Settings]
    moves: Mapping[tuple[str, str], str]
    there: Container[str]
    coming: Container[str]
    bind: list[Binding] = field(default_factory=list)
    amend: list[tuple[Binding, Settings]] = field(default_factory=list)
    incomplete: list[tuple[Binding, str]] = field(default_factory=list)
    enable: list[Binding] = field(default_factory=list)
    lost: list[tuple[str, str]] = field(default_factory=list)

    def look_at(self, binding: Binding) -> None:
        user = self.users.get((binding.vdom, binding.name))
        binding = as_held(binding, user, self.moves)
        who, serial = binding.describe(), binding.serial
        if user is None:
            self.lost.append((serial, f"{who} had it and does not exist any more."))
        elif user.fortitoken not in ("", serial):
            self.lost.append((serial, f"{who} had it and was given {user.fortitoken} meanwhile."))
        elif user.fortitoken != serial or user.two_factor != TWO_FACTOR:
            other = self._holder(serial, user) if (binding.vdom, binding.name) in self.moves else ""
            if other:
                self.lost.append((serial, f"{who} was to get it, and {other} has it meanwhile."))
            else:
                self.bind.append(binding)
        else:
            self._look_at_bound(binding, user)

    def _holder(self, serial: str, besides: Account) -> str:
        """Return who else has a token, in words."""
        others = (user for user in self.users.values() if user.fortitoken == serial and user is not besides)
        return next((user.describe() for user in others), "")

    def _look_at_bound(self, binding: Binding, user: Account) -> None:
        who = binding.describe()
        again, never = dropped_settings(self.settings.get((binding.vdom, binding.name), ()), user.settings)
        if again:
            self.amend.append((binding, again))
        if never:
            why = f"the unit dropped {', '.join(never)}, whose value is not known. Set it on the unit, then run again"
            self.incomplete.append((binding, f"{who} stays disabled: {why}"))
        if again or never or binding.status != "enable" or user.status == "enable":
            return
        if binding.serial in self.there:
            self.enable.append(binding)
        elif binding.serial not in self.coming:
            self.incomplete.append((binding, f"{who} stays disabled: token {binding.serial} does not exist"))
