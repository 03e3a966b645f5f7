# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which lines are configuration lines.

On a unit that a FortiManager manages, `execute` commands such as `execute fortitoken activate` are in order, while
every line below `config` makes the unit differ from what the manager knows (Fortinet article 417985; FortiManager
guides 6.4.11 and 7.2.7, topic 633639). The unit takes both; events tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .events import Event
from .frames import ScopeFrame
from .words import Incomplete, match, split

if TYPE_CHECKING:
    from .shell import Shell

_READS = ("show", "get")
_SCOPES = ("global", "vdom")


# [fact: manager-out-of-sync] [fact: manager-distributes]
def configures(shell: Shell, line: str) -> bool:
    """Tell whether a line, typed where the session stands, is a configuration line.

    The way into a scope (`config global`, `config vdom`, `edit` of a VDOM) is none.
    """
    try:
        words = split(line)
    except Incomplete:
        return False
    verb = match(words[0].text, shell.verbs()) if words else None
    if verb is None:
        return False
    if shell.frames and not isinstance(shell.frames[-1], ScopeFrame):
        return verb not in _READS
    enters = shell.multi and shell.scope is None and len(words) > 1 and match(words[1].text, _SCOPES)
    return verb == "config" and not enters


def configuration_lines(events: Iterable[Event], session: int | None = None) -> list[str]:
    """Return the text of every configuration line, accepted or not."""
    return [
        event["text"]
        for event in events
        if event["type"] == "line" and event["config"] and session in (None, event["session"])
    ]
