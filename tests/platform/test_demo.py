# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a newcomer types first: the demonstration, and the way from a checkout to an installed collection."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.tools import demo

from .documents import commands

BIN = Path(sys.executable).parent


def recipe(target: str) -> str:
    """The last command of a make target. Its environment is that of this test, not one that make would set up."""
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", target], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()[-1]


def run(command: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        shell=True,
        cwd=ROOT,
        env={**os.environ, "HOME": str(home), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **environment},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_the_demonstration_touches_nothing_outside(home: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    shown = {
        # Waves, a claim that Fortinet contradicts, and a mobile token.
        "demo": ("wave 2 of 2", "The lock release did not take effect for FTK200MIGRATE003", "provision timeout -> "),
        "demo-again": (" 0 changing lines",),
    }
    for target, texts in shown.items():
        command = recipe(target)
        assert "tests.tools.demo" in command
        done = run(command, home, TMPDIR=str(temporary))
        assert done.returncode == 0, done.stdout
        for text in texts:
            assert text in done.stdout
        page = re.search(r"The report, to open in a browser: (.+)$", done.stdout, re.MULTILINE)
        assert page and Path(page[1]).is_file()
        assert list(home.iterdir()) == []
        assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("deep", [False, True])
def test_a_checkout_too_deep_for_sockets_has_them_elsewhere(
    deep: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Path("/", *(["a" * 20] * 4 if deep else ["a"]))
    monkeypatch.setattr(demo, "WORK", work)
    with demo.ansible_home() as home:
        assert (home.parent != work) is deep
        assert len(os.fsencode(home / demo.SOCKET)) <= demo.SOCKET_BYTES
    assert not home.exists()


def test_the_archive_is_built_and_installed_as_readme_says(home: Path) -> None:
    built = run(recipe("build"), home)
    assert built.returncode == 0, built.stdout
    (install,) = (command for command in commands("README.md") if "build/" in command)
    # No Galaxy is asked: there is nothing behind this address.
    nobody = {"ANSIBLE_GALAXY_SERVER": "http://127.0.0.1:1/", "ANSIBLE_COLLECTIONS_PATH": str(home / "collections")}
    done = run(install, home, **nobody)
    assert done.returncode == 0, done.stdout
    installed = home / "collections" / "ansible_collections" / "fortiops" / "fortitoken"
    assert (installed / "playbooks" / "remediate_tokens.yml").is_file()
    assert not (installed / "tests" / "simulator").exists()
