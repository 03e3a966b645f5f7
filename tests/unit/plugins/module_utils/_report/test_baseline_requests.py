# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be asked for before an old unit is switched off."""

from __future__ import annotations

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import baseline_requests
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    token,
)
from tests.unit.plugins.module_utils._report.old_unit import baseline, row


class TestRequests:
    def test_who_has_to_be_asked_for_what(self) -> None:
        rows = baseline_requests.requests(baseline())
        assert {entry["id"]: entry["serials"] for entry in rows} == {
            # Neither the new tokens, nor the one whose activation failed, the one with a CD, or the exempt family.
            "lock_release": ["FTK200EXAMPLE001", "FTK200EXAMPLE002", "FTK200EXAMPLE007"],
            "license_transfer": ["FTKMOBEXAMPLE008", "FTKMOBEXAMPLE009"],
            "trial_tokens": ["FTKMOBEXAMPLE010", "FTKMOBEXAMPLE011"],
            "seed_cd": ["FTK211EXAMPLE005"],
            "tell_holders": ["FTKMOBEXAMPLE008"],
            "broken_before": ["FTK200EXAMPLE007"],
        }
        assert "EFTM000000000042" in row(rows, "license_transfer")["why"]

    def test_tickets_name_unit_and_tokens_and_no_person(self) -> None:
        rows = baseline_requests.requests(baseline())
        tickets = {entry["id"]: entry["ticket"] for entry in rows if "ticket" in entry}
        assert set(tickets) == {"lock_release", "license_transfer"}
        assert "FGT60FEXAMPLE001" in tickets["lock_release"]
        assert "FTK200EXAMPLE002" in tickets["lock_release"]
        assert "license EFTM000000000042" in tickets["license_transfer"]
        for name in ("alice", "night-shift", "heidi"):
            assert name not in "".join(tickets.values())

    def test_list_for_people_names_the_users(self) -> None:
        made = baseline()
        text = baseline_requests.advance_text(made, baseline_requests.requests(made))
        assert "FTK200EXAMPLE002  administrator night-shift" in text
        assert "FTKMOBEXAMPLE010  user judy (VDOM root)" in text
        assert "could not read the administrators" not in text

    def test_list_says_when_the_administrators_were_not_seen(self) -> None:
        made = baseline(admins_known=False)
        assert "could not read the administrators" in baseline_requests.advance_text(
            made, baseline_requests.requests(made)
        )

    def test_nothing_to_ask_for(self) -> None:
        made = baseline([token("FTK200EXAMPLE003", "activate", "new")])
        assert baseline_requests.requests(made) == []
        assert "Nothing: no token needs" in baseline_requests.advance_text(made, [])
