# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of references to facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.tools import facts
from tests.tools.facts_page import page
from tests.tools.ledger import read

TEXT = """\
groups: {console: Console}
facts:
  - {id: one-fact, group: console, statement: It is so., known: inferred}
  - {id: other-fact, group: console, statement: It is not so., known: inferred}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which nothing is wrong."""
    for folder in ("docs/docsite/rst", "plugins/deep", "tests/simulator"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / facts.LEDGER).write_text(TEXT, encoding="utf-8")
    (tmp_path / facts.PAGE).write_text(page(read(TEXT, facts.LEDGER)[0]), encoding="utf-8")
    (tmp_path / "plugins" / "deep" / "a.py").write_text('"""Text [fact: one-fact]."""\n', encoding="utf-8")
    (tmp_path / "tests" / "simulator" / "b.yml").write_text("# [fact: one-fact] [fact: other-fact]\n", encoding="utf-8")
    return tmp_path


def problems(root: Path) -> list[str]:
    return [str(problem) for problem in facts.check(root)]


def test_nothing_is_wrong_with_this_checkout() -> None:
    assert problems(ROOT) == []


def test_a_checkout_in_which_nothing_is_wrong(checkout: Path) -> None:
    assert problems(checkout) == []


def test_an_unknown_id_is_told_with_file_and_line(checkout: Path) -> None:
    path = checkout / "plugins" / "deep" / "a.py"
    path.write_text("# [fact: one-fact]\n# [fact: no-fact]\n", encoding="utf-8")
    assert problems(checkout) == ["plugins/deep/a.py:2: there is no fact 'no-fact' in docs/facts.yml"]


def test_a_fact_that_nothing_refers_to_is_told(checkout: Path) -> None:
    (checkout / "tests" / "simulator" / "b.yml").unlink()
    assert problems(checkout) == ["docs/facts.yml:4: nothing refers to the fact 'other-fact'"]


@pytest.mark.parametrize(
    "text", ["[fact:one-fact]", "[facts: one-fact]", "[fact: one-fact, other-fact]", "[fact: one-", "[Fact: one-fact]"]
)
def test_another_form_of_a_reference_is_told(checkout: Path, text: str) -> None:
    (checkout / "plugins" / "c.md").write_text(f"\n{text}\nfact]\n", encoding="utf-8")
    assert problems(checkout) == [f"plugins/c.md:2: '{text}' is not a reference: write [fact: ID] on one line"]


def test_a_page_that_is_out_of_date_is_told_with_its_first_line(checkout: Path) -> None:
    path = checkout / facts.PAGE
    shown = path.read_text(encoding="utf-8")
    path.write_text(shown.replace("It is so.", "It was so."), encoding="utf-8")
    line = shown[: shown.index("It is so.")].count("\n") + 1
    text = "is not what docs/facts.yml says: run python -m tests.tools.facts --write"
    assert problems(checkout) == [f"docs/docsite/rst/facts.rst:{line}: {text}"]
    path.unlink()
    assert problems(checkout) == [f"docs/docsite/rst/facts.rst:1: {text}"]


def test_what_is_wrong_with_the_ledger_is_told(checkout: Path) -> None:
    (checkout / facts.LEDGER).write_text(TEXT.replace("known: inferred", "known: sure", 1), encoding="utf-8")
    (found,) = problems(checkout)
    assert found.startswith("docs/facts.yml:3: ")
