# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages without waiting: how many keys are sent ahead, and that none of them does any harm."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.lines import Sent
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.pager import Pager
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import Place
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.stream import RawAnswer
from tests.unit.plugins.plugin_utils._console.fake_unit import FakeUnit
from tests.unit.plugins.plugin_utils._console.test_session import drive, run
from tests.unit.plugins.plugin_utils._console.test_typed_ahead import LISTINGS, MODE, listing, log_in, turns

LINE = "show user fortitoken"
ALONE = Batch((LINE,), repeatable=True)
WIPES = [
    "\r         \r",
    " \r         \r",
    "\r\x1b[K",
    "\x1b[9D\x1b[K",
    "\x1b[2K\r",
    "\b \b" * 9,
    "\b" * 9 + " " * 9 + "\b" * 9,
]
STYLES = ["eat", "keep", "flush", "drop"]
DEBUG = "2026-03-30 04:10:03 ftm_fc_comm_connect[66]:ftm TCPS connected.\r\n"


def paging(rows: int, page: int = 23, **more: Any) -> tuple[FakeUnit, Session]:
    unit = FakeUnit(answers={LINE: listing(LINE, rows), MODE: "output : more"}, page=page, **more)
    return unit, log_in(unit)


# How many keys


def test_more_keys_follow_each_time_where_the_length_is_unknown() -> None:
    pager, item = Pager(page=23), Sent(LINE, repeatable=True)
    assert pager.keys_behind(item) == 64
    assert [pager.keys_at(item, pages) for pages in (1, 17, 68, 100, 600, 5000)] == [64, 64, 204, 300, 1800, 2000]


def test_a_listing_is_believed_to_be_as_long_as_in_another_scope() -> None:
    pager, item = Pager(page=23), Sent(LINE, repeatable=True, scope="root")
    answer = RawAnswer(LINE, listing(LINE, 231), Place("FGT", "", False, False, 0), True, 23, 10)
    pager.note(item, answer, clean=True)
    assert pager.keys_behind(Sent(LINE, repeatable=True, scope="dmz")) == 10
    # To type another line behind it takes more than that.
    assert not pager.lets_through(Sent(LINE, repeatable=True, scope="dmz"), item)


def test_the_rows_that_were_seen_or_that_the_caller_names_say_how_many_keys() -> None:
    pager = Pager(page=23, rows={(None, LINE): 231})
    assert pager.keys_behind(Sent(LINE, repeatable=True)) == 10
    assert pager.keys_behind(Sent("show x", repeatable=True, rows=230)) == 9
    assert pager.keys_behind(Sent("show x", repeatable=True, rows=23)) == 0
    assert pager.keys_behind(Sent("show x", repeatable=True, rows=1_000_000)) == 2000
    assert pager.keys_at(Sent(LINE, repeatable=True), 1) == 10
    assert pager.keys_at(Sent(LINE, repeatable=True), 10) == 1
    # It has grown since.
    assert pager.keys_at(Sent(LINE, repeatable=True), 11) == 64


@pytest.mark.parametrize("pager", [Pager(), Pager(page=23, off=True), Pager(page=23, deaf=True)])
def test_no_key_is_typed_with_a_line_before_the_page_is_known(pager: Pager) -> None:
    assert pager.keys_behind(Sent(LINE, repeatable=True, rows=500)) == 0


def test_a_line_that_acts_is_paged_key_by_key() -> None:
    pager = Pager(page=23)
    assert pager.keys_behind(Sent("execute x", rows=500)) == 0
    assert pager.keys_at(Sent("execute x", rows=500), 1) == 1


def test_a_pager_that_swallows_keys_gets_one_at_a_time() -> None:
    pager, item = Pager(page=23), Sent(LINE, repeatable=True, rows=500)
    pager.lost_keys(1)
    assert (pager.keys_behind(item), pager.keys_at(item, 1)) == (0, 21)
    pager.lost_keys(2)
    pager.lost_keys(3)
    assert pager.keys_at(item, 3) == 1


@pytest.mark.parametrize(
    ("seen", "named", "through"),
    [(None, None, False), (None, 23, True), (None, 24, False), (15, None, True), (16, None, False), (16, 23, True)],
)
def test_what_is_typed_ahead_behind_a_listing(seen: int | None, named: int | None, through: bool) -> None:
    pager = Pager(page=23, rows={} if seen is None else {(None, LINE): seen})
    assert pager.lets_through(Sent(LINE, repeatable=True, rows=named), Sent("show x", repeatable=True)) is through


# Lines behind a paged listing


def test_lines_follow_a_paged_listing_once_its_pager_has_taken_keys_typed_ahead() -> None:
    pager, next_one = Pager(page=23, rows={(None, LINE): 231}), Sent("show x", repeatable=True)
    assert not pager.lets_through(Sent(LINE, repeatable=True), next_one)
    pager.proven = True
    assert pager.lets_through(Sent(LINE, repeatable=True), next_one)
    # Ten pages, one for a pager that stops at the end as well, and some for what has come since.
    assert pager.keys_between(Sent(LINE, repeatable=True)) == 14
    # Nothing that acts, nothing behind a listing of unknown length, nothing where keys were lost.
    assert not pager.lets_through(Sent(LINE, repeatable=True), Sent("execute x"))
    assert pager.keys_between(Sent("show y", repeatable=True)) == 0
    assert pager.keys_between(Sent("show y", repeatable=True, rows=500)) > 0
    assert pager.keys_between(Sent("show y", rows=500)) == 0
    pager.lost_behind(Sent(LINE, repeatable=True))
    assert (pager.keys_between(Sent(LINE, repeatable=True)), pager.lost) == (0, 0)
    pager.deaf = True
    assert pager.keys_between(Sent("show y", repeatable=True, rows=500)) == 0


def test_the_length_that_the_caller_names_anew_counts_more_than_what_was_seen() -> None:
    pager, line = Pager(page=23, proven=True), "show pending"
    answer = RawAnswer(line, listing(line, 9), Place("FGT", "", False, False, 0), True, None, 0)
    pager.note(Sent(line, repeatable=True, rows=30), answer, clean=True)
    assert pager.keys_behind(Sent(line, repeatable=True, rows=30)) == 0
    assert pager.keys_behind(Sent(line, repeatable=True, rows=230)) == 9


def several(*rows: int, **more: Any) -> tuple[FakeUnit, Session, Batch]:
    """A unit with listings of these lengths, and the batch that reads them."""
    lines = tuple(f"show table{number}" for number in range(len(rows)))
    unit, session = paging(100, **more)
    unit.answers.update({line: listing(line, count) for line, count in zip(lines, rows, strict=True)})
    return unit, session, Batch(lines, repeatable=True)


def test_paged_listings_of_known_length_are_read_in_one_turn() -> None:
    unit, session, batch = several(500, 3, 90, 1500, 40)
    run(session, ALONE, batch)
    assert turns(session, batch) == 1
    assert [answer["output"] for answer in session.results()[0]] == [unit.answers[line] for line in batch.lines]


@pytest.mark.parametrize("style", STYLES)
def test_a_listing_that_has_become_much_longer_is_read_again_and_whole(style: str) -> None:
    unit, session, batch = several(100, 90, 80, pager_keys=style)
    run(session, ALONE, batch, batch)
    unit.answers["show table1"] = listing("show table1", 5000)
    answers = run(session, batch, Batch(("execute x",)))
    assert [answer["output"] for answer in answers[0]] == [unit.answers[line] for line in batch.lines]
    assert [typed for typed in unit.lines if "execute" in typed] == ["execute x"]


def test_no_line_that_could_end_a_listing_is_typed_behind_its_keys() -> None:
    unit, session, batch = several(100, 90)
    line = 'show user local "quentin"'
    unit.answers[line] = listing(line, 5)
    run(session, ALONE, batch)
    sent: list[bytes] = []
    send = unit.send
    unit.send = lambda data: (sent.append(data), send(data))[1]  # type: ignore[method-assign]
    run(session, Batch((*batch.lines, line), repeatable=True, rows=10))
    assert [data for data in sent if b"quentin" in data and b"table" in data] == []


def test_a_pager_that_starts_to_drop_keys_gives_whole_answers() -> None:
    unit, session, batch = several(100, 90, 80)
    run(session, ALONE, batch, batch)
    unit.pager_keys = "drop"
    answers = run(session, batch, batch)
    for group in answers:
        assert [answer["output"] for answer in group] == [unit.answers[line] for line in batch.lines]


# What it costs


def test_the_listings_of_20000_tokens_take_few_turns_and_little_work() -> None:
    rows = {"show user fortitoken": 80_001, "diagnose fortitoken info": 20_005, "show user local": 120_000}
    unit = FakeUnit(answers={line: listing(line, count) for line, count in rows.items()}, page=23)
    unit.answers[MODE] = "output : more"
    session = log_in(unit)
    started = time.process_time()
    assert turns(session, Batch(tuple(rows), repeatable=True)) <= 24
    assert [answer["output"].count("\n") + 1 for answer in session.results()[0]] == list(rows.values())
    assert time.process_time() - started < 6.0
    # And half of that once the lengths are known.
    assert turns(session, Batch(tuple(rows), repeatable=True)) <= 18


@pytest.mark.parametrize("rows", [24, 100, 2000, 11_000])
def test_a_listing_whose_length_is_known_takes_one_turn(rows: int) -> None:
    unit, session = paging(rows)
    run(session, ALONE)
    assert turns(session, ALONE) == 1
    # One row more on the same number of pages, and somewhat fewer.
    unit.answers[LINE] = listing(LINE, rows - 1)
    assert turns(session, ALONE) == 1
    assert turns(session, ALONE, Batch(("show x",), repeatable=True)) == 1


def test_the_callers_count_spares_the_turns_of_the_first_look() -> None:
    unit, session = paging(5000)
    unit.answers["show user local"] = listing("show user local", 9000)
    run(session, ALONE)
    assert turns(session, Batch(("show user local",), repeatable=True, rows=9000)) == 1


def test_many_short_entries_are_read_in_one_turn_where_the_caller_says_that_they_are_short() -> None:
    lines = tuple(f"show user fortitoken FTK200BAA{number:07d}" for number in range(75))
    unit = FakeUnit(answers={line: listing(line, 5) for line in lines}, page=23)
    assert turns(log_in(unit), Batch(lines, repeatable=True, rows=12)) == 1


@pytest.mark.parametrize("style", ["flush", "drop"])
def test_a_pager_that_drops_keys_costs_a_few_seconds_once(style: str) -> None:
    unit, session = paging(24 * 40, pager_keys=style)
    run(session, ALONE)
    for _round in range(3):
        run(session, ALONE)
    started = unit.now
    run(session, ALONE)
    assert unit.now - started < 0.5
    assert session.results()[0][0]["output"] == listing(LINE, 24 * 40)


def test_keys_that_were_late_and_not_lost_do_no_harm() -> None:
    unit, session = paging(24 * 30)
    send = unit.send
    held: list[bytes] = []
    receive = unit.recv

    def slow(data: bytes) -> None:
        if data.strip(b" "):
            send(data)
        else:
            if not held:
                unit.due = unit.now + 2.0  # type: ignore[attr-defined]
            held.append(data)

    def recv(timeout: float) -> bytes | None:
        if held and unit.now >= unit.due:  # type: ignore[attr-defined]
            for data in held:
                send(data)
            held.clear()
        return receive(timeout)

    unit.send, unit.recv = slow, recv  # type: ignore[method-assign]
    assert run(session, ALONE)[0][0]["output"] == listing(LINE, 24 * 30)


# That it does no harm

ACTING = ("execute fortitoken activate FTK200BAA0000001", "config user local", "edit a", "set status disable", "end")
READ = LISTINGS[:2]
SIZES = st.sampled_from([1, 15, 22, 23, 24, 25, 46, 47, 69, 70, 200])


@settings(
    phases=[Phase.explicit, Phase.generate],
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    data=st.data(),
    page=st.sampled_from([0, 7, 23, 24]),
    style=st.sampled_from(STYLES),
    wipe=st.sampled_from(WIPES),
    echo=st.sampled_from(["line", "keys", "cursor"]),
    chunk=st.sampled_from([0, 5, 64]),
    vdoms=st.sampled_from([(), ("root", "dmz")]),
    watch=st.booleans(),
    named=st.sampled_from([None, 3, 23, 400]),
)
def test_no_key_becomes_part_of_a_line_that_acts_and_every_answer_is_whole(
    data: Any,
    page: int,
    style: str,
    wipe: str,
    echo: str,
    chunk: int,
    vdoms: tuple[str, ...],
    watch: bool,
    named: int | None,
) -> None:
    unit = FakeUnit(vdoms=vdoms, page=page, pager_keys=style, wipe=wipe, echo=echo, chunk=chunk)
    unit.answers.update({MODE: "output : more", ACTING[0]: ""})
    session = log_in(unit)
    send = unit.send

    def watched(keys: bytes) -> None:
        if any(line.encode() in keys for line in ACTING[:2]):
            # Its own prompt was seen: nothing is printed that was not read, no pager waits, nothing is typed there.
            assert unit._paging is None and not unit._typed and not unit._out
            assert not keys.startswith(b" ")
        send(keys)

    unit.send = watched  # type: ignore[method-assign]
    if watch:
        unit.answers.update({"diagnose debug enable": "", "diagnose debug disable": ""})
        drive(session.watch_start([Batch(("diagnose debug enable",))], [Batch(("diagnose debug disable",))]))
        unit.noise = DEBUG
    scopes = data.draw(st.lists(st.sampled_from([None, "global", "vdom:root"]), min_size=1, max_size=2))
    for _round in range(2):
        unit.answers.update({line: listing(line, data.draw(SIZES)) for line in READ})
        reading = [Batch(READ, scope, repeatable=True, rows=named) for scope in scopes]
        acting = [Batch(ACTING[:1], "vdom:root"), Batch(ACTING[1:], "vdom:root", stop_on_error=True)]
        answers = run(session, *reading, *acting, *reading)
        expected = [unit.answers[line] for line in READ]
        for group in [*answers[: len(reading)], *answers[len(reading) + 2 :]]:
            assert [answer["output"] for answer in group] == expected
        assert [answer["fault"] for group in answers[len(reading) : len(reading) + 2] for answer in group] == [None] * 5
    for line in ACTING:
        assert [typed for typed in unit.lines if typed.strip() == line] == [line] * unit.lines.count(line)
    assert unit.lines.count(ACTING[0]) == 2
    assert unit.created == [] and unit.stack == []
