# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users that a group lets in with only a password."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    Account,
    Binding,
    Group,
    Inventory,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import assemble, findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.side_doors import (
    SideDoor,
    SideDoors,
    case_doors,
    closing_lines,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import ALREADY_ACTIVATED, Policy

UNIT = Unit("FGT-A", "FGT60FTK20012345", "FortiGate-60F", "7.4.8", "2795", "none", ("root",), "netops")
SERIAL = "FTK200BAA0000001"
RELEASED = Policy(lock_released=frozenset({"all"}))
OPEN = Group("root", "vpn", members=("dir",), used=True)


def user(kind: str = "ldap", server: str = "dir", *more: tuple[str, tuple[str, ...]]) -> Account:
    settings = (("type", (kind,)), (f"{kind}-server", (server,)), ("fortitoken", (SERIAL,)), *more)
    return Account("user", "eve", "root", "enable", "fortitoken", SERIAL, settings=settings)


def unit(
    account: Account, *groups: Group, status: str = ALREADY_ACTIVATED, seed: bool = True, unread: tuple[str, ...] = ()
) -> Inventory:
    binding = Binding(SERIAL, "user", account.name, account.vdom, account.two_factor, account.status)
    token = Token(SERIAL, "root", True, True, status, 0, seed, bindings=(binding,))
    return Inventory(UNIT, (token,), (account,), groups, unread, ("root",))


@pytest.mark.parametrize(
    ("inventory", "blocked"),
    [
        (unit(user(), OPEN), True),
        (unit(user("radius"), OPEN), True),
        (unit(user("tacacs+"), OPEN), True),
        (unit(user("kerberos"), OPEN), True),
        # What is unknown counts as in use.
        (unit(user(), replace(OPEN, used=None)), True),
        (unit(user(), unread=("root",)), True),
        (unit(user(server=""), OPEN), True),
        (unit(user(), replace(OPEN, members=("eve",), matched=("dir",))), True),
        (unit(user(), replace(OPEN, used=False)), False),
        (unit(user(), replace(OPEN, vdom="branch")), False),
        (unit(user(), replace(OPEN, members=("eve",))), False),
        (unit(user("password"), OPEN), False),
        (unit(user("password"), unread=("root",)), False),
        (unit(user()), False),
    ],
)
def test_whom_a_group_admits_by_itself_is_not_unbound(inventory: Inventory, blocked: bool) -> None:
    finding = findings(inventory, RELEASED)[SERIAL]
    assert finding.verdict == "reimport"
    assert (finding.action, finding.blocked_by) == (("none", "side_door") if blocked else ("reimport", ""))
    if blocked:
        assert "eve" in finding.remedy and "remediate_remote_users=include" in finding.remedy
    # The operator may say otherwise.
    included = replace(RELEASED, remote_users=True)
    assert findings(inventory, included)[SERIAL].action == "reimport"


def test_activation_without_unbinding_needs_none_of_this() -> None:
    inventory = unit(user(), OPEN, status="new", seed=False)
    assert findings(inventory, RELEASED)[SERIAL].action == "activate"


def test_what_an_interrupted_run_has_unbound_is_finished() -> None:
    inventory = unit(user(), OPEN)
    gone = replace(inventory.tokens[0], configured=False, listed=False, journal="deleted")
    assert findings(replace(inventory, tokens=(gone,)), RELEASED)[SERIAL].action == "reimport"


@pytest.mark.parametrize("included", [False, True])
def test_the_facts_name_user_server_and_group(included: bool) -> None:
    inventory = unit(user(), OPEN)
    verdicts = findings(inventory, replace(RELEASED, remote_users=included))
    facts = assemble(inventory, verdicts, ())
    assert facts["side_doors"] == [
        {
            "serial": SERIAL,
            "name": "eve",
            "vdom": "root",
            "type": "ldap",
            "server": "dir",
            "groups": ["vpn"],
            "groups_unread": False,
            "included": included,
        }
    ]
    assert facts["tokens"][0]["blocked_by"] == ("" if included else "side_door")


@pytest.mark.parametrize(
    ("account", "groups", "found"),
    [
        (user(), (OPEN,), True),
        (user(), (replace(OPEN, used=False),), False),
        (user("ldap", "dir", ("username-sensitivity", ("disable",))), (OPEN,), False),
        (user("ldap", "dir", ("username-case-sensitivity", ("disable",))), (OPEN,), False),
        (user("ldap", "dir", ("username-sensitivity", ("enable",))), (OPEN,), True),
        (replace(user(), two_factor="email"), (OPEN,), True),
        (replace(user(), two_factor="disable"), (OPEN,), False),
        (user("saml"), (OPEN,), False),
    ],
)
def test_whose_name_may_be_typed_in_another_case(account: Account, groups: tuple[Group, ...], found: bool) -> None:
    inventory = unit(account, *groups)
    assert [each.name for each, _door in case_doors(inventory, SideDoors(inventory))] == (["eve"] if found else [])
    ids = [finding["id"] for finding in assemble(inventory, findings(inventory, Policy()), ())["findings"]]
    assert ids == (["username_case"] if found else [])


@pytest.mark.parametrize(
    ("version", "attribute"),
    [
        ("6.0.9", ""),
        ("6.0.10", "username-case-sensitivity"),
        ("6.0.12", "username-case-sensitivity"),
        ("6.0.13", "username-sensitivity"),
        ("6.0.18", "username-sensitivity"),
        ("6.1.0", ""),
        ("6.2.3", ""),
        ("6.2.4", "username-case-sensitivity"),
        ("6.2.9", "username-case-sensitivity"),
        ("6.2.10", "username-sensitivity"),
        ("6.2.17", "username-sensitivity"),
        ("6.3.0", ""),
        ("6.4.0", ""),
        ("6.4.1", "username-case-sensitivity"),
        ("6.4.6", "username-case-sensitivity"),
        ("6.4.7", "username-sensitivity"),
        ("6.4.16", "username-sensitivity"),
        ("6.5.0", ""),
        ("7.0.0", ""),
        ("7.0.1", "username-sensitivity"),
        ("8.0.0", "username-sensitivity"),
    ],
)
def test_the_line_to_set_is_the_one_of_the_release(version: str, attribute: str) -> None:
    lines = closing_lines(replace(UNIT, version=version), user())
    assert lines == (
        ("config user local", 'edit "eve"', f"set {attribute} disable", "next", "end") if attribute else ()
    )


def test_the_line_to_set_is_reached_through_the_vdom() -> None:
    many = replace(UNIT, vdom_mode="multi", vdoms=("root", "branch"))
    assert closing_lines(many, user())[:2] == ("config vdom", "edit root")
    assert closing_lines(replace(many, confined_to="root"), user())[0] == "config user local"


@pytest.mark.parametrize(("server", "words"), [("dc1", "ldap server dc1"), ("", "a ldap server that is not shown")])
def test_a_side_door_names_its_server_where_that_is_shown(server: str, words: str) -> None:
    door = SideDoor("eve", "root", "ldap", server, (Group("root", "vpn", members=("dc1",)),))
    assert words in door.describe()
