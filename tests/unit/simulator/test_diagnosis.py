# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What read-only diagnosis prints: clock, sizes, errors of a restore, event log, pending transactions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.fortiguard import LOCK_HELD

Make = Callable[..., Any]
TOKEN, MOBILE = "FTK200AAAA000001", "FTKMOB0A1B2C3D4E"
RADIUS = [{"name": "alice", "type": "radius", "server": "aaa"}]


def test_the_errors_of_a_restore(desk: Make) -> None:
    line = '>>>  "set" "password" "ENC" "qO9BmadeUpText1=" @ 3386:vpn.certificate.local:failed command (error -61)'
    unit = desk(config_errors=[line])
    assert unit("diagnose debug config-error-log read") == line
    assert "qO9BmadeUpText1=" in unit.unit.secrets()
    assert desk()("diagnose debug config-error-log read") == ""


def test_private_data_encryption(desk: Make) -> None:
    unit = desk(global_settings={"private-data-encryption": "enable"})
    assert "set private-data-encryption enable" in unit("show system global")
    assert "private-data-encryption: enable" in unit("get system global")
    assert "Private Encryption: Enable" in unit("get system status")
    keys = [unit("show full-configuration").split("#private-encryption-key=")[1].split()[0] for _time in range(2)]
    assert keys[0] != keys[1] and set(keys) <= unit.unit.secrets()
    plain = desk()
    assert "#private-encryption-key" not in plain("show")
    assert "set private-data-encryption disable" in plain("show full-configuration system global")


@pytest.mark.parametrize(
    ("ntp", "header"),
    [
        ({}, "synchronized: yes, ntpsync: enabled, server-mode: disabled"),
        ({"synchronized": False}, "synchronized: no, ntpsync: enabled, server-mode: disabled"),
        ({"sync": False}, "synchronized: no, ntpsync: disabled, server-mode: disabled"),
    ],
)
def test_ntp(desk: Make, ntp: dict[str, Any], header: str) -> None:
    unit = desk(ntp=ntp)
    lines = unit("diagnose sys ntp status").splitlines()
    assert lines[0] == header and ("ntp1.fortiguard.com" in " ".join(lines)) == ntp.get("sync", True)
    expected = "enable" if ntp.get("sync", True) else "disable"
    assert f"ntpsync             : {expected} " in unit("get system ntp")


def test_a_clock_that_is_wrong(desk: Make) -> None:
    unit = desk(ntp={"offset": -90000})
    day = time.strftime("%Y-%m-%d", time.localtime(time.time() - 90000))
    assert unit("execute date") == f"current date is: {day}"
    assert unit("execute time").startswith("current time is: ") and "last ntp sync:" in unit("execute time")
    shown = time.strptime(unit("get system status").split("System time: ")[1].splitlines()[0])
    assert abs(time.mktime(shown) - time.time() + 90000) < 5
    unit("execute log filter reset")
    unit.unit.write_log("0100000001", "made up")
    assert f"date={day}" in unit("execute log display")
    unit.refused("execute time 12:00:00")
    unit.refused("execute date 2026-01-01")


def test_table_sizes(desk: Make) -> None:
    unit = desk(tokens=[{"serial": TOKEN}], users=RADIUS, tablesize={"user.fortitoken": [1, 2], "user.local": [0, 2]})
    lines = unit("print tablesize").splitlines()
    assert "user.fortitoken: 0 1 2 1" in lines and "user.local: 0 0 2 1" in lines and len(lines) > 40
    unit("config user fortitoken", "edit FTK200AAAA000002")
    assert unit.refused("next").splitlines()[0] == "Maximum number of entries has been reached"
    unit("end", "config user local", "edit bob", "set type radius", "next", "edit carol", "set type radius")
    assert "Maximum number" in unit.refused("next")
    unit.refused("print tables")
    unit.refused("print")


def test_the_event_log_has_the_documented_numbers(desk: Make) -> None:
    unit = desk(
        tokens=[
            {"serial": TOKEN},
            {"serial": "FTK200AAAA000002", "state": LOCK_HELD},
            {"serial": MOBILE, "license": "EFTM000000000001"},
        ],
        users=[{**RADIUS[0], "email_to": "alice@example.com"}],
        email_server={"server": "mail.example.com"},
        log=[{"logid": "0100032156", "date": "2026-01-01", "serialno": "FTK200OLD0000001", "msg": "before"}],
    )
    unit(f"execute fortitoken activate {TOKEN} FTK200AAAA000002")
    unit("config user local", "edit alice", "set two-factor fortitoken", f"set fortitoken {MOBILE}", "end")
    unit.clock.advance(5)
    for logid, text in (
        ("32155", 'logdesc="FortiToken activation requested"'),
        ("32156", f'logdesc="FortiToken activation successful" serialno="{TOKEN}"'),
        ("32159", 'logdesc="FortiToken activation failed" serialno="FTK200AAAA000002"'),
        ("38412", 'logdesc="Token activation code sent" user="alice"'),
    ):
        unit("execute log filter reset", f"execute log filter field logid {logid}")
        assert text in unit("execute log display"), logid
    code = unit("show user fortitoken").split('set activation-code "')[1].split('"')[0]
    assert code in unit("execute log display") and code in unit.unit.secrets()
    unit("execute log filter reset", "execute log filter field serialno FTK200OLD0000001")
    assert "1: date=2026-01-01 time=" in unit("execute log display")


def test_refcnt_is_known_where_it_is_documented(desk: Make) -> None:
    line = f"diagnose sys cmdb refcnt show user.fortitoken.serial-number {TOKEN}"
    data = {"tokens": [{"serial": TOKEN, "state": "active"}], "users": [{**RADIUS[0], "fortitoken": TOKEN}]}
    assert desk(**data)(line) == "entry used by table user.local:name 'alice'"
    old = desk(version="FortiGate-60E v6.4.3,build1778,201021 (GA)", **data)
    assert "parse error before 'refcnt'" in old.refused(line)
    assert "parse error" in desk(behaviour={"refcnt": False}, **data).refused(line)
    multi = desk(vdom_mode="multi", **data)
    multi("config vdom", "edit root")
    multi.refused(line)
    multi("end", "config global")
    assert "'alice'" in multi(line)
    for wrong in ("user.psu.name x", "user.group.name", "user.group.name a b"):
        multi.refused(f"diagnose sys cmdb refcnt show {wrong}")


def test_debug_that_is_refused(desk: Make) -> None:
    for data, info in (
        ({"behaviour": {"debug_refused": "debug"}}, True),
        ({"behaviour": {"debug_refused": "all"}}, False),
    ):
        unit = desk(**data)
        for line in ("diagnose debug enable", "diag deb application forticldd 255", "diagnose debug reset"):
            assert unit.refused(line).startswith("command parse error before 'debug'")
        if info:
            unit("diagnose fortitoken debug enable")
        else:
            unit.refused("diagnose fortitoken debug enable")
        assert "FORTITOKEN" in unit("diagnose fortitoken info")
    assert "FIPS-CC mode: enable" in desk(behaviour={"fips_cc": True})("get system status")


# Transactions


def test_a_start_is_answered(desk: Make) -> None:
    assert desk()("execute config-transaction start") == "config transaction (id=1) started"
    assert desk(behaviour={"transaction_answers": False})("execute config-transaction start") == ""


def test_the_pending_command_lines(desk: Make) -> None:
    lines = ["config user local", "edit alice", "set status disable", "set email-to a@example.com", "next", "end"]
    unit = desk(users=RADIUS)
    show = "diagnose sys config-transaction show txn-cli-commands"
    assert unit(show) == ""
    unit("execute config-transaction start", *lines)
    assert unit(show).splitlines() == lines
    net = desk(users=RADIUS, behaviour={"transaction_listing": "net"})
    net("execute config-transaction start", *lines)
    assert net(show).splitlines() == [
        "config user local",
        '    edit "alice"',
        "        set status disable",
        '        set email-to "a@example.com"',
        "    next",
        "end",
    ]
    net("config user local", "edit alice", "set status enable", "next", "end")
    assert "        set status enable" in net(show)
    net("execute config-transaction abort")
    assert net(show) == ""
    refused = desk(behaviour={"transaction_listing": "refused"})
    assert "parse error" in refused.refused(show)
    old = desk(version="FortiGate-60E v6.0.9,build0335,200121 (GA)")
    assert "parse error" in old.refused(show)


@pytest.mark.parametrize("listing", ["typed", "net"])
def test_pending_lines_show_secrets_encrypted(desk: Make, listing: str) -> None:
    users = [{"name": "bob", "passwd": "made-up-one", "email_to": "b@example.com"}]
    unit = desk(users=users, tokens=[{"serial": TOKEN}], behaviour={"transaction_listing": listing}, vdom_mode="multi")
    unit("execute config-transaction start", "config vdom", "edit root", "config user local", "edit bob")
    unit("set passwd made-up-two", "unset email-to", "next", "end", "config user fortitoken", f"delete {TOKEN}", "end")
    text = unit("diagnose sys config-transaction show txn-cli-commands")
    assert "made-up-two" not in text and "set passwd ENC " in text and "unset email-to" in text
    assert f"delete {TOKEN}" in text.replace('"', "") and "edit root" in text


def test_other_views_of_transactions(desk: Make) -> None:
    unit = desk(users=RADIUS, tokens=[{"serial": TOKEN}])
    other = unit.login()
    unit("execute config-transaction start", "config user local", "edit alice", "set status disable", "next", "end")
    show = "diagnose sys config-transaction"
    assert other.execute(f"{show} show txn-lock").lines == ["user.local:alice locked by id=1"]
    assert other.execute(f"{show} show txn-meta").lines == ["id=1 user=admin from=127.0.0.1"]
    assert other.execute(f"{show} show txn-info").lines == ["id=1 changes=1"]
    assert other.execute(f"{show} status").lines == ["Current transaction: none", "transaction id=1 user=admin"]
    assert unit(f"{show} show txn-entity") == "user.local:alice" and "id=1" in unit(f"{show} status")
    assert other.execute(f"{show} show txn-entity").lines == []
    unit("execute config-transaction commit")
    assert other.execute(f"{show} show txn-meta").lines == []


def test_a_lost_transaction_is_listed_until_it_expires(desk: Make) -> None:
    unit = desk(users=RADIUS, behaviour={"transaction_minute": 1})
    other = unit.login()
    unit("execute config-transaction start", "config user local", "edit alice", "set status disable", "next")
    unit.shell.closed("cut")
    other.execute("config user local")
    assert other.execute("edit alice").error
    assert len(unit.unit.transactions) == 1
    unit.clock.advance(6)
    assert not unit.unit.transactions and not other.execute("edit alice").error
    assert [event["action"] for event in unit.types("transaction")] == ["start", "expired"]
