# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between the module and a run of enrollment: options, the unit, its locks, and the result.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _runner
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import holding, script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal as journals
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll import outcome, window
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll import state as files
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.look import MOST_VALIDITY, Look, Looker
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.mail_watch import MailWatch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.model import HOUR, Key, Rules
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll.work import Enrollment, Limits, read_clock
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import identify, select_vdoms
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import gates
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy

#: Gates that matter where no configuration line is sent. FortiManager is not in the way: only the unit itself can send
#: activation codes (Fortinet article 417985; FortiManager guides, topic 633639).
GATES = ("rights", "ha_role", "token_server", "lock_out")
#: A unit whose clock is this far from the controller's gets a warning.
WRONG_CLOCK_SECONDS = 300.0
_GROUP = "group:"


@dataclass(frozen=True)
class Wishes:
    """The module's options, checked. `users` and `again` are names as they were given."""

    users: tuple[str, ...]
    again: tuple[str, ...]
    per_run: int
    max_mails: int
    renew_before: float
    limits: Limits
    watch_mail: bool
    admins: bool


def wishes(params: Mapping[str, Any]) -> Wishes:
    """Return the options. Raises ValueError, which names the option."""
    for name, least, most in (
        ("per_run", 0, None),
        ("max_mails", 1, None),
        ("renew_before", 0, int(MOST_VALIDITY / HOUR) - 1),
        ("max_undeliverable", 0, 100),
        ("timeout", 1, None),
    ):
        value = params[name]
        if value < least or (most is not None and value > most):
            limit = f"{least} or more" if most is None else f"{least} to {most}"
            raise ValueError(f"{name}: {value} is not allowed; it must be {limit}")
    try:
        windows = tuple(window.parse(text) for text in params["window"] if text.strip())
    except ValueError as error:
        raise ValueError(f"window: {error}") from None
    return Wishes(
        users=_names(params["users"]),
        again=_names(params["again"]),
        per_run=params["per_run"],
        max_mails=params["max_mails"],
        renew_before=params["renew_before"] * HOUR,
        limits=Limits(params["max_undeliverable"] / 100, windows, float(params["timeout"])),
        watch_mail=params["watch_mail"],
        admins=params["admins"] == "include",
    )


def _names(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in given if name.strip()))


@dataclass(frozen=True)
class Opened:
    """A unit that this run has for itself. `busy`: tokens that an open journal names."""

    console: Console
    unit: Unit
    vdoms: tuple[str, ...]
    path: str
    busy: frozenset[str]
    check_mode: bool


def open_unit(module: _runner.Module, console: Console) -> Opened:
    """Identify the unit and take its files for this run. Raises UnitError and JournalError."""
    params = module.params
    unit = holding.cluster(console, identify(console))
    vdoms = select_vdoms(unit, [name.strip() for name in params["vdoms"] if name.strip()])
    path, journal = params["state"], params["journal"] or ""
    if not module.check_mode:
        # The lock is bound to the unit's serial, in the folder of the journals, where there is one.
        holding.hold(console, journal or f"{path}.run", unit)
    busy = journals.load(journal, unit).serials
    return Opened(console, unit, vdoms, path, busy, module.check_mode)


def prepare(
    opened: Opened, wanted: Wishes, result: dict[str, Any], tell: Callable[[str], None]
) -> tuple[Enrollment, list[str]]:
    """Read the unit and the state; return the run and the names that nobody on the unit has.

    Raises UnitError where a gate is closed or the unit is not understood, JournalError for the state file.
    """
    # The file first: where it cannot be used, the unit is not asked to do anything.
    state = files.load(opened.path, opened.unit)
    policy = Policy(admins=wanted.admins, login=opened.unit.user, provision=True)
    looker = Looker(opened.console, opened.unit, opened.vdoms, policy, opened.busy)
    pending = {record.key[1] for record in state.records.values() if record.pending} & set(opened.vdoms)
    look = looker.first(poll=not opened.check_mode, waiting=pending)
    _require_open(look)
    clock = read_clock(look, state)
    warnings = [] if look.polled else ["The unit refused 'execute fortitoken-mobile poll': states may be old."]
    if abs(clock.ahead) > WRONG_CLOCK_SECONDS:
        warnings.append(
            f"The clock of {opened.unit.hostname} is {abs(clock.ahead) / 60:,.0f} minutes away from the controller's."
            " Codes of tokens depend on it: check its NTP settings."
        )
    if warnings:
        result["warnings"] = warnings
    users, unknown = _resolve(wanted.users, look)
    again, unknown_again = _resolve(wanted.again, look)
    rules = Rules(
        users=frozenset(users) if wanted.users else None,
        per_run=wanted.per_run,
        max_mails=wanted.max_mails,
        renew_before=min(wanted.renew_before, look.validity / 2),
        again=frozenset(again),
        validity=look.validity,
    )
    watch = MailWatch(opened.console, opened.unit, wanted.watch_mail)
    run = Enrollment(looker, state, opened.path, rules, wanted.limits, watch, look, clock, tell=tell)
    return run, list(dict.fromkeys([*unknown, *unknown_again]))


def _require_open(look: Look) -> None:
    unit = look.inventory.unit
    found = [gate for gate in gates.evaluate(look.inventory, look.findings) if gate.name in GATES]
    gate = gates.closed(found)
    if gate is not None:
        raise UnitError(
            f"no activation code can be sent from this unit ({gate.name}): {gate.message}",
            unit=unit.hostname,
            next_step=gate.remedy,
        )


def _resolve(names: Sequence[str], look: Look) -> tuple[set[Key], list[str]]:
    """Return the users that are meant, and the names that nobody and no group has."""
    found: set[Key] = set()
    unknown = []
    known: dict[str, set[Key]] = {}
    for account in look.inventory.accounts:
        key = (account.type, account.vdom, account.name)
        for name in (account.name, f"{account.vdom}/{account.name}"):
            known.setdefault(name, set()).add(key)
    groups: dict[str, list[Key]] = {}
    for group in look.inventory.groups:
        for name in (group.name, f"{group.vdom}/{group.name}"):
            groups.setdefault(name, []).extend(("user", group.vdom, member) for member in group.members)
    for name in names:
        if name.startswith(_GROUP):
            members = groups.get(name.removeprefix(_GROUP), [])
            found.update(members)
            if not members:
                unknown.append(name)
        elif name in known:
            found |= known[name]
        else:
            unknown.append(name)
    return found, unknown


def plan(enrollment: Enrollment) -> None:
    """Work out what a run would send, without sending it."""
    due = enrollment.plan()
    tokens = enrollment.look.inventory.by_serial()
    unit = enrollment.looker.unit
    batches = script.provision([tokens[request.serial] for request in due], unit)
    enrollment.asked = due
    enrollment.commands = script.spoken(batches, unit)


def tell(enrollment: Enrollment, unknown: Sequence[str], result: dict[str, Any], check_mode: bool) -> None:
    """Put into the result what was done and how things are, also where an error has ended the run."""
    state, look, now, day = enrollment.state, enrollment.look, enrollment.clock.now(), enrollment.clock.day
    unit = enrollment.looker.unit
    outcome.note_day(state, day, len(enrollment.asked))
    reminders = outcome.reminders(state, look.seen, enrollment.rules, now, day)
    if not check_mode:
        files.save(enrollment.path, state)
    counts = {name: value for name, value in state.history[-1].items() if name not in ("day", "codes")}
    result.update(
        changed=bool(enrollment.commands),
        commands=enrollment.commands,
        outcome=outcome.result(state),
        stopped=state.stopped,
        outside_window=enrollment.closed,
        requested=[
            {"user": request.key[2], "vdom": request.key[1], "serial": request.serial, "why": request.why}
            for request in enrollment.asked
        ],
        counts=counts,
        results=outcome.rows(state, look.seen, now),
        reminders=reminders,
        history=state.history,
        unknown=list(unknown),
        unit={
            "hostname": unit.hostname,
            "serial": unit.serial,
            "model": unit.model,
            "version": unit.version,
            "now": outcome.moment(now),
        },
    )
