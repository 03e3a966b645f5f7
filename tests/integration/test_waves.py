# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role on units with many failed tokens: what a false claim costs, and how long anybody is out of service."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tests.simulator import Simulator, from_data, running
from tests.simulator.invariants import out_of_service

from .conftest import Place, assert_promises_kept, changes

REMEDIATE = "fortiops.fortitoken.remediate_tokens"
RESTORE = "fortiops.fortitoken.restore_bindings"
ERROR = "token already activated, and seed won't be returned"
HOST = "fgt-waves"


def serial(number: int) -> str:
    return f"FTK200MADEUP{number:04d}"


def unit(count: int, released: Collection[int], unassigned: int = 0, **more: Any) -> dict[str, Any]:
    numbers = range(1, count + 1)
    return {
        "hostname": HOST,
        "tokens": [{"serial": serial(n), "state": ERROR, "seed": True} for n in numbers],
        "users": [{"name": f"user{n:02d}", "fortitoken": serial(n)} for n in numbers if n != unassigned],
        "fortiguard": {"delay": 0.1, "serials": {serial(n): {"lock_released": n in released} for n in numbers}},
        **more,
    }


def deleted(sim: Simulator) -> list[str]:
    return [event["key"] for event in changes(sim) if event["op"] == "delete"]


def test_released_none_of_thirty_costs_one_token_and_two_more_runs_send_nothing(place: Place) -> None:
    with running(*from_data(unit(30, released=(), unassigned=12))) as sim:
        place.add(sim)
        settings = {"remediate_lock_released": "all", "remediate_activation_timeout": 30}
        first = place.play(REMEDIATE, **settings)
        assert first.code == 2, first.output
        assert f"{HOST}: wave 1 of 3: 1 token\n" in first.output
        assert f"did not take effect for {serial(12)}" in first.output
        assert deleted(sim) == [serial(12)]
        report = first.report(HOST)
        assert report["summary_after"] == {"needs_lock_release": 30}
        assert_promises_kept(sim, first)
        count = len(changes(sim))
        for _run in range(2):
            again = place.play(REMEDIATE, **settings)
            assert (again.code, again.recap(HOST)["changed"]) == (2, 0), again.output
            assert again.report(HOST)["commands"] == []
            assert again.report(HOST)["summary"] == {"needs_lock_release": 30}
        assert len(changes(sim)) == count


def test_released_all_but_one_of_thirty_repairs_twenty_nine(place: Place) -> None:
    released = set(range(1, 31)) - {9}
    with running(*from_data(unit(30, released, unassigned=30))) as sim:
        place.add(sim)
        settings = {"remediate_lock_released": "all", "remediate_activation_timeout": 30}
        first = place.play(REMEDIATE, **settings)
        report = first.report(HOST)
        assert report["summary_after"] == {"healthy": 29, "needs_lock_release": 1}, first.output
        assert_promises_kept(sim, first)
        count = len(changes(sim))
        second = place.play(REMEDIATE, **settings)
        assert (second.recap(HOST)["changed"], len(changes(sim))) == (0, count), second.output


def test_nobody_whose_token_works_is_out_of_service_while_another_is_awaited(place: Place) -> None:
    """Twenty tokens are answered after half a second, one never, on a unit that binds active tokens only."""
    data = unit(21, range(1, 22), behaviour={"bind_inactive": "refuse"})
    data["fortiguard"]["delay"] = 0.5
    data["fortiguard"]["serials"][serial(21)] = {"outcome": "active", "delay": 600}
    with running(*from_data(data)) as sim:
        place.add(sim)
        run = place.play(REMEDIATE, remediate_lock_released="all", remediate_waves="[]", remediate_activation_timeout=8)
        seconds = {user: out for (_vdom, user), out in out_of_service(sim.events).items()}
        assert seconds.pop("user21") > 8, run.output
        assert max(seconds.values()) < 3, seconds
        assert_promises_kept(sim, run)


def test_without_a_journal_there_is_nothing_to_restore_and_no_file_is_read(place: Place) -> None:
    with running(*from_data(unit(1, ()))) as sim:
        place.add(sim)
        run = place.play(RESTORE, remediate_journal_dir="")
        assert run.code == 2
        assert "remediate_journal_dir is empty" in run.output
        assert not [event for event in sim.events if event["type"] == "login"]
