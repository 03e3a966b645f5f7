# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What enrollment knows of a user: what the unit shows now, what was done until now, and the operator's rules. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HOUR = 3600.0

#: States of a user. `waiting`: must scan a code, and has no valid one. `requested`: has a valid code. `given_up`: got
#: as many codes as allowed. `undeliverable`: no code can reach this user. `blocked`: something other than a code is
#: missing, such as a license.
WAITING = "waiting"
REQUESTED = "requested"
ENROLLED = "enrolled"
GIVEN_UP = "given_up"
UNDELIVERABLE = "undeliverable"
BLOCKED = "blocked"
STATES = (WAITING, REQUESTED, ENROLLED, GIVEN_UP, UNDELIVERABLE, BLOCKED)
#: States that a person has to look at.
ATTENTION = (GIVEN_UP, UNDELIVERABLE, BLOCKED)

#: How a token looks on the unit: a code timed out or was never sent, a code is on its way, the phone has it, or
#: something else is wrong.
DUE = "due"
CODE_OUT = "code_out"
DONE = "done"
OTHER = "other"

#: For so long after a request the unit may still show what it showed before (inferred). A request that was interrupted
#: is only believed to be lost after that.
SETTLE_SECONDS = 60.0
#: A code that enters its last hours within this time is waited for: with one run a day at the same time, the next run
#: would come as late for it as this one came early.
GRACE_SECONDS = 120.0
#: So long a request that the unit or Fortinet's server refused is not repeated: not on the same day.
RETRY_SECONDS = 14 * HOUR

#: (type, VDOM, name) of a `user local` or `system admin` entry.
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Seen:
    """What the unit shows of a user and the token.

    `look`: `due`, `code_out`, `done` or `other`. `expires`: seconds since the epoch, the token's
    `set activation-expire`, or None. `missing`: what keeps a code from this user, in words. `reason`: why `other`.
    `address`: email-to, or sms-phone where there is one; `route`: a hash of the address and the mail server.
    """

    key: Key
    serial: str
    look: str
    expires: float | None = None
    missing: tuple[str, ...] = ()
    reason: str = ""
    address: str = ""
    channel: str = ""
    route: str = ""


@dataclass(frozen=True)
class Rules:
    """What the operator wants; all times in seconds.

    `users`: who may get a first code, or None for all. `per_run`: how many get their first code in a run and day, 0 for
    all. `validity`: of a code whose end the unit does not show.
    """

    users: frozenset[Key] | None = None
    per_run: int = 0
    max_mails: int = 3
    renew_before: float = 24 * HOUR
    again: frozenset[Key] = frozenset()
    validity: float = 72 * HOUR

    def selected(self, key: Key) -> bool:
        return self.users is None or key in self.users


@dataclass
class Record:
    """What lasts of a user between runs; all times in seconds since the epoch, by the unit's clock.

    `mails`: codes requested, without those known to have failed on the unit. `asked`: when the last one was requested.
    `valid_until`: the end of the newest code; `earlier`: that of the code before it. `pending`: the newest was
    requested, and the unit has not shown it yet; `accepted`: it took the line; `expires_before`: what it showed before.
    `enrolled`: when the unit showed that the phone has the token. `again`: the operator's wish for another code was
    granted, and still stands. `failed`: what kept the last code from its user, over the way `failed_route`; `retry`:
    not before this time. `dead`: the end of a code that reached nobody. `begun`: the day of the first code. `reminded`:
    the day of the last reminder.
    """

    key: Key
    serial: str
    state: str = WAITING
    reason: str = ""
    mails: int = 0
    asked: float | None = None
    valid_until: float | None = None
    earlier: float | None = None
    pending: bool = False
    accepted: bool = False
    expires_before: float | None = None
    enrolled: float | None = None
    again: bool = False
    failed: str = ""
    failed_route: str = ""
    retry: float | None = None
    dead: float | None = None
    begun: str = ""
    reminded: str = ""

    @property
    def name(self) -> str:
        return self.key[2]

    def left(self, now: float) -> float:
        """Return the seconds that the newest code is still valid; 0 without one."""
        return max(0.0, (self.valid_until or 0.0) - now)

    def as_dict(self) -> dict[str, Any]:
        return {
            "type": self.key[0],
            "vdom": self.key[1],
            "name": self.key[2],
            **{name: getattr(self, name) for name in FIELDS},
        }


#: Attribute of a record -> the types it may have in a file.
FIELDS: Mapping[str, tuple[type, ...]] = {
    "serial": (str,),
    "state": (str,),
    "reason": (str,),
    "mails": (int,),
    "asked": (int, float, type(None)),
    "valid_until": (int, float, type(None)),
    "earlier": (int, float, type(None)),
    "pending": (bool,),
    "accepted": (bool,),
    "expires_before": (int, float, type(None)),
    "enrolled": (int, float, type(None)),
    "again": (bool,),
    "failed": (str,),
    "failed_route": (str,),
    "retry": (int, float, type(None)),
    "dead": (int, float, type(None)),
    "begun": (str,),
    "reminded": (str,),
}


@dataclass
class State:
    """What lasts of a unit between runs.

    `offset`: seconds by which the unit's displayed time is ahead of UTC, or None where not known. `stopped`: why the
    last run stopped. `history`: one row of counts for each day.
    """

    unit_serial: str
    hostname: str
    members: tuple[str, ...] = ()
    records: dict[Key, Record] = field(default_factory=dict)
    offset: float | None = None
    stopped: str = ""
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Request:
    """A code to be requested. `why`: `first`, `renew` (the code ends soon, or has ended) or `again`."""

    key: Key
    serial: str
    why: str
