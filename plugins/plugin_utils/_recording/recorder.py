# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes down what a session says: a terminal around the real one, which keeps each piece with its time.

Until the session ends everything stays in memory, because names are known only then. The file is written at the end,
pseudonymized, and never otherwise.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _files
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.format import Event, dump
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.pseudonyms import Pseudonyms

#: A session that says more is recorded up to here.
MOST_BYTES = 64_000_000

_VERSION = re.compile(rb"^ *Version: *(Forti[^\r\n]{1,80})", re.MULTILINE)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class Terminal(Protocol):
    """A byte pipe to a unit's terminal."""

    def send(self, data: bytes) -> None:
        """Write all of ``data``."""

    def recv(self, timeout: float) -> bytes | None:
        """Return what arrived within ``timeout`` seconds, None if nothing did, ``b""`` at the end."""

    def close(self) -> None:
        """End the line."""


class Recorder:
    """A terminal that keeps what goes through it, and writes it to ``folder`` when it is closed.

    name: of the host in the inventory, for the name of the file. known: texts to be replaced in any case. tell: shows a
    sentence to the user.
    """

    def __init__(
        self,
        terminal: Terminal,
        folder: str,
        name: str,
        known: Iterable[str] = (),
        tell: Callable[[str], None] = lambda _text: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = Path(folder) / file_name(name)
        self._terminal = terminal
        self._known = list(known)
        self._tell = tell
        self._clock = clock
        self._started = clock()
        self._events: list[Event] = []
        self._size = 0
        self._written = False

    def send(self, data: bytes) -> None:
        """Write all of ``data``."""
        self._note(data, sent=True)
        self._terminal.send(data)

    def recv(self, timeout: float) -> bytes | None:
        """Return what arrived."""
        data = self._terminal.recv(timeout)
        if data:
            self._note(data, sent=False)
        return data

    def _note(self, data: bytes, sent: bool) -> None:
        self._size += len(data)
        if self._size <= MOST_BYTES:
            self._events.append(Event(self._clock() - self._started, sent, data))

    def close(self) -> None:
        """End the line and write the file. What goes wrong with the file is told, and breaks nothing."""
        try:
            self._terminal.close()
        finally:
            if not self._written and self._events:
                self._written = True
                self._write()

    def _write(self) -> None:
        received = b"".join(event.data for event in self._events if not event.sent)
        version = _VERSION.search(received)
        header = {
            "firmware": version[1].decode("ascii", "replace").strip() if version else "unknown",
            "complete": self._size <= MOST_BYTES,
            "note": "Names, addresses, serials and secrets are replaced. Read it before you pass it on.",
        }
        try:
            text = dump(header, Pseudonyms(self._known).apply(self._events))
            _files.make_folder(self.path.parent)
            _files.replace_file(self.path, text)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            self._tell(f"The recording {self.path} was not written: {why}.")


def file_name(host: str) -> str:
    """Return a file name for a recording of a host: safe in any folder, and another one each time."""
    safe = _UNSAFE.sub("_", host).strip("._")[:80] or "unit"
    return f"{safe}-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}.jsonl"
