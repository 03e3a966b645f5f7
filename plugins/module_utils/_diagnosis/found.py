# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What diagnosis found: one cause with its evidence, and what follows from several. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import (
    ACTIVATION_SUCCEEDED,
    UNKNOWN_ERROR,
    Cause,
)

#: Lines kept of each finding; `count` tells how many there were.
MAX_EVIDENCE = 20


@dataclass
class Found:
    """One cause that was found, with where and how often."""

    cause: Cause
    code: int | None = None
    message: str = ""
    certainty: str = ""
    severity: str = ""
    serials: dict[str, None] = field(default_factory=dict)
    units: dict[str, None] = field(default_factory=dict)
    evidence: list[str] = field(default_factory=list)
    first: str = ""
    last: str = ""
    count: int = 0
    last_at: int = 0

    def as_dict(self) -> dict[str, Any]:
        cause = self.cause
        detail = cause.meaning
        if cause is UNKNOWN_ERROR:
            said = " ".join(str(part) for part in (self.code, self.message) if part not in (None, ""))
            detail = f"{detail} The error: {said}."
        return {
            "id": cause.id,
            "severity": self.severity or cause.severity,
            "title": cause.title,
            "detail": detail,
            "certainty": self.certainty,
            "actor": cause.actor,
            "remedy": cause.remedy,
            "source": cause.source,
            "code": self.code,
            "message": self.message,
            "serials": list(self.serials),
            "units": list(self.units),
            "evidence": self.evidence,
            "count": self.count,
            "first": self.first,
            "last": self.last,
        }


def one_per_refusal(findings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return findings from several sources without those that only repeat the number of another one.

    A refused command shows a number where the debug output of the same refusal shows a message too.
    """
    known = {finding["code"] for finding in findings if finding["code"] is not None and finding["message"]}
    return [
        finding
        for finding in findings
        if finding["id"] != UNKNOWN_ERROR.id or finding["message"] or finding["code"] not in known
    ]


def confirmed_serials(findings: Iterable[dict[str, Any]]) -> frozenset[str]:
    """Return the tokens of which the event log notes a successful activation (id 32156): the proof `confirmed`."""
    return frozenset(
        serial for finding in findings if finding["id"] == ACTIVATION_SUCCEEDED.id for serial in finding["serials"]
    )
