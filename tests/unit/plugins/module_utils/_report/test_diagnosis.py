# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debug output, event log, refused commands and preflight in the report, and the tickets made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    ALREADY,
    GATES,
    facts,
    gate,
    report,
    token,
    user,
)

REPLAYS = Path(__file__).parents[1] / "fixtures" / "debug"
WELL = token("FTK200EXAMPLE009", "healthy", "active", user("alice"), seed=True)
LOCKED = token("FTK200EXAMPLE001", "needs_lock_release", ALREADY, user("bob"), seed=True)
UNLICENSED = token("FTKMOBEXAMPLE002", "needs_license", "locked", user("carol"))
CLUSTER = {"mode": "a-p", "role": "primary", "members": ["FG100FEXAMPLE001", "FG100FEXAMPLE002"]}
EVENT = (
    '1: date=2026-03-30 time=04:17:09 logid="0100032159" user="bob" ui="ssh(192.0.2.7)" '
    'serialno="FTK200EXAMPLE001" status="failure" msg="token already activated, and seed won\'t be returned"'
)


def replay(*names: str) -> dict[str, Any]:
    lines = [line for name in names for line in (REPLAYS / f"{name}.txt").read_text(encoding="utf-8").splitlines()]
    return {"lines": lines, "dropped": 0}


def by_id(made: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {finding["id"]: finding for finding in made["findings"]}


def tickets(made: dict[str, Any]) -> dict[str, str]:
    return {ticket["addressee"]: ticket["text"] for ticket in made["tickets"]}


def test_debug_output_becomes_findings_that_say_how_sure_they_are() -> None:
    made = report("fw", before=facts([UNLICENSED]), debug=replay("license_expired", "connection_failed"))
    expired = by_id(made)["license_expired"]
    assert (expired["actor"], expired["certainty"], expired["code"]) == ("Fortinet sales", "seen", 14)
    assert "Known from Fortinet's texts: Fortinet article 194508." in expired["detail"]
    assert "Inferred" in by_id(made)["connection_failed"]["detail"]


@pytest.mark.parametrize("number", [14, 77])
def test_one_refusal_seen_in_debug_output_and_in_the_answer_is_one_finding(number: int) -> None:
    said = f'{{"error_code":{number},"error_message":"a text of tomorrow"}}'
    line = "execute fortitoken-mobile import <redacted>"
    refused = f"the unit refused '{line}': Command fail. Return code {-7550 - number} (license code 1 of 1: x)"
    made = report(
        "fw",
        before=facts([UNLICENSED]),
        after=facts([UNLICENSED]),
        debug={"lines": [said], "dropped": 0},
        activate={"changed": False, "license_errors": [refused]},
    )
    found = [row for row in made["findings"] if row["id"] in ("unknown_error", "license_expired")]
    assert len(found) == 1, found


def test_serials_of_the_unit_stay_readable_in_the_evidence_wherever_they_stand() -> None:
    """Behind a word such as "seed", anything else counts as a secret."""
    lines = ["seed=FGT60FEXAMPLE001", "seed=FGT60FEXAMPLE009"]
    made = report("fw", before=facts([LOCKED]), debug={"lines": lines, "dropped": 0}, events={"events": lines})
    for shown in (made["debug"]["lines"], made["events"]):
        assert ("FGT60FEXAMPLE001" in shown[0], "FGT60FEXAMPLE009" in shown[1]) == (True, False)


def test_nothing_is_left_to_do_on_a_unit_that_is_repaired() -> None:
    made = report("fw", before=facts([WELL]), after=facts([WELL]), debug=replay("connection_refused"))
    assert made["result"] == "healthy"
    assert [finding["severity"] for finding in made["findings"]] == ["info"]
    assert made["tickets"] == []


def test_the_step_that_a_finding_about_the_tokens_names_is_not_asked_for_twice() -> None:
    made = by_id(report("fw", before=facts([LOCKED]), debug=replay("already_activated")))
    assert made["needs_lock_release"]["severity"] == "warning"
    assert made["already_activated"]["severity"] == "info"


def test_ticket_for_the_lock_release_has_units_tokens_statuses_and_evidence_and_no_person() -> None:
    made = report("fw", before=facts([LOCKED], ha=CLUSTER), events={"events": [EVENT]})
    text = tickets(made)["tac"]
    for part in ("FGT60FEXAMPLE001", *CLUSTER["members"], "FTK200EXAMPLE001", ALREADY, "build 2795"):
        assert part in text
    assert "date=2026-03-30 time=04:17:09" in text
    assert not [name for name in ("bob", "ssh(192.0.2.7)") if name in text]
    assert made["tickets"][0]["to"] == "Fortinet TAC"
    assert made["tickets"][0]["serials"] == ["FTK200EXAMPLE001"]
    assert by_id(made)["needs_lock_release"]["ticket"] == text


def test_ticket_for_the_license_and_the_wrong_member_of_a_cluster() -> None:
    made = report("fw", before=facts([UNLICENSED], ha=CLUSTER), debug=replay("token_of_another_product"))
    assert by_id(made)["license_on_wrong_member"]["units"] == CLUSTER["members"]
    text = tickets(made)["customer-service"]
    assert "EFTM000000000042" in text and "token does not belong" in text
    assert list(tickets(made)) == ["customer-service"]


def test_ticket_for_the_firmware_bug_has_its_number_and_the_build() -> None:
    spent = token("FTK200EXAMPLE003", "firmware_bug", "cmdb save error", user("dave"))
    text = tickets(report("fw", before=facts([spent], version="7.6.5", build="3651")))["firmware"]
    for part in ("1218458", "FortiOS 7.6.5, build 3651", "FTK200EXAMPLE003", "cmdb save error", "FGT60FEXAMPLE001"):
        assert part in text


def test_a_firmware_gate_has_the_ticket_for_the_tokens_that_wait() -> None:
    waiting = token("FTK200EXAMPLE004", "activate", "new", user("erin"))
    closed = gate("firmware", "blocked", "FortiOS 7.6.5 cannot store activated hardware tokens.")
    made = report("fw", before=facts([waiting], [*GATES[:4], closed]))
    assert made["result"] == "blocked"
    assert "FTK200EXAMPLE004" in tickets(made)["firmware"]


def test_ticket_for_sales_and_for_an_error_that_nobody_knows() -> None:
    made = report("fw", before=facts([UNLICENSED]), debug=replay("license_expired", "unknown_error"))
    assert list(tickets(made)) == ["tac", "customer-service", "sales"]
    assert "expired" in tickets(made)["sales"]
    assert "a text of tomorrow" in tickets(made)["tac"]


def test_no_secret_is_in_a_report_with_every_replay() -> None:
    made = report("fw", before=facts([LOCKED, UNLICENSED]), debug=replay(*(path.stem for path in REPLAYS.glob("*"))))
    secrets = ("1A2B-3C4D-5E6F-7081-92A3", "ABCD2345EFGH67IJ", "00112233445566778", "899aabbccddeeff00112233")
    assert not [secret for secret in secrets if secret in repr(made)]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("import fortitoken license error: -7564", "license_expired"),
        ("forticare license card not found", "license_card_not_found"),
        ("input value is invalid", "license_code_malformed"),
        ("no valid token found", "no_valid_token"),
    ],
)
def test_refused_imports_are_told_apart(answer: str, cause: str) -> None:
    refused = f"the unit refused 'execute fortitoken-mobile import <redacted>': {answer}"
    errors = [f"{refused} (license code 1 of 1). Remedy: Whatever it is, no valid token found is none of it."]
    state = facts([UNLICENSED])
    made = report("fw", before=state, after=state, activate={"changed": False, "license_errors": errors})
    found = by_id(made)[cause]
    assert found["remedy"]
    # The remedy that the module has added is no evidence.
    assert found["evidence"] == ["execute fortitoken-mobile import <redacted>", answer]
    assert {finding["id"] for finding in made["findings"]} <= {cause, "needs_license"}


def test_preflight_tells_names_from_loss_and_weighs_neither_where_the_server_is_reachable() -> None:
    pings = [
        {"host": "fds1.fortinet.com", "resolved": False, "sent": 0, "received": 0, "loss_percent": 100},
        {"host": "directregistration.fortinet.com", "resolved": True, "sent": 5, "received": 0, "loss_percent": 100},
        {"host": "globalftm.fortinet.net", "resolved": True, "sent": 5, "received": 5, "loss_percent": 0},
    ]
    for state, severity in (("reachable", "info"), ("unknown", "warning")):
        read = {**facts([WELL]), "connectivity": {"token_server": state, "pings": pings}}
        found = by_id(report("fw", before=read))
        assert found["name_not_resolved"]["evidence"] == ["fds1.fortinet.com"]
        assert found["server_not_answering"]["evidence"] == ["directregistration.fortinet.com"]
        assert {found[name]["severity"] for name in ("name_not_resolved", "server_not_answering")} == {severity}


def test_the_preflight_of_the_first_look_stays_in_the_report() -> None:
    before, after = facts([WELL]), facts([WELL])
    before["connectivity"] |= {"pings": [{"host": "a", "received": 1}], "forticldd": "raw", "email": None}
    after["connectivity"] |= {"token_server": "unreachable", "forticldd": None, "email": None}
    made = report("fw", before=before, after=after)["connectivity"]
    assert made == {
        "token_server": "unreachable",
        "pings": [{"host": "a", "received": 1}],
        "forticldd": "raw",
        "email": None,
    }


def test_debugging_left_on_and_codes_that_cannot_arrive() -> None:
    waiting = token(
        "FTKMOBEXAMPLE003", "provision", "provision timeout", user("erin"), undeliverable=["erin has no email-to"]
    )
    made = by_id(report("fw", before=facts([waiting], debug_left_on=["forticldd debug level: 255"])))
    assert made["debug_left_on"]["evidence"] == ["forticldd debug level: 255"]
    assert made["activation_code_undeliverable"]["evidence"] == ["FTKMOBEXAMPLE003: erin has no email-to"]
