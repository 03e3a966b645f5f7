# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The console's byte stream: any chunking, any interleaving of debug output, and size."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import Prompt
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.stream import PAGER, RawAnswer, Stream

PROMPT = "FGT # "
# Lines as in Fortinet articles 194508 and 308115.
DEBUG = [
    "2024-03-30 04:10:03 ftm_cfg_provision_token[417]:provision token FTKMOB0A1B2C3D4E",
    "[641] fds_ctx_set_addr: server:",
    "[361] fds_send_reply: send reply failed: req-1, Connection refused",
    "ftm_fc_comm_recv_response[477]:receive packet from forticare success.",
    "ftm_fc_command[564]:received error from forticare [-7564]",
    '{"error_code":14,"error_message":"forticare license expired"}}}',
]
SESSION = [
    ("config user local", ""),
    ('edit "alice"', ""),
    ("set two-factor fortitoken", ""),
    ("set fortitoken FTK200BAA0000000", "entry not found in datasource\n\nvalue parse error before 'FTK200BAA0000000'"),
    ("abort", ""),
    ("show user local", 'config user local\n    edit "bob"\n        set comments "FGT # "\n    next\nend'),
    ("diagnose fortitoken info", "FORTITOKEN DRIFT STATUS\nFTK200BAA0000000  0  token already activated, and seed"),
    ("get system status", "Version: FortiGate-60F v7.4.8\nHostname: zürich"),
]


def answer_bytes(line: str, output: str, prompt: str = PROMPT) -> bytes:
    body = "".join(f"{text}\r\n" for text in output.split("\n")) if output else ""
    return f"{line}\r\r\n{body}\r\n{prompt}".encode()


def play(stream: Stream, data: bytes, cuts: list[int]) -> list[RawAnswer]:
    """Feed ``data`` cut at ``cuts``, and settle at the end."""
    edges = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    for start, end in itertools.pairwise(edges):
        stream.feed(data[start:end])
    stream.settle()
    return list(stream.answers)


def new_stream(lines: list[str], watch: bool = False) -> Stream:
    stream = Stream(Prompt("FGT"))
    stream.watch = watch
    for line in lines:
        stream.expect(line)
    return stream


@settings(deadline=None, max_examples=150)
@given(st.lists(st.integers(0, 5000), max_size=60))
def test_any_chunking_gives_the_same_answers(cuts: list[int]) -> None:
    data = b"".join(answer_bytes(line, output) for line, output in SESSION)
    answers = play(new_stream([line for line, _output in SESSION]), data, cuts)
    assert [(answer.line, answer.output, answer.whole) for answer in answers] == [(*item, True) for item in SESSION]


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, 200), st.sampled_from(DEBUG)), max_size=25),
    st.lists(st.integers(0, 5000), max_size=30),
)
def test_debug_lines_change_no_answer_and_are_not_lost(debug: list[tuple[int, str]], cuts: list[int]) -> None:
    """Debug lines are put in front of any line of the stream, behind prompts included."""
    pieces = []
    for line, output in SESSION:
        pieces += [line + "\r\r\n", *[f"{text}\r\n" for text in output.split("\n") if output], "\r\n", PROMPT]
    # A debug line may stand before any of these pieces: behind a prompt it is glued to it.
    for where, text in debug:
        pieces.insert(where % (len(pieces) + 1), f"{text}\r\n")
    stream = new_stream([line for line, _output in SESSION], watch=True)
    answers = play(stream, "".join(pieces).encode(), cuts)
    assert [(answer.line, answer.output) for answer in answers] == SESSION
    heard = stream.take_unowned()
    assert sorted(line for line in heard if line) == sorted(text for _where, text in debug)


def test_json_over_several_lines_is_debug_while_watched() -> None:
    json_lines = ['{ "d": { "__type": "SoftToken.ProvisionRequest", "seed": "0011223344', '5566778899" ,', '"x": 1 } }']
    data = b"show\r\r\none\r\n" + "".join(f"{line}\r\n" for line in json_lines).encode() + b"two\r\n\r\nFGT # "
    stream = new_stream(["show"], watch=True)
    assert play(stream, data, [])[0].output == "one\ntwo"
    assert stream.take_unowned() == json_lines


def test_http_head_and_body_are_debug_while_watched() -> None:
    debug = ["POST /SoftToken/Provisioning.asmx/Process HTTP/1.1", "Host: example.com", "Content-Length: 3", "", "{}"]
    data = b"show\r\r\none\r\n" + "".join(f"{line}\r\n" for line in debug).encode() + b"two\r\n\r\nFGT # "
    stream = new_stream(["show"], watch=True)
    assert play(stream, data, [])[0].output == "one\ntwo"
    assert stream.take_unowned() == debug


def test_json_in_output_is_output_while_not_watched() -> None:
    stream = new_stream(["show"])
    assert play(stream, answer_bytes("show", '{"a": 1}\n[1] fds_x: y'), [])[0].output == '{"a": 1}\n[1] fds_x: y'


@pytest.mark.parametrize("watch", [True, False])
def test_debug_output_in_an_answer_brings_its_end_no_nearer_and_other_lines_do(watch: bool) -> None:
    stream = new_stream(["show user local"], watch)
    stream.feed(b"show user local\r\r\n")
    before = stream.progress
    for line in DEBUG[:3]:
        stream.feed(f"\r\n{line}\r\n".encode())
    assert stream.progress == before
    stream.feed(b"config user local\r\n" + DEBUG[1].encode() + b"\r\n")
    assert stream.progress > before
    stream.feed(b"end\r\n\r\nFGT # ")
    stream.settle()
    [answer] = stream.answers
    assert ("fds_ctx_set_addr" in answer.output) is not watch and "config user local" in answer.output


def test_debug_after_the_last_prompt_belongs_to_nobody() -> None:
    stream = new_stream(["show"])
    stream.feed(answer_bytes("show", "one"))
    stream.settle()
    stream.feed(b"2024-03-30 04:10:03 ftm_x[1]:late\r\nmore\r\n")
    stream.expect("end")
    stream.feed(b"end\r\r\n\r\nFGT # ")
    stream.settle()
    assert [answer.output for answer in stream.answers] == ["one", ""]
    assert stream.take_unowned() == ["2024-03-30 04:10:03 ftm_x[1]:late", "more"]


def test_debug_glued_to_the_last_prompt_ends_the_answer() -> None:
    stream = new_stream(["show"])
    stream.feed(b"show\r\r\none\r\n\r\nFGT # 2024-03-30 04:10:03 ftm_x[1]:now\r\n")
    assert [answer.output for answer in stream.answers] == ["one"]
    assert stream.take_unowned() == ["2024-03-30 04:10:03 ftm_x[1]:now"]


def test_debug_in_the_middle_of_an_echo() -> None:
    stream = new_stream(["show user local", "end"])
    stream.feed(b"show us[641] fds_ctx_set_addr: server:\r\ner local\r\r\none\r\n\r\nFGT # end\r\r\n\r\nFGT # ")
    stream.settle()
    assert [(answer.output, answer.whole) for answer in stream.answers] == [("one", True), ("", True)]


@pytest.mark.parametrize("text", ["FGT # ", "FGT # hello", "FGT # show", "FGT (root) # end of story", "FGT $ x"])
def test_prompt_like_output_survives(text: str) -> None:
    """With the next line in flight, a prompt counts only in front of that line's echo."""
    stream = new_stream(["show", "end"])
    answers = play(stream, answer_bytes("show", f"one\n{text}\ntwo") + answer_bytes("end", ""), [3, 17, 23])
    assert [answer.output for answer in answers] == [f"one\n{text}\ntwo", ""]


def test_prompt_like_output_of_the_last_line_survives_while_more_comes() -> None:
    stream = new_stream(["show"])
    stream.feed(b"show\r\r\none\r\nFGT # ")
    stream.feed(b"hello\r\ntwo\r\n\r\nFGT # ")
    stream.settle()
    assert [answer.output for answer in stream.answers] == ["one\nFGT # hello\ntwo"]


def test_doubtful_last_prompt_is_taken_after_a_long_silence() -> None:
    stream = new_stream(["show"])
    stream.feed(b"show\r\r\none\r\n\r\nFGT # something unheard of\r\n")
    stream.settle()
    assert not stream.answers
    assert stream.stall()
    assert [answer.output for answer in stream.answers] == ["one"]
    assert stream.take_unowned() == ["something unheard of"]


def test_contexts_and_roles_are_followed() -> None:
    stream = new_stream(["config global", "end"])
    stream.feed(b"config global\r\r\n\r\nFGT(Primary) (global) # end\r\r\n\r\nFGT(Secondary) # ")
    stream.settle()
    assert [answer.place.context for answer in stream.answers] == ["global", ""]


@pytest.mark.parametrize("cut", range(1, 40))
def test_pager_is_answered_and_wiped_wherever_the_reads_fall(cut: int) -> None:
    before = b"show\r\r\none\r\n--More-- "
    after = b"\r         \rtwo\r\n--More-- \r         \rthree\r\n\r\nFGT # "
    stream = new_stream(["show"])
    stream.feed(before)
    assert stream.pager_waits
    stream.pager_waits = False
    stream.feed(after[:cut])
    stream.feed(after[cut:])
    stream.settle()
    assert [answer.output for answer in stream.answers] == ["one\ntwo\nthree"]


def test_pager_split_over_reads_is_answered_once() -> None:
    stream = new_stream(["show"])
    waits = 0
    for char in "show\r\r\none\r\n" + PAGER:
        stream.feed(char.encode())
        waits += stream.pager_waits
        stream.pager_waits = False
    assert waits == 1


def test_pager_as_data_inside_a_line_is_left_alone() -> None:
    stream = new_stream(["show"])
    output = '    set comments "--More-- "\nend'
    assert play(stream, answer_bytes("show", output), [])[0].output == output
    assert not stream.pager_waits


def test_debug_line_behind_the_pager() -> None:
    stream = new_stream(["show"], watch=True)
    stream.feed(b"show\r\r\none\r\n--More-- [641] fds_ctx_set_addr: server:\r\n")
    assert stream.pager_waits
    stream.feed(b"\r         \rtwo\r\n\r\nFGT # ")
    stream.settle()
    assert [answer.output for answer in stream.answers] == ["one\ntwo"]


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, 25), st.sampled_from(["", "\r\n"]), st.sampled_from(DEBUG)), max_size=12),
    st.lists(st.integers(0, 3000), max_size=30),
    st.integers(1, 4),
)
def test_no_page_is_missed_whatever_is_printed_while_the_pager_waits(
    debug: list[tuple[int, str, str]], cuts: list[int], page: int
) -> None:
    """Debug lines come behind the pager's prompt or on lines of their own, before or after the key, in any chunks."""
    rows = [f'    edit "FTK200BAA{number:07d}"' for number in range(12)]
    printed = dict.fromkeys(range(26), "")
    for where, before, text in debug:
        printed[where] += f"{before}{text}\r\n"
    # What is printed until the unit waits for a key, each time.
    stretches = ["show\r\r\n"]
    for number, row in enumerate(rows):
        if number and number % page == 0:
            stretches[-1] += PAGER + printed[number]
            stretches.append(printed[13 + number] + "\r         \r")
        else:
            stretches[-1] += printed[number] + printed[13 + number]
        stretches[-1] += row + "\r\n"
    stretches[-1] += printed[12] + printed[25] + "\r\n" + PROMPT
    stream = new_stream(["show"], watch=True)
    for number, stretch in enumerate(stretches):
        play(stream, stretch.encode(), cuts)
        assert stream.pager_waits == (number + 1 < len(stretches)), stretch
        stream.pager_waits = False
    (answer,) = stream.answers
    assert [line for line in answer.output.split("\n") if line] == rows
    assert sorted(line for line in stream.take_unowned() if line) == sorted(text for _where, _before, text in debug)


def test_a_cut_line_is_noticed() -> None:
    stream = new_stream(["set comments abcdefghij", "next"])
    stream.feed(b"set comments abcd\r\r\ncommand parse error before 'abcd'\r\n\r\nFGT # next\r\r\n\r\nFGT # ")
    stream.settle()
    assert [(answer.whole, answer.output) for answer in stream.answers] == [
        (False, "command parse error before 'abcd'"),
        (True, ""),
    ]


def test_a_cut_line_without_output_is_noticed() -> None:
    stream = new_stream(["set comments abcdefghij", "next"])
    stream.feed(b"set comments abcd\r\r\n\r\nFGT # next\r\r\n\r\nFGT # ")
    stream.settle()
    assert [answer.whole for answer in stream.answers] == [False, True]


def test_wrapped_echo_and_quoted_line_break() -> None:
    stream = new_stream(["execute x 1234567890", 'set comments "a\nb"', "end"])
    stream.feed(
        b'execute x 12345\r\r\n67890\r\r\n\r\nFGT # set comments "a\r\r\n> b"\r\r\n\r\nFGT # end\r\r\n\r\nFGT # '
    )
    stream.settle()
    assert [(answer.whole, answer.output) for answer in stream.answers] == [(True, "")] * 3


def test_control_v_is_not_echoed() -> None:
    stream = new_stream(['set comments "why\x16?"'])
    stream.feed(b'set comments "why?"\r\r\n\r\nFGT # ')
    stream.settle()
    assert [answer.whole for answer in stream.answers] == [True]


def test_unowned_memory_is_bounded_and_counted() -> None:
    stream = new_stream([])
    for number in range(21_000):
        stream.feed(f"line {number}\r\n".encode())
    assert len(stream.take_unowned()) == 20_000
    assert stream.dropped == 1_000


@settings(deadline=None, max_examples=200)
@given(st.lists(st.binary(max_size=200), max_size=20), st.booleans())
def test_any_bytes_are_taken_without_an_exception(chunks: list[bytes], watch: bool) -> None:
    stream = new_stream(["show", "end"], watch)
    for chunk in chunks:
        stream.feed(chunk)
        stream.settle()
    stream.stall()
    assert len(stream.answers) + len(stream.in_flight) == 2


@pytest.mark.parametrize("watch", [False, True])
@pytest.mark.parametrize("line", ['        set comments "FGT # "', "FGT looks like a prompt", "x" * 5000])
def test_eight_megabytes_take_well_under_a_second_of_reading(watch: bool, line: str) -> None:
    body = (line + "\r\n").encode() * (8_000_000 // (len(line) + 2))
    data = b"show\r\r\n" + body + b"\r\nFGT # "
    stream = new_stream(["show"], watch)
    started = time.process_time()
    for start in range(0, len(data), 32_768):
        stream.feed(data[start : start + 32_768])
    stream.settle()
    spent = time.process_time() - started
    assert len(stream.answers[0].output) > 7_500_000
    # Linear reading takes a tenth of this; quadratic reading takes minutes.
    assert spent < 4.0


def test_a_megabyte_without_line_break_is_no_problem() -> None:
    stream = new_stream(["show"])
    started = time.process_time()
    stream.feed(b"show\r\r\n")
    for _number in range(2000):
        stream.feed(b"x" * 500)
    stream.feed(b"\r\n\r\nFGT # ")
    stream.settle()
    assert len(stream.answers[0].output) == 1_000_000
    assert time.process_time() - started < 4.0
