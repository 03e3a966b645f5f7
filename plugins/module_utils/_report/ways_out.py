# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways out for tokens that cannot simply move with a configuration: a decision table, kept as data. Pure.

For each license and each kind of hardware token it says which ways are open, how long they take, who has to act, which
ticket that needs, who must enroll again, and where Fortinet says so. Fortinet publishes no times for its tickets, and
the table names none.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import (
    ADMINISTRATOR,
    CUSTOMER_SERVICE,
    SALES,
    TAC,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.cloud import MIGRATES_SINCE
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    HARDWARE,
    LOCK_EXEMPT,
    SEED_ON_CD,
    TRIAL_LICENSE,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.plain import items, mapping, mappings, text

#: Kinds of subjects: a license of mobile tokens, the free trial license of a unit, hardware tokens with an activation
#: lock, without one, and with their seed on a CD.
LICENSE, TRIAL, LOCKED_HARDWARE, EXEMPT, CD = "license", "trial", "hardware", "exempt", "cd"
#: Whether a way is open: yes, no, or only a person can tell.
OPEN, CLOSED, ASK = "open", "closed", "ask"

#: Licenses that were shipped from this day on move only for an RMA (forum thread 205363).
RMA_ONLY_SINCE = date(2025, 8, 4)
#: Who enrolls again.
NOBODY, USERS, UNKNOWN_WHO = "no user", "users", "not documented: plan for all users"
_TICKET = "a ticket, for which Fortinet publishes no time"


@dataclass(frozen=True)
class Subject:
    """What has to get to the new unit. `shipped`: when the license was, or None where nobody said."""

    kind: str
    name: str
    serials: tuple[str, ...]
    users: tuple[str, ...]
    shipped: date | None = None


@dataclass(frozen=True)
class Setting:
    """What decides about the ways: the unit, and what it says of FortiToken Cloud."""

    virtual: bool
    cluster: bool
    version: tuple[int, ...]
    cloud: Mapping[str, Any] = field(default_factory=dict)


Answer = tuple[str, str]


@dataclass(frozen=True)
class Way:
    """One row. `state` tells whether it is open for a subject, and why. `articles`: Fortinet's texts."""

    id: str
    title: str
    kinds: tuple[str, ...]
    state: Callable[[Subject, Setting], Answer]
    lead_time: str
    actor: str
    ticket: str
    enrolls: str
    articles: tuple[str, ...]


def _always(why: str) -> Callable[[Subject, Setting], Answer]:
    return lambda _subject, _setting: (OPEN, why)


def _ask(why: str) -> Callable[[Subject, Setting], Answer]:
    return lambda _subject, _setting: (ASK, why)


def _same_serial(_subject: Subject, setting: Setting) -> Answer:
    if setting.virtual:
        return ASK, "Open if the new virtual unit gets the license, and so the serial number, of this one."
    return CLOSED, "Only a virtual unit can keep its serial number."


def _replacement(_subject: Subject, setting: Setting) -> Answer:
    if setting.cluster:
        return OPEN, "Tokens that are assigned keep working; new assignments need the license on the new primary."
    return CLOSED, "This unit belongs to no cluster."


def _transfer(subject: Subject, _setting: Setting) -> Answer:
    limit = RMA_ONLY_SINCE.isoformat()
    if subject.shipped is None:
        return ASK, f"Open if the license was shipped before {limit}. Set remediate_licenses_shipped to decide this."
    if subject.shipped < RMA_ONLY_SINCE:
        return OPEN, f"It was shipped on {subject.shipped.isoformat()}, before {limit}."
    return CLOSED, f"It was shipped on {subject.shipped.isoformat()}; from {limit} on licenses move only for an RMA."


def _cloud(subject: Subject, setting: Setting) -> Answer:
    if setting.version < MIGRATES_SINCE:
        return CLOSED, "It needs FortiOS 7.0.4 or later."
    told = mapping(mapping(setting.cloud.get("licenses")).get(subject.name))
    if told.get("eligible") is False:
        return CLOSED, f"The unit says: {text(told.get('text'))}"
    how = f"Command, which cannot be taken back: diagnose fortitoken-cloud migrate-ftm start {subject.name}"
    if told.get("eligible") is True:
        return OPEN, how
    return ASK, f"Customer Service must set a migration tag first; the whole license moves. {how}"


#: The decision table. Article numbers are those of community.fortinet.com, topics those of docs.fortinet.com.
TABLE: tuple[Way, ...] = (
    Way(
        "same_serial",
        "Move to a virtual unit with the same serial number",
        (LICENSE, TRIAL, LOCKED_HARDWARE, EXEMPT, CD),
        _same_serial,
        "none",
        ADMINISTRATOR,
        "",
        NOBODY,
        ("193723",),
    ),
    Way(
        "ha_replacement",
        "Replace a member of the cluster",
        (LICENSE, TRIAL, LOCKED_HARDWARE, EXEMPT, CD),
        _replacement,
        "none for assigned tokens",
        ADMINISTRATOR,
        "customer-service",
        NOBODY,
        ("410099", "193793"),
    ),
    Way(
        "rma_license",
        "Have the license moved after an RMA",
        (LICENSE,),
        _ask("Open if Fortinet replaces this unit under an RMA, whatever the age of the license."),
        _TICKET,
        CUSTOMER_SERVICE,
        "customer-service",
        USERS,
        ("194574", "forum 205363"),
    ),
    Way(
        "transfer",
        "Have the license transferred to the new unit",
        (LICENSE,),
        _transfer,
        _TICKET,
        CUSTOMER_SERVICE,
        "customer-service",
        USERS,
        ("193723", "194574", "forum 205363"),
    ),
    Way(
        "fortiidentity_cloud",
        "Migrate the license to FortiIdentity Cloud (FortiToken Cloud)",
        (LICENSE,),
        _cloud,
        f"{_TICKET}; the old license ends 24 hours later",
        CUSTOMER_SERVICE,
        "customer-service",
        UNKNOWN_WHO,
        ("217292", "topic 913128", "topic 626658"),
    ),
    Way(
        "new_license",
        "Buy a new license for the new unit",
        (LICENSE,),
        _always("Redeem its code with remediate_license_codes."),
        "an order",
        SALES,
        "sales",
        USERS,
        ("194508",),
    ),
    Way(
        "new_trial_set",
        "Import the free trial tokens of the new unit",
        (TRIAL,),
        _always("Delete both old entries, redeem 0000-0000-0000-0000-0000, and bind the new tokens."),
        "none",
        ADMINISTRATOR,
        "",
        USERS,
        ("190171", "193723"),
    ),
    Way(
        "lock_release",
        "Have the activation lock released, then re-import the token",
        (LOCKED_HARDWARE,),
        _always("Name the serials in remediate_lock_released when Fortinet has confirmed it."),
        _TICKET,
        TAC,
        "tac",
        NOBODY,
        ("194435", "194508", "232153"),
    ),
    Way(
        "no_lock",
        "Activate the token on the new unit",
        (EXEMPT,),
        _ask("Fortinet says that this model has no activation lock; try it with one token."),
        "none",
        ADMINISTRATOR,
        "",
        NOBODY,
        ("193723",),
    ),
    Way(
        "seed_cd",
        "Import the seeds from the CD that came with the tokens",
        (CD,),
        _ask("Open if the CD is at hand. Fortinet cannot release or send these seeds."),
        "none",
        ADMINISTRATOR,
        "",
        NOBODY,
        ("194435", "forum 222475"),
    ),
)


def ways_out(facts: Mapping[str, Any], shipped: Any = None) -> list[dict[str, Any]]:
    """Return, for each license and kind of token in facts (or a baseline), the ways with their state.

    `shipped`: when licenses were shipped, as `read_dates` returns it. Each row has ``kind``, ``name``, ``serials``,
    ``users`` and ``ways``.
    """
    unit = mapping(facts.get("unit"))
    setting = Setting(
        virtual=text(unit.get("serial")).startswith("FGVM") or "VM" in text(unit.get("model")).upper(),
        cluster=bool(items(mapping(unit.get("ha")).get("members"))),
        version=tuple(int(part) for part in re.findall(r"\d+", text(unit.get("version")))[:3]),
        cloud=mapping(facts.get("cloud")),
    )
    return [
        {
            "kind": subject.kind,
            "name": subject.name,
            "serials": list(subject.serials),
            "users": list(subject.users),
            "ways": [_way(way, subject, setting) for way in TABLE if subject.kind in way.kinds],
        }
        for subject in _subjects(mappings(facts.get("tokens")), shipped or {})
    ]


def _way(way: Way, subject: Subject, setting: Setting) -> dict[str, Any]:
    state, why = way.state(subject, setting)
    return {
        "id": way.id,
        "title": way.title,
        "state": state,
        "why": why,
        "lead_time": way.lead_time,
        "actor": way.actor,
        "ticket": way.ticket,
        "enrolls_again": list(subject.users) if way.enrolls == USERS else [],
        "enrolls": way.enrolls,
        "articles": list(way.articles),
    }


def _subjects(tokens: Iterable[Mapping[str, Any]], shipped: Mapping[str, date]) -> list[Subject]:
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for token in tokens:
        groups.setdefault(_group(token), []).append(token)
    return [
        Subject(
            kind,
            name,
            tuple(sorted(text(token.get("serial")) for token in found)),
            tuple(sorted({text(row.get("name")) for token in found for row in mappings(token.get("bindings"))})),
            shipped.get(name, shipped.get("")) if kind == LICENSE else None,
        )
        for (kind, name), found in sorted(groups.items())
    ]


def _group(token: Mapping[str, Any]) -> tuple[str, str]:
    serial, name = text(token.get("serial")), text(token.get("license"))
    if token.get("kind") != HARDWARE:
        return (TRIAL, name) if name.startswith(TRIAL_LICENSE) else (LICENSE, name or "not shown by the unit")
    if serial.startswith(SEED_ON_CD):
        return CD, "hardware tokens with their seed on a CD"
    if serial.startswith(LOCK_EXEMPT):
        return EXEMPT, "hardware tokens without an activation lock"
    return LOCKED_HARDWARE, "hardware tokens"


def read_dates(given: Any) -> dict[str, date]:
    """Return license -> ship date, with "" for all others, from one date, a mapping, or text as a survey gives it:
    ``2024-05-01`` or ``EFTM000000000001=2024-05-01,EFTM000000000002=2025-09-01``.

    Raises ValueError, which quotes what is not a date.
    """
    if isinstance(given, Mapping):
        pairs = [(str(name), str(day)) for name, day in given.items()]
    else:
        parts = [part.strip() for part in str(given or "").split(",") if part.strip()]
        pairs = [
            (name.strip(), day.strip()) if sign else ("", name) for name, sign, day in (p.partition("=") for p in parts)
        ]
    found = {}
    for name, day in pairs:
        try:
            found[name] = date.fromisoformat(day)
        except ValueError:
            raise ValueError(f"'{day}' is not a date such as 2024-05-01") from None
    return found


def as_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write the table as text: each subject with its ways, the open ones first, closed ones in short."""
    order = (OPEN, ASK, CLOSED)
    lines: list[str] = []
    for row in rows:
        lines.append(f"{_title(row)}: {len(row['serials'])} tokens, {len(row['users'])} users")
        for way in sorted(row["ways"], key=lambda way: order.index(way["state"])):
            lines.append(f"  [{way['state']}] {way['title']} ({way['actor']}). {way['why']}")
            if way["state"] != CLOSED:
                again = f"{len(way['enrolls_again'])} users" if way["enrolls_again"] else way["enrolls"]
                source = ", ".join(way["articles"])
                lines.append(f"      Lead time: {way['lead_time']}. Enrolls again: {again}. Fortinet: {source}")
    return lines


def _title(row: Mapping[str, Any]) -> str:
    name = str(row["name"])
    words = {LICENSE: f"License {name}", TRIAL: f"Trial license {name}"}
    return words.get(str(row["kind"]), name[:1].upper() + name[1:])
