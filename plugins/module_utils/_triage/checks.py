# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is it the tokens at all? Findings about what surrounds them: the restore, clocks, table sizes, ways in without a
second factor, and what could not be read. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    CLOUD,
    HARDWARE,
    Inventory,
    Table,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.side_doors import (
    SideDoors,
    case_doors,
    closing_lines,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    HEALTHY,
    LOCKED,
    PENDING,
    Finding,
)

#: How well a meaning is known, and who can act on it; the words of the catalogue of causes.
SEEN, INFERRED = "seen", "inferred"
ADMINISTRATOR = "Firewall administrator"

WARNING, INFO = "warning", "info"

#: A hardware token shows a new code every 60 seconds, and the unit accepts the neighbors of the current one (inferred).
#: [fact: clock-step]
MOST_SKEW = 60.0
#: So many tokens, and this share of them, with one and the same drift are no coincidence (inferred).
SAME_DRIFT, SAME_DRIFT_SHARE = 3, 0.5
_MOST_EVIDENCE = 20


def _check(  # noqa: PLR0913 - a finding has that many parts, each named by its parameter
    name: str,
    severity: str,
    title: str,
    detail: str,
    remedy: str,
    source: str,
    *,
    certainty: str = SEEN,
    evidence: tuple[str, ...] | list[str] = (),
    serials: tuple[str, ...] | list[str] = (),
) -> dict[str, Any]:
    """Make a finding in the form in which the diagnosis makes its own."""
    return {
        "id": name,
        "severity": severity,
        "title": title,
        "detail": detail,
        "certainty": certainty,
        "actor": ADMINISTRATOR,
        "remedy": remedy,
        "source": source,
        "serials": list(serials),
        "evidence": list(evidence)[:_MOST_EVIDENCE],
        "count": max(1, len(evidence)),
    }


def unit_findings(inventory: Inventory, findings: Mapping[str, Finding]) -> list[dict[str, Any]]:
    """Return the findings about a unit that do not belong to one token. `findings`: serial -> triage."""
    failing = any(finding.verdict not in (HEALTHY, LOCKED, PENDING) for finding in findings.values())
    return [
        *_unseen(inventory),
        *_restore(inventory, failing),
        *_clock(inventory),
        *_drift(inventory),
        *_tables(inventory),
        *_case(inventory),
        *_moved(inventory),
    ]


def _unseen(inventory: Inventory) -> Iterator[dict[str, Any]]:
    unseen = inventory.unit.unseen
    if not unseen:
        return
    rights = list(dict.fromkeys(each.right for each in unseen if each.right))
    remedy = (
        f"To see it, add to the access profile of account {inventory.unit.user}: {', '.join(rights)}." if rights else ""
    )
    yield _check(
        "not_read",
        WARNING if rights else INFO,
        f"{', '.join(each.what for each in unseen)}: not read",
        "The report says nothing about what could not be read, and a run changes nothing that depends on it.",
        remedy,
        "FortiOS CLI reference, config system accprofile",
        evidence=[f"{each.what}: {each.why}" for each in unseen],
    )


def _restore(inventory: Inventory, failing: bool) -> Iterator[dict[str, Any]]:
    around = inventory.unit.surroundings
    if around.lost_lines:
        named = [line for line in around.lost_lines if line.about]
        yield _check(
            "restore_lost_lines",
            WARNING if named else INFO,
            "The last restore could not load all lines",
            "The unit lost lines of its configuration when it loaded it."
            + (" Some of them name secrets, users or tokens, so the tokens may not be the cause." if named else ""),
            "Read 'diagnose debug config-error-log read' on the unit. Restore again on the same FortiOS release, and"
            " with the same private data encryption key.",
            "Fortinet article 195668",
            evidence=[f"{line.text} @ {line.where}".rstrip(" @") for line in (named or around.lost_lines)],
        )
    if around.private_data_encryption:
        yield _check(
            "private_data_encryption",
            WARNING if failing else INFO,
            "The unit encrypts its secrets with a key of its own",
            "With private data encryption, secrets of a configuration are readable only with the same key. Without it a"
            " restore loses all of them except administrators' passwords; since FortiOS 7.6.1 the key is random, so"
            " that a restore on another unit seems impossible (inferred).",
            "Make sure that the configuration was restored with the key of the old unit. If not, restore it again with"
            " the key, or from a backup that was made with private data encryption off.",
            # [fact: private-data-restore] [fact: private-data-random-key]
            "Fortinet articles 195668 and 339085; FortiOS 8.0.0 release notes, topic 191180",
        )


def _clock(inventory: Inventory) -> Iterator[dict[str, Any]]:
    around = inventory.unit.surroundings
    if not inventory.tokens:
        return
    # [fact: clock-drift]
    source = "Fortinet articles 189574 and 993411"
    if around.ntp_on is False or around.ntp_synchronized is False:
        off = around.ntp_on is False
        yield _check(
            "ntp",
            WARNING,
            "The unit does not synchronize its clock" if off else "The unit's clock is not synchronized",
            "Codes depend on the time: on a unit whose clock is wrong, good tokens are refused.",
            "Switch NTP on ('config system ntp', 'set ntpsync enable') and wait until 'diagnose sys ntp status' says"
            " 'synchronized: yes'."
            if off
            else "Let the unit reach its NTP server ('diagnose sys ntp status', 'show system ntp').",
            source,
            evidence=[f"System time: {around.clock}"] if around.clock else [],
        )
    if around.skew is not None and abs(around.skew) > MOST_SKEW:
        way = "ahead of" if around.skew > 0 else "behind"
        yield _check(
            "clock",
            WARNING,
            f"The unit's clock is {abs(around.skew):,.0f} seconds {way} the controller's",
            "Codes depend on the time: one of the two clocks is wrong. If it is the unit's, good tokens are refused.",
            "Compare both with a clock you trust, then let the unit synchronize its clock ('config system ntp').",
            source,
            certainty=INFERRED,
            evidence=[f"System time: {around.clock}"],
        )


def _drift(inventory: Inventory) -> Iterator[dict[str, Any]]:
    hardware = [token for token in inventory.tokens if token.kind == HARDWARE and token.drift is not None]
    shared = Counter(token.drift for token in hardware if token.drift).most_common(1)
    if not shared:
        return
    drift, count = shared[0]
    if count < SAME_DRIFT or count < SAME_DRIFT_SHARE * len(hardware):
        return
    yield _check(
        "same_drift",
        WARNING,
        f"{count} hardware tokens have the same drift",
        f"All of them differ from the unit's clock by {drift}. Tokens drift apart from each other, so the unit's"
        " clock is, or was, wrong.",
        "Correct the unit's clock first ('config system ntp'), then each token ('execute fortitoken sync').",
        "Fortinet article 189574",
        certainty=INFERRED,
        serials=[token.serial for token in hardware if token.drift == drift],
    )


_TABLE_NAMES = {"user.fortitoken": "FortiTokens", "user.local": "local users"}


def _tables(inventory: Inventory) -> Iterator[dict[str, Any]]:
    for table in inventory.unit.surroundings.tables:
        full = _full(inventory, table)
        if full:
            yield _check(
                "table_full",
                WARNING,
                f"The unit has no room for more {_TABLE_NAMES.get(table.name, table.name)}",
                f"{full} A smaller model takes fewer, and a restore drops what does not fit.",
                "Compare the maximum values of the old and the new model, and delete entries that are not needed.",
                # [fact: table-sizes-order]
                "Fortinet ZTNA reference, topic 422012; the order of the numbers is inferred",
                certainty=INFERRED,
                evidence=[f"{table.name}: 0 {table.per_vdom} {table.per_unit} {table.used}"],
            )


def _full(inventory: Inventory, table: Table) -> str:
    """Return in words how a table is full, or an empty text."""
    if table.per_unit and table.used >= table.per_unit:
        return f"{table.used} of {table.per_unit} entries of the unit are in use."
    if table.name == "user.fortitoken":
        held = Counter(token.vdom for token in inventory.tokens if token.configured)
    else:
        held = Counter(account.vdom for account in inventory.accounts if account.type != ADMIN)
    vdom, used = max(held.items(), key=lambda item: item[1], default=("", 0))
    if table.per_vdom and used >= table.per_vdom:
        return f"{used} of {table.per_vdom} entries of VDOM {vdom} are in use."
    return ""


def _case(inventory: Inventory) -> Iterator[dict[str, Any]]:
    for account, door in case_doors(inventory, SideDoors(inventory)):
        lines = closing_lines(inventory.unit, account)
        yield _check(
            "username_case",
            WARNING,
            f"{account.describe()[0].upper()}{account.describe()[1:]} gets in without the second factor by"
            " typing the name in another case",
            "The name then does not match the local entry, and the group lets it in with only a password. This way is"
            " open before and after any run.",
            f"On the unit: {' / '.join(lines)}"
            if lines
            else "This FortiOS release has no setting against it: upgrade, then set 'username-sensitivity disable'.",
            "Fortinet PSIRT FG-IR-19-283; Fortinet articles 197737 and 243171",
            evidence=[door.describe()],
            serials=[account.fortitoken] if account.fortitoken else [],
        )


def moved(inventory: Inventory) -> list[dict[str, Any]]:
    """Return the accounts whose second factor now comes from FortiToken Cloud: they lost nothing."""
    return [
        {"type": account.type, "name": account.name, "vdom": account.vdom}
        for account in inventory.accounts
        if account.two_factor == CLOUD
    ]


def _moved(inventory: Inventory) -> Iterator[dict[str, Any]]:
    accounts = [account for account in inventory.accounts if account.two_factor == CLOUD]
    if accounts:
        yield _check(
            "moved_to_cloud",
            INFO,
            "Accounts have moved to FortiToken Cloud",
            "Their second factor comes from the cloud service, so they have no token any more. They lost nothing.",
            "",
            # [fact: cloud-converts]
            "FortiOS New Features, topic 425212",
            evidence=[account.describe() for account in accounts],
        )
