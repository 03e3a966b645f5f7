# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines to a unit's command line: what kind of line one is, and how it is typed.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.stream import RawAnswer

# Lines that only edit. They print nothing, so nothing can page and eat the lines sent behind them.
_EDITING = (
    "config",
    "edit",
    "set",
    "unset",
    "append",
    "select",
    "unselect",
    "delete",
    "move",
    "rename",
    "next",
    "end",
    "abort",
)
# Lines that take effect on the unit, as opposed to those that only fill the open entry.
SAVING = ("next", "end", "delete", "execute", "move", "rename")


def is_word(line: str, words: Iterable[str]) -> bool:
    """Tell whether the first word of ``line`` is one of ``words``, or an abbreviation of three letters or more."""
    first = line.split(None, 1)[0].lower() if line.strip() else ""
    return any(first == word or (len(first) >= 3 and word.startswith(first)) for word in words)


def is_editing(line: str) -> bool:
    """Tell whether a line edits configuration, in contrast to one that prints or acts."""
    return is_word(line, _EDITING)


def is_closed(lines: Iterable[str]) -> bool:
    """Tell whether lines leave every table that they enter, so that what follows cannot save an open entry."""
    depth = 0
    for line in lines:
        depth += is_word(line, ["config"])
        depth -= is_word(line, ["end", "abort"])
    return depth == 0


def keystrokes(line: str) -> bytes:
    """Turn a line into what must be typed.

    ``?`` and Tab act at once on a FortiOS command line unless Ctrl-V precedes them (CLI reference, "Entering special
    characters").
    """
    return re.sub(r"([?\t])", "\x16\\1", line).encode("utf-8", "surrogateescape") + b"\n"


@dataclass
class Sent:
    """One line of an exchange.

    batch: number of the batch that gets the answer, None for the session's own lines. stop: send nothing further after
    a fault. after: send only once everything before is answered. repeatable: it changes nothing and may be sent again,
    from ``scope``; where it is ``midway``, together with the line before it. brief: its caller says that it answers in
    a few rows and asks nothing. rows: how many rows its answer has at most, if its caller knows. check: sees the
    answer, and may raise.
    """

    line: str
    batch: int | None = None
    stop: bool = False
    after: bool = False
    repeatable: bool = False
    scope: str | None = None
    midway: bool = False
    brief: bool = False
    rows: int | None = None
    check: Callable[[RawAnswer], None] | None = None

    @property
    def quick(self) -> bool:
        """Tell whether lines of any kind may follow this one before it is answered."""
        return self.brief or is_editing(self.line)

    @property
    def shape(self) -> str:
        """The command without its arguments."""
        return " ".join(self.line.split()[:3])


def size(items: Iterable[Sent]) -> int:
    """Return how many bytes are typed for these lines."""
    return sum(len(keystrokes(item.line)) for item in items)
