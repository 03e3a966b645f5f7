# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets which other mobile token: only on evidence or on the operator's word, and always the same."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.replacements import (
    Evidence,
    Replacements,
    TokenMap,
    TokenMapError,
    plan_moves,
    read_map,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    USER,
    Account,
    Group,
    Inventory,
    MailServer,
    Rights,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import with_users
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import assessment
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.evidence import refine
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import NEEDS_LICENSE, Policy

UNIT = Unit(
    "fgt",
    "FGT60FTK20012345",
    "FortiGate-60F",
    "7.4.8",
    "2795",
    "none",
    ("root",),
    "netops",
    management_type="none",
    mail_server=MailServer("mail.example.com"),
    token_server="reachable",
)
LOST, BOUGHT = "EFTM000000000001", "EFTM000000000002"
AUTO = TokenMap(auto=True)


def old(number: int, status: str = "locked", license_: str = LOST, vdom: str = "root") -> Token:
    return Token(f"FTKMOBOLD{number:07d}", vdom, True, True, status, 0, license=license_)


def new(number: int, status: str = "new", license_: str = BOUGHT, vdom: str = "root") -> Token:
    return Token(f"FTKMOBNEW{number:07d}", vdom, True, True, status, 0, license=license_)


def user(name: str, token: Token | str = "", vdom: str = "root", **more: Any) -> Account:
    serial = token if isinstance(token, str) else token.serial
    factor = more.pop("two_factor", "fortitoken" if serial else "disable")
    return Account(USER, name, vdom, more.pop("status", "enable"), factor, serial, more.pop("email", True), **more)


def planned(
    tokens: list[Token],
    accounts: list[Account],
    wanted: TokenMap = AUTO,
    unit: Unit = UNIT,
    policy: Policy | None = None,
    groups: tuple[Group, ...] = (),
    **evidence: Any,
) -> Replacements:
    inventory = Inventory(unit, with_users(tokens, accounts), tuple(accounts), groups)
    policy = refine(policy or Policy(), inventory)
    return plan_moves(inventory, assessment.findings(inventory, policy), policy, wanted, Evidence(**evidence))


def given_to(found: Replacements) -> dict[str, str]:
    return {move.name: move.new for move in found.moves}


def why(found: Replacements) -> dict[str, str]:
    return {kept.name: kept.cause for kept in found.kept}


class TestMap:
    def test_items_as_files_and_surveys_give_them(self) -> None:
        assert read_map([" Auto ", "", "jdoe=ftkmobnew0000001", "ftkmobold0000001 = FTKMOBNEW0000002"]) == TokenMap(
            True, (("jdoe", "FTKMOBNEW0000001"), ("FTKMOBOLD0000001", "FTKMOBNEW0000002"))
        )
        assert read_map(["cn=jdoe=FTKMOBNEW0000001"]).pairs == (("cn=jdoe", "FTKMOBNEW0000001"),)
        assert read_map([]).empty

    @pytest.mark.parametrize(
        ("items", "words"),
        [
            (["jdoe"], "'jdoe' is not 'auto'"),
            (["=FTKMOBNEW0000001"], "is not 'auto'"),
            (["jdoe=alice"], "is not 'auto'"),
            (["jdoe=FTK200NEW0000001"], "hardware token"),
            (["FTK200OLD0000001=FTKMOBNEW0000001"], "hardware token"),
            (["a=FTKMOBNEW0000001", "a=FTKMOBNEW0000002"], "a is named with two tokens"),
            (["a=FTKMOBNEW0000001", "b=FTKMOBNEW0000001"], "given to both a and b"),
        ],
    )
    def test_what_makes_no_sense_is_refused_in_words(self, items: list[str], words: str) -> None:
        with pytest.raises(TokenMapError, match=words):
            read_map(items)


def test_nobody_is_moved_without_the_operators_word() -> None:
    assert planned([old(1), new(1)], [user("a", old(1))], TokenMap()) == Replacements()


def test_users_by_name_get_free_tokens_by_serial_each_in_their_own_vdom() -> None:
    tokens = [old(1), old(2), old(3, vdom="dmz"), new(9), new(2), new(5, vdom="dmz")]
    users = [user("carl", old(1)), user("anna", old(2)), user("dora", old(3), "dmz")]
    found = planned(tokens, users)
    assert given_to(found) == {"anna": new(2).serial, "carl": new(9).serial, "dora": new(5).serial}
    assert [move.old for move in found.moves] == [old(3).serial, old(2).serial, old(1).serial]
    assert found.kept == ()


def test_assigned_tokens_that_show_no_error_are_left_alone() -> None:
    """After a member of a cluster was replaced they keep working (Fortinet article 410099)."""
    tokens = [old(1, "provisioned"), old(2, "provisioning"), old(3, "provision timeout"), new(1)]
    users = [user("a", old(1)), user("b", old(2)), user("c", old(3))]
    assert planned(tokens, users) == Replacements()


def test_a_trial_token_of_another_unit_is_replaced_and_never_given() -> None:
    trial = "FTMTRIAL0A1B2C3D"
    policy = Policy(baseline_licenses={trial: "FGT60ETK18000001"})
    tokens = [old(1, "provisioned", trial), old(2, "new", trial), new(1)]
    assert given_to(planned(tokens, [user("a", old(1))], policy=policy)) == {"a": new(1).serial}


@pytest.mark.parametrize(
    "bad",
    [
        new(1, "locked"),
        new(1, "provisioned"),
        new(1, license_=""),
        new(1, license_=LOST),
        replace(new(1), settings=(("status", ("lock",)),)),
        replace(new(1), configured=False),
        replace(new(1), listed=False, status=None),
        new(1, vdom="dmz"),
        Token("FTK200NEW0000001", "root", True, True, "new", 0, license=BOUGHT),
    ],
)
def test_a_token_that_may_not_work_is_not_given(bad: Token) -> None:
    found = planned([old(1), bad], [user("a", old(1))])
    assert found.moves == () and why(found) == {"a": "no_token"}


def test_a_token_that_somebody_has_is_not_given() -> None:
    holder = user("b", new(1), status="disable")
    admin = Account(ADMIN, "night", "global", None, "fortitoken", new(2).serial)
    found = planned([old(1), new(1), new(2)], [user("a", old(1)), holder, admin])
    assert found.moves == () and why(found) == {"a": "no_token"}


def test_the_license_of_another_unit_is_good_when_its_code_was_redeemed_here() -> None:
    policy = Policy(baseline_licenses={BOUGHT: "FGT60ETK18000001"})
    tokens, users = [old(1), new(1), new(2, license_=LOST)], [user("a", old(1))]
    assert why(planned(tokens, users, policy=policy)) == {"a": "no_token"}
    assert given_to(planned(tokens, users, policy=policy, redeemed={new(2).serial})) == {"a": new(2).serial}
    # One of the tokens that the code brought does not work either: the license is not registered to this unit.
    broken = [*tokens, new(3, "locked", LOST)]
    both = {new(2).serial, new(3).serial}
    assert why(planned(broken, users, policy=policy, redeemed=both)) == {"a": "no_token"}


def test_users_of_the_baseline_who_lost_their_token_get_it_back_or_another_one() -> None:
    had = {("root", "a"): old(1).serial, ("root", "b"): new(1).serial, ("root", "gone"): old(2).serial}
    found = planned([new(1), new(2)], [user("a"), user("b"), user("c")], had=had)
    assert given_to(found) == {"a": new(2).serial, "b": new(1).serial}
    assert [(move.old, move.held) for move in found.moves] == [(old(1).serial, ""), (new(1).serial, "")]


def test_the_map_says_who_gets_what_by_user_vdom_or_serial_whatever_the_status_of_the_old_token() -> None:
    tokens = [old(1, "provisioned"), old(2), old(3, vdom="dmz"), old(4), new(1), new(2), new(3, vdom="dmz"), new(4)]
    users = [user("a", old(1)), user("b", old(2)), user("b", old(3), "dmz"), user("c", old(4))]
    pairs = [f"a={new(2).serial}", f"dmz/b={new(3).serial}", f"{old(2).serial}={new(1).serial}"]
    found = planned(tokens, users, read_map(pairs))
    assert given_to(found) == {"a": new(2).serial, "b": new(1).serial} and len(found.moves) == 3
    # What the map names is kept for them; the others follow the rule.
    rest = planned(tokens, users, read_map(["auto", f"a={new(1).serial}"]))
    assert [(m.vdom, m.name, m.new) for m in rest.moves] == [
        ("dmz", "b", new(3).serial),
        ("root", "a", new(1).serial),
        ("root", "b", new(2).serial),
        ("root", "c", new(4).serial),
    ]


def test_a_pair_of_the_map_that_is_done_is_not_mentioned_again() -> None:
    pairs = read_map([f"a={new(1).serial}", f"{old(2).serial}={new(2).serial}"])
    assert planned([old(2), new(1), new(2)], [user("a", new(1)), user("b", new(2))], pairs) == Replacements()


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("nobody=FTKMOBNEW0000001", "no user with that name"),
        ("FTKMOBOLD0000099=FTKMOBNEW0000001", "no token with that name"),
        ("twice=FTKMOBNEW0000001", "Name the VDOM"),
        ("a=FTKMOBNEW0000099", "does not have it"),
        ("a=FTKMOBNEW0000003", "in VDOM dmz"),
        ("a=FTKMOBNEW0000004", "that belongs to user d"),
        ("a=FTKMOBOLD0000005", "its status is 'locked'"),
        ("a=FTKMOBNEW0000006", "license cannot be used"),
        ("plain=FTKMOBNEW0000001", "has no mobile token"),
        ("hard=FTKMOBNEW0000001", "has no mobile token"),
    ],
)
def test_a_pair_of_the_map_that_cannot_be_done_is_named_with_the_reason(item: str, words: str) -> None:
    trial = [new(6, license_="FTMTRIAL00000001"), new(7, license_="FTMTRIAL00000002")]
    tokens = [old(1), new(1), new(3, vdom="dmz"), new(4, "provisioned"), old(5), *trial]
    users = [
        user("a", old(1)),
        user("d", new(4)),
        user("twice", vdom="root"),
        user("twice", vdom="dmz"),
        user("plain"),
        user("hard", "FTK200OLD0000001"),
    ]
    found = planned(tokens, users, read_map([item]))
    assert found.moves == () and [words in kept.reason for kept in found.kept] == [True]
    assert [kept.cause for kept in found.kept] == ["map"]


@pytest.mark.parametrize(
    ("account", "cause"),
    [
        (user("a", old(1), email=False), "delivery"),
        (user("a", old(1), two_factor="email"), "other_factor"),
        (user("a\nb", old(1)), "line_break"),
        (user("a", old(1), settings=(("type", ("ldap",)), ("ldap-server", ("dc1",)))), "side_door"),
        (Account(ADMIN, "a", "global", None, "fortitoken", old(1).serial, True), "administrator"),
    ],
)
def test_who_would_lose_something_or_cannot_be_reached_is_left_alone(account: Account, cause: str) -> None:
    groups = (Group("root", "vpn", ("dc1",)),)
    found = planned([old(1), new(1)], [account], groups=groups)
    assert found.moves == () and [kept.cause for kept in found.kept] == [cause]


def test_the_operator_may_include_users_with_a_side_door() -> None:
    account = user("a", old(1), settings=(("type", ("ldap",)), ("ldap-server", ("dc1",))))
    groups = (Group("root", "vpn", ("dc1",)),)
    found = planned([old(1), new(1)], [account], policy=Policy(remote_users=True), groups=groups)
    assert given_to(found) == {"a": new(1).serial}


def test_a_token_that_an_administrator_locked_is_not_replaced_behind_their_back() -> None:
    locked = replace(old(1), settings=(("status", ("lock",)),))
    assert why(planned([locked, new(1)], [user("a", locked)], read_map([f"a={new(1).serial}"]))) == {"a": "locked"}


@pytest.mark.parametrize(
    ("unit", "cause"),
    [
        (replace(UNIT, management_type="fortimanager", manager="192.0.2.1"), "manager"),
        (replace(UNIT, management_type=""), "manager"),
        (replace(UNIT, rights=Rights(super_admin_hidden=True)), "rights"),
        (replace(UNIT, cfg_save="revert"), "save_mode"),
    ],
)
def test_a_unit_that_may_not_be_changed_keeps_everybody(unit: Unit, cause: str) -> None:
    assert why(planned([old(1), new(1)], [user("a", old(1))], unit=unit)) == {"a": cause}


def test_a_unit_that_the_run_saves_may_be_changed() -> None:
    assert planned([old(1), new(1)], [user("a", old(1))], unit=replace(UNIT, cfg_save="manual"), saves=True).moves


def test_limits_of_the_run_and_users_of_an_open_journal() -> None:
    tokens, users = [old(1), old(2), new(1), new(2)], [user("a", old(1)), user("b", old(2))]
    assert given_to(planned(tokens, users, only={old(2).serial})) == {"b": new(1).serial}
    found = planned(tokens, users, busy={("root", "a")})
    assert (given_to(found), why(found)) == ({"b": new(1).serial}, {"a": "journal"})


def test_too_few_tokens_leave_the_last_users_as_they_are() -> None:
    found = planned([old(1), old(2), new(1)], [user("b", old(1)), user("a", old(2))])
    assert (given_to(found), why(found)) == ({"a": new(1).serial}, {"b": "no_token"})
    assert "remediate_license_codes" in found.kept[0].reason


STATES = st.sampled_from(["new", "provisioned", "locked", "provisioning", "provision timeout", "active"])
LICENSES = st.sampled_from([LOST, BOUGHT, "EFTM000000000003", "FTMTRIAL00000001", "FTMTRIAL00000002", ""])
VDOMS = st.sampled_from(["root", "dmz"])


@st.composite
def units(draw: st.DrawFn) -> tuple[list[Token], list[Account], TokenMap]:
    """A unit with tokens of every kind, users who have some of them, and a map that may name anything."""
    count = draw(st.integers(0, 10))
    tokens = [
        replace(new(number, draw(STATES), draw(LICENSES), draw(VDOMS)), configured=draw(st.integers(0, 9)) > 0)
        for number in range(count)
    ]
    held = draw(st.permutations(tokens))[: draw(st.integers(0, count))]
    accounts = [user(f"user{index}", token, token.vdom) for index, token in enumerate(held)]
    accounts += [user(f"free{index}", vdom=draw(VDOMS)) for index in range(draw(st.integers(0, 2)))]
    names = st.sampled_from([each.name for each in accounts] or ["nobody"])
    serials = st.sampled_from([each.serial for each in tokens] or [new(99).serial])
    named = draw(st.dictionaries(st.one_of(names, serials), serials, max_size=3))
    taken: dict[str, str] = {}
    for who, serial in named.items():
        taken.setdefault(serial, who)
    pairs = tuple((who, serial) for who, serial in named.items() if taken[serial] == who)
    return tokens, accounts, TokenMap(draw(st.booleans()), pairs)


@given(units(), st.integers(0, 2**16))
def test_a_plan_gives_each_token_once_and_never_one_that_is_taken_or_refuted_and_is_stable(
    case: tuple[list[Token], list[Account], TokenMap], seed: int
) -> None:
    tokens, accounts, wanted = case
    found = planned(tokens, accounts, wanted)
    inventory = Inventory(UNIT, with_users(tokens, accounts), tuple(accounts))
    findings = assessment.findings(inventory, refine(Policy(), inventory))
    known = inventory.by_serial()
    assert len({move.new for move in found.moves}) == len({move.key for move in found.moves}) == len(found.moves)
    for move in found.moves:
        token = known[move.new]
        assert not token.bindings and token.configured and token.status == "new" and token.vdom == move.vdom
        assert findings[move.new].verdict != NEEDS_LICENSE
        assert move.held in {each.fortitoken for each in accounts if (each.vdom, each.name) == move.key}
    shuffled = random.Random(seed)
    shuffled.shuffle(tokens)
    shuffled.shuffle(accounts)
    assert planned(tokens, accounts, wanted) == found


@given(units(), st.data())
def test_what_is_left_of_a_plan_does_not_depend_on_what_was_done_of_it(
    case: tuple[list[Token], list[Account], TokenMap], data: st.DataObject
) -> None:
    """A run that was cut is finished by another one, which plans anew."""
    tokens, accounts, _wanted = case
    first = planned(tokens, accounts)
    done = {move.key: move for move in first.moves if data.draw(st.booleans())}
    later = [
        replace(each, fortitoken=done[each.vdom, each.name].new) if (each.vdom, each.name) in done else each
        for each in accounts
    ]
    served = {move.new for move in done.values()}
    now = [replace(token, status="provisioned") if token.serial in served else token for token in tokens]
    rest = planned(now, later)
    assert rest.moves == tuple(move for move in first.moves if move.key not in done)


def test_a_user_who_never_had_a_mobile_token_is_none_of_the_plans_business() -> None:
    accounts = [user("plain"), user("mail", two_factor="email"), user("lost")]
    had = {("root", "lost"): old(1).serial, ("root", "mail"): old(2).serial}
    found = planned([new(1), new(2)], accounts, had=had)
    assert given_to(found) == {"lost": new(1).serial} and found.kept == ()


@pytest.mark.parametrize("who", ["boss", old(1).serial])
def test_an_administrator_whom_the_map_names_is_told_apart_from_nobody(who: str) -> None:
    admins = [
        Account(ADMIN, "boss", "global", None, "fortitoken", old(1).serial),
        Account(ADMIN, "other", "global", None, "fortitoken", old(2).serial),
    ]
    wanted = TokenMap(pairs=((who, new(1).serial),))
    found = planned([old(1), old(2), new(1)], [*admins, user("alice", old(3)), user("bob")], wanted)
    assert found.moves == () and why(found) == {"boss": "administrator"}


def test_a_name_may_hold_blanks_and_no_control_character() -> None:
    names = ("j doe", "j\x1fdoe", "j\x7fdoe")
    accounts = [user(name, old(number)) for number, name in enumerate(names)]
    found = planned([*(old(number) for number in range(3)), new(1), new(2), new(3)], accounts)
    assert given_to(found) == {"j doe": new(1).serial}
    assert why(found) == {"j\x1fdoe": "line_break", "j\x7fdoe": "line_break"}
