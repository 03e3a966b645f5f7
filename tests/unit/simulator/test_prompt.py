# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts, and what an account confined to one VDOM gets to see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator import ScenarioError

Make = Callable[..., Any]
VDOMS = {"vdom_mode": "multi", "vdoms": ["root", "customer-one-of-the-northern-dc"]}
TENANT = {
    "name": "tenant",
    "password": "x1y2z3",
    "profile": "tenants",
    "vdom": "customer-one-of-the-northern-dc",
    "rights": {"authgrp": "read-write"},
}


@pytest.mark.parametrize("hostname", ["Firewall A", "FW(dc1)", "FW [dc1] #2", "a-b_c.d"])
def test_host_names_with_blanks_parentheses_and_brackets(desk: Make, hostname: str) -> None:
    unit = desk(hostname=hostname, **VDOMS)
    assert unit.shell.prompt() == f"{hostname} # "
    unit("config global")
    assert unit.shell.prompt() == f"{hostname} (global) # "
    assert f"Hostname: {hostname}" in unit("get system status").splitlines()


@pytest.mark.parametrize(
    ("cut", "limit", "host", "vdom"),
    [
        ("end", 24, "fgt-headquarters-cluste~", "customer-one-of-the-nor~"),
        ("middle", 24, "fgt-headquarters-clu~-01", "customer-one-of-the-~-dc"),
        ("middle", 12, "fgt-head~-01", "customer~-dc"),
    ],
)
def test_long_names_are_cut_for_hosts_and_vdoms_alike(desk: Make, cut: str, limit: int, host: str, vdom: str) -> None:
    console = {"cut": cut, "hostname_limit": limit, "context_limit": limit}
    unit = desk(hostname="fgt-headquarters-cluster-node-01", console=console, **VDOMS)
    unit("config vdom", "edit customer-one-of-the-northern-dc")
    assert unit.shell.prompt() == f"{host} ({vdom}) # "


def test_an_account_of_one_vdom_stands_there_and_sees_nothing_else(desk: Make) -> None:
    tokens = [
        {"serial": "FTK200AAAA000001", "vdom": "root"},
        {"serial": "FTK200AAAA000002", "vdom": TENANT["vdom"]},
    ]
    unit = desk(accounts=[TENANT], tokens=tokens, **VDOMS)
    assert unit.shell.prompt() == "fgt-demo $ "
    shown = unit("show user fortitoken") + unit("diagnose fortitoken info")
    assert "FTK200AAAA000002" in shown and "FTK200AAAA000001" not in shown
    assert f"Current virtual domain: {TENANT['vdom']}" in unit("get system status")
    for line in ("config global", "config vdom", "show system admin", "show system central-management"):
        unit.refused(line)
    assert unit("diagnose sys vd list").count("name=") == 1
    unit("execute fortitoken activate FTK200AAAA000002")


def test_the_prompt_can_name_the_vdom_of_such_an_account(desk: Make) -> None:
    unit = desk(accounts=[TENANT], behaviour={"home_in_prompt": True}, **VDOMS)
    assert unit.shell.prompt() == f"fgt-demo ({TENANT['vdom']}) $ "
    unit("config user local")
    assert unit.shell.prompt() == "fgt-demo (local) $ "


def test_the_vdom_of_an_account_must_exist(desk: Make) -> None:
    with pytest.raises(ScenarioError, match="tenant"):
        desk(accounts=[TENANT], vdom_mode="multi", vdoms=["root"])


@pytest.mark.parametrize(
    ("ha", "line"),
    [
        ({}, "a-p, primary"),
        ({"role": "secondary"}, "a-p, secondary"),
        ({"old_words": True}, "a-p, master"),
        ({"old_words": True, "role": "secondary"}, "a-p, slave"),
        ({"role": "secondary", "role_word": "backup"}, "a-p, backup"),
        ({"role_word": ""}, "a-p"),
    ],
)
def test_role_words_old_and_new(desk: Make, ha: dict[str, Any], line: str) -> None:
    unit = desk(ha={"mode": "a-p", **ha})
    assert f"Current HA mode: {line}" in unit("get system status").splitlines()


def test_fips_mode_refuses_to_debug(desk: Make) -> None:
    unit = desk(behaviour={"fips_cc": True})
    assert "FIPS-CC mode: enable" in unit("get system status")
    for line in ("diagnose debug enable", "diagnose debug reset", "diagnose fortitoken debug enable"):
        assert unit.refused(line).startswith("command parse error before")
    unit("diagnose fortitoken info")


def test_a_profile_can_lack_diagnose(desk: Make) -> None:
    account = {"name": "ops", "profile": "ops", "rights": {"authgrp": "read-write", "cli-diagnose": "disable"}}
    unit = desk(accounts=[account])
    unit.refused("diagnose debug enable")
    unit.refused("diagnose fortitoken info")
    assert "diagnose" not in unit.shell.completions("")
    unit("show user fortitoken")
