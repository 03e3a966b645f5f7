# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A console in memory, with a clock of its own: what the session types goes in, bytes come out in any chunks.

It knows prompts, echo, contexts, VDOMs, the pager and debug lines, and a table of answers; no configuration.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable


class FakeUnit:
    """Implements the session's Transport. ``clock`` is its time, which only passes while the session waits."""

    def __init__(
        self,
        host: str = "FGT",
        answers: dict[str, str] | None = None,
        vdoms: tuple[str, ...] = (),
        page: int = 0,
        greeting: str = "",
        chunk: int = 0,
        sign: str = "#",
        start: tuple[str, ...] = (),
        pager_keys: str = "eat",
        wipe: str = "\r         \r",
        echo: str = "line",
    ) -> None:
        """Make a unit.

        ``pager_keys``: what the pager does with a key that means nothing to it: ``eat`` it as if it were a blank, or
        ``keep`` it for the next prompt; or what it drops: ``flush`` all that was typed before it came up, ``drop`` all
        that was typed before each of its prompts. ``wipe``: how it wipes its prompt. ``echo``: when a line is echoed:
        at its end (``line``), key by key (``keys``), or key by key with a cursor sequence behind each (``cursor``).
        """
        self.wipe = wipe
        self.echo = echo
        self.pages = 0
        self.host = host
        self.answers = {"get system status": self.status(bool(vdoms)), **(answers or {})}
        self.vdoms = list(vdoms)
        self.created: list[str] = []
        self.page = page
        self.pager_keys = pager_keys
        self.chunk = chunk
        self.sign = sign
        self.stack = list(start)
        self.now = 0.0
        self.lines: list[str] = []
        self.closed = False
        self.hook: Callable[[FakeUnit, str], str | None] = lambda unit, line: None
        self.role = ""
        #: Debug output that comes behind each pager prompt and each prompt.
        self.noise = ""
        self._typed = ""
        self._kept = ""
        self._out: deque[bytes] = deque()
        self._paging: list[str] | None = None
        self.emit(greeting + self.prompt())

    @staticmethod
    def status(multi: bool) -> str:
        return (
            "Version: FortiGate-60F v7.4.8,build2795,250523 (GA.M)\nSerial-Number: FGT60FTK20099999\nHostname: FGT\n"
            f"Current virtual domain: root\nVirtual domain configuration: {'multiple' if multi else 'disable'}"
        )

    def clock(self) -> float:
        return self.now

    def prompt(self) -> str:
        context = f" ({self.stack[-1]})" if self.stack else ""
        return f"{self.host}{self.role}{context} {self.sign} "

    def emit(self, text: str) -> None:
        data = text.encode("utf-8", "surrogateescape")
        size = self.chunk or len(data) or 1
        for start in range(0, len(data), size):
            self._out.append(data[start : start + size])

    # Transport

    def send(self, data: bytes) -> None:
        for char in data.decode("utf-8", "surrogateescape"):
            paging, pages = self._paging is not None, self.pages
            self._key(char)
            if self.pager_keys == "flush" and not paging and self._paging is not None:
                break
            if self.pager_keys == "drop" and self.pages > pages:
                break

    def recv(self, timeout: float) -> bytes | None:
        if self._out:
            return self._out.popleft()
        if self.closed:
            return b""
        self.now += timeout
        return None

    def close(self) -> None:
        self.closed = True

    # The unit

    def _key(self, char: str) -> None:
        if self._paging is not None:
            if self.pager_keys == "keep" and char not in " q":
                self._kept += char
                return
            self.emit(self.wipe)
            rest, self._paging = self._paging, None
            self._print(rest if char != "q" else [])
            kept, self._kept = self._kept, ""
            for one in kept:
                self._key(one)
            return
        if char != "\n":
            self._typed += char
            if self.echo != "line" and char != "\x16":
                self.emit(char + ("\x1b[K" if self.echo == "cursor" else ""))
            return
        line, self._typed = self._typed, ""
        line = line.replace("\x16", "").removeprefix("\x03")
        self.lines.append(line)
        self.emit((line if self.echo == "line" else "") + "\r\r\n")
        output = self.hook(self, line)
        self._print((self._execute(line.strip()) if output is None else output).split("\n"))

    def _print(self, lines: list[str]) -> None:
        if lines == [""]:
            lines = []
        if self.page and len(lines) > self.page:
            self.emit("".join(f"{text}\r\n" for text in lines[: self.page]) + "--More-- " + self.noise)
            self._paging = lines[self.page :]
            self.pages += 1
            return
        self.emit("".join(f"{text}\r\n" for text in lines) + "\r\n" + self.prompt() + self.noise)

    def _execute(self, line: str) -> str:
        if line in self.answers:
            return self.answers[line]
        word, _blank, rest = line.partition(" ")
        rest = rest.strip('"')
        if word == "config":
            if self.vdoms and not self.stack and rest not in ("vdom", "global"):
                return "Unknown action 0"
            if rest.startswith("bad"):
                return f"command parse error before '{rest}'\nCommand fail. Return code -61"
            self.stack.append(rest.rpartition(" ")[2])
        elif word == "edit":
            if self.stack == ["vdom"]:
                if rest not in self.vdoms:
                    self.created.append(rest)
                self.stack[:] = [rest]
                return f"current vf={rest}:{self.vdoms.index(rest) if rest in self.vdoms else 9}"
            if not self.stack or self.stack[-1] in ("global", *self.vdoms):
                return "Unknown action 0"
            self.stack.append(rest)
        elif word in ("end", "abort"):
            if not self.stack:
                return "Unknown action 0"
            keep = 1 if len(self.stack) > 1 and self.stack[0] in ("global", *self.vdoms) else 0
            del self.stack[keep:]
        elif word == "next":
            self.stack.pop()
        elif word == "exit":
            self.closed = True
        elif line == "diagnose sys vd list":
            return "\n".join(f"name={name}/{name} index={i} enabled" for i, name in enumerate(["vsys_ha", *self.vdoms]))
        elif word not in ("set", "unset", "delete", ""):
            return "Unknown action 0"
        elif re.match(r"set bad", line):
            return "node_check_object fail! for bad 1\n\nvalue parse error before 'x'\nCommand fail. Return code -651"
        return ""
