# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units in files: what a simulated unit would give away as a backup or as copied output, and modules that read it."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from ansible import constants
from ansible.playbook.play_context import PlayContext

from ansible_collections.fortiops.fortitoken.plugins.connection import fortios_offline
from tests.faults.controller import Controller
from tests.simulator.shell import Shell
from tests.tools.unit_files import shell_of

CONNECTION = "fortiops.fortitoken.fortios_offline"
__all__ = ["OfflineController", "backup", "facts", "offline", "shell_of", "typed"]


def backup(shell: Shell, full: bool = False) -> str:
    """The configuration of a unit, as `show` prints it at the top."""
    return "\n".join(shell.execute("show full-configuration" if full else "show").lines) + "\n"


def typed(shell: Shell, *lines: str) -> str:
    """What a terminal shows of lines that were typed."""
    shown = []
    for line in lines:
        shown.append(shell.prompt() + line)
        shown += [*shell.execute(line).lines, ""]
    return "\n".join([*shown, shell.prompt()]) + "\n"


@functools.cache
def _load_options() -> None:
    options = yaml.safe_load(fortios_offline.DOCUMENTATION)["options"]
    constants.config.initialize_plugin_configuration_definitions("connection", CONNECTION, options)
    fortios_offline.Connection._load_name = CONNECTION


def _plugin() -> Any:
    _load_options()
    return fortios_offline.Connection(PlayContext(), "/dev/null", task_uuid="play", ansible_playbook_pid=os.getpid())


class OfflineController(Controller):
    """The modules of the collection on files."""

    def __init__(self, *sources: Path, **options: Any) -> None:
        reader = _plugin()
        variables = {"ansible_fortios_source": [str(path) for path in sources], **options}
        reader.set_options(task_keys={}, var_options=variables)
        self.connection = _plugin()
        self.connection.set_options(direct=reader.get_options())
        self.results: dict[str, dict[str, Any]] = {}
        self.window_lines = 1


@contextlib.contextmanager
def offline(*sources: Path, **options: Any) -> Iterator[OfflineController]:
    made = OfflineController(*sources, **options)
    try:
        yield made
    finally:
        made.close()


def facts(*sources: Path, options: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
    """What fortitoken_facts says of files."""
    with offline(*sources, **(options or {})) as play:
        read: dict[str, Any] = play.run("fortitoken_facts", **params)["ansible_facts"]["fortitoken"]
    return read
