# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds secrets in the JSON of debug output, also where line breaks cut a key or a value, and other lines come between.

Forms as in Fortinet article 308115: the seed is in clear there, and a key may lack its first quote.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import accumulate

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.secret_forms import MARK

# A key and its value. `error_code` and `status_code` hold numbers that the diagnosis needs.
_JSON = re.compile(
    r'(?:"|(?<![\w-]))(?!error_code"|status_code")[\w-]{0,40}?(?:seed|code|passwd|password|secret|reg_?id|private_?key)'
    r'[\w-]{0,20}"\s*:\s*"((?:[^"\\]|\\.)*\\?)("|$)',
    re.IGNORECASE,
)
# One that may be written as a list: `"seeds": ["...", "..."]`.
_LIST = re.compile(r'(?:"|(?<![\w-]))[\w-]{0,20}(?:seed|code|secret)s?"\s*:\s*\[([^\[\]{}]{0,4000})', re.IGNORECASE)
_ITEM = re.compile(r'"([^"\\\s]{6,})"?')
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
# A line that a daemon begins with its mark (Fortinet articles 194508 and 308115), or a mail daemon with its name: no
# part of a secret that was cut by a line break looks so. [fact: debug-line-forms]
_MARKED = re.compile(
    r"\[\d+\] ?[a-z_]\w*[:.\- ]|[a-z_]\w*\[\d+\]: ?|(?:POST|GET) /|HTTP/\d\.\d |import fortitoken |\s*\d+: date="
    r"|(?:alertmail|smtp|fnbamd|forticldd)\w*(?:\(\d+\))?: |Debug messages will be ",
    re.IGNORECASE,
)
# What stands behind the last quote of a text for longer than this is no string that goes on.
_LONGEST_STRING = 400


class Dialogue:
    """Tells which lines of debug output go together, so that a key or a value that was cut by line breaks is whole.

    streams: lists of (number of the line, offset behind its time); one for what is printed without a mark, one for each
    marked line with quotes that came in between. hidden: lines of which nobody can tell to which of two secrets they
    belong, in the same form. open: the text so far may end inside of a string.
    """

    def __init__(self) -> None:
        self.streams: list[list[tuple[int, int]]] = [[]]
        self.hidden: list[tuple[int, int]] = []
        self.lost = False
        self._main = self.streams[0]
        self._count = 0
        # What stands behind the last quote; None where that is no string.
        self._rest: str | None = None

    @property
    def open(self) -> bool:
        return self._rest is not None or self.lost

    def add(self, line: str) -> None:
        stamp = _STAMP.match(line) if line[:1].isdigit() else None
        head = stamp.end() if stamp else 0
        place, body = (self._count, head), line[head:]
        self._count += 1
        if self.open and _MARKED.match(body):
            if not _goes_on(body):
                if '"' in body:
                    self.streams.append([place])
                return
            self.lost = True
        if self.lost:
            self.hidden.append(place)
        elif body == MARK:
            # Hidden before: what follows does not belong to what precedes.
            self._main = []
            self.streams.append(self._main)
            self._rest = None
        else:
            self._main.append(place)
            self._follow(body)

    def _follow(self, body: str) -> None:
        quote = body.rfind('"')
        if quote >= 0:
            self._rest = body[quote + 1 :]
        elif self._rest is not None:
            self._rest += body
        if self._rest is not None and (len(self._rest) > _LONGEST_STRING or "{" in self._rest or "}" in self._rest):
            self._rest = None


def _goes_on(body: str) -> bool:
    """Tell whether a marked line begins JSON that it does not end."""
    return body.count('"') % 2 == 1 or body.count("{") > body.count("}")


@dataclass
class Found:
    """cuts: (start, end) of each piece of a secret; pieces of one secret are on lines of their own, and the third part
    is True for the first of them. values: the secrets."""

    cuts: list[tuple[int, int, bool]] = field(default_factory=list)
    values: list[str] = field(default_factory=list)


def is_open(text: str) -> bool:
    """Tell whether debug text ends inside something that may turn out to be a secret once more of it arrives."""
    dialogue = Dialogue()
    for line in text.split("\n"):
        dialogue.add(line.rstrip("\r"))
    return dialogue.open


def find(text: str) -> Found:
    """Find secret JSON values.

    The time at the beginning of a line, and whole lines of other daemons, may stand inside of a secret; they stay.
    """
    lines = text.split("\n")
    offsets = list(accumulate((len(line) + 1 for line in lines), initial=0))
    dialogue = Dialogue()
    for line in lines:
        dialogue.add(line)
    found = Found([(offsets[number] + head, offsets[number + 1] - 1, True) for number, head in dialogue.hidden])
    for stream in dialogue.streams:
        bodies = [lines[number][head:] for number, head in stream]
        starts = list(accumulate(map(len, bodies), initial=0))
        joined = "".join(bodies)
        spans = [match.span(1) for match in _JSON.finditer(joined)]
        for array in _LIST.finditer(joined):
            spans += [item.span(1) for item in _ITEM.finditer(joined, *array.span(1))]
        for start, end in spans:
            value = joined[start:end]
            if not value.replace(MARK, ""):
                continue
            found.values.append(value)
            for index in range(bisect_right(starts, start) - 1, bisect_left(starts, end)):
                number, head = stream[index]
                base = offsets[number] + head - starts[index]
                found.cuts.append(
                    (base + max(start, starts[index]), base + min(end, starts[index + 1]), starts[index] <= start)
                )
    return found
