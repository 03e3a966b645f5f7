# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redeeming FortiToken Mobile license codes: each once, one after the other, and what became of each.

A code is named by its position, "license code 2 of 3", and never shown. The unit does not tell which codes it has
redeemed, so a digest of each is kept next to the journal, and a later run with the same codes sends nothing. What a
code has brought shows only in the tokens that changed, which is why each code has an exchange of its own.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _files
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Refused, Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import (
    UNKNOWN_ERROR,
    WRONG_MEMBER,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.diagnose import diagnose_answers
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import FileError, JournalError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    MOBILE,
    TRIAL_LICENSE,
    Inventory,
    Token,
    Unit,
    is_serial,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import NEEDS_LICENSE, Policy, triage

#: The code of the two free tokens of each unit (article 190171). [fact: trial-code]
TRIAL_CODE = "0000-0000-0000-0000-0000"
#: What became of a code: the unit took it, refused it, or it was not sent.
REDEEMED, REFUSED, UNUSED = "redeemed", "refused", "unused"

#: The tokens of a license may come a moment after the unit has taken the code (inferred).
PAUSES = (0.5, 1.0, 2.0, 4.0)

# [fact: license-redeemed-again] [fact: license-brings-missing]
NOTHING_NEW = (
    "The unit accepted the code, but no new token appeared: it was redeemed before, or its tokens come later. A code"
    " that was redeemed once can be redeemed again on its unit and brings back what is missing (Fortinet article"
    " 197790)."
)

#: Behind the remedy of a code that was refused in an earlier run.
AGAIN = "To send the code again, set remediate_retry_refused (retry_refused in the modules)."

#: Words of refusals in no known form, such as a number of FortiCare alone (inferred).
_REFUSING = re.compile(
    r"\berror\b|\bfail|\binvalid\b|\bexpired\b|\bnot (?:for|found|valid|allowed|registered)\b|\breject|\bdenied\b",
    re.IGNORECASE,
)

FORMAT = "fortiops.fortitoken.licenses"
VERSION = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST_TEXT = 2000
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class CodeResult:
    """What became of the code at position `number` of `total`. `tokens`: the serials that it brought or made work.
    `message`: the unit's answer, or why the code was not used; `remedy`: the one thing to do about it."""

    number: int
    total: int
    outcome: str
    tokens: tuple[str, ...] = ()
    message: str = ""
    remedy: str = ""

    @property
    def name(self) -> str:
        return f"license code {self.number} of {self.total}"

    @property
    def error(self) -> str:
        """The refusal in one text, or an empty one."""
        return f"{self.message} ({self.name}). Remedy: {self.remedy}" if self.outcome == REFUSED else ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "total": self.total,
            "outcome": self.outcome,
            "tokens": list(self.tokens),
            "message": self.message,
            "remedy": self.remedy,
        }


@dataclass(frozen=True)
class Entry:
    """A code that was redeemed, or that was refused: when, the tokens that it brought, or the answer and its remedy."""

    when: str
    tokens: tuple[str, ...] = ()
    refusal: str = ""
    remedy: str = ""


@dataclass
class Ledger:
    """The codes that a unit was sent, by digest. `path` is empty where there is no journal."""

    unit: Unit
    path: str
    codes: dict[str, Entry] = field(default_factory=dict)

    def digest(self, code: str) -> str:
        return hashlib.sha256(f"{FORMAT}\0{self.unit.serial}\0{code.upper()}".encode()).hexdigest()

    def entry(self, code: str) -> Entry | None:
        return self.codes.get(self.digest(code))

    def note(self, code: str, result: CodeResult) -> None:
        """Remember what became of a code. Raises JournalError where that cannot be written."""
        known = self.entry(code)
        when = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        brought = tuple(dict.fromkeys((*(known.tokens if known else ()), *result.tokens)))
        refused = result.outcome == REFUSED
        self.codes[self.digest(code)] = Entry(
            when, brought, result.message if refused else "", result.remedy if refused else ""
        )
        if not self.path:
            return
        rows = {digest: {**asdict(each), "tokens": list(each.tokens)} for digest, each in self.codes.items()}
        data = {"format": FORMAT, "version": VERSION, "codes": rows}
        try:
            _files.make_folder(Path(self.path).parent)
            _files.replace_file(self.path, json.dumps(data, indent=1) + "\n")
        except OSError as error:
            raise JournalError(
                f"The file {self.path} cannot be written ({error.strerror or error}). It remembers which license codes"
                " were redeemed. Make the folder writable, or set another one."
            ) from error


def load(journal: str, unit: Unit) -> Ledger:
    """Return the ledger next to a journal. Raises JournalError for a file that cannot be used.

    The serial of the unit is a part of each digest, so a file of another unit says nothing about this one.
    """
    path = f"{journal}.licenses" if journal else ""
    try:
        raw = _files.read_trusted(path) if path else None
        if raw is None:
            return Ledger(unit, path)
        data = _files.parse_json(path, raw)
        if (data["format"], data["version"]) != (FORMAT, VERSION):
            raise ValueError(f"it is not {FORMAT} version {VERSION}")
        codes = {
            str(digest): Entry(
                str(row["when"]), tuple(map(str, row["tokens"])), str(row["refusal"]), str(row["remedy"])
            )
            for digest, row in data["codes"].items()
        }
        if not all(map(_DIGEST.fullmatch, codes)) or not all(map(_is_sound, codes.values())):
            raise ValueError("an entry is damaged")
    except (FileError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise JournalError(
            f"The file {path} cannot be used ({type(error).__name__}: {error}). It remembers which license codes were"
            " redeemed. No code was sent. Repair the file or move it away, and run again."
        ) from error
    return Ledger(unit, path, codes)


def _is_sound(entry: Entry) -> bool:
    texts = f"{entry.refusal}{entry.remedy}"
    return (
        _TIME.fullmatch(entry.when) is not None
        and all(map(is_serial, entry.tokens))
        and texts.isprintable()
        and len(texts) <= _MOST_TEXT
    )


@dataclass
class Redemption:
    """Redeems the codes of one run. `results`: one for each code that was given, in their order, as far as it went."""

    work: Work
    policy: Policy
    sleep: Callable[[float], None] = time.sleep
    #: Send codes again that Fortinet has refused before.
    retry: bool = False
    results: list[CodeResult] = field(default_factory=list)
    #: Mobile tokens that appeared, or whose license or status changed.
    licensed: list[str] = field(default_factory=list)
    #: Lines among `work.commands` that are known to have changed nothing.
    futile: int = 0

    def planned(self, inventory: Inventory, codes: Sequence[str]) -> list[Batch]:
        """Return what would be sent."""
        unused = self._unused(inventory, codes, load(self.work.journal_path, self.work.unit))
        vdom = self._vdom(inventory)
        return [
            batch
            for number, code in enumerate(codes)
            if number not in unused
            for batch in script.import_licenses([code], vdom, self.work.unit)
        ]

    def run(self, inventory: Inventory, codes: Sequence[str]) -> Inventory:
        """Redeem the codes and return the unit as it is then. Raises UnitError, JournalError and ConsoleError."""
        ledger = load(self.work.journal_path, self.work.unit)
        unused = self._unused(inventory, codes, ledger)
        for number, code in enumerate(codes):
            if number in unused:
                message, remedy = unused[number]
                self.results.append(CodeResult(number + 1, len(codes), UNUSED, message=message, remedy=remedy))
            else:
                inventory = self._redeem(inventory, code, number + 1, len(codes), ledger)
        return inventory

    def _vdom(self, inventory: Inventory) -> str:
        """Return the VDOM where a license is missing, else the first."""
        needy = [token for token in inventory.tokens if self._needs(token)]
        return needy[0].vdom if needy else self.work.vdoms[0]

    def _needs(self, token: Token) -> bool:
        return token.kind == MOBILE and triage(token, self.policy).verdict == NEEDS_LICENSE

    def _unused(self, inventory: Inventory, codes: Sequence[str], ledger: Ledger) -> dict[int, tuple[str, str]]:
        """Return position from 0 -> why the code is not sent, and what to do about that."""
        working = {token.serial for token in inventory.tokens if not self._needs(token)}
        trial = [token for token in inventory.tokens if (token.license or "").startswith(TRIAL_LICENSE)]
        served = bool(trial) and not any(self._needs(token) for token in trial)
        reasons: dict[int, tuple[str, str]] = {}
        first: dict[str, int] = {}
        for number, code in enumerate(codes):
            same = first.setdefault(code.upper(), number)
            known = ledger.entry(code)
            if same != number:
                reasons[number] = f"It is the same as license code {same + 1}.", ""
            elif code == TRIAL_CODE and served:
                reasons[number] = (
                    "The unit has its trial tokens, and they need no license (Fortinet article 190171).",
                    "",
                )
            elif known and known.refusal:
                if not self.retry:
                    reasons[number] = f"It was refused on {known.when[:10]}: {known.refusal}", f"{known.remedy} {AGAIN}"
            elif known and working.issuperset(known.tokens):
                on = known.when[:10]
                reasons[number] = f"This unit redeemed it on {on}, and all tokens that it brought are there.", ""
        return reasons

    def _redeem(self, inventory: Inventory, code: str, number: int, total: int, ledger: Ledger) -> Inventory:
        unit = self.work.unit
        batches = script.import_licenses([code], self._vdom(inventory), unit)
        sent = script.spoken(batches, unit)
        self.work.commands.extend(sent)
        [[answer]] = self.work.console.run(batches)
        refusal = _refusal(answer, number, total, unit.ha_members)
        now, brought = self._brought(inventory, patient=refusal is None)
        self.licensed += [serial for serial in brought if serial not in self.licensed]
        if refusal is not None and not brought:
            self.futile += len(sent)
            result = refusal
        else:
            result = CodeResult(number, total, REDEEMED, tuple(brought), "" if brought else NOTHING_NEW)
        self.results.append(result)
        ledger.note(code, result)
        return now

    def _brought(self, before: Inventory, patient: bool) -> tuple[Inventory, list[str]]:
        """Read the tokens until one is new or works; once only where nothing can be expected."""
        for pause in (*(PAUSES if patient else ()), None):
            now = self.work.reread()
            found = self._new(before.by_serial(), now)
            if found or pause is None:
                return now, found
            self.sleep(pause)
        raise AssertionError("the last pause is None")

    def _new(self, known: Mapping[str, Token], after: Inventory) -> list[str]:
        def state(token: Token) -> tuple[str | None, bool]:
            return token.license, self._needs(token)

        return [
            token.serial
            for token in after.tokens
            if token.kind == MOBILE and (token.serial not in known or state(token) != state(known[token.serial]))
        ]


def _refusal(answer: Answer, number: int, total: int, members: Sequence[str]) -> CodeResult | None:
    """Return the refusal with its one remedy, or None.

    Not every refusal has a form that counts as an error of the command line, and not every text is known: what sounds
    like a refusal is one, unless tokens came. In a cluster, the member that the license is registered to explains the
    refusal; otherwise a message in words says more than the number after it.
    """
    causes = diagnose_answers([(answer.line, answer.output)], members)
    if answer.fault is None and not causes and not _REFUSING.search(answer.output):
        return None
    order = sorted(causes, key=lambda each: (each["id"] != WRONG_MEMBER.id, not each["message"]))
    cause = order[0] if order else None
    remedy = str(cause["remedy"]) if cause else UNKNOWN_ERROR.remedy
    return CodeResult(number, total, REFUSED, (), Refused(answer, "", "", "").text, remedy)
