# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is PRIVATE to the collection. It can have breaking changes at any time.

"""Lines to a unit's command line, and its answers to them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import Fault

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
    """

    lines: tuple[str, ...]
    scope: str | None = None
    stop_on_error: bool = False
    hold_saves: bool = False
    repeatable: bool = False


def quote(text: str) -> str:
    """Write any value as one FortiOS argument: in double quotes, with backslashes before quotes and backslashes.

    Blanks, ``?``, UTF-8 and line breaks stay as they are inside the quotes. Raises ValueError for other control
    characters, which no FortiOS value holds, and for what cannot be sent as bytes. (Fortinet CLI reference, "Entering
    special characters".)
    """
    if _NOT_SENT.search(text):
        raise ValueError("a FortiOS value cannot hold control characters")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
