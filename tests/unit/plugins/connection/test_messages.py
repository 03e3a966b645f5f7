# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every message in the guide's table of errors, brought about: what is printed is what the table shows."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import asyncssh
import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch, load
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleError, ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process import launch
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh import terminal as _transport
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.terminal import Target, connect
from tests.simulator import Fault
from tests.unit.plugins.connection.test_fortios_cli import (  # pylint: disable=unused-import
    PASSWORD,
    _plugin_options,  # noqa: F401 - a fixture
    connection,
    unit,
)
from tests.unit.plugins.connection.test_guide import NAMED
from tests.unit.plugins.plugin_utils._console.fake_unit import FakeUnit
from tests.unit.plugins.plugin_utils._console.test_session import drive, log_in, outputs, run

# Message of the table -> what brings it about, given an empty folder; it returns the words or raises the failure.
PROVOKED: dict[str, Callable[[Path], Any]] = {}


def brings(message: str) -> Callable[[Callable[[Path], Any]], Callable[[Path], Any]]:
    def note(function: Callable[[Path], Any]) -> Callable[[Path], Any]:
        PROVOKED[message] = function
        return function

    return note


def test_no_message_of_the_table_is_left_out() -> None:
    assert sorted(PROVOKED) == sorted(NAMED)


@pytest.mark.parametrize("message", NAMED)
def test_the_message_is_printed_as_the_table_shows_it(message: str, tmp_path: Path) -> None:
    said = ""
    try:
        said = PROVOKED[message](tmp_path) or ""
    except (ConsoleFailure, ConsoleError) as failure:
        said = str(failure)
    pattern = ".+".join(re.escape(part) for part in message.split("…"))
    assert re.search(pattern, said), said


def log_in_to(simulator: Any, **settings: Any) -> None:
    known = {"user": "admin", "password": PASSWORD, "check_host_key": False, "use_agent": False}
    terminal, _warnings = connect(Target(**{"host": "127.0.0.1", "port": simulator.port, **known, **settings}))
    terminal.close()


@contextlib.contextmanager
def listener(backlog: int) -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(backlog)
        yield server.getsockname()[1]


# The way to the unit


@brings("the Python package paramiko is needed on the controller")
def _no_paramiko(folder: Path) -> None:
    with mock.patch.object(_transport, "PARAMIKO_ERROR", ImportError("No module named 'paramiko'")):
        connect(Target("127.0.0.1"))


@brings("the name '…' cannot be resolved")
def _no_name(folder: Path) -> None:
    connect(Target("no-such-host.invalid"))


@brings("… port … did not answer within … s (ansible_fortios_connect_timeout)")
def _no_answer(folder: Path) -> None:
    # A queue that is full: the system drops what comes, as a firewall does.
    with listener(0) as port, contextlib.ExitStack() as queue:
        for _number in range(3):
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        connect(Target("127.0.0.1", port, connect_timeout=0.5))


@brings("… port … cannot be reached: …")
def _nobody(folder: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        connect(Target("127.0.0.1", closed.getsockname()[1]))


@brings("no SSH handshake with …: …")
def _silence(folder: Path) -> None:
    with listener(5) as port:
        connect(Target("127.0.0.1", port, connect_timeout=0.5))


@brings("the way over the jump host ended")
def _no_jump(folder: Path) -> None:
    connect(Target("192.0.2.1", ssh_common_args="-o ProxyCommand=false"))


@brings("… and paramiko … share no SSH algorithm")
def _no_algorithm(folder: Path) -> None:
    with unit(console={"kex_algs": ["curve448-sha512"]}) as simulator:
        log_in_to(simulator)


@brings("the host key of … is not known: …")
def _unknown_key(folder: Path) -> None:
    with unit() as simulator:
        log_in_to(simulator, check_host_key=True)


@brings("the host key of … is not the known one: it shows …")
def _changed_key(folder: Path) -> None:
    with unit() as simulator:
        known = folder / "known_hosts"
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        known.write_text(f"[127.0.0.1]:{simulator.port} {other}")
        log_in_to(simulator, check_host_key=True, known_hosts=(str(known),))


@brings("the host key of … is revoked in a known_hosts file (@revoked): …")
def _revoked_key(folder: Path) -> None:
    with unit() as simulator:
        known = folder / "known_hosts"
        known.write_text(f"@revoked {simulator.known_hosts()}")
        log_in_to(simulator, known_hosts=(str(known),))


@brings("ansible_ssh_common_args cannot be read: …")
def _open_quote(folder: Path) -> None:
    connect(Target("fw.invalid", user="admin", ssh_common_args="-J 'bastion"))


@brings("the … '…' cannot be part of a command")
def _host_of_a_shell(folder: Path) -> None:
    connect(Target("fw;reboot", user="admin", ssh_common_args="-J bastion"))


@brings("… shows the host key … …, not the pinned …")
def _pinned_key(folder: Path) -> None:
    with unit() as simulator:
        log_in_to(simulator, fingerprint="SHA256:" + "A" * 43)


# Login


@brings("the private key … cannot be read: …")
def _no_key(folder: Path) -> None:
    connect(Target("127.0.0.1", key_file=str(folder / "none")))


@brings("the private key … is encrypted: give ansible_private_key_passphrase, or load it into the agent")
def _locked_key(folder: Path) -> None:
    (folder / "id").write_bytes(asyncssh.generate_private_key("ssh-rsa").export_private_key("pkcs8-pem", "open sesame"))
    connect(Target("127.0.0.1", key_file=str(folder / "id")))


@brings("the private key … cannot be used: …")
def _damaged_key(folder: Path) -> None:
    (folder / "id").write_text("-----BEGIN RSA PRIVATE KEY-----\nno key\n-----END RSA PRIVATE KEY-----\n")
    connect(Target("127.0.0.1", key_file=str(folder / "id")))


@brings("… refused the account '…' (tried: …; the unit takes: …)")
def _wrong_password(folder: Path) -> None:
    with unit() as simulator:
        log_in_to(simulator, password="wrong-Passw0rd")


@brings("… asks '…' a further question, '…'")
def _second_question(folder: Path) -> None:
    accounts = [{"name": "admin", "password": PASSWORD, "otp": "123456"}]
    with unit(accounts=accounts, console={"auth": ["keyboard-interactive"]}) as simulator:
        log_in_to(simulator)


@brings("… gave no answer to the login of '…' within … s (ansible_fortios_connect_timeout)")
def _slow_radius(folder: Path) -> None:
    with unit(console={"auth_delay": 60}) as simulator:
        log_in_to(simulator, connect_timeout=1.0)


@brings("the process that holds the session with a unit did not start: …")
def _no_process(folder: Path) -> None:
    with mock.patch.object(launch, "_SERVES", f"{launch.COLLECTION}.missing"):
        launch.start(launch.socket_path(str(folder)), os.getpid(), "")


@brings("… gave no terminal: …")
def _no_shell(folder: Path) -> None:
    with unit() as simulator, mock.patch("tests.simulator.server.UnitSession.pty_requested", return_value=False):
        log_in_to(simulator)


@brings("the unit demands a new password for this account before it gives a prompt")
def _forced(folder: Path) -> None:
    log_in(greeting_only("You are forced to change your password. Please input a new password.\r\nNew Password:"))


@brings("no FortiOS prompt within … s after login (ansible_fortios_login_timeout); the unit printed last: '…'")
def _no_prompt(folder: Path) -> None:
    log_in(greeting_only("ttyS0 ready> "), login=5.0)


def greeting_only(text: str) -> FakeUnit:
    made = FakeUnit()
    made._out.clear()
    made.emit(text)
    made._key = lambda char: None  # type: ignore[method-assign]
    return made


# In the middle of things


@brings("the unit closed the connection")
def _closed(folder: Path) -> None:
    made = FakeUnit()
    session = log_in(made)
    made.closed = True
    outputs(session, "show")


@brings("the unit ended the idle session (admintimeout)")
def _idle(folder: Path) -> None:
    made = FakeUnit()
    session = log_in(made)
    made.emit("\r\nTimeout\r\n")
    made._key = lambda char: None  # type: ignore[method-assign]
    made.closed = True
    outputs(session, "show")


@brings("the connection to the unit broke: …")
def _broken(folder: Path) -> None:
    made = FakeUnit()
    session = log_in(made)
    made.send = mock.Mock(side_effect=OSError("Connection reset by peer"))  # type: ignore[method-assign]
    outputs(session, "show")


def _asking(question: str, answer: str | None = None) -> None:
    """Log in to a unit that asks something in its shell, and closes the line at any answer."""
    made = FakeUnit()
    made._out.clear()
    made.emit(question)
    made.send = lambda data: setattr(made, "closed", True)  # type: ignore[method-assign]
    drive(Session(made, Redactor(), clock=made.clock, second_answer=answer).open())


@brings("the unit asks for a one-time code in its shell, '…'")
def _code_missing(folder: Path) -> None:
    _asking("FortiToken: ")


@brings("the unit ended the login after the one-time code was given: …")
def _code_wrong(folder: Path) -> None:
    _asking("FortiToken: ", "123456")


@brings("the unit asks '…' before it gives a prompt")
def _other_question(folder: Path) -> None:
    _asking("Continue? (y/n) ")


@brings("VDOM '…' cannot be entered: …")
def _reserved(folder: Path) -> None:
    made = FakeUnit(vdoms=("root", "locked"))
    execute = made._execute
    made._execute = lambda line: (  # type: ignore[method-assign]
        "'locked' is reserved and cannot be edited directly" if line == "edit locked" else execute(line)
    )
    session = log_in(made)
    outputs(session, "show", scope="vdom:locked")


@brings("no answer to '…' for … s (ansible_fortios_command_timeout); the session was given up")
def _no_output(folder: Path) -> None:
    made = FakeUnit()
    session = log_in(made)
    made._key = lambda char: None  # type: ignore[method-assign]
    outputs(session, "show")


@brings("the answer to '…' did not end within … s (ansible_fortios_command_timeout is … s); the session was given up")
def _no_end(folder: Path) -> None:
    made = FakeUnit()
    session = log_in(made, command=0.2)
    made.send = lambda data: made.emit("show\r\r\n")  # type: ignore[method-assign]

    def drip(timeout: float) -> bytes | None:
        made.now += 0.1
        return b"row\r\n"

    made.recv = lambda timeout: made._out.popleft() if made._out else drip(timeout)  # type: ignore[method-assign]
    outputs(session, "show")


@brings("The unit seems to ask a question; this connection answers none.")
def _question(folder: Path) -> None:
    made = FakeUnit()
    session = log_in(made)

    def ask(data: bytes) -> None:
        made.emit("execute x\r\r\nDo you want to continue? (y/n)")
        made.send = lambda data: None  # type: ignore[method-assign]

    made.send = ask  # type: ignore[method-assign]
    outputs(session, "execute x")


@brings("the unit is at its prompt, but did not echo what was sent")
def _out_of_step(folder: Path) -> None:
    made = FakeUnit()
    session = log_in(made)
    made.send = lambda data: made.emit("sho x\r\r\n\r\nFGT # ")  # type: ignore[method-assign]
    outputs(session, "execute x")


@brings("… cannot be locked: …")
def _no_lock(folder: Path) -> None:
    with unit() as simulator, connection(simulator) as rpc:
        Console(rpc).hold(str(folder / "nowhere" / "fgt.json.lock"))


@brings("the session with this unit is gone: …")
def _gone(folder: Path) -> None:
    with unit() as simulator, connection(simulator) as rpc:
        console = Console(rpc)
        simulator.unit().faults.append(Fault("cut_after", match="^show"))
        with pytest.raises(ConsoleError):
            console.run([Batch(("show",))])
        console.identity()


@brings("the playbook has ended; nothing more is sent to the unit")
def _orphaned(folder: Path) -> None:
    with unit() as simulator, connection(simulator) as rpc:
        rpc._watchdog.orphaned = True
        Console(rpc).identity()


# VDOMs


@brings("the unit has no VDOM '…' (it has: …); nothing was sent")
def _no_vdom(folder: Path) -> None:
    outputs(log_in(FakeUnit(vdoms=("root",))), "show", scope="vdom:dmz")


@brings("this unit has no VDOMs, so there is no VDOM '…'")
def _no_vdoms(folder: Path) -> None:
    outputs(log_in(FakeUnit()), "show", scope="vdom:dmz")


@brings("the unit does not answer 'get system status'")
def _no_status(folder: Path) -> None:
    outputs(log_in(FakeUnit(answers={"get system status": "Unknown action 0"})), "show", scope="global")


@brings("this account is confined to VDOM '…'; '…' is out of its reach")
def _confined(folder: Path) -> None:
    outputs(log_in(FakeUnit(vdoms=("root",), answers={"config global": "Unknown action 0"})), "show", scope="global")


@brings("'config vdom' was refused: …")
def _no_way_into_vdoms(folder: Path) -> None:
    outputs(log_in(FakeUnit(vdoms=("root",), answers={"config vdom": REFUSED})), "show", scope="vdom:root")


@brings("could not enter …")
def _no_way_into_this_one(folder: Path) -> None:
    outputs(log_in(FakeUnit(vdoms=("root",), answers={"edit root": REFUSED})), "show", scope="vdom:root")


@brings("the unit no longer lets this account into the global scope")
def _no_longer(folder: Path) -> None:
    made = FakeUnit(vdoms=("root",), answers={"show": "one"})
    session = log_in(made)
    drive(session.identify())
    made.now += 60
    made.answers["config global"] = REFUSED
    outputs(session, "show", scope="vdom:root")


REFUSED = "command parse error before 'x'\nCommand fail. Return code -61"


# Lines


@brings("a console line must not hold control characters")
def _control(folder: Path) -> None:
    load('[{"lines": ["show\\u0003"]}]')


@brings("the unit did not take the line as it was sent: its echo is cut or differs")
def _cut(folder: Path) -> str:
    made = FakeUnit()
    session = log_in(made)
    made.send = lambda data: made.emit(f"{data.decode()[:12]}\r\r\n\r\n{made.prompt()}")  # type: ignore[method-assign]
    answers = run(session, Batch(("execute abcdefghijklmnop",)))
    return str(answers[0][0]["fault"]["text"])
