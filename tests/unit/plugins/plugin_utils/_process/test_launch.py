# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of a session: started once, with this collection, without Ansible, and it ends with its playbook."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible.module_utils.connection import Connection

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process import launch

OPTIONS = {"persistent_connect_timeout": 60, "persistent_command_timeout": 60, "persistent_log_messages": False}


def processes(path: str) -> list[int]:
    """The processes that listen on this socket."""
    inodes = {line.split()[6] for line in Path("/proc/net/unix").read_text().splitlines() if line.endswith(path)}
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            links = {str(descriptor.readlink()) for descriptor in (folder / "fd").iterdir()}
        except OSError:
            continue
        if links & {f"socket:[{inode}]" for inode in inodes}:
            found.append(int(folder.name))
    return found


@pytest.fixture
def path(tmp_path: Path) -> Iterator[str]:
    made = launch.socket_path(str(tmp_path / "pc"), "a unit")
    yield made
    if Path(made).exists():
        Connection(made).reset()


def test_sockets_are_told_apart_by_every_part_and_have_short_names() -> None:
    paths = {launch.socket_path("/d", *parts) for parts in (("a", "b"), ("ab", ""), ("a", "b", 1), ("a", "b", 2))}
    assert len(paths) == 4
    assert all(len(path) == len("/d/") + 10 for path in paths)


def test_tasks_that_come_together_start_one_process(path: str) -> None:
    starts = [threading.Thread(target=launch.start, args=(path, os.getpid(), "")) for _number in range(3)]
    for thread in starts:
        thread.start()
    for thread in starts:
        thread.join()
    assert len(processes(path)) == 1
    assert Connection(path).stats()


def test_the_process_holds_no_ansible_and_only_its_owner_may_ask(path: str) -> None:
    launch.start(path, os.getpid(), "")
    [pid] = processes(path)
    loaded = Path(f"/proc/{pid}/maps").read_text()
    assert "cryptography" in loaded
    # Ansible brings them along.
    assert not any(name in loaded for name in ("yaml", "markupsafe"))
    assert Path(path).stat().st_mode & 0o077 == 0
    assert Path(path).parent.stat().st_mode & 0o077 == 0


def test_it_keeps_nothing_of_the_task_that_started_it(path: str) -> None:
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    launch.start(path, os.getpid(), "")
    os.close(writing)
    # The end of the pipe comes, because nobody else holds it.
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_it_ends_with_its_playbook(path: str) -> None:
    playbook = subprocess.Popen(["sleep", "60"])
    launch.start(path, playbook.pid, "")
    Connection(path).set_options(direct=OPTIONS)
    playbook.kill()
    playbook.wait()
    end = time.monotonic() + 10
    while Path(path).exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert not Path(path).exists()


def test_a_process_that_does_not_start_says_why(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "_SERVES", "ansible_collections.fortiops.fortitoken.plugins.plugin_utils._none")
    with pytest.raises(ConsoleFailure, match=r"did not start: ModuleNotFoundError: .*_none"):
        launch.start(path, os.getpid(), "")
    assert not Path(path).exists()
