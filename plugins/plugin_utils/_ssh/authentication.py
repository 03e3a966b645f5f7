# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in with paramiko: each method at most once, the password exactly once.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import contextlib
import io
import threading
from pathlib import Path
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.host_keys import fingerprints
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.library import (
    ec,
    ed25519,
    paramiko,
    rsa,
    serialization,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.target import Target

# sshd gives up after six failed methods by default; the password, which comes last, must still have its turn.
_MOST_KEYS = 4

# Type stubs of paramiko do not know these two.
_Handler: Any = vars(paramiko.auth_handler)["AuthOnlyHandler"] if paramiko else object
_Transport: Any = vars(paramiko.transport)["ServiceRequestingTransport"] if paramiko else object


class _LoginHandler(_Handler):
    """Asks for a login method and waits for the reply.

    paramiko (5.1) makes the event to wait for only after the request is on its way, and then misses the reply
    of a unit that is fast.
    """

    def send_auth_request(self, username: str, method: str, finish_message: Any = None) -> list[str]:
        self.username, self.auth_method = username, method
        request = paramiko.Message()
        request.add_byte(paramiko.common.cMSG_USERAUTH_REQUEST)
        for text in (username, "ssh-connection", method):
            request.add_string(text)
        if finish_message is not None:
            finish_message(request)
        self.auth_event = threading.Event()
        with self.transport.lock:
            self.transport._send_message(request)  # noqa: SLF001 - paramiko has no other way to send it
        return list(self.wait_for_response(self.auth_event))


class LoginTransport(_Transport):
    """Asks for the login service once; paramiko's plain Transport does so for each method, which strict servers
    take for a breach of protocol."""

    def get_auth_handler(self) -> Any:
        return _LoginHandler(self)


def _key_kinds() -> dict[Any, tuple[Any, Any]]:
    """Return how each kind of key is handed on to paramiko."""
    return {
        ed25519.Ed25519PrivateKey: (paramiko.Ed25519Key, serialization.PrivateFormat.OpenSSH),
        ec.EllipticCurvePrivateKey: (paramiko.ECDSAKey, serialization.PrivateFormat.TraditionalOpenSSL),
        rsa.RSAPrivateKey: (paramiko.RSAKey, serialization.PrivateFormat.TraditionalOpenSSL),
    }


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__


def load_key(path: str, passphrase: str | None) -> Any:
    """Read a private key in any of OpenSSH's or OpenSSL's formats; paramiko alone reads no PKCS#8."""
    try:
        data = Path(path).expanduser().read_bytes()
    except OSError as error:
        raise ConsoleFailure("login", f"the private key {path} cannot be read: {error.strerror}") from None
    load = serialization.load_ssh_private_key if b"OPENSSH PRIVATE KEY" in data else serialization.load_pem_private_key
    try:
        key: Any = _decrypt(load, data, passphrase)
        kinds = _key_kinds()
        paramiko_kind, form = kinds[next(kind for kind in kinds if isinstance(key, kind))]
        text = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
        return paramiko_kind.from_private_key(io.StringIO(text))
    except TypeError:
        raise ConsoleFailure(
            "login",
            f"the private key {path} is encrypted: give ansible_private_key_passphrase, or load it into the agent",
        ) from None
    except StopIteration:
        raise ConsoleFailure("login", f"the private key {path} is of a kind that paramiko does not know") from None
    except (paramiko.SSHException, ValueError) as error:
        hint = "; is the passphrase right?" if passphrase else ""
        raise ConsoleFailure("login", f"the private key {path} cannot be used: {_words(error)}{hint}") from None


def _decrypt(load: Any, data: bytes, passphrase: str | None) -> Any:
    try:
        return load(data, passphrase.encode() if passphrase else None)
    except TypeError:
        if not passphrase:
            raise
        # A passphrase is given for a key that needs none.
        return load(data, None)


def ask_to_log_in(transport: Any, target: Target) -> None:
    """Ask for the login service, within the time allowed: paramiko would wait forever for a unit that has gone."""

    def ask() -> None:
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
            transport.ensure_session()

    waiter = threading.Thread(target=ask, daemon=True)
    waiter.start()
    waiter.join(target.connect_timeout)
    if waiter.is_alive():
        raise paramiko.SSHException("the unit does not answer the request to log in")


def log_in(transport: Any, target: Target, key_file: Any) -> None:
    """Try each method that the unit allows at most once, and the password exactly once: a unit locks accounts out.

    Raises ConsoleFailure of kind login.
    """
    tried: list[str] = []
    try:
        transport.auth_none(target.user)
        return
    except paramiko.BadAuthenticationType as error:
        allowed = list(error.allowed_types)
    except paramiko.AuthenticationException:
        allowed = ["publickey", "password"]
    if "publickey" in allowed:
        allowed = _try_keys(transport, target, key_file, allowed, tried)
        if not allowed:
            return
    if target.password is None:
        if not tried:
            tried.append("nothing, because neither a password nor a key is given")
        raise _refused(target, tried, allowed)
    if "keyboard-interactive" in allowed and ("password" not in allowed or target.second_answer):
        _answer_questions(transport, target, tried)
    elif "password" in allowed:
        _try_password(transport, target, allowed, tried)
    else:
        raise _refused(target, tried, allowed)


def _try_keys(transport: Any, target: Target, key_file: Any, allowed: list[str], tried: list[str]) -> list[str]:
    """Offer keys; return the methods that are left to do, none where the unit lets us in."""
    keys = [key_file] if key_file else []
    if target.use_agent:
        keys += paramiko.Agent().get_keys()
    for key in keys[:_MOST_KEYS]:
        tried.append(f"key {fingerprints(key)[0]}")
        with contextlib.suppress(paramiko.AuthenticationException):
            return list(transport.auth_publickey(target.user, key))
    return allowed


def _try_password(transport: Any, target: Target, allowed: list[str], tried: list[str]) -> None:
    tried.append("password")
    try:
        rest = list(transport.auth_password(target.user, target.password, fallback=False))
    except paramiko.AuthenticationException as error:
        raise _refused(target, tried, allowed, error) from None
    if "keyboard-interactive" in rest:
        _answer_questions(transport, target, tried)
    elif rest:
        raise _refused(target, tried, allowed)


def _answer_questions(transport: Any, target: Target, tried: list[str]) -> None:
    """Log in by keyboard-interactive: the password first, then the second answer."""
    answers = [target.second_answer] if "password" in tried else [target.password, target.second_answer]
    unanswered: list[str] = []
    tried.append("keyboard-interactive")

    def handler(_title: str, _instructions: str, questions: list[tuple[str, bool]]) -> list[str]:
        replies = []
        for text, _echo in questions:
            reply = answers.pop(0) if answers else None
            if reply is None:
                unanswered.append(text.strip())
            replies.append(reply or "")
        return replies

    problem: Exception | None = None
    try:
        rest = transport.auth_interactive(target.user, handler)
    except paramiko.AuthenticationException as error:
        rest = ["refused"]
        problem = error
    if not rest:
        return
    if unanswered:
        raise ConsoleFailure(
            "login",
            f"{target.host} asks {target.user!r} a further question, {unanswered[0]!r}. Give its answer as "
            "ansible_fortios_second_answer, or use an account without a second factor that is restricted by trusted "
            "hosts, or one with a public key.",
        )
    raise _refused(target, tried, ["keyboard-interactive"], problem)


def _refused(target: Target, tried: list[str], allowed: list[str], problem: Exception | None = None) -> ConsoleFailure:
    if problem is not None and "timeout" in str(problem).lower():
        return ConsoleFailure(
            "login",
            f"{target.host} gave no answer to the login of {target.user!r} within {target.connect_timeout:g} s "
            "(ansible_fortios_connect_timeout). It may be waiting for a RADIUS, LDAP or TACACS+ server.",
        )
    return ConsoleFailure(
        "login",
        f"{target.host} refused the account {target.user!r} (tried: {', '.join(tried)}; the unit takes: "
        f"{', '.join(allowed)}). "
        "One attempt was made and none follows in this play, because FortiOS locks an account after a few. "
        "Check ansible_user and ansible_password, or the key, and the account's trusted hosts.",
    )
