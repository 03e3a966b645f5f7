# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promises of the collection, checked on the event log of a simulator.

Every check takes the events of one unit and returns its violations, as sentences. The tables of the unit are replayed
from the event ``start`` and the events ``change``; what is committed together takes effect together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .events import Event
from .states import is_mobile

# (scope/path) -> key -> attribute -> text
Tables = dict[str, dict[str, dict[str, str]]]
Check = Callable[[list[Event]], list[str]]

# The attributes of a binding, with their defaults.
BINDING = {"status": "enable", "two-factor": "disable", "fortitoken": ""}


@dataclass
class Commit:
    """Changes that took effect at once, and the tables after them (valid until the next commit is asked for)."""

    number: int
    changes: list[Event]
    after: Tables


def violations(events: Iterable[Event], killed: bool = False, admins: bool = False) -> list[str]:
    """Return every violation of every promise, for all units.

    *killed*: sessions that the client left without `exit` may leave debug on, because the controller was killed.
    *admins*: the bindings of administrators may change.
    """
    by_unit: dict[str, list[Event]] = {}
    for event in events:
        by_unit.setdefault(event["unit"], []).append(event)
    found: list[str] = []
    for unit, own in by_unit.items():
        checks: list[Check] = [
            simulator_works,
            second_factor_kept,
            healthy_tokens_kept,
            one_activation_per_serial,
            lambda own: debug_off(own, killed),
            no_vdom_created,
            lambda own: only_tokens_and_bindings(own, admins),
            console_unchanged,
        ]
        found += [f"{unit}: {text}" for check in checks for text in check(own)]
    return found


def commits(events: list[Event]) -> Iterator[Commit]:
    """Yield the commits of one unit in order."""
    tables = _initial(events)
    group: list[Event] = []
    for event in [*events, None]:
        if group and (event is None or (event["type"] == "change" and event["commit"] != group[0]["commit"])):
            for change in group:
                entries = tables.setdefault(f"{change['scope']}/{change['path']}", {})
                if change["after"] is None:
                    entries.pop(change["key"], None)
                else:
                    entries[change["key"] or ""] = change["after"]
            yield Commit(group[0]["commit"], group, tables)
            group = []
        if event is not None and event["type"] == "change":
            group.append(event)


def _initial(events: list[Event]) -> Tables:
    start = next((event for event in events if event["type"] == "start"), None)
    if start is None:
        raise ValueError("the events do not begin with the start of the unit")
    return {path: dict(entries) for path, entries in start["config"].items()}


def end_state(events: list[Event]) -> Tables:
    """Return the watched tables after the last commit."""
    tables = _initial(events)
    for commit in commits(events):
        tables = commit.after
    return tables


def second_factor_kept(events: list[Event]) -> list[str]:
    """No enabled local user that had a second factor is ever committed without one."""
    found = []
    had = {
        (path, user)
        for path, users in _initial(events).items()
        for user, values in users.items()
        if path.endswith("/user local") and _second_factor(values)
    }
    for commit in commits(events):
        for change in _own(commit):
            path, user, values = f"{change['scope']}/{change['path']}", change["key"], change["after"]
            enabled = values is not None and values.get("status", "enable") == "enable"
            if (path, user) in had and enabled and not _second_factor(values):
                found.append(f"{path}/{user} is enabled without a second factor after commit {commit.number}")
    return found


def _own(commit: Commit) -> list[Event]:
    """Return the changes of logged-in clients and of the unit itself, without those that a fault made."""
    return [change for change in commit.changes if (change["session"] or 0) >= 0]


def _second_factor(values: dict[str, str]) -> bool:
    kind = values.get("two-factor", "disable")
    return kind != "disable" and (kind != "fortitoken" or bool(values.get("fortitoken")))


def healthy_tokens_kept(events: list[Event]) -> list[str]:
    """No token that was healthy at the start is deleted, locked or deactivated."""
    status = next(event["status"] for event in events if event["type"] == "start")
    found = []
    healthy = {
        (path, serial): entry
        for path, entries in _initial(events).items()
        if path.endswith("/user fortitoken")
        for serial, entry in entries.items()
        if _healthy(serial, entry, status.get(serial, ""))
    }
    for commit in commits(events):
        for change in _own(commit):
            place = (f"{change['scope']}/{change['path']}", change["key"])
            if place in healthy and (change["after"] is None or change["after"].get("status") == "lock"):
                found.append(f"healthy token {change['key']} was {change['op']} in commit {commit.number}")
    serials = {serial for _path, serial in healthy}
    found += [
        f"healthy token {event['serial']} was activated again"
        for event in events
        if event["type"] == "activation" and event["serial"] in serials
    ]
    return found


def _healthy(serial: str, entry: dict[str, str], status: str) -> bool:
    if entry.get("status") == "lock":
        return False
    if is_mobile(serial):
        return status in ("provisioned", "new")
    return status == "active" or (status == "new" and "seed" in entry)


def one_activation_per_serial(events: list[Event]) -> list[str]:
    """At most one activation for each hardware token, none while the token server is unreachable."""
    found = []
    seen: set[str] = set()
    for event in events:
        if event["type"] != "activation":
            continue
        if event["serial"] in seen:
            found.append(f"{event['serial']} was activated more than once")
        if event["server"] == "unreachable":
            found.append(f"{event['serial']} was activated while the token server is unreachable")
        seen.add(event["serial"])
    return found


def debug_off(events: list[Event], killed: bool = False) -> list[str]:
    """Debug output is off, and no daemon left at a debug level, when a session ends by itself."""
    found = []
    for event in events:
        if event["type"] != "logout" or event["how"] in ("cut", "reboot") or (killed and event["how"] == "closed"):
            continue
        if event["debug_on"]:
            found.append(f"session {event['session']} ended ({event['how']}) with debug on")
        elif event["debug_sources"]:
            found.append(f"session {event['session']} left debug levels set: {', '.join(event['debug_sources'])}")
    return found


def simulator_works(events: list[Event]) -> list[str]:
    """The simulator itself made no mistake."""
    return [f"the simulator failed: {event['error']}" for event in events if event["type"] == "crash"]


def no_vdom_created(events: list[Event]) -> list[str]:
    """No VDOM comes into being."""
    return [f"VDOM {event['vdom']!r} was created" for event in events if event["type"] == "vdom_created"]


def only_tokens_and_bindings(events: list[Event], admins: bool = False) -> list[str]:
    """Nothing changes but tokens and the binding attributes of local users."""
    found = []
    for event in (change for commit in commits(events) for change in _own(commit)):
        if event["path"] == "user fortitoken":
            continue
        name = f"{event['scope']}/{event['path']}/{event['key']}"
        bindings = event["path"] == "user local" or (admins and event["path"] == "system admin")
        if not bindings or event["op"] != "set":
            found.append(f"{name} was changed ({event['op']})")
            continue
        before, after = event["before"], event["after"]
        changed = {key for key in {*before, *after} if before.get(key) != after.get(key)} - set(BINDING)
        if changed:
            found.append(f"{name}: {', '.join(sorted(changed))} changed")
    return found


def console_unchanged(events: list[Event]) -> list[str]:
    """No setting of `config system console` is touched, not even for a moment."""
    return [
        f"system console was changed by {event['by']}"
        for event in events
        if event["type"] == "change" and event["path"] == "system console"
    ]


def bindings_lost(events: list[Event]) -> list[str]:
    """At the end every user and administrator has the binding and the status of the start."""
    found = []
    end = end_state(events)
    for path, entries in _initial(events).items():
        if path.endswith("/user fortitoken"):
            continue
        for name, values in entries.items():
            now = end.get(path, {}).get(name)
            if now is None:
                found.append(f"{path}/{name} is gone")
                continue
            found += [
                f"{path}/{name}: {key} was {values.get(key, default)!r} and is {now.get(key, default)!r}"
                for key, default in BINDING.items()
                if values.get(key, default) != now.get(key, default)
            ]
    return found


def comments_lost(events: list[Event]) -> list[str]:
    """At the end every token entry is there, with the comments of the start."""
    found = []
    end = end_state(events)
    for path, entries in _initial(events).items():
        if not path.endswith("/user fortitoken"):
            continue
        for serial, values in entries.items():
            now = end.get(path, {}).get(serial)
            if now is None:
                found.append(f"{path}/{serial} is gone")
            elif now.get("comments") != values.get("comments"):
                found.append(f"{path}/{serial}: comments were {values.get('comments')!r}, are {now.get('comments')!r}")
    return found


def changing_lines(events: Iterable[Event], session: int | None = None) -> list[str]:
    """Return the text of every line that changed something."""
    return [
        event["text"]
        for event in events
        if event["type"] == "line" and event["mutated"] and session in (None, event["session"])
    ]


def logins(events: Iterable[Event]) -> int:
    """Return the number of successful logins."""
    return sum(event["type"] == "login" and event["ok"] for event in events)
