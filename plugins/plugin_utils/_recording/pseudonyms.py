# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replaces names and secrets in a recorded session, so that its structure stays and nobody is named.

Only what is known to be harmless stays: words of FortiOS and of common English, short numbers, dates, versions. The
rest is replaced character by character, by one of the same kind: lengths, alphabets and the borders of pieces stay.
Within a recording the same text always becomes the same text, and what begins alike still does: a unit cuts long names.
The key is forgotten with the session, so that nobody can undo it.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
import re
import secrets
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from urllib.parse import quote, quote_plus

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.transcript import cleaned, hosts
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.format import Event
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.vocabulary import CLI, WORDS

_LETTER = "A-Za-z0-9\u0080-\ud7ff\udc80-\udcff\ue000-\U0010ffff"
_TOKEN = re.compile(rf"[{_LETTER}]+(?:[-_.@+][{_LETTER}]+)*")
_RUN = re.compile(rf"[{_LETTER}]+")
_PARTS = re.compile(r"[-_.@+]")
_PART = re.compile(r"([A-Za-z]*)(\d{0,5})")
# Short numbers, dates, versions, models (`FortiGate-60F-POE`, `FortiGate-VM64-KVM`), the code of trial tokens, and the
# VDOMs that units have for themselves. They stay even where somebody has given something that name.
_HARMLESS = re.compile(
    r"\d{1,5}|\d{4}-\d\d-\d\d|v?\d{1,3}\.\d{1,3}(?:\.\d{1,3})?|build\d+"
    r"|Forti(?:Gate|WiFi|GateRugged|OS|Token|Guard|Care|Cloud|Manager|Analyzer|Client|Authenticator|Explorer)"
    r"(?:-(?:\d{2,4}[A-Z]{1,3}|VM\d{0,2}[A-Z]?|ARM64|KVM|AWS|AZURE|GCP|OCI|HV|XEN|POE|DSL|DC|2R|3G4G|LENC))*"
    r"|F[GWO][0-9A-Z]{2,5}-\d+\.\d+\.\d+-FW-build\d+-\d+|0000-0000-0000-0000-0000|vsys_(?:ha|fgfm|hamgmt)|dmgmt-vdom"
)
# Functions of daemons, and Fortinet's own servers.
_FORTINETS = re.compile(
    r"(?:ftm|fds|fnbam[a-z]*|fcp)_[a-z_]+|(?:[a-z0-9-]+\.)+(?:fortinet|fortiguard|forticloud)\.(?:com|net)"
)
# Nothing but digits and separators, but no numbers: redemption codes, MAC addresses, telephone numbers.
_NUMBERS = re.compile(r"(?:[0-9A-Fa-f]{4}-){4}[0-9A-Fa-f]{4}|(?:\d\d-){5}\d\d|\d{4}\.\d{4}\.\d{4}|\d{3}-\d{3}-\d{4}")
_PHONE = re.compile(r"(?<![\w+])\+\d{1,3}(?:[ ()/.-]{1,2}\d{1,5}){2,6}(?!\d)")
# What shows the model of a token, of a unit, or the kind of a license stays; the rest of a serial does not.
_SERIAL = re.compile(r"(FTKMOB|FTK\d{3}|FTMTRIAL|EFTM)[0-9A-Z]+|(F[GW][0-9A-Z]{4})[0-9A-Z]{10}")
_IPV4 = re.compile(r"(?<![\d.])(?!127\.|255\.|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)")
_COLONS = re.compile(
    r"(?<![\w:])(?=[0-9A-Fa-f:]*(?:::|(?::[0-9A-Fa-f]+){4}))[0-9A-Fa-f:]{3,45}(?:(?:\.\d{1,3}){3})?(?![\w:])"
)
_CUT = re.compile(rf"([{_LETTER}_.-]{{2,}})~([{_LETTER}_.-]{{1,8}})")

# Longer values than any that names something.
_QUOTED = r'"(?:[^"\\]|\\.){0,4000}"'
_NAMED = (
    re.compile(rf"^[ \t]*(?:[^\n]*[#$] )?(?:edit|delete|rename)[ \t]+({_QUOTED}|\S+)", re.MULTILINE | re.DOTALL),
    re.compile(r"\bcurrent vf=([^:\s]+):|^name=([^/\s]+)/|^Current virtual domain: *(\S+)", re.MULTILINE),
    re.compile(r"^ *Hostname: *(\S.*?) *$", re.MULTILINE),
    re.compile(r"^(?:Primary|Secondary|Master|Slave) *: *([^,\n]+?) *,", re.MULTILINE),
    re.compile(r"\b(?:user|name|group|devname|ui|from|to)=\"([^\"\n]+)\""),
)
_SET = re.compile(
    rf"^[ \t]*(?:[^\n\"]*[#$] )?set[ \t]+([a-z0-9-]+)[ \t]+((?:{_QUOTED}|[^\s\"]+)(?:[ \t]+(?:{_QUOTED}|[^\s\"]+))*)",
    re.MULTILINE | re.DOTALL,
)
_WORD = re.compile(rf"({_QUOTED})|([^\s\"]+)", re.DOTALL)
# What follows such a word is a secret, whatever it looks like.
_KEYED = re.compile(
    r"(?<![A-Za-z0-9])(?:passw\w*|passphrase|secret|seed|psk\w*|api-?key|pin|otp|passcode|[\w-]*activation[_-]?code"
    r"|(?:token|verification|access|one-time)[ _-]?code)\"?[ \t]*(?:is|[:=])[ \t]*\"?"
    r"([^\s\"',;}\]]{3,})",
    re.IGNORECASE,
)
_SECRET_ATTRIBUTE = re.compile(r"seed|pass|secret|psk|key|code|reg-id|comment|e?mail|phone|alias|location|contact")
_SHORT = 3
_LONG = 96

# A character of another script, as JSON writes it.
_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}")
_PERCENT = re.compile(r"%[0-9A-F]{2}")


def _plain(text: str) -> str:
    return text


def _in_cli(text: str) -> str:
    return re.sub(r"([\\\"'])", r"\\\1", text)


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _in_url(text: str) -> str:
    return quote(text, safe="", errors="surrogateescape")


def _in_form(text: str) -> str:
    return quote_plus(text, safe="", errors="surrogateescape")


def _in_lower_url(text: str) -> str:
    return _PERCENT.sub(lambda match: match[0].lower(), _in_url(text))


#: How configuration and debug output write a name: what stands for the name is written in the same way.
_CODINGS: tuple[Callable[[str], str], ...] = (_plain, _in_cli, _in_json, _in_url, _in_form, _in_lower_url)


class Pseudonyms:
    """Replaces names and secrets. known: texts that are to be replaced in any case, such as the password."""

    def __init__(self, known: Iterable[str] = (), key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)
        self._known = [text for text in known if len(text) >= _SHORT]
        self._names: set[str] = set()
        #: The names in lower case: who logs in may type a name in other letters.
        self._folded: set[str] = set()
        self._hosts: list[str] = []
        self._made: dict[str, str] = {}

    def apply(self, events: Sequence[Event]) -> list[Event]:
        """Return the events with the same lengths and borders. Raises ValueError where that cannot be done."""
        received = self._joined(events, sent=False)
        typed = self._joined(events, sent=True)
        self._learn(cleaned(received), cleaned(typed.replace("\x16", "")))
        pieces = {False: _cut(self.replace(received), received), True: _cut(self.replace(typed), typed)}
        at = {False: 0, True: 0}
        result = []
        for event in events:
            begin = at[event.sent]
            at[event.sent] += len(event.data)
            result.append(replace(event, data=pieces[event.sent][begin : at[event.sent]]))
        return result

    @staticmethod
    def _joined(events: Iterable[Event], sent: bool) -> str:
        return b"".join(event.data for event in events if event.sent == sent).decode("utf-8", "surrogateescape")

    # Names

    def _learn(self, received: str, typed: str) -> None:
        for secret in self._known:
            self._add(secret, secret=True)
        self._hosts = hosts(received)
        found = list(self._hosts)
        for text in (received, typed):
            for pattern in _NAMED:
                found += [name for match in pattern.finditer(text) for name in match.groups() if name]
            found += self._values(text)
            found += [match[1] for match in _KEYED.finditer(text)]
        for name in found:
            self._add(name)

    @staticmethod
    def _values(text: str) -> Iterator[str]:
        """Yield the values of `set` lines that are not words of FortiOS or small numbers."""
        for match in _SET.finditer(text):
            for word in _WORD.finditer(match[2]):
                value = word[0].strip('"')
                if _SECRET_ATTRIBUTE.search(match[1]) or not _is_cli(value):
                    yield word[0]

    def _add(self, name: str, secret: bool = False) -> None:
        """Note a name. secret: also where it is a number, or looks like a word of FortiOS with a number."""
        quoted = len(name) > 1 and name[0] == name[-1] == '"'
        inner = name[1:-1] if quoted else name
        for text in (inner, re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)):
            # The lines of a value are printed with line ends of their own, and a page may end between them.
            for form in (line.strip() for line in text.split("\n")):
                known = form in CLI if secret else _is_cli(form) or _HARMLESS.fullmatch(form)
                # A name that was cut is replaced like the whole one.
                if len(form) >= _SHORT and "~" not in form and not known:
                    self._names.add(form)
                    self._folded.update({form.lower()} - CLI)

    # Replacing

    def replace(self, text: str) -> str:
        """Return the text with everything replaced that is not known to be harmless."""
        pieces, done = [], 0
        for start, end, new in sorted(self._spans(text), key=lambda span: (span[0], -span[1])):
            if start >= done:
                pieces += [self._tokens(text[done:start]), new]
                done = end
        return "".join([*pieces, self._tokens(text[done:])])

    def _tokens(self, text: str) -> str:
        return _TOKEN.sub(lambda match: match[0] if self._stays(match[0]) else self._token(match[0]), text)

    def _spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield (start, end, what stands for it) of all that is more or less than a word."""
        yield from _Phrases(self.made, self._names, self._hosts).found(text)
        for match in _CUT.finditer(text):
            name = next((n for n in self._names if n.startswith(match[1]) and n.endswith(match[2])), None)
            if name:
                new = self.made(name)
                yield match.start(), match.end(), f"{new[: len(match[1])]}~{new[-len(match[2]) :]}"
        for match in _KEYED.finditer(text):
            if match[1].lower() not in WORDS:
                yield match.start(1), match.end(1), self._token(match[1])
        for match in _IPV4.finditer(text):
            yield match.start(), match.end(), ".".join(self._octet(part) for part in match[0].split("."))
        for pattern in (_COLONS, _PHONE):
            for match in pattern.finditer(text):
                yield match.start(), match.end(), self.made(match[0])
        for match in _ESCAPED.finditer(text):
            yield match.start(), match.end(), "\\u00f8"

    def _stays(self, token: str) -> bool:
        if token in self._names or token.lower() in self._folded:
            return False
        if _HARMLESS.fullmatch(token) or _FORTINETS.fullmatch(token):
            return True
        parts = _PARTS.split(token)
        # What is put together of a name and other words names it as well.
        known = all(_is_word(part, WORDS) and part.lower() not in self._folded for part in parts)
        return known and not _NUMBERS.fullmatch(token)

    def _token(self, token: str) -> str:
        serial = _SERIAL.fullmatch(token)
        kept = (serial[1] or serial[2]) if serial else ""
        return kept + self.made(token)[len(kept) :]

    def _octet(self, octet: str) -> str:
        new = self.made(f"octet{octet}")[5:]
        if len(octet) == 3:
            return f"1{new[1:]}"
        return new if new[0] != "0" or len(new) == 1 else f"9{new[1:]}"

    def made(self, name: str) -> str:
        """Return what stands for a name: of the same length and alphabets, and the same for the same beginning."""
        if name not in self._made:
            self._made[name] = "".join(self._characters(name))
        return self._made[name]

    def _characters(self, name: str) -> Iterator[str]:
        hexadecimal = re.fullmatch(r"[0-9a-f:.]{8,}|[0-9A-F:.]{8,}", name) is not None
        code = re.fullmatch(r"[A-Z2-7]{16}", name) is not None
        state = blake2b(key=self._key, digest_size=2)
        # Of a long text, nothing depends on how it begins.
        whole = b""
        if len(name) > _LONG:
            whole = b"".join(
                blake2b(f"{number}:{name}".encode("utf-8", "replace"), key=self._key).digest()
                for number in range(len(name) // 64 + 1)
            )
        for number, char in enumerate(name):
            # By what stands before it, so that names that differ stay different.
            value = whole[number] if whole else int.from_bytes(state.digest(), "big")
            yield _other(char, value, hexadecimal, code)
            state.update(char.encode("utf-8", "surrogateescape"))


class _Phrases:
    """Finds names that are more than a word, and all names as JSON, addresses and the like write them."""

    def __init__(self, made: Callable[[str], str], names: Iterable[str], hosts: Iterable[str]) -> None:
        self._made = made
        self._phrases: dict[str, tuple[str, Callable[[str], str]]] = {}
        #: First word -> (where it begins in a phrase, how long the phrase is), the longest first.
        self._sizes: dict[str, list[tuple[int, int]]] = {}
        for coding in _CODINGS:
            for name in names:
                coded = coding(name)
                if not _TOKEN.fullmatch(coded):
                    self._phrases[coded] = name, coding
        for host in hosts:
            # A unit may cut its name in a prompt.
            self._phrases.update({f"{host[:size]}~": (f"{host[:size]}~", _plain) for size in range(3, len(host) + 1)})
        places: dict[str, set[tuple[int, int]]] = {}
        for phrase in self._phrases:
            if word := _RUN.search(phrase):
                places.setdefault(word[0], set()).add((word.start(), len(phrase)))
        self._sizes = {word: sorted(found, key=lambda place: -place[1]) for word, found in places.items()}

    def found(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield (start, end, what stands for it)."""
        for word in _RUN.finditer(text):
            for before, size in self._sizes.get(word[0], ()):
                start = word.start() - before
                end = start + size
                phrase = text[max(start, 0) : end]
                if phrase in self._phrases and not (_inside(text, start) or _inside(text, end)):
                    yield start, end, self._new(phrase)
                    break

    def _new(self, phrase: str) -> str:
        name, coding = self._phrases[phrase]
        new = coding(self._made(name))
        return new if _bytes(new) == _bytes(phrase) else self._made(phrase)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _inside(text: str, place: int) -> bool:
    """Tell whether a place is inside of a word."""
    return 0 < place < len(text) and bool(_RUN.fullmatch(text[place - 1 : place + 1]))


def _other(char: str, value: int, hexadecimal: bool, code: bool) -> str:
    """Return another character of the same kind."""
    if char in string.digits:
        kind = "234567" if code else string.digits
    elif char in string.ascii_lowercase:
        kind = "abcdef" if hexadecimal else string.ascii_lowercase
    elif char in string.ascii_uppercase:
        kind = "ABCDEF" if hexadecimal else string.ascii_uppercase
    elif ord(char) < 0x80:
        return char
    else:
        # As many bytes as before.
        return {1: "?", 2: "\u00f8", 3: "\u4e16"}.get(len(char.encode("utf-8", "surrogateescape")), "\U0001f5a7")
    return kind[(kind.index(char) + 1 + value % (len(kind) - 1)) % len(kind)]


def _is_word(part: str, words: frozenset[str]) -> bool:
    match = _PART.fullmatch(part)
    if match is None:
        return False
    return not match[1] or match[1].lower() in words or (len(match[1]) == 1 and not match[2])


def _is_cli(text: str) -> bool:
    """Tell whether a text consists of words of FortiOS and small numbers."""
    return all(_is_word(part, CLI) for part in re.split(r"[-_.@+\s]", text))


def _cut(new: str, old: str) -> bytes:
    data = new.encode("utf-8", "surrogateescape")
    if len(data) != len(old.encode("utf-8", "surrogateescape")):
        raise ValueError("the pseudonymized session has another length")
    return data
