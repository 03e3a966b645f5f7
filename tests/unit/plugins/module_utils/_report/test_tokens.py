# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tokens of a report: before and after side by side, and what became of their users."""

from __future__ import annotations

from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    ALREADY,
    FAILED,
    PURGED,
    READDED,
    WELL,
    admin,
    facts,
    find,
    ids,
    migrated_unit,
    repaired,
    report,
    token,
    user,
)


def test_proof_of_a_token() -> None:
    rows = {row["serial"]: row["proof"] for row in migrated_unit()["tokens"]}
    assert rows["FTK200EXAMPLE002"] == "confirmed", "this run gave it a new seed"
    assert rows["FTK200EXAMPLE001"] == "shown"
    assert rows["FTK200EXAMPLE005"] == ""
    made = report("fw", before=facts([{**WELL, "proof": "confirmed"}]))
    assert made["tokens"][0]["proof"] == "confirmed"


class TestTokens:
    def test_before_and_after_side_by_side(self) -> None:
        (row,) = repaired(WELL)["tokens"]
        assert row["before"] == {"status": ALREADY, "seed": True, "verdict": "reimport"}
        assert row["after"] == {"status": "active", "seed": True, "verdict": "healthy"}
        assert (row["verdict"], row["action"], row["remedy"], row["attention"]) == ("reimport", "readded", "", False)

    def test_remedy_is_that_of_the_end_state(self) -> None:
        made = report(
            "fw",
            before=facts([token("FTKMOBEXAMPLE001", "pending", "provisioning")]),
            after=facts([token("FTKMOBEXAMPLE001", "provision", "provision timeout")]),
        )
        assert made["tokens"][0]["remedy"] == "Send a new activation code: run with remediate_provision."

    def test_activation_that_was_only_waited_for_is_no_action(self) -> None:
        pending = token("FTKMOBEXAMPLE001", "pending", "provisioning")
        polled = {"changed": False, "results": [{"serial": "FTKMOBEXAMPLE001", "action": "polled"}]}
        made = report("fw", before=facts([pending]), after=facts([pending]), activate=polled)
        assert made["tokens"][0]["action"] == "none"
        assert ids(made) == ["pending"]

    def test_token_that_came_during_the_run(self) -> None:
        made = report("fw", before=facts([WELL]), after=facts([WELL, token("FTKMOBEXAMPLE009", "healthy", "new")]))
        assert made["tokens"][1]["before"] is None
        assert made["tokens"][1]["attention"] is False

    def test_the_same_serial_in_two_vdoms_is_two_tokens(self) -> None:
        other = {**WELL, "vdom": "branch", "verdict": "undecided"}
        made = report("fw", before=facts([WELL, other]), after=facts([WELL, other]))
        assert [row["after"]["verdict"] for row in made["tokens"]] == ["healthy", "undecided"]

    def test_refused_activation_outweighs_the_stated_lock_release(self) -> None:
        refused = {**FAILED, "verdict": "activate", "seed": False, "status": ALREADY.replace("'", "\u2019")}
        made = repaired(refused)
        assert made["tokens"][0]["after"]["verdict"] == "needs_lock_release"
        assert made["summary_after"] == {"needs_lock_release": 1}
        assert find(made, "needs_lock_release")["serials"] == ["FTK200EXAMPLE001"]
        assert "lock" in made["tokens"][0]["remedy"]

    def test_unknown_verdict_needs_attention(self) -> None:
        odd = {**WELL, "verdict": "from_the_future"}
        made = report("fw", before=facts([odd]))
        assert made["result"] == "partial"
        assert ids(made) == ["undecided"]


class TestUsers:
    def test_lost_binding(self) -> None:
        made = repaired({**WELL, "bindings": []})
        assert made["result"] == "partial"
        assert made["tokens"][0]["bindings"][0]["lost"] is True
        finding = find(made, "binding_lost")
        assert finding["severity"] == "error"
        assert finding["evidence"] == ["FTK200EXAMPLE001: user alice"]

    def test_user_left_disabled(self) -> None:
        made = repaired({**WELL, "bindings": [user("alice", "disable")]})
        assert made["result"] == "partial"
        assert find(made, "user_left_disabled")["evidence"] == ["FTK200EXAMPLE001: user alice"]

    def test_user_that_was_disabled_before_may_stay_so(self) -> None:
        idle = {**FAILED, "bindings": [user("alice", "disable")]}
        after = facts([{**WELL, "bindings": [user("alice", "disable")]}])
        made = report("fw", before=facts([idle]), after=after, purge=PURGED, activate=READDED)
        assert (made["result"], made["findings"]) == ("remediated", [])

    def test_users_of_the_same_name_in_two_vdoms_are_two(self) -> None:
        before = {**FAILED, "bindings": [user("alice"), user("alice", vdom="branch")]}
        made = report("fw", before=facts([before], vdom_mode="multi"), after=facts([WELL]))
        assert find(made, "binding_lost")["evidence"] == ["FTK200EXAMPLE001: user alice (VDOM branch)"]

    def test_missing_token(self) -> None:
        made = report("fw", before=facts([FAILED]), after=facts([]), purge=PURGED)
        assert made["result"] == "partial"
        assert {"token_missing", "binding_lost"} <= set(ids(made))
        assert made["tokens"][0]["after"] is None
        assert made["tokens"][0]["missing"] is True
        assert "work_left" not in ids(made)

    def test_token_of_an_administrator_waits_for_a_decision(self) -> None:
        held = token("FTK200EXAMPLE001", "reimport", ALREADY, admin("root"), seed=True, action="none", remedy="Decide.")
        made = report("fw", before=facts([held]), after=facts([held]))
        assert ids(made) == ["held_by_administrator"]
        assert find(made, "held_by_administrator")["remedy"] == "Decide."
