# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is PRIVATE to the collection. It can have breaking changes at any time.

"""Takes secrets out of what a unit prints: by the form they stand in, and by value once a value is known.

That a secret is there stays visible (``set seed <redacted>``), because triage asks whether a token has a seed.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate

MARK = "<redacted>"

# Shorter values occur by chance in names and numbers.
_MIN_LENGTH = 6
# Words of the command line itself: a password of that text must not blank the configuration.
_NEVER = frozenset(
    """
    active admin administrator config configuration default device disable enable fortigate fortinet fortitoken global
    hardware mobile password provisioned reachable serial-number status system two-factor unknown
    """.split()  # noqa: SIM905
)
_MANY = 128
_MAX_VALUES = 200_000

# Attributes of FortiOS whose value is a secret: the CLI reference's "user fortitoken" (seed, activation-code, reg-id),
# and those that the unit itself stores as ENC.
_ATTRIBUTE = (
    r"(?:seed|activation-code|reg-id|passwd|password|passphrase|psksecret|secret|private-key|api-key|auth-pwd|priv-pwd"
    r"|[a-z0-9-]*-(?:passwd|password|secret|passphrase))\d?"
)
# `set seed "..."`, `set passwd ENC ...`; a value in quotes may run over several lines.
_SET = re.compile(
    rf'^([ \t]*(?:[-+][ \t]*)?set[ \t]+{_ATTRIBUTE}[ \t]+)("(?:[^"\\]|\\.)*"|\S[^\r\n]*)', re.MULTILINE | re.DOTALL
)
# `get` inside an entry: `activation-code     : ABCD...`; an empty value stays empty.
_GET = re.compile(rf"^([ \t]*{_ATTRIBUTE}[ \t]*:[ \t]*)(\S[^\r\n]*)$", re.MULTILINE)
_ENC = re.compile(r'\bENC[ \t]+"?([A-Za-z0-9+/=_-]{4,})')
# Redemption code of FortiToken Mobile, five groups of four (Fortinet article 194508). The code of the free trial
# tokens, all zeros, is printed in Fortinet's documents.
_LICENCE_CODE = re.compile(
    r"(?<![0-9A-Za-z-])(?!0000-0000-0000-0000-0000)([0-9A-Fa-f]{4}(?:-[0-9A-Fa-f]{4}){4})(?![0-9A-Za-z-])"
)
# Keys and values of the activation dialogue in debug output (Fortinet article 308115): the seed is in clear there. The
# article shows a key whose first quote is missing.
_JSON = re.compile(
    r'(?:"|(?<![\w-]))(?!error_code"|status_code")[\w-]{0,40}?(?:seed|code|passwd|password|secret|reg_?id)[\w-]{0,20}"'
    r'\s*:\s*"((?:[^"\\]|\\.)*\\?)("|$)',
    re.IGNORECASE,
)
_COLON = re.compile(r'"\s*:')
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
# A line that a daemon begins with its mark (Fortinet articles 194508 and 308115), or a mail daemon with its name: no
# part of a secret that was cut by a line break looks so.
_MARKED = re.compile(
    r"\[\d+\] ?[a-z_]\w*[:.\- ]|[a-z_]\w*\[\d+\]: ?|(?:POST|GET) /|HTTP/\d\.\d |import fortitoken |\s*\d+: date="
    r"|(?:alertmail|smtp|fnbamd|forticldd)\w*(?:\(\d+\))?: |Debug messages will be ",
    re.IGNORECASE,
)
# What stands behind the last quote of a text for longer than this is no string that goes on.
_LONGEST_STRING = 400
# "Token activation code sent" events and the mail itself (Fortinet articles 190967 and 276480): 16 characters, base 32.
_CODE_LINE = re.compile(r"[^\n]*activation[^\n]*", re.IGNORECASE)
_CODE = re.compile(r"(?<![0-9A-Za-z])(?!FTK|FG|FW)([A-Z2-7]{16})(?![0-9A-Za-z])")
# A bare seed: 40 hexadecimal digits (Fortinet article 308115), and whatever else of that kind. Fingerprints look alike,
# so only debug output is searched.
_BARE_SEED = re.compile(r"(?<![0-9A-Za-z])([0-9a-fA-F]{32,})(?![0-9A-Za-z])")
# How debug output or an event may name a secret otherwise: seed=..., seed[...], "seeds": ["..."], <seed>...</seed>.
_KEYED = re.compile(
    r"(?<![\w-])[\w-]*(?:seed|activation[_-]?code|secret|passw(?:or)?d)[\w-]*\\?[\"']?[ \t]*[:=\[>][ \t\[\\\"']*"
    r"([^\s\"'\\\[\]<>,}]{8,})",
    re.IGNORECASE,
)
# A mail shows the code on a line of its own (article 276480). Serial numbers have the same length.
_BARE_CODE = re.compile(r"(?<![0-9A-Za-z])(?!FTK|FG|FW)([A-Z2-7]{16})(?![0-9A-Za-z])")
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)(.*?)(-----END|\Z)", re.DOTALL)

_RUN = re.compile(r"[A-Za-z0-9]{4,}")


def _boundary(text: str, start: int, end: int) -> bool:
    """Tell whether text[start:end] stands alone, not inside a longer word."""
    before = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    after = end >= len(text) or not (text[end].isalnum() and text[end - 1].isalnum())
    return before and after


class _Dialogue:
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
        stamp = _STAMP.match(line)
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


class Redactor:
    """Replaces secrets by ``<redacted>`` and remembers every value that it met or was told."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: dict[str, None] = {}
        self._by_run: dict[str, list[str]] = {}
        self._without_run: list[str] = []
        for value in values:
            self.register(value)

    def register(self, value: str) -> None:
        """Remember a secret; from now on it is replaced wherever it stands alone in a text.

        Values of fewer than six characters, and words of the FortiOS command line, are not remembered.
        """
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] == '"':
            value = value[1:-1]
        known = value in self._values or len(self._values) >= _MAX_VALUES
        if known or len(value) < _MIN_LENGTH or value.lower() in _NEVER or MARK in value:
            return
        self._values[value] = None
        run = _RUN.search(value)
        if run:
            self._by_run.setdefault(run.group(0), []).append(value)
        else:
            self._without_run.append(value)

    def redact(self, text: str, debug: bool = False) -> str:
        """Return ``text`` without secrets.

        debug: the text is debug output: bare seeds and codes are searched as well, and JSON values split over lines.
        """
        if not text:
            return text
        text = self._forms(text)
        # Only debug output breaks a key or a value over lines.
        if '"' in text and (debug or _COLON.search(text)):
            text = self._json(text)
        if debug:
            text = self._learn_and_replace(_KEYED, text)
            text = self._learn_and_replace(_BARE_SEED, text)
            text = self._learn_and_replace(_BARE_CODE, text)
        return self._by_value(text)

    @staticmethod
    def is_open(text: str) -> bool:
        """Tell whether debug text ends inside something that may turn out to be a secret once more of it arrives."""
        dialogue = _Dialogue()
        for line in text.split("\n"):
            dialogue.add(line.rstrip("\r"))
        return dialogue.open

    def _learn_and_replace(self, pattern: re.Pattern[str], text: str, group: int = 1) -> str:
        def replace(match: re.Match[str]) -> str:
            self.register(match.group(group))
            whole, start = match.group(0), match.start()
            return whole[: match.start(group) - start] + MARK + whole[match.end(group) - start :]

        return pattern.sub(replace, text)

    def _forms(self, text: str) -> str:
        def attribute(match: re.Match[str]) -> str:
            value = match.group(2)
            # An ENC blob is encrypted anew each time the unit shows it, so its text is not worth remembering.
            if value != MARK and "ENC " not in value:
                self.register(value.removesuffix(" <---"))
            grep_mark = " <---" if value.endswith(" <---") else ""
            return match.group(1) + MARK + grep_mark

        text = _SET.sub(attribute, text)
        text = _GET.sub(attribute, text)
        if "ENC" in text:
            text = _ENC.sub(f"ENC {MARK}", text)
        if "-----BEGIN" in text:
            text = _PRIVATE_KEY.sub(rf"\1{MARK}\3", text)
        text = self._learn_and_replace(_LICENCE_CODE, text)
        if "ctivation" in text or "CTIVATION" in text:
            text = _CODE_LINE.sub(lambda match: self._learn_and_replace(_CODE, match.group(0)), text)
        return text

    def _json(self, text: str) -> str:
        """Blank secret JSON values, also where line breaks fall into the key or the value.

        The time at the beginning of a line, and whole lines of other daemons, may stand inside of a secret; they stay.
        """
        lines = text.split("\n")
        offsets = list(accumulate((len(line) + 1 for line in lines), initial=0))
        dialogue = _Dialogue()
        for line in lines:
            dialogue.add(line)
        cuts = [(offsets[number] + head, offsets[number + 1] - 1, MARK) for number, head in dialogue.hidden]
        for stream in dialogue.streams:
            bodies = [lines[number][head:] for number, head in stream]
            starts = list(accumulate(map(len, bodies), initial=0))
            for match in _JSON.finditer("".join(bodies)):
                value, start, end = match.group(1), match.start(1), match.end(1)
                if not value.replace(MARK, ""):
                    continue
                self.register(value)
                for index in range(bisect_right(starts, start) - 1, bisect_left(starts, end)):
                    number, head = stream[index]
                    base = offsets[number] + head - starts[index]
                    # One mark stands for the secret, on however many lines it is.
                    mark = MARK if starts[index] <= start else ""
                    cuts.append((base + max(start, starts[index]), base + min(end, starts[index + 1]), mark))
        pieces = []
        done = 0
        for start, end, mark in sorted(cuts):
            pieces += [text[done:start], mark]
            done = end
        return "".join([*pieces, text[done:]]) if pieces else text

    def _by_value(self, text: str) -> str:
        if not self._values:
            return text
        spans = []
        if len(self._values) <= _MANY:
            for value in self._values:
                spans += self._find(text, value)
        else:
            for value in self._without_run:
                spans += self._find(text, value)
            for run in _RUN.finditer(text):
                for value in self._by_run.get(run.group(0), ()):
                    start = run.start() - value.index(run.group(0))
                    if start >= 0 and text.startswith(value, start) and _boundary(text, start, start + len(value)):
                        spans.append((start, start + len(value)))
        if not spans:
            return text
        pieces = []
        done = 0
        for start, end in sorted(spans):
            if end <= done:
                continue
            if start >= done:
                pieces += [text[done:start], MARK]
            done = end
        return "".join([*pieces, text[done:]])

    @staticmethod
    def _find(text: str, value: str) -> list[tuple[int, int]]:
        spans = []
        start = text.find(value)
        while start >= 0:
            if _boundary(text, start, start + len(value)):
                spans.append((start, start + len(value)))
            start = text.find(value, start + len(value))
        return spans
