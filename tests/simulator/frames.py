# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a session stands: scopes, tables and entries that it has entered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from .conditions import Refused
from .errors import CliError, fail, in_use, parse_error, value_error
from .render import visible
from .schema import GLOBAL, Attribute, Schema
from .states import SERIAL, is_mobile
from .transaction import check_lock
from .tree import Change, Entry, Table, View
from .words import Word, match

if TYPE_CHECKING:
    from .shell import Shell


class Store(Protocol):
    """Where entries of a table come from and go to."""

    def get(self, key: str | None) -> Entry | None:
        """Return an entry (or the single object, for None)."""

    def put(self, key: str | None, before: Entry | None, after: Entry | None) -> None:
        """Save an entry, or delete it with ``after`` None; raises CliError."""

    def items(self) -> Iterator[tuple[str, Entry]]:
        """Yield all entries."""

    def touch(self, key: str | None) -> None:
        """Make sure that an entry may be edited; raises CliError."""


@dataclass
class ConfigStore:
    """A table or single object of the unit's configuration, as the session sees it."""

    shell: Shell
    scope: str
    path: str

    def get(self, key: str | None) -> Entry | None:
        """Return an entry (or the single object, for None)."""
        return self.shell.view.entry(self.scope, self.path, key)

    def items(self) -> Iterator[tuple[str, Entry]]:
        """Yield all entries."""
        return self.shell.view.entries(self.scope, self.path)

    def touch(self, key: str | None) -> None:
        """Take the lock of a transaction, or respect that of another one."""
        if self.shell.transaction:
            self.shell.transaction.lock(self.scope, self.path, key)
        else:
            check_lock(self.shell, self.scope, self.path, key)

    def put(self, key: str | None, before: Entry | None, after: Entry | None) -> None:
        """Commit the change at once, or hold it back in a transaction."""
        if before is not None and after is not None and before == after:
            return
        change = Change(self.scope, self.path, key, before, after)
        self.touch(key)
        if before is None:
            self._check_size()
        if after is None:
            self._check_delete(key or "")
        else:
            self._check_save(after)
        if self.shell.ignoring:
            return
        self.shell.mutations += 1
        if self.shell.transaction:
            self.shell.transaction.view.hold(change)
        else:
            self.shell.unit.commit([change], self.shell.account.name, self.shell.number)

    def _check_size(self) -> None:
        """Refuse one entry too many; the text is from public transcripts, its number inferred.

        [fact: error-table-full]
        """
        unit = self.shell.unit
        most, everywhere = unit.scenario.tablesize.get(self.path.replace(" ", "."), (0, 0))
        scopes = unit.config.vdoms if self.scope != GLOBAL else [GLOBAL]
        if (most and sum(1 for _entry in self.items()) >= most) or (
            everywhere
            and sum(1 for scope in scopes for _entry in self.shell.view.entries(scope, self.path)) >= everywhere
        ):
            raise fail(-4, "Maximum number of entries has been reached")

    def _check_delete(self, key: str) -> None:
        if self.path != "user fortitoken":
            return
        # Only `user local` refers to tokens; `system admin` names them in a plain string (CLI schemas).
        # [fact: delete-needs-unbound] [fact: admin-token-unchecked] [fact: txn-users-counted]
        committed = self.shell.unit.scenario.behaviour.holders_counted == "committed"
        count = len((View(self.shell.unit.config) if committed else self.shell.view).holders(self.scope, key))
        if self.shell.unit.scenario.behaviour.admin_holds_token:
            admins = self.shell.view.entries(GLOBAL, "system admin")
            count += sum(admin.text("fortitoken") == key for _name, admin in admins)
        if count:
            raise in_use(count)

    def _check_save(self, entry: Entry) -> None:
        if self.path in ("user local", "system admin"):
            if entry.text("two-factor") == "fortitoken" and not entry.text("fortitoken"):
                # Inferred: the text is that of other attributes which must be set.
                raise fail(-56, "Attribute 'fortitoken' MUST be set.")
            if entry.text("type") == "password" and "passwd" not in entry.values:
                raise fail(-56, "Attribute 'passwd' MUST be set.")


@dataclass
class NestedStore:
    """A table inside an entry that is being edited; it is saved with that entry."""

    parent: EntryFrame
    path: str

    def __post_init__(self) -> None:
        node = self.parent.draft.children.get(self.path)
        self.node: Table | Entry = Table(dict(node.entries)) if isinstance(node, Table) else (node or Table())

    def get(self, key: str | None) -> Entry | None:
        """Return an entry (or the single object, for None)."""
        if isinstance(self.node, Table):
            return None if key is None else self.node.entries.get(key)
        return self.node if key is None else None

    def items(self) -> Iterator[tuple[str, Entry]]:
        """Yield all entries."""
        return iter(self.node.entries.items() if isinstance(self.node, Table) else ())

    def touch(self, key: str | None) -> None:
        """Nothing to do: the outer entry is held."""

    def put(self, key: str | None, before: Entry | None, after: Entry | None) -> None:
        """Put the entry into the draft of the outer one."""
        if isinstance(self.node, Table):
            if key is not None and after is not None:
                self.node.entries[key] = after
            elif key is not None:
                self.node.entries.pop(key, None)
        elif after is not None:
            self.node = after
        self.parent.draft.children = {**self.parent.draft.children, self.path: self.node}


@dataclass
class ScopeFrame:
    """``config global``, ``config vdom``, or a VDOM entered below it. ``kind``: global, vdoms or vdom."""

    kind: str
    name: str


@dataclass
class TableFrame:
    """A table: its prompt shows the last word of its path."""

    path: str
    store: Store
    schema: Schema | None

    @property
    def name(self) -> str:
        """What the prompt shows."""
        return self.path.split()[-1]


@dataclass
class EntryFrame:
    """An entry, or with ``key`` None a single object, and the draft that `next` or `end` saves."""

    path: str
    key: str | None
    store: Store
    schema: Schema | None
    before: Entry | None
    draft: Entry = field(default_factory=Entry)

    @property
    def name(self) -> str:
        """What the prompt shows."""
        return self.path.split()[-1] if self.key is None else self.key

    def names(self) -> list[str]:
        """Return the attributes that `?` lists."""
        assert self.schema is not None
        store = self.store
        hidden = isinstance(store, ConfigStore) and not store.shell.unit.scenario.behaviour.seeds_shown
        return [name for name, each in self.schema.attributes.items() if each.kind != "seed" or not hidden]

    # [fact: two-factor-hides-token]
    def attribute(self, word: str) -> Attribute:
        """Return the attribute that a word names, if it is visible now; raises CliError."""
        if self.schema is None:
            return Attribute(word, "list")
        names = [name for name, each in self.schema.attributes.items() if visible(each, self.draft)]
        name = match(word, names)
        if name is None:
            raise parse_error(word)
        return self.schema.attributes[name]

    # [fact: error-setting-refused]
    def _is_refused(self, refused: Refused, name: str, values: Sequence[Word]) -> bool:
        return (
            (refused.path, refused.attribute) == (self.path, name)
            and refused.key in (None, self.key)
            and (refused.match is None or any(re.search(refused.match, word.text) for word in values))
        )

    def save(self) -> None:
        """Save the draft; raises CliError."""
        if isinstance(self.store, ConfigStore):
            for refused in self.store.shell.unit.scenario.behaviour.refused:
                values = self.draft.values.get(refused.attribute, ())
                known = self.before.values.get(refused.attribute, ()) if self.before else ()
                if (
                    refused.at == "next"
                    and values not in ((), known)
                    and self._is_refused(refused, refused.attribute, values)
                ):
                    raise fail(-56, f"object check operator error, -56, discard the setting {refused.attribute}")
        self.store.put(self.key, self.before, self.draft)

    def set(self, shell: Shell, words: list[Word]) -> None:
        """Do ``set NAME VALUE...``; raises CliError."""
        attribute = self.attribute(words[0].text)
        values = words[1:]
        behaviour = shell.unit.scenario.behaviour
        if attribute.kind == "seed" and not behaviour.seeds_shown:
            # The CLI references of 6.2.6 to 7.0.7 do not have the attribute. [fact: seed-hidden]
            raise parse_error(words[0].text)
        for refused in behaviour.refused:
            if refused.at == "set" and self._is_refused(refused, attribute.name, values):
                raise value_error(values[0].text, f"node_check_object fail! for {attribute.name} {values[0].text}")
        if self.schema is None:
            self.draft.values[attribute.name] = tuple(values)
            return
        if attribute.kind in ("password", "seed"):
            # `set passwd ENC xxx` stores an encrypted value as it is.
            text = values[-1].text
            shell.unit.vault.add(text)
            self.draft.set(attribute.name, text)
            return
        if attribute.kind != "list" and len(values) > 1:
            raise parse_error(values[1].text)
        text = values[0].text
        if attribute.choices:
            chosen = match(text, attribute.choices)
            if chosen is None:
                raise value_error(text, code=-61)
            text = chosen
        elif attribute.kind == "integer" and not text.isdigit():
            raise value_error(text, code=-61)
        elif len(text) > attribute.size:
            raise value_error(text, f"string is too long, the maximum length is {attribute.size}", code=-61)
        if attribute.name == "fortitoken":
            self._check_token(shell, text)
        self.draft.set(attribute.name, *([word.text for word in values] if attribute.kind == "list" else [text]))
        if attribute.name == "two-factor" and text != "fortitoken":
            self._without_token(shell)
        if attribute.name == "two-factor" and text == "disable":
            self._without_second_factor(shell)

    def unset(self, shell: Shell, word: str) -> None:
        """Do ``unset NAME``; raises CliError."""
        attribute = self.attribute(word)
        self.draft.values.pop(attribute.name, None)
        if attribute.name == "two-factor":
            self._without_token(shell)
            self._without_second_factor(shell)

    # [fact: two-factor-forgets]
    def _without_second_factor(self, shell: Shell) -> None:
        for name in shell.unit.scenario.behaviour.forgotten_with_two_factor:
            self.draft.values.pop(name, None)

    def _without_token(self, shell: Shell) -> None:
        # Whether `unset two-factor` clears `fortitoken` is not documented. [fact: two-factor-clears-token]
        if shell.unit.scenario.behaviour.unset_two_factor_clears_token:
            self.draft.values.pop("fortitoken", None)

    def _check_token(self, shell: Shell, serial: str) -> None:
        if self.path == "system admin":
            return
        assert isinstance(self.store, ConfigStore)
        scope = self.store.scope
        token = shell.view.entry(scope, "user fortitoken", serial)
        if token is None:
            reason = f"node_check_object fail! for fortitoken {serial}"
            raise value_error(serial, reason, "entry not found in datasource")
        check_lock(shell, scope, "user fortitoken", serial)
        # One token, one account (FortiProxy 7.6.1, topic 177149); the text is inferred. [fact: token-one-account]
        if shell.view.holders(scope, serial) - {self.key or ""}:
            raise _refused(serial)
        state = shell.unit.fortiguard.tokens.get(serial)
        usable = state is not None and state.status in _BINDABLE and (is_mobile(serial) or "seed" in token.values)
        # [fact: bind-inactive]
        if shell.unit.scenario.behaviour.bind_inactive == "refuse" and not usable:
            raise _refused(serial)


_BINDABLE = ("active", "provisioned", "new")


def _refused(serial: str) -> CliError:
    return fail(
        -5,
        f"node_check_object fail! for fortitoken {serial}",
        "",
        f"Attribute 'fortitoken' value '{serial}' checking fail -5",
    )


def check_key(path: str, key: str) -> None:
    """Raise CliError where *key* cannot name an entry of a table."""
    if not key or len(key) > 79:
        raise value_error(key, code=-61)
    if path == "user fortitoken" and not SERIAL.fullmatch(key):
        raise value_error(key, f"node_check_object fail! for serial-number {key}", code=-61)


Frame = ScopeFrame | TableFrame | EntryFrame
