# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FortiToken Mobile: provisioning, activation codes, mails, and users who scan the codes.

Facts followed: binding a mobile token provisions it at once and sends the activation code, as a text message where the
user has a phone, else as a mail (Fortinet article 194574); the status is `provisioning` until the user has scanned the
code, then `provisioned`, or `provision timeout` (Administration Guide 7.2, topic 180506); a code is valid for
`two-factor-ftm-expiry` hours, 1 to 168, 72 by default (article 194933); a mobile token that is unassigned while the
server is out of reach becomes `locked` (topic 180506); `poll` fetches the states of mobile tokens, `update-regid` the
registration after the app was installed anew (CLI Reference 8.0.0); an expired code is refused on the phone with error
40. That the unit keeps an expired code in its configuration, and learns of a scan by itself, is inferred.

A scenario without `enrollment` has no users: a token is `provisioned` as soon as the server has answered.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from . import debug
from .events import masked
from .scenario import Token
from .schema import MAIL_SERVER
from .settings import Enrollment
from .states import is_mobile
from .tree import Entry
from .vault import activation_code, otp_seed

if TYPE_CHECKING:
    from .fortiguard import FortiGuardService

ANOTHER_UNIT = "token does not belong to product"
# FortiOS log reference 6.0 to 7.2.9: LOGID_EVENT_TOKEN_CODE_SENDTO, with the code in `msg`.
# [fact: log-code-sent] [fact: log-code-sent-id]
CODE_SENT = ("0100038412", "Token activation code sent")
HOUR = 3600.0
_ASSIGNED = ("provisioned", "provisioning", "provision timeout")


@dataclass
class Code:
    """The newest activation code of a token."""

    serial: str
    # path/name of the user or administrator, and the VDOM of the token.
    holder: str
    vdom: str
    value: str
    valid_until: float
    scanned: bool = False
    # Whether the unit knows that it was scanned.
    known: bool = False


class MobileTokens:
    """The mobile tokens of a unit, and the phones on which they work."""

    def __init__(self, service: FortiGuardService) -> None:
        self._service = service
        self._unit = service.unit
        self._requests = 0
        self.codes: dict[str, Code] = {}
        # Tokens that work on somebody's phone.
        self.phones: set[str] = set()
        # Tokens whose app was installed anew since the unit last asked for its registration.
        self._reinstalled: set[str] = set()
        self._registrations = 0
        # Token -> the unit that the token itself is registered to, where the scenario names one.
        self._registered: dict[str, str] = {}
        # Codes that reached a user: (VDOM, holder) -> number.
        self._received: dict[tuple[str, str], int] = {}
        scenario = self._unit.scenario
        self._habits: dict[tuple[str, str], Enrollment] = {
            **{(user.vdom, f"user local/{user.name}"): user.enrollment for user in scenario.users if user.enrollment},
            **{("global", f"system admin/{each.name}"): each.enrollment for each in scenario.admins if each.enrollment},
        }

    def start_with(self, token: Token) -> None:
        """Take in a mobile token of the scenario."""
        if token.registered_to:
            self._registered[token.serial] = token.registered_to
        if token.state == "provisioned" and not self.of_another_unit(token.serial):
            self.phones.add(token.serial)

    def started(self) -> None:
        """Let the codes that are on their way at the start run out, or be scanned."""
        for serial, state in self._service.tokens.items():
            if not is_mobile(serial) or state.status != "provisioning":
                continue
            entry = self._entry(serial)
            holder = self._service.holder(state.vdom, serial)
            if holder and entry.text("activation-expire"):
                valid_until = float(entry.text("activation-expire"))
                code = Code(serial, holder, state.vdom, entry.text("activation-code"), valid_until)
                self._wait_for(code, delivered=True)

    # What tests ask and do

    def usable(self, serial: str) -> bool:
        """Tell whether somebody's phone shows codes that this unit accepts."""
        return serial in self.phones

    def habit(self, name: str, vdom: str = "root") -> Enrollment:
        """Return the habits of a user, who gets own ones if need be; tests may change them."""
        common = self._unit.scenario.enrollment or Enrollment()
        return self._habits.setdefault((vdom, f"user local/{name}"), replace(common))

    def scan(self, name: str, vdom: str = "root") -> bool:
        """Let a user scan the newest code now; return whether that works."""
        found = [code for code in self.codes.values() if code.vdom == vdom and code.holder.partition("/")[2] == name]
        return bool(found) and self._scan(found[-1])

    def new_phone(self, name: str, vdom: str = "root") -> None:
        """Let a user have a new phone, without the token."""
        for serial in self._held(name, vdom):
            self._lost(serial)

    def reinstall(self, name: str, vdom: str = "root") -> None:
        """Let a user install the app anew and keep the token; the unit knows the old registration only."""
        for serial in self._held(name, vdom):
            self._reinstalled.add(serial)
            self._unit.event("phone", serial=serial, what="reinstalled", at=round(self._now(), 3))

    def _held(self, name: str, vdom: str) -> list[str]:
        return [
            serial
            for serial, state in self._service.tokens.items()
            if state.vdom == vdom and (self._service.holder(vdom, serial) or "").partition("/")[2] == name
        ]

    # Binding

    # [fact: mobile-bind-provisions]
    def bound(self, serial: str, holder: str, session: int | None) -> None:
        """A user or administrator got a mobile token."""
        if is_mobile(serial) and serial in self._service.tokens:
            self.provision(serial, holder, session)

    # [fact: status-locked]
    def unbound(self, serial: str) -> None:
        """A user or administrator lost a mobile token."""
        state = self._service.tokens.get(serial)
        if state is None or not is_mobile(serial) or state.status == "locked" or state.status not in _ASSIGNED:
            return
        state.status = "new" if self._service.works() else "locked"
        state.request = 0
        self.forget(serial)
        names = ("activation-code", "activation-expire", "reg-id", "os-ver")
        self._service.write(serial, dict.fromkeys(names))

    def forget(self, serial: str) -> None:
        """A token was unbound, deleted or renewed: no code and no phone belongs to it any more."""
        self.codes.pop(serial, None)
        if serial in self.phones:
            self.phones.discard(serial)
            self._unit.event("phone", serial=serial, what="removed", at=round(self._now(), 3))

    # Provisioning

    def provision(self, serial: str, holder: str, session: int | None) -> None:
        """Provision a mobile token: its user gets a new activation code."""
        unit, service = self._unit, self._service
        state = service.tokens[serial]
        unit.event("provision", serial=serial, holder=holder, session=session)
        if state.status == "locked":
            return
        answer = service.answer(serial)
        outcome = answer.outcome or "provisioned"
        if self.of_another_unit(serial):
            outcome = ANOTHER_UNIT
        if not service.works():
            outcome = "provision timeout"
        self._requests += 1
        number = state.request = self._requests
        state.status = "provisioning"
        # The token on the phone, if there is one, works no longer.
        self.codes.pop(serial, None)
        self.phones.discard(serial)
        unit.clock.later(service.delay(answer), lambda: self._provisioned(serial, holder, number, outcome))

    # [fact: status-mobile]
    def _provisioned(self, serial: str, holder: str, number: int, outcome: str) -> None:
        unit = self._unit
        state = self._service.tokens.get(serial)
        if state is None or state.request != number:
            return
        state.request = 0
        unit.event("provision_result", serial=serial, outcome=outcome)
        if outcome != "provisioned":
            # What the status says when FortiCare refuses is not public.
            state.status = "provision timeout" if outcome == ANOTHER_UNIT else outcome
            unit.debug(debug.refused(serial, 31, ANOTHER_UNIT) if outcome == ANOTHER_UNIT else debug.unreachable())
            return
        hours = self._hours()
        code = Code(serial, holder, state.vdom, activation_code(serial, number), self._now() + hours * HOUR)
        unit.vault.add(code.value)
        seed = unit.vault.add(otp_seed(serial))
        license_ = self._entry(serial).text("license")
        unit.debug(debug.provision(serial, unit.scenario.serial, seed, code.value, license_, 60 * hours))
        self._service.write(serial, {"activation-code": code.value, "activation-expire": str(int(code.valid_until))})
        if self._habit(code) is None:
            state.status = "provisioned"
            self.phones.add(serial)
        self._wait_for(code, self._send(code))

    # [fact: mobile-code-validity]
    def _hours(self) -> int:
        return int(self._unit.config.object("global", "system global").text("two-factor-ftm-expiry", "72"))

    # Mails

    # [fact: mobile-code-channel]
    def _send(self, code: Code) -> bool:
        """Send an activation code; return whether it arrives."""
        unit = self._unit
        path, _slash, name = code.holder.partition("/")
        entry = unit.config.table("global" if path == "system admin" else code.vdom, path).entries.get(name, Entry())
        habit = self._habit(code) or Enrollment()
        server = unit.config.object("global", "system email-server").text("server", MAIL_SERVER)
        phone, address = entry.text("sms-phone"), entry.text("email-to")
        if phone:
            channel, to, outcome = "sms", phone, habit.sms or unit.scenario.sms
        elif address and server:
            channel, to, outcome = "email", address, habit.mail or unit.scenario.mail
            # A mail that gets lost behind the mail server looks like one that was sent.
            unit.debug(debug.mail(server, address, code.value, "sent" if outcome == "lost" else outcome))
        else:
            unit.event("no_mail", serial=code.serial, user=name, why="no server" if address else "no address")
            return False
        # The log entry stands for the order that the daemon got, so it is written whatever becomes of the mail.
        # How its message reads is inferred. [fact: log-texts]
        message = f"Send token activation code {code.value} of {code.serial}"
        unit.write_log(*CODE_SENT, user=name, action="send", serialno=code.serial, msg=message)
        unit.event(
            "mail",
            serial=code.serial,
            user=name,
            vdom=code.vdom,
            channel=channel,
            to=to,
            outcome=outcome,
            code=masked(code.value),
            at=round(self._now(), 3),
            valid_until=round(code.valid_until, 3),
        )
        return outcome == "sent"

    # Users

    def _habit(self, code: Code) -> Enrollment | None:
        scope = "global" if code.holder.startswith("system admin/") else code.vdom
        return self._habits.get((scope, code.holder), self._unit.scenario.enrollment)

    def _wait_for(self, code: Code, delivered: bool) -> None:
        self.codes[code.serial] = code
        clock = self._unit.clock
        habit = self._habit(code)
        if habit is None:
            return
        # Just behind its last second, in which it still counts.
        clock.later(code.valid_until - clock.now() + 0.001, lambda: self._expire(code))
        if not delivered:
            return
        number = self._received[code.vdom, code.holder] = self._received.get((code.vdom, code.holder), 0) + 1
        hours = habit.scans_after
        if isinstance(hours, list):
            hours = hours[min(number, len(hours)) - 1] if hours else None
        if hours is not None:
            clock.later(hours * HOUR, partial(self._scan, code))

    # [fact: mobile-code-refused]
    def _scan(self, code: Code) -> bool:
        unit = self._unit
        why = ""
        if self.codes.get(code.serial) is not code:
            why = "replaced"
        elif code.scanned:
            why = "used"
        elif self._now() > code.valid_until:
            why = "expired"
        name = code.holder.partition("/")[2]
        unit.event("scan", serial=code.serial, user=name, vdom=code.vdom, ok=not why, why=why, at=round(self._now(), 3))
        if why:
            return False
        code.scanned = True
        self.phones.add(code.serial)
        if unit.scenario.fortiguard.polls:
            self._learn(code)
        habit = self._habit(code)
        if habit and habit.new_phone_after is not None:
            serial = code.serial
            unit.clock.later(habit.new_phone_after * HOUR, lambda: self._lost(serial, code))
        return True

    def _lost(self, serial: str, code: Code | None = None) -> None:
        if code is not None and self.codes.get(serial) is not code:
            return
        self.phones.discard(serial)
        self._unit.event("phone", serial=serial, what="new", at=round(self._now(), 3))

    # [fact: mobile-scan-learned]
    def _learn(self, code: Code) -> None:
        """Take note of a scan."""
        code.known = True
        self._service.tokens[code.serial].status = "provisioned"
        self._register(code.serial)

    def _register(self, serial: str) -> None:
        self._registrations += 1
        registration = hashlib.sha256(f"{serial}/{self._registrations}".encode()).hexdigest()
        self._service.write(serial, {"reg-id": registration, "os-ver": "5.4.2_IOS"})

    # [fact: mobile-code-kept]
    def _expire(self, code: Code) -> None:
        state = self._service.tokens.get(code.serial)
        if self.codes.get(code.serial) is not code or code.scanned or state is None or state.status != "provisioning":
            return
        state.status = "provision timeout"
        self._unit.event("code_expired", serial=code.serial, user=code.holder.partition("/")[2], vdom=code.vdom)

    # Commands

    # [fact: mobile-poll]
    def poll(self, vdom: str, session: int | None) -> None:
        """Do `execute fortitoken-mobile poll`."""
        unit = self._unit
        unit.event("poll", vdom=vdom, session=session)
        if not self._service.works():
            unit.debug(debug.unreachable())
            return
        unit.debug(debug.polling(unit.scenario.serial))
        for code in list(self.codes.values()):
            if code.vdom == vdom and code.scanned and not code.known:
                self._learn(code)

    # [fact: mobile-update-regid]
    def update_registrations(self, vdom: str, session: int | None) -> None:
        """Do `execute fortitoken-mobile update-regid`."""
        self._unit.event("update_regid", vdom=vdom, session=session)
        for serial in sorted(self._reinstalled):
            state = self._service.tokens.get(serial)
            if state and state.vdom == vdom and self._service.works():
                self._reinstalled.discard(serial)
                self._register(serial)

    def renew(self, serial: str, session: int | None) -> None:
        """Do `execute fortitoken-mobile renew` for a token that may be renewed."""
        self._service.tokens[serial].status = "new"
        self.forget(serial)
        self._unit.event("renew", serial=serial, session=session)

    # Whose token

    # [fact: trial-foreign] [fact: ha-license-wrong-member]
    def of_another_unit(self, serial: str) -> bool:
        """Tell whether a mobile token belongs to another unit: a restore brought it (forum-184542, article 190171), or
        its license is registered to another unit, such as the other member of the cluster (article 424201)."""
        scenario = self._unit.scenario
        own = (None, scenario.serial, *scenario.ha.members)
        if self._registered.get(serial) not in own:
            return True
        state = self._service.tokens.get(serial)
        license_ = self._entry(serial).text("license") if state else ""
        return any(
            known.license == license_ and known.registered_to not in (None, scenario.serial)
            for known in scenario.fortiguard.licenses.values()
        )

    def belongs_here(self, serial: str) -> None:
        """A redeemed license makes a token one of this unit."""
        self._registered.pop(serial, None)

    # Helpers

    def _entry(self, serial: str) -> Entry:
        return self._unit.config.table(self._service.tokens[serial].vdom, "user fortitoken").entries[serial]

    def _now(self) -> float:
        return self._unit.clock.now()
