# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each gate, closed by the one condition it stands for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    Account,
    Binding,
    Inventory,
    LostLine,
    Ping,
    Rights,
    Surroundings,
    Token,
    Unit,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.gates import Overrides, closed, evaluate
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import ALREADY_ACTIVATED, Policy

GOOD = Unit(
    hostname="FGT-A",
    serial="FGT60FTK20012345",
    model="FortiGate-60F",
    version="7.4.8",
    build="2795",
    vdom_mode="none",
    vdoms=("root",),
    user="netops",
    rights=Rights("read-write"),
    management_type="none",
    token_server="reachable",
)
SICK = Token("FTK200BAA0000001", "root", True, True, "new", 0, False)
WELL = Token("FTK200BAA0000002", "root", True, True, "active", 0, True)
REIMPORTABLE = Token("FTK200BAA0000003", "root", True, True, ALREADY_ACTIVATED, 0, True)


def first_closed(
    unit: Unit,
    tokens: tuple[Token, ...] = (SICK, WELL),
    overrides: Overrides | None = None,
    policy: Policy | None = None,
) -> Any:
    inventory = Inventory(unit, tokens)
    return closed(evaluate(inventory, findings(inventory, policy or Policy()), overrides))


def test_a_good_unit_passes_all() -> None:
    assert first_closed(GOOD) is None


@pytest.mark.parametrize(
    ("change", "name", "state"),
    [
        ({"management_type": "fortimanager", "manager": "192.0.2.7"}, "management", "skipped"),
        ({"read_only": True, "rights": Rights()}, "rights", "blocked"),
        ({"rights": Rights("read")}, "rights", "blocked"),
        ({"rights": Rights("none")}, "rights", "blocked"),
        ({"rights": Rights("none", super_admin_hidden=True)}, "rights", "blocked"),
        ({"rights": Rights("read-write", ("cli-exec",))}, "rights", "blocked"),
        # The token to renew is one that nobody is seen to hold.
        ({"rights": Rights("read-write", super_admin_hidden=True)}, "rights", "blocked"),
        ({"rights": Rights("unknown", super_admin_hidden=True)}, "rights", "blocked"),
        ({"admins_known": False}, "rights", "blocked"),
        ({"confined_to": "tenant", "admins_known": False}, "rights", "blocked"),
        ({"ha_mode": "a-p", "ha_role": "secondary"}, "ha_role", "blocked"),
        ({"ha_mode": "a-p", "ha_role": "unknown"}, "ha_role", "blocked"),
        ({"ha_mode": "a-p", "ha_role": "standalone"}, "ha_role", "blocked"),
        ({"ha_mode": "odd", "ha_role": "unknown"}, "ha_role", "blocked"),
        ({"management_type": ""}, "management", "blocked"),
        ({"management_type": "fortiorchestrator"}, "management", "blocked"),
        ({"cfg_save": "manual"}, "save_mode", "blocked"),
        ({"cfg_save": "revert"}, "save_mode", "blocked"),
        ({"cfg_save": "unknown"}, "save_mode", "blocked"),
        ({"cfg_save": "sometimes"}, "save_mode", "blocked"),
        ({"surroundings": Surroundings(lost_lines=(LostLine("set passwd", "7:x", "secret"),))}, "restore", "blocked"),
        ({"surroundings": Surroundings(lost_lines=(LostLine("edit bob", "7:x", "user"),))}, "restore", "blocked"),
        ({"surroundings": Surroundings(lost_lines=(LostLine("edit x", "7:x", "token"),))}, "restore", "blocked"),
        ({"token_server": "unreachable"}, "token_server", "blocked"),
        ({"token_server": "unreachable", "pings": (Ping("fds1.fortinet.com", True, 5, 5),)}, "token_server", "blocked"),
        ({"token_server": "unknown"}, "token_server", "blocked"),
        ({"token_server": "unknown", "pings": (Ping("fds1.fortinet.com", True, 5, 0),)}, "token_server", "blocked"),
        ({"version": "7.4.10"}, "firmware", "blocked"),
        ({"version": "7.4.11"}, "firmware", "blocked"),
        ({"version": "7.6.3"}, "firmware", "blocked"),
        ({"version": "7.6.4"}, "firmware", "blocked"),
        ({"version": "7.6.5"}, "firmware", "blocked"),
        ({"version": "7.6.6"}, "firmware", "blocked"),
    ],
)
def test_what_closes_a_gate(change: dict[str, Any], name: str, state: str) -> None:
    gate = first_closed(replace(GOOD, **change))
    assert (gate.name, gate.state) == (name, state)
    assert gate.message and gate.remedy


@pytest.mark.parametrize(
    "change",
    [
        {"management_type": "fortimanager", "manager": ""},
        {"management_type": "fortiguard"},
        {"management_type": "default"},
        {"surroundings": Surroundings(lost_lines=())},
        {"surroundings": Surroundings(lost_lines=(LostLine("set speed", "7:x", ""),))},
        {"rights": Rights()},
        {"read_only": True},
        {"ha_mode": "a-p", "ha_role": "primary"},
        {"token_server": "unknown", "pings": (Ping("fds1.fortinet.com", True, 5, 4),)},
        {"version": "7.4.9"},
        {"version": "7.4.12"},
        {"version": "7.6.2"},
        {"version": "7.6.7"},
        {"version": "8.0.0"},
    ],
)
def test_what_does_not(change: dict[str, Any]) -> None:
    assert first_closed(replace(GOOD, **change)) is None


@pytest.mark.parametrize("due", [SICK, REIMPORTABLE], ids=["activate", "reimport"])
def test_a_token_with_a_holder_is_renewed_where_administrators_may_be_hidden(due: Token) -> None:
    unit = replace(GOOD, rights=Rights("read-write", super_admin_hidden=True))
    held = replace(due, bindings=(Binding(due.serial, "user", "alice", "root", "fortitoken", "enable"),))
    released = Policy(lock_released=frozenset({due.serial}))
    assert first_closed(unit, (held, WELL), policy=released) is None
    assert first_closed(unit, (due, WELL), policy=released).name == "rights"
    # Whoever held it before it was deleted is known to the journal.
    assert first_closed(unit, (replace(due, journal="asked"), WELL), policy=released) is None
    # Nothing is due on the healthy one.
    assert first_closed(unit, (WELL,), policy=released) is None


def test_what_a_profile_lacks_is_named_with_the_line_that_repairs_it() -> None:
    gate = first_closed(
        replace(GOOD, rights=Rights("read-write", ("cli-exec", "cli-diagnose"), super_admin_hidden=True))
    )
    assert "does not open cli-exec, cli-diagnose" in gate.message
    assert "'set cli-exec enable', 'set cli-diagnose enable'" in gate.remedy


def test_bad_firmware_does_not_matter_where_no_hardware_token_has_to_be_activated() -> None:
    assert first_closed(replace(GOOD, version="7.4.10"), (WELL,)) is None


def test_bad_firmware_can_be_overridden_and_says_so() -> None:
    assert first_closed(replace(GOOD, version="7.4.10"), overrides=Overrides(firmware_bug=True)) is None


def test_a_unit_on_which_everything_fails_for_unknown_reasons_is_not_purged() -> None:
    unit = replace(GOOD, token_server="unknown", pings=(Ping("fds1.fortinet.com", True, 5, 5),))
    assert first_closed(unit, (SICK,)).name == "all_failing"
    assert first_closed(unit, (SICK,), Overrides(unknown_server=True)) is None
    assert first_closed(unit, (SICK, WELL)) is None
    assert first_closed(GOOD, (SICK,)) is None
    assert first_closed(unit, ()) is None


@pytest.mark.parametrize(
    "change",
    [
        {"management_type": ""},
        {"cfg_save": "manual"},
        {"cfg_save": "unknown"},
        {"surroundings": Surroundings(lost_lines=(LostLine("edit bob", "7:x", "user"),))},
    ],
)
def test_what_is_unknown_harms_nothing_where_nothing_is_due(change: dict[str, Any]) -> None:
    assert first_closed(replace(GOOD, **change), (WELL,)) is None


@pytest.mark.parametrize("mode", ["manual", "revert", "unknown"])
def test_a_run_that_saves_at_once_may_change_hardware_tokens(mode: str) -> None:
    assert first_closed(replace(GOOD, cfg_save=mode), overrides=Overrides(save_config=True)) is None


def test_an_account_of_one_vdom_is_told_the_right_to_add() -> None:
    gate = first_closed(replace(GOOD, confined_to="tenant", admins_known=False))
    assert "'set scope global'" in gate.remedy


def admin(
    name: str, profile: str = "super_admin", two_factor: str = "disable", token: str = "", **more: str
) -> Account:
    settings = (("accprofile", (profile,)), *((key.replace("_", "-"), (value,)) for key, value in more.items()))
    return Account("admin", name, "global", None, two_factor, token, settings=settings)


HELD = replace(REIMPORTABLE, bindings=(Binding(REIMPORTABLE.serial, "admin", "boss", "global", "fortitoken", None),))
BOSS = admin("boss", two_factor="fortitoken", token=REIMPORTABLE.serial)


@pytest.mark.parametrize(
    ("others", "blocked"),
    [
        ((), True),
        ((admin("reader", "prof_admin"),), True),
        ((admin("second"),), False),
        ((admin("second", two_factor="email"),), False),
        ((admin("second", remote_auth="enable"),), True),
        ((admin("second", peer_auth="enable"),), True),
        ((admin("second", two_factor="fortitoken", token=WELL.serial),), False),
        ((admin("second", two_factor="fortitoken", token=SICK.serial),), True),
        ((admin("second", two_factor="fortitoken", token="FTK200BAA0000009"),), True),
        # The account of the play is logged in, and its token is never touched.
        ((admin("netops", two_factor="fortitoken", token=SICK.serial),), False),
    ],
)
def test_an_administrators_token_is_only_changed_where_another_one_can_log_in(
    others: tuple[Account, ...], blocked: bool
) -> None:
    policy = Policy(lock_released=frozenset({"all"}), admins=True, login="netops")
    inventory = Inventory(GOOD, (HELD, SICK, WELL), (BOSS, *others))
    gate = closed(evaluate(inventory, findings(inventory, policy)))
    assert (gate is not None and gate.name == "lock_out") is blocked
    if gate is not None:
        assert "193487" in gate.message
    # Without `include`, no administrator's token is due.
    skipped = replace(policy, admins=False)
    assert closed(evaluate(inventory, findings(inventory, skipped))) is None


def test_every_gate_is_named_once() -> None:
    inventory = Inventory(GOOD, (WELL,))
    names = [gate.name for gate in evaluate(inventory, findings(inventory, Policy()))]
    assert len(set(names)) == len(names) == 9


WORDS = st.text(max_size=20)


@given(
    WORDS.filter(lambda word: word not in ("none", "default", "fortiguard", "fortimanager")),
    WORDS.filter(lambda word: word != "automatic"),
    WORDS.filter(lambda word: word != "primary"),
    st.sampled_from([SICK, REIMPORTABLE]),
)
def test_no_unknown_word_opens_a_gate_for_what_cannot_be_undone(
    management: str, mode: str, role: str, due: Token
) -> None:
    policy = Policy(lock_released=frozenset({"all"}))
    for change in (
        {"management_type": management},
        {"cfg_save": mode},
        {"ha_mode": "a-p", "ha_role": role},
    ):
        assert first_closed(replace(GOOD, **change), (due, WELL), policy=policy) is not None


@pytest.mark.parametrize(("count", "more"), [(1, False), (5, False), (6, True)])
def test_the_tokens_that_a_hidden_administrator_may_use_are_named(count: int, more: bool) -> None:
    unit = replace(GOOD, rights=Rights("read-write", super_admin_hidden=True))
    free = [replace(SICK, serial=f"FTK200BAB{number:07d}") for number in range(count)]
    gate = first_closed(unit, (*free, WELL))
    named = [token.serial for token in free if token.serial in gate.message]
    assert named == [token.serial for token in free[:5]]
    assert ("and more" in gate.message) is more


@pytest.mark.parametrize(
    ("mode", "words"), [("unknown", "cannot read whether the unit saves"), ("manual", "by itself (cfg-save manual)")]
)
def test_a_save_mode_that_cannot_be_read_is_told_from_one_that_does_not_save(mode: str, words: str) -> None:
    assert words in first_closed(replace(GOOD, cfg_save=mode)).message


@pytest.mark.parametrize(
    ("confined", "words"), [("tenant", "it belongs to VDOM tenant"), ("", "its access profile hides them")]
)
def test_why_the_administrators_cannot_be_read_is_told(confined: str, words: str) -> None:
    assert words in first_closed(replace(GOOD, admins_known=False, confined_to=confined)).message


def management(unit: Unit, **overrides: bool) -> Any:
    inventory = Inventory(unit, (SICK, WELL))
    gates = evaluate(inventory, findings(inventory, Policy()), Overrides(**overrides))
    return next(gate for gate in gates if gate.name == "management")


def test_a_managed_unit_is_skipped_unless_only_execute_commands_are_wanted() -> None:
    managed = replace(GOOD, management_type="fortimanager", manager="192.0.2.7")
    assert management(managed).state == "skipped"
    assert management(managed, execute_only=True).state == "overridden"
    for overrides in ({}, {"execute_only": True}):
        assert management(GOOD, **overrides).state == "passed"


@pytest.mark.parametrize(
    ("kind", "message", "remedy"),
    [
        ("of-tomorrow", "The management type 'of-tomorrow' is not known", "report the word"),
        ("", "Account netops cannot read the management settings", "'set sysgrp read'"),
    ],
)
def test_management_that_is_not_known_is_told_from_management_that_cannot_be_read(
    kind: str, message: str, remedy: str
) -> None:
    gate = management(replace(GOOD, management_type=kind))
    assert gate.state == "blocked"
    assert gate.message.startswith(message) and remedy in gate.remedy


@pytest.mark.parametrize(("mode", "told"), [("unknown", True), ("manual", False), ("revert", False)])
def test_the_right_to_read_how_a_unit_saves_is_asked_for_where_it_is_missing(mode: str, told: bool) -> None:
    gate = first_closed(replace(GOOD, cfg_save=mode))
    assert (gate.name, gate.state) == ("save_mode", "blocked")
    assert ("set sysgrp read" in gate.remedy) is told
