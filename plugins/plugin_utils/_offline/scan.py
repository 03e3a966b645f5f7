# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the tables that matter in a configuration of any size, without reading the rest of it line by line.

A backup indents what is inside a table (public configurations of 5.x to 7.x), so only lines at the left margin open and
close tables. Where the indentation was lost, all lines are at the margin, and the same count works. A quoted value may
run over many lines, and its text is never taken for a statement: quotes are counted from one such line to the next.

What is outside of all tables is kept as well: the header of a backup, or, in a copy of terminal output, the prompts.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure

#: Tables and objects that are kept; everything else is passed over.
KEPT = frozenset(
    (
        *("user fortitoken", "user local", "user group", "user ldap", "user radius", "user tacacs+"),
        *("system admin", "system accprofile", "system global", "system central-management", "system email-server"),
        *("system ha", "system ntp"),
    )
)
#: More than any unit has: 20,000 tokens and as many users take some 12 MB.
MOST_KEPT = 150_000_000
#: Stands in the text outside for a block that was there, with its number.
PLACE = "\x00{}\x00"
_LONGEST_LINE = 16_000_000
#: First words of configuration (CLI references 5.4 to 8.0). In copied output, other lines may begin with `config`, too.
_FAMILIES = frozenset(
    """
    alertemail antivirus application authentication automation casb certificate cifs diameter-filter dlp dnsfilter dpdk
    emailfilter endpoint-control ethernet-oam extender-controller extension-controller file-filter firewall ftp-proxy
    global gui icap ips log monitoring nsxt report router rule sctp-filter spamfilter ssh-filter switch-controller
    system telemetry-controller user vdom videofilter virtual-patch voip vpn waf wanopt web-proxy webfilter
    wireless-controller ztna
    """.split()  # noqa: SIM905
)

# Begins with the line break: so the search jumps from line to line, which is five times as fast as `^`.
_STATEMENT = re.compile(rb"\n(?:(config|edit)[ \t]+([^\r\n]*)|(next|end)[ \t]*\r?(?=\n|\Z))")


@dataclass(frozen=True)
class Block:
    """A table or object as printed. scope: ``global``, the name of a VDOM, or "" where the text does not say."""

    scope: str
    path: str
    text: str


@dataclass
class _Open:
    """A block that is open. kind: ``scope`` (global), ``vdoms``, ``vdom``, ``table``, ``entry``."""

    kind: str
    name: str
    line: int


@dataclass
class Scanner:
    """Takes a configuration in pieces, and collects the blocks of KEPT.

    name: of the file, for messages. strict: statements that close nothing are errors; otherwise they are passed over,
    as the rest of a text that was copied may hold them.
    """

    name: str
    strict: bool = True
    blocks: list[Block] = field(default_factory=list)
    vdoms: list[str] = field(default_factory=list)
    #: Scopes (``global``, VDOMs) that have tables of their own, and the paths of all tables.
    described: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    _outside: list[bytes] = field(default_factory=list)
    _stack: list[_Open] = field(default_factory=list)
    #: What is left of the last piece; it begins with a line break.
    _rest: bytes = b"\n"
    _quoted: bool = False
    _line: int = 0
    _kept: list[bytes] | None = None
    _size: int = 0

    def feed(self, data: bytes) -> None:
        """Take in bytes, cut anywhere. Raises ConsoleFailure where the blocks do not fit together."""
        data = self._rest + data
        cut = data.rfind(b"\n")
        self._rest = data[cut:]
        if len(self._rest) > _LONGEST_LINE:
            raise self._failure("holds a line of more than 16 MB: this is not a FortiGate configuration")
        self._process(data[:cut])

    def finish(self) -> None:
        """Say that this was all. Raises ConsoleFailure where the text ends inside a block or a value."""
        self._process(self._rest)
        if self._stack or self._quoted:
            where = self._stack[-1] if self._stack else None
            inside = (
                f"inside '{_spoken(where)}', which begins in line {where.line}" if where else "inside a quoted value"
            )
            raise self._failure(f"is cut off: it ends {inside}. Copy or download it again, to its end")

    def _failure(self, what: str) -> ConsoleFailure:
        return ConsoleFailure("refused", f"{self.name} {what}")

    @property
    def outside(self) -> str:
        """The text outside of all tables, with a PLACE for each block that is kept and has no scope."""
        return b"".join(self._outside).decode("utf-8", "surrogateescape").removeprefix("\n")

    def _process(self, data: bytes) -> None:
        done = 0
        #: Where the block that is kept begins in this piece.
        self._begin = 0
        for match in _STATEMENT.finditer(data):
            begin = match.start() + 1
            self._pass_over(data[done:begin])
            done = begin
            if not self._quoted:
                done = self._statement(data, match)
        self._pass_over(data[done:])
        if self._kept is not None:
            self._keep(data[self._begin :])

    def _pass_over(self, piece: bytes) -> None:
        self._line += piece.count(b"\n")
        if self._stack:
            self._quoted ^= _odd_quotes(piece)
        elif piece:
            self._count(piece)
            self._outside.append(piece)

    def _statement(self, data: bytes, match: re.Match[bytes]) -> int:
        """Take in one statement; return how far the text is done."""
        word = (match[1] or match[3]).decode()
        top = self._stack[-1] if self._stack else None
        if (
            word == "config"
            and top is None
            and not self.strict
            and _name(match[2]).split(" ", maxsplit=1)[0] not in _FAMILIES
        ):
            return match.start() + 1
        if word == "config":
            self._config(_name(match[2]), top, match.start() + 1)
        elif word == "edit":
            self._edit(_name(match[2]), top)
        elif top is None:
            if self.strict:
                raise self._misfit(word)
        elif word == "end":
            self._end(top, data, match.end())
        elif top.kind in ("entry", "vdom"):
            self._stack.pop()
        else:
            raise self._misfit(word)
        return match.end() if word in ("end", "next") else match.start() + 1

    def _misfit(self, word: str) -> ConsoleFailure:
        return self._failure(f"is damaged: '{word}' in line {self._line} closes nothing that is open")

    def _config(self, path: str, top: _Open | None, start: int) -> None:
        if top is None and path in ("global", "vdom"):
            self._stack.append(_Open("scope" if path == "global" else "vdoms", path, self._line))
            return
        if top is not None and top.kind == "vdoms":
            raise self._failure(f"is damaged: 'config {path}' in line {self._line} belongs to no VDOM")
        if top is None or top.kind in ("scope", "vdom"):
            self.paths.add(path)
            if top is not None:
                self.described.add(top.name)
            if path in KEPT:
                self._kept = []
                self._begin = start
        self._stack.append(_Open("table", path, self._line))

    def _edit(self, name: str, top: _Open | None) -> None:
        if top is None:
            if self.strict:
                raise self._failure(f"is damaged: an entry in line {self._line} belongs to no table")
            return
        if top.kind == "vdoms":
            if name not in self.vdoms:
                self.vdoms.append(name)
            self._stack.append(_Open("vdom", name, self._line))
        elif top.kind == "table":
            self._stack.append(_Open("entry", name, self._line))
        else:
            raise self._failure(f"is damaged: an entry in line {self._line} belongs to no table")

    def _end(self, top: _Open, data: bytes, end: int) -> None:
        self._stack.pop()
        if top.kind == "entry":
            raise self._misfit("end")
        if top.kind == "vdom":
            # A VDOM's part of a backup is closed by one `end` for `edit` and `config vdom`.
            self._stack.pop()
        outer = self._stack[-1] if self._stack else None
        if self._kept is not None and top.kind == "table" and (outer is None or outer.kind in ("scope", "vdom")):
            self._keep(data[self._begin : end] + b"\n")
            text = b"".join(self._kept).decode("utf-8", "surrogateescape").replace("\r\n", "\n")
            if outer is None:
                self._outside.append(f"\n{PLACE.format(len(self.blocks))}\n".encode())
            self.blocks.append(Block(outer.name if outer else "", top.name, text))
            self._kept = None

    def _keep(self, piece: bytes) -> None:
        if self._kept is None:
            raise AssertionError("nothing is kept outside of a table")
        self._kept.append(piece)
        self._begin = 0
        self._count(piece)

    def _count(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > MOST_KEPT:
            raise self._failure("holds more than 150 MB of users, groups and tokens, which is more than any unit has")


def _odd_quotes(piece: bytes) -> bool:
    """Tell whether a quoted value begins or ends here. A backslash protects the character behind it."""
    if b'\\"' not in piece:
        return piece.count(b'"') % 2 == 1
    if b"\\\\" in piece:
        piece = piece.replace(b"\\\\", b"")
    return (piece.count(b'"') - piece.count(b'\\"')) % 2 == 1


def _name(raw: bytes) -> str:
    return " ".join(raw.decode("utf-8", "surrogateescape").replace('"', "").removesuffix("<---").split())


def _spoken(block: _Open) -> str:
    """Name an open block. The name of an entry is left out: of a foreign file, nobody knows what it is."""
    return {"scope": "config global", "vdoms": "config vdom", "entry": "edit"}.get(
        block.kind, f"edit {block.name}" if block.kind == "vdom" else f"config {block.name}"
    )


def dedented(data: bytes) -> bytes:
    """Return a copied text with its `config` lines at the margin: mails and tickets indent or quote what they hold."""
    if re.search(rb"^config ", data, re.MULTILINE):
        return data
    first = re.search(rb"^([> \t]+)config ", data, re.MULTILINE)
    return re.sub(rb"^" + re.escape(first[1]), b"", data, flags=re.MULTILINE) if first else data
