# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is PRIVATE to the collection. It can have breaking changes at any time.

"""SSH to a unit's terminal with paramiko: the way there, the host key, one login attempt; and what failed, in words."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import logging
import os
import shlex
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.jump_host import proxy_command

try:
    import paramiko
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
except ImportError as error:
    PARAMIKO_ERROR: ImportError | None = error
else:
    PARAMIKO_ERROR = None

    # How each kind of key is handed on to paramiko.
    _KEY_KINDS: dict[Any, tuple[Any, serialization.PrivateFormat]] = {
        ed25519.Ed25519PrivateKey: (paramiko.Ed25519Key, serialization.PrivateFormat.OpenSSH),
        ec.EllipticCurvePrivateKey: (paramiko.ECDSAKey, serialization.PrivateFormat.TraditionalOpenSSL),
        rsa.RSAPrivateKey: (paramiko.RSAKey, serialization.PrivateFormat.TraditionalOpenSSL),
    }

    # Type stubs of paramiko do not know these two.
    _Handler: Any = vars(paramiko.auth_handler)["AuthOnlyHandler"]
    _Transport: Any = vars(paramiko.transport)["ServiceRequestingTransport"]

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
                self.transport._send_message(request)
            return list(self.wait_for_response(self.auth_event))

    class _LoginTransport(_Transport):
        """Asks for the login service once; paramiko's plain Transport does so for each method, which strict servers
        take for a breach of protocol."""

        def get_auth_handler(self) -> Any:
            return _LoginHandler(self)

    class _Proxy(paramiko.ProxyCommand):
        """A proxy command that may have ended by itself before it is closed."""

        def close(self) -> None:
            with contextlib.suppress(ProcessLookupError):
                super().close()


# Wide, so that no echo wraps, and tall, in case the unit's pager asks the terminal for its height.
_WIDTH, _HEIGHT = 511, 10_000
# sshd gives up after six failed methods by default; the password, which comes last, must still have its turn.
_MOST_KEYS = 4
_KEEPALIVE_SECONDS = 15


@dataclass(frozen=True)
class Target:
    """Where and how to log in. Times in seconds; ``fingerprint`` as ``SHA256:...`` or ``MD5:..:..``."""

    host: str
    port: int = 22
    user: str = ""
    password: str | None = None
    second_answer: str | None = None
    key_file: str | None = None
    key_passphrase: str | None = None
    use_agent: bool = True
    check_host_key: bool = True
    known_hosts: tuple[str, ...] = ()
    fingerprint: str | None = None
    ssh_common_args: str = ""
    connect_timeout: float = 20.0

    @property
    def known_as(self) -> str:
        """The name under which OpenSSH keeps the host key."""
        return self.host if self.port == 22 else f"[{self.host}]:{self.port}"


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
    key = _load_key(target.key_file, target.key_passphrase) if target.key_file else None
    deadline = time.monotonic() + target.connect_timeout
    sock = _open_way(target)
    offer = _Offer()
    logger = logging.getLogger(f"fortios_cli.{id(offer)}")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    logger.addHandler(offer)
    # Without any handler left, Python would print what paramiko logs later to standard error.
    logger.addHandler(logging.NullHandler())
    transport = None
    try:
        transport = _LoginTransport(sock)
        transport.set_log_channel(logger.name)
        transport.auth_timeout = target.connect_timeout
        # The deadline of the whole way comes first, and its message says more.
        transport.banner_timeout = transport.handshake_timeout = target.connect_timeout + 1
        known = _known_keys(target)
        _prefer_known(transport, known)
        _handshake(transport, target, offer, sock, deadline)
        warnings = _check_host_key(transport.get_remote_server_key(), known, target)
        _ask_to_log_in(transport, target)
        _log_in(transport, target, key)
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


def _open_way(target: Target) -> Any:
    command = proxy_command(target.host, target.port, target.user, target.ssh_common_args)
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


# Host keys


def fingerprints(key: Any) -> tuple[str, str]:
    """Return a host key's fingerprints in OpenSSH's two notations."""
    blob = key.asbytes()
    sha256 = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    md5 = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return f"SHA256:{sha256}", "MD5:" + ":".join(md5[i : i + 2] for i in range(0, 32, 2))


def _keys_in(path: str, target: Target) -> dict[str, Any]:
    """Read this host's keys, by key type, from a known_hosts file, if it exists."""
    name = os.path.expanduser(path)
    if not os.path.isfile(name):
        return {}
    found = paramiko.HostKeys()
    with contextlib.suppress(OSError, paramiko.SSHException):
        found.load(name)
    return dict(found.lookup(target.known_as) or {})


def _known_keys(target: Target) -> dict[str, Any]:
    """Read this host's keys from all known_hosts files; what stands in an earlier one counts."""
    keys: dict[str, Any] = {}
    for path in target.known_hosts:
        keys = {**_keys_in(path, target), **keys}
    return keys


def _file_to_mend(target: Target) -> str:
    """Return the known_hosts file that knows this host, or the one to put it into, as a shell takes it."""
    files = target.known_hosts or ("~/.ssh/known_hosts",)
    path = os.path.expanduser(next((each for each in files if _keys_in(each, target)), files[0]))
    home = os.path.expanduser("~/")
    return f"~/{shlex.quote(path.removeprefix(home))}" if path.startswith(home) else shlex.quote(path)


def _prefer_known(transport: paramiko.Transport, known: dict[str, Any]) -> None:
    """Ask for a key of a type that is known for this host, as OpenSSH does; else another key would look changed."""
    options = transport.get_security_options()

    def is_known(name: str) -> bool:
        return name in known or (name.startswith("rsa-sha2-") and "ssh-rsa" in known)

    options.key_types = sorted(options.key_types, key=lambda name: not is_known(name))


def _check_host_key(key: Any, known: dict[str, Any], target: Target) -> list[str]:
    sha256, md5 = fingerprints(key)
    if target.fingerprint:
        wanted = target.fingerprint.strip().rstrip("=")
        if wanted == sha256 or wanted.upper().removeprefix("MD5:") == md5.upper().removeprefix("MD5:"):
            return []
        raise ConsoleFailure(
            "hostkey",
            f"{target.known_as} shows the host key {key.get_name()} {sha256}, not the pinned {target.fingerprint} "
            "(ansible_fortios_host_key_fingerprint). Somebody may be in between, or the unit was replaced.",
        )
    expected = known.get(key.get_name())
    if expected is not None and expected.asbytes() == key.asbytes():
        return []
    through = target.ssh_common_args
    file = _file_to_mend(target)
    if known:
        message = (
            f"the host key of {target.known_as} is not the known one: it shows {key.get_name()} {sha256}. Somebody may "
            f"be in between, or the unit was replaced. If you know why it changed: ssh-keygen -R '{target.known_as}' "
            f"-f {file}"
        )
    else:
        message = (
            f"the host key of {target.known_as} is not known: {key.get_name()} {sha256}. Compare it with the unit's. "
            "To accept it:"
        )
    if not target.check_host_key:
        return [f"host key checking is off; {message.split('. ', maxsplit=1)[0]}"] if known else []
    accept = (
        f"ssh {through} -p {target.port} {target.user}@{target.host}"
        if through
        else f"ssh-keyscan -p {target.port} {target.host} >> {file}"
    )
    raise ConsoleFailure(
        "hostkey",
        f"{message}{' and then' if known else ''} {accept} , or set ansible_fortios_host_key_fingerprint to {sha256}, "
        "or, for a lab, ansible_host_key_checking to false.",
    )


# Login


def _load_key(path: str, passphrase: str | None) -> Any:
    """Read a private key in any of OpenSSH's or OpenSSL's formats; paramiko alone reads no PKCS#8."""
    try:
        with open(os.path.expanduser(path), "rb") as file:
            data = file.read()
    except OSError as error:
        raise ConsoleFailure("login", f"the private key {path} cannot be read: {error.strerror}") from None
    load = serialization.load_ssh_private_key if b"OPENSSH PRIVATE KEY" in data else serialization.load_pem_private_key
    try:
        key: Any = _decrypt(load, data, passphrase)
        paramiko_kind, form = _KEY_KINDS[next(kind for kind in _KEY_KINDS if isinstance(key, kind))]
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


def _ask_to_log_in(transport: Any, target: Target) -> None:
    """Ask for the login service, within the time allowed: paramiko would wait for ever for a unit that has gone."""

    def ask() -> None:
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
            transport.ensure_session()

    waiter = threading.Thread(target=ask, daemon=True)
    waiter.start()
    waiter.join(target.connect_timeout)
    if waiter.is_alive():
        raise paramiko.SSHException("the unit does not answer the request to log in")


def _log_in(transport: Any, target: Target, key_file: Any) -> None:
    """Try each method that the unit allows at most once, and the password exactly once: a unit locks accounts out."""
    tried = []
    try:
        transport.auth_none(target.user)
        return
    except paramiko.BadAuthenticationType as error:
        allowed = list(error.allowed_types)
    except paramiko.AuthenticationException:
        allowed = ["publickey", "password"]
    if "publickey" in allowed:
        keys = [key_file] if key_file else []
        if target.use_agent:
            keys += paramiko.Agent().get_keys()
        for key in keys[:_MOST_KEYS]:
            tried.append(f"key {fingerprints(key)[0]}")
            try:
                allowed = list(transport.auth_publickey(target.user, key))
            except paramiko.AuthenticationException:
                continue
            if not allowed:
                return
            break
    if target.password is None:
        if not tried:
            tried.append("nothing, because neither a password nor a key is given")
    elif "keyboard-interactive" in allowed and ("password" not in allowed or target.second_answer):
        _answer_questions(transport, target, tried)
        return
    elif "password" in allowed:
        tried.append("password")
        try:
            rest = list(transport.auth_password(target.user, target.password, fallback=False))
        except paramiko.AuthenticationException as error:
            raise _refused(target, tried, allowed, error) from None
        if not rest:
            return
        if "keyboard-interactive" in rest:
            _answer_questions(transport, target, tried)
            return
    raise _refused(target, tried, allowed)


def _answer_questions(transport: Any, target: Target, tried: list[str]) -> None:
    """Log in by keyboard-interactive: the password first, then the second answer."""
    answers = [target.second_answer] if "password" in tried else [target.password, target.second_answer]
    unanswered: list[str] = []
    tried.append("keyboard-interactive")

    def handler(title: str, instructions: str, questions: list[tuple[str, bool]]) -> list[str]:
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
