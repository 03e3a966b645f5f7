# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report tells of a unit that FortiManager manages."""

from __future__ import annotations

from typing import Any

from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import ALREADY, facts, gate, report, token, user

HELD = token("FTK200EXAMPLE001", "reimport", ALREADY, user("alice"), seed=True, action="none", blocked_by="manager")
MANAGED = {"type": "fortimanager", "manager": "192.0.2.5", "managed": True, "by": "fortimanager"}


def managed(state: str) -> dict[str, Any]:
    return {**facts([HELD], gates=[gate("management", state, "FortiManager manages it.")]), "management": MANAGED}


def find(made: dict[str, Any]) -> dict[str, Any]:
    return next(finding for finding in made["findings"] if finding["id"] == "managed_by_fortimanager")


def test_a_run_skips_it_and_is_successful() -> None:
    made = report("fw", before=managed("skipped"))
    assert (made["result"], made["passed"], find(made)["severity"]) == ("skipped", True, "info")


def test_an_audit_looks_at_it_in_full() -> None:
    made = report("fw", before=managed("skipped"), mode="audit")
    assert made["result"] == "partial" and made["tokens"][0]["attention"]
    assert "FTK200EXAMPLE001" in find(made)["evidence"][0]


def test_execute_only_says_what_is_left_for_fortimanager() -> None:
    made = report("fw", before=managed("overridden"), after=managed("overridden"))
    finding = find(made)
    assert (made["result"], finding["severity"]) == ("partial", "warning")
    assert finding["actor"] == "FortiManager administrator"
    assert finding["evidence"] == ["To be deleted and added again in FortiManager: FTK200EXAMPLE001"]
    assert "FortiManager" in finding["remedy"]
