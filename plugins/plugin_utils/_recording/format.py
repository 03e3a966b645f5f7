# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file format of a recording: JSON lines that a person can read.

The first line is a header: ``{"fortitoken_recording": 1, "firmware": ..., ...}``. Each further line is one event:
``{"t": seconds since the start, "in": text from the unit}`` or ``{"t": ..., "out": text that was typed}``, in the order
and in the pieces in which they came. Bytes that are not UTF-8 are written as ``\\udcXX``.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure

MARK = "fortitoken_recording"
VERSION = 1
#: More than a session of any length says.
MOST_EVENTS = 1_000_000


@dataclass(frozen=True)
class Event:
    """A piece of a session. sent: typed by us, as opposed to printed by the unit. data: as it came."""

    at: float
    sent: bool
    data: bytes


def is_recording(data: bytes) -> bool:
    """Tell whether a file begins like a recording."""
    return data[:200].lstrip().startswith(b'{"' + MARK.encode() + b'"')


def dump(header: dict[str, Any], events: Iterable[Event]) -> str:
    """Write a recording as text."""
    lines = [json.dumps({MARK: VERSION, **header})]
    for event in events:
        text = event.data.decode("utf-8", "surrogateescape")
        lines.append(json.dumps({"t": round(event.at, 4), "out" if event.sent else "in": text}, ensure_ascii=False))
    # Half a character at the end of a piece must survive in a file that is UTF-8.
    return "\n".join(_ascii_surrogates(line) for line in lines) + "\n"


def _ascii_surrogates(line: str) -> str:
    return "".join(f"\\u{ord(char):04x}" if 0xD800 <= ord(char) <= 0xDFFF else char for char in line)


def load(text: str, name: str) -> tuple[dict[str, Any], list[Event]]:
    """Read a recording. Raises ConsoleFailure where it is none; ``name`` is for the message."""
    # Not splitlines(): a unit may print other separators, and JSON holds them as they are.
    lines = text.split("\n")
    try:
        header = json.loads(lines[0])
        if header[MARK] != VERSION:
            raise ConsoleFailure(
                "refused", f"{name} is a recording of version {header[MARK]!r}; this release reads version {VERSION}"
            )
        if len(lines) > MOST_EVENTS:
            raise ConsoleFailure("refused", f"{name} has more than {MOST_EVENTS:,} events")
        return header, [_event(json.loads(line)) for line in lines[1:] if line.strip()]
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError):
        raise ConsoleFailure(
            "refused", f"{name} is not a whole recording: it is cut off or was edited. Copy it again"
        ) from None


def _event(raw: dict[str, Any]) -> Event:
    sent = "out" in raw
    text = raw["out"] if sent else raw["in"]
    if not isinstance(text, str):
        raise TypeError("an event has a text")
    return Event(float(raw["t"]), sent, text.encode("utf-8", "surrogateescape"))
