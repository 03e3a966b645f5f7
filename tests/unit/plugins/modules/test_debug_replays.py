# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every failure of the catalogue replayed into a real session, around its commands: nothing is lost, doubled or mixed.

A simulated unit answers commands over SSH while the lines of a replay appear between echo and output, between output
and prompt, and on the prompt line. What they tell must not depend on where they fell.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.debugging import DISABLE, enabling
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.diagnose import diagnose
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import identify
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console
from tests.faults.controller import controller
from tests.simulator import Simulator, from_data, running
from tests.unit.plugins.module_utils._diagnosis.test_diagnose import SECRETS, gist

REPLAYS = Path(__file__).parents[1] / "module_utils" / "fixtures" / "debug"
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
#: Where a line may appear, seen from a command: behind its echo, behind its output, on the prompt line.
PLACES = ("echo", "output", "prompt")
#: (place, whether the unit begins a line of its own for it).
WHERE = ((0, False), (0, True), (1, False), (1, True), (2, False), (2, True))
COMMANDS = (
    "show user fortitoken",
    "diagnose fortitoken info",
    "show user local",
    "show system email-server",
    "execute fortitoken activate FTK200ABSENT0001",
)
TOKENS = [
    {"serial": f"FTK200PLAIN{number:05}", "seed": True, "state": "active", "comments": 'a { brace, a "quote"'}
    for number in range(12)
]
#: JSON that is closed: nothing is held back behind it.
END = '{ "end": true }'
UNITS: dict[str, dict[str, Any]] = {
    "plain": {},
    "in VDOMs, drop by drop": {
        "vdom_mode": "multi",
        "vdoms": ["root", "branch"],
        "ha": {"mode": "a-p", "prompt": "spaced", "members": ["FG100FEXAMPLE001", "FG100FEXAMPLE002"]},
        "console": {"chunks": {"smallest": 1, "largest": 60, "seed": 3}},
    },
}


def _debug_lines(name: str) -> list[str]:
    """The lines of a replay that are debug output, without their time: the unit prints its own."""
    lines = (REPLAYS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [STAMP.sub("", line, count=1) for line in lines if STAMP.match(line)]


_ALL = {path.stem: _debug_lines(path.stem) for path in sorted(REPLAYS.glob("*.txt"))}
DIALOGUES = {name: dialogue for name, dialogue in _ALL.items() if dialogue}


def blocks(lines: list[str]) -> list[list[str]]:
    """A replay in pieces that one daemon prints in one go: a marked line, JSON over several lines, or a refusal.

    The number of a refusal says nothing of its own: it belongs to the message in front of it.
    """
    made: list[list[str]] = []
    depth = 0
    for line in lines:
        if depth > 0 or (made and "received error from forticare" in line):
            made[-1].append(line)
        else:
            made.append([line])
        if depth > 0 or line[0] in '{["':
            depth = max(0, depth + line.count("{") + line.count("[") - line.count("}") - line.count("]"))
    return made


class Replayed:
    """One session with debugging on, into which lines can be dropped at chosen places."""

    def __init__(self, simulator: Simulator, console: Console) -> None:
        self.simulator, self.console = simulator, console
        unit = identify(console)
        self._scope = unit.scope(unit.vdoms[0])
        console.watch_start(enabling(["activation", "email"], unit, "root"), [Batch(DISABLE, self._scope)])
        self.plan: list[tuple[int, bool, str]] = []
        self.passed = 0
        simulator.call(self._hook)
        self.quiet = self.answers()
        self.heard()

    def _hook(self) -> None:
        """Drop what is due at each place that the session passes."""
        (shell,) = self.simulator.unit().shells.values()
        terminal: Any = shell.print_debug.__self__  # type: ignore[attr-defined]  # the terminal of this session
        execute, prompt = shell.execute, terminal._prompt

        def drop(before: Callable[[], None] = lambda: None) -> None:
            before()
            while self.plan and self.plan[0][0] <= self.passed:
                _place, own_line, text = self.plan.pop(0)
                terminal._place.next = lambda own_line=own_line: "own_line" if own_line else "prompt"
                terminal.print_debug([text])
            self.passed += 1

        def run(line: str) -> Any:
            drop()
            return execute(line)

        def draw_prompt() -> None:
            drop()
            prompt()
            drop()

        shell.execute = run  # type: ignore[method-assign]
        terminal._prompt = draw_prompt
        self._rest = lambda: [drop() for _line in list(self.plan)]

    def answers(self) -> list[str]:
        [answers] = self.console.run([Batch(COMMANDS, self._scope)])
        # A debug line on a line of its own leaves an empty one behind; which of them was the command's, nobody knows.
        return [re.sub(r"\n+", "\n", answer.output).strip("\n") for answer in answers]

    def heard(self) -> list[str]:
        """What came unasked; the debugging session holds back what may end inside a secret until more is there."""
        lines: list[str] = []
        while news := self.console.watch_read()["lines"]:
            lines += news
        return lines

    def replay(self, lines: list[tuple[int, bool, str]]) -> list[str]:
        """Run the commands with `lines`, each (place, on a line of its own, text), in between; return what was heard.

        The answers must be those of a quiet session.
        """

        def arm() -> None:
            self.passed, self.plan = 0, list(lines)

        self.heard()
        self.simulator.call(arm)
        assert self.answers() == self.quiet
        self.simulator.call(self._flush)
        return self.heard()

    def _flush(self) -> None:
        self.passed = max([self.passed, *(place for place, _own, _text in self.plan)])
        self._rest()
        (shell,) = self.simulator.unit().shells.values()
        shell.print_debug([END])


@pytest.fixture(scope="module", params=UNITS.values(), ids=UNITS)
def session(request: pytest.FixtureRequest) -> Iterator[Replayed]:
    data = {"tokens": TOKENS, "serial": "FG100FEXAMPLE001", **request.param}
    with contextlib.ExitStack() as stack:
        simulator = stack.enter_context(running(*from_data(data)))
        made = stack.enter_context(controller(simulator))
        yield Replayed(simulator, Console(made.connection))


def told(lines: list[str]) -> dict[str, Any]:
    """The findings of lines, without the time at which this session printed them."""
    return gist(diagnose([STAMP.sub("", line, count=1) for line in lines]))


def check(session: Replayed, lines: list[tuple[int, bool, str]]) -> None:
    heard = session.replay(lines)
    assert [line for line in heard if line.strip() and not STAMP.match(line)] == []
    plain = [STAMP.sub("", line, count=1) for line in heard if line.strip()]
    texts = [text for _place, _own, text in lines]
    assert plain == Redactor().redact("\n".join([*texts, END]), debug=True).split("\n")
    assert not [secret for secret in SECRETS if secret in "".join(plain)]
    assert told(plain) == told(texts)


@pytest.mark.parametrize(("place", "own_line"), WHERE, ids=[f"{PLACES[place]}-{own}" for place, own in WHERE])
def test_every_failure_is_told_wherever_it_appears(session: Replayed, place: int, own_line: bool) -> None:
    names = list(DIALOGUES)
    while names:
        # Each command of the session gets a dialogue at the same place.
        group = [names.pop() for _command in COMMANDS if names]
        check(
            session,
            [
                (len(PLACES) * (1 + number) + place, own_line, line)
                for number, name in enumerate(group)
                for line in DIALOGUES[name]
            ],
        )
        assert set(group) - {"clean"} <= set(told([line for name in group for line in DIALOGUES[name]]))


@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_several_activations_at_once_around_the_commands(session: Replayed, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(DIALOGUES)), min_size=1, max_size=4, unique=True))
    waiting = [blocks(DIALOGUES[name]) for name in names]
    texts: list[str] = []
    while waiting:
        chosen = data.draw(st.integers(0, len(waiting) - 1))
        texts += waiting[chosen].pop(0)
        waiting = [rest for rest in waiting if rest]
    last = len(PLACES) * (len(COMMANDS) + 2)
    places = sorted(data.draw(st.lists(st.integers(0, last), min_size=len(texts), max_size=len(texts))))
    own = [data.draw(st.booleans()) and (place % len(PLACES), True) in WHERE for place in places]
    check(session, list(zip(places, own, texts, strict=True)))
    # Each of them is told as if it had been alone.
    together = told(texts)
    for name in names:
        for cause, finding in told(DIALOGUES[name]).items():
            assert set(finding[5]) <= set(together[cause][5])
