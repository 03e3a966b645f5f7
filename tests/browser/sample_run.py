# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up runs for the tests of the report: reports are built by the collection's own code out of made-up facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.build import (
    UnitRun,
    absent_report,
    build_report,
)

RUN_ID = "4711-123456"
STARTED = "2026-03-01T02:04:10Z"
FINISHED = "2026-03-01T02:07:42Z"

ALREADY = "token already activated, and seed won't be returned"
HOSTILE = '</script><img src=x onerror="window.injected=1">{{ 7*7 }}'

REASONS = {
    "healthy": "It holds a seed and shows no error.",
    "reimport": "Its seed was encrypted for another unit, and its activation lock is released.",
    "activate": "It has no seed yet: it was never activated on this unit.",
    "needs_lock_release": "It holds a seed but shows an error; the release of its lock is not stated.",
    "needs_license": "Its license is registered to another unit.",
    "needs_seed_file": "A FortiToken-200CD keeps its seed on the CD it came with.",
    "provision": "Its activation code was not used in time.",
    "locked": "An administrator locked it ('set status lock').",
    "undecided": "This status is not known to be safe to act on.",
    "pending": "Its user has not entered the activation code yet.",
    "firmware_bug": "The unit fetched the token but could not store it.",
}
REMEDIES = {
    "needs_lock_release": "Open a ticket with Fortinet TAC to release the activation lock of this serial.",
    "needs_license": "Ask Fortinet Customer Service to transfer the license to this unit's serial number.",
    "needs_seed_file": "Delete it and import the seed file from its CD ('execute fortitoken import').",
    "provision": "Send a new activation code: run with remediate_provision.",
    "locked": "Unlock it on the unit ('set status active') to use it again.",
    "undecided": "Compare 'show user fortitoken' and 'diagnose fortitoken info' on the unit by hand.",
    "pending": "Ask the user to enter the activation code in the FortiToken app.",
    "firmware_bug": "Upgrade to a FortiOS release with the fix.",
}
ACTIONS = {"reimport": "reimport", "activate": "activate", "pending": "poll"}


def user(name: str, status: str = "enable", vdom: str = "root") -> dict[str, Any]:
    return {"type": "user", "name": name, "vdom": vdom, "status": status, "two_factor": "fortitoken"}


def admin(name: str) -> dict[str, Any]:
    return {"type": "admin", "name": name, "vdom": "global", "status": None, "two_factor": "fortitoken"}


def token(
    serial: str, verdict: str, status: str | None, *holders: dict[str, Any], seed: bool = False, **more: Any
) -> dict[str, Any]:
    """One token as fortitoken_facts returns it."""
    mobile = serial.startswith("FTKMOB")
    return {
        "serial": serial,
        "kind": "mobile" if mobile else "hardware",
        "model": serial[:6],
        "vdom": "root",
        "status": status,
        "seed": seed,
        "license": "EFTM000000000042" if mobile else "",
        "comments": "",
        "locked": verdict == "locked",
        "present": "both",
        "bindings": list(holders),
        "verdict": verdict,
        "reason": REASONS[verdict],
        "remedy": REMEDIES.get(verdict, ""),
        "action": ACTIONS.get(verdict, "none"),
        **more,
    }


def gate(name: str, state: str = "passed", message: str = "", remedy: str = "") -> dict[str, str]:
    return {"name": name, "state": state, "message": message or f"The gate {name} holds.", "remedy": remedy}


GATES = (
    gate("management", message="No FortiManager manages this unit."),
    gate("rights", message="The account automation may write."),
    gate("ha_role", message="HA: standalone, standalone."),
    gate("token_server", message="The unit reports its token server as reachable."),
    gate("firmware", message="FortiOS 7.4.8 is not among the releases that Fortinet lists for bug 1218458."),
)


def facts(tokens: Sequence[dict[str, Any]], gates: Sequence[dict[str, str]] = GATES, **unit: Any) -> dict[str, Any]:
    """Facts of one unit as fortitoken_facts returns them."""
    return {
        "unit": {
            "hostname": "fw-berlin-01",
            "serial": "FGT60FEXAMPLE001",
            "model": "FortiGate-60F",
            "version": "7.4.8",
            "build": "2795",
            "vdom_mode": "none",
            "vdoms": ["root"],
            "ha": {"mode": "standalone", "role": "standalone", "members": []},
            "read_only": False,
            "cfg_save": "automatic",
            "transactions": True,
            "user": "automation",
            "gates": list(gates),
            **unit,
        },
        "management": {"type": "fortiguard", "manager": "", "managed": False},
        "connectivity": {"token_server": "reachable", "pings": []},
        "tokens": list(tokens),
        "summary": dict(Counter(entry["verdict"] for entry in tokens)),
    }


def report(host: str, **more: Any) -> dict[str, Any]:
    return build_report(UnitRun(host=host, run_id=RUN_ID, started=STARTED, finished=FINISHED, **more))


def absent(*hosts: str) -> list[dict[str, Any]]:
    """What stands for hosts without a report."""
    return [absent_report(host) for host in hosts]


def journal(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An open journal that names these tokens of the facts, and their users."""
    return {
        "path": "/var/lib/fortitoken/fw.json",
        "entries": [{"serial": row["serial"], "vdom": row["vdom"], "settings": {}} for row in entries],
        "bindings": [{**holder, "serial": row["serial"]} for row in entries for holder in row["bindings"]],
        "activations": {},
        "owner": "controller:4711",
        **more,
    }


def migrated_unit() -> dict[str, Any]:
    """A freshly migrated unit after a run: most is repaired, some of everything is left."""
    before = [
        token("FTK200EXAMPLE001", "healthy", "active", user("alice"), seed=True),
        token("FTK200EXAMPLE002", "reimport", ALREADY, user("bob"), seed=True, comments='desk 4, "blue" ring'),
        token("FTK200EXAMPLE003", "reimport", ALREADY, user("carol"), seed=True),
        token("FTK200EXAMPLE004", "reimport", ALREADY, user("dave", "disable"), seed=True),
        token("FTK200EXAMPLE005", "needs_lock_release", ALREADY, user("erin"), seed=True),
        token("FTK200EXAMPLE006", "activate", "new", user("frank")),
        token("FTK220EXAMPLE007", "reimport", ALREADY, admin("night-shift"), seed=True, action="none",
              remedy="It belongs to administrator night-shift. Run with remediate_admins=include."),
        token("FTK211EXAMPLE008", "needs_seed_file", ALREADY, user("grace"), seed=True),
        token("FTKMOBEXAMPLE009", "healthy", "provisioned", user("heidi@example.org"), comments=HOSTILE),
        token("FTKMOBEXAMPLE010", "needs_license", "locked", user(HOSTILE)),
        token("FTKMOBEXAMPLE011", "provision", "provision timeout", user("judy")),
        token("FTK200EXAMPLE012", "locked", "locked", locked=True),
        token("FTK200EXAMPLE013", "undecided", "some new text"),
    ]  # fmt: skip
    repaired = {"FTK200EXAMPLE002": "active", "FTK200EXAMPLE004": "active", "FTK200EXAMPLE006": "active"}
    after = []
    for entry in before:
        now = entry
        if entry["serial"] in repaired:
            now = token(entry["serial"], "healthy", "active", *entry["bindings"], seed=True, comments=entry["comments"])
        elif entry["serial"] == "FTK200EXAMPLE003":
            # Its lock was said to be released and was not: Fortinet refused the activation of this run.
            now = {
                **entry,
                "verdict": "activate",
                "seed": False,
                "bindings": [user("carol", "disable")],
                "remedy": "",
            }
        after.append(now)
    commands = ["config user local", 'edit "bob"', "set status disable", "unset two-factor", "next", "end"]
    commands += ["config user fortitoken", 'delete "FTK200EXAMPLE002"', 'edit "FTK200EXAMPLE002"', "next", "end"]
    return report(
        "fw-berlin-01",
        before=facts(before),
        after=facts(after),
        purge={
            "changed": True,
            "commands": commands,
            "purged": ["FTK200EXAMPLE002", "FTK200EXAMPLE003", "FTK200EXAMPLE004"],
            "refused": [],
        },
        activate={
            "changed": True,
            "commands": ["execute fortitoken activate FTK200EXAMPLE006"],
            "results": [
                {"serial": "FTK200EXAMPLE002", "action": "readded", "status": "active", "settled": True, "message": ""},
                {"serial": "FTK200EXAMPLE003", "action": "readded", "status": ALREADY, "settled": True,
                 "message": "Fortinet refused the activation."},
                {"serial": "FTK200EXAMPLE004", "action": "readded", "status": "active", "settled": True, "message": ""},
                {"serial": "FTK200EXAMPLE006", "action": "activated", "status": "active", "settled": True},
            ],
            "pending": [],
        },
        debug={"lines": ["2026-03-01 02:05:01 ftm_fc_comm_connect[66]:ftm TCPS connected."], "dropped": 0},
    )  # fmt: skip


def blocked_unit() -> dict[str, Any]:
    tokens = [
        token(f"FTK200EXAMPLE1{index:02}", "reimport", ALREADY, user(f"user{index}"), seed=True) for index in range(8)
    ]
    block = gate(
        "token_server", "blocked", "The unit reports its token server as unreachable.", "Let the unit reach FortiGuard."
    )
    read = facts(tokens, [*GATES[:3], block], hostname="fw-hamburg-02", serial="FGT60FEXAMPLE002")
    return report("fw-hamburg-02", before=read)


def healthy_unit() -> dict[str, Any]:
    tokens = [
        token(f"FTK200EXAMPLE2{index:02}", "healthy", "active", user(f"h{index}"), seed=True) for index in range(5)
    ]
    return report("fw-munich-03", before=facts(tokens, hostname="fw-munich-03"), after=facts(tokens))


def three_units() -> list[dict[str, Any]]:
    return [migrated_unit(), blocked_unit(), healthy_unit()]


def large_unit(size: int) -> dict[str, Any]:
    """A unit with very many tokens after an audit; every tenth waits for its lock release."""
    tokens = [
        token(f"FTK200EX{index:08}", "needs_lock_release", ALREADY, user(f"person{index:05}"), seed=True)
        if index % 10 == 0
        else token(f"FTK200EX{index:08}", "healthy", "active", user(f"person{index:05}"), seed=True)
        for index in range(size)
    ]
    return report("fw-campus-01", mode="audit", before=facts(tokens, hostname="fw-campus-01"))


def find(made: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the finding of this name."""
    return next(finding for finding in made["findings"] if finding["id"] == name)


def ids(made: dict[str, Any]) -> list[str]:
    """Return the names of a report's findings."""
    return [finding["id"] for finding in made["findings"]]


#: A token before and after a run that repaired it, and what the tasks returned.
FAILED = token("FTK200EXAMPLE001", "reimport", ALREADY, user("alice"), seed=True)
SECOND = token("FTK200EXAMPLE002", "reimport", ALREADY, user("bob"), seed=True)
WELL = token("FTK200EXAMPLE001", "healthy", "active", user("alice"), seed=True)
PURGED = {"changed": True, "purged": ["FTK200EXAMPLE001"], "commands": ['delete "FTK200EXAMPLE001"']}
READDED = {
    "changed": True,
    "commands": ['edit "FTK200EXAMPLE001"'],
    "results": [{"serial": "FTK200EXAMPLE001", "action": "readded", "status": "active", "settled": True}],
}


def repaired(after: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Make the report of a run that repaired one token, which then shows as `after`."""
    return report("fw", before=facts([FAILED]), after=facts([after]), purge=PURGED, activate=READDED, **more)
