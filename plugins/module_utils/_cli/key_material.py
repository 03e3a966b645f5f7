# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is PRIVATE to the collection. It can have breaking changes at any time.

"""Finds private keys in PEM form (RFC 7468), also where only one end of a key is in the text."""

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


def find(text: str, debug: bool = False) -> list[tuple[int, int]]:
    """Return (start, end) of each piece of key material in ``text``; no piece spans a line break.

    A key without its end goes as far as its lines look like one, and so does one without its beginning. debug: lines
    that have neither, from the middle of a key, are found as well.
    """
    if "PRIVATE KEY" not in text and not debug:
        return []
    found: list[tuple[int, int]] = []
    candidates: list[tuple[int, int]] = []
    long_lines = 0
    inside = False
    offset = 0

    def middle() -> None:
        if debug and long_lines >= _FEWEST_LINES:
            found.extend(candidates)

    for line in text.split("\n"):
        stamp = _STAMP.match(line) if line[:1].isdigit() else None
        head = stamp.end() if stamp else 0
        body, start, end = line[head:], offset + head, offset + len(line)
        offset += len(line) + 1
        begin, stop = _BEGIN.search(body), _END.search(body)
        if begin is not None:
            middle()
            candidates, long_lines = [], 0
            inside = stop is None or stop.start() < begin.start()
            found.append((start + begin.end(), end if stop is None or inside else start + stop.start()))
            continue
        if stop is not None:
            found.extend(candidates)
            if inside or _BODY.fullmatch(body[: stop.start()]):
                found.append((start, start + stop.start()))
            candidates, long_lines, inside = [], 0, False
            continue
        inside = inside and _is_body(body)
        if inside and body.strip():
            found.append((start, end))
        elif not inside and len(body) >= 4 and _BODY.fullmatch(body):
            candidates.append((start, end))
            long_lines += len(body.strip()) >= _WHOLE_LINE
        elif not inside:
            middle()
            candidates, long_lines = [], 0
    middle()
    return [(start, end) for start, end in found if text[start:end].strip()]
