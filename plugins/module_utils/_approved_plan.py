# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a run as a file: written in check mode, approved by a person, applied as it is or not at all.

It holds what the plan rests on (unit, options, gates, tokens with their users) and the CLI lines that follow from
it. It holds no time, so that the same state of the unit gives the same bytes, and no secret: of license codes only
their number. The status of a mobile token that the plan does not touch is left out, because it changes whenever its
user opens the app.

Pure: no files, no clock, no Ansible.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import PlanError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import MOBILE, Binding
from ansible_collections.fortiops.fortitoken.plugins.module_utils._schema import (
    Choice,
    Flag,
    Items,
    Maybe,
    Number,
    Record,
    SchemaError,
    Table,
    Text,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._schema import check as check_form
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.gates import BLOCKED, SKIPPED
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import ALL, HEALTHY, PENDING

FORMAT = "fortiops.fortitoken.plan"
VERSION = 2

#: What triage wants done that sends a changing line; `poll` only looks.
CHANGING = frozenset(("reimport", "activate", "provision"))
#: Why a user gets no other mobile token yet; see `_change.replacements`.
NO_TOKEN = "no_token"

#: Options of a run that decide about its plan, as the role calls them after `remediate_` -> their defaults.
OPTIONS: Mapping[str, Any] = {
    "serials": [],
    "vdoms": [],
    "lock_released": [],
    "admins": "skip",
    "remote_users": "skip",
    "managed": "skip",
    "waves": "1,20",
    "max_failures": "10%",
    "way": "reimport",
    "retry_refused": False,
    "error_statuses": [],
    "token_map": [],
    "provision": False,
    "ignore_firmware_bug": False,
    "ignore_unknown_server": False,
    "save_config": False,
    "license_codes": 0,
}

_CLOSED = (BLOCKED, SKIPPED)

_UNIT_FIELDS = ("serial", "hostname", "model", "version", "build", "vdom_mode")
_USER_FIELDS = ("type", "name", "vdom", "two_factor", "status")

#: The file as it comes back: somebody may have edited it. It decides what is compared, never what is sent.
_NAME = Text(255, lines=True)
_FORM = Record(
    {
        "unit": Record(
            {"serial": Text(64)}, {name: Maybe(_NAME) for name in _UNIT_FIELDS if name != "serial"}, open=True
        ),
        "gates": Items(Record({}, {"name": Text(100), "state": Text()}, open=True), 1000),
        "begun": Items(Text(64)),
        "commands": Items(Text(200_000, lines=True), 1_000_000),
        "options": Table(Text(100), Choice((Text(), Flag(), Number(), Items(Text())))),
        "tokens": Items(
            Record(
                {
                    "serial": Text(64),
                    "action": Text(40),
                    "bindings": Items(Record({}, {name: Maybe(_NAME) for name in _USER_FIELDS}, open=True), 1000),
                },
                {name: Maybe(Text(200)) for name in ("vdom", "kind", "present", "status", "verdict")}
                | {"comments": Maybe(Text(65_535, lines=True)), "locked": Maybe(Flag()), "seed": Maybe(Flag())},
                open=True,
            )
        ),
    },
    {"moves": Items(Record({"vdom": Text(64), "name": _NAME, "old": Text(64), "new": Text(64)}), 100_000)},
    open=True,
)


def make(
    host: str,
    facts: Mapping[str, Any],
    options: Mapping[str, Any],
    purge: Mapping[str, Any] | None = None,
    activate: Mapping[str, Any] | None = None,
    begun: Collection[str] = (),
) -> dict[str, Any]:
    """Return the plan of a run. ``facts`` are those before it, ``purge`` and ``activate`` the modules' results in check
    mode, ``options`` the values of `OPTIONS`, with ``license_codes`` as a number, ``begun`` the tokens that the journal
    of an interrupted run names."""
    results = (purge or {}, activate or {})
    return {
        "format": FORMAT,
        "version": VERSION,
        "host": host,
        "unit": {field: facts["unit"].get(field) for field in _UNIT_FIELDS},
        "options": _normal(options),
        "gates": [{"name": gate["name"], "state": gate["state"]} for gate in facts["unit"].get("gates") or ()],
        "begun": sorted(begun),
        "tokens": sorted(map(_row, facts["tokens"]), key=lambda row: (row["vdom"], row["serial"])),
        "moves": sorted(_moves(facts.get("moves") or ()), key=lambda row: (row["vdom"], row["name"])),
        "commands": [str(line) for result in results for line in result.get("commands") or ()],
    }


def _moves(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """Yield who gets another mobile token. Whoever waits for one that a license code brings has no new one yet."""
    for row in rows:
        if row.get("new") or row.get("cause") == NO_TOKEN:
            yield {field: str(row[field]) for field in ("vdom", "name", "old", "new")}


def _normal(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options in one form: lists without duplicates, sorted, because their order means nothing."""
    normal = {name: options.get(name, default) for name, default in OPTIONS.items()}
    for name, default in OPTIONS.items():
        if isinstance(default, list):
            normal[name] = sorted({_item(name, str(item).strip()) for item in normal[name] or ()} - {""})
    return normal


def _item(option: str, text: str) -> str:
    """Serials are written in capitals, `all` is not; everything else is as it was given."""
    if option not in ("serials", "lock_released"):
        return text
    return ALL if text.casefold() == ALL else text.upper()


def _row(token: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {field: token[field] for field in ("serial", "vdom", "kind", "present", "comments", "locked")}
    row["action"] = token["action"] if token["action"] in CHANGING else "none"
    if row["action"] != "none" or token["kind"] != MOBILE:
        row |= {field: token[field] for field in ("status", "seed", "verdict")}
    row["bindings"] = sorted(
        ({field: binding[field] for field in _USER_FIELDS} for binding in token["bindings"]),
        key=lambda binding: (binding["type"], binding["vdom"], binding["name"]),
    )
    return row


def check(data: Any, host: str) -> dict[str, Any]:
    """Return ``data`` if it is a plan of this version, made for ``host``. Raises PlanError, in words, otherwise."""
    if not isinstance(data, dict) or not isinstance(data.get("format"), str):
        raise PlanError("it is not a plan: it does not say which format it has")
    if data["format"] != FORMAT:
        raise PlanError(f"it is not a plan: its format is {data['format']!r}, not {FORMAT!r}")
    if data.get("version") != VERSION:
        raise PlanError(f"it has version {data.get('version')!r} of the format; this collection reads {VERSION}")
    if data.get("host") != host:
        raise PlanError(f"it was made for {data.get('host')!r}, and this is {host!r}")
    _need(isinstance(data.get("unit"), dict) and isinstance(data["unit"].get("serial"), str), "'unit' has no serial")
    _need(_are_dicts(data.get("gates")), "'gates' is not a list of gates")
    for field in ("begun", "commands"):
        texts = data.get(field)
        _need(
            isinstance(texts, list) and all(isinstance(text, str) for text in texts),
            f"{field!r} is not a list of texts",
        )
    options = data.get("options")
    if not isinstance(options, dict) or set(options) != set(OPTIONS):
        raise PlanError("it is damaged: its options are not those of a plan")
    for name, default in OPTIONS.items():
        _need(type(options[name]) is type(default), f"the option {name!r} is {options[name]!r}")
    _need(_are_dicts(data.get("tokens")), "'tokens' is not a list of tokens")
    for token in data["tokens"]:
        _need(isinstance(token.get("serial"), str), "a token has no serial")
        _need(_are_dicts(token.get("bindings")), f"{token['serial']} has no bindings")
        _need(isinstance(token.get("action"), str), f"{token['serial']} has no action")
    try:
        check_form(_FORM, data)
    except SchemaError as error:
        raise PlanError(f"it is damaged: {error}") from error
    return data


def _are_dicts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise PlanError(f"it is damaged: {what}")


def planned(plan: Mapping[str, Any]) -> list[str]:
    """Return the serials that the plan changes."""
    moved = [row[side] for row in plan.get("moves", ()) for side in ("old", "new") if row[side]]
    return list(dict.fromkeys([*(row["serial"] for row in plan["tokens"] if row["action"] != "none"), *moved]))


def differences(plan: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what is not as the plan found it, one line each; empty where the plan may be applied.

    ``now`` is a plan made a moment ago. What an interrupted run has begun (``begun`` of it) is finished where the plan
    names it too, and its state is not compared. A plan that is applied already has no differences either, and nothing
    is left to do.
    """
    found = [*_unit_differences(plan, now), *_option_differences(plan, now)]
    begun = set(now["begun"])
    strangers = sorted(begun - set(planned(plan)) - set(plan["begun"]))
    if strangers:
        found.append(f"an interrupted run has begun with {', '.join(strangers)}, which are not in the plan")
    moved = {row[side] for row in _moved(plan, now) for side in ("old", "new")}
    found += _token_differences(plan, now, begun | moved)
    found += _move_differences(plan, now, begun)
    if not (found or begun or moved) and not _applied(plan, now) and plan["commands"] != now["commands"]:
        found.append("the lines that would be sent are not those of the plan; it was made by another release")
    return found


def _unit_differences(plan: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    was, is_ = plan["unit"], now["unit"]
    if was["serial"] != is_["serial"]:
        yield f"it is another unit: {is_['serial']}, the plan is for {was['serial']} (in a cluster: it has failed over)"
    for field in ("version", "build", "vdom_mode"):
        if was.get(field) != is_[field]:
            yield f"{field} was {was.get(field)}, is {is_[field]}"
    before = {str(gate.get("name")): gate.get("state") for gate in plan["gates"]}
    for gate in now["gates"]:
        # An override ends with its reason; what counts is whether the gate lets a change through.
        if (before.get(gate["name"]) in _CLOSED) != (gate["state"] in _CLOSED):
            yield f"the gate {gate['name']} was {before.get(gate['name'])}, is {gate['state']}"


def _option_differences(plan: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name, value in now["options"].items():
        if plan["options"][name] != value:
            yield f"remediate_{name} was {_said(plan['options'][name])}, is {_said(value)}"


def _moved(plan: Mapping[str, Any], now: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the users of the plan who have their new token."""
    tokens = {row["serial"]: row for row in now["tokens"]}
    return [row for row in plan.get("moves", ()) if row["new"] and _has(tokens.get(row["new"]), row)]


def _has(token: Mapping[str, Any] | None, row: Mapping[str, Any]) -> bool:
    return token is not None and ("user", row["name"], row["vdom"]) in _by_account(token["bindings"])


def _move_differences(plan: Mapping[str, Any], now: Mapping[str, Any], begun: Collection[str]) -> Iterator[str]:
    before = {(row["vdom"], row["name"]): row for row in plan.get("moves", ())}
    after = {(row["vdom"], row["name"]): row for row in now["moves"]}
    done = {(row["vdom"], row["name"]) for row in _moved(plan, now)}
    for key in sorted({*before, *after} - done):
        was, row = before.get(key), after.get(key)
        who = Binding("", "user", key[1], key[0], "", None).describe()
        if {*(was or {}).values(), *(row or {}).values()} & set(begun):
            continue
        if was is None:
            yield f"{who} would get another token, and is not in the plan"
        elif row is None:
            yield f"{who} was to get another token, and would not"
        elif was["old"] != row["old"] or (was["new"] and was["new"] != row["new"]):
            yield (
                f"{who} was to get {was['new'] or 'a token'} in the place of {was['old']}, and would get"
                f" {row['new'] or 'none'} in the place of {row['old']}"
            )


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) or "empty" if isinstance(value, list) else str(value).lower()


def _token_differences(plan: Mapping[str, Any], now: Mapping[str, Any], begun: Collection[str]) -> Iterator[str]:
    before = {row["serial"]: row for row in plan["tokens"]}
    after = {row["serial"]: row for row in now["tokens"]}
    done = _applied(plan, now)
    for serial, was in before.items():
        row = after.get(serial)
        if serial in begun:
            continue
        if row is None:
            yield f"{serial} is gone"
        elif not (done and was["action"] != "none"):
            yield from (f"{serial}: {what}" for what in _row_differences(was, row))
    for serial in after:
        if serial not in before and serial not in begun:
            yield f"{serial} is new"


def _row_differences(was: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[str]:
    for field, label in (("vdom", "VDOM"), ("present", "seen on"), ("comments", "comments"), ("locked", "locked")):
        if was.get(field) != row[field]:
            yield f"{label} was {was.get(field)!r}, is {row[field]!r}"
    for field in ("status", "seed", "verdict", "action"):
        if field in row and field in was and was[field] != row[field]:
            yield f"{field} was {was[field]!r}, is {row[field]!r}"
    yield from _user_differences(was["bindings"], row["bindings"])


def _user_differences(was: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    before, after = _by_account(was), _by_account(now)
    for account in sorted(set(before) | set(after)):
        who = Binding("", *account, "", None).describe()
        if account not in after:
            yield f"{who} no longer has it"
        elif account not in before:
            yield f"{who} has it now"
        else:
            for field in ("status", "two_factor"):
                if before[account].get(field) != after[account][field]:
                    yield f"{who}: {field} was {before[account].get(field)}, is {after[account][field]}"


def _by_account(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    return {(str(row.get("type")), str(row.get("name")), str(row.get("vdom"))): row for row in rows}


def _applied(plan: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether everything that the plan changes is as it wanted it: the tokens work, with whom they were."""
    rows = {row["serial"]: row for row in now["tokens"]}
    wanted = [row for row in plan["tokens"] if row["action"] != "none"]
    waiting = {(row["vdom"], row["name"]) for row in now["moves"]}
    moves, moved = plan.get("moves", ()), _moved(plan, now)
    if any(row not in moved and (row["new"] or (row["vdom"], row["name"]) in waiting) for row in moves):
        return False
    return bool(wanted or moves) and all(row["serial"] in rows and _done(row, rows[row["serial"]]) for row in wanted)


def _done(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    # A mobile token that the plan no longer changes has no verdict here; its user has the code or used it.
    if now["action"] != "none" or now.get("verdict", HEALTHY) not in (HEALTHY, PENDING):
        return False
    same = all(was.get(field) == now[field] for field in ("vdom", "comments", "locked"))
    return same and not list(_user_differences(was["bindings"], now["bindings"]))


def applied(plan: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether nothing of the plan is left to do, because it was applied before or changes nothing."""
    return not plan["commands"] or _applied(plan, now)
