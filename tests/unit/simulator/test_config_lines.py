# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which lines are configuration lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.config_lines import configuration_lines, configures

Make = Callable[..., Any]
VDOMS = {"vdom_mode": "multi", "vdoms": ["root", "dmz"]}


@pytest.mark.parametrize(
    ("before", "line", "expected"),
    [
        ((), "config global", False),
        ((), "conf vdom", False),
        ((), "get system status", False),
        ((), "nonsense", False),
        ((), "", False),
        (("config vdom",), "edit dmz", False),
        (("config vdom", "edit dmz"), "execute fortitoken activate FTK200AAAA000001", False),
        (("config vdom", "edit dmz"), "end", False),
        (("config vdom", "edit dmz"), "config user local", True),
        (("config vdom", "edit dmz", "config user local"), "show", False),
        (("config vdom", "edit dmz", "config user local"), "edit alice", True),
        (("config vdom", "edit dmz", "config user local", "edit a"), "set status disable", True),
        (("config vdom", "edit dmz", "config user local", "edit a"), "end", True),
    ],
)
def test_lines(desk: Make, before: tuple[str, ...], line: str, expected: bool) -> None:
    unit = desk(**VDOMS)
    unit(*before)
    assert configures(unit.shell, line) == expected


def test_the_log_names_the_configuration_lines_of_a_session(serve: Make, connect: Make) -> None:
    simulator = serve(
        tokens=[{"serial": "FTK200AAAA000001"}], central_management={"type": "fortimanager", "fmg": "192.0.2.5"}
    )
    client = connect(simulator)
    client.until("# ")
    lines = ["execute fortitoken activate FTK200AAAA000001", "config user fortitoken", "end", "show user local"]
    client.send("".join(line + "\n" for line in [*lines, "exit"]))
    client.rest()
    assert configuration_lines(simulator.events) == lines[1:3]
    assert configuration_lines(simulator.events, session=99) == []
