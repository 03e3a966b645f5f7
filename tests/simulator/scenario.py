# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios: what a simulated unit is at its start and how it behaves. The README documents the file format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import yaml

from .behaviour import Behaviour
from .conditions import FAULT_KINDS, Fault, Ntp
from .settings import Cloud, Enrollment, Line, Pager, Question, Trial

T = TypeVar("T")


class ScenarioError(ValueError):
    """A scenario file says something that cannot be simulated."""


@dataclass
class Account:
    """Somebody who may log in.

    ``profile``: the name of an access profile, or read_only for super_admin_readonly. Where ``rights`` names anything,
    the unit gets a profile of that name with them.
    """

    name: str = "admin"
    password: str | None = None
    public_keys: list[str] = field(default_factory=list)
    profile: str = "super_admin"
    # Attributes of `config system accprofile`; kinds of commands (`cli-...`) that are not named are open.
    rights: dict[str, str] = field(default_factory=dict)
    # A second keyboard-interactive prompt asks for this code.
    otp: str | None = None
    forced_password_change: bool = False
    # Asked in the shell, one after the other, before anything else is shown.
    questions: list[Question] = field(default_factory=list)
    # The VDOM of the account; with a profile of scope vdom on a unit with VDOMs it is confined to it.
    vdom: str = "root"


@dataclass
class Token:
    """One `user fortitoken` entry and what `diagnose fortitoken info` says of it."""

    serial: str
    vdom: str = "root"
    seed: str | bool | None = None
    # Status text of `diagnose fortitoken info`.
    state: str = "new"
    drift: int = 0
    # `set status lock`.
    locked: bool = False
    comments: str | None = None
    license: str | None = None
    activation_code: str | None = None
    activation_expire: int | None = None
    reg_id: str | None = None
    os_ver: str | None = None
    # Mobile: the unit that it belongs to, where a restore brought it here from another one (it then looks `new` or
    # `provisioned`, and cannot be used). None: this one, or the one that its license is registered to.
    # [fact: trial-foreign]
    registered_to: str | None = None
    # Other attributes that the unit shows and does not take, by their names.
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class User:
    """One `user local` entry. ``fortitoken`` implies ``two_factor: fortitoken``."""

    name: str
    vdom: str = "root"
    status: str = "enable"
    type: str = "password"
    two_factor: str | None = None
    fortitoken: str | None = None
    email_to: str | None = None
    sms_phone: str | None = None
    passwd: str | None = None
    # Name of the RADIUS, LDAP or TACACS+ server, for a user of that type.
    server: str | None = None
    # What this user does with activation codes. None: as `enrollment` of the unit says.
    enrollment: Enrollment | None = None
    # Any other attribute of the table, by its FortiOS name.
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class Admin:
    """One `system admin` entry. Who may log in is said by ``accounts``, not here."""

    name: str
    accprofile: str = "super_admin"
    two_factor: str | None = None
    fortitoken: str | None = None
    email_to: str | None = None
    password: str | None = None
    enrollment: Enrollment | None = None
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class Answer:
    """What FortiGuard does when a serial is activated (hardware) or provisioned (mobile)."""

    # `active` or `provisioned`, or the status text of a failure. None: decided by the lock.
    outcome: str | None = None
    # Seconds until the answer; `.inf`: it never comes.
    delay: float | None = None
    seed: str | None = None
    # False: an activation lock is held, so no seed is returned. None: held where the token was activated once.
    lock_released: bool | None = None


@dataclass
class License:
    """A FortiToken Mobile redemption code: the serials it brings, or how FortiCare refuses it."""

    tokens: list[str] = field(default_factory=list)
    # Where the tokens appear. None: in the VDOM in which the code is redeemed.
    vdom: str | None = None
    # expired (14), card_not_found (number not public), other_product (31) or no_valid_token (17); or by number:
    # [fact: license-card-number]
    refusal: str | None = None
    error: int | None = None
    # None: the text that belongs to the number, where it is known.
    error_message: str | None = None
    # What the CLI prints for it. None: by the rule -(7550 + error). [fact: license-cli-code]
    cli_code: int | None = None
    license: str = "EFTM000000000000"
    # The unit that it is registered to; None: this one. Another one's tokens are refused (Fortinet article 424201).
    # [fact: license-other-product]
    registered_to: str | None = None
    # Whether this unit has redeemed it before.
    redeemed: bool = False


@dataclass
class FortiGuard:
    """The activation service behind the unit."""

    # Third trailer line of `diagnose fortitoken info`: reachable, unreachable or unknown. [fact: status-server]
    status: str = "reachable"
    # Whether requests really arrive; None: they do, unless status is unreachable.
    works: bool | None = None
    delay: float = 1.0
    serials: dict[str, Answer] = field(default_factory=dict)
    licenses: dict[str, License] = field(default_factory=dict)
    # What 0000-0000-0000-0000-0000 brings.
    trial: Trial = field(default_factory=Trial)
    # How a code that is not listed is refused: no_valid_token or card_not_found.
    unknown_code: str = "no_valid_token"
    # The number of `forticare license card not found`, which is not public.
    card_not_found: int = 15
    # Whether the unit learns by itself that a code was scanned; otherwise at `execute fortitoken-mobile poll`.
    # [fact: mobile-scan-learned]
    polls: bool = True
    # Answer for a serial that is not listed.
    default: Answer = field(default_factory=Answer)
    # Status text that every activation of a hardware token ends in, whatever is said of its serial: `cmdb save error`
    # on any release, or the nonsense of a broken server. None: each serial for itself.
    every_outcome: str | None = None


@dataclass
class Ha:
    """High availability."""

    mode: str = "standalone"
    # primary, secondary, or another word that the unit prints as it is, such as `backup` (seen on 5.2 to 5.4).
    role: str = "primary"
    members: list[str] = field(default_factory=list)
    # none, attached `HOST(Primary) #`, spaced `HOST (Primary) #`, prefix `(M) HOST #`
    prompt: str = "none"
    # Master and Slave, as up to FortiOS 6.2. [fact: ha-words]
    old_words: bool = False
    # The word behind `Current HA mode: a-p,`, such as `backup` (seen on 5.2 to 5.4) or one that nobody knows; an empty
    # one: no word. None: by role. [fact: ha-backup]
    role_word: str | None = None


@dataclass
class Chunks:
    """Output is cut into random pieces of this many bytes."""

    smallest: int = 1
    largest: int = 7
    seed: int = 1
    pause_ms: float = 0.0


@dataclass
class Console:
    """The terminal line and the login."""

    # One way.
    latency_ms: float = 0.0
    # Bandwidth, jitter and loss of the line.
    line: Line | None = None
    # [fact: pager-default]
    output: str = "more"
    # Most lines on a page, whatever the terminal asks for; a terminal of 24 rows leaves 23 of them.
    page_lines: int = 23
    pager: Pager = field(default_factory=Pager)
    pager_on_exec: bool = False
    # Whether a key that the pager does not know is lost (discard) or typed at the next prompt (keep). Inferred.
    # [fact: pager-keys]
    pager_other_keys: str = "discard"
    # What Ctrl-C does at an empty prompt outside any `config`: close (Fortinet CLI references) or prompt.
    # [fact: ctrl-c-closes]
    ctrl_c: str = "close"
    chunks: Chunks | None = None
    pre_login_banner: str | None = None
    post_login_banner: str | None = None
    # Lines printed before the first prompt.
    welcome: str | None = None
    auth: list[str] = field(default_factory=lambda: ["publickey", "password", "keyboard-interactive"])
    idle_timeout: float = 0.0
    login_delay: float = 0.0
    # Seconds until a password is answered, as with a RADIUS server behind the unit.
    auth_delay: float = 0.0
    # Failed logins until a lockout (admin-lockout-threshold), and its seconds. 0: never. [fact: failed-login-lockout]
    lockout_threshold: int = 0
    lockout_seconds: float = 60.0
    # Characters of host name and context that the prompt shows before it cuts them off with `~`.
    hostname_limit: int = 35
    context_limit: int = 35
    # Where a name that is too long is cut: end `a-long-na~`, or middle: all but the last four characters of the limit,
    # `~`, and the last 3 (seen: 20 characters, `~`, 3, with a limit of 24; for VDOM names inferred).
    # [fact: prompt-cut-end] [fact: prompt-cut-middle] [fact: context-cut]
    cut: str = "end"
    # Where debug lines appear: prompt, own_line, after_echo or mixed. [fact: debug-on-prompt-line]
    debug_style: str = "mixed"
    host_key: str = "ssh-ed25519"
    kex_algs: list[str] = field(default_factory=list)


@dataclass
class Scenario:
    """One unit at its start."""

    hostname: str = "fgt-demo"
    serial: str = "FGT60E0000000001"
    version: str = "FortiGate-60E v7.4.8,build2795,250523 (GA.M)"
    # none, multi or split-task
    vdom_mode: str = "none"
    vdoms: list[str] = field(default_factory=lambda: ["root"])
    accounts: list[Account] = field(default_factory=lambda: [Account("admin", "demo-Passw0rd")])
    tokens: list[Token] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    admins: list[Admin] = field(default_factory=list)
    fortiguard: FortiGuard = field(default_factory=FortiGuard)
    # Host -> ok, loss, sendto_failed or unresolvable; a host not listed answers.
    ping: dict[str, str] = field(default_factory=dict)
    # `config system central-management`, `config system email-server` and `config system global` by attribute.
    central_management: dict[str, Any] = field(default_factory=dict)
    email_server: dict[str, Any] = field(default_factory=dict)
    # What becomes of a mail: sent, refused, login_refused, unresolved or unreachable; lost: sent, and never read.
    mail: str = "sent"
    # What becomes of a text message: sent or refused.
    sms: str = "sent"
    # What users do with activation codes. None: there are no users; a mobile token is `provisioned` as soon as
    # FortiGuard has answered.
    enrollment: Enrollment | None = None
    # The time at the start (ISO 8601, without a zone UTC); none: the real one.
    clock: Any = None
    # None: no FortiToken Cloud license.
    fortitoken_cloud: Cloud | None = None
    # Daemon -> debug level that somebody has left set.
    debug_left_on: dict[str, int] = field(default_factory=dict)
    global_settings: dict[str, Any] = field(default_factory=dict)
    ha: Ha = field(default_factory=Ha)
    console: Console = field(default_factory=Console)
    behaviour: Behaviour = field(default_factory=Behaviour)
    # VDOMs that `diagnose sys vd list` names and that cannot be entered, such as dmgmt-vdom. [fact: vdom-reserved]
    reserved_vdoms: list[str] = field(default_factory=list)
    ntp: Ntp = field(default_factory=Ntp)
    # What `diagnose debug config-error-log read` prints.
    config_errors: list[str] = field(default_factory=list)
    # Path with dots (`user.fortitoken`) -> most entries in one VDOM and on the unit; 0: no limit.
    tablesize: dict[str, list[int]] = field(default_factory=dict)
    # Entries that the system event log holds at the start, oldest first: `logid` and other fields.
    log: list[dict[str, str]] = field(default_factory=list)
    # Scope (global or a VDOM) -> further configuration as FortiOS text.
    config: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        if self.vdom_mode == "split-task" and self.vdoms == ["root"]:
            self.vdoms = ["root", "FG-traffic"]
        self.check()

    @property
    def release(self) -> tuple[int, int, int]:
        """The FortiOS version as numbers."""
        found = re.search(r"v(\d+)\.(\d+)\.(\d+)", self.version)
        if not found:
            raise ScenarioError(f"no version in {self.version!r}")
        return int(found[1]), int(found[2]), int(found[3])

    # [fact: txn-since]
    @property
    def has_transactions(self) -> bool:
        """Whether the unit knows `execute config-transaction`."""
        if self.behaviour.transactions is not None:
            return self.behaviour.transactions
        return self.release >= (6, 2, 0)

    def check(self) -> None:
        """Raise ScenarioError where the scenario contradicts itself."""
        _one_of("vdom_mode", self.vdom_mode, "none", "multi", "split-task")
        _one_of("console.output", self.console.output, "more", "standard")
        _one_of("console.cut", self.console.cut, "end", "middle")
        _one_of("console.pager.ahead", self.console.pager.ahead, "read", "swallow")
        _one_of("console.pager.redraw", self.console.pager.redraw, "spaces", "erase", "cursor", "backspace")
        _one_of("console.debug_style", self.console.debug_style, "prompt", "own_line", "after_echo", "mixed")
        _one_of("fortiguard.status", self.fortiguard.status, "reachable", "unreachable", "unknown")
        _one_of("mail", self.mail, *MAIL_OUTCOMES)
        _one_of("sms", self.sms, *SMS_OUTCOMES)
        habits = [self.enrollment, *(user.enrollment for user in self.users)]
        for habit in [*habits, *(admin.enrollment for admin in self.admins)]:
            if habit:
                _one_of("enrollment.mail", habit.mail or "sent", *MAIL_OUTCOMES)
                _one_of("enrollment.sms", habit.sms or "sent", *SMS_OUTCOMES)
        _one_of("fortiguard.unknown_code", self.fortiguard.unknown_code, "no_valid_token", "card_not_found")
        for license_ in self.fortiguard.licenses.values():
            _one_of("licenses.refusal", license_.refusal or REFUSALS[0], *REFUSALS)
        _one_of("behaviour.bind_inactive", self.behaviour.bind_inactive, "accept", "refuse")
        _one_of("behaviour.refusal", self.behaviour.refusal, "mixed", "parse_error", "unknown_action")
        _one_of("behaviour.holders_counted", self.behaviour.holders_counted, "pending", "committed")
        _one_of("behaviour.seed_style", self.behaviour.seed_style, "enc", "quoted", "quoted_enc")
        _one_of("behaviour.transaction_listing", self.behaviour.transaction_listing, "typed", "net", "refused")
        _one_of("behaviour.in_place", self.behaviour.in_place, "seed", "refused", "spent")
        _one_of("behaviour.refcnt_style", self.behaviour.refcnt_style, "child", "table")
        _one_of("behaviour.debug_refused", self.behaviour.debug_refused, "none", "debug", "all")
        for refused in self.behaviour.refused:
            _one_of("behaviour.refused.at", refused.at, "set", "next")
        _one_of("ha.prompt", self.ha.prompt, "none", "attached", "spaced", "prefix")
        for fault in self.faults:
            _one_of("faults.kind", fault.kind, *FAULT_KINDS)
            _one_of("faults.count", fault.count, "total", "login", "exchange")
            if fault.kind in ("failover", "role") and self.ha.mode == "standalone":
                raise ScenarioError(f"faults: {fault.kind} needs a cluster, not ha.mode standalone")
        self.release  # noqa: B018 - raises where the version line has none
        for vdom in [*(token.vdom for token in self.tokens), *(user.vdom for user in self.users)]:
            if vdom not in self.vdoms:
                raise ScenarioError(f"VDOM {vdom!r} is not among {self.vdoms}")
        for account in self.accounts:
            if self.vdom_mode != "none" and account.vdom not in self.vdoms:
                raise ScenarioError(f"VDOM {account.vdom!r} of account {account.name!r} is not among {self.vdoms}")
        for what, names in (
            ("token", [(token.serial) for token in self.tokens]),
            ("user", [f"{user.vdom}/{user.name}" for user in self.users]),
        ):
            if len(names) != len(set(names)):
                raise ScenarioError(f"a {what} is listed twice")
        known = {(token.vdom, token.serial) for token in self.tokens}
        for user in self.users:
            if user.fortitoken and (user.vdom, user.fortitoken) not in known:
                raise ScenarioError(f"user {user.name!r} holds {user.fortitoken!r}, which VDOM {user.vdom!r} lacks")


REFUSALS = ("expired", "card_not_found", "other_product", "no_valid_token")
MAIL_OUTCOMES = ("sent", "refused", "login_refused", "unresolved", "unreachable", "lost")
SMS_OUTCOMES = ("sent", "refused")


def _one_of(what: str, value: str, *allowed: str) -> None:
    if value not in allowed:
        raise ScenarioError(f"{what} is {value!r}, not one of {', '.join(allowed)}")


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(kind: type[T], data: Any, where: str) -> T:
    """Make a dataclass from a mapping of its fields; nested dataclasses, lists and dictionaries of them included."""
    if not isinstance(data, Mapping):
        raise ScenarioError(f"{where}: a mapping is needed, not {data!r}")
    hints = _hints(kind)  # type: ignore[arg-type]  # mypy takes a class for unhashable
    unknown = set(data) - set(hints)
    if unknown:
        raise ScenarioError(f"{where}: unknown {', '.join(sorted(map(str, unknown)))}; known: {', '.join(hints)}")
    for each in fields(kind):  # type: ignore[arg-type]
        if each.default is MISSING and each.default_factory is MISSING and each.name not in data:
            raise ScenarioError(f"{where}: {each.name} is missing")
    return kind(**{name: _value(hints[name], value, f"{where}.{name}") for name, value in data.items()})


def _value(hint: Any, value: Any, where: str) -> Any:
    args = get_args(hint)
    inner = [arg for arg in args if hasattr(arg, "__dataclass_fields__")]
    if hasattr(hint, "__dataclass_fields__"):
        return _build(hint, value, where)
    if not inner or value is None:
        return value
    if isinstance(value, list):
        return [_build(inner[0], item, f"{where}[{index}]") for index, item in enumerate(value)]
    if args and args[0] is str and isinstance(value, Mapping):
        return {str(key): _build(inner[0], item, f"{where}.{key}") for key, item in value.items()}
    return _build(inner[0], value, where)


def from_data(data: Mapping[str, Any]) -> list[Scenario]:
    """Make the scenarios of one file's data: one unit, or a list below ``units``. Raises ScenarioError."""
    if "units" in data:
        if set(data) - {"units"}:
            raise ScenarioError("beside `units` there must be nothing else")
        return [_build(Scenario, unit, f"units[{index}]") for index, unit in enumerate(data["units"])]
    return [_build(Scenario, data, "scenario")]


def load(path: str | Path) -> list[Scenario]:
    """Read a scenario file. A bare name means a file of the folder ``scenarios``. Raises ScenarioError."""
    file = Path(path)
    if not file.exists() and not file.suffix:
        file = Path(__file__).parent / "scenarios" / f"{path}.yml"
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ScenarioError(f"{file}: {error}") from error
    if not isinstance(data, Mapping):
        raise ScenarioError(f"{file}: a mapping is needed")
    try:
        return from_data(data)
    except ScenarioError as error:
        raise ScenarioError(f"{file}: {error}") from error
