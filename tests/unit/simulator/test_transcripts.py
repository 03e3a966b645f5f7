# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented outputs of the command line, line by line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ntc_templates.parse import parse_output  # type: ignore[import-untyped]

LOCK_HELD = "token already activated, and seed won't be returned"
TOKENS = [
    {"serial": "FTK200AAAA000001", "seed": True, "state": "active", "comments": "front desk"},
    {"serial": "FTK200AAAA000002", "state": LOCK_HELD, "drift": -3},
    {"serial": "FTKMOB0A1B2C3D4E", "state": "provisioned", "license": "EFTM000000000001"},
]
USERS = [
    {"name": "alice", "fortitoken": "FTK200AAAA000001", "passwd": "pw-one"},
    {"name": "bob", "passwd": "pw-two"},
]
Make = Callable[..., Any]


def test_diagnose_fortitoken_info(desk: Make) -> None:
    text = desk(tokens=TOKENS)("diagnose fortitoken info")
    assert text.splitlines() == [
        "FORTITOKEN           DRIFT    STATUS",
        "FTK200AAAA000001     0        active",
        f"FTK200AAAA000002     -3       {LOCK_HELD}",
        "FTKMOB0A1B2C3D4E     0        provisioned",
        "",
        "Total activated token: 2",
        "Total global activated token: 2",
        "",
        "Token server status: reachable",
    ]


def test_one_serial_and_the_grep_of_the_article(desk: Make) -> None:
    unit = desk(tokens=TOKENS)
    assert "FTK200AAAA000002" not in unit("diag fortitoken info FTK200AAAA000001")
    left = unit("diag fortitoken info | grep -v active").splitlines()
    assert left[0].startswith("FORTITOKEN") and left[1].startswith("FTK200AAAA000002") and "FTKMOB" in left[2]


def test_a_locked_entry_is_shown_as_locked(desk: Make) -> None:
    unit = desk(tokens=[{"serial": "FTK200AAAA000001", "seed": True, "state": "active", "locked": True}])
    assert "FTK200AAAA000001     0        locked" in unit("diagnose fortitoken info")
    assert "        set status lock" in unit("show user fortitoken")


def test_show_leaves_out_defaults_and_full_configuration_has_them(desk: Make) -> None:
    unit = desk(tokens=TOKENS[1:2])
    assert unit("show user fortitoken") == 'config user fortitoken\n    edit "FTK200AAAA000002"\n    next\nend'
    full = unit("show full-configuration user fortitoken")
    assert "        set status active" in full and '        set comments ""' in full
    assert unit("show system central-management") == "config system central-management\nend"
    assert "    set type fortiguard" in unit("show full-configuration system central-management")


def test_the_seed_has_the_form_of_the_scenario(desk: Make) -> None:
    for style, form in (("enc", "set seed ENC "), ("quoted", 'set seed "'), ("quoted_enc", 'set seed "ENC ')):
        assert form in desk(tokens=TOKENS, behaviour={"seed_style": style})("show user fortitoken")
    assert "seed" not in desk(tokens=TOKENS, behaviour={"seeds_shown": False})("show full user fortitoken")


def test_grep_f_marks_and_encloses(desk: Make) -> None:
    config = """
config firewall policy
    edit 1
        set name "FTK rule"
        config ip-range
            edit 1
                set start 192.0.2.1
            next
        end
        set users "FTK group"
    next
    edit 2
        set name "other"
    next
end
"""
    tokens = [{"serial": "FTK200AAAA000001", "seed": "bWFkZS11cA==", "comments": "door"}]
    users = [{"name": "alice", "type": "radius", "fortitoken": "FTK200AAAA000001"}, {"name": "bob", "type": "radius"}]
    unit = desk(tokens=tokens, users=users, config={"root": config})
    assert unit("show | grep -f FTK").splitlines() == [
        "config user fortitoken",
        '    edit "FTK200AAAA000001" <---',
        "        set seed ENC bWFkZS11cA==",
        '        set comments "door"',
        "    next",
        "end",
        "config user local",
        '    edit "alice"',
        "        set type radius",
        "        set two-factor fortitoken",
        '        set fortitoken "FTK200AAAA000001" <---',
        "    next",
        "end",
        "config firewall policy",
        "    edit 1",
        '        set name "FTK rule" <---',
        '        set users "FTK group" <---',
        "    next",
        "end",
    ]


def test_grep_options(desk: Make) -> None:
    unit = desk(tokens=TOKENS)
    assert unit("show user fortitoken | grep -i ftkmob") == '    edit "FTKMOB0A1B2C3D4E"'
    assert unit("show user fortitoken | grep -c edit") == "3"
    assert unit('get system status | grep "Virtual domain configuration"') == "Virtual domain configuration: disable"
    assert unit.refused("show | nosuch x").startswith("command parse error before '|'")


def test_delete_of_a_held_token(desk: Make) -> None:
    unit = desk(tokens=TOKENS, users=USERS)
    unit("config user fortitoken")
    answer = unit.refused("delete FTK200AAAA000001")
    assert answer == "The entry is used by other 1 entries\nCommand fail. Return code -23"
    assert unit.refused("delete FTK200AAAA000009") == "entry not found in datasource\nCommand fail. Return code -3"


def test_an_administrators_token_is_not_counted_unless_the_scenario_says_so(desk: Make) -> None:
    admins = [{"name": "night", "fortitoken": "FTK200AAAA000001"}]
    unit = desk(tokens=TOKENS, admins=admins)
    unit("config user fortitoken", "delete FTK200AAAA000001")
    strict = desk(tokens=TOKENS, admins=admins, behaviour={"admin_holds_token": True})
    strict("config user fortitoken")
    assert "-23" in strict.refused("delete FTK200AAAA000001")


def test_errors(desk: Make) -> None:
    unit = desk(tokens=TOKENS, users=USERS)
    assert unit.refused("echo ~admin") == "Unknown action 0"
    assert unit.refused("config user psu") == "command parse error before 'psu'\n\nCommand fail. Return code -61"
    assert unit.refused("config user") == "incomplete command in the end\nCommand fail. Return code -160"
    unit("config user local", "edit bob", "set two-factor fortitoken")
    assert unit.refused("set fortitoken FTK200ZZZZ000001").splitlines() == [
        "node_check_object fail! for fortitoken FTK200ZZZZ000001",
        "entry not found in datasource",
        "",
        "value parse error before 'FTK200ZZZZ000001'",
        "Command fail. Return code -3",
    ]
    # One token, one account.
    assert "checking fail" in unit.refused("set fortitoken FTK200AAAA000001")


def test_fortitoken_is_hidden_until_two_factor_is_set(desk: Make) -> None:
    unit = desk(tokens=TOKENS, users=USERS)
    unit("config user local", "edit bob")
    assert "command parse error before 'fortitoken'" in unit.refused("set fortitoken FTK200AAAA000002")
    unit("set two-factor fortitoken", "set fortitoken FTK200AAAA000002", "next", "end")
    assert 'set fortitoken "FTK200AAAA000002"' in unit("show user local bob")


def test_a_second_factor_without_token_is_refused_at_next_and_discarded(desk: Make) -> None:
    unit = desk(tokens=TOKENS, users=USERS)
    unit("config user local", "edit bob", "set two-factor fortitoken")
    assert "Return code" in unit.refused("next")
    unit("end")
    assert "two-factor" not in unit("show user local bob")


def test_abort_saves_nothing_end_saves(desk: Make) -> None:
    unit = desk(tokens=TOKENS, users=USERS)
    unit("config user local", "edit bob", "set status disable", "abort")
    assert unit.shell.prompt() == "fgt-demo # "
    assert "disable" not in unit("show user local bob")
    unit("config user local", "edit bob", "set status disable", "end")
    assert unit.shell.prompt() == "fgt-demo # "
    assert "set status disable" in unit("show user local bob")


def test_unset_two_factor_and_what_becomes_of_the_token(desk: Make) -> None:
    for clears, left in ((True, ""), (False, "FTK200AAAA000001")):
        unit = desk(tokens=TOKENS, users=USERS, behaviour={"unset_two_factor_clears_token": clears})
        unit("config user local", "edit alice", "unset two-factor", "end")
        assert unit.unit.config.table("root", "user local").entries["alice"].text("fortitoken") == left


def test_abbreviations(desk: Make) -> None:
    unit = desk(tokens=TOKENS)
    assert unit("sh sys central-management") == unit("show system central-management")
    assert unit("dia fortitoken inf") == unit("diagnose fortitoken info")
    # `system c` is console or central-management.
    assert "parse error before 'c'" in unit.refused("show system c")


def test_prompts_in_every_context(desk: Make) -> None:
    unit = desk(hostname="fw", tokens=TOKENS)
    assert unit.shell.prompt() == "fw # "
    unit("config user fortitoken")
    assert unit.shell.prompt() == "fw (fortitoken) # "
    unit("edit FTK200AAAA000001")
    assert unit.shell.prompt() == "fw (FTK200AAAA000001) # "
    unit("end", "config system console")
    assert unit.shell.prompt() == "fw (console) # "


def test_prompts_of_clusters_and_long_names(desk: Make) -> None:
    cluster = {"mode": "a-p", "members": ["FGT60E0000000001", "FGT60E0000000002"]}
    for prompt, old, expected in (
        ("attached", False, "fw(Primary) # "),
        ("spaced", True, "fw (Master) # "),
        ("prefix", True, "(M) fw # "),
    ):
        assert desk(hostname="fw", ha={**cluster, "prompt": prompt, "old_words": old}).shell.prompt() == expected
    long = desk(hostname="firewall-with-a-long-name-01", console={"hostname_limit": 10})
    assert long.shell.prompt() == "firewall-~ # "


def test_multi_vdom_contexts(desk: Make) -> None:
    unit = desk(vdom_mode="multi", vdoms=["root", "branch-a"], hostname="fw", tokens=TOKENS, users=USERS)
    assert "parse error before 'user'" in unit.refused("show user local")
    assert unit("config vdom", "edit branch-a") == "current vf=branch-a:1"
    assert unit.shell.prompt() == "fw (branch-a) # "
    assert unit("show user local") == "config user local\nend"
    assert "parse error before 'system'" in unit.refused("show system admin")
    unit("next", "edit root")
    assert 'edit "alice"' in unit("show user local") and "Current virtual domain: root" in unit("get system status")
    unit("end", "config global")
    assert unit.shell.prompt() == "fw (global) # " and 'edit "admin"' in unit("show system admin")
    assert "parse error before 'user'" in unit.refused("config user local")
    assert not unit.types("vdom_created")


def test_an_unknown_vdom_is_created_and_reported(desk: Make) -> None:
    unit = desk(vdom_mode="multi", vdoms=["root"])
    assert unit("config vdom", "edit rooot") == "current vf=rooot:1"
    assert unit.types("vdom_created")[0]["vdom"] == "rooot"
    split = desk(vdom_mode="split-task")
    split("config vdom")
    assert "parse error" in split.refused("edit rooot")


def test_the_vdom_listing_that_scrapli_community_reads(desk: Make) -> None:
    unit = desk(vdom_mode="multi", vdoms=["root", "test1"])
    assert unit('show | grep "config vdom" -f -A1').splitlines() == [
        "config vdom",
        "edit root",
        "--",
        "config vdom",
        "edit root",
        "--",
        "config vdom",
        "edit test1",
    ]
    assert "name=test1/test1 index=1 enabled" in unit("diagnose sys vd list")


def test_get(desk: Make) -> None:
    unit = desk(tokens=TOKENS, users=USERS)
    assert "output              : more " in unit("get system console").splitlines()
    unit("config user fortitoken", "edit FTK200AAAA000001")
    inside = unit("get").splitlines()
    assert inside[0] == "serial-number       : FTK200AAAA000001" and not any("seed" in line for line in inside)
    unit("end")
    assert unit("get user fortitoken").splitlines()[0] == "== [ FTK200AAAA000001 ]"


def test_ping(desk: Make) -> None:
    unit = desk(ping={"a.example": "loss", "b.example": "unresolvable", "c.example": "sendto_failed"})
    assert "5 packets transmitted, 5 packets received, 0% packet loss" in unit("execute ping fds1.fortinet.com")
    assert "5 packets transmitted, 0 packets received, 100% packet loss" in unit("exec ping a.example")
    assert "packets received" not in unit("exec ping b.example")
    assert unit("exec ping c.example").count("sendto failed") == 5


def test_central_management_of_a_fortimanager(desk: Make) -> None:
    unit = desk(central_management={"type": "fortimanager", "fmg": "192.0.2.107"})
    assert unit("show system central-management").splitlines() == [
        "config system central-management",
        "    set type fortimanager",
        '    set fmg "192.0.2.107"',
        "end",
    ]


def test_rights(desk: Make) -> None:
    reader = desk(tokens=TOKENS, accounts=[{"name": "ro", "password": "x1y2z3", "profile": "read_only"}])
    assert reader.shell.prompt() == "fgt-demo $ "
    assert "FTK200AAAA000001" in reader("diagnose fortitoken info")
    for line in ("config user local", "execute fortitoken activate FTK200AAAA000002", "diagnose debug enable"):
        reader.refused(line)
    limited = desk(
        tokens=TOKENS,
        accounts=[{"name": "hd", "password": "x1y2z3", "profile": "limited", "rights": {"authgrp": "read-write"}}],
    )
    limited("config user local", "end")
    assert "parse error" in limited.refused("show system admin")


def test_the_encrypted_text_differs_at_each_show_and_is_known_as_secret(desk: Make) -> None:
    unit = desk(tokens=TOKENS, users=USERS)
    first, second = unit("show user local alice"), unit("show user local alice")
    assert first != second
    for text in (first, second):
        blob = text.split("passwd ENC ")[1].split()[0]
        assert blob in unit.unit.secrets()
    assert "pw-one" in unit.unit.secrets()


def test_the_event_log_holds_no_secret(desk: Make) -> None:
    unit = desk(tokens=TOKENS, users=USERS)
    unit("config user local", "edit bob", "set passwd hunter-22-made-up", "end")
    assert "hunter-22-made-up" in unit.unit.secrets()
    log = repr(unit.log.events)
    assert not [secret for secret in unit.unit.secrets() if secret in log]


def test_status_texts_parse_with_ntc_templates(desk: Make) -> None:
    unit = desk(ha={"mode": "a-p", "members": ["FGT60E0000000001", "FGT60E0000000002"]})
    status = parse_output("fortinet", "get system status", unit("get system status"))
    assert status[0]["serial_number"] == "FGT60E0000000001" and status[0]["current_ha_mode"] == "a-p, primary"
    ha = parse_output("fortinet", "get system ha status", unit("get system ha status"))
    assert ha[0]["ha_slave_unit_serial"] == "FGT60E0000000002"
    ping = parse_output("fortinet", "execute ping", unit("execute ping fds1.fortinet.com"))
    assert ping[0]["received"] == "5"
