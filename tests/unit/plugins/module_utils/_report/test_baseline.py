# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The baseline of an old unit: what is recorded, what has to be asked for, and the comparison afterwards."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import BaselineError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import baseline as _baseline
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import (
    baseline_findings,
)
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import facts, report, token, user
from tests.unit.damage import JSON, damaged
from tests.unit.plugins.module_utils._report.old_unit import OLD, TAKEN, baseline, row


class TestMake:
    def test_tokens_holders_and_licenses(self) -> None:
        made = baseline()
        assert (made["host"], made["taken"], made["unit"]["serial"]) == ("fw-old", TAKEN, "FGT60FEXAMPLE001")
        assert [entry["serial"] for entry in made["tokens"]] == sorted(entry["serial"] for entry in OLD)
        first = made["tokens"][0]
        assert (first["comments"], first["status"], first["bindings"]) == ("desk 4", "active", [user("alice")])
        assert made["licenses"] == [
            {"license": "EFTM000000000042", "trial": False, "tokens": ["FTKMOBEXAMPLE008", "FTKMOBEXAMPLE009"]},
            {"license": "FTMTRIAL0A1B2C3D", "trial": True, "tokens": ["FTKMOBEXAMPLE010", "FTKMOBEXAMPLE011"]},
        ]

    def test_what_has_no_entry_cannot_be_migrated(self) -> None:
        listed = token("FTK200EXAMPLE099", "undecided", "active", present="status")
        assert len(baseline([*OLD, listed])["tokens"]) == len(OLD)


class TestCheck:
    BROKEN = (
        ([], "does not say which format"),
        ({"format": "fortiops.fortitoken.journal", "version": 1}, "its format is 'fortiops.fortitoken.journal'"),
        ({"format": _baseline.FORMAT, "version": 2}, "version 2"),
        ({"version": True}, "'unit' has no serial"),
    )

    @pytest.mark.parametrize(("data", "words"), BROKEN[:3])
    def test_foreign_files(self, data: Any, words: str) -> None:
        with pytest.raises(BaselineError, match=words):
            _baseline.check(data)

    @pytest.mark.parametrize(
        ("path", "value", "words"),
        [
            (("host",), "", "'host' is missing"),
            (("taken",), None, "'taken' is missing"),
            (("unit",), {"hostname": "x"}, "'unit' has no serial"),
            (("tokens",), {}, "'tokens' is not a list"),
            (("tokens", 0), "FTK200EXAMPLE001", "token 1 has no serial"),
            (("tokens", 0, "vdom"), 7, "FTK200EXAMPLE001 has no VDOM"),
            (("tokens", 0, "bindings"), None, "FTK200EXAMPLE001 has no bindings"),
            (("tokens", 0, "bindings", 0), {"type": "user"}, "a binding of FTK200EXAMPLE001"),
            (("tokens", 1, "serial"), "FTK200EXAMPLE001", "is there twice"),
        ],
    )
    def test_damaged_files(self, path: tuple[str | int, ...], value: Any, words: str) -> None:
        data: Any = copy.deepcopy(baseline())
        place = data
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        with pytest.raises(BaselineError, match=words):
            _baseline.check(data)


def changed(serial: str, **more: Any) -> list[dict[str, Any]]:
    return [{**entry, **more} if entry["serial"] == serial else entry for entry in OLD]


class TestCompare:
    def compare(self, tokens: list[dict[str, Any]] | None, **limits: Any) -> dict[str, Any]:
        return _baseline.compare(baseline(), tokens, **limits)

    def test_everything_is_here(self) -> None:
        found = self.compare(OLD)
        assert found["complete"] is True
        assert found["tokens"] == {"expected": 11, "there": 11}
        assert found["bindings"] == {"expected": 7, "there": 7}
        assert [(entry["id"], entry["severity"]) for entry in baseline_findings.findings(found)] == [
            ("baseline_compared", "info")
        ]
        assert "11 of 11 tokens and 7 of 7 bindings are here." in baseline_findings.verdict_line(found)

    def test_missing_token_and_its_holder(self) -> None:
        found = self.compare([entry for entry in OLD if entry["serial"] != "FTK200EXAMPLE001"])
        assert found["complete"] is False
        assert [entry["serial"] for entry in found["missing_tokens"]] == ["FTK200EXAMPLE001"]
        assert found["missing_bindings"] == [
            {"serial": "FTK200EXAMPLE001", "type": "user", "name": "alice", "vdom": "root", "holds": []}
        ]
        severities = {entry["id"]: entry["severity"] for entry in baseline_findings.findings(found)}
        assert severities["baseline_token_missing"] == severities["baseline_binding_missing"] == "error"
        assert "10 of 11 tokens and 6 of 7 bindings" in baseline_findings.verdict_line(found)

    def test_entry_that_an_interrupted_run_deleted_is_missing(self) -> None:
        found = self.compare(changed("FTK200EXAMPLE001", present="journal"))
        assert [entry["serial"] for entry in found["missing_tokens"]] == ["FTK200EXAMPLE001"]

    def test_holder_with_another_token(self) -> None:
        tokens = changed("FTK200EXAMPLE001", bindings=[])
        tokens[2] = {**tokens[2], "bindings": [user("alice")]}
        found = self.compare(tokens)
        assert found["missing_tokens"] == []
        assert found["missing_bindings"][0]["holds"] == ["FTK200EXAMPLE003"]
        evidence = row(baseline_findings.findings(found), "baseline_binding_missing")["evidence"]
        assert evidence == ["FTK200EXAMPLE001: user alice (VDOM root), now with FTK200EXAMPLE003"]

    def test_administrator_and_user_of_one_name_are_two(self) -> None:
        found = self.compare(changed("FTK200EXAMPLE002", bindings=[user("night-shift")]))
        assert [entry["type"] for entry in found["missing_bindings"]] == ["admin"]

    def test_another_vdom_is_a_note(self) -> None:
        found = self.compare(changed("FTK200EXAMPLE001", vdom="branch", bindings=[user("alice", vdom="branch")]))
        assert found["complete"] is True
        assert found["moved"] == [
            "FTK200EXAMPLE001: VDOM root, now branch",
            "FTK200EXAMPLE001: user alice of VDOM root, now branch",
        ]

    def test_user_who_is_disabled_now(self) -> None:
        found = self.compare(changed("FTK200EXAMPLE001", bindings=[user("alice", "disable")]))
        assert found["complete"] is True
        assert row(baseline_findings.findings(found), "baseline_user_disabled")["serials"] == ["FTK200EXAMPLE001"]

    def test_user_who_moved_to_the_cloud_lost_nothing(self) -> None:
        tokens = changed("FTK200EXAMPLE001", bindings=[])
        moved = [{"type": "user", "name": "alice", "vdom": "root"}]
        found = self.compare(tokens, to_cloud=moved)
        assert (found["complete"], found["moved"]) == (True, ["FTK200EXAMPLE001: user alice now uses FortiToken Cloud"])
        assert self.compare(tokens)["complete"] is False

    def test_new_tokens_are_a_note(self) -> None:
        found = self.compare([*OLD, token("FTK200EXAMPLE050", "healthy", "active", seed=True)])
        assert (found["complete"], found["added"]) == (True, ["FTK200EXAMPLE050"])

    def test_limits_of_the_run(self) -> None:
        found = self.compare([OLD[0]], serials=["FTK200EXAMPLE001"])
        assert (found["complete"], found["tokens"], found["not_checked"]) == (True, {"expected": 1, "there": 1}, 10)
        assert "10 tokens outside the limits" in baseline_findings.verdict_line(found)
        assert self.compare([], vdoms=["elsewhere"])["not_checked"] == 11

    def test_nothing_was_read(self) -> None:
        found = self.compare(None)
        assert (found["checked"], found["complete"], found["missing_tokens"]) == (False, False, [])
        assert [entry["id"] for entry in baseline_findings.findings(found)] == ["baseline_not_checked"]


class TestReport:
    def test_healthy_unit_that_lacks_a_token_has_work_left(self) -> None:
        here = [entry for entry in OLD if entry["verdict"] == "healthy" and entry["serial"] != "FTK200EXAMPLE001"]
        made = report("fw-new", before=facts(here), baseline=baseline())
        assert (made["result"], made["passed"]) == ("partial", False)
        assert made["findings"][0]["id"].startswith("baseline_")
        lenient = report("fw-new", before=facts(here), baseline=baseline(), strict=False)
        assert (lenient["result"], lenient["passed"]) == ("partial", True)

    def test_complete_unit_stays_what_it_is(self) -> None:
        well = [entry for entry in OLD if entry["verdict"] == "healthy"]
        made = report("fw-new", before=facts(well), baseline=baseline(well))
        assert (made["result"], made["passed"], made["baseline"]["complete"]) == ("healthy", True, True)

    def test_changes_that_were_not_read_back_prove_nothing(self) -> None:
        purge = {"changed": True, "purged": ["FTK200EXAMPLE001"], "commands": ["delete"]}
        made = report("fw-new", before=facts(OLD), purge=purge, baseline=baseline())
        assert made["baseline"]["checked"] is False

    def test_without_a_baseline_nothing_is_said(self) -> None:
        made = report("fw-new", before=facts(OLD))
        assert made["baseline"] is None
        assert not [entry for entry in made["findings"] if entry["id"].startswith("baseline")]


@settings(max_examples=100)
@given(st.deferred(lambda: damaged(baseline())) | JSON)
def test_any_damage_raises_the_documented_error_or_gives_a_baseline_that_can_be_compared(data: Any) -> None:
    try:
        read = _baseline.check(data)
    except BaselineError:
        return
    assert _baseline.compare(read, OLD) and _baseline.compare(read, None)


def test_a_user_with_another_mobile_token_lost_nothing() -> None:
    """A license that was moved or bought brings other tokens (Fortinet article 194574)."""
    old = baseline()
    mobile = next(each for each in old["tokens"] if each["kind"] == "mobile" and each["bindings"])
    others = [
        {"serial": each["serial"], "vdom": each["vdom"], "present": "both", "bindings": each["bindings"]}
        for each in old["tokens"]
        if each is not mobile
    ]
    new = {"serial": "FTKMOBNEW0000001", "vdom": mobile["vdom"], "present": "both", "bindings": mobile["bindings"]}
    found = _baseline.compare(old, [*others, new])
    assert found["complete"] and any("now has FTKMOBNEW0000001" in line for line in found["moved"])
    lost = _baseline.compare(old, others)
    assert [row["serial"] for row in lost["missing_tokens"]] == [mobile["serial"]] and not lost["complete"]
