# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes copied terminal output apart: which lines were typed, in which scope, and what the unit printed for each.

Prompts are those of public transcripts: `FGT # `, `FGT (root) $ `, `FGT(Primary) (global) # `, and host names with
blanks or parentheses. Copying may lose the blank at the end, keys for the pager that came too late are blanks in front
of the line, and a prompt counts only at the left margin.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

GLOBAL = "global"

_VERBS = (
    r"(?:sh|sho|show|get|dia\w*|exe\w*|conf\w*|edit|set|unset|delete|next|end|abort|exit|quit|print|purge|rename|move"
    r"|append|fnsysctl)"
)
_PROMPT = re.compile(
    rf"^(?P<host>(?!config |edit |set |unset )[^\s\#$\"'=<>][^\n\#$\"]{{0,79}}?)"
    r"(?: ?\((?:Primary|Secondary|Master|Slave)\))?"
    rf"(?: \((?P<context>[^\n\#$\"]{{1,80}}?)\))? ?[\#$](?: +(?P<line>{_VERBS}(?: [^\n]*)?))? *$",
    re.MULTILINE,
)
# `(M) fw # `: the role in front, as some units show it.
_ROLE = re.compile(r"^\([A-Za-z]{1,9}\) ")
_HOSTNAME = re.compile(r"^\s*Hostname: *(\S.*?) *$", re.MULTILINE)
# Lines whose answers say of a unit what it has.
_MATTERS = re.compile(
    r"show (?:full-configuration )?(?:user|system) |diagnose fortitoken info|get system (?:ha )?status"
)
# What a terminal shows of the pager and of colors, and what is left of them in a copy.
_PAGER = re.compile(r"--More-- ?(?:\r *\r)?")
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

#: Full forms of the lines that a copy may abbreviate; a unit accepts each word cut short (CLI reference 799476).
_KNOWN = (
    *("get system status", "get system ha status", "diagnose fortitoken info", "print tablesize"),
    *("diagnose sys ntp status", "diagnose debug config-error-log read", "diagnose debug info"),
    "diagnose test application forticldd 7",
)


@dataclass(frozen=True)
class Exchange:
    """One line and its answer. scope: ``global``, the name of a VDOM, or "" where the prompt does not say."""

    scope: str
    line: str
    output: str


def cleaned(text: str) -> str:
    """Return a copy of terminal output without pager, colors and carriage returns."""
    return _PAGER.sub("", _ESCAPES.sub("", text)).replace("\r", "")


@dataclass(frozen=True)
class _Prompt:
    """A prompt in a text. line: what was typed behind it, "" for nothing. start, end: where both are in the text."""

    host: str
    context: str
    line: str
    start: int
    end: int


def _prompts(text: str) -> list[_Prompt]:
    """Return all prompts, of whatever unit."""
    found = []
    for match in _PROMPT.finditer(text):
        behind, _gap, context = (match["context"] or "").rpartition(") (")
        host = _ROLE.sub("", match["host"]) + (f" ({behind})" if behind else "")
        found.append(_Prompt(host, context, match["line"] or "", match.start(), match.end()))
    # `FW (dc1) # `: where the unit shows its name, or a context behind it, the parentheses are part of the name.
    whole = {match[1] for match in _HOSTNAME.finditer(text)} | {each.host for each in found if each.context}
    return [
        replace(each, host=f"{each.host} ({each.context})", context="")
        if f"{each.host} ({each.context})" in whole
        else each
        for each in found
    ]


def split(text: str) -> tuple[str, list[Exchange]]:
    """Return what stands before the first prompt, and the exchanges behind it.

    text: as ``cleaned`` returns it. Without prompts, all of it stands before the first.
    """
    found = _prompts(text)
    typed = Counter(each.host for each in found if each.line)
    if not typed:
        return text, []
    host = next(iter(units(text)), typed.most_common(1)[0][0])
    prompts = [each for each in found if _same(each.host, host)]
    return text[: prompts[0].start], list(_exchanges(text, prompts))


def hosts(text: str) -> list[str]:
    """Return all host names that stand in prompts behind which something was typed, the most frequent first."""
    typed = Counter(each.host for each in _prompts(text) if each.line)
    return [name for name, _count in typed.most_common()]


def units(text: str) -> list[str]:
    """Return the host names of the units that were asked for what is read here; a name that was cut counts once."""
    asked: list[str] = []
    for each in _prompts(text):
        known = any(_same(each.host, host) for host in asked)
        if not known and _MATTERS.match(full_form(each.line)):
            asked.append(each.host)
    return asked


def _exchanges(text: str, prompts: list[_Prompt]) -> Iterator[Exchange]:
    place = _Place()
    for number, prompt in enumerate(prompts):
        end = prompts[number + 1].start if number + 1 < len(prompts) else len(text)
        scope = place.scope(prompt.context)
        line = " ".join(prompt.line.split())
        if line and not place.follows(line):
            yield Exchange(scope, full_form(line), text[prompt.end : end].strip("\n"))


def _same(shown: str, host: str) -> bool:
    """Tell whether both are one host name; a unit may cut it in a longer context and ends it in ``~``."""
    if shown == host:
        return True
    return "~" in shown + host and shown[:3] == host[:3]


class _Place:
    """Where the typed lines lead, as far as the prompt alone does not tell."""

    def __init__(self) -> None:
        self._depth = 0
        self._choosing = False
        self._vdom = ""

    def scope(self, context: str) -> str:
        if self._depth:
            return self._vdom
        if not context or self._choosing:
            return ""
        if self._vdom and context.endswith("~"):
            return self._vdom
        return context

    def follows(self, line: str) -> bool:
        """Follow a line that moves the session or edits; tell whether it is one."""
        word, _blank, rest = line.partition(" ")
        if word.startswith("conf"):
            if not self._depth and rest in ("vdom", "vd", GLOBAL):
                self._choosing = rest != GLOBAL
                self._vdom = "" if self._choosing else GLOBAL
            else:
                self._depth += 1
        elif word == "edit":
            if self._choosing:
                self._vdom, self._choosing = rest.strip('"'), False
        elif word in ("end", "abort"):
            if self._depth:
                self._depth -= 1
            else:
                self._vdom, self._choosing = "", False
        elif word not in ("next", "set", "unset", "delete", "exit", "quit", "purge", "rename", "move", "append"):
            return False
        return True


def full_form(line: str) -> str:
    """Write a line out in full where it abbreviates one that matters; others stay, with single blanks."""
    words = line.split()
    for known in _KNOWN:
        full = known.split()
        if len(full) == len(words) and all(b.startswith(a) for a, b in zip(words, full, strict=True)):
            return known
    if words and len(words[0]) > 1 and "show".startswith(words[0]):
        words[0] = "show"
        if len(words) > 1 and len(words[1]) > 3 and "full-configuration".startswith(words[1]):
            words[1] = "full-configuration"
    elif words and len(words[0]) > 2:
        words[0] = next((verb for verb in ("diagnose", "execute") if verb.startswith(words[0])), words[0])
    return " ".join(words)


#: Beginnings of listings that a copy without prompts may hold.
_LISTINGS = {
    "diagnose fortitoken info": re.compile(
        r"^ *(?:FORTITOKEN +DRIFT +STATUS|FTK[0-9A-Z]{13} +-?\d+ +\S)", re.MULTILINE
    ),
    "get system status": re.compile(r"^ *Version: *Forti\S+ v?\d", re.MULTILINE),
    "get system ha status": re.compile(r"^ *HA Health Status:", re.MULTILINE),
}
#: A block of configuration that the scanner took out of the text.
_CONFIG = re.compile(r"^\x00\d+\x00", re.MULTILINE)


def listings(text: str) -> Iterator[Exchange]:
    """Yield the listings that a text without prompts holds. Blocks of configuration were replaced by the scanner."""
    starts = sorted((match.start(), line) for line, pattern in _LISTINGS.items() for match in pattern.finditer(text))
    # Rows of one list follow each other: only the first begins it.
    begins = [
        (start, line)
        for number, (start, line) in enumerate(starts)
        if number == 0 or line != starts[number - 1][1] or _CONFIG.search(text, starts[number - 1][0], start)
    ]
    for number, (start, line) in enumerate(begins):
        end = begins[number + 1][0] if number + 1 < len(begins) else len(text)
        config = _CONFIG.search(text, start, end)
        yield Exchange("", line, text[start : config.start() if config else end].strip("\n"))
