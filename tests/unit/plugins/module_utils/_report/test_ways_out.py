# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision table of the ways out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.ways_out import (
    TABLE,
    as_lines,
    read_dates,
    ways_out,
)
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import facts, report, token, user

EFTM, TRIAL = "EFTM000000000001", "FTMTRIAL0A1B2C3D"
TOKENS = [
    token("FTKMOBEXAMPLE001", "healthy", "provisioned", user("alice"), license=EFTM),
    token("FTKMOBEXAMPLE002", "healthy", "new", license=EFTM),
    token("FTKMOBTRIAL00001", "healthy", "provisioned", user("bob"), license=TRIAL),
    token("FTK200EXAMPLE001", "healthy", "active", user("carol"), seed=True),
    token("FTK211EXAMPLE001", "healthy", "active", seed=True),
    token("FTK300EXAMPLE001", "healthy", "active", seed=True),
]


def ways(name: str, shipped: Any = None, cloud: Any = None, **unit: Any) -> dict[str, dict[str, Any]]:
    """The ways of the subject with this name or kind, by id."""
    known = facts(TOKENS)
    known = {**known, "unit": {**known["unit"], **unit}, "cloud": cloud or {}}
    (row,) = (row for row in ways_out(known, read_dates(shipped)) if name in (row["name"], row["kind"]))
    return {way["id"]: way for way in row["ways"]}


def states(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: way["state"] for name, way in found.items()}


@pytest.mark.parametrize(
    ("shipped", "state"),
    [
        (None, "ask"),
        ("2025-08-03", "open"),
        ("2025-08-04", "closed"),
        ({EFTM: "2025-09-01", "EFTM000000000009": "2024-01-01"}, "closed"),
        (f"{EFTM}=2024-01-01,2026-01-01", "open"),
    ],
)
def test_the_day_of_shipment_decides_about_a_transfer(shipped: Any, state: str) -> None:
    found = ways(EFTM, shipped)
    assert found["transfer"]["state"] == state
    # After an RMA it moves whatever its age.
    assert found["rma_license"]["state"] == "ask"
    assert found["transfer"]["enrolls_again"] == ["alice"]


def test_a_license_has_its_ways_and_a_trial_set_others() -> None:
    assert set(ways(EFTM)) == {
        "same_serial",
        "ha_replacement",
        "rma_license",
        "transfer",
        "fortiidentity_cloud",
        "new_license",
    }
    assert states(ways(TRIAL)) == {"same_serial": "closed", "ha_replacement": "closed", "new_trial_set": "open"}


def test_each_kind_of_hardware_token_has_its_own_way() -> None:
    assert states(ways("hardware"))["lock_release"] == "open"
    assert "lock_release" not in ways("cd") and states(ways("cd"))["seed_cd"] == "ask"
    assert "lock_release" not in ways("exempt") and states(ways("exempt"))["no_lock"] == "ask"
    assert ways("hardware")["lock_release"]["enrolls_again"] == []


def test_a_virtual_unit_may_keep_its_serial_and_a_cluster_its_tokens() -> None:
    assert ways(EFTM, serial="FGVM020000000001", model="FortiGate-VM64")["same_serial"]["state"] == "ask"
    members = {"mode": "a-p", "role": "primary", "members": ["FGT60FEXAMPLE001", "FGT60FEXAMPLE002"]}
    replaced = ways(EFTM, ha=members)["ha_replacement"]
    assert (replaced["state"], replaced["enrolls_again"]) == ("open", [])


@pytest.mark.parametrize(
    ("version", "eligible", "state"),
    [("7.4.8", True, "open"), ("7.4.8", False, "closed"), ("7.4.8", None, "ask"), ("7.0.3", True, "closed")],
)
def test_the_cloud_is_open_where_the_unit_says_so_and_its_command_is_only_shown(
    version: str, eligible: bool | None, state: str
) -> None:
    cloud = {"licenses": {EFTM: {"eligible": eligible, "text": "As it is."}}}
    found = ways(EFTM, cloud=cloud, version=version)["fortiidentity_cloud"]
    assert found["state"] == state
    if state != "closed":
        assert f"diagnose fortitoken-cloud migrate-ftm start {EFTM}" in found["why"]


def test_every_row_names_its_source_who_acts_and_how_long_it_takes() -> None:
    for way in TABLE:
        assert way.articles and way.actor and way.lead_time and way.title[0].isupper(), way.id
    assert len({way.id for way in TABLE}) == len(TABLE)


def test_as_text_the_open_ways_come_first() -> None:
    lines = as_lines(ways_out(facts(TOKENS), {"": date(2026, 1, 1)}))
    place = lines.index(f"License {EFTM}: 2 tokens, 1 users")
    assert lines[place + 1].startswith("  [open] Buy a new license")
    assert any(line.startswith("  [closed] Have the license transferred") for line in lines)


@pytest.mark.parametrize("given", ["soon", "EFTM000000000001=2024-13-01", {"EFTM000000000001": "x"}])
def test_what_is_not_a_date_is_refused_in_words(given: Any) -> None:
    with pytest.raises(ValueError, match="is not a date such as 2024-05-01"):
        read_dates(given)


def test_an_audit_tells_the_ways_and_a_repair_does_not() -> None:
    audit = report("fw", before=facts(TOKENS), mode="audit", shipped=read_dates("2024-01-01"))
    (finding,) = (finding for finding in audit["findings"] if finding["id"] == "ways_out")
    assert finding["severity"] == "info" and any("2024-01-01" in line for line in finding["evidence"])
    assert report("fw", before=facts(TOKENS), after=facts(TOKENS))["ways_out"] == []
