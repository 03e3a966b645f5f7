# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FortiToken Cloud, as far as it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Make = Callable[..., Any]
EFTM = "EFTM123456789012"


def test_the_status_of_the_service(desk: Make) -> None:
    cloud = {"balance": "100.00", "expiration": "2023-01-21", "customer_id": "1234567"}
    lines = desk(fortitoken_cloud=cloud)("execute fortitoken-cloud show").splitlines()
    assert lines == [
        "FortiToken Cloud service status: licensed, service ready.",
        "Service balance: 100.00 users. Expiration date: 2023-01-21. Customer ID: 1234567.",
    ]
    assert "not licensed" in desk()("execute fortitoken-cloud show")


def test_whether_a_license_can_be_migrated(desk: Make) -> None:
    cloud = {"migrations": {EFTM: "License: EFTM123456789012\nEligible: yes"}}
    unit = desk(fortitoken_cloud=cloud)
    show = "diagnose fortitoken-cloud migrate-ftm show"
    assert unit(f"{show} {EFTM}").splitlines()[1] == "Eligible: yes"
    assert "not eligible" in unit(f"{show} EFTM000000000000")
    unit.refused(show)
    for step in ("start", "abort", "add-users"):
        unit.refused(f"diagnose fortitoken-cloud migrate-ftm {step} {EFTM}")


def test_older_releases_know_less(desk: Make) -> None:
    old = desk(version="FortiGate-60E v7.0.3,build0237,211207 (GA)")
    old("execute fortitoken-cloud show")
    old.refused(f"diagnose fortitoken-cloud migrate-ftm show {EFTM}")
    desk(version="FortiGate-60E v6.0.9,build0335,200121 (GA)").refused("execute fortitoken-cloud show")


def test_users_who_were_migrated(desk: Make) -> None:
    users = [{"name": "alice", "type": "radius", "two_factor": "fortitoken-cloud"}]
    admins = [{"name": "night", "two_factor": "fortitoken-cloud"}]
    unit = desk(users=users, admins=admins)
    assert "set two-factor fortitoken-cloud" in unit("show user local")
    assert "set two-factor fortitoken-cloud" in unit("show system admin night")
