# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that holds the console session with a unit: logs in at the first request, and serves until it is closed.

It imports nothing of Ansible; each unit of a play has such a process.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import getpass
import logging
import time
from functools import partial
from importlib import import_module
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.exchange import Limits
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.transport import Transport
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.wire import Steps
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.launch import stay
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.lock import Locks
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.requests import Requests
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.watchdog import Watchdog
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._served import Served
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.terminal import Target, connect

#: As Ansible writes its log file.
_LOG_FORMAT = "%(asctime)s p=%(process)d u=%(user)s n=%(name)s %(levelname)s| %(message)s"


class Live(Served):
    """One session, by the options of the connection plugin.

    options: their values, complete. pid: that of ansible-playbook. log: Ansible's log file, or nothing.
    """

    def __init__(self, pid: int | None = None, log: str = "") -> None:
        self._options: dict[str, Any] = {}
        self._redactor = Redactor()
        self._session: Session | None = None
        self._failure: ConsoleFailure | None = None
        self._requests, self._locks = Requests(), Locks()
        self._started = 0.0
        self._ansible_playbook_pid = pid
        self._log_file = log
        self._logger: logging.Logger | None = None
        self._messages: list[tuple[str, str]] = []
        self._watchdog = Watchdog(pid, self._keep_alive)
        self.closed = False

    def _text(self, option: str) -> str | None:
        value = self._options[option]
        return None if value is None or value == "" else str(value)

    def idle_seconds(self) -> int:
        """Return after how many seconds without a task the session ends."""
        return int(self._options["persistent_connect_timeout"]) if self._options else 60

    def request_seconds(self) -> int:
        """Return how many seconds a request may take."""
        return int(self._options["persistent_command_timeout"]) if self._options else 60

    def _log(self, text: str) -> None:
        if not (self._log_file and self._options["persistent_log_messages"]):
            return
        if self._logger is None:
            self._logger = logging.getLogger("ansible")
            self._logger.setLevel(logging.INFO)
            self._logger.propagate = False
            handler = logging.FileHandler(self._log_file, encoding="utf-8")
            handler.setFormatter(logging.Formatter(_LOG_FORMAT))
            self._logger.addHandler(handler)
        text = self._redactor.redact(text, debug=True)
        self._logger.info("fortios_cli %s: %s", self._text("host"), text, extra={"user": getpass.getuser()})

    def _open_session(self) -> Steps:
        password = self._text("password")
        secrets = (password, self._text("second_answer"), self._text("private_key_passphrase"))
        target = Target(
            host=self._text("host") or "",
            port=int(self._options["port"] or 22),
            user=self._text("remote_user") or "",
            password=password,
            second_answer=self._text("second_answer"),
            key_file=self._text("private_key_file"),
            key_passphrase=self._text("private_key_passphrase"),
            use_agent=bool(self._options["use_agent"]),
            check_host_key=bool(self._options["host_key_checking"]),
            known_hosts=tuple(self._options["known_hosts"]),
            fingerprint=self._text("host_key_fingerprint"),
            ssh_common_args=self._text("ssh_common_args") or "",
            connect_timeout=min(float(self._options["connect_timeout"]), self._longest_request()),
        )
        self._user = target.user
        # The account and the address stay readable where one of the secrets has the same text.
        self._redactor.keep((target.user, target.host))
        for secret in secrets:
            if secret:
                self._redactor.register(secret)
        terminal, warnings = connect(target)
        for warning in warnings:
            self._warn(warning)
        limits = Limits(login=float(self._options["login_timeout"]), command=float(self._options["command_timeout"]))
        recorded = self._recorded(terminal, target)
        self._session = Session(recorded, self._redactor, limits, self._log, second_answer=target.second_answer)
        self._started = time.monotonic()
        yield from self._session.open()

    def _recorded(self, terminal: Transport, target: Target) -> Transport:
        """Return the terminal, with a recorder around it where a recording is wanted."""
        folder = self._text("record")
        if not folder:
            return terminal
        # Few sessions are recorded, and the word lists for that take as long to load as a login.
        recorder = import_module("ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.recorder")
        name = self._text("record_name") or target.host or "unit"
        # What a recording must not hold, whatever it looks like.
        secrets = filter(None, (target.user, target.password, target.second_answer, target.key_passphrase, target.host))
        recorded: Transport = recorder.Recorder(terminal, folder, name, list(secrets), self._warn)
        return recorded

    def _longest_request(self) -> float:
        return max(2.0, float(self._options["persistent_command_timeout"]) - 5.0)

    # Requests that are no work on the unit

    def set_options(self, direct: dict[str, Any]) -> None:
        """Take the options of a task. From the first time on, watch whether the playbook is there."""
        self._options = direct
        self._watchdog.start()

    def _warn(self, text: str) -> None:
        self._messages.append(("warning", text))

    def pop_messages(self) -> list[tuple[str, str]]:
        """Return what is to be shown to the user, as level and text, once."""
        messages, self._messages = self._messages, []
        return messages

    def reset(self) -> None:
        """Bring the session to its end, as Ansible asks for at the end of a play."""
        self.close()

    def close(self) -> None:
        """Bring the session to its end, whatever state it is in."""
        self.closed = True
        with self._watchdog.busy():
            left = self._requests.end()
            if self._session is not None:
                if left is not None:
                    self._bring_to_rest(left)
                self._session.close()
            self._locks.release()


def main(given: dict[str, Any]) -> None:
    """Serve one session in this process."""
    stay(given, partial(Live, given["pid"], given["log"]))
