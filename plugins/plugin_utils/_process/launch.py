# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the process that holds the session of one unit: a Python with this collection and paramiko, without Ansible.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.module_utils._files import locked
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.server import Service, lock_path, serve

COLLECTION = "ansible_collections.fortiops.fortitoken"
#: The collection's folder, and the module that serves a session.
_FOLDER = Path(__file__).parents[3]
_SERVES = f"{COLLECTION}.plugins.plugin_utils._live"
#: What the new process runs. Python's own search path is that of this process, without the folder it starts in; and the
#: collection is this very one, whichever others of its name can be found.
_PROGRAM = """
import json, sys, types
given = json.loads(sys.stdin.readline())
sys.path[:] = given["path"]
name, folder = "", given["packages"]
for part, place in zip(given["name"].split("."), folder):
    name = f"{name}.{part}".strip(".")
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [place]
from importlib import import_module
import_module(given["serves"]).main(given)
"""
_READY = "ready"


def socket_path(directory: str, *parts: Any) -> str:
    """Return the path of the socket for a session that these parts, such as unit and playbook, tell from all others.

    It is as short as core's own name for one, because the system allows some 100 characters.
    """
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()
    return str(Path(directory) / digest[:10])


def start(path: str, playbook_pid: int, log: str) -> None:
    """Start the process behind this socket, unless it is there. It holds nothing of a unit or an account yet.

    `log`: a file for messages, or nothing. Raises ConsoleFailure of kind `lost` where it does not start.
    """
    Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(lock_path(path)):
        if Path(path).exists():
            return
        places = [_FOLDER.parents[1], _FOLDER.parent, _FOLDER]
        given = {
            "path": [entry for entry in sys.path if entry],
            "name": COLLECTION,
            "packages": [str(place) for place in places],
            "serves": _SERVES,
            "socket": path,
            "pid": playbook_pid,
            "log": log,
        }
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Of its own session, so that what ends a task's process, such as Ctrl-C, does not end it in the middle.
            start_new_session=True,
            cwd="/",
            text=True,
        )
        with contextlib.ExitStack() as pipes:
            for pipe in (process.stdin, process.stdout, process.stderr):
                pipes.enter_context(pipe)  # type: ignore[arg-type]
            complaint = _told(process, json.dumps(given))
        if complaint:
            process.wait()
            raise ConsoleFailure("lost", f"the process that holds the session with a unit did not start: {complaint}")
    # It stays when this process ends, and nobody waits for it.
    process.returncode = 0


def _told(process: subprocess.Popen[str], given: str) -> str:
    """Tell the process what it is to serve; return why it does not, empty if it does."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        return "it has no pipes"
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(f"{given}\n")
        process.stdin.flush()
    if process.stdout.readline().strip() == _READY:
        return ""
    return (process.stderr.read().strip().splitlines() or ["it gave no reason"])[-1]


def stay(given: dict[str, Any], make: Callable[[], Service]) -> None:
    """Serve what `make` returns, in the new process: tell that it is there, let go of the task, and stay."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    service = make()
    # Nobody else may ask.
    os.umask(0o077)
    listener.bind(given["socket"])
    listener.listen(1)
    sys.stdout.write(f"{_READY}\n")
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    # What was imported stays: looking through it again would only make pages of memory this process's own.
    gc.collect()
    gc.freeze()
    serve(given["socket"], listener, service)
