# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enrollment of one unit: options that are checked, and names that are looked up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll import session
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    USER,
    Account,
    Group,
    Inventory,
    Unit,
)

UNIT = Unit("FGT-A", "FGT60FTK20012345", "FortiGate-60F", "7.4.8", "2795", "multi", ("root", "b"), "netops")
OPTIONS: dict[str, Any] = {
    "users": [" alice ", "", "alice"],
    "again": [],
    "per_run": 0,
    "max_mails": 1,
    "renew_before": 24,
    "max_undeliverable": 20,
    "timeout": 1,
    "window": ["", "Mon-Fri 08:00-17:00"],
    "watch_mail": True,
    "admins": "include",
}


def test_options_are_taken_over_in_seconds_and_shares() -> None:
    made = session.wishes({**OPTIONS, "window": []})
    assert (made.users, made.renew_before, made.limits.share, made.admins) == (("alice",), 86400.0, 0.2, True)
    assert made.limits.windows == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("per_run", -1),
        ("max_mails", 0),
        ("renew_before", -1),
        ("renew_before", 10_000),
        ("max_undeliverable", 101),
        ("timeout", 0),
        ("window", ["at noon"]),
    ],
)
def test_an_option_that_makes_no_sense_is_named(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name}: "):
        session.wishes({**OPTIONS, "window": [], name: value})


def resolved(*names: str) -> tuple[set[str], list[str]]:
    accounts = tuple(
        Account(USER, name, vdom, "enable", "fortitoken", "")
        for name, vdom in (("alice", "root"), ("alice", "b"), ("bob", "b"))
    )
    groups = (Group("root", "vpn", members=("alice", "carol")), Group("b", "empty"))
    look: Any = SimpleNamespace(inventory=Inventory(UNIT, (), accounts, groups))
    found, unknown = session._resolve(names, look)
    return {f"{vdom}/{name}" for _type, vdom, name in found}, unknown


@pytest.mark.parametrize(
    ("names", "found", "unknown"),
    [
        (["alice"], {"root/alice", "b/alice"}, []),
        (["b/alice"], {"b/alice"}, []),
        (["group:vpn"], {"root/alice", "root/carol"}, []),
        (["group:root/vpn", "bob"], {"root/alice", "root/carol", "b/bob"}, []),
        (["group:empty", "group:x", "x"], set(), ["group:empty", "group:x", "x"]),
    ],
)
def test_users_and_groups_are_found_in_their_vdoms(names: list[str], found: set[str], unknown: list[str]) -> None:
    assert resolved(*names) == (found, unknown)
