# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the old unit to the new one: the snapshot, and the proof that all of it arrived."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Simulator, from_data, running

from .conftest import Place, assert_promises_kept, changes, lines, logins

REMEDIATE = "fortiops.fortitoken.remediate_tokens"
SNAPSHOT = "fortiops.fortitoken.snapshot_tokens"

TOKENS = [
    {"serial": "FTK200MIGRATE001", "seed": True, "state": "active", "comments": "desk 4"},
    {"serial": "FTK200MIGRATE002", "seed": True, "state": "active"},
    {"serial": "FTKMOB0A1B2C3D4E", "state": "provisioned", "license": "EFTM012345678901"},
    {"serial": "FTKMOB0A1B2C3D5F", "state": "new", "license": "FTMTRIAL0A1B2C3D"},
]
USERS = [
    {"name": "alice", "fortitoken": "FTK200MIGRATE001", "passwd": "made-up-pw-1"},
    {"name": "bob", "fortitoken": "FTKMOB0A1B2C3D4E", "passwd": "made-up-pw-2", "email_to": "bob@example.com"},
]
ADMINS = [{"name": "nightshift", "fortitoken": "FTK200MIGRATE002", "password": "made-up-pw-3"}]


def unit(hostname: str, serial: str, **more: Any) -> dict[str, Any]:
    accounts = [{"name": "admin", "password": "demo-Passw0rd"}]
    return {"hostname": hostname, "serial": serial, "accounts": accounts, "admins": ADMINS, **more}


OLD = unit("fgt-old", "FGT60ETK18000001", tokens=TOKENS, users=USERS)
#: The seed of one token did not survive the migration; everything else arrived.
SICK = [{**TOKENS[0], "state": "token already activated, and seed won't be returned"}, *TOKENS[1:]]
GUARD = {"serials": {"FTK200MIGRATE001": {"lock_released": True, "delay": 0.2}}}
NEW = unit("fgt-new", "FGT70FTK21000002", tokens=SICK, users=USERS, fortiguard=GUARD)
#: A token was forgotten, and so was the binding of another.
POOR = unit(
    "fgt-poor",
    "FGT70FTK21000003",
    tokens=TOKENS[:3],
    users=[USERS[0], {"name": "bob", "passwd": "made-up-pw-2"}],
)


@pytest.fixture
def sim(place: Place) -> Any:
    with running(*from_data({"units": [OLD, NEW, POOR]})) as simulator:
        place.add(simulator)
        yield simulator


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_old_unit_is_taken_down_and_proved_to_be_on_the_new_one(place: Place, sim: Simulator) -> None:
    taken = place.play(SNAPSHOT, "--limit", "fgt-old", remediate_baseline_dir=str(place.home / "old"))
    assert taken.code == 0, taken.output
    assert changes(sim) == []
    sent = set(lines(sim)) - {"execute fortitoken-cloud show"}
    assert {line.split()[0] for line in sent} <= {"get", "show", "diagnose", "exit"}
    baseline = place.home / "old" / "fgt-old.json"
    assert (mode(baseline), mode(baseline.with_suffix(".txt"))) == (0o600, 0o600)
    assert len(json.loads(baseline.read_text())["tokens"]) == 4
    # The terminal says what to ask for, and so does the list, with serials, holders and tickets.
    for words in (
        "Have the activation lock of 2 hardware tokens released (Fortinet TAC)",
        "Have 1 license of 1 mobile token transferred (Fortinet Customer Service)",
        "Plan other tokens for the users of 1 mobile token that cannot move",
    ):
        assert words in taken.output
        assert words.partition(" (Fortinet")[0] in baseline.with_suffix(".txt").read_text()
    assert "FTK200MIGRATE002  administrator nightshift" in baseline.with_suffix(".txt").read_text()
    assert_promises_kept(sim, taken)

    # Units of a play find their baselines in one directory, by their own names.
    for host in ("fgt-new", "fgt-poor"):
        shutil.copy(baseline, baseline.with_name(f"{host}.json"))
    done = place.play(
        REMEDIATE,
        *("--limit", "fgt-new,fgt-poor"),
        remediate_baseline=str(baseline.parent),
        remediate_lock_released="FTK200MIGRATE001",
    )
    # The trial token came along and looks fine, but it belongs to the old unit for good.
    assert done.recap("fgt-new")["failed"] == 1, done.output
    report = done.report("fgt-new")
    assert report["result"] == "partial"
    trial = {token["serial"]: token["verdict"] for token in report["tokens"] if token["license"].startswith("FTMTRIAL")}
    assert set(trial.values()) == {"needs_license"}
    assert report["baseline"]["complete"] is True
    assert report["baseline"]["unit"]["serial"] == "FGT60ETK18000001"
    assert "Of fgt-old (FGT60ETK18000001), 4 of 4 tokens and 3 of 3 bindings are here." in done.output

    assert done.code == 2, "the play is strict, and not everything of the old unit is on fgt-poor"
    assert done.recap("fgt-poor")["failed"] == 1
    assert "3 of 4 tokens and 2 of 3 bindings are here." in done.output
    report = done.report("fgt-poor")
    assert report["result"] == "partial"
    findings = {finding["id"]: finding for finding in report["findings"]}
    assert findings["baseline_token_missing"]["serials"] == ["FTKMOB0A1B2C3D5F"]
    assert findings["baseline_binding_missing"]["evidence"] == [
        "FTKMOB0A1B2C3D4E: user bob (VDOM root), now without a token"
    ]
    page = (done.reports / "index.html").read_text(encoding="utf-8")
    units = json.loads(page.split('id="report-data">')[1].split("</script>")[0])["units"]
    assert {unit["host"]: unit["baseline"]["complete"] for unit in units} == {"fgt-new": True, "fgt-poor": False}
    summary = json.loads((done.reports / "summary.json").read_text())
    assert {row["host"]: row["passed"] for row in summary["hosts"]} == {"fgt-new": False, "fgt-poor": False}
    assert_promises_kept(sim, done)


def test_files_that_cannot_be_used_are_refused_before_the_first_connection(place: Place, sim: Simulator) -> None:
    foreign = place.home / "files"
    foreign.mkdir()
    (foreign / "fgt-old.json").write_text('{"format": "fortiops.fortitoken.journal", "version": 1}')
    (foreign / "fgt-new.json").write_text('{"format": "fortiops.forti')
    run = place.play(REMEDIATE, remediate_baseline=str(foreign))
    assert run.code == 2
    messages = {host: run.report(host)["error"]["msg"] for host in ("fgt-old", "fgt-new", "fgt-poor")}
    assert "it is not a baseline: its format is 'fortiops.fortitoken.journal'" in messages["fgt-old"]
    assert "it is not valid JSON" in messages["fgt-new"]
    assert "cannot be read: No such file or directory" in messages["fgt-poor"]
    planned = place.play(REMEDIATE, remediate_plan=str(foreign))
    assert planned.code == 2
    assert "it is not a plan" in planned.report("fgt-old")["error"]["msg"]
    for host, message in messages.items():
        assert f"{foreign / host}.json" in message
        assert "The unit was not contacted." in message
    assert logins(sim) == 0
    assert [event for event in sim.events if event["type"] not in ("start", "listening")] == []
