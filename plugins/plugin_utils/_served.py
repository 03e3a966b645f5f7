# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests that modules make of the process that holds the session of a unit.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import functools
import json
import re
import socket
import time
from abc import abstractmethod
from collections.abc import Callable, Generator
from typing import Any, TypeVar, cast

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch, load
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.wire import Steps
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.lock import Locks
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.requests import Request, Requests
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.watchdog import Watchdog

_Method = TypeVar("_Method", bound=Callable[..., str])

# A request comes back after this many seconds at the latest, and is resumed by the module.
_SLICE_SECONDS = 8.0
# How long a request that waits for another one is kept before it comes back.
_WAIT_SECONDS = 0.1


def _request(method: _Method) -> _Method:
    """Make a method a request from a module: its result travels as JSON text, its failure as part of it."""

    @functools.wraps(method)
    def wrapper(self: Served, *args: Any) -> str:
        with self._watchdog.busy():
            try:
                return method(self, *args)
            except ConsoleFailure as failure:
                return self._reply(error=failure)
            except BaseException as error:
                # Ansible's own time limit (SIGALRM) and anything unforeseen: nobody knows what is in flight.
                self._requests.clear()
                if self._session is not None:
                    self._session.abandon(
                        f"a request was interrupted ({type(error).__name__}); the session was given up"
                    )
                    self._session.close()
                raise

    return cast("_Method", wrapper)


class Served:
    """Serves the requests of modules; the connection plugin gives it the session and the options."""

    _redactor: Redactor
    _session: Session | None
    _failure: ConsoleFailure | None
    _requests: Requests
    _locks: Locks
    _watchdog: Watchdog
    _started: float
    _user: str
    _ansible_playbook_pid: Any

    @abstractmethod
    def _open_session(self) -> Steps:
        """Connect, and log in."""

    @abstractmethod
    def _longest_request(self) -> float:
        """Return the seconds after which a request must have come back."""

    @abstractmethod
    def _log(self, text: str) -> None:
        """Write to Ansible's log, where it is wanted."""

    def close(self) -> None:
        """Bring the session to its end."""

    def _log_in(self) -> Steps:
        """Log in, once in the life of this process."""
        if self._failure is not None:
            raise self._failure
        if self._session is not None:
            if self._session.failure is not None:
                raise ConsoleFailure(
                    self._session.failure.kind, f"the session with this unit is gone: {self._session.failure}"
                )
            return
        try:
            yield from self._open_session()
        except ConsoleFailure as failure:
            if self._session is not None:
                self._session.close()
            self._failure = ConsoleFailure(failure.kind, self._redactor.redact(str(failure)))
            raise self._failure from None

    def _keep_alive(self) -> None:
        """Use an idle session. Runs in the watchdog's thread, never beside a request."""
        if self._session is not None and self._requests.idle:
            self._session.keep_alive()

    def _live(self) -> Session:
        if self._session is None:
            raise ConsoleFailure("lost", "there is no session with this unit")
        return self._session

    # Jobs

    def _reply(
        self,
        value: Any = None,
        done: bool = True,
        error: ConsoleFailure | None = None,
        answers: bool = False,
        request: str = "",
    ) -> str:
        """Write a reply. answers: with what the session has answered to this request, and what it has not."""
        reply: dict[str, Any] = {"done": done, "value": value}
        if request:
            reply["request"] = request
        if error is not None:
            reply["error"] = {"kind": error.kind, "message": self._redactor.redact(str(error), debug=True)}
        if self._session is not None and answers:
            reply["answers"] = self._session.results()
            reply["unanswered"] = self._session.unanswered()
        return json.dumps(reply)

    def _start(self, steps: Callable[[], Steps], finish: Callable[[], Any] = lambda: None) -> str:
        """Begin a request: log in if need be, then do ``steps``; ``finish`` gives its value."""
        if self._watchdog.orphaned:
            raise ConsoleFailure("refused", "the playbook has ended; nothing more is sent to the unit")

        def job() -> Generator[None, None, None]:
            yield from self._log_in()
            yield from steps()

        request = Request(job(), finish)
        self._requests.add(request)
        return self._advance(request.id)

    def _advance(self, request_id: str) -> str:
        """Work on a request for a while, or wait for its turn."""
        request, left = self._requests.turn(request_id)
        if left is not None:
            self._bring_to_rest(left)
        if request is None:
            time.sleep(_WAIT_SECONDS)
            return self._reply(done=False, request=request_id)
        end = time.monotonic() + min(_SLICE_SECONDS, self._longest_request())
        if self._watchdog.orphaned and self._session is not None:
            self._session.stopping = True
        try:
            for _step in request.steps:
                if time.monotonic() > end:
                    self._requests.worked_on(request)
                    return self._reply(done=False, request=request.id)
        except ConsoleFailure as failure:
            self._requests.end()
            return self._reply(error=failure, answers=True)
        self._requests.end()
        return self._reply(request.finish(), answers=True)

    def _bring_to_rest(self, request: Request) -> None:
        """End a request whose module is gone: take the answers that are due, send nothing further."""
        end = time.monotonic() + self._longest_request() / 2
        if self._session is not None:
            self._session.stopping = True
        try:
            for _step in request.steps:
                if time.monotonic() > end:
                    self._live().abandon("an earlier module went away in the middle of a request")
                    break
        except ConsoleFailure as failure:
            self._log(f"ended a request that nobody waits for: {failure}")
        finally:
            if self._session is not None:
                self._session.stopping = False

    # Requests of the modules

    @_request
    def run(self, batches: str, timeout: float | None = None) -> str:
        """Run batches (JSON); the reply holds the answers."""
        specs = load(batches)
        return self._start(lambda: self._live().run(specs, timeout))

    @_request
    def resume(self, request: str) -> str:
        """Go on with the request of this id, which came back unfinished."""
        return self._advance(request)

    @_request
    def identity(self) -> str:
        """Tell who the unit and the account are, and which run of ansible-playbook this is."""
        run = f"{socket.gethostname()}:{self._ansible_playbook_pid}"
        return self._start(
            lambda: self._live().identify(), lambda: {"user": self._user, "run": run, **self._live().identity()}
        )

    @_request
    def watch_start(self, on: str, off: str) -> str:
        """Switch debug output on."""
        first, last = load(on), load(off)
        return self._start(lambda: self._live().watch_start(first, last))

    @_request
    def watch_read(self) -> str:
        """Hand out debug lines."""
        return self._start(lambda: self._live().listen(0.05), lambda: self._live().take_lines(last=False))

    @_request
    def watch_stop(self, then: str = "[]") -> str:
        """Switch debug output off, run further batches, and hand out the rest."""
        specs = load(then)
        return self._start(lambda: self._live().watch_stop(specs), lambda: self._live().take_lines(last=True))

    @_request
    def watching(self) -> str:
        """Tell whether debug output is on."""
        return self._reply(self._session is not None and self._session.watching)

    @_request
    def drain(self, seconds: float, until_regex: str | None = None) -> str:
        """Listen."""
        try:
            until = re.compile(until_regex) if until_regex else None
        except re.error as error:
            raise ConsoleFailure("refused", f"{until_regex!r} is no regular expression: {error}") from None
        return self._start(
            lambda: self._live().listen(float(seconds), until), lambda: self._live().take_lines(last=False)
        )

    @_request
    def register_cleanup(self, name: str, batches: str) -> str:
        """Note lines to be sent before the session ends."""
        specs = load(batches)
        return self._start(lambda: self._set_cleanup(name, specs))

    @_request
    def unregister_cleanup(self, name: str) -> str:
        """Forget them."""
        return self._start(lambda: self._set_cleanup(name, None))

    def _set_cleanup(self, name: str, specs: list[Batch] | None) -> Steps:
        self._live().cleanups.pop(name, None)
        if specs is not None:
            self._live().cleanups[name] = specs
        yield

    @_request
    def register_secrets(self, values: str) -> str:
        """Redact these values from now on."""
        for value in json.loads(values):
            self._redactor.register(str(value))
        return self._reply()

    @_request
    def hold(self, path: str) -> str:
        """Keep other processes away from what a file stands for."""
        try:
            return self._reply(self._locks.hold(path))
        except OSError as error:
            raise ConsoleFailure("refused", f"{path} cannot be locked: {error.strerror or error}") from None

    @_request
    def stats(self) -> str:
        """Tell what the session has cost so far."""
        if self._session is None:
            return self._reply({"logins": 0, "turns": 0, "lines": 0, "bytes_in": 0, "bytes_out": 0, "seconds": 0.0})
        return self._reply({**vars(self._session.stats), "seconds": round(time.monotonic() - self._started, 3)})

    @_request
    def end_session(self) -> str:
        """Log out and end the process."""
        reply = self._reply()
        self.close()
        return reply
