# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cards: one for each cause, and one agenda over several units."""

from __future__ import annotations

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.cards import agenda, cards, work_cards
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import make
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    ALREADY,
    blocked_unit,
    facts,
    healthy_unit,
    migrated_unit,
    report,
    token,
    user,
)


def test_user_who_is_disabled_because_of_a_lock_is_on_the_card_of_the_lock() -> None:
    card = next(card for card in cards(migrated_unit()["findings"]) if card["cause"] == "lock")
    assert [finding["id"] for finding in card["findings"]] == ["needs_lock_release", "user_left_disabled"]
    assert card["severity"] == "error", "somebody is locked out"
    assert card["title"].startswith("Ask Fortinet TAC")
    assert card["ticket"]
    assert "remediate_lock_released=FTK200EXAMPLE003,FTK200EXAMPLE005" in card["command"]


def test_what_blocks_a_unit_and_what_waits_for_it_are_one_card() -> None:
    (card,) = work_cards(blocked_unit()["findings"])
    assert [finding["id"] for finding in card["findings"]] == ["gate_blocked", "work_left"]
    assert len(card["serials"]) == 8


def test_a_failed_run_is_one_card() -> None:
    failed = {"failed": True, "msg": "the unit refused"}
    made = report("fw", before=facts([]), purge=failed, error={"msg": "no answer"})
    assert [card["cause"] for card in work_cards(made["findings"])] == ["run"]


def test_a_release_that_did_not_take_effect_and_its_spent_claim_are_one_card() -> None:
    refused = token("FTK200EXAMPLE001", "needs_lock_release", ALREADY, user("alice"), seed=True)
    work = {
        "changed": True,
        "stopped": "the release did not take effect for FTK200EXAMPLE001",
        "stopped_cause": "release",
        "waves": [{"number": 1, "serials": ["FTK200EXAMPLE001"], "failed": ["FTK200EXAMPLE001"]}],
        "claims": [{"serial": "FTK200EXAMPLE001", "since": "2026-03-01T02:15:00Z"}],
    }
    made = report("fw", before=facts([refused]), after=facts([refused]), activate=work)
    (card,) = work_cards(made["findings"])
    assert [finding["id"] for finding in card["findings"]] == ["release_not_effective", "claim_spent"]
    assert card["ticket"]


def test_a_token_whose_claim_was_refused_is_not_on_the_card_of_the_others() -> None:
    refused = token("FTK200EXAMPLE001", "needs_lock_release", ALREADY, user("alice"), seed=True)
    other = token("FTK200EXAMPLE002", "needs_lock_release", ALREADY, user("bob"), seed=True)
    spent = {**refused, "refused_since": "2026-03-01T02:15:00Z"}
    made = report("fw", before=facts([spent, other]))
    shown = {card["id"]: card for card in work_cards(made["findings"])}
    assert {name: card["serials"] for name, card in shown.items()} == {
        "claim_spent": ["FTK200EXAMPLE001"],
        "needs_lock_release": ["FTK200EXAMPLE002"],
    }
    assert "FTK200EXAMPLE001" in shown["claim_spent"]["ticket"]
    assert "FTK200EXAMPLE001" not in shown["needs_lock_release"]["ticket"]


def test_healthy_unit_has_no_card() -> None:
    assert cards(healthy_unit()["findings"]) == []


def test_notes_are_no_work() -> None:
    assert work_cards([make("debug_lines_dropped", "info", "x", fill={"what": "3 debug lines"})]) == []


def test_agenda_joins_units_and_their_commands() -> None:
    locked = [token("FTK200EXAMPLE050", "needs_lock_release", ALREADY, user("x"), seed=True)]
    reports = [migrated_unit(), report("fw-b", before=facts(locked)), healthy_unit()]
    rows = {row["topic"]: row for row in agenda(reports)}
    locks = rows["Have activation locks released"]
    assert [(place["unit"], place["tokens"]) for place in locks["places"]] == [(0, 2), (1, 1)]
    assert "remediate_hosts=fw-berlin-01,fw-b" in locks["command"]
    assert "FTK200EXAMPLE005,FTK200EXAMPLE050" in locks["command"]
    for row in rows.values():
        for place in row["places"]:
            card = cards(reports[place["unit"]]["findings"])[place["card"]]
            assert card["topic"] == row["topic"]
