# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules share: arguments, refusing bad input before any connection, and errors for people.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
import re
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, Protocol

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _files
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import claims, journal, script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.holding import cluster, hold
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal import Journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import unknown_serials
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleError, JournalError, UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Inventory, Unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.parsers import (
    malformed_serials,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import (
    identify,
    read_inventory,
    select_vdoms,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import assessment, gates, offline
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.evidence import refine
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.options import ARGS, EXECUTE_ONLY, INCLUDE
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import ALL, Finding, Policy, normalise

#: What a session counts; shown at -v.
COSTS = ("logins", "turns", "lines", "bytes_in", "bytes_out")

#: AWX cuts a task's result at 700,000 bytes (its setting MAX_EVENT_RES_DATA). A result that is saved as a whole stays
#: below this, without what is mentioned first here. Entries and bindings always stay: the next task needs them, and
#: where the journal is lost, the result that AWX keeps is all that remembers them. Those of the 2,500 tokens that a
#: purge deletes by default take some 575,000 bytes.
MOST_BYTES = 600_000
OMITTED_FIRST = ("before", "after", "commands", "lines", "events", "results")
#: So many tokens are named in one message.
MOST_NAMED = 20
#: Of a diff that is too long this much is shown.
MOST_DIFF = 50_000

TRIAGE_ARGS = ARGS

#: Also said where another plugin's session is open: this module would not understand its answers.
WRONG_CONNECTION = (
    "This module needs the console session of fortiops.fortitoken, and this host has another connection: add"
    " 'gather_facts: false' to the play and 'ansible_connection: fortiops.fortitoken.fortios_cli' to its vars (or"
    " fortios_offline, to read a unit from files)."
)

STRICT_ARGS: dict[str, dict[str, Any]] = {"strict": {"type": "bool", "default": True}}
SAVE_ARGS: dict[str, dict[str, Any]] = {"save_to": {"type": "path"}}

#: Five groups of four hexadecimal digits (article 194508); what else Fortinet may print is not refused.
_CODE = re.compile(r"[0-9A-Za-z]{4,}(?:-[0-9A-Za-z]{4,})*")

Body = Callable[[Console, dict[str, Any]], None]


class Module(Protocol):
    """What a module needs of Ansible: AnsibleModule has it, and so has its stand-in inside ansible-playbook."""

    params: dict[str, Any]
    check_mode: bool
    _diff: bool
    _socket_path: Any

    def exit_json(self, **kwargs: Any) -> NoReturn:
        """Leave with a result."""

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        """Leave with an error."""


def serials(module: Module, option: str = "serials", also: Iterable[str] = ()) -> list[str]:
    """Return the option as serials, upper case, without duplicates. Fails the module for what cannot be one."""
    given = list(dict.fromkeys(text.strip() for text in module.params[option] or () if text.strip()))
    upper = [text.upper() for text in given]
    allowed = set(also)
    bad = malformed_serials([text for text in upper if text.casefold() not in allowed])
    if bad:
        module.fail_json(
            msg=f"{option}: {', '.join(bad)}: not a FortiToken serial. A serial has 16 characters and begins with"
            " FTKMOB (mobile) or FTK and three digits (hardware), for example FTK200BAA0000000. Nothing was changed;"
            " the unit was not contacted."
        )
    return [text if text.casefold() not in allowed else text.casefold() for text in upper]


def license_codes(module: Module) -> list[str]:
    """Return the option `license_codes` without blanks. Fails the module for what cannot be a code, without showing
    it."""
    codes = [code.strip() for code in module.params["license_codes"] if code.strip()]
    for number, code in enumerate(codes, 1):
        if not _CODE.fullmatch(code):
            module.fail_json(
                msg=f"license_codes: number {number} of {len(codes)} is not a redemption code. A code has five groups"
                " of four characters, with dashes between them. The unit was not contacted."
            )
    return codes


def policy(module: Module, login: str, baseline_licenses: Mapping[str, str] | None = None) -> Policy:
    """Return what the operator's options say to triage. `baseline_licenses`: license -> serial of its unit before."""
    return Policy(
        lock_released=frozenset(serials(module, "lock_released", also=(ALL,))),
        error_statuses=frozenset(normalise(text) for text in module.params["error_statuses"]),
        admins=module.params["admins"] == INCLUDE,
        login=login,
        provision=bool(module.params.get("provision")),
        remote_users=module.params["remote_users"] == INCLUDE,
        baseline_licenses=dict(baseline_licenses or {}),
    )


def abridged(texts: Sequence[str], most: int) -> list[str]:
    """Return the first of them, and how many more there are: what a message for people can hold."""
    return [*texts[:most], f"and {len(texts) - most:,} more"] if len(texts) > most else list(texts)


def overrides(module: Module) -> gates.Overrides:
    return gates.Overrides(
        firmware_bug=module.params["ignore_firmware_bug"],
        unknown_server=module.params["ignore_unknown_server"],
        save_config=module.params["save_config"],
        execute_only=module.params["managed"] == EXECUTE_ONLY,
    )


def teller(module: Module, verbosity: int = 0) -> Callable[[str], None]:
    """Return what shows a line to the user at once, from this verbosity on. A module in a process of its own has no
    such thing."""
    found: Callable[[str, int], None] | None = getattr(module, "tell", None)
    return (lambda text: found(text, verbosity)) if found else (lambda _text: None)


def run(module: Module, body: Body, save_to: str | None = None) -> NoReturn:
    """Run `body(console, result)` against the unit and leave with `result`, or with an error for a person and whatever
    `body` had put into `result` until then, so that nothing that was done is forgotten.

    `save_to`: a file for the whole result; what is returned is then no larger than AWX keeps.
    """
    cost: dict[str, Any] = {}
    result: dict[str, Any] = {"changed": False}
    if not module._socket_path:
        module.fail_json(msg=WRONG_CONNECTION)
    console = Console(module._socket_path)
    try:
        with _metered(console, cost):
            body(console, result)
    except (UnitError, ConsoleError, JournalError) as error:
        _tell_cost(module, cost)
        module.fail_json(msg=str(error), **_details(error), **_saved(_broken_off(result), save_to))
    except Exception as error:
        # What was done until then must not be forgotten because of it.
        where = traceback.extract_tb(error.__traceback__)[-1]
        said = Redactor().redact(str(error), debug=True)
        module.fail_json(
            msg=f"Internal error in fortiops.fortitoken ({type(error).__name__} in {Path(where.filename).name},"
            f" line {where.lineno}): {said}. What was done until then is in this result; run again to finish it. Please"
            " report this text.",
            **_saved(_broken_off(result), save_to),
        )
    _tell_cost(module, cost)
    if result.get("failed"):
        module.fail_json(**_saved(result, save_to))
    module.exit_json(**_saved(result, save_to))


def _broken_off(result: dict[str, Any]) -> dict[str, Any]:
    """Return the result of work that did not finish: what was sent has changed something."""
    return {**result, "changed": bool(result.get("changed") or result.get("commands"))}


@contextmanager
def _metered(console: Console, cost: dict[str, Any]) -> Iterator[None]:
    """Put into `cost` what the body has cost the session: logins, turns, lines, bytes and seconds."""
    before: dict[str, Any] = {}
    with suppress(ConsoleError):
        before = console.stats()
    started = time.monotonic()

    def count() -> None:
        with suppress(ConsoleError):
            now = console.stats()
            cost.update({name: now[name] - before.get(name, 0) for name in COSTS})
        cost["seconds"] = round(time.monotonic() - started, 3)

    # Not where somebody interrupts the play: the session's process is ending then, and may answer nobody any more.
    try:
        yield
    except Exception:
        count()
        raise
    count()


def _tell_cost(module: Module, cost: dict[str, Any]) -> None:
    if set(cost) >= set(COSTS):
        size = (cost["bytes_in"] + cost["bytes_out"]) / 1000
        teller(module, 1)(f"{cost['turns']} turns, {cost['lines']:,} lines, {size:,.1f} kB, {cost['seconds']:.1f} s")


def _details(error: UnitError | ConsoleError | JournalError) -> dict[str, Any]:
    """Return what an error tells besides its text."""
    details: dict[str, Any] = {}
    if isinstance(error, UnitError):
        details = {"command": error.command, "device_output": error.device_output, "rc": error.rc}
    elif isinstance(error, ConsoleError):
        details = {"kind": error.kind}
    return {key: value for key, value in details.items() if value not in ("", None)}


def _saved(result: dict[str, Any], path: str | None) -> dict[str, Any]:
    """Write the whole result to the file, where one is given; return what fits an event."""
    if not path:
        return result
    try:
        _files.save_json(path, result)
    except OSError as error:
        # What was done to the unit must not be forgotten because of that: nothing is left out.
        return {**result, "warnings": [f"The result cannot be written to {path}: {error.strerror or error}."]}
    return {**_bounded(result), "saved_to": path}


def _bounded(result: dict[str, Any]) -> dict[str, Any]:
    """Return the result without what makes it too large; `omitted` counts what was left out."""
    sizes = {name: len(json.dumps(value)) for name, value in result.items()}
    omitted: dict[str, int] = {}
    for name in OMITTED_FIRST:
        if sum(sizes.values()) <= MOST_BYTES:
            break
        if sizes.pop(name, 0):
            omitted[name] = len(result[name])
    kept = {name: value for name, value in result.items() if name not in omitted}
    return {**kept, "omitted": omitted} if omitted else kept


class Reading:
    """The unit as a changing module finds it: inventory with the journal laid over it, triage, gates."""

    def __init__(
        self,
        module: Module,
        console: Console,
        recent: float,
        ping: str = "auto",
        changing: bool = True,
        baseline_licenses: Mapping[str, str] | None = None,
    ) -> None:
        """`recent`: for how many seconds an activation counts as still under way. `changing`: the module changes the
        unit, if not in check mode. `baseline_licenses`: license -> serial of the unit that had it before. Raises
        UnitError, JournalError."""
        self.journal_path: str = module.params.get("journal") or ""
        # Before the journal is opened: it belongs to the cluster, whichever member answers.
        unit = cluster(console, identify(console))
        if unit.offline and changing and not module.check_mode:
            raise UnitError(
                f"it is read from a file ({', '.join(unit.source)}), so nothing can be changed",
                unit=unit.hostname,
                next_step="Run in check mode to see what a run would send, or use ansible_connection:"
                " fortiops.fortitoken.fortios_cli to reach the unit",
            )
        named = [name.strip() for name in module.params["vdoms"] if name.strip()]
        chosen = select_vdoms(unit, named)
        if changing and not module.check_mode:
            hold(console, self.journal_path, unit)
        begun = journal.load(self.journal_path, unit)
        # What an interrupted run has begun is finished in every VDOM, but nothing is begun in another one.
        self.vdoms = tuple(name for name in unit.vdoms if name in chosen or name in begun.vdoms)
        # A VDOM that was not named may be left out, unless an open journal needs it.
        found = read_inventory(console, self.vdoms if named else (), ping, begun.vdoms)
        self.vdoms = found.vdoms
        self.unit: Unit = found.unit
        tokens = tuple(token for token in found.tokens if token.vdom in chosen or token.serial in begun.serials)
        self.plain: Inventory = replace(found, tokens=tokens)
        self.unfinished = bool(self.journal_path) and Path(self.journal_path).exists()
        self.journal: Journal = begun.without_whole(self.plain)
        self.journal.owner = self.unit.run
        self.inventory = journal.overlay(self.plain, self.journal, self.journal.asked_recently(recent))
        self.claims = claims.load(self.journal_path, self.unit)
        spent = {} if module.params["retry_refused"] else dict(self.claims.spent)
        said = replace(policy(module, self.unit.user, baseline_licenses), spent=spent)
        self.policy: Policy = refine(said, self.inventory)
        self.findings: dict[str, Finding] = assessment.findings(self.inventory, self.policy)
        allowed = overrides(module)
        if self.journal.entries or self.journal.bindings:
            # Finishing what was taken away needs configuration lines, and a managed unit gets none.
            allowed = replace(allowed, execute_only=False)
        self.gates = offline.gates(
            self.unit, gates.evaluate(self.inventory, self.findings, allowed), self.findings.values()
        )

    def require_known(self, wanted: Sequence[str]) -> None:
        """Raise UnitError for serials that the unit does not have."""
        unknown = unknown_serials(self.inventory, wanted)
        if unknown:
            raise UnitError(
                f"{', '.join(unknown)}: no such FortiToken in VDOM {', '.join(self.unit.vdoms)}",
                unit=self.unit.hostname,
                next_step="Correct the serials ('show user fortitoken' lists them) and run again; nothing was changed",
            )

    def require_open_gates(self) -> None:
        """Raise UnitError where a condition of the unit forbids changes."""
        gate = gates.closed(self.gates)
        if gate is not None:
            raise UnitError(
                f"nothing may be changed on this unit ({gate.name}): {gate.message}",
                unit=self.unit.hostname,
                next_step=gate.remedy,
            )

    def tokens(self, wanted: Sequence[str]) -> list[dict[str, Any]]:
        return list(assessment.assemble(self.inventory, self.findings, (), wanted)["tokens"]) if wanted else []


def tokens_now(inventory: Inventory, policy_: Policy, wanted: Sequence[str]) -> list[dict[str, Any]]:
    """Return the tokens `wanted` as the unit shows them now; those that are gone are not in it."""
    if not wanted:
        return []
    return list(assessment.assemble(inventory, assessment.findings(inventory, policy_), (), wanted)["tokens"])


def tell_failures(
    module: Module, result: dict[str, Any], failed: Sequence[str], also: Sequence[str] = (), goal: str = "work"
) -> None:
    """Put `failed_serials` into the result, and make it a failure where something failed and the caller is strict.

    `also`: what else was refused, in words. The reason for each token is in its `message`.
    """
    result["failed_serials"] = list(failed)
    if not module.params["strict"] or not (failed or also):
        return
    said = {row["serial"]: row.get("message") or row.get("reason") or "" for row in _rows(result)}
    named = [f"{serial}: {said.get(serial) or 'no reason is known'}" for serial in failed]
    what = f"{len(failed)} token{'' if len(failed) == 1 else 's'} did not {goal}. " if failed else ""
    result["failed"] = True
    result["msg"] = f"{what}{' '.join(abridged([*named, *also], MOST_NAMED))}"


def _rows(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*(result.get("refused") or ()), *(result.get("results") or ())]


def describe_change(
    module: Module, result: dict[str, Any], unit: Unit, commands: Sequence[str], batches: Sequence[Batch]
) -> None:
    """Put `changed`, `commands` and, in diff mode, `diff` into the result: what was sent, or in check mode would be."""
    lines = list(commands) or script.spoken(batches, unit)
    result["changed"] = bool(lines)
    result["commands"] = lines
    show_diff(module, result, unit.hostname, script.indented(lines))


def show_diff(module: Module, result: dict[str, Any], hostname: str, text: str) -> None:
    """In diff mode, put the CLI text into the result. Of one that is too long for an event the beginning is shown."""
    if not module._diff:
        return
    if len(text) > MOST_DIFF:
        shown = text[: text.rfind("\n", 0, MOST_DIFF) + 1]
        text = f"{shown}# and {text.count(chr(10), len(shown)):,} more lines: the result's 'commands' has all\n"
    result["diff"] = {
        "before": "",
        "after": text,
        "before_header": hostname,
        "after_header": f"{hostname} (CLI)",
    }
