# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated unit out of files: a backup, copied output or a recording becomes a scenario of the simulator."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import Fault
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.parsers import (
    Node,
    parse_config,
    parse_status_list,
    parse_table,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.source import load
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.unit import UNKNOWN, OfflineUnit
from tests.simulator.clock import Handle
from tests.simulator.events import EventLog
from tests.simulator.scenario import from_data
from tests.simulator.shell import Shell
from tests.simulator.unit import Unit as SimulatedUnit

#: What a freshly migrated unit shows where no status was copied (article 194508).
MIGRATED = "token already activated, and seed won't be returned"
SERIAL = "FGT60E0000000001"
RELEASE = "v7.4.8,build2795,250523 (GA.M)"
PASSWORD = "demo-Passw0rd"

#: Attributes of a token that the scenario has a field for, or that are secret.
_TOKEN_FIELDS = ("seed", "status", "comments", "license", "activation-code", "activation-expire", "reg-id", "os-ver")
_USER_FIELDS = ("status", "type", "two-factor", "fortitoken", "email-to", "sms-phone", "passwd", "passwd-time")
_ADMIN_FIELDS = ("accprofile", "two-factor", "fortitoken", "email-to", "password", "vdom")
_PLAIN_OBJECTS = {"global_settings": "system global", "central_management": "system central-management"}
_TABLES = ("user group", "user ldap", "user radius", "user tacacs+")


class Unit:
    """The unit that files describe, with the methods that reading needs of a console."""

    def __init__(self, paths: Sequence[str | Path], account: str = "") -> None:
        """Read files. Raises ConsoleFailure."""
        self._unit = OfflineUnit(load([str(path) for path in paths]), Redactor(), account)

    def identity(self) -> dict[str, Any]:
        """Return what the login would tell."""
        return {**self._unit.identity(), "run": "here"}

    def run(self, batches: Sequence[Batch]) -> list[list[Answer]]:
        """Return one list of answers per batch. Raises ConsoleFailure."""
        return [
            [Answer(raw["line"], raw["output"], Fault(**raw["fault"]) if raw["fault"] else None, "") for raw in group]
            for group in self._unit.run(batches)
        ]

    def shown(self, scope: str, path: str) -> str:
        """Return a table or object as printed, "" where there is none."""
        [[answer]] = self.run([Batch((f"show {path}",), scope)])
        return "" if answer.fault else answer.output

    def statuses(self, scope: str) -> str:
        """Return `diagnose fortitoken info`."""
        [[answer]] = self.run([Batch(("diagnose fortitoken info",), scope)])
        return answer.output


def scenario(unit: Unit, released: Collection[str] = (), account: str = "admin") -> dict[str, Any]:
    """Return a scenario of the unit, to log in as ``account`` with PASSWORD.

    released: serials whose activation lock Fortinet is to have released, or ``all``. Secrets are made up: the files'
    own were redacted. A status that the files do not hold becomes that of a freshly migrated unit.
    """
    identity = unit.identity()
    vdoms = list(identity["vdoms"]) or ["root"]
    tokens: list[dict[str, Any]] = []
    users: list[dict[str, Any]] = []
    servers = set()
    for vdom in vdoms:
        scope = f"vdom:{vdom}"
        listed = parse_status_list(unit.statuses(scope))
        servers.add(listed.token_server)
        found = parse_table(unit.shown(scope, "user fortitoken"), "user fortitoken")
        tokens += [_token(serial, node, vdom, listed.rows.get(serial)) for serial, node in found.items()]
        accounts = parse_table(unit.shown(scope, "user local"), "user local")
        users += [_user(name, node, vdom, found) for name, node in accounts.items()]
    serials = {token["serial"] for token in tokens}
    answers = {serial: {"lock_released": True} for serial in (serials if "all" in released else serials & {*released})}
    known = servers - {UNKNOWN}
    data: dict[str, Any] = {
        "hostname": identity["hostname"] if identity["hostname"] != UNKNOWN else "fgt-rehearsal",
        "serial": SERIAL if identity["serial"] == UNKNOWN else identity["serial"],
        "version": _version(identity),
        "vdom_mode": {"split": "split-task"}.get(identity["vdom_mode"], identity["vdom_mode"]),
        "vdoms": vdoms,
        "accounts": [{"name": account, "password": PASSWORD}],
        "tokens": tokens,
        "users": users,
        "admins": list(_admins(unit, account)),
        "fortiguard": {"status": "unreachable" if "unreachable" in known else "reachable", "serials": answers},
        "config": _tables(unit, vdoms),
        **{name: _object(unit, path) for name, path in _PLAIN_OBJECTS.items()},
        "email_server": _object(unit, "system email-server"),
    }
    data["global_settings"].pop("hostname", None)
    if identity["ha_mode"] not in ("standalone", UNKNOWN):
        role = identity["ha_role"] if identity["ha_role"] != UNKNOWN else "primary"
        data["ha"] = {"mode": identity["ha_mode"], "role": role}
    return data


def _version(identity: dict[str, Any]) -> str:
    model = str(identity["model"])
    if identity["version"] in (UNKNOWN, ""):
        return f"FortiGate-60E {RELEASE}"
    name = model if "-" in model else f"FortiGate-{re.sub('^FGT?', '', model) if model != UNKNOWN else '60E'}"
    version = identity["version"] if identity["version"].count(".") == 2 else f"{identity['version']}.0"
    return f"{name} v{version},build{int(identity['build']):04d},250523 (GA.M)"


def _value(node: Node, name: str) -> str | None:
    return node.value(name) or None


def _settings(node: Node, fields: Collection[str]) -> dict[str, Any]:
    return {
        name: list(values) if len(values) != 1 else values[0]
        for name, values in node.settings.items()
        if name not in fields and not any("<redacted>" in value for value in values)
    }


def _token(serial: str, node: Node, vdom: str, row: tuple[int, str] | None) -> dict[str, Any]:
    mobile = serial.startswith("FTKMOB")
    seed = "seed" in node.settings
    status = row[1] if row else UNKNOWN
    if status == UNKNOWN:
        status = "provisioned" if mobile else MIGRATED if seed else "new"
    return {
        "serial": serial,
        "vdom": vdom,
        "seed": seed or None,
        "state": status,
        "drift": row[0] if row else 0,
        "locked": node.value("status") == "lock",
        "comments": _value(node, "comments"),
        "license": _value(node, "license"),
        "os_ver": _value(node, "os-ver"),
        "settings": _settings(node, _TOKEN_FIELDS),
    }


def _user(name: str, node: Node, vdom: str, tokens: Collection[str]) -> dict[str, Any]:
    # A user can only name a token of its VDOM.
    token = node.value("fortitoken") if node.value("fortitoken") in tokens else ""
    two_factor = node.value("two-factor")
    return {
        "name": name,
        "vdom": vdom,
        "status": node.value("status", "enable"),
        "type": node.value("type", "password"),
        "two_factor": None if two_factor == "fortitoken" and not token else two_factor or None,
        "fortitoken": token or None,
        "email_to": _value(node, "email-to"),
        "sms_phone": _value(node, "sms-phone"),
        "settings": _settings(node, _USER_FIELDS),
    }


def _admins(unit: Unit, account: str) -> Iterator[dict[str, Any]]:
    for name, node in parse_table(unit.shown("global", "system admin"), "system admin").items():
        if name != account:
            yield {
                "name": name,
                "accprofile": node.value("accprofile", "super_admin"),
                "two_factor": _value(node, "two-factor"),
                "fortitoken": _value(node, "fortitoken"),
                "email_to": _value(node, "email-to"),
                "settings": _settings(node, _ADMIN_FIELDS),
            }


def _object(unit: Unit, path: str) -> dict[str, Any]:
    text = unit.shown("global", path)
    node = parse_config(text).configs.get(path, Node()) if text else Node()
    return _settings(node, ())


def _tables(unit: Unit, vdoms: Sequence[str]) -> dict[str, str]:
    """Return groups, servers and access profiles as text, without secrets."""
    texts = {vdom: "\n".join(unit.shown(f"vdom:{vdom}", path) for path in _TABLES) for vdom in vdoms}
    texts["global"] = unit.shown("global", "system accprofile")
    cleaned = {scope: re.sub(r"^.*<redacted>.*\n", "", text, flags=re.MULTILINE) for scope, text in texts.items()}
    return {scope: text for scope, text in cleaned.items() if text.strip()}


class _Call:
    def cancel(self) -> None:
        """Forget the call, which never comes."""


def _never(_delay: float, _callback: Callable[[], object]) -> Handle:
    return _Call()


def shell_of(data: dict[str, Any]) -> Shell:
    """Log in to a simulated unit in which no time passes. Raises ScenarioError."""
    unit = SimulatedUnit(from_data(data)[0], EventLog(), _never)
    return Shell(unit, unit.scenario.accounts[0], 1)
