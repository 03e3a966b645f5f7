# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who refers to a user group, and which remote servers a group admits by itself.

Facts followed: a group whose member is a RADIUS, LDAP or TACACS+ server admits every account of that server, or those
that `config match` names, whatever a local entry of the same account says (FG-IR-19-283 and articles 197737 and
243171); `diagnose sys cmdb refcnt show` prints `entry used by table X:key 'v'` (Administration Guide 6.4.4, topic
163148) and `entry used by child table srcintf:name 'x' of table firewall.policy:policyid '6'` (public transcripts).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .schema import GLOBAL, REMOTE_SERVERS
from .tree import Config, Entry, Node, Table

# The attributes that name user groups (CLI references of the tables that have them).
_LISTS = ("groups", "group", "user-group", "src-groups")
_SINGLE = ("authusrgrp", "usrgrp", "usergroup", "remote-group", "auth-group")
_KEYS = {"firewall policy": "policyid", "firewall proxy-policy": "policyid", "firewall security-policy": "policyid"}


# [fact: refcnt-command]
def group_references(config: Config, group: str, style: str = "child") -> list[str]:
    """Return the lines of `diagnose sys cmdb refcnt show user.group.name` for a group."""
    lines = []
    for scope in [*config.vdoms, GLOBAL]:
        for path, node in config.scopes[scope].items():
            if path != "user group":
                lines += [line for line in _used(path, node, group, style) if line not in lines]
    return lines


def _used(path: str, node: Node, group: str, style: str) -> Iterator[str]:
    table = path.replace(" ", ".")
    if isinstance(node, Entry):
        if _names(node, group):
            yield f"entry used by complex {table}"
        yield from (f"entry used by child table {child} of complex {table}" for child in _children(node, group))
        return
    for key, entry in node.entries.items():
        place = f"{table}:{_KEYS.get(path, 'name')} '{key}'"
        for name in _names(entry, group):
            child = name in _LISTS and style == "child"
            yield (
                f"entry used by child table {name}:name '{group}' of table {place}"
                if child
                else (f"entry used by table {place}")
            )
        yield from (f"entry used by child table {child} of table {place}" for child in _children(entry, group))


def _names(entry: Entry, group: str) -> list[str]:
    """Return the attributes of an entry that name a group."""
    return [name for name in (*_LISTS, *_SINGLE) if any(word.text == group for word in entry.values.get(name, ()))]


def _children(entry: Entry, group: str) -> Iterator[str]:
    for path, node in entry.children.items():
        entries = node.entries if isinstance(node, Table) else {"": node}
        for key, each in entries.items():
            if _names(each, group):
                yield f"{path}:id '{key}'"


# [fact: group-remote-servers]
def groups(config: Config) -> list[dict[str, Any]]:
    """Return every user group: its VDOM, name, the remote servers that it admits by itself, and whether it is used."""
    found = []
    for vdom in config.vdoms:
        servers = {name for path in REMOTE_SERVERS.values() for name in config.table(vdom, path).entries}
        for name, entry in config.table(vdom, "user group").entries.items():
            admitted = {word.text for word in entry.values.get("member", ()) if word.text in servers}
            match = entry.children.get("match")
            if isinstance(match, Table):
                admitted |= {each.text("server-name") for each in match.entries.values()}
            found.append(
                {
                    "vdom": vdom,
                    "name": name,
                    "servers": sorted(admitted - {""}),
                    "used": bool(group_references(config, name)),
                }
            )
    return found
