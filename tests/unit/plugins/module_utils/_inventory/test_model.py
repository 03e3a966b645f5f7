# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one fact says about another: kinds, places, servers, managers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    GLOBAL,
    HARDWARE,
    MOBILE,
    SERIAL,
    UNKNOWN_KIND,
    USER,
    Account,
    Binding,
    Entry,
    Group,
    Inventory,
    Ping,
    Token,
    Unit,
    binding_from_dict,
    kind_of,
)

UNIT = Unit("FGT-A", "FGT60FTK20012345", "FortiGate-60F", "7.4.8", "2795", "none", ("root",), "admin")
USER_ENTRY = Account(USER, "eve", "root", "enable", "fortitoken", "FTK200BAA0000001")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("FTK200BAA0000001", HARDWARE),
        ("FTKMOB0000000001", MOBILE),
        ("FTK200BAA000000", UNKNOWN_KIND),
        ("FTK200BAA00000012", UNKNOWN_KIND),
        ("FGT60FTK20012345", UNKNOWN_KIND),
        ("", UNKNOWN_KIND),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    assert kind_of(text) == kind


def test_a_serial_of_a_unit_holds_no_serial_of_a_token() -> None:
    assert SERIAL.findall("FGT61FTK20012345 and FTK200BAA0000001, xFTK200BAA0000001") == ["FTK200BAA0000001"] * 2


@pytest.mark.parametrize(
    ("configured", "listed", "present"),
    [(True, True, "both"), (True, False, "config"), (False, True, "status"), (False, False, "journal")],
)
def test_where_a_token_was_seen(configured: bool, listed: bool, present: str) -> None:
    assert Token("FTK200BAA0000001", "root", configured, listed).present == present


def test_a_token_tells_its_settings_and_users() -> None:
    user, admin = (Binding("FTK200BAA0000001", kind, "x", "root", "fortitoken", None) for kind in (USER, ADMIN))
    token = Token("FTK200BAA0000001", "root", settings=(("comments", ("desk", "4")),), bindings=(user, admin))
    assert (token.comments, token.locked, token.users, token.admins) == ("desk 4", False, (user,), (admin,))
    assert replace(token, settings=(("status", ("lock",)),)).locked
    assert token.entry() == Entry("FTK200BAA0000001", "root", (("comments", ("desk", "4")),))


def test_an_entry_and_a_binding_survive_json() -> None:
    entry = Entry("FTK200BAA0000001", "branch", (("comments", ("desk", "4")),))
    assert Entry.from_dict(entry.as_dict()) == entry
    for kind, status in ((USER, "disable"), (ADMIN, None)):
        binding = Binding("FTK200BAA0000001", kind, "eve", "branch", "fortitoken", status)
        assert binding_from_dict(binding.as_dict()) == binding


def test_what_json_leaves_out_has_its_default() -> None:
    assert Entry.from_dict({"serial": "FTK200BAA0000001"}) == Entry("FTK200BAA0000001", "root")
    made = binding_from_dict({"serial": "FTK200BAA0000001", "name": "eve"})
    assert made == Binding("FTK200BAA0000001", USER, "eve", "root", "fortitoken", "enable")
    with pytest.raises(KeyError):
        binding_from_dict({"name": "eve"})


@pytest.mark.parametrize(("sent", "received", "loss"), [(5, 5, 0), (3, 2, 33), (5, 0, 100), (0, 0, 100)])
def test_lost_packets(sent: int, received: int, loss: int) -> None:
    assert Ping("x", True, sent, received).as_dict()["loss_percent"] == loss


@pytest.mark.parametrize(
    ("kind", "manager", "by"),
    [
        ("fortimanager", "10.0.0.1", "fortimanager"),
        ("fortimanager", "", "none"),
        ("fortiguard", "", "fortigate_cloud"),
        ("default", "", "none"),
        ("none", "10.0.0.1", "none"),
        ("", "10.0.0.1", "unknown"),
        ("other", "", "unknown"),
    ],
)
def test_who_manages_a_unit(kind: str, manager: str, by: str) -> None:
    unit = replace(UNIT, management_type=kind, manager=manager)
    assert unit.managed_by == by
    assert unit.managed is (by == "fortimanager")


@pytest.mark.parametrize(("version", "has"), [("6.0.4", False), ("6.2.0", True), ("7.4.8", True), ("", False)])
def test_transactions_exist_since_6_2(version: str, has: bool) -> None:
    assert replace(UNIT, version=version).transactions is has


def test_scopes() -> None:
    assert (UNIT.scope("branch"), UNIT.scope(GLOBAL)) == ("vdom:branch", "global")


@pytest.mark.parametrize(
    ("settings", "remote", "server"),
    [
        ((), "", ""),
        ((("type", ("password",)),), "", ""),
        ((("type", ("ldap",)), ("ldap-server", ("dir",))), "ldap", "dir"),
        ((("type", ("radius",)), ("ldap-server", ("dir",))), "radius", ""),
    ],
)
def test_remote_users(settings: Any, remote: str, server: str) -> None:
    account = replace(USER_ENTRY, settings=settings)
    assert (account.remote_type, account.server) == (remote, server)
    assert replace(account, type=ADMIN).remote_type == ""


def test_accounts_and_bindings_are_described_alike() -> None:
    assert USER_ENTRY.describe() == "user eve (VDOM root)"
    assert replace(USER_ENTRY, type=ADMIN).describe() == "administrator eve"
    assert Binding("x", ADMIN, "eve", "root", "fortitoken", None).describe() == "administrator eve"


def test_a_group_admits_its_servers_and_any_where_the_name_is_not_known() -> None:
    group = Group("root", "vpn", members=("dir",), matched=("rad",))
    assert group.admits("dir") and group.admits("rad") and group.admits("")
    assert not group.admits("other")
    assert not Group("root", "empty").admits("")


def test_accounts_are_found_by_name() -> None:
    admin = replace(USER_ENTRY, type=ADMIN, name="root")
    inventory = Inventory(UNIT, (Token("FTK200BAA0000001", "root"),), (USER_ENTRY, admin))
    assert inventory.users() == {("root", "eve"): USER_ENTRY}
    assert inventory.admins() == {"root": admin}
    assert list(inventory.by_serial()) == ["FTK200BAA0000001"]
