# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module returns stays small enough for AWX, and nothing of it is lost."""

from __future__ import annotations

import contextlib
import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _files
from ansible_collections.fortiops.fortitoken.plugins.module_utils import _runner as _module
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import detect
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import JournalError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Unit
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files import documents as _documents

AWX_BYTES = 700_000

rows = st.integers(0, 9000).map(lambda count: [{"serial": f"FTK200{number:010d}"} for number in range(count)])
results = st.fixed_dictionaries(
    {"changed": st.booleans(), "cost": st.just({"turns": 4})},
    optional={name: rows for name in _module.OMITTED_FIRST},
)


@settings(deadline=None)
@given(result=results)
def test_a_saved_result_fits_an_event_and_is_whole_again_for_the_report(
    result: dict[str, Any], tmp_path_factory: Any
) -> None:
    path = tmp_path_factory.mktemp("saved") / "folder" / "fw.purge.json"
    returned = _module._saved(result, str(path))
    assert len(json.dumps(returned)) < AWX_BYTES
    # As a play has it: what the task said was changed by changed_when.
    registered = {**returned, "changed": True, "failed": False}
    whole = dict(_documents.result(registered))
    assert {name: whole[name] for name in result} == {**result, "changed": True}
    assert returned.get("omitted", {}) == {
        name: len(result[name]) for name in result if name not in returned and name != "omitted"
    }


def test_a_result_that_cannot_be_saved_is_returned_whole_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = {"changed": True, "commands": ["x" * 100] * 9000}
    returned = _module._saved(result, str(tmp_path / "file" / "purge.json"))
    assert returned["commands"] == result["commands"]
    (warning,) = returned["warnings"]
    assert str(tmp_path / "file" / "purge.json") in warning


def test_without_a_file_nothing_is_left_out() -> None:
    result = {"changed": True, "commands": ["x" * 100] * 9000}
    assert _module._saved(result, None) is result


class _Diffing:
    _diff = True


def test_a_diff_that_is_too_long_tells_how_much_is_missing() -> None:
    result: dict[str, Any] = {}
    lines = [f"set comments {number:08d}" for number in range(20_000)]
    _module.show_diff(_Diffing(), result, "fgt-big", "\n".join(lines) + "\n")  # type: ignore[arg-type]
    *shown, last = result["diff"]["after"].splitlines()
    assert shown == lines[: len(shown)]
    assert last.startswith(f"# and {20_000 - len(shown):,} more lines")
    assert len(result["diff"]["after"]) < _module.MOST_DIFF + 200


def test_every_folder_that_is_made_is_for_its_owner_only(tmp_path: Path) -> None:
    _files.save_json(str(tmp_path / "report" / ".facts" / "fw.json"), {})
    for path in ("report", "report/.facts"):
        assert stat.S_IMODE((tmp_path / path).stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "report" / ".facts" / "fw.json").stat().st_mode) == 0o600


def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "report").touch()
    with pytest.raises(OSError, match="Not a directory"):
        _files.save_json(str(tmp_path / "report" / "fw.json"), {})
    with pytest.raises(OSError, match="Not a directory"):
        _files.save_json(str(tmp_path / "report" / ".facts" / "fw.json"), {})


class _Left(BaseException):
    pass


class _Failing:
    _socket_path = "(no unit)"
    _diff = False
    result: dict[str, Any]

    def fail_json(self, **result: Any) -> None:
        self.result = result
        raise _Left


def test_a_fault_of_the_collection_keeps_what_was_done_and_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    seed = "00112233445566778899aabbccddeeff00112233"

    def body(_console: Any, result: dict[str, Any]) -> None:
        result["commands"] = ["config user local"]
        raise KeyError(f'"seed": "{seed}"')

    monkeypatch.setattr(_module, "Console", lambda _path: None)
    monkeypatch.setattr(_module, "_metered", lambda _console, _cost: contextlib.nullcontext())
    module = _Failing()
    with pytest.raises(_Left):
        _module.run(module, body)  # type: ignore[arg-type]
    assert (module.result["commands"], module.result["changed"]) == (["config user local"], True)
    assert "KeyError" in module.result["msg"] and seed not in module.result["msg"]


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
    monkeypatch.setattr(_module, "HOLD_SECONDS", 0.0)
    monkeypatch.setattr(_module, "HOLD_PAUSE", 0.0)


def _held(folder: Path, console: Any, name: str = "fw-a", unit: Unit = UNIT) -> None:
    _module.hold(console, str(folder / f"{name}.json"), unit)


def test_a_run_takes_the_journal_and_every_member_of_the_cluster(tmp_path: Path) -> None:
    locks = _Locks()
    _held(tmp_path / "new", locks, unit=replace(UNIT, ha_members=MEMBERS))
    assert locks.held == ["fw-a.json.lock", ".FG100FEXAMPLE001.lock", ".FG100FEXAMPLE002.lock"]
    # The same run may take it again under the same name, in its next task.
    _held(tmp_path / "new", locks, unit=replace(UNIT, ha_members=MEMBERS))


def test_without_a_journal_nothing_is_held(tmp_path: Path) -> None:
    locks = _Locks()
    _module.hold(locks, "", UNIT)  # type: ignore[arg-type]
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
    assert set(_module.cluster(console, clustered).ha_members) == set(MEMBERS)  # type: ignore[arg-type]
    assert _module.cluster(_Asked("Unknown action 0"), clustered).ha_members == ()  # type: ignore[arg-type]
    alone = _Asked(text)
    assert _module.cluster(alone, UNIT) == UNIT and alone.lines == []  # type: ignore[arg-type]
