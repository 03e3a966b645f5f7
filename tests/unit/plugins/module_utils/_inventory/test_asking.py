# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked where, and what a refused or strange answer means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import Fault
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleError, ParseError, UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory import asking
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import GLOBAL, Unit

UNIT = Unit("FGT-A", "FGT60FTK20012345", "FortiGate-60F", "7.4.8", "2795", "multi", ("root",), "admin")
REFUSED = Answer("show x", "Unknown action 0", Fault(-61, "unknown action"), "")


class Console:
    """Refuses every batch for one of `closed`, as if the VDOM could not be entered."""

    def __init__(self, *closed: str, kind: str = "context") -> None:
        self.closed = closed
        self.kind = kind
        self.calls: list[list[str | None]] = []

    def identity(self) -> dict[str, Any]:
        return {}

    def run(self, batches: Sequence[Batch]) -> list[list[Answer]]:
        self.calls.append([batch.scope for batch in batches])
        for batch in batches:
            if batch.scope in self.closed:
                raise ConsoleError(f"{batch.scope} cannot be entered", self.kind)
        return [[Answer(line, f"{batch.scope} {line}", None, "") for line in batch.lines] for batch in batches]


def batch(scope: str, *lines: str) -> Batch:
    return Batch(lines, scope, repeatable=True)


def test_answers_are_found_by_scope_and_line() -> None:
    reading = asking.read(Console(), "FGT-A", {"vdom:root": ["a", "b"], GLOBAL: ["a"]})
    assert reading.need("vdom:root", "b") == "vdom:root b"
    assert reading.want(GLOBAL, "a") == "global a"
    assert reading.want(GLOBAL, "b") is None


def test_an_answer_that_is_needed_stops_the_reading() -> None:
    reading = asking.Reading("FGT-A", {("vdom:root", "show x"): REFUSED})
    assert reading.want("vdom:root", "show x") is None
    with pytest.raises(UnitError, match=r"^FGT-A \(VDOM root\): a listing .* was refused.*Check the access profile"):
        reading.need("vdom:root", "show x")


def test_vdoms_that_cannot_be_entered_are_left_out() -> None:
    console = Console("vdom:b")
    batches = [batch("vdom:a", "x"), batch("vdom:b", "x"), batch("vdom:c", "x"), batch("vdom:b", "y")]
    answers, refused = asking.run_where_possible(console, batches)
    assert [[answer.output for answer in group] for group in answers] == [["vdom:a x"], [], ["vdom:c x"], []]
    assert refused == {"b": "vdom:b cannot be entered"}
    # All at once, then each alone, and the refused one no second time.
    assert console.calls == [["vdom:a", "vdom:b", "vdom:c", "vdom:b"], ["vdom:a"], ["vdom:b"], ["vdom:c"]]
    assert asking.without_empty(batches, answers) == ([batches[0], batches[2]], [answers[0], answers[2]])


def test_where_all_can_be_entered_there_is_one_exchange() -> None:
    console = Console()
    assert asking.run_where_possible(console, [batch("vdom:a", "x")])[1] == {}
    assert len(console.calls) == 1


@pytest.mark.parametrize(("scope", "kind"), [("vdom:a", "timeout"), (GLOBAL, "context")])
def test_everything_else_ends_the_reading(scope: str, kind: str) -> None:
    with pytest.raises(ConsoleError):
        asking.run_where_possible(Console(scope, kind=kind), [batch(scope, "x")])


@pytest.mark.parametrize(("scope", "vdom"), [("vdom:a", "a"), (GLOBAL, ""), (None, ""), ("", "")])
def test_vdom_of_a_scope(scope: str | None, vdom: str) -> None:
    assert asking.vdom_of(scope) == vdom


def test_an_answer_that_is_not_understood_names_unit_and_vdom() -> None:
    expected = pytest.raises(UnitError, match=r"^FGT-A \(VDOM b\): an answer could not be understood: no table")
    with expected, asking.explained(UNIT, "b"):
        raise ParseError("no table", "x")
