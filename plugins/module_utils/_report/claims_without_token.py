# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Claims about tokens that no unit of a run has: a claim with a slip in its serial has no effect. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

ALL = "ALL"


def claims_without_token(reports: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a sentence for each serial in `remediate_lock_released` that no unit of the run has.

    A run that was limited to serials or VDOMs, or that did not read every unit, cannot tell.
    """
    if any(not row["unit"] or row["options"].get("serials") or row["options"].get("vdoms") for row in reports):
        return []
    claimed: dict[str, None] = {}
    for report in reports:
        told = report["options"].get("lock_released") or ()
        for serial in told.split(",") if isinstance(told, str) else told:
            claimed.setdefault(str(serial).strip().upper())
    there = {token["serial"] for report in reports for token in report["tokens"]}
    unknown = [serial for serial in claimed if serial and serial != ALL and serial not in there]
    return [_sentence(serial, sorted(there), len(reports)) for serial in unknown]


def _sentence(serial: str, there: Sequence[str], units: int) -> str:
    closest = difflib.get_close_matches(serial, there, 1)
    hint = f" Did you mean {closest[0]}?" if closest else ""
    where = "the unit does not have this token" if units == 1 else "no unit of this run has this token"
    return f"remediate_lock_released names {serial}, but {where}.{hint}"
