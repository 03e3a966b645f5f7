# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor: the fewest waits that lead to the same end state, on bare paramiko: ``python with_paramiko.py WORK.json``.

It reads once, types everything else in one go, and then asks until all tokens are active. It checks nothing, keeps
nobody's second factor, and could not be interrupted: nobody should work so. It shows what line and unit alone cost.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import paramiko

PROMPT = re.compile(rb"[\r\n][\w.-]+ (?:\([^)\r\n]*\) )?# ")


class Shell:
    """A console that sends bursts of lines and waits for as many prompts."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel
        self._prompts()

    def _prompts(self, count: int = 1) -> str:
        pieces: list[bytes] = []
        tail = b""
        while count > 0:
            data = self._channel.recv(1 << 16)
            if not data:
                raise ConnectionError("the unit has closed the session")
            pieces.append(data)
            joined = tail + data
            last = 0
            for found in PROMPT.finditer(joined):
                count -= 1
                last = found.end()
            # A prompt may be cut by the end of a piece, but none is counted twice.
            tail = joined[last:][-100:]
        return b"".join(pieces).decode()

    def ask(self, lines: list[str]) -> str:
        """Send lines at once; return everything that was printed until the prompt behind the last."""
        self._channel.sendall(("\n".join(lines) + "\n").encode())
        return self._prompts(len(lines))


def main(path: str) -> None:
    """Log in, read, change, ask until done."""
    work = json.loads(Path(path).read_text(encoding="utf-8"))
    client = paramiko.SSHClient()
    client.load_host_keys(work["known_hosts"])
    client.connect(
        work["host"], work["port"], work["user"], work["password"], look_for_keys=False, allow_agent=False, timeout=30
    )
    shell = Shell(client.invoke_shell(width=200))
    shell.ask(work["read"])
    shell.ask(work["change"])
    while work["mark"] in shell.ask([work["not_active"]]).replace(work["not_active"], ""):
        time.sleep(0.5)
    client.close()


if __name__ == "__main__":
    main(sys.argv[1])
