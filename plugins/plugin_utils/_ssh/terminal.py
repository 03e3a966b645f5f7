# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH to a unit's terminal: the way there, the handshake, one login attempt; and what failed, in words.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.authentication import (
    LoginTransport,
    ask_to_log_in,
    load_key,
    log_in,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.host_keys import (
    check_host_key,
    known_keys,
    prefer_known,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.jump_host import proxy_command
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.library import PARAMIKO_ERROR, paramiko
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.target import Target

__all__ = ["SshTerminal", "Target", "connect"]

_ProxyCommand: Any = paramiko.ProxyCommand if paramiko else object


class _Proxy(_ProxyCommand):
    """A proxy command that may have ended by itself before it is closed."""

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            super().close()


# Wide, so that no echo wraps, and tall, in case the unit's pager asks the terminal for its height.
_WIDTH, _HEIGHT = 511, 10_000
_KEEPALIVE_SECONDS = 15


@dataclass
class _Offer(logging.Handler):
    """Keeps what paramiko logs of the unit's key exchange offer; its exception does not carry it."""

    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.DEBUG)

    def __hash__(self) -> int:
        return id(self)

    def about(self, problem: str) -> list[str]:
        """Return the part of the offer that paramiko's error is about."""
        kinds = ("client encrypt", "client mac") if "ciphers" in problem or "macs" in problem else ("kex", "server key")
        return [line for line in self.lines if line.startswith(kinds)]

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text.startswith(("kex algos:", "server key:", "client encrypt:", "client mac:")):
            self.lines.append(text)


class SshTerminal:
    """A shell on the unit over SSH: the console's Transport."""

    def __init__(self, transport: paramiko.Transport, channel: paramiko.Channel) -> None:
        self._transport = transport
        self._channel = channel

    def send(self, data: bytes) -> None:
        """Write all of ``data``."""
        self._channel.sendall(data)

    def recv(self, timeout: float) -> bytes | None:
        """Read what is there; None when nothing came in time, ``b""`` at the end."""
        self._channel.settimeout(max(timeout, 0.0))
        try:
            return bytes(self._channel.recv(131_072))
        except TimeoutError:
            return None

    def close(self) -> None:
        """End the SSH connection."""
        self._transport.close()


def connect(target: Target) -> tuple[SshTerminal, list[str]]:
    """Log in once and open a terminal. Returns it and warnings. Raises ConsoleFailure of kind login or hostkey."""
    if PARAMIKO_ERROR is not None:
        raise ConsoleFailure("login", f"the Python package paramiko is needed on the controller: {PARAMIKO_ERROR}")
    command = proxy_command(target.host, target.port, target.user, target.ssh_common_args)
    key = load_key(target.key_file, target.key_passphrase) if target.key_file else None
    deadline = time.monotonic() + target.connect_timeout
    sock = _open_way(target, command)
    offer = _Offer()
    logger = logging.getLogger(f"fortios_cli.{id(offer)}")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    logger.addHandler(offer)
    # Without any handler left, Python would print what paramiko logs later to standard error.
    logger.addHandler(logging.NullHandler())
    transport = None
    try:
        transport = LoginTransport(sock)
        transport.set_log_channel(logger.name)
        transport.auth_timeout = target.connect_timeout
        # The deadline of the whole way comes first, and its message says more.
        transport.banner_timeout = transport.handshake_timeout = target.connect_timeout + 1
        known = known_keys(target)
        prefer_known(transport, known)
        _handshake(transport, target, offer, sock, deadline)
        warnings = check_host_key(transport.get_remote_server_key(), known, target)
        ask_to_log_in(transport, target)
        log_in(transport, target, key)
        transport.set_keepalive(_KEEPALIVE_SECONDS)
        channel = transport.open_session(timeout=max(1.0, deadline - time.monotonic()))
        channel.set_combine_stderr(True)
        channel.get_pty("vt100", _WIDTH, _HEIGHT)
        channel.invoke_shell()
        return SshTerminal(transport, channel), warnings
    except (paramiko.SSHException, OSError, EOFError) as error:
        _close(transport, sock)
        raise ConsoleFailure("login", f"{target.host} gave no terminal: {_words(error)}{_proxy_words(sock)}") from None
    except BaseException:
        _close(transport, sock)
        raise
    finally:
        logger.removeHandler(offer)


def _close(transport: Any, sock: Any) -> None:
    with contextlib.suppress(Exception):
        (transport or sock).close()


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _open_way(target: Target, command: str | None) -> Any:
    if command:
        return _Proxy(command)
    try:
        return socket.create_connection((target.host, target.port), timeout=target.connect_timeout)
    except socket.gaierror as error:
        raise ConsoleFailure(
            "login", f"the name {target.host!r} cannot be resolved ({error.strerror}); check ansible_host"
        ) from None
    except TimeoutError:
        raise ConsoleFailure(
            "login",
            f"{target.host} port {target.port} did not answer within {target.connect_timeout:g} s "
            "(ansible_fortios_connect_timeout). Is the address right, is SSH in the interface's allowaccess, is this "
            "controller among the account's trusted hosts?",
        ) from None
    except OSError as error:
        raise ConsoleFailure(
            "login", f"{target.host} port {target.port} cannot be reached: {error.strerror or error}"
        ) from None


def _proxy_words(sock: Any) -> str:
    """Return what the proxy command complained about, if there is one and it has ended."""
    process = getattr(sock, "process", None)
    if process is None:
        return ""
    with contextlib.suppress(Exception):
        process.terminate()
        text = " ".join(process.communicate(timeout=2)[1].decode("utf-8", "replace").split())
        return f"; the jump host's ssh said: {text[-400:]}" if text else ""
    return ""


# They stand among the key exchanges and are none.
_MARKERS = ("kex-strict-", "ext-info-")
_OLD_UNIT = (
    "Old FortiOS offers only SHA-1, which paramiko 5 has removed. Either let the unit offer more (FortiOS 7.0 and "
    "later: 'config system global', 'set ssh-kex-algo', 'set ssh-hostkey-algo'; earlier: newer firmware), or install "
    "'paramiko<5' for the controller's Python."
)
_OTHER_UNIT = (
    "Either let the unit offer more ('config system global', 'set ssh-enc-algo', 'set ssh-mac-algo', 'set "
    "ssh-kex-algo', 'set ssh-hostkey-algo'), or install the newest paramiko for the controller's Python."
)


def _is_old(offered: list[str]) -> bool:
    """Tell whether something that the unit must have in common with us is offered with SHA-1 only."""
    for line in offered:
        names = [name for name in line.partition(":")[2].replace(",", " ").split() if not name.startswith(_MARKERS)]
        old = [name for name in names if name.endswith("-sha1") or name in ("ssh-rsa", "ssh-dss")]
        if line.startswith(("kex", "server key")) and names and names == old:
            return True
    return False


def _handshake(transport: paramiko.Transport, target: Target, offer: _Offer, sock: Any, deadline: float) -> None:
    try:
        _shake_hands(transport, target, sock, deadline)
    except paramiko.ssh_exception.IncompatiblePeer as error:
        offered = offer.about(str(error))
        raise ConsoleFailure(
            "login",
            f"{target.host} and paramiko {paramiko.__version__} share no SSH algorithm ({error}). The unit offers: "
            f"{'; '.join(offered) or 'unknown'}. {_OLD_UNIT if _is_old(offered) else _OTHER_UNIT}",
        ) from None
    except (paramiko.SSHException, EOFError, OSError) as error:
        text = _words(error)
        hint = (
            " (no SSH server there, or it closed the connection at once)"
            if "banner" in text.lower() or "EOF" in text
            else ""
        )
        raise ConsoleFailure(
            "login", f"no SSH handshake with {target.known_as}: {text}{hint}{_proxy_words(sock)}"
        ) from None


_WAY_ENDED = "the way over the jump host ended"


def _ends(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether a process whose line has broken is gone, or goes at once."""
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        return False
    return True


def _shake_hands(transport: paramiko.Transport, target: Target, sock: Any, deadline: float) -> None:
    """Do the key exchange. A jump host's ssh that has ended is noticed at once, which paramiko does not do."""
    process = getattr(sock, "process", None)
    done = threading.Event()
    transport.start_client(event=done)
    while not done.wait(0.1):
        if process is not None and process.poll() is not None:
            raise paramiko.SSHException(_WAY_ENDED)
        if time.monotonic() > deadline:
            raise paramiko.SSHException(
                f"it was not done within {target.connect_timeout:g} s (ansible_fortios_connect_timeout)"
            )
    if not transport.is_active():
        if process is not None and _ends(process):
            # paramiko may have noticed first, in its own words.
            raise paramiko.SSHException(_WAY_ENDED)
        # What paramiko documents for this has the name of something that ansible-test forbids.
        raise getattr(transport, "saved_exception", None) or paramiko.SSHException("the connection was closed")
