# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the collection ``awx.awx`` below a folder, taken out of PyPI's ``ansible`` package.

    python -m tests.tools.awx_collection COLLECTIONS_DIR

Galaxy is not asked. Only the wheel is downloaded (54 MB), and only this collection is unpacked.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PREFIX = "ansible_collections/awx/awx/"
# The first and the last release series whose awx.awx the examples were tried with.
REQUIREMENT = "ansible>=10,<15"


def install(destination: Path) -> Path:
    """Unpack awx.awx below ``destination`` and return its folder.

    Raises subprocess.CalledProcessError when pip cannot get the package, RuntimeError when it holds no awx.awx.
    """
    with tempfile.TemporaryDirectory(prefix="fortitoken-") as temporary:
        pip = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--only-binary", ":all:", "--dest", temporary, REQUIREMENT], check=True)
        (wheel,) = Path(temporary).glob("ansible-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.startswith(PREFIX)]
            if not names:
                raise RuntimeError(f"{wheel.name} holds no collection awx.awx")
            archive.extractall(destination, names)
    return destination / PREFIX


def main() -> None:
    parser = argparse.ArgumentParser(description="Put the collection awx.awx below a folder.")
    parser.add_argument("destination", type=Path)
    print(f"setup: {install(parser.parse_args().destination)}")


if __name__ == "__main__":
    main()
