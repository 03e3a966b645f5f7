# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets an activation code and when: single rules, and many users over ten days with runs that are killed."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll import machine
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import (
    BLOCKED,
    CODE_OUT,
    DONE,
    DUE,
    ENROLLED,
    GIVEN_UP,
    GRACE_SECONDS,
    HOUR,
    OTHER,
    REQUESTED,
    SETTLE_SECONDS,
    UNDELIVERABLE,
    WAITING,
    Key,
    Record,
    Request,
    Rules,
    Seen,
    State,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.state import as_dict, from_dict

START = 1_796_112_000.0
DAY = 24 * HOUR
VALID = 72 * HOUR
ALICE: Key = ("user", "root", "alice")
SERIAL = "FTKMOBALICE00001"


def seen(look: str = DUE, key: Key = ALICE, serial: str = SERIAL, **more: Any) -> Seen:
    return Seen(key, serial, look, **more)


@dataclass
class Case:
    """One user and the runs of enrollment."""

    rules: Rules = field(default_factory=Rules)
    state: State = field(default_factory=lambda: State("FGT60ETK18000001", "fgt"))
    now: float = START

    @property
    def record(self) -> Record:
        return self.state.records[ALICE]

    def look(self, shown: Seen) -> list[str]:
        """Observe; return why a code would be sent now."""
        machine.observe(self.state, [shown], self.rules, self.now)
        return [
            request.why for request in machine.decide(self.state, {ALICE: shown}, self.rules, self.now, day(self.now))
        ]

    def send(self, shown: Seen, accepted: bool = True) -> None:
        """Request the code that is due; the unit shows it at the next look."""
        (why,) = self.look(shown)
        machine.begin(self.state, Request(ALICE, SERIAL, why), shown, self.rules, self.now, day(self.now))
        if accepted:
            machine.accept(self.record)


def day(now: float) -> str:
    return f"day {int(now // DAY)}"


def test_a_user_whose_phone_has_the_token_gets_nothing() -> None:
    case = Case()
    assert case.look(seen(DONE)) == [] and case.record.state == ENROLLED
    # Not even when the unit shows later that a code is needed.
    assert case.look(seen(DUE)) == [] and case.record.state == BLOCKED and "enroll_again" in case.record.reason


def test_no_second_code_while_one_is_valid_but_in_its_last_hours() -> None:
    case = Case()
    case.send(seen(DUE))
    out = seen(CODE_OUT, expires=START + VALID)
    for hours, wanted in ((0.1, []), (47.9, []), (48, ["renew"]), (71.9, ["renew"]), (72.1, ["renew"])):
        case.now = START + hours * HOUR
        assert case.look(out) == wanted, hours


def test_the_unit_says_when_a_code_ends() -> None:
    case = Case()
    case.send(seen(DUE))
    case.now += 10 * HOUR
    assert case.look(seen(CODE_OUT, expires=START + 24 * HOUR)) == ["renew"]
    assert case.record.left(case.now) == 14 * HOUR


def test_a_code_of_somebody_else_without_an_end_counts_as_new() -> None:
    case = Case()
    assert case.look(seen(CODE_OUT)) == []
    case.now += 47 * HOUR
    assert case.look(seen(CODE_OUT)) == []
    case.now += 2 * HOUR
    assert case.look(seen(CODE_OUT)) == ["renew"]


def test_a_request_that_was_interrupted_counts_until_the_unit_shows_otherwise() -> None:
    case = Case()
    case.send(seen(DUE, expires=START - DAY), accepted=False)
    # The controller is killed here. The unit shows nothing of it: it may have been asked a moment ago.
    case.now += SETTLE_SECONDS - 1
    assert case.look(seen(DUE, expires=START - DAY)) == [] and case.record.state == REQUESTED
    case.now += 2
    assert case.look(seen(DUE, expires=START - DAY)) == ["first"] and case.record.mails == 0


@pytest.mark.parametrize("after", [5.0, SETTLE_SECONDS + 5])
def test_a_request_that_was_interrupted_behind_the_line_is_not_repeated(after: float) -> None:
    case = Case()
    case.send(seen(DUE, expires=START - DAY), accepted=False)
    case.now += after
    assert case.look(seen(CODE_OUT, expires=START + VALID)) == []
    assert (case.record.mails, case.record.pending, case.record.valid_until) == (1, False, START + VALID)


def test_a_renewal_that_was_interrupted_falls_back_to_the_code_before() -> None:
    case = Case()
    case.send(seen(DUE))
    case.now = START + 50 * HOUR
    out = seen(CODE_OUT, expires=START + VALID)
    case.send(out, accepted=False)
    case.now += SETTLE_SECONDS
    assert case.look(out) == ["renew"] and case.record.mails == 1
    assert case.record.valid_until == START + VALID


def test_after_so_many_codes_a_user_is_given_up_and_comes_back_when_named() -> None:
    case = Case(Rules(max_mails=2))
    for _code in range(2):
        case.send(seen(DUE))
        assert case.look(seen(CODE_OUT, expires=case.now + VALID)) == []
        case.now += VALID
    case.now -= VALID
    case.now += VALID
    assert case.look(seen(DUE)) == [] and case.record.state == GIVEN_UP and "2 codes" in case.record.reason
    case.rules = Rules(max_mails=2, again=frozenset([ALICE]))
    assert case.look(seen(DUE)) == ["again"]


def test_a_user_who_asks_for_another_code_gets_one_for_each_time_of_being_named() -> None:
    named, plain = Rules(again=frozenset([ALICE])), Rules()
    case = Case(plain)
    case.look(seen(DONE, expires=START - DAY))
    case.rules = named
    case.send(seen(DONE, expires=START - DAY))
    out = seen(CODE_OUT, expires=START + VALID)
    assert case.look(out) == [] and case.record.state == REQUESTED
    # The same wish, left in a schedule: nothing more, not even once the user has enrolled.
    case.now += HOUR
    assert case.look(seen(DONE, expires=START + VALID)) == [] and case.record.state == ENROLLED
    case.rules = plain
    case.look(seen(DONE, expires=START + VALID))
    case.rules = named
    assert case.look(seen(DONE, expires=START + VALID)) == ["again"]


def test_a_unit_that_does_not_send_another_code_is_told_of() -> None:
    case = Case(Rules(again=frozenset([ALICE])))
    case.send(seen(DONE, expires=START - DAY))
    case.now += SETTLE_SECONDS
    assert case.look(seen(DONE, expires=START - DAY)) == []
    assert case.record.state == ENROLLED and "312027" in case.record.reason


def test_a_code_that_cannot_arrive_is_not_sent_until_it_can() -> None:
    case = Case()
    assert case.look(seen(DUE, missing=("no address",), route="a")) == []
    assert (case.record.state, case.record.reason) == (UNDELIVERABLE, "no address")
    assert case.look(seen(DUE, route="b")) == ["first"]


def test_a_code_that_has_reached_nobody_is_followed_when_the_way_changes() -> None:
    case = Case()
    out = seen(CODE_OUT, expires=START + VALID, missing=("no address",), route="a")
    assert case.look(out) == [] and case.record.state == UNDELIVERABLE
    assert case.look(seen(CODE_OUT, expires=START + VALID, route="b")) == ["first"]


def test_a_refused_mail_is_not_repeated_over_the_same_way() -> None:
    case = Case()
    case.send(seen(DUE, route="a"))
    out = seen(CODE_OUT, expires=START + VALID, route="a")
    case.look(out)
    machine.bounce(case.record, "no such user", "a")
    assert case.look(out) == [] and case.record.state == UNDELIVERABLE
    case.now += VALID
    assert case.look(seen(DUE, expires=START + VALID, route="a")) == ["renew"]


def test_a_server_that_sends_nothing_is_asked_again_on_another_day() -> None:
    case = Case()
    case.send(seen(DUE))
    case.now += SETTLE_SECONDS
    assert case.look(seen(DUE)) == [] and case.record.state == UNDELIVERABLE
    case.now += 4 * HOUR
    assert case.look(seen(DUE)) == []
    case.now += 12 * HOUR
    assert case.look(seen(DUE)) == ["first"]


def test_a_line_that_the_unit_refuses_has_sent_nothing() -> None:
    case = Case()
    case.send(seen(DUE))
    machine.refuse(case.record, "refused", "", case.now)
    assert (case.record.mails, case.record.state, case.record.left(case.now)) == (0, UNDELIVERABLE, 0)


def test_what_is_wrong_with_a_token_is_no_matter_of_codes() -> None:
    case = Case(Rules(again=frozenset([ALICE])))
    assert case.look(seen(OTHER, reason="needs a license")) == []
    assert (case.record.state, case.record.reason) == (BLOCKED, "needs a license")


def test_another_token_is_another_enrollment() -> None:
    case = Case()
    case.look(seen(DONE))
    assert case.look(seen(DUE, serial="FTKMOBALICE00002")) == ["first"]


def test_a_user_without_a_token_leaves_the_list() -> None:
    case = Case()
    case.look(seen(DUE))
    machine.observe(case.state, [], case.rules, case.now)
    assert case.state.records == {}


def test_only_so_many_begin_on_a_day_and_only_those_who_are_chosen() -> None:
    keys: list[Key] = [("user", "root", f"u{number}") for number in range(10)]
    shown = {key: seen(DUE, key, f"FTKMOB{number:010}") for number, key in enumerate(keys)}
    rules = Rules(users=frozenset(keys[:6]), per_run=4)
    state = State("FGT60ETK18000001", "fgt")
    machine.observe(state, shown.values(), rules, START)
    wave = machine.decide(state, shown, rules, START, "monday")
    assert [request.key for request in wave] == keys[:4]
    for request in wave[:3]:
        machine.begin(state, request, shown[request.key], rules, START, "monday")
    # Killed in the middle of the wave: what is left of it is carried on, and no more.
    assert len(machine.decide(state, shown, rules, START, "monday")) == 1
    assert len(machine.decide(state, shown, rules, START, "tuesday")) == 3


def test_the_next_renewal_is_known() -> None:
    case = Case()
    assert machine.next_renewal(case.state, case.rules, case.now) is None
    case.send(seen(DUE))
    case.look(seen(CODE_OUT, expires=START + VALID))
    assert machine.next_renewal(case.state, case.rules, START + 47 * HOUR) == HOUR


# Many users, ten days


@dataclass
class Phone:
    """A simulated user: hours until a delivered code is scanned, one entry for each code; None is never."""

    habits: list[float | None]
    look: str = DUE
    expires: float | None = None
    mails: list[tuple[float, float]] = field(default_factory=list)
    scans: float | None = None
    enrolled: bool = False
    contacted_after: bool = False

    def pass_time(self, now: float) -> None:
        if self.scans is not None and now >= self.scans and self.look == CODE_OUT:
            self.look, self.enrolled = DONE, True
        elif self.look == CODE_OUT and self.expires is not None and now > self.expires:
            self.look = DUE

    def mail(self, now: float) -> None:
        self.pass_time(now)
        self.contacted_after |= self.enrolled
        self.mails.append((now, now + VALID))
        self.look, self.expires = CODE_OUT, now + VALID
        wait = self.habits[min(len(self.mails), len(self.habits)) - 1]
        self.scans = None if wait is None or wait * HOUR > VALID else now + wait * HOUR


class Killed(Exception):
    """The controller is gone."""


class World:
    """A unit with many users, and a controller that runs enrollment with a file, and can be killed at any moment."""

    def __init__(self, phones: list[Phone], rules: Rules, chance: random.Random, kill: float) -> None:
        self.phones = {("user", "root", f"u{number}"): phone for number, phone in enumerate(phones)}
        self.serials = {key: f"FTKMOB{number:010}" for number, key in enumerate(self.phones)}
        self.rules, self.chance, self.kill = rules, chance, kill
        self.file = as_dict(State("FGT60ETK18000001", "fgt"))
        self.now = START

    def moment(self) -> None:
        self.now += self.chance.random() * 0.05
        if self.chance.random() < self.kill:
            raise Killed

    def shown(self, keys: Collection[Key] = ()) -> dict[Key, Seen]:
        phones = {key: self.phones[key] for key in keys or self.phones}
        for phone in phones.values():
            phone.pass_time(self.now)
        return {key: seen(phone.look, key, self.serials[key], expires=phone.expires) for key, phone in phones.items()}

    def run(self) -> int:
        """One run: read, decide, save, send, save; return how many codes were sent."""
        state = from_dict(self.file)
        shown = self.shown()
        machine.observe(state, shown.values(), self.rules, self.now)
        if any(record.pending for record in state.records.values()):
            # As a run does: wait until the unit has had time to show what became of it.
            self.now += SETTLE_SECONDS
            shown = self.shown()
            machine.observe(state, shown.values(), self.rules, self.now)
        sent = 0
        while due := machine.decide(state, shown, self.rules, self.now, day(self.now)):
            self._send(state, shown, due)
            sent += len(due)
            wait = machine.next_renewal(state, self.rules, self.now)
            self.now += wait if wait is not None and wait <= GRACE_SECONDS else 0
        self.file = as_dict(state)
        return sent

    def _send(self, state: State, shown: dict[Key, Seen], due: list[Request]) -> None:
        for start in range(0, len(due), 20):
            group = due[start : start + 20]
            for request in group:
                machine.begin(state, request, shown[request.key], self.rules, self.now, day(self.now))
            self.file = as_dict(state)
            self.moment()
            for request in group:
                self.phones[request.key].mail(self.now)
                self.moment()
                machine.accept(state.records[request.key])
            asked = [request.key for request in group]
            machine.refresh(state, self.shown(asked).values(), self.rules, self.now)
            self.file = as_dict(state)
            self.moment()

    def carry_on(self) -> int:
        """Run, and run again at once while it is killed."""
        sent = 0
        while True:
            try:
                return sent + self.run()
            except Killed:
                self.now += 1

    def second_mails(self) -> list[str]:
        return [
            f"{key}: {now} with {(until - now) / HOUR:.2f} hours left"
            for key, phone in self.phones.items()
            for (_sent, until), (now, _until) in zip(phone.mails, phone.mails[1:], strict=False)
            if now < until - self.rules.renew_before
        ]


HABITS: list[list[float | None]] = [[2], [30], [50], [71], [90, 5], [None, None, 3], [None]]


def make_world(count: int, seed: int, kill: float, per_run: int = 0) -> World:
    chance = random.Random(seed)
    phones = [Phone(HABITS[number % len(HABITS)]) for number in range(count)]
    return World(phones, Rules(per_run=per_run), chance, kill)


@pytest.mark.parametrize("kill", [0.0, 0.002])
def test_two_thousand_users_over_ten_days(kill: float) -> None:
    world = make_world(2000, 7, kill, per_run=500)
    for number in range(20):
        world.now = max(world.now, START + number * 12 * HOUR)
        before = world.now
        world.carry_on()
        world.kill, kept = 0.0, world.kill
        assert world.carry_on() == 0, "a second run sends nothing"
        world.kill = kept
        # Every code that ended since was either scanned, followed by another in time, or the last that may be sent.
        for phone in world.phones.values():
            for (_sent, until), later in zip(phone.mails, [*phone.mails[1:], None], strict=False):
                if until < before and not phone.enrolled and later is None:
                    assert len(phone.mails) == world.rules.max_mails
                if later is not None:
                    assert later[0] <= until, "a code ran out before it was followed"
    assert world.second_mails() == []
    assert not any(phone.contacted_after for phone in world.phones.values())
    final = machine.counts(from_dict(world.file))
    enrolled = sum(phone.enrolled for phone in world.phones.values())
    assert final[ENROLLED] == enrolled > 1500
    assert final[ENROLLED] + final[GIVEN_UP] + final[REQUESTED] == 2000
    assert final[WAITING] == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32),
    kill=st.floats(0, 0.3),
    hours=st.lists(st.floats(0.02, 30), min_size=5, max_size=25),
)
def test_killed_at_any_moment_and_run_at_any_time_nobody_gets_a_second_code(
    seed: int, kill: float, hours: list[float]
) -> None:
    world = make_world(21, seed, kill)
    for pause in hours:
        try:
            world.run()
        except Killed:
            world.now += 0.1
        world.now += pause * HOUR
    assert world.second_mails() == []
    assert not any(phone.contacted_after for phone in world.phones.values())
    assert all(len(phone.mails) <= world.rules.max_mails for phone in world.phones.values())
