# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: what is written down before a change, so that an interrupted run can be finished by the next one.

One JSON file per unit on the controller, mode 0600, replaced atomically, without any secret: the token entries with
their settings, who held them with which status, and which activations were asked for and when. It is opened before the
first changing line. What was read back whole is taken out of it at once, so that an administrator's later decision is
not undone by the next run, and it is gone when nothing is left. What it held last stays next to it, as `<name>.closed`.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _files
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal_form import FORM as FILE_FORM
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal_form import listed
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import as_held, dropped_settings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import FileError, JournalError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    USER,
    Account,
    Binding,
    Entry,
    Inventory,
    Settings,
    Token,
    Unit,
    binding_from_dict,
    settings_from_dict,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._schema import SchemaError, check

FORMAT = "fortiops.fortitoken.journal"
#: Version 1 (release 1.0.0) had no `users`.
VERSION = 2
_READABLE = (1, 2)


@dataclass
class Journal:
    """What an interrupted run leaves to the next one.

    `users`: (VDOM, name) -> all `set` lines of a user of `bindings`, of secrets only the mark. `moves`: (VDOM, name) of
    a user of `bindings` whose token there is another one -> the one they had before, or "". `activations`: serial ->
    seconds since the epoch (UTC) at which the one activation of a run was about to be asked for. `debug`: a run has
    switched debugging on and not yet off. `owner`: the run that wrote it last, `host:pid` of its ansible-playbook.
    `members`: the serials of the cluster.
    """

    unit_serial: str
    hostname: str
    entries: dict[str, Entry] = field(default_factory=dict)
    bindings: dict[tuple[str, str], Binding] = field(default_factory=dict)
    users: dict[tuple[str, str], Settings] = field(default_factory=dict)
    moves: dict[tuple[str, str], str] = field(default_factory=dict)
    activations: dict[str, float] = field(default_factory=dict)
    debug: bool = False
    owner: str = ""
    members: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.entries or self.bindings or self.activations)

    def add(
        self,
        entries: Iterable[Entry],
        bindings: Iterable[Binding],
        accounts: Mapping[tuple[str, str], Account] | None = None,
        moves: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        """Write down what a plan is about to take away, with all `set` lines of its users as `accounts` has them.

        `moves`: see `Journal`. What an earlier run wrote down is the older truth and stays: by now the unit may show
        its users disabled.
        """
        for entry in entries:
            self.entries.setdefault(entry.serial, entry)
        for binding in bindings:
            key = (binding.vdom, binding.name)
            if binding.type != USER or key in self.bindings:
                continue
            self.bindings[key] = binding
            if accounts and key in accounts:
                self.users[key] = listed(accounts[key].settings)
            if moves and key in moves:
                self.moves[key] = moves[key]

    def forget(self, serials: Container[str]) -> None:
        """Take out tokens that were written down and then left alone, with their users."""
        self.entries = {serial: entry for serial, entry in self.entries.items() if serial not in serials}
        gone = [key for key, binding in self.bindings.items() if binding.serial in serials]
        for key in gone:
            del self.bindings[key]
            self.users.pop(key, None)
            self.moves.pop(key, None)

    @property
    def vdoms(self) -> frozenset[str]:
        """Where it has something to finish."""
        return frozenset(thing.vdom for things in (self.entries, self.bindings) for thing in things.values())

    @property
    def serials(self) -> frozenset[str]:
        """The tokens that it names."""
        held = (binding.serial for binding in self.bindings.values())
        return frozenset((*self.entries, *self.activations, *held, *filter(None, self.moves.values())))

    def without_whole(self, inventory: Inventory) -> Journal:
        """Return the journal without what the unit shows as it was: entries with their settings, users with their token
        and all else that their entry held. A user who was enabled and is not is still to be enabled."""
        tokens, users = inventory.by_serial(), inventory.users()

        def whole(wanted: Binding) -> bool:
            key = (wanted.vdom, wanted.name)
            user = users.get(key)
            if user is None:
                return False
            binding = as_held(wanted, user, self.moves)
            token = tokens.get(binding.serial)
            if token is None or not token.configured:
                return False
            given = user.fortitoken == binding.serial and user.two_factor == binding.two_factor
            enabled = binding.status != "enable" or user.status == "enable"
            return given and enabled and not any(dropped_settings(self.users.get(key, ()), user.settings))

        def there(entry: Entry) -> bool:
            token = tokens.get(entry.serial)
            return token is not None and token.configured and set(entry.settings) <= set(token.settings)

        bindings = {key: binding for key, binding in self.bindings.items() if not whole(binding)}
        return replace(
            self,
            entries={serial: entry for serial, entry in self.entries.items() if not there(entry)},
            bindings=bindings,
            users={key: settings for key, settings in self.users.items() if key in bindings},
            moves={key: serial for key, serial in self.moves.items() if key in bindings},
        )

    def asked_recently(self, seconds: float, now: float | None = None) -> frozenset[str]:
        """Return the serials whose activation was asked for in the last `seconds`."""
        since = (time.time() if now is None else now) - seconds
        return frozenset(serial for serial, when in self.activations.items() if when > since)

    def as_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "unit": {"serial": self.unit_serial, "hostname": self.hostname, "members": list(self.members)},
            "entries": [entry.as_dict() for entry in self.entries.values()],
            "bindings": [binding.as_dict() for binding in self.bindings.values()],
            "users": [
                {"vdom": vdom, "name": name, "settings": {key: list(values) for key, values in settings}}
                for (vdom, name), settings in self.users.items()
            ],
            "moves": [{"vdom": vdom, "name": name, "serial": serial} for (vdom, name), serial in self.moves.items()],
            "activations": self.activations,
            "debug": self.debug,
            "owner": self.owner,
        }


def from_dict(data: Any) -> Journal:
    """Raises JournalError where `data` is not a journal of this version."""
    try:
        if data["format"] != FORMAT or data["version"] not in _READABLE:
            found = f"{str(data['format'])[:60]!r} version {str(data['version'])[:20]}"
            raise JournalError(f"it has format {found}, not {FORMAT} {VERSION}")
        check(FILE_FORM, data)
        entries = [Entry.from_dict(item) for item in data["entries"]]
        bindings = [binding_from_dict(item) for item in data["bindings"]]
        return Journal(
            unit_serial=str(data["unit"]["serial"]),
            hostname=str(data["unit"]["hostname"]),
            entries={entry.serial: entry for entry in entries},
            bindings={(binding.vdom, binding.name): binding for binding in bindings},
            users={
                (str(item["vdom"]), str(item["name"])): settings_from_dict(item["settings"])
                for item in data.get("users") or ()
            },
            moves={(str(item["vdom"]), str(item["name"])): str(item["serial"]) for item in data.get("moves") or ()},
            activations={str(serial): float(when) for serial, when in data["activations"].items()},
            debug=bool(data["debug"]),
            owner=str(data["owner"]),
            members=tuple(str(serial) for serial in data["unit"].get("members") or ()),
        )
    except SchemaError as error:
        raise JournalError(f"it is damaged: {error}") from error
    except (KeyError, TypeError) as error:
        raise JournalError("it is not a journal: it does not say which format it has") from error


def read(path: str | Path) -> Journal | None:
    """Return the journal in the file at `path`, of whatever unit; None where there is no such file.

    Raises JournalError where the file cannot be used, or where somebody else could have written it.
    """
    try:
        raw = _files.read_trusted(path)
        return None if raw is None else from_dict(_files.parse_json(path, raw))
    except FileError as error:
        raise JournalError(f"The journal {error}") from error
    except JournalError as error:
        raise JournalError(f"The journal {path} cannot be used: {error}") from error


def load(path: str, unit: Unit) -> Journal:
    """Return the open journal at `path`, or a new one where there is none (or `path` is empty).

    Raises JournalError where a file is there that cannot be read, or that belongs to another unit: after a unit was
    exchanged, its predecessor's unfinished work must not be done to the new one unseen. The members of a cluster are
    one unit: they share their configuration, and after a failover another one answers.
    """
    advice = (
        f"Nothing was changed. Look into {path}: it names tokens and users of an interrupted run. Finish or discard"
        " that work, move the file away, and run again."
    )
    try:
        journal = read(path) if path else None
    except JournalError as error:
        raise JournalError(f"{error}. {advice}") from error
    if journal is None:
        return Journal(unit.serial, unit.hostname, members=unit.ha_members)
    members = tuple(dict.fromkeys((journal.unit_serial, *journal.members)))
    answering = tuple(dict.fromkeys((unit.serial, *unit.ha_members)))
    if not set(members) & set(answering):
        raise JournalError(
            f"The journal {path} belongs to unit {journal.unit_serial} ({journal.hostname}), but this is {unit.serial}"
            f" ({unit.hostname}). {advice}"
        )
    if journal.members or unit.ha_members:
        journal.members = tuple(dict.fromkeys((*unit.ha_members, *members)))
    return journal


def save(path: str, journal: Journal) -> None:
    """Replace the file at `path` atomically, on disk before this returns. Nothing where `path` is empty.

    Raises JournalError where it cannot be written: then nothing may be changed.
    """
    if not path:
        return
    data = journal.as_dict()
    try:
        # What could not be read back must not be begun.
        check(FILE_FORM, data)
        _files.make_folder(Path(path).parent)
        _files.replace_file(path, json.dumps(data, indent=1))
    except SchemaError as error:
        raise JournalError(
            f"The journal {path} cannot hold what this unit shows ({error}), so no further change was made to"
            " the unit. Leave that token or user out (remediate_serials), and repair it by hand."
        ) from error
    except OSError as error:
        raise JournalError(
            f"The journal {path} cannot be written ({error}), so no further change was made to the unit."
            " Make the folder writable, or give another one."
        ) from error


def close(path: str, journal: Journal) -> None:
    """Remove the journal: nothing is left to be finished. While debugging is still on, that much stays written down.

    Raises JournalError where it cannot be written.
    """
    if not path or not Path(path).exists():
        return
    if journal.debug:
        save(path, replace(journal, entries={}, bindings={}, users={}, moves={}, activations={}))
    else:
        Path(path).unlink()


def keep(path: str, journal: Journal) -> None:
    """Keep what a journal holds as `<name>.closed`, where no run looks: for people. Raises JournalError."""
    if path and not journal.empty:
        save(f"{path}.closed", journal)


def note_debug(path: str, unit: Unit, on: bool) -> None:
    """Write down that debugging is about to be switched on, or is off. Raises JournalError like `load` and `save`."""
    journal = load(path, unit)
    journal.owner = unit.run
    journal.debug = on
    if on or not journal.empty:
        save(path, journal)
    else:
        close(path, journal)


def overlay(inventory: Inventory, journal: Journal, asked: frozenset[str] = frozenset()) -> Inventory:
    """Return the inventory as triage must see it while a journal is open: deleted tokens are known, and so is who
    held what, with the status from before. `asked`: serials whose activation may still be under way."""
    if journal.empty:
        return inventory
    held: dict[str, list[Binding]] = {}
    for binding in journal.bindings.values():
        held.setdefault(binding.serial, []).append(binding)
    accounts = inventory.users()
    tokens: list[Token] = []
    for token in inventory.tokens:
        mine = held.get(token.serial, [])
        known = {(b.vdom, b.name) for b in mine}
        others = tuple(b for b in token.bindings if b.type != USER or (b.vdom, b.name) not in known)
        tokens.append(
            replace(
                token,
                bindings=(*_still_there(mine, accounts), *others),
                journal="asked" if token.serial in asked else "",
            )
        )
    present = {token.serial for token in tokens if token.configured}
    gone = [entry for serial, entry in journal.entries.items() if serial not in present]
    missing = {entry.serial for entry in gone}
    tokens = [token for token in tokens if token.serial not in missing]
    tokens.extend(
        Token(
            serial=entry.serial,
            vdom=entry.vdom,
            settings=entry.settings,
            bindings=tuple(_still_there(held.get(entry.serial, []), accounts)),
            journal="deleted",
        )
        for entry in gone
    )
    return replace(inventory, tokens=tuple(tokens))


def _still_there(bindings: list[Binding], accounts: dict[tuple[str, str], Account]) -> tuple[Binding, ...]:
    return tuple(b for b in bindings if (b.vdom, b.name) in accounts)
