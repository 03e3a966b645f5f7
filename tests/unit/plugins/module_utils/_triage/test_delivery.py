# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an activation code can reach the user of a token, and what follows where it cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    Account,
    Binding,
    Inventory,
    MailServer,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.delivery import Delivery
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy

UNIT = Unit("FGT-A", "FGT60FTK20012345", "FortiGate-60F", "7.4.8", "2795", "none", ("root",), "netops")
SERIAL = "FTKMOB0A1B2C3D4E"
BINDING = Binding(SERIAL, "user", "eve", "root", "fortitoken", "enable")
TOKEN = Token(SERIAL, "root", True, True, "provision timeout", 0, bindings=(BINDING,))
EVE = Account("user", "eve", "root", "enable", "fortitoken", SERIAL)


@pytest.mark.parametrize(
    ("account", "server", "missing"),
    [
        (replace(EVE, phone=True), MailServer(""), ""),
        (replace(EVE, email=True), MailServer("mail.example.com"), ""),
        # A mail server that was not read counts as one that is there.
        (replace(EVE, email=True), None, ""),
        (replace(EVE, email=True), MailServer(""), "has no mail server"),
        (EVE, MailServer("mail.example.com"), "neither email-to nor sms-phone"),
    ],
)
def test_what_keeps_a_code_from_its_user(account: Account, server: MailServer | None, missing: str) -> None:
    inventory = Inventory(replace(UNIT, mail_server=server), (TOKEN,), (account,))
    said = Delivery(inventory).missing(TOKEN)
    assert bool(said) is bool(missing) and missing in " ".join(said)
    finding = findings(inventory, Policy(provision=True))[SERIAL]
    assert (finding.verdict, finding.action) == ("provision", "none" if missing else "provision")
    assert finding.blocked_by == ("delivery" if missing else "")


def test_an_unassigned_token_has_nobody_to_send_a_code_to() -> None:
    assert Delivery(Inventory(UNIT, (TOKEN,))).missing(replace(TOKEN, bindings=())) == ["the token is unassigned"]
