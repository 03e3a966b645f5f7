# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked besides tokens and users: groups and who uses them, clocks, NTP and table sizes.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch, quote
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ParseError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory import parsers, surroundings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.asking import (
    SETTINGS_ROWS,
    Asking,
    Reading,
    global_scope,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    GLOBAL,
    Group,
    Inventory,
    Surroundings,
    Unit,
)

SHOW_GROUPS = "show user group"
SHOW_GLOBAL = "show system global"
#: Article 189574: a unit without NTP makes good tokens fail. ZTNA reference, topic 422012: table sizes.
#: [fact: clock-drift] [fact: table-sizes]
_STATUS_LINES = "get system status"
_NTP = "diagnose sys ntp status"
_TABLES = "print tablesize"
#: Asked together with the rest of a unit, where somebody wants to know.
AROUND = (_STATUS_LINES, _NTP, _TABLES)


def read_groups(unit: Unit, vdoms: Sequence[str], reading: Reading) -> tuple[tuple[Group, ...], tuple[str, ...]]:
    """Return all groups, and the VDOMs whose groups cannot be read or are not understood."""
    groups: list[Group] = []
    unread = []
    for vdom in vdoms:
        text = reading.want(unit.scope(vdom), SHOW_GROUPS)
        try:
            if text is None:
                raise ParseError("the groups were refused", "")
            groups += parsers.parse_groups(text, vdom)
        except ParseError:
            unread.append(vdom)
    return tuple(groups), tuple(unread)


def look_around(console: Asking, inventory: Inventory, reading: Reading, around: bool) -> Inventory:
    """Take in clocks and table sizes, with `around`, and ask who uses the groups that admit a server by itself."""
    unit = inventory.unit
    if around:
        where = global_scope(unit)
        zone = parsers.parse_global(reading.want(where, SHOW_GLOBAL) or "").get("timezone", "")
        unit = replace(unit, surroundings=_with_clocks(unit, reading, where, zone))
    asked = _reference_batches(unit, _groups_to_ask(inventory))
    answers = console.run([batch for batch, _groups in asked]) if asked else []
    used: dict[tuple[str, str], bool | None] = {}
    for (_batch, groups), group_answers in zip(asked, answers, strict=True):
        for group, answer in zip(groups, group_answers, strict=True):
            said = None if answer.fault is not None else surroundings.parse_references(answer.output)
            said_so = {used.get((group.vdom, group.name)), said}
            used[(group.vdom, group.name)] = True if True in said_so else False if False in said_so else None
    return replace(
        inventory,
        unit=unit,
        groups=tuple(replace(group, used=used.get((group.vdom, group.name), group.used)) for group in inventory.groups),
    )


def _groups_to_ask(inventory: Inventory) -> list[Group]:
    """Return the groups that admit the server of a user with a second factor."""
    servers = {
        (account.vdom, account.server)
        for account in inventory.accounts
        if account.remote_type and account.two_factor != "disable"
    }
    return [
        group for group in inventory.groups if any(vdom == group.vdom and group.admits(name) for vdom, name in servers)
    ]


def _reference_batches(unit: Unit, groups: Sequence[Group]) -> list[tuple[Batch, list[Group]]]:
    """Return the lines that ask what refers to groups, with the groups in the same order.

    On a unit with VDOMs the command belongs to the global scope and looks into the VDOM that was used last
    (Administration Guide 6.4.4, topic 163148). So it is asked in the VDOM, where it may be refused, and then there.
    """
    found = []
    for vdom in dict.fromkeys(group.vdom for group in groups):
        asked = [group for group in groups if group.vdom == vdom]
        lines = tuple(f"diagnose sys cmdb refcnt show user.group.name {_argument(group.name)}" for group in asked)
        scopes = [unit.scope(vdom)]
        if unit.vdom_mode != "none" and not unit.confined_to:
            scopes.append(GLOBAL)
        found += [(Batch(lines, scope, repeatable=True, rows=SETTINGS_ROWS), asked) for scope in scopes]
    return found


def _argument(name: str) -> str:
    return name if re.fullmatch(r"[\w.-]+", name, re.ASCII) else quote(name)


def _with_clocks(unit: Unit, reading: Reading, scope: str, zone: str) -> Surroundings:
    now = time.time()
    on, synchronized = surroundings.parse_ntp(reading.want(scope, _NTP) or "")
    clock = surroundings.parse_clock(reading.want(scope, _STATUS_LINES) or "")
    return replace(
        unit.surroundings,
        ntp_on=on,
        ntp_synchronized=synchronized,
        clock="" if clock is None else clock.isoformat(" "),
        skew=None if clock is None else round(surroundings.skew(clock, now, zone), 1),
        tables=surroundings.parse_tables(reading.want(scope, _TABLES) or ""),
    )
