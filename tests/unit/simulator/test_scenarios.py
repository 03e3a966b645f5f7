# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenario files, and the command that serves them."""

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

from tests.simulator import ScenarioError, from_data, load, running
from tests.simulator.events import read
from tests.simulator.scenario import REFUSALS

Make = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "tests" / "simulator" / "scenarios"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yml"))


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_serves_its_tokens(name: str) -> None:
    with running(*load(name)) as simulator:
        for unit in simulator.units:
            start = next(event for event in simulator.events if event["type"] == "start" and event["unit"] == unit.name)
            assert sorted(start["status"]) == sorted(token.serial for token in unit.scenario.tokens)
            assert unit.secrets()


def test_the_demo_has_every_documented_state() -> None:
    tokens = load("migrated")[0].tokens
    assert {token.state for token in tokens} >= {
        "active",
        "new",
        "token already activated, and seed won't be returned",
        "activation error (token not exist in FortiGuard)",
        "cmdb save error",
        "provisioned",
        "provision timeout",
        "locked",
    }


def test_the_mobile_unit_has_every_kind_of_license_and_user() -> None:
    scenario = load("mobile")[0]
    assert {card.refusal for card in scenario.fortiguard.licenses.values()} == {None, *REFUSALS}
    habits = [user.enrollment for user in scenario.users if user.enrollment]
    assert any(habit.scans_after is None for habit in habits) and any(habit.new_phone_after for habit in habits)
    assert any(token.registered_to for token in scenario.tokens)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"hostnam": "x"}, "unknown hostnam"),
        ({"tokens": [{"seed": True}]}, "serial is missing"),
        ({"tokens": [{"serial": "A"}, {"serial": "A"}]}, "listed twice"),
        ({"users": [{"name": "a", "fortitoken": "B"}]}, "holds 'B'"),
        ({"users": [{"name": "a", "vdom": "nope"}]}, "VDOM 'nope'"),
        ({"version": "FortiGate"}, "no version"),
        ({"faults": [{"kind": "explode"}]}, "faults.kind"),
        ({"units": [], "hostname": "x"}, "beside `units`"),
        ({"fortiguard": {"serials": {"X": {"delai": 1}}}}, "unknown delai"),
        ({"mail": "eaten"}, "mail"),
        ({"enrollment": {"mail": "eaten"}}, "enrollment.mail"),
        ({"users": [{"name": "a", "enrollment": {"sms": "eaten"}}]}, "enrollment.sms"),
        ({"console": {"cut": "nowhere"}}, "console.cut"),
        ({"console": {"pager": {"ahead": "x"}}}, "console.pager.ahead"),
        ({"console": {"pager": {"redraw": "x"}}}, "console.pager.redraw"),
    ],
)
def test_mistakes_are_named(data: dict[str, Any], text: str) -> None:
    with pytest.raises(ScenarioError, match=text):
        from_data(data)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="nowhere"):
        load(tmp_path / "nowhere.yml")
    (tmp_path / "bad.yml").write_text("{")
    with pytest.raises(ScenarioError, match=r"bad\.yml"):
        load(tmp_path / "bad.yml")


def test_several_units_in_one_process(connect: Make) -> None:
    with running(*from_data({"units": [{"hostname": "fw-one"}, {"hostname": "fw-two"}]})) as simulator:
        assert len({unit.port for unit in simulator.units}) == 2
        client = connect(simulator)
        client.until("fw-one # ")
        assert simulator.unit("fw-two").name == "fw-two"


@pytest.mark.parametrize("command", [["-m", "tests.simulator"], ["tests/simulator"]])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command(tmp_path: Path, command: list[str], number: signal.Signals) -> None:
    ready, log, pid = tmp_path / "ready.json", tmp_path / "events.jsonl", tmp_path / "pid"
    options = ["--ready-file", str(ready), "--event-log", str(log), "--pid-file", str(pid)]
    process = subprocess.Popen(
        [sys.executable, *command, "healthy", *options], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        for _attempt in range(300):
            if ready.exists():
                break
            time.sleep(0.05)
        told = json.loads(ready.read_text())
        assert pid.read_text() == f"{process.pid}\n"
        assert told["host_key"].startswith(f"[127.0.0.1]:{told['port']} ssh-ed25519 ")
        assert [unit["name"] for unit in told["units"]] == ["fgt-healthy"]
    finally:
        process.send_signal(number)
        output, _errors = process.communicate(timeout=20)
    assert process.returncode == 0 and output == f"fgt-healthy 127.0.0.1:{told['port']} {told['fingerprint']}\n"
    assert not ready.exists() and [event["type"] for event in read(log)] == ["start"]


def test_the_command_explains_a_bad_scenario(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulator", str(tmp_path / "none.yml")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and "none.yml" in done.stderr
