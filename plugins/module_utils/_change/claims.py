# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spent claims: what was requested and refused, so that no later run requests it again by itself.

One JSON file per unit next to its journal, mode 0600, without any secret. Unlike the journal it stays when a run has
finished. A token leaves it when it works, or when the operator says that it may be tried again.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _files
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import FileError, JournalError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Inventory, Unit, is_serial
from ansible_collections.fortiops.fortitoken.plugins.module_utils._schema import Items, Number, Record, Text, check
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    HEALTHY,
    Finding,
    Spent,
    normalise,
)

FORMAT = "fortiops.fortitoken.claims"
VERSION = 1

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
#: A status text of a unit is not longer (the longest known one has 51 characters).
_MOST_STATUS = 200
_UNIT = Text(64, re.compile(r"[0-9A-Za-z-]+"))
_FORM = Record(
    {
        "format": Text(),
        "version": Number(whole=True),
        "unit": Record({"serial": _UNIT, "members": Items(_UNIT, 64)}),
        "refused": Items(
            Record({"serial": Text(), "since": Text(20, _TIME), "status": Text(_MOST_STATUS), "because": Text()})
        ),
    }
)


@dataclass
class Claims:
    """What was refused on one unit: serial -> since when, with which answer. `members`: the serials of its cluster."""

    unit_serial: str
    members: tuple[str, ...] = ()
    spent: dict[str, Spent] = field(default_factory=dict)

    def refuse(self, serial: str, status: str, because: str = "", now: float | None = None) -> None:
        """Remember that a request was refused, or that it was not made `because` another token's was refused.

        `now`: seconds since the epoch; default: the time of day.
        """
        moment = datetime.now(timezone.utc) if now is None else datetime.fromtimestamp(now, timezone.utc)
        self.spent[serial] = Spent(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), status[:_MOST_STATUS], because)

    def forget(self, serials: Iterable[str]) -> None:
        """Forget what was refused for these tokens: they work, or may be tried again."""
        for serial in serials:
            self.spent.pop(serial, None)

    def as_dict(self) -> dict[str, Any]:
        """Return what the file holds."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "unit": {"serial": self.unit_serial, "members": list(self.members)},
            "refused": self.rows(self.spent),
        }

    def rows(self, serials: Collection[str]) -> list[dict[str, str]]:
        """Return the entries of these tokens as plain data: `serial`, `since`, `status`, `because`."""
        return [
            {"serial": serial, "since": spent.since, "status": spent.status, "because": spent.because}
            for serial, spent in sorted(self.spent.items())
            if serial in serials
        ]


def remember(
    claims: Claims,
    requested: Collection[str],
    inventory: Inventory,
    findings: Mapping[str, Finding],
    unanswered: Collection[str],
    now: float | None = None,
) -> list[str]:
    """Compare what was requested with what came of it, remember what was refused, and return what failed.

    `unanswered`: tokens that were awaited in vain. They have failed, but are no refusal: the answer may still come. Nor
    is an error that the unit shows while it does not reach Fortinet.
    """
    tokens = inventory.by_serial()
    failed = []
    for serial in requested:
        token, finding = tokens.get(serial), findings.get(serial)
        if finding is not None and finding.verdict == HEALTHY:
            claims.forget([serial])
            continue
        failed.append(serial)
        if token is not None and serial not in unanswered and not _not_asked(token.status or "", inventory.unit):
            claims.refuse(serial, token.status or "", now=now)
    return failed


def _not_asked(status: str, unit: Unit) -> bool:
    """Tell whether a status is the unit's own, and not an answer of Fortinet's: `activation error (...)` says "There is
    no contact to the FortiGuard server" (topic 616236)."""
    return unit.token_server != "reachable" and normalise(status).startswith("activation error")


def path_of(journal: str) -> str:
    """Return the file that belongs to a journal, or an empty string where there is no journal."""
    return f"{journal}.claims" if journal else ""


def _spent(row: Mapping[str, str]) -> tuple[str, Spent]:
    serial, spent = row["serial"], Spent(row["since"], row["status"], row["because"])
    if not is_serial(serial) or (spent.because and not is_serial(spent.because)):
        raise ValueError(f"{serial!r} is not a token")
    if not spent.status.isprintable():
        raise ValueError(f"what it says about {serial} is damaged")
    return serial, spent


def load(journal: str, unit: Unit) -> Claims:
    """Return what was refused on this unit. Nothing where there is no file, or no journal.

    A file of another unit says nothing about this one: after a unit was exchanged, its tokens need a new release
    anyway. The members of a cluster are one unit.

    Raises JournalError where the file cannot be used: then nobody knows what was refused, and nothing may be requested.
    """
    path = path_of(journal)
    fresh = Claims(unit.serial, unit.ha_members)
    try:
        raw = _files.read_trusted(path) if path else None
        if raw is None:
            return fresh
        data = _files.parse_json(path, raw)
        if data["format"] != FORMAT or data["version"] != VERSION:
            raise ValueError(f"it is not {FORMAT} version {VERSION}")
        check(_FORM, data)
        known = {data["unit"]["serial"], *data["unit"]["members"]}
        spent = dict(map(_spent, data["refused"]))
    except (FileError, ValueError, KeyError, TypeError) as error:
        raise JournalError(
            f"The file {path} cannot be used ({type(error).__name__}: {error}). It names tokens whose activation was"
            " refused. Nothing was changed. Repair the file or move it away, and run again."
        ) from error
    if known.isdisjoint({unit.serial, *unit.ha_members}):
        return fresh
    fresh.spent = spent
    return fresh


def save(journal: str, claims: Claims) -> None:
    """Replace the file atomically; remove it when nothing is left in it.

    Raises JournalError where it cannot be written.
    """
    path = path_of(journal)
    if not path:
        return
    try:
        if not claims.spent:
            Path(path).unlink(missing_ok=True)
            return
        _files.make_folder(Path(path).parent)
        _files.replace_file(path, json.dumps(claims.as_dict(), indent=1))
    except OSError as error:
        raise JournalError(
            f"The file {path} cannot be written ({error}). It has to remember which activations were refused, so"
            " nothing more is requested. Make the folder writable, or give another one."
        ) from error
