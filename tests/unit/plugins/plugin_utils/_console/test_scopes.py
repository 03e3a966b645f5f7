# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a list of VDOMs is believed, and VDOMs that nobody can enter."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
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


RESERVED = "dmgmt-vdom", "locked-vdom"
READ = ("show a", "show b")


def unit_with_reserved_vdoms() -> FakeUnit:
    unit = FakeUnit(vdoms=("root", *RESERVED, "dmz"), answers=dict.fromkeys(READ, "one"))
    execute = unit._execute

    def refuse(line: str) -> str:
        name = line.removeprefix("edit ")
        if unit.stack == ["vdom"] and name in RESERVED:
            return f"'{name}' is reserved and cannot be edited directly"
        return execute(line)

    unit._execute = refuse  # type: ignore[method-assign]
    return unit


def test_a_vdom_that_is_known_to_be_reserved_is_named_and_never_entered() -> None:
    unit = unit_with_reserved_vdoms()
    session = log_in(unit)
    drive(session.identify())
    assert session.identity()["vdoms"] == ["root", "dmgmt-vdom", "locked-vdom", "dmz"]
    assert session.identity()["reserved_vdoms"] == ["dmgmt-vdom"]
    with pytest.raises(ConsoleFailure, match="'dmgmt-vdom' is reserved and cannot be edited directly") as caught:
        run(session, Batch(READ, "vdom:root", repeatable=True), Batch(READ, "vdom:dmgmt-vdom", repeatable=True))
    assert caught.value.kind == "context"
    assert "edit dmgmt-vdom" not in unit.lines
    assert "show a" not in unit.lines


@pytest.mark.parametrize("lines", [READ, ("config user local", "edit a", "end"), ("execute x",)])
def test_a_vdom_that_turns_out_to_be_reserved_fails_alone(lines: tuple[str, ...]) -> None:
    unit = unit_with_reserved_vdoms()
    session = log_in(unit)
    drive(session.identify())
    batch = Batch(lines, "vdom:locked-vdom", repeatable=lines is READ)
    for _time in range(3):
        with pytest.raises(ConsoleFailure, match="VDOM 'locked-vdom' cannot be entered: 'locked-vdom' is reserved"):
            run(session, batch)
        # Asked once, never again; and everything else works.
        assert unit.lines.count("edit locked-vdom") == 1
        assert unit.stack == []
        answers = run(session, *[Batch(READ, f"vdom:{name}", repeatable=True) for name in ("root", "dmz")])
        assert [[answer["output"] for answer in group] for group in answers] == [["one"] * 2] * 2
    assert "edit a" not in unit.lines and "execute x" not in unit.lines
    assert session.identity()["reserved_vdoms"] == sorted(RESERVED)
    assert unit.created == []


@pytest.mark.parametrize("name", ["a b", "v(1)", "v [2]", "v~3", "v # x", "\u00dcn\u00ef", "a.b", "x" * 32])
def test_a_vdom_with_a_strange_name_is_named_whole_and_creates_no_other(name: str) -> None:
    unit = FakeUnit(vdoms=("root", name), answers=dict.fromkeys(READ, "one"))
    session = log_in(unit)
    drive(session.identify())
    assert session.identity()["vdoms"] == ["root", name]
    assert session.identity()["reserved_vdoms"] == [name]
    with pytest.raises(ConsoleFailure, match="cannot be entered: its name holds characters"):
        run(session, Batch(READ, f"vdom:{name}", repeatable=True))
    assert [line for line in unit.lines if line.startswith("edit ")] == []
    assert unit.created == []


@pytest.mark.parametrize("line", ["execute fortitoken activate T1", "config user local"])
def test_nothing_acts_before_its_scope_was_seen(line: str) -> None:
    unit = FakeUnit(vdoms=("root",), answers={"execute fortitoken activate T1": ""})
    session = log_in(unit)
    drive(session.identify())
    sent: list[bytes] = []
    send = unit.send
    unit.send = lambda data: (sent.append(data), send(data))[1]  # type: ignore[method-assign]
    run(session, Batch((line, "end"), "vdom:root"))
    assert sent[0] == b"config vdom\nedit root\n"


@pytest.mark.parametrize("name", ["customer-production-east", "a-very-long-name-for-one-vdom"])
@pytest.mark.parametrize("cut", ["end", "middle"])
def test_vdoms_whose_names_are_shown_cut(name: str, cut: str) -> None:
    unit = FakeUnit(vdoms=("root", name), answers={"show a": "one"})
    plain = unit.prompt

    def prompt() -> str:
        shown = f"{name[:20]}~{name[-3:]}" if cut == "middle" else f"{name[:20]}~"
        return plain().replace(name, shown)

    unit.prompt = prompt  # type: ignore[method-assign]
    session = log_in(unit)
    answers = run(session, Batch(("show a", "config user local", "edit x", "next", "end"), f"vdom:{name}"))
    assert [answer["fault"] for answer in answers[0]] == [None] * 5
    assert unit.stack == [] and unit.created == []
