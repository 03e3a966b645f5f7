# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run hands over about what it could not repair: findings, evidence and tickets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import from_data, load, running

from .conftest import Place, assert_promises_kept, lines, logins

DEAD = "token already activated, and seed won't be returned"
HELD, CODE = "FTK200HELD000001", "1A2B-3C4D-5E6F-7081-92A3"
MEMBERS = ["FGT60FTK20000001", "FGT60FTK20000002"]


@pytest.mark.parametrize("debug", [True, False], ids=["debug", "event log only"])
def test_refusals_become_findings_with_evidence_and_tickets_as_files(place: Place, debug: bool) -> None:
    data: dict[str, Any] = {
        "hostname": "fgt-a",
        "serial": MEMBERS[0],
        "tokens": [
            {"serial": HELD, "state": DEAD},
            {"serial": "FTKMOBLOST000001", "state": "locked", "license": "EFTM000000000042"},
        ],
        "users": [{"name": "bob", "fortitoken": HELD}],
        "ha": {"mode": "a-p", "members": MEMBERS},
        "fortiguard": {
            "delay": 0.1,
            "serials": {HELD: {"lock_released": False}},
            "licenses": {CODE: {"error": 14}},
        },
    }
    with running(*from_data(data)) as sim:
        place.add(sim)
        # The operator says that the lock is released, and it is not.
        run = place.play(
            "fortiops.fortitoken.remediate_tokens",
            remediate_lock_released=HELD,
            remediate_license_codes=CODE,
            remediate_debug=debug,
            remediate_strict=False,
        )
        assert run.code == 0, run.output
        report = run.report("fgt-a")
        found = {finding["id"]: finding for finding in report["findings"]}
        assert found["already_activated"]["serials"] == [HELD]
        assert found["already_activated"]["first"]
        # The command line's own answer tells the cause of a refused code, with or without debugging.
        assert found["license_expired"]["code"] == 14
        texts = {ticket["addressee"]: ticket["text"] for ticket in report["tickets"]}
        assert set(texts) == {"tac", "customer-service", "sales"}
        for part in (HELD, *MEMBERS, DEAD, 'logid="0100032159"'):
            assert part in texts["tac"]
        for addressee, text in texts.items():
            path = run.reports / f"fgt-a.ticket-{addressee}.txt"
            assert path.read_text(encoding="utf-8") == text + "\n"
            assert path.stat().st_mode & 0o777 == 0o600
        assert [line for line in lines(sim) if line.startswith("execute log")][-1] == "execute log filter reset"
        assert logins(sim) == 1
        assert_promises_kept(sim, run)


def test_a_cluster_with_its_license_on_the_other_member_and_mails_that_are_refused(place: Place) -> None:
    with running(*load("wrongmember")) as sim:
        place.add(sim)
        run = place.play(
            "fortiops.fortitoken.remediate_tokens",
            remediate_license_codes=CODE,
            remediate_provision=True,
            remediate_strict=False,
        )
        assert run.code == 0, run.output
        report = run.report("fgt-cluster")
        found = {finding["id"]: finding for finding in report["findings"]}
        members = ["FG100FEXAMPLE001", "FG100FEXAMPLE002"]
        # Error 17 for the code, error 31 for the token.
        assert (found["no_valid_token"]["code"], found["token_of_another_product"]["code"]) == (17, 31)
        assert found["token_of_another_product"]["serials"] == ["FTKMOBMEMBER0002"]
        assert found["license_on_wrong_member"]["units"] == members
        assert found["license_on_wrong_member"]["actor"] == "Fortinet Customer Service"
        assert found["mail_address_refused"]["evidence"]
        assert found["activation_code_sent"]["serials"] == ["FTKMOBEXPIRED001"]
        assert found["debug_left_on"]["evidence"] == ["fnbamd debug level: 255"]
        (ticket,) = report["tickets"]
        assert ticket["addressee"] == "customer-service"
        for part in (*members, "FTKMOBMEMBER0001", "FTKMOBMEMBER0002", "EFTM000000000001", "error_code", "[-7567]"):
            assert part in ticket["text"]
        assert not [person for person in ("alice", "bob", "carol", "example.com") if person in ticket["text"]]
        assert_promises_kept(sim, run)
