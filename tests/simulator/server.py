# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SSH server of simulated units, in a thread of its own.

``running(scenario, ...)`` serves one or several units on loopback and returns a Simulator to ask them.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import asyncssh

from .console import Console
from .events import Event, EventLog
from .scenario import Account, Scenario
from .shell import Shell
from .unit import Unit

T = TypeVar("T")

HOST = "127.0.0.1"


class UnitServer(asyncssh.SSHServer):
    """One connection: who is it?"""

    def __init__(self, host: UnitHost) -> None:
        self._host = host
        self._unit = host.unit
        self._connection: asyncssh.SSHServerConnection | None = None
        self._user = ""
        self.method = ""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember the connection."""
        self._connection = conn
        self._host.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._connection:
            self._host.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        """Send the banner before login, if there is one."""
        self._user = username
        banner = self._unit.scenario.console.pre_login_banner
        if banner and self._connection:
            self._connection.send_auth_banner(banner)
        return True

    def _account(self) -> Account | None:
        return next((each for each in self._unit.scenario.accounts if each.name == self._user), None)

    def _result(self, ok: bool, method: str) -> bool:
        if ok:
            self.method = method
            account = self._account()
            # A login that is still to answer a question in the shell is none yet.
            if not (account and account.questions):
                self._host.failures = 0
        else:
            self._host.failed()
            self._unit.event("login", user=self._user, ok=False, method=method)
        return ok

    def _allows(self, method: str) -> bool:
        return method in self._unit.scenario.console.auth

    def password_auth_supported(self) -> bool:
        """Tell whether passwords are taken."""
        account = self._account()
        return self._allows("password") and not (account and account.otp)

    async def validate_password(self, username: str, password: str) -> bool:
        """Check a password; `admin-lockout-threshold` failures lock the login for a while.

        [fact: failed-login-lockout]
        """
        await asyncio.sleep(self._unit.scenario.console.auth_delay)
        account = self._account()
        good = account is not None and account.password is not None and account.password == password
        return self._result(good and not self._host.locked_out(), "password")

    def public_key_auth_supported(self) -> bool:
        """Tell whether keys are taken."""
        account = self._account()
        return self._allows("publickey") and bool(account and account.public_keys)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Check a key; one that is not known is no failed login, the client goes on with the next."""
        account = self._account()
        known = [asyncssh.import_public_key(text) for text in account.public_keys] if account else []
        if key in known:
            self.method = "publickey"
            return True
        return False

    def kbdint_auth_supported(self) -> bool:
        """Tell whether keyboard-interactive is offered."""
        return self._allows("keyboard-interactive")

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        """Ask for the password."""
        self._asked = ["password"]
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: Any) -> Any:
        """Check the password, then ask for the code of the second factor where there is one."""
        account = self._account()
        if account is None or self._host.locked_out():
            return self._result(False, "keyboard-interactive")
        answer = responses[0] if responses else ""
        if self._asked == ["password"]:
            if account.password is None or answer != account.password:
                return self._result(False, "keyboard-interactive")
            if account.otp is None:
                return self._result(True, "keyboard-interactive")
            self._asked = ["code"]
            return "", "", "", [("FortiToken Code: ", False)]
        return self._result(answer == account.otp, "keyboard-interactive")

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        """Open a session channel."""
        account = self._account()
        assert account is not None
        return UnitSession(self._host, account, self)


class UnitSession(asyncssh.SSHServerSession[bytes]):
    """One session channel: a shell, or commands run by `ssh host command`."""

    def __init__(self, host: UnitHost, account: Account, server: UnitServer) -> None:
        self._host = host
        self._account = account
        self._server = server
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._console: Console | None = None
        self._task: asyncio.Task[None] | None = None
        self._command: str | None = None
        self._rows = 0
        self._early: list[bytes] = []

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Remember the channel."""
        self._channel = chan

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Any) -> bool:
        """Take the height of the terminal."""
        self._rows = term_size[1] or 24
        return True

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """Take the new height."""
        self._rows = height or 24
        if self._console:
            self._console.rows = self._rows

    def shell_requested(self) -> bool:
        """Serve an interactive shell."""
        return True

    def exec_requested(self, command: str) -> bool:
        """Serve commands: one or several lines."""
        self._command = command
        return True

    def session_started(self) -> None:
        """Start the console."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def data_received(self, data: bytes, datatype: Any) -> None:
        """Pass keys on."""
        if self._console:
            self._console.feed(data)
        else:
            self._early.append(data)

    def eof_received(self) -> bool:
        """The client has no more keys; output may still go out."""
        if self._console and self._command is None:
            self._console.feed_eof()
        return True

    def break_received(self, msec: int) -> bool:
        """Ignore a break."""
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """End the console."""
        if self._console:
            self._console.shell.closed("closed")
        if self._task:
            self._task.cancel()

    async def _run(self) -> None:
        channel = self._channel
        assert channel is not None
        unit = self._host.unit
        peer = channel.get_extra_info("peername")
        shell = Shell(unit, self._account, next(self._host.numbers), peer[0] if peer else HOST)
        unit.event(
            "login",
            session=shell.number,
            user=self._account.name,
            ok=True,
            method=self._server.method,
            member=shell.member,
        )
        console = self._console = Console(shell, self._write, self._abort, self._rows)
        for data in self._early:
            console.feed(data)
        sender = asyncio.get_running_loop().create_task(console.send_output())
        how = "closed"
        try:
            how = await (console.run() if self._command is None else self._run_command(console, self._command))
            if how not in ("cut", "reboot"):
                await console.drained()
        except Exception:
            # A mistake of the simulator must not pass for a FortiGate that hangs.
            how = "crash"
            unit.event("crash", session=shell.number, error=traceback.format_exc())
        finally:
            sender.cancel()
            unit.event(
                "counters",
                session=shell.number,
                bytes_in=console.bytes_in,
                bytes_out=console.bytes_out,
                lines=console.lines,
                turns=console.turns,
            )
            shell.closed(how)
            with contextlib.suppress(OSError, asyncssh.Error):
                # [fact: no-exit-status]
                channel.exit(0)

    async def _run_command(self, console: Console, command: str) -> str:
        # What pyFG and `ssh host command` meet: prompts without echo, and no meaningful exit status.
        console.interactive = False
        return await console.run_script(command.split("\n"))

    def _write(self, data: bytes) -> None:
        if self._channel and not self._channel.is_closing():
            with contextlib.suppress(OSError):
                self._channel.write(data)

    def _abort(self) -> None:
        if self._channel:
            self._channel.get_connection().abort()


class UnitHost:
    """A unit and its listening port."""

    def __init__(self, scenario: Scenario, log: EventLog, key: asyncssh.SSHKey) -> None:
        self._loop = asyncio.get_running_loop()
        self.unit = Unit(scenario, log, self._loop.call_later)
        self.unit.reboot = self.reboot
        self.unit.cut_sessions = self.cut_sessions
        self.unit.login_failed = self.failed
        self.numbers = itertools.count(1)
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self.failures = 0
        self.key = key
        self.port = scenario.port
        self._locked_until = 0.0
        self._listener: asyncssh.SSHAcceptor | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Open the port; the first time it may be chosen by the system, later it stays."""
        console = self.unit.scenario.console
        extra: dict[str, Any] = {"kex_algs": console.kex_algs} if console.kex_algs else {}
        self._listener = await asyncssh.create_server(
            lambda: UnitServer(self),
            HOST,
            self.port,
            server_host_keys=[self.key],
            encoding=None,
            line_editor=False,
            reuse_address=True,
            login_timeout=120,
            server_version="FortiSSH_sim",
            **extra,
        )
        self.port = self.unit.port = self._listener.get_port()

    async def close(self) -> None:
        """Close the port and every connection."""
        listener, self._listener = self._listener, None
        if listener:
            listener.close()
        for connection in list(self.connections):
            connection.abort()
        if listener:
            # From Python 3.12 on this also waits for the connections.
            await listener.wait_closed()

    def cut_sessions(self, how: str = "cut") -> None:
        """Drop every session, with its transaction."""
        for shell in list(self.unit.shells.values()):
            transaction = shell.transaction
            shell.closed(how)
            if transaction and transaction.open:
                transaction.abort("dropped")
        if how == "cut":
            for connection in list(self.connections):
                connection.abort()

    def reboot(self, seconds: float) -> None:
        """Drop every session and refuse connections for a time."""
        self.unit.event("reboot", seconds=seconds)
        self.cut_sessions("reboot")
        self.unit.rebooted()
        task = self._loop.create_task(self._restart(seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _restart(self, seconds: float) -> None:
        await self.close()
        await asyncio.sleep(seconds)
        await self.listen()
        self.unit.event("rebooted")

    def failed(self) -> None:
        """Count a failed login."""
        self.failures += 1
        console = self.unit.scenario.console
        if console.lockout_threshold and self.failures >= console.lockout_threshold:
            self._locked_until = time.monotonic() + console.lockout_seconds
            self.failures = 0

    def locked_out(self) -> bool:
        """Tell whether logins are refused for now."""
        return time.monotonic() < self._locked_until


class Simulator:
    """Running units. Everything here may be called from any thread."""

    def __init__(self, scenarios: list[Scenario], event_log: Path | None = None) -> None:
        self.log = EventLog(event_log)
        self._scenarios = scenarios
        self._loop = asyncio.new_event_loop()
        self._hosts: list[UnitHost] = []
        self._thread = threading.Thread(target=self._serve, name="simulator", daemon=True)
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._stop = asyncio.Event()

    def start(self) -> None:
        """Serve; returns when every port is open."""
        self._thread.start()
        self._ready.wait()
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Close everything; returns when the thread has ended."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)
        self.log.close()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._main())
        except BaseException as error:  # handed to the thread that waits in start()
            self._failure = error
        finally:
            self._ready.set()
            self._loop.close()

    async def _main(self) -> None:
        keys: dict[str, asyncssh.SSHKey] = {}
        for scenario in self._scenarios:
            kind = scenario.console.host_key
            if kind not in keys:
                keys[kind] = asyncssh.generate_private_key(kind)
            host = UnitHost(scenario, self.log, keys[kind])
            self._hosts.append(host)
            await host.listen()
        self._ready.set()
        await self._stop.wait()
        for host in self._hosts:
            await host.close()
        # The sessions end their event logs.
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    # Questions

    @property
    def events(self) -> list[Event]:
        """All events so far."""
        return list(self.log.events)

    @property
    def host(self) -> str:
        """The address of all units."""
        return HOST

    @property
    def port(self) -> int:
        """The port of the first unit."""
        return self._hosts[0].port

    @property
    def units(self) -> list[Unit]:
        """All units, in the order of the scenarios."""
        return [host.unit for host in self._hosts]

    def unit(self, name: str | None = None) -> Unit:
        """Return a unit by the host name of its scenario; without one, the first."""
        return next(unit for unit in self.units if name in (None, unit.name))

    def known_hosts(self, name: str | None = None) -> str:
        """Return the line of a `known_hosts` file for a unit."""
        host = next(host for host in self._hosts if name in (None, host.unit.name))
        key = host.key.export_public_key("openssh").decode().split()
        return f"[{HOST}]:{host.port} {key[0]} {key[1]}"

    def fingerprint(self, name: str | None = None) -> str:
        """Return the SHA256 fingerprint of a unit's host key."""
        host = next(host for host in self._hosts if name in (None, host.unit.name))
        return host.key.get_fingerprint()

    def secrets(self) -> set[str]:
        """Return every secret of every unit."""
        return set().union(*(unit.secrets() for unit in self.units))

    def call(self, function: Callable[[], T]) -> T:
        """Run a function in the simulator's own thread, for instance to change a unit.

        With tens of thousands of tokens, going through all events takes a while.
        """

        async def run_it() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(run_it(), self._loop).result(120)


@contextlib.contextmanager
def running(*scenarios: Scenario, event_log: Path | None = None) -> Iterator[Simulator]:
    """Serve scenarios while the block runs."""
    simulator = Simulator(list(scenarios), event_log)
    simulator.start()
    try:
        yield simulator
    finally:
        simulator.stop()
