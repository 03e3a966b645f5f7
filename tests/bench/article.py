# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fortinet article 194508 as lines to type, token by token, as a person or a plain script works it off.

In favour of those who follow it so: the pings of step 1 are left out (some five seconds each), debugging stays off
(their clients hang with it on), nothing waits for one token before the next, and what to do is known beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence

#: Steps 1 to 3: what is read before anything is changed.
LOOK = (
    "show system central-management",
    "diagnose fortitoken info",
    "diagnose test application forticldd 7",
    "show user fortitoken",
    "show full-configuration | grep -f FTK",
)
#: What whoever does not answer the pager changes on the unit first.
UNPAGE = ("config system console", "set output standard", "end")
#: The end of step 5: what is not active yet. Asked again until no token is left in it.
NOT_ACTIVE = "diagnose fortitoken info | grep -v active"
#: What the answer to that holds for each token that is not active.
MARK = "FTK"


def reimport(serial: str, user: str) -> list[str]:
    """Steps 3a and 5a: the token is taken from its user, deleted, added again and given back."""
    return [
        "config user local",
        f'edit "{user}"',
        "unset fortitoken",
        "set two-factor disable",
        "end",
        "config user fortitoken",
        f'delete "{serial}"',
        "end",
        "config user fortitoken",
        f'edit "{serial}"',
        "end",
        *check(serial),
        "config user local",
        f'edit "{user}"',
        "set two-factor fortitoken",
        f'set fortitoken "{serial}"',
        "end",
    ]


def activate(serial: str) -> list[str]:
    """Step 5b: a token without seed."""
    return [f"execute fortitoken activate {serial}", *check(serial)]


def check(serial: str) -> list[str]:
    """How the token is now."""
    return [f"diagnose fortitoken info | grep {serial}"]


def by_token(lost: Sequence[tuple[str, str]], bare: Sequence[str]) -> list[list[str]]:
    """The lines for each token. lost: (serial, user) with a seed of another unit; bare: serials without a seed."""
    return [reimport(serial, user) for serial, user in lost] + [activate(serial) for serial in bare]
