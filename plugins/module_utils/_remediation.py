# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module fortitoken_remediate is told, what it permits, and what it returns of a remediation.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _runner
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import licenses, waves
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.moving import Moving
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import incomplete_users
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.remediate import (
    IN_PLACE,
    REIMPORT,
    Remediation,
    Rules,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.replacements import (
    Evidence,
    TokenMap,
    TokenMapError,
    UserKey,
    plan_moves,
    read_map,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import MOBILE, USER, kind_of
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
    "moves",
)

#: See the doc fragment `_fortitoken.move`.
MOVE_ARGS: dict[str, dict[str, Any]] = {
    "token_map": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "baseline": {"type": "path", "default": ""},
}


@dataclass(frozen=True)
class Baseline:
    """What a baseline tells: license -> serial of its unit, and (VDOM, name) -> the mobile token of a user."""

    licenses: Mapping[str, str] = field(default_factory=dict)
    had: Mapping[UserKey, str] = field(default_factory=dict)

    @property
    def serials(self) -> frozenset[str]:
        """The mobile tokens that users had; some may be gone."""
        return frozenset(self.had.values())


def baseline(module: _runner.Module) -> Baseline:
    """Return what the option `baseline` tells. Fails the module for a file that is not one."""
    path = module.params["baseline"]
    if not path:
        return Baseline()
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        serial = str(found["unit"]["serial"])
        return Baseline(
            {str(row["license"]): serial for row in found["licenses"]},
            {
                (str(row["vdom"]), str(row["name"])): str(token["serial"])
                for token in found.get("tokens", ())
                for row in token["bindings"]
                if kind_of(str(token["serial"])) == MOBILE and row["type"] == USER
            },
        )
    except OSError as error:
        module.fail_json(msg=f"baseline: {path} cannot be read: {error.strerror or error}. The unit was not contacted.")
    except (ValueError, KeyError, TypeError):
        module.fail_json(msg=f"baseline: {path} is not a baseline of fortitoken_baseline. The unit was not contacted.")


def token_map(module: _runner.Module) -> TokenMap:
    """Return the option `token_map`. Fails the module for what makes no sense."""
    try:
        return read_map(module.params["token_map"])
    except TokenMapError as error:
        module.fail_json(msg=f"token_map: {error}. The unit was not contacted.")


@dataclass(frozen=True)
class Wish:
    """What the operator wants with mobile tokens. `only`: the serials that the run is limited to; empty: all."""

    token_map: TokenMap
    baseline: Baseline
    only: Sequence[str]


def wish(module: _runner.Module, only: Sequence[str]) -> Wish:
    """Return the options `token_map` and `baseline`. Fails the module for what makes no sense."""
    return Wish(token_map(module), baseline(module), only)


def evidence(reading: _runner.Reading, module: _runner.Module, wanted: Wish) -> Evidence:
    """Return what decides about moves besides the unit. Raises JournalError."""
    codes = licenses.load(reading.journal_path, reading.unit).codes.values()
    return Evidence(
        redeemed=frozenset(serial for entry in codes for serial in entry.tokens),
        had=wanted.baseline.had,
        only=frozenset(wanted.only),
        busy=frozenset(reading.journal.bindings),
        saves=bool(module.params["save_config"]),
    )


def moves(reading: _runner.Reading, module: _runner.Module, wanted: Wish) -> list[dict[str, Any]]:
    """Return who would get which other mobile token, and who would not. Raises JournalError."""
    if wanted.token_map.empty:
        return []
    told = evidence(reading, module, wanted)
    return plan_moves(reading.inventory, reading.findings, reading.policy, wanted.token_map, told).rows()


def rules(module: _runner.Module) -> Rules:
    """Return how the remediation goes. Fails the module for sizes and shares that make no sense."""
    params = module.params
    try:
        sizes = waves.sizes(params["waves"])
        allowed = waves.share(params["max_failures"])
    except waves.WaveError as error:
        module.fail_json(msg=f"waves, max_failures: {error}. The unit was not contacted.")
    return Rules(sizes, allowed, params["way"])


def moving(reading: _runner.Reading, module: _runner.Module, remediation: Remediation, wanted: Wish) -> Moving | None:
    """Return who moves users to other mobile tokens, or None where the operator does not want that. Raises
    JournalError."""
    if wanted.token_map.empty:
        return None
    told, how = evidence(reading, module, wanted), remediation.rules
    tell = _runner.teller(module)
    return Moving(remediation.work, remediation.activation, wanted.token_map, told, how.sizes, how.allowed, tell)


def begin(result: dict[str, Any], remediation: Remediation) -> None:
    """Put into the result what is filled as the work goes, so that it is told even where the session breaks later."""
    result.update(
        {name: [] for name in EMPTY},
        commands=remediation.work.commands,
        stopped="",
        stopped_cause="",
        settings_lost={},
        save_due=False,
    )
    result.update(remediation.activation.told_of_licenses())


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
        after=_runner.tokens_now(remediation.inventory, policy, [*wanted, *activation.actions]),
        changed=remediation.changed,
        failed_serials=activation.failed(findings, wanted),
        differences=[difference.as_dict() for difference in work.differences],
        settings_lost=work.settings_lost,
        moves=remediation.moving.rows() if remediation.moving else [],
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
    if remediation.moving:
        result["moves"] = remediation.moving.rows(remediation.inventory)
    result.update(purged=deleted, after=result["before"])
    _runner.describe_change(module, result, remediation.work.unit, [], batches)


def taken(reading: _runner.Reading, planned: list[list[str]], how: Rules) -> dict[str, Any]:
    """Return the entries and bindings that would be taken away: all that remembers them where there is no journal."""
    entries = [entry.as_dict() for entry in reading.journal.entries.values()]
    bindings = [binding.as_dict() for binding in reading.journal.bindings.values()]
    known = reading.inventory.by_serial()
    for serial in [serial for wave in planned for serial in wave]:
        if how.way == REIMPORT and reading.findings[serial].action == "reimport":
            entries.append(known[serial].entry().as_dict())
            bindings += [binding.as_dict() for binding in known[serial].users]
    return {"entries": entries, "bindings": bindings}
