# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module returns stays small enough for AWX, and nothing of it is lost."""

from __future__ import annotations

import contextlib
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _files, _runner
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files import documents

AWX_BYTES = 700_000

rows = st.integers(0, 9000).map(lambda count: [{"serial": f"FTK200{number:010d}"} for number in range(count)])
results = st.fixed_dictionaries(
    {"changed": st.booleans(), "cost": st.just({"turns": 4})},
    optional={name: rows for name in _runner.OMITTED_FIRST},
)


@settings(max_examples=40, deadline=None)
@given(result=results)
def test_a_saved_result_fits_an_event_and_is_whole_again_for_the_report(
    result: dict[str, Any], tmp_path_factory: Any
) -> None:
    path = tmp_path_factory.mktemp("saved") / "folder" / "fw.purge.json"
    returned = _runner._saved(result, str(path))
    assert len(json.dumps(returned)) < AWX_BYTES
    # As a play has it: what the task said was changed by changed_when.
    registered = {**returned, "changed": True, "failed": False}
    whole = dict(documents.result(registered))
    assert {name: whole[name] for name in result} == {**result, "changed": True}
    assert returned.get("omitted", {}) == {
        name: len(result[name]) for name in result if name not in returned and name != "omitted"
    }


def test_a_result_that_cannot_be_saved_is_returned_whole_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = {"changed": True, "commands": ["x" * 100] * 9000}
    returned = _runner._saved(result, str(tmp_path / "file" / "purge.json"))
    assert returned["commands"] == result["commands"]
    (warning,) = returned["warnings"]
    assert str(tmp_path / "file" / "purge.json") in warning


def test_without_a_file_nothing_is_left_out() -> None:
    result = {"changed": True, "commands": ["x" * 100] * 9000}
    assert _runner._saved(result, None) is result


class _Diffing:
    _diff = True


def test_a_diff_that_is_too_long_tells_how_much_is_missing() -> None:
    result: dict[str, Any] = {}
    lines = [f"set comments {number:08d}" for number in range(20_000)]
    _runner.show_diff(_Diffing(), result, "fgt-big", "\n".join(lines) + "\n")  # type: ignore[arg-type]
    *shown, last = result["diff"]["after"].splitlines()
    assert shown == lines[: len(shown)]
    assert last.startswith(f"# and {20_000 - len(shown):,} more lines")
    assert len(result["diff"]["after"]) < _runner.MOST_DIFF + 200


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

    monkeypatch.setattr(_runner, "Console", lambda _path: None)
    monkeypatch.setattr(_runner, "_metered", lambda _console, _cost: contextlib.nullcontext())
    module = _Failing()
    with pytest.raises(_Left):
        _runner.run(module, body)  # type: ignore[arg-type]
    assert (module.result["commands"], module.result["changed"]) == (["config user local"], True)
    assert "KeyError" in module.result["msg"] and seed not in module.result["msg"]
