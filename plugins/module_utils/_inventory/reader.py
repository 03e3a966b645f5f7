# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a unit: which commands are asked, in which scope, and how their answers become an inventory.

The number of turns does not depend on the number of tokens, users or VDOMs: all listings travel in one exchange.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ParseError, UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory import parsers as _parsers
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    GLOBAL,
    ROOT_VDOM,
    USER,
    Account,
    Binding,
    Inventory,
    MailServer,
    Ping,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.offline import unit_of
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console

#: Article 194508, step 1 (revision of January 2025), and, since FortiOS 6.4.2, FortiGuard's anycast server for mobile
#: tokens (Administration Guide 7.2.4, topic 180506).
PING_HOSTS = ("fds1.fortinet.com", "directregistration.fortinet.com")
PING_HOST_ANYCAST = "globalftm.fortinet.net"
ANYCAST_SINCE = (6, 4, 2)

_MANAGEMENT = "show full-configuration system central-management"
#: Article 194508, step 1. It leaves out what has its default, which differs from release to release.
_MANAGEMENT_SHORT = "show system central-management"
_GLOBAL = "show system global"
_ADMINS = "show system admin"
_PROFILES = "show system accprofile"
_HA = "get system ha status"
#: Article 194508, the part about mails: without a server no activation code leaves by mail.
_MAIL_SERVER = "show system email-server"
#: Article 194508, step 2, and what tells whether debugging was left on.
_FORTICLDD = "diagnose test application forticldd 7"
_DEBUG_INFO = "diagnose debug info"
_PREFLIGHT = (_FORTICLDD, _DEBUG_INFO)
#: What level 7 of forticldd prints is not public, so neither is how much.
_MOST_RAW_TEXT = 8000
_TOKENS = "show user fortitoken"
_STATUS = "diagnose fortitoken info"
_USERS = "show user local"


@dataclass(frozen=True)
class _Reading:
    """The answers of one exchange, by scope and line."""

    hostname: str
    answers: dict[tuple[str, str], Answer]

    def need(self, scope: str, line: str) -> str:
        answer = self.answers[(scope, line)]
        if answer.fault is not None:
            raise UnitError(
                "a listing that everything else depends on was refused",
                unit=self.hostname,
                vdom=scope.removeprefix("vdom:"),
                answer=answer,
                next_step="Check the access profile of the account: it must be able to show users and tokens and to"
                " run 'diagnose fortitoken info'",
            )
        return answer.output

    def want(self, scope: str, line: str) -> str | None:
        answer = self.answers[(scope, line)]
        return None if answer.fault is not None else answer.output


def _asking(lines: Mapping[str, Sequence[str]]) -> list[Batch]:
    return [Batch(tuple(group), scope, repeatable=True) for scope, group in lines.items()]


def _answered(hostname: str, batches: Sequence[Batch], answers: Sequence[Sequence[Answer]]) -> _Reading:
    return _Reading(
        hostname,
        {
            (str(batch.scope), line): answer
            for batch, group in zip(batches, answers, strict=True)
            for line, answer in zip(batch.lines, group, strict=True)
        },
    )


def _read(console: Console, hostname: str, lines: Mapping[str, Sequence[str]]) -> _Reading:
    batches = _asking(lines)
    return _answered(hostname, batches, console.run(batches))


def select_vdoms(unit: Unit, vdoms: Iterable[str] | None) -> tuple[str, ...]:
    """The VDOMs to look at. Raises UnitError for one that the unit does not have: `edit` would create it."""
    wanted = tuple(dict.fromkeys(vdoms or ())) or unit.vdoms
    unknown = [name for name in wanted if name not in unit.vdoms]
    if unknown:
        raise UnitError(
            f"there is no VDOM {', '.join(unknown)} on this unit; it has {', '.join(unit.vdoms)}",
            unit=unit.hostname,
            next_step="Correct the VDOM names and run again; nothing was changed",
        )
    return wanted


def identify(console: Console) -> Unit:
    """What the login and `get system status` tell of a unit; nothing else is asked."""
    identity = console.identity()
    if identity.get("offline"):
        return unit_of(identity)
    try:
        status = _parsers.parse_system_status(identity["status_text"])
    except ParseError as error:
        raise UnitError(
            f"this does not look like a FortiGate: {error}", next_step="Check the address in the inventory"
        ) from error
    return Unit(
        hostname=status.hostname or identity["hostname"],
        serial=status.serial,
        model=status.model,
        version=status.version,
        build=status.build,
        vdom_mode=identity["vdom_mode"],
        vdoms=tuple(identity["vdoms"]) or (ROOT_VDOM,),
        user=identity["user"],
        run=identity["run"],
        read_only=bool(identity["read_only"]),
        ha_mode=status.ha_mode,
        ha_role=status.ha_role,
    )


@contextmanager
def _said(unit: Unit, vdom: str) -> Iterator[None]:
    """Give a ParseError the name of the unit and the VDOM."""
    try:
        yield
    except ParseError as error:
        raise UnitError(
            f"an answer could not be understood: {error}",
            unit=unit.hostname,
            vdom=vdom,
            next_step="Nothing is changed on a unit that is not understood. Run the command by hand and compare",
        ) from error


def _global_facts(unit: Unit, reading: _Reading) -> Unit:
    admins = reading.want(GLOBAL, _ADMINS) or ""
    with _said(unit, GLOBAL):
        management, manager = _parsers.parse_management(
            reading.want(GLOBAL, _MANAGEMENT) or reading.want(GLOBAL, _MANAGEMENT_SHORT) or ""
        )
        settings = _parsers.parse_global(reading.want(GLOBAL, _GLOBAL) or "")
        # A unit always has an administrator: an empty listing is one that the account may not see.
        known = bool(_parsers.parse_table(admins, "system admin"))
        rights = _parsers.parse_rights(reading.want(GLOBAL, _PROFILES) or "", admins, unit.user)
    return replace(
        unit,
        management_type=management,
        manager=manager,
        cfg_save=settings.get("cfg-save", "automatic"),
        management_vdom=settings.get("management-vdom", ROOT_VDOM),
        admins_known=known,
        rights=rights,
        ha_members=_parsers.parse_ha_members(reading.want(GLOBAL, _HA) or ""),
        mail_server=_mail_server(reading),
    )


def _tokens_and_accounts(
    unit: Unit, vdoms: Sequence[str], reading: _Reading, admins: Sequence[Account]
) -> tuple[tuple[Token, ...], tuple[Account, ...], str]:
    tokens: list[Token] = []
    accounts: list[Account] = []
    servers: list[str] = []
    for vdom in vdoms:
        scope = unit.scope(vdom)
        with _said(unit, vdom):
            statuses = _parsers.parse_status_list(reading.need(scope, _STATUS))
            configured = _parsers.parse_tokens(reading.need(scope, _TOKENS), vdom)
            tokens.extend(_parsers.merge_tokens(configured, statuses, vdom))
            accounts.extend(_parsers.parse_accounts(reading.need(scope, _USERS), USER, vdom))
            servers.append(statuses.token_server)
    accounts.extend(admins)
    held: dict[str, list[Binding]] = {}
    for account in accounts:
        if account.fortitoken:
            held.setdefault(account.fortitoken, []).append(
                Binding(
                    account.fortitoken, account.type, account.name, account.vdom, account.two_factor, account.status
                )
            )
    return (
        tuple(replace(token, bindings=tuple(held.get(token.serial, ()))) for token in _distinct(tokens)),
        tuple(accounts),
        _worst(servers),
    )


def _distinct(tokens: list[Token]) -> list[Token]:
    """A serial belongs into one VDOM (FortiProxy guide 177149: one token, one account a unit). One seen in two gets a
    status that no triage row knows, and so is never touched."""
    first: dict[str, Token] = {}
    for token in tokens:
        known = first.get(token.serial)
        if known is None:
            first[token.serial] = token
        elif known.configured or token.configured:
            status = f"seen in VDOM {known.vdom} ({known.status}) and in VDOM {token.vdom} ({token.status})"
            first[token.serial] = replace(known, status=status, listed=True, configured=True)
    return list(first.values())


def _worst(servers: Sequence[str]) -> str:
    """All VDOMs use one and the same server; where they differ, believe the worse of what is known."""
    known = [state for state in servers if state != "unknown"]
    return next((state for state in known if state != "reachable"), known[0] if known else "unknown")


def _preflight(unit: Unit, reading: _Reading) -> Unit:
    """What a person would look at before the first step. No change depends on it, so a refusal is no error."""
    raw = reading.want(GLOBAL, _FORTICLDD)
    return replace(
        unit,
        forticldd=None if raw is None else raw[:_MOST_RAW_TEXT],
        debug_info=reading.want(GLOBAL, _DEBUG_INFO),
    )


def _mail_server(reading: _Reading) -> MailServer | None:
    """None where the account may not see it, or where it is not understood."""
    text = reading.want(GLOBAL, _MAIL_SERVER)
    if text is not None:
        with suppress(ParseError):
            return _parsers.parse_mail_server(text)
    return None


def _ping_lines(unit: Unit) -> dict[str, str]:
    hosts = [*PING_HOSTS, *((PING_HOST_ANYCAST,) if unit.version_tuple >= ANYCAST_SINCE else ())]
    return {host: f"execute ping {host}" for host in hosts}


def _ping(console: Console, unit: Unit, reading: _Reading | None = None) -> tuple[Ping, ...]:
    """What the unit's pings say; `reading` has them where they were asked already."""
    # FortiGuard traffic leaves through the management VDOM (Administration Guide, "Virtual Domains").
    vdom = unit.management_vdom if unit.management_vdom in unit.vdoms else unit.vdoms[0]
    lines = _ping_lines(unit)
    if reading is None:
        reading = _read(console, unit.hostname, {unit.scope(vdom): tuple(lines.values())})
    return tuple(
        _parsers.parse_ping(reading.answers[(unit.scope(vdom), line)].output, host) for host, line in lines.items()
    )


def read_inventory(console: Console, vdoms: Iterable[str] | None = None, ping: str = "auto") -> Inventory:
    """The unit, its tokens and its accounts, as they are now.

    `ping`: `always` (and then the rest of the preflight is read as well: forticldd, debug levels),
    `never`, or `auto`: only where the unit does not know the state of its token server.
    Raises UnitError, ParseError, and the console's own errors.
    """
    unit = identify(console)
    chosen = select_vdoms(unit, vdoms)
    preflight = _PREFLIGHT if ping == "always" else ()
    # The longest listing comes first: it shows whether the unit pages, and so whether the rest may be typed ahead.
    lines: dict[str, Sequence[str]] = {
        **_token_lines(unit, chosen),
        GLOBAL: (_MANAGEMENT, _GLOBAL, _ADMINS, _PROFILES, _HA, _MAIL_SERVER, *preflight),
    }
    # Which VDOM is the management VDOM is known only afterwards.
    at_once = ping == "always" and unit.vdom_mode == "none"
    if at_once:
        lines[unit.scope(ROOT_VDOM)] = (*lines[unit.scope(ROOT_VDOM)], *_ping_lines(unit).values())
    reading = _read(console, unit.hostname, lines)
    if reading.want(GLOBAL, _MANAGEMENT) is None:
        reading.answers.update(_read(console, unit.hostname, {GLOBAL: (_MANAGEMENT_SHORT,)}).answers)
    unit = _global_facts(unit, reading)
    if preflight:
        unit = _preflight(unit, reading)
    with _said(unit, GLOBAL):
        admins = _parsers.parse_accounts(reading.want(GLOBAL, _ADMINS) or "", ADMIN)
    tokens, accounts, server = _tokens_and_accounts(unit, chosen, reading, admins)
    unit = replace(unit, token_server=server)
    if ping == "always" or (ping == "auto" and server not in ("reachable", "unreachable")):
        pings = _ping(console, unit, reading if at_once else None)
        # A file that holds no ping does not say that a server is silent.
        unit = replace(unit, pings=tuple(each for each in pings if each.sent) if unit.offline else pings)
    return Inventory(unit, tokens, accounts)


def _token_lines(unit: Unit, vdoms: Iterable[str]) -> dict[str, Sequence[str]]:
    return {unit.scope(vdom): (_TOKENS, _STATUS, _USERS) for vdom in vdoms}


class Relisting:
    """Tokens and users once more, after a change. Administrators are taken as `known`: nothing changes them here.

    The lines can travel together with those that change the unit, right behind them.
    """

    def __init__(self, known: Inventory, vdoms: Sequence[str]) -> None:
        self._known = known
        self._vdoms = vdoms
        self.batches = _asking(_token_lines(known.unit, vdoms))

    def inventory(self, answers: Sequence[Sequence[Answer]]) -> Inventory:
        """What the answers to `batches` say. Raises UnitError."""
        unit = self._known.unit
        admins = [account for account in self._known.accounts if account.type == ADMIN]
        reading = _answered(unit.hostname, self.batches, answers)
        tokens, accounts, server = _tokens_and_accounts(unit, self._vdoms, reading, admins)
        return Inventory(replace(unit, token_server=server), tokens, accounts)


class UserListing:
    """Users alone, as the unit shows them in the middle of a change; the lines can travel right behind it."""

    def __init__(self, unit: Unit, vdoms: Iterable[str]) -> None:
        self._unit = unit
        self._vdoms = tuple(vdoms)
        self.batches = _asking({unit.scope(vdom): (_USERS,) for vdom in self._vdoms})

    def users(self, answers: Sequence[Sequence[Answer]]) -> dict[tuple[str, str], Account]:
        """(VDOM, name) -> account, by the answers to `batches`. Raises UnitError."""
        reading = _answered(self._unit.hostname, self.batches, answers)
        found: dict[tuple[str, str], Account] = {}
        for vdom in self._vdoms:
            with _said(self._unit, vdom):
                accounts = _parsers.parse_accounts(reading.need(self._unit.scope(vdom), _USERS), USER, vdom)
            found.update(((vdom, account.name), account) for account in accounts)
        return found


def read_statuses(console: Console, unit: Unit, vdoms: Sequence[str]) -> dict[str, str]:
    """serial -> status text, and nothing else: what a poll asks. Raises UnitError."""
    reading = _read(console, unit.hostname, {unit.scope(vdom): (_STATUS,) for vdom in vdoms})
    statuses: dict[str, str] = {}
    for vdom in vdoms:
        with _said(unit, vdom):
            rows = _parsers.parse_status_list(reading.need(unit.scope(vdom), _STATUS)).rows
        statuses.update((serial, status) for serial, (_drift, status) in rows.items())
    return statuses
