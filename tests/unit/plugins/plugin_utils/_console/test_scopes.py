# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a list of VDOMs is believed."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from tests.unit.plugins.plugin_utils._console.fake_unit import FakeUnit
from tests.unit.plugins.plugin_utils._console.test_session import drive, log_in, run

LISTER = "diagnose sys vd list"
READING = Batch(("get x",), "vdom:root")
EDITING = Batch(("config user local", "end"), "vdom:root")


@pytest.mark.parametrize(
    ("batch", "age", "asked"),
    [(READING, 9.0, False), (READING, 11.0, True), (EDITING, 0.5, False), (EDITING, 2.0, True)],
)
def test_vdoms_are_listed_again_when_the_list_is_old(batch: Batch, age: float, asked: bool) -> None:
    unit = FakeUnit(vdoms=("root",), answers={"get x": "y"})
    session = log_in(unit)
    drive(session.identify())
    unit.lines.clear()
    assert session.unit is not None
    session.unit.listed_at = unit.now - age
    run(session, batch)
    assert (LISTER in unit.lines) is asked
