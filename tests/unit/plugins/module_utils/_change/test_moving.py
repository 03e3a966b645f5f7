# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving users to other tokens on a unit that refuses lines, or that somebody else changes meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal as _journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.activate import Activation
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.moving import Moving, move
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.replacements import Evidence, Move, TokenMap
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.restore import restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.waves import sizes
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy
from tests.unit.plugins.module_utils._change.fake_console import NEW, OLD, FakeConsole, Step

ONE, TWO, FIRST, SECOND = "FTKMOBOLD0000001", "FTKMOBOLD0000002", "FTKMOBNEW0000001", "FTKMOBNEW0000002"
BOTH = pytest.mark.parametrize("version", [NEW, OLD], ids=["transactions", "no-transactions"])
IN_USE = "The entry is used by other 1 entries\n\nCommand fail. Return code -23"


def console(version: str = NEW) -> FakeConsole:
    made = FakeConsole(version)
    for serial in (ONE, TWO):
        made.token(serial, "locked", seed=False, license="EFTM000000000001")
    for serial in (FIRST, SECOND):
        made.token(serial, "new", seed=False, license="EFTM000000000002")
    made.user("alice", ONE, email_to='"a@example.com"', username_sensitivity="disable")
    made.user("bob", TWO, email_to='"b@example.com"', status="disable")
    return made


MOVES = (
    Move("root", "alice", ONE, ONE, FIRST, "enable"),
    Move("root", "bob", TWO, TWO, SECOND, "disable"),
)


def holds(unit: FakeConsole, name: str) -> tuple[str, str]:
    entry = unit.entry(name)
    assert entry["two-factor"] == "fortitoken"
    return entry["fortitoken"].strip('"'), entry.get("status", "enable")


@BOTH
def test_users_get_their_new_token_with_all_they_had_and_are_enabled_if_they_were(version: str, tmp_path: Path) -> None:
    unit = console(version)
    path = tmp_path / "fgt.json"
    work = unit.work(str(path))
    moved, stay, inventory = move(work, MOVES, work.found)
    assert (moved, stay) == (list(MOVES), {})
    assert (holds(unit, "alice"), holds(unit, "bob")) == ((FIRST, "enable"), (SECOND, "disable"))
    assert unit.entry("alice")["username-sensitivity"] == "disable"
    assert inventory.users()["root", "alice"].fortitoken == FIRST
    # Nobody is without second factor, nothing is deleted, and nothing is left to be finished.
    assert not [line for line in unit.sent if line.startswith(("unset", "delete"))]
    assert work.journal.empty and work.journal.moves == {} and unit.cleanups == {}


@BOTH
def test_the_journal_is_written_before_the_first_changing_line(version: str, tmp_path: Path) -> None:
    unit = console(version)
    path = str(tmp_path / "fgt.json")
    seen: list[dict[tuple[str, str], str]] = []

    def look() -> None:
        known = _journal.read(path)
        seen.append(known.moves if known else {})

    unit.script.append(Step("^set status disable", act=look))
    work = unit.work(path)
    move(work, MOVES, work.found)
    assert seen == [{("root", "alice"): ONE, ("root", "bob"): TWO}]


@BOTH
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda unit: unit.state.users["root", "alice"].update({"fortitoken": f'"{SECOND}"'}), "user alice"),
        (lambda unit: unit.state.users["root", "alice"].update({"two-factor": "email"}), "user alice"),
        (lambda unit: unit.state.statuses.update({("root", FIRST): "provisioned"}), "status"),
        (lambda unit: unit.state.statuses.update({("root", ONE): "provisioned"}), "status"),
        (lambda unit: unit.user("eve", FIRST), "users"),
    ],
)
def test_who_is_not_as_planned_directly_before_is_left_alone(version: str, change: object, words: str) -> None:
    unit = console(version)
    work = unit.work()
    change(unit)  # type: ignore[operator]
    before = dict(unit.entry("alice"))
    moved, stay, _inventory = move(work, MOVES, work.found)
    assert unit.entry("alice") == before
    assert words in stay["root", "alice"] and ("root", "alice") not in {each.key for each in moved}
    assert work.journal.empty


@BOTH
def test_a_unit_that_lost_its_token_server_is_not_changed(version: str) -> None:
    unit = console(version)
    work = unit.work()
    unit.server = "unreachable"
    moved, stay, _inventory = move(work, MOVES, work.found)
    assert moved == [] and all("token server" in why for why in stay.values()) and len(stay) == 2
    assert holds(unit, "alice") == (ONE, "enable")


@BOTH
def test_who_is_refused_keeps_what_they_had_and_the_others_go_on(version: str) -> None:
    unit = console(version)
    unit.script.append(Step(f'^set fortitoken "{FIRST}"', text=IN_USE))
    work = unit.work()
    moved, stay, _inventory = move(work, MOVES, work.found)
    assert [each.name for each in moved] == ["bob"] and "refused" in stay["root", "alice"]
    assert (holds(unit, "alice"), holds(unit, "bob")) == ((ONE, "enable"), (SECOND, "disable"))
    assert work.journal.empty


def test_a_user_whom_a_refused_edit_has_disabled_is_enabled_with_the_old_token() -> None:
    """Whether a unit keeps the lines of an edit before the one that it refuses is not documented."""
    unit = console(OLD)

    def keep() -> None:
        unit.entry("alice")["status"] = "disable"

    unit.script.append(Step(f'^set fortitoken "{FIRST}"', text=IN_USE, act=keep))
    work = unit.work()
    _moved, stay, _inventory = move(work, MOVES[:1], work.found)
    assert ("root", "alice") in stay and holds(unit, "alice") == (ONE, "enable")


@BOTH
def test_a_user_of_a_baseline_without_any_token_gets_one(version: str) -> None:
    unit = console(version)
    unit.user("carl")
    work = unit.work()
    moved, _stay, _inventory = move(work, [Move("root", "carl", "FTKMOBGONE000001", "", FIRST, "enable")], work.found)
    assert len(moved) == 1 and holds(unit, "carl") == (FIRST, "enable")


def interrupted(unit: FakeConsole, *keys: tuple[str, str]) -> Work:
    """Work that begins with the journal of a run that was cut."""
    work = unit.work()
    users = work.found.users()
    work.journal.add((), [each.binding for each in MOVES], users, {each.key: each.held for each in MOVES})
    return work


def test_an_interrupted_move_is_finished_where_it_has_taken_effect_and_forgotten_where_not() -> None:
    unit = console()
    unit.entry("alice").update({"fortitoken": f'"{FIRST}"', "status": "disable"})
    work = interrupted(unit)
    assert work.journal.without_whole(work.found).moves == {("root", "alice"): ONE}
    assert work.journal.serials == {ONE, TWO, FIRST, SECOND}
    activation = Activation(work, Policy(), 1.0, sleep=lambda _seconds: None)
    activation.begin(work.found)
    assert (holds(unit, "alice"), holds(unit, "bob")) == ((FIRST, "enable"), (TWO, "disable"))
    assert activation.actions == {FIRST: "assigned", ONE: "unassigned"} and work.journal.empty


def test_a_user_who_was_given_a_third_token_meanwhile_is_not_touched() -> None:
    unit = console()
    third = "FTKMOBTHIRD00001"
    unit.token(third, "new", seed=False)
    work = interrupted(unit)
    unit.entry("alice")["fortitoken"] = f'"{third}"'
    inventory, reasons = restore(work, work.reread(), (), [MOVES[0].binding])
    assert reasons == {} and inventory.users()["root", "alice"].fortitoken == third
    assert unit.changing() == []


class Bench:
    """Moves on a unit whose new tokens answer as told while the run waits."""

    def __init__(self, unit: FakeConsole, waves: list[str], **answers: str) -> None:
        self.unit, self.answers = unit, answers
        work = unit.work()
        activation = Activation(work, Policy(login="netops"), 1.0, sleep=self.sleep)
        self.told: list[str] = []
        self.moving = Moving(
            work, activation, TokenMap(auto=True), Evidence(), sizes(waves), 0.1, tell=self.told.append
        )
        unit.script.append(Step("^set fortitoken", act=self.provision, times=99))

    def provision(self) -> None:
        for serial in (FIRST, SECOND):
            self.unit.state.statuses["root", serial] = self.answers.get(serial, "provisioning")

    def sleep(self, _seconds: float) -> None:
        """Nothing happens by itself."""


def test_moves_go_in_waves_and_stop_where_a_new_token_does_not_work() -> None:
    unit = console(OLD)
    bench = Bench(unit, ["1"], **{FIRST: "locked"})
    moving = bench.moving
    inventory = moving.run(moving.work.found, first=3)
    assert [wave.as_dict() for wave in moving.waves] == [
        {"number": 3, "serials": [ONE], "requested": [FIRST], "failed": [FIRST]}
    ]
    assert moving.stopped == "1 of 1 users did not get a token that works" and moving.untouched == [TWO]
    assert [(row["name"], row["new"], row["cause"]) for row in moving.rows()] == [
        ("alice", FIRST, ""),
        ("bob", "", "not_begun"),
    ]
    # Somebody enabled stays enabled, and is asked for a code all the same.
    assert (holds(unit, "alice"), holds(unit, "bob")) == ((FIRST, "enable"), (TWO, "disable"))
    assert inventory.users()["root", "bob"].fortitoken == TWO


def test_a_run_does_not_wait_for_people_and_says_what_it_would_do() -> None:
    unit = console(OLD)
    bench = Bench(unit, [])
    moving = bench.moving
    lines = [line for batch in moving.planned(moving.work.found) for line in batch.lines]
    assert lines.count("set status disable") == 2 and lines.count("set status enable") == 1
    assert moving.rows(moving.work.found)[0] == {
        **{"name": "alice", "vdom": "root", "old": ONE, "new": FIRST},
        **{"cause": "", "reason": ""},
    }
    moving.activation.clock = iter(range(0, 1000, 30)).__next__  # type: ignore[assignment]
    moving.run(moving.work.found)
    assert moving.stopped == "" and moving.waves[0].failed == []
    assert moving.activation.actions == {
        FIRST: "assigned",
        SECOND: "assigned",
        ONE: "unassigned",
        TWO: "unassigned",
    }


def test_only_who_was_enabled_would_be_enabled() -> None:
    unit = console(OLD)
    moving = Bench(unit, []).moving
    enabled = [
        line
        for batch in moving.planned(moving.work.found)
        if "set status enable" in batch.lines
        for line in batch.lines
    ]
    assert [line for line in enabled if line.startswith(("edit", "set fortitoken"))] == [
        'edit "alice"',
        f'set fortitoken "{FIRST}"',
    ]


def test_each_wave_is_told_with_its_users() -> None:
    for waves, told in (
        (["1"], ["moving users, wave 1 of 2: 1 user", "moving users, wave 2 of 2: 1 user"]),
        ([], ["moving users, wave 1 of 1: 2 users"]),
    ):
        bench = Bench(console(OLD), waves)
        bench.moving.activation.clock = iter(range(0, 1000, 30)).__next__  # type: ignore[assignment]
        bench.moving.run(bench.moving.work.found)
        assert [text for text in bench.told if text.startswith("moving")] == told


def test_what_a_transaction_would_commit_and_does_not_show_moves_nobody() -> None:
    unit = console()
    work = unit.work()
    before = dict(unit.entry("alice"))
    unreadable = Step("^get system status", text="hm", times=0)
    unit.script += [unreadable, Step("^set fortitoken", act=lambda: setattr(unreadable, "times", 1), times=99)]
    moved, stay, _inventory = move(work, MOVES, work.found)
    assert moved == [] and stay == dict.fromkeys(
        (("root", "alice"), ("root", "bob")), "what the transaction would commit could not be read back"
    )
    assert unit.entry("alice") == before and "execute config-transaction commit" not in unit.sent


def test_a_token_that_is_spent_while_the_transaction_is_open_is_given_to_nobody() -> None:
    unit = console()
    work = unit.work()
    spend = Step(f'^set fortitoken "{FIRST}"', act=lambda: unit.state.statuses.update({("root", FIRST): "locked"}))
    unit.script.append(spend)
    moved, stay, _inventory = move(work, MOVES, work.found)
    assert [each.name for each in moved] == ["bob"] and "status" in stay["root", "alice"]
    assert holds(unit, "alice") == (ONE, "enable")
