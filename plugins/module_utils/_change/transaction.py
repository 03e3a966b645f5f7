# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing a unit: scripts are sent, in a transaction where the unit has them, and what was refused is tied to tokens.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal, script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.evidence import (
    Difference,
    Expectation,
    Touched,
    by_serial,
    differences,
    unplanned,
    vanished,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal import Journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.look import (
    EVERYTHING,
    LISTING,
    FormRefused,
    Forms,
    Look,
    Part,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.settings import TOKENS, Untaken
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import words
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    GLOBAL,
    Binding,
    Entry,
    Inventory,
    Unit,
)

if TYPE_CHECKING:
    from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console

#: What a look must have read to be a last look, and for how many seconds it is one if nothing was sent since.
_EVIDENCE = Part.STATUS | Part.UNIT
_FRESH_SECONDS = 1.0
#: After so many seconds, such as those that an activation takes, the unit is looked at again before users are changed.
_STALE_SECONDS = 10.0
#: What the transaction of this session would commit, as CLI text (public transcript of a FortiGate-VM, 2025).
#: [fact: txn-pending-commands] [fact: txn-pending-form]
_PENDING = "diagnose sys config-transaction show txn-cli-commands"
#: What stands around the pending lines, at most.
_PENDING_ROWS = 20
#: Seconds before a listing that was not understood is asked for again.
_PAUSES = (1.0, 4.0)
#: Workspace mode warns when an object is part of another administrator's transaction, and drops a transaction that has
#: expired (Administration Guide, "Workspace mode"). The first wording is not documented, hence the loose pattern.
#: [fact: txn-locks] [fact: txn-lock-text] [fact: txn-dropped-on-expiry]
_CONFLICT = re.compile(
    r"another (transaction|admin)|transaction\b.*\bhas expired|locked (by|in)\b|being (configured|edited|changed)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Refused:
    """A line that the unit refused: in which table and entry of which VDOM it stood. `settings`: the names that were
    set in the same edit, where none of them was refused: what a refused `next` or `end` is about."""

    answer: Answer
    vdom: str
    table: str
    entry: str
    settings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        said = " ".join(self.answer.output.split())[:200]
        return f"the unit refused '{self.answer.line}': {said}"


def _saved(groups: Sequence[Sequence[Answer]]) -> set[str]:
    """Return the tokens whose entries the unit let be edited and saved, which for one that was not there is to add it.

    Behind a refused line an entry that is still open is dropped.
    """
    found: set[str] = set()
    for answers in groups:
        table = opened = ""
        for answer in answers:
            keyword, *rest = words(answer.line) or [""]
            if keyword == "config":
                table, opened = " ".join(rest), ""
            elif keyword == "edit":
                opened = " ".join(rest) if table == TOKENS and answer.fault is None else ""
            elif keyword in ("next", "end"):
                found.update({opened} - {""} if answer.fault is None else ())
                opened = ""
    return found


def _located(batches: Sequence[Batch], groups: Sequence[Sequence[Answer]]) -> Iterator[Refused]:
    for batch, answers in zip(batches, groups, strict=False):
        vdom = (batch.scope or "").removeprefix("vdom:")
        table = entry = ""
        names: list[str] | None = []
        for answer in answers:
            keyword, *rest = words(answer.line) or [""]
            if keyword == "config":
                table, entry = " ".join(rest), ""
            elif keyword in ("edit", "delete"):
                entry, names = " ".join(rest), []
            refused = answer.fault is not None or (keyword != "execute" and _CONFLICT.search(answer.output))
            if refused:
                yield Refused(answer, vdom, table, entry, tuple(names or ()))
            if keyword == "set":
                names = None if refused or names is None else [*names, *rest[:1]]
            elif keyword in ("next", "end"):
                names = []


@dataclass(frozen=True)
class LastLook:
    """What a look directly before an irrevocable step says: the serials of which all is as expected, in their order,
    what differs of the others, and the tokens and users as they were found."""

    valid: list[str]
    differences: list[Difference]
    inventory: Inventory

    @property
    def reasons(self) -> dict[str, str]:
        """Serial -> why it is left out of the step."""
        return by_serial(self.differences, self.left_out)

    @property
    def left_out(self) -> list[str]:
        return list(dict.fromkeys(d.serial for d in self.differences if d.serial))


@dataclass
class Work:
    """One module's changes on one unit: where it sends, what it writes down, which lines it has sent so far."""

    console: Console
    found: Inventory
    vdoms: tuple[str, ...]
    journal: Journal
    journal_path: str = ""
    commands: list[str] = field(default_factory=list)
    #: Whether to run `execute cfg save` after each step, where the unit does not save by itself.
    save: bool = False
    #: Serials whose entries the lines of the last `send` have saved.
    saved: set[str] = field(default_factory=set)
    #: serial -> what could not be given back, although the token is there.
    notes: dict[str, str] = field(default_factory=dict)
    #: serial -> names of the settings of its entry, such as `comments`, that did not come back.
    settings_lost: dict[str, list[str]] = field(default_factory=dict)
    #: What this run has learned of settings that the unit does not take back.
    untaken: Untaken = field(default_factory=Untaken)
    #: What was not as expected at a last look: those tokens were left alone.
    differences: list[Difference] = field(default_factory=list)
    #: Lines among `commands` that the unit has dropped with their transaction, or that have changed nothing.
    undone: int = 0
    transactions: bool = False
    #: Hardware tokens whose adding the unit has accepted. Adding is the activation, so it is done once in a run.
    added: set[str] = field(default_factory=set)
    #: The newest picture of the unit: as found, with all that was read since.
    known: Inventory = field(init=False)
    forms: Forms = field(default_factory=Forms)
    _pending: tuple[Look, list[list[Answer]]] | None = None
    _kept: bool = False
    _started: int = 0
    _unsaved: bool = False
    _pending_text: bool = True
    _looked_at: float = -math.inf
    #: What the last look was for; None: everything.
    _looked_for: Touched | None = None
    _last_look_at: float = -math.inf

    @property
    def unit(self) -> Unit:
        return self.found.unit

    def __post_init__(self) -> None:
        self.transactions = self.unit.transactions
        self.known = self.found

    def write_down(self) -> None:
        journal.save(self.journal_path, self.journal)

    def settle(self, inventory: Inventory) -> None:
        """Take out of the journal what the unit shows as it was. Raises JournalError."""
        left = self.journal.without_whole(inventory)
        if left == self.journal:
            return
        if not self._kept:
            journal.keep(self.journal_path, self.journal)
            self._kept = True
        self.journal = left
        self.write_down()

    # Reading

    def reread(self) -> Inventory:
        """Read all tokens and users again. Raises UnitError.

        In the middle of a change one odd answer, such as that of a busy unit, is no reason to leave it there.
        """
        return self._see(None)

    def read_back(self, touched: Touched, parts: Part = LISTING) -> Inventory:
        """Read again what was touched, or take what came in the same exchange as the last lines. Raises UnitError."""
        return self._see(touched, parts)

    def _see(self, touched: Touched | None, parts: Part = LISTING) -> Inventory:
        seen, self._pending = self._pending, None
        if touched is None:
            seen = None
        pauses = iter((*_PAUSES, None))
        doubted = False
        while True:
            try:
                if seen is None:
                    look = self._look(touched, parts)
                    seen = look, self.console.run(look.batches)
                now = seen[0].inventory(seen[1])
                gone = vanished(self.known, now, self.journal.entries)
                if gone and not doubted:
                    # The listing may have lost a part: only what is gone twice is gone.
                    doubted, seen = True, None
                    continue
                self.differences += [difference for difference in gone if difference not in self.differences]
                self.known = now
                if _EVIDENCE in seen[0].parts:
                    self._looked_at = self._last_look_at = time.monotonic()
                    self._looked_for = seen[0].touched
                return self.known
            except FormRefused:
                # The next look asks in another form; there are few of them.
                pass
            except UnitError:
                pause = next(pauses)
                if pause is None:
                    raise
                time.sleep(pause)
            seen = None

    def _look(self, touched: Touched | None, parts: Part = LISTING) -> Look:
        return Look(self.known, self.vdoms, touched, self.forms, parts)

    def fresh(self, touched: Touched) -> bool:
        """Tell whether the last thing sent was a look at the unit and these tokens and users, a moment ago."""
        if time.monotonic() - self._looked_at >= _FRESH_SECONDS:
            return False
        seen = self._looked_for
        return seen is None or (set(touched.tokens) <= set(seen.tokens) and set(touched.users) <= set(seen.users))

    @property
    def stale(self) -> bool:
        """Whether so much time has passed since the last look that the unit may have another role by now."""
        return time.monotonic() - self._last_look_at > _STALE_SECONDS

    def last_look(self, serials: Sequence[str], expected: Inventory | None = None) -> LastLook:
        """Read tokens, and the unit, directly before a request that may be their only chance. Raises UnitError.

        `expected`: the inventory that the request was planned on; default: the newest picture. What differs is put
        into `differences`. Where the unit itself differs (token server, HA role, management, serial), no serial is
        valid. Nothing but the request may be sent between this and the request.
        """
        expectation = replace(Expectation.of(expected or self.known, serials), unit=self.found.unit)
        known = [token for token in expectation.tokens.values() if token.vdom]
        touched = Touched.of(known, [binding for token in known for binding in token.users])
        # Of a token that the plan did not see nothing can be expected.
        beyond = [Difference(s, "token", "known to the plan", "not known to it") for s in expectation.tokens]
        beyond = [difference for difference in beyond if difference.serial not in touched.serials]
        return self.compare(expectation, self.read_back(touched, EVERYTHING), beyond=beyond)

    def compare(
        self, expectation: Expectation, found: Inventory, users: bool = True, beyond: Sequence[Difference] = ()
    ) -> LastLook:
        """Compare what was found with what was expected, and keep what differs, and what lies `beyond`, for the
        report."""
        seen = [*differences(expectation, found, users), *beyond]
        self.differences += [d for d in seen if d not in self.differences]
        bad = by_serial(seen, expectation.tokens)
        return LastLook([s for s in expectation.tokens if s not in bad], _for_each(seen, expectation.tokens), found)

    # Sending

    def send(
        self, batches: Sequence[Batch], then: Touched | None = None, silence: float | None = None, parts: Part = LISTING
    ) -> list[Refused]:
        """Send changing lines; return those that were refused. `commands` has them even if the session breaks.

        `then`: what the next `read_back` gives is asked right behind them, in the same exchange. `silence`: seconds in
        which the unit may say nothing; default: as the connection has it.
        """
        if not batches:
            return []
        self.commands.extend(script.spoken(batches, self.unit))
        self._unsaved = True
        self._looked_at = -math.inf
        groups = self._run(batches, None if then is None else self._look(then, parts), silence)
        self.saved = _saved(groups)
        return list(_located(batches, groups))

    def send_pending(
        self, batches: Sequence[Batch], entries: Sequence[Entry], bindings: Sequence[Binding]
    ) -> tuple[list[Refused], Inventory | None, list[Difference]]:
        """Send changing lines inside a transaction, and in the same exchange read what must still hold before they are
        committed: what was refused, the unit as it shows itself then (None where it was not shown), and what the
        transaction holds beyond the plan."""
        self.commands.extend(script.spoken(batches, self.unit))
        self._looked_at = -math.inf
        look = self._look(Touched.of(entries, bindings), Part.USERS | Part.STATUS | Part.UNIT)
        rows = _PENDING_ROWS + sum(len(batch.lines) for batch in batches)
        shown = [Batch((_PENDING,), self._transaction_scope, repeatable=True, rows=rows)] if self._pending_text else []
        groups = self.console.run([*batches, *look.batches, *shown])
        refused = list(_located(batches, groups))
        if refused:
            return refused, None, []
        beyond: list[Difference] = []
        if shown:
            answer = groups[-1][0]
            self._pending_text = answer.fault is None
            beyond = unplanned(answer.output, entries, bindings) if answer.fault is None else []
        try:
            return [], look.inventory(groups[len(batches) : len(batches) + len(look.batches)]), beyond
        except FormRefused:
            return [], self._within(look), beyond
        except (UnitError, ValueError):
            return [], None, beyond

    def _within(self, look: Look) -> Inventory | None:
        """Look again in another form, without taking what a transaction shows for what the unit is."""
        known = self.known
        try:
            return self._see(look.touched, look.parts)
        except UnitError:
            return None
        finally:
            self.known = known

    def _run(self, batches: Sequence[Batch], look: Look | None, silence: float | None = None) -> list[list[Answer]]:
        groups = self.console.run([*batches, *(look.batches if look else ())], silence)
        seen = groups[len(batches) :]
        self._pending = (look, seen) if look is not None and look.answered(seen) else None
        return groups[: len(batches)]

    @property
    def changed(self) -> bool:
        """Whether lines were sent that were not taken back."""
        return len(self.commands) > self.undone

    def keep_changes(self) -> bool:
        """Run `execute cfg save` where the unit does not save by itself and `save` says so. Call it as soon as a step
        was read back: with `cfg-save revert` the unit may go back at any moment, and an activation would be lost.

        Returns whether nothing is left to be saved.
        """
        if self.unit.cfg_save == "automatic" or not self._unsaved:
            return True
        if not self.save:
            return False
        batches = script.save_config()
        self.commands.extend(script.spoken(batches, self.unit))
        groups = self.console.run(batches)
        self._pending = None
        self._unsaved = bool(list(_located(batches, groups)))
        return not self._unsaved

    def received(self) -> None:
        """Note that the configuration has changed without a line of ours, as by the seed of an activated token."""
        self._unsaved = True

    # Transactions

    def begin(self, touched: Touched) -> bool:
        """Start a transaction, and read in the same exchange, for `read_back`, the entries that will be touched in it.
        Where the unit has no transactions, only look, and return False. If the session breaks in it, the unit drops it.

        Raises UnitError where the unit has transactions and does not start one now: somebody else may be in one.
        """
        if self.transactions and self.start(self._look(touched, LISTING | Part.ADMINS)):
            return True
        self._pending = None
        return False

    def start(self, look: Look | None = None) -> bool:
        """Start a transaction; see `begin`."""
        if not self.transactions:
            return False
        self.console.register_cleanup("transaction", [Batch((script.ABORT,), self._transaction_scope, brief=True)])
        answer = self._transaction(script.START, look)
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
        # The command is unknown here: a build, or an account, without workspace mode. [fact: txn-since]
        self.transactions = False
        return False

    def finish(
        self, refused: list[Refused], transaction: bool, then: Touched | None = None, parts: Part = LISTING
    ) -> list[Refused]:
        """Commit, or abort where a line was refused, and return what was refused. With a transaction, refused lines
        mean that nothing was changed; without one, that everything else may have been. `then`: see `send`.

        Raises UnitError where another administrator is changing the same objects.
        """
        if transaction:
            refused = self._abort(refused) if refused else self._commit(then, parts)
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

    @property
    def _transaction_scope(self) -> str | None:
        return None if self.unit.vdom_mode == "none" else GLOBAL

    def _transaction(self, line: str, look: Look | None = None) -> Answer:
        self._looked_at = -math.inf
        [[answer]] = self._run([Batch((line,), self._transaction_scope, stop_on_error=True, brief=True)], look)
        return answer

    def _abort(self, refused: list[Refused]) -> list[Refused]:
        self._transaction(script.ABORT)
        self.console.unregister_cleanup("transaction")
        self.undone += len(self.commands) - self._started
        return refused

    def _commit(self, then: Touched | None, parts: Part) -> list[Refused]:
        answer = self._transaction(script.COMMIT, None if then is None else self._look(then, parts))
        if answer.fault is not None or _CONFLICT.search(answer.output):
            self._pending = None
            return self._abort([Refused(answer, GLOBAL, "", "")])
        self.console.unregister_cleanup("transaction")
        self._unsaved = True
        return []


def _for_each(seen: Iterable[Difference], serials: Iterable[str]) -> list[Difference]:
    """Return the differences by token: what concerns the unit concerns each of them."""
    wanted = list(serials)
    return [replace(d, serial=serial) for d in seen for serial in ([d.serial] if d.serial else wanted)]


def blame(refused: Iterable[Refused], bindings: Iterable[Binding]) -> dict[str, str]:
    """Return serial -> why, for the refused lines that stand in the entry of a token or of somebody who holds one."""
    held = {(binding.vdom, binding.name): binding.serial for binding in bindings}
    reasons: dict[str, str] = {}
    for line in refused:
        serial = line.entry if line.table == TOKENS else held.get((line.vdom, line.entry), "")
        if serial:
            reasons.setdefault(serial, line.text)
    return reasons
