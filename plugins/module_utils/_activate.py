# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activating: what was deleted comes back, what has no seed is activated once, and both are followed until settled.

Adding a hardware token again is itself the activation (article 194508, step 5a), so such a token is never activated by
command as well. An activation is written down before it is asked for; where an interrupted run has asked already, its
answer is awaited before anything is asked again.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _journal, _script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import Refused, Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._console import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._model import HARDWARE, Inventory, Token
from ansible_collections.fortiops.fortitoken.plugins.module_utils._plan import plan_restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._restore import restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import Finding, Policy, normalise, triage
from ansible_collections.fortiops.fortitoken.plugins.module_utils._unit import read_statuses

#: "It might take a few minutes to update" (article 232153): an error text that was there before the activation may be
#: an old one for so many seconds.
UNCHANGED_ERROR_SECONDS = 60.0
#: A mobile token that is being provisioned waits for its user to type a code: no play should wait for that.
HUMAN_SECONDS = 20.0
_PAUSES = (0.5, 1.0, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0)


@dataclass(frozen=True)
class Result:
    """What became of one token. `action`: `readded`, `rebound`, `activated`, `provisioned`, `polled` or `none`."""

    serial: str
    action: str
    status: str | None
    settled: bool
    message: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "serial": self.serial,
            "action": self.action,
            "status": self.status,
            "settled": self.settled,
            "message": self.message,
        }


@dataclass
class Activation:
    """The second half of a remediation, on the tokens named in `serials` and in the journal."""

    work: Work
    policy: Policy
    timeout: float
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    actions: dict[str, str] = field(default_factory=dict)
    #: serial -> what the unit said against its activation; and what it said last against giving it back.
    refused: dict[str, str] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)

    def run(self, inventory: Inventory, serials: Collection[str], codes: Sequence[str] = ()) -> Inventory:
        """Do all of it and return the unit as it is afterwards. `codes`: FortiToken Mobile licences to redeem.

        Raises UnitError, JournalError and the console's errors; the journal then holds what is needed to go on.
        """
        inventory = self._give_back(inventory)
        if codes:
            self._import(inventory, codes)
        before = {token.serial: normalise(token.status or "") for token in inventory.tokens}
        for attempt in range(2):
            due = self._due(inventory, serials)
            asked = [serial for serial, finding in due.items() if finding.action in ("activate", "provision")]
            waiting = [serial for serial, finding in due.items() if finding.action == "poll"]
            if not asked and (attempt or not waiting):
                break
            if asked:
                self._ask(inventory, due)
            # What an interrupted run has asked for may still be answered. Only what is not is asked for once more, in
            # the second attempt.
            inventory = self._wait(inventory, [*asked, *waiting], before)
        inventory = self._give_back(inventory)
        self._close(inventory)
        return inventory

    def results(self, inventory: Inventory, serials: Collection[str]) -> list[Result]:
        tokens = inventory.by_serial()
        wanted = dict.fromkeys([*serials, *self.work.journal.entries, *self.actions])
        return [
            Result(
                serial,
                self.actions.get(serial, "none"),
                tokens[serial].status if serial in tokens else None,
                serial in tokens and self._settled(tokens[serial].status, ""),
                self.refused.get(serial) or self.withheld.get(serial, ""),
            )
            for serial in wanted
        ]

    def _give_back(self, inventory: Inventory) -> Inventory:
        journal = self.work.journal
        entries, bindings = list(journal.entries.values()), list(journal.bindings.values())
        plan = plan_restore(inventory, entries, bindings)
        self.withheld = {}
        if not plan.empty:
            inventory, self.withheld = restore(self.work, inventory, entries, bindings)
            self.actions.update(dict.fromkeys((entry.serial for entry in plan.readd), "readded"))
            for binding in (*plan.bind, *plan.enable):
                self.actions.setdefault(binding.serial, "rebound")
        return inventory

    def _import(self, inventory: Inventory, codes: Sequence[str]) -> None:
        needy = [token.vdom for token in inventory.tokens if triage(token, self.policy).verdict == "needs_license"]
        vdom = needy[0] if needy else self.work.vdoms[0]
        for refused in self.work.send(_script.import_licenses(codes, vdom, self.work.unit)):
            self.refused.setdefault("license", refused.text)

    def _due(self, inventory: Inventory, serials: Collection[str]) -> dict[str, Finding]:
        """serial -> triage, on the evidence of now, of those that wait for something or shall be asked for."""
        journal = self.work.journal
        seen = _journal.overlay(inventory, journal, journal.asked_recently(self.timeout, self.clock()))
        findings = {
            token.serial: triage(token, self.policy)
            for token in seen.tokens
            if token.serial in serials or token.serial in journal.activations
        }
        return {
            serial: finding
            for serial, finding in findings.items()
            if finding.action in ("activate", "provision", "poll")
            and not (finding.action != "poll" and self.actions.get(serial) in ("readded", "activated", "provisioned"))
        }

    def requests(self, inventory: Inventory, serials: Collection[str]) -> list[Batch]:
        """The activations that would be asked for now."""
        activate, provision = self._requested(inventory, self._due(inventory, serials))
        return [*_script.activate(activate, self.work.unit), *_script.provision(provision, self.work.unit)]

    @staticmethod
    def _requested(inventory: Inventory, due: dict[str, Finding]) -> tuple[list[Token], list[Token]]:
        tokens = inventory.by_serial()
        return (
            [tokens[serial] for serial, finding in due.items() if finding.action == "activate"],
            [tokens[serial] for serial, finding in due.items() if finding.action == "provision"],
        )

    def _ask(self, inventory: Inventory, due: dict[str, Finding]) -> None:
        activate, provision = self._requested(inventory, due)
        now = self.clock()
        self.work.journal.activations.update({token.serial: now for token in activate})
        self.work.write_down()
        refused = self.work.send(
            [*_script.activate(activate, self.work.unit), *_script.provision(provision, self.work.unit)]
        )
        self.actions.update(dict.fromkeys((token.serial for token in activate), "activated"))
        self.actions.update(dict.fromkeys((token.serial for token in provision), "provisioned"))
        for line in refused:
            self.refused.update(dict.fromkeys(_serials_of(line, [*activate, *provision]), line.text))

    def _wait(self, inventory: Inventory, serials: Collection[str], before: dict[str, str]) -> Inventory:
        """Poll until each of `serials` is settled or the time is up. Nothing but the status list is asked."""
        started = self.clock()
        tokens = inventory.by_serial()
        vdoms = sorted({tokens[serial].vdom for serial in serials})
        unsettled = set(serials) - self.refused.keys()
        server_only = {serial for serial in unsettled if tokens[serial].kind == HARDWARE or serial in self.actions}
        pauses = iter(_PAUSES)
        while True:
            statuses = read_statuses(self.work.console, self.work.unit, vdoms)
            spent = self.clock() - started
            # What an earlier run has asked for is given all the time; a second chance may not exist.
            known = {s for s in unsettled if spent < UNCHANGED_ERROR_SECONDS or s not in self.actions}
            unsettled = {
                serial
                for serial in unsettled
                if not self._settled(statuses.get(serial), before.get(serial, "") if serial in known else "")
            }
            limit = self.timeout if unsettled & server_only else min(self.timeout, HUMAN_SECONDS)
            if not unsettled or spent >= limit:
                return self.work.reread()
            self.sleep(min(next(pauses, _PAUSES[-1]), limit - spent))

    @staticmethod
    def _settled(status: str | None, before: str) -> bool:
        """Whether the server has spoken. `before`: an error text that may be a leftover, or nothing."""
        text = normalise(status or "")
        return text not in ("", "new", "provisioning") and (text != before or text in ("active", "provisioned"))

    def _close(self, inventory: Inventory) -> None:
        """Close the journal if nothing is missing and nothing awaited; otherwise leave it to the next run."""
        journal = self.work.journal
        plan = plan_restore(inventory, journal.entries.values(), journal.bindings.values())
        for serial, why in plan.lost:
            self.withheld.setdefault(serial, why)
        tokens = inventory.by_serial()
        unsettled = {
            serial: when
            for serial, when in journal.activations.items()
            if serial in tokens and not self._settled(tokens[serial].status, "")
        }
        if plan.empty and not unsettled:
            _journal.close(self.work.journal_path, journal)
            return
        self.work.journal = replace(journal, activations=unsettled)
        self.work.write_down()


def _serials_of(line: Refused, tokens: Sequence[Token]) -> list[str]:
    """The tokens that a refused line names; FortiOS does not say which of up to twenty it refused."""
    return [token.serial for token in tokens if token.serial in line.answer.line]
