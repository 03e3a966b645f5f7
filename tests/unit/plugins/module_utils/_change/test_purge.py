# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Purging on a unit that somebody else changes meanwhile, or that shows less than expected."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import purge as _purge
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.evidence import UserKey
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import PurgePlan, plan_purge
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.purge import purge
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    USER,
    Account,
    Binding,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import assessment
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy
from tests.unit.plugins.module_utils._change.fake_console import DEAD, NEW, OLD, UNKNOWN, FakeConsole, Step, deleted

ONE, TWO, OTHER = "FTK200DEAD000001", "FTK200DEAD000002", "FTK200WELL000001"
BOTH = pytest.mark.parametrize("version", [NEW, OLD], ids=["transactions", "no-transactions"])


def console(version: str = NEW) -> FakeConsole:
    made = FakeConsole(version)
    made.token(ONE, comments="one")
    made.token(TWO, comments="two")
    made.token(OTHER, "active")
    made.user("bob", ONE)
    made.user("carol", TWO)
    made.user("alice", OTHER)
    return made


def planned(work: Work, *serials: str) -> PurgePlan:
    policy = Policy(lock_released=frozenset(("all",)), login="netops")
    return plan_purge(work.found, assessment.findings(work.found, policy), serials or (ONE, TWO))


@BOTH
def test_a_purge_deletes_what_is_as_planned_and_leaves_its_users_disabled(version: str) -> None:
    unit = console(version)
    work = unit.work()
    purged, refused, inventory = purge(work, planned(work))
    assert (purged, refused) == ([ONE, TWO], [])
    assert [token.serial for token in inventory.tokens] == [OTHER]
    assert unit.entry("bob") == {"type": "password", "passwd": "ENC <redacted>", "status": "disable"}
    assert work.differences == [] and unit.cleanups == {}


def repaired(unit: FakeConsole) -> None:
    unit.repair(ONE)


def gone_from_user(unit: FakeConsole) -> None:
    unit.entry("bob")["fortitoken"] = f'"{OTHER}"'


def other_factor(unit: FakeConsole) -> None:
    unit.entry("bob")["two-factor"] = "email"


def disabled_by_somebody(unit: FakeConsole) -> None:
    unit.entry("bob")["status"] = "disable"


def user_deleted(unit: FakeConsole) -> None:
    del unit.state.users[("root", "bob")]


def seed_gone(unit: FakeConsole) -> None:
    del unit.state.tokens[("root", ONE)]["seed"]


def locked(unit: FakeConsole) -> None:
    unit.state.tokens[("root", ONE)]["status"] = "lock"


def deleted_by_somebody(unit: FakeConsole) -> None:
    del unit.state.tokens[("root", ONE)], unit.state.statuses[("root", ONE)]


def given_to_an_admin(unit: FakeConsole) -> None:
    unit.admins["boss"] = {"two-factor": "fortitoken", "fortitoken": f'"{ONE}"'}


CHANGES = pytest.mark.parametrize(
    "change",
    [
        repaired,
        gone_from_user,
        other_factor,
        disabled_by_somebody,
        user_deleted,
        seed_gone,
        locked,
        deleted_by_somebody,
        given_to_an_admin,
    ],
)


@BOTH
@CHANGES
def test_a_token_that_was_changed_after_the_plan_is_left_alone(change: object, version: str) -> None:
    unit = console(version)
    work = unit.work()
    plan = planned(work)
    change(unit)  # type: ignore[operator]
    before = dict(unit.state.users.get(("root", "bob"), {}))
    purged, refused, _inventory = purge(work, plan)
    assert purged == [TWO] and [item.serial for item in refused] == [ONE]
    assert "expected" in refused[0].reason and "found" in refused[0].reason
    assert deleted(unit.sent) == [TWO]
    assert unit.state.users.get(("root", "bob"), {}) == before
    assert {difference.serial for difference in work.differences} == {ONE}
    # It was not touched, so no later run has anything to give back.
    assert ONE not in work.journal.entries and ("root", "bob") not in work.journal.bindings


@BOTH
@pytest.mark.parametrize("line", ["^set status disable", "^config user local"])
def test_a_token_that_is_repaired_while_its_user_is_disabled_is_not_deleted(line: str, version: str) -> None:
    unit = console(version)
    work = unit.work()
    unit.script.append(Step(line, act=lambda: unit.repair(ONE)))
    purged, refused, _inventory = purge(work, planned(work))
    assert purged == [TWO] and [item.serial for item in refused] == [ONE]
    assert unit.state.statuses[("root", ONE)] == "active" and ("root", ONE) in unit.state.tokens
    # Enabled again, with the token.
    assert unit.entry("bob").get("status", "enable") == "enable"
    assert ONE in unit.entry("bob")["fortitoken"]
    assert work.differences[0].as_dict() == {
        "serial": ONE,
        "what": "status",
        "expected": f"'{DEAD}'",
        "found": "'active'",
    }


@BOTH
def test_the_plan_stays_the_measure_whatever_was_read_since(version: str) -> None:
    unit = console(version)
    work = unit.work()
    plan = planned(work)
    unit.repair(ONE)
    work.reread()
    purged, _refused, _inventory = purge(work, plan)
    assert purged == [TWO] and ("root", ONE) in unit.state.tokens


@BOTH
def test_a_unit_that_was_taken_over_between_two_waves_is_left_alone(version: str) -> None:
    unit = console(version)
    work = unit.work()
    purge(work, planned(work, ONE))
    unit.fmg = "192.0.2.9"
    work.last_look([TWO])
    policy = Policy(lock_released=frozenset(("all",)))
    assert plan_purge(work.known, assessment.findings(work.known, policy), [TWO]).entries == ()
    # Not even where triage has not seen it.
    plan = plan_purge(work.known, assessment.findings(work.found, policy), [TWO])
    assert plan.entries
    purged, refused, _inventory = purge(work, plan)
    assert purged == [] and "management" in refused[0].reason and ("root", TWO) in unit.state.tokens
    assert work.last_look([TWO]).valid == []


def _server(unit: FakeConsole) -> None:
    unit.server = "unreachable"


def _role(unit: FakeConsole) -> None:
    unit.ha = "a-p, backup"


def _manager(unit: FakeConsole) -> None:
    unit.fmg = "192.0.2.9"


def _exchanged(unit: FakeConsole) -> None:
    unit.serial = "FGT60FTK29999999"


@BOTH
@pytest.mark.parametrize("when", ["^show user fortitoken", "^set status disable"])
@pytest.mark.parametrize("change", [_server, _role, _manager, _exchanged])
def test_a_unit_that_changed_is_left_as_it_was(change: object, when: str, version: str) -> None:
    unit = console(version)
    work = unit.work()
    before = {key: dict(entry) for key, entry in unit.state.users.items()}
    unit.script.append(Step(when, act=lambda: change(unit)))  # type: ignore[operator]
    purged, refused, _inventory = purge(work, planned(work))
    assert purged == [] and [item.serial for item in refused] == [ONE, TWO]
    after = {
        key: {k: v for k, v in entry.items() if (k, v) != ("status", "enable")}
        for key, entry in unit.state.users.items()
    }
    assert after == before
    assert len(unit.state.tokens) == 3 and (deleted(unit.sent) == [] or version == NEW)
    # It concerns the unit, so it is told once.
    assert [difference.serial for difference in work.differences] == [""]
    assert all("expected" in item.reason for item in refused)


def test_with_transactions_nothing_is_disabled_before_the_entries_were_read_inside_of_it() -> None:
    unit = console()
    work = unit.work()
    purge(work, planned(work, ONE))
    start = unit.sent.index("execute config-transaction start")
    disable = unit.sent.index("set status disable")
    commit = unit.sent.index("execute config-transaction commit")
    assert any(line.startswith("show user fortitoken") for line in unit.sent[start:disable])
    live = unit.sent[disable:commit]
    assert "get system status" in live and any(line.startswith("diagnose fortitoken info") for line in live)
    # Start and look; change and look; commit and look.
    assert len(unit.exchanges) == 3


def test_without_transactions_the_lines_that_delete_follow_the_look_at_once_and_unbind_nobody() -> None:
    unit = console(OLD)
    work = unit.work()
    purge(work, planned(work, ONE))
    looking, disabling, unbinding, deleting = unit.exchanges
    assert not any(line.startswith(("config", "set")) for line in looking)
    assert "set status disable" in disabling and "unset two-factor" not in disabling
    assert "unset two-factor" in unbinding and "diagnose fortitoken info" in unbinding
    assert deleted(deleting) == [ONE] and "config user local" not in deleting


def test_without_transactions_a_token_that_was_bound_again_in_the_last_moment_stays() -> None:
    """A second controller repairs the token behind the last look: the unit itself refuses the deletion then."""
    unit = console(OLD)
    work = unit.work()

    def second_controller() -> None:
        unit.repair(ONE)
        unit.user("bob", ONE)

    held = "The entry is used by other 1 entries\nCommand fail. Return code -23"
    unit.script.append(Step(f'^delete "{ONE}"', held, act=second_controller, times=99))
    purged, refused, _inventory = purge(work, planned(work))
    assert purged == [TWO] and [item.serial for item in refused] == [ONE]
    assert unit.entry("bob")["fortitoken"] == f'"{ONE}"' and "status" not in unit.entry("bob")
    assert unit.sent.count(f'delete "{ONE}"') == 1


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (UNKNOWN, []),
        ("config user local\nedit bob\nset status disable\nnext\nend\nconfig user fortitoken\ndelete " + ONE, []),
        (f"config user fortitoken\ndelete {OTHER}\nend", [ONE]),
        ("config user local\nedit alice\nset status disable\nend", [ONE]),
        ("config firewall policy\nedit 7\nset status disable\nend", [ONE]),
    ],
)
def test_a_transaction_that_holds_more_than_the_plan_is_not_committed(text: str, left: list[str]) -> None:
    unit = console()
    unit.pending_text = text
    work = unit.work()
    _purged, refused, _inventory = purge(work, planned(work, ONE))
    assert [item.serial for item in refused] == left
    assert (("root", ONE) in unit.state.tokens) == bool(left)


@BOTH
def test_a_user_who_is_not_shown_does_not_count_as_disabled(version: str) -> None:
    """Every reading behind the disabling lacks the user."""
    unit = console(version)
    work = unit.work()
    plan = planned(work, ONE)
    unit.script.append(Step("^set status disable", text=""))
    hidden = "config user local\nend\n"
    unit.script.append(
        Step("^show user local", act=lambda: unit.script.append(Step("^show user local", hidden, times=99)))
    )
    purged, refused, _inventory = purge(work, plan)
    assert purged == [] and [item.serial for item in refused] == [ONE]
    assert ("root", ONE) in unit.state.tokens and "two-factor" in unit.entry("bob")


def test_a_user_who_is_not_shown_is_named_as_not_disabled() -> None:
    bob = Binding(ONE, USER, "bob", "root", "fortitoken", "enable")
    shown: dict[UserKey, Account] = {}
    assert ONE in _purge._still_enabled([bob], shown)
    assert ONE in _purge._still_enabled([bob], None)
    shown["root", "bob"] = Account(USER, "bob", "root", "enable", "fortitoken", ONE)
    assert ONE in _purge._still_enabled([bob], shown)
    shown["root", "bob"] = Account(USER, "bob", "root", "disable", "fortitoken", ONE)
    assert _purge._still_enabled([bob], shown) == {}


def test_another_administrators_transaction_at_the_start_changes_nothing() -> None:
    unit = console()
    work = unit.work()
    unit.script.append(Step("transaction start", text="Warning: another transaction is in progress"))
    with pytest.raises(UnitError, match="did not start"):
        purge(work, planned(work))
    assert unit.changing() == ["execute config-transaction start"] and unit.cleanups == {}


def test_another_administrators_transaction_at_the_commit_drops_all_of_it() -> None:
    unit = console()
    work = unit.work()
    unit.script.append(Step("transaction commit", text="node is locked by another transaction"))
    with pytest.raises(UnitError, match="another administrator"):
        purge(work, planned(work))
    assert unit.changing()[-1] == "execute config-transaction abort" and unit.cleanups == {}
    assert len(unit.state.tokens) == 3 and "status" not in unit.entry("bob")


def test_a_unit_that_turns_out_to_have_no_transactions_is_purged_without_one() -> None:
    unit = FakeConsole(NEW, transactions=False)
    unit.token(ONE)
    unit.user("bob", ONE)
    work = unit.work()
    purged, _refused, _inventory = purge(work, planned(work, ONE))
    assert purged == [ONE] and work.transactions is False
    first_disabled = next(n for n, lines in enumerate(unit.exchanges) if "set status disable" in lines)
    assert deleted(unit.exchanges[first_disabled]) == []


@BOTH
def test_where_the_unit_does_not_save_by_itself_a_step_is_saved_when_it_was_read_back(version: str) -> None:
    unit = console(version)
    work = unit.work(save=True)
    object.__setattr__(work.found.unit, "cfg_save", "revert")
    purge(work, planned(work))
    assert unit.saved == 1 and unit.sent[-1] == "execute cfg save"
    assert "execute cfg save" in work.commands


def test_without_the_option_nothing_is_saved() -> None:
    unit = console()
    work = unit.work()
    object.__setattr__(work.found.unit, "cfg_save", "manual")
    purge(work, planned(work))
    assert unit.saved == 0 and work.keep_changes() is False


def test_the_journal_holds_every_setting_of_a_user_but_no_secret(tmp_path: Path) -> None:
    unit = console()
    unit.user("bob", ONE, username_sensitivity="disable", passwd="ENC MADEUPSECRET==")
    path = tmp_path / "j.json"
    work = unit.work(str(path))
    purge(work, planned(work, ONE))
    text = path.read_text()
    [user] = json.loads(text)["users"]
    assert user["settings"] == {
        "type": ["password"],
        "passwd": ["<redacted>"],
        "two-factor": ["fortitoken"],
        "fortitoken": [ONE],
        "username-sensitivity": ["disable"],
    }
    assert "MADEUP" not in text


@pytest.mark.parametrize("model", ["FTK200", "FTK220", "FTK300"])
def test_without_a_claim_no_model_is_deleted(model: str) -> None:
    unit = FakeConsole()
    serial = f"{model}DEAD000001"
    unit.token(serial)
    work = unit.work()
    findings = assessment.findings(work.found, Policy(login="netops"))
    plan = plan_purge(work.found, findings, [serial])
    assert plan.empty and [item.serial for item in plan.refused] == [serial]


def test_a_token_with_a_setting_that_reads_redacted_is_never_planned() -> None:
    unit = console()
    unit.token(ONE, comments="<redacted>")
    work = unit.work()
    assert [entry.serial for entry in planned(work).entries] == [TWO]
    # Not even where triage lets it through.
    findings = {**assessment.findings(work.found, Policy(lock_released=frozenset(("all",))))}
    findings[ONE] = findings[TWO]
    assert [entry.serial for entry in plan_purge(work.found, findings, [ONE, TWO]).entries] == [TWO]


def test_a_serial_that_is_seen_in_two_vdoms_is_never_planned() -> None:
    unit = FakeConsole()
    unit.vdoms = ("root", "branch")
    unit.token(ONE)
    unit.token(ONE, vdom="branch")
    unit.token(TWO)
    work = unit.work()
    assert [entry.serial for entry in planned(work).entries] == [TWO]


@BOTH
def test_a_refusal_with_another_word_for_the_holder_is_tried_in_other_ways(version: str) -> None:
    unit = console(version)
    work = unit.work()
    unit.script.append(
        Step(f"^delete .{ONE}", text="The entry is used by other 1 entries\nCommand fail. Return code -23", times=2)
    )
    purged, refused, _inventory = purge(work, planned(work))
    assert (purged, refused) == ([ONE, TWO], [])


def test_a_user_who_is_still_enabled_inside_of_the_transaction_is_disabled_before_the_factor_goes() -> None:
    unit = console()
    work = unit.work()
    plan = planned(work, ONE)
    committed: list[tuple[bool, bool]] = []

    def look() -> None:
        assert unit.pending is not None
        bob = unit.pending.users["root", "bob"]
        committed.append((bob.get("status") == "disable", "two-factor" in bob))

    # Refused in words that nobody knows.
    unit.script += [Step("^set status disable", text="hm"), Step("transaction commit", act=look, times=99)]
    purged, refused, _inventory = purge(work, plan)
    assert (purged, refused) == ([ONE], [])
    assert committed == [(True, True), (True, False)]


def test_what_a_transaction_would_commit_and_does_not_show_is_not_committed() -> None:
    unit = console()
    work = unit.work()
    plan = planned(work, ONE)
    before = dict(unit.entry("bob"))
    unreadable = Step("^get system status", text="hm", times=0)
    unit.script += [unreadable, Step("^unset two-factor", act=lambda: setattr(unreadable, "times", 1), times=99)]
    purged, refused, _inventory = purge(work, plan)
    assert purged == []
    assert [item.reason for item in refused] == ["what the transaction would commit could not be read back"]
    assert ("root", ONE) in unit.state.tokens and unit.entry("bob") == {**before, "status": "enable"}


@BOTH
def test_a_token_is_unset_by_name_only_where_the_unit_still_counts_its_user(version: str) -> None:
    unit = console(version)
    work = unit.work()
    assert purge(work, planned(work, TWO))[0] == [TWO] and "unset fortitoken" not in unit.sent
    held = "The entry is used by other 1 entries\nCommand fail. Return code -23"
    unit.script.append(Step(f'^delete "{ONE}"', text=held))
    work = unit.work()
    assert purge(work, planned(work, ONE))[0] == [ONE]
    assert "unset fortitoken" in unit.sent


def test_a_token_that_is_still_held_in_one_transaction_is_unbound_in_one_and_deleted_in_another() -> None:
    unit = console()
    work = unit.work()
    held = "The entry is used by other 1 entries\nCommand fail. Return code -23"
    unit.script.append(Step(f'^delete "{ONE}"', text=held, times=2))
    assert purge(work, planned(work, ONE))[0] == [ONE]
    ends = [line.rpartition(" ")[2] for line in unit.sent if line.startswith("execute config-transaction")]
    assert ends == ["start", "abort", "start", "abort", "start", "commit", "start", "commit"]


def test_the_plan_is_the_measure_also_where_it_was_made_later_than_the_first_reading() -> None:
    unit = console()
    unit.state.statuses["root", TWO] = "active"
    work = unit.work()
    unit.state.statuses["root", TWO] = DEAD
    found = work.reread()
    policy = Policy(lock_released=frozenset(("all",)), login="netops")
    plan = plan_purge(found, assessment.findings(found, policy), [TWO])
    assert purge(work, plan)[:2] == ([TWO], [])


def test_without_transactions_each_vdom_is_looked_at_directly_before_it_is_changed() -> None:
    unit = FakeConsole(OLD)
    unit.vdoms = ("branch", "root")
    unit.token(ONE, vdom="branch")
    unit.token(TWO)
    work = unit.work()
    unit.script.append(Step(f'^delete "{ONE}"', act=lambda: unit.repair(TWO)))
    purged, refused, _inventory = purge(work, planned(work))
    assert purged == [ONE] and [item.serial for item in refused] == [TWO]
    assert deleted(unit.sent) == [ONE] and ("root", TWO) in unit.state.tokens


@BOTH
def test_a_user_whom_the_unit_does_not_disable_keeps_the_token_and_the_unit_says_why(version: str) -> None:
    unit = console(version)
    work = unit.work()
    unit.script.append(Step("^set status disable", text="Command fail. Return code -61", times=99))
    purged, refused, _inventory = purge(work, planned(work, ONE))
    assert purged == [] and [item.serial for item in refused] == [ONE]
    assert "the unit refused 'set status disable'" in refused[0].reason
    assert deleted(unit.sent) == [] and "two-factor" in unit.entry("bob")
