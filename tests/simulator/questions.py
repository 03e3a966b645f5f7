# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions that the unit asks in the shell, and what becomes of the answers.

Facts followed: a second factor can be asked for in the shell after SSH has accepted the password, as ``FortiToken: ``
without a line break, and an empty or wrong code closes the session (seen in a transcript); `(y/n)` behind a command
(Fortinet article 217292). That a wrong code counts for `admin-lockout-threshold` is inferred.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .settings import Question

if TYPE_CHECKING:
    from .console import Console

ENTER = (0x0D, 0x0A)


# [fact: login-question] [fact: login-question-counts]
async def ask_at_login(console: Console, question: Question) -> bool:
    """Ask one question of an account; return whether the session goes on."""
    if question.before:
        console.send_lines(question.before.splitlines())
    first, rest = question.text[: question.pause_at], question.text[question.pause_at :]
    if question.pause:
        console.send(first.encode())
        console.flush()
        await asyncio.sleep(question.pause)
    else:
        rest = first + rest
    console.send(rest.encode())
    typed = bytearray()
    while (key := await console.key()) not in ENTER:
        typed.append(key)
        if question.echo:
            console.send(bytes([key]))
    console.send(b"\r\n")
    right = typed.decode("utf-8", "replace") == question.answer
    console.unit.event(
        "question", session=console.shell.number, text=question.text, ok=right, empty=not typed, key=None
    )
    if not right and question.counts:
        console.unit.login_failed()
    return right


# [fact: yes-no-question]
async def ask_at_line(console: Console, text: str) -> bool:
    """Ask `(y/n)` behind a line; return whether the answer is yes."""
    console.send(text.replace("\n", "\r\n").encode())
    key = chr(await console.key())
    console.send(key.encode() if key.isprintable() else b"")
    console.send(b"\r\n")
    yes = key in "yY"
    console.unit.event("question", session=console.shell.number, text=text, ok=yes, empty=key in "\r\n", key=key)
    return yes
