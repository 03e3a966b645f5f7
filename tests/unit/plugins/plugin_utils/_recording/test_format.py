# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording is text that a person can read, and gives back exactly what was recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.format import (
    Event,
    dump,
    is_recording,
    load,
)
from tests.unit.damage import damaged

EVENTS = st.builds(Event, st.integers(0, 999).map(float), st.booleans(), st.binary(max_size=40))


#: What Python, but not JSON, takes for the end of a line.
SEPARATORS = "a\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029b"


def test_no_character_of_a_unit_ends_an_event() -> None:
    events = [Event(1.0, False, SEPARATORS.encode())]
    assert load(dump({}, events), "file")[1] == events


@settings(max_examples=100)
@given(damaged([{"fortitoken_recording": 1}, {"t": 0.5, "in": "fw # "}, {"t": 1, "out": "get\n"}]))
def test_any_damage_raises_the_documented_error_or_gives_events(lines: list[Any]) -> None:
    try:
        _header, events = load("\n".join(map(json.dumps, lines)), "file")
    except ConsoleFailure:
        return
    assert load(dump({}, events), "file")[1] == [Event(round(event.at, 4), event.sent, event.data) for event in events]


@given(st.lists(EVENTS, max_size=10))
def test_what_is_written_is_read_again(events: list[Event]) -> None:
    text = dump({"firmware": "FortiGate-60F v7.4.8"}, events)
    # It is UTF-8, whatever the pieces held.
    data = text.encode("utf-8")
    assert is_recording(data)
    header, read = load(data.decode("utf-8"), "file")
    assert header["firmware"] == "FortiGate-60F v7.4.8"
    assert read == events


def test_each_line_is_one_event_that_a_person_can_read() -> None:
    lines = dump({}, [Event(0.25, True, b"get system status\n"), Event(0.5, False, "Z\u00fcrich # ".encode())]).split(
        "\n"
    )
    assert lines[1:] == ['{"t": 0.25, "out": "get system status\\n"}', '{"t": 0.5, "in": "Z\u00fcrich # "}', ""]
    assert json.loads(lines[0]) == {"fortitoken_recording": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"fortitoken_recording": 2}\n', "version 2"),
        ('{"fortitoken_recording": 1}\n{"t": 1, "in": "ab', "cut off"),
        ('{"fortitoken_recording": 1}\n{"t": 1}\n', "cut off"),
        ("", "cut off"),
        ('{"fortitoken_recording": 1}\n{"t": 1, "in": 5}\n', "cut off"),
        ('{"fortitoken_recording": 1}\n{"t": 1' + "0" * 400 + ', "in": "x"}\n', "cut off"),
        ('{"fortitoken_recording": 1}\n' + "[" * 100_000 + "\n", "cut off"),
    ],
)
def test_what_is_no_whole_recording_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConsoleFailure, match=message):
        load(text, "fw.jsonl")
