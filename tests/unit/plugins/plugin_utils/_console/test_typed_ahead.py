# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on its way while the unit still prints, and what becomes of it when a pager takes it for keys."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.wire import Steps
from tests.unit.plugins.plugin_utils._console.fake_unit import FakeUnit

MODE = "get system console"
LISTINGS = ("show user fortitoken", "diagnose fortitoken info", "show user local", "show system global")


def drive(steps: Steps) -> None:
    for _step in steps:
        pass


def listing(name: str, rows: int) -> str:
    return "\n".join(f"{name} row {number}" for number in range(1, rows + 1))


def log_in(unit: FakeUnit) -> Session:
    session = Session(unit, Redactor(), clock=unit.clock)
    drive(session.open())
    drive(session.identify())
    return session


def read(session: Session, *batches: Batch) -> list[list[tuple[str, str]]]:
    drive(session.run(batches))
    return [[(answer["line"], answer["output"]) for answer in answers] for answers in session.results()]


def turns(session: Session, *batches: Batch) -> int:
    before = session.stats.turns
    drive(session.run(batches))
    return session.stats.turns - before


def answers(rows: int, **more: str) -> dict[str, str]:
    return {**{line: listing(line, rows) for line in LISTINGS}, **more}


READING = Batch(LISTINGS, repeatable=True)


def test_a_unit_that_does_not_page_is_read_in_one_turn() -> None:
    unit = FakeUnit(answers=answers(30, **{MODE: "mode : line\noutput              : standard"}))
    assert turns(log_in(unit), READING) == 1


def test_a_tall_listing_without_a_page_tells_as_much() -> None:
    unit = FakeUnit(answers=answers(61, **{MODE: "output : more"}))
    session = log_in(unit)
    assert turns(session, READING) == 2
    assert turns(session, READING) == 1


def test_short_listings_are_typed_ahead_once_their_length_is_known() -> None:
    unit = FakeUnit(answers=answers(8), page=24)
    session = log_in(unit)
    assert turns(session, READING) == len(LISTINGS)
    assert turns(session, READING) == 1


def test_listings_of_several_scopes_share_a_turn() -> None:
    unit = FakeUnit(answers=answers(3, **{MODE: "output : standard"}), vdoms=("root", "dmz"))
    session = log_in(unit)
    scopes = ("vdom:root", "vdom:dmz", "global")
    assert turns(session, *(Batch(LISTINGS, scope, repeatable=True) for scope in scopes)) == 1
    assert unit.stack == [] and unit.created == []


@pytest.mark.parametrize("line", ["execute fortitoken activate A B", "config user local"])
def test_nothing_that_acts_is_typed_behind_a_listing(line: str) -> None:
    unit = FakeUnit(answers=answers(3, **{MODE: "output : standard", "execute fortitoken activate A B": ""}))
    session = log_in(unit)
    assert turns(session, READING, Batch((line,))) >= 2


def test_commands_that_act_follow_each_other_once_one_has_answered_without_asking() -> None:
    lines = tuple(f"execute fortitoken activate T{number}" for number in range(9))
    unit = FakeUnit(answers=dict.fromkeys(lines, ""))
    assert turns(log_in(unit), Batch(lines)) == 2


def test_a_command_that_asks_gets_no_answer_from_what_would_come_next() -> None:
    lines = ("execute fortitoken activate T1", "execute fortitoken activate T2")
    asked: list[str] = []

    def hook(unit: FakeUnit, line: str) -> str | None:
        asked.append(line)
        return "Do you want to continue? (y/n)" if line in lines else None

    unit = FakeUnit(answers=dict.fromkeys(lines, ""))
    session = log_in(unit)
    unit.hook = hook
    drive(session.run([Batch(lines[:1])]))
    assert asked == [lines[0]]


def test_nothing_follows_a_line_that_its_caller_does_not_call_brief() -> None:
    commit = "execute config-transaction commit"
    unit = FakeUnit(answers=answers(3, **{MODE: "output : standard", commit: ""}))
    assert turns(log_in(unit), Batch((commit,), stop_on_error=True), READING) == 2


def test_a_transaction_is_committed_and_read_back_in_one_turn() -> None:
    commit = "execute config-transaction commit"
    unit = FakeUnit(answers=answers(3, **{MODE: "output : standard", commit: ""}))
    assert turns(log_in(unit), Batch((commit,), stop_on_error=True, brief=True), READING) == 1


@pytest.mark.parametrize("pager_keys", ["eat", "keep", "flush"])
def test_a_listing_that_has_grown_beyond_the_page_is_read_again(pager_keys: str) -> None:
    unit = FakeUnit(answers=answers(8), page=24, pager_keys=pager_keys)
    session = log_in(unit)
    read(session, READING)
    unit.answers.update(answers(60))
    assert read(session, READING) == [[(line, listing(line, 60)) for line in LISTINGS]]
    # What is long now is asked alone from now on. A pager that drops keys is noticed by its silence, once.
    assert turns(session, READING) == len(LISTINGS) + (1 if pager_keys == "flush" else 0)
    assert read(session, READING) == [[(line, listing(line, 60)) for line in LISTINGS]]


def test_a_unit_that_drops_what_is_typed_while_it_works_is_read_line_by_line() -> None:
    unit = FakeUnit(answers=answers(3, **{MODE: "output : standard"}))
    session = log_in(unit)
    send = unit.send
    bursts: list[bytes] = []

    def deaf_while_working(data: bytes) -> None:
        first, newline, _rest = data.partition(b"\n")
        bursts.append(data)
        send(first + newline if b"show user fortitoken" in first else data)

    unit.send = deaf_while_working  # type: ignore[method-assign]
    expected = [[(line, listing(line, 3)) for line in LISTINGS]]
    assert read(session, READING) == expected
    # It may have been an accident. Twice it is not.
    assert read(session, READING) == expected
    bursts.clear()
    assert read(session, READING) == expected
    assert bursts == [f"{line}\n".encode() for line in LISTINGS]


@pytest.mark.parametrize("pager_keys", ["eat", "keep", "flush"])
@pytest.mark.parametrize(
    "noise",
    [
        "2026-03-30 04:10:03 ftm_fc_comm_connect[66]:ftm TCPS connected.\r\n",
        "\r\n[641] fds_ctx_set_addr: server: 192.0.2.10:443\r\n",
        '"serial_number": "FGT60FEXAMPLE001", "__clustered_sns": [ ] } }\r\n',
    ],
)
@pytest.mark.parametrize("before", [3, 10])
def test_a_listing_that_has_grown_while_debug_output_arrives_is_read_again(
    before: int, noise: str, pager_keys: str
) -> None:
    """As after tokens were added again: what was short is paged, with debug output behind every prompt."""
    unit = FakeUnit(answers=answers(before), page=24, pager_keys=pager_keys)
    session = log_in(unit)
    drive(session.watch_start([Batch(("diagnose debug enable",))], [Batch(("diagnose debug disable",))]))
    read(session, READING)
    unit.noise = noise
    unit.answers.update(answers(60))
    (found,) = read(session, READING)
    # Text that nobody would know for debug output may stand in an answer; nothing of the answer itself is missing.
    assert [line for line, _output in found] == list(LISTINGS)
    for line, output in found:
        rows = listing(line, 60).split("\n")
        assert [row for row in output.split("\n") if row in rows] == rows


def test_the_longest_that_a_listing_was_is_remembered() -> None:
    """Tokens that were deleted come back: a listing that is short now is not typed ahead behind."""
    unit = FakeUnit(answers=answers(60), page=24)
    session = log_in(unit)
    read(session, READING)
    unit.answers.update(answers(3))
    read(session, READING)
    unit.answers.update(answers(60))
    lost = session._exchange.pager.lost
    read(session, READING)
    assert session._exchange.pager.lost == lost


SIZES = st.sampled_from([0, 1, 5, 14, 15, 16, 17, 22, 23, 24, 25, 40, 59, 60, 61, 62, 130])


@settings(max_examples=100, deadline=None)
@given(
    data=st.data(),
    page=st.sampled_from([0, 2, 16, 24, 25, 50, 64]),
    mode=st.sampled_from(["more", "standard", ""]),
    pager_keys=st.sampled_from(["eat", "keep", "flush"]),
    vdoms=st.sampled_from([(), ("root",), ("root", "dmz", "ot")]),
    chunk=st.sampled_from([0, 1, 7]),
)
def test_whatever_pages_whenever_the_answers_are_right(
    data: Any, page: int, mode: str, pager_keys: str, vdoms: tuple[str, ...], chunk: int
) -> None:
    unit = FakeUnit(vdoms=vdoms, page=page, pager_keys=pager_keys, chunk=chunk)
    if mode:
        unit.answers[MODE] = f"output : {mode}"
    session = log_in(unit)
    changing = Batch(("config user local", "edit a", "set status disable", "next", "end"), "vdom:root")
    for _round in range(3):
        sizes = {line: data.draw(SIZES) for line in LISTINGS}
        unit.answers.update({line: listing(line, rows) for line, rows in sizes.items()})
        scopes = [*(f"vdom:{name}" for name in vdoms or ("root",)), "global"]
        batches = [Batch(LISTINGS, scope, repeatable=True) for scope in scopes]
        first = data.draw(st.booleans())
        found = read(session, *([changing] if first else []), *batches)
        assert found[int(first) :] == [[(line, listing(line, sizes[line])) for line in LISTINGS] for _scope in scopes]
        assert unit.stack == [] and unit.created == []
    changes = [line for line in unit.lines if line.split()[:1] in (["set"], ["edit"], ["next"], ["delete"])]
    assert len([line for line in changes if not line.startswith("edit") or line == "edit a"]) % 3 == 0
