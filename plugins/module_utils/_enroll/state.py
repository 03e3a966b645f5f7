# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file in which enrollment keeps what it has done: per unit, for its owner only, replaced atomically.

It holds names of users and times, and no activation code. A file that somebody else could have written is refused: it
decides who gets a mail.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _files
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import (
    FIELDS,
    STATES,
    Key,
    Record,
    State,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import FileError, JournalError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import ADMIN, USER, Unit, is_serial

FORMAT = "fortiops.fortitoken.enrollment"
VERSION = 1
#: 20,000 users take some 12 MB.
MOST_BYTES = 50_000_000
#: A row a day: more than two years.
MOST_HISTORY = 800

#: The last second of the year 9999, behind which no date can be shown.
_MOST_SECONDS = 253_402_300_799
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def load(path: str, unit: Unit) -> State:
    """Return the state at `path`, or a new one where there is no file.

    Raises JournalError where the file cannot be trusted or read, or belongs to another unit. The members of a cluster
    are one unit.
    """
    try:
        raw = _files.read_trusted(path, MOST_BYTES)
        if raw is None:
            return State(unit.serial, unit.hostname, unit.ha_members)
        state = from_dict(_files.parse_json(path, raw))
    except FileError as error:
        raise JournalError(f"{error}. {_ADVICE}") from error
    except ValueError as error:
        raise _unusable(path, f"it is damaged ({error})") from error
    if unit.serial not in (state.unit_serial, *state.members) and state.unit_serial not in unit.ha_members:
        raise _unusable(
            path,
            f"it belongs to unit {state.unit_serial} ({state.hostname}), and this is {unit.serial} ({unit.hostname})",
        )
    state.members = unit.ha_members or state.members
    return state


_ADVICE = (
    "No code was sent. The file says who got a code and until when it is valid: repair it, or move it away and wait"
    " until the codes that are on their way have run out."
)


def _unusable(path: str, why: str) -> JournalError:
    return JournalError(f"The enrollment state {path} cannot be used: {why}. {_ADVICE}")


def save(path: str, state: State) -> None:
    """Replace the file at `path`; it is on disk before this returns. Raises JournalError."""
    try:
        _files.make_folder(Path(path).parent)
        _files.replace_file(path, json.dumps(as_dict(state)) + "\n")
    except OSError as error:
        raise JournalError(
            f"The enrollment state {path} cannot be written ({error.strerror or error}); no code was sent after the"
            " last state it holds. Make the folder writable, or give another one (enroll_state_dir)."
        ) from error


def exists(path: str) -> bool:
    return Path(path).exists()


def as_dict(state: State) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "unit": {"serial": state.unit_serial, "hostname": state.hostname, "members": list(state.members)},
        "offset": state.offset,
        "stopped": state.stopped,
        "users": [record.as_dict() for record in state.records.values()],
        "history": state.history[-MOST_HISTORY:],
    }


def from_dict(data: Any) -> State:
    """Raise ValueError where `data` is not a state of this version, or a value in it is not of its kind."""
    if not isinstance(data, dict) or (data.get("format"), data.get("version")) != (FORMAT, VERSION):
        raise ValueError(f"not of format {FORMAT} {VERSION}")
    unit, users, history = data.get("unit"), data.get("users"), data.get("history")
    if not (isinstance(unit, dict) and isinstance(users, list) and isinstance(history, list)):
        raise ValueError("unit, users or history is missing")
    members, offset = unit.get("members"), data.get("offset")
    if not isinstance(members, list) or not (offset is None or _is_number(offset)):
        raise ValueError("members or offset is not of its kind")
    records = [_record(item) for item in users]
    found = {record.key: record for record in records}
    if len(found) != len(records):
        raise ValueError("a user is in it twice")
    return State(
        unit_serial=_text(unit, "serial"),
        hostname=_text(unit, "hostname"),
        members=tuple(_text({"member": name}, "member") for name in members),
        records=found,
        offset=offset,
        stopped=_text(data, "stopped"),
        history=[_row(item) for item in history],
    )


def _record(item: Any) -> Record:
    if not isinstance(item, dict):
        raise ValueError("a user is not an object")
    key: Key = (_text(item, "type"), _text(item, "vdom"), _text(item, "name"))
    values: dict[str, Any] = {}
    for name, kinds in FIELDS.items():
        value = item.get(name)
        # JSON's true is a number to Python.
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ValueError(f"{name} of {key[2]} is not of its kind")
        if isinstance(value, str):
            _text(item, name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and not _is_number(value):
            raise ValueError(f"{name} of {key[2]} is not a time")
        values[name] = value
    if key[0] not in (USER, ADMIN) or values["state"] not in STATES or not is_serial(values["serial"]):
        raise ValueError(f"type, state or serial of {key[2]} is not a known one")
    if values["mails"] < 0:
        raise ValueError(f"mails of {key[2]} is below 0")
    return Record(key, **values)


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or _CONTROL.search(value):
        raise ValueError(f"{name} is not a line of text")
    return value


def _is_number(value: Any) -> bool:
    # What is not a number is neither above nor below one.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _MOST_SECONDS


def _row(item: Any) -> dict[str, Any]:
    """Return a row of the history: the day, and counts."""
    if not isinstance(item, dict):
        raise ValueError("a row of the history is not an object")
    row: dict[str, Any] = {"day": _text(item, "day")}
    for name in (*STATES, "codes"):
        value = item.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ValueError("a row of the history is not of its kind")
        row[name] = value
    return row
