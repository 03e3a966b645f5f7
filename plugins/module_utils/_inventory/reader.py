# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a unit: which commands are asked, in which scope, and how their answers become an inventory.

The number of turns does not depend on the number of tokens, users or VDOMs: all listings travel in one exchange. What
is asked about the surroundings, and about who uses a group, travels in a second one, and only where it is needed.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.lines import make_line
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ParseError, UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory import offline, parsers, surroundings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.around import (
    AROUND,
    SHOW_GLOBAL,
    SHOW_GROUPS,
    look_around,
    read_groups,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.asking import (
    SETTINGS_ROWS,
    Asking,
    Reading,
    answered,
    asking,
    explained,
    global_scope,
    read,
    run_where_possible,
    without_empty,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    AUTOMATIC,
    GLOBAL,
    ROOT_VDOM,
    SECONDARY,
    STANDALONE,
    UNKNOWN,
    USER,
    Account,
    Binding,
    Inventory,
    MailServer,
    Ping,
    Surroundings,
    Token,
    Unit,
    Unseen,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.rights import parse_rights

#: Article 194508, step 1 (revision of January 2025), and, since FortiOS 6.4.2, FortiGuard's anycast server for mobile
#: tokens (Administration Guide 7.2.4, topic 180506). [fact: service-hosts] [fact: service-anycast]
PING_HOSTS = ("fds1.fortinet.com", "directregistration.fortinet.com")
PING_HOST_ANYCAST = "globalftm.fortinet.net"
ANYCAST_SINCE = (6, 4, 2)

_MANAGEMENT = "show full-configuration system central-management"
#: Article 194508, step 1. It leaves out what has its default, which differs from release to release.
#: [fact: central-management-default]
_MANAGEMENT_SHORT = "show system central-management"
_ADMINS = "show system admin"
_PROFILES = "show system accprofile"
_HA = "get system ha status"
#: Article 194508, the part about mails: without a server no activation code leaves by mail. [fact: email-server-form]
_MAIL_SERVER = "show system email-server"
#: What a restore could not load (article 195668).
_ERROR_LOG = "diagnose debug config-error-log read"
#: Article 194508, step 2, and what tells whether debugging was left on.
_FORTICLDD = "diagnose test application forticldd 7"
_DEBUG_INFO = "diagnose debug info"
_PREFLIGHT = (_FORTICLDD, _DEBUG_INFO)
#: What level 7 of forticldd prints is not public, so neither is how much. [fact: forticldd-7] [fact: forticldd-menu]
_MOST_RAW_TEXT = 8000
_TOKENS = "show user fortitoken"
_STATUS = "diagnose fortitoken info"
_USERS = "show user local"

#: `diagnose sys vd list` names it, and `edit dmgmt-vdom` answers `'dmgmt-vdom' is reserved and cannot be edited
#: directly` (seen in a field report). [fact: vdom-reserved]
RESERVED_VDOMS = ("dmgmt-vdom",)

_SYSGRP = "set sysgrp read"
_GLOBAL_SCOPE = "set scope global"
#: What the gates need of the global scope -> the line of the access profile that shows it (FortiOS CLI reference,
#: `config system accprofile`).
_WANTED = {
    _MANAGEMENT: ("the management settings", _SYSGRP),
    SHOW_GLOBAL: ("the global settings", _SYSGRP),
    _ADMINS: ("the administrators", f"{_SYSGRP}, set admingrp read"),
    _HA: ("the members of the cluster", _SYSGRP),
}


# [fact: vdom-edit-creates] [fact: vdom-list]
def select_vdoms(unit: Unit, vdoms: Iterable[str] | None) -> tuple[str, ...]:
    """Return the VDOMs to look at; without a choice, all but the reserved ones. Raises UnitError for one that the unit
    does not have: `edit` would create it."""
    wanted = tuple(dict.fromkeys(vdoms or ())) or tuple(name for name in unit.vdoms if name not in RESERVED_VDOMS)
    unknown = [name for name in wanted if name not in unit.vdoms]
    if unknown:
        raise UnitError(
            f"there is no VDOM {', '.join(unknown)} on this unit; it has {', '.join(unit.vdoms)}",
            unit=unit.hostname,
            next_step="Correct the VDOM names and run again; nothing was changed",
        )
    return wanted


def identify(console: Asking) -> Unit:
    """Return what the login and `get system status` tell of a unit; nothing else is asked. Raises UnitError."""
    identity = console.identity()
    if identity.get("offline"):
        return offline.unit_of(identity)
    try:
        status = parsers.parse_system_status(identity["status_text"])
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
        confined_to=str(identity.get("confined_to") or ""),
        ha_mode=status.ha_mode,
        ha_role=status.ha_role,
    )


def _global_facts(unit: Unit, reading: Reading) -> Unit:
    where = global_scope(unit)
    admins = reading.want(where, _ADMINS) or ""
    with explained(unit, GLOBAL):
        management, manager = parsers.parse_management(
            reading.want(where, _MANAGEMENT) or reading.want(where, _MANAGEMENT_SHORT) or ""
        )
        settings_text = reading.want(where, SHOW_GLOBAL)
        settings = parsers.parse_global(settings_text or "")
        # A unit always has an administrator: an empty listing is one that the account may not see. Whoever belongs to
        # one VDOM is not shown those of other VDOMs.
        known = bool(parsers.parse_table(admins, "system admin")) and not unit.confined_to
        rights = parse_rights(reading.want(where, _PROFILES) or "", admins, unit.user)
    ha_status = reading.want(where, _HA) or ""
    lost = reading.want(where, _ERROR_LOG)
    return replace(
        unit,
        management_type=management,
        manager=manager,
        cfg_save=UNKNOWN if settings_text is None else settings.get("cfg-save", AUTOMATIC),
        management_vdom=settings.get("management-vdom", ROOT_VDOM),
        admins_known=known,
        rights=rights,
        ha_role=_ha_role(unit, ha_status),
        ha_members=parsers.parse_ha_members(ha_status),
        mail_server=_mail_server(reading, where),
        surroundings=Surroundings(
            lost_lines=None if lost is None else surroundings.parse_error_log(lost),
            private_data_encryption=None
            if settings_text is None
            else settings.get("private-data-encryption", "disable") == "enable",
        ),
        unseen=offline.unseen(unit) if unit.offline else _unseen(unit, reading, known, bool(management)),
    )


# [fact: ha-mode-line] [fact: ha-members]
def _ha_role(unit: Unit, status: str) -> str:
    """Return the role by both commands: one may decide where the other uses an unknown word, but never against it."""
    if unit.ha_mode == STANDALONE:
        return unit.ha_role
    listed = parsers.parse_ha_role(status, unit.serial)
    if UNKNOWN in (unit.ha_role, listed):
        return unit.ha_role if listed == UNKNOWN else listed
    return unit.ha_role if unit.ha_role == listed else SECONDARY


def _unseen(unit: Unit, reading: Reading, admins: bool, management: bool) -> tuple[Unseen, ...]:
    """Return what the gates need and the account cannot read, each with the line of its profile that would show it."""
    where = global_scope(unit)
    shown = {
        _MANAGEMENT: management,
        _ADMINS: admins,
        SHOW_GLOBAL: reading.want(where, SHOW_GLOBAL) is not None,
        _HA: reading.want(where, _HA) is not None or unit.ha_mode == STANDALONE,
    }
    found = []
    if unit.confined_to:
        found.append(Unseen("all other VDOMs", f"the account belongs to VDOM {unit.confined_to}", _GLOBAL_SCOPE))
    for line, seen in shown.items():
        what, right = _WANTED[line]
        if not seen:
            more = f"{_GLOBAL_SCOPE}, {right}" if unit.confined_to else right
            found.append(Unseen(what, f"'{line}' shows nothing to the account {unit.user}", more))
    return tuple(found)


def _tokens_and_accounts(
    unit: Unit, vdoms: Sequence[str], reading: Reading, admins: Sequence[Account]
) -> tuple[tuple[Token, ...], tuple[Account, ...], str]:
    tokens: list[Token] = []
    accounts: list[Account] = []
    servers: list[str] = []
    for vdom in vdoms:
        scope = unit.scope(vdom)
        with explained(unit, vdom):
            statuses = parsers.parse_status_list(reading.need(scope, _STATUS))
            configured = parsers.parse_tokens(reading.need(scope, _TOKENS), vdom)
            tokens.extend(parsers.merge_tokens(configured, statuses, vdom))
            accounts.extend(parsers.parse_accounts(reading.need(scope, _USERS), USER, vdom))
            servers.append(statuses.token_server)
    accounts.extend(admins)
    return with_users(tokens, accounts), tuple(accounts), worst_server(servers)


def with_users(tokens: Iterable[Token], accounts: Iterable[Account]) -> tuple[Token, ...]:
    """Return the tokens with the bindings that the accounts show, each serial once."""
    held: dict[str, list[Binding]] = {}
    for account in accounts:
        if account.fortitoken:
            held.setdefault(account.fortitoken, []).append(
                Binding(
                    account.fortitoken, account.type, account.name, account.vdom, account.two_factor, account.status
                )
            )
    return tuple(replace(token, bindings=tuple(held.get(token.serial, ()))) for token in _distinct(tokens))


# [fact: token-one-account]
def _distinct(tokens: Iterable[Token]) -> list[Token]:
    """Return one token per serial. A serial belongs to one VDOM (FortiProxy guide 177149: one token, one account a
    unit). One that is seen in two gets a status that no triage row knows, and so is never touched."""
    first: dict[str, Token] = {}
    for token in tokens:
        known = first.get(token.serial)
        if known is None:
            first[token.serial] = token
        elif known.configured or token.configured:
            status = f"seen in VDOM {known.vdom} ({known.status}) and in VDOM {token.vdom} ({token.status})"
            first[token.serial] = replace(known, status=status, listed=True, configured=True)
    return list(first.values())


def worst_server(servers: Sequence[str]) -> str:
    """Return the state of the token server. All VDOMs use the same one: where they differ, believe the worse."""
    known = [state for state in servers if state != UNKNOWN]
    return next((state for state in known if state != "reachable"), known[0] if known else UNKNOWN)


def _preflight(unit: Unit, reading: Reading) -> Unit:
    """Return the unit with what a person would look at before the first step. No change depends on it, so a refusal is
    not an error."""
    where = global_scope(unit)
    raw = reading.want(where, _FORTICLDD)
    return replace(
        unit,
        forticldd=None if raw is None else raw[:_MOST_RAW_TEXT],
        debug_info=reading.want(where, _DEBUG_INFO),
    )


def _mail_server(reading: Reading, scope: str) -> MailServer | None:
    """Return the mail server, None where the account may not see it or where it is not understood."""
    text = reading.want(scope, _MAIL_SERVER)
    if text is not None:
        with suppress(ParseError):
            return parsers.parse_mail_server(text)
    return None


def _ping_lines(unit: Unit) -> dict[str, str]:
    hosts = [*PING_HOSTS, *((PING_HOST_ANYCAST,) if unit.version_tuple >= ANYCAST_SINCE else ())]
    return {host: make_line("execute", "ping", host) for host in hosts}


def _ping(console: Asking, unit: Unit, vdoms: Sequence[str], reading: Reading | None = None) -> tuple[Ping, ...]:
    """Return what the unit's pings say; `reading` has them where they were asked already.

    FortiGuard traffic leaves through the management VDOM (Administration Guide, "Virtual Domains"). One that is not to
    be entered is not asked: the first of the chosen VDOMs is the next best place.
    """
    vdom = unit.management_vdom if unit.management_vdom in vdoms else vdoms[0]
    lines = _ping_lines(unit)
    if reading is None:
        reading = read(console, unit.hostname, {unit.scope(vdom): tuple(lines.values())}, SETTINGS_ROWS)
    return tuple(
        parsers.parse_ping(reading.answers[(unit.scope(vdom), line)].output, host) for host, line in lines.items()
    )


def read_inventory(
    console: Asking, vdoms: Iterable[str] | None = None, ping: str = "auto", required: Iterable[str] = ()
) -> Inventory:
    """Return the unit, its tokens, its accounts and its groups, as they are now.

    `ping`: `always` (then the rest of the preflight and the surroundings are read as well: forticldd, debug levels,
    clock, NTP, table sizes), `never`, or `auto`: only where the unit does not know the state of its token server.

    A VDOM that cannot be entered is left out and named in `unit.unseen`; one that was asked for by name, or is
    `required`, is an error.
    Raises UnitError, ParseError, and the console's own errors.
    """
    unit = identify(console)
    by_name = tuple(vdoms or ())
    chosen = select_vdoms(unit, by_name)
    preflight = _PREFLIGHT if ping == "always" else ()
    # The longest listing comes first: it shows whether the unit pages, and so whether the rest may be typed ahead.
    batches: list[Batch] = []
    for scope, group in _token_lines(unit, chosen).items():
        batches += [*asking({scope: group}), *asking({scope: (SHOW_GROUPS,)}, SETTINGS_ROWS)]
    where = global_scope(unit)
    # Which VDOM is the management VDOM is known only afterwards.
    at_once = ping == "always" and unit.vdom_mode == "none"
    if at_once:
        batches += asking({unit.scope(ROOT_VDOM): tuple(_ping_lines(unit).values())}, SETTINGS_ROWS)
    settings = (_MANAGEMENT, SHOW_GLOBAL, _ADMINS, _PROFILES, _HA, _MAIL_SERVER)
    around = AROUND if ping == "always" else ()
    # The log of a restore may be long, so nothing else waits behind it.
    batches += asking({where: (*settings, *preflight, *around, _ERROR_LOG)}, SETTINGS_ROWS)
    answers, refused = run_where_possible(console, batches)
    chosen = _enterable(unit, chosen, (*by_name, *required), refused)
    reading = answered(unit.hostname, *without_empty(batches, answers))
    if reading.want(where, _MANAGEMENT) is None:
        reading.answers.update(read(console, unit.hostname, {where: (_MANAGEMENT_SHORT,)}).answers)
    unit = _global_facts(unit, reading)
    if preflight:
        unit = _preflight(unit, reading)
    unit = replace(unit, unseen=(*unit.unseen, *_left_out(unit, by_name, refused)))
    with explained(unit, GLOBAL):
        admins = parsers.parse_accounts(reading.want(where, _ADMINS) or "", ADMIN)
    tokens, accounts, server = _tokens_and_accounts(unit, chosen, reading, admins)
    if unit.offline:
        tokens = tuple(offline.without_guesses(token) for token in tokens)
    groups, unread = read_groups(unit, chosen, reading)
    unit = replace(unit, token_server=server)
    inventory = look_around(
        console, Inventory(unit, tokens, accounts, groups, unread, chosen), reading, around=ping == "always"
    )
    if ping == "always" or (ping == "auto" and server not in ("reachable", "unreachable")):
        pings = _ping(console, unit, chosen, reading if at_once else None)
        if unit.offline:
            # Files that hold no ping do not say that a server is silent.
            pings = tuple(each for each in pings if each.sent)
        inventory = replace(inventory, unit=replace(inventory.unit, pings=pings))
    return inventory


def _enterable(
    unit: Unit, chosen: Sequence[str], by_name: Sequence[str], refused: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the chosen VDOMs without those that cannot be entered. Raises UnitError for one that was named, and where
    none is left."""
    named = [name for name in by_name if name in refused]
    rest = tuple(name for name in chosen if name not in refused)
    if named or not rest:
        names = named or list(refused)
        raise UnitError(
            f"VDOM {', '.join(names)} cannot be entered: {refused[names[0]]}",
            unit=unit.hostname,
            next_step="Leave it out of the VDOMs to look at and run again; nothing was changed",
        )
    return rest


def _left_out(unit: Unit, by_name: Sequence[str], refused: Mapping[str, str]) -> list[Unseen]:
    """Return the VDOMs that are listed and were not entered although nobody chose among them."""
    reserved = () if by_name else tuple(name for name in RESERVED_VDOMS if name in unit.vdoms)
    return [
        *(Unseen(f"VDOM {name}", "the unit reserves it for itself, it cannot be entered") for name in reserved),
        *(Unseen(f"VDOM {name}", f"it cannot be entered: {why}") for name, why in refused.items()),
    ]


def _token_lines(unit: Unit, vdoms: Iterable[str]) -> dict[str, Sequence[str]]:
    return {unit.scope(vdom): (_TOKENS, _STATUS, _USERS) for vdom in vdoms}


def read_statuses(console: Asking, unit: Unit, vdoms: Sequence[str]) -> dict[str, str]:
    """Return serial -> status text, and nothing else: what a poll asks. Raises UnitError."""
    reading = read(console, unit.hostname, {unit.scope(vdom): (_STATUS,) for vdom in vdoms})
    statuses: dict[str, str] = {}
    for vdom in vdoms:
        with explained(unit, vdom):
            rows = parsers.parse_status_list(reading.need(unit.scope(vdom), _STATUS)).rows
        statuses.update((serial, status) for serial, (_drift, status) in rows.items())
    return statuses
