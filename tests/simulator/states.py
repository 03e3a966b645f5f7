# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a unit knows of a token besides its configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass

# [fact: serial-forms]
SERIAL = re.compile(r"FTK(MOB|[0-9]{3})[0-9A-Z]{10}")
# A license of a set of free trial tokens: FTMTRIAL and 8 hexadecimal digits.
TRIAL = "FTMTRIAL"


def is_mobile(serial: str) -> bool:
    """Tell a mobile token from a hardware token."""
    return serial.startswith("FTKMOB")


@dataclass
class TokenState:
    """The status of a token."""

    vdom: str
    status: str = "new"
    drift: int = 0
    # A request is under way; a token that is deleted and made anew gets another number.
    request: int = 0
