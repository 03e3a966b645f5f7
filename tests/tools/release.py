# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a release: check everything, write the changelog, build and check the archive, commit and tag.

    python -m tests.tools.release VERSION [--checks COMMAND]

Nothing leaves the machine; the commands that publish are printed at the end. When a step fails, the checkout is as it
was before.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from tests.tools import artifact
from tests.tools.tree import ROOT

BRANCH = "main"
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
# What a release writes, besides the fragments that it removes.
WRITTEN = ("CHANGELOG.md", "CHANGELOG.rst", "changelogs", "galaxy.yml")
CHECKS = "make --keep-going test importer test-matrix"


class ReleaseError(Exception):
    """The release cannot be made; the text says why."""


def _run(*command: str) -> str:
    """Run a command in the checkout and return what it printed; raises ReleaseError with that when it fails.

    The programs of this interpreter's environment come first, whether or not it is activated.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    result = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode:
        raise ReleaseError(f"{result.stdout}\n{shlex.join(command)}: exit status {result.returncode}")
    return result.stdout


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def check_preconditions(version: str) -> None:
    """Raise ReleaseError where this checkout cannot become release ``version``."""
    if not VERSION.fullmatch(version):
        raise ReleaseError(f"{version!r} is no version such as 1.2.3")
    branch = _run("git", "rev-parse", "--abbrev-ref", "HEAD").strip()
    if branch != BRANCH:
        raise ReleaseError(f"releases are made from {BRANCH}, this is {branch}")
    changed = _run("git", "status", "--porcelain")
    if changed:
        raise ReleaseError(f"the checkout has changes that are not committed:\n{changed}")
    released = [tag for tag in _run("git", "tag", "--list").split() if VERSION.fullmatch(tag)]
    newest = max(released, key=_numbers, default=None)
    if newest and _numbers(version) <= _numbers(newest):
        raise ReleaseError(f"{version} does not come after {newest}")
    if not any((ROOT / "changelogs" / "fragments").glob("*.y*ml")):
        raise ReleaseError("there is no changelog fragment, so nothing to release")


def write(version: str) -> None:
    """Set the version and move the fragments into the changelog."""
    galaxy = ROOT / "galaxy.yml"
    text, count = re.subn(r"(?m)^version: .*$", f"version: {version}", galaxy.read_text(encoding="utf-8"))
    if count != 1:
        raise ReleaseError("galaxy.yml has no version, or several")
    galaxy.write_text(text, encoding="utf-8")
    _run("antsibull-changelog", "release", "--version", version)
    _run("antsibull-changelog", "lint")
    releases = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
    if version not in releases:
        raise ReleaseError(f"antsibull-changelog has made no release {version}")


def _add_written() -> None:
    """Tell git of all that a release writes or removes."""
    _run("git", "add", "--all", *(name for name in WRITTEN if (ROOT / name).exists()))


def release(version: str, checks: Sequence[str]) -> Path:
    """Make the release and return the archive. Raises ReleaseError; the checkout is then as before."""
    check_preconditions(version)
    print(f"release: checking ({shlex.join(checks)})", flush=True)
    if subprocess.run(checks, cwd=ROOT, check=False).returncode:
        raise ReleaseError(f"{shlex.join(checks)} failed")
    before = _run("git", "rev-parse", "HEAD").strip()
    try:
        write(version)
        try:
            # The archive's check compares with what git knows.
            _add_written()
            archive = artifact.check(ROOT / "build")
        except SystemExit as error:
            raise ReleaseError(str(error)) from error
        _run("git", "commit", "--quiet", "--message", f"Release {version}")
        _run("git", "tag", "--annotate", version, "--message", f"fortiops.fortitoken {version}")
    except BaseException:
        # The checkout was clean, so nothing of anybody's is lost. Files that are new go only when git knows them; the
        # commit goes, too, where only the tag could not be made. An archive that was not released is not kept.
        try:
            _add_written()
        finally:
            _run("git", "reset", "--quiet", "--hard", before)
            (ROOT / "build" / f"fortiops-fortitoken-{version}.tar.gz").unlink(missing_ok=True)
        raise
    return archive


def main() -> None:
    parser = argparse.ArgumentParser(description="Check, write the changelog, build, commit and tag.")
    parser.add_argument("version", help="such as 1.2.3")
    parser.add_argument("--checks", default=CHECKS, help="what must succeed first (default: %(default)s)")
    arguments = parser.parse_args()
    try:
        archive = release(arguments.version, shlex.split(arguments.checks))
    except ReleaseError as error:
        raise SystemExit(f"release: {error}") from error
    print(f"release: {archive} is built and {arguments.version} is tagged. To publish:")
    print(f"  git push origin {BRANCH} {arguments.version}")
    print(f"  ansible-galaxy collection publish {archive.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
