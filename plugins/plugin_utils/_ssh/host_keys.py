# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host key that a unit shows: pinned, known, revoked, changed or new.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import base64
import hashlib
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.known_hosts import Known, look_up
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.target import Target

#: Said in the same words for every unit, so that Ansible shows it once.
CHECKING_IS_OFF = (
    "Host key checking is off (ansible_host_key_checking): any device that answers at the address of a unit gets its"
    " password. "
    "Pin the keys with ansible_fortios_host_key_fingerprint, or put them into a known_hosts file."
)
#: Broken lines that are named.
_MOST_NAMED = 5


def fingerprints(key: Any) -> tuple[str, str]:
    """Return a host key's fingerprints in OpenSSH's two notations."""
    blob = key.asbytes()
    sha256 = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    md5 = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return f"SHA256:{sha256}", "MD5:" + ":".join(md5[i : i + 2] for i in range(0, 32, 2))


def known_keys(target: Target) -> Known:
    """Read what the known_hosts files say of this host; a file that is not there, or cannot be read, says nothing."""
    files: dict[str, str] = {}
    for name in target.known_hosts:
        # No such account, or a name that no file can have.
        with suppress(OSError, RuntimeError, ValueError):
            path = Path(name).expanduser()
            files[str(path)] = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return look_up(files, target.host, target.port)


def _file_to_repair(known: Known, target: Target) -> str:
    """Return the known_hosts file that knows this host, or the one to put it into, as a shell takes it."""
    path = str(Path([*known.files, *target.known_hosts, "~/.ssh/known_hosts"][0]).expanduser())
    home = f"{Path.home()}/"
    return f"~/{shlex.quote(path.removeprefix(home))}" if path.startswith(home) else shlex.quote(path)


def prefer_known(transport: Any, known: Known) -> None:
    """Ask for a key of a type that is known for this host, as OpenSSH does; else another key would look changed."""
    options = transport.get_security_options()

    def is_known(name: str) -> bool:
        return name in known.keys or (name.startswith("rsa-sha2-") and "ssh-rsa" in known.keys)

    options.key_types = sorted(options.key_types, key=lambda name: not is_known(name))


def check_host_key(key: Any, known: Known, target: Target) -> list[str]:
    """Return warnings about the key that the unit shows. Raises ConsoleFailure of kind hostkey for one not accepted."""
    sha256, md5 = fingerprints(key)
    if target.fingerprint:
        wanted = target.fingerprint.strip().rstrip("=")
        if wanted == sha256 or wanted.upper().removeprefix("MD5:") == md5.upper().removeprefix("MD5:"):
            return []
        raise ConsoleFailure(
            "hostkey",
            f"{target.known_as} shows the host key {key.get_name()} {sha256}, not the pinned {target.fingerprint} "
            "(ansible_fortios_host_key_fingerprint). The connection may be intercepted, or the unit was replaced.",
        )
    if key.asbytes() in known.revoked:
        raise ConsoleFailure(
            "hostkey",
            f"the host key of {target.known_as} is revoked in a known_hosts file (@revoked): {key.get_name()} {sha256}."
            " The connection may be intercepted with this key. Give the unit another host key.",
        )
    if key.asbytes() in known.keys.get(key.get_name(), []) or (not known.keys and key.asbytes() in known.without_port):
        return _broken(known)
    through = target.ssh_common_args
    file = _file_to_repair(known, target)
    if known.keys:
        message = (
            f"the host key of {target.known_as} is not the known one: it shows {key.get_name()} {sha256}. The "
            "connection may be intercepted, or the unit was replaced. If you know why it changed: ssh-keygen -R "
            f"{shlex.quote(target.known_as)} -f {file}"
        )
    else:
        message = (
            f"the host key of {target.known_as} is not known: {key.get_name()} {sha256}. Compare it with the unit's. "
            "To accept it:"
        )
    if not target.check_host_key:
        return [CHECKING_IS_OFF, *([f"{message.split('. ', maxsplit=1)[0]}."] if known.keys else []), *_broken(known)]
    accept = (
        f"ssh {through} -p {target.port} {shlex.quote(f'{target.user}@{target.host}')}"
        if through
        else f"ssh-keyscan -p {target.port} {shlex.quote(target.host)} >> {file}"
    )
    skipped = f" Lines that could not be read: {_named(known)}." if known.broken else ""
    raise ConsoleFailure(
        "hostkey",
        f"{message}{' and then' if known.keys else ''} {accept} , or set ansible_fortios_host_key_fingerprint to "
        f"{sha256}, or, for a lab, ansible_host_key_checking to false.{skipped}",
    )


def _named(known: Known) -> str:
    more = len(known.broken) - _MOST_NAMED
    return "; ".join([*known.broken[:_MOST_NAMED], *([f"and {more} more"] if more > 0 else [])])


def _broken(known: Known) -> list[str]:
    """Return the warning about lines that were skipped: the same for every unit, so that Ansible shows it once."""
    return [f"Lines of known_hosts files could not be read and were skipped: {_named(known)}"] if known.broken else []
