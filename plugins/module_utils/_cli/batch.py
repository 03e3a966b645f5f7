# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is PRIVATE to the collection. It can have breaking changes at any time.

"""Lines to a unit's command line, and its answers to them."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import Fault


@dataclass(frozen=True)
class Answer:
    """The answer to one line.

    line: as sent, redacted. output: what the unit printed, line breaks as ``\\n``. fault: the error in it, or None.
    context: the text in the prompt's parentheses afterwards, "" at the top; a long one is cut and ends in ``~``.
    """

    line: str
    output: str
    fault: Fault | None
    context: str


@dataclass(frozen=True)
class Batch:
    """Lines that belong together, run in one scope.

    scope: None (as after login), ``global`` or ``vdom:NAME``. On a unit without VDOMs all of these are the top.
    stop_on_error: send nothing further, of this and the following batches, after a faulty answer. Lines already in
    flight are still answered; an entry left open is dropped with ``abort``.
    hold_saves: send a line that takes effect (``next``, ``end``, ``delete``, ``execute``, ``move``, ``rename``) only
    after all lines before it were answered without fault. Costs one turn for each such line. Meant together with
    ``stop_on_error``, where there is no transaction to drop.
    repeatable: the lines only print: they may be typed ahead, and sent again should that not have worked.
    brief: each line answers in a few rows at most and asks nothing, so that lines of any kind may be typed behind it
    before it is answered. Lines that only edit need no such statement.
    rows: how many rows each answer has at most, as far as the caller knows: a count that the unit gave, or what one
    entry can have. Used for lines not seen before, to type ahead and to turn pages ahead. A wrong number costs turns,
    nothing else.
    """

    lines: tuple[str, ...]
    scope: str | None = None
    stop_on_error: bool = False
    hold_saves: bool = False
    repeatable: bool = False
    brief: bool = False
    rows: int | None = None


def quote(text: str) -> str:
    """Write any value as one FortiOS argument: in double quotes, with backslashes before quotes and backslashes.

    Blanks, ``?``, UTF-8 and line breaks stay as they are inside the quotes. Raises ValueError for other control
    characters, which no FortiOS value holds. (Fortinet CLI reference, "Entering special characters".)
    """
    if any((ord(char) < 32 and char not in "\t\n") or ord(char) == 127 for char in text):
        raise ValueError("a FortiOS value cannot hold control characters")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
