# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a unit: result, tokens and findings for every way in which a run can end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.build import attention_serials
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    ALREADY,
    FAILED,
    GATES,
    PURGED,
    READDED,
    WELL,
    facts,
    find,
    gate,
    ids,
    migrated_unit,
    repaired,
    report,
    token,
    user,
)


class TestResult:
    def test_healthy_unit_has_nothing_to_do(self) -> None:
        made = report("fw", before=facts([WELL]), after=facts([WELL]))
        assert (made["result"], made["findings"], made["commands"]) == ("healthy", [], [])

    def test_remediated_when_all_was_repaired(self) -> None:
        made = repaired(WELL)
        assert made["result"] == "remediated"
        assert made["findings"] == []
        assert made["commands"] == ['delete "FTK200EXAMPLE001"', 'edit "FTK200EXAMPLE001"']
        assert made["summary"] == {"reimport": 1}
        assert made["summary_after"] == {"healthy": 1}

    def test_what_was_finished_in_another_vdom_is_not_missing(self) -> None:
        """A run of root finishes what an interrupted one has begun in branch; its facts at the end show root only."""
        begun, done = ({**made, "vdom": "branch"} for made in (FAILED, WELL))
        activate = {**READDED, "after": [done]}
        made = report("fw", before=facts([begun]), after=facts([]), activate=activate, vdoms=("root",))
        assert (made["result"], made["findings"]) == ("remediated", [])
        assert made["tokens"][0]["after"]["verdict"] == "healthy"
        # Without such a limit it is missing.
        assert report("fw", before=facts([begun]), after=facts([]), activate=activate)["tokens"][0]["missing"]

    def test_partial_while_a_token_needs_attention(self) -> None:
        left = token("FTK200EXAMPLE002", "needs_lock_release", ALREADY, seed=True)
        made = report("fw", before=facts([FAILED, left]), after=facts([WELL, left]), purge=PURGED, activate=READDED)
        assert made["result"] == "partial"
        assert attention_serials(made) == ["FTK200EXAMPLE002"]

    def test_locked_by_an_administrator_needs_nothing(self) -> None:
        made = report("fw", before=facts([token("FTK200EXAMPLE002", "locked", "locked")]))
        assert made["result"] == "healthy"

    def test_blocked_gate_outranks_an_error(self) -> None:
        closed = gate("token_server", "blocked", "No token server.", "Fix the route.")
        made = report("fw", before=facts([FAILED], [*GATES, closed]), error={"msg": "a gate is closed"})
        assert made["result"] == "blocked"
        assert find(made, "gate_blocked")["title"] == "No token server."
        assert find(made, "gate_blocked")["remedy"] == "Fix the route."

    def test_gate_that_closes_only_after_the_work_does_not_hide_it(self) -> None:
        after = facts([WELL], [gate("token_server", "blocked", "Gone now.")])
        made = report("fw", before=facts([FAILED]), after=after, purge=PURGED, activate=READDED)
        assert made["result"] == "remediated"

    def test_fortimanager_unit_is_skipped_and_asks_for_nothing_here(self) -> None:
        managed = facts([FAILED], [gate("management", "skipped", "FortiManager manages this unit.")])
        managed["management"] = {"type": "fortimanager", "manager": "192.0.2.9", "managed": True}
        made = report("fw", before=managed)
        assert made["result"] == "skipped"
        assert ids(made) == ["managed_by_fortimanager"]
        assert "192.0.2.9" in find(made, "managed_by_fortimanager")["detail"]
        assert attention_serials(made) == []

    @pytest.mark.parametrize("error", ["no route to host", {"msg": "no route to host", "task": "Read the facts"}])
    def test_failed_with_the_reason(self, error: Any) -> None:
        made = report("fw", error=error)
        assert made["result"] == "failed"
        assert made["error"]["msg"] == "no route to host"
        assert ids(made) == ["run_failed"]

    def test_failed_task_fails_the_unit_even_without_an_error(self) -> None:
        made = report("fw", before=facts([FAILED]), purge={"failed": True, "changed": False, "msg": "the unit refused"})
        assert made["result"] == "failed"
        assert find(made, "task_failed")["detail"] == "the unit refused"

    def test_the_same_failure_is_told_once(self) -> None:
        failed = {"failed": True, "msg": "the unit refused"}
        made = report("fw", before=facts([WELL]), purge=failed, error={"msg": "purge: the unit refused"})
        assert ids(made) == ["run_failed"]

    def test_unit_without_any_data_is_failed_not_healthy(self) -> None:
        made = report("fw")
        assert made["result"] == "failed"
        assert ids(made) == ["no_facts"]

    def test_changes_that_were_not_read_back_are_no_success(self) -> None:
        made = report("fw", before=facts([FAILED]), purge=PURGED)
        assert made["result"] == "failed"
        assert find(made, "not_verified")["evidence"] == ["FTK200EXAMPLE001: deleted"]


def test_claims_about_repaired_tokens_are_not_repeated() -> None:
    for claims in (["ftk200example001", "FTK200EXAMPLE007"], "FTK200EXAMPLE001, FTK200EXAMPLE007"):
        made = repaired(WELL, options={"lock_released": claims, "admins": "include", "license_codes": 3})
        assert made["options"] == {"lock_released": ["FTK200EXAMPLE007"], "admins": "include"}
    assert repaired(WELL, options={"lock_released": "all"})["options"] == {"lock_released": ["all"]}


class TestModes:
    @pytest.mark.parametrize("more", [{"check_mode": True}, {"mode": "audit"}])
    def test_nothing_counts_as_done(self, more: dict[str, Any]) -> None:
        made = report("fw", before=facts([FAILED]), purge=PURGED, activate=READDED, **more)
        (row,) = made["tokens"]
        assert made["result"] == "partial"
        assert made["changed"] is False
        assert made["commands"] == []
        assert made["planned_commands"] == ['delete "FTK200EXAMPLE001"', 'edit "FTK200EXAMPLE001"']
        assert (row["action"], row["planned"]) == ("none", "readded")
        assert "remediate_tokens.yml" in find(made, "work_left")["remedy"]

    def test_audit_tells_what_a_run_would_do(self) -> None:
        made = report("fw", mode="audit", before=facts([FAILED]))
        assert made["tokens"][0]["planned"] == "reimport"

    def test_skipped_results_count_for_nothing(self) -> None:
        made = report("fw", before=facts([WELL]), purge={"skipped": True, "changed": True, "commands": ["x"]})
        assert (made["result"], made["commands"]) == ("healthy", [])


class TestFindings:
    def test_every_kind_of_work_has_its_finding(self) -> None:
        made = migrated_unit()
        assert ids(made) == [
            "user_left_disabled",
            "needs_lock_release",
            "needs_license",
            "needs_seed_file",
            "held_by_administrator",
            "provision",
            "undecided",
        ]
        for finding in made["findings"]:
            assert finding["title"] and finding["actor"] and finding["remedy"]

    def test_every_token_that_needs_attention_is_in_a_finding(self) -> None:
        made = migrated_unit()
        named = {serial for finding in made["findings"] for serial in finding["serials"]}
        assert named == set(attention_serials(made))

    def test_ticket_for_the_lock_release(self) -> None:
        left = token("FTK200EXAMPLE002", "needs_lock_release", ALREADY, user("bob"), seed=True)
        cluster = {"mode": "a-p", "role": "primary", "members": ["FGT60FEXAMPLE001", "FGT60FEXAMPLE009"]}
        made = report("fw", before=facts([left], ha=cluster))
        finding = find(made, "needs_lock_release")
        assert finding["actor"] == "Fortinet TAC"
        for part in ("FTK200EXAMPLE002", "FGT60FEXAMPLE001", "FGT60FEXAMPLE009", "7.4.8", "2795", ALREADY):
            assert part in finding["ticket"]
        assert "bob" not in finding["ticket"]

    def test_ticket_for_the_license_names_the_license(self) -> None:
        made = report("fw", before=facts([token("FTKMOBEXAMPLE001", "needs_license", "locked")]))
        finding = find(made, "needs_license")
        assert finding["actor"] == "Fortinet Customer Service"
        assert "EFTM000000000042" in finding["ticket"]

    @pytest.mark.parametrize("mode", ["manual", "revert"])
    def test_unsaved_configuration(self, mode: str) -> None:
        made = repaired(WELL)
        assert "config_not_saved" not in ids(made)
        made = report("fw", before=facts([FAILED], cfg_save=mode), after=facts([WELL]), purge=PURGED, activate=READDED)
        assert made["result"] == "remediated"
        assert find(made, "config_not_saved")["severity"] == "warning"

    def test_saved_configuration_needs_no_saving(self) -> None:
        before = facts([FAILED], cfg_save="manual")
        saving = {**READDED, "commands": ["execute cfg save"]}
        made = report("fw", before=before, after=facts([WELL]), purge=PURGED, activate=saving)
        assert made["findings"] == []
        told = {**READDED, "save_due": False}
        made = report("fw", before=before, after=facts([WELL]), purge=PURGED, activate=told)
        assert made["findings"] == []

    def test_dropped_debug_lines(self) -> None:
        made = report("fw", before=facts([WELL]), debug={"lines": ["[641] fds_ctx_set_addr: server:"], "dropped": 3})
        assert find(made, "debug_lines_dropped")["title"] == "3 debug lines dropped"
        assert made["debug"]["lines"] == ["[641] fds_ctx_set_addr: server:"]
        assert made["result"] == "healthy"

    def test_refusal_of_the_unit(self) -> None:
        refusing = {"refused": [{"serial": "FTK200EXAMPLE001", "verdict": "reimport", "reason": "Return code -23"}]}
        made = report("fw", before=facts([FAILED]), after=facts([FAILED]), purge=refusing)
        assert find(made, "purge_refused")["evidence"] == ["FTK200EXAMPLE001 (reimport): Return code -23"]

    def test_the_most_urgent_come_first(self) -> None:
        order = ["error", "warning", "info"]
        ranks = [order.index(finding["severity"]) for finding in migrated_unit()["findings"]]
        assert ranks == sorted(ranks)


def test_secrets_do_not_stay() -> None:
    seed, code = "0123456789abcdef0123456789abcdef01234567", "1A2B-3C4D-5E6F-7A8B-9C0D"
    made = report(
        "fw",
        before=facts([WELL]),
        purge={"commands": [f'set seed "{seed}"']},
        activate={"commands": [f"execute fortitoken-mobile import {code}"]},
        debug={"lines": ['"seed":', f'"{seed}"'], "dropped": 0},
        error={"msg": f"import of {code} failed", "device_output": f"set seed {seed}"},
    )
    text = json.dumps(made)
    assert seed not in text
    assert code not in text


KEYS = [
    *("unit", "tokens", "serial", "verdict", "bindings", "type", "name", "status", "gates", "state", "ha", "members"),
    *(
        "results",
        "purged",
        "refused",
        "commands",
        "failed",
        "changed",
        "msg",
        "lines",
        "dropped",
        "vdom_mode",
        "cfg_save",
    ),
]
WORDS = ["FTK200EXAMPLE001", "needs_lock_release", "needs_license", "reimport", "admin", "blocked", "hardware", "multi"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
ODD_TOKEN = st.fixed_dictionaries(
    {"serial": st.sampled_from(WORDS), "verdict": st.sampled_from(WORDS)},
    optional={"bindings": JSON, "status": JSON, "seed": JSON, "kind": JSON, "remedy": JSON, "license": JSON},
)
FACTS = JSON | st.fixed_dictionaries(
    {"unit": st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4), "tokens": st.lists(ODD_TOKEN, max_size=3)}
)


@settings(max_examples=80, deadline=None)
@given(FACTS, FACTS, JSON, JSON, JSON, JSON)
def test_no_data_is_too_odd_for_a_report(
    before: Any, after: Any, purge: Any, activate: Any, debug: Any, error: Any
) -> None:
    made = report("fw", before=before, after=after, purge=purge, activate=activate, debug=debug, error=error)
    assert made["result"] in {"failed", "blocked", "partial", "remediated", "healthy", "skipped"}
    assert json.loads(json.dumps(made)) == made
