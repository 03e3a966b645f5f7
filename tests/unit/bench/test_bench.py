# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks' own tools: units by rule, what a command cost, what was sent, tables in a page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench import article, fleet, table, targets
from tests.bench.contenders import ONE_WAVE, OURS, RELEASE, ROOT
from tests.bench.served import serving
from tests.bench.units import NO_SEED, PAGED, SEED_LOST, UNPAGED, migrated_unit, trouble

# A process that leaves its parent, as Ansible's persistent connections do, and works on for a while.
DETACHED = """
import os, time
if os.fork():
    os._exit(3)
os.setsid()
ballast = bytearray(60_000_000)
end = time.process_time() + 0.8
while time.process_time() < end:
    pass
"""


@pytest.mark.parametrize("vdoms", [1, 4])
def test_a_tenth_has_lost_its_seed_and_a_twentieth_has_none(vdoms: int) -> None:
    unit = migrated_unit(400, vdoms=vdoms)
    kinds = [trouble(number) for number in range(400)]
    assert (kinds.count(SEED_LOST), kinds.count(NO_SEED)) == (40, 20)
    assert {user.fortitoken for user in unit.users} == {token.serial for token in unit.tokens}
    assert [token.vdom for token in unit.tokens] == [user.vdom for user in unit.users]
    assert {token.vdom for token in unit.tokens} == set(unit.vdoms)
    assert sum(1 for token in unit.tokens if token.seed is None) == 20


def test_what_a_detached_process_uses_is_counted(tmp_path: Path) -> None:
    result = tmp_path / "cost.json"
    command = [sys.executable, "-m", "tests.bench.measure", str(result), sys.executable, "-c", DETACHED]
    run = subprocess.run(command, cwd=ROOT, check=False)
    cost = json.loads(result.read_text(encoding="utf-8"))
    assert run.returncode == cost["code"] == 3
    assert cost["cpu"] >= 0.5
    assert cost["peak_mb"] > 60
    assert cost["session_mb"] > cost["session_own_mb"] > 60


def test_a_unit_that_nobody_touched_is_not_mended() -> None:
    scenario = migrated_unit(20)
    with serving([scenario]) as served:
        assert sorted(served.unmended()) == [
            f"fgt-bench: {token.serial}" for number, token in enumerate(scenario.tokens) if trouble(number)
        ]
        assert served.traffic().logins == 0


def test_the_article_gives_every_user_the_token_back() -> None:
    lines = article.reimport("FTK200000000003", "user00003")
    assert lines.index('delete "FTK200000000003"') < lines.index('edit "FTK200000000003"')
    assert lines.index('edit "FTK200000000003"') < lines.index('set fortitoken "FTK200000000003"')
    assert sum(1 if line.startswith("config") else -1 for line in lines if line.split()[0] in ("config", "end")) == 0


def test_every_fleet_of_ten_has_a_unit_in_every_state() -> None:
    assert {fleet.expected(number) for number in range(10)} == {
        *("failed", "healthy", "skipped", "blocked", "remediated"),
    }


def test_tables_replace_those_of_an_earlier_run(tmp_path: Path) -> None:
    page = tmp_path / "page.rst"
    page.write_text(f"Above\n\n{table.BEGIN}\n\nold\n\n{table.END}\n\nBelow\n", encoding="utf-8")
    cost = {"wall": 2.0, "cpu": 1.0, "peak_mb": 50.0, "code": 0}
    rows = {"pings": {"kind": "pings", "hosts": 4, "tasks": 10, "cost": cost}}
    table.into_page(page, rows)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Above\n") and text.endswith("Below\n")
    assert "old" not in text
    assert '"4", "10", "2.0", "1.0", "0.10"' in text


def test_a_fleet_is_compared_with_the_first_release_of_the_same_size() -> None:
    def row(by: str, units: int, cpu: float, own: float) -> dict[str, Any]:
        cost = {"wall": 1.0, "cpu": cpu, "peak_mb": 1.0, "session_mb": 2 * own, "session_own_mb": own}
        same = {"forks": 5, "strategy": "linear", "results": {"healthy": units}, "tasks": 1, "wrong": []}
        return {"kind": "fleet", "by": by, "units": units, "cost": cost, **same}

    rows = {
        "a": row(fleet.OURS, 10, 30.0, 20.0),
        "b": row(fleet.FIRST_RELEASE, 10, 60.0, 40.0),
        "c": row(fleet.OURS, 300, 900.0, 20.0),
    }
    [fleets] = table.tables(rows)
    ratios = [dict(zip(fleets.head, line, strict=True)) for line in fleets.lines]
    assert [(line["CPU / 1.0.0"], line["own MB / 1.0.0"]) for line in ratios] == [
        ("0.50", "0.50"),
        ("1.00", "1.00"),
        ("", ""),
    ]


def test_each_target_is_shown_once_its_lines_were_measured() -> None:
    def row(kind: str, by: str, console: str, turns: int, wall: float) -> dict[str, Any]:
        cost = {"wall": wall, "cpu": 6.0, "peak_mb": 75.0, "code": 0}
        traffic = {"turns": turns, "lines": 9, "bytes": 9000, "logins": 1, "exposed": 0, "out": 2.0}
        place = {"tokens": 500, "latency_ms": 50.0, "console": console}
        return {"kind": kind, "contender": by, **place, "cost": cost, "traffic": traffic}

    rows = {
        "a": row("remediate", ONE_WAVE, UNPAGED, 24, 30.0),
        "b": row("remediate", RELEASE, UNPAGED, 21, 40.0),
        "c": row("facts", OURS, PAGED, 22, 5.0),
    }
    found = {target.name: measured for target, measured in targets.reached(rows)}
    assert found == {"500 tokens, unpaged, one wave": 24, "500 tokens, unpaged, one wave, beside 1.0.0": 0.75}
    assert "| 500 tokens, unpaged, one wave | 25 turns | 24 | 0.96 |" in table.markdown(rows)


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.rst"
    page.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no place"):
        table.into_page(page, {})
    assert page.read_text(encoding="utf-8") == "nothing\n"
