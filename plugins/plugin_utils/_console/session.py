# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One console session: login, requests, debug output, and what must be sent before it ends.

Everything that waits for the unit is a generator that yields at least four times a second, so that a caller with little
time can stop and go on later.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Generator, Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.banner import LoginDialogue
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.exchange import Exchange, Limits
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.lines import (
    SAVING,
    Sent,
    is_closed,
    is_editing,
    is_word,
    keystrokes,
    size,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import Prompt
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.scopes import (
    VDOM_LIST_AGE_EDITING,
    Scopes,
    Unit,
    VdomReserved,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.stream import Stream
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.transport import Transport
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.wire import Stats, Steps, Wire

_CLEANUP_SECONDS = 8.0
_LOGOUT_SECONDS = 2.0


class Session:
    """A logged-in console. ``open`` first; then ``run`` and the others as jobs, one at a time; ``close`` at the end.

    cleanups: batches to be sent before the session ends, by name.
    """

    def __init__(
        self,
        transport: Transport,
        redactor: Redactor,
        limits: Limits | None = None,
        log: Callable[[str], None] = lambda _text: None,
        clock: Callable[[], float] = time.monotonic,
        second_answer: str | None = None,
    ) -> None:
        """Make a session that is not logged in yet.

        log: takes what was sent and answered, redacted. clock: a monotonic clock, in seconds. second_answer: the
        one-time code, should the unit ask for one in its shell.
        """
        self.limits = limits or Limits()
        self.cleanups: dict[str, list[Batch]] = {}
        self._redactor = redactor
        self._log = log
        self._clock = clock
        self._wire = Wire(transport, redactor, clock)
        self._exchange = Exchange(self._wire, self.limits, log)
        self._scopes = Scopes(self._exchange, self._wire)
        self._second_answer = second_answer
        self._closed = False

    @property
    def failure(self) -> ConsoleFailure | None:
        """Why the session was given up, None while it can be used."""
        return self._wire.failure

    @property
    def stats(self) -> Stats:
        """What the session has cost."""
        return self._wire.stats

    @property
    def unit(self) -> Unit | None:
        """What is known of the unit, once it was asked."""
        return self._scopes.unit

    @property
    def stopping(self) -> bool:
        """Whether nothing further is sent, except to leave contexts."""
        return self._exchange.stopping

    @stopping.setter
    def stopping(self, value: bool) -> None:
        self._exchange.stopping = value

    # Login

    def open(self) -> Steps:
        """Come from a fresh shell to a verified prompt at the top. Raises ConsoleFailure of kind login."""
        dialogue = LoginDialogue(self._second_answer)
        started = self._wire.heard = self._clock()
        while dialogue.prompt is None:
            now = self._clock()
            if now - started > self.limits.login:
                raise self._wire.lost(
                    f"no FortiOS prompt within {self.limits.login:g} s after login (ansible_fortios_login_timeout); "
                    f"the unit printed last: {dialogue.last_line[-200:]!r}",
                    "login",
                )
            try:
                data = self._wire.receive(0.05)
            except ConsoleFailure as failure:
                if dialogue.answered:
                    self._wire.failure = ConsoleFailure(
                        "login",
                        f"the unit ended the login after the one-time code was given: {failure}; it printed last: "
                        f"{self._redactor.redact(dialogue.last_line[-200:])!r}",
                    )
                    raise self._wire.failure from None
                raise
            keys = dialogue.feed(data) if data else dialogue.silence(now - self._wire.heard)
            if dialogue.refusal:
                raise self._wire.lost(dialogue.refusal, "login")
            if keys:
                self._wire.send(keys)
                self._wire.heard = now
            yield
        place = dialogue.prompt
        self._wire.stream = Stream(Prompt(place.host, place.spaced_role))
        self._exchange.place = place
        self.stats.logins += 1
        yield from self._scopes.lead_out()
        self._log(f"logged in, prompt {place.host!r}{' (read-only)' if place.read_only else ''}")

    # Scopes

    def identify(self) -> Steps:
        """Learn what ``identity`` tells, and end at the top."""
        yield from self._scopes.learn_unit()
        yield from self._scopes.go_top()

    # Requests

    def run(self, batches: Sequence[Batch], timeout: float | None = None) -> Steps:
        """Run batches in order; ``results`` fills up with the answers, one list per batch. Ends at the top."""
        self._exchange.results = [[] for _batch in batches]
        self._exchange.timeout = timeout or self.limits.command
        try:
            targets: list[str | None] = []
            for batch in batches:
                target = yield from self._scopes.resolve(batch.scope)
                targets.append(target)
            start = 0
            clean = True
            while start < len(batches) and clean and not self.stopping:
                try:
                    start, clean = yield from self._run_stretch(batches, targets, start)
                except VdomReserved as refused:
                    self._scopes.reserve(refused)
                    raise
            yield from self._scopes.go_top()
        except ConsoleFailure:
            if self.failure is None:
                yield from self._scopes.go_top()
            raise
        finally:
            self._exchange.timeout = self.limits.command

    def _run_stretch(
        self, batches: Sequence[Batch], targets: Sequence[str | None], start: int
    ) -> Generator[None, None, tuple[int, bool]]:
        """Run as many batches as one exchange can take, from ``start`` on, and leave their scopes.

        Returns the first batch that is left, and False when a faulty answer stopped it.
        """
        items: list[Sent] = []
        here = self._scopes.inside
        index = start
        closed = True
        while index < len(batches) and closed:
            batch, target = batches[index], targets[index]
            editing = any(is_editing(line) for line in batch.lines)
            if editing and target not in (None, "global", here):
                # The list of VDOMs must not be old when a line that edits goes there.
                if size(items) > self.limits.window_bytes or (items and not self._scopes.listed(VDOM_LIST_AGE_EDITING)):
                    break
                yield from self._scopes.resolve(batch.scope, VDOM_LIST_AGE_EDITING)
                here = here if items else self._scopes.inside
            way = self._scopes.travel(here, target)
            lines = self._sendable(batch, index, target)
            if way and lines and not batch.repeatable and not (batch.brief and not editing):
                # Nothing that edits or acts is sent before the unit has shown that it stands in the right place.
                lines[0].after = True
            items += way + lines
            here = target
            index += 1
            closed = is_closed(batch.lines)
        if closed:
            if here == "global" and self.unit and self.unit.lister and all(item.quick for item in items):
                items.append(self._scopes.listing(self.unit, self.unit.lister))
            items += self._scopes.travel(here, None)
        clean = yield from self._exchange.run(items)
        yield from self._scopes.close_entries()
        return index, clean

    @staticmethod
    def _sendable(batch: Batch, index: int, target: str | None) -> list[Sent]:
        return [
            Sent(
                line,
                index,
                stop=batch.stop_on_error,
                after=batch.hold_saves and number > 0 and is_word(line, SAVING),
                repeatable=batch.repeatable,
                brief=batch.brief,
                rows=batch.rows,
                scope=target,
            )
            for number, line in enumerate(batch.lines)
        ]

    def results(self) -> list[list[dict[str, Any]]]:
        """Return the answers of the current or last ``run``, redacted, one list per batch."""
        return self._exchange.results

    def unanswered(self) -> list[str]:
        """Return the lines that were sent and not answered, redacted."""
        return [self._redactor.redact(line) for line in self._wire.stream.in_flight]

    def identity(self) -> dict[str, Any]:
        """Return what is known of unit and account. ``identify`` must have run."""
        unit = self.unit or Unit()
        return {
            "hostname": unit.hostname,
            "read_only": self._exchange.place.read_only,
            "vdom_mode": unit.vdom_mode,
            "vdoms": unit.vdoms if unit.vdom_mode != "none" else [],
            "reserved_vdoms": sorted(unit.reserved),
            "confined_to": unit.confined,
            "status_text": unit.status_text,
        }

    # Debug output

    def watch_start(self, on: Sequence[Batch], off: Sequence[Batch]) -> Steps:
        """Switch debug output on; ``off`` is sent when the watch stops or the session ends."""
        self.cleanups["watch"] = list(off)
        self._wire.stream.take_unowned()
        self._wire.stream.watch = True
        yield from self.run(on)

    def watch_stop(self, then: Sequence[Batch] = ()) -> Steps:
        """Switch debug output off, and run further batches in the same exchange."""
        off = self.cleanups.get("watch", [])
        yield from self.run([*off, *then])
        if all(answer["fault"] is None for answers in self._exchange.results[: len(off)] for answer in answers):
            self.cleanups.pop("watch", None)
        yield from self.listen(0.2)
        self._wire.stream.watch = False

    def listen(self, seconds: float, until: re.Pattern[str] | None = None) -> Steps:
        """Take in what the unit prints by itself, for a time or until a line matches."""
        end = self._clock() + seconds
        while (left := end - self._clock()) > 0 and not self.stopping:
            data = self._wire.receive(min(left, 0.25))
            if data:
                self._wire.stream.feed(data)
                news = self._wire.overhear()
                if until and any(until.search(self._redactor.redact(line, debug=True)) for line in news):
                    return
            yield

    @property
    def watching(self) -> bool:
        """Tell whether a watch is on."""
        return self._wire.stream.watch

    def take_lines(self, last: bool) -> dict[str, Any]:
        """Hand out debug lines, redacted. Lines that may end inside a secret wait for the rest unless ``last``."""
        return self._wire.take_lines(last)

    def keep_alive(self) -> None:
        """Type a line that only prints, so that the unit does not end the session as an idle one. Never raises; what
        went wrong is told by the next request."""
        if self.failure is None and not self._closed:
            with contextlib.suppress(ConsoleFailure):
                self._drive(self._exchange.run([Sent("get system status", repeatable=True)]), self.limits.command)

    # The end

    def abandon(self, message: str) -> None:
        """Mark the session as unusable: something broke in the middle of an exchange."""
        self._wire.lost(message)

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
            self._wire.close()

    def _drive(self, steps: Generator[None, None, Any], seconds: float) -> None:
        end = self._clock() + seconds
        for _step in steps:
            if self._clock() > end:
                raise self._wire.lost("the unit took too long", "timeout")

    def _farewell(self) -> Steps:
        yield from self._exchange.drain()
        yield from self._scopes.go_top()
        for batches in list(self.cleanups.values()):
            yield from self.run(batches, timeout=5.0)
        self._wire.send(b"exit\n")
        # Let the unit close the line: it then logs a logout, not a lost connection.
        end = self._clock() + _LOGOUT_SECONDS
        while self._clock() < end:
            self._wire.receive(0.25)
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
        self._wire.send_blindly(b"\x03" + b"".join(keystrokes(line) for line in lines))
