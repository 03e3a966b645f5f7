# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account may do.

Facts followed: an access profile grants none, read or read-write for groups of settings (authgrp: users and
devices, admingrp: administrators, sysgrp: system) and, from 7.4.2, for kinds of commands (CLI Reference,
`config system accprofile`). How a refusal reads is not documented: `command parse error`, as for an unknown word.
"""

from __future__ import annotations

from .errors import parse_error
from .scenario import Account

_LEVELS = ("none", "read", "read-write")
_GROUPS = ("authgrp", "admingrp", "sysgrp", "diagnose", "execute")


class Rights:
    """The rights of one account."""

    def __init__(self, account: Account) -> None:
        level = {"super_admin": "read-write", "read_only": "read"}.get(account.profile, "none")
        self._levels = {**dict.fromkeys(_GROUPS, level), **(account.rights if account.profile == "limited" else {})}

    def group(self, path: str) -> str:
        """Return the group of settings that a path belongs to."""
        if path.startswith("user "):
            return "authgrp"
        return "admingrp" if path.startswith("system admin") else "sysgrp"

    def has(self, group: str, level: str) -> bool:
        """Tell whether the account has at least *level* for a group."""
        return _LEVELS.index(self._levels.get(group, "none")) >= _LEVELS.index(level)

    def may(self, path: str, level: str) -> bool:
        """Tell whether the account has at least *level* for a path."""
        return self.has(self.group(path), level)

    def need(self, path: str, level: str, word: str) -> None:
        """Raise CliError unless the account has at least *level* for a path."""
        if not self.may(path, level):
            raise parse_error(word)

    def need_global(self, word: str) -> None:
        """Raise CliError unless the account sees the global scope."""
        if not (self.has("sysgrp", "read") or self.has("admingrp", "read")):
            raise parse_error(word)

    def can_write_system(self) -> bool:
        """Tell whether the account may create VDOMs."""
        return self.has("sysgrp", "read-write")
