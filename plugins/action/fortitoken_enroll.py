# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name inside ansible-playbook. See the module for its documentation."""

from __future__ import annotations

from ansible_collections.fortiops.fortitoken.plugins.modules import fortitoken_enroll
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.in_process import InProcessAction


class ActionModule(InProcessAction):
    spec = fortitoken_enroll.ARGS
    perform = staticmethod(fortitoken_enroll.perform)
    tells_slips = True
