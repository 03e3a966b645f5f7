# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FortiOS prompts: one pattern for any unit, and the narrower one learned from the unit at hand.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# {host} is any name for the first look at a unit and the learned name afterwards, {text} what a context may hold; {gap}
# is what may stand between the name and the HA role. A role behind a blank cannot be told from an entry called
# "Primary": see Prompt.
_PATTERN = r"""
    (?: \( (?P<old_role> [A-Za-z]{{1,9}} ) \) \  )?         # "(M) fw $ ": the HA role in front, seen on older units
    (?P<host> {host} )                                      # the host name; a long one is cut, which "~" shows
    (?: {gap} \( (?P<role> {roles} ) \) )?                  # "fw(Primary) # " since 7.6.7, "fw (Primary) # " as well
    (?: \  \( (?P<context> {text} ) (?: ~? \) | ~ ) )?     # "(global)", "(root)", "(local)", an entry; may be cut
    \ (?P<sign> [\#$] )                                     # "$" for a read-only administrator
    \                                                       # the cursor waits one blank behind the sign
"""
_ROLES = "Primary|Secondary|Master|Slave"
# Host names may hold blanks, parentheses and brackets (seen: "Firewall A", article 217292), so any text will do for the
# first look: what proves a prompt is that the unit repeats it after Enter.
# [fact: prompt-blanks] [fact: prompt-forms] [fact: prompt-ha-role]
_ANY_HOST = r"(?!\ )[^\r\n]{1,80}?(?<!\ )"
_NO_BRACKETS = r"[^()\r\n]*?"
# An entry may have parentheses in its name, as in "FGT (John Doe (external)) # ". Those in pairs count first: then a
# name may even look like a prompt.
_BRACKETS = r"(?:[^()\r\n]|\([^()\r\n]*\))*?|[^\r\n]*?"

ANY_PROMPT = re.compile(_PATTERN.format(host=_ANY_HOST, text=_NO_BRACKETS, gap=r"\ ?", roles=_ROLES), re.VERBOSE)


@dataclass(frozen=True)
class Place:
    """Where a prompt says the session stands.

    host: as shown, possibly cut (``~``). context: the text in parentheses, possibly cut, "" at the top.
    read_only: the unit shows ``$`` instead of ``#``. spaced_role: a blank stands between the name and an HA role.
    end: offset behind the prompt.
    """

    host: str
    context: str
    read_only: bool
    spaced_role: bool
    end: int


def _place(match: re.Match[str]) -> Place:
    context = match.group("context") or ""
    if context and match.group(0).rstrip(" #$").endswith(("~)", "~")):
        context += "~"
    spaced_role = match.group("role") is not None and match.string[match.start("role") - 2] == " "
    return Place(match.group("host"), context, match.group("sign") == "$", spaced_role, match.end())


def parse(text: str) -> Place | None:
    """Read a whole text as a prompt of any unit, or return None."""
    match = ANY_PROMPT.fullmatch(text)
    return _place(match) if match else None


def same_name(shown: str, name: str) -> bool:
    """Tell whether ``shown`` and ``name`` may be the same name, either of them cut short by the unit.

    A long name is cut at its end (``a-long-na~``), or in its middle: its first 20 characters, ``~``, its last 3 (seen
    for host names, inferred for VDOMs). [fact: prompt-cut-end] [fact: prompt-cut-middle] [fact: context-cut]
    """
    if shown == name:
        return True
    if "~" not in shown:
        shown, name = name, shown
    head, cut, tail = shown.rpartition("~")
    if not cut or not head:
        return False
    if "~" not in name:
        return len(name) > len(head) + len(tail) and name.startswith(head) and name.endswith(tail)
    # Cut at two lengths.
    other_head, _cut, other_tail = name.rpartition("~")
    heads = head.startswith(other_head) or other_head.startswith(head)
    return heads and bool(other_head) and (tail.endswith(other_tail) or other_tail.endswith(tail))


class Prompt:
    """The prompt of one unit, once its host name is learned.

    host: the name as the unit shows it. spaced_role: the unit shows an HA role behind a blank; on any other unit
    ``fw (Primary) # `` is an entry or a VDOM called Primary.
    The HA role and the context may change from line to line, the host name may be cut at another length in a longer
    context; all these are still this unit's prompt.
    """

    def __init__(self, host: str, spaced_role: bool = False) -> None:
        self.host = host
        whole = host.rstrip("~")
        cut = rf"{re.escape(whole[:3])}[^\r\n]{{0,60}}?~[^\s()~]{{0,3}}"
        gap = r"\ ?" if spaced_role else ""
        self._pattern = re.compile(
            _PATTERN.format(host=rf"{re.escape(host)}|{cut}", text=_BRACKETS, gap=gap, roles=_ROLES), re.VERBOSE
        )
        self._anywhere = re.compile(rf"\n(?=(?:\([A-Za-z]{{1,9}}\)[ ])?{re.escape(whole[:3])}|--More--)")

    def at(self, text: str, pos: int = 0) -> Place | None:
        """Read a prompt that begins at ``pos``, or return None."""
        return self._checked(self._pattern.match(text, pos))

    def whole(self, text: str) -> Place | None:
        """Read a text that is a prompt from its beginning to its end, or return None."""
        return self._checked(self._pattern.fullmatch(text))

    def _checked(self, match: re.Match[str] | None) -> Place | None:
        return _place(match) if match and same_name(match.group("host"), self.host) else None

    def next_line_start(self, text: str, pos: int) -> int:
        """Find the next line behind ``pos`` worth a look: it begins like the prompt or like the pager. -1 if none."""
        match = self._anywhere.search(text, pos)
        return match.end() if match else -1
