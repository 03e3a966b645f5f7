# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of one session: contexts, configuration commands, `show`, `get`, the bar.

It takes lines and returns lines, and knows no terminal. Facts followed: `next` saves an entry, `end` saves and
leaves, `abort` leaves without saving; prompts show the host name and the last context; in multi-VDOM mode `config
vdom` / `edit X` answers `current vf=X:N` and `edit` of an unknown name creates that VDOM; `user fortitoken` and `user
local` belong to a VDOM, `system ...` to the global scope.

[fact: edit-saves] [fact: error-late] [fact: vdom-enter] [fact: vdom-edit-creates] [fact: scope-of-tables]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from . import commands, diagnosis, listing
from .errors import CliError, fail, incomplete, locked_by_transaction, parse_error, unknown_action, value_error
from .frames import ConfigStore, EntryFrame, Frame, NestedStore, ScopeFrame, TableFrame, check_key
from .grep import BadFilter
from .grep import parse as parse_filter
from .prompt import completions, prompt_of
from .replies import Reply
from .rights import Rights
from .scenario import Account
from .schema import GLOBAL, NOT_IN_TRANSACTION, Schema, schema_of
from .transaction import Transaction
from .tree import Entry, Table, View
from .unit import Unit
from .words import Word, match, split

#: Importing it makes its commands known.
COMMANDS_OF_DIAGNOSIS = diagnosis


class Shell:
    """One logged-in session."""

    def __init__(self, unit: Unit, account: Account, number: int, source: str = "127.0.0.1") -> None:
        self.unit = unit
        self.account = account
        self.number = number
        self.source = source
        self.rights = Rights(unit, account)
        # The member of the cluster that the session has reached.
        self.member = unit.scenario.serial
        # The one VDOM of an account without global scope: its session stands there, and knows no other (inferred).
        self.home = self.rights.home()
        self.frames: list[Frame] = []
        self.transaction: Transaction | None = None
        self.debug_enabled = False
        self.timestamps = False
        self.log_filter: dict[str, str] = {}
        self.mutations = 0
        # Set while a fault makes the unit accept a line without doing it.
        self.ignoring = False
        # Where asynchronous lines go: set by the terminal.
        self.print_debug: Callable[[list[str]], None] = lambda lines: None
        self.print_notice: Callable[[str], None] = lambda text: None
        self.started = unit.clock.now()
        unit.shells[number] = self

    # Where the session stands

    @property
    def role(self) -> str:
        """The role of the member that the session has reached; one that lost its place is a secondary."""
        ha = self.unit.scenario.ha
        return "secondary" if self.member != self.unit.scenario.serial else ha.role

    @property
    def view(self) -> View:
        """The configuration as this session sees it."""
        return self.transaction.view if self.transaction else View(self.unit.config)

    @property
    def shown(self) -> View:
        """The configuration as `show` prints it, the transaction's or not [fact: txn-shown-inside]."""
        return self.view if self.unit.scenario.behaviour.transaction_shown else View(self.unit.config)

    @property
    def multi(self) -> bool:
        """Whether the session sees that the unit has VDOMs."""
        return self.unit.scenario.vdom_mode != "none" and self.home is None

    @property
    def scope(self) -> ScopeFrame | None:
        """The scope that the session has entered; None outside of all, and always without VDOMs."""
        for frame in reversed(self.frames):
            if isinstance(frame, ScopeFrame):
                return frame
        return None

    def vdom(self) -> str | None:
        """The VDOM that the session works in, None in the global scope and outside of all."""
        if not self.multi:
            return self.home or "root"
        return self.scope.name if self.scope and self.scope.kind == "vdom" else None

    def in_global(self) -> bool:
        """Whether global commands are at hand."""
        if self.home is not None:
            return False
        return not self.multi or (self.scope is not None and self.scope.kind == "global")

    def scopes(self) -> list[str]:
        """The scopes whose configuration can be reached from here."""
        if self.home is not None:
            return [self.home]
        if not self.multi:
            return [GLOBAL, "root"]
        if self.in_global():
            return [GLOBAL]
        vdom = self.vdom()
        return [vdom] if vdom else []

    def context(self) -> str:
        """The context in parentheses of the prompt, empty at the top."""
        return self.frames[-1].name if self.frames else ""

    def prompt(self) -> str:
        """The prompt of the moment."""
        return prompt_of(self)

    def schema(self, path: str) -> Schema | None:
        """What this unit's release knows of a path."""
        return schema_of(path, self.unit.scenario.release, self.unit.scenario.vdom_mode != "none")

    def entries(self, scope: str, path: str) -> Iterator[tuple[str, Entry]]:
        """The entries of a table that this account is shown."""
        return ((key, entry) for key, entry in self.shown.entries(scope, path) if self.rights.sees(path, key, entry))

    # Lines

    def execute(self, line: str) -> Reply:
        """Run one complete line."""
        mutations = self.mutations
        if self.transaction:
            self.transaction.touch()
        try:
            reply = self._run(line)
            if self.transaction:
                self.transaction.note(line)
        except CliError as error:
            reply = Reply(error.lines, error=True)
        reply.mutated = self.mutations > mutations
        return reply

    def _run(self, line: str) -> Reply:
        if line.lstrip().startswith("#"):
            return Reply()
        words = split(line)
        if not words:
            return Reply()
        at_bar = next((index for index, word in enumerate(words) if word == Word("|")), None)
        if at_bar is None:
            return self._command(words)
        try:
            wanted = parse_filter(words[at_bar + 1 :])
        except BadFilter:
            raise parse_error("|") from None
        reply = self._command(words[:at_bar])
        reply.lines = list(wanted.apply(reply.lines))
        return reply

    def _command(self, words: list[Word]) -> Reply:
        if not words:
            raise unknown_action()
        verbs = self.verbs()
        verb = match(words[0].text, verbs)
        if verb is None:
            hidden = match(words[0].text, _KINDS) is not None
            raise self.rights.refusal(words[0].text, hidden=True) if hidden else unknown_action()
        return verbs[verb](words[1:])

    def verbs(self) -> dict[str, Callable[[list[Word]], Reply]]:
        """The commands at hand, by their first words."""
        frame = self.frames[-1] if self.frames else None
        if isinstance(frame, TableFrame):
            return {
                "edit": self._edit,
                "delete": self._delete,
                "purge": self._purge,
                "get": self._get_here,
                "show": self._show_here,
                "end": self._end,
                "abort": self._abort,
            }
        if isinstance(frame, EntryFrame):
            verbs: dict[str, Callable[[list[Word]], Reply]] = {
                "config": self._config_nested,
                "set": self._set,
                "unset": self._unset,
                "append": self._append,
                "get": self._get_here,
                "show": self._show_here,
                "end": self._end,
                "abort": self._abort,
            }
            return {**verbs, "next": self._next} if frame.key is not None else verbs
        if isinstance(frame, ScopeFrame) and frame.kind == "vdoms":
            return {"edit": self._edit_vdom, "show": self._show, "end": self._end, "abort": self._end}
        verbs = {
            "config": self._config,
            "get": self._get,
            "show": self._show,
            "diagnose": lambda words: commands.run(self, "diagnose", words),
            "execute": lambda words: commands.run(self, "execute", words),
            "print": lambda words: commands.run(self, "print", words),
        }
        # The way into `config global` and `config vdom` stays open to everybody (inferred).
        stays = ("config", "print") if self.multi and frame is None else ("print",)
        verbs = {name: run for name, run in verbs.items() if name in stays or self.rights.may_say(name)}
        if frame is None:
            return {**verbs, "exit": self._exit, "quit": self._exit}
        verbs["end"] = self._end
        return {**verbs, "next": self._next_vdom} if frame.kind == "vdom" else verbs

    def completions(self, text: str) -> list[str]:
        """Return what ``?`` prints for the text typed so far."""
        return completions(text, self.verbs(), self.frames[-1] if self.frames else None, self.paths())

    # Entering and leaving

    def _config(self, words: list[Word]) -> Reply:
        if not words:
            raise incomplete()
        if self.multi and self.scope is None:
            scope = match(words[0].text, ("global", "vdom"))
            if scope is None or len(words) > 1:
                raise parse_error(words[0].text)
            self.frames.append(ScopeFrame("global", "global") if scope == "global" else ScopeFrame("vdoms", "vdom"))
            return Reply()
        scope_name, path, rest = self._path(words)
        if rest:
            raise parse_error(rest[0].text)
        self.rights.need(path, "read-write", words[0].text)
        if self.transaction and path in NOT_IN_TRANSACTION:
            raise parse_error(words[0].text)
        self._enter(ConfigStore(self, scope_name, path), path)
        return Reply()

    def _config_nested(self, words: list[Word]) -> Reply:
        frame = self._entry_frame()
        if frame.schema is not None or not words:
            raise parse_error(words[0].text) if words else incomplete()
        path = " ".join(word.text for word in words)
        store = NestedStore(frame, path)
        if isinstance(store.node, Table):
            self.frames.append(TableFrame(path, store, None))
        else:
            self.frames.append(EntryFrame(path, None, store, None, store.node, store.node.copy()))
        return Reply()

    def _enter(self, store: ConfigStore, path: str) -> None:
        schema = self.schema(path)
        if isinstance(self.unit.config.node(store.scope, path), Table):
            self.frames.append(TableFrame(path, store, schema))
        else:
            store.touch(None)
            before = store.get(None) or Entry()
            self.frames.append(EntryFrame(path, None, store, schema, before, before.copy()))

    def _edit(self, words: list[Word]) -> Reply:
        frame = self._table_frame()
        if len(words) != 1:
            raise incomplete() if not words else parse_error(words[1].text)
        key = words[0].text
        before = frame.store.get(key)
        lines: list[str] = []
        if before is None:
            check_key(frame.path, key)
            lines.append(f"new entry '{key}' added")
        frame.store.touch(key)
        draft = before.copy() if before else Entry()
        self.frames.append(EntryFrame(frame.path, key, frame.store, frame.schema, before, draft))
        return Reply(lines)

    def _edit_vdom(self, words: list[Word]) -> Reply:
        if len(words) != 1:
            raise incomplete() if not words else parse_error(words[1].text)
        name = words[0].text
        unit = self.unit
        if name in unit.scenario.reserved_vdoms:
            # As seen on a unit with `dmgmt-vdom`. [fact: vdom-reserved]
            raise CliError(f"'{name}' is reserved and cannot be edited directly")
        if name not in unit.config.vdoms:
            if unit.scenario.vdom_mode == "split-task" or not self.rights.can_write_system() or len(name) > 31:
                raise parse_error(name)
            if not self.ignoring:
                unit.create_vdom(name, self.account.name, self.number)
                self.mutations += 1
        self.frames.append(ScopeFrame("vdom", name))
        return Reply([f"current vf={name}:{unit.config.vdoms.index(name) if name in unit.config.vdoms else 0}"])

    def _next_vdom(self, words: list[Word]) -> Reply:
        self.frames.pop()
        return Reply()

    def _next(self, words: list[Word]) -> Reply:
        frame = self._entry_frame()
        # A fault in the entry shows here; the setting is then discarded.
        self.frames.pop()
        frame.save()
        return Reply()

    def _end(self, words: list[Word]) -> Reply:
        frame = self.frames[-1]
        if isinstance(frame, ScopeFrame):
            self.frames = []
            return Reply()
        self.frames.pop()
        if isinstance(frame, EntryFrame):
            if frame.key is not None:
                self.frames.pop()
            frame.save()
        return Reply()

    def _abort(self, words: list[Word]) -> Reply:
        frame = self.frames.pop()
        if isinstance(frame, EntryFrame) and frame.key is not None:
            self.frames.pop()
        return Reply()

    def interrupt(self) -> bool:
        """Do what Ctrl-C does at an empty prompt; return whether the session ends."""
        if self.frames and not isinstance(self.frames[-1], ScopeFrame):
            while self.frames and not isinstance(self.frames[-1], ScopeFrame):
                self.frames.pop()
            return False
        return self.unit.scenario.console.ctrl_c == "close"

    def _exit(self, words: list[Word]) -> Reply:
        return Reply(close=True)

    # Changing

    def _set(self, words: list[Word]) -> Reply:
        if len(words) < 2:
            raise incomplete()
        self._entry_frame().set(self, words)
        return Reply()

    def _unset(self, words: list[Word]) -> Reply:
        if len(words) != 1:
            raise incomplete() if not words else parse_error(words[1].text)
        self._entry_frame().unset(self, words[0].text)
        return Reply()

    def _append(self, words: list[Word]) -> Reply:
        if len(words) < 2:
            raise incomplete()
        frame = self._entry_frame()
        attribute = frame.attribute(words[0].text)
        if attribute.kind != "list":
            raise parse_error(words[0].text)
        frame.draft.values[attribute.name] = (*frame.draft.values.get(attribute.name, ()), *words[1:])
        return Reply()

    def _delete(self, words: list[Word]) -> Reply:
        frame = self._table_frame()
        if len(words) != 1:
            raise incomplete() if not words else parse_error(words[1].text)
        key = words[0].text
        before = frame.store.get(key)
        if before is None:
            raise fail(-3, "entry not found in datasource")
        frame.store.put(key, before, None)
        return Reply()

    def _purge(self, words: list[Word]) -> Reply:
        # The unit asks `This operation will clear all table! Do you want to continue? (y/n)`; here it is refused.
        raise fail(-37, "Permission denied.")

    # Showing

    def _show(self, words: list[Word]) -> Reply:
        full = False
        if words and not words[0].quoted and "full-configuration".startswith(words[0].text) and len(words[0].text) > 1:
            full, words = True, words[1:]
        if not words:
            return Reply(list(listing.show_all(self, full)))
        scope, path, rest = self._path(words)
        self.rights.need(path, "read", words[0].text)
        renderer, schema = self.unit.renderer, self.schema(path)
        if not isinstance(self.unit.config.node(scope, path), Table):
            if rest:
                raise parse_error(rest[0].text)
            entry = self.shown.entry(scope, path, None) or Entry()
            return Reply(list(renderer.object(path, entry, schema, full)))
        entries: Iterable[tuple[str, Entry]] = self.entries(scope, path)
        if rest:
            found = self.shown.entry(scope, path, rest[0].text)
            if found is None or not self.rights.sees(path, rest[0].text, found):
                raise fail(-3, "entry not found in datasource")
            entries = [(rest[0].text, found)]
        return Reply(list(renderer.table(path, entries, schema, full)))

    def _show_here(self, words: list[Word]) -> Reply:
        frame = self.frames[-1]
        full = bool(words) and "full-configuration".startswith(words[0].text)
        if words and not full:
            raise parse_error(words[0].text)
        renderer = self.unit.renderer
        if isinstance(frame, EntryFrame):
            if frame.key is None:
                return Reply(list(renderer.object(frame.path, frame.draft, frame.schema, full)))
            return Reply(list(renderer.table(frame.path, [(frame.key, frame.draft)], frame.schema, full)))
        table = self._table_frame()
        return Reply(list(renderer.table(table.path, table.store.items(), table.schema, full)))

    def _get(self, words: list[Word]) -> Reply:
        special = commands.find(self, "get", words)
        if special is not None:
            return special
        if not words:
            raise incomplete()
        scope, path, rest = self._path(words)
        self.rights.need(path, "read", words[0].text)
        schema = self.schema(path)
        if not isinstance(self.unit.config.node(scope, path), Table):
            return Reply(list(self.unit.renderer.get_object(self.view.entry(scope, path, None) or Entry(), schema)))
        if not rest:
            return Reply(list(self.unit.renderer.get_table(self.entries(scope, path), schema)))
        entry = self.view.entry(scope, path, rest[0].text)
        if entry is None:
            raise value_error(rest[0].text, "entry not found in datasource")
        return Reply(list(self.unit.renderer.get_object(entry, schema, (_key_name(path), rest[0].text))))

    def _get_here(self, words: list[Word]) -> Reply:
        frame = self.frames[-1]
        renderer = self.unit.renderer
        if isinstance(frame, EntryFrame):
            key = None if frame.key is None else (_key_name(frame.path), frame.key)
            return Reply(list(renderer.get_object(frame.draft, frame.schema, key)))
        table = self._table_frame()
        return Reply(list(renderer.get_table(table.store.items(), table.schema)))

    # Helpers

    def paths(self) -> list[tuple[str, str]]:
        """The (scope, path) of all configuration within reach."""
        return [(scope, path) for scope in self.scopes() for path in self.unit.config.scopes[scope]]

    def _path(self, words: list[Word]) -> tuple[str, str, list[Word]]:
        """Return scope, path and the words behind the path; raises CliError."""
        candidates = [(scope, path, path.split()) for scope, path in self.paths()]
        for index, word in enumerate(words):
            name = match(word.text, {parts[index] for _scope, _path, parts in candidates if len(parts) > index})
            complete = next(((s, p) for s, p, parts in candidates if len(parts) == index), None)
            if name is None:
                if complete:
                    return (*complete, words[index:])
                raise parse_error(word.text)
            candidates = [each for each in candidates if len(each[2]) > index and each[2][index] == name]
        for scope, path, parts in candidates:
            if len(parts) == len(words):
                return scope, path, []
        raise incomplete()

    def _entry_frame(self) -> EntryFrame:
        frame = self.frames[-1]
        assert isinstance(frame, EntryFrame)
        return frame

    def _table_frame(self) -> TableFrame:
        frame = self.frames[-1]
        assert isinstance(frame, TableFrame)
        return frame

    def start_transaction(self, minutes: int) -> int:
        """Begin workspace mode and return the transaction's number; raises CliError if this session is in it."""
        if self.transaction:
            raise locked_by_transaction()
        self.transaction = Transaction(self, minutes)
        return self.transaction.number

    def closed(self, how: str) -> None:
        """The session is over: *how* is exit, closed (by the client), cut, timeout, reboot or interrupt."""
        if self.unit.shells.pop(self.number, None) is None:
            return
        self.unit.event(
            "logout",
            session=self.number,
            user=self.account.name,
            how=how,
            debug_on=self.debug_enabled,
            debug_sources=sorted(self.unit.debug_levels) + ["fortitoken"] * self.unit.fortitoken_debug,
            context=self.context(),
            transaction=self.transaction is not None,
        )
        if self.transaction:
            self.transaction.lose()


# The kinds of commands that an access profile may hide.
_KINDS = ("config", "get", "show", "diagnose", "execute")


def _key_name(path: str) -> str:
    return "serial-number" if path == "user fortitoken" else "name"
