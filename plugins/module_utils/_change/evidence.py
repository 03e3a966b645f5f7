# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence: what must still hold when tokens are deleted, added or activated, and what differs. Pure.

A plan is made from what was read. By the time it is carried out, somebody else may have repaired the tokens, taken the
unit into FortiManager, or moved a user to another token. So the state that the plan was made from is compared with what
is read immediately before each irrevocable step.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import words
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    USER,
    Account,
    Binding,
    Entry,
    Inventory,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import normalise

#: (VDOM, name) of a `user local` entry.
UserKey = tuple[str, str]

#: HA roles in which a unit may be changed. Every other word, known or not, forbids it.
WRITABLE_ROLES = ("primary", "standalone")
TOKEN_SERVER = "token server"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the plan expected. `serial` is empty where it concerns the whole unit."""

    serial: str
    what: str
    expected: str
    found: str

    @property
    def text(self) -> str:
        return f"{self.what}: expected {self.expected}, found {self.found}"

    def as_dict(self) -> dict[str, Any]:
        return {"serial": self.serial, "what": self.what, "expected": self.expected, "found": self.found}


@dataclass(frozen=True)
class Touched:
    """What a step touches: (VDOM, serial) of tokens and (VDOM, name) of users."""

    tokens: tuple[tuple[str, str], ...] = ()
    users: tuple[UserKey, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[Entry | Token], bindings: Iterable[Binding] = ()) -> Touched:
        """Return what these entries (or tokens) and bindings name."""
        return cls(
            tuple(dict.fromkeys((entry.vdom, entry.serial) for entry in entries)),
            tuple(dict.fromkeys((b.vdom, b.name) for b in bindings if b.type == USER)),
        )

    @property
    def serials(self) -> list[str]:
        return [serial for _vdom, serial in self.tokens]

    @property
    def vdoms(self) -> list[str]:
        return sorted({vdom for vdom, _name in (*self.tokens, *self.users)})


@dataclass(frozen=True)
class Expectation:
    """What a step relies on.

    `tokens`: serial -> the token as the plan saw it. `users`: (VDOM, name) -> the states in which the entry may be, the
    likeliest first. `owners`: (VDOM, name) -> the serial on whose behalf the user is touched.
    """

    unit: Unit
    tokens: Mapping[str, Token]
    users: Mapping[UserKey, tuple[Account, ...]]
    owners: Mapping[UserKey, str]

    @classmethod
    def of(cls, inventory: Inventory, serials: Iterable[str], bindings: Iterable[Binding] = ()) -> Expectation:
        """Expect tokens and users as `inventory` has them. A token or user that it lacks can only differ."""
        tokens, users = inventory.by_serial(), inventory.users()
        owners = {(b.vdom, b.name): b.serial for b in bindings if b.type == USER}
        return cls(
            inventory.unit,
            {serial: tokens.get(serial, Token(serial, "")) for serial in serials},
            {key: (users[key],) if key in users else () for key in owners},
            owners,
        )

    def only(self, serials: Container[str]) -> Expectation:
        """Expect nothing of other tokens than these."""
        return replace(
            self,
            tokens={serial: token for serial, token in self.tokens.items() if serial in serials},
            users={key: states for key, states in self.users.items() if self.owners[key] in serials},
        )

    def after_disabling(self) -> Expectation:
        """Expect the users disabled by this run, and perhaps without their token already: where lines were refused,
        some of them may have been carried out."""

        def states(accounts: tuple[Account, ...]) -> tuple[Account, ...]:
            disabled = tuple(replace(account, status="disable") for account in accounts)
            without_factor = tuple(replace(account, two_factor="disable") for account in disabled)
            return (*disabled, *without_factor, *(replace(account, fortitoken="") for account in without_factor))

        return replace(self, users={key: states(accounts) for key, accounts in self.users.items()})


def differences(expectation: Expectation, found: Inventory, users: bool = True) -> list[Difference]:
    """Compare tokens, their users and the unit with what was expected.

    `users`: whether who holds the tokens is compared; not behind lines of our own that change it.
    """
    tokens, accounts = found.by_serial(), found.users()
    seen = unit_differences(expectation.unit, found.unit)
    for serial, expected in expectation.tokens.items():
        seen += _token_differences(expected, tokens.get(serial, Token(serial, expected.vdom)), users)
    if users:
        for key, states in expectation.users.items():
            seen += _user_differences(key, expectation.owners[key], states, accounts.get(key))
    return seen


def vanished(before: Inventory, now: Inventory, deleted: Container[str] = ()) -> list[Difference]:
    """Return the token entries, and users with a token, that an earlier reading has and a later one lacks.

    `deleted`: serials that this run, or the one that it finishes, has deleted. Nobody else is expected to delete
    anything, and a listing may have lost a part.
    """
    there = {(token.vdom, token.serial) for token in now.tokens if token.configured}
    seen = [
        Difference(token.serial, "seen in", _presence(token), "neither")
        for token in before.tokens
        if token.configured and token.serial not in deleted and (token.vdom, token.serial) not in there
    ]
    users = now.users()
    return seen + [
        Difference(account.fortitoken, f"user {name} (VDOM {vdom})", "there", "no such user")
        for (vdom, name), account in before.users().items()
        if account.fortitoken and (vdom, name) not in users
    ]


def _token_differences(expected: Token, found: Token, users: bool) -> list[Difference]:
    if _presence(expected) != _presence(found):
        return [Difference(expected.serial, "seen in", _presence(expected), _presence(found))]
    seen = [
        Difference(expected.serial, what, _shown(before), _shown(now))
        for what, before, now in (
            ("VDOM", expected.vdom, found.vdom),
            ("status", expected.status or "", found.status or ""),
            ("seed", _has(expected.seed), _has(found.seed)),
            ("lock by an administrator", _has(expected.locked), _has(found.locked)),
        )
        if normalise(before) != normalise(now)
    ]
    if users:
        # Whoever lost the token is told by the comparison of the users; here only a new one is looked for.
        known = {(b.type, b.vdom, b.name) for b in expected.bindings}
        new = [b.describe() for b in found.bindings if (b.type, b.vdom, b.name) not in known]
        gone = {(b.type, b.vdom, b.name): b for b in expected.bindings}
        for binding in found.bindings:
            gone.pop((binding.type, binding.vdom, binding.name), None)
        admins_gone = [b.describe() for b in gone.values() if b.type == ADMIN]
        if new or admins_gone:
            holders = [b.describe() for b in expected.bindings]
            now_held = [b.describe() for b in found.bindings]
            seen.append(Difference(expected.serial, "users", _listed(holders), _listed(now_held)))
    return seen


def _user_differences(key: UserKey, serial: str, states: Sequence[Account], found: Account | None) -> list[Difference]:
    if found is None and not states:
        return []
    if found is not None and any(_state(found) == _state(state) for state in states):
        return []
    what = f"user {key[1]} (VDOM {key[0]})"
    expected = _describe(states[0]) if states else "no such user"
    return [Difference(serial, what, expected, _describe(found) if found else "no such user")]


def unit_differences(expected: Unit, found: Unit) -> list[Difference]:
    """Compare who the unit is, who manages it, its HA role and its token server."""
    seen = []
    members = (expected.serial, *expected.ha_members)
    if found.serial not in members:
        seen.append(Difference("", "unit", " or ".join(members), found.serial))
    if found.ha_role not in WRITABLE_ROLES:
        seen.append(Difference("", "HA role", expected.ha_role, found.ha_role))
    # Management that could be read before and cannot be read now is not known to be none.
    if found.managed_by != expected.managed_by and found.managed_by in ("fortimanager", "unknown"):
        now = f"FortiManager {found.manager}" if found.managed else "unknown"
        seen.append(Difference("", "management", expected.managed_by, now))
    if found.token_server not in ("reachable", expected.token_server):
        seen.append(Difference("", TOKEN_SERVER, expected.token_server, found.token_server))
    return seen


def by_serial(seen: Iterable[Difference], serials: Iterable[str]) -> dict[str, str]:
    """Return serial -> in words what differs. What concerns the unit concerns each of `serials`."""
    texts: dict[str, list[str]] = {}
    wanted = list(serials)
    for difference in seen:
        for serial in [difference.serial] if difference.serial else wanted:
            texts.setdefault(serial, []).append(difference.text)
    return {serial: f"changed since it was read; {'; '.join(found)}" for serial, found in texts.items()}


def unplanned(text: str, entries: Iterable[Entry], bindings: Iterable[Binding]) -> list[Difference]:
    """Compare the lines that a transaction is about to commit with the plan.

    `text`: the answer to `diagnose sys config-transaction show txn-cli-commands`, which prints the pending CLI text
    (public transcript of a FortiGate-VM, 2025; its layout with VDOMs is not known). So only what it names beyond the
    plan counts; what it does not name proves nothing.
    """
    serials = {entry.serial for entry in entries}
    users = {binding.name for binding in bindings}
    seen: list[Difference] = []
    tables: list[str] = []
    for line in text.split("\n"):
        keyword, *rest = words(line) or [""]
        if keyword == "config":
            tables.append(" ".join(rest))
        elif keyword == "end" and tables:
            tables.pop()
        elif keyword in ("edit", "delete") and tables and rest:
            table, name = tables[-1], rest[0]
            planned = {
                "user fortitoken": keyword == "delete" and name in serials,
                "user local": keyword == "edit" and name in users,
                "vdom": keyword == "edit",
            }.get(table, False)
            if not planned:
                seen.append(Difference("", "transaction", "only the planned lines", f"{keyword} {name} in {table}"))
    return seen


def _presence(token: Token) -> str:
    return {"both": "configuration and status list", "config": "configuration only", "status": "status list only"}.get(
        token.present, "neither"
    )


def _has(value: bool) -> str:
    return "yes" if value else "no"


def _shown(text: str) -> str:
    return f"'{text}'" if text else "nothing"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "no user"


def _state(account: Account) -> tuple[str, str, str | None]:
    return account.two_factor, account.fortitoken, account.status


def _describe(account: Account) -> str:
    token = f"token {account.fortitoken}" if account.fortitoken else "no token"
    return f"second factor {account.two_factor}, {token}, status {account.status}"
