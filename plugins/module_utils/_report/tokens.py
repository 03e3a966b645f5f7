# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tokens of a report: before and after side by side, what was done, and what is left to do. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import HARDWARE, USER
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.plain import flag, mappings, text, texts
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.unfinished import on_unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import PROOFS, verdict_of, who
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.work import Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    HEALTHY,
    LOCKED,
    NEEDS_LOCK_RELEASE,
    PENDING,
    UNDECIDED,
    is_already_activated,
    normalise,
)

#: Verdicts that leave nothing to do: nothing is wrong, or an administrator locked it on purpose.
SETTLED_VERDICTS = frozenset((HEALTHY, LOCKED))

Row = dict[str, Any]


def token_rows(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    work: Work,
    sends: bool,
    journal: Mapping[str, Any] | None,
) -> list[Row]:
    """Make one row per token, in the order of the unit; tokens that came during the run (license import) at the end.

    ``sends``: whether the run may change the unit. What an open ``journal`` (see `unfinished`) names and no facts
    prove to be there counts as missing, its users as disabled.
    """
    rows = []
    left = {_identity(token): token for token in mappings(after.get("tokens"))}
    moves = _Moves.of(before, work, sends)
    for old in mappings(before.get("tokens")):
        new = left.pop(_identity(old), None)
        rows.append(_row(old, new, work, sends, verified=bool(after), journal=journal, moves=moves))
    rows.extend(_row(None, new, work, sends, verified=True, journal=journal, moves=moves) for new in left.values())
    if journal and not journal["certain"]:
        rows += _named_by(journal, {row["serial"] for row in rows})
    return rows


@dataclass(frozen=True)
class _Moves:
    """Users who got another token. `moved`: (VDOM, name) -> that token; `status`: (VDOM, name) -> their status before;
    `planned`: serial -> what would be done with a token where nothing is sent."""

    moved: Mapping[tuple[str, str], str]
    status: Mapping[tuple[str, str], Any]
    planned: Mapping[str, str]

    @classmethod
    def of(cls, before: Mapping[str, Any], work: Work, sends: bool) -> _Moves:
        held = [row for token in mappings(before.get("tokens")) for row in mappings(token.get("bindings"))]
        would = [] if sends else [row for row in mappings(before.get("moves")) if row.get("new")]
        return cls(
            work.moved if sends else {},
            {_user_key(row): row.get("status") for row in held if row.get("type") == USER},
            {text(row.get("old")): "unassigned" for row in would} | {text(row["new"]): "assigned" for row in would},
        )

    def came(
        self, serial: str, held: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Return the users who got a token in this run, with the status that they had before."""
        known = {_user_key(row) for row in held}
        return [
            {**row, "status": self.status.get(_user_key(row), row.get("status"))}
            for row in now
            if _user_key(row) not in known and self.moved.get(_user_key(row)) == serial
        ]


def _user_key(row: Mapping[str, Any]) -> tuple[str, str]:
    return text(row.get("vdom")), text(row.get("name"))


def _identity(token: Mapping[str, Any]) -> tuple[str, str]:
    return text(token.get("vdom")), text(token.get("serial"))


def _row(
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    work: Work,
    sends: bool,
    *,
    verified: bool,
    journal: Mapping[str, Any] | None,
    moves: _Moves,
) -> Row:
    first = old or new or {}
    last = new if verified else old
    serial = text(first.get("serial"))
    done = work.actions.get(serial, "none")
    action, planned = (done, "none") if sends else ("none", done)
    if not sends and planned == "none":
        planned = moves.planned.get(serial) or text(first.get("action")) or "none"
    unsure = journal is not None and not journal["certain"]
    gone = {row["serial"] for row in journal["tokens"]} if journal and unsure else set()
    only_listed = last is not None and text(last.get("present")) == "status" and not on_unit(old)
    missing = serial in gone or not (on_unit(last) or only_listed)
    held = mappings(first.get("held_before") or first.get("bindings"))
    now_held = mappings(last.get("bindings")) if last else []
    came = moves.came(serial, held, now_held) if verified else []
    bindings = [_binding(row, now_held, verified, journal, serial) for row in [*held, *came]]
    for binding in bindings:
        other = moves.moved.get(_user_key(binding), serial) if binding["type"] == USER else serial
        if other != serial:
            binding.update(lost=False, left_disabled=False, moved_to=other)
    after = _state(new) if new and on_unit_or_listed(new) else None
    reason = text((last or first).get("reason"))
    if after is not None and _lock_was_held(first, after, action):
        after["verdict"] = NEEDS_LOCK_RELEASE
        reason = "Fortinet refused the activation of this run, so its activation lock is not released."
    final = None if missing else after if verified else _state(old)
    comments = text(first.get("comments"))
    lost = list(work.settings_lost.get(serial, ())) if not missing else []
    if action != "none" and comments and new and not missing and text(new.get("comments")) != comments:
        lost = list(dict.fromkeys([*lost, "comments"]))
    disturbed = any(binding["lost"] or binding["left_disabled"] for binding in bindings)
    settled = final is not None and final["verdict"] in SETTLED_VERDICTS
    return {
        "serial": serial,
        "kind": text(first.get("kind")),
        "model": text(first.get("model")),
        "vdom": text(first.get("vdom")),
        "license": text(first.get("license")),
        "comments": comments,
        "bindings": bindings,
        "before": _state(old) if old else None,
        "after": after,
        "verdict": text(first.get("verdict")),
        "proof": _proof(last or {}, final, action),
        "reason": reason,
        "action": action,
        "planned": planned,
        "next": text((last or {}).get("action")) or "none",
        "message": work.messages.get(serial, ""),
        "missing": missing,
        "settings_lost": lost,
        "blocked_by": text((last or first).get("blocked_by")),
        "undeliverable": texts((last or first).get("undeliverable")),
        "remedy": _remedy(final, last, bindings, lost),
        "attention": not settled or disturbed or bool(lost),
    }


def on_unit_or_listed(token: Mapping[str, Any]) -> bool:
    """Return whether the unit shows the token at all; the journal of an interrupted run may be all that knows it."""
    return text(token.get("present")) != "journal"


def _state(token: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if token is None:
        return None
    status = token.get("status")
    return {
        "status": None if status is None else text(status),
        "seed": flag(token.get("seed")),
        "verdict": text(token.get("verdict")) or UNDECIDED,
    }


def _proof(token: Mapping[str, Any], final: Mapping[str, Any] | None, action: str) -> str:
    """Say how far a token is known to work: a key of `wording.PROOFS`, or nothing of one that is not healthy.

    A hardware token that was activated by this run and holds a seed has a new one: that is evidence since the
    migration (Fortinet article 194508, step 5).
    """
    if final is None:
        return ""
    told = text(token.get("proof"))
    if final["verdict"] != HEALTHY:
        return told if told == "refuted" else ""
    if action in ("readded", "activated") and text(token.get("kind")) == HARDWARE and final["seed"]:
        return "confirmed"
    return told if told in PROOFS else "shown"


def _lock_was_held(token: Mapping[str, Any], after: Mapping[str, Any], action: str) -> bool:
    """Say whether this run's own activation was answered with "already activated".

    Triage takes the operator's word that a lock is released. When the activation of this very run is refused, the
    answer outweighs the word: another attempt would fail the same way until Fortinet releases the lock
    (Fortinet article 194435).
    """
    return (
        text(token.get("kind")) == HARDWARE
        and action in {"readded", "activated"}
        and is_already_activated(normalise(after["status"] or ""))
        and after["verdict"] not in SETTLED_VERDICTS
    )


def _binding(
    row: Mapping[str, Any],
    later: Sequence[Mapping[str, Any]],
    verified: bool,
    journal: Mapping[str, Any] | None,
    serial: str,
) -> Row:
    """Make the row of a user or administrator as found before the run, with what became of the binding.

    A user whom an open journal names was disabled before the token was taken away, and stays so until it is back;
    whoever else is not bound anymore is ``lost``. Users keep their C(status), administrators have none.
    """

    def key(binding: Mapping[str, Any]) -> tuple[str, str, str]:
        return text(binding.get("type")) or USER, text(binding.get("name")), text(binding.get("vdom"))

    found = next((other for other in later if key(other) == key(row)), None)
    status = row.get("status")
    taken = journal is not None and any(
        (key(user), user["serial"]) == (key(row), serial) and (not user["bound"] or status == "enable")
        for user in journal["users"]
    )
    return {
        "type": text(row.get("type")) or USER,
        "name": text(row.get("name")),
        "vdom": text(row.get("vdom")),
        "status": None if status is None else text(status),
        "two_factor": text(row.get("two_factor")),
        "lost": verified and found is None and not taken,
        "left_disabled": taken
        or (verified and found is not None and status == "enable" and found.get("status") == "disable"),
    }


def _remedy(
    final: Mapping[str, Any] | None, last: Mapping[str, Any] | None, bindings: list[Row], lost: Sequence[str]
) -> str:
    """Say what somebody must still do for this token; nothing where nothing is left."""
    steps = []
    if final is None:
        steps.append("Run again to add the token to the configuration again: it was there before.")
    for binding in bindings:
        if binding["lost"]:
            steps.append(f"Give the token back to {who(binding)}.")
        elif binding["left_disabled"]:
            steps.append(f"Enable {who(binding)} again once the token works.")
    if lost:
        steps.append(f"Set these settings of its entry again: {', '.join(lost)}.")
    if final is not None and last is not None and final["verdict"] != HEALTHY:
        if final["verdict"] == last.get("verdict"):
            steps.append(text(last.get("remedy")))
        else:
            steps.append("Fortinet still holds its activation lock: ask Fortinet TAC to release it, then run again.")
    return " ".join(step for step in steps if step)


def _named_by(journal: Mapping[str, Any], known: set[str]) -> list[Row]:
    """Make rows of the tokens that only a journal knows, because nothing was read from the unit."""
    users: dict[str, list[Mapping[str, Any]]] = {}
    for user in journal["users"]:
        users.setdefault(user["serial"], []).append(user)
    vdoms = {row["serial"]: row["vdom"] for row in journal["tokens"]}
    rows = []
    for serial in dict.fromkeys([*vdoms, *users]):
        if serial in known:
            continue
        bindings = [
            {
                **{key: user[key] for key in ("type", "name", "vdom")},
                "status": "enable",
                "two_factor": "",
                "lost": False,
                "left_disabled": True,
            }
            for user in users.get(serial, ())
        ]
        rows.append(
            {
                **dict.fromkeys(("kind", "model", "license", "comments", "verdict", "proof", "message"), ""),
                "serial": serial,
                "vdom": vdoms.get(serial) or users[serial][0]["vdom"],
                "bindings": bindings,
                "before": None,
                "after": None,
                "reason": "The journal of an interrupted run names it, and nothing was read from the unit.",
                "action": "none",
                "planned": "none",
                "next": "none",
                "missing": True,
                "settings_lost": [],
                "blocked_by": "",
                "undeliverable": [],
                "remedy": _remedy(None, None, bindings, ()),
                "attention": True,
            }
        )
    return rows


def repaired(tokens: Sequence[Row]) -> list[Row]:
    """Return the tokens that this run repaired: changed, healthy at the end, and everything given back."""
    return [
        token
        for token in tokens
        if token["action"] != "none" and not token["attention"] and verdict_of(token) in SETTLED_VERDICTS
    ]


def locked_out(tokens: Sequence[Row]) -> list[Row]:
    """Return who cannot log in now, or only without a second factor: ``{type, name, vdom, serial, state}``.

    ``state`` is a key of `wording.LOCKOUTS`. Who was disabled before the run is not meant.
    """
    rows = []
    for token in tokens:
        failed = token["attention"] and verdict_of(token) not in (*SETTLED_VERDICTS, PENDING, UNDECIDED)
        for binding in token["bindings"]:
            state = "unbound" if binding["lost"] else "disabled" if binding["left_disabled"] else ""
            if not state and failed and binding["status"] != "disable" and not binding.get("moved_to"):
                state = "token_failed"
            if state:
                rows.append(
                    {
                        **{key: binding[key] for key in ("type", "name", "vdom")},
                        "serial": token["serial"],
                        "state": state,
                    }
                )
    return rows
