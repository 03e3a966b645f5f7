# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A target is known to OpenSSH by its name, and by its port where that is another one."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.target import Target


@pytest.mark.parametrize(("port", "name"), [(22, "192.0.2.10"), (2222, "[192.0.2.10]:2222")])
def test_the_name_of_the_host_key(port: int, name: str) -> None:
    assert Target("192.0.2.10", port).known_as == name


def test_the_host_key_is_checked_unless_told_otherwise() -> None:
    assert Target("192.0.2.10").check_host_key
