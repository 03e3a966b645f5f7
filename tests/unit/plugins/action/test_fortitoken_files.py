# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions for baselines and plans in real plays: they open no connection, and say what is wrong with a file."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import ALREADY, facts, token, user
from ansible_collections.fortiops.fortitoken.tests.unit.plugins.action.test_fortitoken_report import Play

READ = facts([token("FTK200EXAMPLE001", "reimport", ALREADY, user("alice"), seed=True)])
PURGE = {"changed": True, "commands": ['delete "FTK200EXAMPLE001"']}


@pytest.fixture
def play(tmp_path: Path) -> Play:
    return Play(tmp_path)


def baseline(**options: Any) -> dict[str, Any]:
    return {"fortiops.fortitoken.fortitoken_baseline": options, "register": "made", "ignore_errors": True}


def plan(**options: Any) -> dict[str, Any]:
    return {"fortiops.fortitoken.fortitoken_plan": options, "register": "made", "ignore_errors": True}


def run(play: Play, *tasks: dict[str, Any], limit: str = "fw-a") -> list[dict[str, Any]]:
    """What each task returned for the host fw-a."""
    steps = [step for number, task in enumerate(tasks) for step in (task, play.keep(str(number)))]
    done = play.run(steps, "--limit", limit)
    assert done.returncode == 0, done.stdout + done.stderr
    return [play.made("fw-a", str(number)) for number in range(len(tasks))]


def test_baselines(play: Play) -> None:
    where = play.path / "baseline"
    (play.path / "facts.json").write_text(json.dumps(READ), encoding="utf-8")
    old, checked, in_folder, absent, blocked, odd, both = run(
        play,
        baseline(facts=str(play.path / "facts.json"), dest=str(where)),
        baseline(src=str(where / "fw-a.json")),
        baseline(src=str(where)),
        baseline(src=str(play.path / "nowhere.json")),
        baseline(facts=READ, dest="/dev/null/baseline"),
        baseline(facts={"unit": {}}, dest=str(where)),
        baseline(src=str(where), dest=str(where), facts=READ),
    )
    assert (old["changed"], old["tokens"], old["bindings"]) == (False, 1, 1)
    assert {row["id"]: row["count"] for row in old["requests"]} == {"lock_release": 1, "broken_before": 1}
    for file in (old["path"], old["list"]):
        assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
    for made in (checked, in_folder):
        assert (made["path"], made["tokens"], made["unit"]["serial"]) == (old["path"], 1, "FGT60FEXAMPLE001")
    for made, words in (
        (absent, f"remediate_baseline: {play.path}/nowhere.json cannot be read"),
        (blocked, "The baseline cannot be written to /dev/null/baseline"),
        (odd, "'facts' must be the facts of"),
        (both, "mutually exclusive"),
    ):
        assert made["failed"] is True
        assert words in made["msg"]
    assert absent["msg"].endswith("The unit was not contacted.")


def test_one_baseline_for_several_units_is_refused(play: Play) -> None:
    where = play.path / "baseline"
    old, single, folder = run(
        play,
        baseline(facts=READ, dest=str(where)),
        baseline(src=str(where / "fw-a.json")),
        baseline(src=str(where)),
        limit="fw-a,fw-b",
    )
    assert "is the baseline of one unit, fw-a, but the play has 2" in single["msg"]
    assert folder["path"] == old["path"]


def test_plans(play: Play) -> None:
    where = play.path / "plan"
    journal = play.path / "journal.json"
    journal.write_text("{ not json", encoding="utf-8")
    other = facts([token("FTK200EXAMPLE001", "reimport", ALREADY, user("bob"), seed=True)])
    # Lists and switches in the forms in which -e and surveys give them.
    options = {"lock_released": "ftk200example001,", "provision": "no", "license_codes": "0"}
    settled = {"options": {"lock_released": ["FTK200EXAMPLE001"]}, "purge": PURGE, "activate": {"skipped": True}}
    made, read, same, changed, damaged, unwritable, strange, unnamed = run(
        play,
        plan(dest=str(where), facts=READ, options=options, purge=PURGE, activate=""),
        plan(src=str(where)),
        plan(src=str(where / "fw-a.json"), facts=READ, **settled),
        plan(src=str(where), facts=other, **settled),
        plan(src=str(where), facts=READ, journal=str(journal), **settled),
        plan(dest="/dev/null/plan", facts=READ),
        plan(src=str(where), digests={"fw-a": "0" * 64}),
        plan(src=str(where), digests={"fw-b": "0" * 64}),
    )
    assert (made["changed"], made["planned"], made["commands"]) == (False, ["FTK200EXAMPLE001"], 1)
    assert stat.S_IMODE(Path(made["path"]).stat().st_mode) == 0o600
    assert read["options"]["lock_released"] == ["FTK200EXAMPLE001"]
    assert read["digest"] == made["digest"]
    assert (same["differences"], same["applied"]) == ([], False)
    assert changed["failed"] is True
    assert changed["differences"] == [
        "FTK200EXAMPLE001: user alice (VDOM root) no longer has it",
        "FTK200EXAMPLE001: user bob (VDOM root) has it now",
    ]
    assert all(line in changed["msg"] for line in changed["differences"])
    assert "Make a new plan" in changed["msg"]
    assert f"The journal {journal} cannot be used" in damaged["msg"]
    assert f"its SHA-256 is {made['digest']}, and approved was 000" in strange["msg"]
    assert "The unit was not contacted." in strange["msg"]
    assert "remediate_plan_digests does not name fw-a" in unnamed["msg"]
    assert "The plan cannot be written to /dev/null/plan" in unwritable["msg"]


def test_a_baseline_that_went_away_fails_the_report(play: Play) -> None:
    [made] = run(play, play.task(before=READ, baseline=str(play.path / "gone.json")))
    assert (made["result"], made["passed"]) == ("failed", False)
    assert "gone.json cannot be read" in play.report("fw-a")["error"]["msg"]
