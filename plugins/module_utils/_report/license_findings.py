# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of the license codes that a run was given: rows for the report, and findings. Pure.

A code is named by its position. A refused one has its finding from the diagnosis of the unit's answer, and only there.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import CLI_CODE_BASE
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import Finding, make
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.plain import mappings, number, text, texts
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import are

REDEEMED, REFUSED, UNUSED = "redeemed", "refused", "unused"

#: The number in `import fortitoken license error: -7564` (article 194508).
_CLI_CODE = re.compile(r"-(\d{4})\b")


def license_rows(told: Any, given: Any) -> list[dict[str, Any]]:
    """Return one row for each code: `number`, `total`, `outcome`, `tokens`, `message`, `remedy`.

    `told`: what the module returned, `given`: how many codes the run had. Those that the module never saw are unused,
    without a reason yet.
    """
    rows = [
        {
            "number": number(row.get("number")),
            "total": number(row.get("total")),
            **{key: text(row.get(key)) for key in ("outcome", "message", "remedy")},
            "tokens": texts(row.get("tokens")),
        }
        for row in mappings(told)
    ]
    total: int = max([number(given), *(number(row.get("total")) for row in mappings(told))])
    known = {row["number"] for row in rows}
    rows += [
        {"number": place, "total": total, "outcome": UNUSED, "message": "", "remedy": "", "tokens": []}
        for place in range(1, total + 1)
        if place not in known
    ]
    return sorted(rows, key=lambda row: row["number"])


def license_findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    """Make the findings about codes that were redeemed or not used. Nothing where the run changes nothing by intent."""
    rows: Sequence[Mapping[str, Any]] = report["license_codes"]
    redeemed = [row for row in rows if row["outcome"] == REDEEMED]
    if redeemed:
        yield make(
            "license_codes_redeemed",
            "info",
            "The unit redeemed license codes.",
            title=f"{len(redeemed)} of {redeemed[0]['total']} license codes"
            f" {are(len(redeemed), 'was', 'were')} redeemed",
            evidence=[f"{_name(row)}: {', '.join(row['tokens']) or row['message']}" for row in redeemed],
        )
    unused = [row for row in rows if row["outcome"] == UNUSED]
    if not unused or report["mode"] != "remediate" or report["check_mode"]:
        return
    held_up = [row for row in unused if row["remedy"] or not row["message"]]
    if held_up:
        remedies = dict.fromkeys(
            row["remedy"] or "Fix what kept the run from using them, then run again." for row in held_up
        )
        yield make(
            "license_codes_unused",
            "warning",
            "License codes that were given were not sent to the unit.",
            " ".join(remedies),
            title=f"{len(held_up)} of {held_up[0]['total']} license codes {are(len(held_up), 'was', 'were')} not used",
            evidence=[f"{_name(row)}: {row['message'] or why_unused(report)}" for row in held_up],
        )
    settled = [row for row in unused if row not in held_up]
    if settled:
        yield make(
            "license_codes_not_needed",
            "info",
            "License codes that were given did not need to be sent to the unit.",
            title=f"{len(settled)} of {settled[0]['total']} license codes did not need to be sent",
            evidence=[f"{_name(row)}: {row['message']}" for row in settled],
        )


def with_remedies(rows: Sequence[Mapping[str, Any]], findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows, in which a refused code has the remedy of its finding where the debug output has told more than
    the number in the unit's answer: both speak of one refusal."""
    told = {str(finding["code"]): str(finding["remedy"]) for finding in findings if finding.get("code") is not None}
    found = []
    for row in rows:
        numbers = _CLI_CODE.findall(row["message"]) if row["outcome"] == REFUSED else []
        codes = [str(each) for number_ in numbers for each in (int(number_) - CLI_CODE_BASE, -int(number_))]
        remedy = next((told[code] for code in codes if code in told), row["remedy"])
        found.append({**row, "remedy": remedy})
    return found


def why_unused(report: Mapping[str, Any]) -> str:
    """Return why a code never reached the module."""
    if report["result"] == "skipped":
        return "FortiManager manages the unit, and nothing is changed on it."
    gate = next((gate for gate in report["gates"] if gate["state"] == "blocked"), None)
    if gate is not None:
        return f"The gate {gate['name']} is closed: {gate['message']}"
    if report["error"]:
        return f"The run failed before: {report['error']['msg']}"
    return "The run ended before its turn came."


def _name(row: Mapping[str, Any]) -> str:
    return f"License code {row['number']} of {row['total']}"
