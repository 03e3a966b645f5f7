# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of a backup is the audit of the unit that it came from, but for what a backup cannot hold."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

from tests.offline import backup, facts, shell_of, typed
from tests.simulator import from_data, running

from .controller import controller
from .test_random_units import units

#: What a backup has of each token, and of the unit.
TOKEN = ("serial", "kind", "model", "vdom", "seed", "license", "comments", "locked", "present", "bindings")
UNIT = ("hostname", "version", "vdom_mode", "vdoms", "cfg_save", "rights", "admins_known", "ha", "transactions")
#: What statuses that were copied add.
JUDGED = (*TOKEN, "status", "drift", "verdict", "reason", "remedy", "action")


def chosen(rows: list[dict[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return sorted(({name: row[name] for name in names} for row in rows), key=lambda row: row["serial"])


def statuses(unit: dict[str, Any]) -> str:
    """What an administrator would copy from the terminal, VDOM by VDOM."""
    shell = shell_of(unit)
    if unit["vdom_mode"] == "none":
        return typed(shell, "get system status", "diagnose fortitoken info")
    text = typed(shell, "config global", "get system status", "end")
    for vdom in unit["vdoms"]:
        text += typed(shell, "config vdom", f"edit {vdom}", "diagnose fortitoken info", "end")
    return text


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(units())
def test_the_audit_of_a_backup_is_the_audit_of_its_unit(unit: dict[str, Any]) -> None:
    with running(*from_data(unit)) as simulator, controller(simulator) as play:
        online = play.run("fortitoken_facts", ping="never")["ansible_facts"]["fortitoken"]
    with tempfile.TemporaryDirectory() as folder:
        config, more = Path(folder) / "fw.conf", Path(folder) / "statuses.txt"
        config.write_text(backup(shell_of(unit)), encoding="utf-8")
        more.write_text(statuses(unit), encoding="utf-8")
        account = {"ansible_user": "admin"}
        alone = facts(config, options=account, ping="never")
        both = facts(config, more, options=account, ping="never")
    assert chosen(alone["tokens"], TOKEN) == chosen(online["tokens"], TOKEN)
    assert {name: alone["unit"][name] for name in UNIT} == {name: online["unit"][name] for name in UNIT}
    # A backup leaves out what has its default, which differs from release to release.
    assert alone["management"]["managed"] == online["management"]["managed"]
    # Which mail server it has then is not known.
    named = "email_server" in unit
    assert alone["connectivity"]["email"] == (online["connectivity"]["email"] if named else None)
    assert {(token["status"], token["drift"], token["verdict"]) for token in alone["tokens"]} == {
        ("unknown", None, "undecided")
    }
    assert chosen(both["tokens"], JUDGED) == chosen(online["tokens"], JUDGED)
    gates = [{gate["name"]: gate["state"] for gate in read["unit"]["gates"]} for read in (both, online)]
    assert gates[0].pop("source") == "passed"
    assert gates[0] == gates[1]
