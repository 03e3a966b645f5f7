# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""fortitoken_debug on a simulated unit: topics, listening, findings, the event log, and what was on before."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from tests.faults.controller import Controller, ModuleFailed, controller
from tests.simulator import Simulator, from_data, running

DEAD = "token already activated, and seed won't be returned"
MOBILE = "FTKMOBTIMED00001"
SICK, CODE = "FTK200SICK000001", "1A2B-3C4D-5E6F-7081-92A3"
ENABLE = [
    "diagnose debug disable",
    "diagnose debug reset",
    "diagnose debug console time enable",
    "diagnose debug application forticldd 255",
    "diagnose fortitoken debug enable",
    "diagnose debug enable",
    "diagnose debug info",
]
DISABLE = ["diagnose fortitoken debug disable", "diagnose debug reset", "diagnose debug disable"]


@contextlib.contextmanager
def play(**settings: Any) -> Iterator[tuple[Simulator, Controller]]:
    data: dict[str, Any] = {
        "tokens": [{"serial": SICK, "state": DEAD}],
        "fortiguard": {"delay": 0.02, "licenses": {CODE: {"error": 14}}, "serials": {SICK: {"lock_released": False}}},
        **settings,
    }
    with running(*from_data(data)) as simulator, controller(simulator) as made:
        yield simulator, made


def sent(simulator: Simulator, begin: str = "diagnose") -> list[tuple[str, str]]:
    return [
        (event["context"], event["text"])
        for event in simulator.events
        if event["type"] == "line" and event["text"].startswith(begin)
    ]


def run_as_operator(simulator: Simulator, *lines: str) -> None:
    """Another administrator's session, which logs out without switching anything off."""
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(
        "127.0.0.1", simulator.port, "admin", "demo-Passw0rd", look_for_keys=False, allow_agent=False, timeout=10
    )
    with contextlib.closing(client):
        _stdin, stdout, _stderr = client.exec_command("\n".join(lines))
        stdout.read()


def ids(result: dict[str, Any]) -> list[str]:
    return [finding["id"] for finding in result["findings"]]


def test_activation_is_debugged_exactly_as_the_article_says() -> None:
    with play() as (simulator, made):
        made.run("fortitoken_debug", state="enabled")
        made.run("fortitoken_debug", state="disabled")
        texts = [text for _context, text in sent(simulator, "diagnose ")]
    # What stands before the article's lines only asks whether somebody else uses debugging.
    assert texts == ["diagnose debug info", *ENABLE, *DISABLE]


@pytest.mark.parametrize(
    ("topics", "wanted"),
    [
        (["license"], [("root", "diagnose fortitoken debug enable")]),
        (["email"], [("global", "diagnose debug application alertmail -1")]),
        (
            ["activation", "email"],
            [
                ("root", "diagnose debug application forticldd 255"),
                ("root", "diagnose fortitoken debug enable"),
                ("global", "diagnose debug application alertmail -1"),
            ],
        ),
    ],
    ids=["license", "email", "both"],
)
def test_topics_are_debugged_in_their_scope_on_a_unit_with_vdoms(
    topics: list[str], wanted: list[tuple[str, str]]
) -> None:
    with play(vdom_mode="multi", vdoms=["root", "branch"]) as (simulator, made):
        made.run("fortitoken_debug", state="enabled", topics=topics)
        levels = simulator.call(lambda: dict(simulator.unit().debug_levels))
        made.run("fortitoken_debug", state="disabled")
        assert simulator.call(lambda: dict(simulator.unit().debug_levels)) == {}
        chosen = [
            (context, text)
            for context, text in sent(simulator)
            if text.split()[1] != "debug" or text.split()[2] == "application"
        ]
        assert [line for line in chosen if "disable" not in line[1] and "vd list" not in line[1]] == wanted
        assert ("alertmail" in levels) is ("email" in topics)


def test_a_refused_activation_is_a_finding_with_token_time_and_event() -> None:
    with play() as (simulator, made):
        made.run("fortitoken_debug", state="enabled")
        made.run("fortitoken_activate", serials=[SICK], lock_released=["all"], timeout=5, strict=False)
        result = made.run("fortitoken_debug", state="disabled", event_log=True)
    (finding,) = result["findings"]
    assert (finding["id"], finding["actor"], finding["serials"]) == ("already_activated", "Fortinet TAC", [SICK])
    assert finding["first"] and finding["last"]
    # Once in the debug output, once in the event log.
    assert finding["count"] == 2
    assert any('logid="0100032159"' in line for line in finding["evidence"])
    assert sent(simulator, "execute log")[-1][1] == "execute log filter reset"


def test_the_event_log_is_evidence_without_debugging() -> None:
    with play() as (_simulator, made):
        made.run("fortitoken_activate", serials=[SICK], lock_released=["all"], timeout=5, strict=False)
        result = made.run("fortitoken_debug", state="disabled", event_log=True)
    assert (result["changed"], result["commands"], ids(result)) == (False, [], ["already_activated"])
    assert len(result["events"]) == 2


def test_an_expired_license_is_told_and_its_code_is_not() -> None:
    with play() as (_simulator, made):
        made.run("fortitoken_debug", state="enabled", topics=["license"])
        made.run("fortitoken_activate", license_codes=[CODE], timeout=1, strict=False)
        result = made.run("fortitoken_debug", state="disabled")
    assert ids(result) == ["license_expired"]
    assert result["findings"][0]["actor"] == "Fortinet sales"
    assert CODE not in repr(result)


@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        ("sent", "mail_sent"),
        ("refused", "mail_address_refused"),
        ("login_refused", "mail_login_refused"),
        ("unresolved", "mail_name_not_resolved"),
        ("unreachable", "mail_not_sent"),
    ],
)
def test_whether_an_activation_code_left_by_mail_is_told_and_the_code_is_not(outcome: str, cause: str) -> None:
    settings = {
        "tokens": [{"serial": MOBILE, "state": "provision timeout", "license": "EFTM000000000001"}],
        "users": [{"name": "carol", "fortitoken": MOBILE, "email_to": "carol@example.com"}],
        "email_server": {"server": "mail.example.com"},
        "mail": outcome,
    }
    # Only `email`: nothing else has shown the code before the mail does.
    with play(**settings) as (simulator, made):
        made.run("fortitoken_debug", state="enabled", topics=["email"])
        made.run("fortitoken_activate", serials=[MOBILE], provision=True, timeout=5)
        result = made.run("fortitoken_debug", state="disabled", event_log=True)
        secrets = simulator.secrets()
    found = {finding["id"]: finding for finding in result["findings"]}
    assert set(found) == {cause, "activation_code_sent"}
    assert found["activation_code_sent"]["serials"] == [MOBILE]
    assert (found[cause]["severity"] == "info") is (outcome == "sent")
    assert not [secret for secret in secrets if secret in repr(result)]


def once_watched(simulator: Simulator, act: Callable[[], Any]) -> None:
    """Have the unit do something as soon as debugging is on."""
    unit = simulator.unit()

    def look() -> None:
        on = any(event["type"] == "line" and event["text"] == "diagnose debug enable" for event in simulator.events)
        unit.call_later(0.1, act if on else look)

    simulator.call(look)


def test_a_line_that_is_held_back_until_the_end_counts_as_having_appeared() -> None:
    with play() as (simulator, made):
        unit = simulator.unit()
        # JSON that never ends: its last lines might be half a secret.
        half = [("fortitoken", '{"error_code":14,"error_message":"forticare')]
        once_watched(simulator, lambda: unit.debug(half))
        result = made.run("fortitoken_debug", state="watched", seconds=2, until="error_code")
    assert result["matched"] is True


def test_listening_stops_as_soon_as_the_line_is_there_and_leaves_debugging_off() -> None:
    with play(fortiguard={"delay": 0.02, "serials": {SICK: {"lock_released": False}}}) as (simulator, made):
        unit = simulator.unit()
        once_watched(simulator, lambda: unit.fortiguard.activate(SICK, "command", None))
        started = time.monotonic()
        result = made.run("fortitoken_debug", state="watched", seconds=60, until="error_code")
        assert time.monotonic() - started < 40
        assert (result["matched"], result["changed"]) == (True, False)
        assert ids(result) == ["already_activated"]
        assert made.run("fortitoken_debug", state="disabled")["commands"] == []
        logged = [event for event in simulator.events if event["type"] == "debug" and event["what"] == "output"]
        assert [event["on"] for event in logged][-1] is False


def test_listening_ends_in_time_when_nothing_comes() -> None:
    with play() as (_simulator, made):
        result = made.run("fortitoken_debug", state="watched", seconds=1, until="never")
    assert (result["matched"], result["findings"]) == (False, [])


def test_debugging_that_somebody_else_left_on_is_reported() -> None:
    with play() as (simulator, made):
        run_as_operator(simulator, "diagnose debug application fnbamd 255")
        assert made.run("fortitoken_facts", ping="always")["ansible_facts"]["fortitoken"]["unit"]["debug_left_on"] == [
            "fnbamd debug level: 255"
        ]
        result = made.run("fortitoken_debug", state="enabled")
        assert ids(result) == ["debug_left_on"]
        made.run("fortitoken_debug", state="disabled")
        assert ids(made.run("fortitoken_debug", state="enabled")) == []


def test_debugging_that_an_interrupted_run_left_on_is_nobody_elses(tmp_path: Path) -> None:
    journal = str(tmp_path / "journal.json")
    with play() as (simulator, made):
        made.run("fortitoken_debug", state="enabled", journal=journal)
        with controller(simulator) as beside, pytest.raises(ModuleFailed, match="Another run"):
            beside.run("fortitoken_debug", state="enabled", journal=journal)
        # As when its process is killed.
        made.connection._locks.release()
        with controller(simulator) as again:
            facts = again.run("fortitoken_facts", ping="always", journal=journal)["ansible_facts"]["fortitoken"]
            assert facts["unit"]["debug_left_on"] == []
            assert ids(again.run("fortitoken_debug", state="enabled", journal=journal)) == []


def test_debugging_that_an_interrupted_run_left_on_is_reset_by_a_run_without_debugging(tmp_path: Path) -> None:
    journal = str(tmp_path / "journal.json")
    with play() as (simulator, made):
        made.run("fortitoken_debug", state="enabled", journal=journal)
        made.connection._locks.release()
        with controller(simulator) as again:
            result = again.run("fortitoken_debug", state="disabled", journal=journal)
            assert (result["changed"], result["commands"]) == (True, DISABLE)
            assert [text for _context, text in sent(simulator, "diagnose debug")][-2:] == DISABLE[-2:]
            assert not Path(journal).exists()
            assert again.run("fortitoken_debug", state="disabled", journal=journal)["commands"] == []


def test_check_mode_tells_the_lines_and_sends_none() -> None:
    with play() as (simulator, made):
        for state, commands in (("enabled", ENABLE), ("watched", [*ENABLE, *DISABLE])):
            result = made.run("fortitoken_debug", check_mode=True, state=state)
            assert result["commands"] == commands
            assert result["changed"] is (state == "enabled")
        assert sent(simulator, "diagnose debug") == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"until": "("}, "until: not a regular expression"),
        ({"seconds": 0}, "seconds: at least one"),
        ({"topics": []}, "topics: at least one"),
        ({"topics": ["weather"]}, "topics"),
    ],
)
def test_wrong_options_are_refused_before_the_unit_is_contacted(options: dict[str, Any], says: str) -> None:
    with play() as (simulator, made):
        with pytest.raises(ModuleFailed, match=says):
            made.run("fortitoken_debug", state="watched", **options)
        assert not [event for event in simulator.events if event["type"] == "login"]


def test_a_unit_that_refuses_debugging_goes_on_without_it() -> None:
    with play(behaviour={"debug_refused": "all"}) as (_simulator, made):
        result = made.run("fortitoken_debug", state="enabled")
        assert (result["refused"], result["changed"], ids(result)) == (True, False, ["debug_refused"])
        made.run("fortitoken_activate", serials=[SICK], lock_released=["all"], timeout=5, strict=False)
        after = made.run("fortitoken_debug", state="disabled", event_log=True)
        assert after["events"]


def test_only_the_chosen_vdoms_are_entered() -> None:
    with play(vdom_mode="multi", vdoms=["root", "branch"], reserved_vdoms=["odd"]) as (simulator, made):
        made.run("fortitoken_debug", state="enabled", vdoms=["branch"])
        made.run("fortitoken_debug", state="disabled", vdoms=["branch"], event_log=True)
        entered = {
            event["text"] for event in simulator.events if event["type"] == "line" and event["text"][:5] == "edit "
        }
        assert entered == {"edit branch"}
        # Without a choice, one that cannot be entered is left out.
        assert made.run("fortitoken_debug", state="disabled", event_log=True)["events"] == []
