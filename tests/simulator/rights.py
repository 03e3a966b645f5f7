# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account may do: its access profile (`config system accprofile`), as configured now.

Facts followed:
- A profile grants none (also where it names nothing), read or read-write for groups of settings: authgrp for users and
  devices, sysgrp for the system, with `config sysgrp-permission` for parts of it (CLI reference 7.4, 2620).
- From 7.4.2 on it also opens kinds of commands, all closed in a new profile; from 6.4.0 to 7.4.1 only `diagnose`, open
  by default (New Features 7.4, "CLI system permissions"; articles 300795 and 223742). A kind that is closed is missing
  from what `?` lists (Administration Guide 6.4.3, 195248).
- Before 6.4.0 a read-only administrator has no `diagnose` (article 223742).
- An account of another profile sees neither the administrators of super_admin nor that profile, from 6.4.1 on
  (articles 196878, 391283 and 405626).
- `$` instead of `#` in the prompt marks a profile with restrictions (article 406752).

A refused `show user local` was seen to read `command parse error` (public notes on a 7.4 unit); how other refusals
read is not documented, and a setting of the scenario.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import CliError, parse_error, unknown_action
from .scenario import Account
from .schema import CLI_RIGHTS, GLOBAL
from .tree import Entry

if TYPE_CHECKING:
    from .unit import Unit

SUPER = "super_admin"
SUPER_READER = "super_admin_readonly"

_LEVELS = ("none", "read", "read-write")
# The first words of a path and the group that they belong to; a dot stands before a part of it.
_GROUPS = {
    "user": "authgrp",
    "system accprofile": "sysgrp.admin",
    "system admin": "sysgrp.admin",
    "system interface": "netgrp.cfg",
    "log": "loggrp.config",
    "firewall": "fwgrp.others",
    "vpn": "vpngrp",
}
# What `execute` and `diagnose` commands ask for, by the names that they use.
_ALIASES = {"admingrp": "sysgrp.admin"}
_RIGHTS = ("secfabgrp", "ftviewgrp", "authgrp", "sysgrp", "netgrp", "loggrp", "fwgrp", "vpngrp", "utmgrp", "wifi")
_VERBS = {"get": "cli-get", "show": "cli-show", "execute": "cli-exec", "config": "cli-config"}


class Rights:
    """The rights of one account on one unit."""

    def __init__(self, unit: Unit, account: Account) -> None:
        self._unit = unit
        self._account = account

    @property
    def profile(self) -> str:
        """The name of the account's access profile."""
        entry = self._unit.config.table(GLOBAL, "system admin").entries.get(self._account.name)
        return entry.text("accprofile") if entry else self._account.profile

    @property
    def _entry(self) -> Entry:
        return self._unit.config.table(GLOBAL, "system accprofile").entries.get(self.profile) or Entry()

    # [fact: rights-groups]
    def level(self, group: str) -> str:
        """Return none, read or read-write for a group of settings, or a part of it such as ``sysgrp.admin``."""
        if self.profile in (SUPER, SUPER_READER):
            return "read-write" if self.profile == SUPER else "read"
        group, _dot, part = _ALIASES.get(group, group).partition(".")
        level = self._entry.text(group, "none")
        if level != "custom":
            return level
        parts = self._entry.children.get(f"{group}-permission")
        return parts.text(part, "none") if isinstance(parts, Entry) else "none"

    def has(self, group: str, level: str) -> bool:
        """Tell whether the account has at least *level* for a group, or for ``diagnose`` or ``execute``."""
        if group in ("diagnose", "execute"):
            given = "read" if self.profile == SUPER_READER else "read-write"
            return self.may_say(group) and _LEVELS.index(given) >= _LEVELS.index(level)
        return _LEVELS.index(self.level(group)) >= _LEVELS.index(level)

    # [fact: rights-cli-kinds] [fact: rights-diagnose]
    def may_say(self, verb: str) -> bool:
        """Tell whether the account has a kind of commands: config, get, show, execute or diagnose."""
        if self.profile == SUPER:
            return True
        writes = any(self.has(group, "read-write") for group in _RIGHTS) or self._entry.text("sysgrp") == "custom"
        if verb == "config" and not writes:
            return False
        release = self._unit.scenario.release
        if self.profile == SUPER_READER:
            return verb != "diagnose" or release >= (6, 4, 0)
        if release >= (7, 4, 2):
            return self._entry.text(_VERBS.get(verb, "cli-diagnose"), "disable") == "enable"
        if verb != "diagnose":
            return True
        return self._entry.text("system-diagnostics", "enable") == "enable" if release >= (6, 4, 0) else writes

    def may(self, path: str, level: str) -> bool:
        """Tell whether the account has at least *level* for a path."""
        found = [group for start, group in _GROUPS.items() if f"{path} ".startswith(f"{start} ")]
        return self.has(found[0] if found else "sysgrp.cfg", level)

    # [fact: rights-hidden-admins]
    def sees(self, path: str, key: str, entry: Entry) -> bool:
        """Tell whether the account is shown an entry of a table."""
        if self.profile == SUPER or self._unit.scenario.release < (6, 4, 1):
            return True
        return not (path == "system admin" and entry.text("accprofile") == SUPER)

    def need(self, path: str, level: str, word: str) -> None:
        """Raise CliError unless the account has at least *level* for a path."""
        if not self.may(path, level):
            raise self.refusal(word)

    def home(self) -> str | None:
        """Return the VDOM of an account that has no global scope (`set scope` of its profile), None for others."""
        if self._unit.scenario.vdom_mode == "none" or self.profile in (SUPER, SUPER_READER):
            return None
        if self._entry.text("scope", "vdom") == "global":
            return None
        admin = self._unit.config.table(GLOBAL, "system admin").entries.get(self._account.name) or Entry()
        return admin.text("vdom", "root").split()[0]

    # [fact: rights-refusal]
    def refusal(self, word: str, hidden: bool = False) -> CliError:
        """The answer to a word that the profile does not give; ``hidden``: a kind of commands."""
        style = self._unit.scenario.behaviour.refusal
        if style == "unknown_action" or (hidden and style == "mixed"):
            return unknown_action()
        return parse_error(word)

    def can_write_system(self) -> bool:
        """Tell whether the account may create VDOMs."""
        return self.has("sysgrp.cfg", "read-write")

    # [fact: prompt-dollar]
    def unrestricted(self) -> bool:
        """Tell whether nothing is kept from the account."""
        if self.profile == SUPER:
            return True
        kinds = CLI_RIGHTS if self._unit.scenario.release >= (7, 4, 2) else ()
        return all(self._entry.text(group) == "read-write" for group in _RIGHTS) and all(
            self._entry.text(kind) == "enable" for kind in kinds
        )
