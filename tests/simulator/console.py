# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The terminal line of a session: echo, prompt, pager, `?`, delays, faults.

Bytes as oxidized recorded them from a 7.4.8 unit: the echo of a line ends in ``\\r\\r\\n``, output lines in
``\\r\\n``, a blank line stands before each prompt. Debug lines appear after the prompt and on its line (Fortinet
article 308115).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from . import effects, faults
from .conditions import EFFECTS
from .config_lines import configures
from .debug import Placement
from .line import both
from .pager import Paging
from .questions import ask_at_line, ask_at_login
from .words import Incomplete, split

if TYPE_CHECKING:
    from .conditions import Fault
    from .replies import Reply
    from .shell import Shell

CTRL_C, CTRL_D, CTRL_U, CTRL_V, CTRL_W, BACKSPACE, DELETE = 0x03, 0x04, 0x15, 0x16, 0x17, 0x08, 0x7F
# Seconds that debug lines wait for a line to be typed before they appear at the prompt after all.
HELD_DEBUG = 0.3


class Closed(Exception):
    """The session is over; the argument says how."""


class Console:
    """Reads keys, runs lines, writes output. ``write`` takes bytes, ``rows`` tells the height of the terminal or 0."""

    def __init__(self, shell: Shell, write: Callable[[bytes], None], abort: Callable[[], None], rows: int) -> None:
        self.shell = shell
        self.unit = shell.unit
        self._settings = shell.unit.scenario.console
        self._write_out = write
        self._abort = abort
        self.rows = rows
        self.interactive = True
        self.bytes_in = self.bytes_out = self.turns = self.lines = 0
        # A delay moves the stream as a whole and never serializes lines.
        self._input, self._output = both(self._settings.line, self._settings.latency_ms)
        self._keys: deque[int] = deque()
        self._arrived = asyncio.Event()
        self._pending: list[bytes] = []
        self._to_send = asyncio.Event()
        self._eof = False
        # Whether the unit has waited for the client since the last line.
        self._waited = False
        self._at_prompt = False
        self._held: list[str] = []
        self._place = Placement(self._settings.debug_style)
        chunks = self._settings.chunks
        self._chunks = random.Random(chunks.seed) if chunks else None
        # The beginning of a line that goes on.
        self._buffer = ""
        self._paging = Paging(self)
        shell.print_debug = self.print_debug
        shell.print_notice = self.print_notice

    # Input

    def feed(self, data: bytes) -> None:
        """Take bytes that arrived from the client."""
        self.bytes_in += len(data)
        self._input.put(data)
        self._arrived.set()

    def feed_eof(self) -> None:
        """The client will send no more."""
        self._eof = True
        self._arrived.set()

    async def key(self) -> int:
        """Return the next key, in its time; raises Closed."""
        while not self._keys:
            if self._input.pieces:
                due, data = self._input.pieces[0]
                wait = due - time.monotonic()
                if wait > 0:
                    self.flush()
                    await asyncio.sleep(wait)
                self._input.pieces.popleft()
                self._keys.extend(data)
                continue
            if self._eof:
                raise Closed("closed")
            self.flush()
            self.turns += 1
            self.unit.exchanges += 1
            self._waited = True
            self._arrived.clear()
            timeout = self._settings.idle_timeout or None
            try:
                await asyncio.wait_for(self._arrived.wait(), timeout)
            except asyncio.TimeoutError:
                # What a unit prints when `admintimeout` is over. [fact: idle-timeout]
                self.send(b"\r\nTimeout\r\n")
                raise Closed("timeout") from None
        return self._keys.popleft()

    def swallow(self) -> None:
        """Lose the keys that have arrived by now."""
        now = time.monotonic()
        self._keys.clear()
        while self._input.pieces and self._input.pieces[0][0] <= now:
            self._input.pieces.popleft()

    def push_back(self, keys: list[int]) -> None:
        """Let keys be read again, before all others."""
        self._keys.extendleft(reversed(keys))

    # Output

    def send(self, data: bytes) -> None:
        """Print bytes."""
        self._pending.append(data)
        if len(data) > 1 << 16:
            self.flush()

    def flush(self) -> None:
        """Put what was printed on its way."""
        if self._pending:
            self._output.put(b"".join(self._pending))
            self._pending.clear()
            self._to_send.set()

    async def send_output(self) -> None:
        """Send what was printed, each piece at its time; runs beside the session until cancelled."""
        while True:
            while not self._output.pieces:
                self._to_send.clear()
                await self._to_send.wait()
            due, data = self._output.pieces[0]
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            self.bytes_out += len(data)
            for piece in self._pieces(data):
                self._write_out(piece)
                if self._chunks:
                    assert self._settings.chunks
                    await asyncio.sleep(self._settings.chunks.pause_ms / 1000)
            self._output.pieces.popleft()

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        if self._chunks is None:
            yield data
            return
        assert self._settings.chunks
        position = 0
        while position < len(data):
            size = self._chunks.randint(self._settings.chunks.smallest, self._settings.chunks.largest)
            yield data[position : position + size]
            position += size

    async def drained(self) -> None:
        """Wait until all output is on its way."""
        self.flush()
        while self._output.pieces:
            await asyncio.sleep(0.005)

    # [fact: debug-on-prompt-line] [fact: debug-timestamp]
    def print_debug(self, lines: list[str]) -> None:
        """Print debug lines of a daemon, in the place that the scenario's style chooses."""
        if self.shell.timestamps:
            lines = [self.unit.clock.text("%Y-%m-%d %H:%M:%S ") + line for line in lines]
        place = self._place.next()
        if place == "after_echo" and self._at_prompt:
            self._held += lines
            self.unit.call_later(HELD_DEBUG, self._release_held)
            return
        if place == "own_line":
            self.send(b"\r\n")
        self.send_lines(lines)
        self._paging.after_debug()
        self.flush()

    def print_notice(self, text: str) -> None:
        """Print an asynchronous line of the command line itself."""
        self.send(b"\r\n")
        self.send_lines([text])
        self.flush()

    def _release_held(self) -> None:
        if self._held:
            self.send_lines(self._held)
            self._held = []
            self.flush()

    def send_lines(self, lines: list[str]) -> None:
        """Print lines."""
        if lines:
            self.send(("\r\n".join(lines) + "\r\n").encode())

    # The session

    async def run(self) -> str:
        """Run the session until it ends; return how it ended."""
        try:
            await self._login_screens()
            self._prompt()
            while True:
                line = await self._read_line()
                if line is not None:
                    await self._run_line(line)
        except Closed as closed:
            return str(closed)

    async def run_script(self, lines: list[str]) -> str:
        """Run lines without reading keys, as `ssh host command` does; return how it ended."""
        try:
            await self._login_screens()
            for line in lines:
                if line.strip():
                    self.send(self.shell.prompt().encode())
                    await self.run_command(line.rstrip("\r"))
                    self.send(b"\r\n")
            self.send(self.shell.prompt().encode() + b"\r\n")
        except Closed as closed:
            return str(closed)
        return "closed"

    async def _login_screens(self) -> None:
        if self._settings.login_delay:
            await asyncio.sleep(self._settings.login_delay)
        for question in self.shell.account.questions:
            if not await ask_at_login(self, question):
                raise Closed("question")
        banner = self._settings.post_login_banner
        if banner is not None:
            # `set post-login-banner enable`: one key, no line end. [fact: login-banner]
            self.send(banner.replace("\r\n", "\n").replace("\n", "\r\n").encode())
            self.send(b"\r\n(Press 'a' to accept):")
            while chr(await self.key()) not in "aA":
                pass
            self.send(b"\r\n")
        # [fact: login-new-password]
        if self.shell.account.forced_password_change:
            self.send(b"You are forced to change your password. Please input a new password.\r\nNew Password:")
            while await self.key() not in (0x0D, 0x0A):
                pass
            self.send(b"\r\nConfirm Password:")
            while await self.key() not in (0x0D, 0x0A):
                pass
            raise Closed("forced password change")
        if self._settings.welcome:
            self.send(self._settings.welcome.replace("\n", "\r\n").encode())

    # [fact: line-ends]
    def _prompt(self) -> None:
        self.send(b"\r\n" + self.shell.prompt().encode())
        self._at_prompt = True

    async def _read_line(self) -> str | None:
        """Read one line; None when keys were used up without one."""
        typed = bytearray()
        literal = False
        while True:
            key = await self.key()
            if literal:
                typed.append(key)
                self.send(bytes([key]))
                literal = False
            elif key in (0x0D, 0x0A):
                if key == 0x0D and self._keys and self._keys[0] == 0x0A:
                    self._keys.popleft()
                return typed.decode("utf-8", "replace")
            elif key == CTRL_V:
                # Ctrl-V lets the next key, such as `?`, stand for itself (Fortinet CLI references).
                literal = True
            elif key == CTRL_C:
                self.unit.event("interrupt", session=self.shell.number, context=self.shell.context())
                if not typed and not self._buffer and self.shell.interrupt():
                    raise Closed("interrupt")
                self._buffer = ""
                typed.clear()
                self.send(b"^C\r\n")
                self._prompt()
            elif key == CTRL_D:
                if not typed and not self.shell.frames:
                    raise Closed("exit")
            elif key in (BACKSPACE, DELETE):
                if typed:
                    typed[:] = typed.decode("utf-8", "replace")[:-1].encode()
                    self.send(b"\b \b")
            elif key == CTRL_U:
                self.send(b"\b \b" * len(typed.decode("utf-8", "replace")))
                typed.clear()
            elif key == ord("?"):
                self._help(typed.decode("utf-8", "replace"))
            elif key >= 0x20:
                typed.append(key)
                self.send(bytes([key]))

    def _help(self, text: str) -> None:
        """Answer `?`: the possible words, then the prompt with what was typed so far."""
        self.send(b"\r\n")
        self.send_lines(self.shell.completions(text))
        self.send(b"\r\n" + self.shell.prompt().encode() + text.encode())

    async def _run_line(self, typed: str) -> None:
        self.send(b"\r\r\n")
        self._at_prompt = False
        self._release_held()
        line = self._buffer + typed
        try:
            split(line)
        except Incomplete:
            # A backslash at the end continues the line, an open quote takes the line end into the value.
            continues = (len(line) - len(line.rstrip("\\"))) % 2
            self._buffer = line[:-1] if continues else line + "\n"
            self.send(b"> ")
            return
        self._buffer = ""
        await self.run_command(line)
        self._prompt()

    async def run_command(self, line: str) -> None:
        """Run a complete line with whatever fault strikes, and print its output."""
        self.lines += 1
        self.unit.lines += 1
        fault = faults.strike(self.unit, self.lines, line, self.unit.exchanges if self._waited else None)
        self._waited = False
        if fault is not None:
            self.unit.event(
                "fault", session=self.shell.number, kind=fault.kind, line=self.unit.lines, wait=self.unit.exchanges
            )
            if await self._suffer(fault, line):
                return
        context, configured = self.shell.context(), configures(self.shell, line)
        self.shell.ignoring = fault is not None and fault.kind == "ignore"
        reply = self.shell.execute(line)
        self.shell.ignoring = False
        self._event(line, context, configured, reply)
        if fault is not None and fault.kind == "cut_after":
            self._cut()
        if reply.seconds:
            self.flush()
            await self._wait(reply.seconds)
        await self._paging.print(reply.lines)
        if reply.close:
            # Written down before the client can close the channel.
            self.shell.closed("exit")
            raise Closed("exit")

    def _event(self, line: str, context: str, configured: bool, reply: Reply) -> None:
        self.unit.event(
            "line",
            session=self.shell.number,
            context=context,
            text=self.unit.vault.mask(line),
            error=reply.lines[0] if reply.error and reply.lines else None,
            mutated=reply.mutated,
            config=configured,
            wait=self.unit.exchanges,
        )

    async def _suffer(self, fault: Fault, line: str) -> bool:
        """Do what a fault does in place of, or before, the line; return whether the line is not run."""
        if fault.kind == "cut_before":
            self._cut()
        if fault.kind == "hang":
            self.flush()
            while True:
                await asyncio.sleep(3600)
        if fault.kind == "reboot":
            self.unit.reboot(fault.seconds)
            raise Closed("reboot")
        if fault.kind == "hang_debug":
            # Seen in the field: a line hangs while daemons go on printing.
            while True:
                self.print_debug([fault.text or "[361] fds_send_reply: send reply failed: req-1, Connection refused"])
                await asyncio.sleep(fault.seconds)
        if fault.kind == "slow":
            # The others go on working meanwhile.
            self.flush()
            await asyncio.sleep(fault.seconds)
            return False
        if fault.kind in EFFECTS:
            effects.strike(self.unit, fault)
            if self.shell.number not in self.unit.shells:
                raise Closed("cut")
            return False
        if fault.kind == "ask":
            return not await ask_at_line(self, fault.text or "Do you want to continue? (y/n)")
        if fault.kind in ("garbage", "refuse"):
            text = fault.text or ("@@#$ \x07 ~~ garbage" if fault.kind == "garbage" else "Unknown action 0")
            self.unit.event(
                "line",
                session=self.shell.number,
                context=self.shell.context(),
                text=self.unit.vault.mask(line),
                error=text.splitlines()[0],
                mutated=False,
                config=configures(self.shell, line),
            )
            self.send_lines(text.splitlines())
            return True
        return False

    def _cut(self) -> None:
        self._pending.clear()
        self._output.pieces.clear()
        self.shell.closed("cut")
        self._abort()
        raise Closed("cut")

    async def _wait(self, seconds: float) -> None:
        """Wait while a command works; Ctrl-C ends it early."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(min(0.05, max(0.0, end - time.monotonic())))
            if self._input.pieces and CTRL_C in self._input.pieces[0][1]:
                return
