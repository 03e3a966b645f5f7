# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session is written down when it ends, for its owner only, and it can be read like a unit."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.format import load
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.recorder import Recorder, file_name
from tests.faults.controller import controller
from tests.offline import facts
from tests.simulator import from_data, running

UNIT: dict[str, Any] = {
    "hostname": "fw-kassel-west",
    "serial": "FGT60ETK18000001",
    "vdom_mode": "multi",
    "vdoms": ["root", "kassel"],
    "accounts": [{"name": "operator", "password": "made-up-Passw0rd"}],
    "tokens": [
        {
            "serial": f"FTK200BAA000000{number}",
            "vdom": "kassel",
            "seed": True,
            "state": "token already activated, and seed won't be returned" if number % 2 else "active",
            "comments": "second floor",
        }
        for number in range(8)
    ],
    "users": [
        {
            "name": f"meier{number}",
            "vdom": "kassel",
            "fortitoken": f"FTK200BAA000000{number}",
            "email_to": "m@e.example",
        }
        for number in range(5)
    ],
    "console": {"page_lines": 10},
}


class Terminal:
    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.closed = False

    def send(self, data: bytes) -> None:
        pass

    def recv(self, timeout: float) -> bytes | None:
        return self.pieces.pop(0) if self.pieces else None

    def close(self) -> None:
        self.closed = True


def test_pieces_and_times_are_kept(tmp_path: Path) -> None:
    now = iter([10.0, 10.5, 11.0, 12.0])
    terminal = Terminal(b"FGT # ", b"get system status\r\nVersion: FortiGate-60F v7.4.8,build2795\r\n")
    recorder = Recorder(terminal, str(tmp_path / "new" / "folder"), "../fw/1", clock=lambda: next(now))
    recorder.recv(1)
    recorder.send(b"get system status\n")
    recorder.recv(1)
    assert recorder.recv(1) is None
    assert not Path(recorder.path).exists()
    recorder.close()
    recorder.close()
    assert terminal.closed
    header, events = load(Path(recorder.path).read_text(encoding="utf-8"), "file")
    assert header["firmware"].startswith("FortiGate-60F v7.4.8,build2795")
    assert [(event.at, event.sent, len(event.data)) for event in events] == [
        (0.5, False, 6),
        (1, True, 18),
        (2, False, 60),
    ]
    assert stat.S_IMODE(Path(recorder.path).stat().st_mode) == 0o600
    assert Path(recorder.path).parent == tmp_path / "new" / "folder"


def test_a_name_of_the_inventory_leads_out_of_no_folder() -> None:
    for name in ("../../etc/passwd", "a/b", "..", "\n", "$(id)"):
        assert "/" not in file_name(name)
        assert not file_name(name).startswith(".")


def test_a_folder_that_cannot_be_written_is_told_and_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told: list[str] = []
    recorder = Recorder(Terminal(b"x"), str(tmp_path / "file"), "fw", tell=told.append)
    recorder.recv(1)
    recorder.close()
    assert "was not written" in told[0]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], set[str]]:
    """A recording of a session with a simulated unit, what the modules said of the unit, and its secrets."""
    folder = tmp_path_factory.mktemp("recordings")
    options = {"ansible_fortios_record": str(folder), "inventory_hostname": "fw-kassel"}
    with running(*from_data(UNIT)) as simulator:
        with controller(simulator, user="operator", password="made-up-Passw0rd", **options) as play:
            said = play.run("fortitoken_facts", ping="never")["ansible_facts"]["fortitoken"]
        secrets = simulator.secrets()
    (path,) = folder.iterdir()
    return path, said, secrets


def test_a_session_over_ssh_leaves_a_recording_without_names_and_secrets(
    recorded: tuple[Path, dict[str, Any], set[str]],
) -> None:
    path, _said, secrets = recorded
    text = path.read_text(encoding="utf-8")
    planted = {
        "fw-kassel-west",
        "kassel",
        "operator",
        "meier1",
        "BAA000000",
        "TK18000001",
        "m@e.example",
        "second floor",
    }
    assert {name for name in planted | secrets if name in text} == set()
    assert "show user fortitoken" in text
    assert "--More-- " in text
    assert path.name.startswith("fw-kassel-2")


def test_a_recording_can_be_read_like_the_unit(recorded: tuple[Path, dict[str, Any], set[str]]) -> None:
    path, said, _secrets = recorded
    read = facts(path)
    assert read["summary"] == said["summary"]
    assert read["connectivity"]["token_server"] == "reachable"
    assert read["unit"]["version"] == said["unit"]["version"]
    for now, then in zip(read["tokens"], said["tokens"], strict=True):
        for name in ("status", "seed", "verdict", "reason", "kind", "model"):
            assert now[name] == then[name]
        assert len(now["bindings"]) == len(then["bindings"])
