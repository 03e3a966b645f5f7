# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the file of a journal may hold. Its texts become lines for a unit, so names are taken from lists.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import MARK
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.secret_forms import is_secret_attribute
from ansible_collections.fortiops.fortitoken.plugins.module_utils._schema import (
    Flag,
    Items,
    Maybe,
    Number,
    Record,
    Rule,
    Table,
    Text,
)

#: What of a `user fortitoken` entry is given back (Fortinet CLI reference 478620).
TOKEN_ATTRIBUTES = frozenset(("comments", "status"))
#: The attributes of `user local` (Fortinet CLI references 6.0 to 7.6; fortinet.fortios, fortios_user_local).
USER_ATTRIBUTES = frozenset(
    """
    auth-concurrent-override auth-concurrent-value authtimeout email-to fortitoken id ldap-server passwd passwd-policy
    passwd-time ppk-identity ppk-secret qkd-profile radius-server saml-server sms-custom-server sms-phone sms-server
    status tacacs+-server two-factor two-factor-authentication two-factor-notification type username-case-insensitivity
    username-case-sensitivity username-sensitivity workstation
    """.split()  # noqa: SIM905
)

#: A FortiToken serial (articles 194435 and 232153), and that of a unit.
_SERIAL = Text(16, re.compile(r"FTK[0-9A-Z]{13}"))
_UNIT_SERIAL = Text(64, re.compile(r"[0-9A-Za-z-]+"))
_NAME = Text(255)
_VDOM = Text(64)
_VALUES = Items(Text(65_535, lines=True), 100)


def _settings(names: frozenset[str]) -> Table:
    return Table(Text(choices=names), _VALUES, len(names))


def _no_secret(settings: dict[str, list[str]]) -> bool:
    """Keep nothing of a secret but its mark: whoever writes another value wants it set."""
    return all(values == [MARK] for name, values in settings.items() if is_secret_attribute(name))


_ENTRY = Record({"serial": _SERIAL}, {"vdom": _VDOM, "settings": _settings(TOKEN_ATTRIBUTES)})
_BINDING = Record(
    {"serial": _SERIAL, "name": _NAME},
    {
        "type": Text(choices=("user", "admin")),
        "vdom": _VDOM,
        "two_factor": Text(40, re.compile(r"[a-z][a-z-]*")),
        "status": Maybe(Text(choices=("enable", "disable"))),
    },
)
_USER = Record(
    {
        "vdom": _VDOM,
        "name": _NAME,
        "settings": Rule(_settings(USER_ATTRIBUTES), _no_secret, "without the value of a secret"),
    }
)

#: A user of a binding who had another token before, or none.
_MOVE = Record({"vdom": _VDOM, "name": _NAME, "serial": Text(16, re.compile(r"(FTK[0-9A-Z]{13})?"))})

FORM = Record(
    {
        "format": Text(),
        "version": Number(whole=True),
        "unit": Record({"serial": _UNIT_SERIAL, "hostname": _NAME}, {"members": Maybe(Items(_UNIT_SERIAL, 64))}),
        "entries": Items(_ENTRY),
        "bindings": Items(_BINDING),
        "activations": Table(_SERIAL, Number()),
        "debug": Flag(),
        "owner": Text(400),
    },
    # Version 1 wrote `purged`, and nothing read it.
    {"users": Items(_USER), "moves": Items(_MOVE), "purged": Items(_SERIAL)},
)


def listed(settings: tuple[tuple[str, Any], ...]) -> tuple[tuple[str, Any], ...]:
    """Return what of a user's `set` lines a journal may hold."""
    return tuple((name, values) for name, values in settings if name in USER_ATTRIBUTES)


def unlisted(settings: tuple[tuple[str, Any], ...]) -> list[str]:
    """Return the attributes of a token's entry that no journal may hold, so that they could not be given back."""
    return [name for name, _values in settings if name not in TOKEN_ATTRIBUTES]
