# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The place to run playbooks in, as in the integration tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import place

__all__ = ["place"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Several playbook runs in one test may take long on a machine that does other things, too."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(900))
