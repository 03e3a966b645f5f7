# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the console asks of a line is what SSH and the tests' unit offer."""

from __future__ import annotations

import inspect

import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.transport import Transport
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.terminal import SshTerminal
from tests.unit.plugins.plugin_utils._console.fake_unit import FakeUnit


@pytest.mark.parametrize("kind", [SshTerminal, FakeUnit])
@pytest.mark.parametrize("name", ["send", "recv", "close"])
def test_a_line_takes_what_the_console_gives(kind: type, name: str) -> None:
    expected, offered = (inspect.signature(getattr(owner, name)) for owner in (Transport, kind))
    assert list(offered.parameters) == list(expected.parameters)
