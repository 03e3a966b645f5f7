# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between a fresh shell and the first prompt: banners, messages of the day, questions.

No sockets, no clock: text in, keystrokes out.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import codecs
import re

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import Place, parse

# `config system global / set post-login-banner enable`; the unit takes the single key, without Enter.
# [fact: login-banner]
_BANNER = re.compile(r"\(Press 'a' to accept\): ?$", re.IGNORECASE)
_PAGER = re.compile(r"(?:^|\n|\r)--More-- ?$")
# [fact: login-new-password]
_FORCED = re.compile(
    r"You are forced to change your password|^ *(?:New Password|Confirm Password): *$", re.IGNORECASE | re.MULTILINE
)
# A one-time code that is asked for in the shell, after SSH has taken the password: "FortiToken: " (seen in a
# transcript), and the ways in which a RADIUS server may ask (inferred). [fact: login-question]
_CODE = re.compile(r"token|\bcode\b|passcode|\botp\b|one[- ]time|\bchallenge\b|\bresponse\b", re.IGNORECASE)
_ASKS = re.compile(r"[:?>\])] *$")
# Seconds of silence: after a prompt of the usual form or a question for a code; after other text that may be a prompt
# or may go on; after text that can only be a question.
_QUIET = 0.15
_DOUBTFUL = 1.0
_QUESTION = 5.0
# Host names without blanks and parentheses, as most are.
_USUAL = re.compile(r"[^\s()]+")


class LoginDialogue:
    """Finds the unit's prompt: the one text that it repeats in answer to an empty line.

    A banner may be full of ``#`` and ``$`` and may end without a line break; it is printed once, a prompt comes again.
    Enter is typed only behind a text that looks like a prompt, never behind a question or in a pause before one.
    ``prompt`` is set once the prompt is certain; ``refusal`` when a person has to act first.
    """

    def __init__(self, second_answer: str | None = None) -> None:
        """Begin. second_answer: what to type where a one-time code is asked for, once; None to type nothing."""
        self.prompt: Place | None = None
        self.refusal = ""
        self.answered = False
        self._second_answer = second_answer
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._asked = False
        self._before = ""

    @property
    def last_line(self) -> str:
        """The last text that the unit printed."""
        return self._text.rstrip().rsplit("\n", 1)[-1].strip()

    @property
    def _tail(self) -> str:
        return re.split(r"[\r\n]", self._text)[-1]

    def feed(self, data: bytes) -> bytes:
        """Take in what the unit printed; return the keys to send, or nothing."""
        self._text = (self._text + self._decoder.decode(data))[-20_000:]
        if _FORCED.search(self._text):
            self.refusal = (
                "the unit demands a new password for this account before it gives a prompt. Log in by hand, change the "
                "password, and run again; this connection never answers that question."
            )
            return b""
        if _BANNER.search(self._text):
            self._text += "\n"
            return b"a"
        if _PAGER.search(self._text):
            self._text += "\n"
            return b" "
        return b""

    def silence(self, seconds: float) -> bytes:
        """Say for how long the unit has printed nothing; return the keys to send, or nothing."""
        tail = self._tail
        place = parse(tail)
        if place is None:
            return self._question(tail, seconds)
        if seconds < _QUIET:
            return b""
        if self._asked and tail == self._before:
            self.prompt = place
            return b""
        if seconds < (_QUIET if _USUAL.fullmatch(place.host) else _DOUBTFUL):
            return b""
        self._asked = True
        self._before = tail
        self._text += "\n"
        return b"\n"

    def _question(self, tail: str, seconds: float) -> bytes:
        """Answer a question for a one-time code; refuse any other, and a second one."""
        if not _ASKS.search(tail):
            return b""
        if _CODE.search(tail):
            if seconds < _QUIET:
                return b""
            if self._second_answer and not self.answered:
                self.answered = True
                self._text += "\n"
                return self._second_answer.encode() + b"\n"
            self.refusal = (
                f"the unit asks for a one-time code in its shell, {tail.strip()[-200:]!r}. "
                + ("The one that was given was not enough. " if self.answered else "")
                + "Give it as ansible_fortios_second_answer, or use an account without a second factor that is "
                "restricted by trusted hosts."
            )
        elif seconds >= _QUESTION:
            self.refusal = (
                f"the unit asks {tail.strip()[-200:]!r} before it gives a prompt, and this connection does not answer "
                "that. Log in by hand to see what it wants."
            )
        return b""
