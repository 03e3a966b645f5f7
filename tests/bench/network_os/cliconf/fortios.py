# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The least that cli_command asks of a platform: a line in, its answer out."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.ansible.netcommon.plugins.plugin_utils.cliconf_base import (  # type: ignore[import-not-found]
    CliconfBase,
)

DOCUMENTATION = """
name: fortios
author: FortiOps contributors (@fortiops)
short_description: FortiOS for the benchmark
description: Sends lines and returns their answers.
"""


class Cliconf(CliconfBase):  # type: ignore[misc]
    """Nothing but `get`, which the base class has."""

    def get_device_info(self) -> dict[str, str]:
        """Name the platform."""
        return {"network_os": "fortios"}

    def get_config(self, flags: Any = None, format: Any = None) -> str:  # noqa: A002 - as the base class names it
        """Never asked for."""
        raise NotImplementedError

    def edit_config(self, *args: Any, **kwargs: Any) -> Any:
        """Never asked for."""
        raise NotImplementedError

    def get_capabilities(self) -> str:
        """Say that lines can be sent."""
        return json.dumps(super().get_capabilities())
