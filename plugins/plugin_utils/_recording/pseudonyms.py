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

import re
import secrets
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.transcript import cleaned, hosts
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.format import Event
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.vocabulary import CLI, WORDS

_LETTER = "A-Za-z0-9\u0080-\ud7ff\udc80-\udcff\ue000-\U0010ffff"
_TOKEN = re.compile(rf"[{_LETTER}]+(?:[-_.@+][{_LETTER}]+)*")
_PARTS = re.compile(r"[-_.@+]")
_PART = re.compile(r"([A-Za-z]*)(\d{0,5})")
# Dates, versions, models, functions of daemons, and Fortinet's own servers.
_HARMLESS = re.compile(
    r"\d{1,5}|\d{4}-\d\d-\d\d|v?\d{1,3}\.\d{1,3}(?:\.\d{1,3})?|build\d+"
    r"|Forti[A-Z][A-Za-z]{2,}(?:-[0-9A-Z]{1,6})*|F[GWO][0-9A-Z]{2,5}-\d+\.\d+\.\d+-FW-build\d+-\d+"
    r"|(?:ftm|fds|fnbam[a-z]*|fcp)_[a-z_]+|(?:[a-z0-9-]+\.)+(?:fortinet|fortiguard|forticloud)\.(?:com|net)"
    # VDOMs that units have for themselves.
    r"|0000-0000-0000-0000-0000|vsys_[a-z]+|dmgmt-vdom"
)
# What shows the model of a token, of a unit, or the kind of a license stays; the rest of a serial does not.
_SERIAL = re.compile(r"(FTKMOB|FTK\d{3}|FTMTRIAL|EFTM)[0-9A-Z]+|(F[GW][0-9A-Z]{4})[0-9A-Z]{10}")
_IPV4 = re.compile(r"(?<![\w.])(?!127\.|255\.|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)")
_COLONS = re.compile(r"(?<![\w:])(?=[0-9A-Fa-f:]*(?:::|(?::[0-9A-Fa-f]+){4}))[0-9A-Fa-f:]{3,45}(?![\w:])")
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
    r"(?:passw\w*|passphrase|secret|seed|psk\w*|api-?key|[\w-]*activation[_-]?code)\"?[ \t]*(?:is|[:=])[ \t]*\"?"
    r"([^\s\"',;}\]]{3,})",
    re.IGNORECASE,
)
_SECRET_ATTRIBUTE = re.compile(r"seed|pass|secret|psk|key|code|reg-id|comment|e?mail|phone|alias|location|contact")
_SHORT = 3
_LONG = 96


class Pseudonyms:
    """Replaces names and secrets. known: texts that are to be replaced in any case, such as the password."""

    def __init__(self, known: Iterable[str] = (), key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)
        self._known = [text for text in known if len(text) >= _SHORT]
        self._names: set[str] = set()
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
        found = list(self._known)
        self._hosts = hosts(received)
        found += self._hosts
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

    def _add(self, name: str) -> None:
        quoted = len(name) > 1 and name[0] == name[-1] == '"'
        inner = name[1:-1] if quoted else name
        for form in dict.fromkeys((inner, re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL))):
            # A name that was cut is replaced like the whole one.
            if len(form) >= _SHORT and "~" not in form and not (_is_cli(form) or _HARMLESS.fullmatch(form)):
                self._names.add(form)

    # Replacing

    def replace(self, text: str) -> str:
        """Return the text with everything replaced that is not known to be harmless."""
        pieces, done = [], 0
        for start, end, new in sorted(self._spans(text), key=lambda span: (span[0], -span[1])):
            if start < done:
                continue
            pieces += [text[done:start], new]
            done = end
        return "".join([*pieces, text[done:]])

    def _spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        odd = sorted((name for name in self._names if not _TOKEN.fullmatch(name)), key=len, reverse=True)
        odd += [f"{host[:size]}~" for host in self._hosts for size in range(len(host), 2, -1)]
        for number in range(0, len(odd), 500):
            any_of_them = "|".join(re.escape(name) for name in odd[number : number + 500])
            some = re.compile(rf"(?<![{_LETTER}])(?:{any_of_them})(?![{_LETTER}])")
            for match in some.finditer(text):
                yield match.start(), match.end(), self.made(match[0])
        for match in _CUT.finditer(text):
            name = next((n for n in self._names if n.startswith(match[1]) and n.endswith(match[2])), None)
            if name:
                new = self.made(name)
                yield match.start(), match.end(), f"{new[: len(match[1])]}~{new[-len(match[2]) :]}"
        for match in _IPV4.finditer(text):
            yield match.start(), match.end(), ".".join(self._octet(part) for part in match[0].split("."))
        for match in _COLONS.finditer(text):
            yield match.start(), match.end(), self.made(match[0])
        for match in _TOKEN.finditer(text):
            if not self._stays(match[0]):
                yield match.start(), match.end(), self._token(match[0])

    def _stays(self, token: str) -> bool:
        if token in self._names:
            return False
        if _HARMLESS.fullmatch(token):
            return True
        return all(_is_word(part, WORDS) for part in _PARTS.split(token))

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
        hexadecimal = re.fullmatch(r"[0-9a-f:]{8,}|[0-9A-F:]{8,}", name) is not None
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
