# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands from another process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.control import main, perform

Make = Callable[..., Any]
SERIAL = "FTKMOB0000000001"
USER = {"name": "alice", "type": "radius", "fortitoken": SERIAL, "email_to": "a@example.com"}
DATA = {
    "tokens": [{"serial": SERIAL, "state": "provision timeout"}],
    "users": [USER],
    "email_server": {"server": "mail.example.com"},
    "enrollment": {"scans_after": None},
}
SEND = f"execute fortitoken-mobile provision {SERIAL}"


def test_time_users_mail_and_server(desk: Make) -> None:
    unit = desk(**DATA)
    begin = unit.unit.clock.now()

    def order(line: str) -> None:
        perform([unit.unit], line)

    order("mail alice refused")
    unit(SEND)
    order("advance minutes=1")
    order("mail * unreachable")
    order("mail alice sent")
    unit(SEND)
    order("fgt-demo: advance hours=5 minutes=30")
    assert 5.5 * 3600 < unit.unit.clock.now() - begin < 6 * 3600
    assert [event["outcome"] for event in unit.types("mail")] == ["refused", "sent"]
    assert unit.unit.scenario.mail == "unreachable"
    order("scan alice")
    assert unit.unit.mobile.usable(SERIAL)
    order("new-phone alice")
    assert not unit.unit.mobile.usable(SERIAL)
    order("reinstall alice")
    order("server unreachable")
    assert not unit.unit.fortiguard.works()
    unit.unit.fortiguard.locked.add("FTK200AAAA000001")
    order("release FTK200AAAA000001")
    assert not unit.unit.fortiguard.locked


@pytest.mark.parametrize(
    "line", ["", "dance", "scan nobody", "scan", "advance parsecs=1", "advance hours=x", "other: advance hours=1"]
)
def test_a_wrong_command_is_an_error(desk: Make, line: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        perform([desk(**DATA).unit], line)


def test_a_simulator_in_its_own_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario, control, log = tmp_path / "unit.yml", tmp_path / "control", tmp_path / "events"
    scenario.write_text(json.dumps(DATA), encoding="utf-8")
    options = ["--control-file", str(control), "--event-log", str(log), "--ready-file", str(tmp_path / "ready")]
    process = subprocess.Popen([sys.executable, "-m", "tests.simulator", str(scenario), *options])
    try:
        end = time.monotonic() + 30
        while not (tmp_path / "ready").exists():
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.05)
        assert main([str(control), "advance", "hours=5"]) == 0
        assert main([str(control), "scan", "nobody"]) == 1
        assert "nobody" in capsys.readouterr().err
        assert main([str(control), "advance", "days=2"]) == 0
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [event["seconds"] for event in events if event["type"] == "clock"] == [5 * 3600, 2 * 86400]
    assert not control.exists()
