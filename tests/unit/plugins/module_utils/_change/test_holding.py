# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One unit, one writer, under however many inventory names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import holding
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import detect
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import JournalError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Unit

UNIT = Unit("fgt", "FG100FEXAMPLE001", "FortiGate-100F", "7.4.8", "2795", "none", ("root",), "netops", run="here:1")
MEMBERS = ("FG100FEXAMPLE001", "FG100FEXAMPLE002")


class _Locks:
    """Locks as the session's process holds them: the files of `others` are held by another process."""

    def __init__(self, *others: str) -> None:
        self.others = set(others)
        self.held: list[str] = []

    def hold(self, path: str) -> bool:
        name = Path(path).name
        if name in self.others:
            return False
        Path(path).touch()
        self.held.append(name)
        return True


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "HOLD_SECONDS", 0.0)
    monkeypatch.setattr(holding, "HOLD_PAUSE", 0.0)


def _held(folder: Path, console: Any, name: str = "fw-a", unit: Unit = UNIT) -> None:
    holding.hold(console, str(folder / f"{name}.json"), unit)


def test_a_run_takes_the_journal_and_every_member_of_the_cluster(tmp_path: Path) -> None:
    locks = _Locks()
    _held(tmp_path / "new", locks, unit=replace(UNIT, ha_members=MEMBERS))
    assert locks.held == ["fw-a.json.lock", ".FG100FEXAMPLE001.lock", ".FG100FEXAMPLE002.lock"]
    # The same run may take it again under the same name, in its next task.
    _held(tmp_path / "new", locks, unit=replace(UNIT, ha_members=MEMBERS))


def test_without_a_journal_nothing_is_held(tmp_path: Path) -> None:
    locks = _Locks()
    holding.hold(locks, "", UNIT)  # type: ignore[arg-type]
    assert locks.held == []


@pytest.mark.parametrize("shared", [True, False], ids=["one session", "two sessions"])
@pytest.mark.parametrize("serial", MEMBERS)
def test_a_second_name_of_a_unit_is_refused_and_names_the_first(serial: str, shared: bool, tmp_path: Path) -> None:
    _held(tmp_path, _Locks(), "fw-a", replace(UNIT, ha_members=MEMBERS))
    second = _Locks() if shared else _Locks(f".{serial}.lock")
    with pytest.raises(JournalError, match="'fw-b' and 'fw-a' are the same unit") as raised:
        _held(tmp_path, second, "fw-b", replace(UNIT, serial=serial))
    assert "Nothing was changed under the name 'fw-b'" in str(raised.value)


@pytest.mark.usefixtures("at_once")
def test_a_unit_that_another_run_works_on_is_refused(tmp_path: Path) -> None:
    _held(tmp_path, _Locks(), "fw-a")
    with pytest.raises(JournalError, match=r"Another run \(here:1\) is working on fgt .* under the name fw-a"):
        _held(tmp_path, _Locks(".FG100FEXAMPLE001.lock"), "fw-b", replace(UNIT, run="there:2"))
    with pytest.raises(JournalError, match="it holds the journal"):
        _held(tmp_path, _Locks("fw-a.json.lock"), "fw-a", replace(UNIT, run="there:2"))


def test_what_a_dead_run_left_in_a_lock_file_is_in_nobodys_way(tmp_path: Path) -> None:
    _held(tmp_path, _Locks(), "fw-a")
    _held(tmp_path, _Locks(), "fw-b", replace(UNIT, run="there:2"))
    (tmp_path / ".FG100FEXAMPLE001.lock").write_text("{")
    _held(tmp_path, _Locks(), "fw-c", replace(UNIT, run="there:3"))


def test_a_serial_makes_no_file_elsewhere(tmp_path: Path) -> None:
    locks = _Locks()
    _held(tmp_path, locks, unit=replace(UNIT, serial="../../etc/passwd"))
    assert locks.held[1:] == [".______etc_passwd.lock"]


class _Asked:
    def __init__(self, output: str) -> None:
        self.output = output
        self.lines: list[str] = []

    def run(self, batches: Any) -> Any:
        self.lines += [line for batch in batches for line in batch.lines]
        return [[Answer(line, self.output, detect(self.output), "") for line in batch.lines] for batch in batches]


def test_the_members_of_a_cluster_are_known_before_its_journal_is_opened() -> None:
    text = "Primary     : fgt, FG100FEXAMPLE002, HA cluster index = 0\nSecondary : x, FG100FEXAMPLE001, HA index = 1\n"
    console = _Asked(text)
    clustered = replace(UNIT, ha_mode="a-p", ha_role="primary")
    assert set(holding.cluster(console, clustered).ha_members) == set(MEMBERS)  # type: ignore[arg-type]
    assert holding.cluster(_Asked("Unknown action 0"), clustered).ha_members == ()  # type: ignore[arg-type]
    alone = _Asked(text)
    assert holding.cluster(alone, UNIT) == UNIT and alone.lines == []  # type: ignore[arg-type]
