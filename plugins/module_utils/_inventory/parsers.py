# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a FortiGate prints, read into plain data. Text in, objects out: no console, no Ansible.

The parsers are tolerant of what is not theirs (stray lines, `grep -f` marks, blank lines, odd spacing) and strict about
what would be dangerous to believe: an answer that is cut short or is something else entirely raises `ParseError`, so
that a listing that was only half received is never taken for a unit with half the tokens.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import strict_statements
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import MARK
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ParseError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.completeness import require_all_rows
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    GLOBAL,
    PRIMARY,
    SECONDARY,
    STANDALONE,
    UNKNOWN,
    USER,
    Account,
    Group,
    MailServer,
    Ping,
    Token,
    is_serial,
)


@dataclass(slots=True)
class Node:
    """A place in the configuration: its `set` lines, its table entries (`edit`), its sub-configurations (`config`)."""

    settings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    edits: dict[str, Node] = field(default_factory=dict)
    configs: dict[str, Node] = field(default_factory=dict)

    def value(self, name: str, default: str = "") -> str:
        return " ".join(self.settings[name]) if name in self.settings else default


def parse_config(text: str) -> Node:  # noqa: C901 - one branch for each word of the grammar
    """Return the configuration tree of a `show`, `show full-configuration` or `show ... | grep -f` answer.

    Raises ParseError where the answer ends inside a block, or where blocks do not fit together.
    """
    root = Node()
    stack: list[tuple[str, Node]] = [("", root)]
    for keyword, words in strict_statements(text):
        kind, node = stack[-1]
        if keyword == "config":
            stack.append(("config", node.configs.setdefault(" ".join(words), Node())))
        elif keyword == "edit":
            if kind != "config":
                raise ParseError("an entry is outside a table", f"edit {' '.join(words)}")
            if len(words) != 1:
                raise ParseError("an entry has no name", f"edit {' '.join(words)}")
            stack.append(("edit", node.edits.setdefault(words[0], Node())))
        elif keyword == "set":
            if kind and words and words[0]:
                node.settings[words[0]] = tuple(words[1:])
        else:
            if (
                keyword == "end"
                and [kind for kind, _node in stack[1:]] == ["config", "edit"]
                and "vdom" in root.configs
            ):
                # A VDOM's part of the whole configuration is closed by one `end` for `edit` and `config vdom`.
                stack.pop()
                kind = "config"
            wanted = "edit" if keyword == "next" else "config"
            if kind != wanted:
                raise ParseError(f"'{keyword}' closes nothing that is open", text[-200:])
            stack.pop()
    if len(stack) > 1:
        raise ParseError("the answer ends in the middle of a block", text[-200:])
    return root


def parse_table(text: str, path: str) -> dict[str, Node]:
    """Return the entries of one table, by name, out of the answer to `show <path>`.

    An empty answer is an empty table: FortiOS prints nothing, or only the frame, where nothing is configured.
    Raises ParseError where there is text but no such table, or where the answer is cut short.
    """
    if not text.strip():
        return {}
    root = parse_config(text)
    if path not in root.configs:
        raise ParseError(f"no 'config {path}' in the answer", text)
    return root.configs[path].edits


#: Never given back when an entry is added again: the seed, and what the license server hands out (Fortinet CLI
#: reference 478620, `config user fortitoken`).
_NOT_KEPT = frozenset(
    ("seed", "license", "activation-code", "activation-expire", "reg-id", "os-ver", "serial-number"),
)


# [fact: token-attributes] [fact: token-status-default]
def parse_tokens(text: str, vdom: str) -> dict[str, Token]:
    """Return serial -> Token (configuration side only) from `show user fortitoken` in one VDOM."""
    tokens: dict[str, Token] = {}
    for serial, node in parse_table(text, "user fortitoken").items():
        tokens[serial] = Token(
            serial=serial,
            vdom=vdom,
            configured=True,
            seed="seed" in node.settings,
            license=node.value("license"),
            settings=tuple((name, values) for name, values in node.settings.items() if name not in _NOT_KEPT),
        )
    return tokens


#: Attributes whose value is a secret, whatever form the unit prints it in (CLI references, `config user local` and
#: `config system admin`). FortiOS writes what it encrypts as `ENC` and a text.
_SECRET = re.compile(r"(?:.*-)?(?:passwd|password|secret|passphrase|psksecret|private-key|api-key|seed)\d?")


def _shown(name: str, values: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return a `set` line as it may be kept: a secret is only a mark."""
    secret = _SECRET.fullmatch(name) is not None or values[:1] == ("ENC",)
    return name, (MARK,) if secret else values


# [fact: user-status-default] [fact: show-without-defaults]
def parse_accounts(text: str, kind: str, vdom: str = GLOBAL) -> list[Account]:
    """Return the accounts of `show user local` (kind `user`, of one VDOM) or `show system admin` (kind `admin`).

    `status` is printed only where it differs from its default, `enable` (inferred from public configurations).
    Raises ParseError where the answer is not that listing.
    """
    path = "user local" if kind == USER else "system admin"
    return [
        Account(
            type=kind,
            name=name,
            vdom=GLOBAL if kind == ADMIN else vdom,
            status=None if kind == ADMIN else node.value("status", "enable"),
            two_factor=node.value("two-factor", "disable"),
            fortitoken=node.value("fortitoken"),
            email=bool(node.value("email-to")),
            phone=bool(node.value("sms-phone")),
            settings=tuple(_shown(attribute, values) for attribute, values in node.settings.items()),
        )
        for name, node in parse_table(text, path).items()
    ]


def parse_groups(text: str, vdom: str) -> list[Group]:
    """Return the groups of `show user group` in one VDOM, without a word on whether they are used.

    Members are users and servers alike; `config match` names a server and its groups (CLI reference, `config user
    group`). Raises ParseError where the answer is not that listing.
    """
    return [
        Group(
            vdom=vdom,
            name=name,
            members=node.settings.get("member", ()),
            matched=tuple(
                match.value("server-name")
                for match in node.configs.get("match", Node()).edits.values()
                if match.value("server-name")
            ),
        )
        for name, node in parse_table(text, "user group").items()
    ]


@dataclass(frozen=True, slots=True)
class StatusList:
    """`diagnose fortitoken info`: serial -> (drift, status text), and the token server's state."""

    rows: dict[str, tuple[int, str]]
    token_server: str


# [fact: status-list] [fact: status-list-bytes] [fact: column-widths]
_STATUS_ROW = re.compile(r"^\s*(FTK[0-9A-Z]{13})\s+(-?\d{1,18})\s+(\S.*?)\s*$", re.MULTILINE)
# [fact: status-trailer] [fact: status-server]
_TOKEN_SERVER = re.compile(r"^\s*Token server status:\s*(\S.*?)\s*$", re.MULTILINE)
_STATUS_FRAME = re.compile(r"^\s*(FORTITOKEN\s+DRIFT\s+STATUS|Total (global )?activated token:)", re.MULTILINE)


def parse_status_list(text: str) -> StatusList:
    """Read `diagnose fortitoken info` (Fortinet Administration Guide, topic 180506): columns FORTITOKEN DRIFT STATUS,
    where STATUS is free text with spaces, commas, quotes and parentheses, then totals and `Token server status: X`.

    The trailer may be missing; the token server is then `unknown`. Two rows that disagree about a serial become one
    with both texts, which no triage row matches. Raises ParseError where nothing of it can be recognized.
    """
    rows: dict[str, tuple[int, str]] = {}
    for match in _STATUS_ROW.finditer(text):
        serial, drift, status = match[1], int(match[2]), " ".join(match[3].split())
        known = rows.get(serial)
        if known is not None and known[1] != status:
            status = f"{known[1]} / {status}"
        rows[serial] = (drift, status)
    server = _TOKEN_SERVER.search(text)
    if not rows and server is None and _STATUS_FRAME.search(text) is None:
        raise ParseError("this is not a FortiToken status list", text)
    require_all_rows(text, len(rows))
    return StatusList(rows, server[1].lower() if server else UNKNOWN)


def merge_tokens(configured: dict[str, Token], statuses: StatusList, vdom: str) -> list[Token]:
    """Return the tokens of one VDOM, seen from both sides, in the order of the configuration and then of the status
    list."""
    merged = []
    for serial, token in configured.items():
        row = statuses.rows.get(serial)
        merged.append(
            token
            if row is None
            else Token(
                serial=serial,
                vdom=vdom,
                configured=True,
                listed=True,
                drift=row[0],
                status=row[1],
                seed=token.seed,
                license=token.license,
                settings=token.settings,
            )
        )
    merged.extend(
        Token(serial=serial, vdom=vdom, listed=True, drift=drift, status=status)
        for serial, (drift, status) in statuses.rows.items()
        if serial not in configured
    )
    return merged


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """The lines of `get system status` that matter here."""

    model: str
    version: str
    build: str
    serial: str
    hostname: str
    ha_mode: str
    ha_role: str


# [fact: system-status-form]
_VERSION = re.compile(r"^\s*Version:\s*(\S+)\s+v?(\d{1,3}\.\d{1,3}(?:\.\d{1,3})?),\s*build0*(\d+)", re.MULTILINE)


def _line_value(text: str, label: str) -> str:
    match = re.search(rf"^\s*{re.escape(label)}\s*:[ \t]*(\S.*?)?\s*$", text, re.MULTILINE)
    return (match[1] or "") if match else ""


#: Words for the HA role changed with FortiOS 6.4 (Master/Slave before). Others, such as `backup`, were seen on old
#: releases; `get system ha status` may then decide. [fact: ha-words] [fact: ha-backup]
_HA_ROLES = {
    "master": PRIMARY,
    "primary": PRIMARY,
    "slave": SECONDARY,
    "secondary": SECONDARY,
}


# [fact: ha-mode-line] [fact: vdom-words]
def parse_system_status(text: str) -> SystemStatus:
    """Read `get system status`, whose first line reads `Version: FortiGate-60F v7.4.8,build2795,250523 (GA.M)`.

    Raises ParseError where there is no version or no serial number in it.
    """
    version = _VERSION.search(text)
    serial = _line_value(text, "Serial-Number")
    if version is None or not serial:
        raise ParseError("this is not the 'get system status' of a FortiGate", text)
    mode, _comma, role = _line_value(text, "Current HA mode").partition(",")
    mode = mode.strip().lower() or STANDALONE
    return SystemStatus(
        model=version[1],
        version=version[2],
        build=version[3],
        serial=serial,
        hostname=_line_value(text, "Hostname"),
        ha_mode=mode,
        ha_role=_HA_ROLES.get(role.strip().lower(), STANDALONE if mode == STANDALONE else UNKNOWN),
    )


#: `Primary     : FGT-A, FG100FTK20012345, HA cluster index = 0` (and Master/Slave/Secondary) in `get system ha status`.
_HA_MEMBER = re.compile(
    r"^\s*(Master|Slave|Primary|Secondary)\s*:\s*[^,\n]*,\s*([A-Z0-9]{10,20})\b", re.MULTILINE | re.IGNORECASE
)


# [fact: ha-members]
def parse_ha_members(text: str) -> tuple[str, ...]:
    """Return the serial numbers of an HA cluster's members, the primary's first. Empty on a standalone unit."""
    return tuple(dict.fromkeys(match[2] for match in _HA_MEMBER.finditer(text)))


def parse_ha_role(text: str, serial: str) -> str:
    """Return the role that `get system ha status` gives to the unit with this serial: `primary`, `secondary`, or
    `unknown` where it gives none or both."""
    roles = {_HA_ROLES[match[1].lower()] for match in _HA_MEMBER.finditer(text) if match[2] == serial}
    return roles.pop() if len(roles) == 1 else UNKNOWN


# [fact: central-management-form]
def parse_management(text: str) -> tuple[str, str]:
    """Return (type, FortiManager address) from `show full-configuration system central-management` or the plain `show`.

    The type is `default` where the unit prints the object without one, and "" where it prints no such object.
    """
    node = parse_config(text).configs.get("system central-management") if text.strip() else None
    return ("", "") if node is None else (node.value("type", "default"), node.value("fmg"))


def parse_global(text: str) -> dict[str, str]:
    """Return attribute -> value of `show system global`: only what differs from its default is printed."""
    if not text.strip():
        return {}
    node = parse_config(text).configs.get("system global", Node())
    return {name: " ".join(values) for name, values in node.settings.items()}


# [fact: email-server-form]
def parse_mail_server(text: str) -> MailServer:
    """Read `show system email-server` or `show full-configuration system email-server`; none where nothing is set."""
    node = Node() if not text.strip() else parse_config(text).configs.get("system email-server", Node())
    return MailServer(
        server=node.value("server"),
        port=node.value("port"),
        security=node.value("security"),
        authenticate=node.value("authenticate") == "enable",
    )


_PING_TOTAL = re.compile(r"(\d{1,9}) packets transmitted, (\d{1,9}) packets received")
_NO_NAME = re.compile(r"unable to resolve|unknown host|cannot resolve", re.IGNORECASE)


# [fact: ping-forms] [fact: ping-unresolved]
def parse_ping(text: str, host: str) -> Ping:
    """Read `execute ping <host>`. What an unknown name prints is not documented; an answer without a
    `packets received` line counts as no answer, and as unresolved only where it says so."""
    total = _PING_TOTAL.search(text)
    if total is not None:
        return Ping(host, True, int(total[1]), int(total[2]))
    return Ping(host, False if _NO_NAME.search(text) else None, 0, 0)


def malformed_serials(serials: list[str]) -> list[str]:
    """Return those that are not FortiToken serials at all."""
    return [serial for serial in serials if not is_serial(serial)]
