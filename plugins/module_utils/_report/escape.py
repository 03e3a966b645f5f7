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
#: controls, line and paragraph separators, marks and isolates of bidirectional text, zero-width characters, fillers,
#: variation selectors, tags (which can hold a hidden text), lone surrogates, byte order mark.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
#: What XML 1.0 cannot hold in any form.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What means something to Markdown inside a line, or ends a table's cell.
_MARKDOWN = re.compile(r"([\\`*_\[\]|~])")
#: What GitHub and GitLab make a link of, without any mark.
_ADDRESS = re.compile(r"(?i)(?<=[a-z]):(?=//)|(?<=www)\.")
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
    escaped = "".join(_ENTITIES.get(letter, letter) for letter in flat)
    return _ADDRESS.sub(lambda found: f"&#{ord(found[0])};", escaped)


def markdown_code(text: str) -> str:
    """Return text as inline code. A fence longer than any run of backquotes in it cannot be closed from inside."""
    flat = one_line(text).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") or not flat.strip() else ""
    return f"{fence}{pad}{flat}{pad}{fence}"
