# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Escaping: no text of a unit is obeyed by a terminal, by Markdown or by XML."""

from __future__ import annotations

import html
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.escape import (
    markdown,
    markdown_code,
    one_line,
    xml,
)

NASTY = "\x1b\x07\r\u2028\u2029\u202e\u200b\x9b\x00\ud800\ufeff\u034f\u115f\u3164\ufe0f\U000e0041"
ANY = st.text(alphabet=st.characters(codec=None), max_size=40)


@pytest.mark.parametrize("letter", NASTY)
def test_unseen_characters_are_spelled_out(letter: str) -> None:
    for shown in (one_line(f"a{letter}b"), markdown(f"a{letter}b"), markdown_code(f"a{letter}b")):
        assert letter not in shown
        assert len(shown.splitlines()) == 1


def test_line_breaks_of_a_report_stay_in_xml_and_unseen_characters_do_not() -> None:
    assert xml("one\r\ntwo") == "one\ntwo"
    assert not set(NASTY) & set(xml(NASTY)) - {"\n"}


@given(ANY)
def test_any_text_is_one_line_on_a_terminal(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert "\x1b" not in one_line(text)


@given(ANY)
def test_any_text_makes_xml(text: str) -> None:
    element = ElementTree.Element("x")
    element.set("name", xml(text))
    element.text = xml(text)
    ElementTree.fromstring(ElementTree.tostring(element, encoding="utf-8"))


@given(st.text(alphabet="`|\\a \n", max_size=20))
def test_nothing_ends_inline_code(text: str) -> None:
    code = markdown_code(text)
    fence = re.match("`+", code)
    assert fence is not None
    inner = code[len(fence[0]) : -len(fence[0])]
    assert code.endswith(fence[0])
    assert fence[0] not in re.findall("`+", inner), "no run of backquotes inside is as long as the fence"
    assert not re.search(r"(?<!\\)\|", inner), "it ends no table cell"


def test_marks_of_markdown_are_text() -> None:
    assert markdown("[a](b) **x** `y` | <z> @all") == ("\\[a\\](b) \\*\\*x\\*\\* \\`y\\` \\| &lt;z&gt; &#64;all")


@pytest.mark.parametrize("address", ["https://evil.example/x", "http://evil.example", "www.evil.example", "FTP://x"])
def test_an_address_in_markdown_is_no_link(address: str) -> None:
    shown = markdown(f"see {address}, ratio 1:2")
    assert "://" not in shown and "www." not in shown.lower()
    assert html.unescape(shown) == f"see {address}, ratio 1:2"
    assert "1:2" in shown
