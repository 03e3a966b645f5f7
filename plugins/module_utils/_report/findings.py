# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings of a report: what happened that somebody must know, who has to act, and the text to act with.

A finding is ``{id, severity, title, detail, certainty, actor, remedy, evidence}`` with ``severity`` one of C(error)
(somebody may be locked out, or a change is half done), C(warning) (work is left) and C(info). ``certainty`` tells how
well the meaning is known, C(seen), C(inferred) or C(unknown). ``evidence`` is a list of lines.
A finding about tokens also has ``serials``, one that ends in a support ticket also ``ticket``, the text of it, and its
``addressee``. One of the diagnosis also has what `_diagnosis.diagnose` tells.

Note that this module util is PRIVATE to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import tickets as _report_tickets
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.diagnosis import preflight, present
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
    VERDICTS,
)

FORTIMANAGER = "FortiManager administrator"

_SEVERITIES = ("error", "warning", "info")

Finding = dict[str, Any]


@dataclass(frozen=True)
class Circumstances:
    """What the report itself does not show.

    ``reached``: facts were read at all. ``verified``: the end state was read back, or nothing was changed.
    ``save_due``: whether C(execute cfg save) is still to be run, None where nobody said. ``refused``: rows
    ``{serial, verdict, reason}`` of tokens that the unit refused to delete. ``failures``: messages of failed tasks.
    ``diagnosis``: what debug output, event log and refused commands tell.
    """

    reached: bool
    verified: bool
    changed: bool
    save_due: bool | None
    refused: tuple[Mapping[str, Any], ...]
    failures: tuple[str, ...]
    diagnosis: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class _Group:
    """The finding made of all tokens that end with one of ``verdicts``. ``{tokens}`` stands for "3 tokens".

    Without a ``remedy`` the finding repeats what triage tells for each of the tokens. ``source``: where the meaning of
    the statuses behind it is written.
    """

    id: str
    verdicts: frozenset[str]
    title: str
    detail: str
    actor: str
    certainty: str
    source: str
    remedy: str = ""
    ticket: _report_tickets.Kind | None = None


_GROUPS = (
    _Group(
        id="needs_lock_release",
        verdicts=frozenset((NEEDS_LOCK_RELEASE,)),
        title="Ask Fortinet TAC to release the activation lock of {tokens}",
        certainty=SEEN,
        source="Fortinet articles 194435 and 194508",
        detail="A hardware token is locked at Fortinet upon its first activation. Until Fortinet releases the lock, "
        "every other activation is refused, even from the same unit.",
        actor=TAC,
        remedy="Open a technical support ticket with the text given here. When Fortinet confirms, run again with these "
        "serials in remediate_lock_released.",
        ticket=_report_tickets.LOCK_RELEASE,
    ),
    _Group(
        id="needs_license",
        verdicts=frozenset((NEEDS_LICENSE,)),
        title="Ask Fortinet Customer Service to transfer the licence of {tokens}",
        # A token can be locked for other reasons as well (topic 180506).
        certainty=INFERRED,
        source="Fortinet article 193723; FortiOS Administration Guide, topic 180506",
        detail="The licence of a mobile token is bound to the serial number of the unit it was registered to. "
        "Customer Service moves whole licences, not single tokens.",
        actor=CUSTOMER_SERVICE,
        remedy="Open a Customer Service ticket with the text given here, or run again with a new redemption code in "
        "remediate_license_codes. In a cluster the licence has to be registered to the primary.",
        ticket=_report_tickets.LICENSE_TRANSFER,
    ),
    _Group(
        id="needs_seed_file",
        verdicts=frozenset((NEEDS_SEED_FILE,)),
        title="Import the seed file of {tokens}",
        certainty=SEEN,
        source="Fortinet articles 194435 and 193723",
        detail="The seeds of these tokens (FortiToken-200CD) are on the CD they came with; FortiGuard does not "
        "have them.",
        actor=ADMINISTRATOR,
    ),
    _Group(
        id="firmware_bug",
        verdicts=frozenset((FIRMWARE_BUG,)),
        title="Change the firmware before {tokens} can be activated",
        certainty=SEEN,
        source="Fortinet article 428366, bug 1218458",
        detail="The unit answers 'cmdb save error': a known issue of some FortiOS builds (1218458) loses the answer "
        "of an activation. Activating again on such a build can waste the token's only chance.",
        actor=ADMINISTRATOR,
        ticket=_report_tickets.FIRMWARE_BUG,
    ),
    _Group(
        id="work_left",
        verdicts=frozenset((REIMPORT, ACTIVATE)),
        title="Run the remediation for {tokens}",
        certainty=SEEN,
        source="Fortinet article 194508, steps 3 and 5",
        detail="These tokens do not work, and a run can mend them without a ticket.",
        actor=ADMINISTRATOR,
    ),
    _Group(
        id="held_by_administrator",
        verdicts=frozenset(),
        title="Decide about {tokens} held by administrators",
        certainty=SEEN,
        source="Fortinet article 194508, steps 3 and 5",
        detail="These tokens do not work, and a run could mend them, but an administrator's token is only touched when "
        "you say so.",
        actor=ADMINISTRATOR,
    ),
    _Group(
        id="provision",
        verdicts=frozenset((PROVISION,)),
        title="Send a new activation code for {tokens}",
        certainty=SEEN,
        source="FortiOS Administration Guide, topic 180506",
        detail="The activation code expired before the holder used it.",
        actor=ADMINISTRATOR,
        remedy="Tell the holders, then run again with remediate_provision: true. The unit mails or texts each of them "
        "a new code.",
    ),
    _Group(
        id="pending",
        verdicts=frozenset((PENDING,)),
        title="Wait for {tokens} to finish, then check again",
        certainty=SEEN,
        source="FortiOS Administration Guide, topic 180506; Fortinet article 232153",
        detail="The unit was still waiting for an answer when the time was up; a mobile token waits until its holder "
        "uses the activation code.",
        actor=ADMINISTRATOR,
        remedy="Run the playbook audit_tokens.yml in some minutes. Do not activate the tokens by hand in between.",
    ),
    _Group(
        id="undecided",
        verdicts=frozenset((UNDECIDED,)),
        title="Look at {tokens} that could not be judged",
        certainty=UNKNOWN,
        source="",
        detail="The status is unknown to this collection, or the token was seen either in the configuration only or "
        "in the status list only. Such a token is never touched.",
        actor=ADMINISTRATOR,
    ),
)


def collect_findings(report: Mapping[str, Any], circumstances: Circumstances) -> list[Finding]:
    """Return the findings of a report that is complete but for them, the most urgent first."""
    findings = [
        *_run_findings(report, circumstances),
        *_gate_findings(report, circumstances),
        *_holder_findings(report),
        *_config_findings(report, circumstances),
    ]
    if report["result"] != "skipped":
        findings += _verdict_findings(report, circumstances)
    findings += _diagnosis_findings(report, circumstances, findings)
    findings += preflight(report, {finding["id"] for finding in findings})
    findings += _note_findings(report, circumstances)
    return sorted(findings, key=lambda finding: _SEVERITIES.index(finding["severity"]))


def _finding(
    id: str, severity: str, title: str, detail: str, actor: str, remedy: str, evidence: Iterable[str] = (), **more: Any
) -> Finding:
    return {
        "id": id,
        "severity": severity,
        "title": title,
        "detail": detail,
        # What the run itself did or saw is certain; only what a unit's texts mean may not be.
        "certainty": SEEN,
        "actor": actor,
        "remedy": remedy,
        "evidence": [line for line in evidence if line],
        **more,
    }


def _run_findings(report: Mapping[str, Any], circumstances: Circumstances) -> Iterable[Finding]:
    error = report["error"]
    if error:
        yield _finding(
            "run_failed",
            "error",
            "The run failed on this unit",
            error["msg"],
            ADMINISTRATOR,
            "Mend the cause, then run again: a repeated run finishes what was begun.",
            [
                f"{label}: {error[key]}"
                for key, label in (("task", "Task"), ("command", "Command"), ("device_output", "The unit answered"))
                if error.get(key)
            ],
        )
    said = error["msg"] if error else ""
    for message in circumstances.failures:
        if message not in said:
            yield _finding(
                "task_failed",
                "error",
                "A task failed on this unit",
                message,
                ADMINISTRATOR,
                "Mend the cause, then run again: a repeated run finishes what was begun.",
            )
    if not circumstances.reached and not error:
        yield _finding(
            "no_facts",
            "error",
            "Nothing was read from this unit",
            "No facts of the unit came back, so its tokens are unknown and nothing was changed.",
            ADMINISTRATOR,
            "Check that the unit can be reached over SSH with the account of the inventory, then run again.",
        )
    if not circumstances.verified:
        yield _finding(
            "not_verified",
            "error",
            "The unit was changed, but its end state was not read back",
            "The run ended between the changes and the check that follows them. Users whose token was deleted may "
            "still be disabled.",
            ADMINISTRATOR,
            "Run again: the journal of the unit finishes what was begun.",
            [f"{token['serial']}: {token['action']}" for token in report["tokens"] if token["action"] != "none"],
        )


def _gate_findings(report: Mapping[str, Any], circumstances: Circumstances) -> Iterable[Finding]:
    if report["result"] == "skipped":
        manager = report["management"].get("manager")
        yield _finding(
            "managed_by_fortimanager",
            "info",
            "FortiManager provides the tokens of this unit",
            f"The unit is managed by FortiManager{f' {manager}' if manager else ''}, so nothing was changed here "
            "(Fortinet article 194508, step 1).",
            FORTIMANAGER,
            "Mend the tokens in FortiManager and install the policy package on the unit.",
        )
    for gate in report["gates"]:
        if gate["state"] == "blocked":
            more: dict[str, Any] = {}
            if gate["name"] == "firmware" and not any(_group_id(token) == "firmware_bug" for token in report["tokens"]):
                waiting = [token["serial"] for token in report["tokens"] if _group_id(token) == "work_left"]
                more = _with_ticket(_report_tickets.FIRMWARE_BUG, report, waiting, circumstances)
            yield _finding(
                "gate_blocked",
                "error",
                gate["message"] or f"The gate {gate['name']} blocks this unit",
                f"The gate {gate['name']} is not met, so nothing was changed on this unit.",
                ADMINISTRATOR,
                gate["remedy"] or "Mend the condition, then run again.",
                **more,
            )


def _holder_findings(report: Mapping[str, Any]) -> Iterable[Finding]:
    lost, disabled, missing = [], [], []
    for token in report["tokens"]:
        if token["missing"]:
            missing.append(token)
        for binding in token["bindings"]:
            if binding["lost"]:
                lost.append((token, binding))
            elif binding["left_disabled"]:
                disabled.append((token, binding))
    if lost:
        yield _finding(
            "binding_lost",
            "error",
            f"Give {_count(len(lost), 'holder')} the token back",
            "Before the run these accounts held a token; it is no longer bound to them.",
            ADMINISTRATOR,
            "Make sure at once that none of these accounts can log in with the password alone, then run again or bind "
            "the token by hand: set two-factor fortitoken, set fortitoken <serial>.",
            [f"{token['serial']}: {_holder(binding, report)}" for token, binding in lost],
            serials=_serials(token for token, _binding in lost),
        )
    if missing:
        yield _finding(
            "token_missing",
            "error",
            f"Add {_count(len(missing), 'missing token')} again",
            "These tokens were on the unit before the run and are not there now.",
            ADMINISTRATOR,
            "Run again: the journal of the unit tells what to add. For a hardware token, adding the serial is its "
            "activation (Fortinet article 194508, step 5a).",
            [_token_line(token, report) for token in missing],
            serials=_serials(missing),
        )
    if disabled:
        yield _finding(
            "user_left_disabled",
            "error",
            f"Enable {_count(len(disabled), 'user')} again once the token works",
            "A user is disabled while the token is away, so that nobody logs in with the password alone. For these "
            "users the token did not come back in time.",
            ADMINISTRATOR,
            "Run again when the token can be activated; it enables the user together with the token.",
            [f"{token['serial']}: {_holder(binding, report)}" for token, binding in disabled],
            serials=_serials(token for token, _binding in disabled),
        )


def _config_findings(report: Mapping[str, Any], circumstances: Circumstances) -> Iterable[Finding]:
    mode = str(report["unit"].get("cfg_save") or "automatic")
    saved = any(line.split() == ["execute", "cfg", "save"] for line in report["commands"])
    due = mode in ("manual", "revert") and not saved if circumstances.save_due is None else circumstances.save_due
    if not due or not circumstances.changed:
        return
    yield _finding(
        "config_not_saved",
        "warning",
        "Save the configuration of the unit",
        f"The unit has cfg-save {mode}: the changes work now but are lost "
        + ("at the next restart." if mode == "manual" else "when the unit reverts to the saved configuration."),
        ADMINISTRATOR,
        "Run 'execute cfg save' on the unit, or run with remediate_save_config: true.",
    )


def _verdict_findings(report: Mapping[str, Any], circumstances: Circumstances) -> Iterable[Finding]:
    members: dict[str, list[Mapping[str, Any]]] = {}
    for token in report["tokens"]:
        if not token["missing"]:
            members.setdefault(_group_id(token), []).append(token)
    for group in _GROUPS:
        tokens = members.get(group.id)
        if not tokens:
            continue
        kinds = {token["kind"] for token in tokens}
        noun = f"{kinds.pop()} token" if len(kinds) == 1 and "" not in kinds else "token"
        more: dict[str, Any] = {"serials": _serials(tokens), "certainty": group.certainty, "source": group.source}
        if group.ticket:
            more |= _with_ticket(group.ticket, report, _serials(tokens), circumstances)
        remedy = _work_left_remedy(report) if group.id == "work_left" else group.remedy
        yield _finding(
            group.id,
            "warning",
            group.title.format(tokens=_count(len(tokens), noun)),
            group.detail,
            group.actor,
            remedy or " ".join(dict.fromkeys(token["remedy"] for token in tokens if token["remedy"])),
            [_token_line(token, report, status=group.id == "undecided") for token in tokens],
            **more,
        )


def _with_ticket(
    kind: _report_tickets.Kind, report: Mapping[str, Any], serials: Sequence[str], circumstances: Circumstances
) -> dict[str, Any]:
    text = _report_tickets.compose(kind, report, serials, circumstances.diagnosis)
    return {"serials": list(serials), "addressee": kind.addressee, "ticket": text}


def _diagnosis_findings(
    report: Mapping[str, Any], circumstances: Circumstances, others: Sequence[Finding]
) -> Iterable[Finding]:
    """The diagnosis, with a ticket where somebody else has to act and no other finding has that ticket."""
    written = {str(other["addressee"]) for other in others if other.get("ticket")}
    for finding in present(circumstances.diagnosis, report, others):
        kind = _report_tickets.kind_of_cause(finding["id"])
        if kind and finding["severity"] != "info" and kind.addressee not in written:
            written.add(kind.addressee)
            finding |= _with_ticket(kind, report, finding["serials"], circumstances)
        yield finding


def _group_id(token: Mapping[str, Any]) -> str:
    """The group that a token belongs to; empty for a settled one. An unknown verdict is undecided."""
    verdict = _final(token)
    if verdict not in VERDICTS:
        verdict = UNDECIDED
    group = next((group.id for group in _GROUPS if verdict in group.verdicts), "")
    held = any(binding["type"] == ADMIN for binding in token["bindings"])
    if group == "work_left" and held and token["next"] == "none":
        return "held_by_administrator"
    return group


def _work_left_remedy(report: Mapping[str, Any]) -> str:
    if report["result"] == "blocked":
        return "Mend what blocks the unit (above), then run again."
    if report["mode"] == "audit" or report["check_mode"]:
        return "Run the playbook remediate_tokens.yml for this unit, without check mode."
    return "Run again. A token that fails a second time needs a look at its status and at the debug output."


def _note_findings(report: Mapping[str, Any], circumstances: Circumstances) -> Iterable[Finding]:
    if circumstances.refused:
        yield _finding(
            "purge_refused",
            "warning",
            f"See why the unit does not let go of {_count(len(circumstances.refused), 'token')}",
            "The unit refused to delete them, and their holders have them back.",
            ADMINISTRATOR,
            "Look in the configuration for what else uses the token, remove that, then run again.",
            [f"{row['serial']} ({row['verdict']}): {row['reason']}" for row in circumstances.refused],
            serials=_serials(circumstances.refused),
        )
    dropped = report["debug"]["dropped"]
    if dropped:
        yield _finding(
            "debug_lines_dropped",
            "info",
            f"{_count(dropped, 'debug line')} dropped",
            "The unit printed more debug output than is kept. The lines that are kept are complete.",
            ADMINISTRATOR,
            "",
        )


def _final(token: Mapping[str, Any]) -> str:
    state = token["after"] or token["before"] or {}
    return str(state.get("verdict", UNDECIDED))


def _serials(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(str(row["serial"]) for row in rows))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _holder(binding: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    if binding["type"] == ADMIN:
        return f"administrator {binding['name']}"
    # A unit without VDOMs keeps everything in one called root; naming it would only be noise.
    place = f" in VDOM {binding['vdom']}" if report["unit"].get("vdom_mode") in ("multi", "split") else ""
    return f"user {binding['name']}{place}"


def _token_line(token: Mapping[str, Any], report: Mapping[str, Any], status: bool = False) -> str:
    holders = ", ".join(_holder(binding, report) for binding in token["bindings"]) or "held by nobody"
    said = (token["after"] or token["before"] or {}).get("status") if status else None
    return f"{token['serial']}: {holders}" + (f"; its status: {said}" if said else "")
