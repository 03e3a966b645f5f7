# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read values that may be missing or of another type than expected, and copy them into plain JSON types. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def outcome(result: Any) -> Mapping[str, Any]:
    """Return a registered result; empty for one that is undefined or whose task was skipped."""
    found = mapping(result)
    return {} if flag(found.get("skipped")) else found


def mapping(value: Any) -> Mapping[str, Any]:
    """Return `value` if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> Sequence[Any]:
    """Return `value` if it is a list, else an empty one."""
    return value if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) else []


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """Return the mappings among the items of a list."""
    return [item for item in items(value) if isinstance(item, Mapping)]


def text(value: Any) -> str:
    """Return `value` as text; None is the empty text."""
    return "" if value is None else str(value)


def texts(value: Any) -> list[str]:
    """Return the items of a list as texts."""
    return [text(item) for item in items(value)]


def flag(value: Any) -> bool:
    """Return `value` as a boolean; words count as Ansible reads them."""
    return value.strip().lower() in {"true", "yes", "on", "1"} if isinstance(value, str) else bool(value)


def number(value: Any) -> int:
    """Return `value` as a whole number, 0 for what is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def plain(value: Any) -> Any:
    """Copy `value` into dict, list, str, int, float, bool and None, whatever subclasses came in."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [plain(item) for item in value]
    return str(value)
