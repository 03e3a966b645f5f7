# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FortiToken Mobile licenses: what becomes of a redemption code.

Facts followed: `forticare license expired` is error 14, and the unit prints `received error from forticare [-7564]`
and `import fortitoken license error: -7564`; `forticare license card not found` is printed without its number (article
194508), which is not public; `no valid token found` is 17 and `token does not belong to product` 31; the trial code
0000-0000-0000-0000-0000 brings two tokens, and fails while trial tokens are there, own or foreign ones, with `input
value is invalid` or `no valid token found` (article 190171); both have to be deleted before (articles 190171 and
193723); a code that was redeemed once "can be re-used indefinitely" on its unit (article 197790). That it then brings
back only what is missing is inferred.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from . import debug
from .states import TRIAL, TokenState
from .tree import Change, Entry

if TYPE_CHECKING:
    from .fortiguard import FortiGuardService

TRIAL_CODE = "0000-0000-0000-0000-0000"
MESSAGES = {
    14: "forticare license expired",
    17: "no valid token found",
    21: "product is not registered",
    31: "token does not belong to product",
}
# [fact: license-card-not-found]
CARD_NOT_FOUND = "forticare license card not found"
# What the CLI says when the server does not answer is not public.
NO_ANSWER = -1


class Refusal(NamedTuple):
    """FortiCare's answer to a code: the number of the CLI, the message, and the error number where it is printed."""

    cli_code: int
    message: str
    error: int | None


class Licenses:
    """Redeems codes."""

    def __init__(self, service: FortiGuardService) -> None:
        self._service = service
        self._unit = service.unit
        licenses = self._unit.scenario.fortiguard.licenses
        self.redeemed: set[str] = {code for code, known in licenses.items() if known.redeemed}

    def redeem(self, code: str, vdom: str) -> int | None:
        """Do `execute fortitoken-mobile import` in a VDOM; return the CLI's error code, or None on success."""
        unit = self._unit
        if code != TRIAL_CODE:
            unit.vault.add(code)
        if not self._service.works():
            unit.debug(debug.unreachable())
            unit.event("import", code="secret", error=None, ok=False, tokens=[])
            return NO_ANSWER
        # A scenario can also list the trial code among its licenses.
        trial = code == TRIAL_CODE and code not in unit.scenario.fortiguard.licenses
        refusal = self._trial_refusal() if trial else self._refusal(code)
        unit.debug(debug.import_license(code, unit.scenario.serial, refusal))
        again = code in self.redeemed
        tokens = [] if refusal else self._bring_trial(vdom) if trial else self._bring(code, vdom)
        unit.event(
            "import",
            code="trial" if trial else "secret",
            error=refusal and refusal.error,
            ok=refusal is None,
            again=again,
            message=refusal and refusal.message,
            tokens=tokens,
        )
        return refusal and refusal.cli_code

    # Licenses

    def _refusal(self, code: str) -> Refusal | None:
        settings = self._unit.scenario.fortiguard
        found = settings.licenses.get(code)
        if found is None:
            return self._named(settings.unknown_code)
        if found.registered_to not in (None, self._unit.scenario.serial):
            return self._named("no_valid_token")
        if found.refusal:
            return self._named(found.refusal)
        if found.error is None:
            return None
        message = found.error_message or MESSAGES.get(found.error, "unknown error")
        return Refusal(found.cli_code or debug.cli_code(found.error), message, found.error)

    # [fact: license-expired] [fact: license-no-valid-token] [fact: license-other-product] [fact: license-card-number]
    def _named(self, name: str) -> Refusal:
        if name == "card_not_found":
            number = self._unit.scenario.fortiguard.card_not_found
            return Refusal(debug.cli_code(number), CARD_NOT_FOUND, None)
        error = {"expired": 14, "no_valid_token": 17, "other_product": 31}[name]
        return Refusal(debug.cli_code(error), MESSAGES[error], error)

    # [fact: license-redeemed-again] [fact: license-brings-missing]
    def _bring(self, code: str, vdom: str) -> list[str]:
        found = self._unit.scenario.fortiguard.licenses[code]
        again = code in self.redeemed
        self.redeemed.add(code)
        # The first time a license also takes over the tokens that a restored configuration lists already.
        serials = [serial for serial in found.tokens if not (again and serial in self._service.tokens)]
        self._add(serials, found.vdom or vdom, found.license)
        for serial in serials:
            holder = self._service.holder(self._service.tokens[serial].vdom, serial)
            if holder:
                self._service.mobile.provision(serial, holder, None)
        return serials

    def _add(self, serials: list[str], vdom: str, license_: str) -> None:
        unit = self._unit
        for serial in serials:
            # A token that is listed in another VDOM stays there.
            state = self._service.tokens.setdefault(serial, TokenState(vdom))
            state.status = "new"
            self._service.mobile.belongs_here(serial)
            before = unit.config.table(state.vdom, "user fortitoken").entries.get(serial)
            after = before.copy() if before else Entry()
            after.set("license", license_)
            unit.commit([Change(state.vdom, "user fortitoken", serial, before, after)], "fortiguard")

    # Trial tokens

    # [fact: trial-again] [fact: trial-virtual-serial]
    def _trial_refusal(self) -> Refusal | None:
        trial = self._unit.scenario.fortiguard.trial
        if not trial.available:
            return self._named("no_valid_token")
        if self.trial_tokens():
            return Refusal(debug.cli_code(trial.again_error), trial.again, trial.again_error)
        return None

    # [fact: trial-code] [fact: license-forms]
    def _bring_trial(self, vdom: str) -> list[str]:
        trial = self._unit.scenario.fortiguard.trial
        self.redeemed.add(TRIAL_CODE)
        digest = hashlib.sha256(self._unit.scenario.serial.encode()).hexdigest().upper()
        serials = trial.tokens or [f"FTKMOB{digest[:9]}{number}" for number in (1, 2)]
        self._add(serials, vdom, f"{TRIAL}{digest[-8:]}")
        return serials

    def trial_tokens(self) -> list[str]:
        """Return the trial tokens that the unit lists, in all VDOMs."""
        config = self._unit.config
        return [
            serial
            for vdom in config.vdoms
            for serial, entry in config.table(vdom, "user fortitoken").entries.items()
            if entry.text("license").startswith(TRIAL)
        ]
