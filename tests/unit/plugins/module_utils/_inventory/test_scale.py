# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten times the tokens take ten times as long, from the unit's text to the facts."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import jmespath

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import words
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory import parsers
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import USER, Inventory, Unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import assessment
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy

SMALL, LARGE = 500, 5_000
LARGEST = 20_000
ALREADY = "token already activated, and seed won't be returned"
UNIT = Unit(
    hostname="fgt-big",
    serial="FGT60ETK00000001",
    model="FortiGate-60E",
    version="7.4.8",
    build="2795",
    vdom_mode="none",
    vdoms=("root",),
    user="admin",
)


def _texts(size: int) -> tuple[str, str, str]:
    numbers = range(size)
    tokens = "".join(
        f'    edit "FTK200{number:010d}"\n        set seed <redacted>\n        set comments "desk {number}"\n    next\n'
        for number in numbers
    )
    statuses = "".join(f"FTK200{number:010d}  0      {'active' if number % 10 else ALREADY}\n" for number in numbers)
    users = "".join(
        f'    edit "user{number:05d}"\n        set type password\n        set two-factor fortitoken\n'
        f'        set fortitoken "FTK200{number:010d}"\n        set passwd <redacted>\n    next\n'
        for number in numbers
    )
    return (
        f"config user fortitoken\n{tokens}end\n",
        f"FORTITOKEN           DRIFT  STATUS\n{statuses}\nToken server status: reachable\n",
        f"config user local\n{users}end\n",
    )


def _read(texts: tuple[str, str, str]) -> dict[str, Any]:
    tokens, statuses, users = texts
    merged = parsers.merge_tokens(parsers.parse_tokens(tokens, "root"), parsers.parse_status_list(statuses), "root")
    accounts = parsers.parse_accounts(users, USER, "root")
    inventory = Inventory(UNIT, tuple(merged), tuple(accounts))
    return assessment.assemble(inventory, assessment.findings(inventory, Policy()), ())


def _seconds(size: int) -> float:
    texts = _texts(size)
    best = float("inf")
    for _attempt in range(2):
        started = time.process_time()
        facts = _read(texts)
        best = min(best, time.process_time() - started)
        assert facts["summary"] == {"healthy": size * 9 // 10, "needs_lock_release": size // 10}
    return best


def test_reading_grows_with_the_tokens_and_not_faster() -> None:
    # 10 where the machine is idle; what is quadratic would be 100.
    assert _seconds(LARGE) < 25 * _seconds(SMALL)


def test_a_query_over_20000_tokens_stays_below_what_awx_takes_in_an_event() -> None:
    facts = _read(_texts(LARGEST))
    found = jmespath.search("tokens[?verdict=='needs_lock_release'].{serial: serial, vdom: vdom}", facts)
    assert len(found) == LARGEST // 10
    assert len(json.dumps({"unit": facts["unit"], "summary": facts["summary"], "query_result": found})) < 700_000


def test_a_line_without_escapes_is_split_like_one_with() -> None:
    dice = random.Random(4)
    for _case in range(3_000):
        line = "".join(dice.choice('ab"\t é-') for _place in range(dice.randrange(14)))
        # The blank in front keeps the word with the escape apart.
        assert words(line) == words(line + r" \z")[:-1] or line.count('"') % 2, line
