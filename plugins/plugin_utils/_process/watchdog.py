# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends the persistent process when its playbook is gone, and keeps its session alive until then.

Ansible closes persistent connections at the end of a play, but not those that only loops or action plugins used, and
none at all when the playbook was killed. And where a play has more hosts than forks, a host waits between two of its
tasks until all others have done the first: longer than a unit leaves an idle session alone (`set admintimeout`, five
minutes by default and one at the least).

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_PERIOD_SECONDS = 1.0
#: A session that was not used for so long is used.
_KEEP_ALIVE_SECONDS = 45.0


def is_alive(pid: int) -> bool:
    """Tell whether a process exists and is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return stat.rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        # No /proc on this system.
        return True


class Watchdog:
    """Watches the playbook's process.

    Once that is gone, ``orphaned`` is True, and this process gets SIGTERM as soon as it is idle. Until then
    ``keep_alive`` is called, in the watchdog's thread, when no request came for some time.
    """

    def __init__(self, playbook_pid: str | int | None, keep_alive: Callable[[], None] = lambda: None) -> None:
        self.orphaned = False
        self._pid = int(playbook_pid) if playbook_pid else 0
        self._keep_alive = keep_alive
        self._used = time.monotonic()
        # The end of the process may come within a request.
        self._idle = threading.RLock()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Hold off the watchdog during a request, and at the end."""
        with self._idle:
            yield
            self._used = time.monotonic()

    def start(self) -> None:
        """Begin to watch, in a thread that does not keep the process alive."""
        if self._pid and self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="fortios_cli watchdog", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        pause = threading.Event()
        while is_alive(self._pid):
            if time.monotonic() - self._used > _KEEP_ALIVE_SECONDS:
                with self.busy():
                    self._keep_alive()
            pause.wait(_PERIOD_SECONDS)
        self.orphaned = True
        while True:
            # Core's handler raises in the main thread, which then closes the connection and removes the socket. Within
            # a request that exception would be swallowed, hence the lock, and the repetition.
            with self._idle:
                os.kill(os.getpid(), signal.SIGTERM)
            pause.wait(_PERIOD_SECONDS * 5)
