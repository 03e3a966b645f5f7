# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit changes between what was read and what is done: nothing healthy is touched, and the next run finishes."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from tests.simulator import Fault
from tests.simulator.invariants import bindings_lost, comments_lost, violations

from .controller import ModuleFailed, controller, lose_transactions
from .test_misbehaviour import NEW, OLD, ONE, TWO, WELL, statuses, unit, user

BOTH = pytest.mark.parametrize("version", [NEW, OLD], ids=["transactions", "no-transactions"])
FORGOTTEN = ["username-sensitivity", "two-factor-notification", "two-factor-authentication"]


@BOTH
def test_tokens_that_a_second_controller_has_repaired_are_not_touched(version: str, tmp_path: Path) -> None:
    when = "^execute config-transaction start" if version == NEW else "^set status disable"
    with unit(Fault("repair", match=when), version=version) as simulator:
        with controller(simulator) as play:
            facts = play.remediate(tmp_path / "j.json")
            seen = play.results["fortitoken_remediate"]["differences"]
        # The first wave is the one token; the second sees that nothing is left to be done.
        assert seen and {(item["what"], item["found"]) for item in seen} == {("status", "'active'")}
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        assert [event for event in simulator.events if event["type"] == "activation"] == []
        assert violations(simulator.events, killed=True) == [] and bindings_lost(simulator.events) == []
        assert user(simulator, "bob")["status"] == "enable" and not (tmp_path / "j.json").exists()


@BOTH
def test_when_the_token_server_leaves_nothing_is_activated_until_it_is_back(version: str, tmp_path: Path) -> None:
    with unit(Fault("server", match="^delete"), version=version) as simulator:
        with controller(simulator) as play, contextlib.suppress(ModuleFailed):
            play.remediate(tmp_path / "j.json")
        assert [event for event in simulator.events if event["type"] == "activation"] == []
        assert violations(simulator.events, killed=True) == []
        simulator.unit().scenario.fortiguard.status = "reachable"
        simulator.unit().scenario.fortiguard.works = None
        with controller(simulator) as play:
            facts = play.remediate(tmp_path / "j.json")
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        assert (bindings_lost(simulator.events), comments_lost(simulator.events)) == ([], [])


@BOTH
def test_after_a_failover_the_other_member_finishes_what_the_first_began(version: str, tmp_path: Path) -> None:
    first, second = "FG100FEXAMPLE001", "FG100FEXAMPLE002"
    fault = Fault("failover", match=f'^edit "{ONE}"')
    cluster = {"mode": "a-p", "role": "primary", "members": [first, second]}
    with unit(fault, version=version, serial=first, ha=cluster) as simulator:
        with controller(simulator) as play, pytest.raises(ModuleFailed):
            play.remediate(tmp_path / "j.json")
        assert (tmp_path / "j.json").exists()
        with controller(simulator) as play:
            facts = play.remediate(tmp_path / "j.json")
        assert facts["unit"]["serial"] == second
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        assert violations(simulator.events, killed=True) == []
        assert (bindings_lost(simulator.events), comments_lost(simulator.events)) == ([], [])


def test_a_second_name_of_the_unit_is_refused_while_the_first_works_on_it(tmp_path: Path) -> None:
    with unit() as simulator, controller(simulator) as first, controller(simulator) as second:
        claim = {"lock_released": ["all"]}
        first.run("fortitoken_purge", serials=[ONE], journal=str(tmp_path / "fw-a.json"), **claim)
        with pytest.raises(ModuleFailed, match="'fw-b' and 'fw-a' are the same unit"):
            second.run("fortitoken_purge", serials=[TWO], journal=str(tmp_path / "fw-b.json"), **claim)
        changed = {event["key"] for event in simulator.events if event["type"] == "change"}
        assert changed == {ONE, "bob"}


@BOTH
def test_what_the_unit_forgets_together_with_the_second_factor_comes_back(version: str, tmp_path: Path) -> None:
    settings = {"two-factor-notification": "sms", "authtimeout": "17"}
    if version == NEW:
        settings["username-sensitivity"] = "disable"
    users = [
        {"name": "alice", "fortitoken": WELL},
        {"name": "bob", "fortitoken": ONE, "settings": settings, "email_to": "bob@example.com"},
        {"name": "carol", "fortitoken": TWO},
    ]
    behaviour = {"forgotten_with_two_factor": FORGOTTEN}
    with unit(version=version, users=users, behaviour=behaviour) as simulator, controller(simulator) as play:
        facts = play.remediate(tmp_path / "j.json")
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        bob = user(simulator, "bob")
        assert {name: bob.get(name) for name in settings} == settings
        assert bob["status"] == "enable" and not (tmp_path / "j.json").exists()
        assert violations(simulator.events, killed=True) == []


@pytest.mark.parametrize(
    "match", ["^delete", '^edit "FTK200DEAD', "^set status enable", "^execute config-transaction start"]
)
def test_a_line_that_hangs_while_debug_output_goes_on_ends_in_time_and_nobody_is_forgotten(
    match: str, tmp_path: Path
) -> None:
    hang = Fault("hang_debug", match=match, seconds=0.05)
    with unit(hang) as simulator:
        with controller(simulator, ansible_fortios_command_timeout=3) as play, pytest.raises(ModuleFailed) as failed:
            play.remediate(tmp_path / "j.json", waves=[])
        left = simulator.events[-1]["t"] - next(e["t"] for e in simulator.events if e["type"] == "fault")
        assert left < 2 * 3 + 3, "twice the command timeout, and a loaded machine"
        assert "3 s" in str(failed.value) or "seconds" in str(failed.value)
        held = {row["name"] for row in json.loads((tmp_path / "j.json").read_text())["bindings"]}
        disabled = {name for name in ("bob", "carol") if user(simulator, name)["status"] == "disable"}
        assert disabled <= held
        lose_transactions(simulator)
        with controller(simulator) as play:
            facts = play.remediate(tmp_path / "j.json")
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        assert violations(simulator.events, killed=True) == [] and bindings_lost(simulator.events) == []


def test_a_transaction_that_starts_slowly_is_waited_for(tmp_path: Path) -> None:
    slow = Fault("slow", match="^execute config-transaction start", seconds=2.0)
    with unit(slow) as simulator, controller(simulator, ansible_fortios_command_timeout=10) as play:
        facts = play.remediate(tmp_path / "j.json", waves=[])
        assert statuses(facts) == {WELL: "active", ONE: "active", TWO: "active"}
        assert violations(simulator.events, killed=True) == []


#: What a user may have besides the second factor, each in a form that a line of the CLI must quote.
UNUSUAL = {
    "two-factor-notification": "sms",
    "two-factor-authentication": "fortitoken",
    "username-sensitivity": "disable",
    "authtimeout": "17",
    "sms-phone": "+49 30 5550123",
    "workstation": 'desk "4" \\ Zoë',
}


@pytest.mark.parametrize("refused", [None, "username-sensitivity", "two-factor-notification"])
def test_a_user_with_six_unusual_attributes_comes_back_with_all_or_stays_disabled_and_is_named(
    refused: str | None, tmp_path: Path
) -> None:
    users = [
        {"name": "alice", "fortitoken": WELL},
        {"name": "bob", "fortitoken": ONE, "settings": UNUSUAL},
        {"name": "carol", "fortitoken": TWO},
    ]
    faults = [Fault("refuse", match=f"^set {refused}", text="Command fail. Return code -61", times=99)]
    with (
        unit(
            *(faults if refused else []), users=users, behaviour={"forgotten_with_two_factor": FORGOTTEN}
        ) as simulator,
        controller(simulator) as play,
    ):
        with contextlib.suppress(ModuleFailed):
            play.remediate(tmp_path / "j.json", waves=[])
        bob = user(simulator, "bob")
        lost = {name for name, value in UNUSUAL.items() if bob.get(name) != value}
        told = play.results["fortitoken_remediate"]["incomplete_users"]
        assert violations(simulator.events, killed=True) == []
        assert user(simulator, "carol")["status"] == "enable"
        if refused is None:
            assert (lost, told, bob["status"]) == (set(), [], "enable")
        else:
            assert (lost, bob["status"], bob["fortitoken"]) == ({refused}, "disable", ONE)
            line = f"set {refused} {UNUSUAL[refused]}"
            assert told == [{"name": "bob", "vdom": "root", "serial": ONE, "missing": [line]}]


@BOTH
@pytest.mark.parametrize("at", ["set", "next"])
def test_a_comment_that_cannot_come_back_costs_the_comment_alone_also_after_a_kill(
    version: str, at: str, tmp_path: Path
) -> None:
    refused = [{"path": "user fortitoken", "attribute": "comments", "key": ONE, "at": at}]
    gone = Fault("cut_before", match=f'^edit "{ONE}"')
    with unit(gone, version=version, behaviour={"refused": refused}) as simulator:
        # One line at a time: behind the refused one the entry is dropped, and is not there.
        for run in range(3):
            before = len(simulator.events)
            with controller(simulator, window_lines=1) as play:
                with contextlib.suppress(ModuleFailed):
                    play.remediate(tmp_path / "j.json", waves=[])
                told = play.results["fortitoken_remediate"]
            changes = [event for event in simulator.events[before:] if event["type"] == "change"]
            if run:
                assert told["settings_lost"] == {ONE: ["comments"]}
                messages = [row["message"] for row in told["results"] if row["serial"] == ONE]
                assert messages[0].startswith("The unit does not take back: comments (the unit refused")
        assert changes == [] and not told["changed"]
        assert violations(simulator.events, killed=True) == [] and bindings_lost(simulator.events) == []
        assert comments_lost(simulator.events) == [f"root/user fortitoken/{ONE}: comments were 'one', are None"]
        assert sorted(e["serial"] for e in simulator.events if e["type"] == "activation") == [ONE, TWO]


@BOTH
def test_on_a_big_unit_the_listings_are_read_at_the_beginning_and_the_end_only(version: str, tmp_path: Path) -> None:
    tokens = [{"serial": f"FTK200WELL{number:06d}", "seed": True, "state": "active"} for number in range(40)]
    failed = "token already activated, and seed won't be returned"
    tokens.append({"serial": ONE, "seed": True, "state": failed, "comments": "one"})
    users = [{"name": "bob", "fortitoken": ONE}]
    with unit(version=version, tokens=tokens, users=users) as simulator, controller(simulator) as play:
        play.run("fortitoken_purge", serials=[ONE], journal=str(tmp_path / "j.json"), lock_released=["all"])
        listings = [e for e in simulator.events if e["type"] == "line" and e["text"] == "show user fortitoken"]
        assert len(listings) == 1
        assert play.results["fortitoken_purge"]["purged"] == [ONE]
