# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debug lines that belong together are read together, whatever other daemons print in between."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.dialogue import find, is_open
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.secret_forms import MARK

STAMP = "2026-03-30 12:00:00 "


def cuts(text: str) -> list[str]:
    return [text[start:end] for start, end, _first in find(text).cuts]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"seed": "00112233"}', ["00112233"]),
        ('{seed": "00112233"}', ["00112233"]),
        ('{"license_activation_code":"x1"}', ["x1"]),
        ('{"seeds": ["0011223344", "5566778899"]}', ["0011223344", "5566778899"]),
        ('{"seed": "00\\"11"}', ['00\\"11']),
        ('{"error_code": "14", "status_code": "200"}', []),
        ('{"name": "alice"}', []),
        ('{"seed": ""}', []),
        (f'{{"seed": "{MARK}"}}', []),
    ],
)
def test_values(text: str, values: list[str]) -> None:
    assert find(text).values == values
    assert cuts(text) == values


def test_a_value_over_several_lines_has_one_piece_on_each_and_keeps_the_times() -> None:
    text = f'{STAMP}{{"seed": "0011\n{STAMP}2233\n{STAMP}4455"}}'
    assert find(text).values == ["001122334455"]
    assert cuts(text) == ["0011", "2233", "4455"]
    assert [first for _start, _end, first in find(text).cuts] == [True, False, False]


def test_a_line_of_another_daemon_in_between_stays() -> None:
    text = '{"seed": "0011\n[641] fds_send_reply: done\n2233"}'
    assert find(text).values == ["00112233"]
    assert cuts(text) == ["0011", "2233"]


def test_a_marked_line_with_a_secret_of_its_own_is_read_by_itself() -> None:
    text = '{"seed": "0011\nftm_b[1]:{"seed": "5566"}\n2233"}'
    assert sorted(find(text).values) == ["00112233", "5566"]


def test_two_that_break_off_inside_hide_what_follows() -> None:
    text = '{"seed": "0011\nftm_b[1]:{"seed": "5566\n7788"}'
    assert '7788"}' in cuts(text)


def test_what_was_hidden_before_ends_a_stream() -> None:
    assert find(f'{{"seed": "0011\n{MARK}\n2233"}}').values == ["0011"]


@pytest.mark.parametrize(
    ("text", "open_"),
    [('{"seed": "00', True), ('{"se', True), ('{"a": "b"}', False), ("", False), ('say "x' + "y" * 401, False)],
)
def test_text_that_may_end_inside_a_secret(text: str, open_: bool) -> None:
    assert is_open(text) is open_
