# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a unit or a file names, the lines of a script are those of the plan and no more."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import WORD, words
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import MARK
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    GLOBAL,
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


MULTI = replace(UNIT, vdom_mode="multi", vdoms=("dmz", "root"))
ALICE = Binding("FTK200EXAMPLE001", USER, "alice", "root", "fortitoken", "enable")
BOB = Binding("FTK200EXAMPLE002", USER, "bob", "dmz", "fortitoken", "enable")
EMAIL = (("email-to", ("a@example.com",)),)


def told(batches: list[Batch]) -> dict[str | None, list[str]]:
    """The lines for each scope. Whatever changes a table stops at the first line that is refused."""
    assert all(batch.stop_on_error for batch in batches)
    return {batch.scope: list(batch.lines) for batch in batches}


def in_users(name: str, *lines: str) -> list[str]:
    return ["config user local", f'edit "{name}"', *lines, "next", "end"]


BIND = ("set two-factor fortitoken", 'set fortitoken "{}"')


@pytest.mark.parametrize(
    ("made", "lines"),
    [
        (script.disable_users([ALICE, BOB], MULTI), ("set status disable",)),
        (script.rebind([ALICE, BOB], MULTI), ("set status disable", *BIND)),
        (script.enable_users([ALICE, BOB], MULTI), (*BIND, "set status enable")),
        (script.restore([], [ALICE, BOB], MULTI), BIND),
        (script.amend_users([(ALICE, EMAIL), (BOB, EMAIL)], MULTI), ('set email-to "a@example.com"',)),
        (script.purge([], [ALICE, BOB], MULTI), ("set status disable", "unset two-factor")),
        (
            script.purge([], [ALICE, BOB], MULTI, thorough=True),
            ("set status disable", "set two-factor fortitoken", "unset fortitoken", "unset two-factor"),
        ),
    ],
    ids=["disable", "rebind", "enable", "restore", "amend", "purge", "purge by name"],
)
def test_each_user_is_changed_in_their_own_vdom(made: list[Batch], lines: tuple[str, ...]) -> None:
    assert told(made) == {
        "vdom:dmz": in_users("bob", *(line.format(BOB.serial) for line in lines)),
        "vdom:root": in_users("alice", *(line.format(ALICE.serial) for line in lines)),
    }


def test_each_entry_is_deleted_and_added_in_its_own_vdom() -> None:
    entries = [Entry(ALICE.serial, "root", (("comments", ("desk",)),)), Entry(BOB.serial, "dmz")]
    assert told(script.purge(entries, [], MULTI)) == {
        "vdom:dmz": ["config user fortitoken", f'delete "{BOB.serial}"', "end"],
        "vdom:root": ["config user fortitoken", f'delete "{ALICE.serial}"', "end"],
    }
    assert told(script.restore(entries, [], MULTI)) == {
        "vdom:dmz": ["config user fortitoken", f'edit "{BOB.serial}"', "next", "end"],
        "vdom:root": [
            "config user fortitoken",
            f'edit "{ALICE.serial}"',
            'set comments "desk"',
            "next",
            "end",
        ],
    }
    assert script.purge([], [], MULTI) == [] and script.restore([], [], MULTI) == []


def test_each_token_is_activated_once_and_twenty_go_in_a_line() -> None:
    serials = [f"FTK200EXAMPLE{number:03d}" for number in range(41)]
    [batch] = script.activate([Token(serial, "root") for serial in serials], UNIT)
    head = ["execute", "fortitoken", "activate"]
    assert [line.split() for line in batch.lines] == [
        head + serials[:20],
        head + serials[20:40],
        head + serials[40:],
    ]
    # The unit has heard of each token, whatever it says of another one.
    assert not batch.stop_on_error


def test_tokens_are_activated_and_provisioned_in_their_own_vdom() -> None:
    tokens = [Token("FTKMOBEXAMPLE001", "root"), Token("FTKMOBEXAMPLE002", "dmz"), Token("FTKMOBEXAMPLE003", "root")]
    assert [(batch.scope, list(batch.lines)) for batch in script.activate(tokens, MULTI)] == [
        ("vdom:dmz", ["execute fortitoken activate FTKMOBEXAMPLE002"]),
        ("vdom:root", ["execute fortitoken activate FTKMOBEXAMPLE001 FTKMOBEXAMPLE003"]),
    ]
    start = "execute fortitoken-mobile provision"
    assert [(batch.scope, list(batch.lines)) for batch in script.provision(tokens, MULTI)] == [
        ("vdom:dmz", [f"{start} FTKMOBEXAMPLE002"]),
        ("vdom:root", [f"{start} FTKMOBEXAMPLE001", f"{start} FTKMOBEXAMPLE003"]),
    ]


def test_lines_are_shown_with_the_way_into_each_scope() -> None:
    inner = ("config user local", "end")
    batches = [Batch(inner, "vdom:dmz"), Batch(("execute cfg save",), GLOBAL), Batch((script.COMMIT,), None)]
    assert script.spoken(batches, MULTI) == [
        *("config vdom", "edit dmz", *inner, "end"),
        *("config global", "execute cfg save", "end"),
        script.COMMIT,
    ]
    assert script.spoken(batches, UNIT) == [*inner, "execute cfg save", script.COMMIT]


@pytest.mark.parametrize("unit", [UNIT, MULTI], ids=["one", "vdoms"])
def test_a_license_code_is_not_shown(unit: Unit) -> None:
    code = "1234-5678-9012-3456-7890"
    made = script.import_licenses([code], "root", unit)
    assert [line for batch in made for line in batch.lines] == [f"execute fortitoken-mobile import {code}"]
    shown = script.spoken(made, unit)
    assert f"execute fortitoken-mobile import {MARK}" in shown and code not in "".join(shown)


def test_the_diff_indents_what_stands_in_a_table_and_in_an_entry() -> None:
    lines = [
        *("next", "config user local", "edit a", "set status disable", "next", "edit b", "set status enable", "end"),
        *("config vdom", "edit dmz", "config user fortitoken", "delete x", "end", "end", "end", "execute cfg save"),
    ]
    assert script.indented(lines).splitlines() == [
        "next",
        "config user local",
        "    edit a",
        "        set status disable",
        "    next",
        "    edit b",
        "        set status enable",
        "end",
        "config vdom",
        "    edit dmz",
        "        config user fortitoken",
        "            delete x",
        "        end",
        "end",
        "end",
        "execute cfg save",
    ]
    assert script.indented(lines).endswith("execute cfg save\n") and script.indented([]) == ""
