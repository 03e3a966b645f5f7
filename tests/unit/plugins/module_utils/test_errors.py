# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors say what failed, where, on which line, and what to do."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _errors
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import Fault
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import (
    ConsoleError,
    FortitokenError,
    ParseError,
    UnitError,
)


def test_every_error_of_the_collection_is_in_one_tree() -> None:
    errors = [found for found in vars(_errors).values() if isinstance(found, type) and issubclass(found, Exception)]
    assert len(errors) > 5
    assert all(issubclass(error, FortitokenError) for error in errors)


def test_an_error_of_a_unit_names_place_line_answer_and_next_step() -> None:
    answer = Answer("show user fortitoken", "\nUnknown  action\n 0\n", Fault(-61, "unknown action"), "")
    error = UnitError(
        "a listing was refused.", unit="FGT-A", vdom="branch", answer=answer, next_step="Check the profile"
    )
    assert str(error) == (
        "FGT-A (VDOM branch): a listing was refused. Line: 'show user fortitoken'; the unit answered: Unknown action 0."
        " Check the profile."
    )
    assert (error.command, error.device_output, error.rc) == ("show user fortitoken", "Unknown  action\n 0", -61)


@pytest.mark.parametrize(
    ("where", "text"),
    [({}, "nothing came."), ({"unit": "FGT-A"}, "FGT-A: nothing came."), ({"vdom": "branch"}, "nothing came.")],
)
def test_what_is_not_known_is_left_out(where: dict[str, str], text: str) -> None:
    error = UnitError("nothing came", **where)
    assert str(error) == text
    assert (error.command, error.device_output, error.rc) == ("", "", None)


def test_an_empty_answer_is_called_nothing() -> None:
    assert "the unit answered: (nothing)." in str(UnitError("x", answer=Answer("get x", " \n", None, "")))


def test_a_console_error_keeps_the_answers_and_the_lines_of_unknown_effect() -> None:
    answers = [[Answer("get x", "y", None, "")]]
    error = ConsoleError("the line broke", "timeout", answers, ("set a b",))
    assert (error.kind, error.answers, error.unanswered) == ("timeout", answers, ["set a b"])
    assert (ConsoleError("x").kind, ConsoleError("x").answers, ConsoleError("x").unanswered) == ("lost", [], [])


def test_a_parse_error_quotes_the_beginning_of_the_text() -> None:
    assert str(ParseError("no table", " one\n two\nthree\nfour")) == "no table; the unit answered: one / two / three"
    assert str(ParseError("no table", "  \n")) == "no table; the unit answered: (nothing)"
    assert len(str(ParseError("no table", "x" * 900))) < 260
