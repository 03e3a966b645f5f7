# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in half a sentence: what was achieved, who cannot log in, and what is left. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.cards import work_cards
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.tokens import repaired
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import (
    NOT_REACHED,
    OPEN_RESULTS,
    VERDICTS,
    are,
    count,
    some,
    verdict_of,
)

Report = Mapping[str, Any]

#: Of an error message that may be long, this many characters stand on a unit's line.
REASON_SHOWN = 240


def achieved(reports: Sequence[Report], names: bool = False) -> str:
    """Say what a run repaired, such as "5 tokens repaired; bob and erin can log in again"; empty for nothing.

    ``names``: whether the users of a single unit are named. They are on its page, but not where many can read it.
    """
    tokens = [(report["host"], token) for report in reports for token in repaired(report["tokens"])]
    if not tokens:
        return ""
    users = {
        (host, binding["type"], binding["name"], binding["vdom"]): binding["name"]
        for host, token in tokens
        for binding in token["bindings"]
        if binding["status"] in ("enable", None)
    }
    # Of several units the same name means several people.
    people = some(users.values(), "user") if names and len(reports) == 1 else count(len(users), "user")
    return f"{count(len(tokens), 'token')} repaired" + (f"; {people} can log in again" if users else "")


def taken(reports: Sequence[Report]) -> str:
    """Say how many users were disabled or lost their token on the way and are not back; empty for none."""
    parts = []
    for state, one, many in (
        ("unbound", "lost the token", "lost their token"),
        ("disabled", "is disabled", "are disabled"),
    ):
        rows = {
            (report["host"], row["type"], row["name"], row["vdom"])
            for report in reports
            for row in report["locked_out"]
            if row["state"] == state
        }
        if rows:
            parts.append(f"{count(len(rows), 'user')} {are(len(rows), one, many)}")
    return _joined(parts)


def only_shown(reports: Sequence[Report]) -> int:
    """Return how many tokens look fine and are not proven to work, without those that FortiManager provides."""
    ours = (report for report in reports if report["result"] != "skipped")
    return sum(token["proof"] == "shown" for report in ours for token in report["tokens"])


def headline(reports: Sequence[Report], names: bool = False) -> str:
    """Say the run in half a sentence. ``names``: whether users are named."""
    if not reports:
        return "No units in this run"
    parts = [achieved(reports, names)]
    waiting = [report for report in reports if report["result"] in OPEN_RESULTS]
    if len(reports) == 1:
        return f"{reports[0]['host']}: {_joined([*parts, _state(reports[0], bool(parts[0]))])}"
    parts.append(taken(reports))
    if waiting:
        parts.append(f"{len(waiting)} of {len(reports)} units {are(len(waiting), 'needs', 'need')} attention")
    else:
        parts.append(f"all {len(reports)} units are in order")
    if not waiting or all(report["passed"] for report in reports):
        parts.append(_unproven(reports))
    return _joined(parts)[:1].upper() + _joined(parts)[1:]


def reason(report: Report) -> str:
    """Say in one sentence why a unit is blocked, failed or unfinished; empty for every other."""
    if report["result"] not in OPEN_RESULTS or (report["result"] == "partial" and not _is_open(report)):
        return ""
    errors = (row for row in report["findings"] if row["severity"] == "error" and row["id"] != NOT_REACHED)
    first = next(errors, None)
    if first is None:
        return ""
    text = " ".join(str(first["detail"] if first["id"] in ("run_failed", "task_failed") else first["title"]).split())
    return text if len(text) <= REASON_SHOWN else f"{text[:REASON_SHOWN]} ..."


def _is_open(report: Report) -> bool:
    return bool(report["journal"] and report["journal"]["open"])


def _state(unit: Report, repaired_some: bool) -> str:
    result = unit["result"]
    steps = len(work_cards(unit["findings"]))
    todo = f"{count(steps, 'thing')} to do" if steps else ""
    locked = taken([unit])
    if result == NOT_REACHED:
        return _joined(["not reached", locked])
    nothing = "" if unit["changed"] else "nothing was changed"
    words = {
        "failed": ["the run failed", locked],
        "blocked": ["blocked", locked, nothing],
        "partial": [locked, todo],
        "remediated": ["" if repaired_some else "remediated", todo],
        "healthy": [todo or "healthy, nothing to do"],
        "skipped": ["managed by FortiManager, nothing was changed"],
    }[result]
    # A run that ends with code 0 says where it rests on a status only.
    silent = result not in ("remediated", "healthy") and not unit["passed"]
    return _joined([*words, "" if silent else _unproven([unit])])


def _unproven(reports: Sequence[Report]) -> str:
    """Success that rests on a status only says so where it is read first."""
    shown = only_shown(reports)
    verbs = are(shown, "shows", "show"), are(shown, "is", "are")
    return f"{count(shown, 'token')} {verbs[0]} a good status but {verbs[1]} not proven to work" if shown else ""


def _joined(parts: Sequence[str]) -> str:
    return "; ".join(part for part in parts if part)


def verdict_counts(reports: Sequence[Report]) -> Counter[str]:
    """Count the verdicts at the end of a run; a token that is gone counts as missing, so that the totals add up."""
    return Counter(verdict_of(token) for report in reports for token in report["tokens"])


def token_counts(reports: Sequence[Report]) -> str:
    """Say how many tokens there are and how many of them need attention."""
    total = sum(len(report["tokens"]) for report in reports)
    if not total:
        return "No tokens were read."
    verdicts = verdict_counts([report for report in reports if report["result"] != "skipped"])
    skipped = sum(len(report["tokens"]) for report in reports if report["result"] == "skipped")
    attention = sum(token["attention"] for report in reports for token in report["tokens"])
    # A healthy token whose user is still disabled needs attention, and is not counted twice.
    fine = verdicts["healthy"] - sum(
        token["attention"] and verdict_of(token) == "healthy" for report in reports for token in report["tokens"]
    )
    parts = [f"{fine:,} healthy"]
    if attention:
        parts.append(f"{attention:,} {are(attention, 'needs', 'need')} attention")
    if verdicts["locked"]:
        parts.append(f"{verdicts['locked']:,} locked by an administrator")
    if skipped:
        parts.append(f"{skipped:,} on units that FortiManager manages")
    return f"{count(total, 'token')}: {', '.join(parts)}."


def not_changed(report: Report) -> str:
    """Say which tokens a run left alone although they need attention, and why, by verdict; empty for none."""
    left = [
        token for token in report["tokens"] if token["attention"] and token["action"] == "none" and not token["missing"]
    ]
    if not left or report["mode"] == "audit" or report["check_mode"] or not report["unit"]:
        return ""
    counts = Counter(verdict_of(token) for token in left)
    why = [f"{number:,} {VERDICTS[name].label if name in VERDICTS else name}" for name, number in counts.most_common()]
    return f"Not changed: {count(len(left), 'token')} ({', '.join(why)})."


def run_label(reports: Sequence[Report]) -> str:
    """Say what sort of run it was."""
    if any(report["check_mode"] for report in reports):
        return "Check mode, nothing was changed"
    if reports and all(report["mode"] == "audit" for report in reports):
        return "Audit, nothing was changed"
    return "Remediation"
