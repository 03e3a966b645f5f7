# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gates: conditions of the unit that must hold before anything on it is changed. Pure.

A word that is not known (HA role, management, save mode) does not open a gate for what cannot be undone.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    AUTOMATIC,
    HARDWARE,
    PRIMARY,
    READ_WRITE,
    SECONDARY,
    STANDALONE,
    SUPER_ADMIN,
    UNKNOWN,
    Account,
    Inventory,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    ACTIVATE,
    HEALTHY,
    LOCKED,
    PENDING,
    REIMPORT,
    Finding,
)

#: What a person does about a token whose entry has to be changed.
IN_FORTIMANAGER = (
    "Delete and add the tokens in FortiManager, assign them to their users there, and install the device configuration."
)

PASSED = "passed"
BLOCKED = "blocked"
SKIPPED = "skipped"
OVERRIDDEN = "overridden"

#: FortiOS releases on which an activation by serial ends in `cmdb save error`: bug 1218458, as listed by Fortinet
#: (articles 428366 and 119518, forum thread 222475 of January 2026). Fixes: 7.4.12, 7.6.7, 8.0.0. [fact: bug-1218458]
ACTIVATION_BUG = "1218458"
ACTIVATION_BUG_VERSIONS = frozenset(((7, 4, 10), (7, 4, 11), (7, 6, 3), (7, 6, 4), (7, 6, 5), (7, 6, 6)))


@dataclass(frozen=True)
class Gate:
    """`state`: `passed`, `blocked`, `skipped` (FortiManager manages it) or `overridden` by the operator."""

    name: str
    state: str
    message: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"name": self.name, "state": self.state, "message": self.message, "remedy": self.remedy}


@dataclass(frozen=True)
class Overrides:
    """What the operator decided beforehand: to proceed on bad firmware or without a known token server, and to save the
    configuration where the unit does not do it by itself. `execute_only`: to send execute commands to a unit that
    FortiManager manages, and no configuration line."""

    firmware_bug: bool = False
    unknown_server: bool = False
    save_config: bool = False
    execute_only: bool = False


@dataclass(frozen=True)
class _View:
    """What the gates look at: the unit, all tokens with their findings, and the accounts."""

    inventory: Inventory
    findings: Mapping[str, Finding]
    overrides: Overrides

    @property
    def unit(self) -> Unit:
        return self.inventory.unit

    def due(self) -> list[Token]:
        """Return the hardware tokens with a step due that cannot be undone: deletion or activation."""
        return [
            token
            for token in self.inventory.tokens
            if token.kind == HARDWARE and self.findings[token.serial].action in ("reimport", "activate")
        ]


def _management(view: _View) -> Gate:
    unit = view.unit
    if unit.managed and view.overrides.execute_only:
        # FortiManager distributes tokens; activating them and sending activation codes is up to the FortiGate (article
        # 417985; FortiManager guides, topic 633639).
        return Gate(
            "management",
            OVERRIDDEN,
            f"FortiManager {unit.manager} manages this unit. Tokens are only activated and provisioned, by execute"
            " commands; no configuration line is sent.",
            IN_FORTIMANAGER,
        )
    if unit.managed:
        return Gate(
            "management",
            SKIPPED,
            # [fact: manager-distributes]
            f"FortiManager {unit.manager} manages this unit and provides its tokens (Fortinet article 194508, step 1).",
            f"{IN_FORTIMANAGER} Or let this unit activate and provision with remediate_managed=execute_only.",
        )
    if unit.managed_by != UNKNOWN:
        return Gate("management", PASSED, "No FortiManager manages this unit.")
    if unit.management_type:
        message = f"The management type '{unit.management_type}' is not known; a FortiManager may manage this unit."
        remedy = "Look at 'show system central-management' on the unit, and report the word."
    else:
        message = f"Account {unit.user} cannot read the management settings; a FortiManager may manage this unit."
        remedy = f"Add to the access profile of the account: {_right(unit, 'set sysgrp read')}."
    if view.due():
        return Gate("management", BLOCKED, message, remedy)
    return Gate("management", PASSED, message + " Nothing is due that cannot be undone.")


def _right(unit: Unit, right: str) -> str:
    """Return the lines of the access profile that are missing, in words."""
    lines = ["set scope global", right] if unit.confined_to else [right]
    return ", ".join(f"'{line}'" for line in lines)


def _rights(view: _View) -> Gate:
    unit, rights = view.unit, view.unit.rights

    def blocked(message: str, remedy: str) -> Gate:
        return Gate("rights", BLOCKED, message, f"{remedy} The guide 'Connecting to a FortiGate' has a whole profile.")

    if rights.level in ("read", "none"):
        return blocked(
            f"The account {unit.user} may not change users and tokens: its access profile gives '{rights.level}' for"
            " Users and Devices (authgrp).",
            "Log in with an account whose access profile (system accprofile) has 'set authgrp read-write'.",
        )
    # `$` in the prompt means a limited profile, not necessarily one that may not write (Fortinet article 406752).
    # [fact: prompt-dollar]
    if unit.read_only and rights.level != READ_WRITE and not unit.confined_to:
        return blocked(
            f"The account {unit.user} has a restricted access profile ('$' in the prompt), and what it may change"
            " cannot be read.",
            "Log in with an account whose access profile has 'set authgrp read-write' and, so that this can be seen,"
            " 'set sysgrp read'; on a unit with VDOMs also 'set scope global'.",
        )
    if rights.closed:
        return blocked(
            f"The access profile of the account {unit.user} does not open {', '.join(rights.closed)}: the unit would"
            " refuse lines in the middle of the work.",
            "On the unit, in 'config system accprofile': "
            + ", ".join(f"'set {name} enable'" for name in rights.closed)
            + ".",
        )
    if not unit.admins_known:
        why = f"it belongs to VDOM {unit.confined_to}" if unit.confined_to else "its access profile hides them"
        return blocked(
            f"The account {unit.user} cannot read all administrators ({why}), and FortiOS does not protect a token that"
            " an administrator uses from being deleted.",
            f"Log in with an account that sees them: {_right(unit, 'set sysgrp read')}.",
        )
    free = _due_without_user(view) if rights.super_admin_hidden else []
    more = " and more" if len(free) > 5 else ""
    if free:
        return blocked(
            f"FortiOS does not show the administrators of super_admin to the account {unit.user}. One of them may use"
            f" what looks unassigned and would be replaced: {', '.join(free[:5])}{more}.",
            "Log in with an account of the profile super_admin.",
        )
    return Gate("rights", PASSED, f"The account {unit.user} may write.")


def _due_without_user(view: _View) -> list[str]:
    """Return the tokens that would be changed and look unassigned; not those of an open journal, which knows their
    users."""
    return [
        token.serial
        for token in view.inventory.tokens
        if view.findings[token.serial].action in ("reimport", "activate") and not token.bindings and not token.journal
    ]


def _ha_role(view: _View) -> Gate:
    unit = view.unit
    state = f"HA: {unit.ha_mode}, {unit.ha_role}."
    if unit.ha_role == SECONDARY:
        return Gate(
            "ha_role",
            BLOCKED,
            "This unit is the secondary of an HA cluster; its configuration comes from the primary.",
            "Run against the primary's (or the cluster's) management address.",
        )
    if unit.ha_role == PRIMARY or (unit.ha_mode, unit.ha_role) == (STANDALONE, STANDALONE):
        return Gate("ha_role", PASSED, state)
    return Gate(
        "ha_role",
        BLOCKED,
        f"It is not known whether this unit is the primary of its cluster. {state}",
        "Compare 'get system status' and 'get system ha status' on the unit, and run against the primary's management"
        f" address. The account needs {_right(unit, 'set sysgrp read')} to see the members.",
    )


def _token_server(view: _View) -> Gate:
    unit = view.unit
    answering = [ping.host for ping in unit.pings if ping.received]
    if unit.token_server == "reachable":
        return Gate("token_server", PASSED, "The unit reports its token server as reachable.")
    remedy = (
        "Let the unit reach FortiGuard: DNS, route, and TCP 443 to directregistration.fortinet.com, fds1.fortinet.com"
        " and globalftm.fortinet.net. Then run again."
    )
    if unit.token_server == "unreachable":
        return Gate("token_server", BLOCKED, "The unit reports its token server as unreachable.", remedy)
    if answering:
        return Gate("token_server", PASSED, f"The token server's state is unknown, but {answering[0]} answers.")
    return Gate(
        "token_server", BLOCKED, "The token server's state is unknown and none of Fortinet's hosts answers.", remedy
    )


def _firmware(view: _View) -> Gate:
    unit = view.unit
    if unit.version_tuple not in ACTIVATION_BUG_VERSIONS:
        return Gate(
            "firmware",
            PASSED,
            f"FortiOS {unit.version} is not among the releases that Fortinet lists for bug {ACTIVATION_BUG}.",
        )
    message = f"FortiOS {unit.version} cannot store activated hardware tokens (bug {ACTIVATION_BUG})."
    due = [
        token
        for token in view.inventory.tokens
        if token.kind == HARDWARE and view.findings[token.serial].verdict in (REIMPORT, ACTIVATE)
    ]
    if not due:
        return Gate("firmware", PASSED, message + " No hardware token has to be activated.")
    if view.overrides.firmware_bug:
        return Gate("firmware", OVERRIDDEN, message + " Overridden by the operator.")
    return Gate(
        "firmware",
        BLOCKED,
        message,
        "Upgrade to 7.4.12, 7.6.7, 8.0.0 or later first; an activation on this release may be wasted."
        " Set remediate_ignore_firmware_bug to proceed anyway.",
    )


def _all_failing(view: _View) -> Gate:
    name, unit, findings = "all_failing", view.unit, view.findings
    failing = bool(findings) and all(finding.verdict != HEALTHY for finding in findings.values())
    if not failing or unit.token_server == "reachable":
        return Gate(name, PASSED, "The errors do not come from a lost token server.")
    message = f"Every token fails while the token server's state is {unit.token_server}: that may be the only cause."
    if view.overrides.unknown_server:
        return Gate(name, OVERRIDDEN, message + " Overridden by the operator.")
    return Gate(
        name,
        BLOCKED,
        message,
        "Make sure that the unit reaches FortiGuard and wait for its status to change. Set"
        " remediate_ignore_unknown_server to proceed anyway.",
    )


def _save_mode(view: _View) -> Gate:
    """Evaluate `cfg-save`: with manual or revert a restart or a timer takes back what was changed, and a seed that was
    fetched once does not come again (article 231369; the loss of the seed is inferred). [fact: cfg-save-seed-lost]"""
    name, mode = "save_mode", view.unit.cfg_save
    if mode == AUTOMATIC:
        return Gate(name, PASSED, "The unit saves its configuration by itself.")
    message = (
        f"Account {view.unit.user} cannot read whether the unit saves its configuration by itself (cfg-save)."
        if mode == UNKNOWN
        else f"The unit does not save its configuration by itself (cfg-save {mode})."
    )
    if not view.due():
        return Gate(name, PASSED, message + " No hardware token is to be changed.")
    if view.overrides.save_config:
        return Gate(name, PASSED, message + " The run saves what it changes at once.")
    return Gate(
        name,
        BLOCKED,
        message + " A new seed that is not saved is lost at the next restart, and Fortinet does not send it again.",
        "Run with remediate_save_config=true (save_config in the modules), or set 'set cfg-save automatic' in 'config"
        " system global'."
        + (f" Or add {_right(view.unit, 'set sysgrp read')} to the access profile." if mode == UNKNOWN else ""),
    )


_ABOUT = {"secret": "secrets", "user": "users or administrators", "token": "tokens"}


def _restore(view: _View) -> Gate:
    """Evaluate what a restore lost (article 195668): then the tokens may not be the cause. [fact: restore-error-log]"""
    name, lost = "restore", view.unit.surroundings.lost_lines
    if lost is None:
        return Gate(name, PASSED, "The unit does not show whether the last restore lost lines.")
    about = [word for kind, word in _ABOUT.items() if any(line.about == kind for line in lost)]
    if not about:
        return Gate(name, PASSED, "The last restore lost no line about secrets, users or tokens.")
    message = f"The last restore lost lines that name {' and '.join(about)}: the tokens may not be the cause."
    if all(finding.verdict in (HEALTHY, LOCKED, PENDING) for finding in view.findings.values()):
        return Gate(name, PASSED, message + " No token fails.")
    return Gate(
        name,
        BLOCKED,
        message,
        "Read 'diagnose debug config-error-log read' on the unit. Restore the configuration again on the same FortiOS"
        " release and with the same private data encryption key, then run again.",
    )


def _lock_out(view: _View) -> Gate:
    """Evaluate whether an administrator could still log in if the tokens of this run came to nothing.

    Without one, only a reset of the unit helps (article 193487). [fact: admin-last]
    """
    name = "lock_out"
    touched = [
        token
        for token in view.inventory.tokens
        if token.admins and view.findings[token.serial].action in ("reimport", "activate", "provision")
    ]
    if not touched:
        return Gate(name, PASSED, "No administrator's token is to be changed.")
    safe = next((account.name for account in view.inventory.admins().values() if _can_log_in(view, account)), "")
    if safe:
        return Gate(name, PASSED, f"Administrator {safe} can log in without any token of this run.")
    names = ", ".join(dict.fromkeys(binding.name for token in touched for binding in token.admins))
    return Gate(
        name,
        BLOCKED,
        f"Tokens of administrators ({names}) are to be changed, and the unit shows no super_admin who could log in"
        " without one of them. If they fail, only a factory reset helps (Fortinet article 193487).",
        "Create an administrator with the profile super_admin and another second factor (e-mail), or run with"
        " remediate_admins=skip.",
    )


def _can_log_in(view: _View, account: Account) -> bool:
    """Return whether a super_admin does not depend on a token of this run, nor on a server that may not answer."""
    if account.value("accprofile") != SUPER_ADMIN:
        return False
    if account.name == view.unit.user:
        # It is logged in, and its token is never touched.
        return True
    if account.value("remote-auth", "disable") == "enable" or account.value("peer-auth", "disable") == "enable":
        return False
    if account.two_factor != "fortitoken":
        return True
    token = view.inventory.by_serial().get(account.fortitoken)
    return token is not None and view.findings[token.serial].verdict == HEALTHY


def evaluate(
    inventory: Inventory, findings: Mapping[str, Finding], overrides: Overrides | None = None
) -> tuple[Gate, ...]:
    """Return all gates of a unit, in the order in which a person would check them. `findings`: serial -> triage."""
    view = _View(inventory, findings, overrides or Overrides())
    return (
        _management(view),
        _rights(view),
        _ha_role(view),
        _token_server(view),
        _restore(view),
        _firmware(view),
        _all_failing(view),
        _save_mode(view),
        _lock_out(view),
    )


def closed(gates: Iterable[Gate]) -> Gate | None:
    """Return the first gate that forbids changes, or None."""
    return next((gate for gate in gates if gate.state in (BLOCKED, SKIPPED)), None)
