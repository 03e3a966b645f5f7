# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys are found by either of their ends, and in debug output without both."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.key_material import find

BEGIN, END = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
LINE = "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy5AHB0Z3VS5JJcds3xfn/y"


def found(text: str, debug: bool = False) -> list[str]:
    return [text[start:end] for start, end in find(text, debug)]


def test_a_whole_key() -> None:
    assert found(f"before\n{BEGIN}\n{LINE}\nMIIB\n{END}\nafter") == [LINE, "MIIB"]


def test_a_key_on_one_line() -> None:
    assert found(f"key {BEGIN}MIIBabcd{END} end") == ["MIIBabcd"]


def test_a_key_without_its_end_goes_as_far_as_it_looks_like_one() -> None:
    assert found(f"{BEGIN}\nProc-Type: 4,ENCRYPTED\n\n{LINE}\nnext line of another kind") == [
        "Proc-Type: 4,ENCRYPTED",
        LINE,
    ]


def test_a_key_without_its_beginning() -> None:
    assert found(f"a text of words\n{LINE}\nMIIB\nabcd{END}") == [LINE, "MIIB", "abcd"]


def test_the_time_in_front_of_a_line_stays() -> None:
    stamp = "2026-03-30 12:00:00 "
    assert found(f"{stamp}{BEGIN}\n{stamp}{LINE}\n{stamp}{END}") == [LINE]


@pytest.mark.parametrize(("lines", "debug", "hidden"), [(3, True, 3), (2, True, 0), (3, False, 0)])
def test_the_middle_of_a_key_is_found_in_debug_output(lines: int, debug: bool, hidden: int) -> None:
    text = "\n".join(["words go first", *[LINE] * lines, "words go last"])
    assert found(text, debug) == [LINE] * hidden


@pytest.mark.parametrize("text", ["", "a certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"])
def test_what_is_no_private_key(text: str) -> None:
    assert found(text, debug=True) == []


def test_a_second_key_begins_anew() -> None:
    assert found(f"{BEGIN}\nMIIB\n{BEGIN}\nMIIC\n{END}\nabcdefgh") == ["MIIB", "MIIC"]
