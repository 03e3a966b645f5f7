# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role with license codes on a unit on which every token works."""

from __future__ import annotations

from typing import Any

from tests.simulator import from_data, running

from .conftest import Place, assert_promises_kept, lines

GOOD, EXPIRED = "1A2B-3C4D-5E6F-7081-92A3", "2B3C-4D5E-6F70-8192-A3B4"
DATA: dict[str, Any] = {
    "hostname": "fgt-licensed",
    "tokens": [{"serial": "FTK200HEALTHY001", "seed": True, "state": "active"}],
    "fortiguard": {
        "delay": 0.1,
        "licenses": {GOOD: {"tokens": ["FTKMOBNEWONE0001"], "license": "EFTM2"}, EXPIRED: {"refusal": "expired"}},
    },
}


def test_each_code_is_redeemed_once_and_told_of(place: Place) -> None:
    with running(*from_data(DATA)) as sim:
        place.add(sim)
        settings = {"remediate_license_codes": f"{GOOD},{EXPIRED}", "remediate_strict": False}
        first = place.play("fortiops.fortitoken.remediate_tokens", **settings)
        report = first.report("fgt-licensed")
        rows = [(row["outcome"], row["tokens"]) for row in report["license_codes"]]
        assert rows == [("redeemed", ["FTKMOBNEWONE0001"]), ("refused", [])], first.output
        told = [finding["id"] for finding in report["findings"] if finding["severity"] != "info"]
        assert told == ["license_expired"]
        second = place.play("fortiops.fortitoken.remediate_tokens", **settings)
        assert second.recap("fgt-licensed")["changed"] == 0, second.output
        assert [row["outcome"] for row in second.report("fgt-licensed")["license_codes"]] == ["unused", "unused"]
        assert sum(line.startswith("execute fortitoken-mobile import") for line in lines(sim)) == 2
        for run in (first, second):
            assert_promises_kept(sim, run)
