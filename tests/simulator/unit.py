# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulated FortiGate: configuration, tokens, sessions, locks, system log. It knows no SSH and no terminal."""

from __future__ import annotations

import datetime
import itertools
import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .clock import CallLater, Clock, Handle, epoch
from .conditions import Fault
from .events import EventLog, masked
from .fortiguard import FortiGuardService
from .licenses import TRIAL_CODE
from .mobile import MobileTokens
from .references import groups
from .render import Renderer
from .scenario import Scenario, ScenarioError, Token
from .schema import CLI_RIGHTS, GLOBAL, SECRETS
from .tree import Change, Config, Entry, Node, View, load_text
from .vault import Vault, activation_code, stored_seed
from .words import Word

if TYPE_CHECKING:
    from .shell import Shell
    from .transaction import Transaction


class Unit:
    """The state of one FortiGate. All methods run in the simulator's own thread."""

    def __init__(self, scenario: Scenario, log: EventLog, call_later: CallLater) -> None:
        self.scenario = scenario
        self.log = log
        self.call_later = call_later
        begin = time.time() if scenario.clock is None else epoch(scenario.clock)
        self.clock = Clock(call_later, begin + scenario.ntp.offset)
        self.vault = Vault()
        self.config = Config(scenario.vdoms if scenario.vdom_mode != "none" else ["root"])
        self.fortiguard = FortiGuardService(self)
        self.shells: dict[int, Shell] = {}
        # Held by workspace transactions: (scope, path, key) -> number of the transaction.
        self.locks: dict[tuple[str, str, str | None], int] = {}
        self.transaction_numbers = itertools.count(1)
        self.transactions: dict[int, Transaction] = {}
        # Daemons print debug at these levels, into every session that has debug enabled.
        self.debug_levels: dict[str, int] = dict(scenario.debug_left_on)
        self.fortitoken_debug = False
        self.system_log: list[dict[str, str]] = []
        self.faults: list[Fault] = list(scenario.faults)
        self.lines = 0
        # How often a console has waited for its client.
        self.exchanges = 0
        self.commits = 0
        self.port = 0
        self.reboot: Callable[[float], None] = lambda seconds: None
        self.cut_sessions: Callable[[], None] = lambda: None
        # Counts a failed login; set by the server.
        self.login_failed: Callable[[], None] = lambda: None
        self.renderer = Renderer(
            lambda value: self.vault.encrypt(value, scenario.behaviour.reencrypt),
            scenario.behaviour.seeds_shown,
            scenario.behaviour.seed_style,
        )
        self._load()
        # What a reboot brings back while `cfg-save` is manual or revert.
        self.saved = self.config.snapshot()
        self._revert: Handle | None = None
        self.fortiguard.saved()
        self._groups = groups(self.config)
        self.event("start", **self.summary())

    # The start

    def _load(self) -> None:
        scenario = self.scenario
        system = self.config.scopes[GLOBAL]
        self._settings(system, "system global", {"hostname": scenario.hostname, **scenario.global_settings})
        self._settings(system, "system central-management", scenario.central_management)
        self._settings(system, "system email-server", scenario.email_server)
        self._settings(system, "system ntp", {"ntpsync": "enable" if scenario.ntp.sync else None})
        if scenario.console.output != "more":
            self._settings(system, "system console", {"output": scenario.console.output})
        profiles = self.config.table(GLOBAL, "system accprofile").entries
        profiles["prof_admin"] = _profile(scenario.release, PROF_ADMIN)
        admins = self.config.table(GLOBAL, "system admin").entries
        for account in scenario.accounts:
            if account.rights:
                profiles[account.profile] = _profile(scenario.release, account.rights)
            profile = "super_admin_readonly" if account.profile == "read_only" else account.profile
            admins[account.name] = _entry(accprofile=profile, vdom=account.vdom, password=account.password or "none")
            self.vault.add(account.password)
        for admin in scenario.admins:
            admins[admin.name] = _entry(
                accprofile=admin.accprofile,
                vdom="root",
                two_factor=admin.two_factor or ("fortitoken" if admin.fortitoken else None),
                fortitoken=admin.fortitoken,
                email_to=admin.email_to,
                password=self.vault.add(admin.password) or admins.get(admin.name, Entry()).text("password", "none"),
                **admin.settings,
            )
        if scenario.ha.mode != "standalone":
            self._settings(system, "system ha", {"mode": scenario.ha.mode})
        for scope, text in scenario.config.items():
            if scope not in self.config.scopes:
                raise ScenarioError(f"config: {scope!r} is neither global nor a VDOM")
            if "config user fortitoken" in text or "config user local" in text:
                raise ScenarioError(f"config.{scope}: tokens and users belong under `tokens` and `users`")
            load_text(self.config.scopes[scope], text)
        for token in scenario.tokens:
            self.config.table(token.vdom, "user fortitoken").entries[token.serial] = self._token_entry(token)
            self.fortiguard.start_with(token)
        for user in scenario.users:
            entry = _entry(
                status=None if user.status == "enable" else user.status,
                type=user.type,
                two_factor=user.two_factor or ("fortitoken" if user.fortitoken else None),
                fortitoken=user.fortitoken,
                email_to=user.email_to,
                sms_phone=user.sms_phone,
                **({f"{user.type}_server": user.server} if user.server else {}),
                passwd=(self.vault.add(user.passwd) or f"pw-{user.name}") if user.type == "password" else None,
                **user.settings,
            )
            self.config.apply(Change(user.vdom, "user local", user.name, None, entry))
        for code in scenario.fortiguard.licenses:
            if code != TRIAL_CODE:
                self.vault.add(code)
        for secret in re.findall(r'"ENC"\s+"([^"]+)"', "\n".join(scenario.config_errors)):
            self.vault.add(secret)
        for logged in scenario.log:
            fields = {name: str(value) for name, value in logged.items()}
            self.write_log(fields.pop("logid"), fields.pop("logdesc", ""), **fields)
        self.fortiguard.mobile.started()

    @staticmethod
    def _settings(nodes: dict[str, Node], path: str, settings: dict[str, Any]) -> None:
        nodes[path] = _entry(**{str(name): value for name, value in settings.items()})

    def _token_entry(self, token: Token) -> Entry:
        seed = stored_seed(token.serial) if token.seed is True else token.seed or None
        provisioned = token.state == "provisioned" and token.serial.startswith("FTKMOB")
        code = token.activation_code or (activation_code(token.serial, 0) if provisioned else None)
        if isinstance(seed, str):
            self.vault.add(seed)
        self.vault.add(code)
        return _entry(
            status="lock" if token.locked else None,
            seed=seed,
            comments=token.comments,
            license=token.license,
            activation_code=code,
            activation_expire=token.activation_expire,
            reg_id=token.reg_id,
            os_ver=token.os_ver,
            **token.settings,
        )

    # What tests ask

    @property
    def name(self) -> str:
        """The host name of the scenario: the name of the unit in the event log, whatever is configured later."""
        return self.scenario.hostname

    @property
    def hostname(self) -> str:
        """The host name as configured now."""
        return self.config.object(GLOBAL, "system global").text("hostname", self.scenario.hostname)

    @property
    def private_data(self) -> bool:
        """Whether private data encryption is on."""
        return self.config.object(GLOBAL, "system global").text("private-data-encryption") == "enable"

    @property
    def mobile(self) -> MobileTokens:
        """The mobile tokens, and what users do with them."""
        return self.fortiguard.mobile

    def advance(self, **delta: float) -> None:
        """Move the simulated time on by ``days``, ``hours``, ``minutes`` or ``seconds``, without waiting."""
        seconds = datetime.timedelta(**delta).total_seconds()
        self.clock.advance(seconds)
        self.event("clock", seconds=seconds, now=round(self.clock.now(), 3))

    def secrets(self) -> set[str]:
        """Return every secret that the unit holds or has printed: seeds, codes, passwords, `ENC` texts."""
        return set(self.vault.values)

    def summary(self) -> dict[str, Any]:
        """Return the tables that the invariants watch, secrets masked, and the status of every token."""
        config = {
            f"{scope}/{path}": {key: self.plain(entry) for key, entry in self.config.table(scope, path).entries.items()}
            for scope, path in self._watched()
        }
        return {
            "config": config,
            "console": self.plain(self.config.object(GLOBAL, "system console")),
            "status": {serial: state.status for serial, state in self.fortiguard.tokens.items()},
            "server": self.scenario.fortiguard.status,
            "phones": sorted(self.mobile.phones),
            "now": round(self.clock.now(), 3),
            "vdoms": list(self.config.vdoms),
            "groups": groups(self.config),
            "serial": self.scenario.serial,
            "forgotten": list(self.scenario.behaviour.forgotten_with_two_factor),
        }

    def _watched(self) -> Iterable[tuple[str, str]]:
        for vdom in self.config.vdoms:
            yield vdom, "user fortitoken"
            yield vdom, "user local"
        yield GLOBAL, "system admin"

    @staticmethod
    def plain(entry: Entry) -> dict[str, str]:
        """Return an entry's values as text, secrets masked."""
        return {name: masked(entry.text(name)) if name in SECRETS else entry.text(name) for name in entry.values}

    # Changes

    def event(self, type_: str, **fields: Any) -> None:
        """Write down an event of this unit."""
        self.log.add(self.name, type_, **fields)

    def commit(self, changes: list[Change], by: str, session: int | None = None, follow: bool = True) -> None:
        """Put changes into the running configuration, all at once, and do what follows from them, if *follow*."""
        self.commits += 1
        shell = self.shells.get(session) if session is not None else None
        # Members of a cluster have one configuration, and it is changed on the primary: other roles are written down.
        extra = {"role": shell.role} if shell and shell.role != "primary" else {}
        before = self.cfg_save
        applied: list[Change] = []
        for wanted in changes:
            change = self._rebase(wanted)
            if change is None:
                continue
            self.config.apply(change)
            applied.append(change)
            self.event(
                "change",
                commit=self.commits,
                by=by,
                session=session,
                scope=change.scope,
                path=change.path,
                key=change.key,
                op="add" if change.before is None else "delete" if change.after is None else "set",
                before=None if change.before is None else self.plain(change.before),
                after=None if change.after is None else self.plain(change.after),
                **extra,
            )
        if follow:
            self.fortiguard.after_commit(applied, session)
        if any(change.path not in _NO_GROUPS for change in applied):
            self._look_at_groups()
        if before == "automatic" and self.cfg_save != before:
            # Up to here everything was saved at once.
            self.save()
        elif applied:
            self._unsaved()

    def _look_at_groups(self) -> None:
        """Write down the user groups where they, or what uses them, have changed."""
        now = groups(self.config)
        if now != self._groups:
            self._groups = now
            self.event("groups", groups=now)

    def _rebase(self, change: Change) -> Change | None:
        """Put the difference that a session made on top of what the entry is by now; None where nothing is left."""
        now = View(self.config).entry(change.scope, change.path, change.key)
        if change.before is None or change.after is None:
            return (
                None
                if now is None and change.after is None
                else Change(change.scope, change.path, change.key, now, change.after)
            )
        after = now.copy() if now is not None else Entry()
        for name in {*change.before.values, *change.after.values}:
            if change.before.values.get(name) != change.after.values.get(name):
                after.values.pop(name, None)
                if name in change.after.values:
                    after.values[name] = change.after.values[name]
        if change.before.children != change.after.children:
            after.children = change.after.children
        if now is not None and now.values == after.values and now.children == after.children:
            return None
        return Change(change.scope, change.path, change.key, now, after)

    def create_vdom(self, name: str, by: str, session: int) -> None:
        """Create a VDOM, as `edit` of an unknown name below `config vdom` does (inferred from standard FortiOS).

        [fact: vdom-edit-creates]
        """
        self.config.add_vdom(name)
        self.event("vdom_created", vdom=name, by=by, session=session)

    # cfg-save (Fortinet article 231369: manual keeps changes in memory only, revert undoes them after a time)
    # [fact: cfg-save-modes]

    @property
    def cfg_save(self) -> str:
        """The mode `cfg-save`."""
        return self.config.object(GLOBAL, "system global").text("cfg-save", "automatic")

    def _unsaved(self) -> None:
        if self.cfg_save == "automatic":
            return
        if self.cfg_save == "revert" and self._revert is None:
            seconds = float(self.config.object(GLOBAL, "system global").text("cfg-revert-timeout", "600"))
            self._revert = self.clock.later(seconds, self.revert_now)

    def save(self) -> None:
        """Do `execute cfg save`."""
        self.saved = self.config.snapshot()
        self.fortiguard.saved()
        if self._revert:
            self._revert.cancel()
            self._revert = None
        self.event("saved")

    def revert_now(self, seconds: float = 1.0) -> None:
        """Go back to what was saved; the unit does not answer for some seconds (article 231369)."""
        if self._revert:
            self._revert.cancel()
            self._revert = None
        self.event("reverted")
        self.reboot(seconds)

    def rebooted(self) -> None:
        """Lose what only memory held."""
        if self.cfg_save != "automatic":
            self.config = self.saved.snapshot()
        self.fortiguard.rebooted()
        if self.cfg_save != "automatic":
            self.event("restored", **self.summary())
        for transaction in list(self.transactions.values()):
            transaction.abort("dropped")
        self.debug_levels.clear()
        self.fortitoken_debug = False

    # Debug and system log

    def debug(self, lines: Iterable[tuple[str, str]]) -> None:
        """Print debug lines (source, text) into every session that has debug enabled."""
        wanted = [
            text
            for source, text in lines
            if (source == "fortitoken" and self.fortitoken_debug) or self.debug_levels.get(source, 0) != 0
        ]
        if wanted:
            for shell in list(self.shells.values()):
                if shell.debug_enabled:
                    shell.print_debug(wanted)

    def write_log(self, logid: str, description: str, **fields: str) -> None:
        """Write an entry of the system event log."""
        self.system_log.append(
            {
                "date": self.clock.text("%Y-%m-%d"),
                "time": self.clock.text("%H:%M:%S"),
                "logid": logid,
                "type": "event",
                "subtype": "system",
                "logdesc": description,
                **fields,
            }
        )


# No group is in these, and no reference to one.
_NO_GROUPS = ("user fortitoken", "user local", "system console", "system global")

# The profile that a unit comes with (public configurations of 6.0 to 7.0).
PROF_ADMIN = dict.fromkeys(
    ("secfabgrp", "ftviewgrp", "authgrp", "sysgrp", "netgrp", "loggrp", "fwgrp", "vpngrp", "utmgrp", "wifi"),
    "read-write",
) | {"cli-diagnose": "disable"}


def _profile(release: tuple[int, int, int], rights: dict[str, str]) -> Entry:
    """Make an access profile. Kinds of commands that are not named are open, as after an upgrade to 7.4.2."""
    kinds = dict.fromkeys(CLI_RIGHTS, "enable")
    given = {**kinds, **rights}
    if release < (7, 4, 2):
        given = {name: value for name, value in given.items() if name not in kinds}
    return _entry(**given)


def _entry(**settings: Any) -> Entry:
    """Make an entry; names may have underscores for hyphens, None leaves an attribute out."""
    entry = Entry()
    for name, value in settings.items():
        if value is not None and value != "":
            values = value if isinstance(value, list) else [value]
            entry.values[name.replace("_", "-")] = tuple(Word(str(each)) for each in values)
    return entry
