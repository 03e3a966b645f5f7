# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as a difference between a plan and the unit at the moment of the act."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.evidence import (
    Difference,
    Expectation,
    Touched,
    by_serial,
    differences,
    unit_differences,
    unplanned,
    vanished,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    USER,
    Account,
    Binding,
    Entry,
    Inventory,
    Token,
    Unit,
)

DEAD = "token already activated, and seed won't be returned"
ONE, TWO = "FTK200DEAD000001", "FTK200DEAD000002"
UNIT = Unit(
    "fgt",
    "FG100FEXAMPLE001",
    "FortiGate-100F",
    "7.4.8",
    "2795",
    "none",
    ("root",),
    "netops",
    ha_mode="a-p",
    ha_role="primary",
    ha_members=("FG100FEXAMPLE001", "FG100FEXAMPLE002"),
    management_type="none",
    token_server="reachable",
)
BOB = Binding(ONE, USER, "bob", "root", "fortitoken", "enable")
TOKEN = Token(ONE, "root", configured=True, listed=True, status=DEAD, seed=True, bindings=(BOB,))
ACCOUNT = Account(USER, "bob", "root", "enable", "fortitoken", ONE)
FOUND = Inventory(UNIT, (TOKEN,), (ACCOUNT,))
EXPECTED = Expectation.of(FOUND, [ONE], [BOB])


def changed(**token: Any) -> Inventory:
    return replace(FOUND, tokens=(replace(TOKEN, **token),))


def test_nothing_differs_where_all_is_as_planned() -> None:
    assert differences(EXPECTED, FOUND) == []
    # A drift moves by itself, and a status is printed with other blanks and quotes by other releases.
    other_form = "Token  already activated, and seed won\u2019t be returned"
    assert differences(EXPECTED, changed(drift=7, status=other_form)) == []


@pytest.mark.parametrize(
    ("token", "what"),
    [
        ({"status": "active"}, "status"),
        ({"status": None}, "status"),
        ({"seed": False}, "seed"),
        ({"configured": False}, "seen in"),
        ({"listed": False}, "seen in"),
        ({"vdom": "branch"}, "VDOM"),
        ({"settings": (("status", ("lock",)),)}, "lock by an administrator"),
        ({"bindings": (BOB, Binding(ONE, ADMIN, "boss", "global", "fortitoken", None))}, "users"),
        ({"bindings": (BOB, Binding(ONE, USER, "eve", "root", "fortitoken", "enable"))}, "users"),
    ],
)
def test_a_token_that_changed_differs(token: dict[str, Any], what: str) -> None:
    [difference] = differences(EXPECTED, changed(**token))
    assert (difference.serial, difference.what) == (ONE, what)
    assert difference.expected != difference.found


def test_a_token_that_is_gone_differs() -> None:
    assert [d.what for d in differences(EXPECTED, replace(FOUND, tokens=()))] == ["seen in"]


def test_an_administrator_who_lost_the_token_is_a_difference() -> None:
    boss = Binding(ONE, ADMIN, "boss", "global", "fortitoken", None)
    expected = Expectation.of(changed(bindings=(boss,)), [ONE])
    assert [d.what for d in differences(expected, changed(bindings=()))] == ["users"]


@pytest.mark.parametrize(
    "account",
    [
        replace(ACCOUNT, status="disable"),
        replace(ACCOUNT, two_factor="email"),
        replace(ACCOUNT, fortitoken=TWO),
        replace(ACCOUNT, fortitoken=""),
    ],
)
def test_a_user_who_changed_differs(account: Account) -> None:
    found = replace(FOUND, accounts=(account,))
    [difference] = differences(EXPECTED, found)
    assert difference.serial == ONE and difference.what == "user bob (VDOM root)"
    assert differences(EXPECTED, found, users=False) == []


def test_a_user_who_is_gone_differs_and_one_who_was_never_there_does_not() -> None:
    gone = replace(FOUND, accounts=())
    assert [d.found for d in differences(EXPECTED, gone)] == ["no such user"]
    assert differences(Expectation.of(gone, [ONE], [BOB]), gone) == []


def test_after_disabling_a_user_may_be_disabled_and_unbound_but_not_enabled_or_given_another_token() -> None:
    expected = EXPECTED.after_disabling()
    disabled = replace(ACCOUNT, status="disable")
    for account in (
        disabled,
        replace(disabled, two_factor="disable"),
        replace(disabled, two_factor="disable", fortitoken=""),
    ):
        assert differences(expected, replace(FOUND, accounts=(account,))) == []
    for account in (ACCOUNT, replace(disabled, fortitoken=TWO), replace(disabled, two_factor="email")):
        assert differences(expected, replace(FOUND, accounts=(account,))) != []


@pytest.mark.parametrize(
    ("found", "what"),
    [
        ({"serial": "FG100FEXAMPLE003"}, "unit"),
        ({"ha_role": "secondary"}, "HA role"),
        ({"ha_role": "unknown"}, "HA role"),
        ({"ha_role": "backup"}, "HA role"),
        ({"management_type": "fortimanager", "manager": "192.0.2.9"}, "management"),
        ({"management_type": ""}, "management"),
        ({"token_server": "unreachable"}, "token server"),
        ({"token_server": "unknown"}, "token server"),
    ],
)
def test_a_unit_that_changed_differs(found: dict[str, str], what: str) -> None:
    assert [d.what for d in unit_differences(UNIT, replace(UNIT, **found))] == [what]  # type: ignore[arg-type]


def test_what_is_better_or_as_it_was_is_no_difference() -> None:
    assert unit_differences(UNIT, replace(UNIT, serial="FG100FEXAMPLE002")) == []
    unknown = replace(UNIT, token_server="unknown", management_type="")
    assert unit_differences(unknown, unknown) == []
    assert unit_differences(unknown, UNIT) == []
    managed = replace(UNIT, management_type="fortimanager", manager="192.0.2.9")
    assert unit_differences(managed, managed) == []


def test_what_concerns_the_unit_concerns_every_token() -> None:
    seen = [Difference("", "HA role", "primary", "secondary"), Difference(ONE, "status", "a", "b")]
    assert by_serial(seen, [ONE, TWO]) == {
        ONE: "changed since it was read; HA role: expected primary, found secondary; status: expected a, found b",
        TWO: "changed since it was read; HA role: expected primary, found secondary",
    }


def test_only_the_tokens_of_a_step_are_compared() -> None:
    both = Expectation.of(replace(FOUND, tokens=(TOKEN, replace(TOKEN, serial=TWO, bindings=()))), [ONE, TWO], [BOB])
    assert [d.serial for d in differences(both, FOUND)] == [TWO]
    assert differences(both.only([ONE]), FOUND) == []
    assert differences(both.only([TWO]), replace(FOUND, tokens=(replace(TOKEN, serial=TWO, bindings=()),))) == []


def test_touched_names_each_token_and_user_once_and_no_administrator() -> None:
    boss = Binding(ONE, ADMIN, "boss", "global", "fortitoken", None)
    touched = Touched.of([Entry(ONE, "root"), Entry(ONE, "root")], [BOB, boss, BOB])
    assert touched == Touched((("root", ONE),), (("root", "bob"),))
    assert (touched.serials, touched.vdoms) == ([ONE], ["root"])


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("something else entirely", 0),
        ('config user local\n    edit "bob"\n        set status disable\n    next\nend\n', 0),
        (f'config vdom\nedit root\nconfig user fortitoken\n    delete "{ONE}"\nend\n', 0),
        (f'config user fortitoken\n    delete "{TWO}"\nend\n', 1),
        (f'config user fortitoken\n    edit "{ONE}"\n    next\nend\n', 1),
        ('config user local\n    edit "alice"\n    next\n    delete "bob"\nend\n', 2),
        ("config system admin\n    edit evil\n    next\nend\n", 1),
    ],
)
def test_a_transaction_may_hold_nothing_beyond_the_plan(text: str, count: int) -> None:
    assert len(unplanned(text, [Entry(ONE, "root")], [BOB])) == count


def test_what_an_earlier_reading_has_and_a_later_one_lacks_has_vanished() -> None:
    plain = Account(USER, "plain", "root", "enable", "disable", "")
    listed = replace(TOKEN, serial="FTK200LISTED0001", configured=False)
    before = replace(FOUND, tokens=(TOKEN, listed, replace(TOKEN, serial=TWO)), accounts=(ACCOUNT, plain))
    assert vanished(before, before) == []
    now = replace(before, tokens=(replace(TOKEN, vdom="dmz"), replace(TOKEN, serial=TWO, configured=False)))
    assert [(d.serial, d.what, d.found) for d in vanished(before, now)] == [
        (ONE, "seen in", "neither"),
        (TWO, "seen in", "neither"),
    ]
    # What this run has deleted is gone for a reason, and so is no user.
    assert [d.serial for d in vanished(before, now, {ONE})] == [TWO]
    assert vanished(before, replace(before, tokens=(TOKEN, replace(TOKEN, serial=TWO)))) == []
    assert vanished(before, replace(before, accounts=(ACCOUNT,))) == []
    elsewhere = replace(before, accounts=(replace(ACCOUNT, vdom="dmz"), plain))
    assert vanished(before, elsewhere) == [Difference(ONE, "user bob (VDOM root)", "there", "no such user")]


def test_a_difference_says_which_token_a_user_has() -> None:
    [difference] = differences(EXPECTED, replace(FOUND, accounts=(replace(ACCOUNT, fortitoken="", status="disable"),)))
    assert difference.expected == f"second factor fortitoken, token {ONE}, status enable"
    assert difference.found == "second factor fortitoken, no token, status disable"


def test_a_table_that_was_left_does_not_count_for_the_lines_behind_it() -> None:
    text = f'config user local\nedit "bob"\nnext\nend\nconfig user fortitoken\ndelete "{ONE}"\nend\n'
    assert unplanned(text, [Entry(ONE, "root")], [BOB]) == []
    assert unplanned(f"end\nconfig system admin\nend\nedit x\n{text}", [Entry(ONE, "root")], [BOB]) == []
    [more] = unplanned(text + 'config user local\nedit "eve" x\nend\n', [Entry(ONE, "root")], [BOB])
    assert more.found == "edit eve in user local"
