# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that makes consoles hard, all at once, and on top of it garbage and a unit that falls silent."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Fault, Simulator, from_data, running
from tests.simulator.invariants import bindings_lost, violations

from .controller import ModuleFailed, controller, lose_transactions

DEAD = "token already activated, and seed won't be returned"
CODE = "123456"
OPTIONS = {"ansible_fortios_second_answer": CODE, "ansible_fortios_command_timeout": 1.5}


def unit() -> Any:
    """Banners, questions, pager, HA role, cut names, small slow pieces, debug lines anywhere."""
    return from_data(
        {
            "hostname": "fgt-with-a-very-long-name-001",
            "version": "FortiGate-60F v7.6.7,build3652,260520 (GA.M)",
            "vdom_mode": "multi",
            "vdoms": ["root", "branch"],
            "ha": {"mode": "a-p", "role": "primary", "prompt": "attached"},
            "accounts": [{"name": "admin", "password": "demo-Passw0rd", "otp": CODE}],
            "tokens": [
                {"serial": "FTK200HEALTHY001", "vdom": "root", "seed": True, "state": "active", "comments": "a # "},
                {
                    "serial": "FTK200MIGRATE001",
                    "vdom": "branch",
                    "seed": True,
                    "state": DEAD,
                    "comments": "fgt-with # prompt $ --More-- ",
                },
                {"serial": "FTK200UNUSED0001", "vdom": "branch", "state": "new"},
            ],
            "users": [
                {"name": "alice", "vdom": "root", "fortitoken": "FTK200HEALTHY001"},
                {"name": "fgt-with-a-~ # ", "vdom": "branch", "fortitoken": "FTK200MIGRATE001"},
            ],
            "fortiguard": {"delay": 0.05, "default": {"lock_released": True}},
            "console": {
                "auth": ["keyboard-interactive"],
                "page_lines": 5,
                "hostname_limit": 12,
                "context_limit": 9,
                "pre_login_banner": "### fw # $ authorised use only ### \n",
                "post_login_banner": "#############\n# fgt-x # $ #\n#############",
                "welcome": "WARNING: File System Check Recommended! # \nmotd without newline $ ",
                "chunks": {"smallest": 1, "largest": 80, "seed": 3, "pause_ms": 0.5},
                "debug_style": "mixed",
            },
        }
    )


def remediate(simulator: Simulator, journal: Path) -> tuple[str, str]:
    """One run. Returns the kind and the text of its failure, "" and "" without one."""
    try:
        with controller(simulator, **OPTIONS) as play:
            facts = play.remediate(journal, admins="skip")
            assert facts["summary"] == {"healthy": 3}
    except ModuleFailed as failed:
        return str(failed.result.get("kind", "")), str(failed)
    return "", ""


def ended(simulator: Simulator) -> None:
    assert violations(simulator.events, killed=True) == []
    assert bindings_lost(simulator.events) == []
    assert [event for event in simulator.events if event["type"] == "crash"] == []


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many lines an undisturbed run sends."""
    with running(*unit()) as simulator:
        assert remediate(simulator, tmp_path_factory.mktemp("clean") / "journal.json") == ("", "")
        ended(simulator)
        return simulator.unit().lines


@pytest.mark.parametrize("part", [0.05, 0.4, 0.75])
def test_a_unit_that_falls_silent_is_given_up_in_time_and_finished_by_the_next_run(
    part: float, lines: int, tmp_path: Path
) -> None:
    with running(*unit()) as simulator:
        simulator.unit().faults.append(Fault("hang", line=max(2, int(lines * part))))
        started = time.monotonic()
        kind, text = remediate(simulator, tmp_path / "journal.json")
        assert kind in ("timeout", "lost"), text
        assert time.monotonic() - started < 60
        lose_transactions(simulator)
        assert remediate(simulator, tmp_path / "journal.json") == ("", "")
        ended(simulator)


@pytest.mark.parametrize("line", ["show user local", "diagnose fortitoken info"])
def test_garbage_in_place_of_a_listing_stops_the_run_and_the_next_one_does_the_work(line: str, tmp_path: Path) -> None:
    with running(*unit()) as simulator:
        simulator.unit().faults.append(Fault("garbage", match=f"^{line}$"))
        _kind, text = remediate(simulator, tmp_path / "journal.json")
        # What the unit would have listed is not to be had, and nothing is built on what came instead.
        assert "could not be understood" in text
        assert [event for event in simulator.events if event["type"] == "change"] == []
        assert remediate(simulator, tmp_path / "journal.json") == ("", "")
        ended(simulator)
