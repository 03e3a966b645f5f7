# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No file makes a journal write a line that no plan would have written."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal as _journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal import Journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal_form import listed, unlisted
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import MARK
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import JournalError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import USER, Binding, Entry
from tests.unit.damage import JSON, damaged

SERIAL = "FTK200EXAMPLE001"
ENTRY = Entry(SERIAL, "root", (("comments", ("two\nlines",)), ("status", ("lock",))))
BINDING = Binding(SERIAL, USER, "alice", "root", "fortitoken", "enable")


def journal() -> Journal:
    made = Journal("FGT60FEXAMPLE001", "fw-berlin", members=("FGT60FEXAMPLE001", "FGT60FEXAMPLE002"), owner="host:1")
    made.add([ENTRY], [BINDING])
    made.users[("root", "alice")] = (("type", ("password",)), ("passwd", (MARK,)), ("status", ("enable",)))
    made.activations[SERIAL] = 1.5
    return made


def put(path: tuple[Any, ...], value: Any) -> Any:
    data: Any = copy.deepcopy(journal().as_dict())
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return data


def test_what_is_written_is_read_back() -> None:
    assert _journal.from_dict(json.loads(json.dumps(journal().as_dict()))) == journal()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("entries", 0, "settings"), {"comments x\nend\nconfig system admin\nedit evil": ["x"]}),
        (("entries", 0, "settings"), {"seed": ["x"]}),
        (("entries", 0, "settings"), {"comments": "text"}),
        (("entries", 0, "settings"), {"comments": ["a\rb"]}),
        (("entries", 0, "serial"), "FTK200\nend"),
        (("entries", 0, "serial"), 'x"'),
        (("entries", 0, "vdom"), "root\nend"),
        (("bindings", 0, "name"), "alice\nend"),
        (("bindings", 0, "type"), "system admin"),
        (("bindings", 0, "status"), "enable\nset passwd x"),
        (("bindings", 0, "two_factor"), "fortitoken\nx"),
        (("users", 0, "settings"), {"passwd": ["evil"]}),
        (("users", 0, "settings"), {"passwd": [MARK, "evil"]}),
        (("users", 0, "settings"), {"accprofile": ["super_admin"]}),
        (("users", 0, "settings"), []),
        (("unit", "serial"), ""),
        (("unit",), "x"),
        (("activations",), {SERIAL: "soon"}),
        (("activations",), {"x": 1}),
        (("debug",), "yes"),
        (("entries",), {}),
        (("more",), 1),
    ],
)
def test_what_no_journal_holds(path: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(JournalError, match="it is damaged"):
        _journal.from_dict(put(path, value))


@settings(max_examples=150)
@given(st.deferred(lambda: damaged(journal().as_dict())))
def test_any_damage_raises_the_documented_error_or_gives_a_journal(data: Any) -> None:
    try:
        found = _journal.from_dict(data)
    except JournalError:
        return
    # Whatever was read can be written again.
    assert _journal.from_dict(found.as_dict()) == found


@settings(max_examples=100)
@given(JSON)
def test_any_json_raises_the_documented_error(data: Any) -> None:
    with pytest.raises(JournalError):
        _journal.from_dict(data)


def test_a_journal_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "fgt.json"
    _journal.save(str(path), journal())
    assert _journal.read(path) == journal()
    path.chmod(0o666)
    with pytest.raises(JournalError, match="can be written by other users"):
        _journal.read(path)
    path.chmod(0o600)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    with pytest.raises(JournalError, match="symbolic link"):
        _journal.read(link)


def test_what_could_not_be_read_back_is_not_begun(tmp_path: Path) -> None:
    made = journal()
    made.add([], [Binding("FTK200EXAMPLE002", USER, "bell\a", "root", "fortitoken", "enable")])
    path = tmp_path / "fgt.json"
    with pytest.raises(JournalError, match="cannot hold what this unit shows"):
        _journal.save(str(path), made)
    assert not path.exists()


def test_attributes_that_are_listed() -> None:
    settings_ = (("type", ("ldap",)), ("of-tomorrow", ("x",)))
    assert listed(settings_) == (("type", ("ldap",)),)
    assert unlisted((("comments", ("x",)), ("of-tomorrow", ("x",)))) == ["of-tomorrow"]
