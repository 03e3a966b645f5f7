# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run sanity, unit and integration tests on the oldest and newest pair of ansible-core and Python of each release.

    python -m tests.tools.matrix [--jobs N] [NAME...]

Each pair has a virtual environment and a copy of the checkout below ``.cache/matrix/``. Prints a table; the output of
a failed step before it, and all output in ``.cache/matrix/<name>/<step>.log``. Exit status 1 unless all passed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.tools import tree

MATRIX = tree.ROOT / ".cache" / "matrix"
REQUIREMENTS = (
    "requirements.txt",
    "tests/unit/requirements.txt",
    "tests/integration/requirements.txt",
    "tests/requirements-sanity.txt",
)
STEPS = ("setup", "sanity", "unit", "integration")


@dataclass(frozen=True)
class Pair:
    """One pair; ``core`` and ``python`` are release numbers such as ``2.19`` and ``3.11``, or ``core`` is ``devel``."""

    core: str
    python: str
    # Install the lowest versions that requirements.txt allows, to prove its bounds.
    lowest: bool = False

    @property
    def name(self) -> str:
        return f"{self.core}-py{self.python}"

    @property
    def requirement(self) -> str:
        """What pip installs."""
        return f"ansible-core @ {DEVEL}" if self.core == "devel" else f"ansible-core=={self.core}.*"


# Controllers' Pythons as ansible-core's support matrix gives them.
PAIRS = (
    Pair("2.16", "3.10", lowest=True),
    Pair("2.16", "3.12"),
    Pair("2.18", "3.11"),
    Pair("2.18", "3.13"),
    Pair("2.19", "3.11"),
    Pair("2.19", "3.13"),
    Pair("2.21", "3.12"),
    Pair("2.21", "3.13"),
)
#: The lines between, and what comes next. The weekly pipeline runs them; by hand they are run by name.
WEEKLY = (
    Pair("2.17", "3.12"),
    Pair("2.20", "3.13"),
    Pair("devel", "3.13"),
)
# Where ansible-core's developers say to install it from: it is not on PyPI.
DEVEL = "https://github.com/ansible/ansible/archive/devel.tar.gz"


@dataclass
class Row:
    """What became of one pair: a word per step, and the logs of those that failed."""

    pair: Pair
    results: dict[str, str] = field(default_factory=dict)
    failed_logs: list[Path] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return len(self.results) == len(STEPS) and not self.failed_logs


def interpreter(version: str) -> str | None:
    """Return the path of a Python ``version`` that really starts, or None.

    Version managers put launchers on PATH that fail for versions they do not have or have not switched on.
    """
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    managed = map(str, versions.glob(f"{version}.*/bin/python"))
    for candidate in [shutil.which(f"python{version}"), *sorted(managed)]:
        if candidate:
            trial = subprocess.run([candidate, "-c", "import ensurepip"], check=False, capture_output=True)
            if trial.returncode == 0:
                return candidate
    return None


def lowest_versions(requirements: Path) -> list[str]:
    """Return the requirements of a file, each pinned to the version that is its lower bound."""
    lines = [line.strip() for line in requirements.read_text(encoding="utf-8").splitlines()]
    return [line.replace(">=", "==") for line in lines if line and not line.startswith("#")]


def _commands(pair: Pair, python: str, folder: Path) -> dict[str, list[list[str]]]:
    """Return the commands of each step; ``folder`` is the pair's own."""
    venv_python = str(folder / "venv" / "bin" / "python")
    install = [venv_python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    install.append(pair.requirement)
    for name in REQUIREMENTS:
        install += ["--requirement", str(tree.ROOT / name)]
    if pair.lowest:
        install += lowest_versions(tree.ROOT / "requirements.txt")
    pytest = [venv_python, "-m", "pytest", "-q"]
    return {
        "setup": [[python, "-m", "venv", "--clear", str(folder / "venv")], install],
        "sanity": [[venv_python, "-m", "tests.tools.sanity", str(folder / "tree")]],
        "unit": [[*pytest, "tests/unit"]],
        "integration": [[*pytest, "tests/integration"]],
    }


def _passes(commands: list[list[str]], cwd: Path, log: Path) -> bool:
    """Run the commands until one fails, with their output in ``log``; tell whether none did."""
    with log.open("w", encoding="utf-8") as output:
        for command in commands:
            result = subprocess.run(
                command, check=False, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
            if result.returncode:
                return False
    return True


def run(pair: Pair) -> Row:
    """Run the steps of ``pair``; a failing one keeps only those from running that need it."""
    row = Row(pair)
    folder = MATRIX / pair.name
    folder.mkdir(parents=True, exist_ok=True)
    python = interpreter(pair.python)
    if python is None:
        row.results["setup"] = f"no Python {pair.python}"
        return row
    collection = tree.refresh(folder / "tree")
    for step, commands in _commands(pair, python, folder).items():
        log = folder / f"{step}.log"
        start = time.monotonic()
        # Sanity goes to the copy by itself and is imported from the checkout, which it copies.
        passed = _passes(commands, tree.ROOT if step == "sanity" else collection, log)
        row.results[step] = f"{'ok' if passed else 'FAILED'} {time.monotonic() - start:.0f} s"
        print(f"{pair.name}: {step} {row.results[step]}", flush=True)
        if not passed:
            row.failed_logs.append(log)
            if step == "setup":
                break
    return row


def table(rows: list[Row]) -> str:
    lines = [["ansible-core", "Python", *STEPS]]
    lines += [[row.pair.core, row.pair.python, *(row.results.get(step, "-") for step in STEPS)] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Test the supported pairs of ansible-core and Python.")
    known = {pair.name: pair for pair in (*PAIRS, *WEEKLY)}
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"pairs to run: {' '.join(known)} (default: all but {' '.join(pair.name for pair in WEEKLY)})",
    )
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="pairs at a time")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(known)
    if unknown:
        parser.error(f"no such pair: {' '.join(sorted(unknown))}")
    pairs = [known[name] for name in arguments.names] or list(PAIRS)
    with ThreadPoolExecutor(max_workers=arguments.jobs) as pool:
        rows = list(pool.map(run, pairs))
    for row in rows:
        for log in row.failed_logs:
            print(f"\n---- {row.pair.name}, end of {log.relative_to(tree.ROOT)}")
            print("\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:]))
    print(f"\n{table(rows)}")
    sys.exit(0 if all(row.passed for row in rows) else 1)


if __name__ == "__main__":
    main()
