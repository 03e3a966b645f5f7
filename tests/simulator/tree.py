# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration: tables of entries, single objects, and the view of them that one session has.

Entries are replaced as a whole and never changed in place, so that a snapshot of a configuration, or the view of a
workspace transaction, costs only references.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Union

from .schema import FREE_TABLES, GLOBAL, SCHEMAS
from .words import Incomplete, Word, split

Values = dict[str, tuple[Word, ...]]
Node = Union["Table", "Entry"]


@dataclass
class Entry:
    """Values of one entry or single object, and the tables nested in it."""

    values: Values = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)

    def copy(self) -> Entry:
        """Return a copy whose values and children can be replaced without touching this one."""
        return Entry(dict(self.values), dict(self.children))

    def text(self, name: str, default: str = "") -> str:
        """Return the value of an attribute, its words joined by a space."""
        words = self.values.get(name)
        return default if words is None else " ".join(word.text for word in words)

    def set(self, name: str, *texts: str) -> None:
        """Give an attribute plain words; the schema decides how they are printed."""
        self.values[name] = tuple(Word(text) for text in texts)


@dataclass
class Table:
    """Entries by key, in the order in which they were made."""

    entries: dict[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One entry (or, with ``key`` None, one single object) before and after; None means absent."""

    scope: str
    path: str
    key: str | None
    before: Entry | None
    after: Entry | None


class Config:
    """The whole configuration of a unit: for each scope (``global`` or a VDOM) the nodes by path."""

    def __init__(self, vdoms: list[str]) -> None:
        self.vdoms = list(vdoms)
        self.scopes: dict[str, dict[str, Node]] = {name: {} for name in [GLOBAL, *vdoms]}
        # (VDOM, serial) -> names of the local users that hold the token: the unit's reference count.
        self.holders: dict[tuple[str, str], set[str]] = {}
        for schema in SCHEMAS.values():
            for scope in [GLOBAL] if schema.scope == "global" else vdoms:
                self.scopes[scope][schema.path] = Table() if schema.table else Entry()
        for vdom in vdoms:
            self.scopes[vdom].update((path, Table()) for path in FREE_TABLES)

    def add_vdom(self, name: str) -> None:
        """Create a VDOM with empty tables."""
        self.vdoms.append(name)
        self.scopes[name] = {s.path: Table() if s.table else Entry() for s in SCHEMAS.values() if s.scope == "vdom"}
        self.scopes[name].update((path, Table()) for path in FREE_TABLES)

    def node(self, scope: str, path: str) -> Node | None:
        """Return the table or single object at a path."""
        return self.scopes.get(scope, {}).get(path)

    def table(self, scope: str, path: str) -> Table:
        """Return a table; raises TypeError where the path is none."""
        node = self.node(scope, path)
        if not isinstance(node, Table):
            raise TypeError(f"{path} is not a table of {scope}")
        return node

    def object(self, scope: str, path: str) -> Entry:
        """Return a single object; raises TypeError where the path is none."""
        node = self.node(scope, path)
        if not isinstance(node, Entry):
            raise TypeError(f"{path} is not a single object of {scope}")
        return node

    def apply(self, change: Change) -> None:
        """Replace, add or remove what *change* names."""
        if change.key is None:
            assert change.after is not None  # a single object is never removed
            self.scopes[change.scope][change.path] = change.after
            return
        table = self.table(change.scope, change.path)
        if change.after is None:
            table.entries.pop(change.key, None)
        else:
            table.entries[change.key] = change.after
        if change.path == "user local":
            self._count(change.scope, change.key, change.before, change.after)

    def _count(self, scope: str, user: str, before: Entry | None, after: Entry | None) -> None:
        if before is not None and before.text("fortitoken"):
            self.holders.get((scope, before.text("fortitoken")), set()).discard(user)
        if after is not None and after.text("fortitoken"):
            self.holders.setdefault((scope, after.text("fortitoken")), set()).add(user)

    def snapshot(self) -> Config:
        """Return a copy that later changes of this configuration do not reach."""
        copy = Config([])
        copy.vdoms = list(self.vdoms)
        for scope, nodes in self.scopes.items():
            copy.scopes[scope] = {
                path: Table(dict(node.entries)) if isinstance(node, Table) else node for path, node in nodes.items()
            }
        copy.holders = {key: set(users) for key, users in self.holders.items()}
        return copy


class View:
    """The configuration as one session sees it: the running one, under its own uncommitted changes."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.pending: dict[tuple[str, str], dict[str | None, Change]] = {}

    def entry(self, scope: str, path: str, key: str | None) -> Entry | None:
        """Return one entry, or the single object for ``key`` None."""
        change = self.pending.get((scope, path), {}).get(key)
        if change is not None:
            return change.after
        node = self.config.node(scope, path)
        if isinstance(node, Table):
            return node.entries.get(key) if key is not None else None
        return node if key is None else None

    def entries(self, scope: str, path: str) -> Iterator[tuple[str, Entry]]:
        """Yield the entries of a table in order."""
        changes = self.pending.get((scope, path), {})
        base = self.config.table(scope, path).entries
        for key, entry in base.items():
            change = changes.get(key)
            if change is None:
                yield key, entry
            elif change.after is not None:
                yield key, change.after
        for pending_key, change in changes.items():
            if pending_key is not None and pending_key not in base and change.after is not None:
                yield pending_key, change.after

    def holders(self, scope: str, serial: str) -> set[str]:
        """Return the local users of a VDOM that hold a token."""
        changes = self.pending.get((scope, "user local"), {})
        users = {user for user in self.config.holders.get((scope, serial), ()) if user not in changes}
        for user, change in changes.items():
            if user is not None and change.after is not None and change.after.text("fortitoken") == serial:
                users.add(user)
        return users

    def hold(self, change: Change) -> None:
        """Keep a change back until commit; several of one entry become one."""
        changes = self.pending.setdefault((change.scope, change.path), {})
        earlier = changes.get(change.key)
        before = earlier.before if earlier else change.before
        changes[change.key] = Change(change.scope, change.path, change.key, before, change.after)


def load_text(nodes: dict[str, Node], text: str) -> None:
    """Read configuration text (``config``, ``edit``, ``set`` lines) into *nodes*; raises ValueError on others."""
    lines = _logical_lines(text)
    while lines:
        _load_config(nodes, lines)


def _logical_lines(text: str) -> list[list[Word]]:
    """Split text into lines of words, in reverse order; a quoted value may span lines."""
    lines: list[list[Word]] = []
    pending = ""
    for raw in text.splitlines():
        pending = f"{pending}\n{raw}" if pending else raw
        try:
            words = split(pending)
        except Incomplete:
            continue
        if words and not pending.lstrip().startswith("#"):
            lines.append(words)
        pending = ""
    if pending:
        raise ValueError(f"configuration text ends within quotes: {pending[:60]!r}")
    return lines[::-1]


def _load_config(nodes: dict[str, Node], lines: list[list[Word]]) -> None:
    words = lines.pop()
    if words[0].text != "config":
        raise ValueError(f"'config' expected, not {words[0].text!r}")
    path = " ".join(word.text for word in words[1:])
    is_table = bool(lines) and lines[-1][0].text == "edit"
    node = nodes.setdefault(path, Table() if is_table else Entry())
    if isinstance(node, Entry):
        _load_entry(node, lines, "end")
        return
    while lines:
        words = lines.pop()
        if words[0].text == "end":
            return
        if words[0].text != "edit" or len(words) != 2:
            raise ValueError(f"'edit' or 'end' expected in {path!r}, not {words[0].text!r}")
        _load_entry(node.entries.setdefault(words[1].text, Entry()), lines, "next")
    raise ValueError(f"{path!r} has no 'end'")


def _load_entry(entry: Entry, lines: list[list[Word]], last: str) -> None:
    while lines:
        verb = lines[-1][0].text
        if verb == "config":
            _load_config(entry.children, lines)
            continue
        words = lines.pop()
        if verb == last:
            return
        if verb != "set" or len(words) < 2:
            raise ValueError(f"'set' or {last!r} expected, not {verb!r}")
        entry.values[words[1].text] = tuple(words[2:])
    raise ValueError(f"{last!r} is missing")
