# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is PRIVATE to the collection. It can have breaking changes at any time.

"""Jump hosts: the command that makes the system's own ssh carry the connection, as OpenSSH's ProxyJump does."""

from __future__ import annotations

import re
import shlex


def _options(ssh_args: str) -> tuple[str | None, str | None, list[str]]:
    """Read ProxyCommand, ProxyJump and the configuration file out of ssh arguments. The first one counts, as in ssh."""
    command = jump = None
    config: list[str] = []
    words = shlex.split(ssh_args)
    while words:
        word = words.pop(0)
        if word in ("-o", "-J", "-F") and words:
            word += words.pop(0)
        if word.startswith("-J"):
            jump = jump or word[2:]
        elif word.startswith("-F"):
            config = ["-F", word[2:]]
        elif word.startswith("-o"):
            name, value = [*re.split(r"\s*=\s*|\s+", word[2:].strip(), maxsplit=1), ""][:2]
            if name.lower() == "proxycommand":
                command = command or value.strip()
            elif name.lower() == "proxyjump":
                jump = jump or value.strip()
    return command, jump, config


def proxy_command(host: str, port: int, user: str, ssh_args: str = "") -> str | None:
    """Return the command line whose standard input and output lead to ``host``, or None for the direct way.

    ``ProxyCommand`` and ``ProxyJump`` of ``ssh_args`` count; the command wins, as in OpenSSH.
    """
    command, jump, config = _options(ssh_args)
    if command and command.lower() != "none":
        expanded = (
            command.replace("%%", "\0")
            .replace("%h", host)
            .replace("%p", str(port))
            .replace("%r", user)
            .replace("\0", "%")
        )
        # ssh hands the text to a shell; so does this.
        return shlex.join(["/bin/sh", "-c", f"exec {expanded}"])
    if jump and jump.lower() != "none":
        *before, last = jump.split(",")
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        via = ["-J", ",".join(before)] if before else []
        uri = last if last.startswith("ssh://") or ":" not in last else f"ssh://{last}"
        # The persistent process has no terminal to ask on.
        return shlex.join(["ssh", *config, "-o", "BatchMode=yes", *via, "-W", target, uri])
    return None
