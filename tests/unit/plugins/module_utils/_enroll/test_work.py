# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of enrollment: how many codes are requested at once, and when it stops."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import (
    Key,
    Record,
    Request,
    Rules,
    Seen,
    State,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.work import (
    GROUPS,
    LARGEST_GROUP,
    Enrollment,
    Limits,
)

NAMES = [f"user{number}" for number in range(5)]


def key(name: str) -> Key:
    return "user", "root", name


def enrollment(channel: str = "email", share: float = 0.2) -> Enrollment:
    state = State("FGT60FTK20012345", "FGT-A")
    seen = {}
    for name in NAMES:
        seen[key(name)] = Seen(key(name), f"FTKMOB{name}", "due", address=f"{name}@example.com", channel=channel)
        state.records[key(name)] = Record(key(name), f"FTKMOB{name}")
    parts: Any = SimpleNamespace(seen=seen)
    nothing: Any = None
    made = Enrollment(nothing, state, "", Rules(), Limits(share), nothing, parts, nothing)
    made.asked = [Request(key(name), f"FTKMOB{name}", "first") for name in NAMES]
    made.group = made.asked[-2:]
    return made


@pytest.mark.parametrize(("careful", "first"), [(False, GROUPS[0]), (True, 1)])
def test_groups_grow_and_after_a_stop_they_begin_with_one(careful: bool, first: int) -> None:
    due = [Request(key(str(number)), "x", "first") for number in range(700)]
    sizes = [len(group) for group in Enrollment._groups(due, careful)]
    assert sizes[0] == first
    assert sizes[: len(GROUPS) + careful] == [*([1] if careful else []), *GROUPS]
    assert sum(sizes) == 700
    assert max(sizes) == LARGEST_GROUP


@pytest.mark.parametrize(
    ("failed", "careful", "stops"), [(0, True, False), (1, False, False), (2, False, True), (1, True, False)]
)
def test_it_stops_when_more_than_the_share_of_mails_failed(failed: int, careful: bool, stops: bool) -> None:
    made = enrollment()
    made.failed = failed
    assert made._must_stop(careful) is stops
    assert bool(made.state.stopped) is stops


def test_after_a_stop_one_failed_mail_is_enough() -> None:
    made = enrollment(share=0.1)
    made.failed = 1
    assert not made._must_stop(False)
    assert made._must_stop(True)
    assert made.state.stopped.startswith("1 of 5 mails were refused (20%, and the limit is 10%).")


def test_a_failure_without_a_name_is_that_of_the_group_once_there_are_as_many() -> None:
    made = enrollment()
    made._take_failures([(None, "no answer")])
    assert not [record for record in made.state.records.values() if record.failed]
    made._take_failures([(None, "no answer")])
    assert [name for name in NAMES if made.state.records[key(name)].failed] == NAMES[-2:]


def test_a_failure_with_a_name_is_that_of_the_user() -> None:
    made = enrollment()
    made._take_failures([(key("user0"), "no such mailbox")])
    assert [name for name in NAMES if made.state.records[key(name)].failed] == ["user0"]
    assert made.failed == 1


def test_text_messages_do_not_fail_with_the_mail_server() -> None:
    made = enrollment("sms")
    made._take_failures([(None, "no answer")] * 3)
    assert not [record for record in made.state.records.values() if record.failed]
