# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens and the service that activates them.

Facts followed: a hardware token is locked to the first activation, a later one is answered with `token already
activated, and seed won't be returned` unless Fortinet released the lock (Fortinet articles 194435 and 194508);
adding a serial requests its activation (article 194508, step 5a); without contact the status is `activation error
(token not exist in FortiGuard)` (FortiToken guide 8.0.0, topic 616236); binding a mobile token provisions it at once
(article 194574); a mobile token that is unassigned while the server is out of reach becomes `locked` (Administration
Guide 7.2, topic 180506). That the status stays as it was until the answer arrives is inferred.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import debug
from .scenario import Answer, Token
from .tree import Change, Entry
from .vault import activation_code, otp_seed, stored_seed

if TYPE_CHECKING:
    from .unit import Unit

NO_CONTACT = "activation error (token not exist in FortiGuard)"
ANOTHER_UNIT = "token does not belong to product"
LOCK_HELD = "token already activated, and seed won't be returned"
# FortiToken-200CD: the seed is on a CD and the lock cannot be released (Fortinet articles 194435 and 232153).
SEED_ON_CD = "FTK211"
SERIAL = re.compile(r"FTK(MOB|[0-9]{3})[0-9A-Z]{10}")

ACTIVATION_REQUESTED = ("0100032155", "FortiToken activation requested")
ACTIVATION_SUCCEEDED = ("0100032156", "FortiToken activation successful")
CODE_SENT = ("0100038412", "Token activation code sent")
ACTIVATION_FAILED = ("0100032159", "FortiToken activation failed")


def is_mobile(serial: str) -> bool:
    """Tell a mobile token from a hardware token."""
    return serial.startswith("FTKMOB")


@dataclass
class TokenState:
    """What the unit knows of a token beside its configuration."""

    vdom: str
    status: str = "new"
    drift: int = 0
    # A request is under way; a token that is deleted and made anew gets another number.
    request: int = 0


class FortiGuardService:
    """The states of all tokens of a unit, and the answers of FortiGuard."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.tokens: dict[str, TokenState] = {}
        # States when the configuration was saved last, for the case that later changes are lost.
        self._saved: dict[str, TokenState] = {}
        # Serials whose one activation is used up.
        self.locked: set[str] = set()
        self._requests = 0

    def start_with(self, token: Token) -> None:
        """Take in a token of the scenario."""
        self.tokens[token.serial] = TokenState(token.vdom, token.state, token.drift)
        released = self.answer(token.serial).lock_released
        used = bool(token.seed) or token.state in ("active", LOCK_HELD)
        if released is False or (released is None and used):
            self.locked.add(token.serial)

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

    def after_commit(self, changes: list[Change], session: int | None) -> None:
        """Do what follows from committed changes: activations, provisionings, forgotten tokens."""
        for change in changes:
            if change.path == "user fortitoken" and change.key is not None:
                if change.after is None:
                    self.tokens.pop(change.key)
                elif change.before is None:
                    # A mobile token that no licence brought has none.
                    mobile = is_mobile(change.key)
                    self.tokens.setdefault(change.key, TokenState(change.scope, "locked" if mobile else "new"))
                    if not mobile:
                        self.activate(change.key, "readd", session)
        for change in changes:
            if change.path in ("user local", "system admin"):
                before = change.before.text("fortitoken") if change.before else ""
                after = change.after.text("fortitoken") if change.after else ""
                if before != after:
                    self._unbound(before)
                    self._bound(after, change, session)

    # Hardware tokens

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
        unit.event("activation", serial=serial, how=how, session=session, server=unit.scenario.fortiguard.status)
        user = unit.shells[session].account.name if session in unit.shells else "admin"
        unit.write_log(
            *ACTIVATION_REQUESTED, user=user, ui="ssh", action="activate", serialno=serial, msg=f"Activate {serial}"
        )
        if self.works():
            unit.debug(debug.request(serial, unit.scenario.serial, self._members()))
        else:
            unit.debug(debug.unreachable())
        unit.call_later(self._delay(answer), lambda: self._activated(serial, number, outcome, seed))

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
            self._write(serial, {"seed": seed})
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

    # Mobile tokens

    def _bound(self, serial: str, change: Change, session: int | None) -> None:
        if serial and is_mobile(serial) and serial in self.tokens:
            self.provision(serial, f"{change.path}/{change.key}", session)

    def _unbound(self, serial: str) -> None:
        state = self.tokens.get(serial)
        if state is None or not is_mobile(serial) or state.status == "locked" or state.status not in _ASSIGNED:
            return
        state.status = "new" if self.works() else "locked"
        state.request = 0
        self._write(serial, {"activation-code": None, "activation-expire": None, "reg-id": None, "os-ver": None})

    def provision(self, serial: str, holder: str, session: int | None) -> None:
        """Provision a mobile token: its holder gets a new activation code."""
        unit = self._unit
        state = self.tokens[serial]
        answer = self.answer(serial)
        unit.event("provision", serial=serial, holder=holder, session=session)
        if state.status == "locked":
            return
        outcome = answer.outcome or "provisioned"
        if self._of_another_unit(serial):
            outcome = ANOTHER_UNIT
        if not self.works():
            outcome = "provision timeout"
        self._requests += 1
        number = state.request = self._requests
        state.status = "provisioning"
        unit.call_later(self._delay(answer), lambda: self._provisioned(serial, number, outcome))

    def _provisioned(self, serial: str, number: int, outcome: str) -> None:
        unit = self._unit
        state = self.tokens.get(serial)
        if state is None or state.request != number:
            return
        state.request = 0
        # What the status says when FortiCare refuses is not public.
        state.status = "provision timeout" if outcome == ANOTHER_UNIT else outcome
        unit.event("provision_result", serial=serial, outcome=outcome)
        if outcome != "provisioned":
            unit.debug(debug.refused(serial, 31, ANOTHER_UNIT) if outcome == ANOTHER_UNIT else debug.unreachable())
            return
        code = unit.vault.add(activation_code(serial, number))
        entry = unit.config.table(state.vdom, "user fortitoken").entries[serial]
        seed = unit.vault.add(otp_seed(serial))
        unit.debug(debug.provision(serial, unit.scenario.serial, seed, code, entry.text("license")))
        expiry = str(int(time.time()) + 72 * 3600)
        self._write(serial, {"activation-code": code, "activation-expire": expiry})
        self._send(serial, state.vdom, code)

    def _send(self, serial: str, vdom: str, code: str) -> None:
        """Send an activation code: as a text message where the holder has a phone, else as a mail (article 194574)."""
        unit = self._unit
        path, _slash, name = (self.holder(vdom, serial) or "user local/").partition("/")
        holder = unit.config.table("global" if path == "system admin" else vdom, path).entries.get(name)
        address = holder.text("email-to") if holder else ""
        server = unit.config.object("global", "system email-server").text("server")
        if not (holder and holder.text("sms-phone")):
            if not (address and server):
                return
            unit.debug(debug.mail(server, address, code, unit.scenario.mail))
            unit.event("mail", serial=serial, outcome=unit.scenario.mail)
        # Log reference 6.0 to 7.2.9: 38412 LOGID_EVENT_TOKEN_CODE_SENDTO has the code in its message (article 190967);
        # how the message reads is inferred. The event stands for an order given to the daemon.
        message = f"Send token activation code {code} of {serial}"
        unit.write_log(*CODE_SENT, user=name, action="send", serialno=serial, msg=message)

    def _of_another_unit(self, serial: str) -> bool:
        """Tell whether the licence of a mobile token is registered to another unit, such as the other member of the
        cluster (Fortinet article 424201)."""
        unit = self._unit
        license_ = unit.config.table(self.tokens[serial].vdom, "user fortitoken").entries[serial].text("license")
        return any(
            known.license == license_ and known.registered_to not in (None, unit.scenario.serial)
            for known in unit.scenario.fortiguard.licenses.values()
        )

    def import_license(self, code: str) -> int | None:
        """Import a redemption code; return the CLI's error code, or None on success."""
        unit = self._unit
        found = unit.scenario.fortiguard.licenses.get(code)
        unit.vault.add(code)
        # The texts for an unknown code: `no valid token found` is error 17 (Fortinet article 190171).
        error = 17 if found is None else found.error
        message = "no valid token found" if found is None else found.error_message
        if found is not None and found.registered_to not in (None, unit.scenario.serial):
            error, message = 17, "no valid token found"
        unit.debug(debug.import_license(code, unit.scenario.serial, error, message))
        unit.event("import", code=code and "secret", error=error)
        if found is None or error is not None:
            return debug.cli_code(error or 0)
        for serial in found.tokens:
            table = unit.config.table(found.vdom, "user fortitoken").entries
            state = self.tokens.setdefault(serial, TokenState(found.vdom))
            state.status = "new"
            after = table[serial].copy() if serial in table else Entry()
            after.set("license", found.license)
            unit.commit([Change(found.vdom, "user fortitoken", serial, table.get(serial), after)], "fortiguard")
            holder = self.holder(found.vdom, serial)
            if holder:
                self.provision(serial, holder, None)
        return None

    def holder(self, vdom: str, serial: str) -> str | None:
        """Return ``path/name`` of the user or administrator that holds a token."""
        for user in self._unit.config.holders.get((vdom, serial), ()):
            return f"user local/{user}"
        for name, admin in self._unit.config.table("global", "system admin").entries.items():
            if admin.text("fortitoken") == serial:
                return f"system admin/{name}"
        return None

    # Helpers

    def _delay(self, answer: Answer) -> float:
        return self._unit.scenario.fortiguard.delay if answer.delay is None else answer.delay

    def _members(self) -> list[str]:
        return self._unit.scenario.ha.members or [self._unit.scenario.serial]

    def _write(self, serial: str, values: dict[str, str | None]) -> None:
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
_ASSIGNED = ("provisioned", "provisioning", "provision timeout")
