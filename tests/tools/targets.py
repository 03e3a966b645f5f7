# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ``ansible-test integration`` with the running interpreter's ansible-core on a copy of the checkout.

    python -m tests.tools.targets TREE [TARGET...]

Each target below ``tests/integration/targets/`` shows one module at work on a simulated FortiGate. Prints one line when
all is well, else the output of ansible-test. Exit status 1 when a target fails, or when one was not run.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from tests.tools import tree
from tests.tools.sanity import PYTHON, prepare_home

TARGETS = Path("tests/integration/targets")
#: Targets that others depend on. ansible-test does not run them alone.
SETUP = "setup_"


def names(collection: Path) -> list[str]:
    """Return the names of the targets that test a module."""
    return sorted(path.name for path in (collection / TARGETS).iterdir() if not path.name.startswith(SETUP))


def run(folder: Path, wanted: Sequence[str] = ()) -> int:
    """Run targets, by default all, on the tree ``folder`` and return the exit status."""
    collection = tree.refresh(folder)
    prepare_home(folder / "home")
    targets = list(wanted) or names(collection)
    bin_dir = Path(sys.executable).parent
    start = time.monotonic()
    result = subprocess.run(
        # Through the interpreter: the script's first line does not work in a path with a space (ansible-core 2.16).
        [
            *(sys.executable, str(bin_dir / "ansible-test"), "integration", "--local", "--python", PYTHON),
            *("--color", "no", "--continue-on-error", *targets),
        ],
        cwd=collection,
        env=dict(os.environ, HOME=str(folder / "home"), PATH=f"{bin_dir}{os.pathsep}{os.environ['PATH']}"),
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    ran = set(re.findall(r"^Running (\S+) integration test role", result.stdout, re.MULTILINE))
    passed = result.returncode == 0 and ran == set(targets)
    if not passed:
        print(result.stdout)
    outcome = "ok" if passed else f"FAILED (exit status {result.returncode}, not run: {sorted(set(targets) - ran)})"
    took = time.monotonic() - start
    core = version("ansible-core")
    print(f"integration targets: ansible-core {core}, Python {PYTHON}: {len(targets)} {outcome}, {took:.0f} s")
    return 0 if passed else 1


def main() -> None:
    parser = argparse.ArgumentParser(description="Run ansible-test integration on a copy of the checkout.")
    parser.add_argument("tree", type=Path)
    parser.add_argument("targets", nargs="*", help="names of targets (default: all)")
    arguments = parser.parse_args()
    raise SystemExit(run(arguments.tree.absolute(), arguments.targets))


if __name__ == "__main__":
    main()
