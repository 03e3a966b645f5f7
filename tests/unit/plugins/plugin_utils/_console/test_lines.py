# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kind of line one is."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.lines import (
    Sent,
    is_closed,
    is_editing,
    keystrokes,
    size,
)


@pytest.mark.parametrize("line", ["config user local", "conf user local", "  set x 1", "END", "delete a", "unset x"])
def test_lines_that_edit(line: str) -> None:
    assert is_editing(line)
    assert Sent(line).quick


@pytest.mark.parametrize("line", ["", "  ", "show", "execute x", "se x", "get x", "diagnose debug enable", "abortion"])
def test_lines_that_print_or_act(line: str) -> None:
    assert not is_editing(line)
    assert not Sent(line).quick


def test_only_its_caller_makes_a_line_brief() -> None:
    assert Sent("execute config-transaction commit", brief=True).quick
    assert not Sent("diagnose fortitoken debug enable").quick


@pytest.mark.parametrize(
    ("lines", "closed"),
    [
        (["config user local", "edit a", "next", "end"], True),
        (["config user local", "edit a"], False),
        (["config user local", "abort"], True),
        (["show"], True),
        (["config a", "config b", "end"], False),
    ],
)
def test_tables_that_are_left(lines: list[str], closed: bool) -> None:
    assert is_closed(lines) is closed


def test_help_keys_are_typed_literally() -> None:
    assert keystrokes("a?b\tc") == b"a\x16?b\x16\tc\n"
    assert size([Sent("ab"), Sent("?")]) == 6
