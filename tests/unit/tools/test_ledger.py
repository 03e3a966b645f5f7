# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of the ledger of facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.ledger import Fact, read

PATH = Path("docs") / "facts.yml"
HEAD = "groups:\n  console: Console\nfacts:\n"
GOOD = """\
  - id: prompt-cut
    group: console
    statement: The prompt ends in `~`.
    known: seen
    sources: [article 194508]
"""


def problems(text: str) -> list[str]:
    return [str(problem) for problem in read(text, PATH)[1]]


def with_line(old: str, new: str) -> str:
    assert old in GOOD
    return HEAD + GOOD.replace(old, new)


def test_a_fact_is_read_with_its_place() -> None:
    more = '    confirmed: ["7.4.8"]\n    refuted: ["6.0"]\n    wanted: true\n'
    ledger, wrong = read(HEAD + GOOD + more, PATH)
    assert wrong == []
    assert ledger.groups == {"console": "Console"}
    fact = Fact("prompt-cut", "console", "The prompt ends in `~`.", "seen", 4)
    assert ledger.facts == [
        Fact(
            **{
                **vars(fact),
                "sources": ("article 194508",),
                "confirmed": ("7.4.8",),
                "refuted": ("6.0",),
                "wanted": True,
            }
        )
    ]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("facts: [", 1, "not valid YAML"),
        ("- 1", 1, "the file is not a mapping"),
        (HEAD + GOOD + "more: 1\n", 9, "unknown key 'more'"),
        ("groups: {console: 1}\nfacts:\n" + GOOD, 1, "title of group 'console' is not a text"),
        ("groups: {console: Console}\nfacts: {}\n", 2, "facts is not a list"),
        (HEAD + "  - text\n", 4, "an entry of facts is not a mapping"),
        (HEAD + GOOD + "    knwon: seen\n", 9, "unknown key 'knwon'"),
        (HEAD + GOOD + "    known: seen\n", 9, "'known' is given twice"),
        (HEAD + GOOD + GOOD, 9, "the fact 'prompt-cut' is already in line 4"),
        (with_line("    known: seen\n", ""), 4, "a fact without known"),
        (with_line("prompt-cut", "Prompt_cut"), 4, "lower-case words"),
        (with_line("group: console", "group: consoles"), 4, "there is no group 'consoles'"),
        (with_line("known: seen", "known: sure"), 4, "known is 'sure'"),
        (with_line("    sources: [article 194508]\n", ""), 4, "seen needs a source"),
        (HEAD + GOOD + "    confirmed: []\n", 9, "confirmed is not a list with entries"),
        (with_line("article 194508", "KB194508"), 8, "'KB194508' in sources has no known form"),
        (with_line("article 194508", "article 1, article 1"), 8, "'article 1' is twice in sources"),
        (HEAD + GOOD + "    confirmed: [7.4]\n", 9, "an entry of confirmed is not a text"),
        (HEAD + GOOD + '    confirmed: ["v7.4"]\n', 9, "'v7.4' in confirmed has no known form"),
        (HEAD + GOOD + '    confirmed: ["7.4"]\n    refuted: ["7.4"]\n', 4, "7.4 cannot confirm and refute it"),
        (with_line("known: seen", 'known: unknown\n    confirmed: ["7.4"]'), 4, "not unknown"),
        (HEAD + GOOD + "    wanted: false\n", 9, "wanted is true or left out"),
        (with_line("`~`.", "`~`"), 4, "one sentence with a period"),
        (with_line("`~`.", "`~."), 4, "backticks"),
        (with_line("`~`.", "`~ `."), 4, "backticks"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, where: int, what: str) -> None:
    (found,) = problems(text)
    assert found.startswith(f"docs/facts.yml:{where}: ")
    assert what in found


@pytest.mark.parametrize(
    "source",
    [
        "article 194508",
        "community 184542",
        "topic 180506 (Administration Guide 7.2)",
        "advisory FG-IR-19-283",
        "repository owner/name",
        "'repository owner/name#12'",
        "'page example.net, a page'",
        "transcript a session",
    ],
)
def test_forms_of_sources(source: str) -> None:
    assert problems(with_line("article 194508", source)) == []
