# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fortios_offline
short_description: Read a FortiGate out of files instead of logging in to it
description:
  - Answers the modules of this collection out of files, read-only. The files are a configuration backup (of the unit or
    of one VDOM), copied terminal output (C(show), C(get) and C(diagnose) commands with or without prompts), or a
    recording that O(fortiops.fortitoken.fortios_cli#connection:record) wrote.
  - The modules M(fortiops.fortitoken.fortitoken_facts), M(fortiops.fortitoken.fortitoken_baseline),
    M(fortiops.fortitoken.fortitoken_plan) and M(fortiops.fortitoken.fortitoken_report), and the audit playbook, work as
    on a unit. Modules that change something refuse, except in check mode.
  - What the files do not hold is C(unknown) and never guessed. A backup holds no token status, no HA role and nothing
    about Fortinet's servers. Each verdict then says which output to add.
  - No network connection is made.
author:
  - FortiOps contributors (@fortiops)
version_added: 2.0.0
notes:
  - Set C(gather_facts) to V(false).
  - A backup of 300 MB takes a few seconds. It is read in pieces, and only the tables of tokens, users, groups and
    administrators are kept.
  - Secrets in the files (seeds, activation codes, passwords, C(ENC) values) are redacted before a module, a log or an
    error message can see them.
  - A file that is cut off, damaged, compressed or from another product is refused with one message.
seealso:
  - name: Without a unit
    link: https://github.com/fortiops/fortiops.fortitoken/blob/main/docs/docsite/rst/guide_offline.rst
    description: How to audit a backup, evaluate what was copied, record a session, and rehearse a run.
options:
  source:
    description:
      - The file to read, or a list of files. Later files add to earlier ones, such as the output of C(diagnose
        fortitoken info) to a backup.
      - Relative paths start at the working directory of the playbook.
    type: list
    elements: path
    required: true
    vars:
      - name: ansible_fortios_source
  account:
    description:
      - The account that a later run will log in with. Its rights are then read from the access profiles in the files.
        Without it, rights are V(unknown).
    type: string
    default: ''
    vars:
      - name: ansible_user
  persistent_connect_timeout:
    description: Seconds without a task after which the files are forgotten. The next task reads them again.
    type: int
    default: 7200
    ini:
      - section: persistent_connection
        key: connect_timeout
    env:
      - name: ANSIBLE_PERSISTENT_CONNECT_TIMEOUT
    vars:
      - name: ansible_connect_timeout
      - name: ansible_persistent_connect_timeout
  persistent_command_timeout:
    description: Seconds after which Ansible ends a single request. Reading a large backup is one request.
    type: int
    default: 120
    ini:
      - section: persistent_connection
        key: command_timeout
    env:
      - name: ANSIBLE_PERSISTENT_COMMAND_TIMEOUT
    vars:
      - name: ansible_command_timeout
  persistent_log_messages:
    description: Ignored. Ansible requires this option of every persistent connection.
    type: boolean
    default: false
    vars:
      - name: ansible_persistent_log_messages
"""

EXAMPLES = r"""
# inventory.yml
all:
  vars:
    ansible_connection: fortiops.fortitoken.fortios_offline
  hosts:
    # A configuration that was converted for a new unit, before it is loaded anywhere.
    fw-berlin:
      ansible_fortios_source: converted/fw-berlin.conf
    # What a customer copied from the terminal.
    customer:
      ansible_fortios_source: ticket-4711.txt
    # A backup, and the output of 'diagnose fortitoken info' that was copied later.
    fw-hamburg:
      ansible_fortios_source:
        - backup/fw-hamburg.conf
        - backup/fw-hamburg-statuses.txt
      ansible_user: netops
"""

import functools
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from ansible.plugins.connection import NetworkConnectionBase

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import load as load_batches
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.source import load
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.unit import OfflineUnit
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.own_process import OwnProcess
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.watchdog import Watchdog

_Method = TypeVar("_Method", bound=Callable[..., str])


def _request(method: _Method) -> _Method:
    """Make a method a request from a module: its result travels as JSON text, its failure as part of it."""

    @functools.wraps(method)
    def wrapper(self: Connection, *args: Any) -> str:
        with self._watchdog.busy():
            try:
                return method(self, *args)
            except ConsoleFailure as failure:
                return self._reply(error=failure)

    return cast("_Method", wrapper)


class Connection(OwnProcess, NetworkConnectionBase):
    """Options and requests; the files are read in plugin_utils."""

    transport = "fortiops.fortitoken.fortios_offline"
    has_pipelining = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._redactor = Redactor()
        self._unit: OfflineUnit | None = None
        self._failure: ConsoleFailure | None = None
        self._answers: list[list[dict[str, Any]]] = []
        self._started = time.monotonic()
        self._lines = 0
        self._watchdog = Watchdog(self._ansible_playbook_pid)

    def set_options(
        self,
        task_keys: dict[str, Any] | None = None,
        var_options: dict[str, Any] | None = None,
        direct: dict[str, Any] | None = None,
    ) -> None:
        """Read the options. ``direct`` is how they reach the persistent process; elsewhere they come from variables."""
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)
        if direct is not None:
            self._watchdog.start()
            return
        self._take_own_process(str((var_options or {}).get("inventory_hostname") or ""))
        # The persistent process works in another directory.
        self._options["source"] = [os.path.abspath(Path(path).expanduser()) for path in self.get_option("source")]

    @property
    def force_persistence(self) -> bool:
        """Whether core has to start its connection helper for a task: only until this host's process is there."""
        return not self._connected

    def _connect(self) -> Connection:
        """Do nothing: the first request reads the files."""
        self._connected = True
        return self

    def _read(self) -> OfflineUnit:
        """Read the files, once in the life of this process. Raises ConsoleFailure."""
        if self._failure is not None:
            raise self._failure
        if self._unit is None:
            try:
                self._unit = OfflineUnit(
                    load(list(self.get_option("source"))), self._redactor, str(self.get_option("account") or "")
                )
            except ConsoleFailure as failure:
                self._failure = ConsoleFailure(failure.kind, self._redactor.redact(str(failure), debug=True))
                raise self._failure from None
        return self._unit

    def _reply(self, value: Any = None, error: ConsoleFailure | None = None) -> str:
        reply: dict[str, Any] = {"done": True, "value": value, "answers": self._answers, "unanswered": []}
        if error is not None:
            reply["error"] = {"kind": error.kind, "message": self._redactor.redact(str(error), debug=True)}
        self._answers = []
        return json.dumps(reply)

    def _refuse(self, what: str) -> str:
        raise self._read().refusal(what)

    # Requests of the modules

    @_request
    def run(self, batches: str, _timeout: float | None = None) -> str:
        """Answer batches (JSON) that only look; others are refused as a whole."""
        self._answers = self._read().run(load_batches(batches))
        self._lines += sum(map(len, self._answers))
        return self._reply()

    @_request
    def resume(self, _request: str = "") -> str:
        """Go on with a request: there never is one."""
        raise ConsoleFailure("refused", "there is no request to go on with")

    @_request
    def identity(self) -> str:
        """Tell what the files say of the unit, and which run of ansible-playbook this is."""
        return self._reply({"run": f"{socket.gethostname()}:{self._ansible_playbook_pid}", **self._read().identity()})

    @_request
    def watch_start(self, _on: str, _off: str) -> str:
        """Refuse to switch debug output on."""
        return self._refuse("diagnose debug enable")

    @_request
    def watch_read(self) -> str:
        """Hand out debug lines: none."""
        return self._reply({"lines": [], "dropped": 0})

    @_request
    def watch_stop(self, _then: str = "[]") -> str:
        """Refuse to switch debug output off."""
        return self._refuse("diagnose debug disable")

    @_request
    def watching(self) -> str:
        """Tell whether debug output is on: never."""
        return self._reply(False)

    @_request
    def drain(self, _seconds: float, _until_regex: str | None = None) -> str:
        """Listen: nothing comes."""
        return self._reply({"lines": [], "dropped": 0})

    @_request
    def register_cleanup(self, name: str, _batches: str) -> str:
        """Refuse lines that would be sent later."""
        return self._refuse(name)

    @_request
    def unregister_cleanup(self, _name: str) -> str:
        """Forget them: there are none."""
        return self._reply()

    @_request
    def register_secrets(self, values: str) -> str:
        """Redact these values from now on."""
        for value in json.loads(values):
            self._redactor.register(str(value))
        return self._reply()

    @_request
    def hold(self, path: str) -> str:
        """Refuse a lock: whoever asks for one is about to change something."""
        return self._refuse(Path(path).name)

    @_request
    def stats(self) -> str:
        """Tell what was read: no login, no turn."""
        seconds = round(time.monotonic() - self._started, 3)
        counts = {"logins": 0, "turns": 0, "lines": self._lines, "bytes_in": 0, "bytes_out": 0}
        return self._reply({**counts, "seconds": seconds})

    @_request
    def end_session(self) -> str:
        """End the process."""
        reply = self._reply()
        self.close()
        return reply
