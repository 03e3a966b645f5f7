# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event log: which rows speak of tokens, and what is left out of them."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.events import (
    EVENT_LOG_COMMANDS,
    clock,
    fields_of,
    since,
    without_codes,
)

ROWS = (
    '1: date=2026-03-30 time=04:00:00 logid="0100032159" serialno="FTK200EXAMPLE001" msg="cmdb save error"',
    '2: date=2026-03-29 time=23:00:00 logid="0100032159" serialno="FTK200EXAMPLE002" msg="cmdb save error"',
)


def test_events_of_before_the_run_are_left_out() -> None:
    assert since(["2 logs found.", *ROWS], "2026-03-30 03:59:00") == [ROWS[0]]
    assert since(ROWS, "") == list(ROWS)


@pytest.mark.parametrize("logid", ["0100032155", "0100032156", "0100032159", "0102038412"])
def test_the_events_about_tokens_are_known_by_their_number(logid: str) -> None:
    row = f'1: date=2026-03-30 time=04:00:00 logid="{logid}" msg="x"'
    assert since([row, row.replace(logid, "0100032001")], "") == [row]


def test_the_log_is_asked_for_each_kind_and_the_filter_is_reset() -> None:
    asked = " ".join(EVENT_LOG_COMMANDS)
    assert all(text in asked for text in ("0100032155", "0100032156", "0100032159", "Token activation code sent"))
    assert EVENT_LOG_COMMANDS[-1] == "execute log filter reset"


def test_a_code_is_taken_out_and_the_serial_of_the_event_is_not() -> None:
    row = 'logid="0102038412" serialno="FTKMOBABCDEFGHIJ" msg="code ABCD2345EFGH67IJ for FTKMOBABCDEFGHIJ"'
    assert (
        without_codes(row)
        == 'logid="0102038412" serialno="FTKMOBABCDEFGHIJ" msg="code <redacted> for FTKMOBABCDEFGHIJ"'
    )


def test_fields() -> None:
    assert fields_of('date=2026-03-30 msg="a b" user="x"') == {"date": "2026-03-30", "msg": "a b", "user": "x"}


def test_the_clock_of_the_unit() -> None:
    assert clock("Version: x\nSystem time: Mon Mar  2 04:10:03 2026\n") == "2026-03-02 04:10:03"
    assert clock("Version: x\n") == ""
