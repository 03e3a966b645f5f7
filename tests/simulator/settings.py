# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a scenario for the line, the pager, questions in the shell, mobile tokens, and FortiToken Cloud.

``scenario.py`` names these classes where they belong in a scenario file.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Line:
    """A slow or lossy line below a session, next to ``console.latency_ms``.

    Only the bytes of the session pass through it; the SSH handshake and the login do not.
    """

    # Bits per second, from the client to the unit and back. 0: no limit.
    up_bits: int = 0
    down_bits: int = 0
    # Each segment is late by up to this.
    jitter_ms: float = 0.0
    # Share of segments that get lost. A lost one is sent again, and all that follows waits for it, as in TCP.
    loss: float = 0.0
    # Until a lost segment is sent again; doubles at each further loss (RFC 6298). None: 200 plus the round trip, as on
    # Linux.
    rto_ms: float | None = None
    seed: int = 1


# [fact: pager-keys]
@dataclass
class Pager:
    """How the pager handles keys and draws its prompt. No source documents any of this: all of it is inferred."""

    # `page_lines` rows a page even where the terminal is smaller.
    fixed: bool = False
    # Keys that arrive before `--More-- ` is shown: read, or swallow.
    ahead: str = "read"
    # Whether a key is printed behind `--More-- `.
    echo: bool = False
    # How `--More-- ` is removed: spaces (`\r         \r`, seen in oxidized's recording of 7.4.8), erase (`\r\x1b[K`),
    # cursor (`\x1b[9D\x1b[K`) or backspace.
    redraw: str = "spaces"
    # Whether `--More-- ` is printed again after debug output on its line.
    again_after_debug: bool = False
    # Whether the pager also stops behind a last page that is full.
    stops_at_end: bool = False


# [fact: login-question]
@dataclass
class Question:
    """A question in the shell after SSH accepted the password, such as ``FortiToken: `` (seen in a transcript)."""

    text: str = "FortiToken: "
    # The right answer. Any other one, an empty one included, ends the session.
    answer: str = "123456"
    # Lines that are printed before it.
    before: str | None = None
    # Characters of the text after which the unit pauses, and the seconds.
    pause_at: int = 0
    pause: float = 0.0
    echo: bool = False
    # Whether a wrong answer counts as a failed login for the lockout. [fact: login-question-counts]
    counts: bool = True


@dataclass
class Enrollment:
    """How activation codes reach a user and what the user does with them."""

    # Hours from the arrival of a code until it is scanned; None: never. A list has one item per code that arrives; the
    # last one holds for all further codes.
    scans_after: float | list[float | None] | None = 0.0
    # Hours from a scan until the user has a new phone without the token; None: keeps the phone.
    new_phone_after: float | None = None
    # What becomes of this user's mails and text messages (see `mail` and `sms` of the scenario). None: as the unit's.
    mail: str | None = None
    sms: str | None = None


# [fact: trial-code]
@dataclass
class Trial:
    """The two free trial tokens of a unit (Fortinet article 190171)."""

    # False: this unit gets none, as a cluster with a virtual serial number (forum-184542). [fact: trial-virtual-serial]
    available: bool = True
    # Serials that the code brings; none: two made up from the unit's serial.
    tokens: list[str] = field(default_factory=list)
    # Answer while trial tokens are there: `input value is invalid` or `no valid token found` (article 190171), and
    # its FortiCare number, which is known for the latter only. [fact: trial-again]
    again: str = "no valid token found"
    again_error: int = 17


@dataclass
class Cloud:
    """FortiToken Cloud (FortiIdentity Cloud), as far as it is read: `execute fortitoken-cloud show`."""

    status: str = "licensed, service ready."
    balance: str = "100.00"
    expiration: str = "2027-01-21"
    customer_id: str = "0000000"
    # License -> what `diagnose fortitoken-cloud migrate-ftm show` says of it; its real text is not public.
    # [fact: cloud-migrate-output]
    migrations: dict[str, str] = field(default_factory=dict)
