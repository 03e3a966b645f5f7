# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the configuration of the simulated unit can hold.

Names, sizes, choices and defaults follow the FortiOS CLI Reference (6.0.0 topic 593190, 7.4.1 topic 478620 and the
pages of the other tables); only what the FortiToken procedure can meet is modelled. Everything else of a unit is
given by a scenario as plain configuration text and kept as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

Kind = Literal["string", "option", "integer", "list", "password", "seed"]

GLOBAL = "global"

Release = tuple[int, int, int]


@dataclass(frozen=True)
class Attribute:
    """One ``set`` keyword. ``only_if`` hides it until another attribute has the given value; FortiOS knows it from
    release ``since`` to the one before ``until``, and with ``in_vdoms`` only on a unit with VDOMs. A value of
    ``only_if`` that begins with ``!`` hides it while the other attribute has that value or none. ``spans``: more pairs
    of ``since`` and ``until``, in place of those."""

    name: str
    kind: Kind = "string"
    default: str | None = None
    size: int = 255
    choices: tuple[str, ...] = ()
    only_if: tuple[str, str] | None = None
    since: Release = (0, 0, 0)
    until: Release = (99, 0, 0)
    in_vdoms: bool = False
    spans: tuple[tuple[Release, Release], ...] = ()

    def known(self, release: Release) -> bool:
        """Tell whether a FortiOS release has the attribute."""
        return any(since <= release < until for since, until in self.spans or ((self.since, self.until),))


@dataclass(frozen=True)
class Schema:
    """One configuration path: a table of entries, or (``table=False``) a single object."""

    path: str
    table: bool
    scope: Literal["global", "vdom"]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


def _attributes(*attributes: Attribute) -> dict[str, Attribute]:
    return {attribute.name: attribute for attribute in attributes}


#: The server that units come with. [fact: email-server-form] [fact: email-server-default]
MAIL_SERVER = "fortinet-notifications.com"
TWO_FACTOR = ("disable", "fortitoken", "fortitoken-cloud", "email", "sms")

# The keyword `fortitoken` is hidden until `set two-factor fortitoken` (Administration Guide 7.2.0, topic 14906).
_SECOND_FACTOR = (
    Attribute("two-factor", "option", "disable", choices=TWO_FACTOR),
    Attribute("two-factor-authentication", "option", choices=("fortitoken", "email", "sms")),
    Attribute("two-factor-notification", "option", choices=("email", "sms")),
    Attribute("fortitoken", "string", "", size=16, only_if=("two-factor", "fortitoken")),
    Attribute("email-to", "string", "", size=63),
    Attribute("sms-server", "option", "fortiguard", choices=("fortiguard", "custom")),
    Attribute("sms-custom-server", "string", "", size=35, only_if=("sms-server", "custom")),
    Attribute("sms-phone", "string", "", size=15),
)

_LEVELS = ("none", "read", "read-write")
_SWITCH = ("enable", "disable")
# The kinds of commands that a profile opens from 7.4.2 on, all closed in a new profile (New Features 7.4, "CLI system
# permissions"; article 300795).
CLI_RIGHTS = ("cli-diagnose", "cli-get", "cli-show", "cli-exec", "cli-config")

SCHEMAS: dict[str, Schema] = {
    schema.path: schema
    for schema in (
        Schema(
            "system global",
            False,
            "global",
            _attributes(
                Attribute("admin-https-redirect", "option", "enable", choices=("enable", "disable")),
                Attribute("admintimeout", "integer", "5"),
                Attribute("alias", "string", "", size=35),
                Attribute("cfg-revert-timeout", "integer", "600"),
                # [fact: cfg-save-modes]
                Attribute("cfg-save", "option", "automatic", choices=("automatic", "manual", "revert")),
                Attribute("hostname", "string", "", size=35),
                # Articles 195668 and 339085. [fact: private-data-restore]
                Attribute("private-data-encryption", "option", "disable", choices=("disable", "enable")),
                Attribute("post-login-banner", "option", "disable", choices=("disable", "enable")),
                Attribute("pre-login-banner", "option", "disable", choices=("disable", "enable")),
                Attribute("timezone", "option", "04"),
                # Hours that an activation code is valid, 1 to 168 (Fortinet article 194933).
                # [fact: mobile-code-validity]
                Attribute("two-factor-ftm-expiry", "integer", "72"),
            ),
        ),
        Schema(
            "system admin",
            True,
            "global",
            _attributes(
                # [fact: admin-no-status]
                Attribute("remote-auth", "option", "disable", choices=("enable", "disable")),
                Attribute("accprofile", "string", "", size=35),
                Attribute("comments", "string", "", size=255),
                Attribute("vdom", "list"),
                *(Attribute(f"trusthost{number}", "list") for number in range(1, 11)),
                *(Attribute(f"ssh-public-key{number}", size=4096) for number in range(1, 4)),
                *_SECOND_FACTOR,
                Attribute("password", "password", size=128),
            ),
        ),
        Schema(
            "system accprofile",
            True,
            "global",
            _attributes(
                Attribute("scope", "option", "vdom", choices=("vdom", "global"), in_vdoms=True),
                Attribute("comments", "string", "", size=255),
                *(Attribute(name, "option", "none", choices=_LEVELS) for name in ("secfabgrp", "ftviewgrp", "authgrp")),
                *(
                    Attribute(name, "option", "none", choices=(*_LEVELS, "custom"))
                    for name in ("sysgrp", "netgrp", "loggrp", "fwgrp")
                ),
                Attribute("vpngrp", "option", "none", choices=_LEVELS),
                Attribute("utmgrp", "option", "none", choices=(*_LEVELS, "custom")),
                Attribute("wanoptgrp", "option", "none", choices=_LEVELS),
                Attribute("wifi", "option", "none", choices=_LEVELS),
                Attribute("admintimeout-override", "option", "disable", choices=_SWITCH),
                Attribute("admintimeout", "integer", "10", only_if=("admintimeout-override", "enable")),
                # Admin Guide 6.4.3, "Admin profile option for diagnose access"; renamed with 7.4.2.
                # [fact: rights-diagnose]
                Attribute("system-diagnostics", "option", "enable", choices=_SWITCH, since=(6, 4, 0), until=(7, 4, 2)),
                # [fact: rights-cli-kinds]
                *(Attribute(name, "option", "disable", choices=_SWITCH, since=(7, 4, 2)) for name in CLI_RIGHTS),
            ),
        ),
        Schema(
            "system console",
            False,
            "global",
            _attributes(
                Attribute("baudrate", "option", "9600", choices=("9600", "19200", "38400", "57600", "115200")),
                # [fact: pager-default]
                Attribute("output", "option", "more", choices=("standard", "more")),
                Attribute("login", "option", "enable", choices=("enable", "disable")),
                Attribute("fortiexplorer", "option", "enable", choices=("enable", "disable")),
            ),
        ),
        Schema(
            "system central-management",
            False,
            "global",
            _attributes(
                Attribute("mode", "option", "normal", choices=("normal", "backup")),
                # [fact: central-management-default]
                Attribute("type", "option", "fortiguard", choices=("fortimanager", "fortiguard", "none")),
                Attribute("schedule-config-restore", "option", "enable", choices=("enable", "disable")),
                Attribute("schedule-script-restore", "option", "enable", choices=("enable", "disable")),
                Attribute("allow-push-configuration", "option", "enable", choices=("enable", "disable")),
                Attribute("serial-number", "list"),
                Attribute("fmg", "list"),
                Attribute("fmg-source-ip", "option", "0.0.0.0"),
                Attribute("vdom", "string", "root", size=31),
                Attribute("enc-algorithm", "option", "high", choices=("default", "high", "low")),
            ),
        ),
        Schema(
            "system ntp",
            False,
            "global",
            _attributes(
                Attribute("ntpsync", "option", "disable", choices=("enable", "disable")),
                Attribute("type", "option", "fortiguard", choices=("fortiguard", "custom")),
                Attribute("syncinterval", "integer", "60"),
                Attribute("source-ip", "option", "0.0.0.0"),
                Attribute("server-mode", "option", "disable", choices=("enable", "disable")),
            ),
        ),
        Schema(
            "system email-server",
            False,
            "global",
            _attributes(
                Attribute("type", "option", "custom", choices=("custom",)),
                Attribute("reply-to", "string", "", size=63),
                Attribute("server", "string", MAIL_SERVER, size=63),
                Attribute("port", "integer", "465"),
                Attribute("source-ip", "option", "0.0.0.0"),
                Attribute("authenticate", "option", "disable", choices=("enable", "disable")),
                Attribute("username", "string", "", size=63),
                Attribute("password", "password", size=128),
                Attribute("security", "option", "smtps", choices=("none", "starttls", "smtps")),
            ),
        ),
        Schema(
            "user fortitoken",
            True,
            "vdom",
            _attributes(
                # [fact: token-attributes] [fact: token-status-default]
                Attribute("status", "option", "active", choices=("active", "lock")),
                Attribute("seed", "seed", size=200),
                Attribute("comments", "string", "", size=255),
                Attribute("license", "string", "", size=31),
                Attribute("activation-code", "string", "", size=32),
                Attribute("activation-expire", "integer", "0"),
                Attribute("reg-id", "string", "", size=256),
                Attribute("os-ver", "string", "", size=15),
            ),
        ),
        Schema(
            "user local",
            True,
            "vdom",
            _attributes(
                # [fact: user-status-default]
                Attribute("status", "option", "enable", choices=("enable", "disable")),
                Attribute("type", "option", choices=("password", "radius", "tacacs+", "ldap")),
                Attribute("ldap-server", "string", "", size=35, only_if=("type", "ldap")),
                Attribute("radius-server", "string", "", size=35, only_if=("type", "radius")),
                Attribute("tacacs+-server", "string", "", size=35, only_if=("type", "tacacs+")),
                *_SECOND_FACTOR,
                Attribute("passwd-policy", "string", "", size=35),
                Attribute("passwd-time", "option"),
                Attribute("authtimeout", "integer", "0"),
                Attribute("auth-concurrent-override", "option", "disable", choices=("enable", "disable")),
                # Only while the user has a second factor (articles 197737 and 243171), by these names in these
                # releases. [fact: username-sensitivity]
                Attribute(
                    "username-case-sensitivity",
                    "option",
                    "enable",
                    choices=_SWITCH,
                    only_if=("two-factor", "!disable"),
                    spans=(((6, 0, 10), (6, 0, 13)), ((6, 2, 4), (6, 2, 10)), ((6, 4, 1), (6, 4, 7))),
                ),
                Attribute(
                    "username-sensitivity",
                    "option",
                    "enable",
                    choices=_SWITCH,
                    only_if=("two-factor", "!disable"),
                    spans=(
                        ((6, 0, 13), (6, 2, 0)),
                        ((6, 2, 10), (6, 4, 0)),
                        ((6, 4, 7), (7, 0, 0)),
                        ((7, 0, 1), (99, 0, 0)),
                    ),
                ),
                Attribute("passwd", "password", size=128, only_if=("type", "password")),
            ),
        ),
    )
}
# Attributes whose values are secrets.
SECRETS = frozenset(
    attribute.name
    for schema in SCHEMAS.values()
    for attribute in schema.attributes.values()
    if attribute.kind in ("password", "seed")
) | {"activation-code"}

# Type of a remote user -> table of the servers (CLI Reference, `config user local`).
REMOTE_SERVERS = {"radius": "user radius", "tacacs+": "user tacacs+", "ldap": "user ldap"}
# Tables that every VDOM has, empty or not, and whose attributes can be changed freely.
FREE_TABLES = (*REMOTE_SERVERS.values(), "user group", "firewall policy")


@cache
def schema_of(path: str, release: Release, vdoms: bool) -> Schema | None:
    """Return what a unit of a FortiOS release knows of a path, or None where only plain text is known of it."""
    schema = SCHEMAS.get(path)
    if schema is None:
        return None
    known = {
        name: each for name, each in schema.attributes.items() if each.known(release) and (vdoms or not each.in_vdoms)
    }
    return replace(schema, attributes=known)


# These cannot be changed inside a workspace transaction (Administration Guide, "Workspace mode", topic 530847).
# [fact: txn-tables]
NOT_IN_TRANSACTION = ("system console",)
