# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of triage and gates: what the modules that read or change tokens have in common.

The documentation of each is in the doc fragment `_fortitoken.triage`, the role calls each `remediate_` and its name. A
test compares them. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from typing import Any

SKIP, INCLUDE, EXECUTE_ONLY = "skip", "include", "execute_only"

ARGS: dict[str, dict[str, Any]] = {
    "vdoms": {"type": "list", "elements": "str", "default": []},
    "lock_released": {"type": "list", "elements": "str", "default": []},
    "admins": {"type": "str", "choices": [SKIP, INCLUDE], "default": SKIP},
    "remote_users": {"type": "str", "choices": [SKIP, INCLUDE], "default": SKIP},
    "managed": {"type": "str", "choices": [SKIP, EXECUTE_ONLY], "default": SKIP},
    "error_statuses": {"type": "list", "elements": "str", "default": []},
    "ignore_firmware_bug": {"type": "bool", "default": False},
    "ignore_unknown_server": {"type": "bool", "default": False},
    "save_config": {"type": "bool", "default": False},
    "retry_refused": {"type": "bool", "default": False},
}
