# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ``ansible-test sanity`` of the running interpreter's ansible-core on a copy of the checkout.

    python -m tests.tools.sanity TREE

Prints one line when all is well, else the output of ansible-test. Exit status 1 when a test fails, or on a warning:
ansible-test only warns when it leaves out a test for lack of a program, and counts it as passed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from tests.tools import tree

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

# ansible-test makes its environments with a get-pip.py that it downloads from a server of its own, unless one lies in
# its cache. This one takes pip from the interpreter, so that a package index is all that the tests need.
GET_PIP = """\
import subprocess
import sys

arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "ensurepip"])
subprocess.check_call([sys.executable, "-m", "pip", "install", "--upgrade"] + arguments)
"""

# There is no PowerShell in this collection, and no test that depends on the locale. At the end ansible-test repeats its
# warnings under a heading, which is one of its warnings, too.
HARMLESS = re.compile(
    r'Required program "pwsh" not found|Using locale "C.UTF-8" instead of "en_US.UTF-8"'
    r"|Reviewing previous \d+ warning\(s\)"
)


def pip_version() -> str:
    """Return the version of pip that the installed ansible-test asks for, such as ``24.2``.

    Raises RuntimeError where ansible-test is missing or no longer says so in the known form.
    """
    spec = importlib.util.find_spec("ansible_test")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("ansible-test is not installed")
    source = Path(spec.submodule_search_locations[0]) / "_internal" / "python_requirements.py"
    found = re.search(r"\bpip='([0-9.]+)'", source.read_text(encoding="utf-8"))
    if not found:
        raise RuntimeError(f"no pip version in {source}")
    return found.group(1)


def prepare_home(home: Path) -> None:
    """Make ``home`` a home folder for ansible-test, apart from the user's.

    ansible-test drops all PIP_* variables, so the user's pip configuration and cache are reached through links.
    """
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / f"get_pip_{pip_version().replace('.', '_')}.py").write_text(GET_PIP, encoding="utf-8")
    for name in (".cache", ".config"):
        link = home / name
        if not link.is_symlink():
            link.symlink_to(Path.home() / name)


def _ansible_test(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``ansible-test sanity`` in the tree ``folder``; stdout of the result holds all its output."""
    bin_dir = Path(sys.executable).parent
    options = ["--local", "--python", PYTHON, "--color", "no", *arguments]
    return subprocess.run(
        # Through the interpreter: the script's first line does not work in a path with a space (ansible-core 2.16).
        [sys.executable, str(bin_dir / "ansible-test"), "sanity", *options],
        cwd=folder / tree.COLLECTION,
        env=dict(os.environ, HOME=str(folder / "home"), PATH=f"{bin_dir}{os.pathsep}{os.environ['PATH']}"),
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def run(folder: Path) -> int:
    """Run the tests on the tree ``folder`` and return the exit status."""
    tree.refresh(folder)
    prepare_home(folder / "home")
    start = time.monotonic()
    # Apart from the tests, so that pip's many lines are seen only when pip fails.
    result = _ansible_test(folder, "--prime-venvs")
    count = 0
    if result.returncode == 0:
        result = _ansible_test(folder)
        count = len(re.findall(r"^Running sanity test", result.stdout, re.MULTILINE))
    warnings = [
        line for line in result.stdout.splitlines() if line.startswith("WARNING:") and not HARMLESS.search(line)
    ]
    passed = result.returncode == 0 and count > 0 and not warnings
    if not passed:
        print(result.stdout)
    outcome = "ok" if passed else f"FAILED (exit status {result.returncode}, {len(warnings)} warnings)"
    took = time.monotonic() - start
    print(f"sanity: ansible-core {version('ansible-core')}, Python {PYTHON}: {count} tests {outcome}, {took:.0f} s")
    return 0 if passed else 1


def main() -> None:
    parser = argparse.ArgumentParser(description="Run ansible-test sanity on a copy of the checkout.")
    parser.add_argument("tree", type=Path)
    raise SystemExit(run(parser.parse_args().tree.absolute()))


if __name__ == "__main__":
    main()
