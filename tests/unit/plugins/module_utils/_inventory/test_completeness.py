# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A listing that lost rows is refused."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ParseError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.parsers import parse_status_list

ROWS = "FORTITOKEN  DRIFT  STATUS\nFTK200EXAMPLE001    0  active\nFTK200EXAMPLE002    0  new\n"


@pytest.mark.parametrize("trailer", ["", "Total activated token: 1\n", "Total activated token: 2\n"])
def test_as_many_rows_as_the_unit_counts(trailer: str) -> None:
    text = f"{ROWS}\n{trailer}Total global activated token: 900\nToken server status: reachable\n"
    assert len(parse_status_list(text).rows) == 2


def test_fewer_rows_than_the_unit_counts() -> None:
    with pytest.raises(ParseError, match="counts 3 activated tokens and lists 2"):
        parse_status_list(f"{ROWS}\nTotal activated token: 3\nToken server status: reachable\n")
