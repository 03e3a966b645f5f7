# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jump hosts: the command that makes the system's own ssh carry the connection, as OpenSSH's ProxyJump does.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
import shlex

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure

#: What OpenSSH refuses in the name of a host or an account since release 9.6 (ssh.c, valid_hostname and valid_ruser):
#: characters of the shell that carries out a proxy command. `$` and a backslash count for accounts, too.
_SHELL = re.compile(r"""['`"$\\;&<>|(){}\s\x00-\x1f\x7f]""")
#: What stands for host, port and account in a proxy command (ssh_config(5), TOKENS).
_TOKEN = re.compile(r"%(.)")


def _checked(what: str, text: str) -> str:
    """Return a text that a command on the controller may hold. Raises ConsoleFailure of kind login."""
    if not text or text.startswith("-") or _SHELL.search(text):
        raise ConsoleFailure(
            "login",
            f"the {what} {text!r} cannot be part of a command: it is empty, begins with a hyphen, or holds characters "
            "that a shell would carry out",
        )
    return text


def _options(ssh_args: str) -> tuple[str | None, str | None, list[str]]:
    """Read ProxyCommand, ProxyJump and the configuration file out of ssh arguments. The first one counts, as in ssh."""
    command = jump = None
    config: list[str] = []
    try:
        words = shlex.split(ssh_args)
    except ValueError as error:
        raise ConsoleFailure("login", f"ansible_ssh_common_args cannot be read: {error}") from None
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

    ``ProxyCommand`` and ``ProxyJump`` of ``ssh_args`` count; the command wins, as in OpenSSH. Raises ConsoleFailure of
    kind login where a name holds what a shell would carry out.
    """
    command, jump, config = _options(ssh_args)
    if command and command.lower() != "none":

        def expand(match: re.Match[str]) -> str:
            token = match.group(1)
            if token == "h":
                return _checked("host", host)
            if token == "r":
                return _checked("account", user)
            return {"%": "%", "p": str(port)}.get(token, match.group())

        # ssh hands the text to a shell; so does this.
        return shlex.join(["/bin/sh", "-c", f"exec {_TOKEN.sub(expand, command)}"])
    if jump and jump.lower() != "none":
        *before, last = [_checked("jump host", hop) for hop in jump.split(",")]
        name = _checked("host", host)
        target = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
        via = ["-J", ",".join(before)] if before else []
        uri = last if last.startswith("ssh://") or ":" not in last else f"ssh://{last}"
        # The persistent process has no terminal to ask on.
        return shlex.join(["ssh", *config, "-o", "BatchMode=yes", *via, "-W", target, uri])
    return None
