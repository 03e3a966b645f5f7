# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workspace mode: changes of one session that are held back until commit.

Facts followed (Administration Guide "Workspace mode", topic 530847; Fortinet article 226126): changes are not seen by
others until commit, objects that are edited are locked against other sessions, a transaction ends after five minutes
without activity (or the number given at its start, 1 to 60), warnings come 30, 20 and 10 seconds before. What
`commit` and `abort` print on success is not public: nothing is printed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import locked_by_transaction
from .schema import SECRETS
from .tree import Change, View
from .words import match, split

if TYPE_CHECKING:
    from .clock import Handle
    from .shell import Shell

# [fact: txn-time-limit]
WARNINGS = (30, 20, 10)
# Lines that change what a transaction holds back, or where the session stands.
_CONFIG_VERBS = ("config", "edit", "set", "unset", "append", "delete", "next", "end", "abort")
# The first line of what a locked object answers.
LOCKED = locked_by_transaction().lines[0]


# [fact: txn-hidden] [fact: txn-locks]
class Transaction:
    """An open transaction of one session."""

    def __init__(self, shell: Shell, minutes: int) -> None:
        self.shell = shell
        self.unit = shell.unit
        self.number = next(self.unit.transaction_numbers)
        self.view = View(self.unit.config)
        self.open = True
        self.unit.transactions[self.number] = self
        # The accepted configuration lines, as typed.
        self.lines: list[str] = []
        self._seconds = minutes * self.unit.scenario.behaviour.transaction_minute
        self._timers: list[Handle] = []
        self._event("start", minutes=minutes)
        self.touch()

    def touch(self) -> None:
        """Start the time limit anew: the session did something."""
        self._stop_timers()
        later = self.unit.call_later
        for seconds in WARNINGS:
            if self._seconds > seconds:
                text = f"config transaction id={self.number} will expire in {seconds} seconds"
                self._timers.append(later(self._seconds - seconds, lambda text=text: self.shell.print_notice(text)))  # type: ignore[misc]
        self._timers.append(later(self._seconds, self.expire))

    def note(self, line: str) -> None:
        """Remember an accepted configuration line, a secret value as an ``ENC`` text."""
        words = split(line)
        if not words or match(words[0].text, _CONFIG_VERBS) is None:
            return
        if words[0].text == "set" and words[1].text in SECRETS:
            text = self.unit.vault.encrypt(words[-1].text, self.unit.scenario.behaviour.reencrypt)
            line = f"set {words[1].text} ENC {text}"
        self.lines.append(line.strip())

    def lock(self, scope: str, path: str, key: str | None) -> None:
        """Lock an object for this transaction; raises CliError if another one holds it."""
        check_lock(self.shell, scope, path, key)
        self.unit.locks[(scope, path, key)] = self.number

    def commit(self) -> int:
        """Put all changes into the running configuration at once; return their number."""
        changes = [change for changes in self.view.pending.values() for change in changes.values()]
        real = [change for change in changes if not (change.before is None and change.after is None)]
        # Users let go of tokens before those are deleted, and get them after they are made.
        real.sort(key=_order)
        self._end("commit", changes=len(real))
        self.unit.commit(real, self.shell.account.name, self.shell.number)
        return len(real)

    def abort(self, why: str = "abort") -> None:
        """Forget all changes; *why* is abort, dropped or expired."""
        self._end(why, changes=sum(map(len, self.view.pending.values())))

    # [fact: txn-dropped-on-expiry]
    def lose(self) -> None:
        """The session is gone."""
        if not self.unit.scenario.behaviour.transaction_lingers:
            self.abort("dropped")

    def expire(self) -> None:
        """Its time is over."""
        self.abort("expired")
        self.shell.print_notice(f"config transaction id={self.number} has expired")

    def _end(self, action: str, changes: int) -> None:
        self._stop_timers()
        self.open = False
        self.unit.transactions.pop(self.number, None)
        for key in [key for key, number in self.unit.locks.items() if number == self.number]:
            del self.unit.locks[key]
        if self.shell.transaction is self:
            self.shell.transaction = None
        self._event(action, changes=changes)

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _event(self, action: str, **fields: int) -> None:
        self.unit.event("transaction", action=action, id=self.number, session=self.shell.number, **fields)


def check_lock(shell: Shell, scope: str, path: str, key: str | None) -> None:
    """Raise CliError if an object is locked by a transaction other than the shell's own."""
    holder = shell.unit.locks.get((scope, path, key))
    if holder is not None and (shell.transaction is None or shell.transaction.number != holder):
        raise locked_by_transaction()


def _order(change: Change) -> tuple[int, int]:
    added = change.path == "user fortitoken" and change.before is None
    return (0 if added else 2 if change.path == "user fortitoken" else 1, 0)
