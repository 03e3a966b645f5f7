# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes secrets out of what a unit prints: by the form they stand in, and by value once a value is known.

That a secret is there stays visible (``set seed <redacted>``), because triage asks whether a token has a seed.

Configuration is read with the grammar of the parsers. Only values of ``set`` are ever touched in it: no entry, name or
keyword can disappear, and nothing inside a value counts as a statement. A listing has the same statements afterwards.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli import dialogue, encodings, key_material
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import (
    WORD,
    scan,
    words,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.secret_forms import (
    FORMS,
    MARK,
    NAMES,
    Form,
    is_secret_attribute,
    known_serials,
)

__all__ = ["MARK", "Redactor"]

#: Shorter values occur by chance in names and numbers.
MIN_LENGTH = 6
#: Longer values are taken out where they stand, and not looked for elsewhere.
MAX_LENGTH = 300
_MAX_VALUES = 200_000
_MAX_NAMES = 500_000
#: Of values that share their first letters so many lengths are looked for, so that the time stays linear.
_MAX_SHAPES = 16
#: So many values are looked for in Base64 as well: those of the play come first.
_MAX_ENCODED = 64
# Words of the command line itself: a password of that text must not blank what the unit prints. They are compared as
# the unit writes them: a password in other letters is not such a word.
_NEVER = frozenset(
    """
    accept access active admin administrator config configuration console default device disable disabled enable enabled
    execute fortigate fortinet fortitoken fortitoken-cloud global hardware local member mobile network none password
    provisioned provisioning radius reachable read-only read-write redacted secondary serial-number service standalone
    status super_admin super_admin_readonly system token two-factor unknown unreachable username
    """.split()  # noqa: SIM905
) | frozenset(
    ("DRIFT", "FORTITOKEN", "FortiGate", "FortiToken", "Fortinet", "Primary", "STATUS", "Secondary", "Serial-Number")
)
_RUN = re.compile(r"[A-Za-z0-9]{4,}")
_COLON = re.compile(r'"\s*:')
#: Answers to these lines are configuration or a table that the parsers read. Every other answer may hold what debug
#: output holds; what `forticldd 7` and the event log print is not documented.
_PARSED = re.compile(
    r"\s*(?:show|get|config|edit|set|unset|delete|next|end|abort)\b|\s*diagnose\s+fortitoken\s+info\b"
    r"|\s*execute\s+(?:ping|config-transaction|fortitoken|cfg)\b|\s*diagnose\s+sys\b|\s*print\b"
)

# An attribute as a listing has it: nothing in it is protected or quoted.
_PLAIN_ATTRIBUTE = re.compile(r"[a-z0-9_+-]+")
#: Up to so many first runs, each is looked for by itself; more are looked for together.
_FEW_RUNS = 40

Cut = tuple[int, int, bool]


def _boundary(text: str, start: int, end: int) -> bool:
    """Tell whether text[start:end] stands alone, not inside a longer word."""
    before = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    after = end >= len(text) or not (text[end].isalnum() and text[end - 1].isalnum())
    return before and after


def _escaped(text: str, at: int) -> bool:
    """Tell whether the character at ``at`` stands behind an odd number of backslashes."""
    first = at
    while first and text[first - 1] == "\\":
        first -= 1
    return (at - first) % 2 == 1


def _value(rest: str, end: int) -> tuple[str, int]:
    """Return the attribute of a ``set`` statement, and where the value begins that may be cut, -1 for none."""
    word = WORD.match(rest)
    if word is None:
        return "", -1
    attribute = word[1] or word[2] or ""
    behind = rest[word.end() :]
    if attribute in NAMES or not behind[:1].isspace() or not behind.strip():
        return attribute, -1
    return attribute, end - len(behind.lstrip())


class _Layout:
    """Where the statements of a text are, and what of them may be cut."""

    def __init__(self, text: str) -> None:
        self.lines: list[int] = []
        self.ends: list[int] = []
        #: Where the value begins that may be cut; -1 for none.
        self.values: list[int] = []
        #: A quote is open somewhere: one more or one less in the lines behind it would hide or show statements.
        self.open = False
        for keyword, rest, line, end, closed in scan(text):
            self.lines.append(line)
            self.ends.append(end)
            self.values.append(_value(rest, end)[1] if keyword == "set" else -1)
            self.open = self.open or not closed

    def at(self, position: int) -> int:
        """Return the number of the statement in which a position is, or -1."""
        number = bisect_right(self.lines, position) - 1
        return number if number >= 0 and position < self.ends[number] else -1

    def clip(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the pieces of text[start:end] that may be replaced and change no statement but in its value."""
        while start < end:
            number = self.at(start)
            if number >= 0:
                stop = self.ends[number]
                allowed = self.values[number]
                if allowed >= 0:
                    yield from self._between_quotes(text, max(start, allowed), min(end, stop))
            else:
                following = bisect_right(self.lines, start)
                stop = self.lines[following] if following < len(self.lines) else len(text) + 1
                # The line break in front of a statement stays.
                last = min(end, stop - 1)
                if self.open:
                    yield from self._between_quotes(text, start, last)
                elif last > start:
                    yield start, last
            start = max(stop, start + 1)

    @staticmethod
    def _between_quotes(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Leave quotes where they are, and take a character with the backslash that protects it."""
        quote = text.find('"', start, end)
        while quote >= 0:
            if not _escaped(text, quote):
                if quote > start:
                    yield start, quote
                start = quote + 1
            quote = text.find('"', quote + 1, end)
        if end > start and end < len(text) and text[end - 1] == "\\" and _escaped(text, end) and text[end] != "\n":
            end += 1
        if end > start:
            yield start, end


class _Secrets:
    """The values of secret attributes in a text, in order, each cut as a whole.

    What else is found inside of one is of no account: it goes with the value, and nothing is learned from it.
    """

    def __init__(self) -> None:
        self.cuts: list[Cut] = []
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, text: str, start: int, end: int, cut: int) -> None:
        """Take a value, and how far it is cut; nothing where there is nothing to be taken out."""
        if text[start:cut] not in ('""', MARK):
            self.cuts.append((start, cut, True))
            self._starts.append(start)
            self._ends.append(end)

    def cover(self, start: int, end: int) -> bool:
        """Tell whether a piece of the text lies inside of a value."""
        number = bisect_right(self._starts, start) - 1
        return number >= 0 and end <= self._ends[number]


class Redactor:
    """Replaces secrets by ``<redacted>`` and remembers every value that it met or was told.

    values: secrets to begin with. known: serials, names and addresses that are no secrets, whatever they look like.
    """

    def __init__(self, values: Iterable[str] = (), known: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._told: set[str] = set()
        #: First run of letters and digits of a value -> (offset of the run, length of the value).
        self._shapes: dict[str, set[tuple[int, int]]] = {}
        self._without_run: list[str] = []
        self._cores: set[str] = set()
        self._known: set[str] = set()
        self.keep(known)
        for value in values:
            self.register(value)

    def keep(self, names: Iterable[str]) -> None:
        """Remember what is no secret: names, hosts, VDOMs and serials. They win over a secret of the same text."""
        for name in names:
            if name and len(self._known) < _MAX_NAMES:
                self._known.add(name)
                self._values.discard(name)
                self._told.discard(name)

    def register(self, value: str) -> None:
        """Remember a secret; from now on it is replaced wherever it stands alone in a text, also as a quoted argument,
        in JSON, in an address and in Base64.

        Values of fewer than six characters, words of the FortiOS command line, and what ``keep`` was told are not
        remembered.
        """
        value = self._bare(value)
        if not self._is_worth(value):
            return
        first = value not in self._told
        self._told.add(value)
        for form in encodings.written(value):
            if self._is_worth(form):
                self._index(form, told=True)
        if first and len(self._told) <= _MAX_ENCODED:
            self._cores |= encodings.base64_cores(value)

    def answer(self, line: str, output: str) -> str:
        """Return the unit's answer to ``line`` without secrets; what the line was decides how it is searched."""
        self._note_serials(line)
        return self.redact(output, debug=_PARSED.match(line) is None)

    def redact(self, text: str, debug: bool = False) -> str:
        """Return ``text`` without secrets.

        debug: the text is debug output or events, not configuration: bare seeds and codes are searched as well, and
        JSON values split over lines.
        """
        if not text:
            return text
        self._note_serials(text)
        secrets = self._read(text, debug)
        layout: _Layout | None = None
        cuts: list[Cut] = []
        for start, end, learn in self._by_form(text, debug):
            if secrets.cover(start, end) and not debug:
                continue
            cuts.append((start, end, True))
            # Free text in a configuration is somebody's words: what looks like a secret goes, and teaches nothing.
            if learn and not debug:
                layout = layout or _Layout(text)
            if learn and (layout is None or layout.at(start) < 0):
                self._learn(text[start:end])
        # Only debug output breaks a key or a value over lines.
        if '"' in text and (debug or _COLON.search(text)):
            found = dialogue.find(text)
            for value in found.values:
                self._learn(value)
            cuts += [cut for cut in found.cuts if cut[1] > cut[0]]
        cuts += [(start, end, True) for start, end in key_material.find(text, debug)]
        cuts += [(start, end, True) for start, end in self._by_value(text)]
        if not debug:
            cuts = [cut for cut in cuts if not secrets.cover(cut[0], cut[1])]
            cuts = self._clipped(text, layout or _Layout(text), cuts) if cuts else []
        return self._replace(text, [*secrets.cuts, *cuts])

    @staticmethod
    def is_open(text: str) -> bool:
        """Tell whether debug text ends inside something that may turn out to be a secret once more of it arrives."""
        return dialogue.is_open(text)

    # What is known

    @staticmethod
    def _bare(value: str) -> str:
        value = value.strip()
        return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value

    def _is_worth(self, value: str) -> bool:
        return (
            len(value) >= MIN_LENGTH
            and value not in _NEVER
            and value not in self._known
            and MARK not in value
            and value not in MARK
        )

    def _learn(self, value: str) -> None:
        """Remember a secret that was met. Never what spans a line break: it may be a piece of the configuration."""
        value = self._bare(value)
        if len(value) <= MAX_LENGTH and "\n" not in value and "\r" not in value and self._is_worth(value):
            self._index(value)

    def _index(self, value: str, told: bool = False) -> None:
        if value in self._values or len(self._values) >= _MAX_VALUES:
            return
        run = _RUN.search(value)
        if run is None:
            if told:
                self._values.add(value)
                self._without_run.append(value)
            return
        shapes = self._shapes.setdefault(run.group(), set())
        shape = (run.start(), len(value))
        if told or shape in shapes or len(shapes) < _MAX_SHAPES:
            shapes.add(shape)
            self._values.add(value)

    def _note_serials(self, text: str) -> None:
        for serials in known_serials(text):
            if len(self._known) < _MAX_NAMES:
                self._known.update(serials.split())

    # Where secrets are

    def _read(self, text: str, debug: bool) -> _Secrets:
        """Read the text as configuration: the values of secret attributes. Entries are kept, secrets are learned."""
        found = _Secrets()
        names: list[str] = []
        # Attribute -> whether its value may be a secret; those that are written in an unusual way are not in it.
        known: dict[str, bool] = {}
        for keyword, rest, _line, end, closed in scan(text):
            if keyword == "edit":
                names.append(rest)
            elif keyword == "set":
                first = rest.partition(" ")[0]
                if not known.get(first, True):
                    continue
                if _PLAIN_ATTRIBUTE.fullmatch(first):
                    known[first] = is_secret_attribute(first)
                attribute, value = _value(rest, end)
                if value >= 0 and is_secret_attribute(attribute):
                    # A value without an end goes on to the end of an answer that was cut short.
                    found.add(text, value, end, end if closed or debug else len(text))
        self.keep(name for name in map(_first_word, names) if name not in self._told)
        for start, end, _first in found.cuts:
            # What is encrypted is encrypted anew each time the unit shows it.
            if not text[start:end].lstrip('"').startswith("ENC"):
                self._learn(" ".join(words(text[start:end])))
        return found

    def _by_form(self, text: str, debug: bool) -> Iterator[tuple[int, int, bool]]:
        """Yield (start, end, whether it is worth looking for elsewhere) of what stands in the form of a secret."""
        lower = text.lower()
        for form in FORMS:
            if (form.debug and not debug) or not form.may_be_in(text, lower):
                continue
            for start, end in _spans(form, text):
                value = text[start:end]
                if value not in self._known and value.replace(MARK, "").strip("\" '"):
                    yield start, end, form.learn and "ENC " not in value

    def _by_value(self, text: str) -> Iterator[tuple[int, int]]:
        for value in self._without_run:
            start = text.find(value) if value in self._values else -1
            while start >= 0:
                if _boundary(text, start, start + len(value)):
                    yield start, start + len(value)
                start = text.find(value, start + len(value))
        if self._runs_in(text):
            for run in _RUN.finditer(text):
                for offset, length in self._shapes.get(run.group(), ()):
                    start = run.start() - offset
                    found = start >= 0 and text[start : start + length] in self._values
                    if found and _boundary(text, start, start + length):
                        yield start, start + length
        if self._cores:
            yield from encodings.find_cores(text, self._cores)

    def _runs_in(self, text: str) -> bool:
        """Tell whether the first run of a known value is in a text, with one look at each of its characters."""
        if len(self._shapes) <= _FEW_RUNS:
            return any(run in text for run in self._shapes)
        return not self._shapes.keys().isdisjoint(_RUN.findall(text))

    # Taking them out

    @staticmethod
    def _clipped(text: str, layout: _Layout, cuts: list[Cut]) -> list[Cut]:
        kept: list[Cut] = []
        for start, end, _first in cuts:
            number = layout.at(start)
            if number >= 0 and start == layout.values[number] and end >= layout.ends[number]:
                # The whole value of a statement, with its quotes.
                kept.append((start, end, True))
            else:
                kept += [(first, last, True) for first, last in layout.clip(text, start, end)]
        return kept

    @staticmethod
    def _replace(text: str, cuts: list[Cut]) -> str:
        if not cuts:
            return text
        pieces = []
        done = 0
        for start, end, marked in sorted(cuts, key=lambda cut: (cut[0], -cut[1], not cut[2])):
            if start >= done:
                pieces += [text[done:start], MARK if marked else ""]
            done = max(done, end)
        return "".join([*pieces, text[done:]])


def _first_word(rest: str) -> str:
    """Return the name of an entry."""
    if len(rest) > 2 and rest[0] == rest[-1] == '"' and "\\" not in rest and rest.count('"') == 2:
        # Nearly every entry of a listing.
        return rest[1:-1]
    return next(iter(words(rest)), "")


def _spans(form: Form, text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the secrets of one form."""
    for begin, end in _lines_with(form.line_with, text) if form.line_with else [(0, len(text))]:
        for match in form.pattern.finditer(text, begin, end):
            yield match.span(match.lastgroup or 0)


def _lines_with(word: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield the lines in which a word is, in capitals or not."""
    position = 0
    for match in re.finditer(word, text, re.IGNORECASE):
        if match.start() >= position:
            end = text.find("\n", match.end())
            position = len(text) if end < 0 else end
            yield text.rfind("\n", 0, match.start()) + 1, position
