# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A variable that a role does not have is named, with the one that was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.role_variables import (
    unknown_variables,
    with_role_names,
)

ROLE = Path(__file__).parents[5] / "roles" / "remediate"


def seen(*names: str, **more: Any) -> list[str]:
    known = {"ansible_role_name": "fortiops.fortitoken.remediate", "role_path": str(ROLE)}
    return unknown_variables({**known, **dict.fromkeys(names, "x"), **more})


def test_a_slip_is_named_with_the_variable_that_was_meant() -> None:
    assert seen("remediate_lock_release", "remediate_vdom") == [
        "remediate_lock_release is not a variable of the role fortiops.fortitoken.remediate and has no effect."
        " Did you mean remediate_lock_released?",
        "remediate_vdom is not a variable of the role fortiops.fortitoken.remediate and has no effect."
        " Did you mean remediate_vdoms?",
    ]


def test_nothing_is_guessed_where_nothing_is_close() -> None:
    [text] = seen("remediate_qqqqqqqqqqqqqqqqqq")
    assert "Did you mean" not in text


def test_variables_of_every_entry_point_and_of_the_playbooks_are_known() -> None:
    assert seen("remediate_serials", "remediate_baseline_dir", "remediate_hosts", "remediate__work", "other") == []


def test_other_roles_and_plays_without_a_role_are_left_alone() -> None:
    assert seen("remediate_x", ansible_role_name="my.own.remediate") == []
    assert seen("remediate_x", ansible_role_name="") == []
    assert seen("remediate_x", role_path="/nowhere") == []


ROLE_AT_WORK = {"ansible_role_name": "fortiops.fortitoken.remediate", "role_path": str(ROLE)}
OPTIONS = ("admins", "managed", "vdoms", "save_to", "license_codes")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "value of admins must be one of: skip, include, got: managed",
            "value of remediate_admins must be one of: skip, include, got: managed",
        ),
        ("argument 'vdoms' is of type <class 'dict'>", "argument 'remediate_vdoms' is of type <class 'dict'>"),
        ("license_codes: number 1 of 2 is not", "remediate_license_codes: number 1 of 2 is not"),
        ("value of save_to must be", "value of save_to must be"),
        ("this unit has no admins", "this unit has no admins"),
    ],
)
def test_an_error_names_the_variable_that_was_typed(said: str, told: str) -> None:
    assert with_role_names(said, OPTIONS, ROLE_AT_WORK) == told
    assert with_role_names(said, OPTIONS, {}) == said
