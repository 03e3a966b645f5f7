# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deviation names the fact that it speaks about."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.tools import recording
from tests.tools.deviations import with_fact

MIGRATED = ROOT / "tests" / "recordings" / "simulated-migrated.jsonl"


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("status list: the token server is 'asleep', which is not known", "status-server"),
        ("status list: no line 'Token server status:'", "status-trailer"),
        ("status list: it begins with 'TOKEN', not with 'FORTITOKEN DRIFT STATUS'", "status-list-bytes"),
        ("output: 'diagnose sys config-transaction show' prints nothing", "txn-views"),
        ("refused: 'execute config-transaction start': Unknown action 0", "txn-since"),
        ("context: behind 'end' stands 'a-long-na~', not 'a-long-name'", "context-cut"),
    ],
)
def test_a_deviation_names_its_fact(text: str, fact: str) -> None:
    assert with_fact(text) == f"{text} [fact: {fact}]"


def test_a_deviation_without_a_fact_stays_as_it_is() -> None:
    text = "context: behind 'end' stands 'root', not ''"
    assert with_fact(text) == text


def test_the_list_of_a_recording_shows_the_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = MIGRATED.read_text(encoding="utf-8")
    path = tmp_path / "unit.jsonl"
    path.write_text(text.replace("Token server status: reachable", "Token server status: asleep"), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["recording", str(path)])
    with pytest.raises(SystemExit):
        recording.main()
    assert "the token server is 'asleep', which is not known [fact: status-server]\n" in capsys.readouterr().out
