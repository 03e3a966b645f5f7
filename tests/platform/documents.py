# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users and contributors read, and the commands shown there.

A ``console`` block holds commands. Where a line of it begins with "$ ", only such lines are commands, and the others
are their output; else every line is one. A ``text`` block right after it is output as well. "…" stands for anything
there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT

PATTERNS = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/docsite/rst/*.rst",
    "examples/**/README.md",
    "extensions/**/README.md",
    "roles/*/README.md",
    "tests/recordings/README.md",
    "tests/simulator/README.md",
)
#: Their names, relative to the checkout.
DOCUMENTS = tuple(sorted(str(path.relative_to(ROOT)) for pattern in PATTERNS for path in ROOT.glob(pattern)))
GUIDES = "docs/docsite/rst"
#: Languages of blocks that hold no commands. Shell goes by one name only, so that nothing is overlooked.
SILENT = {"", "diff", "json", "python", "text", "xml", "yaml"}


@dataclass(frozen=True)
class Block:
    line: int
    language: str
    lines: list[str]


@dataclass(frozen=True)
class Step:
    """A command, and the lines that it is shown to print."""

    command: str
    output: list[str] = field(default_factory=list)


def blocks(document: str) -> Iterator[Block]:
    """The code blocks of a document, wherever they are nested; lines without their indent."""
    text = (ROOT / document).read_text(encoding="utf-8")
    yield from (_rst if document.endswith(".rst") else _markdown)(text.splitlines())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _dedent(lines: list[str]) -> list[str]:
    indent = min((_indent(line) for line in lines if line.strip()), default=0)
    return "\n".join(line[indent:].rstrip() for line in lines).strip("\n").split("\n")


def _rst(lines: list[str]) -> Iterator[Block]:
    for number, line in enumerate(lines):
        begin = re.match(r"( *)(?:[-*#] +|#\. +)?\.\. (?:code-block|code|sourcecode|parsed-literal)::\s*(\S*)", line)
        if begin:
            body = []
            for following in lines[number + 1 :]:
                if following.strip() and _indent(following) <= len(begin[1]):
                    break
                body.append(following)
            yield Block(number + 1, begin[2], _dedent(body))
        elif line.rstrip().endswith("::") and not line.lstrip().startswith(".."):
            # The short form has no language, so that nobody can know what is in it.
            yield Block(number + 1, "::", [])


def _markdown(lines: list[str]) -> Iterator[Block]:
    begin, body, fence, language = 0, [], "", ""
    for number, line in enumerate(lines, 1):
        if fence and line.strip() == fence:
            yield Block(begin, language, _dedent(body))
            fence = ""
        elif fence:
            body.append(line)
        elif found := re.match(r"\s*(?:[-*>] +|\d+\. +)?(`{3,}|~{3,})\s*(\S*)", line):
            begin, body, fence, language = number, [], found[1], found[2]
    if fence:
        yield Block(begin, "a block without end", body)


def steps(document: str) -> list[Step]:
    found: list[Step] = []
    fresh = False
    for block in blocks(document):
        if block.language == "console":
            prompted = any(line.startswith("$ ") for line in block.lines)
            for line in filter(None, block.lines):
                if prompted and not line.startswith("$ "):
                    found[-1].output.append(line)
                else:
                    # README tells behind a command what it is for.
                    found.append(Step(re.sub(r"\s+# .*", "", line.removeprefix("$ "))))
        elif block.language == "text" and fresh:
            found[-1].output.extend(filter(None, block.lines))
        fresh = block.language == "console"
    return found


def commands(document: str) -> set[str]:
    return {step.command for step in steps(document)}


def part(document: str, first_line: str) -> str:
    """The block that begins with this line, such as ``# inventory.yml``."""
    (found,) = (block for block in blocks(document) if block.lines[:1] == [first_line])
    return "\n".join(found.lines) + "\n"


def make_targets() -> set[str]:
    """Targets of the Makefile that anybody may call."""
    text = Path(ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE)) | set(
        re.findall(r"\blint-[a-z-]+", text.split("LINTS := ")[1].split("\n\n")[0])
    )
