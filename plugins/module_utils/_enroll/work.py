# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of enrollment on one unit: look, decide, write down, request, look again, write down.

What is about to be requested is on disk before the line is sent, so that a run that is killed at any moment is carried
on by the next one without a second mail.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll import machine
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll import state as files
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.clock import UnitClock, unit_clock
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.look import Look, Looker
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.mail_watch import LISTEN_SECONDS, MailWatch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import (
    GRACE_SECONDS,
    SETTLE_SECONDS,
    Key,
    Request,
    Rules,
    Seen,
    State,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.window import Window, is_open
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Token

#: How many codes are requested at once. The first are few: they show whether mails leave at all.
GROUPS = (5, 20, 50)
LARGEST_GROUP = 100
#: Pauses between two looks at what became of a request.
PAUSES = (0.5, 1.0, 2.0, 3.0, 5.0)
#: So many mails must have failed before their share means anything; in a run after one that stopped, the first is
#: enough.
FEWEST_FAILED = 2


@dataclass(frozen=True)
class Limits:
    """`share`: of refused mails in a run above which it stops, 0 to 1. `windows`: when codes may be sent; none: always.
    `timeout`: seconds to wait for the unit to show the codes of one group."""

    share: float = 0.2
    windows: tuple[Window, ...] = ()
    timeout: float = 20.0


@dataclass
class Enrollment:
    """One run. `clock` and `look` are those of its last look at everything."""

    looker: Looker
    state: State
    path: str
    rules: Rules
    limits: Limits
    watch: MailWatch
    look: Look
    clock: UnitClock
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    tell: Callable[[str], None] = lambda _text: None
    commands: list[str] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    failed: int = 0
    #: The group that was requested last, and what went wrong with mails of it that are not said to be whose.
    group: list[Request] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    #: Why no code was sent though some are due: the window is closed.
    closed: bool = False

    def plan(self) -> list[Request]:
        """Return who would get a code now. Nothing is sent or saved."""
        self._observe(self.look.seen)
        return self._due()

    def run(self) -> None:
        """Do all of it. Raises UnitError, JournalError and ConsoleError; the state on disk then says what may have been
        requested."""
        after_stop, self.state.stopped = bool(self.state.stopped), ""
        self._observe(self.look.seen)
        self._resolve_pending()
        self._save()
        due = self._due()
        try:
            while due and not self.state.stopped:
                if not self.asked:
                    self.watch.start()
                for group in self._groups(due, after_stop):
                    self._request(group)
                    if self._must_stop(after_stop) or not self._open():
                        break
                due = self._next()
            if self.asked:
                self._take_failures(self.watch.hear(self._addresses(), LISTEN_SECONDS))
        finally:
            self._take_failures(self.watch.stop(self._addresses()))
            self._must_stop(after_stop)
            self._save()
        self._resolve_pending()
        self._save()

    def _due(self) -> list[Request]:
        due = machine.decide(self.state, self.look.seen, self.rules, self.clock.now(), self.clock.day)
        self.closed = bool(due) and not self._open()
        return [] if self.closed else due

    def _next(self) -> list[Request]:
        """Return who comes next: codes that enter their last hours in a moment are waited for."""
        if self.state.stopped:
            return []
        wait = machine.next_renewal(self.state, self.rules, self.clock.now())
        if wait is not None and wait <= GRACE_SECONDS:
            self.sleep(wait)
        asked = {request.key for request in self.asked}
        return [request for request in self._due() if request.key not in asked]

    def _open(self) -> bool:
        return is_open(self.limits.windows, self.clock.local())

    @staticmethod
    def _groups(due: Sequence[Request], careful: bool) -> Iterator[list[Request]]:
        sizes = iter((1, *GROUPS) if careful else GROUPS)
        start = 0
        while start < len(due):
            size = next(sizes, LARGEST_GROUP)
            yield list(due[start : start + size])
            start += size

    def _request(self, group: list[Request]) -> None:
        now, day = self.clock.now(), self.clock.day
        for request in group:
            machine.begin(self.state, request, self.look.seen[request.key], self.rules, now, day)
        self._save()
        self.asked += group
        self.group, self.unnamed = group, []
        tokens = self._tokens(group)
        batches = script.provision(tokens, self.looker.unit)
        self.commands += script.spoken(batches, self.looker.unit)
        try:
            answers = self.looker.console.run(batches)
        except ConsoleError as error:
            self._take_answers(group, error.answers)
            self._save()
            raise
        self._take_answers(group, answers)
        self._save()
        self._follow(group)
        self._take_failures(self.watch.hear(self._addresses()))
        self._save()
        self.tell(f"enrollment: {len(self.asked)} codes requested, {self.failed} mails refused")

    def _tokens(self, group: Sequence[Request]) -> list[Token]:
        tokens = self.look.inventory.by_serial()
        return [tokens[request.serial] for request in group]

    def _take_answers(self, group: Sequence[Request], answers: Sequence[Sequence[Answer]]) -> None:
        by_line = {answer.line: answer for each in answers for answer in each}
        for answer in by_line.values():
            self.watch.overhear(answer.output)
        for request in group:
            reply = by_line.get(f"execute fortitoken-mobile provision {request.serial}")
            if reply is None:
                continue
            if reply.fault is None:
                machine.accept(self.state.records[request.key])
            else:
                why = f"The unit refused '{reply.line}': {reply.fault.text}"
                machine.refuse(self.state.records[request.key], why, self._route(request.key), self.clock.now())

    def _route(self, key: Key) -> str:
        return self.look.seen[key].route

    def _follow(self, group: Sequence[Request]) -> None:
        """Look until the unit shows the codes of this group, or the time is up: they then count as sent until shown
        otherwise."""
        keys = [request.key for request in group]
        end = self.monotonic() + self.limits.timeout
        pauses = iter(PAUSES)
        while any(self.state.records[key].pending for key in keys):
            left = end - self.monotonic()
            if left <= 0:
                return
            self.sleep(min(next(pauses, PAUSES[-1]), left))
            self._refresh(keys)

    def _refresh(self, keys: Sequence[Key]) -> None:
        seen = self.looker.again(self.look, keys, self.watch.overhear)
        self.look.seen.update(seen)
        machine.refresh(self.state, seen.values(), self.rules, self.clock.now())

    def _resolve_pending(self) -> None:
        """Wait until the unit has had time to show what became of each request that is not answered for."""
        end = self.monotonic() + SETTLE_SECONDS + PAUSES[-1]
        while waiting := [key for key, record in self.state.records.items() if record.pending]:
            self._refresh(waiting)
            asked = [record.asked or 0.0 for record in self.state.records.values() if record.pending]
            if not asked or self.monotonic() > end:
                return
            self.sleep(min(max(max(asked) + SETTLE_SECONDS - self.clock.now(), 0.1), PAUSES[-1]))

    def _observe(self, seen: Mapping[Key, Seen]) -> None:
        machine.observe(self.state, seen.values(), self.rules, self.clock.now())

    def _addresses(self) -> dict[str, Key]:
        """Return address -> user, of this run's mails. Of two users with one address, the later one counts."""
        return {self.look.seen[request.key].address: request.key for request in self.asked}

    def _take_failures(self, failures: Sequence[tuple[Key | None, str]]) -> None:
        """Note the mails that failed. Where it is not said whose they were, they belong to all of the group or to none:
        a mail server that does not answer fails for all."""
        self.failed += len(failures)
        for key, why in failures:
            if key is not None:
                machine.bounce(self.state.records[key], why, self._route(key))
        self.unnamed += [why for key, why in failures if key is None]
        rest = [
            request.key
            for request in self.group
            if self.look.seen[request.key].channel == "email" and not self.state.records[request.key].failed
        ]
        if self.unnamed and len(self.unnamed) >= len(rest):
            for key in rest:
                machine.bounce(self.state.records[key], self.unnamed[0], self._route(key))

    def _must_stop(self, careful: bool) -> bool:
        enough = self.failed >= (1 if careful else FEWEST_FAILED)
        share = self.failed / len(self.asked) if self.asked else 0.0
        if enough and share > self.limits.share:
            self.state.stopped = (
                f"{self.failed} of {len(self.asked)} mails were refused ({share:.0%}, and the limit is"
                f" {self.limits.share:.0%}). Nothing more was sent. Fix the delivery, then run again."
            )
        return bool(self.state.stopped)

    def _save(self) -> None:
        files.save(self.path, self.state)


def read_clock(look: Look, state: State) -> UnitClock:
    """Make out the unit's clock, and remember its zone."""
    clock = unit_clock(look.shown, state.offset)
    state.offset = clock.offset
    return clock
