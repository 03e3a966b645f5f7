# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the ledger of facts about FortiOS, and make its page of the documentation.

``docs/facts.yml`` holds each fact that code or simulator rely on. They refer to it by its id, in a comment or a
docstring next to where they use it: ``[fact: serial-forms]``.

    python -m tests.tools.facts [--write]

lists what is wrong, each with file and line, and ends with 1 where anything is. With ``--write`` it writes
``docs/docsite/rst/facts.rst`` first.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.tools.facts_page import page
from tests.tools.ledger import Ledger, Problem, read
from tests.tools.tree import ROOT

LEDGER = Path("docs") / "facts.yml"
PAGE = Path("docs") / "docsite" / "rst" / "facts.rst"
#: Where facts are referred to.
FOLDERS = ("plugins", "roles", "playbooks", "tests/recordings", "tests/simulator", "tests/tools")
#: Files that are about references and hold none.
_ABOUT = ("tests/tools/facts.py", "tests/tools/facts_page.py", "tests/tools/ledger.py")
_SUFFIXES = (".py", ".yml", ".md")
_REFERENCE = re.compile(r"\[facts?:[^\]\n]*\]?", re.IGNORECASE)
_WELL_FORMED = re.compile(r"\[fact: ([a-z0-9]+(?:-[a-z0-9]+)*)\]")


@dataclass(frozen=True)
class Reference:
    """A place that refers to a fact. ``id`` is None where the reference has another form than ``[fact: ID]``."""

    path: Path
    line: int
    id: str | None
    text: str


def references(root: Path) -> Iterator[Reference]:
    """Yield every reference below ``root``, with paths relative to it, in the order of files and lines."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            relative = path.relative_to(root)
            if path.suffix not in _SUFFIXES or not path.is_file() or relative.as_posix() in _ABOUT:
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                for found in _REFERENCE.finditer(line):
                    whole = _WELL_FORMED.fullmatch(found[0])
                    yield Reference(relative, number, whole[1] if whole else None, found[0])


def check(root: Path) -> list[Problem]:
    """Return what is wrong with the ledger of a checkout, its references and its page. Raises OSError."""
    ledger, problems = read((root / LEDGER).read_text(encoding="utf-8"), LEDGER)
    known = {fact.id for fact in ledger.facts}
    used = set()
    for reference in references(root):
        if reference.id is None:
            text = f"'{reference.text}' is not a reference: write [fact: ID] on one line"
        elif reference.id not in known:
            text = f"there is no fact '{reference.id}' in {LEDGER.as_posix()}"
        else:
            used.add(reference.id)
            continue
        problems.append(Problem(reference.path, reference.line, text))
    problems += [
        Problem(LEDGER, fact.line, f"nothing refers to the fact '{fact.id}'")
        for fact in ledger.facts
        if fact.id not in used
    ]
    if not problems:
        problems += _page(root, ledger)
    return problems


def _page(root: Path, ledger: Ledger) -> Iterator[Problem]:
    path = root / PAGE
    shown = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    wanted = page(ledger).splitlines()
    if shown != wanted:
        pairs = enumerate(zip(shown, wanted, strict=False), 1)
        line = next((number for number, (a, b) in pairs if a != b), min(len(shown), len(wanted)) + 1)
        yield Problem(PAGE, line, f"is not what {LEDGER.as_posix()} says: run python -m tests.tools.facts --write")


def main() -> None:
    """Check the checkout, or write its page first."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.facts", description="Check the ledger of facts.")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.as_posix()} first")
    if parser.parse_args().write:
        ledger, _problems = read((ROOT / LEDGER).read_text(encoding="utf-8"), LEDGER)
        (ROOT / PAGE).write_text(page(ledger), encoding="utf-8")
    problems = check(ROOT)
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
