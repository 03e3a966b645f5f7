# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines in flight and their answers: what is sent together, how long to wait, what to do when lines are lost.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import detect
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.deadlines import Due
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.lines import (
    Sent,
    is_editing,
    is_word,
    keystrokes,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.pager import QUESTION, Pager
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import Place, Prompt, parse
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.stream import RawAnswer
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.wire import Steps, Wire

# Silence after which a prompt at the end of the stream is believed. Output is written in one piece, so a longer pause
# inside an answer right behind prompt-like text at the start of a line does not occur in practice.
_SETTLE = 0.02
# Silence after which a session that stands at a prompt while lines are unanswered is out of step.
_STALL = 4.0
# While answers come without a pause, a caller with little time may go after so many seconds.
_PAUSE = 0.25
# Empty lines typed to see a prompt that debug output hides.
_MOST_NUDGES = 2
# Silence after which an unfinished line that looks like some prompt is looked into.
_PROBE_AFTER = 1.5
# Keys sent at once, at most, to a pager that took lines typed ahead for keys.
_MOST_CATCH_UP_KEYS = 64
# Lines that change nothing. The unit is in step again when it echoes one that it was not sent before.
_HARMLESS = (QUESTION, "get system status", "get system performance status")


@dataclass(frozen=True)
class Limits:
    """Deadlines in seconds, and how much may be in flight.

    login: from the shell's start to a verified prompt. command: longest silence while an answer is due.
    The window keeps below the 4096 bytes that a terminal's input queue holds.
    """

    login: float = 30.0
    command: float = 60.0
    window_lines: int = 800
    window_bytes: int = 4000


@dataclass
class _Probe:
    """An empty line sent to see whether a text is a prompt.

    tail: the text. heard: when the unit was last heard before. left: how many more may be sent.
    """

    tail: str = ""
    heard: float = 0.0
    left: int = 3


#: An empty line: the unit repeats its prompt, and blanks that stand behind it are gone.
_ENTER = Sent("", repeatable=True, brief=True)


class _OutOfStep(Exception):
    """Lines typed ahead were taken for something else, and all of them may be sent again."""


def asks(shown: str) -> bool:
    """Tell whether a text ends in a question of the command line."""
    return re.search(r"(?:\(y/n\)|[?:])\s*$", shown) is not None


class Exchange:
    """Sends lines in bursts and takes their answers.

    place: the prompt behind the last answer. depth: open ``config`` levels. results: the answers, one list per batch.
    timeout: longest silence while an answer is due, in seconds. stopping: send nothing further.
    come_back: comes from an unknown place to a scope; needed when lines typed ahead were lost.
    """

    def __init__(self, wire: Wire, limits: Limits, log: Callable[[str], None]) -> None:
        self.limits = limits
        self.pager = Pager()
        self.place = Place("", "", False, False, 0)
        self.depth = 0
        self.results: list[list[dict[str, Any]]] = []
        self.timeout = limits.command
        self.stopping = False
        self.come_back: Callable[[str | None], Steps]
        # Keys sent for the pages of each line whose answer was not taken yet. How many were typed together with the
        # last line, and how many were sent at once, the last time. Those behind the last line that were sent in vain:
        # they are blanks behind the prompt.
        self._typed: deque[int] = deque()
        self._with_line = 0
        self._sent_ahead = 0
        self._surplus = 0
        self._wire = wire
        self._redactor = wire.redactor
        self._log = log

    def run(self, items: Sequence[Sent], urgent: bool = False) -> Generator[None, None, bool]:
        """Send lines in bursts and take their answers. Returns False when a faulty answer stopped it.

        urgent: send also while the session is being stopped.
        """
        position = 0
        clean = True
        while position < len(items) and clean and (urgent or not self.stopping):
            if self._surplus and not items[position].repeatable:
                # No key for the pager becomes part of a line that acts: Enter, and a new prompt, come first.
                self._type([_ENTER])
                yield from self.await_answer(_ENTER)
                self._next_answer()
            burst = self._burst(items, position)
            ahead = [_ENTER] if self._surplus else []
            # Where keys too many are to be expected, an empty line ends the blanks that they are.
            lines = [*ahead, *(line for item in burst for line in self._with_enter(item))]
            self._type(lines)
            refusal: ConsoleFailure | None = None
            answer: RawAnswer | None = None
            for number, item in enumerate(lines):
                behind = lines[number:]
                try:
                    yield from self.await_answer(item, len(behind) > 1 and all(one.repeatable for one in behind))
                except _OutOfStep:
                    if answer is not None and answer.pages:
                        # A listing that came just before may have been cut short by the lines that were lost.
                        position -= 1
                        behind = [items[position], *behind]
                        self._take_back(items[position])
                    while position < len(items) and items[position].midway:
                        position -= 1
                    yield from self._catch_up(behind, items[min(position, len(items) - 1)].scope)
                    break
                answer = self._next_answer()
                if item is _ENTER:
                    # It was not taken for a key, so what came before it is whole.
                    answer = None
                    continue
                try:
                    clean = self._take(item, answer) and clean
                except ConsoleFailure as failure:
                    # The rest of the burst is in flight, and its answers are due first.
                    refusal = refusal or failure
                position += 1
            if refusal is not None:
                raise refusal
        return clean

    def _with_enter(self, item: Sent) -> list[Sent]:
        return [item, _ENTER] if self.pager.keys_between(item) else [item]

    def _type(self, burst: Sequence[Sent]) -> None:
        """Send lines, and behind each one the keys for the pages that its answer is known to have."""
        keys = [self.pager.keys_between(item) for item in burst[:-1]] + [self.pager.keys_behind(burst[-1])]
        self._wire.send(b"".join(keystrokes(item.line) + b" " * more for item, more in zip(burst, keys, strict=True)))
        for item in burst:
            self._wire.stream.expect(item.line)
            self._wire.stats.lines += 1
        self._surplus = 0
        self._typed.extend(keys)
        self._with_line = self._sent_ahead = keys[-1]
        self._wire.heard = self._wire.clock()

    @property
    def _keys(self) -> int:
        """Keys sent for the pages of the line whose answer is awaited."""
        return self._typed[0] if self._typed else 0

    @_keys.setter
    def _keys(self, keys: int) -> None:
        if self._typed:
            self._typed[0] = keys

    def _next_answer(self) -> RawAnswer:
        if self._typed:
            self._typed.popleft()
        return self._wire.stream.answers.popleft()

    def _take_back(self, item: Sent) -> None:
        """Drop the answer that was taken last: the line is asked again."""
        if item.batch is not None:
            self.results[item.batch].pop()

    def _burst(self, items: Sequence[Sent], start: int) -> list[Sent]:
        """Choose what may be in flight together.

        The pager of a line that prints, or whatever a line that acts may ask, would take the keys that follow for
        itself. So nothing goes behind such a line but what does no harm if it is lost, and that only where the pager
        is known to stay away.
        """
        burst: list[Sent] = []
        size = keys = 0
        prints: Sent | None = None
        for item in items[start:]:
            if burst:
                more = self.pager.keys_between(burst[-1])
                keys += more
                size += more
            size += len(keystrokes(item.line))
            if burst and (item.after or size > self.limits.window_bytes or len(burst) >= self.limits.window_lines):
                break
            if prints is not None and not self.pager.lets_through(prints, item):
                break
            if keys and self.pager.ends_listing(item.line):
                break
            burst.append(item)
            if not item.quick:
                prints = item
        return burst

    def _catch_up(self, behind: Sequence[Sent], scope: str | None) -> Steps:
        """Come to rest after the lines ``behind`` were lost, and stand in the scope where they are to be sent again."""
        lost = {item.line for item in behind}
        self._log(f"{len(lost)} lines typed ahead were lost: they are sent again")
        self.pager.lost_behind(behind[0])
        self._typed.clear()
        paging = self._wire.stream.pager_waits
        if self._wire.stream.page is not None:
            self.pager.paged(self._wire.stream.page)
        self._wire.stream.forget()
        nudges = _MOST_NUDGES
        keys = 1
        end = self._wire.clock() + self.timeout
        while True:
            data = self._wire.receive(0.1)
            if data:
                self._wire.stream.pager_waits = False
                self._wire.stream.feed(data)
                # Keys that are on their way may still turn this page, and what came now may be debug output only. A
                # blank too many does no harm.
                paging = paging or self._wire.stream.pager_waits
            resting = not data and self._wire.quiet > self._wire.patience
            if resting and paging:
                self._wire.send(b" " * keys)
                self._wire.heard = self._wire.clock()
                keys = min(_MOST_CATCH_UP_KEYS, 2 * keys)
                paging = False
            elif resting and (self._wire.stream.at_prompt or not nudges):
                # The next line tells: until it is seen echoed, nothing that comes is believed.
                break
            elif resting and asks(self._wire.stream.tail):
                raise self._wire.lost(
                    "lines were lost, and the unit asks a question; the session was given up. The unit printed last: "
                    f"{self._wire.last_shown()!r}"
                )
            elif resting:
                # Debug output stands behind the prompt: an empty line makes the unit repeat it.
                nudges -= 1
                self._wire.send(b"\n")
                self._wire.heard = self._wire.clock()
            elif self._wire.clock() > end:
                break
            yield
        self._wire.stream.pager_waits = False
        fresh = next((line for line in _HARMLESS if line not in lost), _HARMLESS[-1])
        yield from self.run([Sent(fresh)], urgent=True)
        yield from self.come_back(scope)

    def _take(self, item: Sent, answer: RawAnswer) -> bool:
        self.place = answer.place
        output = self._redactor.answer(item.line, answer.output)
        fault = detect(output)
        code = fault.code if fault else None
        text = fault.text if fault else None
        if not answer.whole:
            text = text or "the unit did not take the line as it was sent: its echo is cut or differs"
        if text is None:
            self._track(item.line)
        if not is_editing(item.line):
            self.pager.note(item, answer, text is None)
        if item.batch is not None:
            self.results[item.batch].append(
                {
                    "line": self._redactor.redact(item.line),
                    "output": output,
                    "fault": None if text is None else {"code": code, "text": text},
                    "context": answer.place.context,
                }
            )
        self._log(f"{self._redactor.redact(item.line)!r} -> {output!r}")
        if item.check:
            item.check(answer)
        return text is None or not item.stop

    def _track(self, line: str) -> None:
        """Keep count of open ``config`` levels: an entry may have the same name as the VDOM around it."""
        if is_word(line, ["config"]):
            self.depth += 1
        elif is_word(line, ["end", "abort"]):
            self.depth = max(0, self.depth - 1)
        if not self.place.context:
            self.depth = 0

    def await_answer(self, item: Sent, repeatable: bool = False) -> Steps:
        """Wait until the first line in flight, ``item``, is answered.

        repeatable: several lines are in flight that may all be sent again. Raises _OutOfStep where they were lost, and
        ConsoleFailure of kind ``timeout`` or ``lost``.
        """
        stream = self._wire.stream
        probe = _Probe()
        due = Due(self.timeout, self._wire.clock(), stream.progress)
        paused = self._wire.clock()
        alone = len(stream.in_flight) == 1
        while not stream.answers:
            if repeatable and stream.pages > self._keys:
                raise _OutOfStep
            if stream.pager_waits:
                self._answer_pager(item, alone)
            data = self._wire.receive(_SETTLE if stream.at_prompt else 0.25)
            if data:
                stream.feed(data)
            else:
                stream.settle()
            now = self._wire.clock()
            silence = due.silence(now, stream.progress)
            if stream.answers:
                break
            if problem := due.problem(now, stream.watch):
                raise self._timed_out(problem, due.spent(now))
            if not data:
                self._look_into_silence(silence, probe, alone, repeatable)
            elif silence > _STALL:
                stream.stall()
            if not data or now - paused > _PAUSE:
                paused = now
                yield
        self._count_keys(stream.answers[0].pages, alone, repeatable)
        # An answer is there; let a caller with little time go even when answers come without a pause.
        yield

    def _count_keys(self, pages: int, alone: bool, repeatable: bool) -> None:
        """Compare the pages of an answer with the keys that were sent for them. Raises as ``await_answer`` does."""
        if repeatable and pages > self._keys:
            # Something of what is to come was taken for a key.
            raise _OutOfStep
        if pages and self._with_line and not self.pager.deaf:
            self.pager.proven = True
        if alone:
            self._surplus = max(0, self._keys - pages)

    def _answer_pager(self, item: Sent, alone: bool) -> None:
        stream = self._wire.stream
        stream.pager_waits = False
        if stream.pages <= self._keys:
            # The key is on its way.
            return
        if alone:
            self._turn_pages(item)
        else:
            self._wire.send(b" ")

    def _look_into_silence(self, silence: float, probe: _Probe, alone: bool, repeatable: bool) -> None:
        """Find out why nothing comes: keys that were lost, another host name, a doubtful prompt, lost lines.

        silence: seconds without progress of the answer. Raises as ``await_answer`` does.
        """
        stream = self._wire.stream
        if stream.at_pager and self._keys >= stream.pages and silence > self._wire.patience:
            if repeatable:
                self.pager.deaf = True
                raise _OutOfStep
            if alone:
                self._keys_are_lost()
        if self._wire.quiet > _PROBE_AFTER:
            self._look_for_new_name(probe)
        if silence > _STALL and not stream.answers and not stream.stall() and self._at_rest():
            if repeatable:
                raise _OutOfStep
            raise self._wire.lost(
                "the unit is at its prompt, but did not echo what was sent: the session is out of step and was "
                f"given up; line: {self._redactor.redact(stream.in_flight[0])}"
            )

    def _turn_pages(self, item: Sent) -> None:
        """Answer a pager that waits, and the pages that are expected behind."""
        stream = self._wire.stream
        if self._sent_ahead > 1:
            self.pager.swallowed = max(0, self.pager.swallowed - 1)
        if stream.page is not None:
            self.pager.paged(stream.page)
        keys = self.pager.keys_at(item, stream.pages)
        self._wire.send(b" " * keys)
        self._keys = stream.pages - 1 + keys
        self._sent_ahead = keys

    def _keys_are_lost(self) -> None:
        """Send one key to a pager that has waited for long though keys were sent ahead. If they were only late, it is a
        blank too many."""
        stream = self._wire.stream
        self._log("the pager did not take the keys that were sent ahead")
        self.pager.lost_keys(stream.pages)
        self._wire.send(b" ")
        self._keys = stream.pages
        self._sent_ahead = 1
        self._wire.heard = self._wire.clock()

    def drain(self) -> Steps:
        """Take the answers that are still due, without a record."""
        stream = self._wire.stream
        while not stream.idle:
            yield from self.await_answer(Sent(stream.in_flight[0]))
            self.place = self._next_answer().place

    def _at_rest(self) -> bool:
        return self._wire.stream.at_prompt and self._wire.quiet > _STALL

    def _look_for_new_name(self, probe: _Probe) -> None:
        """Look into a quiet line that ends in some other unit's prompt: the host name may have changed under us."""
        tail = self._wire.stream.tail
        place = parse(tail)
        if place is None or self._wire.stream.at_prompt or len(self._wire.stream.in_flight) != 1:
            return
        if probe.tail == tail and probe.heard != self._wire.heard:
            self._log(f"the unit's host name is now shown as {place.host!r}")
            self._wire.stream.relearn(Prompt(place.host, place.spaced_role), tail)
            self._wire.stream.settle()
        elif probe.left:
            # An empty line makes a prompt repeat itself; nothing else does so.
            probe.left -= 1
            probe.tail = tail
            probe.heard = self._wire.heard
            self._wire.send(b"\n")

    def _timed_out(self, problem: str, spent: float) -> ConsoleFailure:
        """Give the session up because a line has passed a limit, ``silence`` or ``length``."""
        stream = self._wire.stream
        line = self._redactor.redact(stream.in_flight[0]) if stream.in_flight else ""
        shown = self._wire.last_shown()
        last = f" The unit printed last: {shown!r}" if shown else ""
        if problem == "length":
            return self._wire.lost(
                f"the answer to {line!r} did not end within {spent:.0f} s (ansible_fortios_command_timeout is "
                f"{self.timeout:g} s); the session was given up.{last}",
                "timeout",
            )
        question = ""
        if asks(shown):
            question = " The unit seems to ask a question; this connection answers none."
        return self._wire.lost(
            f"no answer to {line!r} for {self.timeout:g} s (ansible_fortios_command_timeout); the session was given "
            f"up.{question}{last}",
            "timeout",
        )
