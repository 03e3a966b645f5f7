# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activation, provisioning, debug lines, transactions, saving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.fortiguard import LOCK_HELD, NO_CONTACT

Make = Callable[..., Any]
HW, HW2, MOBILE = "FTK200AAAA000001", "FTK200AAAA000002", "FTKMOB0A1B2C3D4E"
FAILED = {"serial": HW, "seed": True, "state": LOCK_HELD, "comments": "door"}
READD = ("config user fortitoken", f"delete {HW}", f"edit {HW}", "next", "end")


def status(unit: Any, serial: str = HW) -> str:
    return str(unit.unit.fortiguard.tokens[serial].status)


def test_readding_a_released_token_activates_it_once_after_the_delay(desk: Make) -> None:
    unit = desk(tokens=[FAILED], fortiguard={"delay": 2.0, "serials": {HW: {"lock_released": True}}})
    unit(*READD)
    assert status(unit) == "new" and "seed" not in unit(f"show user fortitoken {HW}")
    unit.clock.advance(1.9)
    assert status(unit) == "new"
    unit.clock.advance(0.2)
    assert status(unit) == "active" and "set seed ENC" in unit(f"show user fortitoken {HW}")
    assert [event["how"] for event in unit.types("activation")] == ["readd"]
    # The lock is held now.
    unit(*READD)
    unit.clock.advance(5)
    assert status(unit) == LOCK_HELD and "seed" not in unit(f"show user fortitoken {HW}")


def test_readding_without_a_released_lock_burns_the_seed(desk: Make) -> None:
    unit = desk(tokens=[FAILED])
    unit(*READD)
    unit.clock.advance(5)
    assert status(unit) == LOCK_HELD and "seed" not in unit(f"show user fortitoken {HW}")
    assert unit.types("activation_result")[0]["seed"] is False


def test_the_device_reports_activations_in_its_log(desk: Make) -> None:
    unit = desk(tokens=[FAILED])
    assert unit("execute log display") == "0 logs found."
    unit(*READD)
    unit.clock.advance(5)
    unit("execute log filter field logid 0100032159")
    text = unit("execute log display")
    assert "1 logs found." in text and 'logdesc="FortiToken activation failed"' in text and HW in text


@pytest.mark.parametrize(
    ("fortiguard", "outcome"),
    [
        ({}, "active"),
        ({"status": "unknown"}, "active"),
        ({"status": "unreachable"}, NO_CONTACT),
        ({"serials": {HW: {"outcome": "cmdb save error"}}}, "cmdb save error"),
        ({"default": {"outcome": NO_CONTACT}}, NO_CONTACT),
        ({"serials": {HW: {"lock_released": False}}}, LOCK_HELD),
    ],
)
def test_outcomes_of_the_command(desk: Make, fortiguard: dict[str, Any], outcome: str) -> None:
    unit = desk(tokens=[{"serial": HW, "state": "new"}], fortiguard=fortiguard)
    assert unit(f"execute fortitoken activate {HW}") == ""
    unit.clock.advance(5)
    assert status(unit) == outcome
    assert ("set seed" in unit("show user fortitoken")) == (outcome == "active")


def test_a_seed_on_a_cd_never_comes_from_fortiguard(desk: Make) -> None:
    serial = "FTK211AAAA000001"
    unit = desk(tokens=[{"serial": serial}], fortiguard={"serials": {serial: {"lock_released": True}}})
    unit(f"execute fortitoken activate {serial}")
    unit.clock.advance(5)
    assert status(unit, serial) == LOCK_HELD


def test_a_failed_contact_uses_up_no_activation(desk: Make) -> None:
    unit = desk(tokens=[{"serial": HW, "state": "new"}], fortiguard={"works": False})
    unit(f"execute fortitoken activate {HW}")
    unit.clock.advance(5)
    unit.unit.scenario.fortiguard.works = True
    unit(f"execute fortitoken activate {HW}")
    unit.clock.advance(5)
    assert status(unit) == "active"


def test_twenty_serials_a_call_and_no_more(desk: Make) -> None:
    serials = [f"FTK200AAAA{number:06}" for number in range(21)]
    unit = desk(tokens=[{"serial": serial} for serial in serials])
    assert serials[20] in unit.refused("execute fortitoken activate " + " ".join(serials))
    assert not unit.types("activation")
    unit("execute fortitoken activate " + " ".join(serials[:20]))
    unit.clock.advance(5)
    assert [status(unit, serial) for serial in serials] == ["active"] * 20 + ["new"]


def test_the_answer_for_a_token_that_was_deleted_meanwhile_is_dropped(desk: Make) -> None:
    unit = desk(tokens=[{"serial": HW}])
    unit(f"execute fortitoken activate {HW}", "config user fortitoken", f"delete {HW}", "end")
    unit.clock.advance(5)
    assert unit.types("activation_result")[0]["dropped"] is True and HW not in unit("show user fortitoken")


def test_the_seed_survives_an_edit_that_was_open_when_it_arrived(desk: Make) -> None:
    unit = desk(tokens=[{"serial": HW}])
    unit(f"execute fortitoken activate {HW}", "config user fortitoken", f"edit {HW}", "set comments late")
    unit.clock.advance(5)
    unit("end")
    text = unit("show user fortitoken")
    assert "set seed" in text and 'set comments "late"' in text


def test_binding_a_mobile_token_provisions_it(desk: Make) -> None:
    unit = desk(tokens=[{"serial": MOBILE, "license": "EFTM000000000001"}], users=[{"name": "a", "type": "radius"}])
    unit("config user local", "edit a", "set two-factor fortitoken", f"set fortitoken {MOBILE}", "end")
    assert status(unit, MOBILE) == "provisioning"
    unit.clock.advance(5)
    assert status(unit, MOBILE) == "provisioned" and "set activation-code" in unit("show user fortitoken")
    unit("config user local", "edit a", "unset two-factor", "end")
    assert status(unit, MOBILE) == "new" and "activation-code" not in unit("show user fortitoken")


def test_unbinding_a_mobile_token_while_the_server_is_away_locks_it(desk: Make) -> None:
    unit = desk(
        tokens=[{"serial": MOBILE, "state": "provisioned"}],
        users=[{"name": "a", "type": "radius", "fortitoken": MOBILE}],
        fortiguard={"status": "unreachable"},
    )
    unit("config user local", "edit a", "unset two-factor", "end")
    assert status(unit, MOBILE) == "locked"


def test_import_of_a_license(desk: Make) -> None:
    unit = desk(
        tokens=[{"serial": MOBILE, "state": "locked"}],
        fortiguard={"licenses": {"AAAA-BBBB": {"tokens": [MOBILE]}, "CCCC-DDDD": {"error": 14}}},
    )
    assert unit.refused("execute fortitoken-mobile import CCCC-DDDD") == "import fortitoken license error: -7564"
    assert unit.refused("execute fortitoken-mobile import WRONG") == "import fortitoken license error: -7567"
    unit("execute fortitoken-mobile import AAAA-BBBB")
    assert status(unit, MOBILE) == "new"
    assert "CCCC-DDDD" not in repr(unit.log.events)


def test_binding_an_inactive_token_is_accepted_or_refused(desk: Make) -> None:
    data = {"tokens": [{"serial": HW}], "users": [{"name": "a", "type": "radius"}]}
    bind = ("config user local", "edit a", "set two-factor fortitoken")
    desk(**data)(*bind, f"set fortitoken {HW}", "end")
    strict = desk(**data, behaviour={"bind_inactive": "refuse"})
    strict(*bind)
    assert "checking fail" in strict.refused(f"set fortitoken {HW}")
    strict("abort", f"execute fortitoken activate {HW}")
    strict.clock.advance(5)
    strict(*bind, f"set fortitoken {HW}", "end")


# Debug


DEBUG_ON = (
    "diag debug console time en",
    "diag debug app forticldd 255",
    "diag fortitoken debug enable",
    "diag debug enable",
)


def test_debug_lines_come_only_to_the_session_that_asked(desk: Make) -> None:
    unit = desk(tokens=[{"serial": HW}])
    other: list[str] = []
    second = unit.login()
    second.print_debug = other.extend
    unit(*DEBUG_ON, f"execute fortitoken activate {HW}")
    unit.clock.advance(5)
    assert "[641] fds_ctx_set_addr: server: 192.0.2.10:443" in unit.printed and not other
    unit("diagnose debug reset", "diagnose debug disable")
    before = len(unit.printed)
    unit(f"execute fortitoken activate {HW}")
    unit.clock.advance(5)
    assert len(unit.printed) == before


def test_debug_shows_seeds_and_codes_in_clear_and_cut_in_two(desk: Make) -> None:
    unit = desk(
        tokens=[{"serial": HW}, {"serial": MOBILE, "license": "EFTM000000000001"}],
        users=[{"name": "a", "type": "radius"}],
    )
    unit(*DEBUG_ON, f"execute fortitoken activate {HW}")
    unit("config user local", "edit a", "set two-factor fortitoken", f"set fortitoken {MOBILE}", "end")
    unit.clock.advance(5)
    seed = unit.unit.config.table("root", "user fortitoken").entries[HW].text("seed")
    code = unit.unit.config.table("root", "user fortitoken").entries[MOBILE].text("activation-code")
    assert seed not in "\n".join(unit.printed) and seed in "".join(unit.printed)
    assert f'"activation_code": "{code}"' in "\n".join(unit.printed) and code in unit.unit.secrets()


def test_import_error_in_debug(desk: Make) -> None:
    unit = desk(fortiguard={"licenses": {"CCCC-DDDD": {"error": 14}}})
    unit("diag fortitoken debug enable", "diag debug enable")
    unit.refused("execute fortitoken-mobile import CCCC-DDDD")
    assert '{"error_code":14,"error_message":"forticare license expired"}}}' in unit.printed
    assert "ftm_fc_command[564]:received error from forticare [-7564]" in unit.printed


# Workspace mode


def test_changes_are_held_back_until_commit(desk: Make) -> None:
    unit = desk(tokens=[FAILED], users=[{"name": "a", "type": "radius", "fortitoken": HW}])
    other = unit.login()
    unit("execute config-transaction start")
    unit("config user local", "edit a", "set status disable", "unset two-factor", "next", "end")
    unit("config user fortitoken", f"delete {HW}", "end")
    assert HW not in unit("show user fortitoken") and HW in "".join(other.execute("show user fortitoken").lines)
    assert not unit.types("change")
    unit("execute config-transaction commit")
    assert HW not in "".join(other.execute("show user fortitoken").lines)
    assert {event["commit"] for event in unit.types("change")} == {1} and len(unit.types("change")) == 2


def test_abort_timeout_and_a_lost_session_drop_all(desk: Make) -> None:
    for how in ("abort", "expired", "dropped"):
        lingers = {"transaction_lingers": how != "dropped"}
        unit = desk(users=[{"name": "a", "type": "radius"}], behaviour=lingers)
        unit("execute config-transaction start 1", "config user local", "edit a", "set status disable", "end")
        if how == "abort":
            unit("execute config-transaction abort")
        elif how == "expired":
            unit.clock.advance(61)
            assert "config transaction id=1 will expire in 10 seconds" in unit.printed
            assert unit.printed[-1] == "config transaction id=1 has expired"
        else:
            unit.shell.closed("closed")
            assert unit.types("logout")[0]["transaction"] is True
            unit.shell = unit.login()
        assert "disable" not in unit("show user local") and not unit.types("change")
        assert unit.types("transaction")[-1]["action"] == how


def test_activity_keeps_a_transaction_alive(desk: Make) -> None:
    unit = desk()
    unit("execute config-transaction start 1")
    for _command in range(5):
        unit.clock.advance(50)
        unit("get system status")
    assert unit.shell.transaction is not None


def test_objects_of_a_transaction_are_locked(desk: Make) -> None:
    unit = desk(tokens=[FAILED], users=[{"name": "a", "type": "radius"}, {"name": "b", "type": "radius"}])
    other = unit.login()
    unit("execute config-transaction start", "config user local", "edit a", "set status disable", "end")
    other.execute("config user local")
    assert other.execute("edit a").lines[-1] == "Command fail. Return code 14"
    assert not other.execute("edit b").error
    unit("execute config-transaction commit")
    other.execute("abort")
    other.execute("config user local")
    assert not other.execute("edit a").error


def test_a_token_in_a_transaction_cannot_be_bound_by_others(desk: Make) -> None:
    unit = desk(tokens=[FAILED], users=[{"name": "a", "type": "radius"}])
    other = unit.login()
    unit("execute config-transaction start", "config user fortitoken", f"delete {HW}", "end")
    for line in ("config user local", "edit a", "set two-factor fortitoken"):
        assert not other.execute(line).error
    assert other.execute(f"set fortitoken {HW}").lines[-1] == "Command fail. Return code 14"


def test_a_lingering_transaction_keeps_its_locks_until_its_time_is_over(desk: Make) -> None:
    unit = desk(users=[{"name": "a", "type": "radius"}])
    unit("execute config-transaction start 1", "config user local", "edit a", "set status disable", "end")
    unit.shell.closed("closed")
    unit.shell = unit.login()
    unit("config user local")
    assert "14" in unit.refused("edit a")
    unit.clock.advance(61)
    unit("edit a", "abort")


def test_readding_in_a_second_transaction_activates_on_commit(desk: Make) -> None:
    unit = desk(tokens=[FAILED], fortiguard={"serials": {HW: {"lock_released": True}}})
    start, commit = "execute config-transaction start", "execute config-transaction commit"
    unit(start, "config user fortitoken", f"delete {HW}", "end", commit)
    unit(start, "config user fortitoken", f"edit {HW}", "set comments back", "next", "end")
    assert not unit.types("activation")
    unit(commit)
    unit.clock.advance(5)
    assert status(unit) == "active" and len(unit.types("activation")) == 1


def test_6_0_knows_no_transactions(desk: Make) -> None:
    unit = desk(version="FortiGate-60E v6.0.9,build0335,200121 (GA)")
    assert unit.refused("execute config-transaction start") == "Unknown action 0"


def test_console_settings_cannot_be_changed_in_a_transaction(desk: Make) -> None:
    unit = desk()
    unit("execute config-transaction start")
    assert "parse error" in unit.refused("config system console")


# cfg-save


def test_a_deleted_token_comes_back_with_the_unsaved_configuration(desk: Make) -> None:
    unit = desk(tokens=[FAILED], global_settings={"cfg-save": "manual"})
    unit("config user fortitoken", f"delete {HW}", "end")
    unit.unit.rebooted()
    assert status(unit) == LOCK_HELD and HW in unit("diagnose fortitoken info")


def test_manual_saving(desk: Make) -> None:
    unit = desk(users=[{"name": "a", "type": "radius"}], global_settings={"cfg-save": "manual"})
    change = ("config user local", "edit a", "set status disable", "end")
    unit(*change)
    unit.unit.rebooted()
    assert "disable" not in unit("show user local")
    unit(*change, "execute cfg save")
    unit.unit.rebooted()
    assert "disable" in unit("show user local")


def test_revert_after_its_time(desk: Make) -> None:
    unit = desk(
        users=[{"name": "a", "type": "radius"}], global_settings={"cfg-save": "revert", "cfg-revert-timeout": 60}
    )
    reboots: list[float] = []
    unit.unit.reboot = reboots.append
    unit("config user local", "edit a", "set status disable", "end")
    unit.clock.advance(61)
    assert reboots and unit.types("reverted")


def test_automatic_saving_knows_no_cfg_save(desk: Make) -> None:
    assert desk().refused("execute cfg save") == "Unknown action 0"
