# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""known_hosts files, read as OpenSSH reads them (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"; hostfile.c, match.c).

A line has an optional marker, patterns of host names or one hashed name, the type of the key, and the key in Base64.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

REVOKED = "@revoked"
AUTHORITY = "@cert-authority"
_MARKERS = (REVOKED, AUTHORITY)
_HASHED = "|1|"
_SSH_PORT = 22
#: No other character parts fields.
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True)
class Line:
    """One line that counts. hosts: its patterns, as written. kind: the type of the key. blob: the key."""

    marker: str
    hosts: str
    kind: str
    blob: bytes


@dataclass
class Known:
    """What the files say of one host.

    keys: type of key -> keys. without_port: keys of the host on its usual port, which count where they are the very
    same. revoked: keys that must not be accepted. broken: lines that cannot be read and were skipped, as ``file, line
    N``. files: those that know the host.
    """

    keys: dict[str, list[bytes]] = field(default_factory=dict)
    without_port: list[bytes] = field(default_factory=list)
    revoked: list[bytes] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def parse(text: str) -> Iterator[tuple[int, Line | None]]:
    """Yield (number of the line, the line) of what is neither blank nor a comment; None for a line that is broken."""
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip(" \t\r")
        if line and not line.startswith("#"):
            yield number, _parse_line(line)


def _parse_line(line: str) -> Line | None:
    marker = ""
    if line.startswith("@"):
        marker, *rest = _BLANKS.split(line, 1)
        if marker not in _MARKERS or not rest:
            return None
        line = rest[0]
    fields = _BLANKS.split(line, 3)
    if len(fields) < 3:
        return None
    hosts, kind, coded = fields[:3]
    if hosts.startswith(_HASHED) and _hash_parts(hosts) is None:
        return None
    try:
        blob = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        return None
    # A key begins with the name of its type (RFC 4253, section 6.6). Types that are not known here are read as well.
    size = int.from_bytes(blob[:4], "big")
    if len(blob) < 5 or blob[4 : 4 + size] != kind.encode("utf-8", "replace"):
        return None
    return Line(marker, hosts, kind, blob)


def _hash_parts(text: str) -> tuple[bytes, bytes] | None:
    parts = text.split("|")
    if len(parts) != 4:
        return None
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in parts[2:])
    except (binascii.Error, ValueError):
        return None
    return (salt, digest) if len(salt) == len(digest) == hashlib.sha1(usedforsecurity=False).digest_size else None


def matches(hosts: str, name: str) -> bool:
    """Tell whether the host field of a line means ``name``, such as ``fw.example.com`` or ``[fw.example.com]:2222``.

    A pattern with ``!`` in front that matches wins over all others.
    """
    if hosts.startswith(_HASHED):
        parts = _hash_parts(hosts)
        return parts is not None and any(
            hmac.compare_digest(hmac.new(parts[0], each.encode("utf-8", "replace"), hashlib.sha1).digest(), parts[1])
            for each in (name, name.lower())
        )
    found = False
    for pattern in hosts.lower().split(","):
        negated = pattern.startswith("!")
        if _glob(pattern[negated:], name.lower()):
            if negated:
                return False
            found = True
    return found


def _glob(pattern: str, text: str) -> bool:
    """Match ``*`` and ``?``, and nothing else: brackets stand for themselves. Takes len(pattern) * len(text) steps."""
    at = 0
    place = 0
    star, retry = -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            star, retry = place, at
            place += 1
        elif place < len(pattern) and pattern[place] in ("?", text[at]):
            place += 1
            at += 1
        elif star >= 0:
            retry += 1
            place, at = star + 1, retry
        else:
            return False
    return all(char == "*" for char in pattern[place:])


def look_up(files: dict[str, str], host: str, port: int) -> Known:
    """Collect what known_hosts files (path -> text) say of a host: any key of any file is as good as another.

    A certificate authority is passed over: this client takes no certificates.
    """
    name = host if port == _SSH_PORT else f"[{host}]:{port}"
    known = Known()
    for path, text in files.items():
        for number, line in parse(text):
            if line is None:
                known.broken.append(f"{path}, line {number}")
            elif line.marker != AUTHORITY:
                _note(known, line, path, matches(line.hosts, name), port != _SSH_PORT and matches(line.hosts, host))
    return known


def _note(known: Known, line: Line, path: str, exact: bool, plain: bool) -> None:
    if line.marker == REVOKED and (exact or plain):
        known.revoked.append(line.blob)
    elif not line.marker and exact:
        known.keys.setdefault(line.kind, []).append(line.blob)
        known.files.append(path)
    elif not line.marker and plain:
        known.without_port.append(line.blob)
