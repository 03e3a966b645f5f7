# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of mails on the event log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.mails import mails, mails_to_enrolled, second_mails

Make = Callable[..., Any]
SERIAL = "FTKMOB0000000001"
AGAIN = f"execute fortitoken-mobile provision {SERIAL}"


@pytest.fixture
def unit(desk: Make) -> Make:
    """Return a function that makes a unit with a user who holds a token that failed."""

    def make(state: str = "provision timeout", **enrollment: Any) -> Any:
        user = {"name": "alice", "type": "radius", "fortitoken": SERIAL, "email_to": "a@example.com"}
        return desk(
            users=[user | {"enrollment": enrollment}],
            tokens=[{"serial": SERIAL, "state": state}],
            email_server={"server": "mail.example.com"},
            clock="2026-12-01T08:00:00",
        )

    return make


def send(unit: Any) -> None:
    unit(AGAIN)
    unit.unit.advance(minutes=1)


def test_a_second_code_while_one_is_valid_is_found(unit: Make) -> None:
    one = unit(scans_after=None)
    send(one)
    one.unit.advance(hours=40)
    send(one)
    assert len(mails(one.log.events)) == 2
    (text,) = second_mails(one.log.events)
    assert "alice got a second code with 32.0 hours" in text


@pytest.mark.parametrize("hours", [49, 80])
def test_a_code_in_its_last_hours_or_run_out_may_be_followed(unit: Make, hours: int) -> None:
    one = unit(scans_after=None)
    send(one)
    one.unit.advance(hours=hours)
    send(one)
    assert not second_mails(one.log.events)
    assert bool(second_mails(one.log.events, renew_before=0)) == (hours < 72)


def test_a_code_that_never_arrived_is_no_first_one(unit: Make) -> None:
    one = unit(mail="refused")
    send(one)
    send(one)
    assert not second_mails(one.log.events) and len(mails(one.log.events, "alice")) == 2


def test_a_code_for_somebody_who_has_enrolled_is_found(unit: Make) -> None:
    one = unit(state="provisioned")
    send(one)
    assert len(mails_to_enrolled(one.log.events)) == 1
    two = unit(scans_after=1)
    send(two)
    two.unit.advance(hours=2)
    assert not mails_to_enrolled(two.log.events)
    send(two)
    assert len(mails_to_enrolled(two.log.events)) == 1


def test_a_new_phone_or_a_new_binding_may_get_a_code(unit: Make) -> None:
    one = unit(state="provisioned", scans_after=None)
    one.unit.mobile.new_phone("alice")
    send(one)
    two = unit(state="provisioned", scans_after=None)
    two("config user local", "edit alice", "unset two-factor", "end")
    two("config user local", "edit alice", "set two-factor fortitoken", f"set fortitoken {SERIAL}", "end")
    two.unit.advance(minutes=1)
    for each in (one, two):
        assert len(mails(each.log.events)) == 1 and not mails_to_enrolled(each.log.events)


def test_ten_days_of_many_users_and_two_ways_to_send(desk: Make) -> None:
    """A careful sender, who waits for the last hours of a code, and one who sends to all each day."""
    habits: list[dict[str, Any]] = [
        {"scans_after": 3},
        {"scans_after": [100, 4]},
        {"scans_after": None},
        {"scans_after": 30, "new_phone_after": 48},
        {"mail": "refused"},
    ]
    serials = [f"FTKMOB{number:010}" for number in range(100)]
    data = {
        "tokens": [{"serial": serial, "state": "provision timeout"} for serial in serials],
        "users": [
            {"name": f"u{number}", "type": "radius", "fortitoken": serial, "email_to": f"u{number}@example.com"}
            | {"enrollment": habits[number % len(habits)]}
            for number, serial in enumerate(serials)
        ],
        "email_server": {"server": "mail.example.com"},
        "clock": "2026-12-01T08:00:00",
    }
    careful, careless = desk(**data), desk(**data)
    for _day in range(10):
        for unit in (careful, careless):
            now = unit.unit.clock.now()
            for serial in serials:
                code = unit.unit.mobile.codes.get(serial)
                waits = code is not None and (code.scanned or now < code.valid_until - 24 * 3600)
                if unit is careless or not waits:
                    unit(f"execute fortitoken-mobile provision {serial}")
            unit.unit.advance(days=1)
    assert not second_mails(careful.log.events) and not mails_to_enrolled(careful.log.events)
    assert second_mails(careless.log.events) and mails_to_enrolled(careless.log.events)
    states = [state.status for state in careful.unit.fortiguard.tokens.values()]
    # The first kind, the second with its second code, and the fourth, whose new phones the unit does not see.
    assert states.count("provisioned") == 60
    assert sum(map(careful.unit.mobile.usable, serials)) == 40
