# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens and the service that activates them.

Facts followed: a hardware token is locked to the first activation, a later one is answered with `token already
activated, and seed won't be returned` unless Fortinet released the lock (Fortinet articles 194435 and 194508);
adding a serial requests its activation (article 194508, step 5a); without contact the status is `activation error
(token not exist in FortiGuard)` (FortiToken guide 8.0.0, topic 616236). That the status stays as it was until the
answer arrives is inferred. Mobile tokens are in ``mobile.py``, their licenses in ``licenses.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import debug
from .licenses import Licenses
from .mobile import MobileTokens
from .scenario import Answer, Token
from .states import SERIAL, TokenState, is_mobile
from .tree import Change, Entry
from .vault import stored_seed

if TYPE_CHECKING:
    from .unit import Unit

__all__ = ["LOCK_HELD", "NO_CONTACT", "SERIAL", "FortiGuardService", "TokenState", "is_mobile"]

# [fact: status-not-exist]
NO_CONTACT = "activation error (token not exist in FortiGuard)"
# [fact: status-already-activated]
LOCK_HELD = "token already activated, and seed won't be returned"
# FortiToken-200CD: the seed is on a CD and the lock cannot be released (Fortinet articles 194435 and 232153).
# [fact: lock-ftk211]
SEED_ON_CD = "FTK211"

# [fact: log-activation-ids] [fact: log-texts]
ACTIVATION_REQUESTED = ("0100032155", "FortiToken activation requested")
ACTIVATION_SUCCEEDED = ("0100032156", "FortiToken activation successful")
ACTIVATION_FAILED = ("0100032159", "FortiToken activation failed")


class FortiGuardService:
    """The states of all tokens of a unit, and the answers of FortiGuard."""

    def __init__(self, unit: Unit) -> None:
        self.unit = self._unit = unit
        self.tokens: dict[str, TokenState] = {}
        # States when the configuration was saved last, for the case that later changes are lost.
        self._saved: dict[str, TokenState] = {}
        # Serials whose one activation is used up.
        self.locked: set[str] = set()
        self._requests = 0
        self.mobile = MobileTokens(self)
        self.licenses = Licenses(self)

    def start_with(self, token: Token) -> None:
        """Take in a token of the scenario."""
        self.tokens[token.serial] = TokenState(token.vdom, token.state, token.drift)
        released = self.answer(token.serial).lock_released
        used = bool(token.seed) or token.state in ("active", LOCK_HELD)
        if released is False or (released is None and used):
            self.locked.add(token.serial)
        if is_mobile(token.serial):
            self.mobile.start_with(token)

    def answer(self, serial: str) -> Answer:
        """Return what the scenario says of a serial."""
        settings = self._unit.scenario.fortiguard
        return settings.serials.get(serial, settings.default)

    def works(self) -> bool:
        """Tell whether a request reaches FortiGuard now."""
        settings = self._unit.scenario.fortiguard
        return settings.status != "unreachable" if settings.works is None else settings.works

    def release_lock(self, serial: str) -> None:
        """Release the activation lock, as Fortinet's support does on request."""
        self.locked.discard(serial)
        self.answer(serial).lock_released = True

    def shown_status(self, serial: str, entry: Entry) -> str:
        """Return the text of `diagnose fortitoken info`."""
        return "locked" if entry.text("status") == "lock" else self.tokens[serial].status

    def saved(self) -> None:
        """Remember the states that belong to the saved configuration."""
        self._saved = {serial: replace(state, request=0) for serial, state in self.tokens.items()}

    def rebooted(self) -> None:
        """Follow the configuration that a reboot brought back; answers under way are lost."""
        unsaved = self._unit.cfg_save != "automatic"
        known = {**self.tokens, **self._saved} if unsaved else self.tokens
        self.tokens = {
            serial: TokenState(vdom, known[serial].status, known[serial].drift)
            for vdom in self._unit.config.vdoms
            for serial in self._unit.config.table(vdom, "user fortitoken").entries
        }

    # [fact: readd-activates] [fact: delete-burns-seed]
    def after_commit(self, changes: list[Change], session: int | None) -> None:
        """Do what follows from committed changes: activations, provisionings, forgotten tokens."""
        for change in changes:
            if change.path == "user fortitoken" and change.key is not None:
                if change.after is None:
                    self.tokens.pop(change.key)
                    self.mobile.forget(change.key)
                elif change.before is None:
                    # A mobile token that no license brought has none.
                    mobile = is_mobile(change.key)
                    self.tokens.setdefault(change.key, TokenState(change.scope, "locked" if mobile else "new"))
                    if not mobile:
                        self.activate(change.key, "readd", session)
        for change in changes:
            if change.path in ("user local", "system admin"):
                before = change.before.text("fortitoken") if change.before else ""
                after = change.after.text("fortitoken") if change.after else ""
                if before != after:
                    self.mobile.unbound(before)
                    self.mobile.bound(after, f"{change.path}/{change.key}", session)

    # Hardware tokens

    # [fact: activation-lock] [fact: activate-in-place] [fact: activate-status-kept]
    def activate(self, serial: str, how: str, session: int | None) -> None:
        """Request the activation of a hardware token; *how* is ``command`` or ``readd``."""
        unit = self._unit
        answer = self.answer(serial)
        wanted = unit.scenario.fortiguard.every_outcome or answer.outcome
        seed: str | None = None
        if not self.works():
            outcome = NO_CONTACT
        elif (wanted or "active") != "active":
            outcome = wanted or ""
            if outcome not in _KNOWN_ERRORS:
                # Whether the server has locked the token by then is not known; assuming so is the safe side.
                # [fact: status-cmdb-save-error]
                self.locked.add(serial)
        elif how == "command" and unit.scenario.behaviour.in_place != "seed" and self._has_seed(serial):
            outcome = LOCK_HELD
            if unit.scenario.behaviour.in_place == "spent":
                self.locked.add(serial)
        elif serial in self.locked or serial.startswith(SEED_ON_CD):
            outcome = LOCK_HELD
        else:
            outcome = "active"
            self.locked.add(serial)
            seed = unit.vault.add(answer.seed or stored_seed(serial, 1))
        self._requests += 1
        number = self.tokens[serial].request = self._requests
        unit.event(
            "activation",
            serial=serial,
            how=how,
            session=session,
            server=unit.scenario.fortiguard.status,
            arrives=self.works(),
        )
        user = unit.shells[session].account.name if session in unit.shells else "admin"
        unit.write_log(
            *ACTIVATION_REQUESTED, user=user, ui="ssh", action="activate", serialno=serial, msg=f"Activate {serial}"
        )
        if self.works():
            unit.debug(debug.request(serial, unit.scenario.serial, self._members()))
        else:
            unit.debug(debug.unreachable())
        unit.clock.later(self.delay(answer), lambda: self._activated(serial, number, outcome, seed))

    def _activated(self, serial: str, number: int, outcome: str, seed: str | None) -> None:
        unit = self._unit
        state = self.tokens.get(serial)
        if state is None or state.request != number:
            unit.event("activation_result", serial=serial, outcome=outcome, dropped=True)
            return
        state.request = 0
        state.status = outcome
        unit.event("activation_result", serial=serial, outcome=outcome, seed=seed is not None)
        if self.works():
            unit.debug(debug.activated(serial, seed, outcome))
        if seed is not None:
            self.write(serial, {"seed": seed})
            # Log reference 6.0 to 7.2.9: 32156 LOG_ID_ACT_FTOKEN_SUCC.
            unit.write_log(*ACTIVATION_SUCCEEDED, serialno=serial, status="success", msg="FortiToken activated")
        else:
            unit.write_log(*ACTIVATION_FAILED, serialno=serial, status="failure", msg=outcome)

    def _has_seed(self, serial: str) -> bool:
        return "seed" in self._unit.config.table(self.tokens[serial].vdom, "user fortitoken").entries[serial].values

    def repaired(self, serial: str, vdom: str, before: Entry | None, after: Entry) -> None:
        """Take over what another controller has done: the token is active, has a new seed, and holds its lock."""
        unit = self._unit
        drift = self.tokens[serial].drift if serial in self.tokens else 0
        self.tokens[serial] = TokenState(vdom, "active", drift)
        self.locked.add(serial)
        after.set("seed", unit.vault.add(stored_seed(serial, 2)))
        unit.commit([Change(vdom, "user fortitoken", serial, before, after)], "other-admin", -1, follow=False)
        unit.event("repaired", serial=serial, vdom=vdom)

    # For mobile and hardware tokens alike

    def holder(self, vdom: str, serial: str) -> str | None:
        """Return ``path/name`` of the user or administrator that holds a token."""
        for user in self._unit.config.holders.get((vdom, serial), ()):
            return f"user local/{user}"
        for name, admin in self._unit.config.table("global", "system admin").entries.items():
            if admin.text("fortitoken") == serial:
                return f"system admin/{name}"
        return None

    def delay(self, answer: Answer) -> float:
        """Return the seconds until FortiGuard answers."""
        return self._unit.scenario.fortiguard.delay if answer.delay is None else answer.delay

    def _members(self) -> list[str]:
        return self._unit.scenario.ha.members or [self._unit.scenario.serial]

    def write(self, serial: str, values: dict[str, str | None]) -> None:
        """Let the unit itself change the configuration of a token."""
        vdom = self.tokens[serial].vdom
        before = self._unit.config.table(vdom, "user fortitoken").entries[serial]
        after = before.copy()
        for name, value in values.items():
            if value is None:
                after.values.pop(name, None)
            else:
                after.set(name, value)
        self._unit.commit([Change(vdom, "user fortitoken", serial, before, after)], "fortiguard")


# What FortiGuard answers without spending the one chance of a token, or after it is spent.
_KNOWN_ERRORS = (NO_CONTACT, LOCK_HELD)
