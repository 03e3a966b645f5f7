# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps other runs away from a unit's journal for as long as this process lives.

The kernel gives such a lock back when its process ends, however it ends, and it works between containers, and between
hosts where the file system is shared by NFS. A process number in the journal would do neither.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import errno
import fcntl
import os

#: What file systems without locks answer. There the journals of two runs are not kept apart.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)


class Locks:
    """The locks that this process holds."""

    def __init__(self) -> None:
        self._held: dict[str, int] = {}

    def hold(self, path: str) -> bool:
        """Lock the file C(path), which is made where it is not there; False where another process has it.

        Raises OSError where the file cannot be opened.
        """
        path = os.path.realpath(path)
        if path in self._held:
            return True
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                os.close(descriptor)
                raise
        self._held[path] = descriptor
        return True

    def release(self) -> None:
        """Give all of them back."""
        while self._held:
            os.close(self._held.popitem()[1])
