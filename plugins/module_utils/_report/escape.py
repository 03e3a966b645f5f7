# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make text that a unit, a file or an inventory holds safe for the place where it is shown. Pure.

HTML is escaped by Jinja and by the page's script, which sets text only.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re

#: Characters that move the cursor, change colors, end a line, reverse the reading direction or show nothing: C0 and C1
#: controls, line and paragraph separators, marks and isolates of bidirectional text, zero-width characters, lone
#: surrogates, byte order mark.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
#: What XML 1.0 cannot hold in any form.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What means something to Markdown inside a line, or ends a table's cell.
_MARKDOWN = re.compile(r"([\\`*_\[\]|~])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}


def one_line(text: str) -> str:
    """Return text for a terminal or a log: one line, with every unseen character spelled out."""
    return _UNSEEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", str(text))


def xml(text: str) -> str:
    """Return text for XML: what it cannot hold is replaced, and so is what a terminal or a reader would obey."""
    lines = re.split("\r\n|\r|\n", _NOT_XML.sub("\ufffd", str(text)))
    return "\n".join(_UNSEEN.sub("\ufffd", line) for line in lines)


def markdown(text: str) -> str:
    """Return text for GitHub's and GitLab's Markdown: one line in which nothing is a mark, a link or a mention."""
    flat = _MARKDOWN.sub(r"\\\1", one_line(" ".join(re.split(r"[\t\n\r ]+", str(text).strip()))))
    return "".join(_ENTITIES.get(letter, letter) for letter in flat)


def markdown_code(text: str) -> str:
    """Return text as inline code. A fence longer than any run of backquotes in it cannot be closed from inside."""
    flat = one_line(text).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") or not flat.strip() else ""
    return f"{fence}{pad}{flat}{pad}{fence}"
