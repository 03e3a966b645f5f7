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

import math
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal as _journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script as _script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import plan_restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.restore import added_again, restore
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Refused, Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import UNKNOWN_ERROR
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.diagnose import diagnose_answers
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    HARDWARE,
    MOBILE,
    TRIAL_LICENSE,
    Inventory,
    Token,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import read_statuses
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import assessment as _facts
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    NEEDS_LICENSE,
    PROVISION,
    Finding,
    Policy,
    is_firmware_bug,
    normalise,
    triage,
)

#: "It might take a few minutes to update" (article 232153): an error text that was there before the activation may be
#: an old one for so many seconds.
UNCHANGED_ERROR_SECONDS = 60.0
#: An error or an unknown text that came after the request must stand for so long before it is believed.
STANDING_SECONDS = 15.0
#: So long the unit may say nothing while it asks FortiGuard for up to twenty tokens.
REQUEST_SECONDS = 180.0
#: A mobile token that is being provisioned waits for its user to type a code: no play should wait for that.
HUMAN_SECONDS = 20.0
#: The code of the two free tokens of each unit (article 190171).
TRIAL_CODE = "0000-0000-0000-0000-0000"
#: What the server's assent looks like (article 180506).
_GOOD = ("active", "provisioned")
#: The user is told at least so often that there is nothing new; then half as often, and so on.
_FIRST_WORD_SECONDS = 15.0
_PAUSES = (0.5, 1.5, 2.0, 3.0, 5.0, 8.0, 10.0)
#: A token that nobody holds may stay `new` when it is activated (topic 180506: "Available"); that it has its seed then
#: shows only in its entry. So often the entries are read as well.
_ENTRIES_SECONDS = 10.0
#: So many polls in a row may bring an answer that is not understood.
_MOST_BAD_POLLS = 3


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
    #: Shows a line to the user at once.
    tell: Callable[[str], None] = lambda text: None
    actions: dict[str, str] = field(default_factory=dict)
    #: serial -> what the unit said against its activation; and what it said last against giving it back.
    refused: dict[str, str] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    #: serial -> why its holder is sent no new activation code.
    unsent: dict[str, str] = field(default_factory=dict)
    #: One text for each licence code that was refused, with what to do about it; redacted by the connection.
    license_errors: list[str] = field(default_factory=list)
    #: Mobile tokens that appeared, or whose licence or status changed, when codes were redeemed.
    licensed: list[str] = field(default_factory=list)
    #: Lines among `work.commands` that are known to have changed nothing.
    futile: int = 0
    #: Polls in a row whose answer was not understood.
    bad_polls: int = 0

    def run(self, inventory: Inventory, serials: Collection[str], codes: Sequence[str] = ()) -> Inventory:
        """Do all of it and return the unit as it is afterwards. `codes`: FortiToken Mobile licences to redeem.

        Raises UnitError, JournalError and the console's errors; the journal then holds what is needed to go on.
        """
        inventory = self._give_back(inventory)
        if codes:
            inventory = self._import(inventory, codes)
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
                serial in tokens and _is_settled(tokens[serial]),
                self.refused.get(serial)
                or self.withheld.get(serial)
                or self.unsent.get(serial)
                or self.work.notes.get(serial, ""),
            )
            for serial in wanted
        ]

    def _give_back(self, inventory: Inventory) -> Inventory:
        journal = self.work.journal
        entries, bindings = list(journal.entries.values()), list(journal.bindings.values())
        plan = plan_restore(inventory, entries, bindings, journal.users)
        self.withheld = {}
        if not plan.empty:
            inventory, self.withheld = restore(self.work, inventory, entries, bindings)
            self.actions.update(added_again(inventory, [e.serial for e in plan.readd if e.serial in self.work.added]))
            for binding in (*plan.bind, *plan.enable):
                self.actions.setdefault(binding.serial, "rebound")
        self.work.settle(inventory)
        return inventory

    def imports(self, inventory: Inventory, codes: Sequence[str]) -> list[Batch]:
        """The codes that would be redeemed now, in the VDOM where a licence is missing.

        The unit does not show which codes it has redeemed. Only the trial code tells: it brings the two trial tokens,
        so it is left out where the unit has them and they work.
        """
        mobile = [token for token in inventory.tokens if token.kind == MOBILE]
        needy = [token for token in mobile if triage(token, self.policy).verdict == NEEDS_LICENSE]
        trial = [token for token in mobile if (token.license or "").startswith(TRIAL_LICENSE)]
        served = bool(trial) and not any(token in needy for token in trial)
        due = [code for code in dict.fromkeys(codes) if not (served and code == TRIAL_CODE)]
        vdom = needy[0].vdom if needy else self.work.vdoms[0]
        return _script.import_licenses(due, vdom, self.work.unit) if due else []

    def _import(self, inventory: Inventory, codes: Sequence[str]) -> Inventory:
        """Redeem codes and return the unit as it is then: what was redeemed shows only in the tokens that changed."""
        batches = self.imports(inventory, codes)
        if not batches:
            return inventory
        unit, sent = self.work.unit, _script.spoken(batches, self.work.unit)
        self.work.commands.extend(sent)
        [answers] = self.work.console.run(batches)
        for number, answer in enumerate(answers, 1):
            # Not every refusal has a form that counts as an error of the command line.
            causes = diagnose_answers([(answer.line, answer.output)], unit.ha_members)
            if answer.fault is not None or causes:
                remedies = dict.fromkeys(cause["remedy"] for cause in causes) or [UNKNOWN_ERROR.remedy]
                text = Refused(answer, "", "", "").text
                self.license_errors.append(
                    f"{text} (licence code {number} of {len(answers)}). Remedy: {' '.join(remedies)}"
                )
        now = self.work.reread()
        self.licensed += self._newly_licensed(inventory, now)
        if len(self.license_errors) == len(answers) and not self.licensed:
            self.futile = len(sent)
        return now

    def _newly_licensed(self, before: Inventory, after: Inventory) -> list[str]:
        known = before.by_serial()

        def state(token: Token) -> tuple[str | None, bool]:
            return token.license, triage(token, self.policy).verdict == NEEDS_LICENSE

        return [
            token.serial
            for token in after.tokens
            if token.kind == MOBILE and (token.serial not in known or state(token) != state(known[token.serial]))
        ]

    def _due(self, inventory: Inventory, serials: Collection[str]) -> dict[str, Finding]:
        """serial -> triage, on the evidence of now, of those that wait for something or shall be asked for."""
        journal = self.work.journal
        seen = _journal.overlay(inventory, journal, journal.asked_recently(self.timeout, self.clock()))
        wanted = {*serials, *journal.activations}
        findings = {s: found for s, found in _facts.findings(seen, self.policy).items() if s in wanted}
        if self.policy.provision:
            self.unsent = {s: f.remedy for s, f in findings.items() if f.verdict == PROVISION and f.action == "none"}
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
            [*_script.activate(activate, self.work.unit), *_script.provision(provision, self.work.unit)],
            silence=REQUEST_SECONDS,
        )
        self.actions.update(dict.fromkeys((token.serial for token in activate), "activated"))
        self.actions.update(dict.fromkeys((token.serial for token in provision), "provisioned"))
        for line in refused:
            self.refused.update(dict.fromkeys(_serials_of(line, [*activate, *provision]), line.text))

    def _wait(self, inventory: Inventory, serials: Collection[str], before: dict[str, str]) -> Inventory:
        """Poll until each of `serials` is settled or the time is up. Little but the status list is asked."""
        started = self.clock()
        tokens = inventory.by_serial()
        vdoms = sorted({tokens[serial].vdom for serial in serials})
        unsettled = set(serials) - self.refused.keys()
        server_only = {serial for serial in unsettled if tokens[serial].kind == HARDWARE or serial in self.actions}
        standing: dict[str, tuple[float, str]] = {}
        pauses = iter(_PAUSES)
        progress = _Progress(self.tell)
        if self.actions.keys() & set(serials):
            # Nobody answers at once.
            self.sleep(min(next(pauses), self.timeout))
        looked = 0.0
        while True:
            statuses = self._poll(vdoms)
            spent = self.clock() - started
            if spent - looked >= _ENTRIES_SECONDS and all(normalise(statuses.get(s, "")) == "new" for s in unsettled):
                looked = spent
                tokens = self.work.reread().by_serial()
                unsettled = {serial for serial in unsettled if serial not in tokens or not _is_settled(tokens[serial])}
            for serial in sorted(unsettled):
                text = normalise(statuses.get(serial, ""))
                since, stands = standing.get(serial, (spent, ""))
                standing[serial] = (since if stands == text else spent), text
                stood = spent - standing[serial][0]
                if _has_spoken(text) and stood >= self._patience(serial, text, before.get(serial, "")):
                    unsettled.discard(serial)
            limit = self.timeout if unsettled & server_only else min(self.timeout, HUMAN_SECONDS)
            if statuses:
                done = [statuses.get(s, "") for s in serials if s not in unsettled]
                progress.show(done, len(unsettled), limit - spent)
            if not unsettled or spent >= limit:
                return self.work.reread()
            self.sleep(min(next(pauses, _PAUSES[-1]), limit - spent))

    def _patience(self, serial: str, text: str, before: str) -> float:
        """For how many seconds a status text must stand until it is believed."""
        if text in _GOOD:
            return 0.0
        if serial not in self.actions:
            # What an earlier run has asked for is given all the time; a second chance may not exist.
            return math.inf if text == before else 0.0
        # A text that was there before, or that nobody knows, may be one of the way there.
        known = self.policy.is_known_error(text) or is_firmware_bug(text)
        return STANDING_SECONDS if known and text != before else UNCHANGED_ERROR_SECONDS

    def _poll(self, vdoms: Sequence[str]) -> dict[str, str]:
        """serial -> status text; nothing where the answer is not understood: what is awaited was paid for, and one odd
        answer is no reason to give it up. Raises UnitError after several of them."""
        try:
            statuses = read_statuses(self.work.console, self.work.unit, vdoms)
        except UnitError:
            self.bad_polls += 1
            if self.bad_polls > _MOST_BAD_POLLS:
                raise
            return {}
        self.bad_polls = 0
        return statuses

    def _close(self, inventory: Inventory) -> None:
        """Close the journal if nothing is missing and nothing awaited; otherwise leave it to the next run."""
        journal = self.work.journal
        plan = plan_restore(inventory, journal.entries.values(), journal.bindings.values(), journal.users)
        for serial, why in plan.lost:
            self.withheld.setdefault(serial, why)
        tokens = inventory.by_serial()
        unsettled = {
            serial: when
            for serial, when in journal.activations.items()
            if serial in tokens and not _is_settled(tokens[serial])
        }
        if plan.empty and not unsettled:
            _journal.close(self.work.journal_path, journal)
            return
        self.work.journal = replace(journal, activations=unsettled)
        self.work.write_down()


def _has_spoken(status: str | None) -> bool:
    """Whether this status can be the server's answer."""
    return normalise(status or "") not in ("", "new", "provisioning")


def _is_settled(token: Token) -> bool:
    """Whether the server has answered for a token: a hardware token that has got its seed is activated, and stays
    `new` while nobody holds it."""
    has_seed = token.kind == HARDWARE and token.seed and normalise(token.status or "") == "new"
    return has_seed or _has_spoken(token.status)


class _Progress:
    """Says how far the activations are, when that has changed and otherwise now and then."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told = ""
        self._next = 0.0
        self._pause = _FIRST_WORD_SECONDS

    def show(self, settled: Sequence[str], pending: int, left: float) -> None:
        """`settled`: the statuses of the tokens that the server has answered for. `left`: seconds to the time limit."""
        good = sum(1 for status in settled if normalise(status) in (*_GOOD, "new"))
        text = f"activation: {good} active, {pending} pending, {len(settled) - good} failed"
        if text == self._told and -left < self._next:
            return
        if text == self._told:
            self._pause *= 2
        self._next = self._pause - left
        self._told = text
        self._tell(f"{text}; {max(0, round(left))} s left" if pending else text)


def _serials_of(line: Refused, tokens: Sequence[Token]) -> list[str]:
    """The tokens that a refused line names; FortiOS does not say which of up to twenty it refused."""
    return [token.serial for token in tokens if token.serial in line.answer.line]
