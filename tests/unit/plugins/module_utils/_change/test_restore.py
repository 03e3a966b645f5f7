# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving back: whole users, looks before tokens are added, and what cannot come back is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import plan_purge
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.purge import purge
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.restore import added_again, restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Inventory
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import assessment
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy
from tests.unit.plugins.module_utils._change.fake_console import (
    HIDDEN_WITHOUT_FACTOR,
    NEW,
    OLD,
    FakeConsole,
    Step,
)

ONE, TWO = "FTK200DEAD000001", "FTK200DEAD000002"
BOTH = pytest.mark.parametrize("version", [NEW, OLD], ids=["transactions", "no-transactions"])


def purged(version: str = NEW, **bob: str) -> tuple[FakeConsole, Work, Inventory]:
    """A unit whose two tokens were deleted a moment ago."""
    unit = FakeConsole(version)
    unit.token(ONE, comments="one")
    unit.token(TWO)
    unit.user("bob", ONE, **bob)
    unit.user("carol", TWO)
    unit.forgets = HIDDEN_WITHOUT_FACTOR
    work = unit.work()
    policy = Policy(lock_released=frozenset(("all",)))
    _gone, refused, inventory = purge(work, plan_purge(work.found, assessment.findings(work.found, policy), [ONE, TWO]))
    assert refused == [] and inventory.tokens == ()
    unit.sent.clear()
    unit.exchanges.clear()
    return unit, work, inventory


def give_back(work: Work, inventory: Inventory) -> tuple[Inventory, dict[str, str]]:
    journal = work.journal
    return restore(work, inventory, list(journal.entries.values()), list(journal.bindings.values()))


UNUSUAL = {
    "username_sensitivity": "disable",
    "two_factor_notification": "sms",
    "two_factor_authentication": "fortitoken",
    "email_to": '"bob@example.com"',
    "sms_phone": '"+49 30 1234567"',
    "authtimeout": "17",
}


@BOTH
def test_a_user_comes_back_with_every_unusual_attribute(version: str) -> None:
    unit, work, inventory = purged(version, **UNUSUAL)
    before = {key.replace("_", "-"): value.strip('"') for key, value in UNUSUAL.items()}
    assert not set(HIDDEN_WITHOUT_FACTOR) & set(unit.entry("bob"))
    inventory, reasons = give_back(work, inventory)
    assert reasons == {}
    after = unit.entry("bob")
    assert {name: after[name].strip('"') for name in before} == before
    assert (after["status"], after["fortitoken"]) == ("enable", f'"{ONE}"')
    # Compared, and set again, before the user was enabled.
    assert unit.sent.index('set username-sensitivity "disable"') < unit.sent.index("set status enable")
    work.settle(inventory)
    assert not work.journal.entries and not work.journal.bindings and not work.journal.users


@BOTH
def test_a_user_who_cannot_be_completed_stays_disabled_and_holds_up_nobody(version: str) -> None:
    unit, work, inventory = purged(version, **UNUSUAL)
    unit.script.append(Step("^set two-factor-notification", "value parse error before 'sms'", times=99))
    inventory, reasons = give_back(work, inventory)
    assert list(reasons) == [ONE]
    assert "user bob (VDOM root) stays disabled" in reasons[ONE] and "two-factor-notification" in reasons[ONE]
    assert unit.entry("bob")["status"] == "disable" and unit.entry("carol")["status"] == "enable"
    work.settle(inventory)
    assert ("root", "bob") in work.journal.bindings and ("root", "bob") in work.journal.users


def test_a_setting_that_is_accepted_and_not_shown_keeps_the_user_disabled() -> None:
    unit, work, inventory = purged(**UNUSUAL)
    unit.script.append(Step("^set username-sensitivity", "", times=99))
    _inventory, reasons = give_back(work, inventory)
    assert "the unit does not take back username-sensitivity" in reasons[ONE]
    assert unit.entry("bob")["status"] == "disable"


def test_a_secret_that_the_unit_dropped_keeps_the_user_disabled() -> None:
    unit, work, inventory = purged()
    del unit.entry("bob")["passwd"]
    inventory, reasons = give_back(work, inventory)
    assert "passwd, whose value is not known" in reasons[ONE]
    assert unit.entry("bob")["status"] == "disable" and not any("passwd" in line for line in unit.sent)
    work.settle(inventory)
    assert ("root", "bob") in work.journal.bindings


def test_what_an_administrator_changed_meanwhile_stays() -> None:
    unit, work, inventory = purged(**UNUSUAL)
    unit.entry("bob")["email-to"] = '"new@example.com"'
    _inventory, reasons = give_back(work, inventory)
    assert reasons == {} and unit.entry("bob")["email-to"] == '"new@example.com"'


def test_a_user_who_was_disabled_before_stays_disabled_and_comes_back_whole() -> None:
    unit, work, inventory = purged(**UNUSUAL, status="disable")
    _inventory, reasons = give_back(work, inventory)
    assert reasons == {} and unit.entry("bob")["username-sensitivity"] == '"disable"'
    assert unit.entry("bob")["status"] == "disable"


def _server(unit: FakeConsole) -> None:
    unit.server = "unreachable"


def _role(unit: FakeConsole) -> None:
    unit.ha = "a-p, secondary"


def _manager(unit: FakeConsole) -> None:
    unit.fmg = "192.0.2.9"


@BOTH
@pytest.mark.parametrize("change", [_server, _role, _manager])
def test_no_token_is_added_on_a_unit_that_changed(change: Any, version: str) -> None:
    unit, work, inventory = purged(version)
    work._looked_at = 0.0
    change(unit)
    inventory, reasons = give_back(work, inventory)
    assert unit.activated == [] and unit.changing() == []
    assert set(reasons) == {ONE, TWO} and all("expected" in why for why in reasons.values())
    assert [difference.serial for difference in work.differences] == [""]
    assert work.journal.activations == {}
    assert unit.entry("bob")["status"] == "disable"


def test_a_user_whose_token_is_there_is_enabled_although_the_server_left() -> None:
    unit, work, inventory = purged()
    unit.token(TWO, "active")
    work._looked_at = 0.0
    unit.server = "unreachable"
    _inventory, reasons = give_back(work, inventory)
    assert list(reasons) == [ONE] and unit.activated == []
    assert unit.entry("carol")["status"] == "enable" and unit.entry("bob")["status"] == "disable"


@BOTH
def test_a_token_that_somebody_else_added_meanwhile_is_not_added_again(version: str) -> None:
    unit, work, inventory = purged(version)
    work._looked_at = 0.0
    unit.token(ONE, "new", seed=False, comments="one")
    _inventory, reasons = give_back(work, inventory)
    assert reasons == {} and unit.activated == [TWO] and ONE not in work.journal.activations
    assert unit.entry("bob")["status"] == "enable"
    assert [(d.serial, d.found) for d in work.differences] == [(ONE, "configuration")]


def test_right_behind_the_look_after_a_purge_nothing_is_asked_again() -> None:
    unit, work, inventory = purged()
    give_back(work, inventory)
    assert "config user fortitoken" in unit.exchanges[0]


def test_a_token_that_is_absent_after_it_was_added_is_missing() -> None:
    unit, work, inventory = purged()
    unit.script.append(Step("^next", act=lambda: setattr(unit, "_draft", None)))
    inventory, reasons = give_back(work, inventory)
    assert added_again(inventory, [ONE, TWO]) == {ONE: "missing", TWO: "readded"}
    assert "does not show the change" in reasons[ONE] and unit.entry("bob")["status"] == "disable"
    assert unit.activated.count(ONE) <= 1


def test_a_comment_that_does_not_come_back_is_named() -> None:
    unit, work, inventory = purged()
    unit.script.append(Step('^set comments "one"', "Unknown setting ignored", times=99))
    _inventory, reasons = give_back(work, inventory)
    assert work.settings_lost == {ONE: ["comments"]} and reasons == {}
    assert work.notes == {ONE: "The unit does not take back: comments (the unit accepted it but does not show it)."}
    assert unit.activated == [ONE, TWO]


REFUSED = "node_check_object fail! for comments one\n\nvalue parse error before 'one'\nCommand fail. Return code -3"


def refuse_comment(unit: FakeConsole, at: str) -> None:
    """Refuse the comment of the first token, at its line or when the entry is saved, as often as it is sent."""
    if at == "set":
        unit.script.append(Step('^set comments "one"', REFUSED, times=99))
        return
    late = Step("^next", REFUSED, times=0)
    unit.script.append(Step('^set comments "one"', act=lambda: setattr(late, "times", 1), times=99))
    unit.script.append(late)


@BOTH
@pytest.mark.parametrize("at", ["set", "next"])
def test_a_refused_comment_costs_the_comment_and_neither_the_token_nor_the_user(version: str, at: str) -> None:
    unit, work, inventory = purged(version, **UNUSUAL)
    refuse_comment(unit, at)
    inventory, reasons = give_back(work, inventory)
    assert reasons == {} and sorted(unit.activated) == [ONE, TWO]
    assert [unit.entry(name)["status"] for name in ("bob", "carol")] == ["enable", "enable"]
    assert unit.entry("bob")["username-sensitivity"] == '"disable"'
    assert work.settings_lost == {ONE: ["comments"]} and "the unit refused" in work.notes[ONE]
    work.settle(inventory)
    # It is not sent again in this run; the journal still knows it.
    assert work.journal.entries[ONE].settings == (("comments", ("one",)),) and not work.journal.bindings
    sent = len(unit.sent)
    give_back(work, inventory)
    assert not any(line.startswith(("edit", "set")) for line in unit.sent[sent:])


@pytest.mark.parametrize("at", ["set", "next"])
def test_a_later_run_tries_a_refused_comment_once_more_and_says_that_nothing_changed(at: str) -> None:
    unit, work, inventory = purged()
    refuse_comment(unit, at)
    inventory, _reasons = give_back(work, inventory)
    work.settle(inventory)
    later = unit.work()
    later.journal = work.journal
    _inventory, reasons = give_back(later, later.found)
    assert reasons == {} and later.settings_lost == {ONE: ["comments"]} and later.undone == len(later.commands) > 0
    assert sorted(unit.activated) == [ONE, TWO]
    # The unit takes it at last.
    unit.script.clear()
    last = unit.work()
    last.journal = later.journal
    inventory, _reasons = give_back(last, last.found)
    last.settle(inventory)
    assert last.settings_lost == {} and last.notes == {} and last.journal.entries == {} and last.undone == 0


def test_a_run_that_died_with_a_refused_comment_is_finished_by_the_next_one() -> None:
    unit, work, _inventory = purged()
    refuse_comment(unit, "set")
    unit.run(script_of(work))
    later = unit.work()
    later.journal = work.journal
    _inventory, reasons = give_back(later, later.found)
    assert reasons == {} and sorted(unit.activated) == [ONE, TWO]
    assert unit.entry("bob")["status"] == "enable"


def script_of(work: Work) -> list[Batch]:
    """What a run sends first, whose answers nobody reads."""
    return script.restore(list(work.journal.entries.values()), (), work.unit)


def test_settings_that_are_refused_together_are_tried_one_by_one() -> None:
    unit, work, inventory = purged()
    entry = replace(work.journal.entries[ONE], settings=(("comments", ("one",)), ("license", ("EFTM1",))))
    work.journal.entries[ONE] = entry
    late = Step("^next", REFUSED, times=0)
    unit.script.append(Step("^set license", act=lambda: setattr(late, "times", 1), times=99))
    unit.script.append(late)
    inventory, reasons = give_back(work, inventory)
    assert reasons == {} and inventory.by_serial()[ONE].settings == (("comments", ("one",)),)
    assert work.settings_lost == {ONE: ["license"]}
    work.settle(inventory)
    # An identifier that the unit does not take is no reason to keep a journal open.
    assert work.journal.entries == {}


@BOTH
@pytest.mark.parametrize("at", ["set", "next"])
def test_nobody_is_enabled_whose_locked_token_cannot_be_locked_again(version: str, at: str) -> None:
    unit, work, inventory = purged(version)
    work.journal.entries[ONE] = replace(work.journal.entries[ONE], settings=(("status", ("lock",)),))
    late = Step("^next", REFUSED, times=0)
    text = REFUSED if at == "set" else None
    unit.script.append(
        Step("^set status lock|^set status .lock.", text, lambda: setattr(late, "times", at == "next"), 99)
    )
    unit.script.append(late)
    inventory, reasons = give_back(work, inventory)
    assert "user bob (VDOM root) stays disabled: the unit does not take back status of token" in reasons[ONE]
    assert list(reasons) == [ONE] and work.settings_lost == {ONE: ["status"]}
    assert (unit.entry("bob")["status"], unit.entry("carol")["status"]) == ("disable", "enable")
    assert unit.entry("bob")["fortitoken"] == f'"{ONE}"'
    work.settle(inventory)
    assert ONE in work.journal.entries and ("root", "bob") in work.journal.bindings


@pytest.mark.parametrize("at", ["set", "next"])
def test_all_else_of_a_user_comes_back_where_one_setting_is_refused(at: str) -> None:
    unit, work, inventory = purged(**UNUSUAL)
    late = Step("^next", REFUSED, times=0)
    text = REFUSED if at == "set" else None
    match = "^set username-sensitivity"
    unit.script.append(Step(match, text, lambda: setattr(late, "times", at == "next"), times=99))
    unit.script.append(late)
    _inventory, reasons = give_back(work, inventory)
    bob = unit.entry("bob")
    assert "stays disabled: the unit does not take back username-sensitivity (the unit refused" in reasons[ONE]
    assert bob["two-factor-notification"] == '"sms"' and bob["two-factor-authentication"] == '"fortitoken"'
    assert "username-sensitivity" not in bob and bob["status"] == "disable"


def test_however_many_are_refused_all_tokens_and_users_come_back() -> None:
    unit = FakeConsole()
    serials = [f"FTK200DEAD{number:06}" for number in range(1, 53)]
    for number, serial in enumerate(serials):
        unit.token(serial, comments=f"one {number}")
        unit.user(f"user{number}", serial)
    work = unit.work()
    policy = Policy(lock_released=frozenset(("all",)))
    plan = plan_purge(work.found, assessment.findings(work.found, policy), serials)
    _gone, _refused, inventory = purge(work, plan)
    unit.script.append(Step('^set comments "one', REFUSED, times=9999))
    _inventory, reasons = give_back(work, inventory)
    assert reasons == {} and sorted(unit.activated) == serials
    assert all(unit.entry(f"user{number}")["status"] == "enable" for number in range(52))
    assert len(work.settings_lost) == 52


def test_where_the_unit_does_not_save_by_itself_what_was_given_back_is_saved() -> None:
    unit, work, inventory = purged()
    object.__setattr__(work.found.unit, "cfg_save", "revert")
    work.save = True
    give_back(work, inventory)
    assert unit.saved == 1


def test_what_is_given_back_without_a_journal_puts_nothing_into_it() -> None:
    unit, work, inventory = purged()
    entries = [replace(entry, settings=(("reg-id", ("x",)),)) for entry in work.journal.entries.values()]
    bindings = list(work.journal.bindings.values())
    work.journal.entries.clear()
    unit.script.append(Step("^set reg-id", "", times=99))
    restore(work, inventory, entries, bindings)
    assert work.journal.entries == {}
