# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of one unit: a plain dictionary made from facts, module results and the journal.

Pure code: no files, no clock, no Ansible. What goes in is what the modules of this collection return; any part of
it may be missing, because a report is also written for a unit that failed half-way or never answered.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import baseline as _baseline
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import baseline_findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.commands import (
    KEPT_OPTIONS,
    next_command,
    told,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.diagnosis import diagnosis, known_names
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import by_urgency, make
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.findings import (
    Circumstances,
    collect_findings,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.license_findings import (
    license_rows,
    with_remedies,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.moves import move_rows
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.plain import (
    items,
    mapping,
    mappings,
    number,
    outcome,
    plain,
    text,
    texts,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.tickets import collect
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.tokens import locked_out, token_rows
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.unfinished import on_unit, unfinished
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.unit_findings import not_proven
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.ways_out import ways_out
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import NOT_REACHED, verdict_of
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.work import (
    Work,
    redacted,
    spent_claims,
    work_done,
)

SCHEMA = 2

#: Debug lines kept in a report. An activation prints about a dozen lines; twenty of them are what a ticket needs.
MAX_DEBUG_LINES = 2000

#: Entries of the event log kept in a report.
MAX_EVENTS = 500


@dataclass(frozen=True)
class UnitRun:
    """All that is known of one unit after one run.

    ``before`` and ``after`` are the C(fortitoken) facts; ``purge``, ``activate`` and ``debug`` the results of the
    modules of that name; ``events`` the result of the debug module that read the event log; ``error`` is ``{msg, task,
    command, device_output}``; ``baseline`` a baseline of the old unit that was checked; ``plan`` the result of the plan
    module; ``journal`` the data of the journal's file with its ``path``, or ``{path, error}`` where it cannot be read.
    Each of them may be ``None``. ``serials`` and ``vdoms`` are what the run was limited to; ``options`` what it was
    told, as the role's variables without their prefix; ``inventory`` what it had after C(-i). ``strict`` is whether a
    token that needs attention makes the unit count as failed, ``require_proof`` whether one that is only shown does.
    ``shipped``: license -> when it was shipped. ``started`` and ``finished`` are UTC times in ISO 8601.
    """

    host: str
    run_id: str
    finished: str
    started: str | None = None
    mode: str = "remediate"
    check_mode: bool = False
    before: Any = None
    after: Any = None
    purge: Any = None
    activate: Any = None
    debug: Any = None
    events: Any = None
    error: Any = None
    baseline: Mapping[str, Any] | None = None
    plan: Any = None
    journal: Any = None
    serials: tuple[str, ...] = ()
    vdoms: tuple[str, ...] = ()
    options: Any = None
    inventory: str = ""
    strict: bool = True
    require_proof: bool = False
    shipped: Mapping[str, date] = field(default_factory=dict)


def build_report(run: UnitRun) -> dict[str, Any]:
    """Return the report of one unit, made of plain JSON types only. Raise nothing for missing or odd data."""
    before, after = mapping(run.before), mapping(run.after)
    facts = before or after
    work = work_done(outcome(run.purge), outcome(run.activate))
    sends = not run.check_mode and run.mode != "audit"
    error = _error(run.error)
    # After something was tried, what was read before proves nothing.
    unsure = sends and not after and (work.tried or error is not None)
    journal = unfinished(run.journal, {} if unsure else after or before)
    tokens = token_rows(before, _seen_after(run, after), work, sends, journal)
    unit = _unit(mapping(facts.get("unit")))
    gates = _gates(mapping(facts.get("unit")).get("gates"))
    changed = sends and (work.changed or _taken_away(before, after, journal))
    verified = bool(after) or not changed
    debug = outcome(run.debug)
    is_open = bool(journal and journal["open"])
    failed = bool(error or work.failures or not facts or not verified or (journal and journal["error"]))
    # An audit changes nothing anyway, so it looks at a managed unit in full.
    deciding = [gate for gate in gates if not (run.mode == "audit" and gate["state"] == "skipped")]
    result = _result(deciding, tokens, changed, failed, is_open)
    if result == "skipped":
        # FortiManager provides these tokens: nothing is to be done about them on the unit.
        tokens = [{**token, "attention": False, "remedy": ""} for token in tokens]
    # What was changed and not read back proves nothing.
    baseline = _compared(run, after or (before if verified else {}))
    incomplete = bool(
        work.incomplete_users or work.settings_lost or work.stopped or (baseline and not baseline["complete"])
    )
    if incomplete and result in ("healthy", "remediated"):
        result = "partial"
    report: dict[str, Any] = {
        "schema": SCHEMA,
        "result": result,
        "passed": False,
        "mode": run.mode,
        "check_mode": run.check_mode,
        "changed": changed,
        "host": run.host,
        "run": {"id": run.run_id, "started": run.started, "finished": run.finished},
        "options": _options(run.options, tokens),
        "inventory": run.inventory,
        "unit": unit,
        # Without VDOMs everything is in one called root, and naming it is noise.
        "vdoms": _has_vdoms(unit, journal),
        "management": plain(mapping(facts.get("management"))),
        "connectivity": _connectivity(before, after),
        "gates": gates,
        "tokens": tokens,
        "locked_out": locked_out(tokens) if result != "skipped" else [],
        "journal": journal,
        "waves": {"stopped": work.stopped, "done": plain(items(outcome(run.activate).get("waves")))},
        "spent_claims": _spent(work, after or before),
        "differences": [dict(row) for row in work.differences],
        "license_codes": license_rows(
            outcome(run.activate).get("license_results"), mapping(run.options).get("license_codes")
        ),
        "moves": move_rows(outcome(run.activate).get("moves"), before, sends),
        "ways_out": ways_out(facts, run.shipped) if run.mode == "audit" and facts else [],
        "require_proof": run.require_proof,
        "findings": [],
        "tickets": [],
        "summary": _count(token["before"] for token in tokens),
        "summary_after": dict(sorted(Counter(map(verdict_of, tokens)).items())) if after else None,
        "commands": work.commands if sends else [],
        "planned_commands": [] if sends else work.commands,
        "debug": {"lines": [], "dropped": number(debug.get("dropped"))},
        "events": [],
        "error": error,
        "baseline": baseline,
        "plan": _plan(run.plan),
    }
    known = known_names(report)
    report["debug"]["lines"] = _lines(list(items(debug.get("lines")))[-MAX_DEBUG_LINES:], known)
    report["events"] = _lines(outcome(run.events).get("events"), known)[:MAX_EVENTS]
    report["findings"] = _findings(report, work, bool(facts), verified, after or before)
    report["license_codes"] = with_remedies(report["license_codes"], report["findings"])
    report["tickets"] = collect(report["findings"])
    report["passed"] = _passed(run, report, is_open)
    return report


def absent_report(host: str, journal: Any = None, **more: Any) -> dict[str, Any]:
    """Return what stands for a host of the play that has no report of this run, with what its journal tells.

    ``more``: what is known of the run, as fields of `UnitRun`.
    """
    report = build_report(UnitRun(host=host, run_id="", finished="", journal=journal, **more))
    reach = make(
        NOT_REACHED,
        "error",
        "This host is part of the play but has no report of this run: the connection failed, or the run ended before"
        " its turn. The state of its tokens is unknown.",
        "Look for this host in the output of the run, fix the connection, then run again for this host.",
        fill={"host": host},
    )
    kept = (row for row in report["findings"] if row["id"] in ("journal_open", "journal_unreadable"))
    findings = [reach, *kept]
    for finding in findings:
        finding["command"] = next_command(finding, host, told(report), report["inventory"])
    return {**report, "result": NOT_REACHED, "findings": findings, "tickets": []}


def _options(given: Any, tokens: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the next command has to repeat. A claim about a token that works now is not one of it."""
    options = {name: plain(value) for name, value in mapping(given).items() if name in KEPT_OPTIONS}
    claims = options.get("lock_released")
    if claims:
        named = claims.split(",") if isinstance(claims, str) else texts(claims)
        settled = {token["serial"] for token in tokens if not token["attention"]}
        options["lock_released"] = [name for name in map(str.strip, named) if name and name.upper() not in settled]
    return options


def _spent(work: Work, facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the claims that Fortinet has contradicted, as this run and the facts tell of them."""
    rows = spent_claims(
        [
            {"serial": token.get("serial"), "since": token["refused_since"], "status": token.get("status")}
            for token in mappings(facts.get("tokens"))
            if token.get("refused_since")
        ]
    )
    return list({row["serial"]: row for row in [*rows, *work.spent]}.values())


def _findings(
    report: Mapping[str, Any], work: Work, reached: bool, verified: bool, facts: Mapping[str, Any]
) -> list[dict[str, Any]]:
    circumstances = Circumstances(
        reached=reached,
        verified=verified,
        changed=report["changed"],
        work=work,
        diagnosis=tuple(diagnosis(report, report["events"], work.refusals)),
        facts=facts,
    )
    found = [
        *(baseline_findings.findings(report["baseline"]) if report["baseline"] else ()),
        *collect_findings(report, circumstances),
        *not_proven(report),
    ]
    for finding in found:
        if finding["severity"] != "info":
            finding["command"] = next_command(finding, report["host"], told(report), report["inventory"])
    return by_urgency(found)


def _passed(run: UnitRun, report: Mapping[str, Any], is_open: bool) -> bool:
    """Say whether the unit counts as done. While a journal is open it does not, whatever else is allowed."""
    if is_open or (run.require_proof and any(token["proof"] == "shown" for token in report["tokens"])):
        return False
    done = ("healthy", "remediated", "skipped", *(() if run.strict else ("partial",)))
    return report["result"] in done


def _taken_away(before: Mapping[str, Any], after: Mapping[str, Any], journal: Mapping[str, Any] | None) -> bool:
    """Say whether this run deleted tokens, as far as facts and journal show it: a task that was stopped from outside
    returns nothing."""
    if journal is None or not journal["open"]:
        return False
    there = {text(token.get("serial")) for token in mappings(before.get("tokens")) if on_unit(token)}
    if after:
        now = {text(token.get("serial")) for token in mappings(after.get("tokens")) if on_unit(token)}
        return bool((there - now) & {row["serial"] for row in journal["tokens"]})
    return not journal["certain"] and bool(there & {row["serial"] for row in journal["tokens"]})


def _compared(run: UnitRun, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what of the baseline is on the unit at the end of the run, or None where the run has no baseline."""
    if run.baseline is None:
        return None
    tokens = [
        {
            **{field: text(token.get(field)) for field in ("serial", "vdom")},
            "present": text(token.get("present")) or "both",
            "bindings": [
                {
                    "type": text(row.get("type")) or "user",
                    **{field: text(row.get(field)) for field in ("name", "vdom", "status")},
                }
                for row in mappings(token.get("bindings"))
            ],
        }
        for token in mappings(facts.get("tokens"))
    ]
    to_cloud = mappings(facts.get("moved"))
    return _baseline.compare(run.baseline, tokens if facts else None, run.serials, run.vdoms, to_cloud)


def _plan(result: Any) -> dict[str, Any] | None:
    """Return which plan was written or applied, by its digest, or None."""
    found = outcome(result)
    if not found.get("digest"):
        return None
    return {
        "path": text(found.get("path")),
        "digest": text(found["digest"]),
        "planned": texts(found.get("planned")),
        "differences": texts(found.get("differences")),
    }


def attention_serials(report: Mapping[str, Any]) -> list[str]:
    """Return the serials of the tokens of a report that need attention."""
    return [token["serial"] for token in report["tokens"] if token["attention"]]


def _result(
    gates: list[dict[str, Any]], tokens: list[dict[str, Any]], changed: bool, failed: bool, is_open: bool
) -> str:
    """Return the one word for a unit. A gate comes first: it says why nothing was tried, errors after it are its echo.

    A closed gate is in nobody's way where nothing is to be done: such a unit is healthy. Nothing hides an open journal.
    """
    if is_open:
        return "failed" if failed else "partial"
    attention = any(token["attention"] for token in tokens)
    if any(gate["state"] == "skipped" for gate in gates):
        return "skipped"
    if attention and any(gate["state"] == "blocked" for gate in gates):
        return "blocked"
    if failed:
        return "failed"
    if attention:
        return "partial"
    return "remediated" if changed else "healthy"


def _seen_after(run: UnitRun, after: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the facts at the end, with what an interrupted run had begun in VDOMs that this run was not to look into:
    it was finished, and only the activation tells of it."""
    if not after or not run.vdoms:
        return after
    seen = {(text(token.get("vdom")), text(token.get("serial"))) for token in mappings(after.get("tokens"))}
    finished = [
        token
        for token in mappings(outcome(run.activate).get("after"))
        if text(token.get("vdom")) not in run.vdoms and (text(token.get("vdom")), text(token.get("serial"))) not in seen
    ]
    return {**after, "tokens": [*mappings(after.get("tokens")), *finished]}


def _unit(unit: Mapping[str, Any]) -> dict[str, Any]:
    """Return the unit as found, without its gates; C(ha) is always a dictionary and C(vdoms) a list."""
    found = {key: value for key, value in plain(unit).items() if key != "gates"}
    if found:
        ha = mapping(found.get("ha"))
        found["ha"] = {**ha, "members": texts(ha.get("members"))}
        found["vdoms"] = texts(found.get("vdoms"))
    return found


def _has_vdoms(unit: Mapping[str, Any], journal: Mapping[str, Any] | None) -> bool:
    """Say whether the unit uses VDOMs. Of one that was not read, only the journal tells."""
    if unit:
        return unit.get("vdom_mode") in ("multi", "split")
    return any(row["vdom"] not in ("", "root") for row in (journal or {}).get("users", ()))


def _gates(gates: Any) -> list[dict[str, Any]]:
    return [{key: text(gate.get(key)) for key in ("name", "state", "message", "remedy")} for gate in mappings(gates)]


def _error(error: Any) -> dict[str, Any] | None:
    if isinstance(error, str) and error.strip():
        return {"msg": redacted(error)}
    detail = mapping(error)
    if not detail:
        return None
    known = {key: redacted(text(detail[key])) for key in ("task", "command", "device_output") if detail.get(key)}
    return {"msg": redacted(text(detail.get("msg"))) or "The run failed without a message.", **known}


def _lines(lines: Any, known: Iterable[str]) -> list[str]:
    found = texts(lines)
    return Redactor(known=known).redact("\n".join(found), debug=True).split("\n") if found else []


def _connectivity(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return it as it is now; pings and the rest of the preflight are from the first look, and are not repeated."""
    first, last = (plain(mapping(facts.get("connectivity"))) for facts in (before, after))
    return {**first, **{key: value for key, value in last.items() if value or key not in first}}


def _count(states: Iterable[Mapping[str, Any] | None]) -> dict[str, int]:
    return dict(sorted(Counter(state["verdict"] for state in states if state is not None).items()))
