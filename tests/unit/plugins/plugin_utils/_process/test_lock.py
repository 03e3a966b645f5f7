# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs are kept apart for as long as the first one lives, and not a moment longer."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process import lock
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.lock import Locks

HOLDER = """
import sys
sys.path[:0] = sys.argv[2:]
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.lock import Locks
locks = Locks()
print(locks.hold(sys.argv[1]), flush=True)
input()
"""


def test_a_lock_is_held_until_its_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "fgt.json.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), *sys.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "True\n"
        mine = Locks()
        assert not mine.hold(str(path))
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert mine.hold(str(path)) and mine.hold(str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not Locks().hold(str(path))
    mine.release()
    assert Locks().hold(str(path))


def test_a_file_system_without_locks_is_no_reason_to_do_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: int) -> None:
        raise OSError(lock.errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    assert Locks().hold(str(tmp_path / "fgt.json.lock"))


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Locks().hold(str(tmp_path / "nowhere" / "fgt.json.lock"))
