# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection shall cost at most, and what it has cost in a run.

Counts hold on every machine. Times are ratios of two lines of the same run; seconds are only compared where they
include what the simulator waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .contenders import ONE_WAVE, OURS, RELEASE
from .units import PAGED, UNPAGED

Rows = dict[str, dict[str, Any]]
Measure = Callable[["Found"], float]

#: FortiGuard's answer in these units, and what a user may be out of service beside it, in seconds.
ANSWER, BESIDE = 0.5, 2.0


class Missing(Exception):
    """A line that a target needs was not measured in this run."""


@dataclass(frozen=True)
class Found:
    """The lines of one run."""

    rows: Rows

    def line(self, by: str, tokens: int, console: str, job: str = "remediate") -> dict[str, Any]:
        """Return a line at 50 ms. Raises Missing."""
        wanted = (job, by, tokens, console, 50)
        for row in self.rows.values():
            if row["kind"] in ("remediate", "facts"):
                got = (row["kind"], row["contender"], row["tokens"], row["console"], row["latency_ms"])
                if got == wanted:
                    return row
        raise Missing(wanted)

    def turns(self, by: str, tokens: int, console: str, job: str = "remediate") -> float:
        """Return how often the unit waited."""
        return float(self.line(by, tokens, console, job)["traffic"]["turns"])

    def cost(self, name: str, by: str, tokens: int, console: str, job: str = "remediate") -> float:
        """Return a cost of the command: ``wall``, ``cpu`` or ``peak_mb``."""
        return float(self.line(by, tokens, console, job)["cost"][name])


@dataclass(frozen=True)
class Target:
    """One target. most: what may be measured; unit: of what."""

    name: str
    most: float
    unit: str
    measure: Measure


TARGETS = (
    Target("500 tokens, paged, one wave", 60, "turns", lambda found: found.turns(ONE_WAVE, 500, PAGED)),
    Target("500 tokens, paged", 80, "turns", lambda found: found.turns(OURS, 500, PAGED)),
    Target(
        "500 tokens, paged beside unpaged",
        1.5,
        "times the seconds",
        lambda found: found.cost("wall", OURS, 500, PAGED) / found.cost("wall", OURS, 500, UNPAGED),
    ),
    Target("500 tokens, unpaged, one wave", 25, "turns", lambda found: found.turns(ONE_WAVE, 500, UNPAGED)),
    Target(
        "500 tokens, unpaged, one wave, beside 1.0.0",
        0.8,
        "times the seconds",
        lambda found: found.cost("wall", ONE_WAVE, 500, UNPAGED) / found.cost("wall", RELEASE, 500, UNPAGED),
    ),
    Target(
        "500 tokens, paged: a user out of service",
        ANSWER + BESIDE,
        "seconds",
        lambda found: float(found.line(OURS, 500, PAGED)["traffic"]["out"]),
    ),
    Target("repair in 20,000 tokens, paged", 300, "turns", lambda found: found.turns(OURS, 20_000, PAGED)),
    Target("facts of 20,000 tokens, paged", 60, "turns", lambda found: found.turns(OURS, 20_000, PAGED, "facts")),
    Target(
        "facts of 20,000 tokens, beyond those of 500",
        3.0,
        "CPU seconds",
        lambda found: found.cost("cpu", OURS, 20_000, PAGED, "facts") - found.cost("cpu", OURS, 500, PAGED, "facts"),
    ),
    Target("facts of 20,000 tokens", 150, "MB", lambda found: found.cost("peak_mb", OURS, 20_000, PAGED, "facts")),
)


def reached(rows: Rows) -> Iterator[tuple[Target, float]]:
    """Yield each target whose lines were measured, with what was measured for it."""
    found = Found(rows)
    for target in TARGETS:
        try:
            yield target, target.measure(found)
        except Missing:
            continue
