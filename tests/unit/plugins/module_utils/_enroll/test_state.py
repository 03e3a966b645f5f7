# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of an enrollment."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll import state as files
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import STATES, Record, State
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import JournalError
from tests.unit.damage import JSON, damaged

ROW = {"day": "2026-03-02", **dict.fromkeys(STATES, 1), "codes": 2}


def made() -> State:
    record = Record(("user", "root", "zoë"), "FTKMOBEXAMPLE001", "requested", mails=1, asked=1.5, valid_until=2.0)
    return State("FGT60ETK18000001", "fgt", ("FGT60ETK18000001",), {record.key: record}, 3600.0, "", [ROW])


def test_what_is_written_comes_back_and_is_its_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "fgt.json"
    files.save(str(path), made())
    assert files.from_dict(json.loads(path.read_text())) == made()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mails", True),
        ("mails", -1),
        ("mails", "1"),
        ("state", "happy"),
        ("serial", "FTK"),
        ("asked", float("inf")),
        ("asked", 10**400),
        ("valid_until", 1e12),
        ("pending", 1),
        ("reason", "two\nlines"),
        ("name", None),
        ("type", "group"),
    ],
)
def test_a_value_that_is_not_of_its_kind_is_refused(name: str, value: Any) -> None:
    data = files.as_dict(made())
    data["users"][0][name] = value
    with pytest.raises(ValueError, match=r"zo|type|name|reason|happy"):
        files.from_dict(data)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "x"},
        {"version": 9},
        {"users": {}},
        {"unit": None},
        {"history": [{**ROW, "codes": -1}]},
        {"offset": "1"},
        {"stopped": None},
    ],
)
def test_a_file_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any text will do
        files.from_dict({**files.as_dict(made()), **change})


def test_a_user_who_is_in_it_twice_is_refused() -> None:
    data = files.as_dict(made())
    data["users"] *= 2
    with pytest.raises(ValueError, match="twice"):
        files.from_dict(data)


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="enroll_state_dir"):
        files.save(str(tmp_path / "file" / "fgt.json"), made())


@settings(max_examples=100)
@given(st.deferred(lambda: damaged(files.as_dict(made()))) | JSON)
def test_any_damage_raises_the_documented_error_or_gives_a_state(data: Any) -> None:
    try:
        read = files.from_dict(data)
    except ValueError:
        return
    assert files.from_dict(json.loads(json.dumps(files.as_dict(read)))) == read


@pytest.mark.parametrize("offset", [10**400, float("nan"), True, "1"])
def test_an_offset_that_no_clock_can_have_is_refused(offset: Any) -> None:
    with pytest.raises(ValueError, match="offset"):
        files.from_dict({**files.as_dict(made()), "offset": offset})
