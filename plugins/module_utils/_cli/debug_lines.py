# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells debug lines from command output by the forms in which FortiOS prints them.

Forms seen in Fortinet articles 194508 and 308115: an optional time stamp, then ``[641] fds_...: text``,
``ftm_fc_command[564]:text``, an HTTP request, or JSON that runs over several lines without any mark of its own.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re

_STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d "
_MARKED = re.compile(rf"{_STAMP}|\[\d+\] ?[a-z_]\w*[:.\- ]|[a-z_]\w*\[\d+\]: ?")
_STAMPED = re.compile(_STAMP)
# Bounded, and begun at the start of a word only: it is searched for in lines of any length.
_GLUED = re.compile(
    rf"{_STAMP}|\[\d{{1,9}}\] [a-z_]\w{{0,60}}[: ]|(?<![a-z_])[a-z_]\w{{0,60}}\[\d{{1,9}}\]:|[{{\[] ?\"|POST /|HTTP/1"
)
_HTTP = re.compile(r"(?:POST|GET) /\S* HTTP/1\.\d|HTTP/1\.\d \d{3}")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*: ?\S")
_JSON_START = re.compile(r"\s*[{\[]\s*(?:\"|[{}\]]|$)")
_JSON_INSIDE = re.compile(r"\s*(?:[{}\[\]\",:]|-?\d[\d.]*\s*[,}\]]|(?:true|false|null)\s*[,}\]])")
# The rest of a value that a line break has cut: up to its quote, or one word. Lines of a command's output that come in
# between (`config system global`) are none.
_WORD_REST = re.compile(r'[^"]*"|\S+\s*$')
_CANDIDATE = re.compile(r"\d{4}-|\s*[{\[]|[a-z_]\w*\[|POST |GET |HTTP/")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def glued_at(text: str) -> int:
    """Return the offset at which a debug line begins in the middle of ``text``, or -1."""
    match = _GLUED.search(text)
    return match.start() if match else -1


class DebugLines:
    """Decides line by line; remembers whether an HTTP head or a JSON value is still going on."""

    def __init__(self) -> None:
        self._depth = 0
        self._word_cut = False
        self._in_head = False

    def suspects(self, text: str) -> bool:
        """Tell whether an unfinished line may become debug output; forgets it again."""
        return self._in_head or self._depth > 0 or _CANDIDATE.match(text) is not None

    def owns(self, line: str) -> bool:
        """Tell whether ``line`` (without line break) is debug output."""
        if not self._in_head and not self._depth and not _CANDIDATE.match(line):
            return False
        stamp = _STAMPED.match(line)
        body = line[stamp.end() :] if stamp else line
        if self._in_head:
            if not body.strip():
                # The blank line behind the head; the body follows.
                self._in_head = False
                return True
            if _HEADER.match(body):
                return True
            self._in_head = False
        if _HTTP.match(body):
            self._in_head = True
            return True
        inside = self._depth > 0 and (
            (self._word_cut and _WORD_REST.match(body) is not None) or _JSON_INSIDE.match(body) is not None
        )
        if inside or _JSON_START.match(body):
            self._follow(body)
            return True
        self._depth = 0
        self._word_cut = False
        if _MARKED.match(line):
            brace = body.find("{")
            if brace >= 0:
                self._follow(body[brace:])
            return True
        return False

    def _follow(self, text: str) -> None:
        """Keep count of open braces. Debug JSON may be cut within a word, and may be invalid (article 308115).

        [fact: debug-json-broken]
        """
        if self._word_cut and '"' in text:
            text = text[text.index('"') + 1 :]
        rest = _STRING.sub("", text)
        opened = rest.count("{") + rest.count("[") - rest.count("}") - rest.count("]")
        self._depth = max(0, self._depth + opened)
        # An odd quote with a letter or digit at the end: the line broke inside a value, such as a seed.
        tail = rest.rstrip()
        self._word_cut = ('"' in rest and bool(tail) and tail[-1].isalnum()) or (self._word_cut and '"' not in text)
