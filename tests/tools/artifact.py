# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the collection, install it and look at it as a user gets it.

    python -m tests.tools.artifact OUTPUT_DIR

Checks that the archive holds what a user needs and nothing of the test equipment, that it installs without Galaxy,
and that every playbook in it passes a syntax check by its full name from the installed place.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.tools.tree import ROOT, listed

# Every file of these folders is part of the collection.
SHIPPED_FOLDERS = ("changelogs/", "docs/", "extensions/", "LICENSES/", "meta/", "playbooks/", "plugins/", "roles/")
# Written by the build itself.
GENERATED = {"MANIFEST.json", "FILES.json"}
# These may be there; anything else is test equipment or a developer's tool.
ALLOWED_FILES = {
    "CHANGELOG.md",
    "CHANGELOG.rst",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "MAINTAINERS",
    "README.md",
    "REUSE.toml",
    "SECURITY.md",
    "requirements.txt",
    "tests/config.yml",
}
REQUIRED_FILES = {"LICENSE", "README.md", "meta/runtime.yml", "requirements.txt", "tests/config.yml"}


def _run(*command: str, **environment: str) -> None:
    """Run a program of this environment; raises SystemExit with its output when it fails."""
    path = Path(sys.executable).parent / command[0]
    result = subprocess.run(
        [str(path), *command[1:]],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode:
        raise SystemExit(f"{result.stdout}\n{' '.join(command)}: exit status {result.returncode}")


def problems(archive: Path) -> list[str]:
    """Return what is wrong with the list of files in ``archive``, one line each."""
    with tarfile.open(archive) as tar:
        held = {member.name for member in tar.getmembers() if not member.isdir()} - GENERATED
    wanted = {name for name in listed(ROOT) if name.startswith(SHIPPED_FOLDERS)} | REQUIRED_FILES
    missing = [f"missing: {name}" for name in sorted(wanted - held)]
    strangers = {name for name in held if name not in ALLOWED_FILES and not name.startswith(SHIPPED_FOLDERS)}
    # Files that git ignores (caches, editors' backups) must not slip in either.
    strangers |= held - listed(ROOT)
    return missing + [f"must not be in the archive: {name}" for name in sorted(strangers)]


def check(output: Path) -> Path:
    """Build into ``output``, check the archive and return its path; raises SystemExit on any fault."""
    with tempfile.TemporaryDirectory(prefix="fortitoken-") as temporary:
        fresh = Path(temporary)
        _run("ansible-galaxy", "collection", "build", "--output-path", str(fresh), ".")
        built = next(fresh.glob("fortiops-fortitoken-*.tar.gz"))
        found = problems(built)
        if found:
            raise SystemExit("\n".join([f"{built.name}:", *found]))
        installed = fresh / "installed"
        # Only this place: one that holds the collection already would satisfy the request.
        place = {"ANSIBLE_COLLECTIONS_PATH": str(installed)}
        install = ["collection", "install", "--offline", "--collections-path", str(installed), str(built)]
        _run("ansible-galaxy", *install, **place)
        playbooks = sorted((installed / "ansible_collections/fortiops/fortitoken/playbooks").glob("*.yml"))
        names = [
            f"fortiops.fortitoken.{playbook.stem}" for playbook in playbooks if not playbook.stem.endswith(".meta")
        ]
        if not names:
            raise SystemExit(f"{built.name}: no playbooks")
        for name in names:
            _run("ansible-playbook", "--syntax-check", "--inventory", "localhost,", name, **place)
        output.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(built, output))


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the collection and check the archive.")
    parser.add_argument("output", type=Path, help="folder for the archive")
    print(f"build: {check(parser.parse_args().output)}")


if __name__ == "__main__":
    main()
