# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""fortitoken_activate on a simulated unit: license codes that are refused or bring tokens, and codes for holders."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.controller import Controller, ModuleFailed, controller
from tests.simulator import Simulator, from_data, running

LOST, FRESH, TIMED_OUT = "FTKMOBLOST000001", "FTKMOBFRESH00001", "FTKMOBTIMED00001"
TRIALS = ["FTKMOBTRIAL00001", "FTKMOBTRIAL00002"]
GOOD, EXPIRED = "1A2B-3C4D-5E6F-7081-92A3", "2B3C-4D5E-6F70-8192-A3B4"
TRIAL = "0000-0000-0000-0000-0000"


def activate(made: Controller, **settings: Any) -> dict[str, Any]:
    """Run the module, for a caller who decides about failures."""
    return made.run("fortitoken_activate", **{"timeout": 1, "strict": False, **settings})


@contextlib.contextmanager
def play(**settings: Any) -> Iterator[tuple[Simulator, Controller]]:
    data: dict[str, Any] = {
        "tokens": [{"serial": LOST, "state": "locked", "license": "EFTM000000000001"}],
        "fortiguard": {
            "delay": 0.02,
            "licenses": {
                GOOD: {"tokens": [LOST, FRESH], "license": "EFTM000000000002"},
                EXPIRED: {"error": 14},
                TRIAL: {"tokens": TRIALS, "license": "FTMTRIAL0A1B2C3D"},
            },
        },
        **settings,
    }
    with running(*from_data(data)) as simulator, controller(simulator) as made:
        yield simulator, made


def imports(simulator: Simulator) -> list[str]:
    """The contexts in which codes were redeemed."""
    return [
        event["context"]
        for event in simulator.events
        if event["type"] == "line" and event["text"].startswith("execute fortitoken-mobile import")
    ]


def test_each_refused_code_is_told_with_its_remedy_and_without_itself() -> None:
    with play() as (_simulator, made):
        result = activate(made, license_codes=[EXPIRED, GOOD, "FFFF-0000-FFFF-0000-FFFF"])
    expired, unknown = result["license_errors"]
    assert expired.startswith("the unit refused 'execute fortitoken-mobile import <redacted>': ")
    assert "-7564 (license code 1 of 3). Remedy: Get a new license code through the sales channel" in expired
    assert "-7567 (license code 3 of 3). Remedy: " in unknown and "Customer Service" in unknown
    assert not [code for code in (EXPIRED, "FFFF-0000-FFFF-0000-FFFF") if code in repr(result["license_errors"])]
    assert (result["licensed"], result["changed"]) == ([LOST, FRESH], True)


def test_each_code_is_told_of_by_its_position() -> None:
    codes = [GOOD, EXPIRED, GOOD, TRIAL]
    with play(tokens=[{"serial": LOST, "state": "provisioned"}]) as (simulator, made):
        rows = activate(made, license_codes=codes)["license_results"]
        assert [(row["number"], row["total"], row["outcome"]) for row in rows] == [
            (1, 4, "redeemed"),
            (2, 4, "refused"),
            (3, 4, "unused"),
            (4, 4, "redeemed"),
        ]
        # The token that was listed already belongs to the license now, so it counts, too.
        assert (rows[0]["tokens"], rows[3]["tokens"]) == ([LOST, FRESH], TRIALS)
        assert rows[1]["remedy"].startswith("Get a new license code") and "-7564" in rows[1]["message"]
        assert rows[2]["message"] == "It is the same as license code 1."
        assert len(imports(simulator)) == 3
        assert not [code for code in (GOOD, EXPIRED) if code in repr(rows)]


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ({"refusal": "expired"}, "sales channel"),
        # Its message is in the debug output only, and its number is not public.
        ({"refusal": "card_not_found"}, ""),
        ({"refusal": "other_product"}, "Customer Service"),
        ({"refusal": "no_valid_token"}, "support portal"),
        ({"error": 77, "error_message": "a reason that nobody knows"}, ""),
    ],
)
def test_every_refusal_has_one_remedy(refusal: dict[str, Any], words: str) -> None:
    fortiguard = {"licenses": {GOOD: refusal}, "card_not_found": 15}
    with play(tokens=[], fortiguard=fortiguard) as (_simulator, made):
        (row,) = activate(made, license_codes=[GOOD])["license_results"]
    assert row["outcome"] == "refused" and words in row["remedy"] and row["remedy"]


def test_a_code_is_redeemed_once_also_over_several_runs(tmp_path: Path) -> None:
    journal = str(tmp_path / "fgt.json")
    with play() as (simulator, made):
        first = activate(made, license_codes=[GOOD], journal=journal)
        again = activate(made, license_codes=[GOOD], journal=journal)
        planned = activate(made, check_mode=True, license_codes=[GOOD], journal=journal)
        assert (first["changed"], again["changed"], planned["changed"]) == (True, False, False)
        assert "all tokens that it brought are there" in again["license_results"][0]["message"]
        assert len(imports(simulator)) == 1
        assert GOOD not in "".join(path.read_text() for path in tmp_path.iterdir() if path.is_file())
        # What it brought is gone: it brings that back.
        unit = simulator.unit()
        simulator.call(lambda: unit.config.table("root", "user fortitoken").entries.pop(FRESH))
        simulator.call(lambda: unit.fortiguard.tokens.pop(FRESH))
        assert activate(made, license_codes=[GOOD], journal=journal)["licensed"] == [FRESH]


def test_a_refused_code_is_sent_again_only_when_told_to(tmp_path: Path) -> None:
    journal = str(tmp_path / "fgt.json")
    with play() as (simulator, made):
        activate(made, license_codes=[EXPIRED], journal=journal)
        (row,) = activate(made, license_codes=[EXPIRED], journal=journal)["license_results"]
        assert (row["outcome"], len(imports(simulator))) == ("unused", 1)
        assert "It was refused on" in row["message"] and "remediate_retry_refused" in row["remedy"]
        activate(made, license_codes=[EXPIRED], journal=journal, retry_refused=True)
        assert len(imports(simulator)) == 2


def test_a_ledger_that_is_damaged_sends_no_code(tmp_path: Path) -> None:
    (tmp_path / "fgt.json.licenses").write_text('{"format": "x"}')
    with play() as (simulator, made):
        with pytest.raises(ModuleFailed, match="No code was sent"):
            activate(made, license_codes=[GOOD], journal=str(tmp_path / "fgt.json"), strict=True)
        assert imports(simulator) == []


def test_in_a_cluster_the_remedy_names_the_other_member() -> None:
    members = ["FG100FEXAMPLE001", "FG100FEXAMPLE002"]
    settings = {
        "serial": members[0],
        "ha": {"mode": "a-p", "members": members},
        "fortiguard": {"licenses": {GOOD: {"tokens": [LOST], "registered_to": members[1]}}},
    }
    with play(**settings) as (_simulator, made):
        (error,) = activate(made, license_codes=[GOOD])["license_errors"]
    assert "-7567" in error
    assert "which member the license is registered to" in error


def test_a_call_that_redeems_nothing_has_changed_nothing() -> None:
    with play() as (_simulator, made):
        result = activate(made, license_codes=[EXPIRED])
    assert (result["changed"], result["save_due"], result["licensed"]) == (False, False, [])
    assert len(result["license_errors"]) == 1
    assert len(result["commands"]) == 1


def test_the_trial_code_is_redeemed_once_and_again_only_when_its_tokens_are_sick() -> None:
    with play(tokens=[]) as (simulator, made):
        first = activate(made, license_codes=[TRIAL])
        planned = activate(made, check_mode=True, license_codes=[TRIAL])
        second = activate(made, license_codes=[TRIAL])
        assert (first["licensed"], first["changed"]) == (TRIALS, True)
        assert (planned["changed"], second["changed"], second["commands"]) == (False, False, [])
        assert len(imports(simulator)) == 1
    with play(tokens=[{"serial": TRIALS[0], "state": "locked", "license": "FTMTRIAL0A1B2C3D"}]) as (_simulator, made):
        assert activate(made, license_codes=[TRIAL])["licensed"] == TRIALS


def test_a_code_is_planned_and_redeemed_in_the_vdom_that_needs_it() -> None:
    settings = {
        "vdom_mode": "multi",
        "vdoms": ["root", "branch"],
        "tokens": [{"serial": LOST, "vdom": "branch", "state": "locked", "license": "EFTM000000000001"}],
    }
    with play(**settings) as (simulator, made):
        planned = activate(made, check_mode=True, license_codes=[EXPIRED, EXPIRED])
        done = activate(made, license_codes=[EXPIRED, EXPIRED])
        assert planned["commands"] == done["commands"]
        assert done["commands"][:2] == ["config vdom", "edit branch"]
        assert imports(simulator) == ["branch"]


@pytest.mark.parametrize(
    ("server", "holder", "missing"),
    [
        ({"server": ""}, {"email_to": "carol@example.com"}, "the unit has no mail server"),
        ({"server": "mail.example.com"}, {}, "neither email-to nor sms-phone"),
        ({"server": "mail.example.com"}, {"email_to": "carol@example.com"}, ""),
        ({}, {"email_to": "carol@example.com"}, ""),
        ({"server": ""}, {"sms_phone": "+15550100"}, ""),
    ],
    ids=["no server", "no address", "by mail", "by the default server", "by text message"],
)
def test_no_activation_code_is_sent_that_cannot_reach_its_holder(
    server: dict[str, str], holder: dict[str, str], missing: str
) -> None:
    settings = {
        "tokens": [{"serial": TIMED_OUT, "state": "provision timeout", "license": "EFTM000000000001"}],
        "users": [{"name": "carol", "fortitoken": TIMED_OUT, **holder}],
        "email_server": server,
    }
    with play(**settings) as (simulator, made):
        result = activate(made, serials=[TIMED_OUT], provision=True, timeout=2)
        sent = [event for event in simulator.events if event["type"] == "provision"]
    (row,) = result["results"]
    assert bool(sent) is not bool(missing)
    assert (row["action"], result["changed"]) == (("none", False) if missing else ("provisioned", True))
    assert missing in row["message"] and bool(row["message"]) is bool(missing)


def test_a_strict_call_fails_for_a_refused_code_and_for_a_token_that_does_not_work() -> None:
    with play() as (_simulator, made):
        with pytest.raises(ModuleFailed, match="license code 1 of 2") as refused:
            activate(made, license_codes=[EXPIRED, GOOD], strict=True)
        assert refused.value.result["licensed"] == [LOST, FRESH]
    with play() as (_simulator, made):
        with pytest.raises(ModuleFailed, match=f"1 token did not work. {LOST}: ") as failed:
            activate(made, serials=[LOST], strict=True)
        assert failed.value.result["failed_serials"] == [LOST]
        assert failed.value.result["results"][0]["message"]
