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


def violations(
    events: Iterable[Event], killed: bool = False, admins: bool = False, remote_users: bool = False
) -> list[str]:
    """Return every violation of every promise, for all units.

    *killed*: sessions that the client left without `exit` may leave debug on, because the controller was killed.
    *admins*: the bindings of administrators may change. *remote_users*: users may be unbound whom a group admits by
    itself.
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
            whole_users,
            changed_on_a_primary_only,
            *([] if remote_users else [side_doors]),
        ]
        found += [f"{unit}: {text}" for check in checks for text in check(own)]
    return found


def commits(events: list[Event]) -> Iterator[Commit]:
    """Yield the commits of one unit in order."""
    tables = _initial(events)
    group: list[Event] = []
    for event in [*events, None]:
        if group and (event is None or _ends(event, group[0])):
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
        elif event is not None and event["type"] == "restored":
            tables.clear()
            tables.update({path: dict(entries) for path, entries in event["config"].items()})


def _ends(event: Event, first: Event) -> bool:
    """Tell whether an event comes after the commit that *first* belongs to."""
    return bool(event["type"] == "restored" or (event["type"] == "change" and event["commit"] != first["commit"]))


def _start(events: list[Event]) -> Event:
    start = next((event for event in events if event["type"] == "start"), None)
    if start is None:
        raise ValueError("the events do not begin with the start of the unit")
    return start


def _initial(events: list[Event]) -> Tables:
    return {path: dict(entries) for path, entries in _start(events)["config"].items()}


def end_state(events: list[Event]) -> Tables:
    """Return the watched tables after the last commit."""
    tables = _initial(events)
    for commit in commits(events):
        tables = commit.after
    return tables


# [fact: two-factor-password-only]
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
    return [change for change in commit.changes if _is_own(change)]


def _is_own(event: Event) -> bool:
    session: int | None = event["session"]
    return session is None or session >= 0


def _second_factor(values: dict[str, str]) -> bool:
    kind = values.get("two-factor", "disable")
    return kind != "disable" and (kind != "fortitoken" or bool(values.get("fortitoken")))


def healthy_tokens_kept(events: list[Event]) -> list[str]:
    """No token that is healthy, from the start on or by now, is deleted, locked, deactivated or activated again."""
    found: list[str] = []
    healthy: set[str] = set()
    for event in events:
        kind = event["type"]
        if kind in ("start", "restored"):
            healthy = _all_healthy(event)
        elif kind == "repaired" or (kind == "activation_result" and event.get("seed")):
            healthy.add(event["serial"])
        elif kind == "activation_result" and not event.get("dropped"):
            # Whoever asked for it was told above; the token is lost by now.
            healthy.discard(event["serial"])
        elif kind == "activation" and event["serial"] in healthy and _is_own(event):
            found.append(f"healthy token {event['serial']} was activated again")
        elif kind == "change" and event["key"] in healthy and _spoils(event):
            healthy.discard(event["key"])
            if _is_own(event):
                found.append(f"healthy token {event['key']} was {event['op']} in commit {event['commit']}")
    return found


def _spoils(change: Event) -> bool:
    """Tell whether a change deletes or locks a token."""
    after = change["after"]
    return bool(change["path"] == "user fortitoken" and (after is None or after.get("status") == "lock"))


def _all_healthy(start: Event) -> set[str]:
    """Return the serials that are healthy at a start, or where a restored configuration begins."""
    return {
        serial
        for path, entries in start["config"].items()
        if path.endswith("/user fortitoken")
        for serial, entry in entries.items()
        if _healthy(serial, entry, start["status"].get(serial, ""))
    }


# [fact: status-active] [fact: status-mobile] [fact: mobile-no-seed]
def _healthy(serial: str, entry: dict[str, str], status: str) -> bool:
    if entry.get("status") == "lock":
        return False
    if is_mobile(serial):
        return status in ("provisioned", "new")
    return status == "active" or (status == "new" and "seed" in entry)


def one_activation_per_serial(events: list[Event]) -> list[str]:
    """At most one activation for each hardware token, none while the token server is unreachable.

    A request that did not arrive, or whose answer a revert has undone, may be made again, in another session.
    """
    found = []
    seen: dict[str, int] = {}
    lost: set[tuple[str, int]] = set()
    for event in events:
        if event["type"] == "restored":
            lost.update(seen.items())
            seen.clear()
        if event["type"] != "activation" or not _is_own(event):
            continue
        if event["serial"] in seen or (event["serial"], event["session"]) in lost:
            found.append(f"{event['serial']} was activated more than once")
        if event["server"] == "unreachable":
            found.append(f"{event['serial']} was activated while the token server is unreachable")
        if event.get("arrives", True):
            seen[event["serial"]] = event["session"]
        else:
            lost.add((event["serial"], event["session"]))
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
    forgotten = set(_start(events).get("forgotten", ()))
    for event in (change for commit in commits(events) for change in _own(commit)):
        if event["path"] == "user fortitoken":
            continue
        name = f"{event['scope']}/{event['path']}/{event['key']}"
        bindings = event["path"] == "user local" or (admins and event["path"] == "system admin")
        if not bindings or event["op"] != "set":
            found.append(f"{name} was changed ({event['op']})")
            continue
        before, after = event["before"], event["after"]
        changed = {key for key in {*before, *after} if before.get(key) != after.get(key)} - set(BINDING) - forgotten
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


def whole_users(events: list[Event]) -> list[str]:
    """No user is enabled while an attribute is missing that the unit forgot together with the second factor."""
    found = []
    forgotten = _start(events).get("forgotten", ())
    initial = _initial(events)
    for change in (change for commit in commits(events) for change in _own(commit)):
        if change["path"] != "user local" or change["after"] is None or not _enabled(change["after"]):
            continue
        path = f"{change['scope']}/{change['path']}"
        before = initial.get(path, {}).get(change["key"], {})
        lost = [name for name in forgotten if before.get(name) not in (None, change["after"].get(name))]
        if lost:
            place = f"{path}/{change['key']}"
            found.append(f"{place} is enabled without its {', '.join(lost)} after commit {change['commit']}")
    return found


def settings_lost(events: list[Event]) -> list[str]:
    """At the end every enabled user has every attribute of the start."""
    found = []
    end = end_state(events)
    for path, users in _initial(events).items():
        for name, values in users.items() if path.endswith("/user local") else ():
            now = end.get(path, {}).get(name)
            if now is not None and _enabled(now):
                lost = [key for key in values if key not in BINDING and now.get(key) != values[key]]
                found += [f"{path}/{name}: {key} was {values[key]!r} and is {now.get(key)!r}" for key in lost]
    return found


def _enabled(user: dict[str, str]) -> bool:
    return user.get("status", "enable") == "enable"


def changed_on_a_primary_only(events: list[Event]) -> list[str]:
    """No client changes the configuration of a unit that is not the primary of its cluster."""
    return [
        f"{event['scope']}/{event['path']}/{event['key']} was changed on a unit with the role {event['role']!r}"
        for event in events
        if event["type"] == "change" and "role" in event and _is_own(event)
    ]


def side_doors(events: list[Event]) -> list[str]:
    """No remote user loses the local entry's protection while a group in use admits the user's server by itself.

    A user whose entry is disabled, or has no second factor, is then let in with a password only (FG-IR-19-283; that a
    disabled entry falls through is reported, not documented).
    """
    found = []
    groups: list[Event] = []
    for event in events:
        if event["type"] in ("start", "restored", "groups"):
            groups = event.get("groups", [])
        if event["type"] != "change" or event["path"] != "user local" or not _is_own(event):
            continue
        before, after = event["before"], event["after"]
        if before is None or _open(before) or (after is not None and not _open(after)):
            continue
        server = before.get(f"{before.get('type')}-server")
        found += [
            f"{event['scope']}/user local/{event['key']} is let in by group {group['name']!r} with a password only "
            f"after commit {event['commit']}"
            for group in groups
            if group["used"] and group["vdom"] == event["scope"] and server in group["servers"]
        ]
    return found


def _open(user: dict[str, str]) -> bool:
    """Tell whether a local entry does not ask for a second factor: it is disabled, or has none."""
    return not _enabled(user) or not _second_factor(user)


def out_of_service(events: Iterable[Event]) -> dict[tuple[str, str], float]:
    """Return for each (VDOM, user) of one unit the seconds out of service that a client caused.

    Only users with a second factor count that were enabled at the start. The time begins when a client's change leaves
    the user disabled, without a second factor, or bound to a token that does not work. It ends when the user is
    enabled with a second factor that works; if that never happens, with the last event.
    """
    tokens = _Tokens()
    users: dict[tuple[str, str], dict[str, str]] = {}
    total: dict[tuple[str, str], float] = {}
    since: dict[tuple[str, str], float] = {}
    # Token -> the users out of service who are bound to it. An event is looked at for those alone whom it concerns: a
    # big unit has thousands of them.
    waiting: dict[str, set[tuple[str, str]]] = {}
    end = 0.0
    for event in events:
        kind = event["type"]
        end = event["t"]
        serial = tokens.follow(event)
        concerned = list(waiting.get(serial, ())) if serial else []
        if kind in ("start", "restored"):
            users = {
                (path.partition("/")[0], name): values
                for path, entries in event["config"].items()
                if path.endswith("/user local")
                for name, values in entries.items()
            }
            if kind == "start":
                total = {user: 0.0 for user, values in users.items() if not _open(values)}
            concerned = list(since)
            waiting = _by_token(since, users)
        elif kind == "change" and event["path"] == "user local":
            user = (event["scope"], event["key"])
            waiting.get(_bound_to(users.get(user, {})), set()).discard(user)
            users[user] = event["after"] or {"status": "disable"}
            if user in total and _is_own(event) and not tokens.serve(users[user]):
                since.setdefault(user, end)
            if user in since:
                waiting.setdefault(_bound_to(users[user]), set()).add(user)
                concerned = [user]
        for user in concerned:
            if tokens.serve(users.get(user, {"status": "disable"})):
                waiting[_bound_to(users[user])].discard(user)
                total[user] += end - since.pop(user)
    for user, begin in since.items():
        total[user] += end - begin
    return {user: round(seconds, 4) for user, seconds in total.items()}


def _bound_to(user: dict[str, str]) -> str:
    return user.get("fortitoken", "")


def _by_token(
    names: Iterable[tuple[str, str]], users: dict[tuple[str, str], dict[str, str]]
) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for name in names:
        found.setdefault(_bound_to(users.get(name, {})), set()).add(name)
    return found


class _Tokens:
    """Which tokens work, as the events tell."""

    def __init__(self) -> None:
        self._status: dict[str, str] = {}
        self._entries: dict[str, dict[str, str]] = {}

    def follow(self, event: Event) -> str:
        """Take in one event, and return the token that it concerns, or nothing."""
        kind = event["type"]
        if kind in ("start", "restored"):
            self._status = dict(event["status"])
            self._entries = {
                serial: entry
                for path, entries in event["config"].items()
                if path.endswith("/user fortitoken")
                for serial, entry in entries.items()
            }
            return ""
        serial: str = event.get("serial") or event.get("key") or ""
        if kind == "change" and event["path"] == "user fortitoken":
            if event["op"] != "set":
                self._status[serial] = "new"
            if event["after"] is None:
                self._entries.pop(serial, None)
            else:
                self._entries[serial] = event["after"]
        elif kind in ("activation_result", "provision_result") and not event.get("dropped"):
            self._status[serial] = event["outcome"]
        elif kind == "repaired":
            self._status[serial] = "active"
        else:
            return ""
        return serial

    def serve(self, user: dict[str, str]) -> bool:
        """Tell whether a user can log in with a second factor."""
        if _open(user):
            return False
        serial = _bound_to(user)
        if user.get("two-factor") != "fortitoken":
            return True
        entry = self._entries.get(serial)
        return entry is not None and _healthy(serial, entry, self._status.get(serial, ""))


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
