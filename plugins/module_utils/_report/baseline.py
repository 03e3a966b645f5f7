# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The baseline: which tokens the old unit had and who used them, recorded before it is switched off.

The data of the file, and the comparison with the unit that took the old one's place. Pure: no files, no clock, no
Ansible. It holds no seed, code or password, because the facts hold none.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import BaselineError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    MOBILE,
    TRIAL_LICENSE,
    USER,
    kind_of,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._schema import (
    Flag,
    Items,
    Maybe,
    Record,
    SchemaError,
    Text,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._schema import check as check_form

FORMAT = "fortiops.fortitoken.baseline"
VERSION = 1

_UNIT_FIELDS = ("hostname", "serial", "model", "version", "build", "vdom_mode", "vdoms", "ha", "admins_known")
_TOKEN_FIELDS = ("serial", "kind", "vdom", "status", "seed", "license", "comments", "locked", "verdict")
_BINDING_FIELDS = ("type", "name", "vdom", "two_factor", "status")


#: The file as it comes back: somebody may have edited it. What a later release adds is passed over.
_NAME = Text(255, lines=True)
_FORM = Record(
    {
        "host": _NAME,
        "taken": Text(40),
        "unit": Record(
            {"serial": Text(64)},
            {
                **{name: Maybe(_NAME) for name in ("hostname", "model", "version", "build", "vdom_mode")},
                "vdoms": Maybe(Items(Text(64), 1000)),
                "ha": Maybe(Record({}, {"members": Maybe(Items(Text(64), 64))}, open=True)),
                "admins_known": Maybe(Flag()),
            },
            open=True,
        ),
        "tokens": Items(
            Record(
                {
                    "serial": Text(64),
                    "vdom": Text(64),
                    "bindings": Items(
                        Record(
                            {"type": Text(20), "name": _NAME, "vdom": Text(64)},
                            {"two_factor": Maybe(Text(40)), "status": Maybe(Text(40))},
                            open=True,
                        ),
                        1000,
                    ),
                },
                {
                    **{name: Maybe(Text(200)) for name in ("kind", "status", "license", "verdict")},
                    "comments": Maybe(Text(65_535, lines=True)),
                    "seed": Maybe(Flag()),
                    "locked": Maybe(Flag()),
                },
                open=True,
            )
        ),
    },
    open=True,
)


def make(facts: Mapping[str, Any], host: str, taken: str) -> dict[str, Any]:
    """Make the baseline of a unit from the facts of all its tokens.

    ``host`` is its name in the inventory, ``taken`` the time in UTC (ISO 8601).
    """
    tokens = [
        {
            **{field: token[field] for field in _TOKEN_FIELDS},
            "bindings": [{field: row[field] for field in _BINDING_FIELDS} for row in token["bindings"]],
        }
        # What only the status list shows has no entry that could have been migrated.
        for token in facts["tokens"]
        if token["present"] in ("both", "config")
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "host": host,
        "taken": taken,
        "unit": {field: facts["unit"].get(field) for field in _UNIT_FIELDS},
        "tokens": sorted(tokens, key=lambda token: (str(token["vdom"]), str(token["serial"]))),
        "licenses": _licenses(tokens),
        "summary": dict(facts["summary"]),
    }


def _licenses(tokens: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, list[str]] = {}
    for token in tokens:
        if token["license"]:
            found.setdefault(str(token["license"]), []).append(str(token["serial"]))
    return [
        {"license": name, "trial": name.startswith(TRIAL_LICENSE), "tokens": sorted(serials)}
        for name, serials in sorted(found.items())
    ]


def check(data: Any) -> dict[str, Any]:
    """Return ``data`` if it is a baseline of this version. Raise BaselineError, in words, otherwise."""
    if not isinstance(data, dict) or not isinstance(data.get("format"), str):
        raise BaselineError("it is not a baseline: it does not say which format it has")
    if data["format"] != FORMAT:
        raise BaselineError(f"it is not a baseline: its format is {data['format']!r}, not {FORMAT!r}")
    if data.get("version") != VERSION:
        raise BaselineError(f"it has version {data.get('version')!r} of the format; this collection reads {VERSION}")
    _need(isinstance(data.get("host"), str) and data["host"], "'host' is missing")
    _need(isinstance(data.get("taken"), str), "'taken' is missing")
    unit = data.get("unit")
    _need(isinstance(unit, dict) and isinstance(unit.get("serial"), str) and unit["serial"], "'unit' has no serial")
    _need(isinstance(data.get("tokens"), list), "'tokens' is not a list")
    seen: set[str] = set()
    for number, token in enumerate(data["tokens"], start=1):
        _check_token(token, f"token {number}")
        _need(token["serial"] not in seen, f"{token['serial']} is there twice")
        seen.add(token["serial"])
    try:
        check_form(_FORM, data)
    except SchemaError as error:
        raise BaselineError(f"it is damaged: {error}") from error
    return data


def _check_token(token: Any, where: str) -> None:
    _need(isinstance(token, dict) and isinstance(token.get("serial"), str), f"{where} has no serial")
    where = token["serial"]
    _need(isinstance(token.get("vdom"), str), f"{where} has no VDOM")
    _need(isinstance(token.get("bindings"), list), f"{where} has no bindings")
    for row in token["bindings"]:
        _need(
            isinstance(row, dict) and all(isinstance(row.get(field), str) for field in ("type", "name", "vdom")),
            f"a binding of {where} has no type, name or VDOM",
        )


def _need(holds: Any, what: str) -> None:
    if not holds:
        raise BaselineError(f"it is damaged: {what}")


def compare(
    baseline: Mapping[str, Any],
    tokens: Sequence[Mapping[str, Any]] | None,
    serials: Collection[str] = (),
    vdoms: Collection[str] = (),
    to_cloud: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Compare a baseline with the unit that has ``tokens`` (as in the facts), None where nothing could be read.

    ``serials`` and ``vdoms`` are the limits of the run: what lies outside of them was not read, and is counted only.
    A token or a user that is in another VDOM now counts as there, and is named in ``moved``; so is a user whose second
    factor is FortiToken Cloud now (``to_cloud``), who lost nothing, and a user who has another mobile token now: a
    license that was moved or bought brings other tokens (Fortinet article 194574).
    """
    here = {str(token["serial"]): token for token in tokens or () if token["present"] in ("both", "config")}
    holding = _holding(here)
    wanted = [
        token
        for token in baseline["tokens"]
        if (not serials or token["serial"] in serials) and (not vdoms or token["vdom"] in vdoms)
    ]
    cloud = {(str(row.get("type")), str(row.get("name")), str(row.get("vdom"))) for row in to_cloud}
    missing_tokens, missing_bindings, disabled, moved = [], [], [], []
    for token in wanted:
        serial = token["serial"]
        now = here.get(serial)
        if now is None and not _replaced(token, holding):
            missing_tokens.append({**_named(token), "holders": [_account(row) for row in token["bindings"]]})
        elif now is not None and now["vdom"] != token["vdom"]:
            moved.append(f"{serial}: VDOM {token['vdom']}, now {now['vdom']}")
        for row in token["bindings"]:
            held = holding.get((row["type"], row["name"]), {})
            bound = held.get(serial)
            if bound is None:
                other = _other_mobile(token, row, holding)
                if (row["type"], row["name"], row["vdom"]) in cloud:
                    moved.append(f"{serial}: {row['type']} {row['name']} now uses FortiToken Cloud")
                elif other:
                    moved.append(f"{serial}: {row['type']} {row['name']} now has {other}")
                else:
                    missing_bindings.append({"serial": serial, **_account(row), "holds": sorted(held)})
                continue
            if bound["vdom"] != row["vdom"]:
                moved.append(f"{serial}: {row['type']} {row['name']} of VDOM {row['vdom']}, now {bound['vdom']}")
            if row.get("status") == "enable" and bound["status"] == "disable":
                disabled.append({"serial": serial, **_account(row)})
    bindings = sum(len(token["bindings"]) for token in wanted)
    return {
        "unit": {field: baseline["unit"].get(field) for field in ("hostname", "serial", "model", "version", "build")},
        "host": baseline["host"],
        "taken": baseline["taken"],
        "checked": tokens is not None,
        "complete": tokens is not None and not missing_tokens and not missing_bindings,
        "tokens": {"expected": len(wanted), "there": len(wanted) - len(missing_tokens)},
        "bindings": {"expected": bindings, "there": bindings - len(missing_bindings)},
        "not_checked": len(baseline["tokens"]) - len(wanted),
        "missing_tokens": missing_tokens if tokens is not None else [],
        "missing_bindings": missing_bindings if tokens is not None else [],
        "disabled": disabled,
        "moved": moved,
        "added": sorted(set(here) - {token["serial"] for token in baseline["tokens"]}),
        "admins_known": baseline["unit"].get("admins_known") is not False,
    }


def _holding(here: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], dict[str, Mapping[str, Any]]]:
    """Return (type, name) of each account -> serial -> its binding."""
    holding: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for serial, token in here.items():
        for row in token["bindings"]:
            holding.setdefault((str(row["type"]), str(row["name"])), {})[serial] = row
    return holding


def _other_mobile(
    token: Mapping[str, Any],
    row: Mapping[str, Any],
    holding: Mapping[tuple[str, str], Mapping[str, Any]],
) -> str:
    """Return the mobile token that a user has in the place of another one, or an empty text."""
    if kind_of(str(token["serial"])) != MOBILE or row["type"] != USER:
        return ""
    held = holding.get((row["type"], row["name"]), {})
    return next((serial for serial in sorted(held) if kind_of(serial) == MOBILE), "")


def _replaced(
    token: Mapping[str, Any],
    holding: Mapping[tuple[str, str], Mapping[str, Any]],
) -> bool:
    """Return whether every user of a token that is gone has another mobile token."""
    rows = token["bindings"]
    return bool(rows) and all(_other_mobile(token, row, holding) for row in rows)


def _named(token: Mapping[str, Any]) -> dict[str, Any]:
    return {field: token.get(field) for field in ("serial", "kind", "vdom", "license")}


def _account(row: Mapping[str, Any]) -> dict[str, Any]:
    return {field: row[field] for field in ("type", "name", "vdom")}
