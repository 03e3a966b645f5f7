# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vocabulary: what a unit, a token and a binding are, as plain data.

Everything here is immutable and knows neither Ansible nor SSH. The parsers make these objects, triage judges them,
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
SERIAL = re.compile(r"(?<![0-9A-Z])FTK(?:MOB|[23]\d\d)[0-9A-Z]{10}(?![0-9A-Z])")

#: FTK211 (FortiToken-200CD) keeps its seed on a CD (article 194435); FTK300 has no activation lock (article 193723).
SEED_ON_CD = ("FTK211",)
LOCK_EXEMPT = ("FTK300",)
#: The licence of the two mobile tokens that come free with each unit (seen as FTMTRIAL and eight hexadecimal digits).
TRIAL_LICENSE = "FTMTRIAL"


def is_serial(text: str) -> bool:
    """Whether `text` is a FortiToken serial and nothing else."""
    return SERIAL.fullmatch(text) is not None


@lru_cache(maxsize=32_768)
def kind_of(serial: str) -> str:
    """`hardware`, `mobile`, or `unknown` for a serial of a family that triage must not touch."""
    if serial.startswith("FTKMOB"):
        return MOBILE
    return HARDWARE if is_serial(serial) else UNKNOWN_KIND


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
    the seed and the licence data, as attribute -> values: what must come back when the entry is added again.
    """

    serial: str
    vdom: str
    configured: bool = False
    listed: bool = False
    status: str | None = None
    drift: int | None = None
    seed: bool = False
    license: str = ""
    settings: tuple[tuple[str, tuple[str, ...]], ...] = ()
    bindings: tuple[Binding, ...] = ()
    #: What an open journal knows of it: `deleted` (and not there), `asked` (activation a moment ago) or nothing.
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
    settings: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "serial": self.serial,
            "vdom": self.vdom,
            "settings": {name: list(values) for name, values in self.settings},
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Entry:
        settings = data.get("settings") or {}
        return cls(
            str(data["serial"]),
            str(data.get("vdom") or ROOT_VDOM),
            tuple((str(name), tuple(str(value) for value in values)) for name, values in settings.items()),
        )


def binding_from_dict(data: dict[str, Any]) -> Binding:
    """A `Binding` from what `fortitoken_facts` or `fortitoken_purge` returned.

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
    #: Of the account over users and tokens: `read-write`, `read`, `none` or `unknown`; see `_parsers.parse_rights` for
    #: what may follow.
    rights: str = "unknown"
    admins_known: bool = True  # whether `system admin` could be read
    ha_mode: str = "standalone"
    ha_role: str = "standalone"
    ha_members: tuple[str, ...] = ()
    cfg_save: str = "automatic"
    management_vdom: str = ROOT_VDOM
    management_type: str = ""
    manager: str = ""
    token_server: str = "unknown"
    pings: tuple[Ping, ...] = ()
    # The preflight: None where it was not asked for, or refused.
    forticldd: str | None = None
    mail_server: MailServer | None = None
    debug_info: str | None = None
    #: Read from files, not from a console: their names, and the lines whose answers they do not hold.
    offline: bool = False
    source: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def managed(self) -> bool:
        """FortiManager manages it. Type `fortimanager` without an address does not count: some set it only to stop
        automatic upgrades (inferred from public configurations)."""
        return self.management_type == "fortimanager" and bool(self.manager)

    @property
    def managed_by(self) -> str:
        """`fortimanager`, `fortigate_cloud` (type `fortiguard`), `none`, or `unknown` where the type cannot be read."""
        if self.managed:
            return "fortimanager"
        return {"": "unknown", "fortiguard": "fortigate_cloud"}.get(self.management_type, "none")

    @property
    def version_tuple(self) -> tuple[int, ...]:
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:3])

    @property
    def transactions(self) -> bool:
        """Workspace mode exists since FortiOS 6.2 (Administration Guide, "Workspace mode")."""
        return self.version_tuple >= (6, 2)

    def scope(self, vdom: str) -> str:
        """The console scope of a VDOM, or of `global`."""
        return GLOBAL if vdom == GLOBAL else f"vdom:{vdom}"


@dataclass(frozen=True, slots=True)
class Account:
    """What must be known of a `user local` or `system admin` entry: never its password."""

    type: str
    name: str
    vdom: str
    status: str | None
    two_factor: str
    fortitoken: str
    email: bool = False
    phone: bool = False


@dataclass(frozen=True, slots=True)
class Inventory:
    """A unit with all its tokens and all accounts, as read in one go."""

    unit: Unit
    tokens: tuple[Token, ...]
    accounts: tuple[Account, ...] = ()

    def by_serial(self) -> dict[str, Token]:
        return {token.serial: token for token in self.tokens}

    def users(self) -> dict[tuple[str, str], Account]:
        """(VDOM, name) -> `user local` entry."""
        return {(account.vdom, account.name): account for account in self.accounts if account.type == USER}
