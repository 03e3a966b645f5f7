# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup becomes a simulated unit, with what is to go wrong; the rehearsal itself runs in tests/platform."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.offline import backup, shell_of, typed
from tests.simulator import from_data, load
from tests.tools import rehearse
from tests.tools.rehearse import fault_plan, rehearsal
from tests.tools.unit_files import MIGRATED

UNIT: dict[str, Any] = {
    "hostname": "fw-berlin",
    "vdom_mode": "multi",
    "vdoms": ["root", "dmz"],
    "tokens": [
        {"serial": f"FTK200BAA000000{number}", "vdom": "dmz", "seed": True, "state": "active", "comments": "desk 1"}
        for number in range(4)
    ],
    "users": [
        {
            "name": "j doe",
            "vdom": "dmz",
            "fortitoken": "FTK200BAA0000001",
            "status": "disable",
            "email_to": "j@example.com",
            "settings": {"username-sensitivity": "disable"},
        }
    ],
    "admins": [{"name": "nightshift", "fortitoken": "FTK200BAA0000002"}],
    "global_settings": {"cfg-save": "manual"},
    "email_server": {"server": "mail.example.com", "password": "made-up-pw"},
    "config": {"dmz": 'config user group\nedit "staff"\nset member "j doe"\nnext\nend\n'},
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "fw.conf"
    path.write_text(backup(shell_of(UNIT)), encoding="utf-8")
    return path


def test_the_simulated_copy_shows_the_configuration_of_the_backup(config: Path) -> None:
    data = rehearsal([config], "", fault_plan(""))
    original, copy = shell_of(UNIT), shell_of({**data, "accounts": UNIT.get("accounts", data["accounts"])})
    for lines in (
        ("config global", "show system global", "show system admin", "end"),
        ("config vdom", "edit dmz", "show user fortitoken", "show user local", "show user group"),
    ):
        for line in lines:
            shown, expected = copy.execute(line).lines, original.execute(line).lines
            # Secrets are made up, and encrypted anew each time.
            assert [text for text in shown if " ENC " not in text] == [text for text in expected if " ENC " not in text]


def test_without_statuses_the_copy_is_a_freshly_migrated_unit(config: Path) -> None:
    data = rehearsal([config], "", fault_plan(""))
    assert {token["state"] for token in data["tokens"]} == {MIGRATED}


def test_statuses_that_were_copied_are_those_of_the_copy(config: Path, tmp_path: Path) -> None:
    more = tmp_path / "statuses.txt"
    more.write_text(typed(shell_of(UNIT), "config vdom", "edit dmz", "diagnose fortitoken info"), encoding="utf-8")
    data = rehearsal([config, more], "", fault_plan(""))
    assert {token["state"] for token in data["tokens"]} == {"active"}


def test_a_fault_plan_says_what_fortinet_really_released(config: Path) -> None:
    def released(text: str, stated: str = "all") -> list[str]:
        answers = rehearsal([config], stated, fault_plan(text))["fortiguard"]["serials"]
        return sorted(serial for serial, answer in answers.items() if answer["lock_released"])

    serials = [token["serial"] for token in UNIT["tokens"]]
    assert released("") == serials
    assert released("", stated=serials[0].lower()) == serials[:1]
    assert released("Fortinet released half") == serials[::2]
    assert released("Fortinet released none.") == []
    assert released(f"fortinet released {serials[3]}") == serials[3:]


def test_faults_become_those_of_the_simulator(config: Path) -> None:
    plan = fault_plan("the line drops at step 37; Step 3 is refused; the token server leaves at step 9.")
    data = rehearsal([config], "", plan)
    found = [(fault["kind"], fault["line"]) for fault in data["faults"]]
    assert found == [("cut_after", 37), ("refuse", 3), ("server", 9)]
    from_data(data)


def test_a_sentence_that_is_not_known_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"'the moon falls' is not known\. Known are: Fortinet released half"):
        fault_plan("the moon falls")


KINDS = ("migrated", "multivdom", "cluster", "groups", "mobile", "legacy60", "fseries", "healthy")


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_unit_can_be_rehearsed(name: str, tmp_path: Path) -> None:
    load(name)
    data = yaml.safe_load((ROOT / "tests" / "simulator" / "scenarios" / f"{name}.yml").read_text(encoding="utf-8"))
    path = tmp_path / "fw.conf"
    path.write_text(backup(shell_of(data["units"][0] if "units" in data else data)), encoding="utf-8")
    made = rehearsal([path], "all", fault_plan(""))
    assert made["tokens"]
    from_data(made)


@pytest.mark.parametrize(("keys", "shown"), [("end", "end"), ("", "(Enter)"), ("   ", "(next page)")])
def test_keys_without_ink_are_named(keys: str, shown: str) -> None:
    assert rehearse._line({"context": "", "text": keys, "error": ""}).strip() == shown
