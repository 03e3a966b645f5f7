# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe asks what is wanted, changes nothing, and takes every refusal for an answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.controller import controller
from tests.simulator import from_data, running

UNIT: dict[str, Any] = {
    "vdom_mode": "multi",
    "vdoms": ["root", "dmz"],
    "reserved_vdoms": ["locked-vdom"],
    "tokens": [{"serial": "FTK200BAA0000001", "vdom": "dmz", "state": "new"}],
}


def probed(data: dict[str, Any], **options: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    with running(*from_data(data)) as simulator:
        with controller(simulator) as play:
            result = play.run("fortitoken_probe", **options)
        return result, simulator.events


@pytest.mark.parametrize("release", ["v7.4.8,build2795,250523", "v6.0.4,build0231,190107"])
def test_nothing_is_changed_and_all_is_asked(release: str) -> None:
    result, events = probed({**UNIT, "version": f"FortiGate-60E {release} (GA)"})
    assert result["changed"] is False
    assert [event for event in events if event["type"] in ("change", "activation", "provision", "vdom_created")] == []
    typed = [event["text"] for event in events if event["type"] == "line"]
    for line in ("diagnose test application forticldd 7", "print tablesize", "tree execute fortitoken"):
        assert line in typed
    for number in range(32155, 32161):
        assert f"execute log filter field logid 01000{number}" in typed
    assert not any("fortitoken activate" in line for line in typed)
    assert {answer["scope"] for answer in result["answers"]} == {"global", "vdom:root", "vdom:dmz"}
    assert list(result["left_out"]) == ["locked-vdom"]
    actions = [event["action"] for event in events if event["type"] == "transaction"]
    assert actions == (["start", "abort"] if release.startswith("v7") else [])


def test_a_unit_that_refuses_everything_has_answered() -> None:
    refusals = [{"kind": "refuse", "match": "^(diag|exec|print|tree)", "text": "Unknown action 0", "times": 99}]
    result, events = probed(
        {**UNIT, "vdom_mode": "none", "vdoms": ["root"], "reserved_vdoms": [], "tokens": [], "faults": refusals}
    )
    refused = [answer["line"] for answer in result["answers"] if answer["refused"]]
    assert "diagnose fortitoken info" in refused
    assert events[-1]["type"] in ("logout", "counters")


def test_check_mode_starts_no_transaction() -> None:
    _result, events = probed(UNIT, check_mode=True)
    assert [event for event in events if event["type"] == "transaction"] == []
