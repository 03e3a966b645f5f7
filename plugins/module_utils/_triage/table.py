# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Triage: which token failed, why, and who can repair it. A decision table kept as data; the first row that fits wins.

A hardware token that holds a seed was activated once, so Fortinet's server holds its one-time activation lock
(Fortinet articles 194508 and 194435). Deleting such a token cannot be undone, and a status text alone does not prove
that the seed is useless: only the operator can state that the lock was released. Nothing is ever deleted on a status
text that neither this table nor the operator knows. [fact: activation-lock] [fact: delete-burns-seed]

This module util is private to the collection and may change at any time.
"""

# ruff: noqa: ARG005 - all rows of the table have one signature
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

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

#: Whether the unit shows the seeds of its hardware tokens. Where it is hidden, a missing `set seed` proves nothing;
#: where it is unclear, nothing follows from one.
SHOWN, HIDDEN, UNCLEAR = "shown", "hidden", "unclear"

#: How far a token is known to work: a status only, evidence since the cut-over, or evidence against it.
PROOF_SHOWN, PROOF_CONFIRMED, PROOF_REFUTED = "shown", "confirmed", "refuted"

ALL = "all"

ALREADY_ACTIVATED = "token already activated, and seed won't be returned"


def normalise(status: str) -> str:
    """Return a status text as it is compared: without differences of case, spacing and typographic quotes."""
    return " ".join(status.replace("\u2019", "'").split()).casefold()


@dataclass(frozen=True)
class Spent:
    """A request that was refused: `since` when (UTC, ISO 8601), with which `status` text.

    `because`: the token whose refusal kept this one from being requested; empty where it was refused itself.
    """

    since: str
    status: str
    because: str = ""


@dataclass(frozen=True)
class Policy:
    """What the operator said beforehand, and what the unit as a whole shows.

    `lock_released`: the serials whose activation lock Fortinet has released, or {"all"}.
    `error_statuses`: further status texts to be treated as the known error of a hardware token.
    `admins`: whether tokens used by administrators may be touched.
    `login`: the account of the play itself, whose token is never touched.
    `provision`: whether users of mobile tokens are sent new activation codes.
    `remote_users`: whether users that a group admits without their local entry may be unbound.
    `baseline_licenses`: license -> serial of the unit that had it when the baseline was taken.
    `spent`: serial -> what was requested in an earlier run and refused, and is not requested again.

    `evidence.refine` sets the rest from the inventory: `seeds` (`shown`, `hidden` or `unclear`) and `dead_licenses`,
    the trial licenses that cannot work on this unit.
    """

    lock_released: frozenset[str] = frozenset()
    error_statuses: frozenset[str] = frozenset()
    admins: bool = False
    login: str = ""
    provision: bool = False
    remote_users: bool = False
    baseline_licenses: dict[str, str] = field(default_factory=dict, hash=False)
    seeds: str = SHOWN
    dead_licenses: frozenset[str] = frozenset()
    spent: Mapping[str, Spent] = field(default_factory=dict, hash=False)

    def released(self, token: Token) -> bool:
        """Return whether the operator states that Fortinet released the lock. No model is exempt: nothing is deleted
        without a claim."""
        return ALL in self.lock_released or token.serial in self.lock_released

    def is_known_error(self, status: str) -> bool:
        return is_already_activated(status) or is_activation_error(status) or status in self.error_statuses

    def holds_seed(self, token: Token) -> bool:
        """Return whether the token must count as one that holds a seed: it shows one, or its unit shows none at all."""
        return token.seed or self.seeds == HIDDEN

    def holds_none(self, token: Token) -> bool:
        """Return whether it is known that the token holds no seed."""
        return not token.seed and self.seeds == SHOWN


def is_already_activated(status: str) -> bool:
    """Return whether it is the text of topic 180506, or an activation error that names the same cause (inferred).

    [fact: status-already-activated]
    """
    return (
        status == ALREADY_ACTIVATED or re.fullmatch(r"activation error\s*\(.*already activated.*\)", status) is not None
    )


def is_activation_error(status: str) -> bool:
    """Return whether it is a text like `activation error (token not exist in FortiGuard)`: no contact, or a wrong
    serial (FortiToken guide 616236; text and cause disagree there). [fact: status-not-exist]"""
    error = re.fullmatch(r"activation error(\s*\(.*\))?", status) is not None
    return error and not is_already_activated(status) and not is_firmware_bug(status)


def is_firmware_bug(status: str) -> bool:
    """Return whether it is `cmdb save error`, as articles 428366 and 119518 quote it; the whole row is not public.

    [fact: status-cmdb-save-error]
    """
    return "cmdb save error" in status


@dataclass(frozen=True)
class Row:
    """One row of the table. `applies` gets the token, its normalized status text and the policy."""

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
#: Article 190171. Both tokens of a set go together, and a new set is free. [fact: trial-again] [fact: trial-code]
_NEW_TRIAL_SET = (
    "Get this unit its own set of trial tokens: code 0000-0000-0000-0000-0000 in remediate_license_codes (Fortinet"
    " article 190171), then give the users new tokens. Trial tokens cannot be moved between units."
)
_TRANSFER = (
    "Ask Fortinet Customer Service to transfer the FortiToken Mobile license to the serial number of this unit. Do not"
    " delete a license from the unit meanwhile: an expired one cannot be recovered (Fortinet article 197790)."
)

TABLE: tuple[Row, ...] = (
    Row(
        REIMPORT,
        lambda token, status, policy: token.journal == "deleted",
        "An interrupted run deleted it and did not add it again.",
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
        "Unlock it on the unit ('set status active') if it is to be used again.",
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
            token.serial.startswith(SEED_ON_CD)
            and _hardware(token)
            and policy.holds_seed(token)
            and policy.is_known_error(status)
        ),
        "A FortiToken-200CD keeps its seed on the CD it came with; Fortinet cannot send it again.",
        "Delete it and import the seed file from its CD ('execute fortitoken import').",
    ),
    Row(
        REIMPORT,
        lambda token, status, policy: (
            _hardware(token) and token.seed and policy.is_known_error(status) and policy.released(token)
        ),
        "Its seed is of no use on this unit, and its activation lock is released.",
    ),
    Row(
        NEEDS_LOCK_RELEASE,
        lambda token, status, policy: _hardware(token) and token.seed and policy.is_known_error(status),
        "It holds a seed but shows an error. Fortinet's server locks a token at its first activation, and the"
        " lock is not known to be released.",
        _ASK_TAC,
    ),
    Row(
        REIMPORT,
        lambda token, status, policy: (
            _hardware(token) and policy.holds_seed(token) and policy.is_known_error(status) and policy.released(token)
        ),
        "It shows an error on a unit that shows no seeds, and its activation lock is released.",
    ),
    Row(
        NEEDS_LOCK_RELEASE,
        lambda token, status, policy: _hardware(token) and policy.holds_seed(token) and policy.is_known_error(status),
        "It shows an error. This unit shows no seeds, so it may hold one: Fortinet's server locks a token at its first"
        " activation, and the lock is not known to be released.",
        _ASK_TAC,
    ),
    Row(
        HEALTHY,
        lambda token, status, policy: _hardware(token) and not token.seed and status == "active",
        "It is active; this unit does not show seeds.",
    ),
    Row(
        UNDECIDED,
        lambda token, status, policy: _hardware(token) and not policy.holds_none(token) and status == "new",
        "This unit shows no seeds, so it is not known whether this token was never activated, or was activated and is a"
        " spare. Activating a spare one may make it useless.",
        "A spare token that works can stay as it is. If it was never activated, run 'execute fortitoken activate' for"
        " it on the unit by hand.",
    ),
    Row(
        UNDECIDED,
        lambda token, status, policy: (
            _hardware(token) and not policy.holds_none(token) and policy.is_known_error(status)
        ),
        "It shows an error and no seed, and it is not known whether this unit shows seeds at all.",
        _BY_HAND + " If the unit hides seeds, open a ticket with Fortinet TAC to release the activation lock.",
    ),
    Row(
        ACTIVATE,
        lambda token, status, policy: _hardware(token) and policy.holds_none(token) and status == "new",
        "It has no seed yet: it was never activated on this unit.",
    ),
    Row(
        ACTIVATE,
        lambda token, status, policy: (
            _hardware(token) and policy.holds_none(token) and is_already_activated(status) and policy.released(token)
        ),
        "It has no seed, and its activation lock is released.",
    ),
    Row(
        NEEDS_LOCK_RELEASE,
        lambda token, status, policy: _hardware(token) and policy.holds_none(token) and is_already_activated(status),
        "It was activated once, elsewhere or before it was deleted, and Fortinet does not return the seed again.",
        _ASK_TAC,
    ),
    Row(
        ACTIVATE,
        lambda token, status, policy: _hardware(token) and policy.holds_none(token) and is_activation_error(status),
        "Its activation failed: no contact with FortiGuard, or a serial that FortiGuard does not know.",
        "If it fails again while the token server is reachable, check the serial on the back of the token.",
    ),
    Row(
        NEEDS_LICENSE,
        lambda token, status, policy: _mobile(token) and token.license in policy.dead_licenses,
        "It belongs to a trial license that cannot work here: one of another unit, or one too many. Such tokens look"
        " fine after a migration and cannot be used (Fortinet articles 190171 and 312027).",
        _NEW_TRIAL_SET,
    ),
    Row(
        HEALTHY,
        lambda token, status, policy: _mobile(token) and status in ("provisioned", "new"),
        "It shows no error. A mobile token never shows its seed.",
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
        "Its license is registered to another unit, or the server could not be told of a change.",
        _TRANSFER,
    ),
)

_ASKED = Row(
    PENDING,
    lambda token, status, policy: token.journal == "asked" and not token.seed,
    "Its activation was requested a moment ago (adding a token again is itself the activation), and FortiGuard has not"
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
    """What triage says of one token.

    `action`: what a run would do, `none` where it only reports. `blocked_by`: why nothing is done although the verdict
    has an action: `line_break`, `secret`, `other_factor`, `own_account`, `administrator`, `delivery`, `side_door` or
    `refused`; the remedy then says what to do first. `proof`: `shown`, `confirmed` or `refuted`.
    `refused_since`: when its activation was refused, where it is not requested again for that reason.
    """

    verdict: str
    reason: str
    remedy: str
    action: str
    blocked_by: str = ""
    proof: str = PROOF_SHOWN
    refused_since: str = ""


#: Verdicts that rest on an error or a refusal. A token that waits, was never activated, was locked by an administrator
#: or is not understood says nothing either way.
_REFUTED = frozenset((REIMPORT, NEEDS_LOCK_RELEASE, NEEDS_SEED_FILE, NEEDS_LICENSE, FIRMWARE_BUG, PROVISION))


def triage(token: Token, policy: Policy) -> Finding:
    """Return the verdict on one token. Pure and total: every token gets one."""
    status = normalise(token.status or "")
    row = next((row for row in TABLE if row.applies(token, status, policy)), _UNKNOWN)
    # A text that is not known may appear on the way to an answer.
    if (row.verdict in (ACTIVATE, UNDECIDED) or not status) and _ASKED.applies(token, status, policy):
        row = _ASKED
    refuted = row.verdict in _REFUTED or (row.verdict == ACTIVATE and policy.is_known_error(status))
    proof = PROOF_REFUTED if refuted else PROOF_SHOWN
    action = ACTIONS.get(row.verdict, "none")
    if action == "provision" and not policy.provision:
        action = "none"
    if action in ("reimport", "activate", "provision"):
        blocked_by, remedy = _held_back(token, policy)
        if not blocked_by and action == "reimport":
            blocked_by, remedy = _cannot_come_back(token)
        if blocked_by:
            return Finding(row.verdict, row.reason, remedy, "none", blocked_by, proof)
    return Finding(row.verdict, row.reason, row.remedy, action, "", proof)


def _cannot_come_back(token: Token) -> tuple[str, str]:
    """Return why a token that is deleted could not be given back as it was, and what to do; or empty texts."""
    values = [value for _name, group in token.settings for value in group]
    values += [binding.name for binding in token.users]
    if any(ord(char) < 32 or ord(char) == 127 for value in values for char in value):
        return "line_break", "One of its settings, or its user's name, holds a line break: replace this token by hand."
    if any(MARK in value for value in values):
        return "secret", (
            "One of its settings holds what looks like a secret and was not read: replace this token by hand."
        )
    other = next((binding for binding in token.users if binding.two_factor != "fortitoken"), None)
    if other is not None:
        return "other_factor", (
            f"{other.describe()} names this token but has another second factor ('set two-factor {other.two_factor}'),"
            " which would be lost: take the token from that user first ('unset fortitoken'), or give it back as second"
            " factor."
        )
    return "", ""


def _held_back(token: Token, policy: Policy) -> tuple[str, str]:
    """Return why an administrator's token is left alone, and what to do; or empty texts."""
    if not token.admins:
        return "", ""
    names = ", ".join(binding.name for binding in token.admins)
    if any(binding.name == policy.login for binding in token.admins):
        return "own_account", (
            f"It belongs to {names}, the account this play logs in with: run with another administrator account."
        )
    if not policy.admins:
        return "administrator", (
            f"It belongs to administrator {names}. Run with remediate_admins=include (admins=include in the modules):"
            " the administrator cannot log in while the token is replaced."
        )
    return "", ""


def summarise(verdicts: Iterable[str]) -> dict[str, int]:
    """Return how many tokens have which verdict, in the table's order, without zeros."""
    counts = Counter(verdicts)
    return {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]}
