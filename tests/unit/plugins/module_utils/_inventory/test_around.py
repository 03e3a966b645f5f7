# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups, and who uses them: what is asked where, and what the answers add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import detect
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.around import look_around, read_groups
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.asking import Reading
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    USER,
    Account,
    Group,
    Inventory,
    Unit,
)

UNIT = Unit("FGT-A", "FGT60FTK20012345", "FortiGate-60F", "7.4.8", "2795", "none", ("root",), "admin")
EVE = Account(
    USER,
    "eve",
    "root",
    "enable",
    "fortitoken",
    "FTK200BAA0000001",
    settings=(("type", ("ldap",)), ("ldap-server", ("dir",))),
)
GROUP = Group("root", "vpn users", members=("dir",))
NOTHING = Reading("FGT-A", {})
USED = "entry used by table firewall.policy:policyid '4'\n"
UNUSED = "no references\n"


class Console:
    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers
        self.sent: list[tuple[str | None, str]] = []

    def identity(self) -> dict[str, Any]:
        return {}

    def run(self, batches: Sequence[Batch]) -> list[list[Answer]]:
        self.sent += [(batch.scope, line) for batch in batches for line in batch.lines]
        return [
            [
                Answer(line, text, detect(text), "")
                for line in batch.lines
                for text in [self.answers.get(str(batch.scope), "")]
            ]
            for batch in batches
        ]


def test_groups_that_are_refused_or_odd_are_named() -> None:
    unit = replace(UNIT, vdom_mode="multi", vdoms=("a", "b", "c"))
    good = 'config user group\nedit "vpn users"\nset member "dir"\nnext\nend\n'
    answers = {"vdom:a": good, "vdom:b": "Unknown action 0", "vdom:c": "config user group\nedit"}
    reading = Reading(
        "FGT-A",
        {
            (scope, "show user group"): Answer("show user group", text, detect(text), "")
            for scope, text in answers.items()
        },
    )
    groups, unread = read_groups(unit, ("a", "b", "c", "d"), reading)
    assert [(group.vdom, group.name, group.members) for group in groups] == [("a", "vpn users", ("dir",))]
    assert set(unread) >= {"b", "d"}


def test_only_groups_with_the_server_of_a_second_factor_are_asked_about() -> None:
    others = (Group("root", "staff", members=("other",)), Group("branch", "vpn users", members=("dir",)))
    console = Console({})
    inventory = Inventory(UNIT, (), (EVE,), (GROUP, *others))
    look_around(console, inventory, NOTHING, around=False)
    assert [line for _scope, line in console.sent] == ['diagnose sys cmdb refcnt show user.group.name "vpn users"']
    without = replace(inventory, accounts=(replace(EVE, two_factor="disable"),))
    console.sent.clear()
    assert look_around(console, without, NOTHING, around=False) == without
    assert console.sent == []


@pytest.mark.parametrize(
    ("mode", "confined", "scopes"),
    [("none", "", ["vdom:root"]), ("multi", "", ["vdom:root", "global"]), ("multi", "root", ["vdom:root"])],
)
def test_where_the_reference_is_asked(mode: str, confined: str, scopes: list[str]) -> None:
    console = Console({})
    unit = replace(UNIT, vdom_mode=mode, confined_to=confined)
    look_around(console, Inventory(unit, (), (EVE,), (GROUP,)), NOTHING, around=False)
    assert [scope for scope, _line in console.sent] == scopes


@pytest.mark.parametrize("around", [True, False])
def test_clocks_and_tables_are_taken_in_where_they_are_wanted(around: bool) -> None:
    status = "get system status"
    text = "Hostname: FGT-A\nSystem time: Mon Mar 30 12:00:00 2026\n"
    reading = Reading("FGT-A", {("global", status): Answer(status, text, None, "")})
    console = Console({})
    found = look_around(console, Inventory(UNIT, ()), reading, around=around).unit.surroundings
    assert found.clock == ("2026-03-30 12:00:00" if around else "")
    assert (found.skew is not None) is around
    assert console.sent == []


@pytest.mark.parametrize(
    ("inside", "globally", "used"),
    [
        (USED, "", True),
        (UNUSED, USED, True),
        (UNUSED, "Unknown action 0", False),
        ("Unknown action 0", UNUSED, False),
        ("Unknown action 0", "Unknown action 0", None),
        ("something else", "something else", None),
    ],
)
def test_a_group_is_used_where_either_scope_says_so(inside: str, globally: str, used: bool | None) -> None:
    unit = replace(UNIT, vdom_mode="multi")
    console = Console({"vdom:root": inside, "global": globally})
    found = look_around(console, Inventory(unit, (), (EVE,), (GROUP,)), NOTHING, around=False)
    assert [group.used for group in found.groups] == [used]
