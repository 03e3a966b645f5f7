# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Following activations: when a status is the server's answer, and what the user is told while waiting. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import HARDWARE, Binding, Token
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    Policy,
    is_firmware_bug,
    normalise,
)

#: "It might take a few minutes to update" (article 232153): an error text that was there before the activation may be
#: an old one for so many seconds. [fact: activate-takes-minutes] [fact: activate-status-kept]
UNCHANGED_ERROR_SECONDS = 60.0
#: An error or an unknown text that came after the request must stay for so long before it is believed.
STANDING_SECONDS = 15.0
#: The statuses of a token that works (article 180506). [fact: status-active] [fact: status-mobile]
GOOD = ("active", "provisioned")
#: The user is told at least so often that there is nothing new; then half as often, and so on.
FIRST_WORD_SECONDS = 15.0
#: So often the tokens that are still awaited are named, at most so many of them.
NAMES_SECONDS = 30.0
MOST_NAMED = 3
#: While a user is out of service, the next poll comes after so many seconds, or after this share of the time that was
#: waited already, whichever is longer.
HASTE_SECONDS = 0.5
HASTE_SHARE = 0.1


def say_nothing(_text: str) -> None:
    """Stand in for what shows a line to the user, where nobody looks."""


def has_spoken(status: str | None) -> bool:
    """Tell whether this status can be the server's answer."""
    return normalise(status or "") not in ("", "new", "provisioning")


def is_settled(token: Token) -> bool:
    """Tell whether the server has answered for a token.

    A hardware token that has received its seed is activated, and stays `new` while it is unassigned.
    """
    has_seed = token.kind == HARDWARE and token.seed and normalise(token.status or "") == "new"
    return has_seed or has_spoken(token.status)


def pause(usual: float, spent: float, out_of_service: bool) -> float:
    """Return the seconds until the next poll. Somebody who is out of service is not kept waiting for long."""
    return min(usual, max(HASTE_SECONDS, spent * HASTE_SHARE)) if out_of_service else usual


@dataclass
class Standing:
    """Which of the awaited tokens are not settled yet. `requested`: those that this run has made a request for;
    `before`: serial -> normalised status before it."""

    unsettled: set[str]
    policy: Policy
    requested: Collection[str]
    before: Mapping[str, str]
    _since: dict[str, tuple[float, str]] = field(default_factory=dict)

    def look(self, statuses: Mapping[str, str], spent: float) -> None:
        """Take in the statuses of a poll, `spent` seconds after the request."""
        for serial in sorted(self.unsettled):
            text = normalise(statuses.get(serial, ""))
            since, known = self._since.get(serial, (spent, ""))
            since = since if known == text else spent
            self._since[serial] = since, text
            if has_spoken(text) and spent - since >= self._patience(serial, text):
                self.unsettled.discard(serial)

    def _patience(self, serial: str, text: str) -> float:
        """Return for how many seconds a status text must stay until it is believed."""
        before = self.before.get(serial, "")
        if text in GOOD:
            return 0.0
        if serial not in self.requested:
            # What an earlier run has asked for is given all the time; a second chance may not exist.
            return math.inf if text == before else 0.0
        # A text that was there before, or that nobody knows, may be one of the way there.
        known = self.policy.is_known_error(text) or is_firmware_bug(text)
        return STANDING_SECONDS if known and text != before else UNCHANGED_ERROR_SECONDS


class Progress:
    """Says how far the activations are: when that has changed, now and then otherwise, and every 30 s by name."""

    def __init__(self, tell: Callable[[str], None], users: Mapping[str, str]) -> None:
        """`users`: serial -> who holds the token, in words."""
        self._tell = tell
        self._users = users
        self._told = ""
        self._next = 0.0
        self._pause = FIRST_WORD_SECONDS
        self._names = NAMES_SECONDS

    def show(self, statuses: Mapping[str, str], settled: Iterable[str], pending: Sequence[str], left: float) -> None:
        """Say what is new. `left`: seconds to the time limit."""
        answered = [normalise(statuses.get(serial, "")) for serial in settled]
        good = sum(1 for status in answered if status in (*GOOD, "new"))
        text = f"activation: {good} active, {len(pending)} pending, {len(answered) - good} failed"
        if text != self._told or -left >= self._next:
            if text == self._told:
                self._pause *= 2
            self._next = self._pause - left
            self._told = text
            self._tell(f"{text}; {max(0, round(left))} s left" if pending else text)

    def name(self, statuses: Mapping[str, str], pending: Sequence[str], spent: float) -> None:
        """Every 30 s, name up to three of the tokens that are still awaited, their users and their last status."""
        if not pending or spent < self._names:
            return
        self._names = spent + NAMES_SECONDS
        shown = []
        for serial in pending[:MOST_NAMED]:
            user = f"of {self._users[serial]}" if serial in self._users else "(unassigned)"
            shown.append(f"{serial} {user}: {statuses.get(serial) or 'no status yet'}")
        more = f"; and {len(pending) - MOST_NAMED} more" if len(pending) > MOST_NAMED else ""
        self._tell(f"still waiting for {'; '.join(shown)}{more}")


def users_of(tokens: Iterable[Token], bindings: Iterable[Binding]) -> dict[str, str]:
    """Return serial -> its users in words, from the unit and from the journal."""
    named: dict[str, list[str]] = {}
    for binding in [*(b for token in tokens for b in token.bindings), *bindings]:
        names = named.setdefault(binding.serial, [])
        if binding.describe() not in names:
            names.append(binding.describe())
    return {serial: ", ".join(names) for serial, names in named.items()}
