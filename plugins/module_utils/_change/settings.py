# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that a unit does not take back: a refused setting costs that setting, not the token or the user.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import words
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Settings

if TYPE_CHECKING:
    from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Refused

TOKENS, USERS = "user fortitoken", "user local"
#: Table, VDOM and name of an entry.
Key = tuple[str, str, str]


@dataclass
class Untaken:
    """What one run has learned about the settings that a unit does not take.

    `why`: entry -> name of a setting -> why it is not sent any more. `singly`: entries that the unit refused to save,
    without saying which of their settings is at fault; they are saved without, and then get one setting after the
    other. [fact: error-late]
    """

    why: dict[Key, dict[str, str]] = field(default_factory=dict)
    singly: set[Key] = field(default_factory=set)

    def learn(self, refused: Iterable[Refused], table: str) -> bool:
        """Take in what was refused in the entries of a table. Returns whether something was new."""
        new = False
        for line in refused:
            keyword, *rest = words(line.answer.line) or [""]
            key = (line.table, line.vdom, line.entry)
            if line.table != table:
                continue
            if keyword == "set" and rest:
                new = self.note(key, rest[0], line.text) or new
            elif keyword in ("next", "end") and len(line.settings) == 1:
                new = self.note(key, line.settings[0], line.text) or new
            elif keyword in ("next", "end") and line.settings:
                new = new or key not in self.singly
                self.singly.add(key)
        return new

    def note(self, key: Key, name: str, why: str) -> bool:
        """Write down why a setting is not taken. Returns whether that was new."""
        names = self.why.setdefault(key, {})
        new = name not in names
        names.setdefault(name, why)
        return new

    def names(self, key: Key) -> frozenset[str]:
        """Return the settings of an entry that are not sent any more."""
        return frozenset(self.why.get(key, ()))

    def takable(self, key: Key, settings: Settings) -> Settings:
        """Return the settings that are still worth sending."""
        out = self.names(key)
        return tuple(setting for setting in settings if setting[0] not in out)
