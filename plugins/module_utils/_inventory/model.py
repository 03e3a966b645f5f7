# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vocabulary: what a unit, a token and a binding are, as plain data.

Everything here is immutable and knows neither Ansible nor SSH. The parsers make these objects, triage evaluates them,
the plan and the script are made from them, and `as_dict` turns them into what the modules return.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

HARDWARE = "hardware"
MOBILE = "mobile"
UNKNOWN_KIND = "unknown"

USER = "user"
ADMIN = "admin"

#: A unit without VDOMs still keeps everything in the one called root (FortiOS Administration Guide, "Virtual Domains").
ROOT_VDOM = "root"
GLOBAL = "global"

#: FTK200..., FTK220..., FTKMOB...: 16 characters (Fortinet articles 194435 and 232153).
#: The look-arounds keep out FortiGate F-series unit serials such as FGT61FTK20012345, which contain the same letters.
#: [fact: serial-forms] [fact: serial-of-unit]
SERIAL = re.compile(r"(?<![0-9A-Z])FTK(?:MOB|[23]\d\d)[0-9A-Z]{10}(?![0-9A-Z])")

#: FTK211 (FortiToken-200CD) keeps its seed on a CD (article 194435); FTK300 has no activation lock (article 193723).
#: [fact: lock-ftk211] [fact: lock-not-ftk300]
SEED_ON_CD = ("FTK211",)
LOCK_EXEMPT = ("FTK300",)
#: The license of the two mobile tokens that come free with each unit (seen as FTMTRIAL and eight hexadecimal digits).
#: [fact: license-forms]
TRIAL_LICENSE = "FTMTRIAL"


#: The `set` lines of an entry: attribute, values.
Settings = tuple[tuple[str, tuple[str, ...]], ...]


def is_serial(text: str) -> bool:
    """Return whether `text` is a FortiToken serial and nothing else."""
    return SERIAL.fullmatch(text) is not None


@lru_cache(maxsize=32_768)
def kind_of(serial: str) -> str:
    """Return `hardware`, `mobile`, or `unknown` for a text that is not a serial, which triage must not touch."""
    if not is_serial(serial):
        return UNKNOWN_KIND
    return MOBILE if serial.startswith("FTKMOB") else HARDWARE


@dataclass(frozen=True, slots=True)
class Binding:
    """A `user local` (type `user`) or `system admin` (type `admin`) entry that names a token.

    `status` is `enable` or `disable` for a user. Administrators have no such attribute (FortiOS CLI reference,
    `config system admin`), so theirs is None: they cannot be disabled, only left demanding a second factor.
    """

    serial: str
    type: str
    name: str
    vdom: str
    two_factor: str
    status: str | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "serial": self.serial,
            "type": self.type,
            "name": self.name,
            "vdom": self.vdom,
            "two_factor": self.two_factor,
            "status": self.status,
        }

    def describe(self) -> str:
        return f"administrator {self.name}" if self.type == ADMIN else f"user {self.name} (VDOM {self.vdom})"


@dataclass(frozen=True, slots=True)
class Token:
    """One FortiToken as both sides show it: its `user fortitoken` entry and its row in `diagnose fortitoken info`.

    `settings` are the entry's other `set` attributes (`comments`, `status` and whatever a later FortiOS adds), without
    the seed and the license data, as attribute -> values: what must come back when the entry is added again.
    """

    serial: str
    vdom: str
    configured: bool = False
    listed: bool = False
    status: str | None = None
    drift: int | None = None
    seed: bool = False
    license: str = ""
    settings: Settings = ()
    bindings: tuple[Binding, ...] = ()
    #: What an open journal knows of it: `deleted` (and not there), `asked` (activation requested a moment ago), or "".
    journal: str = ""

    @property
    def kind(self) -> str:
        return kind_of(self.serial)

    @property
    def model(self) -> str:
        return self.serial[:6]

    @property
    def locked(self) -> bool:
        """Whether an administrator locked it (`set status lock`)."""
        return ("status", ("lock",)) in self.settings

    @property
    def comments(self) -> str:
        return next((" ".join(values) for name, values in self.settings if name == "comments"), "")

    @property
    def present(self) -> str:
        """Where it was seen: `both`, `config` (no row in the status list), `status` (no entry) or only in the journal
        of an interrupted run (`journal`)."""
        if self.configured:
            return "both" if self.listed else "config"
        return "status" if self.listed else "journal"

    @property
    def admins(self) -> tuple[Binding, ...]:
        return tuple(binding for binding in self.bindings if binding.type == ADMIN)

    @property
    def users(self) -> tuple[Binding, ...]:
        return tuple(binding for binding in self.bindings if binding.type == USER)

    def entry(self) -> Entry:
        return Entry(self.serial, self.vdom, self.settings)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept of a `user fortitoken` entry so that it can be added again."""

    serial: str
    vdom: str
    settings: Settings = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "serial": self.serial,
            "vdom": self.vdom,
            "settings": {name: list(values) for name, values in self.settings},
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Entry:
        return cls(
            str(data["serial"]), str(data.get("vdom") or ROOT_VDOM), settings_from_dict(data.get("settings") or {})
        )


def settings_from_dict(settings: dict[str, Any]) -> Settings:
    """Return the `set` lines of an entry from their form in JSON, attribute -> list of values."""
    return tuple((str(name), tuple(str(value) for value in values)) for name, values in settings.items())


def binding_from_dict(data: dict[str, Any]) -> Binding:
    """Return a `Binding` from what `fortitoken_facts` or `fortitoken_purge` returned.

    Raises KeyError where `serial` or `name` is missing.
    """
    return Binding(
        serial=str(data["serial"]),
        type=str(data.get("type") or USER),
        name=str(data["name"]),
        vdom=str(data.get("vdom") or ROOT_VDOM),
        two_factor=str(data.get("two_factor") or "fortitoken"),
        status=data.get("status") if data.get("type") == ADMIN else str(data.get("status") or "enable"),
    )


@dataclass(frozen=True, slots=True)
class Ping:
    """One `execute ping`. `resolved` is None where the answer does not tell a lost packet from an unknown name."""

    host: str
    resolved: bool | None
    sent: int
    received: int

    def as_dict(self) -> dict[str, Any]:
        loss = 100 if not self.sent else round(100 * (self.sent - self.received) / self.sent)
        return {
            "host": self.host,
            "resolved": self.resolved,
            "sent": self.sent,
            "received": self.received,
            "loss_percent": loss,
        }


@dataclass(frozen=True, slots=True)
class MailServer:
    """`system email-server`: by which way mails with activation codes leave. Never its password.

    `server` is empty where none is configured; then no mail leaves. `port` and `security` are empty where they have
    their defaults, which `show` does not print.
    """

    server: str
    port: str = ""
    security: str = ""
    authenticate: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "configured": bool(self.server),
            "server": self.server,
            "port": self.port,
            "security": self.security,
            "authenticate": self.authenticate,
        }


READ_WRITE = "read-write"
UNKNOWN = "unknown"
#: Roles in an HA cluster, and the mode and role of a unit that belongs to none.
PRIMARY, SECONDARY, STANDALONE = "primary", "secondary", "standalone"
#: `cfg-save` of `system global` (FortiOS CLI reference; article 231369). [fact: cfg-save-modes]
AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Rights:
    """What the account of the play may do to users and tokens.

    `level`: `read-write`, `read`, `none` or `unknown`. `closed`: kinds of commands that its access profile keeps
    closed, such as `cli-exec`. `super_admin_hidden`: the unit does not show it the administrators with the profile
    super_admin.
    """

    level: str = UNKNOWN
    closed: tuple[str, ...] = ()
    super_admin_hidden: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"level": self.level, "closed": list(self.closed), "super_admin_hidden": self.super_admin_hidden}


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that the account could not read. `what`: its name, `why`: the unit's answer in short, `right`: what to
    add so that it can be read, or "" where nothing helps."""

    what: str
    why: str
    right: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"what": self.what, "why": self.why, "right": self.right}


@dataclass(frozen=True, slots=True)
class LostLine:
    """A line of the configuration that a restore could not load (`diagnose debug config-error-log read`).

    `text`: its words without values, `where`: line number and path as printed, `about`: `secret`, `user`, `token` or
    "".
    """

    text: str
    where: str
    about: str


@dataclass(frozen=True, slots=True)
class Table:
    """One line of `print tablesize`. A limit of 0 means that there is none."""

    name: str
    per_vdom: int
    per_unit: int
    used: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What may be wrong around the tokens. None stands for what was not asked, was refused, or was not understood.

    `skew`: seconds by which the unit's clock is ahead of the controller's (negative: behind), `clock`: the unit's time
    as it printed it. `ntp_on`, `ntp_synchronized`: as `diagnose sys ntp status` says.
    """

    lost_lines: tuple[LostLine, ...] | None = None
    private_data_encryption: bool | None = None
    ntp_on: bool | None = None
    ntp_synchronized: bool | None = None
    clock: str = ""
    skew: float | None = None
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """One FortiGate, or HA cluster reached through its primary."""

    hostname: str
    serial: str
    model: str
    version: str
    build: str
    vdom_mode: str
    vdoms: tuple[str, ...]
    user: str
    run: str = ""  # which run of ansible-playbook reads it: `host:pid` of the controller
    read_only: bool = False
    rights: Rights = Rights()
    admins_known: bool = True  # whether all of `system admin` could be read
    #: The only VDOM of an account that has no global scope, or "".
    confined_to: str = ""
    ha_mode: str = STANDALONE
    #: `primary`, `secondary`, `standalone`, or `unknown`.
    ha_role: str = STANDALONE
    ha_members: tuple[str, ...] = ()
    #: `automatic`, `manual`, `revert`, another word that the unit printed, or `unknown` where it cannot be read.
    cfg_save: str = AUTOMATIC
    management_vdom: str = ROOT_VDOM
    #: The configured word; `default` where the unit prints none, "" where it cannot be read.
    management_type: str = ""
    manager: str = ""
    token_server: str = UNKNOWN
    pings: tuple[Ping, ...] = ()
    # The preflight: None where it was not asked for, or refused.
    forticldd: str | None = None
    mail_server: MailServer | None = None
    debug_info: str | None = None
    surroundings: Surroundings = Surroundings()
    unseen: tuple[Unseen, ...] = ()
    #: Read from files, not from a console: their names, and the lines whose answers they do not hold.
    offline: bool = False
    source: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    # [fact: central-management-form] [fact: central-management-no-fmg]
    @property
    def managed(self) -> bool:
        """FortiManager manages it. Type `fortimanager` without an address does not count: some set it only to stop
        automatic upgrades (inferred from public configurations)."""
        return self.management_type == "fortimanager" and bool(self.manager)

    # [fact: central-management-default]
    @property
    def managed_by(self) -> str:
        """`fortimanager`, `fortigate_cloud` (type `fortiguard`), `none`, or `unknown` where the type cannot be read or
        is a word that is not known.

        The words are those of the CLI reference, `config system central-management`. What `show` leaves out has its
        default, and that is never FortiManager (inferred).
        """
        if self.managed:
            return "fortimanager"
        known = {"fortiguard": "fortigate_cloud", "none": "none", "default": "none", "fortimanager": "none"}
        return known.get(self.management_type, "unknown")

    @property
    def version_tuple(self) -> tuple[int, ...]:
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:3])

    @property
    def transactions(self) -> bool:
        """Workspace mode exists since FortiOS 6.2 (Administration Guide, "Workspace mode"). [fact: txn-since]"""
        return self.version_tuple >= (6, 2)

    def scope(self, vdom: str) -> str:
        """Return the console scope of a VDOM, or of `global`."""
        return GLOBAL if vdom == GLOBAL else f"vdom:{vdom}"


#: `two-factor` of an account whose second factor comes from FortiToken Cloud, now FortiIdentity Cloud. A migration sets
#: it by itself and removes the tokens (New Features, topic 425212). [fact: cloud-converts]
CLOUD = "fortitoken-cloud"
#: `type` of a `user local` entry whose password the unit checks itself (CLI reference, `config user local`).
LOCAL_PASSWORD = "password"
SUPER_ADMIN = "super_admin"


@dataclass(frozen=True, slots=True)
class Account:
    """A `user local` or `system admin` entry as it is shown: never its password.

    `settings` holds every `set` line of the entry, in its order, as attribute -> values; a secret is only a mark.
    """

    type: str
    name: str
    vdom: str
    status: str | None
    two_factor: str
    fortitoken: str
    email: bool = False
    phone: bool = False
    settings: Settings = ()

    def value(self, attribute: str, default: str = "") -> str:
        """Return the values of an attribute as one text, or `default` where it is not shown."""
        return next((" ".join(values) for name, values in self.settings if name == attribute), default)

    @property
    def remote_type(self) -> str:
        """`ldap`, `radius`, `tacacs+` or another word for a user whose password a server checks; "" for a local one."""
        kind = self.value("type", LOCAL_PASSWORD)
        return "" if self.type == ADMIN or kind == LOCAL_PASSWORD else kind

    @property
    def server(self) -> str:
        """The server of a remote user, such as the value of `ldap-server`; "" where it is not shown."""
        return self.value(f"{self.remote_type}-server") if self.remote_type else ""

    def describe(self) -> str:
        return f"administrator {self.name}" if self.type == ADMIN else f"user {self.name} (VDOM {self.vdom})"


@dataclass(frozen=True, slots=True)
class Group:
    """A `user group`: the users and servers it admits. `used` is None where that is not known.

    A group that names a server admits every account of that server, or those that its `config match` names, whatever a
    local entry of the same name says (FG-IR-19-283; articles 197737 and 243171).
    """

    vdom: str
    name: str
    members: tuple[str, ...] = ()
    matched: tuple[str, ...] = ()
    used: bool | None = None

    # [fact: group-remote-servers]
    def admits(self, server: str) -> bool:
        """Return whether it may admit accounts of this server; any server will do where the name is not known."""
        return server in (*self.members, *self.matched) if server else bool(self.members or self.matched)


@dataclass(frozen=True, slots=True)
class Inventory:
    """A unit with all its tokens, accounts and groups, as read in one go.

    `groups_unread`: the VDOMs whose groups could not be read. `vdoms`: the VDOMs that were read.
    """

    unit: Unit
    tokens: tuple[Token, ...]
    accounts: tuple[Account, ...] = ()
    groups: tuple[Group, ...] = ()
    groups_unread: tuple[str, ...] = ()
    vdoms: tuple[str, ...] = ()

    def by_serial(self) -> dict[str, Token]:
        return {token.serial: token for token in self.tokens}

    def users(self) -> dict[tuple[str, str], Account]:
        """Return (VDOM, name) -> `user local` entry."""
        return {(account.vdom, account.name): account for account in self.accounts if account.type == USER}

    def admins(self) -> dict[str, Account]:
        """Return name -> `system admin` entry."""
        return {account.name: account for account in self.accounts if account.type == ADMIN}
