# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison with a baseline in words: one sentence, and findings of a report. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import Finding, make
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import (
    count,
    serials_of,
    tokens_of,
    users_of,
    who,
)


def verdict_line(comparison: Mapping[str, Any]) -> str:
    """Say the comparison in one sentence."""
    old = f"{comparison['unit']['hostname']} ({comparison['unit']['serial']})"
    if not comparison["checked"]:
        return f"The tokens of {old} could not be compared: nothing was read from this unit."
    counts = " and ".join(
        f"{comparison[what]['there']:,} of {count(comparison[what]['expected'], what[:-1])}"
        for what in ("tokens", "bindings")
    )
    limits = f" {count(comparison['not_checked'], 'token')} outside the limits of this run not looked at."
    return f"Of {old}, {counts} are here.{limits if comparison['not_checked'] else ''}"


def findings(comparison: Mapping[str, Any]) -> list[Finding]:
    """Make the findings about what of the old unit is not here."""
    unit = {"unit": str(comparison["unit"]["hostname"])}
    rows = []
    if not comparison["checked"]:
        rows.append(
            make(
                "baseline_not_checked",
                "error",
                verdict_line(comparison),
                "Fix the cause, then run again with the same remediate_baseline.",
                fill=unit,
            )
        )
    missing, unbound, disabled = (comparison[part] for part in ("missing_tokens", "missing_bindings", "disabled"))
    if missing:
        rows.append(
            make(
                "baseline_token_missing",
                "error",
                "The old unit had these tokens and this unit does not.",
                "Add the serials on this unit (config user fortitoken), then run again: a hardware token needs its"
                " activation lock released first, a mobile token its license transferred. Trial tokens cannot move;"
                " give their users others.",
                fill={"tokens": tokens_of(missing), **unit},
                evidence=[f"{row['serial']} (VDOM {row['vdom']}): {users_of(row['holders'])}" for row in missing],
                serials=serials_of(missing),
            )
        )
    if unbound:
        rows.append(
            make(
                "baseline_binding_missing",
                "error",
                "On the old unit these accounts had these tokens. Here they do not, so they log in without a second"
                " factor, with another one, or not at all.",
                "Make sure immediately that none of them can log in with only the password, then bind the token: set"
                " two-factor fortitoken, set fortitoken <serial>.",
                fill={"users": count(len(unbound), "user"), **unit},
                evidence=[f"{row['serial']}: {who(row)}, now {_holdings(row['holds'])}" for row in unbound],
                serials=serials_of(unbound),
            )
        )
    if disabled:
        rows.append(
            make(
                "baseline_user_disabled",
                "warning",
                "They have their token but cannot log in.",
                "Enable them if they were not disabled on purpose (config user local, set status enable).",
                fill={"users": count(len(disabled), "user"), **unit},
                evidence=[f"{row['serial']}: {who(row)}" for row in disabled],
                serials=serials_of(disabled),
            )
        )
    notes = [
        *comparison["moved"],
        *(f"{serial}: not on the old unit" for serial in comparison["added"]),
        *(() if comparison["admins_known"] else ("The baseline was taken without reading the administrators.",)),
    ]
    if notes or comparison["complete"]:
        rows.append(make("baseline_compared", "info", verdict_line(comparison), fill=unit, evidence=notes))
    return rows


def _holdings(serials: Sequence[str]) -> str:
    return f"with {', '.join(serials)}" if serials else "without a token"
