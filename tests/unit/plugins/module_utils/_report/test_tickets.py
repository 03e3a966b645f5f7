# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets name the unit, the tokens and the evidence, and never a person."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import tickets
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.tickets import (
    ADDRESSEES,
    KINDS,
    LICENSE_TRANSFER,
    LOCK_RELEASE,
    MAX_EVIDENCE,
    collect,
    compose,
    kind_of_cause,
)

ONE, TWO = "FTK200EXAMPLE001", "FTK200EXAMPLE002"
UNIT = {
    "hostname": "fw",
    "serial": "FGT60FEXAMPLE001",
    "model": "FortiGate-60F",
    "version": "7.4.8",
    "build": "2795",
    "ha": {"members": []},
}


def report(*rows: dict[str, Any], **unit: Any) -> dict[str, Any]:
    return {"unit": {**UNIT, **unit}, "tokens": list(rows)}


def row(serial: str, before: str = "", after: str = "", license_: str = "") -> dict[str, Any]:
    return {
        "serial": serial,
        "license": license_,
        "before": {"status": before} if before else None,
        "after": {"status": after} if after else None,
    }


def lines(*args: Any) -> list[str]:
    return compose(*args).splitlines()


def test_a_ticket_names_unit_firmware_and_tokens() -> None:
    made = lines(LOCK_RELEASE, report(row(ONE, "locked", "locked"), row(TWO, "new", "error")), [ONE, TWO, ONE], ())
    assert made[0] == "Subject: Release the activation lock of 2 FortiTokens, unit FGT60FEXAMPLE001"
    assert "Unit: FortiGate-60F, serial number FGT60FEXAMPLE001" in made
    assert "Firmware: FortiOS 7.4.8, build 2795" in made
    assert made[made.index("Tokens:") + 1 :] == [f"{ONE}  locked", f"{TWO}  error (before this run: new)"]
    assert not [line for line in made if line.startswith("Cluster")]


def test_license_cluster_and_what_is_not_known() -> None:
    made = lines(
        LICENSE_TRANSFER,
        report(row(ONE, license_="EFTM000000000042"), serial="", version="", build="", ha={"members": ["A", "B"]}),
        [ONE, TWO],
        (),
    )
    assert made[0].endswith("to unit fw")
    assert "Firmware: FortiOS unknown, build unknown" in made
    assert "Cluster members: A, B" in made
    assert made[-2:] == [f"{ONE}  license EFTM000000000042", TWO]


def test_evidence_is_that_of_the_kind_and_without_persons() -> None:
    evidence = ['date=1 user="alice" to=a@b.example srcip=192.0.2.1 msg="mail to bob@example.com"']
    findings = [
        {"id": "already_activated", "serials": [TWO], "evidence": evidence},
        {"id": "license_expired", "serials": ["FTK200EXAMPLE003"], "evidence": ["something else"]},
    ]
    made = lines(LOCK_RELEASE, report(), [ONE], findings)
    assert ONE in made and TWO in made and "FTK200EXAMPLE003" not in made
    assert made[-1] == 'date=1 user="..." to="..." srcip="..." msg="mail to (address)"'


@pytest.mark.parametrize(("count", "last"), [(MAX_EVIDENCE, "line 39"), (MAX_EVIDENCE + 1, "... and 1 more lines")])
def test_much_evidence_is_cut(count: int, last: str) -> None:
    finding = {"id": "already_activated", "serials": [], "evidence": [f"line {number}" for number in range(count)]}
    assert lines(LOCK_RELEASE, report(), [], [finding])[-1] == last


def test_each_cause_has_the_first_kind_that_claims_it() -> None:
    assert kind_of_cause("already_activated") is LOCK_RELEASE
    assert kind_of_cause("activation_failed") is LOCK_RELEASE
    assert kind_of_cause("of no kind") is None
    assert {kind.addressee for kind in KINDS} <= set(ADDRESSEES)


def test_one_ticket_per_addressee_in_a_fixed_order() -> None:
    rows = [
        {"id": "a", "ticket": "first", "addressee": "sales", "serials": [ONE]},
        {"id": "b", "ticket": "second", "addressee": "tac", "serials": [ONE]},
        {"id": "c", "ticket": "third", "addressee": "tac", "serials": [ONE, TWO]},
        {"id": "d"},
    ]
    tac, sales = collect(rows)
    assert (tac["addressee"], tac["text"], tac["serials"], tac["findings"]) == (
        "tac",
        f"second{tickets.SEPARATOR}third",
        [ONE, TWO],
        ["b", "c"],
    )
    assert (sales["to"], sales["text"]) == (ADDRESSEES["sales"], "first")


@pytest.mark.parametrize("text", ["x\x1b]0;y\x07", "x\r\n\nSubject: another", "\u202egnp", "\x9b31m", "\x00"])
def test_no_text_of_a_unit_adds_a_line_to_a_ticket_or_hides_one(text: str) -> None:
    finding = {"id": "already_activated", "serials": [text], "evidence": [text]}
    unit = {key: text for key in ("serial", "model", "version", "build")}
    made = compose(LOCK_RELEASE, report(row(ONE, text, "new"), **unit, ha={"members": [text]}), [ONE, text], [finding])
    plain = compose(
        LOCK_RELEASE,
        report(row(ONE, "x", "new"), ha={"members": ["x"]}),
        [ONE, "x"],
        [{**finding, "serials": [], "evidence": ["x"]}],
    )
    assert len(made.splitlines()) == len(plain.splitlines())
    assert all(line.isprintable() for line in made.split("\n"))
