# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a unit refuses, forgets and hides, as its scenario says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator import ScenarioError, from_data
from tests.simulator.fortiguard import LOCK_HELD

Make = Callable[..., Any]
TOKEN = "FTK200AAAA000001"
TOKENS = [{"serial": TOKEN, "seed": True, "state": "active", "comments": "blue \u2713"}]
ALICE = {
    "name": "alice",
    "type": "ldap",
    "server": "directory",
    "fortitoken": TOKEN,
    "settings": {"username-sensitivity": "disable", "two-factor-notification": "email"},
}


def test_a_comment_that_cannot_come_back(desk: Make) -> None:
    unit = desk(tokens=TOKENS, behaviour={"refused": [{"path": "user fortitoken", "attribute": "comments"}]})
    assert "blue" in unit("show user fortitoken")
    unit("config user fortitoken", f"delete {TOKEN}", f"edit {TOKEN}")
    assert "value parse error before 'blue'" in unit.refused("set comments blue")
    unit("next", "end")
    assert "comments" not in unit("show user fortitoken")


def test_a_setting_that_is_refused_for_one_user_and_one_value_only(desk: Make) -> None:
    refused = {"path": "user local", "attribute": "email-to", "key": "alice", "match": "@old"}
    unit = desk(tokens=TOKENS, users=[ALICE, {"name": "bob", "type": "radius"}], behaviour={"refused": [refused]})
    unit("config user local", "edit bob", "set email-to b@old.example", "next", "edit alice")
    unit("set email-to a@new.example")
    unit.refused("set email-to a@old.example")


def test_a_setting_that_is_refused_when_the_entry_is_saved(desk: Make) -> None:
    refused = {"path": "user local", "attribute": "sms-phone", "at": "next"}
    users = [{"name": "bob", "type": "radius", "sms_phone": "15550100"}]
    unit = desk(users=users, behaviour={"refused": [refused]})
    unit("config user local", "edit bob", "set status disable", "next", "edit bob", "set sms-phone 15550199")
    assert "discard the setting" in unit.refused("next")
    unit("edit bob", "unset sms-phone", "next", "end")
    assert "sms-phone" not in unit("show user local")


def test_an_attribute_that_is_forgotten_with_the_second_factor(desk: Make) -> None:
    unit = desk(tokens=TOKENS, users=[ALICE])
    assert "set username-sensitivity disable" in unit("show user local")
    unit("config user local", "edit alice", "unset two-factor")
    assert "parse error before 'username-sensitivity'" in unit.refused("set username-sensitivity disable")
    unit("next", "edit alice", "set two-factor fortitoken", f"set fortitoken {TOKEN}", "next", "end")
    shown = unit("show user local")
    assert "username-sensitivity" not in shown and "set two-factor-notification email" in shown
    unit("config user local", "edit alice", "set username-sensitivity disable", "next", "end")
    assert "set username-sensitivity disable" in unit("show user local")


def test_which_attributes_are_forgotten_is_a_setting(desk: Make) -> None:
    unit = desk(
        tokens=TOKENS, users=[ALICE], behaviour={"forgotten_with_two_factor": ["two-factor-notification", "sms-phone"]}
    )
    unit("config user local", "edit alice", "set sms-phone 15550100", "set two-factor disable", "next", "end")
    shown = unit("show user local")
    # Hidden while there is no second factor, and back with it.
    assert not [name for name in ("username-sensitivity", "notification", "sms-phone") if name in shown]
    unit("config user local", "edit alice", "set two-factor fortitoken", f"set fortitoken {TOKEN}", "next", "end")
    assert "set username-sensitivity disable" in unit("show user local")
    assert 'set ldap-server "directory"' in unit("show user local")


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("v6.0.9", None),
        ("v6.0.12", "username-case-sensitivity"),
        ("v6.2.10", "username-sensitivity"),
        ("v6.4.0", None),
        ("v6.4.6", "username-case-sensitivity"),
        ("v7.0.0", None),
        ("v7.4.8", "username-sensitivity"),
    ],
)
def test_the_name_of_the_attribute_by_version(desk: Make, version: str, name: str | None) -> None:
    unit = desk(version=f"FortiGate-60E {version},build0001,200101 (GA)", users=[{"name": "a", "type": "radius"}])
    unit("config user local", "edit a", "set two-factor email", "set email-to a@example.com")
    for each in ("username-sensitivity", "username-case-sensitivity"):
        if each == name:
            unit(f"set {each} disable")
        else:
            unit.refused(f"set {each} disable")


def test_hidden_seeds_are_hidden_everywhere(desk: Make) -> None:
    unit = desk(tokens=TOKENS, behaviour={"seeds_shown": False})
    outputs = [unit(line) for line in ("show", "show full-configuration", "get user fortitoken", "show | grep -f FTK")]
    unit("execute config-transaction start", "config user fortitoken", f"edit {TOKEN}")
    outputs += [unit(line) for line in ("show", "show full-configuration", "get")]
    assert "parse error before 'seed'" in unit.refused("set seed ENC AAAA")
    assert "seed" not in unit.shell.completions("set ")
    unit("set comments x", "next", "end")
    outputs.append(unit("diagnose sys config-transaction show txn-cli-commands"))
    assert not [text for text in outputs if "seed" in text]


@pytest.mark.parametrize(("way", "first", "second"), [("seed", "active", LOCK_HELD), ("refused", LOCK_HELD, LOCK_HELD)])
def test_activation_in_place(desk: Make, way: str, first: str, second: str) -> None:
    tokens = [{"serial": TOKEN, "seed": True, "state": LOCK_HELD}]
    serials = {TOKEN: {"lock_released": True}}
    unit = desk(tokens=tokens, fortiguard={"serials": serials}, behaviour={"in_place": way})
    before = unit("show user fortitoken")
    for expected in (first, second):
        unit(f"execute fortitoken activate {TOKEN}")
        unit.clock.advance(2)
        assert expected in unit("diagnose fortitoken info")
    assert (unit("show user fortitoken") != before) == (way == "seed")
    assert (TOKEN in unit.unit.fortiguard.locked) == (way == "seed")


def test_activation_in_place_may_spend_the_one_chance(desk: Make) -> None:
    tokens = [{"serial": TOKEN, "seed": True, "state": LOCK_HELD}]
    serials = {TOKEN: {"lock_released": True}}
    unit = desk(tokens=tokens, fortiguard={"serials": serials}, behaviour={"in_place": "spent"})
    unit(f"execute fortitoken activate {TOKEN}")
    assert TOKEN in unit.unit.fortiguard.locked


@pytest.mark.parametrize("text", ["cmdb save error", "<html>502 Bad Gateway"])
def test_one_answer_for_every_token(desk: Make, text: str) -> None:
    serials = {TOKEN: {"lock_released": True}}
    fortiguard = {"every_outcome": text, "serials": serials}
    unit = desk(tokens=[{"serial": TOKEN}], fortiguard=fortiguard, version="FortiGate-60E v7.2.1,build1,220101 (GA)")
    unit(f"execute fortitoken activate {TOKEN}")
    unit.clock.advance(2)
    assert text in unit("diagnose fortitoken info") and "seed" not in unit("show user fortitoken")
    # The one chance is gone.
    unit.unit.scenario.fortiguard.every_outcome = None
    unit(f"execute fortitoken activate {TOKEN}")
    unit.clock.advance(2)
    assert LOCK_HELD in unit("diagnose fortitoken info")


def test_a_reserved_vdom(desk: Make) -> None:
    unit = desk(vdom_mode="multi", vdoms=["root"], reserved_vdoms=["dmgmt-vdom"])
    assert "name=dmgmt-vdom/dmgmt-vdom index=1" in unit("diagnose sys vd list")
    unit("config vdom")
    assert unit.refused("edit dmgmt-vdom") == "'dmgmt-vdom' is reserved and cannot be edited directly"
    assert unit.types("vdom_created") == [] and unit.shell.context() == "vdom"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"behaviour": {"in_place": "x"}}, "in_place"),
        ({"behaviour": {"transaction_listing": "x"}}, "transaction_listing"),
        ({"behaviour": {"refcnt_style": "x"}}, "refcnt_style"),
        ({"behaviour": {"debug_refused": "x"}}, "debug_refused"),
        ({"behaviour": {"refused": [{"path": "a", "attribute": "b", "at": "x"}]}}, "refused.at"),
        ({"faults": [{"kind": "hang", "line": 1, "count": "x"}]}, "faults.count"),
        ({"faults": [{"kind": "role", "line": 1}]}, "needs a cluster"),
    ],
)
def test_mistakes_are_named(data: dict[str, Any], text: str) -> None:
    with pytest.raises(ScenarioError, match=text):
        from_data(data)
