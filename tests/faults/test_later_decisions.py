# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What administrators decide between two runs, or during one, stands: nothing is undone, and nobody is let in."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Fault, Simulator, from_data, running
from tests.simulator.faults import change
from tests.simulator.invariants import violations

from .controller import ModuleFailed, controller, lose_transactions

DEAD = "token already activated, and seed won't be returned"
SILENT, QUICK, WELL, SPARE = "FTK200SILENT0001", "FTK200QUICK00001", "FTK200WELL000001", "FTK200SPARE00001"
OLD = "FortiGate-60E v6.0.4,build0231,190107 (GA)"
NEW = "FortiGate-60F v7.4.8,build2795,250523 (GA.M)"


def unit(*faults: Fault, **settings: Any) -> Any:
    data: dict[str, Any] = {
        "hostname": "fgt-later",
        "version": NEW,
        "accounts": [{"name": "admin", "password": "demo-Passw0rd"}],
        "tokens": [
            {"serial": WELL, "seed": True, "state": "active"},
            {"serial": SILENT, "seed": True, "state": DEAD},
            {"serial": QUICK, "seed": True, "state": DEAD},
        ],
        "users": [
            {"name": "alice", "fortitoken": SILENT},
            {"name": "bob", "fortitoken": QUICK},
            {"name": "carol", "fortitoken": WELL},
        ],
        "fortiguard": {
            "delay": 0.1,
            "serials": {SILENT: {"lock_released": True, "delay": 3600}, QUICK: {"lock_released": True}},
        },
    }
    made = from_data({**data, **settings})
    made[0].faults.extend(faults)
    return running(*made)


def decide(simulator: Simulator, *lines: str) -> None:
    """What another administrator types meanwhile."""
    simulator.call(lambda: change(simulator.unit(), list(lines)))


def user(simulator: Simulator, name: str, vdom: str = "root") -> tuple[str, str, str]:
    entry = simulator.unit().config.table(vdom, "user local").entries[name]
    return entry.text("status", "enable"), entry.text("two-factor"), entry.text("fortitoken")


def added(simulator: Simulator, serial: str) -> int:
    """How often the serial was added, which is asking for its activation."""
    return sum(1 for e in simulator.events if e["type"] == "line" and e["text"] == f'edit "{serial}"')


def enable(name: str) -> tuple[str, ...]:
    return "config user local", f"edit {name}", "set status enable", "next", "end"


@pytest.mark.parametrize("version", [OLD, NEW])
def test_a_user_who_was_enabled_after_an_interrupted_run_is_disabled_before_the_factor_goes(
    version: str, tmp_path: Path
) -> None:
    users = [{"name": "bob", "fortitoken": QUICK, "status": "disable"}]
    with unit(version=version, users=users) as simulator:
        simulator.unit().faults.append(Fault("cut_before", match=r"transaction commit|unset two-factor"))
        with controller(simulator) as play, pytest.raises(ModuleFailed):
            play.remediate(tmp_path / "j.json", lock_released=[QUICK])
        lose_transactions(simulator)
        decide(simulator, *enable("bob"))
        with controller(simulator) as play:
            play.remediate(tmp_path / "j.json", lock_released=[QUICK])
        assert violations(simulator.events, killed=True) == []
        assert user(simulator, "bob") == ("enable", "fortitoken", QUICK)


@pytest.mark.parametrize(("version", "match"), [(OLD, "^set status disable"), (NEW, "transaction start")])
def test_a_user_who_is_enabled_while_a_run_is_at_work_is_not_left_with_a_password(
    version: str, match: str, tmp_path: Path
) -> None:
    users = [{"name": "bob", "fortitoken": QUICK, "status": "disable"}]
    fault = Fault("change", match=match, commands=list(enable("bob")))
    with unit(fault, version=version, users=users) as simulator, controller(simulator) as play:
        play.remediate(tmp_path / "j.json", lock_released=[QUICK])
        assert violations(simulator.events, killed=True) == []
        assert user(simulator, "bob")[1:] == ("fortitoken", QUICK)


@pytest.mark.parametrize(
    ("lines", "after"),
    [
        (("config user local", "edit bob", "set status disable", "next", "end"), ("disable", "fortitoken", QUICK)),
        (
            ("config user local", "edit bob", "unset two-factor", "set status disable", "next", "end"),
            ("disable", "", ""),
        ),
    ],
)
def test_what_was_given_back_is_not_given_back_again(
    lines: tuple[str, ...], after: tuple[str, ...], tmp_path: Path
) -> None:
    """One token's answer is awaited for days, so that the journal stays open; bob's work was done at once."""
    journal = tmp_path / "j.json"
    with unit() as simulator:
        with controller(simulator) as play:
            play.remediate(journal, lock_released=[SILENT, QUICK], timeout=1, waves=[])
        assert user(simulator, "bob") == ("enable", "fortitoken", QUICK)
        assert journal.exists(), "the answer for the other token is awaited"
        decide(simulator, *lines)
        with controller(simulator) as play:
            play.remediate(journal, lock_released=[SILENT], timeout=1)
        assert user(simulator, "bob") == after
        assert QUICK in (tmp_path / "j.json.closed").read_text()


def test_a_token_that_was_deleted_on_purpose_after_it_came_back_stays_deleted(tmp_path: Path) -> None:
    with unit() as simulator:
        with controller(simulator) as play:
            play.remediate(tmp_path / "j.json", lock_released=[SILENT, QUICK], timeout=1, waves=[])
        taken = ("config user local", "edit bob", "set status disable", "unset fortitoken", "unset two-factor", "end")
        decide(simulator, *taken, "config user fortitoken", f"delete {QUICK}", "end")
        with controller(simulator) as play:
            play.remediate(tmp_path / "j.json", lock_released=[SILENT], timeout=1)
        assert added(simulator, QUICK) == 1


def test_a_token_that_nobody_holds_is_done_when_it_has_its_seed(tmp_path: Path) -> None:
    """Such a token stays `new` (topic 180506), and only its entry shows that it was activated."""
    guard = {"delay": 0.1, "serials": {QUICK: {"lock_released": True, "outcome": "new"}}}
    tokens = [{"serial": WELL, "seed": True, "state": "active"}, {"serial": QUICK, "seed": True, "state": DEAD}]
    users = [{"name": "carol", "fortitoken": WELL}]
    with unit(tokens=tokens, users=users, fortiguard=guard) as simulator, controller(simulator) as play:
        entries = simulator.unit().config.table("root", "user fortitoken").entries

        def answer() -> None:
            while not [e for e in simulator.events if e["type"] == "activation_result"]:
                time.sleep(0.02)
            simulator.call(lambda: entries[QUICK].set("seed", "ab" * 20))

        threading.Thread(target=answer, daemon=True).start()
        started = time.monotonic()
        play.remediate(tmp_path / "j.json", lock_released=[QUICK], timeout=60)
        assert time.monotonic() - started < 20
        (result,) = play.results["fortitoken_remediate"]["results"]
        assert (result["action"], result["status"], result["settled"]) == ("readded", "new", True)
        assert not (tmp_path / "j.json").exists()


def test_a_run_that_is_limited_to_other_vdoms_finishes_what_was_begun_and_begins_nothing_there(tmp_path: Path) -> None:
    other = "FTK200OTHER00001"
    settings: dict[str, Any] = {
        "vdom_mode": "multi",
        "vdoms": ["root", "branch"],
        "tokens": [
            {"serial": WELL, "vdom": "root", "seed": True, "state": "active"},
            {"serial": QUICK, "vdom": "branch", "seed": True, "state": DEAD},
            {"serial": other, "vdom": "branch", "seed": True, "state": DEAD},
        ],
        "users": [
            {"name": "carol", "vdom": "root", "fortitoken": WELL},
            {"name": "bob", "vdom": "branch", "fortitoken": QUICK},
            {"name": "oscar", "vdom": "branch", "fortitoken": other},
        ],
        "fortiguard": {"delay": 0.1, "default": {"lock_released": True}},
    }
    with unit(Fault("cut_after", match="transaction commit"), **settings) as simulator:
        with controller(simulator) as play, pytest.raises(ModuleFailed):
            play.remediate(tmp_path / "j.json", lock_released=[QUICK], vdoms=["branch"])
        assert user(simulator, "bob", "branch")[0] == "disable"
        with controller(simulator) as play:
            facts = play.remediate(tmp_path / "j.json", lock_released=["all"], vdoms=["root"])
        assert user(simulator, "bob", "branch") == ("enable", "fortitoken", QUICK)
        assert (added(simulator, QUICK), added(simulator, other)) == (1, 0)
        assert not [e for e in simulator.events if e["type"] == "line" and e["text"] == f'delete "{other}"']
        assert [token["serial"] for token in facts["tokens"]] == [WELL]
        assert not (tmp_path / "j.json").exists()


@pytest.mark.parametrize("version", [OLD, NEW])
def test_a_token_that_is_accepted_and_does_not_appear_is_added_once(version: str, tmp_path: Path) -> None:
    """Adding a hardware token is asking for its one activation, whatever the unit makes of it."""
    with unit(version=version) as simulator:
        with controller(simulator) as play:
            play.run("fortitoken_purge", serials=[QUICK], lock_released=[QUICK], journal=str(tmp_path / "j.json"))
        simulator.unit().faults.append(Fault("ignore", match="^(next|end)$", times=99))
        with controller(simulator) as play:
            given = {"serials": [QUICK], "journal": str(tmp_path / "j.json"), "timeout": 1, "strict": False}
            result = play.run("fortitoken_activate", **given)
        assert added(simulator, QUICK) == 1
        assert "does not show" in result["results"][0]["message"]
        assert user(simulator, "bob")[0] == "disable"


@pytest.mark.parametrize(
    ("version", "tokens", "action"),
    [
        # Releases of the 6.4 line have no attribute `seed`; the active token has one all the same.
        ("FortiGate-60E v6.4.11,build2030,221031 (GA.F)", [WELL], "none"),
        ("FortiGate-60E v6.4.11,build2030,221031 (GA.F)", [], "none"),
        ("FortiGate-60F v7.4.8,build2795,250523 (GA.M)", [WELL], "none"),
        # Nothing here says that seeds are hidden.
        ("FortiGate-60F v7.4.8,build2795,250523 (GA.M)", [], "activate"),
    ],
)
def test_a_spare_token_is_not_burnt_where_seeds_are_not_shown(
    version: str, tokens: list[str], action: str, tmp_path: Path
) -> None:
    rows = [{"serial": SPARE, "seed": True, "state": "new"}]
    rows += [{"serial": serial, "seed": True, "state": "active"} for serial in tokens]
    users = [{"name": "carol", "fortitoken": serial} for serial in tokens]
    behaviour = {"seeds_shown": False}
    with (
        unit(version=version, tokens=rows, users=users, behaviour=behaviour) as simulator,
        controller(simulator) as play,
    ):
        facts = play.run("fortitoken_facts", ping="never")["ansible_facts"]["fortitoken"]
        token = next(token for token in facts["tokens"] if token["serial"] == SPARE)
        assert token["action"] == action
        if action == "none":
            assert token["verdict"] == "undecided"
            # A claim says that the lock is gone, not that the token lacks a seed.
            facts = play.run("fortitoken_facts", ping="never", lock_released=[SPARE])["ansible_facts"]["fortitoken"]
            assert next(t for t in facts["tokens"] if t["serial"] == SPARE)["action"] == "none"


def test_one_odd_answer_does_not_end_the_waiting_for_an_activation(tmp_path: Path) -> None:
    guard = {"delay": 1.0, "serials": {QUICK: {"lock_released": True}}}
    with unit(fortiguard=guard) as simulator, controller(simulator) as play:

        def disturb() -> None:
            while not [e for e in simulator.events if e["type"] == "activation"]:
                time.sleep(0.02)
            busy = Fault("refuse", match="^diagnose fortitoken info", text="System is busy, try again later.", times=2)
            simulator.call(lambda: simulator.unit().faults.append(busy))

        threading.Thread(target=disturb, daemon=True).start()
        play.remediate(tmp_path / "j.json", lock_released=[QUICK], timeout=30)
        assert simulator.unit().faults[-1].times == 0
        (result,) = play.results["fortitoken_remediate"]["results"]
        assert (result["status"], result["settled"]) == ("active", True)


def test_tokens_that_cannot_come_back_as_they_were_are_left_and_hold_up_nobody(tmp_path: Path) -> None:
    lines, mail, fine = "FTK200LINES00001", "FTK200MAIL000001", "FTK200FINE000001"
    tokens = [
        {"serial": WELL, "seed": True, "state": "active"},
        {"serial": lines, "seed": True, "state": DEAD, "comments": "first\nsecond"},
        {"serial": mail, "seed": True, "state": DEAD},
        {"serial": fine, "seed": True, "state": DEAD, "comments": "café\u00a0\u2028desk"},
    ]
    users = [
        {"name": "carol", "fortitoken": WELL},
        {"name": "lena", "fortitoken": lines},
        {"name": "mia", "fortitoken": mail, "two_factor": "email", "email_to": "mia@example.com"},
        {"name": "fred", "fortitoken": fine},
    ]
    guard = {"delay": 0.1, "default": {"lock_released": True}}
    with unit(tokens=tokens, users=users, fortiguard=guard) as simulator, controller(simulator) as play:
        facts = play.remediate(tmp_path / "j.json", lock_released=["all"])
        remedies = {token["serial"]: token["remedy"] for token in facts["tokens"]}
        assert "line break" in remedies[lines]
        assert "another second factor" in remedies[mail]
        assert {s: added(simulator, s) for s in (lines, mail, fine)} == {lines: 0, mail: 0, fine: 1}
        assert user(simulator, "mia") == ("enable", "email", mail)
        comments = simulator.unit().config.table("root", "user fortitoken").entries[fine].text("comments")
        assert comments == "café\u00a0\u2028desk"
        assert violations(simulator.events) == []
