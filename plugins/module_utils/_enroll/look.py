# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a unit shows of the users who must scan an activation code.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.events import clock as displayed_time
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import (
    CODE_OUT,
    DONE,
    DUE,
    HOUR,
    OTHER,
    Key,
    Seen,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory import parsers
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.asking import (
    Reading,
    explained,
    global_scope,
    read,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    MOBILE,
    USER,
    Account,
    Binding,
    Inventory,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import read_inventory, with_users
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.delivery import Delivery
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    HEALTHY,
    PENDING,
    PROVISION,
    Finding,
    Policy,
    normalise,
)

#: `two-factor-ftm-expiry` of `system global`: 1 to 168 hours, 72 by default (article 194933).
DEFAULT_VALIDITY = 72 * HOUR
MOST_VALIDITY = 168 * HOUR
#: A poll is answered at once and done by a daemon (CLI references 6.0 to 8.0: "Poll soft token states"). How long that
#: takes is not documented.
POLL_SECONDS = 2.0

_POLL = "execute fortitoken-mobile poll"
_TOKENS = "show user fortitoken"
_INFO = "diagnose fortitoken info"
_USERS = "show user local"
_GLOBAL = "show system global"
_STATUS = "get system status"

_BUSY = "An interrupted repair has not given this token back yet. Run the playbook remediate_tokens to finish it."
_SHARED = "More than one account has this token, and the unit sends its code to one of them only."
_AVAILABLE = (
    "The unit shows the token as available although this account has it: no code was requested since it was bound."
    " Name the user in enroll_again, or bind the token again."
)


@dataclass(frozen=True)
class Look:
    """The unit with its users. `seen`: those with a mobile token. `validity`: of a code, in seconds. `shown`: its local
    time as `YYYY-MM-DD HH:MM:SS`, or "". `polled`: whether it took the poll."""

    inventory: Inventory
    findings: Mapping[str, Finding]
    seen: dict[Key, Seen]
    validity: float = DEFAULT_VALIDITY
    shown: str = ""
    polled: bool = True


@dataclass
class Looker:
    """Looks at one unit. `busy`: serials in an open journal, which are left alone."""

    console: Console
    unit: Unit
    vdoms: Sequence[str]
    policy: Policy
    busy: Collection[str] = ()
    sleep: Callable[[float], None] = time.sleep

    def first(self, poll: bool = True, waiting: Collection[str] = ()) -> Look:
        """Read everything. `poll`: have the unit fetch the states of its tokens before a status is believed; `waiting`:
        VDOMs where that is needed whatever the status says. Raises UnitError and the console's errors."""
        inventory = read_inventory(self.console, self.vdoms)
        due = {token.vdom for token in _held(inventory) if normalise(token.status or "") == "provisioning"}
        vdoms = sorted((due | set(waiting)) & set(inventory.vdoms)) if poll else []
        polled = True
        if vdoms:
            answers = self.console.run([Batch((_POLL,), self.unit.scope(vdom)) for vdom in vdoms])
            polled = all(answer.fault is None for group in answers for answer in group)
            self.sleep(POLL_SECONDS)
        where = global_scope(inventory.unit)
        inventory, reading = self._listed(inventory, {where: (_GLOBAL, _STATUS)})
        found = findings(inventory, self.policy)
        return Look(
            inventory=inventory,
            findings=found,
            seen=self._seen(inventory, found, self._expires(inventory, reading)),
            validity=_validity(reading.want(where, _GLOBAL) or ""),
            shown=displayed_time(reading.want(where, _STATUS) or ""),
            polled=polled,
        )

    def again(
        self, look: Look, keys: Collection[Key], overhear: Callable[[str], None] = lambda _text: None
    ) -> dict[Key, Seen]:
        """Read status and codes of these users once more. Raises UnitError and the console's errors.

        `overhear` gets every answer: debug output may stand in the middle of one.
        """
        inventory, reading = self._listed(look.inventory, {})
        for answer in reading.answers.values():
            overhear(answer.output)
        seen = self._seen(inventory, findings(inventory, self.policy), self._expires(inventory, reading))
        return {key: seen[key] for key in keys if key in seen}

    def _listed(self, known: Inventory, more: Mapping[str, Sequence[str]]) -> tuple[Inventory, Reading]:
        """Read tokens and users again, and `more` lines with them. All else is taken as `known`."""
        unit = self.unit
        lines: dict[str, tuple[str, ...]] = {unit.scope(vdom): (_TOKENS, _INFO, _USERS) for vdom in known.vdoms}
        for scope, group in more.items():
            lines[scope] = (*lines.get(scope, ()), *group)
        reading = read(self.console, unit.hostname, lines)
        tokens: list[Token] = []
        accounts = [account for account in known.accounts if account.type == ADMIN]
        for vdom in known.vdoms:
            scope = unit.scope(vdom)
            with explained(unit, vdom):
                configured = parsers.parse_tokens(reading.need(scope, _TOKENS), vdom)
                statuses = parsers.parse_status_list(reading.need(scope, _INFO))
                tokens += parsers.merge_tokens(configured, statuses, vdom)
                accounts += parsers.parse_accounts(reading.need(scope, _USERS), USER, vdom)
        return replace(known, tokens=with_users(tokens, accounts), accounts=tuple(accounts)), reading

    def _expires(self, inventory: Inventory, reading: Reading) -> dict[str, float]:
        """Return serial -> the end of its newest code, where the unit shows it."""
        found: dict[str, float] = {}
        for vdom in inventory.vdoms:
            listing = reading.want(self.unit.scope(vdom), _TOKENS) or ""
            for serial, node in parsers.parse_table(listing, "user fortitoken").items():
                text = node.value("activation-expire")
                # A 32-bit number of seconds (CLI reference 478620); 0 is none.
                if text.isdigit() and len(text) <= 10 and int(text):
                    found[serial] = float(text)
        return found

    def _seen(
        self, inventory: Inventory, found: Mapping[str, Finding], expires: Mapping[str, float]
    ) -> dict[Key, Seen]:
        delivery, server = Delivery(inventory), inventory.unit.mail_server
        accounts = {(account.type, account.vdom, account.name): account for account in inventory.accounts}
        seen: dict[Key, Seen] = {}
        for token in _held(inventory):
            look, reason = self._state(token, found[token.serial])
            for binding in token.bindings:
                if not self._concerns(binding, token):
                    continue
                key = (binding.type, binding.vdom, binding.name)
                channel, address = _address(accounts.get(key))
                seen[key] = Seen(
                    key,
                    token.serial,
                    look,
                    expires=expires.get(token.serial),
                    missing=tuple(delivery.missing(token)),
                    reason=reason,
                    address=address,
                    channel=channel,
                    route=_digest(channel, address, server.server if server else "", server.port if server else ""),
                )
        return seen

    def _concerns(self, binding: Binding, token: Token) -> bool:
        """Administrators only where the operator includes them, and never the account of the play. A disabled user
        cannot log in and gets no code, except that an interrupted repair may have disabled the user."""
        if binding.type == ADMIN:
            return self.policy.admins and binding.name != self.unit.user
        return binding.status != "disable" or token.serial in self.busy

    def _state(self, token: Token, finding: Finding) -> tuple[str, str]:
        if token.serial in self.busy:
            return OTHER, _BUSY
        if len(token.bindings) > 1:
            return OTHER, _SHARED
        if finding.verdict == PROVISION:
            return DUE, ""
        if finding.verdict == PENDING:
            return CODE_OUT, ""
        if finding.verdict == HEALTHY:
            return (DONE, "") if normalise(token.status or "") == "provisioned" else (OTHER, _AVAILABLE)
        return OTHER, f"{finding.reason} {finding.remedy}".strip()


def _held(inventory: Inventory) -> Iterable[Token]:
    return (token for token in inventory.tokens if token.kind == MOBILE and token.bindings)


def _address(account: Account | None) -> tuple[str, str]:
    """Return (channel, address). The unit prefers text messages (article 194574)."""
    phone, mail = (account.value("sms-phone"), account.value("email-to")) if account else ("", "")
    return ("sms", phone) if phone else ("email", mail) if mail else ("", "")


def _validity(text: str) -> float:
    hours = parsers.parse_global(text).get("two-factor-ftm-expiry", "")
    return min(int(hours) * HOUR, MOST_VALIDITY) if hours.isdigit() and int(hours[:4]) else DEFAULT_VALIDITY


def _digest(*parts: str) -> str:
    """Tells one way from another without keeping an address in a file."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", errors="replace")).hexdigest()[:16]
