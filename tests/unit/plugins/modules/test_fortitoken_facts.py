# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight of fortitoken_facts on simulated units: what a person would look at before the first step."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.controller import controller
from tests.simulator import from_data, running

EXPIRED = {"serial": "FTKMOBLATE000001", "state": "provision timeout", "license": "EFTM000000000042"}


def facts(data: dict[str, Any], **options: Any) -> dict[str, Any]:
    with running(*from_data(data)) as simulator, controller(simulator) as made:
        read: dict[str, Any] = made.run("fortitoken_facts", **options)["ansible_facts"]["fortitoken"]
    return read


def test_the_preflight_reads_forticldd_mail_server_names_and_loss() -> None:
    read = facts(
        {
            "email_server": {
                "server": "mail.example.com",
                "port": "587",
                "security": "starttls",
                "password": "made-up-pw",
            },
            "ping": {"fds1.fortinet.com": "unresolvable", "directregistration.fortinet.com": "loss"},
        }
    )
    connectivity = read["connectivity"]
    assert "forticldd token service" in connectivity["forticldd"]
    assert connectivity["email"] == {
        "configured": True,
        "server": "mail.example.com",
        "port": "587",
        "security": "starttls",
        "authenticate": False,
    }
    pings = {ping["host"]: (ping["resolved"], ping["received"]) for ping in connectivity["pings"]}
    assert pings == {
        "fds1.fortinet.com": (False, 0),
        "directregistration.fortinet.com": (True, 0),
        "globalftm.fortinet.net": (True, 5),
    }


@pytest.mark.parametrize("vdom_mode", ["none", "multi"])
def test_what_the_unit_refuses_of_the_preflight_is_null_and_no_error(vdom_mode: str) -> None:
    refusals = [
        {"kind": "refuse", "match": match, "text": "Unknown action 0", "times": 9}
        for match in ("^diagnose test application", "^show system email-server", "^diagnose debug info")
    ]
    read = facts({"vdom_mode": vdom_mode, "faults": refusals})
    assert (read["connectivity"]["forticldd"], read["connectivity"]["email"]) == (None, None)
    assert read["unit"]["debug_left_on"] == []


def test_without_pings_the_preflight_is_left_out() -> None:
    read = facts({}, ping="never")
    # The mail server is no part of it: every module that may send an activation code has to know it.
    assert read["connectivity"].pop("email")["configured"] is False
    assert read["connectivity"] == {"token_server": "reachable", "pings": [], "forticldd": None}
    assert set(read) == {
        *("unit", "management", "connectivity", "tokens", "summary", "findings", "side_doors", "moved"),
    }


@pytest.mark.parametrize(
    ("settings", "by"),
    [
        ({"type": "fortimanager", "fmg": "192.0.2.5"}, "fortimanager"),
        ({"type": "fortimanager"}, "none"),
        ({"type": "fortiguard"}, "fortigate_cloud"),
        ({"type": "none"}, "none"),
    ],
)
def test_who_manages_the_unit(settings: dict[str, str], by: str) -> None:
    assert facts({"central_management": settings}, ping="never")["management"]["by"] == by


@pytest.mark.parametrize(
    ("user", "server", "missing"),
    [
        ({"email_to": "heidi@example.com"}, "mail.example.com", ""),
        ({"sms_phone": "15550100"}, "", ""),
        ({"email_to": "heidi@example.com"}, "", "no mail server"),
        ({}, "mail.example.com", "neither email-to nor sms-phone"),
    ],
    ids=["mail", "text", "no server", "no address"],
)
def test_no_activation_code_is_asked_for_that_cannot_reach_its_holder(
    user: dict[str, str], server: str, missing: str
) -> None:
    data = {
        "tokens": [EXPIRED],
        "users": [{"name": "heidi", "fortitoken": EXPIRED["serial"], **user}],
        "email_server": {"server": server} if server else {},
    }
    (token,) = facts(data, provision=True)["tokens"]
    assert token["verdict"] == "provision"
    assert token["action"] == ("none" if missing else "provision")
    assert missing in " ".join([token["remedy"], *token["undeliverable"]])
    assert bool(token["undeliverable"]) is bool(missing)
