# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Triage: which token is sick, what of, and who can mend it. A decision table kept as data; the first fitting row wins.

A hardware token that holds a seed was activated once, so Fortinet's server holds its one-time activation lock
(Fortinet articles 194508 and 194435). Deleting such a token cannot be undone, and a status text alone does not prove
that the seed is useless: that the lock was released is a statement only the operator can make. Nothing is ever deleted
on a status text that this table, or the operator, does not know.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import MARK
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    HARDWARE,
    MOBILE,
    SEED_ON_CD,
    Token,
)

HEALTHY = "healthy"
REIMPORT = "reimport"
ACTIVATE = "activate"
PENDING = "pending"
NEEDS_LOCK_RELEASE = "needs_lock_release"
FIRMWARE_BUG = "firmware_bug"
NEEDS_SEED_FILE = "needs_seed_file"
PROVISION = "provision"
NEEDS_LICENSE = "needs_license"
LOCKED = "locked"
UNDECIDED = "undecided"

VERDICTS = (
    HEALTHY,
    REIMPORT,
    ACTIVATE,
    PENDING,
    PROVISION,
    NEEDS_LOCK_RELEASE,
    NEEDS_LICENSE,
    NEEDS_SEED_FILE,
    FIRMWARE_BUG,
    LOCKED,
    UNDECIDED,
)

#: A person must still do something about these. `locked` is an administrator's own decision.
ATTENTION = frozenset(VERDICTS) - {HEALTHY, LOCKED}

ALL = "all"

ALREADY_ACTIVATED = "token already activated, and seed won't be returned"


def normalise(status: str) -> str:
    """A status text as it is compared: without differences of case, spacing and typographic quotes."""
    return " ".join(status.replace("\u2019", "'").split()).casefold()


@dataclass(frozen=True)
class Policy:
    """What the operator said beforehand.

    `lock_released`: the serials whose activation lock Fortinet has released, or {"all"}.
    `error_statuses`: further status texts to be treated as the known error of a hardware token.
    `admins`: whether tokens held by administrators may be touched.
    `login`: the account of the play itself, whose token is never touched.
    `provision`: whether users of mobile tokens are sent new activation codes.
    """

    lock_released: frozenset[str] = frozenset()
    error_statuses: frozenset[str] = frozenset()
    admins: bool = False
    login: str = ""
    provision: bool = False
    #: Whether the unit shows the seeds of its tokens, so that none shown means none stored; see `shows_seeds`.
    seeds_shown: bool = True

    def released(self, token: Token) -> bool:
        """Whether the operator states that Fortinet released the lock. No model is exempt: nothing is deleted without
        a claim."""
        return ALL in self.lock_released or token.serial in self.lock_released

    def is_known_error(self, status: str) -> bool:
        return is_already_activated(status) or is_activation_error(status) or status in self.error_statuses


def is_already_activated(status: str) -> bool:
    """The text of topic 180506; or that cause inside of an activation error, which was not seen but says the same."""
    return (
        status == ALREADY_ACTIVATED or re.fullmatch(r"activation error\s*\(.*already activated.*\)", status) is not None
    )


def is_activation_error(status: str) -> bool:
    """`activation error (token not exist in FortiGuard)`: no contact, or a wrong serial (FortiToken guide 616236; text
    and cause disagree there)."""
    error = re.fullmatch(r"activation error(\s*\(.*\))?", status) is not None
    return error and not is_already_activated(status) and not is_firmware_bug(status)


def is_firmware_bug(status: str) -> bool:
    """`cmdb save error` is how articles 428366 and 119518 quote it; how the row reads as a whole is not public."""
    return "cmdb save error" in status


#: Releases whose `user fortitoken` has an attribute `seed`, as first and last (CLI references, published schema):
#: 6.0.0 to 6.0.11, 6.2.3, 7.0.12 and later of 7.0, 7.2.1 and everything after it. Not on every model.
_SEED_RELEASES = (
    ((6, 0, 0), (6, 0, 99)),
    ((6, 2, 3), (6, 2, 3)),
    ((7, 0, 12), (7, 0, 99)),
    ((7, 2, 1), (99,)),
)


def shows_seeds(tokens: Iterable[Token], version: tuple[int, ...]) -> bool:
    """Whether this unit shows the seeds of hardware tokens at all, judged by all its tokens.

    One that is shown says yes. An active token without one says no, because only a token with a seed can be active.
    Where there is neither, the release has to tell (inferred).
    """
    hardware = [token for token in tokens if token.kind == HARDWARE]
    if any(token.seed for token in hardware):
        return True
    if any(normalise(token.status or "") == "active" for token in hardware):
        return False
    return not version or any(first <= version <= last for first, last in _SEED_RELEASES)


@dataclass(frozen=True)
class Row:
    """One row of the table. `applies` sees the token, its normalised status text and the policy."""

    verdict: str
    applies: Callable[[Token, str, Policy], bool]
    reason: str
    remedy: str = ""


def _hardware(token: Token) -> bool:
    return token.kind == HARDWARE


def _mobile(token: Token) -> bool:
    return token.kind == MOBILE


_ASK_TAC = (
    "Open a ticket with Fortinet TAC to release the activation lock of this serial. When Fortinet has confirmed it,"
    " run again and name the serial in remediate_lock_released (lock_released in the modules)."
)
_BY_HAND = "Compare 'show user fortitoken' and 'diagnose fortitoken info' on the unit by hand; nothing was touched."

TABLE: tuple[Row, ...] = (
    Row(
        REIMPORT,
        lambda token, status, policy: token.journal == "deleted",
        "An interrupted run has deleted it and did not come to add it again.",
    ),
    Row(
        UNDECIDED,
        lambda token, status, policy: not (token.configured and token.listed),
        "Seen on one side only: either the configuration has no entry for it, or the status list has no row.",
        _BY_HAND,
    ),
    Row(
        LOCKED,
        lambda token, status, policy: status == "locked" and token.locked,
        "An administrator locked it ('set status lock').",
        "Unlock it on the unit ('set status active') if it shall be used again.",
    ),
    Row(
        FIRMWARE_BUG,
        lambda token, status, policy: _hardware(token) and is_firmware_bug(status),
        "The unit fetched the token but could not store it (FortiOS bug 1218458).",
        "Upgrade to a FortiOS release with the fix (7.4.12, 7.6.7, 8.0.0 or later) and open a ticket with Fortinet TAC:"
        " the activation may have been spent. Do not activate it again on this build.",
    ),
    Row(
        HEALTHY,
        lambda token, status, policy: _hardware(token) and token.seed and status in ("active", "new"),
        "It holds a seed and shows no error.",
    ),
    Row(
        NEEDS_SEED_FILE,
        lambda token, status, policy: (
            token.serial.startswith(SEED_ON_CD) and token.seed and policy.is_known_error(status)
        ),
        "A FortiToken-200CD keeps its seed on the CD it came with; Fortinet cannot send it again.",
        "Delete it and import the seed file from its CD ('execute fortitoken import').",
    ),
    Row(
        REIMPORT,
        lambda token, status, policy: (
            _hardware(token) and token.seed and policy.is_known_error(status) and policy.released(token)
        ),
        "Its seed was encrypted for another unit, and its activation lock is released.",
    ),
    Row(
        NEEDS_LOCK_RELEASE,
        lambda token, status, policy: _hardware(token) and token.seed and policy.is_known_error(status),
        "It holds a seed but shows an error; Fortinet's server locks a token at its first activation, and nobody has"
        " stated that the lock is released.",
        _ASK_TAC,
    ),
    Row(
        UNDECIDED,
        lambda token, status, policy: (
            _hardware(token)
            and not token.seed
            and status == "new"
            and not (policy.seeds_shown or policy.released(token))
        ),
        "This unit does not show seeds, so that nobody can see whether this token was never activated, or was and is"
        " spare. Activating a spare one would burn it.",
        "If it was never activated, or Fortinet has released its lock, name it in remediate_lock_released"
        " (lock_released in the modules) and run again. A spare token that works can stay as it is.",
    ),
    Row(
        ACTIVATE,
        lambda token, status, policy: _hardware(token) and not token.seed and status == "new",
        "It has no seed yet: it was never activated on this unit.",
    ),
    Row(
        HEALTHY,
        lambda token, status, policy: _hardware(token) and not token.seed and status == "active",
        "It is active; this unit does not show seeds.",
    ),
    Row(
        ACTIVATE,
        lambda token, status, policy: (
            _hardware(token) and not token.seed and is_already_activated(status) and policy.released(token)
        ),
        "It has no seed, and its activation lock is released.",
    ),
    Row(
        NEEDS_LOCK_RELEASE,
        lambda token, status, policy: _hardware(token) and not token.seed and is_already_activated(status),
        "It was activated once, elsewhere or before it was deleted, and Fortinet does not return the seed again.",
        _ASK_TAC,
    ),
    Row(
        ACTIVATE,
        lambda token, status, policy: _hardware(token) and not token.seed and is_activation_error(status),
        "Its activation failed: no contact to FortiGuard, or a serial that FortiGuard does not know.",
        "If it fails again while the token server is reachable, check the serial on the token's back.",
    ),
    Row(
        HEALTHY,
        lambda token, status, policy: _mobile(token) and status in ("provisioned", "new"),
        "A mobile token in order; its seed is never shown.",
    ),
    Row(
        PENDING,
        lambda token, status, policy: _mobile(token) and status == "provisioning",
        "Its user has not entered the activation code yet, or the server has not answered yet.",
        "Ask the user to enter the activation code in the FortiToken app.",
    ),
    Row(
        PROVISION,
        lambda token, status, policy: _mobile(token) and status == "provision timeout",
        "Its activation code was not used in time.",
        "Send a new activation code: run with remediate_provision (provision in fortitoken_activate), or 'execute"
        " fortitoken-mobile provision' on the unit.",
    ),
    Row(
        NEEDS_LICENSE,
        lambda token, status, policy: _mobile(token) and (status == "locked" or policy.is_known_error(status)),
        "Its licence is registered to another unit, or the server could not be told of a change.",
        "Ask Fortinet Customer Service to transfer the FortiToken Mobile licence to this unit's serial number.",
    ),
)

_ASKED = Row(
    PENDING,
    lambda token, status, policy: token.journal == "asked" and not token.seed,
    "Its activation was asked for a moment ago (adding a token again is itself the activation), and FortiGuard has not"
    " answered yet.",
    "Wait a few minutes and run again.",
)

_UNKNOWN = Row(
    UNDECIDED,
    lambda token, status, policy: True,
    "This status is not known to be safe to act on.",
    _BY_HAND + " A text that you know to be an error can be added with remediate_error_statuses (error_statuses).",
)

#: What the collection does about a verdict; every other verdict is only reported.
ACTIONS = {REIMPORT: "reimport", ACTIVATE: "activate", PENDING: "poll", PROVISION: "provision"}


@dataclass(frozen=True)
class Finding:
    """Triage's word on one token. `action` is what a run would do, `none` where it only reports."""

    verdict: str
    reason: str
    remedy: str
    action: str


def triage(token: Token, policy: Policy) -> Finding:
    """The verdict on one token. Pure, total: every token gets one."""
    status = normalise(token.status or "")
    row = next((row for row in TABLE if row.applies(token, status, policy)), _UNKNOWN)
    # A text that nobody knows may be one of the way there.
    if (row.verdict in (ACTIVATE, UNDECIDED) or not status) and _ASKED.applies(token, status, policy):
        row = _ASKED
    action = ACTIONS.get(row.verdict, "none")
    remedy = row.remedy
    if action == "provision" and not policy.provision:
        action = "none"
    if action in ("reimport", "activate", "provision"):
        held = _held_back(token, policy) or (_cannot_come_back(token) if action == "reimport" else "")
        if held:
            return Finding(row.verdict, row.reason, held, "none")
    return Finding(row.verdict, row.reason, remedy, action)


def _cannot_come_back(token: Token) -> str:
    """Why a token that is deleted could not be given back as it was, or the empty string."""
    values = [value for _name, group in token.settings for value in group]
    values += [binding.name for binding in token.users]
    if any(ord(char) < 32 or ord(char) == 127 for value in values for char in value):
        return "One of its settings, or its holder's name, holds a line break: replace this token by hand."
    if any(MARK in value for value in values):
        return "One of its settings holds what looks like a secret and was not read: replace this token by hand."
    other = next((binding for binding in token.users if binding.two_factor != "fortitoken"), None)
    if other is not None:
        return (
            f"{other.describe()} names this token but has another second factor ('set two-factor {other.two_factor}'),"
            " which would be lost: take the token from that user first ('unset fortitoken'), or give it back as second"
            " factor."
        )
    return ""


def _held_back(token: Token, policy: Policy) -> str:
    """Why an administrator's token is left alone, or the empty string."""
    if not token.admins:
        return ""
    names = ", ".join(binding.name for binding in token.admins)
    if any(binding.name == policy.login for binding in token.admins):
        return f"It belongs to {names}, the account this play logs in with: run with another administrator account."
    if not policy.admins:
        return (
            f"It belongs to administrator {names}. Run with remediate_admins=include (admins=include in the modules):"
            " the administrator cannot log in while the token is replaced."
        )
    return ""


def summarise(verdicts: Iterable[str]) -> dict[str, int]:
    """How many tokens have which verdict, in the table's order, without zeros."""
    counts = Counter(verdicts)
    return {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]}
