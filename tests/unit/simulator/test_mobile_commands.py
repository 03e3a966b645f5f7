# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`execute fortitoken-mobile ...`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]
MOBILE = "FTKMOB0A1B2C3D4E"
TOKEN = {"serial": MOBILE, "license": "EFTM000000000001"}
ALICE = {"name": "alice", "type": "radius", "fortitoken": MOBILE, "email_to": "alice@example.com"}


def test_renew_fits_a_locked_token_that_is_unassigned(desk: Make) -> None:
    unit = desk(tokens=[TOKEN | {"state": "locked"}])
    unit(f"execute fortitoken-mobile renew {MOBILE}")
    assert unit.unit.fortiguard.tokens[MOBILE].status == "new"


@pytest.mark.parametrize(
    ("token", "users", "fortiguard"),
    [
        (TOKEN, [ALICE], {}),
        (TOKEN | {"license": "FTMTRIAL0A1B2C3D"}, [], {}),
        (TOKEN | {"registered_to": "FGT60E0000000999"}, [], {}),
        (TOKEN, [], {"status": "unreachable"}),
    ],
    ids=["assigned", "trial", "other unit", "no server"],
)
def test_renew_is_refused(desk: Make, token: dict[str, Any], users: list[Any], fortiguard: dict[str, Any]) -> None:
    unit = desk(tokens=[token | {"state": "locked"}], users=users, fortiguard=fortiguard)
    unit.refused(f"execute fortitoken-mobile renew {MOBILE}")
    assert unit.unit.fortiguard.tokens[MOBILE].status == "locked"


def test_provision_needs_a_user(desk: Make) -> None:
    desk(tokens=[TOKEN]).refused(f"execute fortitoken-mobile provision {MOBILE}")


def test_poll_shows_in_debug(desk: Make) -> None:
    unit = desk()
    unit("diagnose fortitoken debug enable", "diagnose debug enable", "execute fortitoken-mobile poll")
    assert any("SoftToken.PollingRequest" in line for line in unit.printed)
    assert len(unit.types("poll")) == 1


def test_update_regid_follows_an_app_that_was_installed_anew(desk: Make) -> None:
    unit = desk(tokens=[TOKEN | {"state": "provisioned", "reg_id": "old"}], users=[ALICE])
    update = "execute fortitoken-mobile update-regid"
    unit(update)
    assert 'set reg-id "old"' in unit("show user fortitoken")
    unit.unit.mobile.reinstall("alice")
    unit(update)
    assert 'set reg-id "old"' not in unit("show user fortitoken") and "set reg-id" in unit("show user fortitoken")
    assert MOBILE in unit.refused(f"{update} {MOBILE}")


def test_a_unit_of_a_manager_takes_execute_commands(desk: Make) -> None:
    management = {"type": "fortimanager", "fmg": "192.0.2.5"}
    unit = desk(tokens=[TOKEN, {"serial": "FTK200AAAA000001"}], users=[ALICE], central_management=management)
    unit("execute fortitoken activate FTK200AAAA000001", f"execute fortitoken-mobile provision {MOBILE}")
    unit.clock.advance(5)
    states = [state.status for state in unit.unit.fortiguard.tokens.values()]
    assert states == ["provisioned", "active"]
