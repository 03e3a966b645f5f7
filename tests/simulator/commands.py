# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The `execute`, `diagnose` and special `get` commands. Each function names the fact its output follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import cloud, mobile_commands, status
from .errors import fail, incomplete, parse_error, unknown_action, value_error
from .replies import need, reply, write_tokens
from .states import is_mobile
from .words import Word, match

if TYPE_CHECKING:
    from .replies import Reply
    from .shell import Shell

# A command gets the session and the words behind its name.
Command = Callable[["Shell", list[str]], "Reply"]

MOST_SERIALS = 20


def config_header(shell: Shell) -> list[str]:
    """Return the comment lines at the head of a whole configuration."""
    unit = shell.unit
    major, minor, patch = unit.scenario.release
    model = unit.scenario.serial[:6]
    return [
        f"#config-version={model}-{major}.{minor}.{patch}-FW-build{status.build(unit)}-250523:opmode=0:"
        f"vdom={int(shell.multi)}:user={shell.account.name}",
        f"#buildno={status.build(unit)}",
        "#global_vdom=1",
        # Changes at each `show` (public issue of oxidized, a FortiGate 200F with 7.2.10). [fact: private-data-header]
        *([f"#private-encryption-key={unit.vault.encrypt('private-data', True)}"] if unit.private_data else []),
    ]


def run(shell: Shell, verb: str, words: list[Word]) -> Reply:
    """Run an `execute`, `diagnose` or `print` command; raises CliError."""
    if verb == "diagnose" and _debug_is_refused(shell, [word.text for word in words]):
        raise parse_error("debug")
    found = find(shell, verb, words)
    if found is None:
        if not words:
            raise incomplete()
        raise unknown_action() if verb == "execute" else parse_error(words[0].text)
    return found


# [fact: debug-refused]
def _debug_is_refused(shell: Shell, texts: list[str]) -> bool:
    """Tell whether the scenario lets the unit refuse a `diagnose` command (seen in FIPS-CC mode)."""
    refused = shell.unit.scenario.behaviour.debug_refused
    first, second = (*texts, "", "")[:2]
    debug = match(first, ("debug",)) is not None
    return refused != "none" and (debug or (refused == "all" and match(second, ("debug", "info")) == "debug"))


def find(shell: Shell, verb: str, words: list[Word]) -> Reply | None:
    """Run the command that the words name, or return None where there is none; raises CliError from within."""
    texts = [word.text for word in words]
    candidates = [name for name in COMMANDS if name[0] == verb]
    depth = 1
    while True:
        complete = next((name for name in candidates if len(name) == depth), None)
        rest = texts[depth - 1 :]
        deeper = {name[depth] for name in candidates if len(name) > depth}
        name = match(rest[0], deeper) if rest else None
        if name is None:
            return COMMANDS[complete](shell, rest) if complete else None
        candidates = [each for each in candidates if len(each) > depth and each[depth] == name]
        depth += 1


# get


def _get_system_status(shell: Shell, args: list[str]) -> Reply:
    return reply(*status.system_status(shell))


def _get_ha_status(shell: Shell, args: list[str]) -> Reply:
    return reply(*status.ha_status(shell))


def _get_admin_list(shell: Shell, args: list[str]) -> Reply:
    _global_only(shell)
    return reply(*status.admin_list(shell.unit))


def _get_admin_status(shell: Shell, args: list[str]) -> Reply:
    _global_only(shell)
    return reply(*status.admin_status(shell.unit))


# execute


# [fact: ping-forms] [fact: ping-unresolved]
def _ping(shell: Shell, args: list[str]) -> Reply:
    """Five packets are sent. How an unresolvable name is answered is inferred: no `packets received` line."""
    _in_a_scope(shell)
    if not args:
        raise incomplete()
    host = args[0]
    result = shell.unit.scenario.ping.get(host, "ok")
    address = "192.0.2.10"
    head = f"PING {host} ({address}): 56 data bytes"
    if result == "unresolvable":
        return reply("Unable to resolve hostname.", seconds=0.1)
    if result == "sendto_failed":
        return reply(head, *["sendto failed"] * 5)
    tail = ["", f"--- {host} ping statistics ---"]
    if result == "loss":
        return reply(head, *tail, "5 packets transmitted, 0 packets received, 100% packet loss", seconds=0.1)
    packets = [f"64 bytes from {address}: icmp_seq={number} ttl=53 time=4.{number} ms" for number in range(5)]
    return reply(
        head,
        *packets,
        *tail,
        "5 packets transmitted, 5 packets received, 0% packet loss",
        "round-trip min/avg/max = 4.0/4.2/4.4 ms",
        seconds=0.1,
    )


# [fact: activate-twenty] [fact: activate-output]
def _activate(shell: Shell, args: list[str]) -> Reply:
    """Up to twenty serials a call (CLI Reference 6.0.6, 7.6.5, 8.0.0); what it prints is not public: nothing."""
    vdom = write_tokens(shell)
    if not args:
        raise incomplete()
    if len(args) > MOST_SERIALS:
        raise parse_error(args[MOST_SERIALS])
    table = shell.unit.config.table(vdom, "user fortitoken").entries
    for serial in args:
        if serial not in table or is_mobile(serial):
            raise value_error(serial, "entry not found in datasource")
    if not shell.ignoring:
        shell.mutations += 1
        for serial in dict.fromkeys(args):
            shell.unit.fortiguard.activate(serial, "command", shell.number)
    return reply()


def _transaction(action: str) -> Command:
    def run_it(shell: Shell, args: list[str]) -> Reply:
        need(shell, "execute", "read-write")
        if not shell.unit.scenario.has_transactions:
            # FortiOS 6.0 does not know the command. [fact: txn-since]
            raise unknown_action()
        if action == "start":
            minutes = args[0] if args else "5"
            if not minutes.isdigit() or not 1 <= int(minutes) <= 60:
                raise value_error(minutes, code=-61)
            if not shell.ignoring:
                number = shell.start_transaction(int(minutes))
                if shell.unit.scenario.behaviour.transaction_answers:
                    # As seen on a FortiGate-VM (sadrithmina.de, 2025-06). [fact: txn-start-answer]
                    return reply(f"config transaction (id={number}) started")
        elif shell.transaction is None:
            # Not documented; that it is refused is inferred. [fact: txn-none-open]
            raise fail(-1, "Not in a config transaction.")
        elif action == "commit":
            if not shell.ignoring:
                shell.mutations += int(shell.transaction.commit() > 0)
        else:
            # [fact: txn-commit-answer]
            shell.transaction.abort()
        return reply()

    return run_it


def _cfg_save(shell: Shell, args: list[str]) -> Reply:
    _in_a_scope(shell)
    need(shell, "sysgrp", "read-write")
    if shell.unit.cfg_save == "automatic":
        # Known only while `cfg-save` is manual or revert (inferred). [fact: cfg-save-command]
        raise unknown_action()
    shell.unit.save()
    return reply("config saved.")


def _log_filter(shell: Shell, args: list[str]) -> Reply:
    if not args:
        raise incomplete()
    if args[0] == "reset":
        shell.log_filter.clear()
    elif args[0] == "field" and len(args) >= 3:
        shell.log_filter[args[1]] = args[2]
    return reply()


# [fact: log-display]
def _log_display(shell: Shell, args: list[str]) -> Reply:
    """Layout as ntc-templates parses it; ids 32155 and 32159 from the FortiOS log reference."""
    _in_a_scope(shell)
    need(shell, "loggrp", "read")
    found = [
        entry
        for entry in reversed(shell.unit.system_log)
        if all(value in entry.get(name, "") for name, value in shell.log_filter.items())
    ]
    lines = [f"{len(found)} logs found.", f"{min(10, len(found))} logs returned."] if found else ["0 logs found."]
    for number, entry in enumerate(found[:10], 1):
        fields = " ".join(
            f'{name}="{value}"' if name not in ("date", "time") else f"{name}={value}" for name, value in entry.items()
        )
        lines.append(f"{number}: {fields}")
    return reply(*lines)


# diagnose


# [fact: status-list] [fact: status-trailer] [fact: status-list-bytes]
def _fortitoken_info(shell: Shell, args: list[str]) -> Reply:
    """Columns and trailer as in Administration Guide 7.2, topic 180506, and CLI Reference 7.4.8, topic 992125791."""
    vdom = shell.vdom()
    if vdom is None:
        raise parse_error("fortitoken")
    need(shell, "authgrp", "read", "fortitoken")
    service = shell.unit.fortiguard
    lines = ["FORTITOKEN           DRIFT    STATUS"]
    shown = activated = 0
    for serial, entry in shell.unit.config.table(vdom, "user fortitoken").entries.items():
        text = service.shown_status(serial, entry)
        activated += text in ("active", "provisioned")
        if not args or serial in args:
            shown += 1
            lines.append(f"{serial:<20} {service.tokens[serial].drift:<8} {text}")
    # [fact: totals-global]
    everywhere = sum(state.status in ("active", "provisioned") for state in service.tokens.values())
    return reply(
        *lines,
        "",
        f"Total activated token: {activated}",
        f"Total global activated token: {everywhere}",
        "",
        f"Token server status: {shell.unit.scenario.fortiguard.status}",
    )


def _fortitoken_debug(state: bool) -> Command:
    def run_it(shell: Shell, args: list[str]) -> Reply:
        _need_debug(shell, "fortitoken")
        shell.unit.fortitoken_debug = state
        shell.unit.event("debug", session=shell.number, what="fortitoken", on=state)
        # Fortinet article 308115. [fact: debug-answer]
        return reply("Debug messages will be on for 30 minutes.") if state else reply()

    return run_it


def _debug_switch(state: bool) -> Command:
    def run_it(shell: Shell, args: list[str]) -> Reply:
        _need_debug(shell, "debug")
        shell.debug_enabled = state
        shell.unit.event("debug", session=shell.number, what="output", on=state)
        return reply()

    return run_it


def _debug_reset(shell: Shell, args: list[str]) -> Reply:
    _need_debug(shell, "debug")
    shell.unit.debug_levels.clear()
    # That reset also ends `diagnose fortitoken debug` is inferred from its use in Fortinet article 194508.
    # [fact: debug-reset]
    shell.unit.fortitoken_debug = False
    shell.unit.event("debug", session=shell.number, what="reset", on=False)
    return reply()


# [fact: debug-levels-shared] [fact: debug-commands]
def _debug_application(shell: Shell, args: list[str]) -> Reply:
    _need_debug(shell, "debug")
    if not args:
        raise incomplete()
    daemon = match(args[0], DAEMONS)
    if daemon is None:
        raise parse_error(args[0])
    level = args[1] if len(args) > 1 else "0"
    if not level.lstrip("-").isdigit():
        raise parse_error(level)
    if int(level):
        shell.unit.debug_levels[daemon] = int(level)
    else:
        shell.unit.debug_levels.pop(daemon, None)
    shell.unit.event("debug", session=shell.number, what=daemon, on=bool(int(level)))
    return reply("Debug messages will be on for 30 minutes.") if int(level) else reply()


# [fact: debug-timestamp]
def _debug_timestamp(shell: Shell, args: list[str]) -> Reply:
    _need_debug(shell, "debug")
    state = match(args[0], ("enable", "disable")) if args else None
    if state is None:
        raise incomplete() if not args else parse_error(args[0])
    shell.timestamps = state == "enable"
    return reply()


# [fact: debug-info]
def _debug_info(shell: Shell, args: list[str]) -> Reply:
    """The output is not public; the lines here are inferred from what the commands before it set."""
    _need_debug(shell, "debug", "read")
    lines = [
        f"debug output:           {'enable' if shell.debug_enabled else 'disable'}",
        f"console timestamp:      {'enable' if shell.timestamps else 'disable'}",
    ]
    lines += [f"{daemon} debug level: {level}" for daemon, level in shell.unit.debug_levels.items()]
    return reply(*lines)


# [fact: forticldd-7] [fact: forticldd-menu]
def _forticldd(shell: Shell, args: list[str]) -> Reply:
    """What level 7 prints is not public; a few plausible lines, to be collected and not read."""
    need(shell, "diagnose", "read-write", "test")
    if args[:1] == ["7"]:
        servers = ("fds1.fortinet.com", "directregistration.fortinet.com")
        return reply("forticldd token service:", *(f"  server: {name}:443" for name in servers))
    return reply("1. Show FortiCloud status", "3. Show servers", "7. Show token service", "99. Restart daemon")


def _vd_list(shell: Shell, args: list[str]) -> Reply:
    return reply(*status.vd_list(shell.unit, shell.home))


# Helpers


def _need_debug(shell: Shell, word: str, level: str = "read-write") -> None:
    if shell.unit.scenario.behaviour.fips_cc:
        raise parse_error(word)
    need(shell, "diagnose", level, word)


def _in_a_scope(shell: Shell) -> None:
    # That these commands are missing outside `config global` and `config vdom` of a unit with VDOMs is inferred.
    # [fact: commands-need-scope]
    if shell.multi and shell.scope is None:
        raise unknown_action()


def _global_only(shell: Shell) -> None:
    if not shell.in_global():
        raise parse_error("admin")
    need(shell, "admingrp", "read", "admin")


DAEMONS = ("alertmail", "fnbamd", "forticldd", "httpsd", "update")

COMMANDS: dict[tuple[str, ...], Command] = {
    **mobile_commands.COMMANDS,
    **cloud.COMMANDS,
    ("get", "system", "status"): _get_system_status,
    ("get", "system", "ha", "status"): _get_ha_status,
    ("get", "system", "admin", "list"): _get_admin_list,
    ("get", "system", "admin", "status"): _get_admin_list,
    ("get", "system", "info", "admin", "status"): _get_admin_status,
    ("execute", "ping"): _ping,
    ("execute", "fortitoken", "activate"): _activate,
    ("execute", "config-transaction", "start"): _transaction("start"),
    ("execute", "config-transaction", "commit"): _transaction("commit"),
    ("execute", "config-transaction", "abort"): _transaction("abort"),
    ("execute", "cfg", "save"): _cfg_save,
    ("execute", "log", "filter"): _log_filter,
    ("execute", "log", "display"): _log_display,
    ("diagnose", "fortitoken", "info"): _fortitoken_info,
    ("diagnose", "fortitoken", "debug", "enable"): _fortitoken_debug(True),
    ("diagnose", "fortitoken", "debug", "disable"): _fortitoken_debug(False),
    ("diagnose", "debug", "enable"): _debug_switch(True),
    ("diagnose", "debug", "disable"): _debug_switch(False),
    ("diagnose", "debug", "reset"): _debug_reset,
    ("diagnose", "debug", "info"): _debug_info,
    ("diagnose", "debug", "application"): _debug_application,
    ("diagnose", "debug", "console", "timestamp"): _debug_timestamp,
    ("diagnose", "test", "application", "forticldd"): _forticldd,
    ("diagnose", "sys", "vd", "list"): _vd_list,
}
