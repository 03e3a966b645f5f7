# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks: reading again what a step touches, entry by entry where that is cheaper, in lines that travel with a change.

A look is a list of batches that only print, and what their answers make of the picture that was known before. So the
same look can be sent alone, behind changing lines, or inside a transaction.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Flag, auto

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.evidence import Touched, UserKey
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch, quote
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import (
    FortitokenError,
    ParseError,
    UnitError,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory import parsers
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.asking import SETTINGS_ROWS
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    GLOBAL,
    USER,
    Account,
    Inventory,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import (
    with_users,
    worst_server,
)

#: Reading single entries pays where the listings, which are those of the VDOMs that are touched, have so many entries
#: for each one that is touched: an entry costs three lines, while a listing is read in pages of some twenty rows.
ENTRIES_FOR_EACH = 8

#: Rows of an answer: `config`, `edit`, `next`, `end`, and a blank line.
_FRAME_ROWS = 5
#: The nine attributes of a token's entry (FortiOS 7.4.1 CLI reference) in their frame. [fact: token-attributes]
_TOKEN_ROWS = _FRAME_ROWS + 9
#: Head, one row, and the totals with the token server behind it.
_STATUS_ROWS = 8

#: The statuses of more tokens are asked one by one only where the unit has answered so before: a form that it refuses
#: would cost the whole look. Until then, the listing is asked, and one token beside it.
_MOST_UNPROVEN = 3

_TOKENS = "show user fortitoken"
_USERS = "show user local"
#: `diagnose fortitoken info <id>`; without an id all tokens (FortiOS 7.4.8 CLI reference). [fact: status-list]
_STATUS = "diagnose fortitoken info"
_SYSTEM = "get system status"
_ADMINS = "show system admin"
_MANAGEMENT = "show full-configuration system central-management"
_MANAGEMENT_SHORT = "show system central-management"


class Part(Flag):
    """What a look reads: entries of tokens, their live status, entries of users, administrators, the unit itself."""

    TOKENS = auto()
    STATUS = auto()
    USERS = auto()
    ADMINS = auto()
    UNIT = auto()


LISTING = Part.TOKENS | Part.USERS | Part.STATUS
EVERYTHING = LISTING | Part.ADMINS | Part.UNIT


@dataclass
class Forms:
    """Which forms of its lines a unit answers, as far as that was seen.

    `entries`: single entries may be asked for. `shown`: one was answered, so that an entry that is refused is not
    there. `statuses`: the status of a single token may be asked for. `proven`: it was answered. `management`: the line
    that shows who manages it.
    """

    entries: bool = True
    shown: bool = False
    statuses: bool = True
    proven: bool = False
    management: str = _MANAGEMENT


class FormRefused(FortitokenError):
    """The unit did not answer a form of a line; `Forms` has been changed, so that the next look uses another one."""


@dataclass
class Look:
    """Reading again what is touched, or all of `vdoms` where `touched` is None. What is not read stays as `known`."""

    known: Inventory
    vdoms: Sequence[str]
    touched: Touched | None
    forms: Forms
    parts: Part = LISTING

    def __post_init__(self) -> None:
        touched, known = self.touched, self.known
        count = 0 if touched is None else len(touched.tokens) + len(touched.users)
        read = set() if touched is None else set(touched.vdoms)
        listed = sum(token.vdom in read for token in known.tokens)
        listed += sum(account.vdom in read for account in known.accounts)
        self._by_entry = touched is not None and self.forms.entries and count * ENTRIES_FOR_EACH <= listed
        few = touched is None or len(touched.tokens) <= _MOST_UNPROVEN
        self._statuses_by_entry = self._by_entry and self.forms.statuses and (self.forms.proven or few)
        # The token of which the status is asked to see whether the unit answers that.
        self._trial = ""
        if touched is not None and self._by_entry and self.forms.statuses and not self._statuses_by_entry:
            self._trial = touched.tokens[0][1]
        self._vdoms = list(self.vdoms) if touched is None else touched.vdoms
        asked = [batch for vdom in self._vdoms for batch in self._vdom_batches(vdom)]
        shared = []
        if Part.UNIT in self.parts:
            shared += [_SYSTEM, self.forms.management]
        if Part.ADMINS in self.parts:
            shared.append(_ADMINS)
        # Nothing announces that a status changes: the statuses come last, directly before the lines that act on them.
        first = Batch(tuple(shared), GLOBAL, repeatable=True, rows=SETTINGS_ROWS)
        self.batches = [batch for batch in (first, *asked) if batch.lines]

    def _vdom_batches(self, vdom: str) -> list[Batch]:
        scope, serials, users = self._scope(vdom), self._serials(vdom), self._names(vdom)

        def asking(single: Sequence[str], listing: str, rows: int, by_entry: bool) -> Batch:
            lines = tuple(single) if by_entry else (listing,)
            return Batch(lines, scope, repeatable=True, rows=rows if by_entry else None)

        batches = []
        if Part.TOKENS in self.parts:
            batches.append(asking([_token_line(s) for s in serials], _TOKENS, _TOKEN_ROWS, self._by_entry))
        if Part.USERS in self.parts:
            batches.append(asking([_user_line(n) for n in users], _USERS, self._user_rows(vdom, users), self._by_entry))
        if Part.STATUS in self.parts:
            if self._trial in serials:
                batches.append(asking([_status_line(self._trial)], "", _STATUS_ROWS, True))
            lines = [_status_line(serial) for serial in serials]
            batches.append(asking(lines, _STATUS, _STATUS_ROWS, self._statuses_by_entry))
        return batches

    def _user_rows(self, vdom: str, names: Sequence[str]) -> int:
        """Return how many rows a user's entry may have: the frame, what it has, and what may come while it is
        changed."""
        known = self.known.users()
        return _FRAME_ROWS + max((len(known[vdom, n].settings) for n in names if (vdom, n) in known), default=0) + 2

    def _scope(self, vdom: str) -> str:
        return self.known.unit.scope(vdom)

    def _serials(self, vdom: str) -> list[str]:
        return [] if self.touched is None else [serial for where, serial in self.touched.tokens if where == vdom]

    def _names(self, vdom: str) -> list[str]:
        return [] if self.touched is None else [name for where, name in self.touched.users if where == vdom]

    def answered(self, groups: Sequence[Sequence[Answer]]) -> bool:
        """Return whether these are the answers to all lines: behind a refused line nothing more is sent."""
        return [len(group) for group in groups] == [len(batch.lines) for batch in self.batches]

    def inventory(self, groups: Sequence[Sequence[Answer]]) -> Inventory:
        """Return the known picture with what the answers to `batches` show.

        Raises UnitError where an answer was refused or is not understood, FormRefused where another form may help.
        """
        answers = {
            (str(batch.scope), line): answer
            for batch, group in zip(self.batches, groups, strict=True)
            for line, answer in zip(batch.lines, group, strict=True)
        }
        try:
            return self._merged(answers)
        except ParseError as error:
            raise UnitError(
                f"an answer could not be understood: {error}",
                unit=self.known.unit.hostname,
                next_step="Nothing is changed on a unit that is not understood. Run the command by hand and compare",
            ) from error

    def _merged(self, answers: Mapping[tuple[str, str], Answer]) -> Inventory:
        unit = self._unit(answers) if Part.UNIT in self.parts else self.known.unit
        tokens = {(token.vdom, token.serial): token for token in self.known.tokens}
        users = {(account.vdom, account.name): account for account in self.known.accounts if account.type == USER}
        admins = [account for account in self.known.accounts if account.type == ADMIN]
        if Part.ADMINS in self.parts:
            admins = self._admins(answers)
        servers: list[str] = []
        for vdom in self._vdoms:
            if Part.USERS in self.parts:
                self._merge_users(vdom, answers, users)
            if Part.TOKENS in self.parts or Part.STATUS in self.parts:
                servers.append(self._merge_tokens(vdom, answers, tokens))
        if Part.STATUS in self.parts and (self.touched is None or self.touched.tokens):
            unit = replace(unit, token_server=worst_server(servers))
        accounts = (*users.values(), *admins)
        return replace(self.known, unit=unit, tokens=self._bound(tokens, accounts), accounts=accounts)

    def _bound(self, tokens: Mapping[tuple[str, str], Token], accounts: Sequence[Account]) -> tuple[Token, ...]:
        """Return the tokens with their users; of a unit with thousands of tokens only those that may have changed are
        made anew."""
        if not self._by_entry or self.touched is None:
            return with_users(tokens.values(), accounts)
        touched = set(self.touched.users)
        affected = {
            account.fortitoken
            for account in (*self.known.accounts, *accounts)
            if account.type == ADMIN or (account.vdom, account.name) in touched
        } | set(self.touched.serials)
        anew = with_users(
            [token for token in tokens.values() if token.serial in affected],
            [account for account in accounts if account.fortitoken in affected],
        )
        by_serial = {token.serial: token for token in anew}
        return tuple(by_serial.get(token.serial, token) for token in tokens.values())

    def _need(self, answers: Mapping[tuple[str, str], Answer], scope: str, line: str) -> str:
        answer = answers[(scope, line)]
        if answer.fault is not None:
            raise UnitError(
                "a line that everything else depends on was refused",
                unit=self.known.unit.hostname,
                vdom=scope.removeprefix("vdom:"),
                answer=answer,
                next_step="Check the access profile of the account, then run again",
            )
        return answer.output

    def _unit(self, answers: Mapping[tuple[str, str], Answer]) -> Unit:
        status = parsers.parse_system_status(self._need(answers, GLOBAL, _SYSTEM))
        management = answers[(GLOBAL, self.forms.management)]
        if management.fault is not None and self.forms.management == _MANAGEMENT:
            self.forms.management = _MANAGEMENT_SHORT
            raise FormRefused(_MANAGEMENT)
        kind, manager = parsers.parse_management("" if management.fault is not None else management.output)
        return replace(
            self.known.unit,
            serial=status.serial,
            ha_mode=status.ha_mode,
            ha_role=status.ha_role,
            management_type=kind,
            manager=manager,
        )

    def _admins(self, answers: Mapping[tuple[str, str], Answer]) -> list[Account]:
        found = parsers.parse_accounts(self._need(answers, GLOBAL, _ADMINS), ADMIN)
        if not found and self.known.unit.admins_known:
            raise ParseError("no administrator in the answer", answers[(GLOBAL, _ADMINS)].output)
        return found

    def _merge_users(self, vdom: str, answers: Mapping[tuple[str, str], Answer], users: dict[UserKey, Account]) -> None:
        scope = self._scope(vdom)
        if not self._by_entry:
            found = parsers.parse_accounts(self._need(answers, scope, _USERS), USER, vdom)
            for key in [key for key in users if key[0] == vdom]:
                del users[key]
            users.update(((vdom, account.name), account) for account in found)
            return
        for name in self._names(vdom):
            text = self._entry(answers[(scope, _user_line(name))])
            account = next((a for a in parsers.parse_accounts(text, USER, vdom) if a.name == name), None)
            self._note(account is not None)
            if account is None:
                users.pop((vdom, name), None)
            else:
                users[(vdom, name)] = account

    def _merge_tokens(
        self, vdom: str, answers: Mapping[tuple[str, str], Answer], tokens: dict[tuple[str, str], Token]
    ) -> str:
        """Put the tokens of a VDOM as they are shown now into `tokens`; return the token server's state."""
        mine = {serial: token for (where, serial), token in tokens.items() if where == vdom}
        touched = set(self._serials(vdom))
        configured = {serial: token for serial, token in mine.items() if token.configured}
        if Part.TOKENS in self.parts:
            configured = self._configured(vdom, answers, configured)
        rows = {s: (t.drift or 0, t.status or "") for s, t in mine.items() if t.listed}
        server = "unknown"
        if Part.STATUS in self.parts:
            rows, server = self._rows(vdom, answers, configured, rows)
        changed = touched if self._by_entry else {*mine, *configured, *rows}
        merged = parsers.merge_tokens(
            {serial: token for serial, token in configured.items() if serial in changed},
            parsers.StatusList({serial: row for serial, row in rows.items() if serial in changed}, server),
            vdom,
        )
        for serial in changed:
            tokens.pop((vdom, serial), None)
        tokens.update(((vdom, token.serial), token) for token in merged)
        return server

    def _configured(
        self, vdom: str, answers: Mapping[tuple[str, str], Answer], known: Mapping[str, Token]
    ) -> dict[str, Token]:
        scope = self._scope(vdom)
        if not self._by_entry:
            return parsers.parse_tokens(self._need(answers, scope, _TOKENS), vdom)
        configured = dict(known)
        for serial in self._serials(vdom):
            configured.pop(serial, None)
            token = parsers.parse_tokens(self._entry(answers[(scope, _token_line(serial))]), vdom).get(serial)
            self._note(token is not None)
            if token is not None:
                configured[serial] = token
        return configured

    def _rows(
        self,
        vdom: str,
        answers: Mapping[tuple[str, str], Answer],
        configured: Mapping[str, Token],
        known: Mapping[str, tuple[int, str]],
    ) -> tuple[dict[str, tuple[int, str]], str]:
        """Serial -> drift and status, and the token server's state."""
        scope = self._scope(vdom)
        if not self._statuses_by_entry:
            found = parsers.parse_status_list(self._need(answers, scope, _STATUS))
            # With entries that are read one by one, a row that came or went elsewhere is not this look's business.
            rows = found.rows if not self._by_entry else {**known, **found.rows}
            for serial in self._serials(vdom):
                if serial not in found.rows:
                    rows.pop(serial, None)
            if self._trial in self._serials(vdom):
                self._try(answers[(scope, _status_line(self._trial))], found)
            return rows, found.token_server
        rows, servers = dict(known), []
        for serial in self._serials(vdom):
            rows.pop(serial, None)
            text = self._entry(answers[(scope, _status_line(serial))])
            try:
                answer = parsers.parse_status_list(text)
            except ParseError:
                answer = parsers.StatusList({}, "unknown")
            servers.append(answer.token_server)
            if serial in answer.rows:
                rows[serial] = answer.rows[serial]
                self.forms.proven = True
            elif serial in configured:
                self._list_statuses()
        if servers and worst_server(servers) == "unknown" != self.known.unit.token_server:
            self._list_statuses()
        return rows, worst_server(servers)

    def _try(self, answer: Answer, listing: parsers.StatusList) -> None:
        """Note whether the unit has told the status of a single token, and the token server where the listing does."""
        try:
            alone = parsers.parse_status_list(self._entry(answer))
        except ParseError:
            alone = parsers.StatusList({}, "unknown")
        self.forms.proven = self._trial in alone.rows and alone.token_server == listing.token_server
        self.forms.statuses = self.forms.proven or self._trial not in listing.rows

    def _list_statuses(self) -> None:
        self.forms.statuses = False
        raise FormRefused(_STATUS)

    @staticmethod
    def _entry(answer: Answer) -> str:
        return "" if answer.fault is not None else answer.output

    def _note(self, shown: bool) -> None:
        """Note that an entry was shown. One that is not shown is absent only where the unit has shown others."""
        if shown:
            self.forms.shown = True
        elif not self.forms.shown:
            self.forms.entries = False
            raise FormRefused(_TOKENS)


def _token_line(serial: str) -> str:
    return f"{_TOKENS} {serial}"


def _user_line(name: str) -> str:
    return f"{_USERS} {quote(name)}"


def _status_line(serial: str) -> str:
    return f"{_STATUS} {serial}"
