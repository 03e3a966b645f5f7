# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether mails with activation codes leave the unit: its mail daemon's own words, listened to while codes are sent.

Debug output belongs to the session, and is switched off when it ends, however it ends. It shows whole mails (Fortinet
article 276480); the connection blanks the codes in them.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.debugging import (
    DISABLE,
    enabling,
    switch_debug_on,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.diagnose import diagnose
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import Key
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console

#: Causes of the catalogue that stand for a mail that did not leave.
FAILURES = frozenset(
    ("mail_name_not_resolved", "mail_login_refused", "mail_address_refused", "mail_refused", "mail_not_sent")
)
#: A line of the mail daemon in the middle of a listing: no line of the configuration.
_OF_MAIL = re.compile(r"^(?!\s*(?:set|edit)\s).*(?:alert ?mail|smtp)", re.IGNORECASE)
#: So long the last mails are waited for.
LISTEN_SECONDS = 3.0


@dataclass
class MailWatch:
    """Listens from `start` to `stop`. Where the unit refuses debugging, or somebody else in this play listens already,
    nothing is heard, and no mail counts as refused."""

    console: Console
    unit: Unit
    wanted: bool = True
    on: bool = False
    #: The user of the mail that is being told of, by the address in it.
    _current: Key | None = None
    _overheard: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Raise ConsoleError where the connection is lost."""
        if not self.wanted or self.console.watching():
            return
        vdom = self.unit.vdoms[0]
        scope = self.unit.scope(vdom)
        off = [Batch(DISABLE, scope, repeatable=True)]
        _left_on, self.on = switch_debug_on(self.console, scope, enabling(["email"], self.unit, vdom), off)

    def overhear(self, answer: str) -> None:
        """Keep what the mail daemon has printed into the answer to a line."""
        if self.on:
            self._overheard += [line for line in answer.split("\n") if _OF_MAIL.search(line)]

    def hear(self, asked: Mapping[str, Key], seconds: float = 0.0) -> list[tuple[Key | None, str]]:
        """Return (user, what happened) for each mail that failed since the last call; None where it is not said whose.

        `asked`: address -> user, of all codes of this run. Raises ConsoleError.
        """
        if not self.on:
            return []
        lines = self.console.drain(seconds)["lines"] if seconds else self.console.watch_read()["lines"]
        return self.understand(lines, asked)

    def understand(self, lines: list[str], asked: Mapping[str, Key]) -> list[tuple[Key | None, str]]:
        """Read lines of the mail daemon, those first that were overheard; otherwise as `hear`."""
        found: list[tuple[Key | None, str]] = []
        lines, self._overheard = [*self._overheard, *lines], []
        for line in lines:
            key = next((key for address, key in asked.items() if address and address in line), None)
            if key is not None:
                self._current = key
            causes = [cause for cause in diagnose([line]) if cause["id"] in FAILURES]
            if causes:
                found.append((self._current, f"{causes[0]['title']}. {causes[0]['remedy']}"))
                self._current = None
            elif any(cause["id"] == "mail_sent" for cause in diagnose([line])):
                self._current = None
        return found

    def stop(self, asked: Mapping[str, Key]) -> list[tuple[Key | None, str]]:
        """Switch it off; return what `hear` would, of the lines that were held back until now. Raises ConsoleError."""
        if not self.on:
            return []
        self.on = False
        rest, _answers = self.console.watch_stop()
        return self.understand(rest["lines"], asked)
