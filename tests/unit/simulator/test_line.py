# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line with bandwidth, jitter and loss."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.simulator.line import SEGMENT, both
from tests.simulator.settings import Line

Make = Callable[..., Any]
PROMPT = "fgt-demo # "


def arrivals(line: Line | None, latency_ms: float, sizes: list[int], back: bool = True) -> list[float]:
    direction = both(line, latency_ms)[back]
    for size in sizes:
        direction.put(b"x" * size, now=100.0)
    return [round(due - 100.0, 6) for due, _piece in direction.pieces]


def test_without_a_line_only_the_latency_counts() -> None:
    assert arrivals(None, 50, [10, 100_000]) == [0.05, 0.05]


def test_bandwidth_serializes_the_bytes_of_a_direction() -> None:
    line = Line(up_bits=8000, down_bits=80_000)
    # 1000 bytes are 8000 bits: 0.1 s down and 1 s up, and the second piece waits for the first.
    assert arrivals(line, 50, [1000, 1000]) == [0.15, 0.25]
    assert arrivals(line, 50, [1000, 1000], back=False) == [1.05, 2.05]


def test_data_goes_out_in_segments_and_no_byte_is_lost() -> None:
    direction = both(Line(loss=0.5, jitter_ms=20), 1)[1]
    data = bytes(range(256)) * 40
    direction.put(data, now=0.0)
    assert b"".join(piece for _due, piece in direction.pieces) == data
    assert max(len(piece) for _due, piece in direction.pieces) == SEGMENT
    times = [due for due, _piece in direction.pieces]
    assert times == sorted(times) and len(set(times)) > 1


def test_loss_delays_by_the_retransmission_time_and_all_that_follows_waits() -> None:
    times = arrivals(Line(loss=0.3, rto_ms=300, seed=4), 100, [1] * 200)
    assert times == sorted(times)
    assert times[0] == 0.1 or times[0] >= 0.4
    late = [time_ for time_ in times if time_ > 0.1]
    assert late and min(late) == 0.4
    # The same seed gives the same line, another one another line.
    assert times == arrivals(Line(loss=0.3, rto_ms=300, seed=4), 100, [1] * 200)
    assert times != arrivals(Line(loss=0.3, rto_ms=300, seed=5), 100, [1] * 200)


def test_the_retransmission_time_follows_the_round_trip() -> None:
    late = [time_ for time_ in arrivals(Line(loss=0.2, seed=2), 100, [1] * 100) if time_ > 0.1]
    assert min(late) == 0.5


def test_jitter_stays_within_its_bound() -> None:
    times = arrivals(Line(jitter_ms=30), 100, [1] * 50)
    assert min(times) >= 0.1 and max(times) <= 0.13 and len(set(times)) > 1


def test_a_session_over_a_narrow_line_takes_its_time_and_is_whole(serve: Make, connect: Make) -> None:
    tokens = [{"serial": f"FTK200AAAA{number:06}"} for number in range(60)]
    console = {"output": "standard", "latency_ms": 5, "line": {"down_bits": 64_000, "loss": 0.05, "rto_ms": 50}}
    client = connect(serve(tokens=tokens, console=console))
    client.until(PROMPT)
    begin = time.monotonic()
    client.send("show user fortitoken\n")
    text = client.until("\r\n" + PROMPT)
    assert text.count("edit ") == 60
    assert time.monotonic() - begin >= len(text) * 8 / 64_000
