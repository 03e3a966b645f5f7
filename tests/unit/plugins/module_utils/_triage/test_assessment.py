# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts that the modules return."""

from __future__ import annotations

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    Binding,
    Inventory,
    Rights,
    Token,
    Unit,
    Unseen,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import assemble, findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import ALREADY_ACTIVATED, Policy

UNIT = Unit(
    "FGT-A",
    "FGT60FTK20012345",
    "FortiGate-60F",
    "7.4.8",
    "2795",
    "none",
    ("root",),
    "netops",
    rights=Rights("read-write", ("cli-exec",), super_admin_hidden=True),
    unseen=(Unseen("the administrators", "refused", "set sysgrp read"),),
    debug_info="fnbamd debug level: 255\nCLI debug level: 3",
)
HELD = Binding("FTK200BAA0000001", "user", "eve", "root", "fortitoken", "enable")
BAD = Token("FTK200BAA0000001", "root", True, True, ALREADY_ACTIVATED, 3, True, bindings=(HELD,))
GOOD = Token("FTK200BAA0000002", "root", True, True, "active", 0, True)


def test_the_facts_of_unit_and_tokens() -> None:
    inventory = Inventory(UNIT, (BAD, GOOD))
    facts = assemble(inventory, findings(inventory, Policy()), (), {BAD.serial})
    unit = facts["unit"]
    assert (unit["rights"], unit["rights_closed"], unit["super_admin_hidden"]) == ("read-write", ["cli-exec"], True)
    assert unit["unseen"] == [{"what": "the administrators", "why": "refused", "right": "set sysgrp read"}]
    assert unit["debug_left_on"] == ["fnbamd debug level: 255"]
    assert unit["surroundings"]["ntp"] == {"enabled": None, "synchronized": None}
    (token,) = facts["tokens"]
    assert (token["drift"], token["proof"], token["blocked_by"]) == (3, "refuted", "")
    assert facts["summary"] == {"needs_lock_release": 1}
    assert [finding["id"] for finding in facts["findings"]] == ["not_read"]


def test_what_a_run_has_taken_is_not_said_to_be_there() -> None:
    """An open journal knows the user of a token; the unit shows none."""
    before, now = Inventory(UNIT, (BAD,)), Inventory(UNIT, (Token(BAD.serial, "root", True, True, "new", 0),))
    facts = assemble(before, findings(before, Policy()), (), shown=now)
    (token,) = facts["tokens"]
    assert token["bindings"] == [] and token["held_before"][0]["name"] == "eve"


def test_of_a_token_that_nobody_has_the_danger_of_deleting_its_license_is_named() -> None:
    lost = Token("FTKMOBEXAMPLE001", "root", True, True, "locked", 0, license="EFTM000000000001")
    used = Token(
        "FTKMOBEXAMPLE002",
        "root",
        True,
        True,
        "locked",
        0,
        license="EFTM000000000001",
        bindings=(Binding("FTKMOBEXAMPLE002", "user", "eve", "root", "fortitoken", "enable"),),
    )
    found = findings(Inventory(UNIT, (lost, used)), Policy())
    assert "never comes back (Fortinet article 197790)" in found[lost.serial].remedy
    assert "delete it on the unit" not in found[used.serial].remedy
