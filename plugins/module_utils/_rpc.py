# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules' view of a unit's console: lines in, answers out.

Talks to the connection plugin C(fortiops.fortitoken.fortios_cli) in its own process. Whatever comes back is redacted
there.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ansible.module_utils.connection import Connection, ConnectionError

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch, dump
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import Fault
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleError


def _answers(raw: list[list[dict[str, Any]]]) -> list[list[Answer]]:
    return [
        [
            Answer(
                item["line"],
                item["output"],
                Fault(item["fault"]["code"], item["fault"]["text"]) if item["fault"] else None,
                item["context"],
            )
            for item in batch
        ]
        for batch in raw
    ]


class Console:
    """One unit's console. Give it a module's socket path, or, in tests, any object with the plugin's methods."""

    def __init__(self, socket_path_or_rpc: Any) -> None:
        if socket_path_or_rpc is None:
            raise ConsoleError(
                "this module needs the connection plugin fortiops.fortitoken.fortios_cli: set ansible_connection to it",
                "refused",
            )
        self._rpc = Connection(socket_path_or_rpc) if isinstance(socket_path_or_rpc, str) else socket_path_or_rpc

    def _call(self, method: str, *args: Any) -> dict[str, Any]:
        """Call the plugin until the request is done. Raises ConsoleError."""
        reply = self._once(method, *args)
        while not reply["done"]:
            # By its id: another module may use the same session.
            reply = self._once("resume", reply["request"])
        error = reply.get("error")
        if error:
            raise ConsoleError(
                error["message"], error["kind"], _answers(reply.get("answers") or []), reply.get("unanswered") or []
            )
        return reply

    def _once(self, method: str, *args: Any) -> dict[str, Any]:
        text: Any = None
        problem = ""
        try:
            text = getattr(self._rpc, method)(*args)
        except ConnectionError as error:
            # The text of core may quote the request, and with it a secret: only the first words are of use.
            problem = "" if "Unable to decode" in str(error) else f": {error}"
        try:
            reply = json.loads(text) if isinstance(text, str) else text
        except ValueError:
            reply = None
        if not isinstance(reply, dict) or "done" not in reply:
            raise ConsoleError(
                f"the process that holds the connection ended or failed during {method!r}{problem}", "lost"
            )
        return reply

    def run(self, batches: Sequence[Batch], timeout: float | None = None) -> list[list[Answer]]:
        """Run batches, pipelined, and return one list of answers per batch.

        timeout: longest silence of the unit in seconds while an answer is due; default: the plugin's option.
        A batch behind a stop has fewer answers than lines. Raises ConsoleError, with the answers so far.
        """
        return _answers(self._call("run", dump(batches), timeout)["answers"])

    def identity(self) -> dict[str, Any]:
        """Return ``user``, ``hostname``, ``read_only``, ``vdom_mode`` (none, multi, split), ``vdoms``, ``confined_to``
        (the only VDOM of this account, or None) and ``status_text`` (``get system status``).

        ``reserved_vdoms`` are those of ``vdoms`` that cannot be entered. Lines for one of them raise ConsoleError of
        kind ``context``, which quotes the unit. A VDOM may turn out to be reserved at the first line for it.
        """
        value: dict[str, Any] = self._call("identity")["value"]
        return value

    def watch_start(
        self, on: Sequence[Batch], off: Sequence[Batch], before: Sequence[Batch] = ()
    ) -> list[list[Answer]]:
        """Switch debug output on with ``on``; ``off`` is sent by ``watch_stop``, or when the session ends.

        ``before`` is sent in the same exchange, ahead of it; returns its answers, faulty or not.
        Raises ConsoleError of kind ``refused`` when the unit refuses a line of ``on``.
        """
        reply = self._call("watch_start", dump([*before, *on]), dump(off))
        groups = _answers(reply["answers"])
        for answers in groups[len(before) :]:
            for answer in answers:
                if answer.fault:
                    raise ConsoleError(f"{answer.line}: {answer.fault}", "refused", groups)
        return groups[: len(before)]

    def watch_read(self) -> dict[str, Any]:
        """Return what was printed without being asked for since the last call: ``lines`` (redacted) and ``dropped``."""
        value: dict[str, Any] = self._call("watch_read")["value"]
        return value

    def watch_stop(self, then: Sequence[Batch] = ()) -> tuple[dict[str, Any], list[list[Answer]]]:
        """Switch debug output off and return the rest, as ``watch_read`` does; and the answers to ``then``, which is
        sent in the same exchange."""
        reply = self._call("watch_stop", dump(then))
        groups = _answers(reply.get("answers") or [])
        return reply["value"], groups[len(groups) - len(then) :]

    def watching(self) -> bool:
        """Tell whether a watch is on."""
        return bool(self._call("watching")["value"])

    def drain(self, seconds: float, until_regex: str | None = None) -> dict[str, Any]:
        """Only listen, for some seconds or until a redacted line matches; return what ``watch_read`` would."""
        value: dict[str, Any] = self._call("drain", seconds, until_regex)["value"]
        return value

    def register_cleanup(self, name: str, batches: Sequence[Batch]) -> None:
        """Have ``batches`` sent when the session ends, however it ends, unless unregistered before."""
        self._call("register_cleanup", name, dump(batches))

    def unregister_cleanup(self, name: str) -> None:
        """Forget a clean-up."""
        self._call("unregister_cleanup", name)

    def register_secrets(self, values: Sequence[str]) -> None:
        """Have these values redacted in everything that comes back."""
        self._call("register_secrets", json.dumps(list(values)))

    def hold(self, path: str) -> bool:
        """Lock a file until the session ends; False where another process has it. Raises ConsoleError where it cannot
        be opened."""
        return bool(self._call("hold", path)["value"])

    def stats(self) -> dict[str, Any]:
        """Return ``logins``, ``turns``, ``lines``, ``bytes_in``, ``bytes_out`` and ``seconds`` since login."""
        value: dict[str, Any] = self._call("stats")["value"]
        return value

    def close(self) -> None:
        """End the session and its process."""
        self._call("end_session")
