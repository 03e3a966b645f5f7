# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waves on a unit with a FortiGuard behind it that refuses, falls silent, or goes away between two waves."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import claims as _claims
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.activate import Activation
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.claims import Claims
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.remediate import (
    ACTIVATION,
    BINDING,
    IN_PLACE,
    RELEASE,
    UNIT,
    Remediation,
    Rules,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.waves import sizes
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Entry
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy, Spent
from tests.unit.plugins.module_utils._change.fake_console import DEAD, FakeConsole, Step, deleted

#: The day of the tests.
TODAY, SINCE = 1_764_057_600.0, "2025-11-25T08:00:00Z"


def serial(number: int) -> str:
    return f"FTK200MADEUP{number:04d}"


def unit(count: int, unassigned: Collection[int] = (), **token: Any) -> FakeConsole:
    made = FakeConsole()
    for number in range(1, count + 1):
        made.token(serial(number), **token)
        if number not in unassigned:
            made.user(f"user{number}", serial(number))
    return made


class Bench:
    """A remediation, and the answers of FortiGuard, which come while it sleeps."""

    def __init__(self, console: FakeConsole, released: Collection[int] = (), journal: str = "", **more: Any) -> None:
        self.console = console
        self.released = {serial(number) for number in released}
        self.silent: set[str] = set()
        self.refusal = DEAD
        self.now = 0.0
        #: Called after each sleep.
        self.meanwhile: Callable[[], None] = lambda: None
        self.told: list[str] = []
        work = console.work(journal, save=more.pop("save", False))
        if "cfg_save" in more:
            work.found = replace(work.found, unit=replace(work.found.unit, cfg_save=more.pop("cfg_save")))
            work.known = work.found
        spent = more.pop("spent", {})
        policy = Policy(lock_released=frozenset(more.pop("claim", ("all",))), login="netops", spent=spent)
        activation = Activation(work, policy, 30.0, clock=lambda: self.now, today=lambda: TODAY, sleep=self.sleep)
        rules = Rules(sizes(more.pop("waves", ["1", "20"])), more.pop("allowed", 0.1), **more)
        claims = Claims(console.serial, spent=dict(spent))
        self.remediation = Remediation(work, activation, claims, rules, tell=self.told.append)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for name in self.console.activated:
            key = ("root", name)
            if name in self.silent or key not in self.console.state.tokens:
                continue
            self.console.state.statuses[key] = "active" if name in self.released else self.refusal
            if name in self.released:
                self.console.state.tokens[key]["seed"] = "ENC <redacted>"
        self.meanwhile()

    def run(self, count: int) -> Remediation:
        self.remediation.run([serial(number) for number in range(1, count + 1)])
        return self.remediation


def enabled(console: FakeConsole) -> set[str]:
    return {name for (_vdom, name), entry in console.state.users.items() if entry.get("status") != "disable"}


def test_all_waves_are_done_and_everybody_has_their_token_back() -> None:
    console = unit(4, unassigned=[3])
    bench = Bench(console, released=range(1, 5), waves=["1", "2"])
    done = bench.run(4)
    assert [wave.serials for wave in done.waves] == [[serial(3)], [serial(1), serial(2)], [serial(4)]]
    assert done.purged == [serial(number) for number in (3, 1, 2, 4)] == console.activated
    assert enabled(console) == {"user1", "user2", "user4"}
    assert (done.stopped, done.claims.spent, done.messages()) == ("", {}, {})
    assert "wave 2 of 3: 2 tokens" in bench.told


def test_a_false_claim_costs_the_first_wave_and_is_spent_for_every_token_that_rests_on_it(tmp_path: Path) -> None:
    journal = str(tmp_path / "fgt.json")
    console = unit(5, unassigned=[5])
    # Only four of them are to be repaired; the claim says `all`.
    done = Bench(console, journal=journal).run(4)
    assert deleted(console.sent) == [serial(1)] == console.activated
    assert f"did not take effect for {serial(1)} (status: {DEAD})" in done.stopped
    assert done.cause == RELEASE
    assert done.untouched == [serial(number) for number in (2, 3, 4)]
    assert set(done.messages()) == set(done.untouched)
    assert done.claims.spent[serial(1)] == Spent(SINCE, DEAD)
    assert {done.claims.spent[serial(number)].because for number in (2, 3, 4, 5)} == {serial(1)}
    assert len(json.loads(Path(_claims.path_of(journal)).read_text())["refused"]) == 5
    again = Bench(console, journal=journal, spent=done.claims.spent)
    assert again.run(4).waves == [] and again.remediation.work.commands == []


def test_an_answer_that_does_not_come_stops_the_waves_and_is_no_refusal() -> None:
    console = unit(2)
    bench = Bench(console, released=[1, 2])
    bench.silent = {serial(1)}
    done = bench.run(2)
    assert deleted(console.sent) == [serial(1)]
    assert done.stopped.endswith(f"{serial(1)} could not be activated (status: new)")
    assert (done.claims.spent, done.untouched) == ({}, [serial(2)])
    assert list(done.work.journal.activations) == [serial(1)]


@pytest.mark.parametrize(("allowed", "waves"), [(0.5, 3), (0.4, 2)])
def test_the_share_that_may_fail_decides(allowed: float, waves: int) -> None:
    done = Bench(unit(4), released=[1, 2, 4], waves=["1", "2"], allowed=allowed).run(4)
    assert (len(done.waves), bool(done.stopped)) == (waves, waves == 2)
    assert done.waves[1].failed == [serial(3)]
    assert done.claims.spent[serial(3)] == Spent(SINCE, DEAD)


def go_away(console: FakeConsole) -> None:
    console.server = "unreachable"


def fail_over(console: FakeConsole) -> None:
    console.ha = "a-p, backup"


@pytest.mark.parametrize("change", [go_away, fail_over])
@pytest.mark.parametrize("seed", [True, False], ids=["deletion", "activation"])
def test_nothing_more_is_requested_when_the_unit_changes_between_two_waves(
    change: Callable[[FakeConsole], None], seed: bool
) -> None:
    console = unit(3, seed=seed, status=DEAD if seed else "new")
    bench = Bench(console, released=range(1, 4))

    def meanwhile() -> None:
        change(console)

    bench.meanwhile = meanwhile
    done = bench.run(3)
    assert console.activated == [serial(1)]
    assert {("root", serial(2)), ("root", serial(3))} <= console.state.tokens.keys()
    assert "user2" in enabled(console) and "user3" in enabled(console)
    assert (done.cause, "the unit has changed" in done.stopped) == (UNIT, True)
    assert done.claims.spent == {}


def test_an_error_of_a_unit_that_lost_its_token_server_contradicts_no_claim() -> None:
    console = unit(2)
    bench = Bench(console)
    bench.refusal = "activation error (token not exist in FortiGuard)"
    bench.meanwhile = lambda: go_away(console)
    done = bench.run(2)
    assert console.activated == [serial(1)] and done.waves[0].failed == [serial(1)]
    assert (done.cause, done.claims.spent) == (UNIT, {})
    # The same words of a unit that reaches Fortinet are an answer.
    answered = Bench(unit(2))
    answered.refusal = bench.refusal
    assert set(answered.run(2).claims.spent) == {serial(1), serial(2)}


def test_a_token_that_somebody_deletes_before_its_wave_is_left_out_and_told() -> None:
    console = unit(3)
    bench = Bench(console, released=[1, 2, 3])

    def meanwhile() -> None:
        console.state.tokens.pop(("root", serial(2)), None)
        console.state.statuses.pop(("root", serial(2)), None)
        console.state.users.pop(("root", "user2"), None)

    bench.meanwhile = meanwhile
    done = bench.run(3)
    assert console.activated == [serial(1), serial(3)]
    assert "it was deleted meanwhile" in done.messages()[serial(2)]
    assert {(d.serial, d.what) for d in done.work.differences} == {
        (serial(2), "seen in"),
        (serial(2), "user user2 (VDOM root)"),
    }


def test_a_token_that_somebody_else_repaired_before_the_request_is_left_alone() -> None:
    console = unit(2, seed=False, status="new")
    bench = Bench(console, released=[1, 2], waves=[])
    console.script.append(Step("^diagnose fortitoken info", act=lambda: console.repair(serial(2))))
    done = bench.run(2)
    assert console.activated == [serial(1)]
    assert "changed since it was read" in done.activation.refused[serial(2)]


def test_a_firmware_that_cannot_store_the_answer_costs_one_activation() -> None:
    console = unit(3, seed=False, status="new")
    bench = Bench(console, claim=())
    bench.refusal = "cmdb save error"
    done = bench.run(3)
    assert console.activated == [serial(1)]
    assert {spent.because for spent in done.claims.spent.values()} == {"", serial(1)}
    assert done.cause == ACTIVATION and "could not be activated (status: cmdb save error)" in done.stopped


def test_what_an_interrupted_run_deleted_is_finished_first_and_counts_as_a_wave() -> None:
    console = unit(2)
    bench = Bench(console)
    bench.remediation.work.journal.entries[serial(9)] = Entry(serial(9), "root")
    done = bench.run(2)
    assert console.activated == [serial(9)]
    assert [(wave.number, wave.failed) for wave in done.waves] == [(0, [serial(9)])]
    assert deleted(console.sent) == [] and done.untouched == [serial(1), serial(2)]


def test_what_an_interrupted_run_had_only_unbound_is_given_back_and_takes_its_turn() -> None:
    console = unit(2)
    bench = Bench(console, released=[1, 2])
    work = bench.remediation.work
    token = work.found.by_serial()[serial(1)]
    work.journal.add([token.entry()], token.users)
    console.entry("user1").update(status="disable")
    work.known = work.found = console.found()
    bench.remediation.inventory = work.found
    done = bench.run(2)
    assert [(wave.number, wave.requested) for wave in done.waves] == [(0, []), (1, [serial(1)]), (2, [serial(2)])]
    assert (done.stopped, enabled(console)) == ("", {"user1", "user2"})


def test_in_place_nobody_is_unbound_and_the_first_wave_decides() -> None:
    console = unit(3)
    done = Bench(console, released=range(1, 4), way=IN_PLACE).run(3)
    assert (deleted(console.sent), console.activated) == ([], [serial(number) for number in (1, 2, 3)])
    assert not [line for line in console.sent if line == "config user local"]
    console = unit(3)
    done = Bench(console, way=IN_PLACE).run(3)
    assert (console.activated, len(done.untouched)) == ([serial(1)], 2)


@pytest.mark.parametrize(("save", "due"), [(True, False), (False, True)])
def test_each_wave_is_saved_when_its_seeds_are_there_if_the_operator_wants_it(save: bool, due: bool) -> None:
    console = unit(2, seed=False, status="new")
    bench = Bench(console, released=[1, 2], save=save, cfg_save="revert")
    done = bench.run(2)
    assert done.save_due is due
    assert console.saved == (2 if save else 0)


def test_a_user_who_does_not_get_the_token_back_stops_the_waves() -> None:
    console = unit(2)
    console.script.append(Step("^set fortitoken", text="value parse error\nCommand fail. Return code -651", times=99))
    done = Bench(console, released=[1, 2]).run(2)
    assert deleted(console.sent) == [serial(1)]
    assert done.waves[0].failed == [serial(1)]
    assert done.cause == BINDING and "did not come back" in done.stopped and done.claims.spent == {}
    assert "user1" not in enabled(console) and "user2" in enabled(console)


def test_the_plan_of_check_mode_is_what_a_run_sends_when_every_wave_works() -> None:
    console = unit(3, unassigned=[2])
    serials = [serial(number) for number in range(1, 4)]
    planned, purged = Bench(console).remediation.planned(serials, [])
    assert (console.sent, purged) == ([], [serial(number) for number in (2, 1, 3)])
    done = Bench(console, released=range(1, 4)).run(3)
    assert [line for batch in planned for line in batch.lines] == done.work.commands
