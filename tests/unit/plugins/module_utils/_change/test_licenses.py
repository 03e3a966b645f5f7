# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""License codes: each is sent once, what it brought is remembered without the code, and a refusal names its remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import licenses
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.licenses import (
    PAUSES,
    REDEEMED,
    REFUSED,
    TRIAL_CODE,
    UNUSED,
    Redemption,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import JournalError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy
from tests.unit.plugins.module_utils._change.fake_console import FakeConsole, Step

MOBILE, SECOND = "FTKMOBMADEUP0001", "FTKMOBMADEUP0002"
CODE, OTHER = "1A2B-3C4D-5E6F-7081-92A3", "2B3C-4D5E-6F70-8192-A3B4"
REFUSAL = "command parse error before 'x'\nCommand fail. Return code -61"


class Run:
    """Codes on a unit whose tokens come while it sleeps: `late` -> after how many looks."""

    def __init__(self, journal: str = "", unit: FakeConsole | None = None, **more: Any) -> None:
        self.unit = unit or FakeConsole()
        self.work = self.unit.work(journal)
        self.slept: list[float] = []
        self.made = Redemption(self.work, Policy(login="netops"), sleep=self.slept.append, **more)

    def bring(self, *serials: str) -> None:
        """Let the next code bring these tokens."""

        def arrive() -> None:
            for serial in serials:
                self.unit.token(serial, "new", seed=False, license="EFTM000000000042")

        self.unit.script.append(Step("^execute fortitoken-mobile import", act=arrive))

    def refuse(self) -> None:
        self.unit.script.append(Step("^execute fortitoken-mobile import", text=REFUSAL))

    def outcomes(self, *codes: str) -> list[str]:
        self.made.run(self.work.found, codes)
        return [result.outcome for result in self.made.results]

    @property
    def imported(self) -> list[str]:
        return [
            line.rpartition(" ")[2] for line in self.unit.sent if line.startswith("execute fortitoken-mobile import")
        ]


def test_a_code_brings_its_tokens_and_is_sent_once() -> None:
    run = Run()
    run.bring(MOBILE, SECOND)
    assert run.outcomes(CODE, CODE.lower()) == [REDEEMED, UNUSED]
    assert run.imported == [CODE]
    assert run.made.licensed == [MOBILE, SECOND] == list(run.made.results[0].tokens)
    assert (run.slept, run.made.futile) == ([], 0)


def test_tokens_may_come_a_moment_later() -> None:
    run = Run()
    run.unit.script.append(Step("^execute fortitoken-mobile import", text=""))
    assert run.outcomes(CODE) == [REDEEMED]
    assert run.slept == list(PAUSES)
    assert "redeemed before, or its tokens come later" in run.made.results[0].message


def test_a_refused_code_brings_nothing_and_is_not_waited_for() -> None:
    run = Run()
    run.refuse()
    run.bring(MOBILE)
    assert run.outcomes(CODE, OTHER) == [REFUSED, REDEEMED]
    assert (run.slept, run.made.futile) == ([], 1)
    refused, redeemed = run.made.results
    assert f"(license code 1 of 2). Remedy: {refused.remedy}" in refused.error
    assert redeemed.error == ""


@pytest.mark.parametrize(
    "text",
    [
        "received error from forticare [-7999]",
        "license is not for this product",
        "The license has expired.",
        "Redemption failed (code 77).",
    ],
)
def test_an_answer_that_sounds_like_a_refusal_is_one_whatever_its_form(text: str) -> None:
    run = Run()
    run.unit.script.append(Step("^execute fortitoken-mobile import", text=text))
    assert run.outcomes(CODE) == [REFUSED]
    [refused] = run.made.results
    assert text in refused.message and refused.remedy and run.slept == []


def test_a_refusal_that_brings_tokens_is_none() -> None:
    run = Run()
    run.unit.script.append(
        Step(
            "^execute fortitoken-mobile import",
            text=REFUSAL,
            act=lambda: run.unit.token(MOBILE, "new", seed=False, license="EFTM000000000042"),
        )
    )
    assert run.outcomes(CODE) == [REDEEMED]
    assert run.made.futile == 0


def test_the_trial_code_is_not_sent_where_its_tokens_need_no_license() -> None:
    run = Run()
    run.bring(MOBILE)
    assert run.outcomes(TRIAL_CODE) == [REDEEMED]
    unit = FakeConsole()
    unit.token(MOBILE, "provisioned", seed=False, license="FTMTRIAL0A1B2C3D")
    served = Run(unit=unit)
    served.work.found = served.work.reread()
    has_license = [token.license for token in served.work.found.tokens]
    assert served.outcomes(TRIAL_CODE) == ([UNUSED] if any(has_license) else [REDEEMED])


def test_a_code_whose_tokens_are_there_is_not_sent_by_the_next_run(tmp_path: Path) -> None:
    journal = str(tmp_path / "fgt.json")
    first = Run(journal)
    first.bring(MOBILE)
    first.outcomes(CODE)
    again = Run(journal, first.unit)
    assert again.outcomes(CODE) == [UNUSED]
    assert "This unit redeemed it on" in again.made.results[0].message
    first.unit.state.tokens.clear()
    first.unit.state.statuses.clear()
    assert Run(journal, first.unit).outcomes(CODE) == [REDEEMED]


@pytest.mark.parametrize(("retry", "outcome"), [(False, UNUSED), (True, REDEEMED)])
def test_a_refused_code_is_sent_again_only_on_demand(tmp_path: Path, retry: bool, outcome: str) -> None:
    journal = str(tmp_path / "fgt.json")
    first = Run(journal)
    first.refuse()
    first.outcomes(CODE)
    again = Run(journal, first.unit, retry=retry)
    again.bring(MOBILE)
    planned = again.made.planned(again.work.found, [CODE])
    assert bool(planned) is retry
    assert again.outcomes(CODE) == [outcome]
    if not retry:
        assert "retry_refused" in again.made.results[0].remedy


def test_the_file_holds_no_code_and_says_nothing_about_another_unit(tmp_path: Path) -> None:
    journal = str(tmp_path / "fgt.json")
    run = Run(journal)
    run.bring(MOBILE)
    run.outcomes(CODE)
    path = Path(f"{journal}.licenses")
    assert CODE not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    other = FakeConsole()
    other.serial = "FGT60FTK20099999"
    assert licenses.load(journal, other.found().unit).entry(CODE) is None
    assert licenses.load(journal, run.work.unit).entry(CODE.lower()) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"version": 9},
        {"format": "x"},
        {"codes": []},
        {"codes": {"00": {"when": "2026-03-01T00:00:00Z", "tokens": [], "refusal": "", "remedy": ""}}},
        {"codes": {"0" * 64: {"when": "yesterday", "tokens": [], "refusal": "", "remedy": ""}}},
        {"codes": {"0" * 64: {"when": "2026-03-01T00:00:00Z", "tokens": ["x"], "refusal": "", "remedy": ""}}},
        {"codes": {"0" * 64: {"when": "2026-03-01T00:00:00Z", "tokens": [], "refusal": "a\nb", "remedy": ""}}},
        {"codes": {"0" * 64: {"when": "2026-03-01T00:00:00Z", "tokens": [], "refusal": "x" * 2001, "remedy": ""}}},
        {"codes": {"0" * 64: {"when": "2026-03-01T00:00:00Z", "tokens": []}}},
    ],
)
def test_a_damaged_file_stops_the_run_before_a_code_is_sent(tmp_path: Path, change: dict[str, Any]) -> None:
    journal = str(tmp_path / "fgt.json")
    path = Path(f"{journal}.licenses")
    path.write_text(json.dumps({"format": licenses.FORMAT, "version": 1, "codes": {}, **change}))
    path.chmod(0o600)
    run = Run(journal)
    with pytest.raises(JournalError, match="No code was sent"):
        run.outcomes(CODE)
    assert run.imported == []
