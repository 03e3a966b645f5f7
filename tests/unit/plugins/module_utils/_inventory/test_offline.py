# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A unit in files has the fields of a unit, and nothing that was guessed."""

from __future__ import annotations

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Token
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.offline import (
    unit_of,
    unseen,
    without_guesses,
)

IDENTITY = {
    "hostname": "fw",
    "serial": "unknown",
    "model": "FG100F",
    "version": "7.4.8",
    "build": "2795",
    "vdom_mode": "multi",
    "vdoms": ["dmz"],
    "user": "",
    "run": "here:1",
    "ha_mode": "unknown",
    "ha_role": "unknown",
    "confined_to": "dmz",
    "source": ["fw.conf"],
    "missing": ["get system status"],
}


def test_what_the_files_say_becomes_a_unit() -> None:
    unit = unit_of(IDENTITY)
    assert (unit.offline, unit.source, unit.missing) == (True, ("fw.conf",), ("get system status",))
    assert (unit.version_tuple, unit.vdoms, unit.confined_to) == ((7, 4, 8), ("dmz",), "dmz")
    assert unit_of({**IDENTITY, "vdoms": [], "confined_to": None}).vdoms == ("root",)
    assert [(each.what, each.right) for each in unseen(unit)] == [("'get system status'", "")]


def test_only_a_status_list_tells_the_drift() -> None:
    token = Token("FTK200BAA0000001", "root", configured=True, listed=True, status="unknown", drift=0)
    assert without_guesses(token).drift is None
    active = Token("FTK200BAA0000001", "root", configured=True, listed=True, status="active", drift=2)
    assert without_guesses(active) is active
