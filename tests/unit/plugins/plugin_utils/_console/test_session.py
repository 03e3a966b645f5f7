# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole session against a console in memory: login, window, scopes, deadlines, clean-up."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.exchange import Limits
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.wire import Steps
from tests.unit.plugins.plugin_utils._console.fake_unit import FakeUnit


def drive(steps: Steps) -> None:
    for _step in steps:
        pass


def log_in(unit: FakeUnit, **limits: Any) -> Session:
    session = Session(unit, Redactor(), Limits(**limits), clock=unit.clock)
    drive(session.open())
    return session


def run(session: Session, *batches: Batch, timeout: float | None = None) -> list[list[dict[str, Any]]]:
    drive(session.run(batches, timeout))
    return session.results()


def outputs(session: Session, *lines: str, scope: str | None = None) -> list[str]:
    return [answer["output"] for answer in run(session, Batch(lines, scope))[0]]


# Login


@pytest.mark.parametrize(
    "greeting",
    [
        "",
        "Welcome!\r\n",
        "##### $$$ Authorized users only # \r\n # \r\n",
        "motd without newline ",
        "WARNING: File System Check Recommended! An unsafe reboot may have caused an inconsistency.\r\nFGT # \r\n",
        "other # ",
    ],
)
@pytest.mark.parametrize("chunk", [0, 1, 7])
def test_prompt_is_found_behind_any_greeting(greeting: str, chunk: int) -> None:
    session = log_in(FakeUnit(greeting=greeting, chunk=chunk, answers={"show": "one"}))
    assert outputs(session, "show") == ["one"]


NAMES = ["Firewall A", "FW(dc1)", "FW (dc1)", "FW (a) (b)", "FW[1]", "[dc] fw {a}", "branch-office-hambur~-01", "# $ x"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("chunk", [0, 5])
@pytest.mark.parametrize("vdoms", [(), ("root", "dmz")])
def test_host_names_of_any_form(name: str, chunk: int, vdoms: tuple[str, ...]) -> None:
    """With text in the answers that looks like the prompt, and entries that are called anything."""
    listing = f"one\n{name} # \n{name} (root) # show\ntwo"
    unit = FakeUnit(name, {"show": listing, "get x": "y"}, vdoms, chunk=chunk)
    unit.answers["get system status"] = unit.status(bool(vdoms)).replace("Hostname: FGT", f"Hostname: {name}")
    session = log_in(unit)
    drive(session.identify())
    assert session.identity()["hostname"] == name
    assert session.identity()["confined_to"] is None
    lines = ("show", "config user local", "edit 'b (x) # '", "get x", "end", "show")
    answers = run(session, Batch(lines, "vdom:root"), Batch(("get x",), "global"))
    assert [answer["output"] for answer in answers[0]] == [listing, "", "", "y", "", listing]
    assert answers[1][0]["output"] == "y"
    assert unit.stack == [] and unit.created == []


def test_account_of_one_vdom_on_a_unit_whose_name_is_only_part_of_what_is_shown() -> None:
    unit = FakeUnit(vdoms=("root",), start=("dmz",))
    unit._execute = lambda line: unit.answers.get(line, "Unknown action 0")  # type: ignore[method-assign]
    session = log_in(unit)
    drive(session.identify())
    assert session.identity()["hostname"] == "FGT"
    assert session.identity()["confined_to"] == "root"


def asks(question: str, code: str | None, pause: float = 0.0) -> FakeUnit:
    """Return a unit that asks for something in the shell, behind a text and a pause, and closes at a wrong answer."""
    unit = FakeUnit()
    unit._out.clear()
    unit.emit("Welcome.\r\n")
    receive = unit.recv
    typed: list[str] = []
    state = {"asked": False, "in": False}

    def recv(timeout: float) -> bytes | None:
        if not state["asked"] and unit.now >= pause:
            state["asked"] = True
            unit.emit(question)
        return receive(timeout)

    send = unit.send

    def take(data: bytes) -> None:
        if state["in"]:
            send(data)
            return
        typed.append(data.decode())
        if "".join(typed) == f"{code}\n":
            state["in"] = True
            unit.emit("\r\n\r\n" + unit.prompt())
        elif "\n" in data.decode():
            unit.emit("\r\nAccess denied\r\n")
            unit.closed = True

    unit.recv, unit.send = recv, take  # type: ignore[method-assign]
    unit.typed = typed  # type: ignore[attr-defined]
    return unit


CODES = ["FortiToken: ", "Please enter token code:", "Enter OTP > ", "Token code? ", "one-time password: "]


@pytest.mark.parametrize("question", CODES)
@pytest.mark.parametrize("pause", [0.0, 3.0, 12.0])
def test_one_time_code_in_the_shell_is_answered_once(question: str, pause: float) -> None:
    unit = asks(question, "123456", pause)
    session = Session(unit, Redactor(), clock=unit.clock, second_answer="123456")
    drive(session.open())
    assert outputs(session, "config user local", "end") == ["", ""]
    assert unit.typed == ["123456\n"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("question", CODES)
def test_one_time_code_that_is_not_given_is_asked_for_and_nothing_is_typed(question: str) -> None:
    unit = asks(question, "123456", 2.0)
    session = Session(unit, Redactor(), clock=unit.clock)
    with pytest.raises(ConsoleFailure, match="ansible_fortios_second_answer") as caught:
        drive(session.open())
    assert caught.value.kind == "login"
    assert question.strip() in str(caught.value)
    assert unit.typed == []  # type: ignore[attr-defined]


def test_a_refused_code_is_a_failed_login() -> None:
    unit = asks("FortiToken: ", "654321")
    session = Session(unit, Redactor(), clock=unit.clock, second_answer="123456")
    with pytest.raises(ConsoleFailure, match=r"after the one-time code was given.*Access denied") as caught:
        drive(session.open())
    assert caught.value.kind == "login"
    assert session.failure is caught.value


@pytest.mark.parametrize(
    "question", ["Do you accept? ", "Continue (y/n)", "Choose a menu entry [1]", "login: ", "Old Password: "]
)
@pytest.mark.parametrize("pause", [0.0, 4.0])
def test_any_other_question_is_quoted_and_never_answered(question: str, pause: float) -> None:
    unit = asks(question, None, pause)
    session = Session(unit, Redactor(), clock=unit.clock, second_answer="123456")
    with pytest.raises(ConsoleFailure) as caught:
        drive(session.open())
    assert caught.value.kind == "login"
    assert question.strip() in str(caught.value)
    assert unit.typed == []  # type: ignore[attr-defined]
    assert unit.now < 12


def test_post_login_banner_is_accepted_without_enter() -> None:
    unit = FakeUnit(greeting="Be good.\r\n(Press 'a' to accept):")
    unit._out.clear()
    unit.emit("Be good.\r\n(Press 'a' to accept):")
    keys: list[bytes] = []
    send = unit.send

    def accept(data: bytes) -> None:
        keys.append(data)
        if len(keys) == 1:
            unit.emit("\r\n" + unit.prompt())
        else:
            send(data)

    unit.send = accept  # type: ignore[method-assign]
    log_in(unit)
    assert keys[0] == b"a"


def test_forced_password_change_is_never_answered() -> None:
    unit = FakeUnit()
    unit._out.clear()
    unit.emit("You are forced to change your password. Please input a new password.\r\nNew Password: ")
    with pytest.raises(ConsoleFailure, match="demands a new password") as caught:
        log_in(unit)
    assert caught.value.kind == "login"
    assert unit.lines == []


def test_no_prompt_ends_with_what_was_printed_last() -> None:
    unit = FakeUnit()
    unit._out.clear()
    unit.emit("ttyS0 ready> ")
    unit._key = lambda char: None  # type: ignore[method-assign]
    with pytest.raises(ConsoleFailure, match="ttyS0 ready") as caught:
        log_in(unit, login=5.0)
    assert caught.value.kind == "login"
    assert unit.now < 8


@pytest.mark.parametrize("start", [("global",), ("vdom",), ("root", "local", "alice")])
def test_session_found_in_a_context_is_led_out(start: tuple[str, ...]) -> None:
    unit = FakeUnit(vdoms=("root",), start=start)
    log_in(unit)
    assert unit.stack == []


# Lines


def test_editing_lines_share_a_turn() -> None:
    unit = FakeUnit()
    session = log_in(unit)
    before = session.stats.turns
    lines = ["config user local"]
    for number in range(20):
        lines += [f'edit "u{number}"', "set status disable", "unset two-factor", "next"]
    assert outputs(session, *lines, "end") == [""] * 82
    assert session.stats.turns == before + 1


def test_nothing_is_typed_ahead_into_a_pager() -> None:
    listing = "\n".join(f"line {number}" for number in range(100))
    unit = FakeUnit(answers={"show": listing, "get x": "y"}, page=24)
    session = log_in(unit)
    assert outputs(session, "show", "config user local", "end", "get x") == [listing, "", "", "y"]


def test_window_is_bounded_in_bytes_and_lines() -> None:
    unit = FakeUnit()
    session = log_in(unit, window_lines=10, window_bytes=100)
    most = 0
    send = unit.send

    def measure(data: bytes) -> None:
        nonlocal most
        most = max(most, len(data))
        send(data)

    unit.send = measure  # type: ignore[method-assign]
    lines = ["config user local", *[f"edit user{number}" for number in range(50)]]
    run(session, Batch(tuple(lines)))
    assert 50 < most <= 100
    assert unit.stack == []


def test_fault_without_stop_goes_on() -> None:
    session = log_in(FakeUnit())
    answers = run(session, Batch(("config user local", "set bad 1", "end")))[0]
    assert [answer["fault"] and answer["fault"]["code"] for answer in answers] == [None, -651, None]


def test_stop_on_error_sends_nothing_further_and_drops_the_open_entry() -> None:
    unit = FakeUnit()
    session = log_in(unit, window_lines=3)
    lines = ("config user local", "edit a", "set bad 1", "set x 1", "next", "end")
    answers = run(session, Batch(lines, stop_on_error=True), Batch(("show",)))
    assert [answer["line"] for answer in answers[0]] == ["config user local", "edit a", "set bad 1"]
    assert answers[1] == []
    assert unit.lines[-2:] == ["set bad 1", "abort"]
    assert unit.stack == []


def test_held_saves_wait_for_clean_answers() -> None:
    unit = FakeUnit()
    session = log_in(unit)
    lines = ("config user local", "edit a", "set bad 1", "unset two-factor", "next", "end")
    run(session, Batch(lines, stop_on_error=True, hold_saves=True))
    assert "next" not in unit.lines
    assert unit.stack == []


def test_question_mark_and_tab_are_typed_literally() -> None:
    unit = FakeUnit()
    session = log_in(unit)
    typed: list[bytes] = []
    send = unit.send
    unit.send = lambda data: (typed.append(data), send(data))[1]  # type: ignore[method-assign]
    answers = run(session, Batch(('set comments "why?\tso"',)))[0]
    assert typed == [b'set comments "why\x16?\x16\tso"\n']
    assert answers[0]["fault"] is None


def test_cut_line_is_a_fault_and_stops() -> None:
    unit = FakeUnit()
    session = log_in(unit)
    execute = unit._execute

    def cut(data: bytes) -> None:
        for line in data.decode().splitlines():
            unit.lines.append(line)
            unit.emit(f"{line[:20]}\r\r\n{execute(line[:20])}\r\n{unit.prompt()}")

    unit.send = cut  # type: ignore[method-assign]
    lines = ("set comments abcdefghijklmnopqrstuvwxyz", "get x", "get y")
    answers = run(session, Batch(lines, stop_on_error=True))[0]
    # "get x" was in flight already; "get y" was not sent.
    assert len(answers) == 2
    assert "echo is cut" in answers[0]["fault"]["text"]


def test_host_name_that_changes_under_us() -> None:
    unit = FakeUnit(answers={"show": "one"})
    session = log_in(unit)
    unit.host = "renamed"
    assert outputs(session, "show") == ["one"]
    assert outputs(session, "show", "show") == ["one", "one"]


def test_output_that_ends_in_a_foreign_prompt_is_output() -> None:
    unit = FakeUnit()
    session = log_in(unit)

    def slow(unit: FakeUnit, line: str) -> str | None:
        return "text" if line == "show" else None

    unit.hook = slow
    assert outputs(session, "show") == ["text"]


# Scopes


def test_scopes_mean_the_top_on_a_unit_without_vdoms() -> None:
    unit = FakeUnit(answers={"show": "one"})
    session = log_in(unit)
    assert outputs(session, "show", scope="global") == ["one"]
    assert outputs(session, "show", scope="vdom:root") == ["one"]
    assert not any(line.startswith("config") for line in unit.lines)
    with pytest.raises(ConsoleFailure, match="no VDOMs"):
        outputs(session, "show", scope="vdom:dmz")


def test_each_batch_runs_in_its_scope_and_the_session_ends_at_the_top() -> None:
    unit = FakeUnit(vdoms=("root", "dmz"), answers={"show": "one"})
    session = log_in(unit)
    places: list[list[str]] = []
    unit.hook = lambda unit, line: places.append(list(unit.stack)) if line == "show" else None
    run(session, *[Batch(("show",), scope) for scope in ("global", "vdom:dmz", None, "vdom:root", "vdom:root")])
    assert places == [["global"], ["dmz"], [], ["root"], ["root"]]
    assert unit.stack == []
    assert unit.created == []


def test_entering_and_leaving_costs_no_turn_of_its_own_when_reading() -> None:
    unit = FakeUnit(vdoms=("root", "dmz"), answers={"show": "one"})
    session = log_in(unit)
    drive(session.identify())
    before = session.stats.turns
    run(session, *[Batch(("show",), f"vdom:{name}", repeatable=True) for name in ("root", "dmz", "root", "dmz")])
    # One for each VDOM whose listing has an unknown length, and one for the rest.
    assert session.stats.turns - before == 3


def test_unknown_vdom_is_refused_before_anything_is_sent() -> None:
    unit = FakeUnit(vdoms=("root",))
    session = log_in(unit)
    with pytest.raises(ConsoleFailure, match="has no VDOM 'dmz'") as caught:
        run(session, Batch(("show",), "vdom:root"), Batch(("show",), "vdom:dmz"))
    assert caught.value.kind == "context"
    assert unit.created == []
    assert "show" not in unit.lines


def test_vdom_that_vanished_is_noticed_not_created() -> None:
    unit = FakeUnit(vdoms=("root", "dmz"), answers={"show": "one"})
    session = log_in(unit)
    assert outputs(session, "show", scope="vdom:dmz") == ["one"]
    unit.vdoms.remove("dmz")
    unit.now += 60
    with pytest.raises(ConsoleFailure, match="has no VDOM 'dmz'"):
        outputs(session, "show", scope="vdom:dmz")
    assert unit.created == []


def test_edits_are_sent_only_once_the_vdom_is_entered() -> None:
    unit = FakeUnit(vdoms=("root", "dmz"))
    session = log_in(unit)
    drive(session.identify())
    refuse = "node_check_object fail! for name\nCommand fail. Return code -1"
    unit.hook = lambda unit, line: refuse if line == "edit dmz" else None
    with pytest.raises(ConsoleFailure, match="could not enter VDOM 'dmz'") as caught:
        run(session, Batch(("config user local", 'edit "x"', "next", "end"), "vdom:dmz"))
    assert caught.value.kind == "context"
    assert "config user local" not in unit.lines
    assert unit.stack == []
    assert session.failure is None


def test_refused_scope_with_lines_in_flight_behind_it() -> None:
    unit = FakeUnit(vdoms=("root", "dmz"), answers={"show": "one"})
    session = log_in(unit)
    drive(session.identify())
    refuse = "Command fail. Return code -1"
    unit.hook = lambda unit, line: refuse if line == "config vdom" else None
    with pytest.raises(ConsoleFailure, match="'config vdom' was refused"):
        outputs(session, "show", scope="vdom:dmz")
    unit.hook = lambda unit, line: None
    assert outputs(session, "show", scope="vdom:dmz") == ["one"]
    assert unit.stack == []


def test_entry_called_like_its_vdom_is_left_by_abort() -> None:
    unit = FakeUnit(vdoms=("root",))
    session = log_in(unit)
    run(session, Batch(("config user local", 'edit "root"', "set bad 1"), "vdom:root", stop_on_error=True))
    assert unit.lines[-3:] == ["set bad 1", "abort", "end"]
    assert unit.stack == []


def test_account_of_one_vdom() -> None:
    unit = FakeUnit(vdoms=("dmz",), answers={"show": "one", "config global": "Unknown action 0"})
    unit.answers["get system status"] = unit.answers["get system status"].replace("domain: root", "domain: dmz")
    session = log_in(unit)
    assert outputs(session, "show", scope="vdom:dmz") == ["one"]
    assert session.identity()["confined_to"] == "dmz"
    with pytest.raises(ConsoleFailure, match="confined to VDOM 'dmz'"):
        outputs(session, "show", scope="global")


_REFUSED = "command parse error before 'x'\nCommand fail. Return code -61"
_INTERFACES = """config system interface
    edit "port1"
        set vdom "root"
        set ip 192.0.2.1 255.255.255.0
    next
    edit "ssl.dmz"
        set vdom "dmz"
        set type tunnel
    next
    edit "vsys"
        set vdom "vsys_ha"
    next
end"""
# What a unit answers to each way of asking for its VDOMs, the ways before it refused.
LISTINGS = {
    "diagnose sys vd list": "list virtual firewall info:\nname=root/root index=0 enabled\nname=dmz/dmz index=1 enabled",
    "show system vdom-property": 'config system vdom-property\n    edit "root"\n    next\n    edit dmz\n    next\nend',
    'show system interface | grep "set vdom"': '    set vdom "root"\n    set vdom "dmz"\n    set vdom "root"',
    "show system interface": _INTERFACES,
}


@pytest.mark.parametrize("way", LISTINGS)
def test_vdoms_are_listed_with_whatever_the_account_may_ask(way: str) -> None:
    answers = {**dict.fromkeys(LISTINGS, _REFUSED), way: LISTINGS[way], "show": "one"}
    unit = FakeUnit(vdoms=("root", "dmz"), answers=answers)
    session = log_in(unit)
    drive(session.identify())
    assert session.identity()["vdoms"] == ["root", "dmz"]
    # Asked again before something is edited there, the same way only.
    unit.now += 60
    before = len(unit.lines)
    run(session, Batch(("config user local", 'edit "x"', "next", "end"), "vdom:dmz"))
    assert [line for line in unit.lines[before:] if line in LISTINGS] == [way]
    assert unit.created == []


def test_an_account_that_may_list_no_vdoms_is_told_so() -> None:
    unit = FakeUnit(vdoms=("root",), answers=dict.fromkeys(LISTINGS, _REFUSED))
    session = log_in(unit)
    with pytest.raises(ConsoleFailure, match=r"no VDOM 'root' \(it has: none could be listed") as caught:
        outputs(session, "show", scope="vdom:root")
    assert caught.value.kind == "context"
    assert unit.created == []


def test_identity() -> None:
    session = log_in(FakeUnit(vdoms=("root", "dmz"), sign="$"))
    drive(session.identify())
    identity = session.identity()
    assert identity.pop("status_text").startswith("Version: FortiGate-60F")
    assert identity == {
        "hostname": "FGT",
        "read_only": True,
        "vdom_mode": "multi",
        "vdoms": ["root", "dmz"],
        "reserved_vdoms": [],
        "confined_to": None,
    }


# Time


def test_silence_ends_the_session_and_tells_what_is_unanswered() -> None:
    unit = FakeUnit()
    session = log_in(unit)
    unit._key = lambda char: None  # type: ignore[method-assign]
    with pytest.raises(ConsoleFailure, match="no answer to 'show' for 9 s") as caught:
        run(session, Batch(("show",)), timeout=9.0)
    assert caught.value.kind == "timeout"
    assert session.unanswered() == ["show"]
    assert session.failure is caught.value


def test_question_is_not_answered() -> None:
    unit = FakeUnit()
    session = log_in(unit)

    def ask(data: bytes) -> None:
        unit.emit("execute reboot\r\r\nThis operation will reboot the system !\r\nDo you want to continue? (y/n)")
        unit.send = lambda data: None  # type: ignore[method-assign]

    unit.send = ask  # type: ignore[method-assign]
    with pytest.raises(ConsoleFailure, match="seems to ask a question"):
        run(session, Batch(("execute reboot",)))


def test_clock_starts_anew_while_output_flows() -> None:
    unit = FakeUnit()
    session = log_in(unit, command=3.0)
    receive = unit.recv
    due = list(range(20))

    def drip(timeout: float) -> bytes | None:
        data = receive(timeout)
        if data is None and timeout and due and unit.lines[-1:] == ["execute ping x"]:
            unit.now += 2.0
            number = due.pop()
            return f"64 bytes {number}\r\n".encode() if due else b"\r\nFGT # "
        return data

    unit.recv = drip  # type: ignore[method-assign]
    unit._print = lambda lines: None  # type: ignore[method-assign]
    assert len(outputs(session, "execute ping x")[0].split("\n")) == 19


def test_lost_line_carries_the_answers_so_far() -> None:
    unit = FakeUnit(answers={"get a": "one"})
    session = log_in(unit)

    def cut(unit: FakeUnit, line: str) -> str | None:
        if line == "get b":
            unit._out.clear()
            unit.closed = True
        return None

    unit.hook = cut
    with pytest.raises(ConsoleFailure) as caught:
        run(session, Batch(("get a", "get b", "get c")))
    assert caught.value.kind in ("lost", "timeout")
    assert [answer["output"] for answer in session.results()[0]] == ["one"]
    assert session.unanswered() == ["get b"]


def test_out_of_step_session_is_given_up_soon() -> None:
    unit = FakeUnit()
    session = log_in(unit)
    unit.send = lambda data: unit.emit("sho x\r\r\n\r\nFGT # ")  # type: ignore[method-assign]
    with pytest.raises(ConsoleFailure, match="out of step"):
        run(session, Batch(("get system performance status",)))
    assert unit.now < 10


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(min_size=1, max_size=100), max_size=10))
def test_garbage_never_outlasts_the_deadline(chunks: list[bytes]) -> None:
    unit = FakeUnit()
    session = log_in(unit)

    def garble(data: bytes) -> None:
        unit._out.extend(chunks)

    unit.send = garble  # type: ignore[method-assign]
    started = unit.now
    with pytest.raises(ConsoleFailure):
        run(session, Batch(("show", "get x")), timeout=5.0)
    assert unit.now - started < 30
    session.close()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(min_size=1, max_size=100), max_size=10))
def test_garbage_at_login_never_outlasts_the_deadline(chunks: list[bytes]) -> None:
    unit = FakeUnit()
    unit._out.clear()
    unit._out.extend(chunks)
    unit.send = lambda data: unit._out.extend(chunks)  # type: ignore[method-assign]
    try:
        log_in(unit, login=5.0)
    except ConsoleFailure as failure:
        assert failure.kind == "login"
    assert unit.now < 12


# Debug output


def test_watch_collects_and_stops() -> None:
    unit = FakeUnit(answers={"diagnose debug enable": "", "diagnose debug disable": "", "show": "one\ntwo"})
    session = log_in(unit)
    drive(session.watch_start([Batch(("diagnose debug enable",))], [Batch(("diagnose debug disable",))]))
    assert session.watching
    unit.emit("2024-03-30 04:10:03 ftm_x[1]:one\r\n")
    assert outputs(session, "show") == ["one\ntwo"]
    unit.emit('{"seed": "00112233445566778899\r\n')
    drive(session.listen(0.3))
    assert session.take_lines(last=False) == {"lines": [], "dropped": 0}
    unit.emit('00112233445566778899"}\r\n')
    drive(session.watch_stop())
    heard = session.take_lines(last=True)
    assert heard["lines"][0] == "2024-03-30 04:10:03 ftm_x[1]:one"
    assert "0011" not in str(heard)
    assert not session.watching
    assert session.cleanups == {}


def test_listen_ends_at_a_match() -> None:
    unit = FakeUnit()
    session = log_in(unit)
    unit.emit("[641] fds_x: done\r\n")
    started = unit.now
    drive(session.listen(60, re.compile("done")))
    assert unit.now - started < 2


# The end


def test_cleanup_is_sent_at_the_end() -> None:
    unit = FakeUnit(vdoms=("root",), answers={"diagnose debug disable": ""})
    session = log_in(unit)
    session.cleanups["debug"] = [Batch(("diagnose debug disable",))]
    session.close()
    session.close()
    assert unit.lines[-2:] == ["diagnose debug disable", "exit"]


def test_interrupted_request_is_finished_and_its_context_left_before_the_end() -> None:
    unit = FakeUnit(vdoms=("root",), answers={"diagnose debug disable": ""})
    session = log_in(unit)
    session.cleanups["debug"] = [Batch(("diagnose debug disable",))]
    steps = session.run([Batch(("config user local", "edit a", "show"), "vdom:root")])
    while "edit a" not in unit.lines:
        next(steps)
    session.close()
    assert unit.lines[-4:] == ["abort", "end", "diagnose debug disable", "exit"]


def test_session_in_unknown_state_gets_its_cleanup_blindly() -> None:
    unit = FakeUnit(answers={"diagnose debug disable": ""})
    session = log_in(unit)
    session.cleanups["debug"] = [Batch(("diagnose debug disable",))]
    session.abandon("interrupted")
    session.close()
    assert unit.lines[-2:] == ["abort", "diagnose debug disable"]
    assert unit.closed


@pytest.mark.parametrize("stack", [("root",), ("root", "local", "bob"), ("global",), ("vdom",), ()])
def test_debugging_of_a_vdom_is_switched_off_blindly_wherever_the_session_stands(stack: tuple[str, ...]) -> None:
    unit = FakeUnit(answers={"diagnose debug disable": "", "execute config-transaction abort": ""}, vdoms=("root",))
    session = log_in(unit)
    run(session, Batch(("diagnose debug disable",), "vdom:root"))
    session.cleanups["watch"] = [Batch(("diagnose debug disable",), "vdom:root")]
    session.cleanups["transaction"] = [Batch(("execute config-transaction abort",), "global")]
    unit.stack[:] = stack
    where: list[tuple[str, list[str]]] = []
    unit.hook = lambda unit, line: where.append((line, list(unit.stack)))  # type: ignore[func-returns-value]
    session.abandon("interrupted")
    session.close()
    assert [stack for line, stack in where if line == "diagnose debug disable"][-1] in (["global"], ["root"])
    assert [stack for line, stack in where if line == "execute config-transaction abort"] == [["global"]]
    # No VDOM is entered blindly: `edit` would create one that is gone.
    assert unit.created == [] and not [line for line, _stack in where if line.startswith("edit")]


def test_no_secret_leaves() -> None:
    secret = (
        '    set seed "00112233445566778899"\n    set passwd ENC c2VjcmV0\n    set activation-code "ABCD2345EFGH67IJ"'
    )
    unit = FakeUnit(answers={"show": secret, "get a": "sent ABCD2345EFGH67IJ to x"})
    said: list[str] = []
    session = Session(unit, Redactor(), log=said.append, clock=unit.clock)
    drive(session.open())
    answers = run(session, Batch(("show", "get a", "execute fortitoken-mobile import DA8C-0508-1F31-4CF7-C990")))
    text = str(answers) + str(said)
    for value in ("00112233445566778899", "c2VjcmV0", "ABCD2345EFGH67IJ", "DA8C"):
        assert value not in text
    assert "set seed <redacted>" in text


SEED = "0011223344556677aabbccddeeff8899ddccbbaa"
SPLIT_SEED = [
    '{ "d": { "__type": "SoftToken.ActivationResponse",',
    f'"seed": "{SEED[:17]}',
    f'{SEED[17:]}", "error_code": 0 }} }}',
]


@pytest.mark.parametrize("read", range(4))
@pytest.mark.parametrize("shown", range(1, 4))
def test_the_last_words_of_a_unit_do_not_hold_half_a_seed(shown: int, read: int) -> None:
    """The line breaks behind any line of an answer that brings a seed, whatever was read of it before."""
    unit = FakeUnit()
    session = log_in(unit)
    drive(session.watch_start([Batch(("diagnose debug enable",))], [Batch(("diagnose debug disable",))]))
    heard = []
    for number, line in enumerate(SPLIT_SEED[:shown]):
        unit.emit(f"{line}\r\n")
        if number < read:
            drive(session.listen(0.1))
            heard += session.take_lines(last=False)["lines"]
    unit.closed = True
    unit.send = lambda data: None  # type: ignore[method-assign]
    with pytest.raises(ConsoleFailure, match="the unit closed the connection") as failure:
        run(session, Batch(("show",)))
    texts = [str(failure.value), *heard, *session.take_lines(last=True)["lines"]]
    assert not [text for text in texts if SEED[:17] in text or SEED[17:] in text], texts
