# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a unit shows of FortiToken Cloud."""

from __future__ import annotations

from typing import Any

from tests.faults.controller import controller
from tests.simulator import from_data, running

LICENSE = "EFTM000000000001"


def read(**settings: Any) -> tuple[dict[str, Any], list[str]]:
    """The facts about the cloud, and the lines that asked for them."""
    tokens = [
        {"serial": "FTKMOBEXAMPLE001", "state": "provisioned", "license": LICENSE},
        {"serial": "FTKMOBEXAMPLE002", "state": "provisioned", "license": "FTMTRIAL0A1B2C3D"},
    ]
    with running(*from_data({"tokens": tokens, **settings})) as simulator, controller(simulator) as made:
        result = made.run("fortitoken_facts", ping="never", cloud=True)
        asked = [event["text"] for event in simulator.events if "fortitoken-cloud" in event.get("text", "")]
    return result["ansible_facts"]["fortitoken"]["cloud"], asked


def test_status_and_eligibility_are_read_and_nothing_is_started() -> None:
    cloud = {"customer_id": 4711, "migrations": {LICENSE: f"License {LICENSE} is eligible for migration."}}
    found, asked = read(fortitoken_cloud=cloud)
    assert "service status" in found["status"] and "4711" not in found["status"]
    assert found["licenses"][LICENSE]["eligible"] is True
    assert asked == ["execute fortitoken-cloud show", f"diagnose fortitoken-cloud migrate-ftm show {LICENSE}"]


def test_a_license_that_may_not_move_and_a_release_that_does_not_know() -> None:
    assert read(fortitoken_cloud={})[0]["licenses"][LICENSE]["eligible"] is False
    old = read(version="FortiGate-60E v6.4.15,build2095,230925 (GA)")
    assert (old[0]["licenses"], old[1]) == ({}, ["execute fortitoken-cloud show"])
    assert read(version="FortiGate-60E v6.0.18,build0549,231128 (GA)") == ({"status": "", "licenses": {}}, [])
