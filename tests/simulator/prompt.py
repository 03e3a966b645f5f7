# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The prompt of a session, and what `?` lists.

Facts followed: the prompts of oxidized, rancid and Fortinet's articles; a host name may hold blanks and parentheses
(`Firewall A (global) # `, article 217292); one that is too long ends in ``~`` (rancid), or has it before its last 3
characters (field reports), and context names are cut alike (inferred).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .frames import EntryFrame, Frame
from .words import match

if TYPE_CHECKING:
    from .shell import Shell


# [fact: prompt-forms] [fact: prompt-dollar] [fact: prompt-blanks]
def prompt_of(shell: Shell) -> str:
    """Return the prompt of a session."""
    scenario = shell.unit.scenario
    console = scenario.console
    host = cut(shell.unit.hostname, console.hostname_limit, console.cut)
    role = _role(shell)
    style = scenario.ha.prompt
    if role and style == "prefix":
        host = f"({role}) {host}"
    elif role and style == "spaced":
        host = f"{host} ({role})"
    elif role and style == "attached":
        host = f"{host}({role})"
    context = shell.context()
    # [fact: prompt-home-vdom]
    if not context and shell.home is not None and scenario.behaviour.home_in_prompt:
        context = shell.home
    if context:
        host += f" ({cut(context, console.context_limit, console.cut)})"
    return f"{host} {'#' if shell.rights.unrestricted() else '$'} "


# [fact: prompt-ha-role]
def _role(shell: Shell) -> str:
    ha = shell.unit.scenario.ha
    if ha.mode == "standalone":
        return ""
    primary = shell.role == "primary"
    if ha.prompt == "prefix":
        return ("M" if primary else "S") if ha.old_words else ("P" if primary else "S")
    if ha.old_words:
        return "Master" if primary else "Slave"
    return "Primary" if primary else "Secondary"


# [fact: prompt-cut-end] [fact: prompt-cut-middle] [fact: context-cut]
def cut(name: str, limit: int, where: str = "end") -> str:
    """Cut a name that is longer than *limit* characters, at its end or in the middle."""
    if len(name) <= limit:
        return name
    return name[: max(1, limit - 4)] + "~" + name[-3:] if where == "middle" else name[: max(1, limit - 1)] + "~"


def completions(text: str, verbs: Iterable[str], frame: Frame | None, paths: Iterable[tuple[str, str]]) -> list[str]:
    """Return what `?` prints for the text typed so far: the commands at hand, or their second words."""
    first, _space, rest = text.partition(" ")
    if not rest and not text.endswith(" "):
        return [verb for verb in verbs if verb.startswith(first)]
    verb = match(first, verbs)
    if verb in ("set", "unset", "append") and isinstance(frame, EntryFrame) and frame.schema:
        return frame.names()
    if verb in ("config", "show", "get"):
        return sorted({path.split()[0] for _scope, path in paths})
    return ["<cr>"]
