# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about the run: what failed, what is unfinished, and where changing stopped. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import TAC
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import tickets
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import Finding, make
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.unfinished import described, in_short
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import are, count, serials_of, some
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.work import Work

#: Why changing stopped (RETURN of fortitoken_remediate, `stopped_cause`) -> what to do.
_AFTER_STOP = {
    "activation": "Read what the debug output and the event log say of the failed tokens, fix the cause, then run"
    " again.",
    "binding": "Give the token back to its user as the finding about that user says, then run again.",
    "move": "Read what the unit shows of the new tokens, and compare the unit that their license is registered to, then"
    " run again. Users who keep their old token are untouched.",
    "unit": "Find out who else changes the unit, then run again.",
}
_AGAIN = "Fix the cause, then run again: a repeated run finishes what was begun."


def run_findings(
    report: Mapping[str, Any], reached: bool, verified: bool, work: Work, diagnosis: Sequence[Finding] = ()
) -> Iterator[Finding]:
    """Make the findings about how a run went on a unit. ``reached``: facts were read; ``verified``: the end state was
    read back, or nothing was changed; ``diagnosis``: where evidence for tickets is."""
    error = report["error"]
    if error:
        yield make(
            "run_failed",
            "error",
            error["msg"],
            _AGAIN,
            evidence=[
                f"{label}: {error[key]}"
                for key, label in (("task", "Task"), ("command", "Command"), ("device_output", "The unit answered"))
                if error.get(key)
            ],
        )
    said = error["msg"] if error else ""
    for message in work.failures:
        if message not in said:
            yield make("task_failed", "error", message, _AGAIN)
    if not reached and not error:
        yield make(
            "no_facts",
            "error",
            "No facts of the unit came back, so its tokens are unknown and nothing was changed.",
            "Check that the unit can be reached over SSH with the account of the inventory, then run again.",
        )
    if not verified:
        yield make(
            "not_verified",
            "error",
            "The run ended between the changes and the check that follows them. Users whose token was deleted may "
            "still be disabled.",
            "Run again: the journal of the unit finishes what was begun.",
            evidence=[
                f"{token['serial']}: {token['action']}" for token in report["tokens"] if token["action"] != "none"
            ],
        )
    yield from _journal_findings(report)
    yield from _wave_findings(report, work, diagnosis)


def _journal_findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    """Return what the journal tells and the tokens of the report do not."""
    journal = report["journal"]
    if not journal or not journal["open"]:
        return
    if journal["error"]:
        yield make(
            "journal_unreadable",
            "error",
            f"{journal['error']} It may name disabled users and missing tokens of an interrupted run.",
            "Look into the file, give back by hand what it names or restore it from a copy, then run again.",
            evidence=[journal["path"]],
        )
        return
    serials = serials_of([*journal["tokens"], *journal["users"]])
    told = {row["serial"] for row in report["tokens"] if row["attention"]}
    if journal["certain"] and set(serials) <= told:
        return
    state = "The unit shows them so." if journal["certain"] else "How the unit is now could not be read."
    yield make(
        "journal_open",
        "error",
        f"An interrupted run has disabled users, or has deleted tokens, and did not give them back. {state} The journal"
        " keeps what is needed to finish it.",
        "Run again as soon as the unit can be reached and changed. Do not delete the journal.",
        fill={"what": in_short(journal)},
        # What made this run fail is what keeps it from finishing the other.
        cause="run" if report["error"] else "",
        evidence=[*described(journal, report["vdoms"]), f"Journal: {journal['path']}"],
        serials=serials or list(journal["activations"]),
    )


def _wave_findings(report: Mapping[str, Any], work: Work, diagnosis: Sequence[Finding]) -> Iterator[Finding]:
    if work.stopped:
        yield _stopped(report, work.stopped, diagnosis)
    spent = {row["serial"]: row for row in report["spent_claims"]}
    if spent:
        # A wave that stopped at this refusal has the ticket already.
        told = work.stopped is not None and work.stopped["cause"] == "release"
        ticket = "" if told else tickets.release_failed(report, spent, diagnosis)
        yield make(
            "claim_spent",
            "warning",
            "These tokens were requested under your claim that their lock is released, and Fortinet refused. They are"
            " not requested again under the same claim.",
            "Have Fortinet TAC confirm the release, then run again with remediate_retry_refused: true.",
            actor=TAC,
            fill={"tokens": count(len(spent), "token")},
            evidence=[_refused(row) for row in spent.values()],
            serials=list(spent),
            addressee="" if told else tickets.RELEASE_FAILED.addressee,
            ticket=ticket,
        )
    if work.differences:
        named = [row["serial"] for row in work.differences if row["serial"]]
        yield make(
            "last_look_differs",
            "warning",
            "Immediately before acting, the unit was not as it was read. What differs was dropped from the plan, and"
            " nothing was done to it.",
            "Find out who else changes the unit, then run again.",
            fill={"what": count(len(set(named)), "token") if named else "the unit"},
            evidence=[
                f"{row['serial'] or 'the unit'}: {row['what']}: expected {row['expected']}, found {row['found']}"
                for row in work.differences
            ],
            serials=list(dict.fromkeys(named)),
        )


def _stopped(report: Mapping[str, Any], stopped: Mapping[str, Any], diagnosis: Sequence[Finding]) -> Finding:
    """Make the finding about a wave at which changing stopped. Only where Fortinet's answer contradicts a claim, the
    release is the cause, and a ticket is due."""
    failed, untouched = stopped["failed"], stopped["untouched"]
    left = f"{count(len(untouched), 'token')} of later waves {are(len(untouched), 'was', 'were')} not touched and"
    detail = (
        f"Changing stopped after wave {stopped['wave']}: {stopped['reason'].rstrip('.')}. {left}"
        f" {are(len(untouched), 'stays', 'stay')} bound to {are(len(untouched), 'its user', 'their users')}."
    )
    listed = list(dict.fromkeys(failed or untouched))
    evidence = [*(f"{serial}: failed" for serial in failed), *(f"{serial}: not touched" for serial in untouched)]
    if stopped["cause"] != "release":
        remedy = _AFTER_STOP.get(stopped["cause"], _AGAIN)
        return make("wave_stopped", "error", detail, remedy, evidence=evidence, serials=listed)
    return make(
        "release_not_effective",
        "error",
        detail,
        "Ask Fortinet TAC why the release did not take effect for these serials. Then run again with"
        " remediate_retry_refused: true.",
        actor=TAC,
        fill={"what": some(failed, "token") or "the first tokens"},
        evidence=evidence,
        serials=listed,
        addressee=tickets.RELEASE_FAILED.addressee,
        ticket=tickets.release_failed(report, listed, diagnosis),
    )


def _refused(row: Mapping[str, str]) -> str:
    because = f", because {row['because']} was refused" if row["because"] else ""
    status = f"; its status then: {row['status']}" if row["status"] else ""
    return f"{row['serial']}: refused since {row['since'] or 'an earlier run'}{because}{status}"
