# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that FortiOS prints on its command line, told apart from data that only quotes them.

A FortiOS shell has no exit status: a refused line shows only as text. An error stands alone in the answer to its line,
at the left margin, as the first or as the last thing printed. Configuration data is indented or in the middle of an
answer.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """What the unit said against a line.

    code: the number of ``Command fail. Return code -N`` (negative), or None where the unit gave none.
    text: the error lines, joined with ``; ``, without the line that carries only the number.
    """

    code: int | None
    text: str

    def __str__(self) -> str:
        return self.text if self.code is None else f"{self.text} (return code {self.code})"


# Sources: the documented return codes of the FortiOS CLI reference, Fortinet articles 194508 and 190171, and
# transcripts in public issue reports. "ambiguous command" and "Permission denied" are inferred.
# [fact: error-parse] [fact: error-unknown-action] [fact: error-in-use] [fact: error-value] [fact: error-incomplete]
# [fact: error-table-full] [fact: error-setting-refused]
_ERROR_LINE = re.compile(
    r"""
    (?: Command\ fail\.                                     # the trailer, usually with "Return code -N"
      | Unknown\ action\ -?\d+                              # unknown word, or one that the profile hides
      | (?:command|value)\ parse\ error\ before\ '          # the rest of the line is the offending word
      | ambiguous\ command\ before\ '
      | incomplete\ command\ in\ the\ end
      | node_check_object\ fail!
      | Attribute\ '[^']*'\ value\ '.*'\ checking\ fail
      | Attribute\ '[^']*'\ MUST\ be\ set
      | entry\ not\ found\ in\ datasource
      | object\ (?:set|check)\ operator\ error
      | (?:The\ entry|This\ entry|Entry)\ is\ used\ by\ other\ \d+\ entr
      | Maximum\ number\ of\ entries\ has\ been\ reached
      | input\ value\ is\ invalid
      | no\ valid\ token\ found
      | import\ fortitoken\ license\ error
      | forticare\ license\ (?:expired|card\ not\ found)
      | Permission\ denied
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_CODE = re.compile(r"Command fail\.\s*Return code\s+(-?\d+)", re.IGNORECASE)


def _collect(lines: list[str]) -> list[str]:
    """Return the leading run of error lines in ``lines``."""
    run = []
    for line in lines:
        if not _ERROR_LINE.match(line):
            break
        run.append(line)
    return run


# [fact: no-exit-status]
def detect(output: str) -> Fault | None:
    """Find the error in the answer to one line.

    output: what the unit printed between the echo of the line and the next prompt.
    Returns None when the answer is no error.
    """
    # An error block is a handful of lines: looking at both ends keeps megabytes of output cheap.
    head = [line.rstrip() for line in output[:4096].split("\n") if line.strip()][:8]
    tail = [line.rstrip() for line in output[-4096:].split("\n") if line.strip()][-8:]
    if len(output) > 4096:
        tail = tail[1:]  # its first line may be the end of a longer one
    found = list(reversed(_collect(tail[::-1]))) or _collect(head)
    if not found:
        return None
    code = None
    text = []
    for line in found:
        match = _CODE.match(line)
        if match:
            code = int(match.group(1))
        else:
            text.append(line.strip())
    return Fault(code, "; ".join(text) or found[-1].strip())
