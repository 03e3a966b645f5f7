# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pager: `--More-- ` behind each page where `config system console` says `more`, the default.

A space shows the next page; ``--More-- `` and ``\\r         \\r`` are as oxidized recorded them from a 7.4.8 unit. What
the pager does with other keys, with keys that come early, and how else it may draw is not public: settings of the
scenario.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .console import Console

MORE = b"--More-- "
WIPE = b"\r         \r"
_REDRAWS = {
    "spaces": WIPE,
    "erase": b"\r\x1b[K",
    "cursor": b"\x1b[9D\x1b[K",
    "backspace": b"\b \b" * len(MORE),
}
CTRL_C = 0x03
ENTER = (0x0D, 0x0A)


# [fact: pager-more] [fact: pager-keys]
class Paging:
    """Prints the output of one console a page at a time."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._settings = console.unit.scenario.console
        self._style = self._settings.pager
        # Whether `--More-- ` is shown and a key awaited.
        self.waits = False

    def height(self) -> int:
        """Return the rows of a page, 0 where nothing is paged."""
        console = self._console
        mode = console.unit.config.object("global", "system console").text("output", "more")
        if mode != "more" or not console.rows or not (console.interactive or self._settings.pager_on_exec):
            return 0
        if self._style.fixed:
            return max(2, self._settings.page_lines)
        return max(2, min(console.rows - 1, self._settings.page_lines))

    async def print(self, lines: list[str]) -> None:
        """Print output, waiting for a key behind each page."""
        console = self._console
        page = self.height()
        if not page or len(lines) < page or (len(lines) == page and not self._style.stops_at_end):
            console.send_lines(lines)
            return
        position, step = 0, page
        while position < len(lines):
            console.send_lines(lines[position : position + step])
            position += step
            if position > len(lines) or (position == len(lines) and not self._style.stops_at_end):
                return
            answer = await self._ask()
            if answer == "stop":
                return
            step = page if answer == "page" else 1

    async def _ask(self) -> str:
        console = self._console
        if self._style.ahead == "swallow":
            console.swallow()
        console.send(MORE)
        self.waits = True
        kept: list[int] = []
        try:
            answer, key = await self._key(kept)
        finally:
            self.waits = False
        console.push_back(kept)
        if self._style.echo and 0x20 <= key < 0x7F:
            console.send(bytes([key]))
        console.send(_REDRAWS[self._style.redraw])
        return answer

    def after_debug(self) -> None:
        """Draw the prompt again behind debug lines that were printed on its line."""
        if self.waits and self._style.again_after_debug:
            self._console.send(MORE)

    async def _key(self, kept: list[int]) -> tuple[str, int]:
        discards = self._settings.pager_other_keys == "discard"
        while True:
            key = await self._console.key()
            if key == ord(" "):
                return "page", key
            if key in ENTER and discards:
                return "line", key
            if key in (ord("q"), ord("Q")) and discards:
                return "stop", key
            if key == CTRL_C:
                return "stop", key
            if not discards:
                kept.append(key)
