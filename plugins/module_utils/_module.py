# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules share: arguments, refusing bad input before any connection, and errors for people.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, Protocol

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _facts, _gates, _journal, _script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._console import Batch, Console, ConsoleError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._journal import Journal, JournalError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._model import Inventory, Unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._parsers import malformed_serials
from ansible_collections.fortiops.fortitoken.plugins.module_utils._plan import unknown_serials
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import ALL, Finding, Policy, normalise
from ansible_collections.fortiops.fortitoken.plugins.module_utils._unit import (
    UnitError,
    read_inventory,
    select_vdoms,
)

#: What a session counts; see the return value `cost` of the modules.
COSTS = ("logins", "turns", "lines", "bytes_in", "bytes_out")

TRIAGE_ARGS: dict[str, dict[str, Any]] = {
    "vdoms": {"type": "list", "elements": "str", "default": []},
    "lock_released": {"type": "list", "elements": "str", "default": []},
    "admins": {"type": "str", "choices": ["skip", "include"], "default": "skip"},
    "error_statuses": {"type": "list", "elements": "str", "default": []},
    "ignore_firmware_bug": {"type": "bool", "default": False},
    "ignore_unknown_server": {"type": "bool", "default": False},
}

Body = Callable[[Console, dict[str, Any]], None]


class Module(Protocol):
    """What a module needs of Ansible: AnsibleModule has it, and so has its stand-in inside ansible-playbook."""

    params: dict[str, Any]
    check_mode: bool
    _socket_path: Any

    def exit_json(self, **kwargs: Any) -> NoReturn:
        """Leave with a result."""

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        """Leave with an error."""


def serials(module: Module, option: str = "serials", also: Iterable[str] = ()) -> list[str]:
    """The option as serials, upper case, without doubles. Fails the module for what cannot be one."""
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


def policy(module: Module, login: str) -> Policy:
    """What the operator's options say to triage."""
    return Policy(
        lock_released=frozenset(serials(module, "lock_released", also=(ALL,))),
        error_statuses=frozenset(normalise(text) for text in module.params["error_statuses"]),
        admins=module.params["admins"] == "include",
        login=login,
        provision=bool(module.params.get("provision")),
    )


def overrides(module: Module) -> _gates.Overrides:
    return _gates.Overrides(module.params["ignore_firmware_bug"], module.params["ignore_unknown_server"])


def teller(module: Module) -> Callable[[str], None]:
    """What shows a line to the user at once. A module in a process of its own has no such thing."""
    found: Callable[[str], None] | None = getattr(module, "tell", None)
    return found or (lambda text: None)


def run(module: Module, body: Body) -> NoReturn:
    """Run `body(console, result)` against the unit and leave with `result`, or with an error for a person and whatever
    `body` had put into `result` until then, so that nothing that was done is forgotten."""
    result: dict[str, Any] = {"changed": False, "cost": {}}
    if not module._socket_path:
        module.fail_json(
            msg="This module needs the persistent session of 'ansible_connection: fortiops.fortitoken.fortios_cli';"
            " this host has another connection."
        )
    console = Console(module._socket_path)
    try:
        with _metered(console, result["cost"]):
            body(console, result)
    except UnitError as error:
        _fail(module, result, str(error), command=error.command, device_output=error.device_output, rc=error.rc)
    except ConsoleError as error:
        _fail(module, result, str(error), kind=error.kind)
    except JournalError as error:
        _fail(module, result, str(error))
    module.exit_json(**result)


def spent(console: Console) -> dict[str, Any]:
    """What the session has cost since its login."""
    return {name: value for name, value in console.stats().items() if name in (*COSTS, "seconds")}


@contextmanager
def _metered(console: Console, cost: dict[str, Any]) -> Iterator[None]:
    """Put into `cost` what the body has cost the session: logins, turns, lines, bytes and seconds."""
    before: dict[str, Any] = {}
    with suppress(ConsoleError):
        before = console.stats()
    started = time.monotonic()
    try:
        yield
    finally:
        with suppress(ConsoleError):
            now = console.stats()
            cost.update({name: now[name] - before.get(name, 0) for name in COSTS})
        cost["seconds"] = round(time.monotonic() - started, 3)


def _fail(module: Module, result: dict[str, Any], msg: str, **details: Any) -> NoReturn:
    module.fail_json(msg=msg, **{key: value for key, value in details.items() if value not in ("", None)}, **result)


class Reading:
    """The unit as a changing module finds it: inventory with the journal laid over it, triage, gates."""

    def __init__(self, module: Module, console: Console, recent: float, ping: str = "auto") -> None:
        """`recent`: for how many seconds an activation counts as still under way. Raises UnitError, JournalError."""
        vdoms = [name.strip() for name in module.params["vdoms"] if name.strip()]
        found = read_inventory(console, vdoms, ping)
        self.unit: Unit = found.unit
        self.vdoms = select_vdoms(found.unit, vdoms)
        self.journal_path: str = module.params.get("journal") or ""
        self.journal: Journal = _journal.load(self.journal_path, self.unit.serial, self.unit.hostname)
        self.plain: Inventory = found
        self.inventory = _journal.overlay(found, self.journal, self.journal.asked_recently(recent))
        self.policy: Policy = policy(module, self.unit.user)
        self.findings: dict[str, Finding] = _facts.findings(self.inventory, self.policy)
        self.gates = _gates.evaluate(self.inventory, self.findings, overrides(module))

    def require_known(self, wanted: Sequence[str]) -> None:
        """Raises UnitError for serials that the unit does not have."""
        unknown = unknown_serials(self.inventory, wanted)
        if unknown:
            raise UnitError(
                f"{', '.join(unknown)}: no such FortiToken in VDOM {', '.join(self.unit.vdoms)}",
                unit=self.unit.hostname,
                next_step="Correct the serials ('show user fortitoken' lists them) and run again; nothing was changed",
            )

    def require_open_gates(self) -> None:
        """Raises UnitError where a condition of the unit forbids changes, and JournalError where another run is at
        work on it."""
        _journal.take_over(self.journal_path, self.journal, self.unit.run)
        gate = _gates.closed(self.gates)
        if gate is not None:
            raise UnitError(
                f"nothing may be changed on this unit ({gate.name}): {gate.message}",
                unit=self.unit.hostname,
                next_step=gate.remedy,
            )

    def tokens(self, wanted: Sequence[str]) -> list[dict[str, Any]]:
        return list(_facts.assemble(self.inventory, self.findings, (), wanted)["tokens"]) if wanted else []


def tokens_now(inventory: Inventory, policy_: Policy, wanted: Sequence[str]) -> list[dict[str, Any]]:
    """The tokens `wanted` as the unit shows them now; those that are gone are not in it."""
    if not wanted:
        return []
    return list(_facts.assemble(inventory, _facts.findings(inventory, policy_), (), wanted)["tokens"])


def describe_change(result: dict[str, Any], unit: Unit, commands: Sequence[str], batches: Sequence[Batch]) -> None:
    """Put `changed`, `commands` and `diff` into the result: what was sent, or in check mode what would be."""
    lines = list(commands) or _script.spoken(batches, unit)
    result["changed"] = bool(lines)
    result["commands"] = lines
    result["diff"] = {
        "before": "",
        "after": _script.indented(lines),
        "before_header": unit.hostname,
        "after_header": f"{unit.hostname} (CLI)",
    }
