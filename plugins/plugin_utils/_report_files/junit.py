# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as JUnit XML, which is what pipelines draw their test reports from.

One test suite per unit; in it one test for the run itself, one per gate, one per token, one for the baseline, and one
per finding that belongs to none of these. A failure is what makes a unit count as failed, an error is a run that did
not come to its end, and skipped is what somebody should look at or has decided so.

Note that this plugin util is PRIVATE to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.baseline import verdict_line
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.page import NOT_REACHED

#: What XML 1.0 cannot hold in any form.
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")

#: Findings that the test of the run, of a gate or of the baseline tells already.
_TOLD = re.compile(r"run_failed|task_failed|no_facts|not_verified|gate_blocked|managed_by_fortimanager|baseline_.*")


@dataclass(frozen=True)
class _Case:
    """One test. ``outcome`` is the element that says what is wrong (`error`, `failure`, `skipped`), or empty."""

    group: str
    name: str
    outcome: str = ""
    kind: str = ""
    message: str = ""
    text: str = ""


def render_junit(title: str, reports: Sequence[Mapping[str, Any]], missing: Sequence[str]) -> str:
    """The XML text. ``missing`` are hosts that wrote no report."""
    root = ElementTree.Element("testsuites")
    absent = [_Case("run", "run", "error", NOT_REACHED, "This host has no report of this run.")]
    suites = [_suite(report["host"], list(_cases(report)), report["run"]) for report in reports]
    suites += [_suite(host, absent, {}) for host in missing]
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
            said.text = _clean(case.text) or None
    return suite


def _cases(report: Mapping[str, Any]) -> Iterator[_Case]:
    yield _run_case(report)
    for gate in report["gates"]:
        outcome = {"blocked": "failure", "skipped": "skipped", "overridden": "skipped"}.get(gate["state"], "")
        # A closed gate stands in nobody's way where nothing is to be done.
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
    if report["result"] != "failed":
        return _Case("run", "run")
    told = [finding for finding in report["findings"] if finding["severity"] == "error"]
    message = told[0]["title"] if told else "The run did not come to its end."
    return _Case(
        "run", "run", "error", "failed", message, "\n".join(f"{row['title']}: {row['detail']}" for row in told)
    )


def _token_case(token: Mapping[str, Any]) -> _Case:
    state = token["after"] or token["before"] or {"verdict": "", "status": None}
    if token["attention"]:
        kind = "missing" if token["missing"] else state["verdict"]
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
        element.set(name, _clean(value))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
