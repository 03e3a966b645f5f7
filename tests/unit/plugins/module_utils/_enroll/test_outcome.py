# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of enrollment tells."""

from __future__ import annotations

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll import outcome
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import (
    HOUR,
    Key,
    Record,
    Rules,
    Seen,
    State,
)

NOW = 1_796_112_000.0


def made(*states: str) -> State:
    state = State("FGT60ETK18000001", "fgt")
    for number, name in enumerate(states):
        key: Key = ("user", "root", f"u{number}")
        state.records[key] = Record(key, f"FTKMOB{number:010}", name)
    return state


def test_the_result_is_the_worst_that_is_true() -> None:
    assert outcome.result(made()) == "done"
    assert outcome.result(made("enrolled")) == "done"
    assert outcome.result(made("enrolled", "requested")) == "waiting"
    assert outcome.result(made("requested", "given_up")) == "attention"
    stopped = made("enrolled")
    stopped.stopped = "mails"
    assert outcome.result(stopped) == "stopped"


def test_a_day_has_one_row_and_its_codes_add_up() -> None:
    state = made("requested")
    outcome.note_day(state, "monday", 3)
    outcome.note_day(state, "monday", 2)
    outcome.note_day(state, "tuesday", 0)
    assert [(row["day"], row["codes"], row["requested"]) for row in state.history] == [
        ("monday", 5, 1),
        ("tuesday", 0, 1),
    ]


def test_reminders_come_once_a_day_the_most_urgent_first_and_say_when_it_is_the_last_code() -> None:
    state, rules = made("requested", "requested", "enrolled"), Rules(max_mails=2)
    seen = {key: Seen(key, record.serial, "code_out", address="a@b") for key, record in state.records.items()}
    first, second = list(state.records.values())[:2]
    first.asked, first.valid_until, first.mails = NOW - 30 * HOUR, NOW + 42 * HOUR, 1
    second.asked, second.valid_until, second.mails = NOW - 40 * HOUR, NOW + 0.5 * HOUR, 2
    told = outcome.reminders(state, seen, rules, NOW, "monday")
    assert [(row["user"], row["days_left"], row["hours_left"]) for row in told] == [("u1", 0, 0), ("u0", 1, 42)]
    assert "less than an hour" in told[0]["reason"] and "last one" in told[0]["reason"]
    assert "last one" not in told[1]["reason"]
    assert outcome.reminders(state, seen, rules, NOW, "monday") == []
    first.asked = NOW - HOUR
    assert [row["user"] for row in outcome.reminders(state, seen, rules, NOW, "tuesday")] == ["u1"]


def test_a_time_that_no_calendar_holds_is_empty() -> None:
    assert (outcome.moment(None), outcome.moment(1e300), outcome.moment(0.0)) == ("", "", "1970-01-01T00:00:00Z")
