# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A unit that is read from files instead of a console. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ROOT_VDOM,
    UNKNOWN,
    Token,
    Unit,
    Unseen,
)


def unit_of(identity: Mapping[str, Any]) -> Unit:
    """Return the unit that the offline connection describes. What the files do not hold is ``unknown``."""
    return Unit(
        hostname=str(identity["hostname"]),
        serial=str(identity["serial"]),
        model=str(identity["model"]),
        version=str(identity["version"]),
        build=str(identity["build"]),
        vdom_mode=str(identity["vdom_mode"]),
        vdoms=tuple(identity["vdoms"]) or (ROOT_VDOM,),
        user=str(identity["user"]),
        run=str(identity["run"]),
        ha_mode=str(identity["ha_mode"]),
        ha_role=str(identity["ha_role"]),
        confined_to=str(identity["confined_to"] or ""),
        offline=True,
        source=tuple(identity["source"]),
        missing=tuple(identity["missing"]),
    )


def unseen(unit: Unit) -> tuple[Unseen, ...]:
    """Return what the files do not hold, as what an account could not read."""
    return tuple(Unseen(f"'{line}'", "the source does not hold it") for line in unit.missing)


def without_guesses(token: Token) -> Token:
    """Return a token without what only its status list tells, where the files hold none."""
    return replace(token, drift=None) if token.status == UNKNOWN else token
