# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debug lines are found where they begin, in any text and in time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.debug_lines import DebugLines, glued_at


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("FGT (root) # 2026-03-30 04:10:03 ftm_cfg[417]:x", 13),
        ("FGT # ftm_fc_command[564]:received", 6),
        ("FGT # [641] fds_ctx_set_addr: server:", 6),
        ("FGTftm_x[1]:y", 3),
        ('FGT # { "a": 1', 6),
        ("FGT # show user local", -1),
        ("", -1),
    ],
)
def test_where_a_debug_line_begins(text: str, start: int) -> None:
    assert glued_at(text) == start


@pytest.mark.parametrize("unit", ["a", "aB", "[1", "[1] a", "a[", "seed", "{ ", "_"])
def test_the_time_is_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        started = time.process_time()
        glued_at(text)
        DebugLines().owns(text)
        return time.process_time() - started

    # Quadratic time would be a hundredfold.
    small, large = max(seconds(20_000), 0.01), seconds(200_000)
    assert large < 30 * small


@given(st.lists(st.text(max_size=60), max_size=8))
def test_any_lines_are_taken(lines: list[str]) -> None:
    debug = DebugLines()
    assert all(isinstance(debug.owns(line), bool) for line in lines)
