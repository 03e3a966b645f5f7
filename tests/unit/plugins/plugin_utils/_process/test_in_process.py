# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module inside ansible-playbook: which session it gets, and what it says where there is none."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from ansible_collections.fortiops.fortitoken.plugins.action.fortitoken_purge import ActionModule
from ansible_collections.fortiops.fortitoken.plugins.module_utils import _runner as runner


def run(transport: str, socket_path: str | None) -> dict[str, Any]:
    """Run an action whose connection has this name and this persistent socket."""
    task = mock.Mock(async_val=0, check_mode=False, diff=False, action="fortiops.fortitoken.fortitoken_purge")
    task.args = {"serials": ["FTK200MADEUP0001"], "journal": ""}
    connection = mock.Mock(transport=transport, _socket_path=socket_path, connected=False)
    action = ActionModule(task, connection, mock.Mock(), mock.Mock(), mock.Mock(), mock.Mock())
    return action.run(task_vars={"inventory_hostname": "fw-berlin"})


@pytest.mark.parametrize(
    ("transport", "socket_path"),
    [
        ("ssh", None),
        ("ansible.netcommon.httpapi", "/run/another-session"),
        ("ansible.netcommon.network_cli", "/run/another-session"),
    ],
)
def test_another_connection_gets_one_sentence_with_the_two_lines_to_add(
    transport: str, socket_path: str | None
) -> None:
    with mock.patch.object(runner, "Console", side_effect=AssertionError("the session of another plugin was used")):
        result = run(transport, socket_path)
    assert result["failed"]
    assert result["msg"].count(". ") == 0
    assert "'gather_facts: false'" in result["msg"]
    assert "'ansible_connection: fortiops.fortitoken.fortios_cli'" in result["msg"]


def test_the_session_of_this_collection_is_used() -> None:
    class Reached(Exception):
        pass

    with mock.patch.object(runner, "Console", side_effect=Reached), pytest.raises(Reached):
        run("fortiops.fortitoken.fortios_cli", "/run/our-session")
