# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each source file is short enough to read at one sitting, and its tests are where its name says."""

from __future__ import annotations

from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
TESTS = Path(__file__).parent / "plugins"
MOST_LINES = 500

SOURCES = sorted(path.relative_to(PLUGINS) for path in PLUGINS.rglob("*.py") if path.name != "__init__.py")
# Ansible's own interface names the other plugins, and their documentation and integration tests say what they do.
UTILITIES = [path for path in SOURCES if path.parts[0] in ("module_utils", "plugin_utils")]


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_no_file_is_longer_than_500_lines(source: Path) -> None:
    assert len((PLUGINS / source).read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("source", UTILITIES, ids=str)
def test_the_tests_of_a_file_are_named_after_it(source: Path) -> None:
    tests = TESTS / source.with_name(f"test_{source.name.lstrip('_')}")
    assert tests.is_file(), f"{source} needs {tests.relative_to(TESTS.parents[2])}"
