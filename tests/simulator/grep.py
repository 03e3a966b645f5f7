# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter ``| grep`` of the FortiOS command line.

Facts followed: ``-f`` prints the configuration blocks that enclose a match, every matching line gets `` <---``
appended (also an ``edit`` line, several in one block), sibling settings of a matching block are kept and nested
tables without a match are left out (transcript of a 7.0.3 unit). ``-A`` takes the place of ``-f`` (the VDOM listing
that scrapli_community sends relies on it).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .words import Word

MARK = " <---"


class BadFilter(ValueError):
    """The text behind the bar is no filter."""


# [fact: grep-f]
@dataclass
class Filter:
    """A parsed ``grep`` command."""

    pattern: re.Pattern[str]
    invert: bool = False
    blocks: bool = False
    count: bool = False
    numbers: bool = False
    before: int = 0
    after: int = 0

    def matches(self, line: str) -> bool:
        """Tell whether a line is wanted."""
        return bool(self.pattern.search(line)) != self.invert

    def apply(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield what is left of *lines*."""
        if self.count:
            yield str(sum(self.matches(line) for line in lines))
        elif self.before or self.after:
            yield from self._with_context(list(lines))
        elif self.blocks:
            yield from self._enclosing(lines)
        else:
            for number, line in enumerate(lines, 1):
                if self.matches(line):
                    yield f"{number}:{line}" if self.numbers else line

    def _with_context(self, lines: list[str]) -> Iterator[str]:
        last = -1
        for number, line in enumerate(lines):
            if not self.matches(line):
                continue
            first = max(last + 1, number - self.before)
            if last >= 0 and first > last + 1:
                yield "--"
            last = max(last, min(len(lines) - 1, number + self.after))
            yield from lines[first : last + 1]

    def _enclosing(self, lines: Iterable[str]) -> Iterator[str]:
        root = _Block()
        stack = [root]
        for line in lines:
            matched = bool(self.pattern.search(line))
            text = line + MARK if matched else line
            verb = line.split(maxsplit=1)[0] if line.strip() else ""
            if verb in ("config", "edit"):
                block = _Block([text], matched)
                stack[-1].items.append(block)
                stack.append(block)
            elif verb in ("next", "end") and len(stack) > 1:
                block = stack.pop()
                block.items.append(text)
                block.matched |= matched
                stack[-1].matched |= block.matched
            else:
                stack[-1].items.append(text)
                stack[-1].matched |= matched
        while len(stack) > 1:
            block = stack.pop()
            stack[-1].matched |= block.matched
        for item in root.items:
            if isinstance(item, str):
                if item.endswith(MARK):
                    yield item
            else:
                yield from item.lines()


@dataclass
class _Block:
    items: list[str | _Block] = field(default_factory=list)
    matched: bool = False

    def lines(self) -> Iterator[str]:
        if self.matched:
            for item in self.items:
                if isinstance(item, str):
                    yield item
                else:
                    yield from item.lines()


def parse(words: list[Word]) -> Filter:
    """Parse the words behind the bar; raises BadFilter."""
    if not words or words[0].text != "grep":
        raise BadFilter("only grep can follow a bar")
    invert = blocks = count = numbers = ignore_case = False
    before = after = 0
    pattern: str | None = None
    rest = list(words[1:])
    while rest:
        word = rest.pop(0)
        option = re.fullmatch(r"-([ABC])(\d*)", word.text) if not word.quoted else None
        if option:
            number = option[2] or (rest.pop(0).text if rest else "")
            if not number.isdigit():
                raise BadFilter("a number is missing")
            before = int(number) if option[1] in "BC" else before
            after = int(number) if option[1] in "AC" else after
        elif re.fullmatch(r"-[finvc]+", word.text) and not word.quoted:
            invert |= "v" in word.text
            blocks |= "f" in word.text
            count |= "c" in word.text
            numbers |= "n" in word.text
            ignore_case |= "i" in word.text
        elif pattern is None:
            pattern = word.text
        else:
            raise BadFilter("more than one pattern")
    if pattern is None:
        raise BadFilter("the pattern is missing")
    try:
        compiled = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    except re.error:
        compiled = re.compile(re.escape(pattern), re.IGNORECASE if ignore_case else 0)
    return Filter(compiled, invert, blocks, count, numbers, before, after)
