# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines to a unit's command line, and its answers to them.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import Fault
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure

# Control characters but tab and line break, and surrogates. U+DC80 to U+DCFF stand for bytes that are not UTF-8.
_NOT_SENT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udc7f\udd00-\udfff]")


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


def dump(batches: Sequence[Batch]) -> str:
    """Write batches as JSON, for ``load``."""
    return json.dumps([asdict(batch) for batch in batches])


def load(text: str) -> list[Batch]:
    """Read batches from the JSON of ``dump``; fields that are missing have their defaults.

    Raises ConsoleFailure of kind ``refused`` for lines that a console cannot take, and for unknown scopes.
    """
    return [_load(raw) for raw in json.loads(text)]


def _load(raw: dict[str, Any]) -> Batch:
    lines = tuple(str(line) for line in raw["lines"])
    for line in lines:
        if _NOT_SENT.search(line) or ("\n" in line and '"' not in line):
            raise ConsoleFailure("refused", "a console line must not hold control characters")
    scope = raw.get("scope")
    if scope is not None and scope != "global" and not scope.startswith("vdom:"):
        raise ConsoleFailure("refused", f"unknown scope {scope!r}: use None, 'global' or 'vdom:NAME'")
    flags = {name: bool(raw.get(name)) for name in ("stop_on_error", "hold_saves", "repeatable", "brief")}
    rows = raw.get("rows")
    return Batch(lines, scope, **flags, rows=None if rows is None else int(rows))


def quote(text: str) -> str:
    """Write any value as one FortiOS argument: in double quotes, with backslashes before quotes and backslashes.

    Blanks, ``?``, UTF-8 and line breaks stay as they are inside the quotes. Raises ValueError for other control
    characters, which no FortiOS value holds, and for what cannot be sent as bytes. (Fortinet CLI reference, "Entering
    special characters".)
    """
    if _NOT_SENT.search(text):
        raise ValueError("a FortiOS value cannot hold control characters")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
