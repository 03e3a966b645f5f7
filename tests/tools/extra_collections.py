# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the collections that the examples use below a folder, taken out of PyPI's ``ansible`` package.

    python -m tests.tools.extra_collections COLLECTIONS_DIR

Galaxy is not asked. Only the wheel is downloaded (54 MB), and only these collections are unpacked.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

COLLECTIONS = ("awx.awx", "community.general", "community.hashi_vault", "cyberark.conjur")
# The first and the last release series whose collections the examples were tried with.
REQUIREMENT = "ansible>=10,<15"


def install(destination: Path) -> Path:
    """Unpack the collections below ``destination`` and return the folder of all.

    Raises subprocess.CalledProcessError when pip cannot get the package, RuntimeError when it lacks one of them.
    """
    prefixes = tuple(f"ansible_collections/{name.replace('.', '/')}/" for name in COLLECTIONS)
    with tempfile.TemporaryDirectory(prefix="fortitoken-") as temporary:
        pip = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--only-binary", ":all:", "--dest", temporary, REQUIREMENT], check=True)
        (wheel,) = Path(temporary).glob("ansible-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.startswith(prefixes)]
            missing = [prefix for prefix in prefixes if f"{prefix}MANIFEST.json" not in names]
            if missing:
                raise RuntimeError(f"{wheel.name} does not have {', '.join(missing)}")
            archive.extractall(destination, names)
    return destination / "ansible_collections"


def main() -> None:
    parser = argparse.ArgumentParser(description="Put the collections of the examples below a folder.")
    parser.add_argument("destination", type=Path)
    print(f"setup: {install(parser.parse_args().destination)}")


if __name__ == "__main__":
    main()
