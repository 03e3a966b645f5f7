# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show the archive to galaxy-importer, which decides on Galaxy and Automation Hub whether a collection is taken.

    python -m tests.tools.importer WORK_DIR

Runs offline. galaxy-importer ends successfully in spite of findings, so any warning or error in its log is a failure.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from tests.tools import artifact
from tests.tools.tree import ROOT

CONFIG = """\
[galaxy-importer]
CHECK_CHANGELOG = True
CHECK_REQUIRED_TAGS = True
RUN_ANSIBLE_DOC = True
RUN_ANSIBLE_LINT = True
RUN_ANSIBLE_TEST = False
RUN_FLAKE8 = False
"""


def configuration(version: str) -> str:
    """The importer's configuration. Automation Hub takes certified collections from 1.0.0 on, which is checked then."""
    return f"{CONFIG}REQUIRE_V1_OR_GREATER = {int(version.split('.', maxsplit=1)[0]) >= 1}\n"


def check(work: Path) -> None:
    """Build the archive in ``work`` and import it; raises SystemExit with galaxy-importer's log on any finding."""
    archive = artifact.check(work)
    config = work / "galaxy-importer.cfg"
    version: str = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    config.write_text(configuration(version), encoding="utf-8")
    bin_dir = Path(sys.executable).parent
    environment = dict(os.environ, GALAXY_IMPORTER_CONFIG=str(config))
    environment["PATH"] = f"{bin_dir}{os.pathsep}{environment['PATH']}"
    result = subprocess.run(
        [sys.executable, "-m", "galaxy_importer.main", archive.name],
        cwd=work,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode or re.search(r"^(WARNING|ERROR|CRITICAL)", result.stdout, re.MULTILINE):
        raise SystemExit(f"{result.stdout}\ngalaxy-importer: findings in {archive.name}")
    if "Importer processing completed successfully" not in result.stdout:
        raise SystemExit(f"{result.stdout}\ngalaxy-importer: did not finish")
    print(f"importer: {archive.name} ok")


def main() -> None:
    parser = argparse.ArgumentParser(description="Show the archive to galaxy-importer.")
    parser.add_argument("work", type=Path, help="folder for the archive and the importer's files")
    check(parser.parse_args().work.absolute())


if __name__ == "__main__":
    main()
