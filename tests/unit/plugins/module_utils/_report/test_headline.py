# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first line of a report: what was achieved, who is locked out, what is left, and what is not proven."""

from __future__ import annotations

from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.headline import (
    achieved,
    headline,
    not_changed,
    reason,
    token_counts,
    verdict_counts,
)
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    absent,
    blocked_unit,
    facts,
    gate,
    healthy_unit,
    journal,
    migrated_unit,
    report,
    three_units,
    token,
    user,
)


def proven(*proofs: str) -> list[dict[str, Any]]:
    return [
        token(f"FTK200EXAMPLE00{place}", "healthy", "active", seed=True, proof=proof)
        for place, proof in enumerate(proofs)
    ]


def skipped_unit() -> dict[str, Any]:
    return report("fw-m", before=facts(proven("shown"), [gate("management", "skipped", "FortiManager.")]))


def test_what_was_achieved_comes_first() -> None:
    assert headline([migrated_unit()], names=True) == (
        "fw-berlin-01: 3 tokens repaired; bob and frank can log in again; 1 user is disabled; 6 things to do"
    )


def test_users_are_not_named_where_many_can_read() -> None:
    assert achieved([migrated_unit()]) == "3 tokens repaired; 2 users can log in again"


def test_a_run_that_passes_with_work_left_says_what_is_not_proven() -> None:
    left = [*proven("shown"), token("FTK200EXAMPLE009", "needs_lock_release", "a text", user("bob"), seed=True)]
    passing, failing = (report("fw", before=facts(left), strict=strict) for strict in (False, True))
    assert headline([passing]).endswith("; 1 token shows a good status but is not proven to work")
    assert "not proven" not in headline([failing])
    assert headline([passing, passing]).endswith("; 2 tokens show a good status but are not proven to work")
    assert "not proven" not in headline([passing, failing])


def test_state_of_one_unit() -> None:
    assert headline([blocked_unit()]) == "fw-hamburg-02: blocked; nothing was changed"
    assert headline([report("fw")]) == "fw: the run failed"
    assert headline(absent("fw-ulm-04")) == "fw-ulm-04: not reached"
    assert headline([skipped_unit()]) == "fw-m: managed by FortiManager, nothing was changed"
    assert headline([]) == "No units in this run"


def test_several_units() -> None:
    assert headline([*three_units(), *absent("fw-ulm-04")]).endswith("1 user is disabled; 3 of 4 units need attention")
    two = [migrated_unit(), {**migrated_unit(), "host": "fw-b"}]
    assert headline(two, names=True).startswith("6 tokens repaired; 4 users can log in again; 2 users are disabled;")
    assert headline([migrated_unit(), healthy_unit()]).endswith("1 of 2 units needs attention")


def test_success_that_rests_on_a_status_says_so() -> None:
    shown = report("fw", before=facts(proven("shown", "confirmed", "")))
    assert headline([shown]) == "fw: healthy, nothing to do; 2 tokens show a good status but are not proven to work"
    confirmed = report("fw", before=facts(proven("confirmed")))
    assert headline([confirmed]) == "fw: healthy, nothing to do"
    assert headline([confirmed, shown]) == (
        "All 2 units are in order; 2 tokens show a good status but are not proven to work"
    )


def test_open_journal_is_in_the_first_line() -> None:
    failed = token("FTK200EXAMPLE001", "reimport", "x", user("erin"), seed=True)
    made = report("fw", error="no route to host", journal=journal(failed))
    assert headline([made]) == "fw: the run failed; 1 user is disabled"
    assert headline(absent("fw")) == "fw: not reached"


def test_totals_add_up() -> None:
    reports = [*three_units(), skipped_unit()]
    assert sum(verdict_counts(reports).values()) == 27
    assert token_counts(reports) == (
        "27 tokens: 10 healthy, 15 need attention, 1 locked by an administrator, 1 on units that FortiManager manages."
    )


def test_reason_stands_on_the_line_of_a_unit() -> None:
    assert reason(blocked_unit()) == "The unit reports its token server as unreachable."
    assert reason(report("fw", error={"msg": "no\nroute"})) == "no route"
    assert reason(healthy_unit()) == reason(migrated_unit()) == ""
    assert len(reason(report("fw", error="x" * 5000))) < 300


def test_a_run_says_what_it_did_not_change() -> None:
    assert not_changed(migrated_unit()).startswith("Not changed: 6 tokens (1 ")
    assert not_changed(healthy_unit()) == ""
    assert not_changed({**migrated_unit(), "mode": "audit"}) == ""
