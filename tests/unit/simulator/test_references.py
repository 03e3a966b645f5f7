# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""User groups: what refers to them, and whom they admit by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.simulator.references import group_references, groups

Make = Callable[..., Any]
CONFIG = """
config user ldap
    edit "directory"
        set server "192.0.2.20"
    next
end
config user radius
    edit "aaa"
        set server "192.0.2.21"
    next
end
config user group
    edit "staff"
        set member "alice" "directory"
        config match
            edit 1
                set server-name "directory"
                set group-name "CN=staff"
            next
        end
    next
    edit "people"
        set member "alice" "bob"
    next
    edit "idle"
        set member "aaa"
    next
end
config firewall policy
    edit 7
        set name "out"
        set groups "staff" "people"
    next
end
config vpn ipsec phase1-interface
    edit "dialup"
        set authusrgrp "people"
    next
end
config vpn ssl settings
    config authentication-rule
        edit 2
            set groups "people"
        next
    end
end
"""


def test_references_in_every_form(desk: Make) -> None:
    unit = desk(config={"root": CONFIG})
    assert unit("diagnose sys cmdb refcnt show user.group.name people").splitlines() == [
        "entry used by child table groups:name 'people' of table firewall.policy:policyid '7'",
        "entry used by table vpn.ipsec.phase1-interface:name 'dialup'",
        "entry used by child table authentication-rule:id '2' of complex vpn.ssl.settings",
    ]
    assert unit("diagnose sys cmdb refcnt show user.group.name idle") == ""
    assert group_references(unit.unit.config, "staff", "table") == ["entry used by table firewall.policy:policyid '7'"]


def test_the_style_of_references_is_a_setting(desk: Make) -> None:
    unit = desk(config={"root": CONFIG}, behaviour={"refcnt_style": "table"})
    assert unit("diagnose sys cmdb refcnt show user.group.name staff") == (
        "entry used by table firewall.policy:policyid '7'"
    )


def test_which_servers_a_group_admits(desk: Make) -> None:
    unit = desk(config={"root": CONFIG})
    assert groups(unit.unit.config) == [
        {"vdom": "root", "name": "staff", "servers": ["directory"], "used": True},
        {"vdom": "root", "name": "people", "servers": [], "used": True},
        {"vdom": "root", "name": "idle", "servers": ["aaa"], "used": False},
    ]


def test_groups_and_policies_can_be_shown_and_changed(desk: Make) -> None:
    unit = desk(config={"root": CONFIG})
    shown = unit("show user group")
    assert "        config match\n" in shown and '                set server-name "directory"' in shown
    assert 'set groups "staff" "people"' in unit("show firewall policy")
    unit("config user group", "edit idle", 'set member "aaa" "alice"', "config match", "edit 1", "set server-name aaa")
    unit("next", "end", "next", "end", "config firewall policy", "edit 8", "set groups idle", "next", "end")
    assert [event["groups"][2]["used"] for event in unit.types("groups")] == [True]


def test_a_unit_without_groups_shows_empty_tables(desk: Make) -> None:
    unit = desk()
    for path in ("user group", "user ldap", "user radius", "user tacacs+", "firewall policy"):
        assert unit(f"show {path}") == f"config {path}\nend"
    multi = desk(vdom_mode="multi")
    multi("config vdom", "edit extra")
    assert multi("show user group") == "config user group\nend"
