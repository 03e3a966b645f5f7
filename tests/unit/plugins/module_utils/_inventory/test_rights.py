# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account may do, by its access profile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ParseError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Rights
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.rights import parse_rights


def _table(path: str, name: str, *settings: str) -> str:
    return "\n".join([f"config {path}", f'edit "{name}"', *(f"set {setting}" for setting in settings), "next", "end"])


def test_rights_of_the_account() -> None:
    admins = (
        'config system admin\nedit "a"\nset accprofile "super_admin"\nnext\nedit "b"\nset accprofile "tok"\nnext\n'
        'edit "c"\nset accprofile "super_admin_readonly"\nnext\nend\n'
    )
    profiles = 'config system accprofile\nedit "tok"\nset authgrp read\nnext\nend\n'
    assert parse_rights(profiles, admins, "a") == Rights("read-write")
    assert parse_rights(profiles, admins, "b") == Rights("read")
    assert parse_rights(profiles, admins, "c") == Rights("read")
    assert parse_rights(profiles, admins, "ldap-user") == Rights("unknown")


@pytest.mark.parametrize(
    ("settings", "level", "closed"),
    [
        # Up to 7.4.1 there are no `cli-...` lines.
        (("authgrp read-write",), "read-write", ()),
        (("authgrp read-write", "system-diagnostics disable"), "read-write", ("system-diagnostics",)),
        (("sysgrp read",), "none", ()),
        (("authgrp custom",), "unknown", ()),
        (
            ("authgrp read-write", *(f"cli-{kind} enable" for kind in ("get", "show", "exec", "config", "diagnose"))),
            "read-write",
            (),
        ),
        # What is closed is not printed.
        (
            ("authgrp read-write", "cli-get enable", "cli-show enable", "cli-config enable"),
            "read-write",
            ("cli-exec", "cli-diagnose"),
        ),
    ],
)
def test_rights_of_a_limited_profile(settings: tuple[str, ...], level: str, closed: tuple[str, ...]) -> None:
    profiles = _table("system accprofile", "tok", *settings)
    alone = _table("system admin", "b", 'accprofile "tok"')
    assert parse_rights(profiles, alone, "b") == Rights(level, closed, super_admin_hidden=True)
    both = alone.replace("\nend", '\nedit "a"\nset accprofile "super_admin"\nnext\nend')
    assert parse_rights(profiles, both, "b") == Rights(level, closed)


def test_rights_where_nothing_can_be_read() -> None:
    assert parse_rights("", "", "b") == Rights()
    alone = _table("system admin", "b", 'accprofile "tok"')
    assert parse_rights("", alone, "b") == Rights(super_admin_hidden=True)


@given(st.text(max_size=200))
def test_no_text_raises_anything_but_a_parse_error(garbage: str) -> None:
    try:
        parse_rights(garbage, garbage, "admin")
    except ParseError as error:
        assert str(error)
