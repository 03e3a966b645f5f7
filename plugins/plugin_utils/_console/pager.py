# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is PRIVATE to the collection. It can have breaking changes at any time.

"""What a session learns about the unit's pager, and what may therefore be typed ahead. No bytes and no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.lines import Sent
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.stream import RawAnswer

# No console of a fixed height shows more rows than this without a page: a unit that did takes the height from the
# terminal that was asked for.
_TALL = 60
# How much a listing may have grown since it was last seen, and the smallest page that a terminal has.
_GROWTH = 1.5
_SMALLEST_PAGE = 20
_MODE = re.compile(r"^\s*output\s*: *(\w+)", re.MULTILINE)

#: Shows whether output is paged at all (CLI reference, "config system console").
QUESTION = "get system console"


@dataclass
class Pager:
    """What is known of the unit's pager, which would take lines typed ahead for its keys.

    asked: ``config system console`` was read. off: it says that output is not paged. page: rows of the first page, once
    one was seen. unpaged: most rows seen without one. rows: of each listing, the most so far. tame: commands that
    answered without asking anything. lost: how often lines typed ahead were lost; after the second time, nothing is
    typed ahead any more behind a line that prints.
    """

    asked: bool = False
    off: bool = False
    page: int | None = None
    unpaged: int = 0
    rows: dict[tuple[str | None, str], int] = field(default_factory=dict)
    tame: set[str] = field(default_factory=set)
    lost: int = 0

    def question(self, scope: str | None) -> list[Sent]:
        """Return the line that asks whether output is paged at all, unless that is known."""

        def check(answer: RawAnswer) -> None:
            mode = _MODE.search(answer.output)
            self.asked = mode is not None
            self.off = mode is not None and mode.group(1) == "standard"

        return [] if self.asked else [Sent(QUESTION, repeatable=True, brief=True, scope=scope, check=check)]

    def note(self, item: Sent, answer: RawAnswer, clean: bool) -> None:
        """Learn from an answer."""
        rows = answer.output.count("\n") + 1
        if answer.page is not None:
            self.paged(answer.page)
        else:
            self.unpaged = max(self.unpaged, rows)
        if item.repeatable:
            # Tokens that were deleted come back: the longest is remembered.
            self.rows[item.scope, item.line] = max(rows, self.rows.get((item.scope, item.line), 0))
        elif clean and answer.page is None:
            self.tame.add(item.shape)

    def paged(self, rows: int) -> None:
        """Learn from a page."""
        self.off = False
        self.page = min(rows, self.page or rows)

    def lets_through(self, first: Sent, second: Sent) -> bool:
        """Tell whether ``second`` may be on its way while ``first``, which prints, is being answered."""
        if self.lost > 1:
            return False
        if not (first.repeatable and second.repeatable):
            return first.shape == second.shape and first.shape in self.tame
        if self.off or (self.page is None and self.unpaged > _TALL):
            return True
        rows = self.rows.get((first.scope, first.line))
        return rows is not None and rows * _GROWTH <= (self.page or max(self.unpaged, _SMALLEST_PAGE))
