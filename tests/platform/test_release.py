# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The release procedure, in a repository of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.tools.tree import listed

IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Release Test"), ("EMAIL", "release@example.com"))
}
FRAGMENT = """---
release_summary: The first release.
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A committed copy of the checkout, on the branch that releases are made from, as before the first release."""
    folder = tmp_path / "fortiops.fortitoken"
    for name in sorted(listed(ROOT)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    # How many releases there were, and what the next one has to tell, must not decide how a test ends.
    for old in (*folder.glob("CHANGELOG.*"), *folder.glob("changelogs/fragments/*.yml")):
        old.unlink()
    (folder / "changelogs" / "changelog.yaml").write_text("---\nancestor: null\nreleases: {}\n", encoding="utf-8")
    # Right after a release there is no folder of fragments: git keeps none that is empty.
    (folder / "changelogs" / "fragments").mkdir(exist_ok=True)
    (folder / "changelogs" / "fragments" / "first.yml").write_text(FRAGMENT, encoding="utf-8")
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
    # As from a shell in which the virtual environment is not activated.
    own = str(Path(sys.executable).parent)
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if part != own)
    return subprocess.run(
        [sys.executable, "-m", "tests.tools.release", version, "--checks", checks],
        cwd=folder,
        env={**os.environ, **IDENTITY, "PYTHONPATH": "", "PATH": path},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_release_is_one_command(clone: Path) -> None:
    done = release(clone, "1.0.0")
    assert done.returncode == 0, done.stdout
    assert git(clone, "status", "--porcelain") == ""
    assert git(clone, "cat-file", "-t", "1.0.0") == "tag", "the tag must be an annotated one"
    assert git(clone, "rev-parse", "1.0.0^{commit}") == git(clone, "rev-parse", "HEAD")
    assert "version: 1.0.0" in git(clone, "show", "1.0.0:galaxy.yml").splitlines()
    changelog = git(clone, "show", "1.0.0:CHANGELOG.md")
    assert '<a id="v1-0-0"></a>' in changelog
    assert_all_that_is_new_is_listed(changelog, "1.0.0")
    assert list((clone / "changelogs" / "fragments").glob("*.yml")) == []
    with tarfile.open(clone / "build" / "fortiops-fortitoken-1.0.0.tar.gz") as archive:
        names = archive.getnames()
    assert "CHANGELOG.md" in names
    assert not [name for name in names if name.startswith(("tests/tools", "tests/platform", "examples"))]

    again = release(clone, "1.0.0")
    assert again.returncode == 1
    assert "does not come after 1.0.0" in again.stdout

    later = sorted({added for _kind, _name, added in plugins()} - {"1.0.0"})
    assert later
    for version in later:
        fragment = clone / "changelogs" / "fragments" / "next.yml"
        fragment.parent.mkdir(exist_ok=True)
        fragment.write_text(FRAGMENT, encoding="utf-8")
        git(clone, "add", "--all")
        git(clone, "commit", "--quiet", "--message", f"Before {version}")
        done = release(clone, version)
        assert done.returncode == 0, done.stdout
        changelog = git(clone, "show", f"{version}:CHANGELOG.md")
        assert_all_that_is_new_is_listed(changelog, version)
    # Whatever release brought it: what no changelog names would be missing for its users.
    names = re.findall(r"^[-*] fortiops\.fortitoken\.(\S+)", changelog.replace("\\", ""), re.MULTILINE)
    assert sorted(names) == sorted(name for _kind, name, _added in plugins())


def plugins() -> list[tuple[str, str, str]]:
    """Every module, connection and role that users call: heading in the changelog, name, release that brought it."""
    found = []
    for kind, folder in (("New Modules", "modules"), ("Connection", "connection")):
        for path in sorted((ROOT / "plugins" / folder).glob("*.py")):
            added = re.search(r"^version_added: (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert added, path
            found.append((kind, path.stem, added[1]))
    for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        found.append(("New Roles", path.parts[-3], str(specs["main"]["version_added"])))
    return found


def assert_all_that_is_new_is_listed(changelog: str, version: str) -> None:
    """Every module, plugin and role of that release that users call, with a heading for each kind."""
    newest = changelog[: changelog.find('<a id="v', changelog.index(f'<a id="v{version.replace(".", "-")}"></a>') + 1)]
    parts = re.findall(r"^#{3,4} (.+)\n((?:(?!#).*\n?)*)", newest.replace("\\", ""), re.MULTILINE)
    listed_there = {kind: re.findall(r"^[-*] fortiops\.fortitoken\.(\S+)", text, re.MULTILINE) for kind, text in parts}
    for kind in ("New Modules", "Connection", "New Roles"):
        expected = sorted(name for of, name, added in plugins() if (of, added) == (kind, version))
        assert expected
        assert listed_there[kind] == expected


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


def test_a_tag_that_cannot_be_made_leaves_nothing_behind(clone: Path) -> None:
    """The tag is the last step: the commit is there by then."""
    git(clone, "config", "tag.gpgSign", "true")
    git(clone, "config", "gpg.program", "false")
    before = (git(clone, "rev-parse", "HEAD"), git(clone, "status", "--porcelain"), sorted(listed(clone)))
    done = release(clone, "1.0.0")
    assert done.returncode == 1
    assert "git tag --annotate 1.0.0" in done.stdout
    assert (git(clone, "rev-parse", "HEAD"), git(clone, "status", "--porcelain"), sorted(listed(clone))) == before
    assert git(clone, "tag", "--list") == ""
    assert not list((clone / "build").glob("*.tar.gz"))
