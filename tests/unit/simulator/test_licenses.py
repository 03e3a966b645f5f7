# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redemption codes: what they bring, and how they are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator import ScenarioError
from tests.simulator.licenses import TRIAL_CODE

Make = Callable[..., Any]
CODE = "DA8C-0508-1F31-4CF7-C990"
IMPORT = f"execute fortitoken-mobile import {CODE}"
TRIAL = f"execute fortitoken-mobile import {TRIAL_CODE}"
TOKENS = ["FTKMOB0000000001", "FTKMOB0000000002"]
DEBUG = ("diagnose fortitoken debug enable", "diagnose debug enable")


def delete(*serials: str) -> tuple[str, ...]:
    return ("config user fortitoken", *(f"delete {serial}" for serial in serials), "end")


def test_a_code_brings_its_tokens_with_the_license(desk: Make) -> None:
    unit = desk(fortiguard={"licenses": {CODE: {"tokens": TOKENS, "license": "EFTM123456789012"}}})
    unit(IMPORT)
    text = unit("show user fortitoken")
    assert all(serial in text for serial in TOKENS) and text.count('set license "EFTM123456789012"') == 2
    assert unit.types("import")[0]["tokens"] == TOKENS and CODE not in repr(unit.log.events)


def test_a_code_can_be_redeemed_again_and_brings_back_only_what_is_missing(desk: Make) -> None:
    users = [{"name": "alice", "type": "radius"}]
    unit = desk(fortiguard={"licenses": {CODE: {"tokens": TOKENS}}}, users=users)
    unit(IMPORT)
    unit("config user local", "edit alice", "set two-factor fortitoken", f"set fortitoken {TOKENS[0]}", "end")
    unit.clock.advance(5)
    unit(*delete(TOKENS[1]), IMPORT)
    unit.clock.advance(5)
    states = {serial: state.status for serial, state in unit.unit.fortiguard.tokens.items()}
    assert states == {TOKENS[0]: "provisioned", TOKENS[1]: "new"}
    assert [event["tokens"] for event in unit.types("import")] == [TOKENS, TOKENS[1:]]
    # The assigned token was left alone.
    assert len(unit.types("provision")) == 1


def test_a_code_that_was_redeemed_before_the_start_brings_no_second_set(desk: Make) -> None:
    card = {"tokens": TOKENS, "redeemed": True}
    tokens = [{"serial": serial, "state": "provisioned"} for serial in TOKENS]
    unit = desk(fortiguard={"licenses": {CODE: card}}, tokens=tokens)
    unit(IMPORT)
    assert {state.status for state in unit.unit.fortiguard.tokens.values()} == {"provisioned"}


@pytest.mark.parametrize(
    ("card", "number", "message"),
    [
        ({"refusal": "expired"}, -7564, '{"error_code":14,"error_message":"forticare license expired"}}}'),
        ({"refusal": "card_not_found"}, -7565, '"error_message":"forticare license card not found"}}}'),
        ({"refusal": "no_valid_token"}, -7567, '{"error_code":17,"error_message":"no valid token found"}}}'),
        ({"refusal": "other_product"}, -7581, '{"error_code":31,"error_message":"token does not belong to product"}}}'),
        ({"error": 14}, -7564, '{"error_code":14,"error_message":"forticare license expired"}}}'),
        ({"error": 77, "error_message": "odd"}, -7627, '{"error_code":77,"error_message":"odd"}}}'),
        ({"error": 77, "cli_code": -12}, -12, '{"error_code":77,"error_message":"unknown error"}}}'),
        ({"registered_to": "FGT1"}, -7567, '{"error_code":17,"error_message":"no valid token found"}}}'),
        (None, -7567, '{"error_code":17,"error_message":"no valid token found"}}}'),
    ],
)
def test_refusals(desk: Make, card: dict[str, Any] | None, number: int, message: str) -> None:
    unit = desk(fortiguard={"licenses": {CODE: card} if card else {}})
    unit(*DEBUG)
    assert unit.refused(IMPORT) == f"import fortitoken license error: {number}"
    # The number follows the message that it belongs to.
    assert unit.printed[-2:] == [message, f"ftm_fc_command[564]:received error from forticare [{number}]"]
    assert unit("show user fortitoken") == "config user fortitoken\nend"


def test_the_number_of_card_not_found_is_a_setting(desk: Make) -> None:
    unit = desk(fortiguard={"unknown_code": "card_not_found", "card_not_found": 42})
    assert unit.refused(IMPORT) == "import fortitoken license error: -7592"


def test_an_unknown_kind_of_refusal_is_an_error(desk: Make) -> None:
    with pytest.raises(ScenarioError, match="refusal"):
        desk(fortiguard={"licenses": {CODE: {"refusal": "gone"}}})


def test_without_the_server_no_code_is_redeemed(desk: Make) -> None:
    unit = desk(fortiguard={"status": "unreachable", "licenses": {CODE: {"tokens": TOKENS}}})
    unit.refused(IMPORT)
    unit.unit.scenario.fortiguard.status = "reachable"
    unit(IMPORT)
    assert len(unit.unit.fortiguard.tokens) == 2


def test_the_trial_code_brings_two_tokens_once(desk: Make) -> None:
    unit = desk()
    unit(TRIAL)
    tokens = list(unit.unit.fortiguard.tokens)
    assert len(tokens) == 2 and unit("show user fortitoken").count('set license "FTMTRIAL') == 2
    assert unit.refused(TRIAL) == "import fortitoken license error: -7567"
    # Both have to go before it brings them again, and then it is the same set.
    unit(*delete(tokens[0]))
    unit.refused(TRIAL)
    unit(*delete(tokens[1]), TRIAL)
    assert list(unit.unit.fortiguard.tokens) == tokens
    # The code is no secret.
    assert TRIAL_CODE not in unit.unit.secrets()


def test_trial_tokens_of_another_unit_have_to_go_first(desk: Make) -> None:
    license_ = {"license": "FTMTRIAL0A1B2C3D", "registered_to": "FGT60E0000000999"}
    tokens = [
        {"serial": serial, "state": state, **license_}
        for serial, state in zip(TOKENS, ("new", "provisioned"), strict=True)
    ]
    again = {"again": "input value is invalid", "again_error": 99}
    unit = desk(tokens=tokens, fortiguard={"trial": again})
    unit(*DEBUG)
    assert unit.refused(TRIAL) == "import fortitoken license error: -7649"
    assert unit.printed[-2] == '{"error_code":99,"error_message":"input value is invalid"}}}'
    unit(*delete(*TOKENS), TRIAL)
    assert len(unit.unit.fortiguard.tokens) == 2 and not set(TOKENS) & set(unit.unit.fortiguard.tokens)


def test_some_units_get_no_trial_tokens(desk: Make) -> None:
    desk(fortiguard={"trial": {"available": False}}).refused(TRIAL)


def test_the_trial_tokens_can_be_named(desk: Make) -> None:
    unit = desk(fortiguard={"trial": {"tokens": TOKENS}})
    unit(TRIAL)
    assert list(unit.unit.fortiguard.tokens) == TOKENS


def test_tokens_appear_in_the_vdom_in_which_the_code_is_redeemed(desk: Make) -> None:
    cards = {CODE: {"tokens": TOKENS}, "AAAA-BBBB": {"tokens": ["FTKMOB0000000003"], "vdom": "root"}}
    unit = desk(vdom_mode="multi", vdoms=["root", "dmz"], fortiguard={"licenses": cards})
    unit("config vdom", "edit dmz", IMPORT, "execute fortitoken-mobile import AAAA-BBBB", TRIAL)
    vdoms = [state.vdom for state in unit.unit.fortiguard.tokens.values()]
    assert vdoms == ["dmz", "dmz", "root", "dmz", "dmz"]
    # The trial set is one for the whole unit.
    unit("next", "edit root")
    unit.refused(TRIAL)
