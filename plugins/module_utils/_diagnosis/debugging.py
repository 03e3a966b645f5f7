# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debugging of one unit: the lines that switch it on and off, what it prints, and what its event log notes.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis import diagnose
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis import events as _events
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.asking import run_where_possible
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import GLOBAL, Unit

if TYPE_CHECKING:
    from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console

# Article 194508, step 4, and its end; with topic license its second part, with topic email its part about mails.
# `diagnose debug` belongs to the session; on units with VDOMs it is seen used in the management VDOM.
HEAD = (
    "diagnose debug disable",
    "diagnose debug reset",
    "diagnose debug console time enable",
)
FORTICLDD = "diagnose debug application forticldd 255"
FORTITOKEN = "diagnose fortitoken debug enable"
ALERTMAIL = "diagnose debug application alertmail -1"
INFO = "diagnose debug info"
EVENTS = "execute log display"
_PRINTING = (INFO, EVENTS)
TAIL = ("diagnose debug enable", INFO)
DISABLE = (
    "diagnose fortitoken debug disable",
    "diagnose debug reset",
    "diagnose debug disable",
)
MOST_VDOMS = 10
#: Listening is asked for in short turns, so that what arrives is taken over as it comes.
TURN_SECONDS = 5.0
#: Lines kept in one call; the connection keeps as many in between.
MOST_LINES = 20_000


def enabling(topics: list[str], unit: Unit, vdom: str) -> list[Batch]:
    """Return the lines that switch debugging on, in the article's order. `alertmail` is debugged in the global scope
    (article 194508, revision of 2025)."""
    scope = unit.scope(vdom)
    tokens = [FORTICLDD] if "activation" in topics else []
    tokens += [FORTITOKEN] if {"activation", "license"} & set(topics) else []
    if "email" not in topics:
        return _batches((*HEAD, *tokens, *TAIL), scope)
    if not tokens:
        return _batches((*HEAD, ALERTMAIL, *TAIL), GLOBAL)
    return _batches((*HEAD, *tokens), scope) + _batches((ALERTMAIL, *TAIL), GLOBAL)


def _batches(lines: tuple[str, ...], scope: str) -> list[Batch]:
    """Put lines into batches: those that answer in a few rows (articles 194508 and 308115), and those that print.

    Sent twice, all of them do what they do once.
    """
    groups = itertools.groupby(lines, lambda line: line not in _PRINTING)
    return [Batch(tuple(group), scope, repeatable=True, brief=brief) for brief, group in groups]


@dataclass
class Heard:
    """What the unit printed of its own accord; `dropped` counts the older lines that are not kept."""

    lines: list[str] = field(default_factory=list)
    dropped: int = 0
    matched: bool = False

    def take(self, news: dict[str, Any]) -> None:
        self.lines += news["lines"]
        surplus = max(0, len(self.lines) - MOST_LINES)
        del self.lines[:surplus]
        self.dropped += news["dropped"] + surplus


def switch_debug_on(
    console: Console, scope: str, on: list[Batch], off: list[Batch]
) -> tuple[list[dict[str, Any]], bool]:
    """Switch debugging on. Returns findings, and False where the unit refuses it: then it is off again, and the run
    goes on without."""
    heard = console.watch_read()["lines"]
    try:
        [[answer]] = console.watch_start(on, off, before=_batches((INFO,), scope))
    except ConsoleError as error:
        if error.kind != "refused":
            raise
        console.watch_stop()
        return diagnose.debug_refused(str(error)), False
    return diagnose.debug_left_on("" if answer.fault else answer.output, heard), True


def matching(until: str | None) -> Callable[[list[str]], bool]:
    """Return what tells whether a line matches the regular expression; without one, none does."""
    pattern = re.compile(until) if until else None
    return lambda lines: pattern is not None and any(map(pattern.search, lines))


def listen(console: Console, heard: Heard, seconds: float, until: str | None, until_finding: bool = False) -> None:
    """Take in debug lines for some seconds, or until one matches, or until they show a finding."""
    matches = matching(until)
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        news = console.drain(min(left, TURN_SECONDS), until)
        heard.take(news)
        # A finding may need lines of several turns.
        if matches(news["lines"]) or (until_finding and news["lines"] and diagnose.diagnose(heard.lines)):
            heard.matched = True
            return


def read_events(console: Console, unit: Unit, vdoms: tuple[str, ...]) -> list[str]:
    """Return the entries of the event log about activations in these VDOMs; one not to be entered has none."""
    asking = [batch for vdom in vdoms[:MOST_VDOMS] for batch in _batches(_events.EVENT_LOG_COMMANDS, unit.scope(vdom))]
    answers, _left_out = run_where_possible(console, asking)
    return events(console, answers)


def events(console: Console, groups: list[list[Answer]]) -> list[str]:
    """Return the entries of the event log since the login, without secrets; none where the commands are refused."""
    start = _events.clock(console.identity()["status_text"])
    rows = [
        row
        for answers in groups
        for answer in answers
        if answer.fault is None and answer.line == EVENTS
        for row in answer.output.split("\n")
    ]
    rows = [_events.without_codes(row) for row in _events.since(rows, start)]
    # An entry may hold what the debug output holds, and is not a line of a configuration.
    return Redactor().redact("\n".join(rows), debug=True).split("\n") if rows else []
