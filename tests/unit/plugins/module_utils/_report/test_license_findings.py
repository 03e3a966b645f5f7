# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report tells of license codes."""

from __future__ import annotations

from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.license_findings import license_rows
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import facts, gate, report, token

WELL = token("FTKMOBEXAMPLE001", "healthy", "provisioned")


def row(number: int, outcome: str, **more: Any) -> dict[str, Any]:
    return {"number": number, "total": 3, "outcome": outcome, "tokens": [], "message": "", "remedy": "", **more}


def find(made: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [finding for finding in made["findings"] if finding["id"] == name]


def test_each_code_has_a_row_whatever_the_module_told() -> None:
    rows = license_rows([row(2, "redeemed", tokens=["FTKMOBEXAMPLE001"])], 3)
    assert [(each["number"], each["outcome"]) for each in rows] == [(1, "unused"), (2, "redeemed"), (3, "unused")]
    assert license_rows(None, None) == []


def test_redeemed_codes_are_told_with_their_tokens_and_need_nothing() -> None:
    told = [
        row(1, "redeemed", tokens=["FTKMOBEXAMPLE001"]),
        row(2, "unused", message="It is the same."),
        row(3, "refused"),
    ]
    made = report(
        "fw",
        before=facts([WELL]),
        after=facts([WELL]),
        activate={"changed": True, "license_results": told},
        options={"license_codes": 3},
    )
    (redeemed,) = find(made, "license_codes_redeemed")
    assert redeemed["evidence"] == ["License code 1 of 3: FTKMOBEXAMPLE001"]
    (unused,) = find(made, "license_codes_not_needed")
    assert (unused["severity"], unused["evidence"]) == ("info", ["License code 2 of 3: It is the same."])
    assert find(made, "license_codes_unused") == []
    assert made["passed"]


def test_a_code_that_needs_nothing_is_not_counted_with_one_that_does() -> None:
    told = [
        row(1, "unused", message="It is redeemed."),
        row(2, "unused", message="It expired.", remedy="Buy another."),
        row(3, "redeemed", tokens=["FTKMOBEXAMPLE001"]),
    ]
    made = report(
        "fw",
        before=facts([WELL]),
        after=facts([WELL]),
        activate={"license_results": told},
        options={"license_codes": 3},
    )
    (unused,) = find(made, "license_codes_unused")
    assert unused["title"] == "1 of 3 license codes was not used"
    assert unused["evidence"] == ["License code 2 of 3: It expired."]
    (settled,) = find(made, "license_codes_not_needed")
    assert settled["evidence"] == ["License code 1 of 3: It is redeemed."]


def test_codes_that_a_closed_gate_kept_back_are_told_with_the_reason() -> None:
    closed = facts(
        [token("FTKMOBEXAMPLE001", "needs_license", "locked")], gates=[gate("token_server", "blocked", "No answer.")]
    )
    made = report("fw", before=closed, options={"license_codes": 1})
    (unused,) = find(made, "license_codes_unused")
    assert unused["severity"] == "warning"
    assert unused["evidence"] == ["License code 1 of 1: The gate token_server is closed: No answer."]


def test_an_audit_says_nothing_of_codes() -> None:
    made = report("fw", before=facts([WELL]), mode="audit", options={"license_codes": 1})
    assert find(made, "license_codes_unused") == []


def test_a_refused_code_has_the_remedy_of_its_one_finding() -> None:
    refused = {**row(1, "refused", message="import fortitoken license error: -7565", remedy="Show it."), "total": 1}
    debug = {
        "lines": [
            '{"error_message":"forticare license card not found"}}}',
            "ftm_fc_command[564]:received error from forticare [-7565]",
        ]
    }
    errors = ["the unit refused 'execute fortitoken-mobile import <redacted>': import fortitoken license error: -7565"]
    made = report(
        "fw",
        before=facts([WELL]),
        after=facts([WELL]),
        activate={"changed": False, "license_results": [refused], "license_errors": errors},
        debug=debug,
        options={"license_codes": 1},
    )
    told = [finding for finding in made["findings"] if finding["severity"] != "info"]
    assert [finding["id"] for finding in told] == ["license_card_not_found"]
    assert made["license_codes"][0]["remedy"] == told[0]["remedy"] != "Show it."
