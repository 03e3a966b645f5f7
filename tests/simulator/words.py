# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of a FortiOS command line: splitting, quoting, abbreviations.

Facts followed: a backslash escapes a character or a space and continues a line at its end, single and double quotes
come in pairs (Fortinet CLI references, "CLI command syntax"); commands may be shortened while they stay unambiguous
(FortiOS 6.0 CLI Reference, topic 799476).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Word(NamedTuple):
    """One word of a line; ``quoted`` tells whether any part of it stood in quotes."""

    text: str
    quoted: bool = False


class Incomplete(ValueError):
    """A quote is open, or the line ends in a backslash: the unit waits for the rest."""


def split(line: str) -> list[Word]:
    """Split a line into words; an unquoted ``|`` is a word of its own. Raises Incomplete."""
    words: list[Word] = []
    text: list[str] = []
    open_quote = ""
    quoted = started = False

    def finish() -> None:
        nonlocal quoted, started
        if started:
            words.append(Word("".join(text), quoted))
        text.clear()
        quoted = started = False

    position = 0
    while position < len(line):
        char = line[position]
        position += 1
        if char == "\\":
            if position == len(line):
                raise Incomplete("the line ends in a backslash")
            text.append(line[position])
            position += 1
            started = True
        elif open_quote:
            if char == open_quote:
                open_quote = ""
            else:
                text.append(char)
        elif char in "\"'":
            open_quote = char
            quoted = started = True
        elif char in " \t":
            finish()
        elif char == "|":
            finish()
            words.append(Word("|"))
        else:
            text.append(char)
            started = True
    if open_quote:
        raise Incomplete(f"the quote {open_quote} is not closed")
    finish()
    return words


def quote(text: str) -> str:
    """Return *text* as ``show`` prints a string: in double quotes, with quotes and backslashes escaped (inferred).

    [fact: string-quotes]
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'") + '"'


# [fact: abbreviations]
def match(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that *word* names, in full or by an unambiguous beginning; otherwise None."""
    found = [candidate for candidate in candidates if candidate.startswith(word)] if word else []
    if word in found:
        return word
    return found[0] if len(found) == 1 else None
