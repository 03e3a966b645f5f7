# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a unit for listings: which scope each line is asked in, and what an answer that is refused or strange means.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleError, ParseError, UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import GLOBAL, Unit

#: What does not list tokens or users is expected to have at most so many rows. Where it has more, some turns are lost.
SETTINGS_ROWS = 1000


class Asking(Protocol):
    """What reading needs of a console; `Console` is one."""

    def run(self, batches: Sequence[Batch]) -> list[list[Answer]]:
        """Return one list of answers per batch. Raises ConsoleError."""

    def identity(self) -> dict[str, Any]:
        """Return what the login told of the unit."""


@dataclass(frozen=True)
class Reading:
    """The answers of one exchange, by scope and line."""

    hostname: str
    answers: dict[tuple[str, str], Answer]

    def need(self, scope: str, line: str) -> str:
        answer = self.answers[(scope, line)]
        if answer.fault is not None:
            raise UnitError(
                "a listing that everything else depends on was refused",
                unit=self.hostname,
                vdom=scope.removeprefix("vdom:"),
                answer=answer,
                next_step="Check the access profile of the account: it must be able to show users and tokens and to"
                " run 'diagnose fortitoken info'",
            )
        return answer.output

    def want(self, scope: str, line: str) -> str | None:
        """Return an answer; None for a line that was refused or not asked."""
        answer = self.answers.get((scope, line))
        return None if answer is None or answer.fault is not None else answer.output


def asking(lines: Mapping[str, Sequence[str]], rows: int | None = None) -> list[Batch]:
    """Return the batches that ask these lines, by scope. `rows`: what each answer is expected to have at most."""
    return [Batch(tuple(group), scope, repeatable=True, rows=rows) for scope, group in lines.items()]


def answered(hostname: str, batches: Sequence[Batch], answers: Sequence[Sequence[Answer]]) -> Reading:
    return Reading(
        hostname,
        {
            (str(batch.scope), line): answer
            for batch, group in zip(batches, answers, strict=True)
            for line, answer in zip(batch.lines, group, strict=True)
        },
    )


def read(console: Asking, hostname: str, lines: Mapping[str, Sequence[str]], rows: int | None = None) -> Reading:
    """Ask lines, by scope, and return the answers. Raises ConsoleError."""
    batches = asking(lines, rows)
    return answered(hostname, batches, console.run(batches))


def run_where_possible(console: Asking, batches: Sequence[Batch]) -> tuple[list[list[Answer]], dict[str, str]]:
    """Run batches that only print, and leave out VDOMs that cannot be entered.

    Returns the answers, one list per batch (empty for a batch that was left out), and VDOM -> why it was left out.
    Units list VDOMs that are reserved for themselves. Once one was refused, each batch is asked alone: lines that were
    already on their way were answered somewhere else. Raises ConsoleError for everything else.
    """
    try:
        return console.run(batches), {}
    except ConsoleError as error:
        if error.kind != "context":
            raise
    answers: list[list[Answer]] = []
    refused: dict[str, str] = {}
    for batch in batches:
        vdom = vdom_of(batch.scope)
        if vdom in refused:
            answers.append([])
            continue
        try:
            answers += console.run([batch])
        except ConsoleError as error:
            if error.kind != "context" or not vdom:
                raise
            refused[vdom] = str(error)
            answers.append([])
    return answers, refused


def vdom_of(scope: str | None) -> str:
    """Return the VDOM of a console scope, or "" for the global scope and the top."""
    return scope.removeprefix("vdom:") if scope and scope != GLOBAL else ""


@contextmanager
def explained(unit: Unit, vdom: str) -> Iterator[None]:
    """Give a ParseError the name of the unit and the VDOM."""
    try:
        yield
    except ParseError as error:
        raise UnitError(
            f"an answer could not be understood: {error}",
            unit=unit.hostname,
            vdom=vdom,
            next_step="Nothing is changed on a unit that is not understood. Run the command by hand and compare",
        ) from error


def global_scope(unit: Unit) -> str:
    """Return where the lines of the global scope are asked: an account of one VDOM has only that."""
    return unit.scope(unit.confined_to) if unit.confined_to else GLOBAL


def without_empty(
    batches: Sequence[Batch], answers: Sequence[Sequence[Answer]]
) -> tuple[list[Batch], list[Sequence[Answer]]]:
    pairs = [(batch, group) for batch, group in zip(batches, answers, strict=True) if group]
    return [batch for batch, _group in pairs], [group for _batch, group in pairs]
