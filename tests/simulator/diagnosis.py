# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that only look: clock, table sizes, the error log of a restore, references, transactions.

Each function names the fact its output follows. Importing the module makes the commands known.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .commands import COMMANDS, Command, _in_a_scope, _need_debug
from .errors import incomplete, parse_error
from .references import group_references
from .replies import need, reply
from .tree import Entry, Table

if TYPE_CHECKING:
    from .replies import Reply
    from .shell import Shell
    from .unit import Unit

# Tables that `print tablesize` always lists. A real unit lists hundreds.
_TABLES = (
    *("antivirus.profile", "application.list", "certificate.ca", "certificate.local", "certificate.remote"),
    *("dlp.profile", "dnsfilter.profile", "endpoint-control.fctems", "firewall.access-proxy", "firewall.address"),
    *("firewall.addrgrp", "firewall.ippool", "firewall.policy", "firewall.schedule.group", "firewall.schedule.onetime"),
    *("firewall.schedule.recurring", "firewall.service.custom", "firewall.service.group", "firewall.vip"),
    *("ips.sensor", "log.custom-field", "report.layout", "router.access-list", "router.route-map", "router.static"),
    *("system.accprofile", "system.admin", "system.api-user", "system.dhcp.server", "system.interface"),
    *("system.replacemsg-group", "system.vdom", "system.virtual-wire-pair", "system.zone", "user.fortitoken"),
    *("user.group", "user.ldap", "user.local", "user.peer", "user.radius", "user.tacacs+", "videofilter.profile"),
    *("vpn.certificate.ca", "vpn.ipsec.phase1-interface", "vpn.ipsec.phase2-interface", "vpn.ssl.web.portal"),
    *("web-proxy.profile", "webfilter.profile", "webfilter.urlfilter", "wireless-controller.vap"),
)
# The limit where the scenario sets none; it is not enforced.
_WIDE = [40000, 40000]


# [fact: table-sizes] [fact: table-sizes-order] [fact: table-sizes-token]
def _tablesize(shell: Shell, args: list[str]) -> Reply:
    """`firewall.access-proxy: 0 256 512 3` (FortiOS 7.0 ZTNA reference, 422012): the order of the numbers is inferred
    as 0, most in a VDOM, most on the unit, in use; a line for `user.fortitoken` is inferred too."""
    _in_a_scope(shell)
    need(shell, "sysgrp", "read")
    unit = shell.unit
    names = sorted({*_TABLES, *unit.scenario.tablesize})
    return reply(
        *(
            f"{name}: 0 {' '.join(map(str, unit.scenario.tablesize.get(name, _WIDE)))} {_used(unit, name)}"
            for name in names
        )
    )


def _used(unit: Unit, name: str) -> int:
    nodes = (unit.config.node(scope, name.replace(".", " ")) for scope in unit.config.scopes)
    return sum(len(node.entries) for node in nodes if isinstance(node, Table))


# [fact: restore-error-log]
def _error_log(shell: Shell, args: list[str]) -> Reply:
    """Lines like `>>>  "set" "password" "ENC" "qO9B..." @ 3386:vpn...:failed command (error -61)` (article 195668)."""
    _need_debug(shell, "debug", "read")
    return reply(*shell.unit.scenario.config_errors)


# [fact: ntp-status]
def _ntp_status(shell: Shell, args: list[str]) -> Reply:
    """Header and server lines as in public transcripts of 6.2 and 7.0 units."""
    need(shell, "diagnose", "read", "ntp")
    source = shell.unit.scenario.ntp
    ntp = shell.unit.config.object("global", "system ntp")
    enabled = ntp.text("ntpsync", "disable") == "enable"
    synchronized = enabled if source.synchronized is None else source.synchronized
    lines = [
        f"synchronized: {'yes' if synchronized else 'no'}, ntpsync: {'enabled' if enabled else 'disabled'}, "
        f"server-mode: {'enabled' if ntp.text('server-mode') == 'enable' else 'disabled'}"
    ]
    if enabled:
        state = "reachable(0xff) S:3 T:54 selected" if synchronized else "unreachable(0x0) S:0 T:3 "
        lines += ["", f"ipv4 server({source.server}) 192.0.2.123 -- {state}"]
    if enabled and synchronized:
        stamp = time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime(shell.unit.clock.now()))
        lines += [
            "\tserver-version=4, stratum=1",
            f"\treference time is e12361d5.f27e0322 -- UTC {stamp}",
            "\tclock offset is -0.001569 sec, root delay is 0.000000 sec",
        ]
    return reply(*lines)


# [fact: execute-time]
def _execute_time(shell: Shell, args: list[str]) -> Reply:
    """`current time is: ...` and `last ntp sync:...` (FortiOS CLI references, `execute time`). Setting is refused."""
    _in_a_scope(shell)
    if args:
        raise parse_error(args[0])
    now = time.localtime(shell.unit.clock.now())
    lines = [time.strftime("current time is: %H:%M:%S", now)]
    if shell.unit.scenario.ntp.sync:
        lines.append(time.strftime("last ntp sync:%a %b %d %H:%M:%S %Y", now))
    return reply(*lines)


def _execute_date(shell: Shell, args: list[str]) -> Reply:
    """`current date is: ...` (FortiOS CLI references, `execute date`). Setting is refused."""
    _in_a_scope(shell)
    if args:
        raise parse_error(args[0])
    return reply(time.strftime("current date is: %Y-%m-%d", time.localtime(shell.unit.clock.now())))


# [fact: refcnt-command] [fact: refcnt-token-path]
def _refcount(shell: Shell, args: list[str]) -> Reply:
    """Known from 6.4.4 on, and in the global scope only where there are VDOMs (Administration Guide, topic 163148).

    The paths for tokens and groups are inferred; that nothing is printed where nothing refers to the name is too.
    """
    scenario = shell.unit.scenario
    known = scenario.release >= (6, 4, 4) if scenario.behaviour.refcnt is None else scenario.behaviour.refcnt
    if not known:
        raise parse_error("refcnt")
    if shell.multi and not shell.in_global():
        raise parse_error("cmdb")
    if len(args) != 2:
        raise parse_error(args[2]) if len(args) > 2 else incomplete()
    if args[0] == "user.group.name":
        return reply(*group_references(shell.unit.config, args[1], scenario.behaviour.refcnt_style))
    if args[0] != "user.fortitoken.serial-number":
        raise parse_error(args[0])
    holders = shell.unit.config.holders
    users = sorted(user for (_scope, serial), names in holders.items() if serial == args[1] for user in names)
    return reply(*(f"entry used by table user.local:name '{user}'" for user in users))


# [fact: txn-views] [fact: txn-pending-commands]
def _transaction(what: str) -> Command:
    """Named in Fortinet article 226126 without outputs: those are inferred, but for the pending command lines."""

    def run_it(shell: Shell, args: list[str]) -> Reply:
        need(shell, "diagnose", "read", "config-transaction")
        behaviour = shell.unit.scenario.behaviour
        if not shell.unit.scenario.has_transactions:
            raise parse_error("config-transaction")
        if behaviour.transaction_listing == "refused":
            raise parse_error(what)
        everywhere = shell.unit.transactions.values()
        own = shell.transaction
        if what == "status":
            lines = [f"Current transaction: {f'id={own.number}' if own else 'none'}"]
            lines += [f"transaction id={each.number} user={each.shell.account.name}" for each in everywhere]
        elif what == "txn-meta":
            lines = [f"id={each.number} user={each.shell.account.name} from={each.shell.source}" for each in everywhere]
        elif what == "txn-info":
            lines = [f"id={each.number} changes={sum(map(len, each.view.pending.values()))}" for each in everywhere]
        elif what == "txn-lock":
            lines = [
                f"{path.replace(' ', '.')}:{key or ''} locked by id={number}"
                for (_scope, path, key), number in shell.unit.locks.items()
            ]
        elif own is None:
            lines = []
        elif what == "txn-entity":
            lines = [
                f"{path.replace(' ', '.')}:{key or ''}" for (_s, path), each in own.view.pending.items() for key in each
            ]
        else:
            lines = own.lines if behaviour.transaction_listing == "typed" else _net(shell)
        return reply(*lines)

    return run_it


# [fact: txn-pending-form]
def _net(shell: Shell) -> list[str]:
    """Return what a transaction holds back as command lines: only what differs from the running configuration."""
    assert shell.transaction is not None
    lines = []
    for (scope, path), changes in shell.transaction.view.pending.items():
        body = []
        for key, change in changes.items():
            if change.after is None:
                body += [f'    delete "{key}"'] if change.before is not None else []
                continue
            before = change.before or Entry()
            body += [f'    edit "{key}"'] if key is not None else []
            changed = {name: words for name, words in change.after.values.items() if before.values.get(name) != words}
            difference = Entry(dict(changed))
            schema = shell.schema(path)
            printed = list(shell.unit.renderer.object(path, difference, schema))[1:-1]
            body += [f"    {line}" for line in printed]
            # A value that is set to its default is not shown, and is a change all the same.
            seen = {line.split()[1] for line in printed}
            body += [f"        set {name} {change.after.text(name)}" for name in changed if name not in seen]
            body += [f"        unset {name}" for name in before.values if name not in change.after.values]
            body += ["    next"] if key is not None else []
        where = ["config global"] if scope == "global" else ["config vdom", f"edit {scope}"]
        inside = [f"config {path}", *body, "end"]
        lines += [*where, *inside, "end"] if shell.unit.scenario.vdom_mode != "none" else inside
    return lines


_SHOWN = ("txn-cli-commands", "txn-entity", "txn-info", "txn-lock", "txn-meta")
_LOOKING: dict[tuple[str, ...], Command] = {
    ("print", "tablesize"): _tablesize,
    ("execute", "time"): _execute_time,
    ("execute", "date"): _execute_date,
    ("diagnose", "debug", "config-error-log", "read"): _error_log,
    ("diagnose", "sys", "ntp", "status"): _ntp_status,
    ("diagnose", "sys", "cmdb", "refcnt", "show"): _refcount,
    ("diagnose", "sys", "config-transaction", "status"): _transaction("status"),
}
COMMANDS.update(_LOOKING)
COMMANDS.update({("diagnose", "sys", "config-transaction", "show", what): _transaction(what) for what in _SHOWN})
