# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of the command line and the filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator import words
from tests.simulator.events import EventLog
from tests.simulator.grep import MARK, parse
from tests.simulator.scenario import from_data
from tests.simulator.shell import Shell
from tests.simulator.tree import Entry, Node, Table, View, load_text
from tests.simulator.unit import Unit

SERIAL = "FTK200AAAA000001"
# Control characters are keys of the terminal and never reach a value.
TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=60)
NAME = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=35)


class _Never:
    def cancel(self) -> None:
        """Nothing was scheduled."""


def make(**data: Any) -> Shell:
    def call_later(delay: float, callback: Callable[[], None]) -> _Never:
        return _Never()

    unit = Unit(from_data(data)[0], EventLog(), call_later)
    return Shell(unit, unit.scenario.accounts[0], 1)


def run(shell: Shell, *lines: str) -> list[str]:
    reply = None
    for line in lines:
        reply = shell.execute(line)
        assert not reply.error, (line, reply.lines)
    assert reply is not None
    return reply.lines


@given(TEXT)
def test_what_quote_prints_split_reads(text: str) -> None:
    assert words.split(f"set comments {words.quote(text)}") == [
        words.Word("set"),
        words.Word("comments"),
        words.Word(text, True),
    ]


@given(st.text(max_size=80))
def test_split_takes_any_line(line: str) -> None:
    try:
        words.split(line)
    except words.Incomplete:
        # More input completes every line that can be completed by a quote and one character.
        assert line.endswith("\\") or "'" in line or '"' in line


@settings(max_examples=60)
@given(NAME, TEXT)
def test_set_show_round_trip(name: str, comment: str) -> None:
    source = make(tokens=[{"serial": SERIAL}], users=[{"name": name, "type": "radius"}])
    run(source, "config user fortitoken", f"edit {SERIAL}", f"set comments {words.quote(comment)}", "end")
    run(
        source,
        "config user local",
        f"edit {words.quote(name)}",
        "set two-factor fortitoken",
        f"set fortitoken {SERIAL}",
        "end",
    )
    shown = run(source, "show user fortitoken") + run(source, "show user local")
    target = make()
    for line in shown:
        run(target, line.strip())
    for path in ("user fortitoken", "user local"):
        assert run(target, f"show {path}") == run(source, f"show {path}")
    nodes: dict[str, Node] = {}
    load_text(nodes, "\n".join(shown))
    table = nodes["user fortitoken"]
    assert isinstance(table, Table) and table.entries[SERIAL].text("comments") == comment


@settings(max_examples=60)
@given(st.data())
def test_a_transaction_ends_where_the_same_lines_without_one_end(data: st.DataObject) -> None:
    users = ["a", "b", "c"]
    scenario = {"users": [{"name": name, "type": "radius"} for name in users]}
    edits = data.draw(
        st.lists(st.tuples(st.sampled_from([*users, "d"]), st.sampled_from(["enable", "disable", None])), max_size=8)
    )
    lines = ["config user local"]
    for name, status in edits:
        lines += (
            [f"edit {name}", "set type radius"] + ([f"set status {status}"] if status else ["unset status"]) + ["next"]
        )
    lines.append("end")
    direct, staged = make(**scenario), make(**scenario)
    run(direct, *lines)
    run(staged, "execute config-transaction start", *lines)
    assert run(direct, "show user local") == run(staged, "show user local")
    run(staged, "execute config-transaction commit")
    assert run(direct, "show user local") == run(staged, "show user local")
    assert dict(View(direct.unit.config).entries("root", "user local")) == dict(
        View(staged.unit.config).entries("root", "user local")
    )


@given(st.lists(st.sampled_from(["config a", "edit b", "set x FTK", "set y z", "next", "end", ""]), max_size=40))
def test_grep_f_marks_every_match_and_adds_nothing(lines: list[str]) -> None:
    kept = list(parse([words.Word("grep"), words.Word("-f"), words.Word("FTK")]).apply(lines))
    assert sum(line.endswith(MARK) for line in kept) == sum("FTK" in line for line in lines)
    left = iter(lines)
    assert all(line.removesuffix(MARK) in left for line in kept)


@given(st.lists(st.text(max_size=20), max_size=10))
def test_any_lines_are_answered(lines: list[str]) -> None:
    shell = make(tokens=[{"serial": SERIAL}])
    for line in ["config user fortitoken", f"edit {SERIAL}", *lines]:
        try:
            words.split(line)
        except words.Incomplete:
            continue
        shell.execute(line)
        assert shell.prompt()


def test_load_text_reads_nested_blocks() -> None:
    nodes: dict[str, Node] = {}
    inner = "config n\n set k v\n end\n"
    load_text(nodes, f'config a b\n edit 1\n set x "y z" w\n {inner} next\nend\n')
    table = nodes["a b"]
    assert isinstance(table, Table)
    entry = table.entries["1"]
    assert entry.text("x") == "y z w" and isinstance(entry.children["n"], Entry)
