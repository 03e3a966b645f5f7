# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time windows."""

from __future__ import annotations

from datetime import datetime

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.window import is_open, parse

# 2026-03-02 is a Monday.


@pytest.mark.parametrize(
    ("text", "moment", "inside"),
    [
        ("08:00-17:00", "2026-03-02 08:00", True),
        ("08:00-17:00", "2026-03-02 17:00", False),
        ("mon-fri 8:00-17:00", "2026-03-07 12:00", False),
        ("Saturday 08:00 - 24:00", "2026-03-07 23:59", True),
        ("fri-mon 08:00-17:00", "2026-03-02 12:00", True),
        ("fri-mon 08:00-17:00", "2026-03-03 12:00", False),
        # Over midnight it belongs to the day on which it starts.
        ("mon 22:00-02:00", "2026-03-03 01:00", True),
        ("mon 22:00-02:00", "2026-03-02 01:00", False),
    ],
)
def test_when_a_window_is_open(text: str, moment: str, inside: bool) -> None:
    assert parse(text).contains(datetime.fromisoformat(moment)) is inside


def test_without_a_window_it_is_always_open() -> None:
    moment = datetime.fromisoformat("2026-03-02 03:00")
    assert is_open((), moment)
    assert not is_open([parse("08:00-17:00"), parse("20:00-22:00")], moment)


@pytest.mark.parametrize("text", ["", "all day", "08:00", "8-17", "mon", "xyz 08:00-17:00", "25:00-26:00"])
def test_what_is_no_window_is_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time window such as"):
        parse(text)
