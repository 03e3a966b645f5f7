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
        return [bare or quoted for quoted, bare in WORD.findall(line)] if '"' in line else line.split()
    return [
        _ESCAPED.sub(r"\1", quoted if quoted is not None else bare)
        for quoted, bare in ((match[1], match[2]) for match in WORD.finditer(line))
    ]


def _turns_quote(line: str) -> bool:
    """Tell whether a quoted value begins or ends here: the quotes without a backslash are odd in number."""
    if '"' not in line:
        return False
    return line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 1


def _without_mark(rest: str) -> str:
    """Drop the mark of ``grep -f``. A closed statement that ends in it has it outside of quotes."""
    if _GREP_MARK not in rest:
        return rest
    bare = rest.rstrip()
    return bare.removesuffix(_GREP_MARK).rstrip() if bare.endswith(_GREP_MARK) else rest


def statements(text: str) -> Iterator[Statement]:
    """Yield the statements of ``text`` in order; lines that begin with none of KEYWORDS are passed over.

    A value with line breaks belongs to the statement that opens its quote, up to the line that closes it.
    """
    # Not splitlines: a comment may hold what Unicode calls a line separator.
    lines = text.split("\n")
    number, offset = 0, 0
    while number < len(lines):
        line, begin = lines[number], offset
        number += 1
        offset += len(line) + 1
        keyword, *more = line.split(None, 1)[:2] or [""]
        if keyword not in KEYWORDS:
            continue
        rest = more[0] if more else ""
        start = begin + len(line) - len(rest)
        closed = True
        if _turns_quote(rest):
            last = next((at for at in range(number, len(lines)) if _turns_quote(lines[at])), None)
            closed = last is not None
            if last is not None:
                parts = lines[number : last + 1]
                rest = "\n".join([rest, *parts])
                offset += sum(map(len, parts)) + len(parts)
                number = last + 1
        rest = _without_mark(rest) if closed else rest
        yield Statement(keyword, rest, begin, start, start + len(rest), closed)


def strict_statements(text: str) -> Iterator[tuple[str, str]]:
    """Yield (keyword, rest) of each statement. Raises ParseError where a quoted value has no end."""
    for statement in statements(text):
        if not statement.closed:
            raise ParseError("a quoted value has no end", f"{statement.keyword} {statement.rest}")
        yield statement.keyword, statement.rest
