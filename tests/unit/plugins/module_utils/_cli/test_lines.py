# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines for a unit consist of their parts and of nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import statements, words
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.lines import Code, Serial, Value, make_line

TEXT = st.text(max_size=40) | st.sampled_from(
    ['"', "\\", '\\"', 'x"\nend\nconfig system admin', "x\r\nend", "x; end", "x\nset passwd y", "?", "\t", "#", "$(id)"]
)


@given(st.sampled_from(["comments", "two-factor", "tacacs+-server"]), st.lists(TEXT, max_size=3))
def test_any_value_stays_one_value_of_one_statement(name: str, values: list[str]) -> None:
    try:
        made = make_line("set", name, *map(Value, values))
    except ValueError:
        assert re.search(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "".join(values))
        return
    [statement] = statements(made)
    assert statement.keyword == "set" and statement.closed
    assert words(statement.rest) == [name, *values]


@given(TEXT)
def test_no_text_passes_for_a_keyword_a_serial_or_a_code(text: str) -> None:
    for kind, pattern in (
        (str, r"[a-z0-9-][a-z0-9+_.-]{0,62}"),
        (Serial, r"FTK[0-9A-Z]{13}"),
        (Code, r"[0-9A-Za-z]{4,40}(-[0-9A-Za-z]{4,40}){0,9}"),
    ):
        if re.fullmatch(pattern, text):
            assert make_line("execute", kind(text)) == f"execute {text}"
        else:
            with pytest.raises(ValueError, match="needs a"):
                make_line("execute", kind(text))


def test_a_line() -> None:
    assert make_line("edit", Value('a "b" c')) == 'edit "a \\"b\\" c"'
    assert (
        make_line("execute", "fortitoken", "activate", Serial("FTK200BAA0000000"))
        == "execute fortitoken activate FTK200BAA0000000"
    )
    code = "DA8C-0508-1F31-4CF7-C990"
    assert make_line("execute", "fortitoken-mobile", "import", Code(code)) == f"execute fortitoken-mobile import {code}"


@pytest.mark.parametrize("text", ["FTK200BAA0000000\nend", "ftk200baa0000000", "FTK200BAA000000\u0660", ""])
def test_what_is_no_serial(text: str) -> None:
    with pytest.raises(ValueError, match="needs a FortiToken serial") as caught:
        make_line("delete", Serial(text))
    assert not text or text not in str(caught.value)
