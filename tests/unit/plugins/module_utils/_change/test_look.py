# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks: entry by entry where that pays, with listings where the unit refuses that, and never a wrong absence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.evidence import Touched
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.look import (
    ENTRIES_FOR_EACH,
    EVERYTHING,
    LISTING,
    Part,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import UnitError
from tests.unit.plugins.module_utils._change.fake_console import DEAD, FakeConsole, Step

ONE, TWO = "FTK200DEAD000001", "FTK200DEAD000002"
TOUCHED = Touched((("root", ONE),), (("root", "bob"),))


def big() -> tuple[FakeConsole, Work]:
    """A unit that is big enough to read entries one by one."""
    unit = FakeConsole()
    unit.token(ONE, comments="one")
    unit.user("bob", ONE)
    for number in range(2 * ENTRIES_FOR_EACH):
        unit.token(f"FTK200WELL{number:06d}", "active")
    return unit, unit.work()


def test_only_what_was_touched_is_read_again() -> None:
    unit, work = big()
    unit.repair(ONE)
    unit.entry("bob")["status"] = "disable"
    unit.repair("FTK200WELL000003")
    found = work.read_back(TOUCHED)
    assert unit.sent == [f"show user fortitoken {ONE}", 'show user local "bob"', f"diagnose fortitoken info {ONE}"]
    token = found.by_serial()[ONE]
    assert (token.status, token.comments, [b.status for b in token.bindings]) == ("active", "one", ["disable"])
    assert len(found.tokens) == 1 + 2 * ENTRIES_FOR_EACH


def test_a_unit_with_few_entries_is_read_as_a_whole() -> None:
    unit = FakeConsole()
    unit.token(ONE)
    unit.user("bob", ONE)
    work = unit.work()
    work.read_back(TOUCHED)
    assert unit.sent == ["show user fortitoken", "show user local", "diagnose fortitoken info"]


def test_an_entry_that_is_gone_is_gone_where_the_unit_has_shown_others() -> None:
    unit, work = big()
    work.read_back(TOUCHED)
    del unit.state.tokens[("root", ONE)], unit.state.statuses[("root", ONE)], unit.state.users[("root", "bob")]
    found = work.read_back(TOUCHED)
    assert ONE not in found.by_serial() and ("root", "bob") not in found.users()
    assert not any(line in ("show user fortitoken", "show user local") for line in unit.sent)


def test_where_single_entries_are_refused_the_listings_are_read_once_and_from_then_on() -> None:
    unit, work = big()
    unit.entries_answered = False
    assert work.read_back(TOUCHED).by_serial()[ONE].status == DEAD
    assert "show user fortitoken" in unit.sent
    unit.sent.clear()
    work.read_back(TOUCHED)
    assert unit.sent == ["show user fortitoken", "show user local", "diagnose fortitoken info"]


def test_where_the_status_of_one_token_is_refused_the_status_list_is_read() -> None:
    unit, work = big()
    unit.statuses_answered = False
    unit.repair(ONE)
    found = work.read_back(TOUCHED)
    assert found.by_serial()[ONE].status == "active" and found.unit.token_server == "reachable"
    unit.sent.clear()
    work.read_back(TOUCHED)
    assert unit.sent == [f"show user fortitoken {ONE}", 'show user local "bob"', "diagnose fortitoken info"]


def touched_many(unit: FakeConsole) -> Touched:
    """Four tokens with their users, on a unit with many."""
    serials = [f"FTK200WELL{number:06d}" for number in range(4)]
    for serial in serials:
        unit.user(serial.lower(), serial)
    for number in range(100, 100 + 16 * ENTRIES_FOR_EACH):
        unit.token(f"FTK200WELL{number:06d}", "active")
    return Touched(tuple(("root", s) for s in serials), tuple(("root", s.lower()) for s in serials))


def test_many_statuses_are_asked_one_by_one_once_the_unit_has_told_one() -> None:
    unit, _work = big()
    many = touched_many(unit)
    work = unit.work()
    before = work.read_back(many)
    asked = [line for line in unit.sent if line.startswith("diagnose")]
    assert asked == ["diagnose fortitoken info FTK200WELL000000", "diagnose fortitoken info"]
    unit.sent.clear()
    assert work.read_back(many) == before
    asked = [line for line in unit.sent if line.startswith("diagnose")]
    assert asked == [f"diagnose fortitoken info {serial}" for _vdom, serial in many.tokens]


def test_where_the_status_of_one_token_is_refused_a_look_at_many_is_not_lost() -> None:
    unit, _work = big()
    unit.statuses_answered = False
    many = touched_many(unit)
    work = unit.work()
    before = work.read_back(many)
    assert unit.sent.count("show user fortitoken FTK200WELL000000") == 1
    unit.sent.clear()
    assert work.read_back(many) == before
    assert [line for line in unit.sent if line.startswith("diagnose")] == ["diagnose fortitoken info"]


def test_entries_of_other_vdoms_make_no_listing_longer() -> None:
    unit, _work = big()
    for number in range(100, 100 + 16 * ENTRIES_FOR_EACH):
        unit.token(f"FTK200WELL{number:06d}", "active", vdom="branch")
    many = Touched(tuple(("root", f"FTK200WELL{number:06d}") for number in range(4)), ())
    work = unit.work()
    work.read_back(many)
    assert "show user fortitoken" in unit.sent


def test_a_status_without_the_server_behind_it_is_asked_for_in_the_list() -> None:
    unit, work = big()
    row = f"FORTITOKEN DRIFT STATUS\n{ONE} 0 {DEAD}\n"
    unit.script.append(Step(f"info {ONE}", row))
    assert work.read_back(TOUCHED).unit.token_server == "reachable"
    assert unit.sent[-1] == "diagnose fortitoken info"


def test_a_look_at_the_unit_reads_who_it_is_who_manages_it_and_its_role() -> None:
    unit, work = big()
    unit.fmg, unit.ha, unit.serial, unit.server = "192.0.2.9", "a-p, slave", "FGT60FTK29999999", "unreachable"
    found = work.read_back(TOUCHED, EVERYTHING).unit
    assert (found.managed, found.ha_role, found.serial, found.token_server) == (
        True,
        "secondary",
        "FGT60FTK29999999",
        "unreachable",
    )


def test_where_the_full_configuration_is_refused_the_short_form_tells_who_manages_the_unit() -> None:
    unit, work = big()
    unit.fmg = "192.0.2.9"
    unit.script.append(Step("^show full-configuration", "Unknown action 0", times=99))
    assert work.read_back(TOUCHED, EVERYTHING).unit.managed
    unit.script.append(Step("^show system central-management", "Unknown action 0", times=99))
    assert work.read_back(TOUCHED, EVERYTHING).unit.managed_by == "unknown"


def test_administrators_who_are_not_shown_any_more_are_not_taken_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    unit, work = big()
    unit.admins.clear()
    with pytest.raises(UnitError, match="no administrator"):
        work.read_back(TOUCHED, EVERYTHING)


def test_a_listing_that_is_refused_or_cut_is_an_error_after_several_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    unit, work = big()
    unit.script.append(Step("^show user local$", "Command fail. Return code -61", times=1))
    unit.script.append(Step("^show user local$", 'config user local\n    edit "bob"\n', times=1))
    work.reread()
    assert len(pauses) == 2
    unit.script.append(Step("^show user local$", "Command fail. Return code -61", times=99))
    with pytest.raises(UnitError, match="was refused"):
        work.reread()


def test_the_worse_word_about_the_server_is_believed() -> None:
    unit = FakeConsole()
    unit.vdoms = ("root", "branch")
    unit.token(ONE)
    unit.token(TWO, vdom="branch")
    work = unit.work()
    unit.script.append(
        Step("^diagnose fortitoken info", f"{ONE} 0 {DEAD}\nToken server status: unreachable\n", times=1)
    )
    assert work.reread().unit.token_server == "unreachable"


def test_the_answers_of_another_vdom_stay_apart() -> None:
    unit = FakeConsole()
    unit.vdoms = ("root", "branch")
    unit.token(ONE)
    unit.user("bob", ONE)
    unit.token(TWO, vdom="branch")
    unit.user("bob", TWO, vdom="branch")
    work = unit.work()
    found = work.read_back(Touched((("branch", TWO),), (("branch", "bob"),)), LISTING)
    assert {(t.vdom, t.serial) for t in found.tokens} == {("root", ONE), ("branch", TWO)}
    assert found.users()["root", "bob"].fortitoken == ONE
    assert len(unit.sent) == 3


def test_what_a_look_does_not_read_stays_as_it_was() -> None:
    unit, work = big()
    unit.repair(ONE)
    unit.entry("bob")["status"] = "disable"
    found = work.read_back(TOUCHED, Part.USERS)
    assert found.by_serial()[ONE].status == DEAD and found.users()["root", "bob"].status == "disable"
    assert found.unit == replace(work.found.unit)


def test_who_has_a_token_is_seen_from_the_users_and_administrators_that_were_read() -> None:
    unit, work = big()
    other = "FTK200WELL000003"
    unit.user("bob", other)
    unit.admins["boss"] = {"two-factor": "fortitoken", "fortitoken": f'"{ONE}"'}
    found = work.read_back(TOUCHED, EVERYTHING).by_serial()
    assert [binding.name for binding in found[ONE].bindings] == ["boss"]
    assert [binding.name for binding in found[other].bindings] == ["bob"]
    del unit.admins["boss"]
    unit.user("bob", ONE)
    found = work.read_back(TOUCHED, EVERYTHING).by_serial()
    assert [binding.name for binding in found[ONE].bindings] == ["bob"]
    assert found[other].bindings == ()
