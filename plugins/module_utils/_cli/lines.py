# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place where a line for a unit is put together, out of typed parts.

A plain text is a keyword. Everything that comes from a unit, a file or an operator is a Value (written in quotes), a
Serial or a Code (written as they are, after a check). So no such text can end a line or add a word to it.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import quote

#: Words of the command line and names of attributes: ``two-factor``, ``tacacs+-server``, ``fds1.fortinet.com``, ``-1``.
_KEYWORD = re.compile(r"[a-z0-9-][a-z0-9+_.-]{0,62}")
#: Serials of FortiTokens (Fortinet articles 194435 and 232153). [fact: serial-forms]
_SERIAL = re.compile(r"FTK[0-9A-Z]{13}")
#: Redemption codes of FortiToken Mobile, in groups: five of four hexadecimal digits (article 194508), or others.
#: [fact: redemption-code-form]
_CODE = re.compile(r"[0-9A-Za-z]{4,40}(?:-[0-9A-Za-z]{4,40}){0,9}")


@dataclass(frozen=True, slots=True)
class Value:
    """Any text, written in quotes."""

    text: str

    def __str__(self) -> str:
        return quote(self.text)


@dataclass(frozen=True, slots=True)
class Serial:
    """A FortiToken serial. ``execute`` commands take it without quotes (article 194508, step 5b)."""

    text: str

    def __str__(self) -> str:
        return _checked(_SERIAL, self.text, "a FortiToken serial")


@dataclass(frozen=True, slots=True)
class Code:
    """A redemption code of a FortiToken Mobile license."""

    text: str

    def __str__(self) -> str:
        return _checked(_CODE, self.text, "a redemption code")


def _checked(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        # The text is not shown: what should be a code may be another secret.
        raise ValueError(f"a line for the unit needs {what} in this place, and the text is not one")
    return text


def make_line(*parts: str | Value | Serial | Code) -> str:
    """Build one line for a unit.

    parts: keywords as plain text, one word each, and typed values. Raises ValueError for a keyword that is not one word
    of the command line, and for a value that cannot be written (see ``quote``).
    """
    return " ".join(_checked(_KEYWORD, part, "a keyword") if isinstance(part, str) else str(part) for part in parts)
