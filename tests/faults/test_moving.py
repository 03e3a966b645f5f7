# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users get the mobile tokens of a transferred or new license, and lose nothing, whatever happens on the way."""

from __future__ import annotations

import contextlib
import functools
import json
import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Fault, Scenario, Simulator, effects, from_data, running
from tests.simulator.invariants import changing_lines, violations

from .controller import Controller, ModuleFailed, controller

OLD_RELEASE = "FortiGate-60E v6.0.4,build0231,190107 (GA)"
CODE = "AAAA-0123-4567-89AB-CDE0"
LOST, BOUGHT, TRANSFERRED = "EFTM000000000001", "EFTM000000000002", "EFTM000000000003"


def scenario(**settings: Any) -> Scenario:
    """Users of a license that stayed with the old unit, in two VDOMs, and free tokens of another license."""
    lost = {"state": "locked", "license": LOST}
    free = {"state": "new", "license": BOUGHT}
    data: dict[str, Any] = {
        "hostname": "fgt-move",
        "vdom_mode": "multi",
        "vdoms": ["root", "dmz"],
        "accounts": [{"name": "admin", "password": "demo-Passw0rd"}],
        "tokens": [
            {"serial": "FTKMOBOLD0000001", "vdom": "root", **lost},
            {"serial": "FTKMOBOLD0000002", "vdom": "root", **lost},
            {"serial": "FTKMOBOLD0000003", "vdom": "dmz", **lost},
            {"serial": "FTKMOBKEEP000001", "vdom": "root", "state": "provisioned", "license": LOST},
            {"serial": "FTKMOBNEW0000001", "vdom": "root", **free},
            {"serial": "FTKMOBNEW0000002", "vdom": "root", **free},
            {"serial": "FTKMOBNEW0000003", "vdom": "dmz", **free},
        ],
        "users": [
            {
                "name": "alice",
                "vdom": "root",
                "fortitoken": "FTKMOBOLD0000002",
                "email_to": "alice@example.com",
                "settings": {"username-sensitivity": "disable"},
            },
            {"name": "bob b", "vdom": "root", "fortitoken": "FTKMOBOLD0000001", "sms_phone": "15550100"},
            {
                "name": "carol",
                "vdom": "dmz",
                "fortitoken": "FTKMOBOLD0000003",
                "email_to": "carol@example.com",
                "status": "disable",
            },
            {"name": "keep", "vdom": "root", "fortitoken": "FTKMOBKEEP000001", "email_to": "keep@example.com"},
        ],
        "email_server": {"server": "mail.example.com"},
        "behaviour": {"forgotten_with_two_factor": ["username-sensitivity"]},
        "fortiguard": {"delay": 0.02},
    }
    data.update(settings)
    if data["vdom_mode"] == "none":
        for thing in (*data["tokens"], *data["users"]):
            thing["vdom"] = "root"
    return from_data(data)[0]


UNITS: dict[str, Callable[..., Scenario]] = {
    "transactions": functools.partial(scenario, vdom_mode="none", vdoms=["root"]),
    "no-transactions-vdoms": functools.partial(scenario, version=OLD_RELEASE),
}


def moved(play: Controller, journal: Path, **more: Any) -> dict[str, Any]:
    """Move users, as the role does."""
    options = {"journal": str(journal), "token_map": ["auto"], **more}
    return play.run("fortitoken_remediate", timeout=5, strict=False, **options)


def users(simulator: Simulator) -> dict[str, Any]:
    """Every user's entry, and the statuses of the tokens."""
    summary = simulator.call(simulator.unit().summary)
    found = {
        path: {name: {"status": "enable", **entry} for name, entry in entries.items()}
        for path, entries in summary["config"].items()
        if path.endswith(("user local", "user fortitoken"))
    }
    for path, entries in found.items():
        if path.endswith("user fortitoken"):
            found[path] = {name: {"license": entry["license"]} for name, entry in entries.items()}
    return dict(json.loads(json.dumps({"config": found, "status": summary["status"]})))


def held(simulator: Simulator, name: str, vdom: str = "root") -> tuple[str, str]:
    entry = users(simulator)["config"][f"{vdom}/user local"][name]
    return entry["fortitoken"], entry["status"]


def mails(simulator: Simulator) -> list[str]:
    return sorted(event["user"] for event in simulator.events if event["type"] == "mail")


@pytest.mark.parametrize("make", UNITS.values(), ids=list(UNITS))
def test_users_are_moved_once_check_mode_shows_the_same_lines_and_a_second_run_changes_nothing(
    make: Callable[..., Scenario], tmp_path: Path
) -> None:
    with running(make()) as simulator, controller(simulator) as play:
        planned = moved_in_check_mode(play, tmp_path / "j.json")
        assert changing_lines(simulator.events) == []
        done = moved(play, tmp_path / "j.json")
        assert done["commands"] == planned and done["failed_serials"] == [] and not done["stopped"]
        vdom = "dmz" if "dmz/user local" in users(simulator)["config"] else "root"
        assert [held(simulator, "alice"), held(simulator, "bob b"), held(simulator, "carol", vdom)] == [
            ("FTKMOBNEW0000001", "enable"),
            ("FTKMOBNEW0000002", "enable"),
            ("FTKMOBNEW0000003", "disable"),
        ]
        assert held(simulator, "keep") == ("FTKMOBKEEP000001", "enable")
        assert users(simulator)["config"]["root/user local"]["alice"]["username-sensitivity"] == "disable"
        # Each user gets one code, and no second one when they are enabled.
        assert mails(simulator) == ["alice", "bob b", "carol"]
        lines = len(changing_lines(simulator.events))
        again = moved(play, tmp_path / "j.json")
        assert (again["changed"], again["commands"], again["moves"]) == (False, [], [])
        assert len(changing_lines(simulator.events)) == lines and not (tmp_path / "j.json").exists()
        play.close()
        assert violations(simulator.events) == []
        assert not [event for event in simulator.events if event["type"] == "change" and event["op"] == "delete"]


def moved_in_check_mode(play: Controller, journal: Path) -> list[str]:
    options = {"journal": str(journal), "token_map": ["auto"]}
    result = play.run("fortitoken_remediate", check_mode=True, timeout=5, strict=False, **options)
    assert [(row["name"], row["old"], row["new"]) for row in result["moves"] if row["name"] == "alice"] == [
        ("alice", "FTKMOBOLD0000002", "FTKMOBNEW0000001")
    ]
    return list(result["commands"])


def test_nobody_is_moved_without_the_option(tmp_path: Path) -> None:
    with running(UNITS["transactions"]()) as simulator, controller(simulator) as play:
        done = moved(play, tmp_path / "j.json", token_map=[])
        assert (done["moves"], done["changed"]) == ([], False) and changing_lines(simulator.events) == []


def test_one_run_redeems_the_code_of_a_transferred_license_and_gives_its_tokens_to_the_users(tmp_path: Path) -> None:
    """The license keeps its number, so its old tokens on the unit are refuted, and its new ones are good."""
    tokens = ["FTKMOBNEW0000007", "FTKMOBNEW0000008", "FTKMOBNEW0000009"]
    fortiguard = {"delay": 0.02, "licenses": {CODE: {"tokens": tokens, "license": LOST}}}
    unit = scenario(vdom_mode="none", vdoms=["root"], fortiguard=fortiguard)
    unit.tokens = [token for token in unit.tokens if token.license == LOST]
    with running(unit) as simulator, controller(simulator) as play:
        waiting = play.run("fortitoken_facts", ping="never", token_map=["auto"])["ansible_facts"]["fortitoken"]
        assert [row["cause"] for row in waiting["moves"]] == ["no_token"] * 3
        done = moved(play, tmp_path / "j.json", license_codes=[CODE])
        assert [row["new"] for row in done["moves"]] == tokens and done["licensed"] == tokens
        assert held(simulator, "alice") == ("FTKMOBNEW0000007", "enable")
        assert mails(simulator) == ["alice", "bob b", "carol"]
        play.close()
        assert violations(simulator.events) == []


def test_users_who_do_not_enroll_at_once_are_enabled_and_not_waited_for(tmp_path: Path) -> None:
    unit = UNITS["transactions"](enrollment={"scans_after": None})
    with running(unit) as simulator, controller(simulator) as play:
        started = time.monotonic()
        done = moved(play, tmp_path / "j.json")
        assert time.monotonic() - started < 20 and done["failed_serials"] == [] and not done["stopped"]
        assert held(simulator, "alice") == ("FTKMOBNEW0000001", "enable")
        assert {row["status"] for row in done["results"] if row["action"] == "assigned"} == {"provisioning"}


def test_tokens_of_a_license_that_is_not_registered_here_cost_one_user(tmp_path: Path) -> None:
    """The unit shows them as new; only the first user who gets one shows that they do not work."""
    unit = UNITS["transactions"]()
    for token in unit.tokens:
        if token.license == BOUGHT:
            token.registered_to = "FGT60ETK18000009"
    with running(unit) as simulator, controller(simulator) as play:
        done = moved(play, tmp_path / "j.json")
        assert done["stopped_cause"] == "move" and [row["name"] for row in done["moves"] if row["new"]] == ["alice"]
        assert held(simulator, "alice") == ("FTKMOBNEW0000001", "enable")
        assert held(simulator, "bob b") == ("FTKMOBOLD0000001", "enable")
        assert mails(simulator) == []
        play.close()
        assert violations(simulator.events) == []


def cut(unit: str, line: int, folder: Path) -> list[str]:
    """Cut the line to the unit after it has executed the Nth line, run again, and compare with an unbroken run."""
    folder.mkdir()
    journal = folder / "journal.json"
    with running(UNITS[unit]()) as simulator:
        simulator.unit().faults.append(Fault("cut_after", line=line))
        with controller(simulator) as play, contextlib.suppress(ModuleFailed):
            moved(play, journal)
        # A run may be over before the line, for not every run polls as often.
        simulator.unit().faults.clear()
        end = time.monotonic() + 20
        while simulator.call(lambda: len(simulator.unit().shells)) and time.monotonic() < end:
            time.sleep(0.01)
        simulator.call(lambda: effects.strike(simulator.unit(), Fault("expire")))
        found = []
        with controller(simulator) as play:
            try:
                moved(play, journal)
            except ModuleFailed as failure:
                found.append(f"the second run failed: {failure}")
        found += violations(simulator.events, killed=True)
        if journal.exists():
            found.append("the journal is still open")
        wanted, now = json.loads((folder.parent / "wanted.json").read_text()), users(simulator)
        found += [f"{key} differs: {now[key]}" for key in wanted if now[key] != wanted[key]]
        twice = [name for name in set(mails(simulator)) if mails(simulator).count(name) > 1]
        return found + [f"{name} got two codes" for name in twice]


def _try(case: tuple[str, int, str]) -> str:
    unit, line, folder = case
    found = cut(unit, line, Path(folder) / str(line))
    return f"cut after line {line}: {found}" if found else ""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("unit", UNITS)
def test_a_cut_at_any_line_loses_nothing_and_the_next_run_ends_where_an_unbroken_one_does(
    unit: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with running(UNITS[unit]()) as simulator, controller(simulator) as play:
        moved(play, tmp_path / "journal.json")
        (tmp_path / "wanted.json").write_text(json.dumps(users(simulator)))
        play.close()
        lines = [event for event in simulator.events if event["type"] == "line"]
    changing = [number for number, event in enumerate(lines, 1) if event["mutated"]]
    # What comes before only reads. With the lines in between, a cut after each is one before the next.
    cases = [(unit, line, str(tmp_path)) for line in range(changing[0] - 1, changing[-1] + 2)]
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=multiprocessing.get_context("spawn")) as pool:
        failures = [text for text in pool.map(_try, cases, chunksize=4) if text]
    record_property("tried", f"moving users, {unit}: the line was cut after each of {len(cases)} lines")
    assert failures == []
