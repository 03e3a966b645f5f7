# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on the controller: written whole or not at all, readable by their owner only, and trusted by their owner only.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import grp
import hashlib
import json
import os
import pwd
import re
import shlex
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import FileError

#: 20,000 tokens with everything that is known of them take some 10 MB.
MAX_BYTES = 100_000_000
#: Written as in a URL: what separates or hides paths, what a command takes for an option, what a terminal obeys, what
#: turns the direction of reading or shows nothing, and what is not text.
_UNSAFE = re.compile(r"[/\\%\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]|^[.-]")
#: Most file systems take 255 bytes; a suffix such as `.ticket-customer-service.txt` and a temporary one follow.
_LONGEST_NAME = 160


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait until no other process has this lock file, and hold it meanwhile. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_folder(path: str | os.PathLike[str]) -> None:
    """Make a folder, and those above it that are not there, for their owner only. Raises OSError."""
    missing = []
    folder = Path(path).absolute()
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for folder in reversed(missing):
        # Not Path.mkdir(parents=True): its mode is that of the last folder alone. Another host's task may do the same.
        with contextlib.suppress(FileExistsError):
            folder.mkdir(0o700)
    if not Path(path).is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), os.fspath(path))


def replace_file(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` in UTF-8 to `path`, in a folder that exists; it is on disk before this returns. Raises OSError.

    Whoever reads `path` meanwhile sees the old or the new text, never half of one, also after a power failure.
    """
    target = Path(path)
    # mkstemp makes it 0600.
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        # Names on a unit may hold bytes that are no UTF-8; they must not stand in a file's way.
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def save_json(path: str, data: Any) -> None:
    """Write `data` as JSON to `path`, and make its folder where there is none. Raises OSError."""
    target = Path(path).absolute()
    make_folder(target.parent)
    # Not json.dump, which writes piece by piece and takes three times as long.
    replace_file(target, json.dumps(data))


def safe_name(name: str) -> str:
    """Return ``name``, such as that of a host, as the name of a file that stays in its folder.

    What a file's name cannot hold is written as ``%2F`` is in a URL. Different names give different files.
    """
    safe = _UNSAFE.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass")), name
    )
    if len(safe.encode()) > _LONGEST_NAME:
        # No other name has a "%" that two digits do not follow.
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        safe = f"{safe.encode()[: _LONGEST_NAME - 40].decode(errors='ignore')}%~{digest}"
    return safe or "%"


def read_trusted(path: str | os.PathLike[str], most: int = MAX_BYTES) -> bytes | None:
    """Read a file that nobody but its owner could have written; None where there is no such file.

    The checks are those of OpenSSH for its own files (``sshd_config``, StrictModes): a regular file and no symbolic
    link; it and every folder above it belong to this user or to root; nobody else may write to them. A folder in which
    only owners may rename files, such as ``/tmp``, counts as safe, and so does a group that is root's or has no other
    member. Raises FileError, which says what to do.
    """
    target = Path(path)
    try:
        # The folder may be reached over a link, the file may not.
        folder = target.parent.resolve(strict=True)
        descriptor = os.open(folder / target.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            _refuse(target, "it is a symbolic link. Give the file itself")
        _refuse(target, (error.strerror or str(error)).lower())
    except (ValueError, RuntimeError):
        # A name with a zero byte; links that lead to each other.
        _refuse(target, "its name leads nowhere")
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            _refuse(target, "it is not a regular file")
        _check_owner(target, target, found)
        for above in (folder, *folder.parents):
            _check_owner(target, above, above.stat())
        if found.st_size > most:
            _refuse(target, f"it is larger than {most:,} bytes")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            raw = file.read(most + 1)
    except OSError as error:
        _refuse(target, (error.strerror or str(error)).lower())
    finally:
        os.close(descriptor)
    if len(raw) > most:
        _refuse(target, f"it is larger than {most:,} bytes")
    return raw


def parse_json(path: str | os.PathLike[str], raw: bytes) -> Any:
    """Parse the JSON of a file. A byte order mark is allowed, as some editors put one in front. Raises FileError."""
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else type(error).__name__
        _refuse(path, f"it is not valid JSON ({where})")


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number in JSON")


def _refuse(path: str | os.PathLike[str], why: str) -> NoReturn:
    raise FileError(f"{_shown(path)} cannot be used: {why}") from None


def _shown(path: str | os.PathLike[str]) -> str:
    """Return a path as a message shows it."""
    text = os.fspath(path)
    return text if text.isprintable() else repr(text)


def _check_owner(target: Path, path: Path, found: os.stat_result) -> None:
    """Raise FileError unless only root and this user can change ``path``, which is ``target`` or a folder above it."""
    what = "it" if path == target else f"the folder {_shown(path)}"
    if found.st_uid not in (0, os.geteuid()):
        _refuse(target, f"{what} belongs to another user (uid {found.st_uid}). Copy the file to a folder of your own")
    sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    others = bool(found.st_mode & stat.S_IWOTH)
    group = bool(found.st_mode & stat.S_IWGRP) and not _is_own_group(found.st_gid)
    if (others or group) and not sticky:
        _refuse(
            target,
            f"{what} can be written by other users (mode {stat.S_IMODE(found.st_mode):04o}). Check who changed it, then"
            f" run: chmod go-w {shlex.quote(os.fspath(path))}",
        )


def _is_own_group(gid: int) -> bool:
    """Tell whether a group is root's, or the private group of this user: of the same name, without other members."""
    if gid == 0:
        return True
    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    return gid == user.pw_gid and group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}
