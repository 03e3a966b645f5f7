# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the functions of `execute`, `diagnose` and `get` commands have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import parse_error, unknown_action

if TYPE_CHECKING:
    from .shell import Shell


@dataclass
class Reply:
    """What a line brings: output lines, whether it was refused, seconds that it takes, the end of the session."""

    lines: list[str] = field(default_factory=list)
    error: bool = False
    mutated: bool = False
    seconds: float = 0.0
    close: bool = False


def reply(*lines: str, seconds: float = 0.0) -> Reply:
    """Make a reply that is no refusal."""
    return Reply(list(lines), seconds=seconds)


def need(shell: Shell, group: str, level: str, word: str = "") -> None:
    """Raise CliError unless the account has a right."""
    if not shell.rights.has(group, level):
        raise parse_error(word) if word else unknown_action()


def write_tokens(shell: Shell) -> str:
    """Return the VDOM; raise CliError outside of one or without the right to change tokens."""
    need(shell, "execute", "read-write")
    need(shell, "authgrp", "read-write")
    vdom = shell.vdom()
    if vdom is None:
        raise unknown_action()
    return vdom
