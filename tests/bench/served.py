# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated units in a process of their own, so that their CPU seconds are nobody else's, and questions to them."""

from __future__ import annotations

import contextlib
import multiprocessing
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from tests.simulator import Scenario, running
from tests.simulator.events import Event
from tests.simulator.invariants import out_of_service
from tests.simulator.server import Simulator


@dataclass(frozen=True)
class Traffic:
    """What all sessions of all units have cost, by the simulator's own count.

    turns: how often a unit waited for its client. bytes: both directions. exposed: users who had a second factor and
    were committed without one while enabled. open_sessions: not ended yet, and therefore not counted.
    out: seconds that the user who was out of service longest was so.
    """

    logins: int
    turns: int
    lines: int
    bytes: int
    exposed: int
    open_sessions: int
    out: float


@dataclass(frozen=True)
class Address:
    """Where a unit listens."""

    name: str
    port: int
    known_hosts: str


def _longest_out(events: list[Event]) -> float:
    return max(out_of_service(events).values(), default=0.0)


def _traffic(simulator: Simulator) -> Traffic:
    events = simulator.events
    crashes = [event["error"] for event in events if event["type"] == "crash"]
    if crashes:
        raise RuntimeError(f"the simulator has made a mistake: {crashes[0]}")
    ended = [event for event in events if event["type"] == "counters"]
    logins = sum(1 for event in events if event["type"] == "login" and event["ok"])
    exposed = {
        (event["unit"], event["scope"], event["key"])
        for event in events
        if event["type"] == "change" and event["path"] == "user local" and event["after"] is not None
        if event["before"] is not None and event["before"].get("two-factor", "disable") != "disable"
        if event["after"].get("two-factor", "disable") == "disable"
        if event["after"].get("status", "enable") == "enable"
    }
    return Traffic(
        logins=logins,
        turns=sum(event["turns"] for event in ended),
        lines=sum(event["lines"] for event in ended),
        bytes=sum(event["bytes_in"] + event["bytes_out"] for event in ended),
        exposed=len(exposed),
        open_sessions=logins - len(ended),
        out=max((_longest_out([e for e in events if e["unit"] == unit.name]) for unit in simulator.units), default=0.0),
    )


def _unmended(simulator: Simulator) -> list[str]:
    """What is not as it shall be at the end: every token active and with a seed, every user enabled, with a second
    factor and the token of the start."""
    found: list[str] = []
    for unit in simulator.units:
        for token in unit.scenario.tokens:
            entry = unit.config.table(token.vdom, "user fortitoken").entries.get(token.serial)
            if entry is None or not entry.text("seed") or unit.fortiguard.tokens[token.serial].status != "active":
                found.append(f"{unit.name}: {token.serial}")
        for user in unit.scenario.users:
            now = unit.config.table(user.vdom, "user local").entries.get(user.name)
            bound = now is not None and (now.text("two-factor"), now.text("fortitoken"), now.text("status", "enable"))
            if bound != ("fortitoken", user.fortitoken, user.status):
                found.append(f"{unit.name}: {user.name}")
    return found


_QUESTIONS: dict[str, Callable[[Simulator], Any]] = {"traffic": _traffic, "unmended": _unmended}


def _serve(scenarios: list[Scenario], questions: Connection) -> None:
    # netmiko allows no key exchange but finite-field Diffie-Hellman, of which the cryptography library warns.
    warnings.filterwarnings("ignore", "Diffie-Hellman over finite fields")
    with running(*scenarios) as simulator:
        questions.send([Address(u.name, u.port, simulator.known_hosts(u.name)) for u in simulator.units])
        while True:
            try:
                question = questions.recv()
            except EOFError:
                return
            try:
                questions.send(simulator.call(partial(_QUESTIONS[question], simulator)))
            except Exception as error:
                questions.send(error)


class Served:
    """Running units, seen from the benchmark's process."""

    def __init__(self, addresses: list[Address], questions: Connection) -> None:
        self.addresses = addresses
        self._questions = questions

    def _ask(self, question: str) -> Any:
        self._questions.send(question)
        answer = self._questions.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def traffic(self) -> Traffic:
        """What was sent so far."""
        traffic: Traffic = self._ask("traffic")
        return traffic

    def unmended(self) -> list[str]:
        """Tokens and users that are not as they shall be after a remediation, each with its unit."""
        unmended: list[str] = self._ask("unmended")
        return unmended


@contextlib.contextmanager
def serving(scenarios: list[Scenario]) -> Iterator[Served]:
    """Serve units in another process while the block runs."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(scenarios, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Served(ours.recv(), ours)
    finally:
        ours.close()
        process.join(20)
