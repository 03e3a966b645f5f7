# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The release procedure, in a repository of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.tools.tree import listed

IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Release Test"), ("EMAIL", "release@example.com"))
}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A committed copy of the checkout, on the branch that releases are made from."""
    folder = tmp_path / "ansible_collections" / "fortiops" / "fortitoken"
    for name in sorted(listed(ROOT)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Before")
    return folder


def git(folder: Path, *arguments: str) -> str:
    result = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **IDENTITY}, check=True, stdout=subprocess.PIPE, text=True
    )
    return result.stdout.strip()


def release(folder: Path, version: str, checks: str = "true") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.tools.release", version, "--checks", checks],
        cwd=folder,
        env={**os.environ, **IDENTITY, "PYTHONPATH": ""},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_release_is_one_command(clone: Path) -> None:
    done = release(clone, "7.8.9")
    assert done.returncode == 0, done.stdout
    assert git(clone, "status", "--porcelain") == ""
    assert git(clone, "cat-file", "-t", "7.8.9") == "tag", "the tag must be an annotated one"
    assert git(clone, "rev-parse", "7.8.9^{commit}") == git(clone, "rev-parse", "HEAD")
    assert "version: 7.8.9" in git(clone, "show", "7.8.9:galaxy.yml").splitlines()
    assert '<a id="v7-8-9"></a>' in git(clone, "show", "7.8.9:CHANGELOG.md")
    assert list((clone / "changelogs" / "fragments").glob("*.yml")) == []
    with tarfile.open(clone / "build" / "fortiops-fortitoken-7.8.9.tar.gz") as archive:
        names = archive.getnames()
    assert "CHANGELOG.md" in names
    assert not [name for name in names if name.startswith(("tests/tools", "tests/platform", "examples"))]

    again = release(clone, "7.8.9")
    assert again.returncode == 1
    assert "does not come after 7.8.9" in again.stdout


@pytest.mark.parametrize(
    ("version", "checks", "spoil", "says"),
    [
        ("1.0", "true", None, "no version"),
        ("1.0.0", "false", None, "false failed"),
        ("1.0.0", "true", "README.md", "not committed"),
        ("1.0.0", "true", "changelogs/fragments/wrong.yml", ""),
    ],
)
def test_a_refused_release_changes_nothing(
    clone: Path, version: str, checks: str, spoil: str | None, says: str
) -> None:
    if spoil:
        (clone / spoil).write_text("no_such_section:\n  - text\n", encoding="utf-8")
    if not says:
        git(clone, "add", "--all")
        git(clone, "commit", "--quiet", "--message", "A fragment that is wrong")
    before = (git(clone, "rev-parse", "HEAD"), git(clone, "status", "--porcelain"))
    done = release(clone, version, checks)
    assert done.returncode == 1
    assert says in done.stdout
    assert (git(clone, "rev-parse", "HEAD"), git(clone, "status", "--porcelain")) == before
    assert git(clone, "tag", "--list") == ""
