# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command line answers when it refuses a line.

Layouts and numbers as seen in public transcripts: `command parse error before 'psu'`, a blank line, `Command fail.
Return code -61`; `incomplete command in the end` with -160; `entry not found in datasource` and `value parse error
before 'x'` with -3; `The entry is used by other 2 entries` with -23; `Unknown action 0`; a workspace lock with 14.
"""

from __future__ import annotations


class CliError(Exception):
    """A line is refused; ``lines`` is what the unit prints."""

    def __init__(self, *lines: str) -> None:
        super().__init__(lines[0] if lines else "")
        self.lines = list(lines)


def fail(code: int, *lines: str) -> CliError:
    """Return an error with the closing line that names a code."""
    return CliError(*lines, f"Command fail. Return code {code}")


def parse_error(word: str) -> CliError:
    """An unknown, ambiguous or forbidden word. That a profile's refusal looks like this is inferred.

    [fact: error-parse] [fact: rights-refusal]
    """
    return fail(-61, f"command parse error before '{word}'", "")


def unknown_action() -> CliError:
    """The first word of the line is no command here. [fact: error-unknown-action]"""
    return CliError("Unknown action 0")


def incomplete() -> CliError:
    """The line ends too early. [fact: error-incomplete]"""
    return fail(-160, "incomplete command in the end")


def value_error(word: str, *reasons: str, code: int = -3) -> CliError:
    """A value that cannot be set. [fact: error-value]"""
    return fail(code, *reasons, "", f"value parse error before '{word}'")


def in_use(count: int) -> CliError:
    """An entry that others refer to cannot be deleted. [fact: error-in-use]"""
    return fail(-23, f"The entry is used by other {count} entries")


def locked_by_transaction() -> CliError:
    """The object is part of another session's workspace transaction (Administration Guide, topic 530847).

    [fact: txn-locks] [fact: txn-lock-text]
    """
    return fail(
        14,
        "Can not config the object since either the object or the referenced objects are being configured by "
        "other transactions.",
        "",
    )
