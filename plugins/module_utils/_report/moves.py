# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users of mobile tokens who got another token, would get one, or did not, and why: rows and findings. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import Finding, make
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.plain import mappings, text
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import count, who

_FIELDS = ("name", "vdom", "old", "new", "cause", "reason")
_SOURCE = "Fortinet article 194574"
#: Article 197790. [fact: license-expired-deleted]
_NOT_DELETED = (
    "The old tokens stay on the unit, unassigned. Delete them by hand when their users work with the new ones, but"
    " never those of an expired license: deleted, it does not come back, not even through Customer Service (Fortinet"
    " article 197790)."
)


def move_rows(told: Any, facts: Mapping[str, Any], sends: bool) -> list[dict[str, str]]:
    """Return one row for each user: `name`, `vdom`, `old`, `new`, `cause`, `reason`. Where `new` is empty, nothing was
    or would be done.

    `told`: what the module returned; it knows only the users that it was asked for. `facts`: what was to be done before
    the run, which says nothing of what was done where the run `sends` lines.
    """
    rows = [*mappings(told)]
    known = {(row.get("vdom"), row.get("name")) for row in rows}
    rows += [
        row
        for row in mappings(facts.get("moves"))
        if (row.get("vdom"), row.get("name")) not in known and not (sends and row.get("new"))
    ]
    return [{field: text(row.get(field)) for field in _FIELDS} for row in rows]


def move_findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    """Make the findings about users who got another token, and those who did not."""
    rows = report["moves"]
    moved = [row for row in rows if row["new"]]
    kept = [row for row in rows if not row["new"]]
    if moved and (report["mode"] == "audit" or report["check_mode"]):
        yield make(
            "users_to_move",
            "info",
            "A run with the same options gives these users another token. The unit sends each an activation code.",
            fill={"users": count(len(moved), "user")},
            source=_SOURCE,
            evidence=[_line(row, report) for row in moved],
        )
    elif moved:
        yield make(
            "users_moved",
            "info",
            "Their old tokens cannot work on this unit. The unit has sent each of these users an activation code, and"
            f" nobody can log in before scanning it. {_NOT_DELETED}",
            fill={"users": count(len(moved), "user")},
            source=_SOURCE,
            evidence=[_line(row, report) for row in moved],
        )
    if kept:
        yield make(
            "users_not_moved",
            "warning",
            "These users were to get another token, and keep what they have.",
            "Do what is said of each user, then run again.",
            fill={"users": count(len(kept), "user")},
            source=_SOURCE,
            evidence=[_line(row, report) for row in kept],
            serials=list(dict.fromkeys(row["old"] for row in kept if row["old"])),
        )


def _line(row: Mapping[str, str], report: Mapping[str, Any]) -> str:
    name = who({**row, "type": "user"}, report["vdoms"]) if row["vdom"] else row["name"]
    if row["new"]:
        return f"{name}: {row['old'] or 'no token'}, now {row['new']}"
    old = f" ({row['old']})" if row["old"] not in ("", row["name"]) else ""
    return f"{name}{old}: {row['reason']}"
