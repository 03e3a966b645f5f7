# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving: users of mobile tokens get another token, wave by wave (Fortinet article 194574).

The journal is written first. Then one edit disables the user and puts the new token in the place of the old one, so
that nobody is left with only a password. When the new binding was read back, the user is enabled again: the unit asks
them for a code of the new token, which only their phone shows once they have scanned the activation code, so an
enabled user who has not enrolled yet cannot log in. The run does not wait for people to enroll.

Nothing is deleted. The old tokens stay on the unit, unassigned: an expired license that is deleted never comes back
(article 197790). [fact: license-expired-deleted]

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal as _journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.activate import (
    ASSIGNED,
    PROVISIONED,
    UNASSIGNED,
    Activation,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.evidence import (
    Difference,
    Expectation,
    Touched,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.follow import say_nothing
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.look import EVERYTHING, LISTING, Part
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.replacements import (
    TWO_FACTOR,
    Evidence,
    Kept,
    Move,
    Replacements,
    TokenMap,
    UserKey,
    plan_moves,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.restore import restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Refused, Work, blame
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.waves import Size, Wave, cut, too_many
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Inventory
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import assessment
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.evidence import refine
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import HEALTHY, PENDING

#: Causes of `Kept`: what the unit refused or was not as planned, and what was not begun.
REFUSED, NOT_BEGUN = "refused", "not_begun"
#: Once, and again without what the unit refused: behind a refused line nothing more is sent.
_ROUNDS = 50


def move(work: Work, moves: Sequence[Move], basis: Inventory) -> tuple[list[Move], dict[UserKey, str], Inventory]:
    """Give users their new tokens: (who has it and is as before, (VDOM, name) -> why another user has not, the unit
    afterwards).

    `basis`: the unit as it was when the moves were planned, and must still be.

    Raises UnitError, JournalError and the console's errors; the journal then holds what is needed to go on.
    """
    return _Move(work, list(moves), basis).run()


@dataclass
class _Move:
    """One exchange of tokens. `stay`: who keeps what they have, and why. `touched`: for whom lines have taken effect.

    What concerns a user is compared under the serial of the new token, which belongs to one user alone.
    """

    work: Work
    moves: list[Move]
    basis: Inventory
    stay: dict[UserKey, str] = field(default_factory=dict)
    touched: set[UserKey] = field(default_factory=set)

    def __post_init__(self) -> None:
        serials = [serial for each in self.moves for serial in (each.new, each.held) if serial]
        expected = Expectation.of(self.basis, serials, [each.binding for each in self.moves])
        self.expected = replace(expected, unit=self.work.found.unit)
        self.accounts = self.basis.users()

    def run(self) -> tuple[list[Move], dict[UserKey, str], Inventory]:
        work = self.work
        for _round in range(_ROUNDS):
            todo = self._left()
            if not todo:
                break
            refused = self._attempt(todo)
            for each in self._left():
                if each.key in refused:
                    self.stay[each.key] = refused[each.key]
            for each in self._left():
                if each.key in self.touched and not refused:
                    self.stay[each.key] = "the unit accepted the lines but does not show the change"
        for each in self._left():
            self.stay[each.key] = "the unit kept refusing lines"
        if self.touched:
            work.keep_changes()
        work.journal.forget({each.new for each in self.moves if each.key in self.stay and each.key not in self.touched})
        work.write_down()
        inventory = work.known
        mine = [each.binding for each in self.moves if each.key in self.touched]
        if mine:
            inventory, reasons = restore(work, inventory, (), mine)
            by_serial = {serial: each.key for each in self.moves for serial in (each.held, each.new) if serial}
            self.stay.update((by_serial[serial], why) for serial, why in reasons.items() if serial in by_serial)
        work.settle(inventory)
        return [each for each in self.moves if each.key not in self.stay], self.stay, inventory

    def _left(self) -> list[Move]:
        """Return those who do not have their token yet and were not left out."""
        users = self.work.known.users()
        return [each for each in self.moves if each.key not in self.stay and not _has(users, each)]

    def _attempt(self, moves: Sequence[Move]) -> dict[UserKey, str]:
        """Return why the unit refused a line that belongs to a user."""
        if self.work.transactions:
            refused = self._transact(moves)
            if refused is not None:
                return refused
        vdoms = sorted({each.vdom for each in moves})
        refused = {}
        for vdom in vdoms:
            # The way into another VDOM takes its time: each one is looked at directly before it is changed.
            going = self._looked_at([each for each in moves if each.vdom == vdom])
            if going:
                touched = self._touching(going)
                self._write_down(going)
                self._took_effect(going)
                lines = script.rebind([each.binding for each in going], self.work.unit)
                sent = self.work.send(lines, touched, parts=EVERYTHING)
                refused |= _blame(self.work.finish(sent, transaction=False), going)
                self.work.read_back(touched, EVERYTHING)
            if refused:
                break
        return refused

    def _looked_at(self, moves: Sequence[Move]) -> list[Move]:
        """Look at the unit, and return those of whom all is still as planned."""
        touched = self._touching(moves)
        if moves:
            self._judge(moves, self.work.read_back(touched, EVERYTHING))
        return [each for each in moves if each.key not in self.stay]

    def _transact(self, moves: Sequence[Move]) -> dict[UserKey, str] | None:
        """Do it in a transaction; None where the unit turns out to have none."""
        work = self.work
        touched = self._touching(moves)
        if not work.begin(touched):
            return None
        self._judge(moves, work.read_back(touched, LISTING | Part.ADMINS))
        going = [each for each in moves if each.key not in self.stay]
        bindings = [each.binding for each in going]
        if not going:
            work.drop([])
            return {}
        self._write_down(going)
        refused, found, beyond = work.send_pending(script.rebind(bindings, work.unit), (), bindings)
        if refused:
            work.drop(refused)
            return _blame(refused, going)
        stayed = len(self.stay)
        if found is not None:
            self._judge(going, found, users=False, beyond=beyond)
        if found is None or len(self.stay) > stayed:
            work.drop([])
            why = "what the transaction would commit could not be read back"
            return dict.fromkeys((each.key for each in going), why) if found is None else {}
        refused = work.finish([], transaction=True, then=touched, parts=EVERYTHING)
        if not refused:
            self._took_effect(going)
            work.read_back(touched, EVERYTHING)
        return _blame(refused, going)

    def _touching(self, moves: Sequence[Move]) -> Touched:
        known = self.expected.tokens
        tokens = [known[serial] for each in moves for serial in (each.new, each.held) if serial and known[serial].vdom]
        return Touched.of(tokens, [each.binding for each in moves])

    def _judge(
        self, moves: Sequence[Move], found: Inventory, users: bool = True, beyond: Sequence[Difference] = ()
    ) -> None:
        """Leave out whoever is not as planned. A token that several users had is compared for each of them."""
        serials = {serial for each in moves for serial in (each.new, each.held) if serial}
        reasons = self.work.compare(self.expected.only(serials), found, users, beyond).reasons
        for each in moves:
            why = reasons.get(each.new) or reasons.get(each.held)
            if why:
                self.stay.setdefault(each.key, why)

    def _write_down(self, moves: Sequence[Move]) -> None:
        work = self.work
        work.journal.add((), [each.binding for each in moves], self.accounts, {each.key: each.held for each in moves})
        work.write_down()

    def _took_effect(self, moves: Sequence[Move]) -> None:
        self.touched.update(each.key for each in moves)


def _has(users: Mapping[UserKey, Any], each: Move) -> bool:
    user = users.get(each.key)
    return user is not None and user.fortitoken == each.new and user.two_factor == TWO_FACTOR


def _blame(refused: Sequence[Refused], moves: Sequence[Move]) -> dict[UserKey, str]:
    if not refused:
        return {}
    by_serial = blame(refused, [each.binding for each in moves])
    found = {each.key: by_serial[each.new] for each in moves if each.new in by_serial}
    return found or {each.key: refused[0].text for each in moves}


@dataclass
class Moving:
    """All moves of one run. What was done until now can be read from it at any time, also after an error.

    `evidence.redeemed` and `evidence.busy` are completed with what the run itself knows.
    """

    work: Work
    activation: Activation
    wanted: TokenMap
    evidence: Evidence
    sizes: tuple[Size, ...]
    allowed: float
    tell: Callable[[str], None] = say_nothing
    moved: list[Move] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    waves: list[Wave] = field(default_factory=list)
    stopped: str = ""
    untouched: list[str] = field(default_factory=list)

    def plan(self, inventory: Inventory) -> Replacements:
        """Return who would get which token now."""
        journal = self.work.journal
        seen = _journal.overlay(inventory, journal)
        policy = self.activation.policy
        known = {*self.evidence.redeemed, *self.activation.licensed}
        evidence = replace(self.evidence, redeemed=known, busy={*self.evidence.busy, *journal.bindings})
        return plan_moves(seen, assessment.findings(seen, policy), refine(policy, seen), self.wanted, evidence)

    def run(self, inventory: Inventory, first: int = 1) -> Inventory:
        """Do all of it and return the unit as it is then. `first`: the number of the first wave.

        Raises UnitError, JournalError and the console's errors; the journal then holds the rest.
        """
        planned = self.plan(inventory)
        self.kept, basis = list(planned.kept), inventory
        waves = cut(planned.moves, self.sizes, len(planned.moves))
        for number, moves in enumerate(waves):
            if self.stopped:
                self.untouched += [each.old for each in moves if each.old]
                self.kept += [_kept(each, NOT_BEGUN, f"Not begun: {self.stopped}.") for each in moves]
                continue
            users = f"{len(moves)} user{'' if len(moves) == 1 else 's'}"
            self.tell(f"moving users, wave {number + 1} of {len(waves)}: {users}")
            inventory = self._do(Wave(first + number, [each.old for each in moves if each.old]), moves, basis)
        return inventory

    def planned(self, inventory: Inventory) -> list[Batch]:
        """Return the lines that a run would send."""
        batches: list[Batch] = []
        moves = self.plan(inventory).moves
        for wave in cut(moves, self.sizes, len(moves)):
            enabled = [each.binding for each in wave if each.status == "enable"]
            unit = self.work.unit
            batches += [*script.rebind([each.binding for each in wave], unit), *script.enable_users(enabled, unit)]
        return batches

    def rows(self, inventory: Inventory | None = None) -> list[dict[str, Any]]:
        """Return what became of each user; before anything was done, what would: give the `inventory` for that."""
        if inventory is not None:
            return self.plan(inventory).rows()
        return Replacements(tuple(self.moved), tuple(self.kept)).rows()

    def _do(self, wave: Wave, moves: Sequence[Move], basis: Inventory) -> Inventory:
        """Move the users of one wave, and wait for what the unit says of their tokens."""
        self.waves.append(wave)
        activation = self.activation
        done, stay, inventory = move(self.work, moves, basis)
        served = [each for each in moves if each in done or _has(inventory.users(), each)]
        self.moved += served
        self.kept += [_kept(each, REFUSED, stay[each.key]) for each in moves if each not in served]
        wave.requested = [each.new for each in served]
        activation.actions.update({each.held: UNASSIGNED for each in served if each.held})
        try:
            # People take their time to enroll, and are not waited for as for a server.
            inventory = activation.settle(inventory, wave.requested)
        finally:
            activation.actions.update({s: ASSIGNED for s in wave.requested if activation.actions.get(s) != PROVISIONED})
        findings = assessment.findings(inventory, activation.policy)
        fine = {serial for serial, found in findings.items() if found.verdict in (HEALTHY, PENDING)}
        fine -= set(activation.withheld)
        wave.failed = [each.new for each in moves if each not in served or each.new not in fine]
        if too_many(len(wave.failed), len(moves), self.allowed):
            self.stopped = f"{len(wave.failed)} of {len(moves)} users did not get a token that works"
            self.tell(f"stopped after wave {wave.number}: {self.stopped}")
        return inventory


def _kept(each: Move, cause: str, reason: str) -> Kept:
    return Kept(each.vdom, each.name, each.old, cause, reason)
