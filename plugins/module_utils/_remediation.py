# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module fortitoken_remediate permits, and what it returns of a remediation.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _runner
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import incomplete_users
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.remediate import (
    IN_PLACE,
    REIMPORT,
    Remediation,
    Rules,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import assessment
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import SHOWN

#: What is empty until something is done.
EMPTY = (
    "waves",
    "untouched",
    "claims",
    "purged",
    "refused",
    "results",
    "failed_serials",
    "pending",
    "after",
    "entries",
    "bindings",
    "differences",
    "incomplete_users",
)


def permit(reading: _runner.Reading, remediation: Remediation, serials: list[str], limit: int) -> None:
    """Raise UnitError where what was asked for may not be done."""
    reading.require_open_gates()
    due = [serial for wave in remediation.plan(serials) for serial in wave]
    deleted = [serial for serial in due if reading.findings[serial].action == "reimport"]
    if remediation.rules.way == IN_PLACE:
        if deleted and reading.policy.seeds != SHOWN:
            raise UnitError(
                "this unit does not show seeds, so it would stay unknown whether an activation in place has worked;"
                " nothing was changed",
                unit=reading.unit.hostname,
                next_step="Use way: reimport (remediate_way in the role)",
            )
    elif len(deleted) > limit:
        raise UnitError(
            f"{len(deleted)} tokens would be deleted, more than the {limit} that one run may delete",
            unit=reading.unit.hostname,
            next_step="If that is what you want, raise max_deletions (remediate_max_deletions in the role)",
        )


def tell(result: dict[str, Any], module: _runner.Module, remediation: Remediation, wanted: list[str]) -> None:
    """Put into the result what was done until now, also where an error has ended it."""
    activation, work = remediation.activation, remediation.work
    policy = replace(remediation.policy, spent=remediation.claims.spent)
    findings = assessment.findings(remediation.inventory, policy)
    rows = activation.results(remediation.inventory, wanted, findings, remediation.messages())
    result.update(
        purged=remediation.purged,
        refused=[refusal.as_dict() for refusal in remediation.kept],
        waves=[wave.as_dict() for wave in remediation.waves],
        stopped=remediation.stopped,
        stopped_cause=remediation.cause,
        untouched=remediation.untouched,
        claims=remediation.claims.rows(list(findings)),
        results=[row.as_dict() for row in rows],
        pending=[row.serial for row in rows if not row.settled],
        save_due=remediation.save_due,
        after=_runner.tokens_now(remediation.inventory, policy, wanted),
        changed=remediation.changed,
        failed_serials=activation.failed(findings, wanted),
        differences=[difference.as_dict() for difference in work.differences],
        settings_lost=work.settings_lost,
        incomplete_users=incomplete_users(remediation.inventory, work.journal.bindings.values(), work.journal.users),
    )
    _runner.describe_change(module, result, work.unit, work.commands, [])
    result["changed"] = remediation.changed


def plan(
    result: dict[str, Any], module: _runner.Module, remediation: Remediation, serials: list[str], codes: list[str]
) -> None:
    """Put into the result what a run would do."""
    batches: list[Batch]
    batches, deleted = remediation.planned(serials, codes)
    result.update(purged=deleted, after=result["before"])
    _runner.describe_change(module, result, remediation.work.unit, [], batches)


def taken(reading: _runner.Reading, waves: list[list[str]], rules: Rules) -> dict[str, Any]:
    """Return the entries and bindings that would be taken away: all that remembers them where there is no journal."""
    entries = [entry.as_dict() for entry in reading.journal.entries.values()]
    bindings = [binding.as_dict() for binding in reading.journal.bindings.values()]
    known = reading.inventory.by_serial()
    for serial in [serial for wave in waves for serial in wave]:
        if rules.way == REIMPORT and reading.findings[serial].action == "reimport":
            entries.append(known[serial].entry().as_dict())
            bindings += [binding.as_dict() for binding in known[serial].users]
    return {"entries": entries, "bindings": bindings}
