# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of one unit: a plain dictionary made from facts and module results.

Pure code: no files, no clock, no Ansible. What goes in is what the modules of this collection return; any part of
it may be missing, because a report is written for a unit that failed half-way or never answered, too.

Note that this module util is PRIVATE to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import baseline as _baseline
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.diagnosis import diagnosis
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.findings import (
    Circumstances,
    collect_findings,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.tickets import collect
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    HEALTHY,
    LOCKED,
    NEEDS_LOCK_RELEASE,
    UNDECIDED,
    is_already_activated,
    normalise,
)

SCHEMA = 1

#: Worst first: the order in which people want to see units.
RESULTS = ("failed", "blocked", "partial", "remediated", "healthy", "skipped")

#: Of findings, the most urgent first.
SEVERITIES = ("error", "warning", "info")

#: Verdicts that leave nothing to do: the token works, or an administrator locked it on purpose.
SETTLED_VERDICTS = frozenset((HEALTHY, LOCKED))

#: Debug lines kept in a report. An activation prints about a dozen lines; twenty of them are what a ticket needs.
MAX_DEBUG_LINES = 2000

#: Entries of the event log kept in a report.
MAX_EVENTS = 500

#: What the activate module says of a token that it only looked at.
_NO_CHANGE = frozenset(("", "none", "polled"))


@dataclass(frozen=True)
class UnitRun:
    """All that is known of one unit after one run.

    ``before`` and ``after`` are the C(fortitoken) facts; ``purge``, ``activate`` and ``debug`` the results of the
    modules of that name; ``events`` the result of the debug module that read the event log; ``error`` is ``{msg, task,
    command, device_output}``; ``baseline`` a baseline of the old unit that was checked; ``plan`` the result of the plan
    module. Each of them may be ``None``. ``serials`` and ``vdoms`` are what the run was limited to;
    ``strict`` is whether a token that still needs somebody makes the unit count as failed.
    ``started`` and ``finished`` are UTC times in ISO 8601.
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
    serials: tuple[str, ...] = ()
    vdoms: tuple[str, ...] = ()
    strict: bool = True


@dataclass(frozen=True)
class _Work:
    """What the purge and activate tasks did, by serial."""

    actions: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    changed: bool = False
    save_due: bool | None = None
    failures: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()


def build_report(run: UnitRun) -> dict[str, Any]:
    """Return the report of one unit, made of plain JSON types only. Raises nothing for missing or odd data."""
    before, after = _mapping(run.before), _mapping(run.after)
    facts = before or after
    work = _work_done(_outcome(run.purge), _outcome(run.activate))
    sends = not run.check_mode and run.mode != "audit"
    tokens = _tokens(before, _seen_after(run, after), work, sends)
    unit = _unit(_mapping(facts.get("unit")))
    gates = _gates(_mapping(facts.get("unit")).get("gates"))
    error = _error(run.error)
    changed = work.changed and sends
    verified = bool(after) or not changed
    debug = _outcome(run.debug)
    result = _result(gates, tokens, changed, failed=bool(error or work.failures or not facts or not verified))
    if result == "skipped":
        # FortiManager provides these tokens: nothing is to be done about them on the unit.
        tokens = [{**token, "attention": False, "remedy": ""} for token in tokens]
    # What was changed and not read back proves nothing.
    baseline = _compared(run, after or (before if verified else {}))
    if baseline and not baseline["complete"] and result in ("healthy", "remediated"):
        result = "partial"
    report: dict[str, Any] = {
        "schema": SCHEMA,
        "result": result,
        "passed": result in ("healthy", "remediated", "skipped") or (result == "partial" and not run.strict),
        "mode": run.mode,
        "check_mode": run.check_mode,
        "changed": changed,
        "host": run.host,
        "run": {"id": run.run_id, "started": run.started, "finished": run.finished},
        "unit": unit,
        "management": _plain(_mapping(facts.get("management"))),
        "connectivity": _connectivity(before, after),
        "gates": gates,
        "tokens": tokens,
        "findings": [],
        "tickets": [],
        "summary": _count(token["before"] for token in tokens),
        "summary_after": _count(token["after"] for token in tokens) if after else None,
        "commands": work.commands if sends else [],
        "planned_commands": [] if sends else work.commands,
        "debug": {
            "lines": _debug_lines(debug),
            "dropped": _number(debug.get("dropped")),
        },
        "events": _lines(_outcome(run.events).get("events"))[:MAX_EVENTS],
        "cost": _cost(before, after, {"purge": run.purge, "activate": run.activate, "debug": run.debug}),
        "error": error,
        "baseline": baseline,
        "plan": _plan(run.plan),
    }
    circumstances = Circumstances(
        reached=bool(facts),
        verified=verified,
        changed=changed,
        save_due=work.save_due,
        refused=tuple(work.refused),
        failures=work.failures,
        diagnosis=tuple(diagnosis(report, report["events"], work.refusals)),
    )
    report["findings"] = sorted(
        [*(_baseline.findings(baseline) if baseline else ()), *collect_findings(report, circumstances)],
        key=lambda finding: SEVERITIES.index(finding["severity"]),
    )
    report["tickets"] = collect(report["findings"])
    return report


def _cost(before: Mapping[str, Any], after: Mapping[str, Any], results: Mapping[str, Any]) -> dict[str, Any]:
    """Phase -> turns, lines, bytes and seconds. The facts tell what the session has cost until then, the results of the
    modules what they have cost themselves."""
    phases = {
        "look": before.get("cost"),
        **{phase: _outcome(result).get("cost") for phase, result in results.items()},
        "total": after.get("cost") or before.get("cost"),
    }
    return {
        phase: {name: value for name, value in _mapping(cost).items() if isinstance(value, (int, float))}
        for phase, cost in phases.items()
        if cost
    }


def _compared(run: UnitRun, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """What of the baseline is on the unit at the end of the run, or None where the run has no baseline."""
    if run.baseline is None:
        return None
    tokens = [
        {
            **{field: _text(token.get(field)) for field in ("serial", "vdom")},
            "present": _text(token.get("present")) or "both",
            "bindings": [
                {
                    "type": _text(row.get("type")) or "user",
                    **{field: _text(row.get(field)) for field in ("name", "vdom", "status")},
                }
                for row in _mappings(token.get("bindings"))
            ],
        }
        for token in _mappings(facts.get("tokens"))
    ]
    return _baseline.compare(run.baseline, tokens if facts else None, run.serials, run.vdoms)


def _plan(result: Any) -> dict[str, Any] | None:
    """Which plan was written or applied, by its digest, or None."""
    outcome = _outcome(result)
    if not outcome.get("digest"):
        return None
    return {
        "path": _text(outcome.get("path")),
        "digest": _text(outcome["digest"]),
        "planned": [_text(serial) for serial in _list(outcome.get("planned"))],
        "differences": [_text(line) for line in _list(outcome.get("differences"))],
    }


def attention_serials(report: Mapping[str, Any]) -> list[str]:
    """Serials of the tokens of a report that still need somebody."""
    return [token["serial"] for token in report["tokens"] if token["attention"]]


def _result(gates: list[dict[str, Any]], tokens: list[dict[str, Any]], changed: bool, failed: bool) -> str:
    """The one word for a unit. A gate comes first: it says why nothing was tried, errors after it are its echo.

    A closed gate stands in nobody's way where nothing is to be done: such a unit is healthy.
    """
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


def _work_done(purge: Mapping[str, Any], activate: Mapping[str, Any]) -> _Work:
    actions = {_text(serial): "deleted" for serial in _list(purge.get("purged"))}
    messages: dict[str, str] = {}
    for row in _mappings(activate.get("results")):
        serial, action = _text(row.get("serial")), _text(row.get("action"))
        if action not in _NO_CHANGE:
            actions[serial] = action
        if row.get("message"):
            messages[serial] = _text(row["message"])
    return _Work(
        actions=actions,
        messages=messages,
        commands=[_redacted(_text(line)) for result in (purge, activate) for line in _list(result.get("commands"))],
        refused=[
            {key: _text(row.get(key)) for key in ("serial", "verdict", "reason")}
            for row in _mappings(purge.get("refused"))
        ],
        changed=any(_flag(result.get("changed")) for result in (purge, activate)),
        save_due=_flag(activate["save_due"]) if "save_due" in activate else None,
        failures=tuple(
            _text(result.get("msg")) or "The task failed without a message."
            for result in (purge, activate)
            if _flag(result.get("failed"))
        ),
        refusals=(*messages.values(), *(_text(text) for text in _list(activate.get("license_errors")))),
    )


def _seen_after(run: UnitRun, after: Mapping[str, Any]) -> Mapping[str, Any]:
    """The facts at the end, with what an interrupted run had begun in VDOMs that this run was not to look into: it was
    finished, and only the activation tells of it."""
    if not after or not run.vdoms:
        return after
    seen = {_identity(token) for token in _mappings(after.get("tokens"))}
    finished = [
        token
        for token in _mappings(_outcome(run.activate).get("after"))
        if _text(token.get("vdom")) not in run.vdoms and _identity(token) not in seen
    ]
    return {**after, "tokens": [*_mappings(after.get("tokens")), *finished]}


def _tokens(before: Mapping[str, Any], after: Mapping[str, Any], work: _Work, sends: bool) -> list[dict[str, Any]]:
    """One row per token, in the order of the unit; tokens that came during the run (licence import) at the end."""
    rows = []
    left = {_identity(token): token for token in _mappings(after.get("tokens"))}
    for old in _mappings(before.get("tokens")):
        new = left.pop(_identity(old), None)
        rows.append(_token(old, new, work, sends, verified=bool(after)))
    rows.extend(_token(None, new, work, sends, verified=True) for new in left.values())
    return rows


def _identity(token: Mapping[str, Any]) -> tuple[str, str]:
    return _text(token.get("vdom")), _text(token.get("serial"))


def _token(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, work: _Work, sends: bool, verified: bool
) -> dict[str, Any]:
    first = old or new or {}
    last = new if verified else old
    serial = _text(first.get("serial"))
    done = work.actions.get(serial, "none")
    action, planned = (done, "none") if sends else ("none", done)
    if not sends and planned == "none":
        planned = _text(first.get("action")) or "none"
    bindings = [
        _binding(row, _mappings(new.get("bindings")) if new else [], compare=verified and old is not None)
        for row in _mappings(first.get("held_before") or first.get("bindings"))
    ]
    after = _state(new) if new else None
    reason = _text((last or first).get("reason"))
    if after is not None and _lock_was_held(first, after, action):
        after["verdict"] = NEEDS_LOCK_RELEASE
        reason = "Fortinet refused the activation of this run, so its activation lock is not released."
    final = after if verified else _state(old)
    disturbed = any(binding["lost"] or binding["left_disabled"] for binding in bindings)
    settled = final is not None and final["verdict"] in SETTLED_VERDICTS
    return {
        "serial": serial,
        "kind": _text(first.get("kind")),
        "model": _text(first.get("model")),
        "vdom": _text(first.get("vdom")),
        "license": _text(first.get("license")),
        "comments": _text(first.get("comments")),
        "bindings": bindings,
        "before": _state(old) if old else None,
        "after": after,
        "verdict": _text(first.get("verdict")),
        "reason": reason,
        "action": action,
        "planned": planned,
        "next": _text((last or {}).get("action")) or "none",
        "message": work.messages.get(serial, ""),
        "missing": final is None,
        "undeliverable": [_text(text) for text in _list((last or first).get("undeliverable"))],
        "remedy": _remedy(final, last, bindings),
        "attention": not settled or disturbed,
    }


def _state(token: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if token is None:
        return None
    status = token.get("status")
    return {
        "status": None if status is None else _text(status),
        "seed": _flag(token.get("seed")),
        "verdict": _text(token.get("verdict")) or UNDECIDED,
    }


def _lock_was_held(token: Mapping[str, Any], after: Mapping[str, Any], action: str) -> bool:
    """Whether this run's own activation was answered with "already activated".

    Triage takes the operator's word that a lock is released. When the activation of this very run is refused, the
    answer outweighs the word: another attempt would fail the same way until Fortinet releases the lock
    (Fortinet article 194435).
    """
    return (
        _text(token.get("kind")) == "hardware"
        and action in {"readded", "activated"}
        and is_already_activated(normalise(after["status"] or ""))
        and after["verdict"] not in SETTLED_VERDICTS
    )


def _binding(row: Mapping[str, Any], later: list[Mapping[str, Any]], compare: bool) -> dict[str, Any]:
    """A holder as found before the run, with what became of it. Users keep their C(status), admins have none."""

    def key(binding: Mapping[str, Any]) -> tuple[str, str, str]:
        return _text(binding.get("type")), _text(binding.get("name")), _text(binding.get("vdom"))

    found = next((other for other in later if key(other) == key(row)), None)
    status = row.get("status")
    return {
        "type": _text(row.get("type")) or "user",
        "name": _text(row.get("name")),
        "vdom": _text(row.get("vdom")),
        "status": None if status is None else _text(status),
        "two_factor": _text(row.get("two_factor")),
        "lost": compare and found is None,
        "left_disabled": compare and found is not None and status == "enable" and found.get("status") == "disable",
    }


def _remedy(final: Mapping[str, Any] | None, last: Mapping[str, Any] | None, bindings: list[dict[str, Any]]) -> str:
    """What a person must still do for this token; empty when nothing."""
    steps = []
    if final is None:
        steps.append("Add the token to the configuration again; it was there before the run and is missing now.")
    for binding in bindings:
        if binding["lost"]:
            steps.append(f"Give the token back to {binding['type']} {binding['name']}.")
        elif binding["left_disabled"]:
            steps.append(f"Enable user {binding['name']} again once the token works.")
    if final is not None and last is not None and final["verdict"] != HEALTHY:
        if final["verdict"] == last.get("verdict"):
            steps.append(_text(last.get("remedy")))
        else:
            steps.append("Fortinet still holds its activation lock: ask Fortinet TAC to release it, then run again.")
    return " ".join(step for step in steps if step)


def _unit(unit: Mapping[str, Any]) -> dict[str, Any]:
    """The unit as found, without its gates; C(ha) is always a dictionary and C(vdoms) a list."""
    plain = {key: value for key, value in _plain(unit).items() if key != "gates"}
    if plain:
        ha = _mapping(plain.get("ha"))
        plain["ha"] = {**ha, "members": [_text(serial) for serial in _list(ha.get("members"))]}
        plain["vdoms"] = [_text(vdom) for vdom in _list(plain.get("vdoms"))]
    return plain


def _gates(gates: Any) -> list[dict[str, Any]]:
    return [{key: _text(gate.get(key)) for key in ("name", "state", "message", "remedy")} for gate in _mappings(gates)]


def _error(error: Any) -> dict[str, Any] | None:
    if isinstance(error, str) and error.strip():
        return {"msg": _redacted(error)}
    detail = _mapping(error)
    if not detail:
        return None
    known = {key: _redacted(_text(detail[key])) for key in ("task", "command", "device_output") if detail.get(key)}
    return {"msg": _redacted(_text(detail.get("msg"))) or "The run failed without a message.", **known}


def _redacted(text: str) -> str:
    """Secrets are taken out where the unit's bytes come in; a report is kept and mailed, so it is looked at again."""
    return Redactor().redact(text)


def _debug_lines(debug: Mapping[str, Any]) -> list[str]:
    return _lines(list(_list(debug.get("lines")))[-MAX_DEBUG_LINES:])


def _lines(lines: Any) -> list[str]:
    texts = [_text(line) for line in _list(lines)]
    return Redactor().redact("\n".join(texts), debug=True).split("\n") if texts else []


def _connectivity(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """As it is now; pings and the rest of the preflight are from the first look, and are not repeated."""
    first, last = (_plain(_mapping(facts.get("connectivity"))) for facts in (before, after))
    return {**first, **{key: value for key, value in last.items() if value or key not in first}}


def _count(states: Any) -> dict[str, int]:
    return dict(sorted(Counter(state["verdict"] for state in states if state is not None).items()))


def _outcome(result: Any) -> Mapping[str, Any]:
    """A registered result; empty for one that is undefined or whose task was skipped."""
    outcome = _mapping(result)
    return {} if _flag(outcome.get("skipped")) else outcome


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) else []


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in _list(value) if isinstance(item, Mapping)]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _flag(value: Any) -> bool:
    return value.strip().lower() in {"true", "yes", "on", "1"} if isinstance(value, str) else bool(value)


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _plain(value: Any) -> Any:
    """A copy made of dict, list, str, int, float, bool and None only, whatever subclasses came in."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(item) for item in value]
    return str(value)
