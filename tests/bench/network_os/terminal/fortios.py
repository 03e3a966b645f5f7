# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible.netcommon.network_cli must know of a FortiGate's prompt; nobody ships such a plugin."""

from __future__ import annotations

import re

from ansible_collections.ansible.netcommon.plugins.plugin_utils.terminal_base import (  # type: ignore[import-not-found]
    TerminalBase,
)


class TerminalModule(TerminalBase):  # type: ignore[misc]
    """Prompts `fgt # `, `fgt (local) # ` and with `$` for read-only accounts; the beginnings of FortiOS's errors."""

    terminal_stdout_re = [re.compile(rb"[\r\n][\w.-]+ (?:\([^)\r\n]*\) )?[#$] $")]  # noqa: RUF012
    terminal_stderr_re = [re.compile(rb"[\r\n](?:Command fail|Unknown action|command parse error|value parse error)")]  # noqa: RUF012
