# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event log: what happened to a simulated unit, for tests to assert on.

Every event is a flat dictionary with ``n`` (running number), ``t`` (seconds since the start), ``unit`` (host name)
and ``type``; the README lists the types. Secrets stand in it only as ``secret:<short hash>``, so that the log shows
that a value changed and never which value it was.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from pathlib import Path
from typing import Any, TextIO

Event = dict[str, Any]


def masked(value: str) -> str:
    """Return what stands in the log for a secret."""
    return "secret:" + hashlib.sha256(value.encode()).hexdigest()[:8]


class EventLog:
    """Events in memory and, with a path, as one JSON object a line, flushed at once."""

    def __init__(self, path: Path | None = None) -> None:
        self.events: list[Event] = []
        self._start = time.monotonic()
        self._file: TextIO | None = path.open("a", encoding="utf-8") if path else None
        self._lock = threading.Lock()

    def add(self, unit: str, type_: str, **fields: Any) -> Event:
        """Write down one event."""
        with self._lock:
            event: Event = {
                "n": len(self.events) + 1,
                "t": round(time.monotonic() - self._start, 4),
                "unit": unit,
                "type": type_,
                **fields,
            }
            self.events.append(event)
            if self._file:
                self._file.write(json.dumps(event, ensure_ascii=False) + "\n")
                self._file.flush()
        return event

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
            self._file = None


def read(path: Path) -> list[Event]:
    """Read an event log back."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
