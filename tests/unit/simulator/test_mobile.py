# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mobile tokens, codes that run out, mails, and users who scan late, never, or with a new phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.mails import mails

Make = Callable[..., Any]
MOBILE = "FTKMOB0A1B2C3D4E"
BIND = ("config user local", "edit alice", "set two-factor fortitoken", f"set fortitoken {MOBILE}", "end")
UNBIND = ("config user local", "edit alice", "unset two-factor", "end")
PROVISION = f"execute fortitoken-mobile provision {MOBILE}"


@pytest.fixture
def bound(desk: Make) -> Make:
    """Return a function that makes a unit with one user, and binds a mobile token."""

    def make(enrollment: dict[str, Any] | None, user: dict[str, Any] | None = None, **data: Any) -> Any:
        person = {"name": "alice", "type": "radius", "email_to": "alice@example.com", **(user or {})}
        if enrollment is not None:
            person["enrollment"] = enrollment
        settings = {
            "email_server": {"server": "mail.example.com"},
            "clock": "2026-12-01T08:00:00",
            "tokens": [{"serial": MOBILE, "license": "EFTM000000000001"}],
        }
        unit = desk(users=[person], **(settings | data))
        unit(*BIND)
        unit.unit.advance(seconds=2)
        return unit

    return make


def status(unit: Any) -> str:
    return str(unit.unit.fortiguard.tokens[MOBILE].status)


def block(unit: Any) -> str:
    return str(unit("show user fortitoken"))


def test_without_users_a_token_is_provisioned_at_once(bound: Make) -> None:
    unit = bound(None)
    assert status(unit) == "provisioned" and unit.unit.mobile.usable(MOBILE)


def test_a_user_who_scans_after_some_hours(bound: Make) -> None:
    unit = bound({"scans_after": 5})
    assert status(unit) == "provisioning" and "set activation-code" in block(unit) and "reg-id" not in block(unit)
    unit.unit.advance(hours=4)
    assert status(unit) == "provisioning" and not unit.unit.mobile.usable(MOBILE)
    unit.unit.advance(hours=2)
    assert status(unit) == "provisioned" and unit.unit.mobile.usable(MOBILE) and "set reg-id" in block(unit)
    # Nothing is left to run out.
    unit.unit.advance(days=10)
    assert status(unit) == "provisioned"


def test_a_user_who_never_scans_lets_the_code_run_out(bound: Make) -> None:
    unit = bound({"scans_after": None})
    unit.unit.advance(hours=71)
    assert status(unit) == "provisioning"
    unit.unit.advance(hours=2)
    assert status(unit) == "provision timeout" and unit.types("code_expired")[0]["user"] == "alice"


@pytest.mark.parametrize("hours", [1, 168])
def test_how_long_a_code_is_valid_is_a_setting(bound: Make, hours: int) -> None:
    unit = bound({"scans_after": None}, global_settings={"two-factor-ftm-expiry": hours})
    unit.unit.advance(hours=hours - 0.5)
    assert status(unit) == "provisioning"
    unit.unit.advance(hours=1)
    assert status(unit) == "provision timeout"
    mail = mails(unit.log.events)[0]
    assert mail["valid_until"] - mail["at"] == pytest.approx(hours * 3600, abs=1)


def test_a_user_who_scans_late_needs_a_second_code(bound: Make) -> None:
    unit = bound({"scans_after": [80, 2]})
    unit.unit.advance(hours=90)
    assert status(unit) == "provision timeout"
    assert [(event["ok"], event["why"]) for event in unit.types("scan")] == [(False, "expired")]
    unit(PROVISION)
    unit.unit.advance(hours=3)
    assert status(unit) == "provisioned" and unit.types("scan")[-1]["ok"]
    assert len(mails(unit.log.events, "alice")) == 2


def test_an_older_code_is_void_once_there_is_a_newer_one(bound: Make) -> None:
    unit = bound({"scans_after": [10, 20]})
    unit.unit.advance(hours=1)
    unit(PROVISION)
    unit.unit.advance(hours=10)
    assert [event["why"] for event in unit.types("scan")] == ["replaced"] and status(unit) == "provisioning"
    unit.unit.advance(hours=11)
    assert status(unit) == "provisioned"


def test_a_new_phone_lacks_the_token_though_the_unit_shows_nothing_of_it(bound: Make) -> None:
    unit = bound({"scans_after": 1, "new_phone_after": 24})
    unit.unit.advance(hours=30)
    assert status(unit) == "provisioned" and not unit.unit.mobile.usable(MOBILE)
    unit(PROVISION)
    unit.unit.advance(hours=2)
    assert unit.unit.mobile.usable(MOBILE)


def test_provisioning_again_takes_the_token_from_the_phone(bound: Make) -> None:
    unit = bound({"scans_after": [0, None]})
    assert unit.unit.mobile.usable(MOBILE)
    unit(PROVISION)
    unit.unit.advance(hours=1)
    assert not unit.unit.mobile.usable(MOBILE) and status(unit) == "provisioning"


def test_users_can_be_told_what_to_do(bound: Make) -> None:
    unit = bound({"scans_after": None})
    assert unit.unit.mobile.scan("alice") and status(unit) == "provisioned"
    assert not unit.unit.mobile.scan("alice") and not unit.unit.mobile.scan("nobody")
    unit.unit.mobile.new_phone("alice")
    assert not unit.unit.mobile.usable(MOBILE)


def test_unbinding_makes_the_code_void(bound: Make) -> None:
    unit = bound({"scans_after": 5})
    unit(*UNBIND)
    unit.unit.advance(hours=80)
    assert status(unit) == "new" and unit.types("scan")[0]["why"] == "replaced" and not unit.types("code_expired")


@pytest.mark.parametrize("outcome", ["refused", "login_refused", "unresolved", "unreachable", "lost"])
def test_a_mail_that_does_not_arrive_is_never_scanned(bound: Make, outcome: str) -> None:
    unit = bound({"scans_after": 1, "mail": outcome})
    unit.unit.advance(hours=80)
    assert status(unit) == "provision timeout" and not unit.types("scan")
    assert [event["outcome"] for event in mails(unit.log.events)] == [outcome]


def test_the_mail_server_can_fail_for_all_and_for_one_user(bound: Make) -> None:
    assert mails(bound({}, mail="unreachable").log.events)[0]["outcome"] == "unreachable"
    assert mails(bound({"mail": "sent"}, mail="unreachable").log.events)[0]["outcome"] == "sent"


def test_without_an_address_nothing_is_sent(bound: Make) -> None:
    unit = bound({}, user={"email_to": None})
    assert not mails(unit.log.events) and unit.types("no_mail")[0]["why"] == "no address"
    assert unit.unit.system_log == []


def test_a_phone_number_gets_a_text_message(bound: Make) -> None:
    unit = bound({"scans_after": 1}, user={"sms_phone": "15550100"})
    mail = mails(unit.log.events)[0]
    assert (mail["channel"], mail["to"], mail["outcome"]) == ("sms", "15550100", "sent")
    refused = bound({"scans_after": 1, "sms": "refused"}, user={"sms_phone": "15550100"})
    refused.unit.advance(hours=2)
    assert status(refused) == "provisioning"


@pytest.mark.parametrize("outcome", ["sent", "refused", "lost"])
def test_log_debug_and_events_tell_the_same_of_a_mail(desk: Make, outcome: str) -> None:
    users = [
        {"name": name, "type": "radius", "email_to": f"{name}@example.com", "enrollment": {"scans_after": None}}
        for name in ("alice", "bob")
    ]
    tokens = [{"serial": f"FTKMOB000000000{number}"} for number in range(2)]
    server = {"server": "mail.example.com"}
    unit = desk(users=users, tokens=tokens, mail=outcome, email_server=server)
    unit("diagnose debug application alertmail -1", "diagnose debug enable")
    for user, token in zip(users, tokens, strict=True):
        unit("config user local", f"edit {user['name']}", "set two-factor fortitoken")
        unit(f"set fortitoken {token['serial']}", "end")
    unit.unit.advance(minutes=1)
    sent = mails(unit.log.events)
    logged = [entry for entry in unit.unit.system_log if entry["logid"] == "0100038412"]
    assert [(entry["logdesc"], entry["user"], entry["serialno"]) for entry in logged] == [
        ("Token activation code sent", event["user"], event["serial"]) for event in sent
    ]
    codes = [unit.unit.mobile.codes[event["serial"]].value for event in sent]
    assert len(codes) == 2 and all(code in entry["msg"] for code, entry in zip(codes, logged, strict=True))
    assert [line for line in unit.printed if line in codes] == codes
    reply = "550 5.1.1" if outcome == "refused" else "250 2.0.0"
    assert sum(reply in line for line in unit.printed) == 2
    # Secrets stand in no event.
    assert not any(code in repr(unit.log.events) for code in codes)


def test_the_unit_can_wait_for_a_poll(bound: Make) -> None:
    unit = bound({"scans_after": 1}, fortiguard={"polls": False})
    unit.unit.advance(hours=80)
    # The user scanned in time: the code does not run out, and the unit does not know.
    assert status(unit) == "provisioning" and unit.unit.mobile.usable(MOBILE)
    unit("execute fortitoken-mobile poll")
    assert status(unit) == "provisioned"


def test_a_code_that_is_on_its_way_at_the_start(desk: Make) -> None:
    token = {
        "serial": MOBILE,
        "state": "provisioning",
        "activation_code": "ABCD2345EFGH67IJ",
        "activation_expire": 1796112000 + 10 * 3600,
    }
    user = {"name": "alice", "type": "radius", "fortitoken": MOBILE}
    data = {"tokens": [token], "users": [user], "clock": 1796112000}
    late = desk(**data, enrollment={"scans_after": 11})
    late.unit.advance(hours=12)
    assert status(late) == "provision timeout"
    early = desk(**data, enrollment={"scans_after": 9})
    early.unit.advance(hours=12)
    assert status(early) == "provisioned"


def test_a_reboot_loses_no_code(bound: Make) -> None:
    unit = bound({"scans_after": 5})
    unit.unit.rebooted()
    unit.unit.advance(hours=6)
    assert status(unit) == "provisioned"


@pytest.mark.parametrize("where", ["token", "license"])
@pytest.mark.parametrize("state", ["new", "provisioned"])
def test_tokens_of_another_unit_look_fine_and_are_dead(desk: Make, state: str, where: str) -> None:
    token: dict[str, Any] = {"serial": MOBILE, "state": state, "license": "FTMTRIAL0A1B2C3D"}
    fortiguard = {}
    if where == "token":
        token["registered_to"] = "FGT60E0000000999"
    else:
        card = {"license": token["license"], "registered_to": "FGT60E0000000999"}
        fortiguard = {"licenses": {"DA8C-0508-1F31-4CF7-C990": card}}
    unit = desk(tokens=[token], users=[{"name": "alice", "type": "radius"}], fortiguard=fortiguard)
    assert state in unit("diagnose fortitoken info") and not unit.unit.mobile.usable(MOBILE)
    unit("diagnose fortitoken debug enable", "diagnose debug enable", *BIND)
    unit.clock.advance(5)
    assert status(unit) == "provision timeout"
    assert any("token does not belong to product" in line for line in unit.printed)
    assert any("[-7581]" in line for line in unit.printed)
