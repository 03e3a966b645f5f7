# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`execute fortitoken-mobile ...`. Each function names the fact its output follows; success prints nothing (inferred).

They stay at hand on a unit that a FortiManager manages: it distributes tokens, and cannot send activation codes
(Fortinet article 417985; FortiManager guides 6.4.11 and 7.2.7, topic 633639).

[fact: manager-distributes] [fact: mobile-silent]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .errors import CliError, fail, incomplete, parse_error, value_error
from .replies import reply, write_tokens
from .states import TRIAL, is_mobile

if TYPE_CHECKING:
    from .replies import Reply
    from .shell import Shell


# [fact: license-expired]
def _import(shell: Shell, args: list[str]) -> Reply:
    """The error line is that of Fortinet article 194508."""
    vdom = write_tokens(shell)
    if len(args) != 1:
        raise incomplete()
    if shell.ignoring:
        return reply()
    shell.mutations += 1
    error = shell.unit.fortiguard.licenses.redeem(args[0], vdom)
    if error is not None:
        raise CliError(f"import fortitoken license error: {error}")
    return reply()


def _provision(shell: Shell, args: list[str]) -> Reply:
    """Sends a new activation code to the user of a token. That it needs one is inferred. [fact: mobile-provision]"""
    vdom = write_tokens(shell)
    serial = _one_mobile(shell, vdom, args)
    holder = shell.unit.fortiguard.holder(vdom, serial)
    if holder is None:
        raise fail(-1, f"fortitoken {serial} is not assigned")
    if not shell.ignoring:
        shell.mutations += 1
        shell.unit.mobile.provision(serial, holder, shell.number)
    return reply()


# [fact: mobile-renew]
def _renew(shell: Shell, args: list[str]) -> Reply:
    """Renews a token that is locked, failed, or available and cannot be sent; it must be unassigned before, and trial
    tokens cannot be renewed (Fortinet articles 194364 and 312027). All texts are inferred."""
    vdom = write_tokens(shell)
    serial = _one_mobile(shell, vdom, args)
    if shell.unit.fortiguard.holder(vdom, serial):
        raise fail(-1, f"fortitoken {serial} is assigned")
    if shell.unit.config.table(vdom, "user fortitoken").entries[serial].text("license").startswith(TRIAL):
        raise fail(-1, f"fortitoken {serial} is a trial token")
    if not shell.unit.fortiguard.works():
        raise fail(-1, "token server is unreachable")
    if shell.unit.mobile.of_another_unit(serial):
        raise fail(-1, f"fortitoken {serial}: token does not belong to product")
    if not shell.ignoring:
        shell.mutations += 1
        shell.unit.mobile.renew(serial, shell.number)
    return reply()


def _poll(shell: Shell, args: list[str]) -> Reply:
    """`Poll soft token states.` (CLI references 6.0 to 8.0). [fact: mobile-poll]"""
    shell.unit.mobile.poll(write_tokens(shell), shell.number)
    return reply()


def _update_regid(shell: Shell, args: list[str]) -> Reply:
    """Takes no argument (CLI Reference 8.0.0, which first names it). [fact: mobile-update-regid]"""
    vdom = write_tokens(shell)
    if args:
        raise parse_error(args[0])
    shell.unit.mobile.update_registrations(vdom, shell.number)
    return reply()


def _one_mobile(shell: Shell, vdom: str, args: list[str]) -> str:
    if len(args) != 1:
        raise incomplete() if not args else parse_error(args[1])
    if args[0] not in shell.unit.config.table(vdom, "user fortitoken").entries or not is_mobile(args[0]):
        raise value_error(args[0], "entry not found in datasource")
    return args[0]


COMMANDS: dict[tuple[str, ...], Callable[[Shell, list[str]], Reply]] = {
    ("execute", "fortitoken-mobile", "import"): _import,
    ("execute", "fortitoken-mobile", "poll"): _poll,
    ("execute", "fortitoken-mobile", "provision"): _provision,
    ("execute", "fortitoken-mobile", "renew"): _renew,
    ("execute", "fortitoken-mobile", "update-regid"): _update_regid,
}
