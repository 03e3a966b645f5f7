# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes of waves, who is in the first one, and how many may fail."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.waves import (
    Size,
    WaveError,
    cut,
    in_waves,
    share,
    sizes,
    split,
    too_many,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    Binding,
    Inventory,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy

ERROR = "token already activated, and seed won't be returned"


def token(number: int, held: bool = True, seed: bool = True, status: str = ERROR) -> Token:
    serial = f"FTK200MADEUP{number:04d}"
    bindings = (Binding(serial, "user", f"user{number}", "root", "fortitoken", "enable"),) if held else ()
    return Token(serial, "root", configured=True, listed=True, status=status, seed=seed, bindings=bindings)


def numbers(waves: list[list[str]]) -> list[list[int]]:
    return [[int(serial[-4:]) for serial in wave] for wave in waves]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["1", "20"], (Size(1), Size(20))),
        ([" 5 ", "25%", "50 %"], (Size(5), Size(25, True), Size(50, True))),
        (["[1", "20]"], (Size(1), Size(20))),
        ([], ()),
        (["[]"], ()),
        ([""], (Size(1), Size(20))),
    ],
    ids=["numbers", "percentages", "a list as text", "nothing", "nothing as text", "a question without an answer"],
)
def test_sizes_are_read_as_serial_and_surveys_give_them(given: list[str], read: tuple[Size, ...]) -> None:
    assert sizes(given) == read


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "0%", "101%", "all", "1 2"])
def test_a_size_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(WaveError, match="not the size of a wave"):
        sizes([text])


@pytest.mark.parametrize(
    ("text", "value"), [("10%", 0.1), ("10 %", 0.1), ("10", 0.1), ("0", 0.0), ("100%", 1.0), ("12.5%", 0.125)]
)
def test_a_share_is_a_percentage(text: str, value: float) -> None:
    assert share(text) == value


@pytest.mark.parametrize("text", ["101%", "-1", "half", ""])
def test_a_share_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(WaveError, match="not a share"):
        share(text)


@pytest.mark.parametrize(
    ("failed", "size", "stops"),
    [(0, 1, False), (1, 1, True), (2, 20, False), (3, 20, True), (1, 9, True), (1, 10, False), (0, 0, False)],
)
def test_more_than_a_tenth_of_a_wave_is_too_many(failed: int, size: int, stops: bool) -> None:
    assert too_many(failed, size, 0.1) is stops


def test_the_rest_follows_as_the_last_wave() -> None:
    tokens = [token(number) for number in range(1, 31)]
    waves = split(tokens, Policy(), sizes(["1", "20"]))
    assert [len(wave) for wave in waves] == [1, 20, 9]
    assert sorted(number for wave in numbers(waves) for number in wave) == list(range(1, 31))


def test_percentages_are_those_of_all_tokens_and_at_least_one() -> None:
    tokens = [token(number) for number in range(1, 11)]
    assert [len(wave) for wave in split(tokens, Policy(), sizes(["1%", "50%"]))] == [1, 5, 4]


def test_sizes_beyond_the_last_token_make_no_waves() -> None:
    assert numbers(split([token(1), token(2)], Policy(), sizes(["1", "5", "7"]))) == [[1], [2]]
    assert split([], Policy(), sizes(["1"])) == []


def test_without_sizes_everything_is_one_wave() -> None:
    assert numbers(split([token(1), token(2)], Policy(), ())) == [[1, 2]]


def test_the_first_wave_prefers_an_unassigned_token() -> None:
    tokens = [token(1), token(2), token(3, held=False), token(4)]
    assert numbers(split(tokens, Policy(), sizes(["1"]))) == [[3], [1, 2, 4]]


def test_the_first_wave_tests_the_claim_before_a_token_that_rests_on_none() -> None:
    never_activated = token(1, held=False, seed=False, status="new")
    assert numbers(split([never_activated, token(2)], Policy(), sizes(["1"]))) == [[2], [1]]


def test_a_list_of_anything_is_cut_in_its_order() -> None:
    assert cut("abcdefghij", sizes(["1", "20%"]), 10) == [["a"], ["b", "c"], list("defghij")]
    assert cut("ab", sizes(["5"]), 2) == [["a", "b"]] and cut((), sizes(["5"]), 0) == []


def test_all_tokens_may_be_one_wave_by_percentage_and_no_more() -> None:
    assert sizes(["100%"]) == (Size(100, percent=True),) and share("100%") == 1.0
    for value in ("101%", "0%", "0"):
        with pytest.raises(WaveError):
            sizes([value])
    with pytest.raises(WaveError):
        share("100.1%")


def test_a_percentage_is_a_hundredth_of_all_tokens_and_a_number_may_be_more_than_a_hundred() -> None:
    assert [Size(percent, percent=True).of(200) for percent in (1, 50, 99, 100)] == [2, 100, 198, 200]
    assert [Size(3, percent=True).of(total) for total in (0, 1, 33, 34, 67)] == [1, 1, 1, 1, 2]
    assert sizes(["101", "250"]) == (Size(101), Size(250))


def test_only_hardware_tokens_that_a_run_would_request_go_in_waves() -> None:
    unit = Unit("fgt", "FG100FEXAMPLE001", "FortiGate-100F", "7.4.8", "2795", "none", ("root",), "netops")
    mobile = Token("FTKMOBMADEUP0001", "root", configured=True, listed=True, status="locked")
    new = token(3, status="new", seed=False, held=False)
    tokens = (token(1), token(2, status="active"), new, mobile)
    policy = Policy(lock_released=frozenset({"all"}))
    found = findings(Inventory(unit, tokens), policy)
    actions = {serial: finding.action for serial, finding in found.items()}
    assert [actions[each.serial] for each in tokens[:3]] == ["reimport", "none", "activate"]
    # Also where triage would have a mobile token activated, nothing is spent by asking twice.
    found[mobile.serial] = found[new.serial]
    asked = [mobile.serial, new.serial, "FTK200UNKNOWN001", tokens[1].serial, tokens[0].serial, new.serial]
    assert in_waves(found, tokens, asked) == [new, tokens[0]]
