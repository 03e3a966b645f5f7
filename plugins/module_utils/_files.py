# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on the controller: written whole or not at all, and readable by their owner only.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
from typing import Any


def make_folder(path: str | os.PathLike[str]) -> None:
    """Make a folder, and those above it that are not there, for their owner only. Raises OSError."""
    missing = []
    folder = os.path.abspath(path)
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for folder in reversed(missing):
        # Not os.makedirs: its mode is that of the last folder alone. Another host's task may be at it, too.
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o700)
    if not os.path.isdir(path):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), os.fspath(path))


def replace_file(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` in UTF-8 to `path`, in a folder that exists; it is on disk before this returns. Raises OSError.

    Whoever reads `path` meanwhile sees the old or the new text, never half of one, also after a power failure.
    """
    folder = os.path.dirname(path) or "."
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=f".{os.path.basename(path)}.")  # mkstemp makes it 0600
    try:
        # Names on a unit may hold bytes that are no UTF-8; they must not stand in a file's way.
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def save_json(path: str, data: Any) -> None:
    """Write `data` as JSON to `path`, and make its folder where there is none. Raises OSError."""
    path = os.path.abspath(path)
    make_folder(os.path.dirname(path))
    # Not json.dump, which writes piece by piece and takes three times as long.
    replace_file(path, json.dumps(data))
