# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight of fortitoken_facts on simulated units: what a person would look at before the first step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.faults.controller import ModuleFailed, controller
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
        for match in (
            "^diagnose test application",
            "^show full-configuration system email-server",
            "^diagnose debug info",
        )
    ]
    read = facts({"vdom_mode": vdom_mode, "faults": refusals})
    assert (read["connectivity"]["forticldd"], read["connectivity"]["email"]) == (None, None)
    assert read["unit"]["debug_left_on"] == []


def test_without_pings_the_preflight_is_left_out() -> None:
    read = facts({}, ping="never")
    # The mail server is no part of it: every module that may send an activation code has to know it.
    # Units come with a server of Fortinet's, which `show` does not show.
    assert read["connectivity"].pop("email")["server"] == "fortinet-notifications.com"
    assert read["connectivity"] == {"token_server": "reachable", "pings": [], "forticldd": None}
    assert set(read) == {
        *("unit", "management", "connectivity", "tokens", "summary", "findings", "side_doors", "moved", "moves"),
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
        "email_server": {"server": server},
    }
    (token,) = facts(data, provision=True)["tokens"]
    assert token["verdict"] == "provision"
    assert token["action"] == ("none" if missing else "provision")
    assert missing in " ".join([token["remedy"], *token["undeliverable"]])
    assert bool(token["undeliverable"]) is bool(missing)


DEAD = "token already activated, and seed won't be returned"
TIRED = "FTK200TIRED00001"
DIRECTORY = """
config user ldap
    edit "directory"
        set server "192.0.2.20"
    next
end
config user group
    edit "staff"
        set member "directory"
    next
end
"""
POLICY = """
config firewall policy
    edit 7
        set groups "staff"
    next
end
"""


@pytest.mark.parametrize(
    ("vdom_mode", "policy", "remote_users", "action"),
    [
        ("none", POLICY, "skip", "none"),
        ("none", POLICY, "include", "reimport"),
        ("none", "", "skip", "reimport"),
        ("multi", POLICY, "skip", "none"),
        ("multi", "", "skip", "reimport"),
    ],
)
def test_a_user_whom_a_group_in_use_admits_is_left_alone_and_named(
    vdom_mode: str, policy: str, remote_users: str, action: str
) -> None:
    data = {
        "vdom_mode": vdom_mode,
        "tokens": [{"serial": TIRED, "state": DEAD, "seed": True}],
        "users": [{"name": "eve", "type": "ldap", "server": "directory", "fortitoken": TIRED}],
        "config": {"root": DIRECTORY + policy},
    }
    read = facts(data, lock_released=["all"], remote_users=remote_users, ping="never")
    (token,) = read["tokens"]
    assert (token["verdict"], token["action"]) == ("reimport", action)
    assert token["blocked_by"] == ("side_door" if action == "none" else "")
    assert [(row["name"], row["server"], row["groups"], row["included"]) for row in read["side_doors"]] == (
        [("eve", "directory", ["staff"], action != "none")] if policy else []
    )
    assert ("username_case" in [finding["id"] for finding in read["findings"]]) is bool(policy)


def test_what_surrounds_the_tokens_is_read_and_no_secret_of_it_is_kept() -> None:
    data = {
        "tokens": [{"serial": TIRED, "state": DEAD, "seed": True}],
        "config_errors": [
            '>>>  "set" "passwd" "ENC" "qO9Bmadeup12345" @ 3386:user.local.eve:failed command (error -61)'
        ],
        "global_settings": {"private-data-encryption": "enable"},
        "ntp": {"sync": False, "offset": 130},
    }
    read = facts(data, lock_released=["all"])
    assert {"restore_lost_lines", "private_data_encryption", "ntp", "clock"} <= {
        found["id"] for found in read["findings"]
    }
    assert {gate["name"]: gate["state"] for gate in read["unit"]["gates"]}["restore"] == "blocked"
    assert "qO9Bmadeup12345" not in repr(read)
    assert read["unit"]["surroundings"]["tables"]["user.fortitoken"]["used"] == 1


@pytest.mark.parametrize("name", ["dmgmt-vdom", "odd-vdom"])
def test_a_vdom_that_cannot_be_entered_is_left_out_and_named(name: str) -> None:
    data = {"vdom_mode": "multi", "vdoms": ["root", "branch"], "reserved_vdoms": [name], "tokens": [{"serial": TIRED}]}
    read = facts(data, ping="never")
    assert [token["serial"] for token in read["tokens"]] == [TIRED]
    assert f"VDOM {name}" in [each["what"] for each in read["unit"]["unseen"]]


def test_a_trial_token_of_another_unit_is_known_by_the_baseline(tmp_path: Path) -> None:
    pack = "FTMTRIAL0A1B2C3D"
    data = {"tokens": [{"serial": "FTKMOBTRIAL00001", "state": "new", "license": pack}]}
    baseline = tmp_path / "old.json"
    baseline.write_text(json.dumps({"unit": {"serial": "FGT60ETK18000001"}, "licenses": [{"license": pack}]}))
    (token,) = facts(data, ping="never")["tokens"]
    assert (token["verdict"], token["proof"]) == ("healthy", "shown")
    (token,) = facts(data, ping="never", baseline=str(baseline))["tokens"]
    assert (token["verdict"], token["proof"]) == ("needs_license", "refuted")


@pytest.mark.parametrize(("text", "says"), [("{}", "is not a baseline"), ("nonsense", "is not a baseline")])
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(ModuleFailed, match=says):
        facts({}, baseline=str(path))
    with pytest.raises(ModuleFailed, match="cannot be read"):
        facts({}, baseline=str(tmp_path / "missing.json"))


def test_an_account_of_one_vdom_audits_it_and_may_change_nothing() -> None:
    data = {
        "vdom_mode": "multi",
        "vdoms": ["root", "tenant"],
        "ha": {"mode": "a-p"},
        "tokens": [
            {"serial": TIRED, "state": DEAD, "seed": True, "vdom": "tenant"},
            {"serial": "FTK200OTHER00001", "vdom": "root"},
        ],
        "accounts": [
            {"name": "admin", "password": "demo-Passw0rd"},
            {
                "name": "tenant",
                "password": "demo-Passw0rd",
                "profile": "tenants",
                "vdom": "tenant",
                "rights": {"authgrp": "read-write", "sysgrp": "read"},
            },
        ],
    }
    with running(*from_data(data)) as simulator, controller(simulator, user="tenant") as made:
        read = made.run("fortitoken_facts", lock_released=["all"])["ansible_facts"]["fortitoken"]
        assert [(token["serial"], token["verdict"]) for token in read["tokens"]] == [(TIRED, "reimport")]
        assert read["unit"]["confined_to"] == "tenant"
        assert "all other VDOMs" in [each["what"] for each in read["unit"]["unseen"]]
        gates = {gate["name"]: gate for gate in read["unit"]["gates"]}
        assert gates["rights"]["state"] == "blocked" and "'set scope global'" in gates["rights"]["remedy"]
        with pytest.raises(ModuleFailed, match="nothing may be changed"):
            made.run("fortitoken_purge", serials=[TIRED], lock_released=["all"], journal="")
