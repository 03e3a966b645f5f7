# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that an operator hands to a run: baselines and plans. Found by host, read, and refused in words.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.utils.path import unfrackpath

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import DocumentError, FileError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._files import (
    make_folder,
    parse_json,
    read_trusted,
    replace_file,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.names import report_path


@dataclass(frozen=True)
class Document:
    """What was read. ``digest`` is the SHA-256 of the file's bytes, in hexadecimal."""

    path: Path
    data: dict[str, Any]
    digest: str


def read(source: str, host: str, variable: str, check: Callable[[Any], dict[str, Any]]) -> Document:
    """Read the file ``source``, or the file of ``host`` in the directory ``source``.

    ``check`` gets the JSON data and returns it, or raises a ValueError whose text says what is wrong with it.
    ``variable`` is the name by which the operator knows the option. Raises DocumentError.
    """
    path = Path(unfrackpath(source, follow=False))
    if path.is_dir():
        path = report_path(path, host)
    raw, data = _loaded(path, f"{variable}: ")
    try:
        return Document(path, check(data), hashlib.sha256(raw).hexdigest())
    except ValueError as error:
        raise DocumentError(f"{variable}: {path} cannot be used: {error}.") from error


def _loaded(path: Path, what: str) -> tuple[bytes, Any]:
    """Return the bytes of a file that nobody else could have written, and the JSON in it. Raises DocumentError."""
    try:
        raw = read_trusted(path)
        if raw is None:
            raise DocumentError(f"{what}{path} cannot be read: {os.strerror(errno.ENOENT)}.")
        return raw, parse_json(path, raw)
    except FileError as error:
        raise DocumentError(f"{what}{error}.") from error


def write(directory: Path, host: str, data: Mapping[str, Any]) -> Document:
    """Write ``data`` to the file of ``host`` in ``directory``, mode 0600; the same data gives the same bytes.

    Raises OSError.
    """
    make_folder(directory)
    path = report_path(directory, host)
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    replace_file(path, text)
    return Document(path, dict(data), hashlib.sha256(text.encode("utf-8", errors="replace")).hexdigest())


def result(registered: Any) -> Mapping[str, Any]:
    """Return a module's registered result as it was before what is too large for an event was left out.

    It is empty for a result that is undefined or whose task was skipped. Raise DocumentError where the file with the
    rest cannot be read.
    """
    if not isinstance(registered, Mapping) or registered.get("skipped"):
        return {}
    if not registered.get("omitted"):
        return registered
    path = Path(unfrackpath(str(registered.get("saved_to")), follow=False))
    _raw, whole = _loaded(path, "The rest of a task's result in ")
    if not isinstance(whole, Mapping):
        raise DocumentError(f"The rest of a task's result in {path} cannot be used: it is not an object.")
    # A play may have changed its mind of what the task says, such as by changed_when.
    return {**whole, **registered}


def facts(given: Any) -> Mapping[str, Any]:
    """Return the facts of the facts module: themselves, or those in the JSON file whose path is given.

    Raises DocumentError for what is neither.
    """
    found = given
    if isinstance(given, str):
        _raw, found = _loaded(Path(unfrackpath(given, follow=False)), "The facts in ")
    if not isinstance(found, Mapping) or not all(name in found for name in ("unit", "tokens", "summary")):
        raise DocumentError("'facts' must be the facts of fortiops.fortitoken.fortitoken_facts, all of them.")
    return found
