# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal on disk, and how it changes what triage sees."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal as _journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal import Journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import JournalError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
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
    assert _journal.load(str(path), UNIT) == journal()
    assert [each.name for each in path.parent.iterdir()] == ["fgt.json"]


def test_a_journal_of_release_1_0_0_is_read() -> None:
    old = {**journal().as_dict(), "version": 1, "purged": [SERIAL]}
    del old["users"]
    assert _journal.from_dict(old) == journal()


def test_the_settings_of_a_user_are_kept_with_the_user() -> None:
    account = Account(USER, "jdoe", "root", "enable", "fortitoken", SERIAL, settings=(("email-to", ("a@b.example",)),))
    made = Journal(UNIT.serial, UNIT.hostname)
    made.add([ENTRY], [BINDING], {("root", "jdoe"): account})
    later = replace(account, settings=())
    made.add([ENTRY], [BINDING], {("root", "jdoe"): later})
    assert _journal.from_dict(made.as_dict()) == made
    assert made.users == {("root", "jdoe"): account.settings}
    # Bound and enabled again, and still without an attribute: that is not whole.
    token = Token(SERIAL, "root", configured=True, settings=ENTRY.settings)
    left = made.without_whole(Inventory(UNIT, (token,), (later,)))
    assert list(left.bindings) == list(left.users) == [("root", "jdoe")] and not left.entries
    whole = made.without_whole(Inventory(UNIT, (token,), (account,)))
    assert not whole.bindings and not whole.users


def test_what_was_left_alone_is_forgotten_with_its_users() -> None:
    made = journal()
    made.users["root", "jdoe"] = (("type", ("password",)),)
    made.forget({"FTK200BAA0000009"})
    assert SERIAL in made.entries and made.users
    made.forget({SERIAL})
    assert not made.entries and not made.bindings and not made.users


def test_the_members_of_a_cluster_are_kept_and_one_of_them_is_enough(tmp_path: Path) -> None:
    path = str(tmp_path / "fgt.json")
    first, second, third = (f"FG100FEXAMPLE00{number}" for number in (1, 2, 3))
    made = _journal.load(path, replace(UNIT, serial=first, ha_members=(first, second)))
    made.add([ENTRY], [BINDING])
    _journal.save(path, made)
    # The other member answers alone; then one that was replaced is known to it.
    assert set(_journal.load(path, replace(UNIT, serial=second)).members) == {first, second}
    assert set(_journal.load(path, replace(UNIT, serial=third, ha_members=(third, second))).members) == {
        first,
        second,
        third,
    }
    with pytest.raises(JournalError, match="belongs to unit"):
        _journal.load(path, replace(UNIT, serial=third, ha_members=(third,)))


def test_what_was_written_first_stays() -> None:
    made = journal()
    made.add([Entry(SERIAL, "root")], [Binding(SERIAL, USER, "jdoe", "root", "fortitoken", "disable")])
    assert made.entries[SERIAL] == ENTRY
    assert made.bindings["root", "jdoe"].status == "enable"


def test_the_journal_of_another_unit_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "fgt.json")
    _journal.save(path, journal())
    with pytest.raises(JournalError, match="belongs to unit FGT60FTK20012345"):
        _journal.load(path, replace(UNIT, serial="FGT60FTK99999999", hostname="FGT-B"))


@settings(deadline=None)
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
        _journal.load(str(path), UNIT)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fgt.json"
    path.write_text(json.dumps({**journal().as_dict(), "version": 3}))
    with pytest.raises(JournalError, match="version 3"):
        _journal.load(str(path), UNIT)


def test_a_failed_write_says_so_and_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "fgt.json"
    _journal.save(str(path), journal())
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be written"):
        _journal.save(str(tmp_path / "file" / "fgt.json"), journal())
    assert _journal.load(str(path), UNIT) == journal()


def test_no_path_is_no_journal() -> None:
    _journal.save("", journal())
    assert _journal.load("", UNIT).empty


def test_a_closed_journal_is_not_found_again(tmp_path: Path) -> None:
    path = str(tmp_path / "fgt.json")
    _journal.save(path, journal())
    _journal.keep(path, journal())
    _journal.close(path, journal())
    assert _journal.load(path, UNIT).empty
    assert ENTRY.serial in Path(f"{path}.closed").read_text()
    assert not Path(path).exists()


def test_after_a_failover_another_member_of_the_cluster_finishes_the_work(tmp_path: Path) -> None:
    path = str(tmp_path / "fgt.json")
    first, second = "FG100FEXAMPLE001", "FG100FEXAMPLE002"
    primary = replace(UNIT, serial=first, ha_members=(first, second))
    made = _journal.load(path, primary)
    made.add([ENTRY], [BINDING])
    _journal.save(path, made)
    # Who belongs to the cluster is known of the journal, or of the unit.
    assert not _journal.load(path, replace(UNIT, serial=second)).empty
    _journal.save(path, replace(made, members=()))
    assert not _journal.load(path, replace(UNIT, serial=second, ha_members=(first, second))).empty
    with pytest.raises(JournalError, match="belongs to unit"):
        _journal.load(path, replace(UNIT, serial="FG100FSTRANGER01", ha_members=("FG100FSTRANGER01",)))


def _there(settings: bool = True) -> Token:
    return Token(SERIAL, "root", True, True, "active", 0, True, settings=ENTRY.settings if settings else ())


@pytest.mark.parametrize(
    ("status", "now", "holds", "left"),
    [
        ("enable", "enable", True, False),
        # Between giving the token back and enabling its user.
        ("enable", "disable", True, True),
        ("enable", "enable", False, True),
        ("disable", "disable", True, False),
        # An administrator has enabled the user since, who had the token all the time.
        ("disable", "enable", True, False),
        ("disable", "disable", False, True),
    ],
)
def test_a_binding_leaves_the_journal_once_the_unit_shows_it_as_it_was(
    status: str, now: str, holds: bool, left: bool
) -> None:
    made = Journal(UNIT.serial, UNIT.hostname)
    made.add([ENTRY], [replace(BINDING, status=status)])
    made.activations[SERIAL] = 1000.0
    after = made.without_whole(seen(_there(), status=now, fortitoken=SERIAL if holds else ""))
    assert (set(after.bindings), after.entries) == ({("root", "jdoe")} if left else set(), {})
    assert after.activations == made.activations


def test_an_entry_stays_in_the_journal_while_it_is_gone_or_lacks_its_settings() -> None:
    for inventory in (seen(), seen(_there(settings=False))):
        assert journal().without_whole(inventory).entries == {SERIAL: ENTRY}


def test_debugging_stays_noted_until_it_is_off(tmp_path: Path) -> None:
    path = str(tmp_path / "fgt.json")
    _journal.note_debug(path, UNIT, on=True)
    made = _journal.load(path, UNIT)
    made.add([ENTRY], [])
    _journal.save(path, made)
    _journal.close(path, made)
    assert _journal.load(path, UNIT) == Journal(UNIT.serial, UNIT.hostname, debug=True, owner=UNIT.run)
    _journal.note_debug(path, UNIT, on=False)
    assert not Path(path).exists()


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


def test_an_activation_of_exactly_that_age_is_no_longer_recent() -> None:
    made = journal()
    made.activations[SERIAL] = 900.0
    assert made.asked_recently(100.0, 999.0) == {SERIAL}
    assert made.asked_recently(100.0, 1000.0) == frozenset()


def test_only_what_holds_something_is_kept_for_people(tmp_path: Path) -> None:
    path = str(tmp_path / "fgt.json")
    _journal.keep(path, Journal(UNIT.serial, UNIT.hostname))
    assert list(tmp_path.iterdir()) == []
    _journal.keep("", journal())
    assert not Path(".closed").exists()
    _journal.keep(path, journal())
    assert [file.name for file in tmp_path.iterdir()] == ["fgt.json.closed"]


def test_a_journal_says_which_version_it_is() -> None:
    assert journal().as_dict()["version"] == 2


def test_which_token_a_user_had_before_a_move_is_kept_with_the_user(tmp_path: Path) -> None:
    old, new = "FTKMOBEXAMPLE001", "FTKMOBEXAMPLE002"
    made = Journal(UNIT.serial, UNIT.hostname)
    key = ("root", "jdoe")
    made.add((), [replace(BINDING, serial=new)], {}, {key: old})
    # What an earlier run wrote down is the older truth.
    made.add((), [replace(BINDING, serial=new)], {}, {key: new})
    assert made.moves == {key: old} and made.serials == {old, new}
    path = str(tmp_path / "fgt.json")
    _journal.save(path, made)
    assert _journal.load(path, UNIT) == made
    account = Account(USER, "jdoe", "root", "enable", "fortitoken", old)
    tokens = (Token(old, "root", configured=True), Token(new, "root", configured=True))
    # Not begun, begun, done.
    for held, status, left in ((old, "enable", {}), (new, "disable", {key: old}), (new, "enable", {})):
        now = replace(account, fortitoken=held, status=status)
        assert made.without_whole(Inventory(UNIT, tokens, (now,))).moves == left
    made.forget({new})
    assert made.moves == {} and made.empty


def test_a_journal_from_before_moves_is_read_and_a_damaged_move_is_refused() -> None:
    older = journal().as_dict()
    del older["moves"]
    assert _journal.from_dict(older).moves == {}
    bad = {**journal().as_dict(), "moves": [{"vdom": "root", "name": "jdoe", "serial": "x; reboot"}]}
    with pytest.raises(JournalError, match="damaged"):
        _journal.from_dict(bad)
