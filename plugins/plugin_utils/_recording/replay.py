# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replays a recorded session through the console, which tells answers from echoes, prompts and debug output.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import (
    Place,
    Prompt,
    parse,
    same_name,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.stream import RawAnswer, Stream
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.format import Event

#: Silence behind which a prompt at the end of the stream is believed.
_SETTLE = 0.02
_HOSTNAME = re.compile(rb"^Hostname: *(\S[^\r\n]*?)[ \r]*$", re.MULTILINE)
# Stands for the host name in the text of a session: `show` begins no prompt.
_UNIT = "unit"
_STATEMENT = re.compile(r"^(?=(?:config|edit|next|end)\b)", re.MULTILINE)


@dataclass
class Replay:
    """What a session was. first: the last line before anything was typed. place: that line as a prompt, or None."""

    first: str
    place: Place | None
    answers: list[RawAnswer] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return the session as a terminal would show it if nothing came in between."""
        if self.place is None:
            return ""
        shown = [self._prompt(self.place)]
        for answer in self.answers:
            # Only `show` prints configuration; what is pending in a transaction is printed in the same form.
            output = answer.output if answer.line.startswith("sh") else _STATEMENT.sub(" ", answer.output)
            shown[-1] += answer.line
            shown += [output, "", self._prompt(answer.place)]
        return "\n".join(shown) + "\n"

    @staticmethod
    def _prompt(place: Place) -> str:
        context = f" ({place.context})" if place.context else ""
        return f"{_UNIT}{context} {'$' if place.read_only else '#'} "


def replay(events: Sequence[Event]) -> Replay:
    """Replay a session from its first prompt on."""
    begin = next((n for n, event in enumerate(events) if event.sent and event.data.strip(b"\na ")), len(events))
    shown = b"".join(event.data for event in events[:begin] if not event.sent).decode("utf-8", "surrogateescape")
    first = re.split(r"[\r\n]", shown)[-1]
    place = parse(first)
    if place is None:
        return Replay(first, None)
    whole = f"{place.host} ({place.context})"
    if place.context and any(same_name(whole, name) for name in _hostnames(events)):
        # `FW (dc1) # `: the name has parentheses.
        place = replace(place, host=whole, context="")
    stream = Stream(Prompt(place.host, place.spaced_role))
    result = Replay(first, place)
    for number, event in enumerate(events[begin:], begin):
        _play(stream, event, events[number + 1].at if number + 1 < len(events) else float("inf"))
        while stream.answers:
            result.answers.append(stream.answers.popleft())
    result.unanswered = list(stream.in_flight)
    return result


def _hostnames(events: Sequence[Event]) -> Iterator[str]:
    received = b"".join(event.data for event in events if not event.sent)
    for match in _HOSTNAME.finditer(received):
        yield match[1].decode("utf-8", "surrogateescape")


def _play(stream: Stream, event: Event, following: float) -> None:
    """Play one event; ``following``: when the next one came."""
    if not event.sent:
        stream.feed(event.data)
        if following - event.at > _SETTLE:
            stream.settle()
        return
    stream.settle()
    stream.pager_waits = False
    # What is not ended by Enter are keys for the pager; those that came too late are blanks before the next line.
    for line in event.data.decode("utf-8", "surrogateescape").replace("\x16", "").split("\n")[:-1]:
        if line.strip():
            # Debug output comes in between from here on, also behind the line that switches it off.
            stream.watch = stream.watch or line.startswith("diagnose debug enable")
            stream.expect(line)
