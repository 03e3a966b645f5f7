# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is PRIVATE to the collection. It can have breaking changes at any time.

"""Runs a module of this collection inside ansible-playbook instead of in a process of its own.

The module talks to the unit through the persistent connection either way. Without packing it, starting Python and
importing everything anew, a task costs a tenth; and what takes minutes can say how far it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

display = Display()


class _Left(Exception):
    """The module has left with its result."""

    def __init__(self, result: dict[str, Any]) -> None:
        self.result = result


class InProcessModule:
    """What a module sees in the place of AnsibleModule.

    params: checked and complete, as AnsibleModule has them. tell: shows a line to the user at once.
    """

    def __init__(self, params: dict[str, Any], check_mode: bool, socket_path: Any, tell: Callable[[str], None]) -> None:
        self.params = params
        self.check_mode = check_mode
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

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        host = str((task_vars or {}).get("inventory_hostname", ""))
        checked = ArgumentSpecValidator(self.spec).validate(dict(self._task.args))
        if checked.error_messages:
            raise AnsibleActionFail(f"{self._task.action}: {'; '.join(checked.error_messages)}")
        module = InProcessModule(
            checked.validated_parameters,
            bool(self._task.check_mode),
            getattr(self._connection, "_socket_path", None),
            lambda text: display.display(f"{host}: {text}"),
        )
        try:
            type(self).perform(module)
        except _Left as left:
            # As it would have come out of a process: plain data, and without the values of secret options.
            left.result = json.loads(json.dumps(left.result))
            result.update(remove_values(left.result, checked._no_log_values))
        return result
