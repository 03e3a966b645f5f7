# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An enrollment as CSV, JUnit and page."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import STATES
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._enroll_files.page import render
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._enroll_files.tables import csv_text, junit_text


def user(name: str, state: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "user",
        "vdom": "root",
        "user": name,
        "serial": "FTKMOBEXAMPLE001",
        "state": state,
        "reason": "",
        "codes": 1,
        "requested": "",
        "valid_until": "",
        "hours_left": None,
        "enrolled": "",
        "channel": "email",
        **more,
    }


def report(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "host": "fw-berlin",
        "outcome": "waiting",
        "error": "",
        "stopped": "",
        "outside_window": False,
        "unknown": [],
        "results": list(rows),
        "history": [],
        **more,
    }


def test_a_name_that_is_a_formula_is_text_in_a_spreadsheet() -> None:
    (row,) = csv.DictReader(io.StringIO(csv_text([report(user("=cmd()", "enrolled"))]), newline=""))
    assert (row["user"], row["host"], row["hours_left"]) == ("'=cmd()", "fw-berlin", "")


@pytest.mark.parametrize("name", [" =cmd()", "\uff1dcmd()", "@x", "-1+1", "+1"])
def test_no_form_of_a_formula_is_one(name: str) -> None:
    (row,) = csv.DictReader(io.StringIO(csv_text([report(user(name, "enrolled"))]), newline=""))
    assert row["user"] == f"'{name}"


@pytest.mark.parametrize("name", ["a\x1b[2Jb", "a\r\nb", "\u202egnp", "a\x9b31m", "\ud800"])
def test_what_a_terminal_obeys_is_spelled_out(name: str) -> None:
    text = csv_text([report(user(name, "enrolled"))]) + junit_text(name, [report(user(name, "failed"))], [name])
    assert not re.search("[\x1b\x9b\u202e\ud800]|a\r?\nb", text)
    ElementTree.fromstring(junit_text(name, [], [name]))


def test_who_needs_attention_is_a_failure_and_who_is_on_the_way_is_skipped() -> None:
    rows = [user("a", "enrolled"), user("b", "requested"), user("c\x01", "given_up", reason="3 codes")]
    root = ElementTree.fromstring(
        junit_text("Enrollment", [report(*rows), report(host="x", stopped="too many")], ["y"])
    )
    counts = {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "6", "failures": "1", "errors": "2", "skipped": "1"}
    assert [suite.get("name") for suite in root] == ["fw-berlin", "x", "y"]
    assert root.find(".//failure").get("message") == "given_up: 3 codes"  # type: ignore[union-attr]


def test_the_page_escapes_what_comes_from_a_unit_and_runs_nothing() -> None:
    summary = {**dict.fromkeys(STATES, 0), "users": 1, "codes": 0, "check_mode": False, "finished": ""}
    row = user("<script>alert(1)</script>", "blocked", reason="</table>")
    history = [{"day": "2026-03-01", **dict.fromkeys(STATES, 1), "codes": 1}]
    text = render("Enrollment", [report(row, history=history, stopped="<b>")], ["<i>"], summary)
    assert "<script" not in text and "</table>.*reason" not in text and "&lt;b&gt;" in text and "&lt;i&gt;" in text
    assert "default-src 'none'" in text and "<svg" in text and "http" not in text.split("<body>")[1]
