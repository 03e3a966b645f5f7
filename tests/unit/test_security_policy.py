# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The threat model names files and tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_file_of_the_threat_model_is_there() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    rows = [line for line in text.split("\n") if line.startswith("| **")]
    assert len(rows) == 7
    known = {str(path) for folder in ("plugins", "tests/unit") for path in (ROOT / folder).rglob("*")}
    for name in re.findall(r"`([\w/]+(?:\.py|/))`", "\n".join(rows)):
        assert any(path.endswith(f"/{name.rstrip('/')}") for path in known), name
    assert all(re.search(r"`[\w/]*test_\w+\.py`", row) for row in rows)
