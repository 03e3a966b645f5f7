# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state machine of a user who must scan a code, and who gets one now. Pure.

The rules, in the order of their weight:
- a user whose phone has the token gets nothing more, unless the operator names the user (`again`);
- while a code is valid no second one is sent, except in its last hours, or where the operator names the user;
- a request that may have been carried out counts as carried out: after a kill, the unit has to show that it was not;
- a code whose end comes near is renewed before anybody gets a first one.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import (
    BLOCKED,
    CODE_OUT,
    DONE,
    ENROLLED,
    GIVEN_UP,
    OTHER,
    REQUESTED,
    RETRY_SECONDS,
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

FIRST, RENEW, AGAIN = "first", "renew", "again"

LOST = (
    "The phone had the token, and now the unit shows that a code is needed. No code is sent without being asked for:"
    " name the user in enroll_again."
)
STILL_ASSIGNED = (
    "The unit accepted the request for another code and still shows the token as assigned. Unbind it, run 'execute"
    " fortitoken-mobile renew' on it, and bind it again (Fortinet article 312027)."
)
NOT_SENT = "The unit accepted the request but shows no new code: Fortinet's server has not provisioned the token."


def observe(state: State, seen: Iterable[Seen], rules: Rules, now: float) -> None:
    """Bring the records up to what the unit shows; users who have no mobile token any more leave them."""
    shown = {each.key: each for each in seen}
    refresh(state, shown.values(), rules, now)
    for key in state.records.keys() - shown.keys():
        del state.records[key]


def refresh(state: State, seen: Iterable[Seen], rules: Rules, now: float) -> None:
    """Bring the records of these users up to what the unit shows."""
    for look in seen:
        key = look.key
        record = state.records.get(key)
        if record is None or record.serial != look.serial:
            # Another token is another enrollment: nothing of the old one holds.
            record = state.records[key] = Record(key, look.serial)
        if key not in rules.again:
            record.again = False
        _follow(record, look, rules, now)


def _follow(record: Record, seen: Seen, rules: Rules, now: float) -> None:
    if record.pending:
        _resolve(record, seen, now)
    if record.failed and not record.pending and _may_retry(record, seen, now):
        record.failed, record.failed_route, record.retry = "", "", None
    if record.pending:
        _become(record, REQUESTED)
    elif seen.look == OTHER:
        _become(record, BLOCKED, seen.reason)
    elif seen.look == DONE:
        record.enrolled = record.enrolled or now
        record.valid_until = record.earlier = None
        _become(record, ENROLLED, record.failed if record.failed == STILL_ASSIGNED else "")
    else:
        _must_scan(record, seen, rules, now)


def _resolve(record: Record, seen: Seen, now: float) -> None:
    """Find out whether a request that was begun was carried out. Until the unit has had time, it counts as that."""
    if seen.look == CODE_OUT and seen.expires != record.expires_before:
        record.pending = False
        return
    settled = record.asked is None or now >= record.asked + SETTLE_SECONDS
    if seen.look == DONE and (seen.expires != record.expires_before or (settled and seen.expires is None)):
        # The code was sent and scanned meanwhile.
        record.pending = False
    elif seen.look == CODE_OUT and seen.expires is None:
        record.pending = not settled
    elif settled:
        _undo(record)
        if record.accepted:
            record.failed, record.failed_route = STILL_ASSIGNED if seen.look == DONE else NOT_SENT, seen.route
            record.retry = (record.asked or now) + RETRY_SECONDS
        else:
            # Interrupted before the line was sent: nothing was begun or granted yet.
            record.again = False
            record.begun = record.begun if record.mails else ""


def _undo(record: Record) -> None:
    """Take back the newest request, which sent nothing: the code before it is the newest again."""
    record.pending = False
    record.mails = max(0, record.mails - 1)
    record.valid_until, record.earlier = record.earlier, None


def _may_retry(record: Record, seen: Seen, now: float) -> bool:
    """Return whether what kept the last code from its user may be over: another address or server, or enough time."""
    if record.failed_route != seen.route:
        # The code that was sent over the old way has reached nobody.
        record.dead, record.valid_until = seen.expires, None
        return True
    return record.retry is not None and now >= record.retry


def _must_scan(record: Record, seen: Seen, rules: Rules, now: float) -> None:
    if seen.look == CODE_OUT:
        if seen.expires is not None:
            record.valid_until = seen.expires if seen.expires != record.dead else None
        elif record.valid_until is None:
            # Somebody else sent it, and the unit does not say when: it may have been a moment ago.
            record.valid_until = now + rules.validity
    elif record.asked is None:
        # What the configuration says of an earlier code, the status has overtaken.
        record.valid_until = None
    if seen.missing and not (record.asked is not None and record.left(now) > 0):
        record.failed, record.failed_route, record.retry = "; ".join(seen.missing), seen.route, None
    if record.failed:
        _become(record, UNDELIVERABLE, record.failed)
    elif record.left(now) > 0:
        _become(record, REQUESTED)
    elif record.enrolled is not None:
        _become(record, BLOCKED, LOST)
    elif record.mails >= rules.max_mails:
        _become(record, GIVEN_UP, f"{record.mails} codes were sent and none was scanned in time.")
    else:
        _become(record, WAITING)


def _become(record: Record, state: str, reason: str = "") -> None:
    record.state, record.reason = state, reason


def decide(state: State, seen: Mapping[Key, Seen], rules: Rules, now: float, day: str) -> list[Request]:
    """Return who gets a code now, the most urgent first. `day`: today's date where the unit is.

    First codes are limited to `per_run` a day, so that a second run on the same day sends nothing; what was begun is
    always carried on, because a code that runs out would be lost otherwise.
    """
    asked = [Request(key, record.serial, AGAIN) for key, record in state.records.items() if _again(record, seen, rules)]
    taken = {request.key for request in asked}
    free = [record for key, record in state.records.items() if key not in taken and not record.pending]
    renew = sorted((r for r in free if _renews(r, rules, now)), key=lambda record: record.valid_until or 0.0)
    first = [r for r in free if r.state == WAITING and r.mails == 0 and rules.selected(r.key)]
    if rules.per_run:
        begun = sum(1 for record in state.records.values() if record.begun == day)
        first = first[: max(0, rules.per_run - begun)]
    return [
        *asked,
        *(Request(record.key, record.serial, RENEW) for record in renew),
        *(Request(record.key, record.serial, FIRST) for record in first),
    ]


def _again(record: Record, seen: Mapping[Key, Seen], rules: Rules) -> bool:
    look = seen.get(record.key)
    return (
        record.key in rules.again
        and not record.again
        and not record.pending
        and look is not None
        and look.look != OTHER
        and not look.missing
    )


def _renews(record: Record, rules: Rules, now: float) -> bool:
    if record.enrolled is not None or record.mails >= rules.max_mails:
        return False
    if record.state == WAITING:
        return record.mails > 0
    mine = record.mails > 0 or rules.selected(record.key)
    return record.state == REQUESTED and mine and record.left(now) <= rules.renew_before


def next_renewal(state: State, rules: Rules, now: float) -> float | None:
    """Return in how many seconds the next code enters its last hours, or None where none will."""
    waits = [
        record.left(now) - rules.renew_before
        for record in state.records.values()
        if record.state == REQUESTED
        and not record.pending
        and record.enrolled is None
        and record.mails < rules.max_mails
        and (record.mails > 0 or rules.selected(record.key))
    ]
    return min((wait for wait in waits if wait > 0), default=None)


def begin(state: State, request: Request, seen: Seen, rules: Rules, now: float, day: str) -> None:
    """Write down that a code is about to be requested. From here on it counts as sent."""
    record = state.records[request.key]
    if request.why == FIRST:
        record.begun = day
    if request.why == AGAIN:
        record.again, record.mails, record.enrolled = True, 0, None
    record.mails += 1
    record.pending, record.accepted = True, False
    record.asked, record.expires_before = now, seen.expires
    record.earlier, record.valid_until = record.valid_until, now + rules.validity
    record.failed, record.failed_route, record.retry, record.reminded = "", "", None, day
    _become(record, REQUESTED)


def accept(record: Record) -> None:
    """Note that the unit took the line."""
    record.accepted = True


def refuse(record: Record, why: str, route: str, now: float) -> None:
    """Note that the unit refused the line: nothing was sent."""
    _undo(record)
    record.failed, record.failed_route, record.retry = why, route, now + RETRY_SECONDS
    _become(record, UNDELIVERABLE, why)


def bounce(record: Record, why: str, route: str) -> None:
    """Note that the mail with the code was refused. The next is sent when the way changes, or the code has ended."""
    record.failed, record.failed_route, record.retry = why, route, record.valid_until
    _become(record, UNDELIVERABLE, why)


def counts(state: State) -> dict[str, int]:
    """Return how many users are in each state."""
    found = dict.fromkeys((WAITING, REQUESTED, ENROLLED, GIVEN_UP, UNDELIVERABLE, BLOCKED), 0)
    for record in state.records.values():
        found[record.state] += 1
    return found
