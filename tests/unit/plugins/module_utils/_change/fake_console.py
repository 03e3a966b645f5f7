# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A console with a few tokens and users behind it, for tests of one step: no SSH, no waiting.

It knows only the lines that the changing half of the collection sends. `script` makes it refuse lines, or runs a
function just before a line, as if somebody else changed the unit at that moment.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal import Journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.look import EVERYTHING, Forms, Look
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import words
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import detect
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    Inventory,
    Unit,
)

DEAD = "token already activated, and seed won't be returned"
SERIAL = "FGT60FTK20012345"
OLD, NEW = "6.0.4", "7.4.8"
UNKNOWN = "Unknown action 0"
NOT_THERE = "entry not found in datasource\n\nCommand fail. Return code -3"
#: What the unit forgets when the second factor goes, in tests that say so.
HIDDEN_WITHOUT_FACTOR = ("username-sensitivity", "two-factor-notification", "two-factor-authentication")

Entry = dict[str, str]


@dataclass
class State:
    """Tables by VDOM and name, live statuses by VDOM and serial."""

    tokens: dict[tuple[str, str], Entry] = field(default_factory=dict)
    users: dict[tuple[str, str], Entry] = field(default_factory=dict)
    statuses: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass
class Step:
    """What happens at a line: `text` is its answer in place of its effect; `act` runs before it."""

    match: str
    text: str | None = None
    act: Callable[[], None] | None = None
    times: int = 1


class FakeConsole:
    """What `Console` offers to `Work`. `sent`: every line, in order. `exchanges`: number of calls of `run`."""

    def __init__(self, version: str = NEW, transactions: bool | None = None) -> None:
        self.version = version
        self.transactions = version != OLD if transactions is None else transactions
        self.state = State()
        self.pending: State | None = None
        self.script: list[Step] = []
        self.sent: list[str] = []
        self.exchanges: list[list[str]] = []
        self.cleanups: dict[str, Any] = {}
        self.server = "reachable"
        self.serial = SERIAL
        self.ha = "standalone"
        self.fmg = ""
        self.admins = {"netops": {"accprofile": "super_admin"}}
        self.entries_answered = self.statuses_answered = self.pending_shown = True
        self.pending_text: str | None = UNKNOWN
        self.forgets: tuple[str, ...] = ()
        self.activated: list[str] = []
        self.saved = 0
        self.vdoms = ("root",)
        self._path: list[str] = []
        self._draft: tuple[str, Entry] | None = None

    # What Work uses

    def run(self, batches: Sequence[Batch], timeout: float | None = None) -> list[list[Answer]]:
        groups: list[list[Answer]] = []
        stopped = False
        self.exchanges.append([line for batch in batches for line in batch.lines])
        for batch in batches:
            group: list[Answer] = []
            for line in batch.lines if not stopped else ():
                output = self._answer(line, (batch.scope or "vdom:root").removeprefix("vdom:"))
                answer = Answer(line, output, detect(output), "")
                group.append(answer)
                if answer.fault and batch.stop_on_error:
                    stopped = True
                    self._path, self._draft = [], None
                    break
            groups.append(group)
        return groups

    def register_cleanup(self, name: str, batches: Sequence[Batch]) -> None:
        self.cleanups[name] = batches

    def unregister_cleanup(self, name: str) -> None:
        self.cleanups.pop(name, None)

    # The unit

    @property
    def shown(self) -> State:
        return self.pending if self.pending is not None and self.pending_shown else self.state

    @property
    def edited(self) -> State:
        return self.state if self.pending is None else self.pending

    def _answer(self, line: str, vdom: str) -> str:
        self.sent.append(line)
        for step in self.script:
            if step.times and re.search(step.match, line):
                step.times -= 1
                if step.act:
                    step.act()
                if step.text is not None:
                    return step.text
        if line.startswith("execute config-transaction"):
            return self._transaction(line)
        if line == "execute cfg save":
            self.saved += 1
            return ""
        if line.startswith("diagnose sys config-transaction"):
            return self.pending_text or ""
        if line.startswith(("show", "get", "diagnose")):
            return self._print(line, vdom)
        return self._edit(line, vdom)

    def _transaction(self, line: str) -> str:
        if not self.transactions:
            return UNKNOWN
        if line.endswith("start"):
            self.pending = copy.deepcopy(self.state)
            return "config transaction (id=1) started"
        if line.endswith("commit") and self.pending is not None:
            before = self.state
            # Statuses are live: no transaction holds them back.
            self.pending.statuses = {k: v for k, v in before.statuses.items() if k in self.pending.tokens}
            self.state = self.pending
        self.pending = None
        return ""

    def _print(self, line: str, vdom: str) -> str:
        name = next(iter(words(line)[3:]), None)
        if line == "get system status":
            return (
                f"Version: FortiGate-60F v{self.version},build2795,250523 (GA.M)\nSerial-Number: {self.serial}\n"
                f"Hostname: fgt\nCurrent HA mode: {self.ha}\n"
            )
        if "central-management" in line:
            kind = "fortimanager" if self.fmg else "none"
            return f'config system central-management\n    set type {kind}\n    set fmg "{self.fmg}"\nend\n'
        if line == "show system admin":
            return _table("system admin", self.admins)
        if line.startswith("diagnose fortitoken info"):
            return self._statuses(vdom, next(iter(words(line)[3:]), None))
        table = self.shown.tokens if line.startswith("show user fortitoken") else self.shown.users
        path = "user fortitoken" if line.startswith("show user fortitoken") else "user local"
        entries = {key[1]: entry for key, entry in table.items() if key[0] == vdom}
        if name is None:
            return _table(path, entries)
        if not self.entries_answered:
            return f"command parse error before '{name}'\nCommand fail. Return code -61"
        return _table(path, {name: entries[name]}) if name in entries else NOT_THERE

    def _statuses(self, vdom: str, serial: str | None) -> str:
        if serial is not None and not self.statuses_answered:
            return f"command parse error before '{serial}'\nCommand fail. Return code -61"
        rows = [
            f"{token:<20}{0:<10}{status}"
            for (where, token), status in self.state.statuses.items()
            if where == vdom and serial in (None, token)
        ]
        head = ["FORTITOKEN           DRIFT    STATUS", *rows, f"Total activated token: {len(rows)}"]
        return "\n".join([*head, f"Token server status: {self.server}", ""])

    def _edit(self, line: str, vdom: str) -> str:
        keyword, *rest = words(line)
        if keyword in ("set", "unset") and self._draft:
            self._change(self._draft[1], keyword, rest[0], line)
        elif keyword == "config":
            self._path = rest
        elif keyword == "edit":
            self._draft = rest[0], dict(self._current.get((vdom, rest[0]), {}))
        elif keyword == "next":
            self._save(vdom)
        elif keyword == "end":
            self._save(vdom)
            self._path = []
        elif keyword == "delete":
            self._delete(vdom, rest[0])
        elif keyword == "execute" and rest[1] == "activate":
            self.activated += rest[2:]
        return ""

    def _change(self, entry: Entry, keyword: str, name: str, line: str) -> None:
        if keyword == "set":
            entry[name] = line.split(None, 2)[2]
            return
        entry.pop(name, None)
        if name == "two-factor":
            for hidden in ("fortitoken", *self.forgets):
                entry.pop(hidden, None)

    @property
    def _current(self) -> dict[tuple[str, str], Entry]:
        return self.edited.tokens if self._path == ["user", "fortitoken"] else self.edited.users

    def _save(self, vdom: str) -> None:
        if self._draft is None:
            return
        (name, entry), self._draft = self._draft, None
        table = self._current
        new = (vdom, name) not in table
        table[(vdom, name)] = entry
        if new and table is self.edited.tokens:
            self.activated.append(name)
            self.state.statuses[(vdom, name)] = "new"

    def _delete(self, vdom: str, name: str) -> None:
        self._current.pop((vdom, name), None)
        if self.pending is None:
            self.state.statuses.pop((vdom, name), None)

    # For tests

    def token(self, serial: str, status: str = DEAD, vdom: str = "root", seed: bool = True, **settings: str) -> None:
        values = {name: f'"{value}"' for name, value in settings.items()}
        self.state.tokens[(vdom, serial)] = {**({"seed": "ENC <redacted>"} if seed else {}), **values}
        self.state.statuses[(vdom, serial)] = status

    def user(self, name: str, serial: str = "", vdom: str = "root", **settings: str) -> None:
        factor = {"two-factor": "fortitoken", "fortitoken": f'"{serial}"'} if serial else {}
        more = {key.replace("_", "-"): value for key, value in settings.items()}
        self.state.users[(vdom, name)] = {"type": "password", "passwd": "ENC <redacted>", **factor, **more}

    def repair(self, serial: str, vdom: str = "root") -> None:
        """Repair a token as a second controller does."""
        self.state.statuses[(vdom, serial)] = "active"

    def entry(self, name: str, vdom: str = "root") -> Entry:
        return self.state.users[(vdom, name)]

    def found(self) -> Inventory:
        unit = Unit(
            hostname="fgt",
            serial=self.serial,
            model="FortiGate-60F",
            version=self.version,
            build="2795",
            vdom_mode="none" if self.vdoms == ("root",) else "multi",
            vdoms=self.vdoms,
            user="netops",
            management_type="fortimanager" if self.fmg else "none",
            manager=self.fmg,
            token_server=self.server,
        )
        look = Look(Inventory(unit, ()), self.vdoms, None, Forms(), EVERYTHING)
        found = look.inventory(self.run(look.batches))
        self.sent.clear()
        self.exchanges.clear()
        return found

    def work(self, journal_path: str = "", **more: Any) -> Work:
        found = self.found()
        journal = Journal(found.unit.serial, found.unit.hostname)
        return Work(self, found, self.vdoms, journal, journal_path, **more)  # type: ignore[arg-type]

    def changing(self) -> list[str]:
        """The lines sent that may change something."""
        return [line for line in self.sent if not line.startswith(("show", "get", "diagnose"))]


def _table(path: str, entries: dict[str, Any]) -> str:
    lines = [f"config {path}"]
    for name, entry in entries.items():
        lines += [f'    edit "{name}"', *(f"        set {key} {value}" for key, value in entry.items()), "    next"]
    return "\n".join([*lines, "end", ""])


def deleted(lines: Iterable[str]) -> list[str]:
    """The serials that the lines delete."""
    return [words(line)[1] for line in lines if line.startswith("delete")]
