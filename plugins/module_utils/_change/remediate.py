# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remediation: wave by wave, tokens are deleted, added again, activated, awaited and given back.

A wave is begun only when the one before it has worked. What a wave shows to be refused is written down at once, and
with it everything that depends on the same claim, so that no later run tries it again by itself.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import claims as _claims
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal as _journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.activate import Activation
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.claims import Claims
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.evidence import unit_differences
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.follow import say_nothing
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.moving import Moving
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import (
    PurgePlan,
    Refusal,
    after_purge,
    plan_purge,
    plan_restore,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.purge import purge
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.waves import (
    Size,
    Wave,
    in_waves,
    split,
    too_many,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import HARDWARE, Inventory, Token
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import assessment
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.evidence import refine
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.spent import rests_on_claim
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    Finding,
    Policy,
)

REIMPORT, IN_PLACE = "reimport", "in_place"
WAYS = (REIMPORT, IN_PLACE)
#: Why a remediation stops: a claim was contradicted, an activation failed otherwise, a user did not get the token back,
#: the unit is not what it was, or users did not get another token that works.
RELEASE, ACTIVATION, BINDING, UNIT, MOVE = "release", "activation", "binding", "unit", "move"


@dataclass(frozen=True)
class Rules:
    """How a remediation goes. `allowed`: the share of a wave that may fail. `way`: one of `WAYS`."""

    sizes: tuple[Size, ...]
    allowed: float
    way: str = REIMPORT


@dataclass
class Remediation:
    """A remediation of one unit. What was done until now can be read from it at any time, also after an error."""

    work: Work
    activation: Activation
    claims: Claims
    rules: Rules
    #: Who gets another mobile token, where the operator wants that.
    moving: Moving | None = None
    tell: Callable[[str], None] = say_nothing
    #: The unit as it was last read.
    inventory: Inventory = field(init=False)
    purged: list[str] = field(default_factory=list)
    #: Tokens that the unit refused to delete, or that were no longer as planned.
    kept: list[Refusal] = field(default_factory=list)
    waves: list[Wave] = field(default_factory=list)
    #: Why nothing more was begun, in a word and in a sentence, and what is untouched for that reason.
    cause: str = ""
    stopped: str = ""
    untouched: list[str] = field(default_factory=list)
    saved: bool = False
    _requested_before: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.inventory = self.work.found

    @property
    def policy(self) -> Policy:
        """What triage goes by."""
        return self.activation.policy

    def findings(self) -> dict[str, Finding]:
        """Return triage on the evidence of now."""
        return assessment.findings(self._seen(), self.policy)

    def _outcome(self) -> dict[str, Finding]:
        """Return triage after a wave: what was requested has been awaited, and is not under way any more."""
        return assessment.findings(_journal.overlay(self.inventory, self.work.journal), self.policy)

    def _seen(self) -> Inventory:
        journal = self.work.journal
        asked = journal.asked_recently(self.activation.timeout, self.activation.today())
        return _journal.overlay(self.inventory, journal, asked)

    def plan(self, serials: Sequence[str]) -> list[list[str]]:
        """Return the serials of each wave. What an interrupted run has begun is not in any: it is finished first."""
        begun = self.work.journal.serials
        seen = self._seen()
        chances = in_waves(self.findings(), seen.tokens, [serial for serial in serials if serial not in begun])
        return split(chances, refine(self.policy, seen), self.rules.sizes)

    def run(self, serials: Sequence[str], codes: Sequence[str] = ()) -> None:
        """Do all of it. Raises UnitError, JournalError and the console's errors; the journal then holds the rest."""
        self._finish(codes)
        waves = [] if self.stopped else self.plan(serials)
        for number, wave in enumerate(waves, 1):
            if self.stopped:
                self.untouched += wave
                continue
            tokens = f"{len(wave)} token{'' if len(wave) == 1 else 's'}"
            self.tell(f"wave {number} of {len(waves)}: {tokens}")
            self.activation.tell = self._teller(f"wave {number} of {len(waves)}")
            self._do(Wave(number, wave))
        self.activation.tell = self.tell
        self._refuse_the_rest(serials)
        self._move()
        others = [serial for serial in serials if not self._is_chance(serial)]
        self.inventory = self.activation.settle(self.inventory, others)
        self.activation.close(self.inventory)
        self._save()

    def _move(self) -> None:
        """Give users of mobile tokens other ones. It does not depend on what became of hardware tokens."""
        moving = self.moving
        if moving is None or self.cause == UNIT:
            return
        try:
            self.inventory = moving.run(self.inventory, len(self.waves) + 1)
        finally:
            self.waves += moving.waves
            self.untouched += moving.untouched
            if moving.stopped and not self.stopped:
                self.cause, self.stopped = MOVE, moving.stopped

    def _teller(self, place: str) -> Callable[[str], None]:
        return lambda text: self.tell(f"{place}: {text}")

    def _is_chance(self, serial: str) -> bool:
        token = self.inventory.by_serial().get(serial)
        return token is None or token.kind == HARDWARE

    def _finish(self, codes: Sequence[str]) -> None:
        """Finish what an interrupted run has begun; it counts as the first wave."""
        begun = sorted(self.work.journal.serials)
        # What was only unbound, or not even that, was not requested: it takes its turn in a wave.
        self._requested_before = set(self.work.journal.activations)
        self.inventory = self.activation.begin(self.inventory, codes)
        if begun:
            self.tell(f"finishing what an interrupted run has begun: {len(begun)} tokens")
            wave = Wave(0, begun)
            self.inventory = self.activation.settle(self.inventory, begun)
            self._judge(wave)

    def _do(self, wave: Wave) -> None:
        """Do one wave from its purge until everybody has their token back."""
        self.waves.append(wave)
        findings = self.findings()
        gone = [serial for serial in wave.serials if serial not in findings]
        self.kept += [Refusal(serial, "", "the unit no longer shows it: it was deleted meanwhile") for serial in gone]
        wave.serials = [serial for serial in wave.serials if serial in findings]
        if self.rules.way == IN_PLACE:
            self.activation.in_place = {*self.activation.in_place, *wave.serials}
        else:
            self._purge(wave, findings)
        kept = {refusal.serial for refusal in self.kept}
        self.inventory = self.activation.settle(self.inventory, [s for s in wave.serials if s not in kept])
        self.waves.pop()
        self._judge(wave)
        self._save()

    def _purge(self, wave: Wave, findings: Mapping[str, Finding]) -> None:
        going = [serial for serial in wave.serials if findings[serial].action == "reimport"]
        plan = plan_purge(self._seen(), findings, going)
        self.kept += plan.refused
        if plan.empty:
            return
        purged, refused, self.inventory = purge(self.work, plan)
        self.purged += purged
        self.kept += refused

    def _judge(self, wave: Wave) -> None:
        """Compare a wave with what it was for, write down what was refused, and stop where too much of it failed."""
        self.waves.append(wave)
        # A token that is deleted and not there again has failed, whether its activation was requested or not.
        begun = {s for s, done in self.activation.actions.items() if done in ("readded", "missing", "activated")}
        begun |= {*self.purged, *self._requested_before}
        wave.requested = [serial for serial in wave.serials if serial in begun and self._is_chance(serial)]
        wave.failed = _claims.remember(
            self.claims,
            wave.requested,
            self.inventory,
            self._outcome(),
            self.activation.unanswered,
            self.activation.today(),
        )
        # A token that works and did not come back to its user has failed, too; that is no refusal of Fortinet's.
        wave.failed += [s for s in wave.requested if s in self.activation.withheld and s not in wave.failed]
        # What a look inside of a transaction shows is kept with the differences alone.
        changed = [seen for seen in self.work.differences if not seen.serial]
        changed = changed or unit_differences(self.work.found.unit, self.work.known.unit)
        if changed:
            self.cause, self.stopped = UNIT, f"the unit has changed since it was read: {changed[0].text}"
        elif too_many(len(wave.failed), len(wave.requested), self.rules.allowed):
            self.cause, self.stopped = self._reason(wave)
        if self.stopped:
            self.tell(f"stopped after wave {wave.number}: {self.stopped}")
        _claims.save(self.work.journal_path, self.claims)

    def _reason(self, wave: Wave) -> tuple[str, str]:
        """Return why nothing more is begun: the cause in a word, and a sentence without its full stop."""
        first = wave.failed[0]
        status = _status(self.inventory.by_serial().get(first)) or "no status"
        count = f"{len(wave.failed)} of {len(wave.requested)} failed"
        if first in self.activation.withheld:
            return BINDING, f"{count}; {first} did not come back: {self.activation.withheld[first]}"
        if first in self.claims.spent and self._claimed(first):
            return (
                RELEASE,
                f"{count}; the release of the activation lock did not take effect for {first} (status: {status})",
            )
        return ACTIVATION, f"{count}; {first} could not be activated (status: {status})"

    def _claimed(self, serial: str) -> bool:
        token = self.work.found.by_serial().get(serial)
        return token is None or rests_on_claim(token, self.policy)

    def _refuse_the_rest(self, serials: Sequence[str]) -> None:
        """Write down everything that depends on the wave that was refused: no later run may try it token by
        token."""
        if not self.stopped:
            return
        refused = next((s for wave in self.waves for s in wave.failed if s in self.claims.spent), "")
        findings, tokens = self._outcome(), self._seen().by_serial()
        waiting = [s for s, found in findings.items() if found.action in ("reimport", "activate") and s in tokens]
        wanted = set(serials) - self.work.journal.serials
        rest = [s for s in waiting if tokens[s].kind == HARDWARE and s in wanted]
        self.untouched = list(dict.fromkeys([*self.untouched, *rest]))
        if not refused:
            return
        status = self.claims.spent[refused].status
        claimed = [s for s in waiting if self._claimed(s)] if self._claimed(refused) else []
        for serial in dict.fromkeys([*rest, *claimed]):
            if serial not in self.activation.actions:
                self.claims.refuse(serial, status, refused, now=self.activation.today())
        _claims.save(self.work.journal_path, self.claims)

    def _save(self) -> None:
        """Keep what was changed over a restart, where the unit does not save by itself and the operator wants it."""
        if self.changed:
            self.saved = self.work.keep_changes()

    @property
    def changed(self) -> bool:
        """Whether lines were sent that have changed something."""
        return len(self.work.commands) > self.activation.futile + self.work.undone

    @property
    def save_due(self) -> bool:
        """Whether the unit still has to be told to save."""
        return self.changed and not self.saved

    def messages(self) -> dict[str, str]:
        """Return serial -> what has to be said about a token that was not begun or not deleted."""
        said = {refusal.serial: refusal.reason for refusal in self.kept}
        for serial in self.untouched:
            said.setdefault(serial, f"Not begun: {self.stopped}.")
        return said

    def planned(self, serials: Sequence[str], codes: Sequence[str]) -> tuple[list[Batch], list[str]]:
        """Return the lines that a run would send, and the serials that it would delete: what check mode shows."""
        unit, activation = self.work.unit, self.activation
        journal = self.work.journal
        batches = _returned(PurgePlan(tuple(journal.entries.values()), tuple(journal.bindings.values())), self)
        batches += activation.imports(self.inventory, codes) if codes else []
        begun = sorted(journal.serials)
        batches += activation.requests(self.inventory, begun)
        findings, seen = self.findings(), self._seen()
        deleted: list[str] = []
        for wave in self.plan(serials):
            if self.rules.way == IN_PLACE:
                activation.in_place = {*activation.in_place, *wave}
            else:
                plan = plan_purge(seen, findings, [s for s in wave if findings[s].action == "reimport"])
                deleted += [entry.serial for entry in plan.entries]
                batches += [*script.purge(plan.entries, plan.bindings, unit), *_returned(plan, self)]
            batches += activation.requests(self.inventory, [s for s in wave if s not in deleted])
        batches += self.moving.planned(self.inventory) if self.moving else []
        batches += activation.requests(self.inventory, [s for s in serials if not self._is_chance(s)])
        return batches, deleted


def _returned(plan: PurgePlan, remediation: Remediation) -> list[Batch]:
    """Return the lines that bring back what a plan deletes."""
    journal = remediation.work.journal
    # Who is being given another token was never without one.
    unbound = [binding for binding in plan.bindings if (binding.vdom, binding.name) not in journal.moves]
    inventory = after_purge(remediation.inventory, plan.entries, unbound)
    back = plan_restore(inventory, plan.entries, plan.bindings, journal.users, journal.moves)
    unit = remediation.work.unit
    enabled = [*(binding for binding in back.bind if binding.status == "enable"), *back.enable]
    return [*script.restore([*back.readd, *back.amend], back.bind, unit), *script.enable_users(enabled, unit)]


def _status(token: Token | None) -> str:
    return (token.status or "") if token else ""
