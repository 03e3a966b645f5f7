# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data is of the form that is asked for, or the error says where it is not."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._schema import (
    Choice,
    Flag,
    Form,
    Items,
    Maybe,
    Number,
    Record,
    Rule,
    SchemaError,
    Table,
    Text,
    check,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
FORM = Record(
    {"name": Text(5), "rows": Items(Record({"id": Number(0, 9, whole=True)}), 2)},
    {"more": Table(Text(choices=("a", "b")), Maybe(Flag())), "odd": Choice((Flag(), Number(1, 2)))},
)


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        (Text(3), ["", "abc", "a\udc80"], ["abcd", "a\nb", "a\tb", "a\x00", "\x7f", "\ud800", 1, None, [], True]),
        (Text(9, lines=True), ["a\nb\tc"], ["a\rb", "\x1b[0m"]),
        (Text(9, re.compile("[a-z]+")), ["abc"], ["", "abc\n", "aBc"]),
        (Text(choices=("on", "off")), ["on"], ["On", ""]),
        (Number(0, 5), [0, 5, 2.5], [-1, 6, True, "1", None, float("nan"), float("inf"), 10**400]),
        (Number(0, 5, whole=True), [3], [3.0, 2.5]),
        (Flag(), [True, False], [0, 1, "true", None]),
        (Maybe(Flag()), [None, True], [0]),
        (Items(Flag(), 2), [[], [True, False]], [[True] * 3, [1], {}, "ab"]),
        (Table(Text(1), Flag(), 1), [{}, {"a": True}], [{"ab": True}, {"a": 1}, {"a": True, "b": True}, []]),
        (Record({"a": Flag()}), [{"a": True}], [{}, {"a": 1}, {"a": True, "b": 1}, []]),
        (Record({"a": Flag()}, open=True), [{"a": True, "b": 1}], [{"b": 1}]),
        (Record({}, {"a": Flag()}), [{}, {"a": True}], [{"a": None}]),
        (Choice((Flag(), Number(1, 2))), [True, 1], [3, "x"]),
        (Rule(Text(), str.isupper, "in capitals"), ["A"], ["a", 1]),
    ],
)
def test_forms(form: Form, good: list[Any], bad: list[Any]) -> None:
    for data in good:
        check(form, data)
    for data in bad:
        with pytest.raises(SchemaError):
            check(form, data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "the file must be an object"),
        ({"rows": []}, "name must be there"),
        ({"name": "x", "rows": [{"id": 1}, {"id": "secret"}]}, "rows 2.id must be a number within bounds"),
        ({"name": "x", "rows": [], "more": {"secret": True}}, "more: the name of field 1 must be one of a, b"),
        ({"name": "x", "rows": [], "secret": 1}, "the file must be an object with no fields but more, name, odd, rows"),
    ],
)
def test_the_error_says_where_and_shows_no_value(data: Any, words: str) -> None:
    with pytest.raises(SchemaError) as caught:
        check(FORM, data)
    assert str(caught.value) == words


@given(JSON)
def test_any_json_passes_or_raises_the_documented_error(data: Any) -> None:
    for form in (FORM, Items(FORM), Table(Text(), FORM), Choice((Text(), FORM))):
        with suppress(SchemaError):
            check(form, data)
