# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session that waits for its next task outlives the unit's patience with idle ones."""

from __future__ import annotations

import time

import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process import watchdog
from tests.faults.controller import controller
from tests.simulator import from_data, running

PATIENCE = 1.0


@pytest.mark.parametrize("debugging", [False, True])
def test_an_idle_session_is_still_there_for_the_next_task(debugging: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "_PERIOD_SECONDS", 0.1)
    monkeypatch.setattr(watchdog, "_KEEP_ALIVE_SECONDS", 0.3)
    unit = {"hostname": "fgt-idle", "console": {"idle_timeout": PATIENCE}}
    with running(*from_data(unit)) as simulator:
        with controller(simulator) as play:
            play.run("fortitoken_facts", ping="never")
            if debugging:
                play.run("fortitoken_debug", state="enabled")
            time.sleep(3 * PATIENCE)
            play.run("fortitoken_facts", ping="never")
            if debugging:
                lines = play.run("fortitoken_debug", state="disabled")["lines"]
                assert not [line for line in lines if "Version" in line], "what only keeps it alive is nobody's output"
        events = simulator.events
    assert [e["type"] for e in events].count("login") == 1
    assert [e["how"] for e in events if e["type"] == "logout"] == ["exit"]


def test_without_being_kept_alive_it_would_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "_KEEP_ALIVE_SECONDS", 3600)
    unit = {"hostname": "fgt-idle", "console": {"idle_timeout": PATIENCE}}
    with running(*from_data(unit)) as simulator, controller(simulator) as play:
        play.run("fortitoken_facts", ping="never")
        time.sleep(2 * PATIENCE)
        assert [e["how"] for e in simulator.events if e["type"] == "logout"] == ["timeout"]
