# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a report: one place for each label, title and form of speech. Pure.

The page, its script, the terminal, Markdown, JUnit and the guide's tables take their words from here.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import ADMIN, Binding
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    ACTIVATE,
    FIRMWARE_BUG,
    HEALTHY,
    LOCKED,
    NEEDS_LICENSE,
    NEEDS_LOCK_RELEASE,
    NEEDS_SEED_FILE,
    PENDING,
    PROVISION,
    REIMPORT,
    UNDECIDED,
)

#: A host of the play that has no report of this run.
NOT_REACHED = "not_reached"
#: What stands for the verdict of a token that is not on the unit anymore.
MISSING = "missing"

NAMES_SHOWN = 3


@dataclass(frozen=True)
class Result:
    """`tone`: how it looks, `ok`, `warn`, `bad` or `calm`. `meaning` and `fails`: columns of the guide's table."""

    label: str
    tone: str
    meaning: str
    fails: str


#: Worst first: the order in which people want to see units.
RESULTS: Mapping[str, Result] = {
    "failed": Result("Failed", "bad", "The run did not finish. ``error`` in the report says why. Run it again.", "yes"),
    NOT_REACHED: Result(
        "Not reached", "bad", "On the page and in the summary only: the unit has no report of this run.", "yes"
    ),
    "blocked": Result("Blocked", "bad", "A gate is closed. Nothing was changed.", "yes"),
    "partial": Result(
        "Work left",
        "warn",
        "A token needs attention, or an interrupted run is unfinished. What could be repaired is repaired.",
        "with ``remediate_strict``; always while a journal is open",
    ),
    "remediated": Result("Remediated", "ok", "What was wrong is repaired.", "no"),
    "healthy": Result("Healthy", "ok", "No token needed attention, and nothing was changed.", "no"),
    "skipped": Result(
        "Skipped", "calm", "A FortiManager manages the unit and provides its tokens. Nothing was changed.", "no"
    ),
}
#: Results that need attention.
OPEN_RESULTS = frozenset(("failed", NOT_REACHED, "blocked", "partial"))
#: Results of a unit that has a report of its own.
UNIT_RESULTS = tuple(result for result in RESULTS if result != NOT_REACHED)


@dataclass(frozen=True)
class Verdict:
    """`step`: what is left to do, in a few words. `meaning` and `next_step`: columns of the guide's table."""

    label: str
    tone: str
    step: str
    meaning: str = ""
    next_step: str = ""


#: Worst first.
VERDICTS: Mapping[str, Verdict] = {
    MISSING: Verdict(
        "Missing",
        "bad",
        "Add the token again",
        "It was on the unit before the run, or before an interrupted run, and is not there now.",
        "Run again: the journal knows what to add.",
    ),
    UNDECIDED: Verdict(
        "Undecided",
        "warn",
        "Check it by hand",
        "An unknown status text, or a token that shows on one side only.",
        "Check the unit. Nothing was touched. If the text means a useless seed, set it in"
        " ``remediate_error_statuses``.",
    ),
    FIRMWARE_BUG: Verdict(
        "Firmware bug",
        "bad",
        "Change the firmware",
        "This FortiOS release could not store the seed.",
        "Upgrade, and open a ticket: the file ``\u2026ticket-firmware.txt``. It is not tried again on this release.",
    ),
    NEEDS_LOCK_RELEASE: Verdict(
        "Lock not released",
        "warn",
        "Ask TAC for the lock release",
        "Fortinet's server hands out the seed of a hardware token once, and has done so already.",
        "A ticket with Fortinet TAC: the file ``\u2026ticket-tac.txt``. Then name the serial in"
        " ``remediate_lock_released``.",
    ),
    NEEDS_LICENSE: Verdict(
        "Needs a license",
        "warn",
        "Ask for the license transfer",
        "The license of a mobile token is registered to another unit.",
        "A ticket with Fortinet Customer Service: the file ``\u2026ticket-customer-service.txt``. Or a new code in"
        " ``remediate_license_codes``, and ``remediate_token_map: auto``.",
    ),
    NEEDS_SEED_FILE: Verdict(
        "Needs its seed file",
        "warn",
        "Import the seed file",
        "A FortiToken-200CD. Its seed is on its CD, and nowhere else.",
        "Delete it and import the seed file from its CD: ``execute fortitoken import``.",
    ),
    PROVISION: Verdict(
        "Code expired",
        "warn",
        "Send a new code",
        "The activation code of a mobile token was not used in time.",
        "Tell the user, then run with ``remediate_provision: true``, which mails or texts a new one.",
    ),
    REIMPORT: Verdict(
        "Needs re-import",
        "work",
        "Run the remediation",
        "Its seed is useless here, and you said that its lock is released.",
        "The run deletes it, adds it again and gives it back.",
    ),
    ACTIVATE: Verdict(
        "Needs activation",
        "work",
        "Run the remediation",
        "A hardware token without a seed.",
        "The run activates it, once.",
    ),
    PENDING: Verdict(
        "Pending",
        "work",
        "Wait, then check again",
        "The token server has not answered yet.",
        "Wait, and run again.",
    ),
    LOCKED: Verdict(
        "Locked by admin",
        "calm",
        "Unlock it if you want to use it",
        "An administrator locked it (``set status lock``).",
        "None, unless you want to use it again.",
    ),
    HEALTHY: Verdict("Healthy", "ok", "", "Its status shows no error.", "None."),
}

#: How far a token is known to work. Only a confirmed one may be called working.
PROOFS: Mapping[str, str] = {
    "confirmed": "working, confirmed since the migration",
    "shown": "status only, not proven to work",
    "refuted": "proven not to work here",
}

#: What a run did with a token.
ACTIONS: Mapping[str, str] = {
    "readded": "Deleted and added again",
    "activated": "Activated",
    "provisioned": "New code sent",
    "rebound": "Given back to its user",
    "assigned": "Given to a user in the place of another token",
    "unassigned": "Taken from its user, who got another token",
    "deleted": "Deleted",
    "none": "",
}
#: What a run would do with it.
PLANS: Mapping[str, str] = {
    "reimport": "Delete and add again",
    "readded": "Delete and add again",
    "activate": "Activate",
    "activated": "Activate",
    "provision": "Send a new code",
    "provisioned": "Send a new code",
    "poll": "Wait for it",
    "rebound": "Give back to its user",
    "assigned": "Give to a user in the place of another token",
    "unassigned": "Take from its user, who gets another token",
    "deleted": "Delete",
    "none": "",
}

#: Most urgent first; label and tone.
SEVERITIES: Mapping[str, tuple[str, str]] = {
    "error": ("Urgent", "bad"),
    "warning": ("To do", "warn"),
    "info": ("Note", "calm"),
}
GATE_STATES: Mapping[str, tuple[str, str]] = {
    "passed": ("Passed", "ok"),
    "blocked": ("Blocked", "bad"),
    "skipped": ("Skipped", "calm"),
    "overridden": ("Overridden", "warn"),
}

#: Why somebody cannot log in, or not with a second factor; most urgent first.
LOCKOUTS: Mapping[str, str] = {
    "unbound": "no longer bound to the token",
    "disabled": "disabled while the token is away",
    "token_failed": "the token does not work",
}

#: Finding -> its title on one unit, and what the same finding is called when it stands for several units. A finding
#: that is not here brings its own title, which serves for both.
TITLES: Mapping[str, tuple[str, str]] = {
    NOT_REACHED: ("Reach {host}", "Reach the unit"),
    "no_facts": ("Nothing was read from this unit", "Reach the unit"),
    "run_failed": ("Fix what made the run fail", "Fix what made the run fail"),
    "task_failed": ("Fix what made a task fail", "Fix what made a task fail"),
    "not_verified": (
        "The unit was changed, but its end state was not read back",
        "Run again to finish what was begun",
    ),
    "journal_open": ("Run again to finish an interrupted run: {what}", "Run again to finish an interrupted run"),
    "journal_unreadable": ("Repair the journal of this unit", "Repair the journal of the unit"),
    "managed_by_fortimanager": (
        "FortiManager provides the tokens of this unit",
        "FortiManager provides the tokens of the unit",
    ),
    "gate_blocked": ("{what}", "Clear what blocks the unit"),
    "binding_lost": ("Give {users} their token back", "Give tokens back to their users"),
    "token_missing": ("Add {tokens} again", "Add missing tokens again"),
    "user_left_disabled": (
        "Enable {users} again once the token works",
        "Enable users again once their token works",
    ),
    "user_not_whole": ("Restore the entry of {users}", "Restore entries of users"),
    "settings_lost": ("Restore settings of {tokens}", "Restore settings of tokens"),
    "config_not_saved": ("Save the configuration of the unit", "Save the configuration"),
    "release_not_effective": (
        "The lock release did not take effect for {what}: changing stopped",
        "A lock release did not take effect: changing stopped",
    ),
    "wave_stopped": ("Changing stopped: too many tokens of a wave failed", "Changing stopped at a wave"),
    "claim_spent": ("Fortinet already refused {tokens} under this claim", "Fortinet already refused claimed tokens"),
    "last_look_differs": (
        "Check {what}: it changed between reading and acting",
        "Check units that changed between reading and acting",
    ),
    "side_door": (
        "Close a way in without a second factor for {users}",
        "Close ways in without a second factor",
    ),
    "needs_lock_release": (
        "Ask Fortinet TAC to release the activation lock of {tokens}",
        "Have activation locks released",
    ),
    "needs_license": (
        "Ask Fortinet Customer Service to transfer the license of {tokens}",
        "Have licenses transferred",
    ),
    "users_to_move": ("{users} would get another mobile token", "Users would get another mobile token"),
    "users_moved": ("{users} got another mobile token", "Users got another mobile token"),
    "users_not_moved": ("Prepare {users} for another mobile token", "Prepare users for another mobile token"),
    "needs_seed_file": ("Import the seed file of {tokens}", "Import seed files"),
    "firmware_bug": ("Change the firmware before {tokens} can be activated", "Change the firmware"),
    "work_left": ("Run the remediation for {tokens}", "Run the remediation"),
    "held_by_administrator": ("Decide about {tokens} of administrators", "Decide about tokens of administrators"),
    "prepare": ("Prepare {tokens} by hand", "Prepare tokens by hand"),
    "provision": ("Send a new activation code for {tokens}", "Send new activation codes"),
    "pending": ("Wait for {tokens}, then check again", "Wait, then check again"),
    "undecided": ("Check {tokens} that could not be evaluated", "Check tokens that could not be evaluated"),
    "purge_refused": (
        "See why {tokens} could not be deleted",
        "See why tokens could not be deleted",
    ),
    "debug_lines_dropped": ("{what} dropped", "Debug lines dropped"),
    "not_proven": ("{tokens} not proven to work", "Tokens not proven to work"),
    "name_not_resolved": (
        "The unit cannot resolve the names of Fortinet's servers",
        "Fix the DNS of the unit",
    ),
    "server_not_answering": (
        "Fortinet's servers do not answer the unit's pings",
        "Fortinet's servers do not answer pings",
    ),
    "activation_code_undeliverable": (
        "Fix delivery of activation codes",
        "Fix delivery of activation codes",
    ),
    "baseline_not_checked": ("Compare this unit with {unit} once it can be read", "Compare with the old unit"),
    "baseline_token_missing": ("Bring {tokens} of {unit} to this unit", "Bring tokens of the old unit here"),
    "baseline_binding_missing": (
        "Give {users} of {unit} their token back",
        "Give users of the old unit their token",
    ),
    "baseline_user_disabled": (
        "Decide about {users} disabled here and not on {unit}",
        "Decide about users that are disabled",
    ),
    "baseline_compared": ("Compared with {unit}", "Compared with the old unit"),
}

#: Finding -> the cause that it shares with others; a page shows one card for each cause.
CAUSES: Mapping[str, str] = {
    "run_failed": "run",
    "task_failed": "run",
    "no_facts": "run",
    "not_verified": "run",
    "journal_open": "journal",
    "binding_lost": "journal",
    "token_missing": "journal",
    "user_left_disabled": "journal",
    "release_not_effective": "release",
    "claim_spent": "release",
    "needs_lock_release": "lock",
    "already_activated": "lock",
    "needs_license": "license",
    "users_not_moved": "license",
    "no_valid_token": "license",
    "token_of_another_product": "license",
    "license_on_wrong_member": "license",
    "product_not_registered": "license",
    "license_card_not_found": "license",
    "firmware_bug": "firmware",
    "cmdb_save_error": "firmware",
    "provision": "provision",
    "provision_timeout": "provision",
    "token_not_in_fortiguard": "work_left",
    "server_connectivity": "server",
    "connection_refused": "server",
    "connection_failed": "server",
    "name_not_resolved": "server",
    "server_not_answering": "server",
    "baseline_token_missing": "baseline",
    "baseline_binding_missing": "baseline",
}
#: Gate -> the cause that its finding shares with others.
GATE_CAUSES: Mapping[str, str] = {"token_server": "server", "all_failing": "server", "firmware": "firmware"}


def count(number: int, noun: str) -> str:
    """Return a number with its noun, such as "1 token" or "3,000 tokens"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def are(number: int, one: str, many: str) -> str:
    """Return the verb that belongs to a number."""
    return one if number == 1 else many


def tokens_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return how many tokens these are, with their kind where all have the same."""
    kinds = {str(row.get("kind") or "") for row in rows}
    kind = kinds.pop() if len(kinds) == 1 else ""
    return count(len(rows), f"{kind} token".strip())


def who(row: Mapping[str, Any], vdoms: bool = True) -> str:
    """Return how an account is named. `row`: `type`, `name` and `vdom`. `vdoms`: whether the unit has VDOMs; without,
    everything is in one called root, and naming it is noise."""
    if vdoms or row["type"] == ADMIN:
        return Binding("", str(row["type"]), str(row["name"]), str(row["vdom"]), "", None).describe()
    return f"user {row['name']}"


def users_of(rows: Sequence[Mapping[str, Any]], vdoms: bool = True) -> str:
    """Return the accounts that hold a token, or that it is unassigned."""
    return ", ".join(who(row, vdoms) for row in rows) or "unassigned"


def some(names: Iterable[str], noun: str, shown: int = NAMES_SHOWN) -> str:
    """Return "bob and erin", or of many the first and how many more: "bob, erin, frank and 4 more users"."""
    known = list(dict.fromkeys(names))
    if len(known) > shown:
        return f"{', '.join(known[:shown])} and {count(len(known) - shown, f'more {noun}')}"
    return " and ".join(part for part in (", ".join(known[:-1]), known[-1]) if part) if known else ""


def serials_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the serials of tokens, each once, in their order."""
    return list(dict.fromkeys(str(row["serial"]) for row in rows))


def verdict_of(token: Mapping[str, Any]) -> str:
    """Return the verdict of a report's token at the end of the run, `missing` for one that is gone."""
    if token["missing"]:
        return MISSING
    state = token["after"] or token["before"] or {}
    return str(state.get("verdict", UNDECIDED))
