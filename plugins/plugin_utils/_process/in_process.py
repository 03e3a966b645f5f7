# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module of this collection inside ansible-playbook instead of in a process of its own.

The module talks to the unit through the persistent connection either way. Without packing it, starting Python and
importing everything anew, a task costs a tenth; and what takes minutes can say how far it is.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.connection import Connection, ConnectionError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.role_variables import (
    unknown_variables,
    with_role_names,
)

display = Display()

CONNECTIONS = ("fortiops.fortitoken.fortios_cli", "fortiops.fortitoken.fortios_offline")


class _Left(BaseException):
    """The module has left with its result. No exception of the work: a module in a process of its own raises
    SystemExit here."""

    def __init__(self, result: dict[str, Any]) -> None:
        self.result = result


class InProcessModule:
    """What a module sees in the place of AnsibleModule.

    params: checked and complete, as AnsibleModule has them. tell: shows a line to the user at once, from this verbosity
    on.
    """

    def __init__(
        self, params: dict[str, Any], check_mode: bool, diff: bool, socket_path: Any, tell: Callable[[str, int], None]
    ) -> None:
        self.params = params
        self.check_mode = check_mode
        self._diff = diff
        self._socket_path = socket_path
        self.tell = tell

    def exit_json(self, **kwargs: Any) -> NoReturn:
        raise _Left(kwargs)

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        raise _Left({**kwargs, "failed": True, "msg": msg})


class InProcessAction(ActionBase):
    """Base of the action plugins. ``spec`` and ``perform`` are those of the module of the same name."""

    TRANSFERS_FILES = False
    spec: dict[str, dict[str, Any]]
    perform: Callable[[Any], None]
    #: Whether a role begins with it, so that a slip in a variable's name is told before anything is changed.
    tells_slips = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        host = str((task_vars or {}).get("inventory_hostname", ""))
        args = {name: value for name, value in self._task.args.items() if not name.startswith("_ansible_")}
        checked = ArgumentSpecValidator(self.spec).validate(args)
        if checked.error_messages:
            messages = [
                with_role_names(message, self.spec, task_vars or {})
                for message in remove_values(checked.error_messages, checked._no_log_values)
            ]
            raise AnsibleActionFail(f"{self._task.action}: {'; '.join(messages)}")
        # Other plugins have persistent sessions, too, which speak another language.
        ours = getattr(self._connection, "transport", "") in CONNECTIONS
        # One of this collection's plugins starts the session's process by itself, the other has it started by core.
        opens = getattr(self._connection, "session", None) if ours else None
        socket_path = opens() if opens else getattr(self._connection, "_socket_path", None) if ours else None
        # By this core knows the session, ends it with its batch of hosts, and resets it where a play says so.
        self._task.args["_ansible_socket"] = socket_path
        module = InProcessModule(
            checked.validated_parameters,
            bool(self._task.check_mode),
            bool(self._task.diff),
            socket_path,
            lambda text, verbosity: _tell(f"{host}: {text}", verbosity),
        )
        if socket_path and not opens and self._connection.connected:
            with suppress(ConnectionError):
                Connection(socket_path).set_options(direct=self._connection.get_options())
        try:
            type(self).perform(module)
        except _Left as left:
            # As it would have come out of a process: plain data, and without the values of secret options.
            left.result = json.loads(json.dumps(left.result))
            result.update(remove_values(left.result, checked._no_log_values))
            if result.get("failed"):
                result["msg"] = with_role_names(str(result.get("msg", "")), self.spec, task_vars or {})
        if socket_path:
            _show_messages(socket_path)
        unknown = unknown_variables(task_vars or {}) if self.tells_slips else []
        if unknown:
            # Ansible shows the same text once, on however many units.
            result["warnings"] = [*result.get("warnings", ()), *unknown]
        return result


def _tell(text: str, verbosity: int) -> None:
    if display.verbosity >= verbosity:
        display.display(text)


def _show_messages(socket_path: str) -> None:
    """Show what the connection has to say to the user, such as warnings from the login."""
    try:
        messages = Connection(socket_path).pop_messages()
    except ConnectionError:
        # The session's process is gone, which the task has told already.
        return
    for level, message in messages:
        if level == "log":
            display.display(message, log_only=True)
        else:
            getattr(display, level, display.vvvv)(message)
