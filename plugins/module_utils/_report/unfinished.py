# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the journal of an interrupted run still has to give back: missing tokens and disabled users. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import USER
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.plain import mapping, mappings, text
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import count, who

#: Where a token's entry is on the unit; see `Token.present`.
ON_UNIT = frozenset(("both", "config"))


def unfinished(journal: Any, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """Compare a journal with the unit as ``facts`` show it, or return None where there is no journal.

    ``journal`` is the data of the file, with its ``path``, or ``{path, error}`` for one that cannot be read. Without
    facts everything that it names counts as unfinished, and ``certain`` is false. Returns ``{path, error, open,
    certain, owner, tokens, users, activations}``: ``tokens`` are missing, ``{serial, vdom}``; ``users`` are disabled or
    not bound to their token, ``{type, name, vdom, serial, bound}``; ``activations`` are serials that were asked for.
    """
    data = mapping(journal)
    if not data:
        return None
    seen = {text(token.get("serial")): token for token in mappings(facts.get("tokens"))}
    tokens = [
        {"serial": text(entry.get("serial")), "vdom": text(entry.get("vdom"))}
        for entry in mappings(data.get("entries"))
        if not on_unit(seen.get(text(entry.get("serial"))))
    ]
    moves = {
        (text(row.get("vdom")), text(row.get("name"))): text(row.get("serial")) for row in mappings(data.get("moves"))
    }
    users = [row for row in (_user(binding, seen, moves) for binding in mappings(data.get("bindings"))) if row]
    activations = sorted(str(serial) for serial in mapping(data.get("activations")))
    error = text(data.get("error"))
    return {
        "path": text(data.get("path")),
        "error": error,
        "open": bool(error or tokens or users or (activations and not facts)),
        "certain": bool(facts) and not error,
        "owner": text(data.get("owner")),
        "tokens": tokens,
        "users": users,
        "activations": activations,
    }


def on_unit(token: Mapping[str, Any] | None) -> bool:
    """Return whether the unit has an entry of this token. Facts that do not tell where it was seen have seen it."""
    return token is not None and (text(token.get("present")) or "both") in ON_UNIT


def _user(
    binding: Mapping[str, Any], seen: Mapping[str, Mapping[str, Any]], moves: Mapping[tuple[str, str], str]
) -> dict[str, Any] | None:
    """Return the user of a journal who does not have everything back yet, or None. `moves`: (VDOM, name) -> the token
    from before a move; whoever still has it was not moved."""
    name, vdom, serial = (text(binding.get(key)) for key in ("name", "vdom", "serial"))
    if (text(binding.get("type")) or USER) != USER:
        return None
    now = next(
        (
            row
            for held in (serial, moves.get((vdom, name), ""))
            for row in mappings((seen.get(held) or {}).get("bindings"))
            if (text(row.get("type")) or USER, text(row.get("name")), text(row.get("vdom"))) == (USER, name, vdom)
        ),
        None,
    )
    if now is not None and (binding.get("status") != "enable" or now.get("status") != "disable"):
        return None
    return {"type": USER, "name": name, "vdom": vdom, "serial": serial, "bound": now is not None}


def described(journal: Mapping[str, Any], vdoms: bool = True) -> list[str]:
    """Return one line for each token and user that `unfinished` found."""
    may = "" if journal["certain"] else "may be "
    lines = [f"{row['serial']}: {may}missing" for row in journal["tokens"]]
    for row in journal["users"]:
        bound = "" if row["bound"] else f", not bound to {row['serial']}"
        lines.append(f"{who(row, vdoms)}: {may}disabled{bound}")
    return lines


def in_short(journal: Mapping[str, Any]) -> str:
    """Return what an open journal names, such as "2 users disabled, 1 token missing"."""
    parts = [
        f"{count(len(journal['users']), 'user')} disabled" if journal["users"] else "",
        f"{count(len(journal['tokens']), 'token')} missing" if journal["tokens"] else "",
    ]
    known = ", ".join(part for part in parts if part)
    return known or f"{count(len(journal['activations']), 'activation')} requested"
