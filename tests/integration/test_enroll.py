# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook enroll_tokens.yml over simulated days: codes, reports, and what a person is told."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import yaml

from tests.conftest import ROOT
from tests.simulator import load, running
from tests.simulator.config_lines import configuration_lines
from tests.simulator.mails import mails, mails_to_enrolled, second_mails

from .conftest import Place, assert_no_secret, changes, logins

HOST = "fgt-mobile"


def test_users_enroll_over_days(place: Place) -> None:
    folder = place.home / "enrollment"
    with running(*load("mobile")) as sim:
        place.add(sim)
        settings = {"enroll_report_dir": str(folder), "enroll_per_run": "0"}
        first = place.play("fortiops.fortitoken.enroll_tokens", **settings)
        # nomail's mail is refused, and that is one of five: not more than the limit.
        assert first.code == 0, first.output
        assert first.recap(HOST)["changed"] == 1
        again = place.play("fortiops.fortitoken.enroll_tokens", **settings)
        assert (again.code, again.recap(HOST)["changed"]) == (0, 0), again.output
        for hours in (12, 44, 12, 12):
            sim.call(lambda hours=hours: sim.unit().advance(hours=hours))
            last = place.play("fortiops.fortitoken.enroll_tokens", **settings)
            assert last.code == 0, last.output
        assert second_mails(sim.events) == [] and mails_to_enrolled(sim.events) == []
        assert not configuration_lines(sim.events) and not changes(sim)
        assert logins(sim) == 6
        for run in (first, again, last):
            assert_no_secret(sim, run)
    report = json.loads((folder / f"{HOST}.json").read_text())
    states = {row["user"]: row["state"] for row in report["results"]}
    assert (states["enrolled"], states["intime"], states["newphone"]) == ("enrolled", "enrolled", "enrolled")
    assert (states["late"], states["nomail"]) == ("enrolled", "undeliverable")
    assert states["never"] == "requested"
    page = (folder / "index.html").read_text()
    assert "<svg" in page and "<script" not in page and "Cannot be reached" in page
    rows = list(csv.DictReader((folder / "users.csv").open(encoding="utf-8", newline="")))
    assert {row["user"]: row["state"] for row in rows} == states
    suite = ElementTree.parse(folder / "junit.xml").getroot()
    assert int(suite.get("failures", "0")) == sum(state in ("undeliverable", "blocked") for state in states.values())
    assert "users are enrolled" in last.output


def test_a_wish_for_another_code_and_a_reminder_reach_the_play(place: Place) -> None:
    play = yaml.safe_load((ROOT / "examples" / "enrollment" / "remind_users.yml").read_text(encoding="utf-8"))
    # What sends the mail is not here: the example's own expressions are shown instead.
    mail = play[0]["tasks"][1]
    shown = mail.pop("community.general.mail")
    mail["ansible.builtin.debug"] = {"msg": f"{shown['to']} | {shown['subject']} | {shown['body']}"}
    with running(*load("mobile")) as sim:
        place.add(sim)
        place.play("", content=play)
        sim.call(lambda: sim.unit().advance(hours=26))
        run = place.play("", content=play, enroll_again="intime")
        assert run.code == 0, run.output
        assert "never@example.com | FortiToken: 1 days left" in run.output
        assert len(mails(sim.events, "intime")) == 2


def test_check_mode_says_who_would_get_a_code_and_sends_nothing(place: Place) -> None:
    with running(*load("mobile")) as sim:
        place.add(sim)
        run = place.play("fortiops.fortitoken.enroll_tokens", "--check", "--diff")
        assert run.code == 0 and "+execute fortitoken-mobile provision FTKMOBLATE000001" in run.output, run.output
        assert not mails(sim.events) and not Path(place.home / ".fortitoken" / "enroll" / f"{HOST}.json").exists()


def test_a_unit_that_is_out_of_reach_is_in_the_report(place: Place) -> None:
    folder = place.home / "enrollment"
    place.hosts["fw-gone"] = {"ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_user": "admin"}
    run = place.play("fortiops.fortitoken.enroll_tokens", enroll_report_dir=str(folder))
    assert run.code == 2
    assert json.loads((folder / "fw-gone.json").read_text())["outcome"] == "failed"
    assert "fw-gone: Failed" in (folder / "index.html").read_text()
