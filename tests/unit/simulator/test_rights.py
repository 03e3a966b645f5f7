# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access profiles: what an account sees and may say, release by release."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Desk

Make = Callable[..., Desk]

VERSIONS = {
    (6, 0): "FortiGate-60E v6.0.9,build0335,200121 (GA)",
    (7, 2): "FortiGate-60F v7.2.11,build1740,250210 (GA.M)",
    (7, 4): "FortiGate-60F v7.4.8,build2795,250523 (GA.M)",
}
ALL = {
    name: "read-write"
    for name in ("secfabgrp", "ftviewgrp", "authgrp", "sysgrp", "netgrp", "loggrp", "fwgrp", "vpngrp", "utmgrp", "wifi")
}


def account(**rights: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in rights.items()}
    return {"name": "ops", "password": "x1y2z3", "profile": "ops", "rights": named}


def test_a_profile_with_everything_has_the_prompt_of_a_super_admin(desk: Make) -> None:
    assert desk(accounts=[account(**ALL)]).shell.prompt().endswith("# ")
    assert desk(accounts=[account(**{**ALL, "wifi": "read"})]).shell.prompt().endswith("$ ")
    assert desk(accounts=[account(**ALL, cli_diagnose="disable")]).shell.prompt().endswith("$ ")


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("cli_diagnose", "diagnose sys vd list"),
        ("cli_get", "get system status"),
        ("cli_show", "show system global"),
        ("cli_exec", "execute ping a.example"),
        ("cli_config", "config user local"),
    ],
)
def test_kinds_of_commands_since_742(kind: str, line: str, desk: Make) -> None:
    desk(accounts=[account(**ALL)])(line)
    assert desk(accounts=[account(**ALL, **{kind: "disable"})]).refused(line) == "Unknown action 0"
    # Earlier releases do not know the attribute.
    desk(accounts=[account(**ALL, **{kind: "disable"})], version=VERSIONS[(7, 2)])(line)


def test_diagnose_before_742(desk: Make) -> None:
    closed = account(authgrp="read", system_diagnostics="disable")
    assert desk(accounts=[closed], version=VERSIONS[(7, 2)]).refused("diagnose sys vd list") == "Unknown action 0"
    desk(accounts=[account(authgrp="read")], version=VERSIONS[(7, 2)])("diagnose sys vd list")
    # Before 6.4.0 a reader has none at all.
    desk(accounts=[account(authgrp="read")], version=VERSIONS[(6, 0)]).refused("diagnose sys vd list")


@pytest.mark.parametrize(("style", "text"), [("parse_error", "command parse error"), ("unknown_action", "Unknown")])
def test_how_a_refusal_reads_is_a_setting(style: str, text: str, desk: Make) -> None:
    unit = desk(accounts=[account(sysgrp="read", cli_exec="disable")], behaviour={"refusal": style})
    assert unit.refused("show user local").startswith(text)
    assert unit.refused("execute ping a.example").startswith(text)


def test_super_admins_are_hidden_from_others(desk: Make) -> None:
    admins = [{"name": "night", "accprofile": "super_admin"}, {"name": "help", "accprofile": "prof_admin"}]
    shown = desk(accounts=[account(sysgrp="read")], admins=admins)("show system admin")
    assert ('edit "night"' in shown, 'edit "help"' in shown, 'edit "ops"' in shown) == (False, True, True)
    old = desk(accounts=[account(sysgrp="read")], admins=admins, version=VERSIONS[(6, 0)])
    assert 'edit "night"' in old("show system admin")
    assert 'edit "night"' in desk(admins=admins)("show system admin")


def test_parts_of_the_system(desk: Make) -> None:
    profile = "\n".join(
        [
            *("config system accprofile", 'edit "ops"', "set sysgrp custom", "set cli-show enable"),
            *("config sysgrp-permission", "set admin read", "end", "next", "end"),
        ]
    )
    unit = desk(
        accounts=[{"name": "ops", "password": "x1y2z3", "profile": "ops"}],
        config={"global": profile},
    )
    assert 'edit "ops"' in unit("show system admin")
    unit.refused("show system global")


def test_an_account_without_the_global_scope_stands_in_its_vdom(desk: Make) -> None:
    vdoms = {"vdom_mode": "multi", "vdoms": ["root", "dmz"]}
    unit = desk(accounts=[account(authgrp="read")], **vdoms)
    assert "config user local" in unit("show user local")
    unit.refused("config global")
    unit.refused("config vdom")
    wide = desk(accounts=[account(authgrp="read", scope="global")], **vdoms)
    wide("config vdom", "edit dmz", "show user local", "end")
    wide("config global", "end")


def test_the_profile_can_be_typed_as_its_release_knows_it(desk: Make) -> None:
    lines = ("config system accprofile", "edit new", "set authgrp read-write")
    desk()(*lines, "set cli-exec enable", "next", "end")
    old = desk(version=VERSIONS[(7, 2)])
    old(*lines)
    old.refused("set cli-exec enable")
    old("set system-diagnostics disable", "next", "end")
    assert "set system-diagnostics disable" in old("show system accprofile new")
    # Only a unit with VDOMs has scopes.
    old("config system accprofile", "edit new")
    old.refused("set scope global")
