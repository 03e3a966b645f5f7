# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recorded session is taken apart as the console did it."""

from __future__ import annotations

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.transcript import split
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.format import Event
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.replay import replay

DEBUG_ON = "diagnose debug enable"


def session(host: str, *exchanges: tuple[str, str, str]) -> list[Event]:
    """Events of a session: (context before, line, what comes until the next prompt)."""
    events = [Event(0.0, False, f"{host} # ".encode())]
    at = 1.0
    for number, (_before, line, output) in enumerate(exchanges):
        behind = exchanges[number + 1][0] if number + 1 < len(exchanges) else ""
        prompt = f"{host} ({behind}) # " if behind else f"{host} # "
        events.append(Event(at, True, f"{line}\n".encode()))
        events.append(Event(at + 0.1, False, f"{line}\r\r\n{output}\r\n{prompt}".encode()))
        at += 1
    return events


def test_answers_come_with_their_places() -> None:
    played = replay(
        session("fw", ("", "config global", ""), ("global", "show system global", "x"), ("global", "end", ""))
    )
    assert [(answer.line, answer.output, answer.place.context) for answer in played.answers] == [
        ("config global", "", "global"),
        ("show system global", "x", "global"),
        ("end", "", ""),
    ]
    assert played.unanswered == []


def test_a_host_name_with_parentheses_is_no_context() -> None:
    name = "Firewall (dc1)"
    played = replay(session(name, ("", "get system status", f"Hostname: {name}\r\n"), ("", "show", "")))
    assert played.place is not None
    assert (played.place.host, played.place.context) == (name, "")
    assert [exchange.scope for exchange in split(played.text())[1]] == ["", ""]


def test_debug_output_in_between_is_left_out() -> None:
    lines = "2026-11-25 12:00:01 ftm_fc_command[564]:received error from forticare [-7564]\r\n"
    played = replay(
        session("fw", ("", DEBUG_ON, ""), ("", "diagnose fortitoken info", f"FORTITOKEN DRIFT STATUS\r\n{lines}"))
    )
    assert played.answers[1].output == "FORTITOKEN DRIFT STATUS"
    assert "forticare" not in played.text()


def test_what_is_pending_in_a_transaction_is_no_configuration() -> None:
    pending = "end\r\nconfig vdom\r\nedit root\r\nend"
    text = replay(session("fw", ("", "diagnose sys config-transaction show txn-cli-commands", pending))).text()
    assert "\nend" not in text
    assert "\n config vdom" in text


def test_a_prompt_that_is_none_and_a_line_without_an_answer_are_told() -> None:
    assert replay([Event(0, False, b"login>"), Event(1, True, b"show\n")]).place is None
    cut = [*session("fw", ("", "show", "")), Event(9, True, b"show user local\n"), Event(9.1, False, b"show user lo")]
    assert replay(cut).unanswered == ["show user local"]
