# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Side doors: ways in with only a password that a user has besides the local entry. Pure.

A local user of type ldap, radius or tacacs+ names a server. Where a user group in use admits accounts of that server by
itself, a login that does not match the local entry is let in by the group, whatever the entry's second factor or status
(Fortinet PSIRT on FG-IR-19-283; articles 197737 and 243171). Whether this holds for an entry that matches and is
disabled is unknown, so it counts as open: such users are not unbound unless the operator says so.

Whoever changes a unit in waves reads `Finding.blocked_by == "side_door"` and `Finding.action`: the verdict stays
`reimport`, the action is `none`, and the token belongs to no wave. With `remote_users: include` the action is
`reimport` and `SideDoors.of(token)` names the users that promises 1 and 11 do not cover.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import quote
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ROOT_VDOM,
    USER,
    Account,
    Group,
    Inventory,
    Token,
    Unit,
)


@dataclass(frozen=True, slots=True)
class SideDoor:
    """One user, the server that checks the password, and the groups that admit that server and are in use.

    `groups_unread`: the groups of the VDOM could not be read, which counts as a group in use.
    """

    user: str
    vdom: str
    type: str
    server: str
    groups: tuple[Group, ...]
    groups_unread: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "user": self.user,
            "vdom": self.vdom,
            "type": self.type,
            "server": self.server,
            "groups": [{"name": group.name, "used": group.used} for group in self.groups],
            "groups_unread": self.groups_unread,
        }

    def describe(self) -> str:
        """Return the user, the server and the groups in words."""
        server = f"{self.type} server {self.server}" if self.server else f"a {self.type} server that is not shown"
        if self.groups_unread:
            return f"user {self.user} (VDOM {self.vdom}): {server}; the groups cannot be read"
        names = ", ".join(
            group.name if group.used else f"{group.name} (not known to be unused)" for group in self.groups
        )
        return f"user {self.user} (VDOM {self.vdom}): {server}, admitted by group {names}"


class SideDoors:
    """The side doors of a unit's users."""

    def __init__(self, inventory: Inventory) -> None:
        groups: dict[str, list[Group]] = {}
        for group in inventory.groups:
            if group.used is not False:
                groups.setdefault(group.vdom, []).append(group)
        self._open: dict[tuple[str, str], SideDoor] = {}
        for account in inventory.accounts:
            if not account.remote_type:
                continue
            admitting = tuple(group for group in groups.get(account.vdom, ()) if group.admits(account.server))
            unread = account.vdom in inventory.groups_unread
            if admitting or unread:
                self._open[(account.vdom, account.name)] = SideDoor(
                    account.name, account.vdom, account.remote_type, account.server, admitting, unread
                )

    def of(self, token: Token) -> tuple[SideDoor, ...]:
        """Return the side doors of the users of a token."""
        keys = ((binding.vdom, binding.name) for binding in token.bindings if binding.type == USER)
        return tuple(self._open[key] for key in keys if key in self._open)

    def of_account(self, account: Account) -> SideDoor | None:
        """Return the side door of a user, or None."""
        return self._open.get((account.vdom, account.name)) if account.type == USER else None


#: What closes a side door while a user's entry is changed; FG-IR-19-283 and articles 197737 and 243171, the second one
#: inferred. [fact: group-remote-servers] [fact: remote-user-disabled]
SAFE_WAYS = (
    "Close the door first: take the server out of the group, or narrow its 'config match', while tokens are replaced."
    " Or give the user a spare token or e-mail as second factor beforehand. Or run with remediate_remote_users=include"
    " (remote_users=include in the modules) if a password alone may be enough meanwhile."
)


def remedy(doors: Iterable[SideDoor]) -> str:
    """Return what to do about a token whose users have side doors."""
    ways = "; ".join(door.describe() for door in doors)
    return f"A group may let its user in with only a password: {ways}. {SAFE_WAYS}"


#: Which attribute of a user closes the case variant, by first release and the first one without it (articles 197737 and
#: 243171). [fact: username-sensitivity] [fact: two-factor-forgets]
_CASE_ATTRIBUTES = (
    ("username-case-sensitivity", ((6, 0, 10), (6, 0, 13))),
    ("username-case-sensitivity", ((6, 2, 4), (6, 2, 10))),
    ("username-case-sensitivity", ((6, 4, 1), (6, 4, 7))),
    ("username-sensitivity", ((6, 0, 13), (6, 1))),
    ("username-sensitivity", ((6, 2, 10), (6, 3))),
    ("username-sensitivity", ((6, 4, 7), (6, 5))),
    ("username-sensitivity", ((7, 0, 1), (99,))),
)
_SENSITIVITIES = ("username-sensitivity", "username-case-sensitivity")
#: Types that FG-IR-19-283 names.
_PUBLISHED_TYPES = ("ldap", "radius", "tacacs+")


def case_doors(inventory: Inventory, doors: SideDoors) -> list[tuple[Account, SideDoor]]:
    """Return the users with a second factor who get in without it by typing their name in another case.

    That way is open before and after any run: `username-sensitivity` is not disabled, and a group with their server is
    in use.
    """
    found = []
    for account in inventory.accounts:
        door = doors.of_account(account)
        if door is None or account.two_factor == "disable" or account.remote_type not in _PUBLISHED_TYPES:
            continue
        if all(account.value(name) != "disable" for name in _SENSITIVITIES):
            found.append((account, door))
    return found


def closing_lines(unit: Unit, account: Account) -> tuple[str, ...]:
    """Return the lines that make the unit accept a user's name only as it is written, or nothing where the release has
    no such setting."""
    version = unit.version_tuple
    attribute = next((name for name, (since, until) in _CASE_ATTRIBUTES if since <= version < until), "")
    if not attribute:
        return ()
    inside = ("config user local", f"edit {quote(account.name)}", f"set {attribute} disable", "next", "end")
    if unit.vdom_mode == "none" or account.vdom == unit.confined_to:
        return inside
    return ("config vdom", f"edit {account.vdom or ROOT_VDOM}", *inside, "end")
