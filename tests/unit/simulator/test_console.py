# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The terminal line over real SSH: bytes, pager, banners, delays, faults."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import paramiko
import pytest

from tests.simulator import load, running
from tests.simulator.invariants import violations

Make = Callable[..., Any]
PROMPT = "fgt-demo # "
MANY = [{"serial": f"FTK200AAAA{number:06}", "seed": True, "state": "active"} for number in range(30)]


def test_echo_output_and_prompt_bytes(serve: Make, connect: Make) -> None:
    client = connect(serve())
    assert client.until(PROMPT) == "\r\n" + PROMPT
    client.send("get system status | grep Serial\n")
    expected = "get system status | grep Serial\r\r\nSerial-Number: FGT60E0000000001\r\n\r\n" + PROMPT
    assert client.until(PROMPT) == expected
    client.send("\r")
    assert client.until(PROMPT) == "\r\r\n\r\n" + PROMPT


def test_the_pager_stops_at_each_page_and_what_is_left_equals_the_output_without_it(serve: Make, connect: Make) -> None:
    simulator = serve(tokens=MANY)
    client = connect(simulator)
    client.until(PROMPT)
    client.send("show user fortitoken\n")
    text, pages = "", 0
    while not text.endswith(PROMPT):
        text += client.until("--More-- " if pages < 3 else PROMPT)
        if pages < 3:
            client.send(" ")
            pages += 1
    assert text.count("--More-- \r         \r") == 3
    plain = serve(tokens=MANY, hostname="fgt-demo", console={"output": "standard"})
    other = connect(plain)
    other.until(PROMPT)
    other.send("show user fortitoken\n")
    assert text.replace("--More-- \r         \r", "") == other.until(PROMPT)


@pytest.mark.parametrize("key", ["q", "\x03"])
def test_the_pager_is_stopped_by_a_key(serve: Make, connect: Make, key: str) -> None:
    client = connect(serve(tokens=MANY))
    client.until(PROMPT)
    client.send("show user fortitoken\n")
    client.until("--More-- ")
    client.send(key)
    assert client.until(PROMPT) == "\r         \r\r\n" + PROMPT


def test_many_lines_in_flight_are_answered_in_order(serve: Make, connect: Make) -> None:
    client = connect(serve(console={"latency_ms": 50}))
    client.until(PROMPT)
    begin = time.monotonic()
    client.send("".join(f"execute log filter field x{number} y\n" for number in range(200)))
    text = ""
    while text.count(PROMPT) < 200:
        text += client.until(PROMPT)
    assert [f"x{number} y" in part for number, part in enumerate(text.split(PROMPT))][:200] == [True] * 200
    # A delay of the line is not paid once a line.
    assert time.monotonic() - begin < 2


def test_each_turn_costs_two_delays(serve: Make, connect: Make) -> None:
    client = connect(serve(console={"latency_ms": 60}))
    client.until(PROMPT)
    begin = time.monotonic()
    for _turn in range(3):
        client.send("\n")
        client.until(PROMPT)
    assert 0.36 <= time.monotonic() - begin < 1.5


def test_question_mark_asks_and_ctrl_v_types_it(serve: Make, connect: Make) -> None:
    simulator = serve(tokens=MANY[:1])
    client = connect(simulator)
    client.until(PROMPT)
    client.send("config user fortitoken\nedit FTK200AAAA000000\n")
    client.until("000000) # ")
    client.send("set ?")
    assert "comments\r\n" in client.until("(FTK200AAAA000000) # set ")
    client.send('comments "why\x16?"\nend\n')
    client.until(PROMPT)
    assert (
        simulator.unit().config.table("root", "user fortitoken").entries["FTK200AAAA000000"].text("comments") == "why?"
    )


def test_open_quotes_continue_on_the_next_line(serve: Make, connect: Make) -> None:
    simulator = serve(tokens=MANY[:1])
    client = connect(simulator)
    client.until(PROMPT)
    client.send("config user fortitoken\nedit FTK200AAAA000000\n")
    client.until("000000) # ")
    client.send('set comments "one\n')
    client.until("> ")
    client.send('two"\nend\n')
    client.until(PROMPT)
    entry = simulator.unit().config.table("root", "user fortitoken").entries["FTK200AAAA000000"]
    assert entry.text("comments") == "one\ntwo"


def test_a_backslash_continues_the_line(serve: Make, connect: Make) -> None:
    client = connect(serve())
    client.until(PROMPT)
    client.send("get system sta\\\n")
    client.until("> ")
    client.send("tus | grep Hostname\n")
    client.until("Hostname: fgt-demo\r\n")


def test_ctrl_c_drops_the_line_then_the_context_then_the_session(serve: Make, connect: Make) -> None:
    client = connect(serve(users=[{"name": "a", "type": "radius"}]))
    client.until(PROMPT)
    client.send("config user local\nedit a\nset status dis\x03")
    client.until("^C\r\n\r\nfgt-demo (a) # ")
    client.send("\x03")
    client.until("^C\r\n\r\n" + PROMPT)
    client.send("\x03")
    assert client.rest() == ""


def test_ctrl_c_at_the_top_can_also_bring_a_prompt(serve: Make, connect: Make) -> None:
    client = connect(serve(console={"ctrl_c": "prompt"}))
    client.until(PROMPT)
    client.send("\x03")
    client.until("^C\r\n\r\n" + PROMPT)


def test_banners_before_and_after_login(serve: Make, connect: Make) -> None:
    simulator = serve(console={"pre_login_banner": "keep out # ", "post_login_banner": "### hello $ \nfw # "})
    client = connect(simulator)
    assert client.transport.get_banner() == b"keep out # "
    client.until("fw # \r\n(Press 'a' to accept):")
    client.send("xa")
    client.until(PROMPT)


def test_a_forced_password_change_is_asked_for(serve: Make, connect: Make) -> None:
    accounts = [{"name": "admin", "password": "demo-Passw0rd", "forced_password_change": True}]
    client = connect(serve(accounts=accounts))
    assert "You are forced to change your password. Please input a new password.\r\n" in client.until("New Password:")


def test_keyboard_interactive_with_a_second_prompt(serve: Make) -> None:
    accounts = [{"name": "admin", "password": "demo-Passw0rd", "otp": "123456"}]
    simulator = serve(accounts=accounts)
    transport = paramiko.Transport((simulator.host, simulator.port))
    transport.start_client(timeout=10)
    asked: list[str] = []

    def answer(title: str, instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
        asked.extend(prompt for prompt, _echo in prompts)
        return ["123456" if "Code" in prompt else "demo-Passw0rd" for prompt, _echo in prompts]

    transport.auth_interactive("admin", answer)
    assert transport.is_authenticated() and asked == ["Password: ", "FortiToken Code: "]
    transport.close()


def test_a_wrong_password_is_written_down_and_locks_out(serve: Make, connect: Make) -> None:
    simulator = serve(console={"lockout_threshold": 2, "lockout_seconds": 60})
    for _attempt in range(2):
        with pytest.raises(paramiko.AuthenticationException):
            connect(simulator, password="wrong")
    with pytest.raises(paramiko.AuthenticationException):
        connect(simulator)
    failed = [event for event in simulator.events if event["type"] == "login"]
    assert [event["ok"] for event in failed] == [False, False, False] and "wrong" not in repr(failed)


def test_idle_sessions_end(serve: Make, connect: Make) -> None:
    client = connect(serve(console={"idle_timeout": 0.3}))
    client.until(PROMPT)
    assert client.rest() == "\r\nTimeout\r\n"


@pytest.mark.parametrize("style", ["prompt", "own_line", "after_echo", "mixed"])
def test_debug_lines_in_the_middle(serve: Make, connect: Make, style: str) -> None:
    simulator = serve(
        tokens=[{"serial": "FTK200AAAA000001"}], console={"debug_style": style}, fortiguard={"delay": 0.2}
    )
    client = connect(simulator)
    client.until(PROMPT)
    client.send("diag fortitoken debug enable\ndiag debug enable\nexecute fortitoken activate FTK200AAAA000001\n")
    text = client.until('"error_code": 0 }')
    assert "ftm_fc_comm_recv_response[277]:receive packet success." in text
    if style == "prompt":
        assert PROMPT + "ftm_fc_comm_recv_response" in text
    client.send("get system status | grep Hostname\n")
    client.until("Hostname: fgt-demo\r\n\r\n" + PROMPT)


def test_debug_lines_between_echo_and_output(serve: Make, connect: Make) -> None:
    simulator = serve(console={"debug_style": "after_echo"})
    client = connect(simulator)
    client.until(PROMPT)
    console = simulator.unit().shells[1]
    simulator.call(lambda: console.print_debug(["a daemon speaks"]))
    client.send("get system status | grep Hostname\n")
    assert client.until(PROMPT).startswith("get system status | grep Hostname\r\r\na daemon speaks\r\nHostname")


def test_the_ugly_console(connect: Make) -> None:
    with running(*load("ugly")) as simulator:
        with pytest.raises(paramiko.BadAuthenticationType):
            connect(simulator)
        client = connect(simulator, interactive=True)
        client.until("(Press 'a' to accept):")
        client.send("a")
        client.until("inconsistency. #\r\n\r\nfgt-with-a-very-long-na~(Primary) # ")
        client.send("get system status | grep Hostname\n")
        client.until("Hostname: fgt-with-a-very-long-name-001\r\n")
        client.send("diagnose fortitoken info\n")
        client.until("--More-- ")


def test_an_old_unit_offers_only_old_key_exchanges(serve: Make) -> None:
    old = ["diffie-hellman-group14-sha1"]
    simulator = serve(console={"kex_algs": old})
    # paramiko 5 has none of them; before, it is told so.
    without = paramiko.Transport(("127.0.0.1", simulator.port), disabled_algorithms={"kex": old})
    try:
        with pytest.raises(paramiko.ssh_exception.IncompatiblePeer):
            without.start_client(timeout=10)
    finally:
        without.close()


def test_small_pieces_add_up(serve: Make, connect: Make) -> None:
    chunks = {"smallest": 1, "largest": 3, "seed": 5}
    client = connect(serve(tokens=MANY[:3], console={"chunks": chunks}))
    client.until(PROMPT)
    client.send("diagnose fortitoken info\n")
    assert "FTK200AAAA000002     0        active\r\n" in client.until(PROMPT)


# Faults


@pytest.mark.parametrize(("kind", "done"), [("cut_before", False), ("cut_after", True)])
def test_cuts(serve: Make, connect: Make, kind: str, done: bool) -> None:
    simulator = serve(users=[{"name": "a", "type": "radius"}], faults=[{"kind": kind, "line": 4}])
    client = connect(simulator)
    client.until(PROMPT)
    client.send("config user local\nedit a\nset status disable\nend\nget system status\n")
    with pytest.raises((OSError, AssertionError)):
        client.until("Hostname", timeout=5)
    lines = [event["text"] for event in simulator.events if event["type"] == "line"]
    assert lines[-1] == ("end" if done else "set status disable")
    assert ("disable" in simulator.unit().config.table("root", "user local").entries["a"].text("status")) is done
    assert next(event for event in simulator.events if event["type"] == "logout")["how"] == "cut"
    # The next login works, and the fault is used up.
    again = connect(simulator)
    again.until(PROMPT)
    again.send("get system status | grep Hostname\n")
    again.until("Hostname")


def test_refused_garbled_and_ignored_lines(serve: Make, connect: Make) -> None:
    faults = [
        {"kind": "refuse", "match": "^edit b", "text": "Maximum number of entries has been reached"},
        {"kind": "garbage", "match": "^get system"},
        {"kind": "ignore", "match": "^end"},
    ]
    simulator = serve(users=[{"name": "a", "type": "radius"}], faults=faults)
    client = connect(simulator)
    client.until(PROMPT)
    client.send("config user local\nedit b\n")
    client.until("Maximum number of entries has been reached\r\n\r\nfgt-demo (local) # ")
    client.send("edit a\nset status disable\nend\n")
    client.until(PROMPT)
    assert simulator.unit().config.table("root", "user local").entries["a"].text("status") == ""
    client.send("get system status\n")
    assert "garbage" in client.until(PROMPT)


def test_a_hang_answers_nothing(serve: Make, connect: Make) -> None:
    client = connect(serve(faults=[{"kind": "hang", "line": 1, "count": "login"}]))
    client.until(PROMPT)
    client.send("get system status\n")
    client.channel.settimeout(0.5)
    with pytest.raises(TimeoutError):
        client.until("Hostname", timeout=5)


def test_a_change_under_the_feet(serve: Make, connect: Make) -> None:
    commands = ["config user local", "delete a", "end"]
    simulator = serve(
        users=[{"name": "a", "type": "radius"}], faults=[{"kind": "change", "line": 2, "commands": commands}]
    )
    client = connect(simulator)
    client.until(PROMPT)
    client.send("config user local\nedit a\n")
    client.until("new entry 'a' added")


def test_a_mistake_of_the_simulator_is_no_hang(serve: Make, connect: Make) -> None:
    faults = [{"kind": "change", "line": 1, "commands": ["no such command"]}]
    simulator = serve(faults=faults)
    client = connect(simulator)
    client.until(PROMPT)
    client.send("get system status\n")
    client.rest()
    assert ["no such command" in text for text in violations(simulator.events)] == [True]


def test_a_reboot_drops_sessions_and_transactions(serve: Make, connect: Make) -> None:
    faults = [{"kind": "reboot", "match": "^show", "seconds": 0.5}]
    simulator = serve(users=[{"name": "a", "type": "radius"}], faults=faults)
    client = connect(simulator)
    client.until(PROMPT)
    client.send(
        "execute config-transaction start\nconfig user local\nedit a\nset status disable\nend\nshow user local\n"
    )
    with pytest.raises((OSError, AssertionError)):
        client.until("never", timeout=5)
    with pytest.raises((OSError, EOFError, paramiko.SSHException)):
        connect(simulator)
    for _attempt in range(100):
        if any(event["type"] == "rebooted" for event in simulator.events):
            break
        time.sleep(0.05)
    connect(simulator).until(PROMPT)
    assert not [event for event in simulator.events if event["type"] == "change"]
    dropped = [event["action"] for event in simulator.events if event["type"] == "transaction"]
    assert dropped == ["start", "dropped"]


def test_counters_and_logout(serve: Make, connect: Make) -> None:
    simulator = serve()
    client = connect(simulator)
    client.until(PROMPT)
    client.send("diagnose debug enable\nexit\n")
    client.rest()
    for _attempt in range(100):
        counters = [event for event in simulator.events if event["type"] == "counters"]
        if counters:
            break
        time.sleep(0.02)
    assert counters[0]["lines"] == 2 and counters[0]["bytes_in"] == len("diagnose debug enable\nexit\n")
    logout = next(event for event in simulator.events if event["type"] == "logout")
    assert logout["how"] == "exit" and logout["debug_on"] is True


def test_twenty_thousand_tokens_are_listed_quickly(serve: Make, connect: Make) -> None:
    tokens = [{"serial": f"FTK200AAAA{number:06}", "seed": True, "state": "active"} for number in range(20_000)]
    client = connect(serve(tokens=tokens, console={"output": "standard"}))
    client.until(PROMPT)
    begin = time.monotonic()
    client.send("show user fortitoken\ndiagnose fortitoken info\n")
    text = client.until("Token server status: reachable\r\n\r\n" + PROMPT, timeout=60)
    assert text.count("set seed") == 20_000 and text.count("     0        active") == 20_000
    assert time.monotonic() - begin < 20
