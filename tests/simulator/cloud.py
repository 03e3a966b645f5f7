# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FortiToken Cloud (FortiIdentity Cloud), read-only.

Facts followed: the two lines of `execute fortitoken-cloud show` (New Features, topic 425212); the command
`diagnose fortitoken-cloud migrate-ftm show LICENSE` and its siblings (Fortinet article 217292; CLI Reference 8.0.0,
topic 271762199); users and administrators who were migrated have `two-factor fortitoken-cloud`, and their tokens are
gone from `user fortitoken` (topic 425212). What the unit prints without a license, and what `migrate-ftm show` prints,
is not public. The commands that start a migration are not modelled: they are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .errors import incomplete, parse_error, unknown_action
from .replies import need, reply

if TYPE_CHECKING:
    from .replies import Reply
    from .shell import Shell

# `two-factor fortitoken-cloud` (schema), and the migration of licenses (topics 913128 and 626658).
SINCE = (6, 2, 0)
MIGRATES_SINCE = (7, 0, 4)


# [fact: cloud-status] [fact: cloud-migrate-output]
def _show(shell: Shell, args: list[str]) -> Reply:
    need(shell, "execute", "read")
    if shell.unit.scenario.release < SINCE:
        raise unknown_action()
    cloud = shell.unit.scenario.fortitoken_cloud
    if cloud is None:
        return reply("FortiToken Cloud service status: not licensed.")
    return reply(
        f"FortiToken Cloud service status: {cloud.status}",
        f"Service balance: {cloud.balance} users. Expiration date: {cloud.expiration}. "
        f"Customer ID: {cloud.customer_id}.",
    )


# [fact: cloud-migrate] [fact: cloud-migrate-output]
def _migrate_show(shell: Shell, args: list[str]) -> Reply:
    need(shell, "diagnose", "read", "fortitoken-cloud")
    if shell.unit.scenario.release < MIGRATES_SINCE:
        raise parse_error("fortitoken-cloud")
    if len(args) != 1:
        raise incomplete() if not args else parse_error(args[1])
    cloud = shell.unit.scenario.fortitoken_cloud
    answers = cloud.migrations if cloud else {}
    return reply(*answers.get(args[0], f"License {args[0]} is not eligible for migration.").splitlines())


COMMANDS: dict[tuple[str, ...], Callable[[Shell, list[str]], Reply]] = {
    ("execute", "fortitoken-cloud", "show"): _show,
    ("diagnose", "fortitoken-cloud", "migrate-ftm", "show"): _migrate_show,
}
