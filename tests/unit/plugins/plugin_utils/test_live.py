# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session by the options of the connection plugin: what it logs, records and tells."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console
from tests.unit.plugins.connection.test_fortios_cli import (  # pylint: disable=unused-import
    PASSWORD,
    _plugin_options,  # noqa: F401 - a fixture
    connection,
    unit,
)


def test_what_is_said_is_logged_where_it_is_wanted_and_without_secrets(tmp_path: Path) -> None:
    log = tmp_path / "ansible.log"
    with unit() as simulator, connection(simulator, ansible_persistent_log_messages=True) as live:
        live._log_file = str(log)
        Console(live).run([Batch((f"execute {PASSWORD}",))])
    written = log.read_text()
    assert "n=ansible INFO| fortios_cli 127.0.0.1: " in written
    assert "execute" in written
    assert PASSWORD not in written


def test_nothing_is_logged_where_it_is_not_wanted(tmp_path: Path) -> None:
    log = tmp_path / "ansible.log"
    with unit() as simulator, connection(simulator) as live:
        live._log_file = str(log)
        Console(live).identity()
    assert not log.exists()


def test_it_has_limits_before_and_after_it_knows_its_options() -> None:
    with unit() as simulator, connection(simulator, ansible_command_timeout=33, ansible_connect_timeout=44) as live:
        assert (live.request_seconds(), live.idle_seconds()) == (33, 44)
        live._options = {}
        assert (live.request_seconds(), live.idle_seconds()) == (60, 60)


def test_a_session_is_recorded_where_a_folder_is_given(tmp_path: Path) -> None:
    with unit() as simulator, connection(simulator, ansible_fortios_record=str(tmp_path)) as live:
        Console(live).identity()
    [recording] = tmp_path.iterdir()
    assert "get system status" in recording.read_text()
    assert PASSWORD not in recording.read_text()


def test_a_reset_ends_the_session_and_messages_are_told_once() -> None:
    with unit() as simulator, connection(simulator) as live:
        Console(live).identity()
        [(level, text)] = live.pop_messages()
        assert level == "warning"
        assert text.startswith("Host key checking is off")
        assert live.pop_messages() == []
        live.reset()
        assert live.closed
        assert [event["text"] for event in simulator.events if event["type"] == "line"][-1].strip() == "exit"
