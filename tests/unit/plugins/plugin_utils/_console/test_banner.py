# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The login dialogue alone: what is typed, and when a prompt is believed."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.banner import LoginDialogue


def test_a_prompt_is_believed_only_when_the_unit_repeats_it() -> None:
    dialogue = LoginDialogue()
    dialogue.feed(b"Welcome to\r\nother # ")
    assert dialogue.silence(0.2) == b"\n"
    assert dialogue.prompt is None
    dialogue.feed(b"\r\nFGT # ")
    assert dialogue.silence(0.2) == b"\n"
    assert dialogue.prompt is None
    dialogue.feed(b"\r\nFGT # ")
    assert dialogue.silence(0.2) == b""
    assert dialogue.prompt is not None
    assert dialogue.prompt.host == "FGT"


def test_a_prompt_that_nobody_asked_for_is_not_believed_however_long_it_lasts() -> None:
    dialogue = LoginDialogue()
    dialogue.feed(b"FGT # ")
    dialogue.silence(30.0)
    assert dialogue.prompt is None


@pytest.mark.parametrize("text", ["", "Hello\r\n", "FortiToken: ", "Old Password: ", "Continue? (y/n) ", "Please wait"])
def test_enter_is_typed_behind_nothing_but_what_looks_like_a_prompt(text: str) -> None:
    dialogue = LoginDialogue()
    dialogue.feed(text.encode())
    assert [dialogue.silence(seconds) for seconds in (0.2, 1.1, 3.0, 10.0)] == [b""] * 4
    assert dialogue.prompt is None


def test_second_question_for_a_code_is_refused() -> None:
    dialogue = LoginDialogue("123456")
    dialogue.feed(b"FortiToken: ")
    assert dialogue.silence(0.2) == b"123456\n"
    dialogue.feed(b"\r\nFortiToken clock drift detected (code: 468308). Next code: ")
    assert dialogue.silence(0.2) == b""
    assert "not enough" in dialogue.refusal


@pytest.mark.parametrize("text", ["Be good.\r\n(Press 'a' to accept):", "(press 'A' to accept): "])
def test_a_banner_is_accepted_with_its_key(text: str) -> None:
    assert LoginDialogue().feed(text.encode()) == b"a"


def test_a_long_banner_is_paged() -> None:
    dialogue = LoginDialogue()
    assert dialogue.feed(b"one\r\n--More-- ") == b" "
    assert dialogue.last_line == "--More--"
