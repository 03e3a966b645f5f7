# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a unit or a file names, the lines of a script are those of the plan and no more."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import WORD, words
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    USER,
    Binding,
    Entry,
    Token,
    Unit,
)

UNIT = Unit("fw", "FGT60FEXAMPLE001", "FortiGate-60F", "7.4.8", "2795", "none", ("root",), "admin")
ODD = st.sampled_from(
    [
        'x"\nnext\nend\nconfig system admin\nedit "evil"\nset accprofile super_admin',
        "x\nset passwd evil",
        '\\"',
        "\\",
        '"',
        "a b",
        "$(reboot)",
        "`reboot`",
        "; reboot",
        "? ",
        "\t",
        "#",
        "<redacted>",
        "-1",
    ]
)
TEXT = ODD | st.text(max_size=20)
SERIAL = st.from_regex(r"FTK(MOB|200)[0-9A-Z]{10}", fullmatch=True)


def shape(line: str) -> list[str]:
    """The line with each value in quotes as a dot."""
    return ["." if quoted or not bare else bare for quoted, bare in WORD.findall(line)]


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT, TEXT)
def test_the_lines_of_a_change_are_those_of_the_plan(name: str, serial: str, comment: str) -> None:
    entry = Entry(serial, "root", (("comments", (comment,)),))
    binding = Binding(serial, USER, name, "root", "fortitoken", "enable")
    with suppress(ValueError):
        purge = script.purge([entry], [binding], UNIT)
        restore = script.restore([entry], [binding], UNIT)
        enable = script.enable_users([binding], UNIT)
        assert [shape(line) for batch in purge for line in batch.lines] == [
            ["config", "user", "local"],
            ["edit", "."],
            ["set", "status", "disable"],
            ["unset", "two-factor"],
            ["next"],
            ["end"],
            ["config", "user", "fortitoken"],
            ["delete", "."],
            ["end"],
        ]
        lines = [line for batch in (*restore, *enable) for line in batch.lines]
        assert " ".join(line.partition(" ")[0] for line in lines) == (
            "config edit set next end config edit set set next end config edit set set set next end"
        )
        assert words(lines[1]) == ["edit", serial] and words(lines[2]) == ["set", "comments", comment]
        assert words(lines[6]) == ["edit", name] and words(lines[8]) == ["set", "fortitoken", serial]


@given(TEXT)
def test_an_attribute_name_is_one_word_or_the_script_is_refused(name: str) -> None:
    with suppress(ValueError):
        [batch] = script.restore([Entry("FTK200EXAMPLE001", "root", ((name, ("x",)),))], [], UNIT)
        assert words(batch.lines[2]) == ["set", name, "x"] and shape(batch.lines[2])[1] == name


@given(st.lists(SERIAL | TEXT, min_size=1, max_size=3))
def test_only_serials_are_activated(serials: list[str]) -> None:
    tokens: list[Any] = [Token(serial, "root") for serial in serials]
    with suppress(ValueError):
        for batch in (*script.activate(tokens, UNIT), *script.provision(tokens, UNIT)):
            for line in batch.lines:
                head, *rest = line.split(" ")[0:3], *line.split(" ")[3:]
                assert head[:2] in (["execute", "fortitoken"], ["execute", "fortitoken-mobile"])
                assert set(rest) <= set(serials) and all(len(serial) == 16 for serial in rest)
