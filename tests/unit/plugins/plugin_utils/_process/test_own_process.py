# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two inventory names of one address have two session processes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.own_process import OwnProcess


def taken(address: str, *names: str) -> tuple[Any, int]:
    made: Any = OwnProcess()
    updates: list[str] = []
    made._play_context = SimpleNamespace(remote_addr=address)
    made._connected, made._socket_path = True, "/a/socket"
    made._update_connection_state = lambda: updates.append("x")
    for name in names:
        made._take_own_process(name)
    return made, len(updates)


def test_the_address_that_names_the_process_has_the_name_in_it() -> None:
    made, updates = taken("192.0.2.1", "fw-a")
    assert made._play_context.remote_addr == "192.0.2.1#fw-a"
    assert (made._connected, made._socket_path, updates) == (False, None, 1)


@pytest.mark.parametrize(
    ("address", "names"), [("fw-a", ("fw-a",)), ("192.0.2.1", ("",)), ("", ("fw-a",)), ("192.0.2.1#fw-a", ("fw-a",))]
)
def test_where_it_is_the_units_own_already_nothing_changes(address: str, names: tuple[str, ...]) -> None:
    made, updates = taken(address, *names)
    assert made._play_context.remote_addr == address
    assert (made._connected, made._socket_path, updates) == (True, "/a/socket", 0)


def test_it_is_done_once() -> None:
    made, updates = taken("192.0.2.1", "fw-a", "fw-a")
    assert (made._play_context.remote_addr, updates) == ("192.0.2.1#fw-a", 1)
