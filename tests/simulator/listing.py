# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole configuration, as `show` without a path prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import commands
from .schema import GLOBAL
from .tree import Entry, Table

if TYPE_CHECKING:
    from .shell import Shell


def show_all(shell: Shell, full: bool) -> Iterator[str]:
    """Yield what a session is shown of the configuration; *full*: default values included."""
    if not shell.frames:
        yield from commands.config_header(shell)
    if not shell.multi or (shell.scope is not None and shell.scope.kind != "vdoms"):
        yield from _show_scopes(shell, shell.scopes(), full)
    else:
        vdoms = shell.unit.config.vdoms
        yield from ("", "config vdom")
        for vdom in vdoms:
            yield from (f"edit {vdom}", "next")
        yield from ("end", "", "config global")
        yield from _show_scopes(shell, [GLOBAL], full)
        yield "end"
        for vdom in vdoms:
            yield from ("", "config vdom", f"edit {vdom}")
            yield from _show_scopes(shell, [vdom], full)
            yield "end"


def _show_scopes(shell: Shell, scopes: list[str], full: bool) -> Iterator[str]:
    renderer = shell.unit.renderer
    for scope in scopes:
        for path, node in shell.unit.config.scopes[scope].items():
            if not shell.rights.may(path, "read"):
                continue
            schema = shell.schema(path)
            if isinstance(node, Table):
                yield from renderer.table(path, shell.entries(scope, path), schema, full)
            else:
                yield from renderer.object(path, shell.view.entry(scope, path, None) or Entry(), schema, full)
