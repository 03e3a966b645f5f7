# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that may be missing or of another type are read as plain ones."""

from __future__ import annotations

from collections import OrderedDict, UserDict
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import plain


class Text(str):
    """Stands for Ansible's texts, which know where they come from."""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1}, {"a": 1}),
        ({"skipped": True, "a": 1}, {}),
        ({"skipped": "yes"}, {}),
        ({"skipped": False, "a": 1}, {"skipped": False, "a": 1}),
        (None, {}),
        ("text", {}),
    ],
)
def test_outcome_of_a_task(value: Any, expected: dict[str, Any]) -> None:
    assert plain.outcome(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [([1], [1]), ((1,), (1,)), ("ab", []), (b"ab", []), (None, []), ({}, [])]
)
def test_items(value: Any, expected: Any) -> None:
    assert plain.items(value) == expected


def test_mappings_and_texts_of_a_list() -> None:
    assert plain.mappings([{"a": 1}, "b", None, {"c": 2}]) == [{"a": 1}, {"c": 2}]
    assert plain.texts(["a", None, 3]) == ["a", "", "3"]
    assert plain.texts("abc") == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", True), (" Yes ", True), ("on", True), ("1", True), ("no", False), ("", False), (1, True), (None, False)],
)
def test_flags_are_read_as_ansible_reads_them(value: Any, expected: bool) -> None:
    assert plain.flag(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"), [("7", 7), (7.9, 7), ("x", 0), (None, 0), ([], 0), (float("inf"), 0), (float("nan"), 0)]
)
def test_numbers(value: Any, expected: int) -> None:
    assert plain.number(value) == expected


def test_a_copy_has_plain_types_only() -> None:
    copied = plain.plain(UserDict({Text("a"): (Text("b"), OrderedDict({1: None})), "c": True, "d": 1.5, "e": b"f"}))
    assert copied == {"a": ["b", {"1": None}], "c": True, "d": 1.5, "e": "b'f'"}
    assert {type(copied), type(copied["a"]), type(copied["a"][1]), type(copied["a"][0])} == {dict, list, str}
