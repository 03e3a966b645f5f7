# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a scenario: faults, refusals, the time server. The README documents the file format."""

from __future__ import annotations

from dataclasses import dataclass, field

# What a fault does to the session or to its line.
LINE_FAULTS = (
    "cut_before",
    "cut_after",
    "hang",
    "hang_debug",
    "slow",
    "garbage",
    "refuse",
    "ignore",
    "ask",
    "reboot",
)
# What a fault changes on the unit just before the line runs: see effects.py.
EFFECTS = ("change", "repair", "users", "failover", "revert", "server", "adopt", "role", "expire")
FAULT_KINDS = (*LINE_FAULTS, *EFFECTS)


@dataclass
class Fault:
    """One thing that goes wrong. It strikes at the Nth ``line`` or at a line that ``match`` finds, ``times`` times."""

    # One of FAULT_KINDS.
    kind: str
    line: int | None = None
    match: str | None = None
    # Lines are counted over the whole run (total) or anew for each login (login). exchange: ``line`` counts the times
    # that the unit waited for the client, and the fault strikes at the first line that follows the Nth wait.
    count: str = "total"
    times: int = 1
    # refuse: the error text; garbage: what is printed; hang_debug: the debug line; ask: the question, which runs the
    # line at `y` only.
    text: str | None = None
    # change: command lines that another administrator runs first.
    commands: list[str] = field(default_factory=list)
    # reboot, revert: seconds without an answer; slow: seconds before the line runs; hang_debug: seconds between lines.
    seconds: float = 2.0
    # repair: hardware tokens that a second controller has repaired; none named: all that failed.
    serials: list[str] = field(default_factory=list)
    # users: user (or VDOM/user) -> enable, disable, unbind, or the serial that the user gets.
    users: dict[str, str] = field(default_factory=dict)
    # failover: serial of the member that takes over (none: the next of `ha.members`), and whether sessions are cut.
    serial: str | None = None
    cut: bool = True
    # server: the new `Token server status`, whether requests arrive (none: by the status), and the seconds after
    # which the former state is back (none: it stays).
    status: str = "unreachable"
    works: bool | None = None
    back_after: float | None = None
    # adopt: address of the FortiManager.
    fmg: str = "192.0.2.5"
    # role: the new role of the unit in its cluster; primary, secondary, or any other word.
    role: str = "secondary"


@dataclass
class Refused:
    """A setting that the unit refuses, although the entry had it at the start. The text is inferred.

    [fact: error-setting-refused]
    """

    path: str
    attribute: str
    # None: of every entry.
    key: str | None = None
    # A regular expression that the value must match; None: any value.
    match: str | None = None
    # Where the refusal comes: at the line (set), or when the entry is saved (next). A fault in an entry may show only
    # at `next` or `end` (public transcript). [fact: error-late]
    at: str = "set"


@dataclass
class Ntp:
    """Where the unit has its time from."""

    # Seconds by which the unit's clock is ahead.
    offset: float = 0.0
    # `set ntpsync` of `config system ntp`.
    sync: bool = True
    # Whether `diagnose sys ntp status` says so; None: as ``sync``.
    synchronized: bool | None = None
    server: str = "ntp1.fortiguard.com"
