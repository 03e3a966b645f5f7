# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replacements: which users of mobile tokens get which other token, after a license was moved or bought. Pure.

A license that was transferred or bought brings tokens, and each user is bound to one of them (Fortinet article 194574).
Nobody is moved without the operator's word: `auto` for all users whose token the evidence refutes, or a pair
`from=to` for one user. A user whose token shows no error is never moved by `auto`: after a member of a cluster was
replaced, assigned tokens keep working (article 410099).

The rule is stable: in each VDOM the users by name get the free tokens by serial, and whoever had a token that is free
gets that one. Taking away users who were served, with their tokens, leaves the rest of the map as it was.

[fact: license-transfer-moves-users] [fact: ha-assigned-tokens-work]

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import FortitokenError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    AUTOMATIC,
    MOBILE,
    UNKNOWN,
    USER,
    Account,
    Binding,
    Inventory,
    Token,
    Unit,
    is_serial,
    kind_of,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.delivery import Delivery
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.side_doors import SideDoors
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.side_doors import remedy as side_door_remedy
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    LOCKED,
    NEEDS_LICENSE,
    Finding,
    Policy,
    normalise,
)

#: Move every user whose token is refuted.
AUTO = "auto"
TWO_FACTOR = "fortitoken"
#: Why a user who is to be moved keeps what they have, in a word: no token is free for them.
NO_TOKEN = "no_token"

#: (VDOM, name) of a `user local` entry.
UserKey = tuple[str, str]


class TokenMapError(FortitokenError, ValueError):
    """A token map makes no sense. The message says where, without its full stop."""


@dataclass(frozen=True)
class TokenMap:
    """What the operator wants: `auto`, and pairs of who (a user, `VDOM/user`, or the old serial) and the new serial."""

    auto: bool = False
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.auto or self.pairs)


def read_map(values: Sequence[str]) -> TokenMap:
    """Read a token map: `auto`, and items such as `jdoe=FTKMOB...` or `FTKMOB...=FTKMOB...`. Raises TokenMapError."""
    auto = False
    pairs: dict[str, str] = {}
    for text in filter(None, (value.strip() for value in values)):
        if text.casefold() == AUTO:
            auto = True
            continue
        # A name may hold the sign, a serial does not.
        who, sign, serial = (part.strip() for part in text.rpartition("="))
        serial = serial.upper()
        who = who.upper() if is_serial(who.upper()) else who
        if not sign or not who or not is_serial(serial):
            raise TokenMapError(f"{text!r} is not 'auto', USER=SERIAL, VDOM/USER=SERIAL or OLD_SERIAL=NEW_SERIAL")
        if kind_of(serial) != MOBILE or (is_serial(who) and kind_of(who) != MOBILE):
            raise TokenMapError(f"{text!r} names a hardware token; only mobile tokens (FTKMOB...) are replaced")
        if pairs.get(who, serial) != serial:
            raise TokenMapError(f"{who} is named with two tokens, {pairs[who]} and {serial}")
        pairs[who] = serial
    taken: dict[str, str] = {}
    for who, serial in pairs.items():
        if serial in taken:
            raise TokenMapError(f"{serial} is given to both {taken[serial]} and {who}; a token has one user")
        taken[serial] = who
    return TokenMap(auto, tuple(pairs.items()))


@dataclass(frozen=True)
class Move:
    """One user who gets another token. `old`: the token they have, or had by the baseline. `held`: the one that they
    have now, which is empty where it was taken from them before. `status`: of the user's entry, given back at the end.
    """

    vdom: str
    name: str
    old: str
    held: str
    new: str
    status: str

    @property
    def key(self) -> UserKey:
        return self.vdom, self.name

    @property
    def binding(self) -> Binding:
        """What the user is to have."""
        return Binding(self.new, USER, self.name, self.vdom, TWO_FACTOR, self.status)

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "vdom": self.vdom, "old": self.old, "new": self.new, "cause": "", "reason": ""}


@dataclass(frozen=True)
class Kept:
    """A user, or a pair of the map, that nothing is done for, and why. `cause`: a word, `reason`: what to do, too."""

    vdom: str
    name: str
    old: str
    cause: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "vdom": self.vdom,
            "old": self.old,
            "new": "",
            "cause": self.cause,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Replacements:
    """Who gets which token, in the order in which it is done, and who does not."""

    moves: tuple[Move, ...] = ()
    kept: tuple[Kept, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """Return all of it as plain data."""
        return [*(each.as_dict() for each in self.moves), *(each.as_dict() for each in self.kept)]


@dataclass(frozen=True)
class Evidence:
    """What decides besides the unit and its findings.

    `redeemed`: tokens that a license code brought on this unit. `had`: (VDOM, name) -> the mobile token that a user had
    when the baseline was taken. `only`: limit to users who have, or had, one of these tokens; empty: all. `busy`: users
    of an open journal, whose turn comes when it is finished. `saves`: changes last, or the run saves them.
    """

    redeemed: Collection[str] = ()
    had: Mapping[UserKey, str] = field(default_factory=dict)
    only: Collection[str] = ()
    busy: Collection[UserKey] = ()
    saves: bool = False


def plan_moves(
    inventory: Inventory, findings: Mapping[str, Finding], policy: Policy, wanted: TokenMap, evidence: Evidence
) -> Replacements:
    """Return who gets which token. Total: whatever the map names is in the result, unless it is done already.

    `findings`: serial -> triage, `policy`: refined. The result does not depend on the order of tokens and accounts.
    """
    if wanted.empty:
        return Replacements()
    return _Planning(inventory, findings, policy, wanted, evidence).run()


@dataclass(frozen=True)
class _Candidate:
    """A user who is to be moved. `named`: the token that the map gives them, or ""."""

    account: Account
    old: str
    named: str

    @property
    def key(self) -> UserKey:
        return self.account.vdom, self.account.name

    def move(self, new: str) -> Move:
        account = self.account
        return Move(
            account.vdom, account.name, self.old, account.fortitoken, new, "disable" if _disabled(account) else "enable"
        )

    def kept(self, cause: str, reason: str) -> Kept:
        return Kept(self.account.vdom, self.account.name, self.old, cause, reason)


@dataclass
class _Planning:
    inventory: Inventory
    findings: Mapping[str, Finding]
    policy: Policy
    wanted: TokenMap
    evidence: Evidence
    kept: list[Kept] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = self.inventory.by_serial()
        self.delivery = Delivery(self.inventory)
        self.doors = SideDoors(self.inventory)
        holders: dict[str, list[Account]] = {}
        for account in self.inventory.accounts:
            holders.setdefault(account.fortitoken, []).append(account)
        self.holders = holders
        mobile = [token for token in self.inventory.tokens if token.kind == MOBILE]
        refuted = [token for token in mobile if self._refuted(token.serial)]
        # A license that was transferred has its old tokens beside the new ones, and is good for the new ones.
        redeemed = self.evidence.redeemed
        self.refuted_licenses = {token.license for token in refuted if token.serial not in redeemed}
        self.refuted_again = {token.license for token in refuted if token.serial in redeemed}

    def run(self) -> Replacements:
        candidates = self._candidates()
        able = []
        for candidate in candidates:
            held_back = self._held_back(candidate)
            if held_back is not None:
                self.kept.append(held_back)
            else:
                able.append(candidate)
        return Replacements(
            tuple(sorted(self._assigned(able), key=lambda move: move.key)),
            tuple(sorted(self.kept, key=lambda kept: (kept.vdom, kept.name, kept.old))),
        )

    # Who

    def _candidates(self) -> list[_Candidate]:
        named = self._named()
        found = []
        for account in sorted(self.inventory.accounts, key=lambda each: (each.vdom, each.name)):
            if account.type == ADMIN:
                self._note_administrator(account, named.get(("", account.name), ""))
                continue
            key = (account.vdom, account.name)
            serial = named.get(key, "")
            old = account.fortitoken or self.evidence.had.get(key, "")
            if (serial and serial == account.fortitoken) or not (serial or (self.wanted.auto and self._needy(account))):
                continue
            if self.evidence.only and old not in self.evidence.only:
                continue
            found.append(_Candidate(account, old, serial))
        return found

    def _needy(self, account: Account) -> bool:
        """Return whether evidence says that a user needs another token: theirs is refuted or gone from the unit."""
        if account.fortitoken:
            known = self.tokens.get(account.fortitoken)
            gone = known is None or not known.configured
            return kind_of(account.fortitoken) == MOBILE and (gone or self._refuted(account.fortitoken))
        return account.two_factor == "disable" and (account.vdom, account.name) in self.evidence.had

    def _refuted(self, serial: str) -> bool:
        finding = self.findings.get(serial)
        return finding is not None and finding.verdict == NEEDS_LICENSE

    def _named(self) -> dict[UserKey, str]:
        """Return (VDOM, name) -> the new serial, for each pair that names one user; what names nobody is noted."""
        users = self.inventory.users()
        named: dict[UserKey, str] = {}
        for who, serial in self.wanted.pairs:
            found = self._users_named(who, users)
            if len(found) != 1:
                self._note_unknown(who, serial, found)
            elif named.get(found[0], serial) != serial:
                self.kept.append(Kept(*found[0], who, "map", f"The map gives this user two tokens, one through {who}."))
            else:
                named[found[0]] = serial
        return named

    def _users_named(self, who: str, users: Mapping[UserKey, Account]) -> list[UserKey]:
        if is_serial(who):
            held = [key for key, user in users.items() if user.fortitoken == who]
            had = [
                key for key, serial in self.evidence.had.items() if serial == who and key in users and key not in held
            ]
            return held or had or [("", a.name) for a in self.holders.get(who, ()) if a.type == ADMIN]
        vdom, slash, name = who.partition("/")
        exact = [key for key in users if key[1] == who]
        found = exact or [key for key in users if slash and key == (vdom, name)]
        return found or [("", a.name) for a in self.inventory.accounts if a.type == ADMIN and a.name == who]

    def _note_unknown(self, who: str, serial: str, found: Sequence[UserKey]) -> None:
        if found:
            names = ", ".join(f"{vdom}/{name}" for vdom, name in sorted(found))
            self.kept.append(
                Kept("", who, "", "map", f"The map means one of {names}. Name the VDOM: VDOM/USER=SERIAL.")
            )
            return
        # The pair was carried out by an earlier run: its old token has no user any more.
        if is_serial(who) and self.holders.get(serial):
            return
        what = "token" if is_serial(who) else "user"
        self.kept.append(Kept("", who, "", "map", f"The map names {who}, and the unit has no {what} with that name."))

    def _note_administrator(self, account: Account, named: str) -> None:
        if named or (self.wanted.auto and account.fortitoken and self._refuted(account.fortitoken)):
            reason = (
                "The entry of an administrator is never changed. Give the administrator another token by hand, or"
                " unbind the token."
            )
            self.kept.append(Kept("", account.name, account.fortitoken, "administrator", reason))

    # Why not

    def _held_back(self, candidate: _Candidate) -> Kept | None:
        first = next(self._reasons(candidate), None)
        return candidate.kept(*first) if first else None

    def _reasons(self, candidate: _Candidate) -> Iterator[tuple[str, str]]:
        """Yield why a user keeps what they have, the most general first: a word, and what to do."""
        account, who = candidate.account, candidate.account.describe()
        yield from _unit_says_no(self.inventory.unit, self.evidence.saves)
        if candidate.key in self.evidence.busy:
            yield "journal", "An interrupted run has begun with this user, and is finished first."
        if kind_of(candidate.old) != MOBILE:
            yield "map", f"{who} has no mobile token, and had none by the baseline. Bind the token by hand."
        if account.two_factor != TWO_FACTOR and (account.fortitoken or account.two_factor != "disable"):
            factor = f"'set two-factor {account.two_factor}'"
            yield "other_factor", f"{who} has another second factor ({factor}), which would be lost."
        finding = self.findings.get(account.fortitoken)
        if finding is not None and finding.verdict == LOCKED:
            yield "locked", f"{finding.reason} {finding.remedy}"
        if any(ord(char) < 32 or ord(char) == 127 for char in account.name):
            yield "line_break", "The user's name holds a line break: give the user another token by hand."
        door = self.doors.of_account(account)
        if door is not None and not self.policy.remote_users:
            yield "side_door", side_door_remedy([door])
        unreachable = self.delivery.missing_for(account)
        if unreachable:
            yield "delivery", f"No activation code can reach the user: {unreachable}. Fix that, then run again."

    # Which token

    def _assigned(self, candidates: Sequence[_Candidate]) -> Iterable[Move]:
        free = {token.serial: token for token in self.inventory.tokens if not self._unusable(token)}
        back = {serial for serial, token in free.items() if self._licensed(token)}
        # What the map names is for those that it names, also where they are held back.
        reserved = {serial for _who, serial in self.wanted.pairs}
        moves, waiting = [], []
        for candidate in candidates:
            if candidate.named:
                why = self._refused(candidate)
                if why:
                    self.kept.append(candidate.kept("map", why))
                else:
                    moves.append(candidate.move(candidate.named))
            elif candidate.old in back - reserved and free[candidate.old].vdom == candidate.account.vdom:
                # The license brought back the very token.
                moves.append(candidate.move(candidate.old))
                reserved.add(candidate.old)
            else:
                waiting.append(candidate)
        pools: dict[str, list[str]] = {}
        for serial in sorted(back - reserved, reverse=True):
            pools.setdefault(free[serial].vdom, []).append(serial)
        for candidate in waiting:
            pool = pools.get(candidate.account.vdom)
            if pool:
                moves.append(candidate.move(pool.pop()))
            else:
                self.kept.append(candidate.kept(NO_TOKEN, _no_token(candidate.account.vdom)))
        return moves

    def _refused(self, candidate: _Candidate) -> str:
        """Return why the token that the map names is not given, or an empty text."""
        token = self.tokens.get(candidate.named)
        if token is None or not token.configured:
            return f"The map names {candidate.named}, and the unit does not have it."
        if token.vdom != candidate.account.vdom:
            return f"The map names {candidate.named}, and that is in VDOM {token.vdom}."
        why = self._unusable(token)
        return f"The map names {candidate.named}, and {why}." if why else ""

    def _unusable(self, token: Token) -> str:
        """Return why a token can be given to nobody, or an empty text. Whether its license is one of this unit is
        another question."""
        users = [each.describe() for each in (*self.holders.get(token.serial, ()), *token.bindings)]
        reasons = (
            (bool(users), f"that belongs to {', '.join(dict.fromkeys(users))}"),
            (token.kind != MOBILE, "that is not a mobile token"),
            (
                token.present != "both" or normalise(token.status or "") != "new",
                f"its status is '{token.status or 'not shown'}', not 'new'",
            ),
            (token.locked, "an administrator locked it"),
            (not token.license, "the unit shows no license for it"),
            (
                token.license in self.policy.dead_licenses or self._refuted(token.serial),
                "its license cannot be used on this unit",
            ),
        )
        return next((why for applies, why in reasons if applies), "")

    def _licensed(self, token: Token) -> bool:
        """Return whether nothing speaks against the license of a token: a code that was redeemed here brought it, or
        neither a baseline nor another token of the license says that it belongs to another unit."""
        if token.serial in self.evidence.redeemed:
            return token.license not in self.refuted_again
        unit = self.inventory.unit
        owner = self.policy.baseline_licenses.get(token.license, unit.serial)
        mine = owner in {unit.serial, *unit.ha_members}
        return mine and token.license not in self.refuted_licenses | self.refuted_again


def _disabled(account: Account) -> bool:
    return account.status == "disable"


def _no_token(vdom: str) -> str:
    return (
        f"No mobile token is free in VDOM {vdom}: none is 'new', unassigned, and of a license that works on this unit."
        " Redeem a code with remediate_license_codes after Customer Service has transferred the license, or buy one."
    )


def _unit_says_no(unit: Unit, saves: bool) -> Iterator[tuple[str, str]]:
    """Yield why nobody may be moved on this unit, in a word and in words."""
    if unit.managed:
        yield "manager", "FortiManager manages this unit, and its configuration is not changed here."
    if unit.managed_by == UNKNOWN:
        yield "manager", "It is not known whether FortiManager manages this unit."
    if unit.rights.super_admin_hidden:
        yield (
            "rights",
            f"FortiOS does not show the administrators of super_admin to the account {unit.user}. One of them may use"
            " what looks unassigned. Log in with an account of the profile super_admin.",
        )
    if unit.cfg_save != AUTOMATIC and not saves:
        yield (
            "save_mode",
            f"The unit does not save its configuration by itself (cfg-save {unit.cfg_save}). Run with"
            " remediate_save_config=true (save_config in the modules).",
        )
