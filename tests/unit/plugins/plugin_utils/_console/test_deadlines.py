# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two limits of a line."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.deadlines import Due


def test_silence_counts_from_the_last_progress() -> None:
    due = Due(10.0, 100.0, 7)
    assert due.silence(109.0, 7) == 9.0
    assert due.problem(109.0, watched=False) == ""
    assert due.silence(109.5, 8) == 0.0
    assert due.problem(119.0, watched=False) == ""
    assert due.silence(120.0, 8) == 10.5
    assert due.problem(120.0, watched=False) == "silence"
    assert due.spent(120.0) == 20.0


@pytest.mark.parametrize(("watched", "limit"), [(True, 18.0), (False, 200.0)])
def test_a_trickle_has_an_absolute_limit(watched: bool, limit: float) -> None:
    due = Due(10.0, 0.0, 0)
    now, progress = 0.0, 0
    while not due.problem(now, watched):
        now += 1.0
        progress += 10
        due.silence(now, progress)
    assert due.problem(now, watched) == "length"
    assert limit < now <= limit + 2


@pytest.mark.parametrize("watched", [True, False])
def test_an_answer_that_keeps_coming_has_all_the_time_that_it_needs(watched: bool) -> None:
    due = Due(10.0, 0.0, 0)
    for second in range(3600):
        due.silence(float(second), second * 5000)
        assert due.problem(float(second), watched) == ""
