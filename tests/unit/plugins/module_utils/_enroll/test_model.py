# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lasts of a user between two runs of enrollment."""

from __future__ import annotations

from dataclasses import fields

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import FIELDS, Record, Rules

ALICE = ("user", "root", "alice")


def test_without_a_selection_everybody_is_meant() -> None:
    assert Rules().selected(ALICE)
    assert Rules(users=frozenset([ALICE])).selected(ALICE)
    assert not Rules(users=frozenset()).selected(ALICE)


@pytest.mark.parametrize(("valid_until", "left"), [(None, 0.0), (90.0, 0.0), (160.0, 60.0)])
def test_a_code_is_valid_for_what_is_left(valid_until: float | None, left: float) -> None:
    assert Record(ALICE, "FTKMOBALICE00001", valid_until=valid_until).left(100.0) == left


def test_a_record_is_written_with_all_it_has() -> None:
    record = Record(ALICE, "FTKMOBALICE00001", mails=2)
    data = record.as_dict()
    assert {"type": "user", "vdom": "root", "name": "alice", "mails": 2}.items() <= data.items()
    assert set(data) - {"type", "vdom", "name"} == {field.name for field in fields(Record)} - {"key"} == set(FIELDS)
    assert all(isinstance(data[name], kinds) for name, kinds in FIELDS.items())
    assert record.name == "alice"
