# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without paramiko the collection loads, and says what is missing when it is needed."""

from __future__ import annotations

import subprocess
import sys

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh import library

WITHOUT = """
import sys
sys.modules["paramiko"] = None
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh import library, terminal
assert library.paramiko is None
try:
    terminal.connect(terminal.Target("192.0.2.10"))
except Exception as error:
    print(type(error).__name__, error)
"""


def test_what_is_installed_is_handed_out() -> None:
    assert library.PARAMIKO_ERROR is None
    assert library.paramiko.Transport


def test_without_paramiko_a_login_says_so() -> None:
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False, env=_environment()
    )
    assert run.stdout.startswith("ConsoleFailure the Python package paramiko is needed on the controller: "), run.stderr


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(sys.path), "LC_ALL": "C.UTF-8"}
