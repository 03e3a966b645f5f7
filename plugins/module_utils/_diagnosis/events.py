# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit's event log: which lines ask for it, which events speak of tokens, and what one of them holds. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import MARK
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.surroundings import parse_clock

EVENT = re.compile(r"\s*\d+: (date=.*)")
_FIELD = re.compile(r'(\w+)=("([^"]*)"|\S+)')

#: Events of the system log (log references 6.0 to 7.2.9): activation requested, successful, failed, code sent.
REQUESTED_ID, SUCCEEDED_ID, FAILED_ID, CODE_SENT_ID = "32155", "32156", "32159", "38412"
#: What the last one is called (article 190967). Its full number is not known, so the log is filtered by this.
#: [fact: log-code-sent] [fact: log-code-sent-id]
CODE_SENT = "Token activation code sent"
#: `execute log filter` and `display` (FortiOS CLI reference): what the unit noted of activations, newest first. The
#: filter belongs to the session and is reset behind. [fact: log-display] [fact: log-activation-ids] [fact: log-texts]
EVENT_LOG_COMMANDS = (
    *(
        line
        for field in (
            *(f"logid 01000{number}" for number in (FAILED_ID, SUCCEEDED_ID, REQUESTED_ID)),
            f'logdesc "{CODE_SENT}"',
        )
        for line in (
            "execute log filter reset",
            "execute log filter category event",
            "execute log filter view-lines 100",
            f"execute log filter field {field}",
            "execute log display",
        )
    ),
    "execute log filter reset",
)


def fields_of(text: str) -> dict[str, str]:
    """Return name -> value of an event, without the quotes of the values."""
    return {match[1]: match[3] if match[3] is not None else match[2] for match in _FIELD.finditer(text)}


#: An activation code: 16 characters of base 32 (article 190967).
_ACTIVATION_CODE = re.compile(r"(?<![0-9A-Za-z])[A-Z2-7]{16}(?![0-9A-Za-z])")
_SERIAL_FIELD = re.compile(r'\b(?:serialno|devid|devname)=("[^"]*"|\S+)')


def without_codes(row: str) -> str:
    """Return an event without what may be an activation code, also where that looks like a serial."""
    known = "".join(match[1] for match in _SERIAL_FIELD.finditer(row))
    return _ACTIVATION_CODE.sub(lambda match: match[0] if match[0] in known else MARK, row)


_ABOUT_TOKENS = re.compile(
    rf"\b01000(?:{FAILED_ID}|{SUCCEEDED_ID}|{REQUESTED_ID})\b|\b\d{{5}}{CODE_SENT_ID}\b"
    r"|\bFTK[0-9A-Z]{13}\b|\bFortiToken|\btoken activation",
    re.IGNORECASE,
)


def since(lines: Iterable[str], start: str) -> list[str]:
    """Return the rows of `execute log display` that are not older than `start` (`YYYY-MM-DD HH:MM:SS`, the unit's own
    clock); all of them where `start` is empty. Duplicates, and what does not speak of tokens, are left out: a unit that
    does not know a filter shows other events as well."""
    rows = dict.fromkeys(line for line in lines if EVENT.match(line) and _ABOUT_TOKENS.search(line))
    when = re.compile(r'date="?(\d{4}-\d\d-\d\d)"? time="?(\d\d:\d\d:\d\d)"?')
    return [
        row for row in rows if not start or (match := when.search(row)) is None or f"{match[1]} {match[2]}" >= start
    ]


def clock(status: str) -> str:
    """Return the unit's own time in `get system status`, as `YYYY-MM-DD HH:MM:SS`; empty where it does not tell."""
    time = parse_clock(status)
    return "" if time is None else time.isoformat(" ")
