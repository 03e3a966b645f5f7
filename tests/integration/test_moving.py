# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role gives users the tokens of a license that was transferred: planned, approved, applied, reported."""

from __future__ import annotations

from typing import Any

from tests.simulator import from_data, running

from .conftest import Place, assert_promises_kept, changes, lines

REMEDIATE = "fortiops.fortitoken.remediate_tokens"
CODE = "1A2B-3C4D-5E6F-7081-92A3"
OLD, NEW = "FTKMOBOLD000000{}", "FTKMOBNEW000000{}"
DATA: dict[str, Any] = {
    "hostname": "fgt-moved",
    "tokens": [
        *({"serial": OLD.format(n), "state": "locked", "license": "EFTM000000000001"} for n in (1, 2, 3)),
        {"serial": NEW.format(9), "state": "new", "license": "EFTM000000000002"},
    ],
    "users": [
        {"name": "alice", "fortitoken": OLD.format(1), "email_to": "alice@example.com", "passwd": "made-up-pw-1"},
        {"name": "bob", "fortitoken": OLD.format(2), "email_to": "bob@example.com", "passwd": "made-up-pw-2"},
        {"name": "mute", "fortitoken": OLD.format(3), "passwd": "made-up-pw-3"},
    ],
    "email_server": {"server": "mail.example.com"},
    "fortiguard": {
        "delay": 0.1,
        "licenses": {CODE: {"tokens": [NEW.format(n) for n in (1, 2)], "license": "EFTM000000000001"}},
    },
}


def test_an_approved_plan_moves_users_to_the_named_tokens_and_nothing_is_left_of_it(place: Place) -> None:
    with running(*from_data(DATA)) as sim:
        place.add(sim)
        asked = {"remediate_token_map": {"alice": NEW.format(9).lower()}, "remediate_strict": False}
        checked = place.play(REMEDIATE, "--check", "--diff", **asked)
        assert changes(sim) == [] and f'set fortitoken "{NEW.format(9)}"' in checked.output, checked.output
        would = checked.report("fgt-moved")
        assert [row["title"] for row in would["findings"] if row["id"] == "users_to_move"] == [
            "1 user would get another mobile token"
        ]
        plan = {"remediate_plan": str(checked.reports / "plan" / "fgt-moved.json"), "remediate_strict": False}
        applied = place.play(REMEDIATE, **plan)
        report = applied.report("fgt-moved")
        (row,) = report["moves"]
        assert (row["name"], row["old"], row["new"]) == ("alice", OLD.format(1), NEW.format(9)), applied.output
        assert report["commands"] == would["planned_commands"]
        repeated = place.play(REMEDIATE, **plan)
        assert repeated.recap("fgt-moved")["changed"] == 0, repeated.output
        for run in (checked, applied, repeated):
            assert_promises_kept(sim, run)


def test_one_run_redeems_the_code_and_moves_every_user_who_can_be_reached(place: Place) -> None:
    with running(*from_data({**DATA, "tokens": DATA["tokens"][:3]})) as sim:
        place.add(sim)
        settings = {"remediate_token_map": "auto", "remediate_license_codes": CODE, "remediate_strict": False}
        done = place.play(REMEDIATE, **settings)
        report = done.report("fgt-moved")
        assert {row["name"]: (row["new"], row["cause"]) for row in report["moves"]} == {
            "alice": (NEW.format(1), ""),
            "bob": (NEW.format(2), ""),
            "mute": ("", "delivery"),
        }, done.output
        told = {finding["id"]: finding for finding in report["findings"]}
        assert told["users_moved"]["evidence"] == [
            f"user alice: {OLD.format(1)}, now {NEW.format(1)}",
            f"user bob: {OLD.format(2)}, now {NEW.format(2)}",
        ]
        assert "neither email-to nor sms-phone" in told["users_not_moved"]["evidence"][0]
        assert "binding_lost" not in told and report["journal"] is None
        assert [row["name"] for row in report["locked_out"]] == ["mute"]
        again = place.play(REMEDIATE, **settings)
        assert again.recap("fgt-moved")["changed"] == 0, again.output
        assert sum(line.startswith("set fortitoken ") for line in lines(sim)) == 4
        for run in (done, again):
            assert_promises_kept(sim, run)
