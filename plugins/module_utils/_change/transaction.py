# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing a unit: scripts are sent, in a transaction where the unit has them, and what was refused is tied to tokens.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal as _journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script as _script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal import Journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    GLOBAL,
    Account,
    Binding,
    Inventory,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.parsers import words
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import Relisting, UserListing
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console

#: Seconds before a listing that was not understood is asked for again.
_PAUSES = (1.0, 4.0)
#: Workspace mode warns when an object is part of another administrator's transaction, and drops a transaction that has
#: expired (Administration Guide, "Workspace mode"). The first wording is not documented, hence the loose pattern.
_CONFLICT = re.compile(
    r"another (transaction|admin)|transaction\b.*\bhas expired|locked (by|in)\b|being (configured|edited|changed)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Refused:
    """A line that the unit refused: in which table and entry of which VDOM it stood."""

    answer: Answer
    vdom: str
    table: str
    entry: str

    @property
    def text(self) -> str:
        said = " ".join(self.answer.output.split())[:200]
        return f"the unit refused '{self.answer.line}': {said}"


def _entered(groups: Sequence[Sequence[Answer]]) -> set[str]:
    """The serials whose entries the unit let be edited, which for one that was not there is to add it."""
    found = set()
    for answers in groups:
        table = ""
        for answer in answers:
            keyword, *rest = words(answer.line) or [""]
            if keyword == "config":
                table = " ".join(rest)
            elif keyword == "edit" and table == "user fortitoken" and answer.fault is None:
                found.add(" ".join(rest))
    return found


def _located(batches: Sequence[Batch], groups: Sequence[Sequence[Answer]]) -> Iterator[Refused]:
    for batch, answers in zip(batches, groups, strict=False):
        vdom = (batch.scope or "").removeprefix("vdom:")
        table = entry = ""
        for answer in answers:
            keyword, *rest = words(answer.line) or [""]
            if keyword == "config":
                table, entry = " ".join(rest), ""
            elif keyword in ("edit", "delete"):
                entry = " ".join(rest)
            if answer.fault is not None or (keyword != "execute" and _CONFLICT.search(answer.output)):
                yield Refused(answer, vdom, table, entry)


@dataclass
class Work:
    """One module's changes on one unit: where it sends, what it writes down, which lines it has sent so far."""

    console: Console
    found: Inventory
    vdoms: tuple[str, ...]
    journal: Journal
    journal_path: str = ""
    commands: list[str] = field(default_factory=list)
    #: Serials whose entries the lines of the last `send` have opened.
    entered: set[str] = field(default_factory=set)
    #: serial -> what could not be given back, although the token is there.
    notes: dict[str, str] = field(default_factory=dict)
    #: Lines among them that the unit has dropped with their transaction.
    undone: int = 0
    transactions: bool = False
    #: Hardware tokens whose adding the unit has accepted. Adding is the activation, so it is done once in a run.
    added: set[str] = field(default_factory=set)
    _relisted: tuple[Relisting, list[list[Answer]]] | None = None
    _kept: bool = False
    _started: int = 0

    @property
    def unit(self) -> Unit:
        return self.found.unit

    def __post_init__(self) -> None:
        self.transactions = self.unit.transactions

    def write_down(self) -> None:
        _journal.save(self.journal_path, self.journal)

    def settle(self, inventory: Inventory) -> None:
        """Take out of the journal what the unit shows as it was. Raises JournalError."""
        left = self.journal.without_whole(inventory)
        if left == self.journal:
            return
        if not self._kept:
            _journal.keep(self.journal_path, self.journal)
            self._kept = True
        self.journal = left
        self.write_down()

    def reread(self) -> Inventory:
        """Tokens and users as they are after the last change. Raises UnitError.

        In the middle of a change one odd answer, such as that of a busy unit, is no reason to leave it there.
        """
        seen, self._relisted = self._relisted, None
        for pause in (*_PAUSES, None):
            if seen is None:
                relisting = Relisting(self.found, self.vdoms)
                seen = relisting, self.console.run(relisting.batches)
            relisting, answers = seen
            try:
                return relisting.inventory(answers)
            except UnitError:
                if pause is None:
                    raise
            time.sleep(pause)
            seen = None
        raise AssertionError("the last attempt returns or raises")

    def send(self, batches: Sequence[Batch], look: bool = False, silence: float | None = None) -> list[Refused]:
        """Send changing lines; return those that were refused. `commands` has them even if the session breaks.

        `look`: what the next `reread` gives is asked right behind them, in the same exchange. `silence`: seconds in
        which the unit may say nothing; default: as the connection has it.
        """
        if not batches:
            return []
        self.commands.extend(_script.spoken(batches, self.unit))
        groups = self._run(batches, look, silence)
        self.entered = _entered(groups)
        return list(_located(batches, groups))

    def send_and_see(
        self, batches: Sequence[Batch], vdoms: Iterable[str]
    ) -> tuple[list[Refused], dict[tuple[str, str], Account] | None]:
        """Send changing lines as `send` does, and read the users of these VDOMs in the same exchange: what was refused,
        and the users as they are shown then, or None where they were not shown."""
        self.commands.extend(_script.spoken(batches, self.unit))
        listing = UserListing(self.unit, vdoms)
        groups = self.console.run([*batches, *listing.batches])
        refused = list(_located(batches, groups[: len(batches)]))
        try:
            return refused, None if refused else listing.users(groups[len(batches) :])
        except (UnitError, ValueError):
            return refused, None

    def _run(self, batches: Sequence[Batch], look: bool, silence: float | None = None) -> list[list[Answer]]:
        relisting = Relisting(self.found, self.vdoms) if look else None
        groups = self.console.run([*batches, *(relisting.batches if relisting else ())], silence)
        seen = groups[len(batches) :]
        # After a refused line nothing more was sent.
        whole = relisting is not None and [len(group) for group in seen] == [len(b.lines) for b in relisting.batches]
        self._relisted = (relisting, seen) if relisting is not None and whole else None
        return groups[: len(batches)]

    @property
    def changed(self) -> bool:
        """Whether lines were sent that were not taken back."""
        return len(self.commands) > self.undone

    def start(self) -> bool:
        """Start a transaction; False where the unit has none. If the session breaks in it, the unit drops it.

        Raises UnitError where the unit has transactions and does not start one now: somebody else may be in one.
        """
        if not self.transactions:
            return False
        scope = None if self.unit.vdom_mode == "none" else GLOBAL
        self.console.register_cleanup("transaction", [Batch((_script.ABORT,), scope, brief=True)])
        answer = self._transaction(_script.START)
        conflict = _CONFLICT.search(answer.output) is not None
        if answer.fault is None and not conflict:
            self._started = len(self.commands)
            return True
        self.console.unregister_cleanup("transaction")
        if conflict:
            raise UnitError(
                "the unit did not start a configuration transaction; nothing was changed",
                unit=self.unit.hostname,
                answer=answer,
                next_step="See who is changing it ('diagnose sys config-transaction show txn-meta'), then run again",
            )
        # The command is unknown here: a build, or an account, without workspace mode.
        self.transactions = False
        return False

    def finish(self, refused: list[Refused], transaction: bool) -> list[Refused]:
        """Commit, or abort where a line was refused, and return what was refused. With a transaction, refused lines
        mean that nothing was changed; without one, that everything else may have been. A commit looks (see `send`).

        Raises UnitError where another administrator is changing the same objects.
        """
        if transaction:
            refused = self._abort(refused) if refused else self._commit()
        conflict = next((line for line in refused if _CONFLICT.search(line.answer.output)), None)
        if conflict is not None:
            raise UnitError(
                "another administrator is changing the same objects",
                unit=self.unit.hostname,
                vdom=conflict.vdom,
                answer=conflict.answer,
                next_step="Wait until that transaction has ended (it expires after five minutes without activity), then"
                " run again",
            )
        return refused

    def drop(self, refused: list[Refused]) -> None:
        """End a transaction without its changes. Raises UnitError as `finish` does."""
        self._abort(refused)
        self.finish(refused, transaction=False)

    def _transaction(self, line: str, look: bool = False) -> Answer:
        scope = None if self.unit.vdom_mode == "none" else GLOBAL
        [[answer]] = self._run([Batch((line,), scope, stop_on_error=True, brief=True)], look)
        return answer

    def _abort(self, refused: list[Refused]) -> list[Refused]:
        self._transaction(_script.ABORT)
        self.console.unregister_cleanup("transaction")
        self.undone += len(self.commands) - self._started
        return refused

    def _commit(self) -> list[Refused]:
        answer = self._transaction(_script.COMMIT, look=True)
        if answer.fault is not None or _CONFLICT.search(answer.output):
            return self._abort([Refused(answer, GLOBAL, "", "")])
        self.console.unregister_cleanup("transaction")
        return []


def blame(refused: Iterable[Refused], bindings: Iterable[Binding]) -> dict[str, str]:
    """serial -> why, for the refused lines that stand in the entry of a token or of somebody who holds one."""
    held = {(binding.vdom, binding.name): binding.serial for binding in bindings}
    reasons: dict[str, str] = {}
    for line in refused:
        serial = line.entry if line.table == "user fortitoken" else held.get((line.vdom, line.entry), "")
        if serial:
            reasons.setdefault(serial, line.text)
    return reasons
