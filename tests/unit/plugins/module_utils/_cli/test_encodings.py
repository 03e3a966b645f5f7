# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are found in other clothes: quoted, escaped, in an address, in Base64."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.encodings import (
    base64_cores,
    find_cores,
    written,
)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("pass word", "pass%20word"),
        ("pass word", "pass+word"),
        ("a/b?c", "a%2Fb%3Fc"),
        ("a/b?c", "a%2fb%3fc"),
        ("a/b?c", "a/b%3Fc"),
        ('say "x"', r"say \"x\""),
        ("a\\b", r"a\\b"),
        ("gr\u00fcn", "gr\\u00fcn"),
        ("a\tb", "a\\tb"),
    ],
)
def test_forms_that_stand_alone(value: str, form: str) -> None:
    assert form in written(value)
    assert value in written(value)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=9), st.text(min_size=8, max_size=20), st.binary(max_size=9))
def test_base64_of_a_text_that_holds_the_value_is_found_wherever_it_begins(
    front: bytes, value: str, end: bytes
) -> None:
    for coded in (base64.b64encode, base64.urlsafe_b64encode):
        word = coded(front + value.encode("utf-8", "surrogatepass") + end).decode()
        text = f"Authorization: Basic {word} sent"
        assert (21, 21 + len(word)) in find_cores(text, base64_cores(value)), json.dumps(value)


def test_what_does_not_hold_the_value_is_left() -> None:
    word = base64.b64encode(b"something else entirely").decode()
    assert find_cores(f"Basic {word}", base64_cores("hunter2-2026")) == []


def test_a_value_too_short_to_tell_has_no_core() -> None:
    assert base64_cores("abc") == set()
    assert all(len(core) >= 6 for core in base64_cores("abcdef"))


def test_an_address_is_quoted_in_whole() -> None:
    assert quote("a b/c", safe="") in written("a b/c")
