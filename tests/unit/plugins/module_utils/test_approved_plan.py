# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan files: the same state gives the same bytes, and every difference that matters is found and named."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _approved_plan
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import PlanError
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import ALREADY, GATES, facts, gate, token, user
from tests.unit.damage import JSON, damaged

REIMPORTED, ACTIVATED, MOBILE, WELL = "FTK200EXAMPLE001", "FTK200EXAMPLE002", "FTKMOBEXAMPLE003", "FTK200EXAMPLE004"
TOKENS = [
    token(REIMPORTED, "reimport", ALREADY, user("alice"), user("bob"), seed=True, comments="desk 4"),
    token(ACTIVATED, "activate", "new", user("carol")),
    token(MOBILE, "pending", "provisioning", user("dave")),
    token(WELL, "healthy", "active", user("erin"), seed=True),
]
DONE = [
    token(REIMPORTED, "healthy", "active", user("alice"), user("bob"), seed=True, comments="desk 4"),
    token(ACTIVATED, "healthy", "active", user("carol"), seed=True),
    *TOKENS[2:],
]
PURGE = {"changed": True, "commands": ["config user fortitoken", f'delete "{REIMPORTED}"', "end"]}
ACTIVATE = {"changed": True, "commands": [f"execute fortitoken activate {ACTIVATED}"]}
OPTIONS: dict[str, Any] = {"lock_released": [REIMPORTED], "license_codes": 0}


def plan(
    tokens: list[dict[str, Any]] | None = None, options: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    work = {"purge": PURGE, "activate": ACTIVATE} if tokens is None else {}
    made = _approved_plan.make(
        "fw", facts(TOKENS if tokens is None else tokens), options or OPTIONS, **{**work, **more}
    )
    loaded: dict[str, Any] = json.loads(json.dumps(made))
    return _approved_plan.check(loaded, "fw")


def edited(serial: str, **more: Any) -> list[dict[str, Any]]:
    return [{**entry, **more} if entry["serial"] == serial else entry for entry in TOKENS]


class TestMake:
    def test_the_same_state_gives_the_same_bytes(self) -> None:
        first = json.dumps(plan())
        for seed in range(5):
            tokens = copy.deepcopy(TOKENS)
            random.Random(seed).shuffle(tokens)
            for entry in tokens:
                entry["bindings"].reverse()
            options = {**OPTIONS, "lock_released": [REIMPORTED.lower(), REIMPORTED], "serials": None}
            made = _approved_plan.make("fw", facts(tokens), options, PURGE, ACTIVATE)
            assert json.dumps(made) == first

    def test_what_is_planned(self) -> None:
        assert _approved_plan.planned(plan()) == [REIMPORTED, ACTIVATED]
        assert plan()["commands"] == [*PURGE["commands"], *ACTIVATE["commands"]]

    def test_mobile_token_that_is_not_touched_has_no_status(self) -> None:
        rows = {row["serial"]: row for row in plan()["tokens"]}
        assert "status" not in rows[MOBILE]
        assert rows[WELL]["status"] == "active"
        provisioned = plan(edited(MOBILE, verdict="provision", action="provision", status="provision timeout"))
        assert {row["serial"]: row for row in provisioned["tokens"]}[MOBILE]["status"] == "provision timeout"


class TestCheck:
    @pytest.mark.parametrize(
        ("path", "value", "words"),
        [
            (("format",), "fortiops.fortitoken.baseline", "its format is 'fortiops.fortitoken.baseline'"),
            (("format",), None, "does not say which format"),
            (("version",), 9, "version 9"),
            (("host",), "fw-other", "was made for 'fw-other', and this is 'fw'"),
            (("unit",), {}, "'unit' has no serial"),
            (("unit", "hostname"), 7, "unit.hostname must be a text"),
            (("unit", "version"), [], "unit.version must be a text"),
            (("gates",), ["x"], "'gates'"),
            (("commands",), [1], "'commands'"),
            (("begun",), None, "'begun'"),
            (("options",), {}, "options are not those of a plan"),
            (("options", "provision"), "yes", "the option 'provision' is 'yes'"),
            (("tokens",), None, "'tokens'"),
            (("tokens", 0, "serial"), None, "a token has no serial"),
            (("tokens", 0, "bindings"), "alice", "has no bindings"),
            (("tokens", 0, "action"), None, "has no action"),
        ],
    )
    def test_what_is_no_plan_is_refused(self, path: tuple[str | int, ...], value: Any, words: str) -> None:
        data: Any = plan()
        place = data
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        with pytest.raises(PlanError, match=words):
            _approved_plan.check(data, "fw")


class TestDifferences:
    def test_none(self) -> None:
        assert _approved_plan.differences(plan(), plan()) == []
        assert _approved_plan.applied(plan(), plan()) is False

    @pytest.mark.parametrize(
        ("tokens", "words"),
        [
            (edited(WELL, status="some error", verdict="undecided"), f"{WELL}: status was 'active', is 'some error'"),
            (edited(ACTIVATED, seed=True), f"{ACTIVATED}: seed was False, is True"),
            (edited(REIMPORTED, comments="desk 5"), f"{REIMPORTED}: comments was 'desk 4', is 'desk 5'"),
            (
                edited(REIMPORTED, bindings=[user("alice")]),
                f"{REIMPORTED}: user bob (VDOM root) no longer has it",
            ),
            (edited(WELL, bindings=[user("erin"), user("mallory")]), f"{WELL}: user mallory (VDOM root) has it now"),
            (
                edited(WELL, bindings=[user("erin", "disable")]),
                f"{WELL}: user erin (VDOM root): status was enable, is disable",
            ),
            (edited(WELL, vdom="branch"), f"{WELL}: VDOM was 'root', is 'branch'"),
            (edited(MOBILE, bindings=[]), f"{MOBILE}: user dave (VDOM root) no longer has it"),
            (TOKENS[:-1], f"{WELL} is gone"),
            ([*TOKENS, token("FTK200EXAMPLE009", "healthy", "active", seed=True)], "FTK200EXAMPLE009 is new"),
        ],
    )
    def test_of_tokens_and_holders(self, tokens: list[dict[str, Any]], words: str) -> None:
        now = plan(tokens, purge=PURGE, activate=ACTIVATE)
        assert words in _approved_plan.differences(plan(), now)

    def test_the_progress_of_a_mobile_token_is_none(self) -> None:
        now = plan(edited(MOBILE, status="provisioned", verdict="healthy"), purge=PURGE, activate=ACTIVATE)
        assert _approved_plan.differences(plan(), now) == []

    def test_of_the_unit(self) -> None:
        read = facts(TOKENS, version="7.4.9", serial="FGT60FEXAMPLE002")
        found = _approved_plan.differences(plan(), _approved_plan.make("fw", read, OPTIONS, PURGE, ACTIVATE))
        assert any("another unit: FGT60FEXAMPLE002" in line for line in found)
        assert "version was 7.4.8, is 7.4.9" in found

    def test_of_gates_only_where_one_opens_or_closes(self) -> None:
        overridden = facts(TOKENS, [*GATES[:-1], gate("firmware", "overridden")])
        assert _approved_plan.differences(plan(), _approved_plan.make("fw", overridden, OPTIONS, PURGE, ACTIVATE)) == []
        closed = facts(TOKENS, [*GATES[:-1], gate("firmware", "blocked")])
        found = _approved_plan.differences(_approved_plan.make("fw", closed, OPTIONS), plan())
        assert "the gate firmware was blocked, is passed" in found

    def test_of_options(self) -> None:
        now = plan(options={**OPTIONS, "lock_released": ["ALL"], "license_codes": 2})
        assert _approved_plan.differences(plan(), now) == [
            f"remediate_lock_released was {REIMPORTED}, is all",
            "remediate_license_codes was 0, is 2",
        ]

    def test_of_the_lines_alone(self) -> None:
        now = plan(activate={"commands": ["execute fortitoken activate another way"]})
        assert "made by another release" in _approved_plan.differences(plan(), now)[0]

    def test_an_applied_plan_has_none(self) -> None:
        now = plan(DONE)
        assert _approved_plan.differences(plan(), now) == []
        assert _approved_plan.applied(plan(), now) is True

    def test_a_plan_applied_by_halves_is_another_state(self) -> None:
        found = _approved_plan.differences(plan(), plan([DONE[0], *TOKENS[1:]]))
        assert f"{REIMPORTED}: action was 'reimport', is 'none'" in found

    def test_an_applied_plan_whose_holder_changed_since(self) -> None:
        lost = {**DONE[0], "bindings": [user("alice")]}
        assert _approved_plan.differences(plan(), plan([lost, *DONE[1:]])) != []

    def test_what_an_interrupted_run_of_the_plan_began_is_finished(self) -> None:
        gone = [token(REIMPORTED, "reimport", None, user("alice"), present="journal"), *TOKENS[1:]]
        now = plan(gone, activate=ACTIVATE, begun=[REIMPORTED])
        assert _approved_plan.differences(plan(), now) == []

    def test_what_another_run_began_is_not(self) -> None:
        now = plan(begun=[WELL])
        found = _approved_plan.differences(plan(), now)
        assert found == [f"an interrupted run has begun with {WELL}, which are not in the plan"]
        assert _approved_plan.differences(plan(begun=[WELL]), now) == []


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (("unit", "serial"), 64),
        (("unit", "hostname"), 255),
        (("gates", 0, "name"), 100),
        (("tokens", 0, "action"), 40),
        (("tokens", 0, "serial"), 64),
        (("tokens", 0, "status"), 200),
        (("tokens", 0, "comments"), 65_535),
        (("commands", 0), 200_000),
        (("begun", 0), 64),
        (("tokens", 0, "bindings", 0, "name"), 255),
    ],
)
def test_texts_have_a_length(path: tuple[str | int, ...], most: int) -> None:
    data: Any = plan()
    data["begun"] = ["x"]
    data["commands"] = ["x"]
    data["tokens"][0]["bindings"] = [{"name": "alice"}]
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = "x" * most
    _approved_plan.check(data, "fw")
    place[path[-1]] = "x" * (most + 1)
    with pytest.raises(PlanError):
        _approved_plan.check(data, "fw")


def test_a_plan_of_license_codes_alone_is_not_applied_because_it_changes_no_token() -> None:
    data = plan()
    data["tokens"] = [{**row, "action": "none"} for row in data["tokens"]]
    assert data["commands"]
    assert not _approved_plan.applied(data, plan())
    assert _approved_plan.applied({**data, "commands": []}, plan())


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("two_factor", "email", "user erin (VDOM root): two_factor was fortitoken, is email"),
        ("status", "disable", "user erin (VDOM root): status was enable, is disable"),
    ],
)
def test_a_user_with_another_second_factor_or_status_is_a_difference(field: str, value: str, words: str) -> None:
    now = plan(edited(WELL, bindings=[{**user("erin"), field: value}]), purge=PURGE, activate=ACTIVATE)
    assert [line for line in _approved_plan.differences(plan(), now) if words in line]


def test_a_name_or_a_command_may_hold_a_line_break_as_it_may_on_a_unit() -> None:
    data: Any = plan()
    data["commands"] = ['set comments "two\nlines"']
    data["tokens"][0]["bindings"] = [{"name": "two\nlines"}]
    assert _approved_plan.check(data, "fw") == data


def test_a_plan_without_codes_says_none() -> None:
    assert plan(options={"lock_released": [REIMPORTED]})["options"]["license_codes"] == 0


@settings(max_examples=100)
@given(st.deferred(lambda: damaged(plan())) | JSON)
def test_any_damage_raises_the_documented_error_or_gives_a_plan_that_can_be_compared(data: Any) -> None:
    try:
        read = _approved_plan.check(data, "fw")
    except PlanError:
        return
    assert set(_approved_plan.planned(read)) <= {entry["serial"] for entry in data["tokens"]}
    assert all(isinstance(line, str) for line in _approved_plan.differences(read, plan()))


def test_a_plan_says_which_version_it_has_and_how_a_run_begins_without_options() -> None:
    made = plan(options={})
    assert (made["format"], made["version"]) == ("fortiops.fortitoken.plan", 2)
    flags = ("retry_refused", "provision", "ignore_firmware_bug", "ignore_unknown_server", "save_config")
    assert [made["options"][name] for name in flags] == [False] * len(flags)


def test_a_later_release_may_write_more_fields_and_comments_may_have_lines() -> None:
    made = json.loads(json.dumps(plan()))
    made["tokens"][0]["comments"] = "desk 4\nbuilding 2"
    for place in (made["unit"], made["gates"][0], made["tokens"][0], made["tokens"][0]["bindings"][0]):
        place["of_a_later_release"] = {}
    assert _approved_plan.check(made, "fw")["tokens"][0]["comments"] == "desk 4\nbuilding 2"


class TestMoves:
    """Users who get another mobile token."""

    OLD, NEW, SPARE = "FTKMOBEXAMPLE011", "FTKMOBEXAMPLE012", "FTKMOBEXAMPLE013"
    BEFORE = (
        token(OLD, "needs_license", "locked", user("fred")),
        token(NEW, "healthy", "new"),
        token(SPARE, "healthy", "new"),
    )
    AFTER = (
        token(OLD, "needs_license", "locked"),
        token(NEW, "pending", "provisioning", user("fred")),
        token(SPARE, "healthy", "new"),
    )
    LINES = ('edit "fred"', f'set fortitoken "{NEW}"')

    def made(self, tokens: Any = BEFORE, new: str = NEW, cause: str = "", lines: Any = LINES) -> dict[str, Any]:
        moves = [{"name": "fred", "vdom": "root", "old": self.OLD, "new": new, "cause": cause, "reason": ""}]
        read = {**facts(list(tokens)), "moves": moves if new or cause else []}
        made = _approved_plan.make("fw", read, {"token_map": ["auto"]}, {}, {"commands": list(lines)})
        return _approved_plan.check(json.loads(json.dumps(made)), "fw")

    def test_a_plan_names_them_and_their_tokens(self) -> None:
        made = self.made()
        assert made["moves"] == [{"name": "fred", "vdom": "root", "old": self.OLD, "new": self.NEW}]
        assert _approved_plan.planned(made) == [self.OLD, self.NEW] and made["options"]["token_map"] == ["auto"]
        assert _approved_plan.differences(made, self.made()) == [] and not _approved_plan.applied(made, self.made())

    def test_another_token_and_another_user_are_differences(self) -> None:
        (found,) = _approved_plan.differences(self.made(), self.made(new=self.SPARE))
        assert found == (
            f"user fred (VDOM root) was to get {self.NEW} in the place of {self.OLD}, and would get {self.SPARE} in the"
            f" place of {self.OLD}"
        )
        assert "would not" in _approved_plan.differences(self.made(), self.made(new=""))[0]
        assert "not in the plan" in _approved_plan.differences(self.made(new="", lines=()), self.made())[0]
        assert _approved_plan.differences(self.made(), self.made(lines=())) != []

    def test_a_plan_that_was_applied_has_no_differences_and_nothing_left(self) -> None:
        now = self.made(self.AFTER, new="", lines=())
        assert _approved_plan.differences(self.made(), now) == [] and _approved_plan.applied(self.made(), now)

    def test_what_an_interrupted_run_has_begun_is_finished(self) -> None:
        now = {**self.made(self.AFTER, new="", lines=()), "begun": [self.NEW, self.OLD]}
        assert _approved_plan.differences(self.made(), now) == []

    def test_whoever_waits_for_a_license_code_may_get_what_it_brings(self) -> None:
        waiting = self.made(new="", cause="no_token", lines=("execute fortitoken-mobile import <redacted>",))
        assert waiting["moves"][0]["new"] == ""
        assert _approved_plan.differences(waiting, waiting) == [] and not _approved_plan.applied(waiting, waiting)

    def test_a_plan_of_an_earlier_release_has_no_moves(self) -> None:
        older = {key: value for key, value in self.made(new="", lines=()).items() if key != "moves"}
        assert _approved_plan.planned(_approved_plan.check(older, "fw")) == []


def test_what_an_interrupted_run_has_begun_hides_no_other_difference() -> None:
    now = {**plan(edited(WELL, comments="moved to desk 9")), "begun": [REIMPORTED]}
    assert [line for line in _approved_plan.differences(plan(), now) if line.startswith(WELL)] == [
        f"{WELL}: comments was '', is 'moved to desk 9'"
    ]


@pytest.mark.parametrize(
    ("verdict", "status"), [("needs_lock_release", ALREADY), ("undecided", "of no kind"), ("activate", "new")]
)
def test_a_plan_is_not_applied_while_one_of_its_tokens_does_not_work(verdict: str, status: str) -> None:
    left = token(REIMPORTED, verdict, status, user("alice"), user("bob"), seed=True, comments="desk 4")
    assert _approved_plan.applied(plan(), plan(DONE))
    assert not _approved_plan.applied(plan(), plan([left, *DONE[1:]]))
