# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waves: which tokens are changed together, and how many of them may fail before nothing more is begun. Pure.

A hardware token may get only one activation, and nobody can see on the unit whether Fortinet has released its lock.
So a few tokens are tried first, and the others follow only if those have worked.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import FortitokenError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import HARDWARE, Token
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.spent import rests_on_claim
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Finding, Policy

#: One token, then twenty, then the rest.
DEFAULT_SIZES = ("1", "20")
DEFAULT_FAILURES = "10%"

T = TypeVar("T")

_SIZE = re.compile(r"(\d+)\s*(%?)")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%?")


@dataclass
class Wave:
    """One wave: which tokens were planned, which were requested, which failed."""

    number: int
    serials: list[str]
    requested: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "number": self.number,
            "serials": self.serials,
            "requested": self.requested,
            "failed": self.failed,
        }


class WaveError(FortitokenError, ValueError):
    """A size of a wave, or a share of failures, makes no sense. The message says which and what is allowed."""


@dataclass(frozen=True)
class Size:
    """The size of one wave: so many tokens, or so many percent of all."""

    number: int
    percent: bool = False

    def of(self, total: int) -> int:
        """Return how many of `total` tokens are in the wave: at least one, as with Ansible's `serial`."""
        return max(1, total * self.number // 100) if self.percent else self.number


def sizes(values: Sequence[str]) -> tuple[Size, ...]:
    """Read the sizes of waves: numbers and percentages, as Ansible's `serial` has them. An empty list is one wave.

    A survey gives an empty list as the text `[]`, and a question that was not answered as an empty text: that is the
    default. Raises WaveError.
    """
    texts = [value.strip(" []\"'") for value in values]
    if values and not any(texts):
        return () if any(value.strip() for value in values) else sizes(DEFAULT_SIZES)
    read = []
    for text in filter(None, texts):
        match = _SIZE.fullmatch(text)
        if match is None or not int(match[1]) or (match[2] and int(match[1]) > 100):
            raise WaveError(
                f"{text!r} is not the size of a wave. A size is a number from 1, or a percentage from 1% to 100%"
            )
        read.append(Size(int(match[1]), bool(match[2])))
    return tuple(read)


def share(value: str) -> float:
    """Read the share of a wave that may fail, as a number from 0 to 1. `10%` and `10` are the same.

    Raises WaveError.
    """
    match = _SHARE.fullmatch(value.strip())
    if match is None or float(match[1]) > 100:
        raise WaveError(f"{value!r} is not a share. A share is a percentage from 0% to 100%")
    return float(match[1]) / 100


def too_many(failed: int, size: int, allowed: float) -> bool:
    """Tell whether more than the allowed share of a wave has failed."""
    return failed > allowed * size


def split(tokens: Sequence[Token], policy: Policy, wanted: Sequence[Size]) -> list[list[str]]:
    """Return the serials of each wave: the sizes that were asked for, then the rest.

    The first wave tests what everything else depends on. It prefers tokens that rest on a claim, because a false claim
    would be repeated with every one of them; and among those an unassigned token, whose loss locks out nobody.
    """
    if not tokens:
        return []
    total = len(tokens)
    first = wanted[0].of(total) if wanted else total
    by_preference = sorted(tokens, key=lambda token: (not rests_on_claim(token, policy), bool(token.bindings)))
    tried = {token.serial for token in by_preference[:first]}
    rest = [token.serial for token in tokens if token.serial not in tried]
    parts = [[token.serial for token in tokens if token.serial in tried]]
    return [*parts, *cut(rest, wanted[1:], total)]


def cut(things: Sequence[T], wanted: Sequence[Size], total: int) -> list[list[T]]:
    """Cut a list into parts of the wanted sizes and one with the rest, in their order. `total`: what percentages are
    taken of."""
    parts, rest = [], list(things)
    for size in wanted:
        if not rest:
            break
        count = size.of(total)
        parts.append(rest[:count])
        rest = rest[count:]
    return [*parts, rest] if rest else parts


def in_waves(findings: dict[str, Finding], tokens: Sequence[Token], serials: Sequence[str]) -> list[Token]:
    """Return the tokens among `serials` whose request may be their only chance, in the order of `serials`."""
    known = {token.serial: token for token in tokens}
    return [
        known[serial]
        for serial in dict.fromkeys(serials)
        if serial in known and known[serial].kind == HARDWARE and findings[serial].action in ("reimport", "activate")
    ]
