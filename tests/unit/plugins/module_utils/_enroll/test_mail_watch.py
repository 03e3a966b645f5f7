# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the mail daemon says of mails with activation codes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.mail_watch import MailWatch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import Key
from tests.faults.controller import controller
from tests.simulator import from_data, running

ANN: Key = ("user", "root", "ann")
BEN: Key = ("user", "root", "ben")
ASKED = {"ann@example.com": ANN, "ben@example.com": BEN}


def watch() -> MailWatch:
    console: Any = None
    unit: Any = None
    return MailWatch(console, unit, on=True)


def test_a_refusal_belongs_to_the_address_before_it() -> None:
    lines = [
        "alertmail: to <ann@example.com>",
        "alertmail: smtp reply: 250 2.0.0 queued",
        "alertmail: to <ben@example.com>",
        "alertmail: smtp reply: 550 5.1.1 no such user",
    ]
    ((key, why),) = watch().understand(lines, ASKED)
    assert key == BEN and "refuses a recipient" in why and "email-to" in why


def test_a_server_that_does_not_answer_names_nobody() -> None:
    lines = ["alertmail: to <ann@example.com>", "alertmail: smtp reply: 250 2.0.0 queued"]
    lines.append("alertmail: connect to mail.example.com: connection timed out")
    ((key, _why),) = watch().understand(lines, ASKED)
    assert key is None


def test_what_stands_in_the_middle_of_a_listing_is_heard_and_no_setting_is() -> None:
    one = watch()
    one.overhear("config user local\n set email-to smtp-550 \n edit alertmail\nalertmail: smtp reply: 550 no\n")
    assert len(one.understand([], ASKED)) == 1
    assert one.understand([], ASKED) == []


@pytest.mark.parametrize("refused", ["none", "debug"])
def test_a_unit_that_refuses_debugging_sends_codes_all_the_same(tmp_path: Any, refused: str) -> None:
    data = {
        "tokens": [{"serial": "FTKMOB0000000001", "state": "provision timeout"}],
        "users": [{"name": "ann", "type": "radius", "fortitoken": "FTKMOB0000000001", "email_to": "ann@example.com"}],
        "email_server": {"server": "mail.example.com"},
        "fortiguard": {"delay": 0.02},
        "behaviour": {"debug_refused": refused},
    }
    with running(*from_data(data)) as simulator, controller(simulator) as made:
        result = made.run("fortitoken_enroll", state=str(tmp_path / "state.json"), timeout=2)
        assert len(result["requested"]) == 1
        assert [event["on"] for event in simulator.events if event["type"] == "debug"][-1:] != [True]
