# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a careful engineer runs first: the whole run on a simulated copy of their own unit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import COLLECTIONS_PATH, ROOT
from tests.offline import backup, shell_of

UNIT = {
    "hostname": "fw-berlin",
    "tokens": [{"serial": f"FTK200BAA000000{number}", "seed": True, "state": "active"} for number in range(2)],
    "users": [{"name": "jdoe", "fortitoken": "FTK200BAA0000000", "passwd": "made-up-password"}],
}


def test_a_rehearsal_shows_lines_users_and_report_of_a_run_that_is_broken_off(tmp_path: Path) -> None:
    config = tmp_path / "fw.conf"
    config.write_text(backup(shell_of(UNIT)), encoding="utf-8")
    plan = "the line drops at step 60"
    done = subprocess.run(
        [sys.executable, "-m", "tests.tools.rehearse", str(config), "--released", "all", "--faults", plan],
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(COLLECTIONS_PATH)},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert "The playbook runs again" in done.stdout
    assert re.search(r"Every line that was sent \(\d{2,}\)", done.stdout)
    assert 'delete "FTK200BAA0000000"' in done.stdout
    assert re.search(r"jdoe \(VDOM root\): \d+\.\d s", done.stdout)
    assert "A promise was broken" not in done.stdout
    assert "FTK200BAA0000000  jdoe" in done.stdout
    assert "FTK200BAA0000001" in done.stdout
    page = re.search(r"The report, to open in a browser: (.+)$", done.stdout, re.MULTILINE)
    assert page, done.stdout
    assert Path(page[1]).is_file()
    assert "made-up-password" not in done.stdout
