# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings of a report: what happened that somebody must know, who has to act, and the text to act with. Pure.

`_report.finding` tells what a finding is made of.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import (
    ADMINISTRATOR,
    CUSTOMER_SERVICE,
    INFERRED,
    SEEN,
    TAC,
    UNKNOWN,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import ADMIN
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import tickets
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.diagnosis import preflight, present
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import Finding, by_urgency, make
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.license_findings import license_findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.moves import move_findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.run_findings import run_findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.unit_findings import unit_findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.ways_out import as_lines
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import (
    GATE_CAUSES,
    VERDICTS,
    serials_of,
    tokens_of,
    users_of,
    verdict_of,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.work import Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.gates import IN_FORTIMANAGER
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    ACTIVATE,
    FIRMWARE_BUG,
    NEEDS_LICENSE,
    NEEDS_LOCK_RELEASE,
    NEEDS_SEED_FILE,
    PENDING,
    PROVISION,
    REIMPORT,
    UNDECIDED,
)

FORTIMANAGER = "FortiManager administrator"
#: What holds a token back and has a finding of its own.
_PREPARED_ELSEWHERE = frozenset(("side_door",))
#: Findings about releases that Fortinet contradicted. They carry the ticket for their tokens.
_REFUSED = frozenset(("release_not_effective", "claim_spent"))


@dataclass(frozen=True)
class Circumstances:
    """What the report itself does not show.

    ``reached``: facts were read at all. ``verified``: the end state was read back, or nothing was changed. ``work``:
    what the tasks did. ``diagnosis``: what debug output, event log and refused commands tell. ``facts``: the facts at
    the end of the run, or those before it.
    """

    reached: bool
    verified: bool
    changed: bool
    work: Work
    diagnosis: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class _Group:
    """The finding made of all tokens that end with one of ``verdicts``; its title is in `wording.TITLES`.

    Without a ``remedy`` the finding repeats what triage tells for each of the tokens. ``source``: where the meaning of
    the statuses behind it is written.
    """

    id: str
    verdicts: frozenset[str]
    detail: str
    actor: str
    certainty: str
    source: str
    remedy: str = ""
    ticket: tickets.Kind | None = None


_GROUPS = (
    _Group(
        id="needs_lock_release",
        verdicts=frozenset((NEEDS_LOCK_RELEASE,)),
        certainty=SEEN,
        source="Fortinet articles 194435 and 194508",
        detail="A hardware token is locked at Fortinet at its first activation. Until Fortinet releases the lock, "
        "every other activation is refused, even from the same unit.",
        actor=TAC,
        remedy="Open a technical support ticket with the text given here. When Fortinet confirms, run again with these "
        "serials in remediate_lock_released.",
        ticket=tickets.LOCK_RELEASE,
    ),
    _Group(
        id="needs_license",
        verdicts=frozenset((NEEDS_LICENSE,)),
        # A token can be locked for other reasons as well (topic 180506). [fact: status-locked]
        certainty=INFERRED,
        source="Fortinet article 193723; FortiOS Administration Guide, topic 180506",
        detail="The license of a mobile token is bound to the serial number of the unit it was registered to. "
        "Customer Service moves whole licenses, not single tokens.",
        actor=CUSTOMER_SERVICE,
        remedy="Open a Customer Service ticket with the text given here, or buy a license. Then run again with the "
        "redemption code in remediate_license_codes, and with remediate_token_map=auto to give the users its tokens. "
        "In a cluster the license has to be registered to the primary; tokens that are provisioned there keep working "
        "(Fortinet article 410099).",
        ticket=tickets.LICENSE_TRANSFER,
    ),
    _Group(
        id="needs_seed_file",
        verdicts=frozenset((NEEDS_SEED_FILE,)),
        certainty=SEEN,
        source="Fortinet articles 194435 and 193723",
        detail="The seeds of these tokens (FortiToken-200CD) are on the CD they came with; FortiGuard does not "
        "have them.",
        actor=ADMINISTRATOR,
    ),
    _Group(
        id="firmware_bug",
        verdicts=frozenset((FIRMWARE_BUG,)),
        certainty=SEEN,
        source="Fortinet article 428366, bug 1218458",
        detail="The unit answers 'cmdb save error': a known issue of some FortiOS builds (1218458) loses the answer "
        "of an activation. Activating again on such a build can waste the token's only chance.",
        actor=ADMINISTRATOR,
        ticket=tickets.FIRMWARE_BUG,
    ),
    _Group(
        id="work_left",
        verdicts=frozenset((REIMPORT, ACTIVATE)),
        certainty=SEEN,
        source="Fortinet article 194508, steps 3 and 5",
        detail="These tokens do not work, and a run can repair them without a ticket.",
        actor=ADMINISTRATOR,
    ),
    _Group(
        id="held_by_administrator",
        verdicts=frozenset(),
        certainty=SEEN,
        source="Fortinet article 194508, steps 3 and 5",
        detail="These tokens do not work, and a run could repair them, but an administrator's token is only touched "
        "when you say so.",
        actor=ADMINISTRATOR,
    ),
    _Group(
        id="prepare",
        verdicts=frozenset(),
        certainty=SEEN,
        source="Fortinet article 194508, steps 3 and 5",
        detail="These tokens do not work, and something of their own has to be changed before a run can repair them.",
        actor=ADMINISTRATOR,
    ),
    _Group(
        id="provision",
        verdicts=frozenset((PROVISION,)),
        certainty=SEEN,
        source="FortiOS Administration Guide, topic 180506",
        detail="The activation code expired before the user entered it.",
        actor=ADMINISTRATOR,
        remedy="Tell the users, then run again with remediate_provision: true. The unit mails or texts each of them "
        "a new code.",
    ),
    _Group(
        id="pending",
        verdicts=frozenset((PENDING,)),
        certainty=SEEN,
        source="FortiOS Administration Guide, topic 180506; Fortinet article 232153",
        detail="The unit was still waiting for an answer when the time was up; a mobile token waits until its user "
        "enters the activation code.",
        actor=ADMINISTRATOR,
        remedy="Run the playbook audit_tokens.yml in a few minutes. Do not activate the tokens by hand in between.",
    ),
    _Group(
        id="undecided",
        verdicts=frozenset((UNDECIDED,)),
        certainty=UNKNOWN,
        source="",
        detail="The status is unknown to this collection, or the token was seen either in the configuration only or "
        "in the status list only. Such a token is never touched.",
        actor=ADMINISTRATOR,
    ),
)


def collect_findings(report: Mapping[str, Any], circumstances: Circumstances) -> list[Finding]:
    """Return the findings of a report that is complete but for them, the most urgent first."""
    work = circumstances.work
    findings = [
        *run_findings(report, circumstances.reached, circumstances.verified, work, circumstances.diagnosis),
        *_gate_findings(report, circumstances),
        *unit_findings(report, circumstances.changed, work, circumstances.facts or {}),
        *license_findings(report),
        *move_findings(report),
        *_ways_out(report),
    ]
    if report["result"] != "skipped":
        refused = {serial for finding in findings if finding["id"] in _REFUSED for serial in finding["serials"]}
        findings += _verdict_findings(report, circumstances, refused)
    findings += _diagnosis_findings(report, circumstances, findings)
    findings += preflight(report, {finding["id"] for finding in findings})
    return by_urgency(findings)


def _ways_out(report: Mapping[str, Any]) -> Iterable[Finding]:
    """Make the finding that an audit of a unit that is to be replaced is read for."""
    if report["ways_out"]:
        yield make(
            "ways_out",
            "info",
            "Which ways lead to a new unit, for each license and kind of token. A way marked [ask] depends on what the"
            " unit does not show.",
            title="Ways out before this unit is replaced",
            evidence=as_lines(report["ways_out"]),
        )


def _gate_findings(report: Mapping[str, Any], circumstances: Circumstances) -> Iterable[Finding]:
    if report["result"] == "skipped" or report["management"].get("managed") is True:
        manager = report["management"].get("manager")
        held = [token["serial"] for token in report["tokens"] if token["blocked_by"] == "manager"]
        done = "nothing was" if report["result"] == "skipped" or report["mode"] == "audit" else "no configuration was"
        yield make(
            "managed_by_fortimanager",
            "warning" if held and report["result"] != "skipped" else "info",
            f"The unit is managed by FortiManager{f' {manager}' if manager else ''}, so {done} changed here "
            "(Fortinet article 194508, step 1).",
            IN_FORTIMANAGER
            if held
            else "Repair the tokens in FortiManager and install the policy package on the unit.",
            actor=FORTIMANAGER,
            evidence=[f"To be deleted and added again in FortiManager: {', '.join(held)}"] if held else [],
        )
    for gate in report["gates"]:
        if gate["state"] != "blocked":
            continue
        more: dict[str, Any] = {}
        if gate["name"] == "firmware" and not any(_group_id(token) == "firmware_bug" for token in report["tokens"]):
            waiting = [token["serial"] for token in report["tokens"] if _group_id(token) == "work_left"]
            more = _with_ticket(tickets.FIRMWARE_BUG, report, waiting, circumstances)
        yield make(
            "gate_blocked",
            "error",
            f"The gate {gate['name']} is closed, so nothing was changed on this unit.",
            gate["remedy"] or "Fix the condition, then run again.",
            fill={"what": gate["message"] or f"The gate {gate['name']} blocks this unit"},
            cause=_gate_cause(gate["name"]),
            gate=gate["name"],
            **more,
        )


def _gate_cause(name: str) -> str:
    return GATE_CAUSES.get(name, f"gate {name}")


def _verdict_findings(
    report: Mapping[str, Any], circumstances: Circumstances, refused: Collection[str]
) -> Iterable[Finding]:
    """Make one finding for each group. ``refused``: serials whose release Fortinet contradicted; their card is made."""
    members: dict[str, list[Mapping[str, Any]]] = {}
    for token in report["tokens"]:
        group_id = "" if token["missing"] else _group_id(token)
        if group_id and not (group_id == "needs_lock_release" and token["serial"] in refused):
            members.setdefault(group_id, []).append(token)
    for group in _GROUPS:
        rows = members.get(group.id)
        if not rows:
            continue
        more: dict[str, Any] = {"serials": serials_of(rows)}
        if group.ticket:
            more |= _with_ticket(group.ticket, report, serials_of(rows), circumstances)
        remedy = group.remedy
        if group.id == "work_left":
            remedy = _work_left_remedy(report)
            blocked = next((gate["name"] for gate in report["gates"] if gate["state"] == "blocked"), "")
            # What keeps the unit from being repaired is the one cause.
            more["cause"] = _gate_cause(blocked) if blocked and report["result"] == "blocked" else ""
        yield make(
            group.id,
            "warning",
            group.detail,
            remedy or " ".join(dict.fromkeys(token["remedy"] for token in rows if token["remedy"])),
            actor=group.actor,
            certainty=group.certainty,
            source=group.source,
            fill={"tokens": tokens_of(rows)},
            evidence=[_token_line(token, report, status=group.id == "undecided") for token in rows],
            **more,
        )


def _with_ticket(
    kind: tickets.Kind, report: Mapping[str, Any], serials: Sequence[str], circumstances: Circumstances
) -> dict[str, Any]:
    text = tickets.compose(kind, report, serials, circumstances.diagnosis)
    return {"serials": list(serials), "addressee": kind.addressee, "ticket": text}


def _diagnosis_findings(
    report: Mapping[str, Any], circumstances: Circumstances, others: Sequence[Finding]
) -> Iterable[Finding]:
    """Make the findings of the diagnosis, with a ticket where somebody else has to act and none has that ticket."""
    written = {str(other["addressee"]) for other in others if other.get("ticket")}
    for finding in present(circumstances.diagnosis, report, others):
        kind = tickets.kind_of_cause(finding["id"])
        if kind and finding["severity"] != "info" and kind.addressee not in written:
            written.add(kind.addressee)
            finding.update(_with_ticket(kind, report, finding["serials"], circumstances))
        yield finding


def _group_id(token: Mapping[str, Any]) -> str:
    """Return the group that a token belongs to; empty for a settled one. An unknown verdict is undecided."""
    verdict = verdict_of(token)
    if verdict not in VERDICTS:
        verdict = UNDECIDED
    group = next((group.id for group in _GROUPS if verdict in group.verdicts), "")
    if group != "work_left" or token["next"] != "none":
        return group
    # A run would repair it, and something of its own keeps it from that.
    if token["blocked_by"] in _PREPARED_ELSEWHERE:
        return ""
    if token["blocked_by"] == "administrator" or any(row["type"] == ADMIN for row in token["bindings"]):
        return "held_by_administrator"
    return "prepare" if token["blocked_by"] else group


def _work_left_remedy(report: Mapping[str, Any]) -> str:
    if report["result"] == "blocked":
        return "Fix what blocks the unit, then run again."
    if report["mode"] == "audit" or report["check_mode"]:
        return "Run the playbook remediate_tokens.yml for this unit, without check mode."
    return "Run again. If a token fails a second time, check its status and the debug output."


def _token_line(token: Mapping[str, Any], report: Mapping[str, Any], status: bool = False) -> str:
    said = (token["after"] or token["before"] or {}).get("status") if status else None
    return f"{token['serial']}: {users_of(token['bindings'], report['vdoms'])}" + (
        f"; its status: {said}" if said else ""
    )
