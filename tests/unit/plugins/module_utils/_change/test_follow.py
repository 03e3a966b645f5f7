# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a status is the server's answer, how long the next poll waits, and what the user is told meanwhile."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.follow import (
    STANDING_SECONDS,
    UNCHANGED_ERROR_SECONDS,
    Progress,
    Standing,
    is_settled,
    pause,
    users_of,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Binding, Token
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy

ERROR = "token already activated, and seed won't be returned"
ONE, TWO, THREE, FOUR = (f"FTK200MADEUP000{number}" for number in range(1, 5))


def settled_after(text: str, before: str = "new", requested: bool = True) -> float:
    """Seconds that a text has to stay until it is believed; -1 where it never is."""
    standing = Standing({ONE}, Policy(), {ONE} if requested else set(), {ONE: before})
    for second in range(400):
        standing.look({ONE: text}, float(second))
        if not standing.unsettled:
            return float(second)
    return -1.0


@pytest.mark.parametrize(
    ("text", "before", "requested", "seconds"),
    [
        ("active", "new", True, 0.0),
        ("new", "new", True, -1.0),
        ("provisioning", "new", True, -1.0),
        (ERROR, "new", True, STANDING_SECONDS),
        ("cmdb save error", "new", True, STANDING_SECONDS),
        (ERROR, ERROR, True, UNCHANGED_ERROR_SECONDS),
        ("a text that nobody knows", "new", True, UNCHANGED_ERROR_SECONDS),
        (ERROR, ERROR, False, -1.0),
        (ERROR, "new", False, 0.0),
    ],
)
def test_a_text_is_believed_when_it_has_stayed(text: str, before: str, requested: bool, seconds: float) -> None:
    assert settled_after(text, before, requested) == seconds


def test_a_text_that_changes_starts_anew() -> None:
    standing = Standing({ONE}, Policy(), {ONE}, {ONE: "new"})
    for second, text in ((0, ERROR), (10, "new"), (14, ERROR), (20, ERROR)):
        standing.look({ONE: text}, float(second))
    assert standing.unsettled == {ONE}
    standing.look({ONE: ERROR}, 29.0)
    assert standing.unsettled == set()


def test_an_unassigned_token_with_its_seed_is_settled() -> None:
    assert is_settled(Token(ONE, "root", status="new", seed=True))
    assert not is_settled(Token(ONE, "root", status="new"))


def test_nobody_who_is_out_of_service_waits_for_a_slow_poll() -> None:
    assert pause(10.0, 1.0, out_of_service=False) == 10.0
    assert pause(10.0, 1.0, out_of_service=True) == 0.5
    assert pause(10.0, 50.0, out_of_service=True) == 5.0
    assert pause(0.2, 1.0, out_of_service=True) == 0.2


def test_every_thirty_seconds_up_to_three_pending_tokens_are_named() -> None:
    told: list[str] = []
    progress = Progress(told.append, {ONE: "user bob (VDOM root)"})
    statuses = {ONE: "new", TWO: ERROR, THREE: "", FOUR: "new"}
    for second in range(0, 65, 5):
        progress.name(statuses, [ONE, TWO, THREE, FOUR], float(second))
    assert len(told) == 2
    assert told[0] == (
        f"still waiting for {ONE} of user bob (VDOM root): new; {TWO} (unassigned): {ERROR};"
        f" {THREE} (unassigned): no status yet; and 1 more"
    )
    progress.name(statuses, [], 99.0)
    assert len(told) == 2


def test_progress_is_told_when_it_changes_and_ever_more_seldom_otherwise() -> None:
    told: list[str] = []
    progress = Progress(told.append, {})
    for second in range(61):
        progress.show({}, [], [ONE, TWO], 100.0 - second)
    assert told[0] == "activation: 0 active, 2 pending, 0 failed; 100 s left"
    assert len(told) == 3
    progress.show({ONE: "active", TWO: ERROR}, [ONE, TWO], [], 30.0)
    assert told[-1] == "activation: 1 active, 0 pending, 1 failed"


def test_users_are_those_of_the_unit_and_of_the_journal_once() -> None:
    bob = Binding(ONE, "user", "bob", "root", "fortitoken", "enable")
    admin = Binding(TWO, "admin", "eve", "global", "fortitoken", None)
    named = users_of([Token(ONE, "root", bindings=(bob,)), Token(TWO, "root", bindings=(admin,))], [bob])
    assert named == {ONE: "user bob (VDOM root)", TWO: "administrator eve"}
