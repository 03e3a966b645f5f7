# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many units in one play: bad ones do not hold up the others, a canary stops the rest, and one report has all."""

from __future__ import annotations

import json
from typing import Any

from tests.bench import fleet
from tests.integration.conftest import Place, assert_promises_kept, logins
from tests.simulator import Simulator, running
from tests.simulator.invariants import violations

UNITS = 10
#: Seconds of silence after which a unit that hangs is given up.
GIVEN_UP = 5


def _play(**keywords: Any) -> list[dict[str, Any]]:
    return [
        {
            "hosts": "all",
            "gather_facts": False,
            "roles": ["fortiops.fortitoken.remediate"],
            "vars": {"ansible_fortios_command_timeout": GIVEN_UP, "remediate_lock_released": "all"},
            **keywords,
        }
    ]


def _logins(sim: Simulator) -> dict[str, int]:
    return {unit.name: logins(sim, unit.name) for unit in sim.units}


def test_one_that_hangs_refuses_or_reboots_does_not_hold_up_the_others(place: Place) -> None:
    with running(*(fleet.unit(number, latency_ms=0) for number in range(UNITS))) as sim:
        place.add(sim)
        run = place.play("", "-f", str(UNITS), content=_play(strategy="free"))
        assert run.code == 2
        ended = {number: run.report(fleet.name(number))["result"] for number in range(UNITS)}
        assert ended == {number: fleet.expected(number) for number in range(UNITS)}
        # Nobody can switch debugging off on a unit that reads nothing any more; closing the session ends it.
        assert_promises_kept(sim, run, killed=True)
        assert [text for text in violations(sim.events) if not text.startswith(fleet.name(fleet.HANGS))] == []
        # Whoever refuses is asked once for each method it offers, and never again.
        assert all(count == 1 for name, count in _logins(sim).items() if name != fleet.name(fleet.REFUSES))
        summary = json.loads((run.reports / "summary.json").read_text(encoding="utf-8"))
        assert summary["units"] == UNITS
        assert summary["results"] == {"failed": 3, "blocked": 1, "remediated": 1, "skipped": 1, "healthy": 4}
        assert summary["tokens"] == sum(len(run.report(fleet.name(number))["tokens"]) for number in range(UNITS))
        page = (run.reports / "index.html").read_text(encoding="utf-8")
        assert all(fleet.name(number) in page for number in range(UNITS))


def test_a_play_whose_errors_are_fatal_strands_no_other_unit(place: Place) -> None:
    """One unit fails in the middle of its work; the other one is not left between two steps."""
    numbers = (fleet.REBOOTS, 10)
    with running(*(fleet.unit(number, latency_ms=0) for number in numbers)) as sim:
        place.add(sim)
        run = place.play("", content=_play(any_errors_fatal=True))
        assert run.code == 2
        results = {number: run.report(fleet.name(number))["result"] for number in numbers}
        assert results == {fleet.REBOOTS: "failed", 10: "remediated"}, run.output[-3000:]
        assert [text for text in violations(sim.events) if text.startswith(fleet.name(10))] == []


def test_a_canary_that_fails_keeps_the_play_from_the_others(place: Place) -> None:
    numbers = (fleet.REFUSES, 6, 7)
    with running(*(fleet.unit(number, latency_ms=0) for number in numbers)) as sim:
        place.add(sim)
        run = place.play("", content=_play(serial=[1, "100%"], max_fail_percentage=0))
        assert run.code == 2
        assert [name for name, count in _logins(sim).items() if count] == [fleet.name(fleet.REFUSES)]


def test_canary_batches_end_in_one_report(place: Place) -> None:
    numbers = (6, 7, 10)
    with running(*(fleet.unit(number, latency_ms=0) for number in numbers)) as sim:
        place.add(sim)
        run = place.play("", content=_play(serial=[1, "100%"], max_fail_percentage=0))
        assert run.code == 0, run.output
        summary = json.loads((run.reports / "summary.json").read_text(encoding="utf-8"))
        assert {row["host"]: row["result"] for row in summary["hosts"]} == {
            fleet.name(number): fleet.expected(number) for number in numbers
        }
        assert summary["passed"] is True
        # A session is closed with its batch: a big fleet must not hold one for every unit.
        sessions = [(e["type"], e["unit"]) for e in sim.events if e["type"] in ("login", "logout")]
        assert sessions[:2] == [("login", fleet.name(6)), ("logout", fleet.name(6))]
