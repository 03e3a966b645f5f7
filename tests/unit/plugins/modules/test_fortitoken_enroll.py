# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""fortitoken_enroll on a simulated unit: users who scan in time, late, never, or cannot be reached, over ten days."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal import Journal, save
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll import look, machine, state, work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Binding
from tests.faults.controller import Controller, ModuleFailed, controller
from tests.simulator import Simulator, from_data, running
from tests.simulator.config_lines import configuration_lines
from tests.simulator.mails import mails, mails_to_enrolled, second_mails

HABITS: list[dict[str, Any]] = [
    {"scans_after": 5},
    {"scans_after": [100, 4]},
    {"scans_after": None},
    {"scans_after": 30},
    {"scans_after": 60},
]


def data(count: int = 5, habits: list[dict[str, Any]] | None = None, **settings: Any) -> dict[str, Any]:
    found = habits or HABITS
    serials = [f"FTKMOB{number:010}" for number in range(count)]
    return {
        "tokens": [{"serial": serial, "state": "provision timeout"} for serial in serials],
        "users": [
            {
                "name": f"u{number}",
                "type": "radius",
                "fortitoken": serial,
                "email_to": f"u{number}@example.com",
                "enrollment": found[number % len(found)],
            }
            for number, serial in enumerate(serials)
        ],
        "email_server": {"server": "mail.example.com"},
        "clock": "2026-12-01T08:00:00",
        "fortiguard": {"delay": 0.02, "polls": False},
        **settings,
    }


class Days:
    """A unit over simulated days, and a controller with its files."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator, self.folder = simulator, folder
        self.file = folder / "state.json"
        self.options: dict[str, Any] = {"state": str(self.file), "timeout": 3}

    def run(self, **options: Any) -> dict[str, Any]:
        """One play: a login, the module, a logout."""
        with controller(self.simulator) as made:
            return self.on(made, **options)

    def on(self, made: Controller, **options: Any) -> dict[str, Any]:
        with (
            mock.patch.object(look, "POLL_SECONDS", 0.05),
            mock.patch.object(work, "PAUSES", (0.05,)),
            mock.patch.object(work, "LISTEN_SECONDS", 0.1),
            mock.patch.object(work, "SETTLE_SECONDS", 0.3),
            mock.patch.object(machine, "SETTLE_SECONDS", 0.3),
        ):
            return made.run("fortitoken_enroll", **{**self.options, **options})

    def stopped(self, **options: Any) -> dict[str, Any]:
        """One play that fails, with what it returned."""
        with pytest.raises(ModuleFailed) as failed:
            self.run(**options)
        return failed.value.result

    def pass_time(self, **time: float) -> None:
        unit = self.simulator.unit()
        self.simulator.call(lambda: unit.advance(**time))

    def states(self) -> dict[str, str]:
        return {user["name"]: user["state"] for user in json.loads(self.file.read_text())["users"]}

    def assert_nobody_bothered(self) -> None:
        events = self.simulator.events
        assert second_mails(events) == []
        assert mails_to_enrolled(events) == []


@contextlib.contextmanager
def unit(folder: Path, **settings: Any) -> Iterator[Days]:
    with running(*from_data(data(**settings))) as simulator:
        yield Days(simulator, folder)


def asked(result: dict[str, Any]) -> dict[str, str]:
    return {row["user"]: row["why"] for row in result["requested"]}


def test_ten_days_with_users_who_are_late_never_come_and_are_in_time(tmp_path: Path) -> None:
    with unit(tmp_path, count=30) as days:
        first = days.run()
        assert len(asked(first)) == 30 and set(asked(first).values()) == {"first"}
        assert (first["changed"], first["counts"]["requested"]) == (True, 30)
        again = days.run()
        assert (again["changed"], again["requested"], again["commands"]) == (False, [], [])
        for _half_day in range(20):
            days.pass_time(hours=12)
            result = days.run()
        days.assert_nobody_bothered()
        assert result["counts"] == {
            "waiting": 0,
            "requested": 0,
            "enrolled": 24,
            "given_up": 6,
            "undeliverable": 0,
            "blocked": 0,
        }
        assert result["outcome"] == "attention"
        # Every code that ran out was the last of a user who never came.
        expired = {event["user"] for event in days.simulator.events if event["type"] == "code_expired"}
        assert expired == {name for name, reached in days.states().items() if reached == "given_up"}
        assert max(len(mails(days.simulator.events, f"u{number}")) for number in range(30)) == 3
        assert [row["enrolled"] for row in result["history"]] == sorted(row["enrolled"] for row in result["history"])
        assert len(result["history"]) == 11
        assert not configuration_lines(days.simulator.events)


def test_no_secret_is_in_the_result_or_the_state(tmp_path: Path) -> None:
    with unit(tmp_path) as days:
        result = days.run()
        days.pass_time(hours=30)
        later = days.run()
        texts = [json.dumps(result), json.dumps(later), days.file.read_text()]
        assert days.simulator.secrets()
        assert not [secret for secret in days.simulator.secrets() for text in texts if secret in text]


class Stop(BaseException):
    """The controller is killed here."""


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_and_carried_on(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    real = state.save

    with unit(tmp_path, count=12, habits=[{"scans_after": 5}, {"scans_after": None}]) as days:
        for _half_day in range(7):
            countdown = chance.randrange(1, 9)

            def save(path: str, kept: Any) -> None:
                nonlocal countdown
                countdown -= 1
                if countdown == 0 and chance.random() < 0.5:
                    raise Stop
                real(path, kept)
                if countdown == 0:
                    raise Stop

            with mock.patch.object(state, "save", save), contextlib.suppress(Stop):
                days.run()
            days.run()
            days.pass_time(hours=12)
        result = days.run()
        days.assert_nobody_bothered()
        assert result["counts"]["enrolled"] == 6
        assert {event["user"] for event in days.simulator.events if event["type"] == "code_expired"} <= {
            name for name, reached in days.states().items() if reached == "given_up"
        }


@pytest.mark.parametrize("line", range(1, 40, 6))
def test_a_line_that_breaks_loses_no_code_and_sends_none_twice(tmp_path: Path, line: int) -> None:
    faults = [{"kind": "cut_after" if line % 2 else "cut_before", "line": line}]
    with unit(tmp_path, count=6, habits=[{"scans_after": None}], faults=faults) as days:
        with contextlib.suppress(ModuleFailed):
            days.run()
        days.run()
        assert days.run()["requested"] == []
        assert sorted(event["user"] for event in mails(days.simulator.events)) == [f"u{number}" for number in range(6)]


def test_a_wave_a_day_begins_with_the_pilots(tmp_path: Path) -> None:
    group = 'config user group\n edit "pilots"\n set member "u1" "u3"\n next\nend'
    with unit(tmp_path, count=8, habits=[{"scans_after": 5}], config={"root": group}) as days:
        assert set(asked(days.run(users=["group:pilots"], per_run=3))) == {"u1", "u3"}
        assert set(asked(days.run(users=["group:pilots"], per_run=3))) == set()
        # The rest of the day's three, and no more on that day.
        assert set(asked(days.run(per_run=3))) == {"u0"}
        assert asked(days.run(per_run=3)) == {}
        days.pass_time(hours=24)
        assert len(asked(days.run(per_run=3))) == 3
        assert days.run(users=["nobody", "root/u1"])["unknown"] == ["nobody"]


def test_a_user_with_a_new_phone_gets_one_code_for_asking(tmp_path: Path) -> None:
    with unit(tmp_path, count=2, habits=[{"scans_after": 5}]) as days:
        days.run()
        days.pass_time(hours=6)
        assert days.run()["outcome"] == "done"
        days.simulator.call(lambda: days.simulator.unit().mobile.new_phone("u0"))
        assert days.run()["requested"] == []
        assert asked(days.run(again="u0")) == {"u0": "again"}
        assert asked(days.run(again="u0")) == {}
        days.pass_time(hours=6)
        assert days.run(again="u0")["outcome"] == "done"
        assert len(mails(days.simulator.events)) == 3 and mails_to_enrolled(days.simulator.events) == []


def test_users_who_cannot_be_reached_get_nothing_until_they_can(tmp_path: Path) -> None:
    settings = data(count=2, habits=[{"scans_after": None}])
    del settings["users"][0]["email_to"]
    with running(*from_data(settings)) as simulator:
        days = Days(simulator, tmp_path)
        result = days.run()
        assert set(asked(result)) == {"u1"}
        row = next(row for row in result["results"] if row["user"] == "u0")
        assert row["state"] == "undeliverable" and "email-to" in row["reason"]
        table = simulator.unit().config.table("root", "user local").entries["u0"]
        simulator.call(lambda: table.set("sms-phone", "15550100"))
        assert asked(days.run()) == {"u0": "first"}
        assert mails(simulator.events)[-1]["channel"] == "sms"


def test_too_many_refused_mails_stop_the_run(tmp_path: Path) -> None:
    habits = [{"mail": "refused"}, {"scans_after": 2}]
    with unit(tmp_path, count=40, habits=habits) as days:
        result = days.stopped()
        assert "limit is 20%" in result["msg"]
        assert (len(result["requested"]), result["outcome"]) == (5, "stopped")
        assert result["counts"]["undeliverable"] == 3
        # The next run tries with one mail, and does not send to those whose mail was refused.
        days.pass_time(hours=24)
        assert "u0" not in asked(days.run(max_undeliverable=60))
        days.assert_nobody_bothered()
        events = days.simulator.events
        assert [event["on"] for event in events if event["type"] == "debug"][-1] is False


def test_a_mail_server_that_does_not_answer_stops_the_run(tmp_path: Path) -> None:
    with unit(tmp_path, count=40, mail="unreachable", habits=[{"mail": "unreachable"}]) as days:
        result = days.stopped()
        assert result["outcome"] == "stopped" and len(result["requested"]) == 5
        assert set(days.states().values()) == {"undeliverable", "waiting"}


def test_outside_its_window_a_run_only_reads(tmp_path: Path) -> None:
    with unit(tmp_path) as days:
        result = days.run(window="10:00-12:00")
        assert (result["requested"], result["outside_window"]) == ([], True)
        days.pass_time(hours=3)
        assert len(days.run(window="10:00-12:00")["requested"]) == 5


def test_check_mode_plans_the_same_and_writes_nothing(tmp_path: Path) -> None:
    with unit(tmp_path) as days:
        plan = days.run(check_mode=True)
        assert not days.file.exists() and not mails(days.simulator.events)
        done = days.run()
        assert plan["commands"] == done["commands"] and plan["requested"] == done["requested"]
        days.pass_time(hours=49)
        kept = days.file.read_text()
        assert days.run(check_mode=True)["reminders"] and days.file.read_text() == kept


def test_reminders_name_the_address_and_come_once_a_day(tmp_path: Path) -> None:
    with unit(tmp_path, count=2, habits=[{"scans_after": None}]) as days:
        assert days.run()["reminders"] == []
        days.pass_time(hours=25)
        (one, two) = days.run()["reminders"]
        assert (one["address"], one["days_left"], one["channel"]) == ("u0@example.com", 1, "email")
        assert "ends in 1 day" in two["reason"]
        assert days.run()["reminders"] == []


def test_administrators_only_where_they_are_included(tmp_path: Path) -> None:
    admin = {"name": "night", "fortitoken": "FTKMOBADMIN00001", "email_to": "night@example.com"}
    settings = data(count=1, admins=[admin])
    settings["tokens"].append({"serial": "FTKMOBADMIN00001", "state": "provision timeout"})
    with running(*from_data(settings)) as simulator:
        days = Days(simulator, tmp_path)
        assert set(asked(days.run())) == {"u0"}
        assert set(asked(days.run(admins="include"))) == {"night"}


def test_a_managed_unit_gets_codes_and_no_configuration_line(tmp_path: Path) -> None:
    manager = {"type": "fortimanager", "fmg": "192.0.2.5"}
    with unit(tmp_path, central_management=manager) as days:
        assert len(days.run()["requested"]) == 5
        assert not configuration_lines(days.simulator.events)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"fortiguard": {"status": "unreachable", "works": False}}, "token server"),
        ({"ha": {"mode": "a-p", "role": "secondary", "members": ["FGT60ETK18000001"]}}, "secondary"),
    ],
)
def test_a_unit_that_cannot_send_is_refused_in_words(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    with unit(tmp_path, **settings) as days, pytest.raises(ModuleFailed, match=words):
        days.run()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"window": ["all day"]}, "window: 'all day' is not a time window"),
        ({"max_mails": 0}, "max_mails: 0 is not allowed; it must be 1 or more"),
        ({"max_undeliverable": 101}, "0 to 100"),
        ({"renew_before": 168}, "0 to 167"),
    ],
)
def test_bad_options_are_refused_before_the_unit_is_contacted(
    tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    with unit(tmp_path) as days:
        with pytest.raises(ModuleFailed, match=words):
            days.run(**options)
        assert not [event for event in days.simulator.events if event["type"] == "login"]


def break_mode(file: Path) -> None:
    file.chmod(0o666)


def break_text(file: Path) -> None:
    file.write_text("{")


def break_unit(file: Path) -> None:
    file.write_text(file.read_text().replace('"serial": "FGT', '"serial": "FGX', 1))


def break_link(file: Path) -> None:
    file.rename(file.with_suffix(".real"))
    file.symlink_to(file.with_suffix(".real"))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (break_mode, "mode 0666"),
        (break_text, "not valid JSON"),
        (break_unit, "belongs to unit"),
        (break_link, "symbolic link"),
    ],
)
def test_a_state_that_cannot_be_trusted_sends_nothing(
    tmp_path: Path, damage: Callable[[Path], None], words: str
) -> None:
    with unit(tmp_path) as days:
        days.run()
        days.pass_time(hours=60)
        damage(days.file)
        sent = len(mails(days.simulator.events))
        with pytest.raises(ModuleFailed, match=words):
            days.run()
        assert len(mails(days.simulator.events)) == sent


def test_tokens_of_an_interrupted_repair_are_left_alone(tmp_path: Path) -> None:
    journal = tmp_path / "journal.json"
    with unit(tmp_path, count=2) as days:
        begun = Journal(days.simulator.unit().scenario.serial, "fgt")
        begun.add([], [Binding("FTKMOB0000000000", "user", "u0", "root", "fortitoken", "enable")])
        save(str(journal), begun)
        result = days.run(journal=str(journal))
        assert set(asked(result)) == {"u1"}
        assert "remediate_tokens" in next(row for row in result["results"] if row["user"] == "u0")["reason"]
