# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests of several modules to one session."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.requests import Request, Requests


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def nothing() -> Request:
    return Request(steps=(None for _step in ()))


def test_requests_are_worked_on_in_their_order() -> None:
    requests = Requests(Clock())
    first, second, third = nothing(), nothing(), nothing()
    assert requests.idle
    requests.add(first)
    assert requests.turn(first.id) == (first, None)
    assert not requests.idle
    requests.add(second)
    requests.add(third)
    assert requests.turn(third.id) == requests.turn(second.id) == (None, None)
    assert requests.turn(first.id) == (first, None)
    assert requests.end() is first
    assert requests.turn(third.id) == (None, None)
    assert requests.turn(second.id) == (second, None)
    assert requests.end() is second
    assert requests.turn(third.id) == (third, None)
    assert requests.end() is third
    assert requests.end() is None


def test_a_request_is_known_only_by_its_own_id_and_only_while_it_lasts() -> None:
    requests = Requests(Clock())
    request = nothing()
    requests.add(request)
    requests.turn(request.id)
    with pytest.raises(ConsoleFailure, match="has ended"):
        requests.turn("another")
    requests.end()
    with pytest.raises(ConsoleFailure, match="has ended") as caught:
        requests.turn(request.id)
    assert caught.value.kind == "refused"


def test_a_request_whose_module_is_gone_is_handed_out_to_be_ended() -> None:
    clock = Clock()
    requests = Requests(clock)
    left, waiting = nothing(), nothing()
    requests.add(left)
    requests.turn(left.id)
    requests.add(waiting)
    clock.now += 2.0
    assert requests.turn(waiting.id) == (None, None)
    requests.worked_on(left)
    clock.now += 2.0
    assert requests.turn(waiting.id) == (None, None)
    clock.now += 2.0
    assert requests.turn(waiting.id) == (waiting, left)
    with pytest.raises(ConsoleFailure):
        requests.turn(left.id)


def test_one_that_waited_and_went_away_holds_up_nobody() -> None:
    clock = Clock()
    requests = Requests(clock)
    first, gone, last = nothing(), nothing(), nothing()
    for request in (first, gone, last):
        requests.add(request)
    requests.turn(first.id)
    for _second in range(4):
        clock.now += 1.0
        requests.worked_on(first)
        requests.turn(last.id)
    requests.end()
    assert requests.turn(last.id) == (last, None)


def test_nothing_is_left_after_clearing() -> None:
    requests = Requests(Clock())
    request = nothing()
    requests.add(request)
    requests.turn(request.id)
    requests.clear()
    assert requests.idle
    assert requests.end() is None
