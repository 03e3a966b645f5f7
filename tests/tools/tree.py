# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy the checkout to a folder where the Ansible tools accept it as a collection.

ansible-test runs only in a real path ``.../ansible_collections/fortiops/fortitoken`` (it resolves links), and looks at
ignored files too unless the collection is a git repository of its own. So the checks run on a copy of what git knows
or would add, kept up to date by size and time.

    python -m tests.tools.tree TREE
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = Path("ansible_collections") / "fortiops" / "fortitoken"


class TreeError(Exception):
    """The checkout cannot be copied; the text says why."""


def listed(folder: Path) -> set[str]:
    """Return the paths, relative to ``folder``, of all files that git tracks there or would add.

    Raises TreeError when ``folder`` is not the top of a git repository.
    """
    if not (folder / ".git").exists():
        raise TreeError(f"{folder} is not a git checkout: clone the repository instead of unpacking an archive")
    # CI systems often check out as another user than the one who runs the job; git refuses that unless told.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    output = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE).stdout
    names = {os.fsdecode(name) for name in output.split(b"\0") if name}
    # Listed but deleted in the working copy: gone.
    return {name for name in names if os.path.lexists(folder / name)}


def _same(source: Path, target: Path) -> bool:
    if source.is_symlink() or target.is_symlink() or not target.is_file():
        return False
    a, b = source.stat(), target.stat()
    return (a.st_size, a.st_mtime_ns, a.st_mode) == (b.st_size, b.st_mtime_ns, b.st_mode)


def refresh(tree: Path) -> Path:
    """Bring the copy of the checkout below ``tree`` up to date and return the collection's folder in it.

    Raises TreeError, OSError and subprocess.CalledProcessError.
    """
    collection = tree / COLLECTION
    collection.mkdir(parents=True, exist_ok=True)
    with (tree / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (collection / ".git").exists():
            subprocess.run(["git", "init", "--quiet", str(collection)], check=True)
        wanted = listed(ROOT)
        for name in listed(collection) - wanted:
            (collection / name).unlink()
        for name in sorted(wanted):
            source, target = ROOT / name, collection / name
            if not _same(source, target):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                shutil.copy2(source, target, follow_symlinks=False)
        # Git tells the tools reliably what is ignored only in folders that hold a tracked file.
        subprocess.run(["git", "add", "--all"], cwd=collection, check=True)
    return collection


def main() -> None:
    parser = argparse.ArgumentParser(description="Copy the checkout below TREE as an Ansible collection.")
    parser.add_argument("tree", type=Path)
    try:
        refresh(parser.parse_args().tree)
    except (TreeError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"tree: {error}") from error


if __name__ == "__main__":
    main()
