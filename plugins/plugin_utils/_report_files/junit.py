# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as JUnit XML, which pipelines make their test reports from.

One test suite per unit; in it one test for the run itself, one for an open journal, one per gate, one per token, one
for the baseline, and one per finding that belongs to none of these. A failure is what makes a unit count as failed, an
error is a run that did not finish, and skipped is what a person should check or has decided.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.baseline_findings import verdict_line
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.escape import xml
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.unfinished import described, in_short
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import NOT_REACHED, verdict_of

#: Findings that the test of the run, of a gate, of the journal or of the baseline tells already.
_TOLD = re.compile(
    r"run_failed|task_failed|no_facts|not_verified|not_reached|journal_.*|gate_blocked|managed_by_fortimanager|baseline_.*"
)


@dataclass(frozen=True)
class _Case:
    """One test. ``outcome`` is the element that says what is wrong (`error`, `failure`, `skipped`), or empty."""

    group: str
    name: str
    outcome: str = ""
    kind: str = ""
    message: str = ""
    text: str = ""


def render_junit(title: str, reports: Sequence[Mapping[str, Any]]) -> str:
    """Return the XML text; hosts without a report stand in it by what `build.absent_report` returns."""
    root = ElementTree.Element("testsuites")
    suites = [_suite(report["host"], list(_cases(report)), report["run"]) for report in reports]
    for suite in sorted(suites, key=lambda suite: suite.get("name", "")):
        root.append(suite)
    _set(root, name=title, **{key: str(sum(int(suite.get(key, "0")) for suite in suites)) for key in _COUNTS})
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


_COUNTS = {"tests": "", "failures": "failure", "errors": "error", "skipped": "skipped"}


def _suite(host: str, cases: Sequence[_Case], run: Mapping[str, Any]) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite")
    counts = {key: sum(case.outcome == what or not what for case in cases) for key, what in _COUNTS.items()}
    _set(suite, name=host, **{key: str(number) for key, number in counts.items()})
    if run.get("finished"):
        _set(suite, timestamp=str(run["finished"]).rstrip("Z"), time=_seconds(run))
    for case in cases:
        element = ElementTree.SubElement(suite, "testcase")
        _set(element, classname=f"{host}.{case.group}", name=case.name)
        if case.outcome:
            said = ElementTree.SubElement(element, case.outcome)
            if case.outcome != "skipped":
                _set(said, type=case.kind)
            _set(said, message=case.message)
            said.text = xml(case.text) or None
    return suite


def _cases(report: Mapping[str, Any]) -> Iterator[_Case]:
    yield _run_case(report)
    if report["journal"] and report["journal"]["open"]:
        yield _journal_case(report)
    for gate in report["gates"]:
        outcome = {"blocked": "failure", "skipped": "skipped", "overridden": "skipped"}.get(gate["state"], "")
        # A closed gate is in nobody's way where nothing is to be done.
        outcome = "skipped" if outcome == "failure" and report["passed"] else outcome
        yield _Case("gates", gate["name"], outcome, gate["state"], gate["message"], gate["remedy"])
    for token in report["tokens"]:
        yield _token_case(token)
    if report["baseline"]:
        yield _baseline_case(report)
    for finding in report["findings"]:
        if finding["severity"] == "info" or finding.get("serials") or _TOLD.fullmatch(finding["id"]):
            continue
        outcome = "failure" if finding["severity"] == "error" else "skipped"
        yield _Case("findings", finding["id"], outcome, finding["severity"], finding["title"], finding["remedy"])


def _run_case(report: Mapping[str, Any]) -> _Case:
    if report["result"] == "skipped":
        return _Case("run", "run", "skipped", "skipped", "FortiManager provides the tokens of this unit.")
    if report["result"] not in ("failed", NOT_REACHED):
        return _Case("run", "run")
    told = [finding for finding in report["findings"] if finding["severity"] == "error"]
    message = told[0]["title"] if told else "The run did not finish."
    return _Case(
        "run", "run", "error", report["result"], message, "\n".join(f"{row['title']}: {row['detail']}" for row in told)
    )


def _journal_case(report: Mapping[str, Any]) -> _Case:
    """Name who was disabled and what is missing: the one place in which users are named."""
    journal = report["journal"]
    message = journal["error"] or f"An interrupted run is unfinished: {in_short(journal)}."
    lines = [*described(journal, report["vdoms"]), f"Journal: {journal['path']}"]
    return _Case("journal", "nothing is unfinished", "failure", "unfinished", message, "\n".join(lines))


def _token_case(token: Mapping[str, Any]) -> _Case:
    state = token["after"] or token["before"] or {"verdict": "", "status": None}
    if token["attention"]:
        kind = verdict_of(token)
        status = f" (status: {state['status']})" if state["status"] else ""
        text = "\n".join(line for line in (token["reason"], token["remedy"], token["message"]) if line)
        return _Case("tokens", token["serial"], "failure", kind, f"{kind}{status}", text)
    if state["verdict"] == "locked":
        return _Case("tokens", token["serial"], "skipped", "locked", token["reason"])
    return _Case("tokens", token["serial"])


def _baseline_case(report: Mapping[str, Any]) -> _Case:
    baseline = report["baseline"]
    name = f"every token and binding of {baseline['unit']['hostname']}"
    if baseline["complete"]:
        return _Case("baseline", name)
    lines = [f"{row['serial']} is missing" for row in baseline["missing_tokens"]]
    lines += [f"{row['serial']} is not with its {row['type']}" for row in baseline["missing_bindings"]]
    return _Case("baseline", name, "failure", "incomplete", verdict_line(baseline), "\n".join(lines))


def _seconds(run: Mapping[str, Any]) -> str:
    if not run.get("started"):
        return "0"
    # Python 3.10 does not read the Z of ISO 8601.
    start, end = (datetime.fromisoformat(str(run[key]).rstrip("Z")) for key in ("started", "finished"))
    return str(max(0, round((end - start).total_seconds())))


def _set(element: ElementTree.Element, **attributes: str) -> None:
    for name, value in attributes.items():
        element.set(name, xml(value))
