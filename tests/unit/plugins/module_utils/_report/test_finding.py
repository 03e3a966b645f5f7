# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every finding has, and what one that is taken over keeps."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import (
    by_urgency,
    is_work,
    make,
    taken_over,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import SEVERITIES
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    three_units,
)


def test_every_finding_has_the_same_parts() -> None:
    parts = set(make("work_left", "info", "x", fill={"tokens": "1 token"}))
    for made in three_units():
        for finding in made["findings"]:
            assert parts <= set(finding)
            assert finding["certainty"] in ("seen", "inferred", "unknown")
            assert finding["severity"] in SEVERITIES
            assert "{" not in finding["title"] + finding["topic"]


def test_a_name_gives_title_topic_and_cause() -> None:
    made = make("baseline_compared", "info", "d", fill={"unit": "fw-old"}, evidence=["a", "", "b"], serials=["x"])
    assert "fw-old" in made["title"]
    assert made["topic"]
    assert (made["evidence"], made["serials"], made["certainty"]) == (["a", "b"], ["x"], "seen")


def test_a_title_of_its_own_is_topic_and_title() -> None:
    made = make("of_another_part", "warning", "d", title="Something")
    assert (made["title"], made["topic"], made["cause"]) == ("Something", "Something", "of_another_part")


@pytest.mark.parametrize(
    ("row", "severity", "title"),
    [
        ({"id": "x", "severity": "error", "title": "T"}, "error", "T"),
        ({"id": "x", "severity": "odd"}, "info", "x"),
        ({}, "info", "Finding"),
    ],
)
def test_a_finding_of_another_part_may_lack_anything(row: dict[str, str], severity: str, title: str) -> None:
    made = taken_over(row)
    assert (made["severity"], made["title"]) == (severity, title)


def test_what_more_a_finding_tells_is_kept() -> None:
    assert taken_over({"id": "x", "count": 3})["count"] == 3


def test_the_most_urgent_come_first_and_the_order_stays() -> None:
    rows = [
        make(name, severity, "") for name, severity in (("a", "info"), ("b", "error"), ("c", "warning"), ("d", "error"))
    ]
    assert [row["id"] for row in by_urgency(rows)] == ["b", "d", "c", "a"]
    assert [is_work(row) for row in by_urgency(rows)] == [True, True, True, False]
