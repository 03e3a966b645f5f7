# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal on disk, and how it changes what triage sees."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._journal import Journal, JournalError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._model import (
    USER,
    Account,
    Binding,
    Entry,
    Inventory,
    Token,
    Unit,
)

UNIT = Unit("FGT-A", "FGT60FTK20012345", "FortiGate-60F", "7.4.8", "2795", "none", ("root",), "netops", run="here:1")
SERIAL = "FTK200BAA0000001"
ENTRY = Entry(SERIAL, "root", (("comments", ("front desk",)),))
BINDING = Binding(SERIAL, USER, "jdoe", "root", "fortitoken", "enable")


def journal() -> Journal:
    made = Journal(UNIT.serial, UNIT.hostname)
    made.add([ENTRY], [BINDING])
    made.activations[SERIAL] = 1000.0
    return made


def test_it_comes_back_as_it_was_written_and_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "fgt.json"
    _journal.save(str(path), journal())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert _journal.load(str(path), UNIT.serial, UNIT.hostname) == journal()
    assert [name for name in os.listdir(path.parent) if name != "fgt.json"] == []


def test_what_was_written_first_stays() -> None:
    made = journal()
    made.add([Entry(SERIAL, "root")], [Binding(SERIAL, USER, "jdoe", "root", "fortitoken", "disable")])
    assert made.entries[SERIAL] == ENTRY
    assert made.bindings["root", "jdoe"].status == "enable"


def test_the_journal_of_another_unit_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "fgt.json")
    _journal.save(path, journal())
    with pytest.raises(JournalError, match="belongs to unit FGT60FTK20012345"):
        _journal.load(path, "FGT60FTK99999999", "FGT-B")


@given(
    st.binary(max_size=80)
    | st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)).map(
        lambda x: json.dumps(x).encode()
    )
)
def test_whatever_else_is_in_the_file_is_refused_with_an_explanation(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("j") / "fgt.json"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="move the file away"):
        _journal.load(str(path), UNIT.serial, UNIT.hostname)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fgt.json"
    path.write_text(json.dumps({**journal().as_dict(), "version": 2}))
    with pytest.raises(JournalError, match="version 2"):
        _journal.load(str(path), UNIT.serial, UNIT.hostname)


def test_a_failed_write_says_so_and_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "fgt.json"
    _journal.save(str(path), journal())
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be written"):
        _journal.save(str(tmp_path / "file" / "fgt.json"), journal())
    assert _journal.load(str(path), UNIT.serial, UNIT.hostname) == journal()


def test_no_path_is_no_journal() -> None:
    _journal.save("", journal())
    assert _journal.load("", UNIT.serial, UNIT.hostname).empty


def test_a_closed_journal_is_not_found_again(tmp_path: Path) -> None:
    path = str(tmp_path / "fgt.json")
    _journal.save(path, journal())
    _journal.close(path, journal())
    assert _journal.load(path, UNIT.serial, UNIT.hostname).empty
    assert os.path.exists(f"{path}.closed")
    assert not os.path.exists(path)


def test_debugging_stays_noted_until_it_is_off(tmp_path: Path) -> None:
    path = str(tmp_path / "fgt.json")
    _journal.note_debug(path, UNIT, on=True)
    made = _journal.load(path, UNIT.serial, UNIT.hostname)
    made.add([ENTRY], [])
    _journal.save(path, made)
    _journal.close(path, made)
    assert _journal.load(path, UNIT.serial, UNIT.hostname) == Journal(
        UNIT.serial, UNIT.hostname, debug=True, owner=UNIT.run
    )
    _journal.note_debug(path, UNIT, on=False)
    assert not os.path.exists(path)
    assert ENTRY.serial in Path(f"{path}.closed").read_text()


def seen(*tokens: Token, status: str = "disable", fortitoken: str = "") -> Inventory:
    user = Account(USER, "jdoe", "root", status, "fortitoken" if fortitoken else "disable", fortitoken)
    return Inventory(UNIT, tokens, (user,))


def test_a_deleted_token_is_still_known_with_who_held_it() -> None:
    token = _journal.overlay(seen(), journal()).by_serial()[SERIAL]
    assert (token.journal, token.present, token.comments) == ("deleted", "journal", "front desk")
    assert token.bindings == (BINDING,)


def test_a_token_that_lost_its_user_on_the_way_still_has_the_user_with_the_old_status() -> None:
    there = Token(SERIAL, "root", True, True, "active", 0, True)
    assert _journal.overlay(seen(there), journal()).by_serial()[SERIAL].bindings == (BINDING,)


def test_only_a_recent_activation_counts_as_under_way() -> None:
    there = Token(SERIAL, "root", True, True, "new", 0, False)
    made = journal()
    assert made.asked_recently(60, now=1030.0) == {SERIAL}
    assert made.asked_recently(60, now=1061.0) == frozenset()
    assert _journal.overlay(seen(there), made, frozenset({SERIAL})).by_serial()[SERIAL].journal == "asked"
    assert _journal.overlay(seen(there), made).by_serial()[SERIAL].journal == ""


def test_a_user_who_was_deleted_meanwhile_is_not_claimed_to_hold_it() -> None:
    assert _journal.overlay(Inventory(UNIT, (), ()), journal()).by_serial()[SERIAL].bindings == ()


def test_a_run_that_still_lives_keeps_its_journal_and_one_that_is_gone_does_not() -> None:
    mine = f"here:{os.getpid()}"
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    other = Journal(UNIT.serial, UNIT.hostname, owner=f"here:{child.pid}")
    with pytest.raises(JournalError, match=f"process {child.pid}"):
        _journal.take_over("fgt.json", other, mine)
    assert other.owner == f"here:{child.pid}"
    child.communicate(b"\n")
    _journal.take_over("fgt.json", other, mine)
    assert other.owner == mine
    _journal.take_over("fgt.json", other, mine)
    elsewhere = Journal(UNIT.serial, UNIT.hostname, owner=f"there:{os.getpid()}")
    _journal.take_over("fgt.json", elsewhere, "here:1")
    assert elsewhere.owner == "here:1"
