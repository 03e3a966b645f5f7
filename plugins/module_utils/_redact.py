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
# Keys and values of the activation dialogue in debug output (Fortinet article 308115): the seed is in clear there.
_JSON = re.compile(
    r'"(?!error_code"|status_code")[\w-]{0,40}?(?:seed|code|passwd|password|secret|reg_?id)[\w-]{0,20}"'
    r'\s*:\s*"([^"]*)("|$)',
    re.IGNORECASE,
)
_JSON_OPEN = re.compile(r'"[^"{}]{0,400}$|"\s*:\s*$|"[\w-]{1,60}"\s*$')
# "Token activation code sent" events and the mail itself (Fortinet articles 190967 and 276480): 16 characters, base 32.
_CODE_LINE = re.compile(r"[^\n]*activation[^\n]*", re.IGNORECASE)
_CODE = re.compile(r"(?<![0-9A-Za-z])(?!FTK|FG|FW)([A-Z2-7]{16})(?![0-9A-Za-z])")
# A bare seed: 40 hexadecimal digits (Fortinet article 308115). Fingerprints look alike, so only debug output is
# searched.
_BARE_SEED = re.compile(r"(?<![0-9A-Za-z])([0-9a-fA-F]{40})(?![0-9A-Za-z])")
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)(.*?)(-----END|\Z)", re.DOTALL)

_RUN = re.compile(r"[A-Za-z0-9]{4,}")


def _boundary(text: str, start: int, end: int) -> bool:
    """Tell whether text[start:end] stands alone, not inside a longer word."""
    before = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    after = end >= len(text) or not (text[end].isalnum() and text[end - 1].isalnum())
    return before and after


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

        debug: the text is debug output: bare seeds are searched as well, and JSON values split over lines.
        """
        if not text:
            return text
        text = self._forms(text)
        text = self._json(text)
        if debug:
            text = self._learn_and_replace(_BARE_SEED, text)
        return self._by_value(text)

    @staticmethod
    def is_open(text: str) -> bool:
        """Tell whether debug text ends inside something that may turn out to be a secret once more of it arrives."""
        flat = text[-800:].replace("\n", "").replace("\r", "")
        return _JSON_OPEN.search(flat) is not None

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
        """Blank secret JSON values, also where line breaks fall into the key or the value."""
        if '"' not in text:
            return text
        breaks = [match.start() for match in re.finditer("\n", text)]
        flat = text.replace("\n", "")
        # breaks[i] - i is the offset in ``flat`` at which the i-th line break was.
        at_flat = [position - index for index, position in enumerate(breaks)]
        pieces = []
        done = 0
        for match in _JSON.finditer(flat):
            if not match.group(1) or match.group(1) == MARK:
                continue
            self.register(match.group(1))
            start = match.start(1) + bisect_right(at_flat, match.start(1))
            end = match.end(1) + bisect_left(at_flat, match.end(1))
            pieces += [text[done:start], MARK, "\n" * text.count("\n", start, end)]
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
