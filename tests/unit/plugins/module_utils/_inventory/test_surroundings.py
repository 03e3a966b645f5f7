# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What surrounds the tokens, by what units print, and by anything else."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory import surroundings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import LostLine, Table

NOON = datetime(2026, 3, 30, 12, 0, 0)
NOW = NOON.replace(tzinfo=timezone.utc).timestamp()


def test_lines_that_a_restore_lost_are_kept_without_their_values() -> None:
    log = (
        "The config file may contain errors,\n"
        '>>>  "set" "password" "ENC" "qO9Bmadeup==" @ 3386:vpn.ipsec.tunnel:failed command (error -61)\n'
        '>>>  "set" "two-factor" "fortitoken" @ 120:user.local.eve:value parse error (error -651)\n'
        '>>>  "edit" "bob" @ 77:user.local:failed command (error -4)\n'
        '>>>  "set" "allowaccess" "telnet" @ 9:system.interface.port1:failed command (error -1)\n'
    )
    found = surroundings.parse_error_log(log)
    assert found == (
        LostLine("set password", "3386:vpn.ipsec.tunnel:failed command (error -61)", "secret"),
        LostLine("set two-factor", "120:user.local.eve:value parse error (error -651)", "token"),
        LostLine("edit bob", "77:user.local:failed command (error -4)", "user"),
        LostLine("set allowaccess", "9:system.interface.port1:failed command (error -1)", ""),
    )
    assert "qO9B" not in repr(found)


@pytest.mark.parametrize("text", ["", "\n\n", "The config file may contain errors,", "0 errors"])
def test_an_error_log_without_lost_lines(text: str) -> None:
    assert surroundings.parse_error_log(text) == ()


def test_an_error_log_of_another_form_counts_where_it_speaks_of_tokens() -> None:
    (line,) = surroundings.parse_error_log("error at line 7: config user fortitoken")
    assert line.about == "token"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("synchronized: yes, ntpsync: enabled, server-mode: disabled\n\nipv4 server(a) 192.0.2.1", (True, True)),
        ("synchronized: no, ntpsync: enabled, server-mode: disabled", (True, False)),
        ("synchronized: no, ntpsync: disabled, server-mode: disabled", (False, False)),
        ("Unknown action 0", (None, None)),
    ],
)
def test_ntp(text: str, state: tuple[bool | None, bool | None]) -> None:
    assert surroundings.parse_ntp(text) == state


@pytest.mark.parametrize(
    ("hours", "seconds"), [(0, 0), (1, 0), (-8, 0), (5.75, 0), (14, 0), (0, 61), (2, -130), (-12, 400)]
)
def test_a_time_zone_is_not_a_wrong_clock(hours: float, seconds: float) -> None:
    local = datetime.fromtimestamp(NOW + hours * 3600 + seconds, timezone.utc).replace(tzinfo=None)
    assert surroundings.skew(local, NOW) == seconds


def test_a_clock_that_is_days_off_or_in_a_known_zone_is_measured_whole() -> None:
    assert surroundings.skew(NOON.replace(year=2020), NOW) < -180_000_000
    # A name tells the zone, a number does not.
    assert surroundings.skew(NOON, NOW, "Europe/Berlin") == -7200
    assert surroundings.skew(NOON, NOW, "28") == 0
    assert surroundings.skew(NOON, NOW, "No/Where") == 0


def test_the_clock_of_the_unit() -> None:
    assert surroundings.parse_clock("Version: x\nSystem time: Mon Mar 30 12:00:00 2026\n") == NOON
    assert surroundings.parse_clock("System time: Mon Feb 31 12:00:00 2026") is None
    assert surroundings.parse_clock("System time: soon") is None


def test_table_sizes() -> None:
    text = "firewall.access-proxy: 0 256 512 3\nuser.fortitoken: 0 500 1000 12\nuser.local: 0 0 0 7\nuser.local: x\n"
    assert surroundings.parse_tables(text) == (Table("user.fortitoken", 500, 1000, 12), Table("user.local", 0, 0, 7))


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("entry used by table firewall.policy:policyid '1'", True),
        ("entry used by child table groups:name 'g' of table firewall.policy:policyid '6'", True),
        ("entry used by complex vpn.ssl.settings", True),
        ("", False),
        ("\n\n", False),
        ("0 entries", False),
        ("something else", None),
        ("no entry was asked for\nentry used by table x:y 'z'", True),
    ],
)
def test_what_refers_to_a_group(text: str, used: bool | None) -> None:
    assert surroundings.parse_references(text) is used


def test_debug_levels_that_are_on() -> None:
    text = "debug output:           enable\nconsole timestamp: disable\n"
    text += "fnbamd debug level: 255\nCLI debug level: 3\nx debug level: 0"
    assert surroundings.parse_debug_levels(text) == ["debug output:           enable", "fnbamd debug level: 255"]


@given(st.text(max_size=200))
def test_no_text_breaks_anything(text: str) -> None:
    surroundings.parse_error_log(text)
    surroundings.parse_ntp(text)
    surroundings.parse_clock(text)
    surroundings.parse_tables(text)
    surroundings.parse_references(text)
    surroundings.parse_debug_levels(text)
    surroundings.skew(NOON, NOW, text)
