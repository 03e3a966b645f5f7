# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of enrollment tells: counts per day, rows of users, and who is to be reminded. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll import machine
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import (
    ATTENTION,
    ENROLLED,
    HOUR,
    REQUESTED,
    Key,
    Record,
    Rules,
    Seen,
    State,
)

DAY = 24 * HOUR
#: A user who got a code this recently is not reminded of it.
FRESH_SECONDS = 20 * HOUR

#: Result of a unit: every user is enrolled, some codes are on their way or due, a person is needed, or a run has
#: stopped because too many mails were refused.
RESULT_DONE, RESULT_WAITING, RESULT_ATTENTION, RESULT_STOPPED = "done", "waiting", "attention", "stopped"


def note_day(state: State, day: str, codes: int) -> None:
    """Put today's counts into the history; `codes` requested in this run are added to those of today."""
    last = state.history[-1] if state.history else None
    if last is not None and last["day"] == day:
        codes += last["codes"]
        state.history.pop()
    state.history.append({"day": day, **machine.counts(state), "codes": codes})


def result(state: State) -> str:
    """Return the result of the unit: `done`, `waiting`, `attention` or `stopped`."""
    states = {record.state for record in state.records.values()}
    if state.stopped:
        return RESULT_STOPPED
    if states & set(ATTENTION):
        return RESULT_ATTENTION
    return RESULT_DONE if states <= {ENROLLED} else RESULT_WAITING


def rows(state: State, seen: Mapping[Key, Seen], now: float) -> list[dict[str, Any]]:
    """Return one row for each user: what the report shows. Times are ISO 8601 in UTC, or empty."""
    return [
        {
            "type": record.key[0],
            "vdom": record.key[1],
            "user": record.key[2],
            "serial": record.serial,
            "state": record.state,
            "reason": record.reason,
            "codes": record.mails,
            "requested": moment(record.asked),
            "valid_until": moment(record.valid_until if record.state == REQUESTED else None),
            "hours_left": round(record.left(now) / HOUR, 1) if record.state == REQUESTED else None,
            "enrolled": moment(record.enrolled if record.state == ENROLLED else None),
            "channel": seen[key].channel if key in seen else "",
        }
        for key, record in sorted(state.records.items())
    ]


def moment(seconds: float | None) -> str:
    """ISO 8601 in UTC, such as `2026-03-01T02:15:00Z`; empty for None or a time that no calendar holds."""
    try:
        return "" if seconds is None else datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        return ""


def reminders(state: State, seen: Mapping[Key, Seen], rules: Rules, now: float, day: str) -> list[dict[str, Any]]:
    """Return whom to remind of a code that is valid and not scanned, the most urgent first, and note that it is done.

    Nobody is reminded twice on one day, nor on the day on which the code was sent.
    """
    due = [record for key, record in state.records.items() if key in seen and _to_remind(record, now, day)]
    found = []
    for record in sorted(due, key=lambda record: record.left(now)):
        look = seen[record.key]
        record.reminded = day
        left = record.left(now)
        found.append(
            {
                "user": record.name,
                "vdom": record.key[1],
                "address": look.address,
                "channel": look.channel,
                "days_left": int(left // DAY),
                "hours_left": int(left // HOUR),
                "valid_until": moment(record.valid_until),
                "reason": _reason(record, rules, left),
            }
        )
    return found


def _to_remind(record: Record, now: float, day: str) -> bool:
    fresh = record.asked is not None and now < record.asked + FRESH_SECONDS
    return (
        record.state == REQUESTED
        and not record.pending
        and not fresh
        and record.reminded != day
        and record.left(now) > 0
    )


def _reason(record: Record, rules: Rules, left: float) -> str:
    end = f"The activation code ends in {_span(left)} and was not scanned yet."
    last = record.mails >= rules.max_mails
    return f"{end} It is the last one that is sent without being asked for." if last else end


def _span(seconds: float) -> str:
    days, hours = int(seconds // DAY), int(seconds // HOUR)
    if days:
        return f"{days} day{'s' if days > 1 else ''}"
    return f"{hours} hour{'s' if hours != 1 else ''}" if hours else "less than an hour"
