# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller without Ansible's processes: the real connection plugin and the real modules, called as the role does.

Starting ansible-playbook takes seconds; a sweep over every line needs hundreds of runs. What the role does between the
modules is repeated here, and the integration tests run the role itself.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from ansible import constants
from ansible.playbook.play_context import PlayContext

from ansible_collections.fortiops.fortitoken.plugins.connection import fortios_cli
from ansible_collections.fortiops.fortitoken.plugins.module_utils import _runner
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import activate as _activate
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import follow, holding, transaction
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils import _live
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console import banner, exchange
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console import session as _session
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._live import Live
from tests.simulator import Fault, Simulator, effects

CONNECTION = "fortiops.fortitoken.fortios_cli"
MODULES = "ansible_collections.fortiops.fortitoken.plugins.modules."


class ModuleFailed(Exception):
    """A module ended with fail_json; `result` is what it returned."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__(result["msg"])
        self.result = result


@functools.cache
def _load_options() -> None:
    """What the plugin loader does with the plugin's documentation."""
    options = yaml.safe_load(fortios_cli.DOCUMENTATION)["options"]
    constants.config.initialize_plugin_configuration_definitions("connection", CONNECTION, options)
    fortios_cli.Connection._load_name = CONNECTION


def _plugin() -> Any:
    _load_options()
    return fortios_cli.Connection(PlayContext(), "/dev/null", task_uuid="play", ansible_playbook_pid=os.getpid())


_listen = _session.Session.listen


def _listen_shortly(session: Any, seconds: float, *more: Any) -> Any:
    return _listen(session, min(seconds, 0.02), *more)


class _Left(BaseException):
    """A module has left with its result."""

    def __init__(self, result: dict[str, Any]) -> None:
        self.result = result


class Controller:
    """One play on one unit: one connection, from its first request until `close`."""

    def __init__(
        self, port: int, user: str = "admin", password: str = "demo-Passw0rd", window_lines: int = 200, **options: Any
    ) -> None:
        self.window_lines = window_lines
        variables = {
            "ansible_host": "127.0.0.1",
            "ansible_port": port,
            "ansible_user": user,
            "ansible_password": password,
            "ansible_host_key_checking": False,
            "ansible_fortios_agent": False,
            **options,
        }
        # The play reads the options, and hands them to the persistent process.
        reader = _plugin()
        reader.set_options(task_keys={}, var_options=variables)
        self.connection = Live(os.getpid())
        self.connection.set_options(direct=reader.get_options())
        self.results: dict[str, dict[str, Any]] = {}

    def close(self) -> None:
        self.connection.close()

    def run(self, name: str, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """Run a module's main() with these parameters and return its result. Raises ModuleFailed."""
        arguments = {**params, "_ansible_check_mode": check_mode, "_ansible_socket": "(this process)"}
        module = importlib.import_module(f"{MODULES}{name}")

        def leave(_self: Any, **result: Any) -> None:
            raise _Left(result)

        def fail(_self: Any, msg: str, **result: Any) -> None:
            raise ModuleFailed({"msg": msg, **result})

        with (
            mock.patch("ansible.module_utils.basic._load_params", return_value=json.loads(json.dumps(arguments))),
            mock.patch("ansible.module_utils.basic.AnsibleModule.exit_json", leave),
            mock.patch("ansible.module_utils.basic.AnsibleModule.fail_json", fail),
            mock.patch.object(_runner, "Console", return_value=Console(self.connection)),
            # The loopback line needs no time to settle or to fall silent, and the simulated FortiGuard answers at once.
            mock.patch.object(_session.Session, "listen", _listen_shortly),
            mock.patch.object(exchange, "_SETTLE", 0.001),
            mock.patch.object(_live, "Limits", functools.partial(exchange.Limits, window_lines=self.window_lines)),
            mock.patch.object(banner, "_QUIET", 0.02),
            mock.patch.object(_activate, "_PAUSES", (0.02,)),
            mock.patch.object(_activate, "HUMAN_SECONDS", 0.5),
            mock.patch.object(_activate, "_ENTRIES_SECONDS", 0.1),
            mock.patch.object(_activate, "_UNASSIGNED_SECONDS", 0.05),
            mock.patch.object(follow, "STANDING_SECONDS", 0.1),
            mock.patch.object(follow, "UNCHANGED_ERROR_SECONDS", 0.5),
            mock.patch.object(follow, "HASTE_SECONDS", 0.02),
            mock.patch.object(transaction, "_PAUSES", (0.02, 0.02)),
            mock.patch.object(holding, "HOLD_SECONDS", 0.2),
            mock.patch.object(holding, "HOLD_PAUSE", 0.05),
        ):
            try:
                module.main()
            except _Left as left:
                self.results[name] = left.result
                return left.result
            except ModuleFailed as failed:
                self.results[name] = failed.result
                raise
        raise AssertionError("the module did not leave")

    def remediate(self, journal: Path, **settings: Any) -> dict[str, Any]:
        """What the role does, without the report. Returns the facts at the end. Raises ModuleFailed."""
        common: dict[str, Any] = {"lock_released": ["all"], "admins": "include", "journal": str(journal)}
        common.update({key: value for key, value in settings.items() if key in _runner.TRIAGE_ARGS})
        own = {key: value for key, value in settings.items() if key not in common}
        facts = self.run("fortitoken_facts", ping="never", **common)["ansible_facts"]["fortitoken"]
        closed = [gate for gate in facts["unit"]["gates"] if gate["state"] in ("blocked", "skipped")]
        purge = [token["serial"] for token in facts["tokens"] if token["action"] == "reimport"]
        activate = [
            token["serial"] for token in facts["tokens"] if token["action"] in ("activate", "provision", "poll")
        ]
        if closed or not (purge or activate or journal.exists()):
            return dict(facts)
        self.run("fortitoken_debug", state="enabled", journal=str(journal))
        try:
            more = {"timeout": 5, "strict": False, **own}
            self.run("fortitoken_remediate", serials=purge + activate, **more, **common)
        finally:
            with contextlib.suppress(ModuleFailed):
                self.run("fortitoken_debug", state="disabled", journal=str(journal))
        after = self.run("fortitoken_facts", ping="never", **common)
        return dict(after["ansible_facts"]["fortitoken"])


@contextlib.contextmanager
def controller(unit: Simulator | int, **options: Any) -> Iterator[Controller]:
    """A controller for the unit of a simulator, or on this port of the loopback address."""
    made = Controller(unit if isinstance(unit, int) else unit.port, **options)
    try:
        yield made
    finally:
        made.close()


def lose_transactions(simulator: Simulator) -> None:
    """Let the time of transactions pass whose session is gone, as soon as the unit has noticed that it is."""
    end = time.monotonic() + 20
    while simulator.call(lambda: len(simulator.unit().shells)) and time.monotonic() < end:
        time.sleep(0.01)
    simulator.call(lambda: effects.strike(simulator.unit(), Fault("expire")))
