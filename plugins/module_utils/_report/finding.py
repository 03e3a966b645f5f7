# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a finding is, and the one way to make one. Pure.

A finding is ``{id, severity, title, topic, cause, detail, certainty, source, actor, remedy, command, evidence}``.
``severity`` is C(error) (somebody may be locked out, or a change is half done), C(warning) (work is left) or C(info).
``topic`` is its title where it stands for several units. Findings with one ``cause`` are shown as one. ``certainty``
tells how well the meaning is known: C(seen), C(inferred) or C(unknown); ``source`` where it is written. ``command`` is
the next command to type, empty where there is none; `_report.commands` fills it in. ``evidence`` is a list of lines.
A finding about tokens also has ``serials``; one that ends in a support ticket also has ``ticket``, its text, and
``addressee``. One of the diagnosis also has what `_diagnosis.diagnose` tells.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import ADMINISTRATOR, SEEN
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import CAUSES, SEVERITIES, TITLES

Finding = dict[str, Any]


def make(  # noqa: PLR0913 - a finding is made of many facts, all but four named at the call
    name: str,
    severity: str,
    detail: str,
    remedy: str = "",
    *,
    title: str = "",
    actor: str = ADMINISTRATOR,
    certainty: str = SEEN,
    source: str = "",
    cause: str = "",
    evidence: Iterable[str] = (),
    fill: Mapping[str, str] | None = None,
    **more: Any,
) -> Finding:
    """Make the finding of this `name`, which is its ``id``.

    `fill`: what stands in the braces of its title in `wording.TITLES`; `title` replaces that title. What the run itself
    did or saw is certain (`seen`); only what a unit's texts mean may not be.
    """
    known, topic = TITLES.get(name, (title, title))
    if not title:
        title = known.format(**(fill or {}))
    return {
        "id": name,
        "severity": severity,
        "title": title,
        "topic": topic or title,
        "cause": cause or CAUSES.get(name, name),
        "detail": detail,
        "certainty": certainty,
        "source": source,
        "actor": actor,
        "remedy": remedy,
        "command": "",
        "evidence": [line for line in evidence if line],
        **more,
    }


def taken_over(row: Mapping[str, Any]) -> Finding:
    """Make a finding of one that another part of the collection has made, with all that it tells more."""
    known = ("id", "severity", "title", "detail", "remedy", "actor", "certainty", "source", "cause", "evidence")
    severity = str(row.get("severity") or "info")
    return make(
        str(row.get("id") or "finding"),
        severity if severity in SEVERITIES else "info",
        str(row.get("detail") or ""),
        str(row.get("remedy") or ""),
        title=str(row.get("title") or row.get("id") or "Finding"),
        actor=str(row.get("actor") or ADMINISTRATOR),
        certainty=str(row.get("certainty") or SEEN),
        source=str(row.get("source") or ""),
        cause=str(row.get("cause") or ""),
        evidence=[str(line) for line in row.get("evidence") or ()],
        **{key: value for key, value in row.items() if key not in known},
    )


def by_urgency(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, the most urgent first, else in their order."""
    order = list(SEVERITIES)
    return sorted(findings, key=lambda finding: order.index(finding["severity"]))


def is_work(finding: Mapping[str, Any]) -> bool:
    """Return whether somebody has to do something because of it."""
    return bool(finding["severity"] != "info")
