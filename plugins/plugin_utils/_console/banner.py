# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is PRIVATE to the collection. It can have breaking changes at any time.

"""What stands between a fresh shell and the first prompt: banners, messages of the day, questions.

No sockets, no clock: text in, keystrokes out.
"""

from __future__ import annotations

import codecs
import re

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import Place, parse

# `config system global / set post-login-banner enable`; the unit takes the single key, without Enter.
_BANNER = re.compile(r"\(Press 'a' to accept\): ?$", re.IGNORECASE)
_PAGER = re.compile(r"(?:^|\n|\r)--More-- ?$")
_FORCED = re.compile(
    r"You are forced to change your password|^ *(?:New Password|Confirm Password): *$", re.IGNORECASE | re.MULTILINE
)
_QUIET = 0.15
_PATIENCE = 3.0


class LoginDialogue:
    """Finds the unit's prompt: the one text that it repeats in answer to an empty line.

    A banner may be full of ``#`` and ``$`` and may end without a line break; it is printed once, a prompt comes again.
    ``prompt`` is set once the prompt is certain; ``refusal`` when a person has to act first.
    """

    def __init__(self) -> None:
        self.prompt: Place | None = None
        self.refusal = ""
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
        if seconds < _QUIET:
            return b""
        tail = self._tail
        if self._asked and tail == self._before and (place := parse(tail)):
            self.prompt = place
            return b""
        if self._asked and not tail.strip() and seconds < _PATIENCE:
            return b""
        if seconds < (_QUIET if parse(tail) else 1.0):
            return b""
        self._asked = True
        self._before = tail
        self._text += "\n"
        return b"\n"
