# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activating: what was deleted comes back, what has no seed is activated once, and both are followed until settled.

Adding a hardware token again is itself the activation (article 194508, step 5a), so such a token is never activated by
command as well. An activation is written down before it is requested; where an interrupted run has made the request
already, its answer is awaited before anything is requested again.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal as _journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.evidence import Touched
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.follow import (
    GOOD,
    Progress,
    Standing,
    has_spoken,
    is_settled,
    pause,
    say_nothing,
    users_of,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.licenses import Redemption
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import plan_restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.restore import added_again, restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Refused, Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    HARDWARE,
    Inventory,
    Token,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import read_statuses
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import assessment
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    HEALTHY,
    PENDING,
    PROVISION,
    Finding,
    Policy,
    normalise,
)

#: What a run did with a mobile token: sent its user a new code, gave it to a user in the place of another one, or took
#: it from a user.
PROVISIONED, ASSIGNED, UNASSIGNED = "provisioned", "assigned", "unassigned"
#: So long the unit may say nothing while it asks FortiGuard for up to twenty tokens.
REQUEST_SECONDS = 180.0
#: A mobile token that is being provisioned waits for its user to type a code: no play should wait for that.
HUMAN_SECONDS = 20.0
_PAUSES = (0.5, 1.5, 2.0, 3.0, 5.0, 8.0, 10.0)
#: An unassigned token may stay `new` when it is activated (topic 180506: "Available"); that it has its seed then shows
#: only in its entry. So often the entries are read as well, and more often where nothing but such tokens is awaited.
#: [fact: activate-new-stays] [fact: status-new]
_ENTRIES_SECONDS = 10.0
_UNASSIGNED_SECONDS = 2.0
#: So many polls in a row may bring an answer that is not understood.
_MOST_BAD_POLLS = 3


@dataclass(frozen=True)
class Result:
    """What became of one token.

    `action`: `readded`, `missing` (added again, and not there), `rebound`, `activated`, `provisioned`, `assigned`,
    `unassigned` or `none`.
    """

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
    """The second half of a remediation: what is gone comes back, what has no seed gets one."""

    work: Work
    policy: Policy
    timeout: float
    #: Seconds that nobody can set back; and the time of day, which is written down.
    clock: Callable[[], float] = time.monotonic
    today: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    #: Shows a line to the user at once.
    tell: Callable[[str], None] = say_nothing
    #: Tokens with a seed that are activated as they are (article 232153), not deleted and added again.
    #: [fact: activate-in-place]
    in_place: Collection[str] = frozenset()
    actions: dict[str, str] = field(default_factory=dict)
    #: serial -> what the unit said against its activation; and what it said last against giving it back.
    refused: dict[str, str] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    #: serial -> why its user is sent no new activation code.
    unsent: dict[str, str] = field(default_factory=dict)
    #: Whether refused codes are sent again; what became of each license code; and one text for each that was refused,
    #: with what to do about it.
    retry_codes: bool = False
    license_rows: list[dict[str, Any]] = field(default_factory=list)
    license_errors: list[str] = field(default_factory=list)
    #: Mobile tokens that appeared, or whose license or status changed, when codes were redeemed.
    licensed: list[str] = field(default_factory=list)
    #: Lines among `work.commands` that are known to have changed nothing.
    futile: int = 0
    #: Tokens that were awaited until the time was up, and that show no answer.
    unanswered: set[str] = field(default_factory=set)
    #: Polls in a row whose answer was not understood.
    bad_polls: int = 0

    def run(self, inventory: Inventory, serials: Collection[str], codes: Sequence[str] = ()) -> Inventory:
        """Do all of it and return the unit as it is afterwards. `codes`: FortiToken Mobile licenses to redeem.

        Raises UnitError, JournalError and the console's errors; the journal then holds what is needed to go on.
        """
        inventory = self.begin(inventory, codes)
        inventory = self.settle(inventory, {*serials, *self.work.journal.activations})
        self.close(inventory)
        return inventory

    def begin(self, inventory: Inventory, codes: Sequence[str] = ()) -> Inventory:
        """Bring back what the journal names and redeem license codes. Raises as `run` does."""
        inventory = self._give_back(inventory)
        return self._import(inventory, codes) if codes else inventory

    def settle(self, inventory: Inventory, serials: Collection[str]) -> Inventory:
        """Bring back what the journal names, request what `serials` need, and wait for it. Raises as `run` does."""
        inventory = self._give_back(inventory)
        # What a token shows right after it was added again may be the old text.
        before = {token.serial: normalise(token.status or "") for token in inventory.tokens}
        for attempt in range(2):
            due = self._due(inventory, serials)
            asked = [serial for serial, finding in due.items() if finding.action in ("activate", "provision")]
            waiting = [serial for serial, finding in due.items() if finding.action == "poll"]
            if not asked and (attempt or not waiting):
                break
            if asked:
                asked = self._ask(inventory, due)
            # What an interrupted run has requested may still be answered. Only what is not is requested once more, in
            # the second attempt.
            if asked or waiting:
                inventory = self._wait(inventory, [*asked, *waiting], before)
        return self._give_back(inventory)

    def results(
        self, inventory: Inventory, serials: Collection[str], findings: Mapping[str, Finding], said: Mapping[str, str]
    ) -> list[Result]:
        """Return what became of each token; of each that did not reach its goal, with a message that says why.

        `said`: serial -> what the caller has to say about a token.
        """
        tokens = inventory.by_serial()
        wanted = list(dict.fromkeys([*serials, *self.work.journal.entries, *self.actions]))
        failed = set(self.failed(findings, wanted))
        return [
            Result(
                serial,
                self.actions.get(serial, "none"),
                tokens[serial].status if serial in tokens else None,
                serial in tokens and is_settled(tokens[serial]),
                self.refused.get(serial)
                or self.withheld.get(serial)
                or self.unsent.get(serial)
                or said.get(serial)
                or self.work.notes.get(serial)
                or (_advice(findings.get(serial)) if serial in failed else ""),
            )
            for serial in wanted
        ]

    def failed(self, findings: Mapping[str, Finding], serials: Collection[str]) -> list[str]:
        """Return the tokens among `serials`, and those of the journal, that did not reach their goal.

        The goal is a token that works, with its users; of a mobile token whose user was sent a new code, that code; of
        one that was taken from its user, that nobody has it.
        """

        def reached(serial: str) -> bool:
            finding = findings.get(serial)
            if finding is None or serial in self.withheld:
                return False
            action = self.actions.get(serial)
            sent = finding.verdict == PENDING and action in (PROVISIONED, ASSIGNED)
            return finding.verdict == HEALTHY or sent or action == UNASSIGNED

        wanted = dict.fromkeys([*serials, *self.work.journal.entries, *self.withheld, *self.actions])
        return [serial for serial in wanted if not reached(serial)]

    def _give_back(self, inventory: Inventory, ready: Collection[str] | None = None) -> Inventory:
        """Bring back tokens, users and their status; of the users only those whose token is `ready`, where given."""
        journal = self.work.journal
        entries = [entry for entry in journal.entries.values() if ready is None or entry.serial in ready]
        bindings = [binding for binding in journal.bindings.values() if ready is None or binding.serial in ready]
        plan = plan_restore(inventory, entries, bindings, journal.users, journal.moves)
        self.withheld = {serial: why for serial, why in self.withheld.items() if ready and serial not in ready}
        if not plan.empty:
            inventory, withheld = restore(self.work, inventory, entries, bindings)
            self.withheld.update(withheld)
            self.actions.update(added_again(inventory, [e.serial for e in plan.readd if e.serial in self.work.added]))
            for binding in (*plan.bind, *plan.enable):
                key = binding.vdom, binding.name
                moved = key in journal.moves and journal.bindings[key].serial == binding.serial
                self.actions.setdefault(binding.serial, ASSIGNED if moved else "rebound")
                if moved and journal.moves[key]:
                    self.actions.setdefault(journal.moves[key], UNASSIGNED)
        self.work.settle(inventory)
        return inventory

    def told_of_licenses(self) -> dict[str, Any]:
        """Return what a module tells of license codes; the lists are filled as the work goes."""
        return {
            "licensed": self.licensed,
            "license_errors": self.license_errors,
            "license_results": self.license_rows,
        }

    def imports(self, inventory: Inventory, codes: Sequence[str]) -> list[Batch]:
        """Return the lines that would redeem codes now."""
        return Redemption(self.work, self.policy, retry=self.retry_codes).planned(inventory, codes)

    def _import(self, inventory: Inventory, codes: Sequence[str]) -> Inventory:
        """Redeem codes and return the unit as it is then."""
        redemption = Redemption(self.work, self.policy, self.sleep, self.retry_codes, licensed=self.licensed)
        try:
            return redemption.run(inventory, codes)
        finally:
            self.license_rows += [result.as_dict() for result in redemption.results]
            self.license_errors += [result.error for result in redemption.results if result.error]
            self.futile += redemption.futile

    def _due(self, inventory: Inventory, serials: Collection[str]) -> dict[str, Finding]:
        """Return serial -> triage, on the evidence of now, of those that wait for something or are to be requested."""
        journal = self.work.journal
        seen = _journal.overlay(inventory, journal, journal.asked_recently(self.timeout, self.today()))
        findings = {s: found for s, found in assessment.findings(seen, self.policy).items() if s in serials}
        for serial in self.in_place:
            if serial in findings and findings[serial].action == "reimport":
                findings[serial] = replace(findings[serial], action="activate")
        if self.policy.provision:
            self.unsent = {s: f.remedy for s, f in findings.items() if f.verdict == PROVISION and f.action == "none"}
        return {
            serial: finding
            for serial, finding in findings.items()
            if finding.action in ("activate", "provision", "poll")
            and not (
                finding.action != "poll"
                and self.actions.get(serial) in ("readded", "missing", "activated", PROVISIONED)
            )
        }

    def requests(self, inventory: Inventory, serials: Collection[str]) -> list[Batch]:
        """Return the activations that would be asked for now."""
        activate, provision = self._requested(inventory, self._due(inventory, serials))
        return [*script.activate(activate, self.work.unit), *script.provision(provision, self.work.unit)]

    @staticmethod
    def _requested(inventory: Inventory, due: dict[str, Finding]) -> tuple[list[Token], list[Token]]:
        tokens = inventory.by_serial()
        return (
            [tokens[serial] for serial, finding in due.items() if finding.action == "activate"],
            [tokens[serial] for serial, finding in due.items() if finding.action == "provision"],
        )

    def _ask(self, inventory: Inventory, due: dict[str, Finding]) -> list[str]:
        """Request what is due, if all is still as it was when that was decided. Returns what was requested."""
        activate, provision = self._requested(inventory, due)
        look = self.work.last_look([token.serial for token in (*activate, *provision)], inventory)
        self.refused.update(look.reasons)
        activate = [token for token in activate if token.serial in look.valid]
        provision = [token for token in provision if token.serial in look.valid]
        asked = [token.serial for token in (*activate, *provision)]
        if not asked:
            return []
        now = self.today()
        self.work.journal.activations.update({token.serial: now for token in activate})
        self.work.write_down()
        refused = self.work.send(
            [*script.activate(activate, self.work.unit), *script.provision(provision, self.work.unit)],
            silence=REQUEST_SECONDS,
        )
        self.actions.update(dict.fromkeys((token.serial for token in activate), "activated"))
        self.actions.update(dict.fromkeys((token.serial for token in provision), PROVISIONED))
        for line in refused:
            self.refused.update(dict.fromkeys(_serials_of(line, [*activate, *provision]), line.text))
        return asked

    def _wait(self, inventory: Inventory, serials: Collection[str], before: dict[str, str]) -> Inventory:
        """Poll until each of `serials` is settled or the time is up. Little but the status list is read.

        A user who is still out of service gets their token back as soon as it works, while others are awaited.
        """
        started = self.clock()
        tokens = inventory.by_serial()
        vdoms = sorted({tokens[serial].vdom for serial in serials})
        standing = Standing(set(serials) - self.refused.keys(), self.policy, self.actions, before)
        unsettled = standing.unsettled
        server_only = {serial for serial in unsettled if tokens[serial].kind == HARDWARE or serial in self.actions}
        touched = Touched.of([tokens[serial] for serial in serials], self.work.journal.bindings.values())
        held = users_of(tokens.values(), self.work.journal.bindings.values())
        progress = Progress(self.tell, held)
        pauses = iter(_PAUSES)
        if self.actions.keys() & set(serials):
            # FortiGuard does not answer at once.
            self.sleep(min(pause(next(pauses), 0.0, self._out_of_service()), self.timeout))
        looked = 0.0
        offered: set[str] = set()
        while True:
            statuses = self._poll(vdoms)
            spent = self.clock() - started
            idle = _ENTRIES_SECONDS if unsettled & held.keys() else min(_ENTRIES_SECONDS, _UNASSIGNED_SECONDS)
            if spent - looked >= idle and all(normalise(statuses.get(s, "")) == "new" for s in unsettled):
                looked = spent
                inventory = self.work.read_back(touched)
                tokens = inventory.by_serial()
                unsettled -= {serial for serial in unsettled if serial in tokens and is_settled(tokens[serial])}
            standing.look(statuses, spent)
            ready = {s for s, status in statuses.items() if normalise(status) in GOOD} - offered
            if any(binding.serial in ready for binding in self.work.journal.bindings.values()):
                offered |= ready
                inventory = self._give_back(inventory, ready)
            limit = self.timeout if unsettled & server_only else min(self.timeout, HUMAN_SECONDS)
            if statuses:
                pending = [serial for serial in serials if serial in unsettled]
                progress.show(statuses, [s for s in serials if s not in unsettled], pending, limit - spent)
                progress.name(statuses, pending, spent)
            if not unsettled or spent >= limit:
                silent = {serial for serial in unsettled if not has_spoken(statuses.get(serial))}
                self.unanswered = (self.unanswered - set(serials)) | silent
                inventory = self.work.read_back(touched)
                # Fortinet's answer changes the configuration without a line of ours.
                self.work.received()
                return inventory
            self.sleep(min(pause(next(pauses, _PAUSES[-1]), spent, self._out_of_service()), limit - spent))

    def _out_of_service(self) -> bool:
        """Tell whether a user still waits to be enabled."""
        return any(binding.status == "enable" for binding in self.work.journal.bindings.values())

    def _poll(self, vdoms: Sequence[str]) -> dict[str, str]:
        """Return serial -> status text; nothing where the answer is not understood: what is awaited was paid for, and
        one odd answer is no reason to give it up. Raises UnitError after several of them."""
        try:
            statuses = read_statuses(self.work.console, self.work.unit, vdoms)
        except UnitError:
            self.bad_polls += 1
            if self.bad_polls > _MOST_BAD_POLLS:
                raise
            return {}
        self.bad_polls = 0
        return statuses

    def close(self, inventory: Inventory) -> None:
        """Close the journal if nothing is missing and nothing awaited; otherwise leave it to the next run."""
        journal = self.work.journal
        entries, bindings = journal.entries.values(), journal.bindings.values()
        plan = plan_restore(inventory, entries, bindings, journal.users, journal.moves)
        for serial, why in plan.lost:
            self.withheld.setdefault(serial, why)
        tokens = inventory.by_serial()
        unsettled = {
            serial: when
            for serial, when in journal.activations.items()
            if serial in tokens and not is_settled(tokens[serial])
        }
        if plan.empty and not unsettled:
            _journal.close(self.work.journal_path, journal)
            return
        self.work.journal = replace(journal, activations=unsettled)
        self.work.write_down()


def _advice(finding: Finding | None) -> str:
    """Return what triage says of a token that does not work, with what to do about it."""
    if finding is None:
        return "The unit does not have it."
    return " ".join(part for part in (finding.reason, finding.remedy) if part)


def _serials_of(line: Refused, tokens: Sequence[Token]) -> list[str]:
    """Return the tokens that a refused line names; FortiOS does not say which of up to twenty it refused.

    [fact: activate-output]
    """
    return [token.serial for token in tokens if token.serial in line.answer.line]
