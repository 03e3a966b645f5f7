# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the unit shows of the users with a mobile token."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll import look
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.look import Looker
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import CODE_OUT, DONE, DUE, OTHER
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.asking import Reading
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    USER,
    Account,
    Binding,
    Inventory,
    MailServer,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy

UNIT = Unit(
    "FGT-A",
    "FGT60FTK20012345",
    "FortiGate-60F",
    "7.4.8",
    "2795",
    "none",
    ("root",),
    "netops",
    mail_server=MailServer("mail.example.com"),
)
SERIAL = "FTKMOBALICE00001"
ALICE = (USER, "root", "alice")


def seen(status: str, *holders: Binding, busy: Collection[str] = (), admins: bool = False) -> dict[Any, Any]:
    held = holders or (Binding(SERIAL, USER, "alice", "root", "fortitoken", "enable"),)
    token = Token(SERIAL, "root", True, True, status, 0, False, "EFTM000000000042", bindings=held)
    accounts = tuple(
        Account(
            each.type,
            each.name,
            each.vdom,
            each.status,
            "fortitoken",
            SERIAL,
            True,
            settings=(("email-to", ("a@b.example",)),),
        )
        for each in held
    )
    inventory = Inventory(UNIT, (token,), accounts, vdoms=("root",))
    looker = Looker(None, UNIT, ("root",), Policy(provision=True, login="netops", admins=admins), busy)  # type: ignore[arg-type]
    return looker._seen(inventory, findings(inventory, looker.policy), {SERIAL: 5.0})


@pytest.mark.parametrize(
    ("status", "state"),
    [("provision timeout", DUE), ("provisioning", CODE_OUT), ("provisioned", DONE), ("new", OTHER)],
)
def test_the_status_says_what_a_user_waits_for(status: str, state: str) -> None:
    found = seen(status)[ALICE]
    assert (found.look, found.expires, found.channel, found.address) == (state, 5.0, "email", "a@b.example")


def test_a_token_of_two_accounts_and_one_of_an_open_repair_are_left_alone() -> None:
    both = (
        Binding(SERIAL, USER, "alice", "root", "fortitoken", "enable"),
        Binding(SERIAL, USER, "bob", "root", "fortitoken", "enable"),
    )
    assert {row.look for row in seen("provision timeout", *both).values()} == {OTHER}
    held_back = seen("provision timeout", busy={SERIAL})[ALICE]
    assert (held_back.look, "interrupted repair" in held_back.reason) == (OTHER, True)


def test_who_gets_no_code() -> None:
    disabled = Binding(SERIAL, USER, "alice", "root", "fortitoken", "disable")
    assert seen("provision timeout", disabled) == {}
    assert ALICE in seen("provision timeout", disabled, busy={SERIAL})
    admin, own = (Binding(SERIAL, ADMIN, name, "global", "fortitoken", None) for name in ("night", "netops"))
    assert seen("provision timeout", admin) == {}
    assert len(seen("provision timeout", admin, admins=True)) == 1
    assert seen("provision timeout", own, admins=True) == {}


def test_another_address_is_another_way_and_no_address_is_kept() -> None:
    first, second = look._digest("email", "a@b.example"), look._digest("email", "c@b.example")
    assert first != second
    assert "example" not in first
    assert look._digest("ab", "c") != look._digest("a", "bc")


@pytest.mark.parametrize(
    ("hours", "seconds"), [("24", 24 * 3600.0), ("0", None), ("", None), ("x", None), ("99999", look.MOST_VALIDITY)]
)
def test_how_long_a_code_is_valid(hours: str, seconds: float | None) -> None:
    line = f"    set two-factor-ftm-expiry {hours}\n" if hours else ""
    text = f"config system global\n{line}end\n"
    assert look._validity(text) == (look.DEFAULT_VALIDITY if seconds is None else seconds)


@pytest.mark.parametrize(
    ("value", "end"), [("1796112000", 1796112000.0), ("0", None), ("soon", None), ("9" * 11, None)]
)
def test_the_end_of_a_code_is_a_time_or_nothing(value: str, end: float | None) -> None:
    text = f'config user fortitoken\n    edit "{SERIAL}"\n        set activation-expire {value}\n    next\nend\n'
    line = "show user fortitoken"
    reading = Reading("FGT-A", {("vdom:root", line): Answer(line, text, None, "")})
    looker = Looker(None, UNIT, ("root",), Policy())  # type: ignore[arg-type]
    assert looker._expires(Inventory(UNIT, (), vdoms=("root",)), reading).get(SERIAL) == end
