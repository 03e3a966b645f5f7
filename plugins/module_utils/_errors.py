# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error that the collection raises on purpose, as one tree below FortitokenError. The text is for people.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer


class FortitokenError(Exception):
    """Root of all errors of this collection."""


class UnitError(FortitokenError):
    """Something the unit said or did that the work cannot go on with.

    Says what failed, where, on which line, what the unit answered (redacted by the connection) and what to do next.
    """

    def __init__(
        self, what: str, *, unit: str = "", vdom: str = "", answer: Answer | None = None, next_step: str = ""
    ) -> None:
        self.command = answer.line if answer else ""
        self.device_output = answer.output.strip() if answer else ""
        self.rc = answer.fault.code if answer and answer.fault else None
        where = f"{unit}{f' (VDOM {vdom})' if vdom else ''}: " if unit else ""
        said = " ".join(self.device_output.split())[:300]
        parts = [f"{where}{what}"]
        if self.command:
            parts.append(f"Line: '{self.command}'; the unit answered: {said or '(nothing)'}")
        if next_step:
            parts.append(next_step)
        super().__init__(". ".join(part.rstrip(".") for part in parts) + ".")


class ConsoleError(FortitokenError):
    """The console cannot do or finish what was asked; the text is for people.

    kind: ``login``, ``hostkey``, ``lost``, ``timeout``, ``refused`` or ``context``.
    answers: what was answered so far, one list per batch. unanswered: lines sent whose effect is unknown, redacted.
    """

    def __init__(
        self,
        message: str,
        kind: str = "lost",
        answers: list[list[Answer]] | None = None,
        unanswered: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.answers = answers or []
        self.unanswered = list(unanswered)


class ConsoleFailure(FortitokenError):
    """Why a console cannot go on, in words for people.

    kind: "login", "hostkey", "lost" (the line is gone), "timeout", "refused" (the request makes no sense), "context"
    (VDOM or scope).
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class JournalError(FortitokenError):
    """The journal cannot be used: unreadable, of another format, or of another unit. The message says what to do."""


class FileError(FortitokenError):
    """A file cannot be read, or somebody else could have written it. The message names it and says what to do."""


class ParseError(FortitokenError, ValueError):
    """The text is not what the command should have printed. Its message quotes the beginning of the text."""

    def __init__(self, what: str, text: str) -> None:
        excerpt = " / ".join(line.strip() for line in text.strip().splitlines()[:3])[:200] or "(nothing)"
        super().__init__(f"{what}; the unit answered: {excerpt}")


class PlanError(FortitokenError, ValueError):
    """A file is not a plan that can be used. The message says why, not which file."""


class BaselineError(FortitokenError, ValueError):
    """A file is not a baseline that can be used. The message says why, not which file."""


class DocumentError(FortitokenError):
    """A file cannot be used. The message names it, and says why and what to do."""
