# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FortiToken Cloud, now FortiIdentity Cloud, as a unit shows it: its service, and which licenses may move there.

Only what reads is sent. The migration itself cannot be taken back, and is left to a person.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.asking import Asking, global_scope
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import TRIAL_LICENSE, Unit

#: `execute fortitoken-cloud show` (New Features, topic 425212), since `two-factor fortitoken-cloud` exists.
SINCE = (6, 2, 0)
#: `diagnose fortitoken-cloud migrate-ftm show <license>` (article 217292; topics 913128 and 626658).
MIGRATES_SINCE = (7, 0, 4)
_SHOW = "execute fortitoken-cloud show"
_ELIGIBLE = "diagnose fortitoken-cloud migrate-ftm show "
#: EFTM and 12 digits (article 217292). Nothing else is put into a line.
_LICENSE = re.compile(r"EFTM[0-9A-Z]{6,20}")
_CUSTOMER = re.compile(r"\s*Customer ID:[^\n]*", re.IGNORECASE)
_MOST_LICENSES = 50
_MOST_TEXT = 500


def read_cloud(console: Asking, unit: Unit, licenses: Iterable[str]) -> dict[str, Any]:
    """Return ``{status, licenses: {license: {eligible, text}}}``. Raises the console's errors.

    ``status`` is what the unit says of the service, without the number of the customer, and empty where it does not
    know the command. ``eligible`` is None where the answer, whose form is not public, does not tell.
    """
    found: dict[str, Any] = {"status": "", "licenses": {}}
    if unit.version_tuple < SINCE:
        return found
    names = [name for name in dict.fromkeys(licenses) if _LICENSE.fullmatch(name) and TRIAL_LICENSE not in name]
    if unit.version_tuple < MIGRATES_SINCE:
        names = []
    lines = (_SHOW, *(f"{_ELIGIBLE}{name}" for name in names[:_MOST_LICENSES]))
    [answers] = console.run([Batch(lines, global_scope(unit), repeatable=True)])
    status, *eligible = answers
    if status.fault is None:
        found["status"] = _short(_CUSTOMER.sub("", status.output))
    for name, answer in zip(names, eligible, strict=False):
        if answer.fault is None:
            found["licenses"][name] = {"eligible": _eligible(answer.output), "text": _short(answer.output)}
    return found


def _short(text: str) -> str:
    return " ".join(text.split())[:_MOST_TEXT]


def _eligible(text: str) -> bool | None:
    said = text.lower()
    if "not eligible" in said or "ineligible" in said:
        return False
    return True if "eligible" in said else None
