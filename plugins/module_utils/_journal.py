# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: what is written down before a change, so that an interrupted run can be finished by the next one.

One JSON file per unit on the controller, mode 0600, replaced atomically, without any secret: the token entries with
their settings, who held them with which status, and which activations were asked for and when. It is opened before the
first changing line and closed (renamed) when the unit was read back complete.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _files
from ansible_collections.fortiops.fortitoken.plugins.module_utils._model import (
    USER,
    Account,
    Binding,
    Entry,
    Inventory,
    Token,
    Unit,
    binding_from_dict,
)

FORMAT = "fortiops.fortitoken.journal"
VERSION = 1


class JournalError(Exception):
    """The journal cannot be used: unreadable, of another format, or of another unit. The message says what to do."""


@dataclass
class Journal:
    """`purged`: serials whose deletion was read back. `activations`: serial -> seconds since the epoch (UTC) at which
    the one activation of a run was about to be asked for. `debug`: a run has switched debugging on and not yet off.
    `owner`: the run that wrote it last, `host:pid` of its ansible-playbook."""

    unit_serial: str
    hostname: str
    entries: dict[str, Entry] = field(default_factory=dict)
    bindings: dict[tuple[str, str], Binding] = field(default_factory=dict)
    purged: set[str] = field(default_factory=set)
    activations: dict[str, float] = field(default_factory=dict)
    debug: bool = False
    owner: str = ""

    @property
    def empty(self) -> bool:
        return not (self.entries or self.bindings or self.activations)

    def add(self, entries: Iterable[Entry], bindings: Iterable[Binding]) -> None:
        """Write down what a plan is about to take away. What an earlier run wrote down is the older truth and stays:
        by now the unit may show its users disabled."""
        for entry in entries:
            self.entries.setdefault(entry.serial, entry)
        for binding in bindings:
            if binding.type == USER:
                self.bindings.setdefault((binding.vdom, binding.name), binding)

    def asked_recently(self, seconds: float, now: float | None = None) -> frozenset[str]:
        """The serials whose activation was asked for in the last `seconds`."""
        since = (time.time() if now is None else now) - seconds
        return frozenset(serial for serial, when in self.activations.items() if when > since)

    def as_dict(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "unit": {"serial": self.unit_serial, "hostname": self.hostname},
            "entries": [entry.as_dict() for entry in self.entries.values()],
            "bindings": [binding.as_dict() for binding in self.bindings.values()],
            "purged": sorted(self.purged),
            "activations": self.activations,
            "debug": self.debug,
            "owner": self.owner,
        }


def from_dict(data: Any) -> Journal:
    """Raises JournalError where `data` is not a journal of this version."""
    try:
        if data["format"] != FORMAT or data["version"] != VERSION:
            raise JournalError(f"it is of format {data['format']} version {data['version']}, not {FORMAT} {VERSION}")
        entries = [Entry.from_dict(item) for item in data["entries"]]
        bindings = [binding_from_dict(item) for item in data["bindings"]]
        return Journal(
            unit_serial=str(data["unit"]["serial"]),
            hostname=str(data["unit"]["hostname"]),
            entries={entry.serial: entry for entry in entries},
            bindings={(binding.vdom, binding.name): binding for binding in bindings},
            purged={str(serial) for serial in data["purged"]},
            activations={str(serial): float(when) for serial, when in data["activations"].items()},
            debug=bool(data["debug"]),
            owner=str(data["owner"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise JournalError(f"it is damaged ({type(error).__name__}: {error})") from error


def load(path: str, unit_serial: str, hostname: str) -> Journal:
    """The open journal at `path`, or a new one where there is none (or `path` is empty).

    Raises JournalError where a file is there that cannot be read, or that belongs to another unit: after a unit was
    exchanged, its predecessor's unfinished work must not be done to the new one unseen.
    """
    if not path or not os.path.exists(path):
        return Journal(unit_serial, hostname)
    advice = (
        f"Nothing was changed. Look into {path}: it names tokens and users of an interrupted run. Finish or discard"
        " that work, move the file away, and run again."
    )
    try:
        journal = from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise JournalError(f"The journal {path} cannot be read ({error}). {advice}") from error
    except JournalError as error:
        raise JournalError(f"The journal {path} cannot be used: {error}. {advice}") from error
    if journal.unit_serial != unit_serial:
        raise JournalError(
            f"The journal {path} belongs to unit {journal.unit_serial} ({journal.hostname}), but this is {unit_serial}"
            f" ({hostname}). {advice}"
        )
    return journal


def take_over(path: str, journal: Journal, run: str) -> None:
    """Make `run` (`host:pid`) the journal's owner, before anything is changed or written.

    A journal is left behind by an interrupted run, whose process is gone. Raises JournalError where that process still
    lives on this host: then the other run is at work on this unit.
    """
    host, _colon, pid = journal.owner.rpartition(":")
    if journal.owner not in ("", run) and host == run.rpartition(":")[0] and _lives(pid):
        raise JournalError(
            f"Another run (ansible-playbook, process {pid}) is working on {journal.hostname}: it holds the journal"
            f" {path}. Nothing was changed. Wait until it has ended, then run again."
        )
    journal.owner = run


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def save(path: str, journal: Journal) -> None:
    """Replace the file at `path` atomically, on disk before this returns. Nothing where `path` is empty.

    Raises JournalError where it cannot be written: then nothing may be changed.
    """
    if not path:
        return
    try:
        _files.make_folder(os.path.dirname(path) or ".")
        _files.replace_file(path, json.dumps(journal.as_dict(), indent=1))
    except OSError as error:
        raise JournalError(
            f"The journal {path} cannot be written ({error}); nothing was changed on the unit after the last state"
            " it holds. Make the folder writable, or give another one."
        ) from error


def close(path: str, journal: Journal) -> None:
    """The work is done: keep the journal beside as `<name>.closed`, where the next run does not look. While debugging
    is still on, that much stays written down. Raises JournalError where it cannot be written."""
    if not path or not os.path.exists(path):
        return
    if not journal.empty:
        os.replace(path, f"{path}.closed")
    if journal.debug:
        save(path, Journal(journal.unit_serial, journal.hostname, debug=True, owner=journal.owner))
    elif os.path.exists(path):
        os.unlink(path)


def note_debug(path: str, unit: Unit, on: bool) -> None:
    """Write down that debugging is about to be switched on, or is off. Raises JournalError like `load`, `take_over` and
    `save`."""
    journal = load(path, unit.serial, unit.hostname)
    take_over(path, journal, unit.run)
    journal.debug = on
    if on or not journal.empty:
        save(path, journal)
    else:
        close(path, journal)


def overlay(inventory: Inventory, journal: Journal, asked: frozenset[str] = frozenset()) -> Inventory:
    """The inventory as triage must see it while a journal is open: deleted tokens are still known, and so is who held
    what, with the status from before. `asked`: serials whose activation may still be under way."""
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
