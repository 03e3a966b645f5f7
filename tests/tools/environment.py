# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check what the collection tells ansible-builder, and that the example of an execution environment can be built from.

    python -m tests.tools.environment TREE

``introspect`` must find every requirement of ``meta/``; ``create`` must accept the example and write a build context.
No image is built, which needs a container engine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tests.tools.tree import COLLECTION

BUILDER = str(Path(sys.executable).parent / "ansible-builder")
NAME = "fortiops.fortitoken"


def _run(*arguments: str, folder: Path) -> str:
    """Run ansible-builder in ``folder`` and return its standard output; raises SystemExit when it fails."""
    result = subprocess.run(
        [BUILDER, *arguments], cwd=folder, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if result.returncode:
        raise SystemExit(f"{result.stdout}{result.stderr}\nansible-builder {' '.join(arguments)}: failed")
    return result.stdout


def _requirements(path: Path) -> set[str]:
    """Return the entries of a requirement file, without comments."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return {line for line in lines if line}


def check(tree: Path) -> None:
    """Raise SystemExit with what is wrong with the execution environment of the collection in ``tree``."""
    source = tree / COLLECTION
    found: dict[str, Any] = yaml.safe_load(_run("introspect", str(tree), folder=tree))
    declared = {
        "python": _requirements(source / "meta" / "ee-requirements.txt"),
        "system": _requirements(source / "meta" / "ee-bindep.txt"),
    }
    for kind, wanted in declared.items():
        entries = (entry.partition("  # from collection ") for entry in found[kind])
        seen = {requirement for requirement, _mark, collection in entries if collection == NAME}
        if seen != wanted:
            raise SystemExit(f"ansible-builder introspect: {kind} is {sorted(seen)}, not {sorted(wanted)}")
    with tempfile.TemporaryDirectory(prefix="fortitoken-ee-") as temporary:
        context = Path(temporary)
        definition = source / "examples" / "awx-project" / "execution-environment.yml"
        create = ["create", "--file", str(definition), "--context", temporary, "--output-filename", "Containerfile"]
        _run(*create, folder=definition.parent)
        galaxy = yaml.safe_load((context / "_build" / "requirements.yml").read_text(encoding="utf-8"))
        if [entry["name"] for entry in galaxy["collections"]] != [NAME]:
            raise SystemExit(f"ansible-builder create: the build context would install {galaxy}")
        if "requirements.yml" not in (context / "Containerfile").read_text(encoding="utf-8"):
            raise SystemExit("ansible-builder create: the Containerfile installs no collection")
    print(f"environment: python {sorted(declared['python'])}, system {sorted(declared['system'])}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Check the execution environment's definitions.")
    parser.add_argument("tree", type=Path)
    check(parser.parse_args().tree.absolute())


if __name__ == "__main__":
    main()
