# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements and words of a configuration."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import quote
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import (
    WORD,
    statements,
    strict_statements,
    words,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ParseError

CONFIG_LIKE = st.lists(
    st.sampled_from(
        [
            "config ",
            "edit ",
            "set ",
            "next",
            "end",
            "\n",
            "\n",
            '"',
            '"',
            "\\",
            " ",
            "passwd ",
            "seed ",
            "comments ",
            "x",
        ]
    ),
    max_size=40,
).map("".join)


def pairs(text: str) -> list[tuple[str, str]]:
    return [(statement.keyword, statement.rest) for statement in statements(text)]


def test_a_value_of_two_lines_is_one_statement() -> None:
    text = 'edit "x"\n    set comments "one\nset passwd two" <---\nnext'
    assert pairs(text) == [("edit", '"x"'), ("set", 'comments "one\nset passwd two"'), ("next", "")]


def test_a_mark_of_grep_inside_a_value_stays() -> None:
    assert pairs('set comments "a <---"\nset a b <---') == [("set", 'comments "a <---"'), ("set", "a b")]


def test_a_value_without_an_end_is_one_line_and_no_strict_statement() -> None:
    text = 'set comments "open\nset two-factor fortitoken'
    assert pairs(text) == [("set", 'comments "open'), ("set", "two-factor fortitoken")]
    assert [statement.closed for statement in statements(text)] == [False, True]
    with pytest.raises(ParseError, match="has no end"):
        list(strict_statements(text))


@given(st.one_of(st.text(max_size=200), CONFIG_LIKE))
def test_every_statement_is_where_it_says(text: str) -> None:
    end = 0
    for statement in statements(text):
        assert text[statement.start : statement.end] == statement.rest
        assert end <= statement.line <= statement.start <= statement.end
        assert text[statement.line : statement.start].split() == [statement.keyword]
        assert statement.line == 0 or text[statement.line - 1] == "\n"
        end = statement.end


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20), max_size=4))
def test_what_is_quoted_is_read_back(values: list[str]) -> None:
    line = f"set comments {' '.join(map(quote, values))}"
    [statement] = statements(line)
    assert words(statement.rest) == ["comments", *values]


def test_an_open_quote_in_each_line_takes_linear_time() -> None:
    started = time.process_time()
    for _statement in statements('set comments "x"\n' * 40_000 + 'set comments "x\n' + "set comments x\n" * 40_000):
        pass
    assert time.process_time() - started < 5


@given(st.lists(st.sampled_from(["ab", '"', '"', " ", "\t", "é", "-"]), max_size=12).map("".join))
def test_words_are_those_of_the_pattern(line: str) -> None:
    assert words(line) == [match[1] if match[1] is not None else match[2] for match in WORD.finditer(line)]
