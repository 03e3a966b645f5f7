# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a listing is all of what the unit has, by the unit's own count.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ParseError

#: The trailer of `diagnose fortitoken info` (Administration Guide, topic 180506). The global count, of all VDOMs, is
#: another one. [fact: status-trailer] [fact: totals-global]
_COUNT = re.compile(r"^[ \t]*Total activated token:[ \t]*(\d{1,9})[ \t]*$", re.MULTILINE)


def require_all_rows(text: str, rows: int) -> None:
    """Check a status list against its trailer. Activated tokens are among the rows, so there are at least as many rows.

    A list without a trailer says nothing. Raises ParseError where rows are missing.
    """
    count = _COUNT.search(text)
    if count is not None and int(count[1]) > rows:
        raise ParseError(f"the unit counts {int(count[1]):,} activated tokens and lists {rows:,}", text[-200:])
