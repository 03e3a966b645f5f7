# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name inside ansible-playbook. See the module for its documentation."""

from __future__ import annotations

from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.modules import fortitoken_facts
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.in_process import InProcessAction
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.role_variables import unknown_variables


class ActionModule(InProcessAction):
    spec = fortitoken_facts.ARGS
    perform = staticmethod(fortitoken_facts.perform)

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        # A role reads the unit first, so that a slip is told before anything is changed. Ansible shows it once.
        unknown = unknown_variables(task_vars or {})
        if unknown:
            result["warnings"] = [*result.get("warnings", ()), *unknown]
        return result
