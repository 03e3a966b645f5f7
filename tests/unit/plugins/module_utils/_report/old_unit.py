# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The baseline of a made-up old unit, for tests."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import baseline as recorded
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    ALREADY,
    admin,
    facts,
    token,
    user,
)

TAKEN = "2026-03-01T02:07:42Z"
OLD: list[dict[str, Any]] = [
    token("FTK200EXAMPLE001", "healthy", "active", user("alice"), seed=True, comments="desk 4"),
    token("FTK200EXAMPLE002", "healthy", "active", admin("night-shift"), seed=True),
    token("FTK200EXAMPLE003", "activate", "new"),
    token("FTK200EXAMPLE004", "activate", "activation error (token not exist in FortiGuard)"),
    token("FTK211EXAMPLE005", "healthy", "active", user("grace"), seed=True),
    token("FTK300EXAMPLE006", "healthy", "active", user("ivan"), seed=True),
    token("FTK200EXAMPLE007", "needs_lock_release", ALREADY, user("erin", "disable"), seed=True),
    token("FTKMOBEXAMPLE008", "healthy", "provisioned", user("heidi"), license="EFTM000000000042"),
    token("FTKMOBEXAMPLE009", "healthy", "new", license="EFTM000000000042"),
    token("FTKMOBEXAMPLE010", "healthy", "provisioned", user("judy"), license="FTMTRIAL0A1B2C3D"),
    token("FTKMOBEXAMPLE011", "healthy", "new", license="FTMTRIAL0A1B2C3D"),
]


def baseline(tokens: list[dict[str, Any]] | None = None, **unit: Any) -> dict[str, Any]:
    """Return a baseline as it is read from its file."""
    made = recorded.make(facts(OLD if tokens is None else tokens, **unit), "fw-old", TAKEN)
    loaded: dict[str, Any] = json.loads(json.dumps(made))
    return recorded.check(loaded)


def row(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the row of this name."""
    return next(row for row in rows if row["id"] == name)
