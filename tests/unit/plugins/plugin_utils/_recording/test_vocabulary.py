# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words that a recording keeps."""

from __future__ import annotations

import re

import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.vocabulary import CLI, WORDS


def test_what_the_parsers_go_by_is_kept() -> None:
    assert {
        "config",
        "edit",
        "set",
        "next",
        "end",
        "fortitoken",
        "drift",
        "status",
        "reachable",
        "two",
        "factor",
    } <= CLI
    assert CLI <= WORDS


@pytest.mark.parametrize("word", ["alice", "bob", "example", "berlin", "corp"])
def test_a_name_is_no_word_of_the_command_line(word: str) -> None:
    assert word not in CLI


def test_a_word_is_letters_only() -> None:
    assert [word for word in WORDS if not re.fullmatch("[a-z]+", word)] == []
