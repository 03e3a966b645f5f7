# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a unit said out of files: a backup of its configuration, copied terminal output, or a recording.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline import transcript
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.scan import Scanner, dedented
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.format import is_recording
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.format import load as load_recording
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.replay import replay

GLOBAL = "global"
ROOT = "root"

_PIECE = 4 << 20
#: A backup may be of any size up to this; copied text is held in memory as a whole.
MOST_BYTES = 2_000_000_000
MOST_TEXT = 64_000_000

# `#config-version=FG100F-7.4.8-FW-build2795-250523:opmode=0:vdom=0:user=admin` (public configurations of 5.0 to 7.6).
_HEADER = re.compile(
    r"^#config-version=(?P<model>[A-Za-z0-9]+)-(?P<version>\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)-FW-build0*(?P<build>\d+)-"
    r"(?P<date>\d+)[^\n]*?:vdom=(?P<vdoms>\d)",
    re.MULTILINE,
)
_ANY_HEADER = re.compile(r"^#config-version=([A-Za-z0-9]+)-", re.MULTILINE)
# The backup of one VDOM: `#global_vdom=0:vd_name=branch/vd_index=1` (public configurations). [fact: backup-header]
_ONE_VDOM = re.compile(r"^#global_vdom=0(?::vd_name=([^/\s:]+))?", re.MULTILINE)
# FortiGate, FortiWiFi and FortiGate VM; FWB is FortiWeb.
_FORTIGATE = re.compile(r"(?:FG|FW(?!B)|FOS)")
_PLACE = re.compile(r"^\x00(\d+)\x00$", re.MULTILINE)
# `show full-configuration | grep -f FTK` (article 194508) prints whole entries; other filters cut entries into lines.
# [fact: grep-f]
_FILTER = re.compile(r"show (?:full-configuration )?(?:.*\S )?\| *grep +(?P<flags>-\w+)? *\"?(?P<what>[^\"]*)\"?$")
#: What that command shows completely: every entry that names a token.
_FILTERED = ("user fortitoken", "user local")


@dataclass
class Header:
    """The first line of a backup. vdoms: whether the unit has VDOMs. only: the VDOM that the backup is of, or ""."""

    model: str
    version: str
    build: str
    vdoms: bool
    only: str


@dataclass
class Held:
    """What the files hold.

    tables: (scope, path) -> text as printed. answers: (scope, line) -> text, for what is no configuration; the scope is
    ``global``, the name of a VDOM, or "" where the text does not say. complete: scopes that are shown as a whole, where
    a table that is missing is empty; "" stands for all.
    """

    names: list[str] = field(default_factory=list)
    header: Header | None = None
    vdoms: list[str] = field(default_factory=list)
    complete: set[str] = field(default_factory=set)
    tables: dict[tuple[str, str], str] = field(default_factory=dict)
    answers: dict[tuple[str, str], str] = field(default_factory=dict)


def load(paths: Sequence[str]) -> Held:
    """Read files, later ones on top of earlier ones. Raises ConsoleFailure with one sentence for a person."""
    held = Held()
    if not paths:
        raise ConsoleFailure(
            "refused",
            "ansible_fortios_source names no file: set it to a configuration backup, copied terminal output or a"
            " recording",
        )
    for path in paths:
        _load_file(held, path)
        held.names.append(Path(path).name)
    if not held.tables and not held.answers and not held.complete:
        names = ", ".join(held.names)
        raise ConsoleFailure(
            "refused",
            f"{names} holds nothing of a FortiGate's tokens: neither a configuration nor the output of 'show user"
            " fortitoken' or 'diagnose fortitoken info'",
        )
    return held


def _load_file(held: Held, path: str) -> None:
    name = Path(path).name
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ConsoleFailure("refused", f"{path} is not a file")
            if status.st_size > MOST_BYTES:
                raise ConsoleFailure("refused", f"{name} is larger than 2 GB: this is not a FortiGate configuration")
            first = file.read(_PIECE).removeprefix(b"\xef\xbb\xbf")
            _refuse_foreign(name, first)
            if first.startswith(b"#config-version="):
                _take(held, name, _pieces(first, file.read), strict=True)
                return
            data = first + file.read(MOST_TEXT + 1 - len(first))
    except OSError as error:
        raise ConsoleFailure("refused", f"{path} cannot be read: {error.strerror or error}") from None
    if len(data) > MOST_TEXT:
        raise ConsoleFailure(
            "refused",
            f"{name} is larger than 64 MB and is not a backup: its first line does not begin with '#config-version='",
        )
    text = _session(data, name) if is_recording(data) else data.decode("utf-8", "surrogateescape")
    text = transcript.cleaned(text)
    _take(held, name, iter([dedented(text.encode("utf-8", "surrogateescape"))]), strict=False)


def _session(data: bytes, name: str) -> str:
    """Return what a recorded session shows. Raises ConsoleFailure."""
    _header, events = load_recording(data.decode("utf-8", "replace"), name)
    received = b"".join(event.data for event in events if not event.sent)
    # Where the console does not know the prompt, the text is read as a copy of a terminal.
    return replay(events).text() or received.decode("utf-8", "surrogateescape")


def _pieces(first: bytes, read: Callable[[int], bytes]) -> Iterator[bytes]:
    piece = first
    while piece:
        yield piece
        piece = read(_PIECE)


def _refuse_foreign(name: str, data: bytes) -> None:
    """Refuse files that hold no text of a FortiGate. Raises ConsoleFailure."""
    if not data.strip():
        raise ConsoleFailure("refused", f"{name} is empty")
    if data.startswith((b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ")):
        raise ConsoleFailure("refused", f"{name} is compressed: unpack it first")
    if data.startswith(b"#FGBK|"):
        raise ConsoleFailure("refused", f"{name} is an encrypted backup: make one without a password")
    if b"\x00" in data[:65536]:
        raise ConsoleFailure("refused", f"{name} is not text")
    other = _ANY_HEADER.match(data[:200].decode("ascii", "replace"))
    if other and not _FORTIGATE.match(other[1]):
        raise ConsoleFailure("refused", f"{name} is the configuration of a {other[1]}, not of a FortiGate")


def _take(held: Held, name: str, pieces: Iterator[bytes], strict: bool) -> None:
    scanner = Scanner(name, strict)
    for piece in pieces:
        scanner.feed(piece)
    scanner.finish()
    outside = scanner.outside
    header = _header(outside, scanner)
    if header is not None:
        held.header = header
    if strict and not scanner.paths:
        raise ConsoleFailure(
            "refused", f"{name} has the header of a backup, but no configuration in CLI form: make a plain backup"
        )
    only = header.only if header else ""
    for block in scanner.blocks:
        if block.scope or strict:
            held.tables[block.scope or only, block.path] = block.text
    _note_scopes(held, name, scanner, header)
    if strict:
        # What follows the configuration in the same file was added by hand.
        outside = _PLACE.sub("", outside)
    before, exchanges = transcript.split(outside)
    for exchange in [*transcript.listings(before), *exchanges]:
        _note(held, exchange, scanner)
    for number in _PLACE.findall(before):
        block = scanner.blocks[int(number)]
        held.tables["", block.path] = block.text


def _note(held: Held, exchange: transcript.Exchange, scanner: Scanner) -> None:
    """Take in one exchange of copied output."""
    shown = [scanner.blocks[int(number)] for number in _PLACE.findall(exchange.output)]
    filtered = _FILTER.match(exchange.line)
    if filtered:
        if "f" not in (filtered["flags"] or "") or "FTK" not in filtered["what"].upper():
            return
        shown = [block for block in shown if block.path in (*_FILTERED, "system admin")]
        for path in _FILTERED:
            held.tables.setdefault((exchange.scope, path), f"config {path}\nend\n")
    for block in shown:
        held.tables[exchange.scope, block.path] = block.text
    if not shown and not filtered:
        words = exchange.line.split()
        if words and words[0] == "show" and not exchange.output.strip():
            # FortiOS prints nothing where nothing is configured.
            path = " ".join(word for word in words[1:] if word != "full-configuration")
            held.tables.setdefault((exchange.scope, path), "")
        else:
            held.answers[exchange.scope, exchange.line] = exchange.output


def _header(outside: str, scanner: Scanner) -> Header | None:
    match = _HEADER.search(outside)
    if match is None:
        return None
    one = _ONE_VDOM.search(outside)
    only = ""
    if one or (match["vdoms"] != "0" and not scanner.vdoms and "system global" not in scanner.paths):
        # A name that is nowhere said stays unknown.
        names = [scope for scope in scanner.vdoms if scope in scanner.described]
        only = (one[1] if one else "") or (names[0] if len(names) == 1 else "unknown")
    return Header(match["model"], match["version"], match["build"], match["vdoms"] != "0", only)


def _note_scopes(held: Held, name: str, scanner: Scanner, header: Header | None) -> None:
    """Note the VDOMs, and which scopes are shown as a whole. Raises ConsoleFailure where some are missing."""
    only = header.only if header else ""
    names = [only] if only else scanner.vdoms
    held.vdoms += [vdom for vdom in names if vdom not in held.vdoms]
    if only:
        held.complete.add(only)
    elif header is not None and scanner.vdoms:
        # A backup lists its VDOMs at the beginning, and describes each of them later.
        missing = [vdom for vdom in (GLOBAL, *scanner.vdoms) if vdom not in scanner.described]
        if missing:
            raise ConsoleFailure(
                "refused", f"{name} is cut off: it says nothing of {', '.join(missing)}. Download it again, to its end"
            )
        held.complete.update((GLOBAL, *scanner.vdoms))
    elif (header is not None and not header.vdoms) or {"system global", "system interface"} <= scanner.paths:
        held.complete.add("")
