# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One unit, one writer: the journal and the unit are held by one run until its session ends.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _files
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal import load
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import JournalError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.asking import global_scope
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.parsers import parse_ha_members

if TYPE_CHECKING:
    from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console

#: How long a session whose playbook was killed may take to end: its clean-up and its logout.
HOLD_SECONDS = 30.0
HOLD_PAUSE = 0.5
_HA_STATUS = "get system ha status"
#: What a serial is not made of.
_NO_FILE_NAME = re.compile(r"[^0-9A-Za-z]")


def cluster(console: Console, unit: Unit) -> Unit:
    """Return the unit with the serials of its cluster's members: they share one configuration, and so one journal.

    Raises the console's errors.
    """
    if unit.ha_mode == "standalone":
        return unit
    [[answer]] = console.run([Batch((_HA_STATUS,), global_scope(unit), repeatable=True)])
    members = parse_ha_members(answer.output) if answer.fault is None else ()
    return replace(unit, ha_members=tuple(dict.fromkeys((*members, *([unit.serial] if members else ())))))


def hold(console: Console, journal: str, unit: Unit) -> None:
    """Take the journal of a unit, and the unit itself, for this run, before anything is changed or written.

    The unit is known by the serials of all its members, in the folder of the journal: two inventory names may lead to
    one unit. The session of a run that was killed ends within seconds; until then it may still send lines. Raises
    JournalError.
    """
    if not journal:
        return
    path = Path(journal).absolute()
    try:
        _files.make_folder(path.parent)
        # The process that holds it works in another folder.
        _take(console, path.with_name(f"{path.name}.lock"), lambda: _held_by_run(journal, unit))
        for serial in sorted({unit.serial, *unit.ha_members}):
            lock = path.with_name(f".{_NO_FILE_NAME.sub('_', serial)[:40]}.lock")
            _hold_unit(console, lock, path.stem, unit)
    except OSError as error:
        raise JournalError(
            f"The folder of the journal {journal} cannot be used ({error.strerror or error}); nothing was changed. Set"
            " another one."
        ) from error


def _take(console: Console, path: Path, explain: Callable[[], str]) -> None:
    """Lock a file until the session ends. Raises JournalError, with what `explain` says, where it stays locked."""
    end = time.monotonic() + HOLD_SECONDS
    while not console.hold(str(path)):
        why = explain()
        if time.monotonic() > end:
            raise JournalError(f"{why} Nothing was changed. Wait until it has ended, then run again.")
        time.sleep(HOLD_PAUSE)


def _held_by_run(journal: str, unit: Unit) -> str:
    owner = load(journal, unit).owner
    return f"Another run ({owner or 'ansible-playbook'}) is working on {unit.hostname}: it holds the journal {journal}."


def _hold_unit(console: Console, path: Path, name: str, unit: Unit) -> None:
    """Lock the unit for this run, under the name of its journal, which is the inventory name."""

    def explain() -> str:
        _refuse_second_name(path, name, unit)
        run, other = _lock_owner(path)
        return (
            f"Another run ({run or 'ansible-playbook'}) is working on {unit.hostname} ({unit.serial}) under the name"
            f" {other or 'of another journal'}."
        )

    _take(console, path, explain)
    # Two names with one address may share one session, and with it the lock.
    _refuse_second_name(path, name, unit)
    # Not replaced by another file: the lock belongs to this one.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW), "w", encoding="utf-8") as file:
        json.dump({"run": unit.run, "name": name}, file)


def _lock_owner(path: Path) -> tuple[str, str]:
    """Return which run holds a unit, and under which inventory name."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return str(data["run"]), str(data["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", ""


def _refuse_second_name(path: Path, name: str, unit: Unit) -> None:
    run, other = _lock_owner(path)
    if run and run == unit.run and other != name:
        raise JournalError(
            f"'{name}' and '{other}' are the same unit ({unit.hostname}, {unit.serial}), and this run is working on it"
            f" as '{other}'. Nothing was changed under the name '{name}'. Remove one of them from the inventory, or"
            " limit the run to one."
        )
