# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans and their scripts: what is sent, in which order, and that the order keeps everybody's second factor."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import (
    PurgePlan,
    RestorePlan,
    after_purge,
    as_held,
    dropped_settings,
    incomplete_users,
    plan_purge,
    plan_restore,
    unknown_serials,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import MARK
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
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy

DEAD = "token already activated, and seed won't be returned"
UNIT = Unit("FGT-A", "FGT60FTK20012345", "FortiGate-60F", "7.4.8", "2795", "none", ("root",), "netops")
MULTI = replace(UNIT, vdom_mode="multi", vdoms=("dmz", "root"))
RELEASED = Policy(lock_released=frozenset({"all"}), admins=True)


def account(name: str, serial: str = "", status: str = "enable", vdom: str = "root") -> Account:
    return Account(USER, name, vdom, status, "fortitoken" if serial else "disable", serial)


def inventory(*tokens: Token, accounts: tuple[Account, ...] = (), unit: Unit = UNIT) -> Inventory:
    held: dict[str, list[Binding]] = {}
    for a in accounts:
        if a.fortitoken:
            held.setdefault(a.fortitoken, []).append(
                Binding(a.fortitoken, a.type, a.name, a.vdom, a.two_factor, a.status)
            )
    return Inventory(unit, tuple(replace(t, bindings=tuple(held.get(t.serial, ()))) for t in tokens), accounts)


def dead(serial: str, vdom: str = "root", comment: str = "") -> Token:
    settings = (("comments", (comment,)),) if comment else ()
    return Token(serial, vdom, True, True, DEAD, 0, True, settings=settings)


ONE = dead("FTK200BAA0000001", comment='front "desk"')
TWO = dead("FTK200BAA0000002", vdom="dmz")
WELL = Token("FTK200BAA0000003", "root", True, True, "active", 0, True)


def planned(inv: Inventory, *serials: str, policy: Policy = RELEASED) -> tuple[list[str], list[str]]:
    plan = plan_purge(inv, findings(inv, policy), serials)
    return [entry.serial for entry in plan.entries], [item.serial for item in plan.refused]


def test_only_what_triage_wants_reimported_is_planned() -> None:
    inv = inventory(ONE, WELL)
    assert planned(inv, ONE.serial, WELL.serial) == ([ONE.serial], [WELL.serial])
    assert planned(inv, ONE.serial, policy=Policy()) == ([], [ONE.serial])
    assert unknown_serials(inv, ["FTK200BAA0000009", ONE.serial]) == ["FTK200BAA0000009"]


def test_a_value_that_cannot_be_typed_back_is_refused() -> None:
    assert planned(inventory(dead(ONE.serial, comment="two\nlines")), ONE.serial) == ([], [ONE.serial])


def test_what_an_interrupted_run_has_deleted_is_neither_planned_nor_refused() -> None:
    inv = inventory(Token(ONE.serial, "root", journal="deleted"))
    assert planned(inv, ONE.serial) == ([], [])


def test_the_purge_script_disables_before_it_unbinds_and_unbinds_before_it_deletes() -> None:
    inv = inventory(ONE, accounts=(account("j doe", ONE.serial), account("off", ONE.serial, "disable")))
    plan = plan_purge(inv, findings(inv, RELEASED), [ONE.serial])
    assert script.spoken(script.purge(plan.entries, plan.bindings, UNIT), UNIT) == [
        "config user local",
        'edit "j doe"',
        "set status disable",
        "unset two-factor",
        "next",
        # Somebody may have enabled this one since it was read.
        'edit "off"',
        "set status disable",
        "unset two-factor",
        "next",
        "end",
        "config user fortitoken",
        'delete "FTK200BAA0000001"',
        "end",
    ]


def test_the_restore_script_gives_back_settings_and_bindings_and_enables_nobody() -> None:
    binding = Binding(ONE.serial, USER, "jdoe", "root", "fortitoken", "enable")
    assert script.spoken(script.restore([ONE.entry()], [binding], UNIT), UNIT) == [
        "config user fortitoken",
        'edit "FTK200BAA0000001"',
        'set comments "front \\"desk\\""',
        "next",
        "end",
        "config user local",
        'edit "jdoe"',
        "set two-factor fortitoken",
        'set fortitoken "FTK200BAA0000001"',
        "next",
        "end",
    ]
    assert script.spoken(script.enable_users([binding], UNIT), UNIT)[2:5] == [
        "set two-factor fortitoken",
        'set fortitoken "FTK200BAA0000001"',
        "set status enable",
    ]


def test_vdoms_are_entered_and_left() -> None:
    lines = script.spoken(script.purge([ONE.entry(), TWO.entry()], [], MULTI), MULTI)
    assert lines == [
        *("config vdom", "edit dmz", "config user fortitoken", 'delete "FTK200BAA0000002"', "end", "end"),
        *("config vdom", "edit root", "config user fortitoken", 'delete "FTK200BAA0000001"', "end", "end"),
    ]
    assert script.indented(lines).splitlines()[3] == '            delete "FTK200BAA0000002"'
    assert not script.indented(lines).splitlines()[6].startswith(" ")


def test_activations_go_twenty_at_a_time_and_by_vdom() -> None:
    tokens = [Token(f"FTK200BAA{n:07d}", "root" if n < 45 else "dmz") for n in range(50)]
    batches = script.activate(tokens, MULTI)
    assert [batch.scope for batch in batches] == ["vdom:dmz", "vdom:root"]
    assert [len(line.split()) - 3 for batch in batches for line in batch.lines] == [5, 20, 20, 5]


def test_restoring_what_is_there_is_nothing() -> None:
    inv = inventory(ONE, accounts=(account("jdoe", ONE.serial), account("off", ONE.serial, "disable")))
    assert plan_restore(inv, [ONE.entry()], inv.tokens[0].bindings).empty


def test_restoring_finds_each_thing_that_is_missing() -> None:
    bindings = [Binding(ONE.serial, USER, "jdoe", "root", "fortitoken", "enable")]
    gone = inventory(WELL, accounts=(account("jdoe", status="disable"),))
    plan = plan_restore(gone, [ONE.entry()], bindings)
    assert (len(plan.readd), len(plan.bind), len(plan.enable)) == (1, 1, 0)
    bound = inventory(replace(ONE, settings=()), accounts=(account("jdoe", ONE.serial, "disable"),))
    plan = plan_restore(bound, [ONE.entry()], bindings)
    assert (len(plan.readd), len(plan.amend), len(plan.bind), len(plan.enable)) == (0, 1, 0, 1)


def test_what_somebody_changed_meanwhile_is_told_and_not_overwritten() -> None:
    bindings = [Binding(ONE.serial, USER, name, "root", "fortitoken", "enable") for name in ("other", "gone")]
    plan = plan_restore(inventory(ONE, accounts=(account("other", WELL.serial),)), [], bindings)
    assert plan.empty
    assert [serial for serial, _why in plan.lost] == [ONE.serial, ONE.serial]


NAMES = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=12)


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    vdoms = ("dmz", "root")
    serials = draw(st.lists(st.integers(0, 99).map(lambda n: f"FTK200BAA{n:07d}"), unique=True, max_size=8))
    tokens = [
        Token(
            serial,
            draw(st.sampled_from(vdoms)),
            True,
            True,
            draw(st.sampled_from([DEAD, "active", "new", "odd"])),
            0,
            draw(st.booleans()),
            settings=(("comments", (draw(NAMES),)),),
        )
        for serial in serials
    ]
    accounts = tuple(
        Account(
            USER,
            name,
            token.vdom,
            draw(st.sampled_from(["enable", "disable"])),
            "fortitoken",
            token.serial,
        )
        for token, name in zip(tokens, draw(st.lists(NAMES, unique=True, max_size=8)), strict=False)
    )
    return inventory(*tokens, accounts=accounts, unit=MULTI)


@given(inventories())
def test_every_prefix_of_a_purge_leaves_no_enabled_user_without_a_second_factor(inv: Inventory) -> None:
    plan = plan_purge(inv, findings(inv, RELEASED), [token.serial for token in inv.tokens])
    enabled = {(a.vdom, a.name): a.status == "enable" for a in inv.accounts}
    factor = {(a.vdom, a.name): True for a in inv.accounts}
    for batch in script.purge(plan.entries, plan.bindings, inv.unit):
        vdom = str(batch.scope).removeprefix("vdom:")
        key, staged_status, staged_unset = ("", ""), False, False
        for line in batch.lines:
            if line.startswith("edit "):
                key = (vdom, line[6:-1].replace('\\"', '"').replace("\\\\", "\\"))
                staged_status = staged_unset = False
            elif line == "set status disable":
                staged_status = True
            elif line == "unset two-factor":
                staged_unset = True
            elif line == "next":
                enabled[key] = enabled[key] and not staged_status
                factor[key] = factor[key] and not staged_unset
            assert all(factor[who] or not enabled[who] for who in enabled)


@given(inventories())
def test_restore_after_purge_is_complete_and_planning_again_is_empty(inv: Inventory) -> None:
    plan = plan_purge(inv, findings(inv, RELEASED), [token.serial for token in inv.tokens])
    purged = after_purge(inv, plan.entries, plan.bindings)
    back = plan_restore(purged, plan.entries, plan.bindings)
    assert {entry.serial for entry in back.readd} == {entry.serial for entry in plan.entries}
    assert {b.name for b in back.bind} == {b.name for b in plan.bindings}
    assert plan_restore(inv, plan.entries, plan.bindings).empty


def test_an_administrators_binding_is_no_part_of_any_script() -> None:
    held = replace(ONE, bindings=(Binding(ONE.serial, ADMIN, "ops", "global", "fortitoken", None),))
    inv = Inventory(UNIT, (held,))
    plan = plan_purge(inv, findings(inv, RELEASED), [ONE.serial])
    assert plan.bindings == ()
    assert all("admin" not in line for line in script.spoken(script.purge(plan.entries, (), UNIT), UNIT))
    assert plan_restore(Inventory(UNIT, ()), [Entry(ONE.serial, "root")], held.bindings).bind == ()


def test_a_setting_that_was_not_read_is_refused_also_where_triage_would_delete() -> None:
    hidden = replace(dead(ONE.serial), settings=(("comments", (f"{MARK} desk",)),))
    inv = inventory(hidden)
    found = findings(inventory(dead(ONE.serial)), RELEASED)
    assert found[ONE.serial].action == "reimport"
    plan = plan_purge(inv, found, [ONE.serial])
    assert (plan.entries, [refusal.serial for refusal in plan.refused]) == ((), [ONE.serial])
    assert "was not read" in plan.refused[0].reason


def test_a_healthy_token_among_the_serials_does_not_hide_those_behind_it() -> None:
    gone = Token("FTK200BAA0000004", "root", journal="deleted")
    inv = inventory(ONE, WELL, gone, TWO)
    assert planned(inv, gone.serial, WELL.serial, ONE.serial, TWO.serial) == ([ONE.serial, TWO.serial], [WELL.serial])


def test_a_refusal_says_what_to_do_and_why_where_nothing_can_be_done() -> None:
    inv = inventory(ONE)
    (told,) = plan_purge(inv, findings(inv, Policy()), [ONE.serial]).refused
    finding = findings(inv, Policy())[ONE.serial]
    assert (told.verdict, told.reason) == (finding.verdict, finding.remedy)
    (told,) = plan_purge(inv, {ONE.serial: replace(finding, remedy="")}, [ONE.serial]).refused
    assert told.reason == finding.reason


def test_a_purge_takes_the_token_from_users_and_leaves_administrators_of_the_same_name() -> None:
    admin = Account(ADMIN, "alice", "root", None, "fortitoken", ONE.serial)
    other = account("bob", WELL.serial)
    inv = inventory(ONE, WELL, accounts=(account("alice", ONE.serial), admin, other))
    after = after_purge(inv, [ONE.entry()], [Binding(ONE.serial, USER, "alice", "root", "fortitoken", "enable")])
    assert after.accounts == (Account(USER, "alice", "root", "disable", "disable", ""), admin, other)
    assert [token.serial for token in after.tokens] == [WELL.serial]


@pytest.mark.parametrize("control", ["\x00", "\t", "\n", "\x1f", "\x7f"])
def test_a_value_with_a_control_character_cannot_be_set_again(control: str) -> None:
    again, never = dropped_settings((("email-to", (f"a{control}b",)), ("sms-phone", ("+49 1 ~\x80",))), ())
    assert (again, never) == ((("sms-phone", ("+49 1 ~\x80",)),), ("email-to",))


def test_of_what_a_user_had_only_what_the_unit_dropped_is_set_again() -> None:
    before = (
        ("type", ("password",)),
        ("two-factor", ("fortitoken",)),
        ("passwd", (MARK,)),
        ("email-to", ("a@example.com",)),
        ("two-factor-authentication", ("fortitoken",)),
        ("sms-phone", ("1",)),
    )
    now = (("type", ("password",)), ("email-to", ("changed@example.com",)), ("two-factor-authentication", ("email",)))
    again, never = dropped_settings(before, now)
    assert (dict(again), never) == (
        {"two-factor-authentication": ("fortitoken",), "sms-phone": ("1",)},
        ("passwd",),
    )


def test_who_holds_the_token_again_and_lacks_a_line_is_named() -> None:
    had = (("email-to", ("a@example.com",)), ("passwd", (MARK,)))
    users = [account(name, ONE.serial) for name in ("alice", "whole")] + [account("moved", WELL.serial), account("out")]
    users[1] = replace(users[1], settings=had)
    admin = Account(ADMIN, "root", "root", None, "fortitoken", ONE.serial)
    users.append(account("both", ONE.serial))
    names = ("gone", "moved", "out", "whole", "alice")
    bindings = [Binding(ONE.serial, ADMIN, "both", "root", "fortitoken", None)]
    bindings += [Binding(ONE.serial, USER, name, "root", "fortitoken", "enable") for name in names]
    inv = inventory(ONE, WELL, accounts=(*users, admin))
    assert incomplete_users(inv, bindings, {("root", name): had for name in (*names, "both")}) == [
        {
            "name": "alice",
            "vdom": "root",
            "serial": ONE.serial,
            "missing": ["set email-to a@example.com", "set passwd ..."],
        }
    ]
    assert incomplete_users(inv, bindings, {}) == []


def test_a_user_with_the_token_and_without_its_use_is_bound_again() -> None:
    half = replace(account("alice", ONE.serial, "disable"), two_factor="disable")
    binding = Binding(ONE.serial, USER, "alice", "root", "fortitoken", "enable")
    assert plan_restore(inventory(ONE, accounts=(half,)), [], [binding]).bind == (binding,)


@pytest.mark.parametrize("part", ["readd", "amend", "bind", "amend_users", "incomplete", "enable"])
def test_a_plan_with_one_part_is_not_empty(part: str) -> None:
    assert RestorePlan().empty and RestorePlan(lost=((ONE.serial, "gone"),)).empty
    assert not RestorePlan(**{part: (object(),)}).empty


def test_a_purge_of_nothing_is_empty_also_where_tokens_were_refused() -> None:
    refused = plan_purge(inventory(WELL), findings(inventory(WELL), RELEASED), [WELL.serial])
    assert refused.refused and refused.empty
    assert not PurgePlan((ONE.entry(),)).empty


NEW_TOKEN = Binding("FTKMOBNEW0000001", USER, "alice", "root", "fortitoken", "enable")
OLD_TOKEN = replace(NEW_TOKEN, serial="FTKMOBOLD0000001")
MOVED = {("root", "alice"): OLD_TOKEN.serial}


@pytest.mark.parametrize(
    ("user", "moves", "held"),
    [
        (account("alice", OLD_TOKEN.serial), MOVED, OLD_TOKEN),
        (account("alice", NEW_TOKEN.serial), MOVED, NEW_TOKEN),
        (account("alice"), MOVED, NEW_TOKEN),
        (None, MOVED, NEW_TOKEN),
        (account("alice", OLD_TOKEN.serial), {}, NEW_TOKEN),
        (account("alice", OLD_TOKEN.serial), {("dmz", "alice"): OLD_TOKEN.serial}, NEW_TOKEN),
        # Whoever had no token before the move gets the new one.
        (account("alice"), {("root", "alice"): ""}, NEW_TOKEN),
    ],
    ids=["not begun", "moved", "unbound", "gone", "no move", "a move in another VDOM", "had none"],
)
def test_who_still_has_the_token_from_before_a_move_keeps_it(
    user: Account | None, moves: dict[tuple[str, str], str], held: Binding
) -> None:
    assert as_held(NEW_TOKEN, user, moves) == held


def mobile(serial: str) -> Token:
    return Token(serial, "root", True, True, "provisioned", 0, True)


def test_a_new_token_that_somebody_else_holds_meanwhile_is_given_to_nobody() -> None:
    there = (mobile(NEW_TOKEN.serial), mobile(OLD_TOKEN.serial))
    eve = account("eve", NEW_TOKEN.serial)
    inv = inventory(*there, accounts=(account("alice"), account("bob", OLD_TOKEN.serial), eve))
    plan = plan_restore(inv, [], [NEW_TOKEN], moves=MOVED)
    assert plan.bind == () and plan.lost == (
        (NEW_TOKEN.serial, f"{NEW_TOKEN.describe()} was to get it, and {eve.describe()} has it meanwhile."),
    )
    # Others' tokens do not matter, nor does it that the user has the token and does not use it.
    for alice in (account("alice"), replace(account("alice", NEW_TOKEN.serial), two_factor="disable")):
        inv = inventory(*there, accounts=(alice, account("bob", OLD_TOKEN.serial), account("carl")))
        plan = plan_restore(inv, [], [NEW_TOKEN], moves=MOVED)
        assert (plan.bind, plan.lost) == ((NEW_TOKEN,), ())


@pytest.mark.parametrize(
    ("had", "status", "before", "enabled"),
    [
        ((), "disable", "enable", True),
        ((), "disable", "disable", False),
        ((), "enable", "enable", False),
        ((("email-to", ("a@example.com",)),), "disable", "enable", False),
        ((("passwd", (MARK,)),), "disable", "enable", False),
        ((("email-to", ("a@example.com",)), ("passwd", (MARK,))), "disable", "enable", False),
    ],
    ids=["as before", "was disabled before", "is enabled", "lacks a line", "lacks a secret", "lacks both"],
)
def test_only_who_was_enabled_and_is_whole_again_is_enabled(
    had: tuple[tuple[str, tuple[str, ...]], ...], status: str, before: str, enabled: bool
) -> None:
    binding = Binding(ONE.serial, USER, "alice", "root", "fortitoken", before)
    inv = inventory(ONE, accounts=(account("alice", ONE.serial, status),))
    plan = plan_restore(inv, [], [binding], {("root", "alice"): had})
    assert plan.enable == ((binding,) if enabled else ())
    secrets = [name for name, values in had if MARK in values]
    assert [name for _binding, lines in plan.amend_users for name, _values in lines] == [
        name for name, _values in had if name not in secrets
    ]
    assert [each for each, _why in plan.incomplete] == [binding] * bool(secrets)


def test_nobody_is_enabled_for_a_token_that_does_not_exist() -> None:
    binding = Binding(ONE.serial, USER, "alice", "root", "fortitoken", "enable")
    inv = inventory(accounts=(account("alice", ONE.serial, "disable"),))
    plan = plan_restore(inv, [], [binding])
    assert plan.enable == () and [why for _binding, why in plan.incomplete] == [
        f"{binding.describe()} stays disabled: token {ONE.serial} does not exist"
    ]
    # Who waits for a token that comes again is enabled by the next plan.
    plan = plan_restore(inv, [ONE.entry()], [binding])
    assert (plan.enable, plan.incomplete, plan.readd) == ((), (), (ONE.entry(),))
