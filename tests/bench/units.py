# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units of any size, made by a rule and not from a file: the same arguments give the same unit."""

from __future__ import annotations

from tests.simulator import Scenario
from tests.simulator.fortiguard import LOCK_HELD
from tests.simulator.scenario import Answer, Console, FortiGuard, Token, User

VDOMS = ("root", "branch", "guests", "plant")
#: `set output more`, FortiOS's default, and `set output standard`.
PAGED, UNPAGED = "paged", "unpaged"
SEED_LOST = "seed_lost"
NO_SEED = "no_seed"
#: In each score of tokens two hold the seed of another unit and one has none: 10 % and 5 %.
SCORE = 20
LOST_IN_SCORE = (3, 13)
BARE_IN_SCORE = 8


def serial(number: int) -> str:
    """The serial of the token with this number."""
    return f"FTK200{number:010d}"


def holder(number: int) -> str:
    """The user that holds the token with this number."""
    return f"user{number:05d}"


def trouble(number: int) -> str:
    """What is wrong with the token of this number: ``seed_lost``, ``no_seed``, or nothing."""
    place = number % SCORE
    if place in LOST_IN_SCORE:
        return SEED_LOST
    return NO_SEED if place == BARE_IN_SCORE else ""


def vdom(number: int, vdoms: int) -> str:
    """The VDOM of a token and its holder, on a unit with this many."""
    return VDOMS[number % vdoms]


def migrated_unit(
    tokens: int,
    *,
    vdoms: int = 1,
    latency_ms: float = 0.0,
    name: str = "fgt-bench",
    delay: float = 0.5,
    console: str = PAGED,
) -> Scenario:
    """A freshly migrated unit: 10 % of its tokens show an error, 5 % have no seed, each is bound to a user.

    Fortinet has released every lock. vdoms: 1 for a unit without VDOMs, else 2 to 4. latency_ms: one way, half of what
    a ping over the line takes. delay: seconds in which FortiGuard answers an activation. console: PAGED as FortiOS has
    it by default, on a terminal of 24 rows, or UNPAGED.
    """
    state = {"": "active", SEED_LOST: LOCK_HELD, NO_SEED: "new"}
    kinds = [(number, trouble(number)) for number in range(tokens)]
    return Scenario(
        hostname=name,
        vdom_mode="multi" if vdoms > 1 else "none",
        vdoms=list(VDOMS[:vdoms]),
        tokens=[
            Token(serial(number), vdom=vdom(number, vdoms), seed=kind != NO_SEED or None, state=state[kind])
            for number, kind in kinds
        ],
        users=[
            User(holder(number), vdom=vdom(number, vdoms), fortitoken=serial(number), passwd=f"made-up-pw-{number}")
            for number in range(tokens)
        ],
        fortiguard=FortiGuard(
            delay=delay, serials={serial(number): Answer(lock_released=True) for number, kind in kinds if kind}
        ),
        console=Console(latency_ms=latency_ms, output="more" if console == PAGED else "standard"),
    )
