# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debugging of a unit: which lines switch it on where, and what is kept of what it prints."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis import debugging
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.debugging import (
    ALERTMAIL,
    FORTICLDD,
    FORTITOKEN,
    MOST_LINES,
    Heard,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import GLOBAL, Unit

UNIT = Unit("FGT-A", "FGT60FTK20012345", "FortiGate-60F", "7.4.8", "2795", "multi", ("root",), "admin")


def sent(*topics: str) -> list[tuple[str | None, str]]:
    return [(batch.scope, line) for batch in debugging.enabling(list(topics), UNIT, "mgmt") for line in batch.lines]


@pytest.mark.parametrize(
    ("topics", "levels"),
    [
        (("activation",), [("vdom:mgmt", FORTICLDD), ("vdom:mgmt", FORTITOKEN)]),
        (("license",), [("vdom:mgmt", FORTITOKEN)]),
        (("email",), [(GLOBAL, ALERTMAIL)]),
        (("license", "email"), [("vdom:mgmt", FORTITOKEN), (GLOBAL, ALERTMAIL)]),
    ],
)
def test_each_topic_has_its_lines_and_scope(topics: tuple[str, ...], levels: list[tuple[str, str]]) -> None:
    lines = sent(*topics)
    assert [row for row in lines if row[1] in (FORTICLDD, FORTITOKEN, ALERTMAIL)] == levels
    assert [line for _scope, line in lines[:3]] == list(debugging.HEAD)
    assert [line for _scope, line in lines[-2:]] == list(debugging.TAIL)


def test_what_prints_is_not_typed_ahead_of_as_if_it_were_short() -> None:
    for batch in debugging.enabling(["activation"], UNIT, "root"):
        assert batch.brief is not (debugging.INFO in batch.lines)


def test_of_too_many_lines_the_newest_are_kept() -> None:
    heard = Heard()
    heard.take({"lines": ["first"] + ["x"] * (MOST_LINES - 1), "dropped": 2})
    heard.take({"lines": ["last"], "dropped": 0})
    assert (len(heard.lines), heard.lines[0], heard.lines[-1], heard.dropped) == (MOST_LINES, "x", "last", 3)


class Console:
    """Gives out `news`, one per turn; `refuses`: what it says where debugging is switched on."""

    def __init__(self, *news: list[str], refuses: ConsoleError | None = None) -> None:
        self.news = list(news)
        self.refuses = refuses
        self.stopped = 0

    def drain(self, _seconds: float, _until: str | None) -> dict[str, Any]:
        return {"lines": self.news.pop(0) if self.news else [], "dropped": 0}

    def watch_read(self) -> dict[str, Any]:
        return {"lines": [], "dropped": 0}

    def watch_start(self, *_batches: Any, before: Any) -> list[list[Answer]]:
        if self.refuses:
            raise self.refuses
        return [[Answer(debugging.INFO, "debug output: disable", None, "")]]

    def watch_stop(self) -> None:
        self.stopped += 1


def test_listening_ends_with_the_line_that_matches() -> None:
    console: Any = Console(["a"], ["wanted 1"], ["b"])
    heard = Heard()
    debugging.listen(console, heard, 30.0, r"wanted \d")
    assert (heard.lines, heard.matched, console.news) == (["a", "wanted 1"], True, [["b"]])


def test_listening_ends_with_the_time() -> None:
    heard = Heard()
    debugging.listen(Console(["a"]), heard, 0.05, None)  # type: ignore[arg-type]
    assert (heard.lines, heard.matched) == (["a"], False)


def test_where_debugging_is_refused_it_is_off_again_and_the_run_goes_on() -> None:
    console: Any = Console(refuses=ConsoleError("Unknown action 0", "refused"))
    found, on = debugging.switch_debug_on(console, "vdom:root", [], [])
    assert (len(found), on, console.stopped) == (1, False, 1)
    with pytest.raises(ConsoleError):
        debugging.switch_debug_on(Console(refuses=ConsoleError("x", "lost")), "vdom:root", [], [])  # type: ignore[arg-type]
    assert debugging.switch_debug_on(Console(), "vdom:root", [], []) == ([], True)  # type: ignore[arg-type]
