# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin answers the requests of the modules out of files, and refuses whatever changes something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console
from tests.offline import OfflineController

SEED = "00112233445566778899aabbccddeeff00112233"
TEXT = f"""\
#config-version=FG10E1-7.4.8-FW-build2795-250523:opmode=0:vdom=0:user=admin
config user fortitoken
    edit "FTK200BAA0000001"
        set seed "{SEED}"
    next
end
"""


@pytest.fixture
def console(tmp_path: Path) -> Console:
    path = tmp_path / "fw.conf"
    path.write_text(TEXT, encoding="utf-8")
    return Console(OfflineController(path).connection)


def test_lines_that_look_are_answered_without_secrets(console: Console) -> None:
    [[tokens, users, unknown]] = console.run(
        [Batch(("show user fortitoken", "show user local", "print tablesize"), "vdom:root")]
    )
    assert 'edit "FTK200BAA0000001"' in tokens.output
    assert SEED not in tokens.output
    assert (users.output, users.fault) == ("", None)
    assert "does not hold the answer" in str(unknown.fault)


@pytest.mark.parametrize(
    "line",
    [
        "config user fortitoken",
        "execute fortitoken activate FTK200BAA0000001",
        "execute config-transaction start",
        "diagnose debug enable",
        "diagnose test application forticldd 99",
        "end",
    ],
)
def test_a_line_that_changes_something_is_refused_before_any_answer(console: Console, line: str) -> None:
    with pytest.raises(ConsoleError, match=r"read from a file \(fw\.conf\), so nothing can be changed") as refused:
        console.run([Batch(("show user local", line), "vdom:root")])
    assert refused.value.kind == "refused"
    assert refused.value.answers == []


def test_debugging_clean_ups_and_locks_are_refused(console: Console, tmp_path: Path) -> None:
    requests: list[Any] = [
        lambda: console.watch_start([Batch(("diagnose debug enable",))], []),
        console.watch_stop,
        lambda: console.register_cleanup("x", [Batch(("diagnose debug disable",))]),
        lambda: console.hold(str(tmp_path / "journal.lock")),
    ]
    for request in requests:
        with pytest.raises(ConsoleError, match="nothing can be changed"):
            request()
    assert console.watching() is False
    assert console.watch_read() == {"lines": [], "dropped": 0}
    assert not (tmp_path / "journal.lock").exists()


def test_a_vdom_that_the_files_do_not_have_is_an_error(console: Console) -> None:
    with pytest.raises(ConsoleError, match="no VDOM 'dmz'") as failed:
        console.run([Batch(("show user local",), "vdom:dmz")])
    assert failed.value.kind == "context"


def test_nothing_is_sent_so_nothing_is_counted(console: Console) -> None:
    console.identity()
    assert {name: console.stats()[name] for name in ("logins", "turns", "bytes_in", "bytes_out")} == dict.fromkeys(
        ("logins", "turns", "bytes_in", "bytes_out"), 0
    )
    console.register_secrets([SEED])
    console.close()


def test_a_file_that_cannot_be_read_fails_each_request_alike(tmp_path: Path) -> None:
    console = Console(OfflineController(tmp_path / "none.conf").connection)
    for _time in range(2):
        with pytest.raises(ConsoleError, match="No such file"):
            console.identity()
