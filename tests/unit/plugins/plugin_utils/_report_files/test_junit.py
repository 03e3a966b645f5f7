# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run as JUnit XML."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import baseline as _baseline
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.build import absent_report
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.junit import render_junit
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    ALREADY,
    HOSTILE,
    absent,
    blocked_unit,
    facts,
    gate,
    healthy_unit,
    journal,
    migrated_unit,
    report,
    token,
    user,
)

WELL = [token("FTK200EXAMPLE001", "healthy", "active", user("alice"), seed=True)]
OLD = [*WELL, token("FTK200EXAMPLE002", "healthy", "active", user("bob"), seed=True)]


def compared(now: list[dict[str, Any]]) -> dict[str, Any]:
    baseline = _baseline.make(facts(OLD, hostname="fw-old"), "fw-old", "2026-03-01T02:07:42Z")
    return report("fw-new", before=facts(now), baseline=baseline)


def outcomes(*reports: dict[str, Any], missing: tuple[str, ...] = ()) -> dict[str, str]:
    """`classname name` -> outcome of each test that is not simply passed; the counts are checked on the way."""
    root = ElementTree.fromstring(render_junit("Title", [*reports, *absent(*missing)]))
    found = {}
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases)
        assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
        for what, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(what, "")) == sum(case.find(tag) is not None for case in cases)
        for case in cases:
            found |= {f"{case.get('classname')} {case.get('name')}": child.tag for child in case}
    totals = {name: sum(int(suite.get(name, "")) for suite in root) for name in ("tests", "failures", "errors")}
    assert {name: int(root.get(name, "")) for name in totals} == totals
    return found


class TestJUnit:
    def test_each_token_that_needs_attention_fails(self) -> None:
        made = migrated_unit()
        found = outcomes(made)
        tokens = {row["serial"] for row in made["tokens"] if row["attention"]}
        failed = {name.split()[1] for name, what in found.items() if ".tokens " in name and what == "failure"}
        assert failed == tokens
        assert found["fw-berlin-01.tokens FTK200EXAMPLE012"] == "skipped", "an administrator's own decision"

    def test_healthy_unit_has_nothing_but_passed_tests(self) -> None:
        assert outcomes(healthy_unit()) == {}

    def test_blocked_gate_fails_and_an_open_one_does_not(self) -> None:
        gates = {name: what for name, what in outcomes(blocked_unit()).items() if ".gates " in name}
        assert gates == {"fw-hamburg-02.gates token_server": "failure"}

    def test_closed_gate_of_a_unit_with_nothing_to_do_is_no_failure(self) -> None:
        made = report("fw", before=facts(WELL, [gate("token_server", "blocked", "Unreachable.")]))
        assert made["passed"]
        assert outcomes(made).get("fw.gates token_server") == "skipped"

    def test_run_that_did_not_end_and_host_without_report_are_errors(self) -> None:
        failed = report("fw", error={"msg": "no route to host"})
        assert outcomes(failed, missing=("fw-away",)) == {"fw.run run": "error", "fw-away.run run": "error"}
        assert "no route to host" in render_junit("Title", [failed])

    def test_fortimanager_unit_is_skipped(self) -> None:
        managed = facts(OLD, [gate("management", "skipped", "FortiManager manages this unit.")])
        managed["management"] = {"type": "fortimanager", "manager": "192.0.2.9", "managed": True}
        assert set(outcomes(report("fw", before=managed)).values()) == {"skipped"}

    def test_baseline_is_a_test(self) -> None:
        assert outcomes(compared(OLD)) == {}
        assert outcomes(compared(WELL)) == {"fw-new.baseline every token and binding of fw-old": "failure"}
        assert "FTK200EXAMPLE002 is missing" in render_junit("Title", [compared(WELL)])

    def test_finding_without_token_is_looked_at(self) -> None:
        activate = {"changed": True, "commands": ["x"], "save_due": True}
        made = report("fw", before=facts(WELL), after=facts(WELL, cfg_save="manual"), activate=activate)
        assert outcomes(made) == {"fw.findings config_not_saved": "skipped"}

    @pytest.mark.parametrize("text", [HOSTILE, "\x00\x1b[31m\ud800 & <x> ]]>", '"quoted"'])
    def test_any_text_makes_xml(self, text: str) -> None:
        sick = token("FTK200EXAMPLE003", "undecided", text, user(text), comments=text)
        made = report(text, before=facts([sick]), error=text)
        root = ElementTree.fromstring(render_junit(text, [made, *absent(text)]).encode("utf-8"))
        assert len(root) == 2

    def test_users_are_not_named(self) -> None:
        assert "judy" not in render_junit("Title", [migrated_unit()])

    def test_open_journal_fails_and_names_who_is_disabled(self) -> None:
        sick = token("FTK200EXAMPLE001", "reimport", ALREADY, user("erin"), seed=True)
        for made in (report("fw", error="no route to host", journal=journal(sick)), *unreached(journal(sick))):
            found = outcomes(made)
            assert found["fw.journal nothing is unfinished"] == "failure"
            text = render_junit("Title", [made])
            assert "user erin: may be disabled, not bound to FTK200EXAMPLE001" in text
            assert "FTK200EXAMPLE001: may be missing" in text


def unreached(open_journal: dict[str, Any]) -> list[dict[str, Any]]:
    return [absent_report("fw", open_journal)]
