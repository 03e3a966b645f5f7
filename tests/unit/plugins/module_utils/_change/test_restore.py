# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving back: whole users, looks before tokens are added, and what cannot come back is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import plan_purge
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.purge import purge
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.restore import added_again, restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Work
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
    assert work.settings_lost == {ONE: ["comments"]} and ONE in reasons
    assert unit.activated == [ONE, TWO]


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
