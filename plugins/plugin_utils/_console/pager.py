# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session learns about the unit's pager, and what may therefore be typed ahead. No bytes and no clock.

The pager is answered and never switched off. [fact: pager-default] [fact: pager-change-noticed]

This plugin util is private to the collection and may change at any time.
"""

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
# Keys sent ahead for the pages of a listing of unknown length: at first, how many for each page so far, and at most, so
# that they fit into a terminal's input queue of 4096 bytes. Too many cost nothing but bytes, too few a turn.
# [fact: pager-keys]
_FIRST_KEYS = 64
_MORE_KEYS = 3
_MOST_KEYS = 2000
# Where lines follow a paged listing, so many keys more than the pages it had, and this share of them.
_SPARE_KEYS = 2
_SPARE_SHARE = 0.1
# Keys that end a listing: `q` is the pager's own, and Ctrl-C ends any command.
_ENDS_LISTING = re.compile("[qQ\x03]")
# A pager that twice did not take the keys sent ahead gets one key a page.
_MOST_SWALLOWED = 1
_MODE = re.compile(r"^\s*output\s*: *(\w+)", re.MULTILINE)

#: Shows whether output is paged at all (CLI reference, "config system console").
QUESTION = "get system console"


@dataclass
class Pager:
    """What is known of the unit's pager, which would take lines typed ahead for its keys.

    asked: ``config system console`` was read. off: it says that output is not paged. page: rows of the first page, once
    one was seen. unpaged: most rows seen without one. rows: of each listing, the most so far. tame: commands that
    answered without asking anything. lost: how often lines typed ahead were lost; after the second time, nothing is
    typed ahead any more behind a line that prints. deaf: keys typed together with the line were lost, as where the
    pager drops what was typed before it came up. proven: keys typed together with a line have turned its pages, so that
    lines may follow them. alone: listings behind which lines were lost. swallowed: how often keys sent to a pager that
    waited were lost, less what went well since.
    """

    asked: bool = False
    off: bool = False
    page: int | None = None
    unpaged: int = 0
    rows: dict[tuple[str | None, str], int] = field(default_factory=dict)
    tame: set[str] = field(default_factory=set)
    lost: int = 0
    deaf: bool = False
    proven: bool = False
    alone: set[tuple[str | None, str]] = field(default_factory=set)
    _longest: dict[str, int] = field(default_factory=dict)
    _said: dict[tuple[str | None, str], int | None] = field(default_factory=dict)
    swallowed: int = 0

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
            self.rows[item.scope, item.line] = max(rows, self._seen_rows(item) or 0)
            self._said[item.scope, item.line] = item.rows
            self._longest[item.line] = max(rows, self._longest.get(item.line, 0))
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
        return self._fits_a_page(first) or self.keys_between(first) > 0

    def _fits_a_page(self, item: Sent) -> bool:
        rows = self._most_rows(item)
        return rows is not None and rows <= (self.page or max(self.unpaged, _SMALLEST_PAGE))

    @staticmethod
    def ends_listing(line: str) -> bool:
        """Tell whether a line, if a pager took it for keys, could end a listing before its end."""
        return _ENDS_LISTING.search(line) is not None

    def _seen_rows(self, item: Sent) -> int | None:
        """Return how many rows a listing had, None where its caller expects another length now."""
        key = item.scope, item.line
        said = self._said.get(key)
        return self.rows.get(key) if item.rows is None or said is None or item.rows == said else None

    def _most_rows(self, item: Sent) -> float | None:
        """Return how many rows a listing may have: by what was seen, by what its caller says."""
        seen = self._seen_rows(item)
        if seen is None:
            return item.rows
        grown = seen * _GROWTH
        return grown if item.rows is None else min(grown, max(seen, item.rows))

    # Keys sent ahead

    def keys_between(self, item: Sent) -> int:
        """Return how many keys to type between a line that prints and the next line, 0 where none are needed or none
        may be typed.

        That takes a pager that is known to take keys typed ahead, and a listing whose length is known: a key too few
        lets the pager take the next line for keys.
        """
        if not self.proven or self.deaf or self.swallowed or self.off or self.page is None:
            return 0
        if item.quick or not item.repeatable or (item.scope, item.line) in self.alone or self._fits_a_page(item):
            return 0
        seen = self._seen_rows(item)
        rows = item.rows if seen is None else seen
        if rows is None:
            return 0
        keys = self._prompts(rows) + 1
        keys += _SPARE_KEYS + int(keys * _SPARE_SHARE)
        return keys if keys <= _MOST_KEYS else 0

    def lost_behind(self, item: Sent) -> None:
        """Take note of lines that were lost behind ``item``."""
        if self.keys_between(item):
            self.alone.add((item.scope, item.line))
        else:
            self.lost += 1

    def keys_behind(self, item: Sent) -> int:
        """Return how many keys to type together with a line, for the pages that its answer is known to have."""
        if self.page is None or self.off or self.deaf or item.quick or not self._takes_keys(item):
            return 0
        rows = self._likely_rows(item)
        return _FIRST_KEYS if rows is None else min(_MOST_KEYS, self._prompts(rows))

    def keys_at(self, item: Sent, pages: int) -> int:
        """Return how many keys to send to a pager that waits. pages: pager prompts of this answer so far."""
        if not self._takes_keys(item):
            return 1
        rows = self._likely_rows(item)
        left = self._prompts(rows) - pages + 1 if rows is not None and self.page else 0
        return min(_MOST_KEYS, left if left > 0 else max(_FIRST_KEYS, _MORE_KEYS * pages))

    def _likely_rows(self, item: Sent) -> int | None:
        """Return how many rows a listing probably has: as seen, as its caller says, or as in another scope."""
        seen = self._seen_rows(item)
        rows = item.rows if seen is None else seen
        return self._longest.get(item.line) if rows is None else rows

    def lost_keys(self, pages: int) -> None:
        """Take note of keys that a pager did not take. pages: pager prompts of this answer so far."""
        if pages == 1 and not self.deaf:
            self.deaf = True
        else:
            self.swallowed += 1

    def _takes_keys(self, item: Sent) -> bool:
        # A key too many is a leading blank of what comes next, so only what changes nothing is paged ahead.
        return item.repeatable and self.swallowed <= _MOST_SWALLOWED

    def _prompts(self, rows: int) -> int:
        return -(-rows // max(1, self.page or 1)) - 1
