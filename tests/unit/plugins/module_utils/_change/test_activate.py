# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activating: what is requested once, what is awaited, and what is said of a token that does not work."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.activate import HUMAN_SECONDS, Activation
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import USER, Binding, Entry
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy
from tests.unit.plugins.module_utils._change.fake_console import DEAD, FakeConsole, Step

ONE, TWO = "FTK200MADEUP0001", "FTK200MADEUP0002"
MOBILE = "FTKMOBMADEUP0001"
TODAY = 1_764_057_600.0
REFUSAL = "command parse error before 'x'\nCommand fail. Return code -61"


class Run:
    """An activation whose time passes while it sleeps; `answers`: serial -> what FortiGuard says after a request."""

    def __init__(
        self, console: FakeConsole, answers: dict[str, str] | None = None, timeout: float = 30.0, **policy: Any
    ):
        self.console = console
        self.answers = answers or {}
        self.now = 0.0
        self.work = console.work()
        self.activation = Activation(
            self.work,
            Policy(login="netops", **policy),
            timeout,
            clock=lambda: self.now,
            today=lambda: TODAY,
            sleep=self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for serial, status in self.answers.items():
            if ("root", serial) in self.console.state.statuses and serial in self.console.activated:
                self.console.state.statuses["root", serial] = status
                self.console.state.tokens["root", serial]["seed"] = "ENC <redacted>"

    def settle(self, *serials: str) -> dict[str, str]:
        inventory = self.activation.settle(self.work.found, serials)
        rows = self.activation.results(inventory, serials, findings(inventory, self.activation.policy), {})
        return {row.serial: row.action for row in rows}


def new(*serials: str) -> FakeConsole:
    console = FakeConsole()
    for number, serial in enumerate(serials):
        console.token(serial, "new", seed=False)
        console.user(f"user{number}", serial)
    return console


def test_an_activation_is_written_down_and_requested_once() -> None:
    run = Run(new(ONE), {ONE: "active"})
    assert run.settle(ONE) == {ONE: "activated"}
    assert run.console.activated == [ONE]
    assert run.work.journal.activations[ONE] == TODAY
    run.activation.settle(run.console.found(), [ONE])
    assert run.console.activated == [ONE]


def test_what_an_interrupted_run_has_requested_is_awaited_before_it_is_requested_again() -> None:
    run = Run(new(ONE), timeout=5.0)
    run.work.journal.activations[ONE] = TODAY - 1.0
    run.console.script.append(Step("^diagnose fortitoken info", act=lambda: run.console.repair(ONE), times=1))
    run.settle(ONE)
    assert run.console.activated == []


def test_what_is_not_asked_for_is_left_alone() -> None:
    run = Run(new(ONE, TWO), {ONE: "active"})
    run.settle(ONE)
    assert run.console.activated == [ONE]
    assert TWO not in run.activation.actions


def test_an_answer_that_does_not_come_ends_the_wait_at_the_time_limit() -> None:
    run = Run(new(ONE), timeout=7.0)
    run.settle(ONE)
    assert run.now == pytest.approx(7.0)
    assert run.activation.unanswered == {ONE}


def test_a_refused_line_names_the_tokens_in_it() -> None:
    run = Run(new(ONE))
    run.console.script.append(Step("^execute fortitoken activate", text=REFUSAL))
    run.settle(ONE)
    assert "the unit refused" in run.activation.refused[ONE]
    assert run.activation.unanswered == set()


@pytest.mark.parametrize(("bad", "gives_up"), [(3, False), (4, True)])
def test_a_few_odd_answers_do_not_end_the_wait(bad: int, gives_up: bool) -> None:
    run = Run(new(ONE), {ONE: "active"})
    # The first status listing behind the request is the first poll.
    run.console.script.append(
        Step("^execute fortitoken activate", act=lambda: run.console.script.append(odd)),
    )
    odd = Step("^diagnose fortitoken info$", text="something else", times=bad)
    if gives_up:
        with pytest.raises(UnitError):
            run.settle(ONE)
    else:
        assert run.settle(ONE) == {ONE: "activated"}
        assert run.activation.bad_polls == 0


def test_what_the_journal_names_comes_back_with_its_user() -> None:
    console = new(TWO)
    console.user("alice", status="disable")
    run = Run(console, {ONE: "active", TWO: "active"})
    run.work.journal.add([Entry(ONE, "root")], [Binding(ONE, USER, "alice", "root", "fortitoken", "enable")])
    run.settle(ONE)
    assert console.activated == [ONE]
    assert run.activation.actions == {ONE: "readded"}
    assert console.entry("alice")["fortitoken"] == f'"{ONE}"'
    assert console.entry("alice")["status"] == "enable"
    assert TWO not in run.activation.actions


def test_the_journal_stays_open_while_an_answer_is_awaited() -> None:
    run = Run(new(ONE, TWO), {ONE: "active"}, timeout=5.0)
    inventory = run.activation.settle(run.work.found, [ONE, TWO])
    run.activation.close(inventory)
    assert list(run.work.journal.activations) == [TWO]


@pytest.mark.parametrize(
    ("status", "failed"), [("active", []), ("", [ONE]), (DEAD, [ONE])], ids=["works", "no answer", "refused"]
)
def test_a_token_that_does_not_work_has_failed_and_says_why(status: str, failed: list[str]) -> None:
    run = Run(new(ONE), {ONE: status} if status else {}, timeout=60.0)
    inventory = run.activation.settle(run.work.found, [ONE])
    found = findings(inventory, run.activation.policy)
    assert run.activation.failed(found, [ONE]) == failed
    (row,) = run.activation.results(inventory, [ONE], found, {})
    assert bool(row.message) is bool(failed)


def test_a_token_that_the_unit_does_not_have_has_failed() -> None:
    run = Run(new(ONE))
    assert run.activation.failed({}, [TWO]) == [TWO]
    (row,) = run.activation.results(run.work.found, [TWO], {}, {})
    assert (row.status, row.settled, row.message) == (None, False, "The unit does not have it.")


def test_somebody_who_has_to_type_a_code_is_not_awaited_for_long() -> None:
    console = FakeConsole()
    console.token(MOBILE, "provisioning", seed=False)
    console.user("carol", MOBILE)
    run = Run(console, timeout=120.0)
    run.work.journal.activations[MOBILE] = TODAY - 1.0
    run.settle(MOBILE)
    assert run.now <= HUMAN_SECONDS
