# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Splits the byte stream of a FortiOS console into answers. No sockets, no clock: bytes in, answers out.

A console prints, for each line sent, the line's echo, its output, a blank line and a prompt. Debug output of daemons
falls in between at any place: behind a prompt, between echo and output, between two output lines (Fortinet article
308115 shows ``FGT (root) # 2024-03-30 04:10:03 ftm_...``). So a prompt is looked for at the start of every line, never
only at the end of the stream, and it counts only where what follows it agrees:

- the echo of the next line in flight, or
- a debug line, or
- nothing more, and the line stays quiet (``settle``).

What comes while no line is in flight, and debug lines inside an answer while ``watch`` is on, belong to no line; they
are kept in order and handed out by ``take_unowned``. Every byte is looked at a bounded number of times, whatever the
chunks.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import codecs
import io
import re
from collections import deque
from dataclasses import dataclass

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.debug_lines import DebugLines, glued_at
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import Place, Prompt

# The unit waits in the pager with exactly this at the start of a line, and wipes it with CR, blanks, CR after the key
# (seen in recordings of a 7.4.8 unit). A CR alone, behind which the line is erased, backspaces, and a key that is
# echoed behind the prompt are inferred. [fact: pager-more] [fact: line-ends] [fact: pager-keys]
PAGER = "--More-- "
_WIPES = r" *(?:\r *\r|\r(?!\n)|\x08(?:[\x08 ]*\x08)?)"
_WIPE = re.compile(_WIPES)
_WIPE_BEGUN = re.compile(r" {0,80}(?:\r {0,80}|\x08[\x08 ]{0,160})?\Z")
_PAGED = re.compile(rf"--More--{_WIPES}")
# What moves the cursor or erases; no answer holds any. Moving back is as good as backspaces.
_ESCAPE = re.compile(r"\x1b(?:\[([0-9;?]*)[ -/]*([@-~])|[=>78DEHM])")
_ESCAPE_BEGUN = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*)?\Z")
_BREAK = re.compile(r"\r+\n")
_INVISIBLE = re.compile(r"[^!-~]+")
_LONGEST_LINE = 65_536
# What is kept of a flood: the newest lines.
UNOWNED_LINES = 20_000
UNOWNED_CHARS = 8_000_000


@dataclass(frozen=True)
class RawAnswer:
    """The unit's answer to one line.

    line: as sent. output: what was printed, with ``\\n`` as line break and no trailing blank lines. place: the prompt
    behind it. whole: False where the echo shows that the unit did not take the line as it was sent. page: the lines
    that stood before the first pager prompt, None where the output was not paged. pages: how many pager prompts there
    were.
    """

    line: str
    output: str
    place: Place
    whole: bool
    page: int | None = None
    pages: int = 0


def _ink(text: str) -> str:
    """Reduce text to its visible ASCII characters: a terminal may wrap an echo, or print others its own way."""
    return _INVISIBLE.sub("", text)


def _plain(escape: re.Match[str]) -> str:
    """Return what stands for an escape sequence: backspaces for a cursor that moves back, else nothing."""
    return "\b" * min(80, int(escape.group(1) or 1)) if escape.group(2) == "D" and escape.group(1).isdigit() else ""


class Stream:
    """State of one console. Feed it with ``expect`` (lines sent), ``feed`` (bytes received), ``settle`` (silence).

    progress: grows with whatever comes of the answer that is due, about one per character; debug output and blank lines
    around it leave it as it is. pages: pager prompts in the current answer so far. pager_waits: another one was seen;
    whoever answers it clears this.
    """

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt
        self.watch = False
        self.answers: deque[RawAnswer] = deque()
        self.pager_waits = False
        self.dropped = 0
        self.progress = 0
        self.pages = 0
        self._escape = ""
        self._tail_counted = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._debug = DebugLines()
        self._stray = DebugLines()
        self._sent: deque[str] = deque()
        self._echo_missing = ""
        self._echo_begun = False
        self._in_output = False
        self._output: list[str] = []
        self._whole = True
        self._candidate: tuple[Place, int, int] | None = None
        self._unowned: deque[str] = deque()
        self._unowned_chars = 0
        self._buffer = ""
        self._pos = 0
        self._scanned = 0
        self._midline = False
        self._wipe_due = False
        self._before_echo: list[str] = []
        self._page: int | None = None
        self._adrift = False

    @property
    def in_flight(self) -> list[str]:
        """Lines sent and not answered, in order."""
        return list(self._sent)

    @property
    def idle(self) -> bool:
        return not self._sent

    @property
    def page(self) -> int | None:
        """Lines of the current answer that stood before its first pager prompt; None where it was not paged so far."""
        return self._page

    @property
    def tail(self) -> str:
        """The unfinished last line of the stream."""
        return self._buffer[self._pos :]

    @property
    def at_prompt(self) -> bool:
        """Tell whether the stream ends in a prompt."""
        return self._prompt_at_end() is not None

    def _prompt_at_end(self) -> Place | None:
        shown = self.tail.rstrip(" ") + " "
        return None if self._midline or not self.tail.startswith(shown) else self.prompt.whole(shown)

    def expect(self, line: str) -> None:
        """Register a line about to be sent (without line break). Its echo is what it shows: Ctrl-V is not echoed."""
        self._sent.append(line)
        if len(self._sent) == 1:
            self._await_echo()

    def forget(self) -> None:
        """Give up the lines in flight: nothing is believed until the next line that is sent is seen echoed. What comes
        until then is dropped, but for debug lines; the pager is still seen.
        """
        self._sent.clear()
        self.answers.clear()
        self._await_echo()
        self._adrift = True

    def feed(self, data: bytes) -> None:
        """Take in bytes, cut anywhere; answers that become complete are appended to ``answers``."""
        self._buffer = self._buffer[self._pos :] + self._visible(self._decoder.decode(data))
        self._scanned -= self._pos
        self._pos = 0
        self._advance()

    def _visible(self, text: str) -> str:
        """Drop escape sequences, also where they are cut between two reads."""
        if not self._escape and "\x1b" not in text:
            return text
        text = _ESCAPE.sub(_plain, self._escape + text)
        begun = _ESCAPE_BEGUN.search(text)
        self._escape = begun.group(0) if begun else ""
        return text[: begun.start()] if begun else text

    def settle(self) -> None:
        """Say that the line is quiet: a prompt at the end of the stream is then the end of the last answer."""
        place = self._prompt_at_end()
        if place is not None and len(self._sent) == 1 and self._in_output:
            self._finish(place)
            self._move(len(self._buffer))
        elif self.tail == PAGER.rstrip() and self._may_page:
            self._at_pager()
            self._move(len(self._buffer))

    def stall(self) -> bool:
        """Say that the line has been quiet for long. Accept the last doubtful prompt if there was one; True if so."""
        if self._candidate is None or len(self._sent) != 1 or not self._in_output:
            return False
        place, index, length = self._candidate
        text = "".join(self._output[index:])
        del self._output[index:]
        self._finish(place)
        self._disown(text[length:].rstrip("\r\n"))
        return True

    def relearn(self, prompt: Prompt, shown: str) -> None:
        """Take another prompt as this unit's: its host name changed. ``shown`` is that prompt as last printed."""
        self.prompt = prompt
        text = "".join(self._output).rstrip()
        self._output = [text.removesuffix(shown.rstrip())]

    def take_unowned(self) -> list[str]:
        """Hand out, once, the complete lines that belong to no answer."""
        lines = list(self._unowned)
        self._unowned.clear()
        self._unowned_chars = 0
        return lines

    # Reading

    def _advance(self) -> None:
        while self._pos < len(self._buffer):
            if self._wipe_due and not self._midline and not self._wipe():
                return
            if self._in_output and not self._midline and not self.watch:
                self._skip_plain_output()
            end = self._buffer.find("\n", max(self._pos, self._scanned))
            if end < 0:
                self._scanned = len(self._buffer)
                self._tail()
                return
            start = self._pos
            line = self._buffer[start:end].rstrip("\r")
            self._move(end + 1)
            if self._midline:
                self._midline = False
                self._keep(self._buffer[start : end + 1])
            else:
                self._line(line, self._buffer[start : end + 1])

    def _move(self, position: int) -> None:
        self._tail_counted = 0
        self._pos = self._scanned = position

    def _skip_plain_output(self) -> None:
        """Take whole lines that cannot be a prompt or a pager in one piece: this is where megabytes go through."""
        start = self._pos
        if self.prompt.at(self._buffer, start) or self._buffer.startswith("--More--", start):
            return
        stop = self.prompt.next_line_start(self._buffer, max(start, self._scanned - 1))
        if stop < 0:
            stop = self._buffer.rfind("\n", max(start, self._scanned - 1)) + 1
        if stop > start:
            text = self._buffer[start:stop]
            if not self._is_stray(text):
                self.progress += stop - start
            self._output.append(text)
            self._move(stop)

    def _is_stray(self, text: str) -> bool:
        """Tell whether whole lines are debug output that nobody asked for: it stays in the answer, but does not bring
        its end nearer."""
        seen = False
        for line in io.StringIO(text):
            if line.strip():
                if not self._stray.owns(line.rstrip("\r\n")):
                    return False
                seen = True
        return seen

    def _tail(self) -> None:
        """Look at an unfinished line: only the pager asks for a reaction to one."""
        tail = self.tail
        if self._in_output and not (self._debug if self.watch else self._stray).suspects(tail):
            self.progress += max(0, len(tail) - self._tail_counted)
            self._tail_counted = len(tail)
        if tail == PAGER and self._may_page and not self._midline:
            self._at_pager()
            self._move(len(self._buffer))
        elif len(tail) > _LONGEST_LINE:
            self._keep(tail)
            self._midline = True
            self._move(len(self._buffer))

    @property
    def at_pager(self) -> bool:
        """Tell whether the stream ends in a pager prompt that was not wiped yet."""
        return self._wipe_due and not self.tail.strip()

    @property
    def _may_page(self) -> bool:
        return self._in_output or self._adrift

    def _at_pager(self) -> None:
        self._note_page()
        self.pager_waits = True
        self._wipe_due = True

    def _note_page(self) -> None:
        self.progress += 1
        self.pages += 1
        if self._page is None:
            self._page = sum(part.count("\n") for part in self._output)

    def _wipe(self) -> bool:
        """Drop the characters that wipe the pager's prompt. False while they may still be coming.

        Debug lines may come between the pager's prompt and its wiping, so every line may begin with that.
        """
        if _WIPE_BEGUN.match(self._buffer, self._pos):
            return False
        match = _WIPE.match(self._buffer, self._pos)
        if match:
            self._wipe_due = False
            self._move(match.end())
        return True

    def _line(self, line: str, raw: str) -> None:
        if line.startswith(PAGER) and self._may_page:
            wiped = _PAGED.match(raw)
            behind = line[len(PAGER) :]
            if wiped:
                self._note_page()
                # Already answered and wiped within the same chunk.
                rest = len(raw) - wiped.end()
                self._move(self._pos - rest)
                return
            if self.watch or not behind:
                # The pager waits, and something was printed behind its prompt, or on a line of its own.
                self._at_pager()
                if behind:
                    line, raw = behind, raw[len(PAGER) :]
                else:
                    return
        if not self._sent:
            self._disown(line)
        elif self._in_output:
            self._output_line(line, raw)
        else:
            self._echo_line(line, raw)

    # Output of the head line, up to its prompt

    def _output_line(self, line: str, raw: str) -> None:
        if self._echoes_behind_debug(line):
            return
        place = self._prompt_before_echo(line) or self.prompt.at(line)
        if place is not None and self._closes(place, line[place.end :]):
            return
        if self.watch and self._debug.owns(line):
            self._disown(line)
        else:
            self._keep(raw)

    def _echoes_behind_debug(self, line: str) -> bool:
        """Take a line for the echo of the next line in flight where debug output, which began with a line break of its
        own, has cut it off from its prompt."""
        if self._candidate is None or len(self._sent) < 2 or _ink(line) != _ink(self._shown(self._sent[1])):
            return False
        place, index, _length = self._candidate
        if "".join(self._output[index + 1 :]).strip():
            return False
        del self._output[index:]
        self._finish(place)
        self._echo_line(line, line + "\n")
        return True

    def _prompt_before_echo(self, line: str) -> Place | None:
        """Read the prompt of a line that ends in the echo of the next line in flight, whatever the prompt's entry is
        called."""
        echo = self._shown(self._sent[1]) if len(self._sent) > 1 else ""
        # A key for the pager that came late is a blank in front of the echo.
        return self.prompt.whole(line[: -len(echo)].rstrip(" ") + " ") if echo and line.endswith(echo) else None

    def _closes(self, place: Place, rest: str) -> bool:
        """Decide whether a prompt at the start of a whole line ends the answer; ``rest`` is the line behind it."""
        if len(self._sent) > 1:
            echo = _ink(self._shown(self._sent[1]))
            cut = glued_at(rest)
            begun = _ink(rest if cut < 0 else rest[:cut])
            if begun == "" and echo != "" and cut < 0:
                if self.watch:
                    self._candidate = (place, len(self._output), place.end)
                return False
            if not echo.startswith(begun):
                return False
            self._finish(place)
            self._echo_line(rest, rest + "\n")
            return True
        if glued_at(rest.lstrip(" ")) == 0 or (self.watch and not rest.strip()):
            self._finish(place)
            self._disown(rest)
            return True
        self._candidate = (place, len(self._output), place.end)
        return False

    def _keep(self, raw: str) -> None:
        if not self._sent or not self._in_output:
            self._disown(raw.rstrip("\r\n"))
        else:
            # Debug output may bring blank lines of its own.
            self.progress += len(raw) if raw.strip() or not self.watch else 0
            self._output.append(raw)

    def _finish(self, place: Place) -> None:
        self.progress += 1
        text = _BREAK.sub("\n", "".join(self._output)).rstrip("\n")
        self.answers.append(RawAnswer(self._sent.popleft(), text, place, self._whole, self._page, self.pages))
        self._wipe_due = False
        self.pager_waits = False
        self._await_echo()

    # From a prompt to the echo of the next line

    def _await_echo(self) -> None:
        self._output = []
        self._before_echo = []
        self._candidate = None
        self._page = None
        self.pages = 0
        self._whole = True
        self._in_output = False
        self._echo_begun = False
        self._echo_missing = _ink(self._shown(self._sent[0])) if self._sent else ""

    @staticmethod
    def _shown(line: str) -> str:
        return line.replace("\x16", "")

    def _echo_line(self, line: str, raw: str) -> None:  # noqa: C901 - one branch for each form of an echo
        """Read one whole line while the echo of the head line, or the rest of it, is still to come."""
        place = self.prompt.at(line)
        if place is not None and not self._echo_begun:
            # The unit drew its prompt once more behind debug output.
            behind = line[place.end :]
            if _ink(behind) == self._echo_missing or not behind.strip():
                line = behind
            elif len(self._sent) > 1 and _ink(behind) == _ink(self._shown(self._sent[1])):
                self._begin_output(whole=False)
                self._output = self._before_echo
                self._output_line(line, raw)
                return
        ink = _ink(line)
        if ink == self._echo_missing:
            self._begin_output(whole=True)
            return
        cut = glued_at(line)
        begun = ink if cut < 0 else _ink(line[:cut])
        if self._echo_begun and begun.startswith(">"):
            # The continuation prompt of a quoted value that runs over several lines.
            begun = begun[1:] if not self._echo_missing.startswith(">") else begun
        if cut >= 0 and len(self._echo_missing) > 12 and ink.endswith(self._echo_missing):
            # A debug line without line break stood on the prompt line when the unit began to echo.
            self._disown(line)
            self._begin_output(whole=True)
        elif begun and self._echo_missing.startswith(begun):
            self.progress += len(begun)
            self._echo_begun = True
            self._echo_missing = self._echo_missing[len(begun) :]
            if cut >= 0:
                self._disown(line[cut:])
            if not self._echo_missing:
                self._begin_output(whole=True)
        elif self._echo_begun and not self._debug.owns(line):
            # The echo stopped short: the unit cut the line.
            self._begin_output(whole=False)
            self._output_line(line, raw)
        else:
            self._before_echo.append(raw)
            self._disown(line)

    def _begin_output(self, whole: bool) -> None:
        self.progress += 1
        self._adrift = False
        self._in_output = True
        self._whole = whole
        self._before_echo = []

    def _disown(self, line: str) -> None:
        if self._adrift and not self._debug.owns(line):
            return
        for part in line.split("\n"):
            if not part.strip() and not self._unowned:
                continue
            self._unowned.append(part.rstrip("\r"))
            self._unowned_chars += len(self._unowned[-1])
        while len(self._unowned) > UNOWNED_LINES or self._unowned_chars > UNOWNED_CHARS:
            self._unowned_chars -= len(self._unowned.popleft())
            self.dropped += 1
