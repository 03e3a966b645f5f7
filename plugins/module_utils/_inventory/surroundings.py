# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is around the tokens and may be the real cause: a restore that lost lines, clocks, table sizes, references. Text
in, plain data out. Whatever is not understood is left out and breaks nothing.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import words
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import MARK
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import LostLine, Table

SECRET, USER, TOKEN = "secret", "user", "token"

#: `>>>  "set" "password" "ENC" "qO9B..." @ 3386:vpn...:failed command (error -61)` (article 195668).
#: [fact: restore-error-log]
_LOST = re.compile(r"^\s*>>>\s*(.*?)\s*@\s*(\d{1,9}:[^\n]*?)\s*$")
_LOST_START = re.compile(r"^\s*>>>")
_ABOUT_TOKENS = re.compile(r"fortitoken|two-factor|\bFTK[0-9A-Z]", re.IGNORECASE)
_ABOUT_SECRETS = re.compile(
    rf"\bENC\b|{re.escape(MARK)}|passwd|password|passphrase|secret|\bseed\b|psk|private-key|api-key|auth-pwd|priv-pwd",
    re.IGNORECASE,
)
_ABOUT_USERS = re.compile(r"\buser[ .\"]+local\b|\bsystem[ .\"]+admin\b|\buser[ .\"]+group\b", re.IGNORECASE)
#: Words of a lost line that are kept: what was tried, never to which value.
_KEPT_WORDS = 2


def parse_error_log(text: str) -> tuple[LostLine, ...]:
    """Return the lines that a restore lost, by the answer to `diagnose debug config-error-log read`.

    The form is that of article 195668. A line without it counts where it speaks of tokens, users or secrets. No value
    is kept: the log prints secrets.
    """
    lost: dict[LostLine, None] = {}
    for line in text.split("\n"):
        match = _LOST.match(line)
        about = _about(line)
        if match is not None:
            lost[LostLine(_without_values(match[1]), _without_secrets(match[2]), about)] = None
        elif _LOST_START.match(line) or about in (TOKEN, USER):
            lost[LostLine(_without_values(line.replace(">>>", "")), "", about)] = None
    return tuple(lost)


def _about(line: str) -> str:
    for pattern, name in ((_ABOUT_TOKENS, TOKEN), (_ABOUT_USERS, USER), (_ABOUT_SECRETS, SECRET)):
        if pattern.search(line):
            return name
    return ""


def _without_values(text: str) -> str:
    return " ".join(words(text)[:_KEPT_WORDS])


def _without_secrets(where: str) -> str:
    return where[:200] if MARK not in where and "ENC" not in where else where.split(":", 1)[0]


# [fact: ntp-status]
_NTP = re.compile(r"synchronized:\s*(yes|no)\b.*?ntpsync:\s*(enabled?|disabled?)\b", re.IGNORECASE)


def parse_ntp(text: str) -> tuple[bool | None, bool | None]:
    """Return (switched on, synchronized) by `diagnose sys ntp status`; None for what it does not tell.

    The first line reads `synchronized: yes, ntpsync: enabled, server-mode: disabled` (public transcripts of 6.2 and
    7.0).
    """
    match = _NTP.search(text)
    if match is None:
        return None, None
    return match[2].lower().startswith("enable"), match[1].lower() == "yes"


_CLOCK = re.compile(r"^\s*System time:\s*\w{3} (\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})", re.MULTILINE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def parse_clock(status: str) -> datetime | None:
    """Return the unit's own time in `get system status`, which has no time zone; None where it does not tell.

    The line reads `System time: Mon Mar 30 04:10:03 2026`.
    """
    match = _CLOCK.search(status)
    if match is None or match[1] not in _MONTHS:
        return None
    try:
        day = (int(match[6]), _MONTHS.index(match[1]) + 1, int(match[2]))
        return datetime(*day, int(match[3]), int(match[4]), int(match[5]))
    except ValueError:
        return None


#: Time zones differ from UTC by -12 to +14 hours, in steps of 15 minutes.
_STEP = 15 * 60
_WEST, _EAST = -12 * 3600, 14 * 3600


def skew(clock: datetime, now: float, zone: str = "") -> float:
    """Return by how many seconds the unit's clock is ahead of the controller's (negative: behind).

    `clock`: the unit's time without its zone. `now`: the controller's, in seconds since 1970. `zone`: `timezone` of
    `system global`; units print a number or a name, and only a name helps. Without it the difference is taken to the
    nearest possible time zone, so that whole quarters of an hour stay unseen (inferred).
    """
    utc = datetime.fromtimestamp(now, timezone.utc)
    place = _zone(zone)
    if place is not None:
        return (clock - utc.astimezone(place).replace(tzinfo=None)) / timedelta(seconds=1)
    difference = (clock - utc.replace(tzinfo=None)) / timedelta(seconds=1)
    return difference - min(_EAST, max(_WEST, round(difference / _STEP) * _STEP))


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if "/" in name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


_TABLE = re.compile(r"^\s*([a-z][\w.+-]{1,60}):\s*(\d{1,9})\s+(\d{1,9})\s+(\d{1,9})\s+(\d{1,9})\s*$", re.MULTILINE)
_TABLES = frozenset(("user.fortitoken", "user.local"))


# [fact: table-sizes] [fact: table-sizes-order] [fact: table-sizes-token]
def parse_tables(text: str) -> tuple[Table, ...]:
    """Return the sizes of the tables of tokens and users by `print tablesize`.

    A line reads `firewall.access-proxy: 0 256 512 3` (ZTNA reference, topic 422012). That the numbers mean 0, most in a
    VDOM, most on the unit, used is inferred.
    """
    return tuple(
        Table(match[1], int(match[3]), int(match[4]), int(match[5]))
        for match in _TABLE.finditer(text)
        if match[1] in _TABLES
    )


#: `entry used by table firewall.policy:policyid '1'`, `entry used by child table ...`, `... by complex ...`
#: (Administration Guide 6.4.4, topic 163148, and public transcripts). [fact: refcnt-command] [fact: refcnt-token-path]
_USED = re.compile(r"\bentry used by\b", re.IGNORECASE)
_UNUSED = re.compile(
    r"\s*(?:no (?:entry|entries|references?)\b.*|0 (?:entry|entries|references?)\b.*)?\s*", re.IGNORECASE
)


def parse_references(text: str) -> bool | None:
    """Return whether anything refers to an object by `diagnose sys cmdb refcnt show`; None where that is not clear.

    That nothing is printed where nothing refers to it is inferred.
    """
    if _USED.search(text):
        return True
    return False if _UNUSED.fullmatch(text) else None


_LEVEL = re.compile(
    r"^\s*(?!cli\b)([A-Za-z][\w -]{0,40}?)\s+debug(?:ging)?\s+level\s*:?\s*(?:is\s+)?(-?\d+)", re.IGNORECASE
)
_OUTPUT = re.compile(r"^\s*(?:debug output|fortitoken debug\w*)\s*:?\s*(?:is\s+)?(?:enabled?|on)\b", re.IGNORECASE)


# [fact: debug-info] [fact: debug-levels-shared]
def parse_debug_levels(text: str) -> list[str]:
    """Return the lines of `diagnose debug info` that say that debugging is on.

    The form of the answer is not public: lines `X debug level: N` and `debug output: enable` are looked for. The level
    of the CLI itself is never 0 and does not count (inferred).
    """
    return [
        line.strip()
        for line in text.splitlines()
        if _OUTPUT.match(line) or ((level := _LEVEL.match(line)) is not None and int(level[2]) != 0)
    ]
