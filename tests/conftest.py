# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the collection and the simulator importable, from a checkout as well as from a copy of it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]


def _collections_path() -> Path:
    """Return the folder that holds ``ansible_collections/fortiops/fortitoken``.

    A checkout has another name, so there the collection is reached through a link.
    """
    if ROOT.parts[-3:] == ("ansible_collections", "fortiops", "fortitoken"):
        return ROOT.parents[2]
    path = ROOT / ".cache" / "linked"
    link = path / "ansible_collections" / "fortiops" / "fortitoken"
    link.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        link.symlink_to(ROOT, target_is_directory=True)
    return path


# A shell starts what runs in its background with SIGINT ignored, and every process below inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Settings of the person who runs the tests must not decide how they end.
for _name in [name for name in os.environ if name.startswith("ANSIBLE_")]:
    del os.environ[_name]

COLLECTIONS_PATH = _collections_path()
# Each session with a unit is a process of its own: what it imports is compiled once, not once for each of them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(COLLECTIONS_PATH)
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
sys.path[:0] = [str(COLLECTIONS_PATH), str(ROOT)]

# Property tests draw the same examples in each run, so that a pipeline fails for what was changed and for nothing else.
# FUZZ=yes draws new ones. No example has a deadline: on a busy machine any of them may wait for a second.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None)
settings.load_profile("fuzz" if os.environ.get("FUZZ") else "steady")
