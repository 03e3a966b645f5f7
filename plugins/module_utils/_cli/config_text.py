# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The grammar of a FortiOS configuration: statements and words.

The parsers and the redaction both read configuration with these functions. So what redaction takes for a value is a
value to the parsers, too, and no text inside a value can pose as a statement of its own.

Sources: Fortinet CLI reference, "Entering special characters" (quotes and backslashes); transcripts of ``show`` in
Fortinet articles 194508 and 276480; the mark of ``grep -f`` as seen on FortiOS 7.0.3.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ParseError

KEYWORDS = frozenset(("config", "edit", "set", "next", "end"))

#: One word: what stands in quotes, or a run without blanks and quotes. A backslash protects the next character.
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|((?:[^\s"\\]|\\.)+)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
#: ``show | grep -f PATTERN`` marks each matching line, ``edit`` lines too.
_GREP_MARK = "<---"
#: So many different lines are remembered while a text is read.
_MOST_SEEN = 2000


class Statement(NamedTuple):
    """One configuration statement.

    keyword: one of KEYWORDS. rest: what follows it, as printed, without the mark of ``grep -f``; a value may run over
    several lines. line: offset of the line in the text. start, end: offsets of ``rest``. closed: False where a quoted
    value has no end; ``rest`` is then the rest of the first line.
    """

    keyword: str
    rest: str
    line: int
    start: int
    end: int
    closed: bool = True


def words(line: str) -> list[str]:
    """Split the rest of a statement as FortiOS does: quoted values whole, backslash escapes undone."""
    if "\\" not in line:
        # Nearly every line of a listing; with 20,000 tokens this is where the time would go.
        quotes = line.count('"')
        if not quotes:
            return line.split()
        if quotes == 2 and line[-1] == '"':
            before, value = line[:-1].split('"')
            return [*before.split(), value]
        return [bare or quoted for quoted, bare in WORD.findall(line)]
    return [
        _ESCAPED.sub(r"\1", quoted if quoted is not None else bare)
        for quoted, bare in ((match[1], match[2]) for match in WORD.finditer(line))
    ]


def _turns_quote(line: str) -> bool:
    """Tell whether a quoted value begins or ends here: the quotes without a backslash are odd in number."""
    if "\\" not in line:
        return line.count('"') % 2 == 1
    return line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 1


def _without_mark(rest: str) -> str:
    """Drop the mark of ``grep -f``. A closed statement that ends in it has it outside of quotes."""
    if _GREP_MARK not in rest:
        return rest
    bare = rest.rstrip()
    return bare.removesuffix(_GREP_MARK).rstrip() if bare.endswith(_GREP_MARK) else rest


def scan(text: str) -> Iterator[tuple[str, str, int, int, bool]]:
    """Yield (keyword, rest, line, end, closed) of each statement, as ``statements`` does, for who reads megabytes."""
    # Not splitlines: a comment may hold what Unicode calls a line separator.
    lines = text.split("\n")
    # A listing of thousands of entries repeats most of its lines: keyword and rest of those that were seen before.
    seen: dict[str, tuple[str, str]] = {}
    number, offset, count = 0, 0, len(lines)
    while number < count:
        line, begin = lines[number], offset
        number += 1
        offset += len(line) + 1
        known = seen.get(line)
        if known is not None:
            if known[0]:
                yield *known, begin, offset - 1, True
            continue
        parts = line.split(None, 1)
        keyword = parts[0] if parts else ""
        if keyword not in KEYWORDS:
            if len(seen) < _MOST_SEEN:
                seen[line] = "", ""
            continue
        rest = parts[1] if len(parts) > 1 else ""
        end = offset - 1
        closed = True
        if '"' in rest and _turns_quote(rest):
            last = next((at for at in range(number, count) if _turns_quote(lines[at])), None)
            closed = last is not None
            if last is not None:
                parts = lines[number : last + 1]
                start = end - len(rest)
                rest = "\n".join([rest, *parts])
                offset += sum(map(len, parts)) + len(parts)
                number = last + 1
                rest = _without_mark(rest)
                end = start + len(rest)
        elif _GREP_MARK in rest:
            start = end - len(rest)
            rest = _without_mark(rest)
            end = start + len(rest)
        elif len(seen) < _MOST_SEEN:
            seen[line] = keyword, rest
        yield keyword, rest, begin, end, closed


def statements(text: str) -> Iterator[Statement]:
    """Yield the statements of ``text`` in order; lines that begin with none of KEYWORDS are passed over.

    A value with line breaks belongs to the statement that opens its quote, up to the line that closes it.
    """
    for keyword, rest, line, end, closed in scan(text):
        yield Statement(keyword, rest, line, end - len(rest), end, closed)


def strict_statements(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (keyword, words) of each statement; the lists may be the same for equal statements and stay as they are.

    Raises ParseError where a quoted value has no end.
    """
    seen: dict[str, list[str]] = {}
    for keyword, rest, _line, _end, closed in scan(text):
        if not closed:
            raise ParseError("a quoted value has no end", f"{keyword} {rest}")
        split = seen.get(rest)
        if split is None:
            split = words(rest)
            if len(seen) < _MOST_SEEN:
                seen[rest] = split
        yield keyword, split
