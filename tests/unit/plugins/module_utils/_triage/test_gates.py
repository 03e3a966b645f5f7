# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each gate, closed by the one condition it stands for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    Binding,
    Inventory,
    Ping,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.gates import Overrides, closed, evaluate
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import ALREADY_ACTIVATED, Policy

GOOD = Unit(
    hostname="FGT-A",
    serial="FGT60FTK20012345",
    model="FortiGate-60F",
    version="7.4.8",
    build="2795",
    vdom_mode="none",
    vdoms=("root",),
    user="netops",
    rights="read-write",
    token_server="reachable",
)
SICK = Token("FTK200BAA0000001", "root", True, True, "new", 0, False)
WELL = Token("FTK200BAA0000002", "root", True, True, "active", 0, True)
REIMPORTABLE = Token("FTK200BAA0000003", "root", True, True, ALREADY_ACTIVATED, 0, True)


def first_closed(
    unit: Unit,
    tokens: tuple[Token, ...] = (SICK, WELL),
    overrides: Overrides | None = None,
    policy: Policy | None = None,
) -> Any:
    inventory = Inventory(unit, tokens)
    return closed(evaluate(inventory, findings(inventory, policy or Policy()), overrides))


def test_a_good_unit_passes_all() -> None:
    assert first_closed(GOOD) is None


@pytest.mark.parametrize(
    ("change", "name", "state"),
    [
        ({"management_type": "fortimanager", "manager": "192.0.2.7"}, "management", "skipped"),
        ({"read_only": True, "rights": "unknown"}, "rights", "blocked"),
        ({"rights": "read"}, "rights", "blocked"),
        ({"rights": "none"}, "rights", "blocked"),
        ({"rights": "none; super_admin hidden"}, "rights", "blocked"),
        ({"rights": "read-write; without cli-exec"}, "rights", "blocked"),
        # The token to renew is one that nobody is seen to hold.
        ({"rights": "read-write; super_admin hidden"}, "rights", "blocked"),
        ({"rights": "unknown; super_admin hidden"}, "rights", "blocked"),
        ({"admins_known": False}, "rights", "blocked"),
        ({"ha_mode": "a-p", "ha_role": "secondary"}, "ha_role", "blocked"),
        ({"token_server": "unreachable"}, "token_server", "blocked"),
        ({"token_server": "unreachable", "pings": (Ping("fds1.fortinet.com", True, 5, 5),)}, "token_server", "blocked"),
        ({"token_server": "unknown"}, "token_server", "blocked"),
        ({"token_server": "unknown", "pings": (Ping("fds1.fortinet.com", True, 5, 0),)}, "token_server", "blocked"),
        ({"version": "7.4.10"}, "firmware", "blocked"),
        ({"version": "7.4.11"}, "firmware", "blocked"),
        ({"version": "7.6.3"}, "firmware", "blocked"),
        ({"version": "7.6.6"}, "firmware", "blocked"),
    ],
)
def test_what_closes_a_gate(change: dict[str, Any], name: str, state: str) -> None:
    gate = first_closed(replace(GOOD, **change))
    assert (gate.name, gate.state) == (name, state)
    assert gate.message and gate.remedy


@pytest.mark.parametrize(
    "change",
    [
        {"management_type": "fortimanager", "manager": ""},
        {"management_type": "fortiguard"},
        {"rights": "unknown"},
        {"read_only": True},
        {"ha_mode": "a-p", "ha_role": "primary"},
        {"token_server": "unknown", "pings": (Ping("fds1.fortinet.com", True, 5, 4),)},
        {"version": "7.4.9"},
        {"version": "7.4.12"},
        {"version": "7.6.7"},
        {"version": "8.0.0"},
    ],
)
def test_what_does_not(change: dict[str, Any]) -> None:
    assert first_closed(replace(GOOD, **change)) is None


@pytest.mark.parametrize("due", [SICK, REIMPORTABLE], ids=["activate", "reimport"])
def test_a_token_with_a_holder_is_renewed_where_administrators_may_be_hidden(due: Token) -> None:
    unit = replace(GOOD, rights="read-write; super_admin hidden")
    held = replace(due, bindings=(Binding(due.serial, "user", "alice", "root", "fortitoken", "enable"),))
    released = Policy(lock_released=frozenset({due.serial}))
    assert first_closed(unit, (held, WELL), policy=released) is None
    assert first_closed(unit, (due, WELL), policy=released).name == "rights"
    # Whoever held it before it was deleted is known to the journal.
    assert first_closed(unit, (replace(due, journal="asked"), WELL), policy=released) is None
    # Nothing is due on the healthy one.
    assert first_closed(unit, (WELL,), policy=released) is None


def test_what_a_profile_lacks_is_named_with_the_line_that_mends_it() -> None:
    gate = first_closed(replace(GOOD, rights="read-write; without cli-exec, cli-diagnose; super_admin hidden"))
    assert "does not open cli-exec, cli-diagnose" in gate.message
    assert "'set cli-exec enable', 'set cli-diagnose enable'" in gate.remedy


def test_bad_firmware_does_not_matter_where_no_hardware_token_has_to_be_activated() -> None:
    assert first_closed(replace(GOOD, version="7.4.10"), (WELL,)) is None


def test_bad_firmware_can_be_overridden_and_says_so() -> None:
    assert first_closed(replace(GOOD, version="7.4.10"), overrides=Overrides(firmware_bug=True)) is None


def test_a_unit_on_which_everything_fails_for_unknown_reasons_is_not_purged() -> None:
    unit = replace(GOOD, token_server="unknown", pings=(Ping("fds1.fortinet.com", True, 5, 5),))
    assert first_closed(unit, (SICK,)).name == "all_failing"
    assert first_closed(unit, (SICK,), Overrides(unknown_server=True)) is None
    assert first_closed(unit, (SICK, WELL)) is None
    assert first_closed(GOOD, (SICK,)) is None
    assert first_closed(unit, ()) is None
