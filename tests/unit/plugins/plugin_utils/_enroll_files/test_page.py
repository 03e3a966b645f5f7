# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of an enrollment loads nothing, runs nothing, and shows who needs attention first."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import ATTENTION, STATES
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._enroll_files import page
from tests.unit.plugins.plugin_utils._enroll_files.test_tables import report, user

HOSTILE = "</td><script>alert(1)</script>{{ 7*7 }}"


def render(*rows: dict[str, Any], **more: Any) -> str:
    summary = {state: 0 for state in STATES}
    summary |= {
        "units": 1,
        "users": len(rows),
        "codes": 0,
        "reminders": 0,
        "failed": [],
        "check_mode": False,
        "finished": "",
    }
    return page.render("Enrollment", [report(*rows, **more)], [], summary)


def test_texts_of_a_unit_are_no_markup() -> None:
    made = render(user(HOSTILE, "given_up", reason=HOSTILE))
    assert "<script" not in made
    assert "&lt;script&gt;" in made
    assert "{{ 7*7 }}" in made


def test_it_loads_nothing() -> None:
    made = render(user("alice", "requested"))
    assert re.findall(r'(?:src|href)="?(?!#|data:)[^"> ]+', made) == []
    assert "default-src 'none'" in made
    assert page._hash("") == "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_who_needs_attention_comes_first_and_who_is_enrolled_last() -> None:
    rows = [user("a", "enrolled"), user("b", "requested"), user("c", next(iter(ATTENTION)))]
    made = page._unit(report(*rows))
    assert [row["user"] for row in made["rows"]] == ["c", "b", "a"]
    assert [row["user"] for row in made["urgent"]] == ["c"]


def test_of_many_users_the_page_shows_a_part() -> None:
    made = page._unit(report(*[user(str(number), "requested") for number in range(page.MOST_ROWS + 3)]))
    assert (len(made["rows"]), made["hidden"]) == (page.MOST_ROWS, 3)


def test_every_state_has_words() -> None:
    assert set(STATES) <= set(page.WORDS)
