# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is PRIVATE to the collection. It can have breaking changes at any time.

"""One console session: login dialogue, lines in flight, scopes, deadlines, and what must be sent before it ends.

Everything that waits for the unit is a generator that yields at least four times a second, so that a caller with little
time can stop and go on later.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import detect
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.login import LoginDialogue
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import Place, Prompt, parse, same_name
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.stream import (
    UNOWNED_CHARS,
    UNOWNED_LINES,
    RawAnswer,
    Stream,
)

Steps = Generator[None, None, None]

# Silence after which a prompt at the end of the stream is believed. Output is written in one piece, so a longer pause
# inside an answer right behind prompt-like text at the start of a line does not occur in practice.
_SETTLE = 0.02
# Silence after which a session that stands at a prompt while lines are unanswered is out of step.
_STALL = 4.0
# Silence after which a unit whose pager took typed-ahead lines for keys is believed to have come to rest.
_REST = 0.6
# Empty lines typed to see a prompt that debug output hides.
_MOST_NUDGES = 2
# Silence after which an unfinished line that looks like some prompt is looked into.
_PROBE_AFTER = 1.5
# `edit` in `config vdom` creates a VDOM that is gone meanwhile, so a list of VDOMs is believed for so long: to read in
# one of them, and to edit there.
_VDOM_LIST_AGE = 10.0
_VDOM_LIST_AGE_EDITING = 1.0
_CLEANUP_SECONDS = 8.0
_LOGOUT_SECONDS = 2.0
_MOST_CONTEXTS = 8

# Lines that only edit. They print nothing, so nothing can page and eat the lines sent behind them.
_EDITING = (
    "config",
    "edit",
    "set",
    "unset",
    "append",
    "select",
    "unselect",
    "delete",
    "move",
    "rename",
    "next",
    "end",
    "abort",
)
# Lines that answer in a few rows at most and ask nothing, so that whatever comes next may be on its way already
# (Administration Guide, "Workspace mode"; articles 194508 and 308115 for the debug commands).
_BRIEF = re.compile(
    r"execute config-transaction (start|commit|abort)\b|diagnose debug (enable|disable|reset|console|application)\b"
    r"|diagnose fortitoken debug (enable|disable)\b|execute log filter\b|get system console$"
)
# No console of a fixed height shows more rows than this without a page: a unit that did takes the height from the
# terminal that was asked for.
_TALL = 60
# How much a listing may have grown since it was last seen, and the smallest page that a terminal has.
_GROWTH = 1.5
_SMALLEST_PAGE = 20
# Lines that take effect on the unit, as opposed to those that only fill the open entry.
_SAVING = ("next", "end", "delete", "execute", "move", "rename")

_VDOM_NAME = re.compile(r"[0-9A-Za-z_-]{1,31}")
_PAGER_MODE = re.compile(r"^\s*output\s*: *(\w+)", re.MULTILINE)
_PAGER_QUESTION = "get system console"
# Lines that change nothing. The unit is in step again when it echoes one that it was not sent before.
_HARMLESS = (_PAGER_QUESTION, "get system status", "get system performance status")
_INTERFACE_VDOM = re.compile(r'^\s*set vdom "?([0-9A-Za-z_-]+)"?\s*$', re.MULTILINE)
# What lists the VDOMs, and how each is told there; the first that answers is used.
_VDOM_LISTERS = {
    "diagnose sys vd list": re.compile(r"^name=([0-9A-Za-z_-]+)", re.MULTILINE),
    "show system vdom-property": re.compile(r'^\s*edit "?([0-9A-Za-z_-]+)"?\s*$', re.MULTILINE),
    # Each VDOM has an interface of its own, "ssl.<VDOM>". A bar may be refused for reasons of its own (seen on 7.0.3).
    'show system interface | grep "set vdom"': _INTERFACE_VDOM,
    "show system interface": _INTERFACE_VDOM,
}


class Transport(Protocol):
    """A byte pipe to a unit's terminal."""

    def send(self, data: bytes) -> None:
        """Write all of ``data``. Raises OSError or EOFError when the line is gone."""

    def recv(self, timeout: float) -> bytes | None:
        """Return what arrived within ``timeout`` seconds, None if nothing did, ``b""`` when the far end has closed."""

    def close(self) -> None:
        """End the line."""


@dataclass(frozen=True)
class Limits:
    """Deadlines in seconds, and how much may be in flight.

    login: from the shell's start to a verified prompt. command: longest silence while an answer is due.
    The window keeps below the 4096 bytes that a terminal's input queue holds.
    """

    login: float = 30.0
    command: float = 60.0
    window_lines: int = 200
    window_bytes: int = 4000


@dataclass
class Stats:
    """What the session has cost. A turn is one wait for the unit after something was sent."""

    logins: int = 0
    turns: int = 0
    lines: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


@dataclass(frozen=True)
class BatchSpec:
    """Lines to run in one scope. See Batch of the module side for the meaning."""

    lines: tuple[str, ...]
    scope: str | None = None
    stop_on_error: bool = False
    hold_saves: bool = False
    repeatable: bool = False

    @classmethod
    def load(cls, raw: dict[str, Any]) -> BatchSpec:
        """Read the JSON form. Raises ConsoleFailure for lines that a console cannot take."""
        lines = tuple(str(line) for line in raw["lines"])
        for line in lines:
            if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line) or ("\n" in line and '"' not in line):
                raise ConsoleFailure("refused", "a console line must not hold control characters")
        scope = raw.get("scope")
        if scope is not None and scope != "global" and not scope.startswith("vdom:"):
            raise ConsoleFailure("refused", f"unknown scope {scope!r}: use None, 'global' or 'vdom:NAME'")
        return cls(lines, scope, *(bool(raw.get(name)) for name in ("stop_on_error", "hold_saves", "repeatable")))


@dataclass
class Sent:
    """One line of an exchange.

    batch: whose answer it is, None for the session's own lines. stop: send nothing further after a fault.
    after: send only once everything before is answered. repeatable: it changes nothing and may be sent again, from
    ``scope``; where it is ``midway``, together with the line before it. check: sees the answer, and may raise.
    """

    line: str
    batch: int | None = None
    stop: bool = False
    after: bool = False
    repeatable: bool = False
    scope: str | None = None
    midway: bool = False
    check: Callable[[RawAnswer], None] | None = None

    @property
    def brief(self) -> bool:
        """Tell whether lines of any kind may be on their way behind this one."""
        return is_editing(self.line) or _BRIEF.match(self.line) is not None

    @property
    def shape(self) -> str:
        """The command without its arguments."""
        return " ".join(self.line.split()[:3])


@dataclass
class _Probe:
    """An empty line sent to see whether a text is a prompt.

     tail: what stood there. heard: when the unit was last heard before. left: how many more may be sent.
    ."""

    tail: str = ""
    heard: float = 0.0
    left: int = 3


@dataclass
class Unit:
    """What the session knows of the unit.

    vdom_mode: "none", "multi" or "split". confined: the one VDOM of this account. listed_at: age of ``vdoms``, on the
    session's clock. lister: the command that listed them.
    """

    status_text: str = ""
    hostname: str = ""
    vdom_mode: str = "none"
    vdoms: list[str] = field(default_factory=list)
    confined: str | None = None
    listed_at: float | None = None
    lister: str | None = None


def _is_word(line: str, words: Iterable[str]) -> bool:
    """Tell whether the first word of ``line`` is one of ``words``, or an abbreviation of three letters or more."""
    first = line.split(None, 1)[0].lower() if line.strip() else ""
    return any(first == word or (len(first) >= 3 and word.startswith(first)) for word in words)


def _is_closed(lines: Iterable[str]) -> bool:
    """Tell whether lines leave every table that they enter, so that what follows cannot save an open entry."""
    depth = 0
    for line in lines:
        depth += _is_word(line, ["config"])
        depth -= _is_word(line, ["end", "abort"])
    return depth == 0


def is_editing(line: str) -> bool:
    """Tell whether a line edits configuration, in contrast to one that prints or acts."""
    return _is_word(line, _EDITING)


def keystrokes(line: str) -> bytes:
    """Turn a line into what must be typed.

    ``?`` and Tab act at once on a FortiOS command line unless Ctrl-V stands before them (CLI reference, "Entering
    special characters").
    """
    return re.sub(r"([?\t])", "\x16\\1", line).encode("utf-8", "surrogateescape") + b"\n"


class _OutOfStep(Exception):
    """Lines typed ahead were taken for something else, and all of them may be sent again."""


@dataclass
class _Pager:
    """What is known of the unit's pager, which would take lines typed ahead for its keys.

    asked: `config system console` was read. off: it says that output is not paged. page: rows of the first page, once
    one was seen. unpaged: most rows seen without one. rows: of each listing, the most so far. tame: commands that
    answered without asking anything. lost: how often lines typed ahead were lost; after the second time, nothing is
    typed ahead any more behind a line that prints.
    """

    asked: bool = False
    off: bool = False
    page: int | None = None
    unpaged: int = 0
    rows: dict[tuple[str | None, str], int] = field(default_factory=dict)
    tame: set[str] = field(default_factory=set)
    lost: int = 0

    def note(self, item: Sent, answer: RawAnswer, clean: bool) -> None:
        """Learn from an answer."""
        rows = answer.output.count("\n") + 1
        if answer.page is not None:
            self.paged(answer.page)
        else:
            self.unpaged = max(self.unpaged, rows)
        if item.repeatable:
            # Tokens that were deleted come back: the longest is remembered.
            self.rows[item.scope, item.line] = max(rows, self.rows.get((item.scope, item.line), 0))
        elif clean and answer.page is None:
            self.tame.add(item.shape)

    def paged(self, rows: int) -> None:
        """Learn from a page."""
        self.off = False
        self.page = min(rows, self.page or rows)

    def lets_through(self, first: Sent, second: Sent) -> bool:
        """Tell whether ``second`` may be on its way while ``first``, which prints, is being answered."""
        if self.lost > 1:
            return False
        if not (first.repeatable and second.repeatable):
            return first.shape == second.shape and first.shape in self.tame
        if self.off or (self.page is None and self.unpaged > _TALL):
            return True
        rows = self.rows.get((first.scope, first.line))
        return rows is not None and rows * _GROWTH <= (self.page or max(self.unpaged, _SMALLEST_PAGE))


class Session:
    """A logged-in console. ``open`` first; then ``run`` and the others as jobs, one at a time; ``close`` at the end."""

    def __init__(
        self,
        transport: Transport,
        redactor: Redactor,
        limits: Limits | None = None,
        log: Callable[[str], None] = lambda text: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits or Limits()
        self.stats = Stats()
        self.unit: Unit | None = None
        self.failure: ConsoleFailure | None = None
        self.cleanups: dict[str, list[BatchSpec]] = {}
        self.stopping = False
        self._transport = transport
        self._redactor = redactor
        self._log = log
        self._clock = clock
        self._stream = Stream(Prompt("?"))
        self._base = ""
        self._place = Place("", "", False, False, 0)
        self._depth = 0
        self._inside: str | None = None
        self._results: list[list[dict[str, Any]]] = []
        self._command_timeout = self.limits.command
        self._heard = self._clock()
        self._asked = False
        self._held: list[str] = []
        self._pager = _Pager()
        self._closed = False

    # Bytes

    def _send(self, data: bytes) -> None:
        try:
            self._transport.send(data)
        except (OSError, EOFError) as error:
            raise self._hung_up(f"the connection to the unit broke: {error}") from None
        self.stats.bytes_out += len(data)
        self._asked = True

    def _receive(self, timeout: float) -> bytes | None:
        """Read once. Counts a turn when the unit is waited for after something was sent."""
        try:
            data = self._transport.recv(0)
            if data is None:
                if self._asked:
                    self.stats.turns += 1
                    self._asked = False
                data = self._transport.recv(timeout)
        except (OSError, EOFError) as error:
            raise self._hung_up(f"the connection to the unit broke: {error}") from None
        if data == b"":
            raise self._hung_up("the unit closed the connection")
        if data:
            self.stats.bytes_in += len(data)
            self._heard = self._clock()
        return data

    def _hung_up(self, message: str) -> ConsoleFailure:
        """Say that the line is gone, with what the unit printed before it went."""
        with contextlib.suppress(OSError, EOFError):
            while data := self._transport.recv(0):
                self._stream.feed(data)
        shown = self._last_shown()
        if shown == "Timeout":
            # What FortiOS prints when `set admintimeout` of `config system global` is over.
            return self._lost("the unit ended the idle session (admintimeout)")
        return self._lost(message + (f"; the unit printed last: {shown}" if shown else ""))

    def _lost(self, message: str, kind: str = "lost") -> ConsoleFailure:
        if self.failure is None:
            self.failure = ConsoleFailure(kind, self._redactor.redact(message, debug=True))
        return self.failure

    def _last_shown(self) -> str:
        """The last line that the unit printed. It is redacted together with what came before: alone, it might be the
        second half of a secret."""
        self._hold(self._stream.take_unowned())
        text = self._redactor.redact("\n".join([*self._held, self._stream.tail]), debug=True)
        return text.strip().rpartition("\n")[2][-200:].strip()

    # Login

    def open(self) -> Steps:
        """Come from a fresh shell to a verified prompt at the top. Raises ConsoleFailure of kind login."""
        dialogue = LoginDialogue()
        started = self._heard = self._clock()
        while dialogue.prompt is None:
            now = self._clock()
            if now - started > self.limits.login:
                raise self._lost(
                    f"no FortiOS prompt within {self.limits.login:g} s after login (ansible_fortios_login_timeout); "
                    f"the unit printed last: {dialogue.last_line[-200:]!r}",
                    "login",
                )
            data = self._receive(0.05)
            keys = dialogue.feed(data) if data else dialogue.silence(now - self._heard)
            if dialogue.refusal:
                raise self._lost(dialogue.refusal, "login")
            if keys:
                self._send(keys)
                self._heard = now
            yield
        place = dialogue.prompt
        self._stream = Stream(Prompt(place.host, place.spaced_role))
        self._place = place
        self.stats.logins += 1
        yield from self._lead_out()
        self._log(f"logged in, prompt {place.host!r}{' (read-only)' if place.read_only else ''}")

    def _lead_out(self) -> Steps:
        """Leave a context that the session was found in. An account that belongs to one VDOM may stay where it is."""
        before = None
        for word in ("abort", "end") * 3:
            if not self._place.context:
                return
            if word == "abort" and before == self._place.context:
                break
            before = self._place.context
            yield from self._exchange([Sent(word)])
        if self._place.context:
            self._base = self._place.context

    # Lines

    def _exchange(self, items: Sequence[Sent], urgent: bool = False) -> Generator[None, None, bool]:
        """Send lines in bursts and take their answers. Returns False when a faulty answer stopped it.

        urgent: send also while the session is being stopped.
        """
        position = 0
        clean = True
        while position < len(items) and clean and (urgent or not self.stopping):
            burst = self._burst(items, position)
            self._type(burst)
            refusal: ConsoleFailure | None = None
            for number, item in enumerate(burst):
                behind = burst[number:]
                try:
                    yield from self._await_answer(len(behind) > 1 and all(one.repeatable for one in behind))
                except _OutOfStep:
                    while items[position].midway:
                        position -= 1
                    yield from self._catch_up(behind, items[position].scope)
                    break
                try:
                    clean = self._take(item, self._stream.answers.popleft()) and clean
                except ConsoleFailure as failure:
                    # The rest of the burst is in flight, and its answers are due first.
                    refusal = refusal or failure
                position += 1
            if refusal is not None:
                raise refusal
        return clean

    def _type(self, burst: Sequence[Sent]) -> None:
        self._send(b"".join(keystrokes(item.line) for item in burst))
        for item in burst:
            self._stream.expect(item.line)
            self.stats.lines += 1
        self._heard = self._clock()

    def _burst(self, items: Sequence[Sent], start: int) -> list[Sent]:
        """Choose what may be in flight together.

        The pager of a line that prints, or whatever a line that acts may ask, would take the keys that follow for
        itself. So nothing goes behind such a line but what does no harm if it is lost, and that only where the pager
        is known to stay away.
        """
        burst: list[Sent] = []
        size = 0
        prints: Sent | None = None
        for item in items[start:]:
            size += len(keystrokes(item.line))
            if burst and (item.after or size > self.limits.window_bytes or len(burst) >= self.limits.window_lines):
                break
            if prints is not None and not self._pager.lets_through(prints, item):
                break
            burst.append(item)
            if not item.brief:
                prints = item
        return burst

    def _catch_up(self, behind: Sequence[Sent], scope: str | None) -> Steps:
        """Come to rest after the lines ``behind`` were lost, and stand in the scope where they are to be sent again."""
        lost = {item.line for item in behind}
        self._log(f"{len(lost)} lines typed ahead were lost: they are sent again one by one")
        self._pager.lost += 1
        paging = self._stream.pager_waits
        if self._stream.page is not None:
            self._pager.paged(self._stream.page)
        self._stream.forget()
        nudges = _MOST_NUDGES
        end = self._clock() + self._command_timeout
        while True:
            data = self._receive(0.1)
            if data:
                self._stream.pager_waits = False
                self._stream.feed(data)
                # Keys that are on their way may still turn this page, and what came now may be debug output only. A
                # blank too many does no harm.
                paging = paging or self._stream.pager_waits
            quiet = self._clock() - self._heard
            if not data and quiet > _REST and paging:
                self._send(b" ")
                self._heard = self._clock()
                paging = False
            elif not data and quiet > _REST and (self._stream.at_prompt or not nudges):
                # The next line tells: until it is seen echoed, nothing that comes is believed.
                break
            elif not data and quiet > _REST:
                # Debug output stands behind the prompt: an empty line makes the unit repeat it.
                nudges -= 1
                self._send(b"\n")
                self._heard = self._clock()
            elif self._clock() > end:
                break
            yield
        self._stream.pager_waits = False
        fresh = next((line for line in _HARMLESS if line not in lost), _HARMLESS[-1])
        yield from self._exchange([Sent(fresh)], urgent=True)
        yield from self._go_top()
        yield from self._exchange(self._travel(None, scope))

    def _take(self, item: Sent, answer: RawAnswer) -> bool:
        self._place = answer.place
        output = self._redactor.answer(item.line, answer.output)
        fault = detect(output)
        code = fault.code if fault else None
        text = fault.text if fault else None
        if not answer.whole:
            text = text or "the unit did not take the line as it was sent: its echo is cut or differs"
        if text is None:
            self._track(item.line)
        if not is_editing(item.line):
            self._pager.note(item, answer, text is None)
        if item.batch is not None:
            self._results[item.batch].append(
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
        if _is_word(line, ["config"]):
            self._depth += 1
        elif _is_word(line, ["end", "abort"]):
            self._depth = max(0, self._depth - 1)
        if not self._place.context:
            self._depth = 0

    def _await_answer(self, repeatable: bool = False) -> Steps:
        """Wait until the first line in flight is answered.

        repeatable: several lines are in flight that may all be sent again. Raises _OutOfStep where they were lost.
        """
        probe = _Probe()
        while not self._stream.answers:
            if self._stream.pager_waits:
                if repeatable:
                    raise _OutOfStep
                self._stream.pager_waits = False
                self._send(b" ")
            data = self._receive(_SETTLE if self._stream.at_prompt else 0.25)
            if data:
                self._stream.feed(data)
                continue
            self._stream.settle()
            if self._stream.answers:
                return
            quiet = self._clock() - self._heard
            if quiet > self._command_timeout:
                raise self._lost(self._timeout_text(), "timeout")
            if quiet > _PROBE_AFTER:
                self._look_for_new_name(probe)
            if quiet > _STALL and not self._stream.answers and not self._stream.stall() and self._stream.at_prompt:
                if repeatable:
                    raise _OutOfStep
                raise self._lost(
                    "the unit is at its prompt, but did not echo what was sent: the session is out of step and was "
                    f"given up; line: {self._redactor.redact(self._stream.in_flight[0])}"
                )
            yield
        # An answer is there; let a caller with little time go even when answers come without a pause.
        yield

    def _look_for_new_name(self, probe: _Probe) -> None:
        """Look into a quiet line that ends in some other unit's prompt: the host name may have changed under us."""
        tail = self._stream.tail
        place = parse(tail)
        if place is None or self._stream.at_prompt or len(self._stream.in_flight) != 1:
            return
        if probe.tail == tail and probe.heard != self._heard:
            self._log(f"the unit's host name is now shown as {place.host!r}")
            self._stream.relearn(Prompt(place.host, place.spaced_role), tail)
            self._stream.settle()
        elif probe.left:
            # An empty line makes a prompt repeat itself; nothing else does so.
            probe.left -= 1
            probe.tail = tail
            probe.heard = self._heard
            self._send(b"\n")

    def _timeout_text(self) -> str:
        line = self._redactor.redact(self._stream.in_flight[0]) if self._stream.in_flight else ""
        shown = self._last_shown()
        asks = (
            " The unit seems to ask a question; this connection answers none."
            if re.search(r"\(y/n\)\s*$", shown)
            else ""
        )
        return (
            f"no answer to {line!r} for {self._command_timeout:g} s (ansible_fortios_command_timeout); the session was "
            f"given up.{asks}" + (f" The unit printed last: {shown!r}" if shown else "")
        )

    # Scopes

    def identify(self) -> Steps:
        """Learn what ``identity`` tells, and end at the top."""
        yield from self._learn_unit()
        yield from self._go_top()

    def _learn_unit(self) -> Generator[None, None, Unit]:
        """Ask the unit once who it is and which VDOMs it has."""
        if self.unit is not None:
            return self.unit
        unit = Unit()
        text = yield from self._ask("get system status", *self._pager_question(None))
        if not text:
            raise ConsoleFailure("refused", "the unit does not answer 'get system status', so its VDOMs are unknown")
        name = re.search(r"^Hostname: *(\S.*?) *$", text, re.MULTILINE)
        unit.hostname = name.group(1) if name else self._place.host.rstrip("~")
        # A password of the same text must not make the unit unrecognizable.
        self._redactor.keep((unit.hostname,))
        unit.status_text = self._redactor.redact(text)
        mode = re.search(r"^Virtual domain configuration: *(\S+)", text, re.MULTILINE)
        word = mode.group(1).lower() if mode else "disable"
        # "enable" to FortiOS 6.0; "multiple" and "split-task" from 6.2.
        unit.vdom_mode = "none" if word.startswith("disable") else "split" if word.startswith("split") else "multi"
        current = re.search(r"^Current virtual domain: *(\S+)", text, re.MULTILINE)
        if unit.vdom_mode != "none":
            if self._base:
                unit.confined = current.group(1) if current else self._base
                unit.vdoms = [unit.confined]
            else:
                yield from self._list_vdoms(unit, current.group(1) if current else "root")
        self.unit = unit
        return unit

    def _ask(self, line: str, *before: Sent) -> Generator[None, None, str]:
        """Send one line and return its answer, "" when the unit refused it."""
        answers: list[str] = []

        def check(answer: RawAnswer) -> None:
            answers.append("" if detect(answer.output) else answer.output)

        yield from self._exchange([*before, Sent(line, repeatable=True, check=check)])
        return answers[0] if answers else ""

    def _list_vdoms(self, unit: Unit, current: str) -> Steps:
        """Learn the VDOM names: ``edit`` in ``config vdom`` would create a VDOM that does not exist."""
        yield from self._go_top()
        if unit.lister is not None:
            unit.vdoms = []
            try:
                yield from self._exchange([*self._travel(None, "global"), self._listing(unit, unit.lister)])
            except ConsoleFailure as failure:
                if self.failure is not None:
                    raise
                raise ConsoleFailure(
                    "context", f"the unit no longer lets this account into the global scope: {failure}"
                ) from None
            return
        yield from self._ask("config global")
        if not same_name(self._place.context, "global"):
            # An account of one VDOM has no global scope and works in its VDOM at the top (inferred).
            unit.confined = current
            unit.vdoms = [current]
            return
        self._inside = "global"
        for command in _VDOM_LISTERS:
            yield from self._exchange([*self._pager_question("global"), self._listing(unit, command)])
            if unit.lister is not None:
                return

    def _listing(self, unit: Unit, command: str) -> Sent:
        """A line that lists the VDOMs in the global scope; its answer is taken in where it is one."""

        def check(answer: RawAnswer) -> None:
            names = [] if detect(answer.output) else _VDOM_LISTERS[command].findall(answer.output)
            if names:
                unit.lister = command
                # Hidden VDOMs of the system itself.
                unit.vdoms = list(dict.fromkeys(name for name in names if not name.startswith("vsys_")))
                self._redactor.keep(unit.vdoms)
                unit.listed_at = self._clock()

        return Sent(command, repeatable=True, scope="global", check=check)

    def _pager_question(self, scope: str | None) -> list[Sent]:
        """The line that asks whether output is paged at all, unless that is known."""

        def check(answer: RawAnswer) -> None:
            mode = _PAGER_MODE.search(answer.output)
            self._pager.asked = mode is not None
            self._pager.off = mode is not None and mode.group(1) == "standard"

        return [] if self._pager.asked else [Sent(_PAGER_QUESTION, repeatable=True, scope=scope, check=check)]

    def _resolve(self, scope: str | None, age: float = _VDOM_LIST_AGE) -> Generator[None, None, str | None]:
        """Map a scope to the context that must be entered, None for the top. Raises ConsoleFailure of kind context.

        age: seconds for which an older list of VDOMs is believed.
        """
        if scope is None:
            return None
        unit = yield from self._learn_unit()
        name = scope.removeprefix("vdom:") if scope != "global" else ""
        if unit.vdom_mode == "none":
            if name not in ("", "root"):
                raise ConsoleFailure("context", f"this unit has no VDOMs, so there is no VDOM {name!r}")
            return None
        if unit.confined is not None:
            if name == unit.confined:
                return None
            raise ConsoleFailure(
                "context", f"this account is confined to VDOM {unit.confined!r}; {scope!r} is out of its reach"
            )
        if not name:
            return "global"
        if not self._listed(age):
            yield from self._list_vdoms(unit, "root")
        if name not in unit.vdoms or not _VDOM_NAME.fullmatch(name):
            known = ", ".join(unit.vdoms) or "none could be listed with this account's rights"
            raise ConsoleFailure("context", f"the unit has no VDOM {name!r} (it has: {known}); nothing was sent")
        return name

    def _listed(self, age: float) -> bool:
        """Tell whether the VDOMs were listed within the last ``age`` seconds."""
        listed_at = self.unit.listed_at if self.unit else None
        return listed_at is not None and self._clock() - listed_at <= age

    def _travel(self, here: str | None, target: str | None) -> list[Sent]:
        """The lines from one scope to another; they are verified when their answers come."""

        def at_top(answer: RawAnswer) -> None:
            if answer.place.context != self._base:
                raise ConsoleFailure("context", f"could not leave {answer.place.context!r}")
            self._inside = None

        def inside(answer: RawAnswer) -> None:
            shown = re.search(r"current vf=([^:\s]+):", answer.output)
            if not same_name(answer.place.context, str(target)) or (shown and shown.group(1) != target):
                fault = detect(answer.output)
                why = f": {fault}" if fault else f", the unit stands in {answer.place.context or 'the top'!r}"
                raise ConsoleFailure(
                    "context", f"could not enter {'VDOM ' if target != 'global' else ''}{target!r}{why}"
                )
            self._inside = target

        if target == here:
            return []
        way = [] if here is None else [Sent("end", repeatable=True, scope=here, check=at_top)]
        if target == "global":
            way.append(Sent("config global", repeatable=True, check=inside))
        elif target is not None:
            way.append(Sent("config vdom", repeatable=True, check=_entered_vdom))
            way.append(Sent(f"edit {target}", repeatable=True, midway=True, check=inside))
        return way

    def _close_entries(self) -> Steps:
        """Come back to the level of the scope; an entry left open is dropped."""
        home = self._base if self._inside is None else self._inside
        # `config global` and `config vdom` count as one level each.
        level = 0 if self._inside is None else 1
        for _attempt in range(_MOST_CONTEXTS):
            if self._place.context == self._base:
                self._inside = None
                return
            if same_name(self._place.context, home) and self._depth <= level:
                return
            yield from self._exchange([Sent("abort")], urgent=True)

    def _go_top(self) -> Steps:
        """Leave every context, without saving what is open in a table."""
        yield from self._close_entries()
        words = ["end", "abort"] * _MOST_CONTEXTS
        while self._place.context != self._base:
            if not words:
                raise self._lost(f"could not leave the context {self._place.context!r}", "context")
            yield from self._exchange([Sent(words.pop(0))], urgent=True)
        self._inside = None
        self._depth = 0

    # Requests

    def run(self, batches: Sequence[BatchSpec], timeout: float | None = None) -> Steps:
        """Run batches in order; ``results`` fills up with the answers, one list per batch. Ends at the top."""
        self._results = [[] for _batch in batches]
        self._command_timeout = timeout or self.limits.command
        try:
            targets = []
            for batch in batches:
                targets.append((yield from self._resolve(batch.scope)))
            start = 0
            clean = True
            while start < len(batches) and clean and not self.stopping:
                start, clean = yield from self._run_stretch(batches, targets, start)
            yield from self._go_top()
        except ConsoleFailure:
            if self.failure is None:
                yield from self._go_top()
            raise
        finally:
            self._command_timeout = self.limits.command

    def _run_stretch(
        self, batches: Sequence[BatchSpec], targets: Sequence[str | None], start: int
    ) -> Generator[None, None, tuple[int, bool]]:
        """Run as many batches as one exchange can take, from ``start`` on, and leave their scopes.

        Returns the first batch that is left, and False when a faulty answer stopped it.
        """
        items: list[Sent] = []
        here = self._inside
        index = start
        closed = True
        while index < len(batches) and closed:
            batch, target = batches[index], targets[index]
            editing = any(is_editing(line) for line in batch.lines)
            if editing and target not in (None, "global", here):
                # The list of VDOMs must not be old when a line that edits goes there.
                if self._size(items) > self.limits.window_bytes or (items and not self._listed(_VDOM_LIST_AGE_EDITING)):
                    break
                yield from self._resolve(batch.scope, _VDOM_LIST_AGE_EDITING)
                here = here if items else self._inside
            way = self._travel(here, target)
            lines = self._sendable(batch, index, target)
            if way and lines and editing:
                # Nothing that edits is sent before the unit has shown that it stands in the right place.
                lines[0].after = True
            items += way + lines
            here = target
            index += 1
            closed = _is_closed(batch.lines)
        if closed:
            if here == "global" and self.unit and self.unit.lister and all(item.brief for item in items):
                items.append(self._listing(self.unit, self.unit.lister))
            items += self._travel(here, None)
        clean = yield from self._exchange(items)
        yield from self._close_entries()
        return index, clean

    @staticmethod
    def _size(items: Sequence[Sent]) -> int:
        return sum(len(keystrokes(item.line)) for item in items)

    @staticmethod
    def _sendable(batch: BatchSpec, index: int, target: str | None) -> list[Sent]:
        return [
            Sent(
                line,
                index,
                stop=batch.stop_on_error,
                after=batch.hold_saves and number > 0 and _is_word(line, _SAVING),
                repeatable=batch.repeatable,
                scope=target,
            )
            for number, line in enumerate(batch.lines)
        ]

    def results(self) -> list[list[dict[str, Any]]]:
        """Return the answers of the current or last ``run``, redacted, one list per batch."""
        return self._results

    def unanswered(self) -> list[str]:
        """Return the lines that were sent and not answered, redacted."""
        return [self._redactor.redact(line) for line in self._stream.in_flight]

    def identity(self) -> dict[str, Any]:
        """Return what is known of unit and account. ``identify`` must have run."""
        unit = self.unit or Unit()
        return {
            "hostname": unit.hostname,
            "read_only": self._place.read_only,
            "vdom_mode": unit.vdom_mode,
            "vdoms": unit.vdoms if unit.vdom_mode != "none" else [],
            "confined_to": unit.confined,
            "status_text": unit.status_text,
        }

    # Debug output

    def watch_start(self, on: Sequence[BatchSpec], off: Sequence[BatchSpec]) -> Steps:
        """Switch debug output on; ``off`` is sent when the watch stops or the session ends."""
        self.cleanups["watch"] = list(off)
        self._stream.take_unowned()
        self._stream.watch = True
        yield from self.run(on)

    def watch_stop(self, then: Sequence[BatchSpec] = ()) -> Steps:
        """Switch debug output off, and run further batches in the same exchange."""
        off = self.cleanups.get("watch", [])
        yield from self.run([*off, *then])
        if all(answer["fault"] is None for answers in self._results[: len(off)] for answer in answers):
            self.cleanups.pop("watch", None)
        yield from self.listen(0.2)
        self._stream.watch = False

    def listen(self, seconds: float, until: re.Pattern[str] | None = None) -> Steps:
        """Take in what the unit prints by itself, for a time or until a line matches."""
        end = self._clock() + seconds
        while (left := end - self._clock()) > 0 and not self.stopping:
            data = self._receive(min(left, 0.25))
            if data:
                self._stream.feed(data)
                news = self._stream.take_unowned()
                self._hold(news)
                if until and any(until.search(self._redactor.redact(line, debug=True)) for line in news):
                    return
            yield

    def _hold(self, lines: list[str]) -> None:
        """Keep lines until they are asked for; of a flood the newest, as the stream does."""
        self._held += lines
        surplus = max(0, len(self._held) - UNOWNED_LINES)
        chars = sum(map(len, self._held[surplus:]))
        while chars > UNOWNED_CHARS:
            chars -= len(self._held[surplus])
            surplus += 1
        del self._held[:surplus]
        self._stream.dropped += surplus

    @property
    def watching(self) -> bool:
        """Tell whether a watch is on."""
        return self._stream.watch

    def take_lines(self, last: bool) -> dict[str, Any]:
        """Hand out debug lines, redacted. Lines that may end inside a secret wait for the rest unless ``last``."""
        self._hold(self._stream.take_unowned())
        ready = len(self._held)
        if not last and Redactor.is_open("\n".join(self._held[-20:])):
            ready = max(0, ready - 20)
        lines, self._held = self._held[:ready], self._held[ready:]
        dropped, self._stream.dropped = self._stream.dropped, 0
        return {
            "lines": self._redactor.redact("\n".join(lines), debug=True).split("\n") if lines else [],
            "dropped": dropped,
        }

    def keep_alive(self) -> None:
        """Type a line that only prints, so that the unit does not end the session as an idle one. Never raises; what
        went wrong is told by the next request."""
        if self.failure is None and not self._closed:
            with contextlib.suppress(ConsoleFailure):
                self._drive(self._exchange([Sent("get system status", repeatable=True)]), self.limits.command)

    # The end

    def abandon(self, message: str) -> None:
        """Mark the session as unusable: something broke in the middle of an exchange."""
        self._lost(message)

    def close(self) -> None:
        """Send what must be sent before the session ends, and end it. Never raises; takes a few seconds at most."""
        if self._closed:
            return
        self._closed = True
        self.stopping = False
        try:
            if self.failure is None:
                self._drive(self._farewell(), _CLEANUP_SECONDS)
            elif self.failure.kind not in ("login", "hostkey"):
                self._blind_farewell()
        except (ConsoleFailure, OSError, EOFError):
            pass
        finally:
            self._transport.close()

    def _drive(self, steps: Generator[None, None, Any], seconds: float) -> None:
        end = self._clock() + seconds
        for _step in steps:
            if self._clock() > end:
                raise self._lost("the unit took too long", "timeout")

    def _farewell(self) -> Steps:
        while not self._stream.idle:
            yield from self._await_answer()
            self._place = self._stream.answers.popleft().place
        yield from self._go_top()
        for batches in list(self.cleanups.values()):
            yield from self.run(batches, timeout=5.0)
        self._send(b"exit\n")
        # Let the unit close the line: it then logs a logout, not a lost connection.
        end = self._clock() + _LOGOUT_SECONDS
        while self._clock() < end:
            self._receive(0.25)
            yield

    def _blind_farewell(self) -> None:
        """Nobody knows where this session stands. Drop open edits, send the clean-up lines, and do not wait for
        answers.

        Ctrl-C ends a pager or a running command. Leaving by ``abort`` saves nothing.
        """
        batches = [batch for group in self.cleanups.values() for batch in group]
        if not batches:
            return
        lines = ["", "abort", "abort", "abort"]
        vdoms = self.unit is not None and self.unit.vdom_mode != "none"
        # Where the session stands, and once more in the global scope. `edit` in `config vdom` is never typed blindly.
        lines += [line for batch in batches if batch.scope != "global" or not vdoms for line in batch.lines]
        if vdoms:
            lines += ["end", "end", "config global", *(line for batch in batches for line in batch.lines), "end"]
        self._transport.send(b"\x03" + b"".join(keystrokes(line) for line in lines))
        self._transport.recv(0.5)


def _entered_vdom(answer: RawAnswer) -> None:
    if not same_name(answer.place.context, "vdom"):
        raise ConsoleFailure(
            "context", f"'config vdom' was refused: {detect(answer.output) or answer.output.strip()[:200]}"
        )
