# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes on a unit while somebody works on it: each effect is a kind of fault and strikes between two lines.

Facts followed: objects that another session's transaction holds cannot be changed (Administration Guide, topic
530847); members of a cluster have one configuration and a serial each, and a failover ends the sessions of the old
primary (inferred from how a cluster address moves); `cfg-save revert` undoes what was not saved (Fortinet article
231369); a FortiManager shows as `set type fortimanager` with `set fmg` (public configurations); an HA role may be a
word like `backup` (seen on 5.2 to 5.4).

Tests call ``strike(unit, Fault(...))`` in the simulator's thread to let an effect happen at a time of their choice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .conditions import Fault
from .fortiguard import SEED_ON_CD
from .schema import GLOBAL
from .states import is_mobile
from .transaction import LOCKED
from .tree import Change, Entry

if TYPE_CHECKING:
    from .unit import Unit

OTHER_ADMIN = "other-admin"
# Faults work in sessions below zero, which the invariants do not watch.
OTHER_SESSION = -1


def strike(unit: Unit, fault: Fault) -> None:
    """Let an effect happen now. Afterwards ``unit.shells`` lacks the sessions that it ended."""
    _EFFECTS[fault.kind](unit, fault)


# [fact: txn-locks]
def change(unit: Unit, fault: Fault) -> None:
    """Let another administrator run command lines; a line that a transaction's lock refuses is the last one."""
    from .scenario import Account
    from .shell import Shell

    number = min([0, *unit.shells]) - 1
    shell = Shell(unit, Account(OTHER_ADMIN), number)
    try:
        for line in fault.commands:
            reply = shell.execute(line)
            if reply.error and reply.lines[0] == LOCKED:
                unit.event("skipped", what=unit.vault.mask(line), why="locked by a transaction")
                return
            if reply.error:
                raise ValueError(f"the fault's command {line!r} was refused: {reply.lines}")
    finally:
        unit.shells.pop(number, None)


def _repair(unit: Unit, fault: Fault) -> None:
    """A second controller has repaired hardware tokens: they are active, with a new seed, and their lock is taken.

    A token that the first controller has deleted is there again. One whose answer is under way, that an administrator
    locked, or that a transaction holds, is left alone.
    """
    service = unit.fortiguard
    known = {token.serial: token for token in unit.scenario.tokens if not is_mobile(token.serial)}
    for serial in fault.serials or [serial for serial in known if not serial.startswith(SEED_ON_CD)]:
        state = service.tokens.get(serial)
        vdom = state.vdom if state else known[serial].vdom
        before = unit.config.table(vdom, "user fortitoken").entries.get(serial)
        if before is not None and before.text("status") == "lock":
            continue
        if state is not None and (state.request or (state.status == "active" and before and "seed" in before.values)):
            continue
        if (vdom, "user fortitoken", serial) in unit.locks:
            unit.event("skipped", what=serial, why="locked by a transaction")
            continue
        after = before.copy() if before else Entry()
        if before is None and known[serial].comments:
            after.set("comments", known[serial].comments or "")
        service.repaired(serial, vdom, before, after)


def _users(unit: Unit, fault: Fault) -> None:
    """Another administrator enables, disables or unbinds users, or gives them another token."""
    changes: dict[tuple[str, str], Change] = {}
    for name, what in fault.users.items():
        vdom, user = _user(unit, name)
        entries = unit.config.table(vdom, "user local").entries
        after = entries[user].copy()
        if what in ("enable", "disable"):
            after.set("status", what)
        elif what == "unbind":
            _unbind(unit, after)
        elif what not in unit.config.table(vdom, "user fortitoken").entries:
            unit.event("skipped", what=f"{user}: {what}", why="no such token")
            continue
        else:
            for holder in sorted(unit.config.holders.get((vdom, what), set()) - {user}):
                other = entries[holder].copy()
                _unbind(unit, other)
                changes[(vdom, holder)] = Change(vdom, "user local", holder, entries[holder], other)
            after.set("two-factor", "fortitoken")
            after.set("fortitoken", what)
        changes[(vdom, user)] = Change(vdom, "user local", user, entries[user], after)
    free = [each for each in changes.values() if (each.scope, each.path, each.key) not in unit.locks]
    if len(free) < len(changes):
        unit.event("skipped", what="users", why="locked by a transaction")
        return
    unit.commit(free, OTHER_ADMIN, OTHER_SESSION)


def _user(unit: Unit, name: str) -> tuple[str, str]:
    vdom, slash, user = name.partition("/")
    if slash and vdom in unit.config.vdoms:
        return vdom, user
    for vdom in unit.config.vdoms:
        if name in unit.config.table(vdom, "user local").entries:
            return vdom, name
    raise ValueError(f"the fault's user {name!r} is not on the unit")


def _unbind(unit: Unit, entry: Entry) -> None:
    for name in ("two-factor", "fortitoken", *unit.scenario.behaviour.forgotten_with_two_factor):
        entry.values.pop(name, None)


# [fact: ha-one-configuration] [fact: ha-failover-sessions]
def _failover(unit: Unit, fault: Fault) -> None:
    """Another member of the cluster takes over: who logs in from now on reaches it."""
    scenario = unit.scenario
    before = scenario.serial
    others = [serial for serial in scenario.ha.members if serial != before]
    after = fault.serial or (others[0] if others else "")
    if not after:
        raise ValueError("the failover has no member to go to: name it, or list `ha.members`")
    for serial in (before, after):
        if serial not in scenario.ha.members:
            scenario.ha.members.append(serial)
    scenario.serial = after
    scenario.ha.role = "primary"
    unit.event("failover", before=before, after=after)
    if fault.cut:
        unit.cut_sessions()
    # What a session held back was on the member that it was on (inferred).
    _expire(unit, fault)


# [fact: cfg-save-modes]
def _revert(unit: Unit, fault: Fault) -> None:
    unit.revert_now(fault.seconds)


def _server(unit: Unit, fault: Fault) -> None:
    """The token server is in another state, perhaps only for a while."""
    service = unit.scenario.fortiguard
    before = service.status, service.works

    def back() -> None:
        service.status, service.works = before
        unit.event("server", status=service.status)

    service.status, service.works = fault.status, fault.works
    unit.event("server", status=service.status)
    if fault.back_after is not None:
        unit.clock.later(fault.back_after, back)


# [fact: central-management-form]
def _adopt(unit: Unit, fault: Fault) -> None:
    """A FortiManager takes the unit over."""
    before = unit.config.object(GLOBAL, "system central-management")
    after = before.copy()
    after.set("type", "fortimanager")
    after.set("fmg", fault.fmg)
    unit.commit([Change(GLOBAL, "system central-management", None, before, after)], "fortimanager", OTHER_SESSION)


# [fact: ha-backup]
def _role(unit: Unit, fault: Fault) -> None:
    unit.scenario.ha.role = fault.role
    unit.event("role", role=fault.role)


# [fact: txn-dropped-on-expiry]
def _expire(unit: Unit, fault: Fault) -> None:
    """The time of all transactions is over whose sessions are gone."""
    for transaction in list(unit.transactions.values()):
        if unit.shells.get(transaction.shell.number) is not transaction.shell:
            transaction.expire()


_EFFECTS: dict[str, Callable[[Unit, Fault], None]] = {
    "change": change,
    "repair": _repair,
    "users": _users,
    "failover": _failover,
    "revert": _revert,
    "server": _server,
    "adopt": _adopt,
    "role": _role,
    "expire": _expire,
}
