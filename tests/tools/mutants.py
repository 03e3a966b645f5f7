# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutate the code that decides, one small change at a time, and see whether its unit tests notice.

    python -m tests.tools.mutants [--sample N] [--seed S] [--jobs J] [FILE ...]

cosmic-ray makes the mutants; the quick unit tests of the package run on each. A mutant that no test notices is
printed with its difference. The exit status is 1 where fewer than 90 % were noticed. A sample is drawn over all files,
always the same for the same seed.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import importlib.util
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from tests.tools.tree import COLLECTION, ROOT, listed

#: What decides whether something irreversible is done, and what must not be shown.
DECIDING = (
    "_triage/table.py",
    "_triage/gates.py",
    "_triage/evidence.py",
    "_triage/side_doors.py",
    "_triage/spent.py",
    "_change/plan.py",
    "_change/script.py",
    "_change/evidence.py",
    "_change/waves.py",
    "_change/claims.py",
    "_change/purge.py",
    "_change/restore.py",
    "_change/journal.py",
    "_change/journal_form.py",
    "_change/transaction.py",
    "_cli/redact.py",
    "_cli/secret_forms.py",
    "_cli/config_text.py",
    "_cli/lines.py",
    "_approved_plan.py",
    "_files.py",
)
PACKAGE = Path("plugins") / "module_utils"
TESTS = Path("tests") / "unit" / "plugins" / "module_utils"

#: Replacing one arithmetic operator by each of the others says little; every comparison is turned around once.
OPERATORS = re.compile(
    r"core/(ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Add|BitAnd_BitOr)"
    r"|ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_GtE|LtE_Gt|Gt_LtE|GtE_Lt|Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Is_IsNot|IsNot_Is)"
    r"|ReplaceUnaryOperator_Delete_Not|AddNot|ReplaceTrueWithFalse|ReplaceFalseWithTrue|ReplaceAndWithOr|ReplaceOrWithAnd"
    r"|ReplaceBreakWithContinue|ReplaceContinueWithBreak|ExceptionReplacer|NumberReplacer|ZeroIterationForLoop)"
)
#: Mutations after which the program does the same: operators, the text of the line, and why.
SAME = (
    # That nobody changes a frozen record is mypy's to see.
    (r".*", r"@dataclass\("),
    # Whether a field takes part in repr() or hash(), or is given to the constructor: nothing is decided by it.
    (r".*(True|False).*", r"field\(.*\b(hash|repr|compare|init)="),
    # How a file that we write is indented.
    (r".*NumberReplacer", r"indent="),
    # What is asked for in vain is asked for again after so many seconds, and is fresh for so long.
    (r".*NumberReplacer", r"_(PAUSES|FRESH_SECONDS|STALE_SECONDS) = "),
    # Limits far beyond what a unit has: one more or less is as good.
    (
        r".*NumberReplacer",
        r"\b(_MAX_\w+|MAX_BYTES|_MOST_\w+|_LONGEST_\w+|_ROUNDS|_PENDING_ROWS) = |lru_cache\(|\b(Text|Items)\(.*\d{2}",
    ),
    # A text is cut so that it can be shown; so is a hash.
    (r".*NumberReplacer", r"\[:\d{2,}\]"),
    # Less output, the same answer.
    (r".*True.*", r"brief=True"),
    # A release that nobody will make stands for the last one of its line.
    (r".*NumberReplacer", r"\(\(6, 0, 0\), \(6, 0, 99\)\)"),
)

#: What tests import from elsewhere. Imported once, it does not cost each mutant a second.
IMPORTED = ("hypothesis.strategies", "_hypothesis_pytestplugin", "pytest_timeout", "yaml", "execnet", "xml.dom.minidom")
#: Tests of time and size take long, and notice no decision.
SLOW = "megabytes or ten_times"

KILLED_AT_LEAST = 0.9
#: A test that a mutant keeps from ending is stopped, and has noticed it. All tests on one mutant together take less.
TEST_SECONDS = 60
SECONDS = 900.0


class Mutant(NamedTuple):
    """One mutation of one file, and whether a test noticed it."""

    file: str
    operator: str
    occurrence: int
    line: int
    killed: bool = False
    diff: str = ""


def _same(operator: str, line: str) -> bool:
    """Tell whether the program does the same after such a mutation of the line."""
    return any(re.fullmatch(operators, operator) and re.search(lines, line) for operators, lines in SAME)


def mutants_of(file: str) -> Iterator[Mutant]:
    """Yield the mutations that ``file``, relative to module_utils, can have."""
    tree = get_ast_from_path(ROOT / PACKAGE / file)
    lines = (ROOT / PACKAGE / file).read_text(encoding="utf-8").splitlines()
    for name in operator_names():
        if not OPERATORS.fullmatch(name):
            continue
        operator = get_operator(name)()
        positions = (start for node in ast_nodes(tree) for start, _end in operator.mutation_positions(node))
        for occurrence, start in enumerate(positions):
            if not _same(name, lines[start[0] - 1]):
                yield Mutant(file, name, occurrence, start[0])


def _prepare(folder: str) -> None:
    """Give this process a copy of the checkout that it may change."""
    copy = Path(folder) / str(os.getpid()) / COLLECTION
    for name in listed(ROOT):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name, follow_symlinks=False)
    os.chdir(copy)
    # By this hypothesis draws the same examples for each mutant.
    os.environ["CI"] = "true"
    for name in IMPORTED:
        importlib.import_module(name)


def _tests_of(file: str) -> list[str]:
    """Return the tests of the file, then those of its package."""
    path = TESTS / file
    own = path.with_name(f"test_{path.name.lstrip('_')}")
    return [str(own), *([str(own.parent)] if "/" in file else [])]


def passed(tests: Sequence[str], shown: bool = False) -> bool:
    """Run these tests in a child of this process, which has all that they import from elsewhere, and tell whether they
    passed.

    Raises RuntimeError where they take too long.
    """
    child = os.fork()
    if not child:
        code = 1
        try:
            if not shown:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                os.dup2(1, 2)
            options = [
                "-x",
                "-q",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:xdist",
                "-p",
                "no:warnings",
                "-k",
                f"not ({SLOW})",
            ]
            code = int(pytest.main([*options, "--timeout", str(TEST_SECONDS), *tests]))
        finally:
            os._exit(code)
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise RuntimeError(f"the tests took longer than {SECONDS:.0f} seconds: {' '.join(tests)}")


def attempt(mutant: Mutant) -> Mutant:
    """Run the tests on a mutant. Raises RuntimeError where the tests could not be run."""
    path = PACKAGE / mutant.file
    code = path.read_text(encoding="utf-8")
    changed = mutate_code(code, get_operator(mutant.operator)(), mutant.occurrence)
    # Compiled code is told from its source by size and second.
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
    sys.dont_write_bytecode = True
    try:
        path.write_text(changed, encoding="utf-8")
        killed = not passed(_tests_of(mutant.file))
    finally:
        path.write_text(code, encoding="utf-8")
    diff = "\n".join(difflib.unified_diff(code.splitlines(), changed.splitlines(), lineterm="", n=1))
    return mutant._replace(killed=killed, diff=diff)


def require_good_tests(files: Sequence[str]) -> None:
    """Raise RuntimeError where the tests fail without any mutant: then they would notice everything."""
    for tests in dict.fromkeys(tuple(_tests_of(file)) for file in files):
        if not passed(tests, shown=True):
            raise RuntimeError(f"the tests fail as they are: {' '.join(tests)}")


def run(files: Sequence[str], sample: int, seed: int, jobs: int) -> float:
    """Print the survivors and a line for each file; return the share of mutants that were noticed."""
    everything = [mutant for file in files for mutant in mutants_of(file)]
    chosen = random.Random(seed).sample(everything, min(sample, len(everything))) if sample else everything
    with (
        tempfile.TemporaryDirectory(prefix="fortitoken-mutants-") as folder,
        ProcessPoolExecutor(jobs, initializer=_prepare, initargs=(folder,)) as pool,
    ):
        pool.submit(require_good_tests, sorted({mutant.file for mutant in chosen})).result()
        done = []
        for mutant in pool.map(attempt, chosen):
            done.append(mutant)
            if not mutant.killed:
                print(f"survived: {mutant.file}:{mutant.line} {mutant.operator}\n{mutant.diff}\n", flush=True)
    tried, killed = Counter(m.file for m in done), Counter(m.file for m in done if m.killed)
    for file in files:
        print(f"{file:28} {killed[file]:4} of {tried[file]:4} noticed")
    share = sum(killed.values()) / max(1, len(done))
    print(f"mutants: {sum(killed.values())} of {len(done)} noticed ({share:.1%}); {len(everything)} are possible")
    return share


def main() -> None:
    parser = argparse.ArgumentParser(description="Mutate the deciding code and run its unit tests.")
    parser.add_argument("--sample", type=int, default=0, help="how many mutants to try (default: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("files", nargs="*", default=[file for file in DECIDING if (ROOT / PACKAGE / file).is_file()])
    arguments = parser.parse_args()
    share = run(arguments.files, arguments.sample, arguments.seed, arguments.jobs)
    raise SystemExit(share < KILLED_AT_LEAST)


if __name__ == "__main__":
    main()
