# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the functions of `execute`, `diagnose` and `get` commands have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import parse_error, unknown_action

if TYPE_CHECKING:
    from .shell import Reply, Shell


def reply(*lines: str, seconds: float = 0.0) -> Reply:
    """Make a reply that is no refusal."""
    from .shell import Reply

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
