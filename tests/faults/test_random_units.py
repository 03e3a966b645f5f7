# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random units with random faults: no promise is ever broken, and a run after a complete one has nothing to do."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulator import Fault, from_data, running
from tests.simulator.invariants import one_activation_per_serial, violations

from .controller import ModuleFailed, controller

DEAD = "token already activated, and seed won't be returned"
STATES = [DEAD, DEAD, "active", "new", "cmdb save error", "locked", "odd text, (nobody knows)"]
NAMES = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="<>#()'\"\\?|`") | st.sampled_from(" \"\\?'"),
    min_size=1,
    max_size=12,
).filter(lambda name: name == name.strip())


@st.composite
def units(draw: st.DrawFn) -> dict[str, Any]:
    vdoms = draw(st.sampled_from([["root"], ["root", "dmz"]]))
    numbers = draw(st.lists(st.integers(0, 9999), unique=True, min_size=1, max_size=6))
    tokens = [
        {
            "serial": f"FTK200BAA{number:07d}",
            "vdom": draw(st.sampled_from(vdoms)),
            "state": draw(st.sampled_from(STATES)),
            "seed": draw(st.booleans()),
            "comments": draw(NAMES),
        }
        for number in numbers
    ]
    names = draw(st.lists(NAMES, unique=True, min_size=len(tokens), max_size=len(tokens)))
    users = [
        {
            "name": name,
            "vdom": token["vdom"],
            "fortitoken": token["serial"],
            "status": draw(st.sampled_from(["enable", "disable"])),
        }
        for token, name in zip(tokens, names, strict=True)
        if draw(st.booleans())
    ]
    old = draw(st.booleans())
    return {
        "hostname": "fgt-random",
        "version": f"FortiGate-60E {'v6.0.4,build0231,190107' if old else 'v7.4.8,build2795,250523'} (GA)",
        "vdom_mode": "multi" if len(vdoms) > 1 else "none",
        "vdoms": vdoms,
        "accounts": [{"name": "admin", "password": "demo-Passw0rd"}],
        "tokens": tokens,
        "users": users,
        "fortiguard": {
            "delay": 0.02,
            "serials": {t["serial"]: {"lock_released": draw(st.booleans())} for t in tokens},
        },
        "behaviour": {
            "bind_inactive": draw(st.sampled_from(["accept", "refuse"])),
            "unset_two_factor_clears_token": draw(st.booleans()),
        },
    }


FAULTS = st.one_of(
    st.none(),
    st.builds(Fault, st.sampled_from(["cut_before", "cut_after"]), line=st.integers(1, 260)),
    st.builds(
        Fault,
        st.sampled_from(["refuse", "ignore", "garbage"]),
        match=st.sampled_from(["^next", "^set ", "^unset", "^delete", "^edit .F", "^end", "^show user", "^execute"]),
        times=st.integers(1, 3),
    ),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(units(), FAULTS)
def test_no_promise_is_broken_and_a_complete_run_leaves_nothing_to_do(
    unit: dict[str, Any], fault: Fault | None
) -> None:
    with tempfile.TemporaryDirectory() as folder, running(*from_data(unit)) as simulator:
        journal = Path(folder) / "journal.json"
        if fault is not None:
            simulator.unit().faults.append(fault)
        done = False
        for _run in range(3):
            started = len(simulator.events)
            with controller(simulator) as play, contextlib.suppress(ModuleFailed):
                play.remediate(journal, timeout=1)
                done = not journal.exists()
            assert broken_promises(simulator.events, started) == []
        if not done or fault is not None:
            return
        before = len(simulator.events)
        with controller(simulator) as play:
            facts = play.remediate(journal, timeout=1)
        if all(token["action"] == "none" for token in facts["tokens"]):
            assert [e for e in simulator.events[before:] if e["type"] == "change" and e["by"] != "fortiguard"] == []


def broken_promises(events: list[dict[str, Any]], started: int) -> list[str]:
    """All of them over all runs so far, but for the one activation a token, which is promised for each run."""
    over_all_runs = one_activation_per_serial(events)
    rest = [text for text in violations(events, killed=True) if not text.endswith(tuple(over_all_runs))]
    return rest + one_activation_per_serial(events[started:])
