# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the account of the play may do, read from the access profiles and administrators that the unit shows. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    READ_WRITE,
    SUPER_ADMIN,
    UNKNOWN,
    Rights,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.parsers import Node, parse_table

#: Kinds of commands that a profile opens since FortiOS 7.4.2. `show` prints those that are open, and `cli-show` must be
#: open to read that: a profile that names none belongs to an earlier release. [fact: rights-cli-kinds]
_KINDS_OF_COMMANDS = ("cli-get", "cli-show", "cli-exec", "cli-config", "cli-diagnose")


# [fact: rights-groups] [fact: rights-hidden-admins]
def parse_rights(profiles: str, admins: str, user: str) -> Rights:
    """Return what the account `user` may do to users and tokens.

    `profiles`: the answer to `show system accprofile`. `admins`: the answer to `show system admin`.

    - The access profile's `authgrp` ("Users and Devices") decides; super_admin and its read-only twin are built in
      (FortiOS CLI reference, `config system accprofile`). Accounts of a remote server are not listed in `system admin`:
      theirs stay unknown, and the unit has the last word.
    - Kinds of commands are closed by `cli-...` since 7.4.2 (New Features 7.4, "CLI system permissions") and by
      `system-diagnostics` from 6.4.0 on.
    - Super administrators are hidden when all listed administrators have other profiles. There is always one, but
      FortiOS shows them to nobody else since 6.4.1 (articles 196878, 391283, 405626). A token that one of them uses
      then looks unassigned.

    Raises ParseError where an answer is not the listing it should be.
    """
    accounts = parse_table(admins, "system admin")
    account = accounts.get(user)
    profile = "" if account is None else account.value("accprofile")
    if profile == SUPER_ADMIN:
        return Rights(READ_WRITE)
    node = parse_table(profiles, "system accprofile").get(profile)
    shown = {each.value("accprofile") for each in accounts.values()}
    hidden = bool(shown) and SUPER_ADMIN not in shown and "" not in shown
    return Rights(_level(profile, node), () if node is None else _closed(node), hidden)


def _level(profile: str, node: Node | None) -> str:
    if profile == f"{SUPER_ADMIN}_readonly":
        return "read"
    level = UNKNOWN if node is None else node.value("authgrp", "none")
    return level if level in ("none", "read", READ_WRITE) else UNKNOWN


def _closed(node: Node) -> tuple[str, ...]:
    """Return the kinds of commands that a profile keeps closed."""
    if any(name.startswith("cli-") for name in node.settings):
        return tuple(name for name in _KINDS_OF_COMMANDS if node.value(name, "disable") != "enable")
    return tuple(name for name in ("system-diagnostics",) if node.value(name, "enable") != "enable")
