# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One unit's changes: last looks, transactions, and saving."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.evidence import Touched
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import UnitError
from tests.unit.plugins.module_utils._change.fake_console import UNKNOWN, FakeConsole, Step

ONE, TWO, GONE = "FTK200NEW0000001", "FTK200NEW0000002", "FTK200NEW0000009"


def unit() -> FakeConsole:
    made = FakeConsole()
    made.token(ONE, "new", seed=False)
    made.token(TWO, "new", seed=False)
    made.user("bob", ONE)
    return made


def test_a_last_look_finds_nothing_where_nothing_changed() -> None:
    console = unit()
    work = console.work()
    looked = work.last_look([TWO, ONE])
    assert (looked.valid, looked.differences, looked.reasons) == ([TWO, ONE], [], {})
    assert console.changing() == [] and len(console.exchanges) == 1


def test_a_last_look_leaves_out_only_the_tokens_that_changed() -> None:
    console = unit()
    work = console.work()
    console.repair(ONE)
    looked = work.last_look([ONE, TWO])
    assert looked.valid == [TWO] and looked.left_out == [ONE]
    assert looked.reasons == {ONE: "changed since it was read; status: expected 'new', found 'active'"}
    assert work.differences == looked.differences
    assert looked.inventory.by_serial()[ONE].status == "active"


def test_a_last_look_compares_with_the_plan_and_not_with_what_was_read_since() -> None:
    console = unit()
    work = console.work()
    plan = work.known
    console.repair(ONE)
    work.reread()
    assert work.last_look([ONE]).valid == [ONE]
    assert work.last_look([ONE], expected=plan).valid == []


def test_a_token_whose_user_was_changed_is_left_out() -> None:
    console = unit()
    work = console.work()
    console.user("eve", TWO)
    assert work.last_look([ONE, TWO]).valid == [ONE]


def test_a_token_that_the_plan_did_not_see_is_left_out() -> None:
    work = unit().work()
    assert work.last_look([GONE, ONE]).valid == [ONE]


@pytest.mark.parametrize(
    "change",
    [
        {"server": "unreachable"},
        {"server": "unknown"},
        {"ha": "a-p, secondary"},
        {"ha": "a-p, standby"},
        {"fmg": "192.0.2.9"},
    ],
)
def test_a_unit_that_changed_leaves_no_token_valid(change: dict[str, Any]) -> None:
    console = unit()
    work = console.work()
    for name, value in change.items():
        setattr(console, name, value)
    looked = work.last_look([ONE, TWO])
    assert looked.valid == [] and looked.left_out == [ONE, TWO]
    assert set(looked.reasons) == {ONE, TWO}


def test_a_look_is_fresh_for_what_it_read_until_something_is_sent() -> None:
    console = unit()
    work = console.work()
    touched, other = Touched((("root", ONE),)), Touched((("root", TWO),))
    assert not work.fresh(touched), "what the plan was made from is no last look"
    work.last_look([ONE])
    assert work.fresh(touched) and not work.fresh(other)
    work.send([Batch(("config user local", "end"), "vdom:root")])
    assert not work.fresh(touched)


def test_a_transaction_that_cannot_be_started_for_want_of_the_command_is_none() -> None:
    console = unit()
    work = console.work()
    console.script.append(Step("transaction start", UNKNOWN))
    assert work.start() is False and work.transactions is False and console.cleanups == {}
    assert work.start() is False and console.sent.count(script.START) == 1


@pytest.mark.parametrize(
    "said", ["another transaction is active", "entry is locked by admin", "this object is being edited"]
)
def test_a_transaction_of_somebody_else_at_the_start_is_an_error(said: str) -> None:
    console = unit()
    work = console.work()
    console.script.append(Step("transaction start", said))
    with pytest.raises(UnitError, match="did not start") as raised:
        work.start()
    assert raised.value.command == script.START and console.cleanups == {}


@pytest.mark.parametrize("said", ["another transaction is active", "config transaction id=1 has expired"])
def test_a_transaction_of_somebody_else_at_the_commit_drops_ours(said: str) -> None:
    console = unit()
    work = console.work()
    assert work.start()
    work.send(script.disable_users(work.found.by_serial()[ONE].users, work.unit))
    console.script.append(Step("transaction commit", said))
    with pytest.raises(UnitError, match="another administrator"):
        work.finish([], transaction=True)
    assert console.sent[-1] == script.ABORT and "status" not in console.entry("bob")
    assert work.changed is False


def test_a_commit_that_is_refused_changed_nothing() -> None:
    console = unit()
    work = console.work()
    work.start()
    work.send(script.disable_users(work.found.by_serial()[ONE].users, work.unit))
    console.script.append(Step("transaction commit", "Command fail. Return code -1"))
    [refused] = work.finish([], transaction=True)
    assert refused.answer.line == script.COMMIT and "status" not in console.entry("bob")


@pytest.mark.parametrize(("save", "mode", "saved"), [(True, "manual", 1), (True, "automatic", 0), (False, "revert", 0)])
def test_changes_are_kept_where_the_unit_does_not_save_by_itself(save: bool, mode: str, saved: int) -> None:
    console = unit()
    work = console.work(save=save)
    work.found = replace(work.found, unit=replace(work.found.unit, cfg_save=mode))
    assert work.keep_changes() is True and console.saved == 0, "nothing was changed yet"
    work.send(script.disable_users(work.found.by_serial()[ONE].users, work.unit))
    assert work.keep_changes() is (save or mode == "automatic")
    assert console.saved == saved
    work.keep_changes()
    assert console.saved == saved, "once is enough"


def test_a_save_that_is_refused_is_still_due() -> None:
    console = unit()
    work = console.work(save=True)
    work.found = replace(work.found, unit=replace(work.found.unit, cfg_save="revert"))
    work.send(script.disable_users(work.found.by_serial()[ONE].users, work.unit))
    console.script.append(Step("cfg save", "Command fail. Return code -1"))
    assert work.keep_changes() is False
    assert work.keep_changes() is True and console.saved == 1


@pytest.mark.parametrize(("times", "lost"), [(1, False), (2, True)])
def test_a_listing_that_lost_a_token_is_asked_again_and_what_is_gone_twice_is_a_difference(
    times: int, lost: bool
) -> None:
    console = unit()
    work = console.work()
    short = f'config user fortitoken\n    edit "{TWO}"\n    next\nend\n'
    console.script.append(Step("^show user fortitoken", text=short, times=times))
    now = work.reread().by_serial()
    assert len(console.exchanges) == 2
    assert now[ONE].configured is not lost
    seen = [("seen in", "configuration and status list", "neither")] if lost else []
    assert [(d.what, d.expected, d.found) for d in work.differences] == seen


def test_what_this_run_has_deleted_does_not_count_as_lost() -> None:
    console = unit()
    work = console.work()
    work.journal.add([work.known.by_serial()[ONE].entry()], [], {})
    del console.state.tokens["root", ONE], console.state.statuses["root", ONE]
    work.reread()
    assert (work.differences, len(console.exchanges)) == ([], 1)


def test_what_the_journal_held_first_is_kept_once(tmp_path: Path) -> None:
    made = unit()
    made.user("carol", TWO)
    path = tmp_path / "fgt.json"
    work = made.work(str(path))
    for token in work.found.tokens:
        work.journal.add([token.entry()], token.users)
    kept = path.with_name("fgt.json.closed")
    work.settle(replace(work.found, tokens=(), accounts=()))
    assert not kept.exists(), "nothing was settled"
    half = work.found.by_serial()[ONE]
    work.settle(replace(work.found, tokens=(half,)))
    first = kept.read_text()
    assert [entry["serial"] for entry in json.loads(first)["entries"]] == [ONE, TWO]
    work.settle(work.found)
    assert work.journal.empty
    assert kept.read_text() == first
