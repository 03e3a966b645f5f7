# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds private keys in PEM form (RFC 7468), also where only one end of a key is in the text.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re

_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY")
_BODY = re.compile(r"[ \t>+-]*[A-Za-z0-9+/=\\]{4,}[ \t\\\"',]*")
_HEADER = re.compile(r"[ \t]*(?:Proc-Type|DEK-Info|Comment|Version):")
#: Debug output begins its lines with the time.
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
#: Lines of this length are usual inside a key, and nowhere else.
_WHOLE_LINE = 64
_FEWEST_LINES = 3


def _is_body(body: str) -> bool:
    return not body.strip() or _BODY.fullmatch(body) is not None or _HEADER.match(body) is not None


class _Search:
    """Goes through a text line by line. ``inside``: a key has begun. ``candidates``: lines that a key may end with."""

    def __init__(self, debug: bool) -> None:
        self.found: list[tuple[int, int]] = []
        self._debug = debug
        self._inside = False
        self._candidates: list[tuple[int, int]] = []
        self._long_lines = 0

    def add(self, line: str, offset: int) -> None:
        stamp = _STAMP.match(line) if line[:1].isdigit() else None
        head = stamp.end() if stamp else 0
        body, start, end = line[head:], offset + head, offset + len(line)
        begin, stop = _BEGIN.search(body), _END.search(body)
        if begin is not None:
            self.settle()
            self._inside = stop is None or stop.start() < begin.start()
            self.found.append((start + begin.end(), end if self._inside or stop is None else start + stop.start()))
        elif stop is not None:
            self.found += self._candidates
            if self._inside or _BODY.fullmatch(body[: stop.start()]):
                self.found.append((start, start + stop.start()))
            self._forget()
            self._inside = False
        else:
            self._add_body(body, start, end)

    def _add_body(self, body: str, start: int, end: int) -> None:
        self._inside = self._inside and _is_body(body)
        if self._inside:
            self.found.append((start, end))
        elif _BODY.fullmatch(body):
            self._candidates.append((start, end))
            self._long_lines += len(body.strip()) >= _WHOLE_LINE
        else:
            self.settle()

    def settle(self) -> None:
        """Decide about lines without either end of a key near them."""
        if self._debug and self._long_lines >= _FEWEST_LINES:
            self.found += self._candidates
        self._forget()

    def _forget(self) -> None:
        self._candidates = []
        self._long_lines = 0


def find(text: str, debug: bool = False) -> list[tuple[int, int]]:
    """Return (start, end) of each piece of key material in ``text``; no piece spans a line break.

    A key without its end goes as far as its lines look like one, and so does one without its beginning. debug: lines
    that have neither, from the middle of a key, are found as well.
    """
    if "PRIVATE KEY" not in text and not debug:
        return []
    search = _Search(debug)
    offset = 0
    for line in text.split("\n"):
        search.add(line, offset)
        offset += len(line) + 1
    search.settle()
    return [(start, end) for start, end in search.found if text[start:end].strip()]
