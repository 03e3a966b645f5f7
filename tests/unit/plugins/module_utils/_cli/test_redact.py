# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret stays, everything else does."""

from __future__ import annotations

import itertools
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.config_text import statements, words
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import MARK, Redactor, _Layout

SEED = "00112233445566778899aabbccddeeff00112233"
CODE = "ABCD2345EFGH67IJ"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'        set seed "{SEED}"', f"        set seed {MARK}"),
        (f"set seed {SEED}", f"set seed {MARK}"),
        ("    set seed ENC c2VjcmV0c2VjcmV0", f"    set seed {MARK}"),
        ('    set seed "ENC c2VjcmV0c2VjcmV0"', f"    set seed {MARK}"),
        (f'        set seed "{SEED}" <---', f"        set seed {MARK} <---"),
        (f'+        set seed "{SEED}"', f"+        set seed {MARK}"),
        ("    set passwd ENC SH2abcdef+/=", f"    set passwd {MARK}"),
        ('    set password "a b\\"c"', f"    set password {MARK}"),
        ('    set psksecret "two\nlines"\n    next', f"    set psksecret {MARK}\n    next"),
        (f'set activation-code "{CODE}"', f"set activation-code {MARK}"),
        ('set reg-id "0123456789abcdef:x_y-z"', f"set reg-id {MARK}"),
        ("    set ppp-password ENC abcdefgh", f"    set ppp-password {MARK}"),
        (f"activation-code     : {CODE}", f"activation-code     : {MARK}"),
        ("activation-code     : \nreg-id              :", "activation-code     : \nreg-id              :"),
        ("value parse error before 'ENC abcdefgh'", f"value parse error before 'ENC {MARK}'"),
        ("code DA8C-0508-1F31-4CF7-C990 used", f"code {MARK} used"),
        (f'{{"seed": "{SEED}"}}', f'{{"seed": "{MARK}"}}'),
        ('"license_activation_code": "something"', f'"license_activation_code": "{MARK}"'),
        ('{"activation_code":"x1y2z3"}', f'{{"activation_code":"{MARK}"}}'),
        (f'msg="Token activation code {CODE} sent to a@b.c"', f'msg="Token activation code {MARK} sent to a@b.c"'),
        (f"Your activation code is: {CODE}.", f"Your activation code is: {MARK}."),
        (
            '    set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----"',
            f"    set private-key {MARK}",
        ),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END", f"-----BEGIN RSA PRIVATE KEY-----\n{MARK}\n-----END"),
    ],
)
def test_forms(text: str, expected: str) -> None:
    assert Redactor().redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        'config user fortitoken\n    edit "FTK200BAA0000000"\n        set comments "seed room"\n    next\nend',
        "FTK200BAA0000000  0  token already activated, and seed won't be returned",
        '    set license "FTMTRIAL0A1B2C3D"',
        "unset seed",
        "Hostname: fw-activation-ABCD",
        "activation of FTKMOB0A1B2C3D4E and FGT61FTK22334455",
        '{"error_code":14,"error_message":"forticare license expired"}}}',
        '{"error_code": "14"}',
        "trial code 0000-0000-0000-0000-0000",
        "fingerprint 00112233445566778899aabbccddeeff00112233",
        "Serial-Number: FGT60FTK20099999",
        "    set passwd-policy x",
        "    set password-expire 2026-01-01 00:00:00",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor().redact(text) == text


def test_a_seed_in_debug_output_goes_in_any_form() -> None:
    assert Redactor().redact(f"got {SEED} from server", debug=True) == f"got {MARK} from server"


def test_learned_values_go_wherever_they_appear_later() -> None:
    redactor = Redactor()
    redactor.redact(f'set activation-code "{CODE}"')
    assert redactor.redact(f"mail body: {CODE}, thanks") == f"mail body: {MARK}, thanks"
    assert redactor.redact(f"X{CODE}") == f"X{CODE}"


def test_registered_values() -> None:
    redactor = Redactor(["hunter2-2026", 'with "quotes" inside', "short", "disable"])
    assert redactor.redact("login hunter2-2026 failed") == f"login {MARK} failed"
    assert redactor.redact('x with "quotes" inside y') == f"x {MARK} y"
    assert redactor.redact("short set status disable") == "short set status disable"


def test_many_values_behave_like_few() -> None:
    redactor = Redactor(f"value-{number:05d}x" for number in range(5000))
    assert redactor.redact("a value-00007x, value-04999x; value-04999xy") == f"a {MARK}, {MARK}; value-04999xy"


@settings(deadline=None)
@given(
    st.text(string.ascii_letters + string.digits, min_size=6, max_size=40), st.lists(st.integers(0, 100), max_size=6)
)
def test_a_json_secret_split_over_lines(value: str, cuts: list[int]) -> None:
    text = f'{{ "serial": "FTK200BAA0000000", "seed": "{value}", "x": 1 }}'
    for cut in sorted({cut % len(text) for cut in cuts}, reverse=True):
        text = f"{text[:cut]}\n{text[cut:]}"
    redacted = Redactor().redact(text, debug=True)
    assert f'"{value}"' not in redacted.replace("\n", "")
    assert redacted.count("\n") == text.count("\n")
    assert MARK in redacted


STAMP = "2026-03-30 04:10:03 "
# Letters that stand nowhere else in the texts below, so that not even a piece of a secret can pass unseen.
UNSEEN = "QXZJ"
FOREIGN = (
    "[361] fds_send_reply: send reply failed: req-1, Connection refused",
    "ftm_fc_command[564]:received error from forticare [-7564]",
    'ftm_fc_note[12]:the "quoted" one',
    'ftm_fc_note[13]:{"error_code": 14, "error_message": "forticare license expired"}',
    "alertmail: failed to send mail",
    "import fortitoken license error: -7564",
    "POST /SoftToken/Provisioning.asmx/Process HTTP/1.1",
)


@st.composite
def dialogues(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """JSON with secrets, cut into lines anywhere; and the same with lines of other daemons in between."""
    secret = st.text(UNSEEN, min_size=1, max_size=40)
    parts = draw(
        st.lists(
            st.sampled_from(
                [
                    '"seed": "%"',
                    'seed": "%"',
                    '"activation_code":"%"',
                    '"license_activation_code": "%"',
                    '"reg_id": "%"',
                    '"x_password" : "%"',
                    '"error_code": 14',
                    '"token": "FTKMOBSAMPLE0001"',
                ]
            ),
            min_size=1,
            max_size=6,
        )
    )
    text = '{ "d": { "__type": "SoftToken", ' + ", ".join(part.replace("%", draw(secret)) for part in parts) + " } }"
    cuts = sorted({0, len(text), *draw(st.lists(st.integers(1, len(text) - 1), max_size=12))})
    stamp = STAMP if draw(st.booleans()) else ""
    lines = [stamp + text[start:end] for start, end in itertools.pairwise(cuts)]
    mixed = list(lines)
    for foreign in draw(st.lists(st.sampled_from(FOREIGN), max_size=4)):
        mixed.insert(draw(st.integers(0, len(mixed))), stamp + foreign)
    return lines, mixed


def _foreign(lines: list[str]) -> list[str]:
    return [line for line in lines if line.removeprefix(STAMP) in FOREIGN]


@settings(deadline=None, max_examples=200)
@given(dialogues())
def test_no_piece_of_a_secret_passes_and_lines_of_other_daemons_survive_in_it(
    drawn: tuple[list[str], list[str]],
) -> None:
    lines, mixed = drawn
    redactor = Redactor()
    redacted = redactor.redact("\n".join(mixed), debug=True).split("\n")
    assert not set(UNSEEN) & set("".join(redacted))
    assert _foreign(redacted) == _foreign(mixed)
    assert [line.startswith(STAMP) for line in redacted] == [line.startswith(STAMP) for line in mixed]
    # What is left of the dialogue is the same with and without the others.
    alone = Redactor().redact("\n".join(lines), debug=True).split("\n")
    assert [line for line in redacted if line.removeprefix(STAMP) not in FOREIGN] == alone
    assert redactor.redact("\n".join(redacted), debug=True).split("\n") == redacted


@settings(deadline=None, max_examples=200)
@given(dialogues(), st.integers(1, 20))
def test_lines_are_held_back_until_a_secret_in_them_is_whole(drawn: tuple[list[str], list[str]], number: int) -> None:
    """As a session hands them out: lines that may end inside of a secret wait for the rest."""
    _lines, mixed = drawn
    redactor = Redactor()
    out, held = [], []
    for index, line in enumerate(mixed):
        held.append(line)
        if index % number == 0 and not Redactor.is_open("\n".join(held)):
            out.append(redactor.redact("\n".join(held), debug=True))
            held = []
    out.append(redactor.redact("\n".join(held), debug=True))
    assert not set(UNSEEN) & set("".join(out))


@pytest.mark.parametrize("rest", [['778899", "a": 1}', '334455", "b": 2}'], ['334455", "b": 2}', '778899", "a": 1}']])
def test_where_two_daemons_break_off_inside_a_secret_everything_that_may_be_of_it_goes(rest: list[str]) -> None:
    lines = ['{"seed": "112233', 'ftm_b[1]:{"seed": "445566', *rest, "ftm_b[2]:done"]
    redacted = Redactor().redact("\n".join(lines), debug=True)
    assert not [piece for piece in ("112233", "445566", "778899", "334455") if piece in redacted]
    assert redacted.endswith("\nftm_b[2]:done")


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ('{"seed": "0011', True),
        ('{"seed":', True),
        ('{"see', True),
        ('{"seed"', True),
        ('{"seed": "0011"}', False),
        ("ftm_x[1]:done", False),
        ("", False),
    ],
)
def test_text_that_may_end_inside_a_secret(text: str, is_open: bool) -> None:
    assert Redactor.is_open(text) is is_open


@given(st.text(max_size=300), st.booleans())
def test_any_text_is_taken_and_redacting_again_changes_nothing(text: str, debug: bool) -> None:
    redactor = Redactor()
    once = redactor.redact(text, debug)
    assert redactor.redact(once, debug) == once


def test_two_megabytes() -> None:
    entry = '    edit "FTK200BAA0000000"\n        set comments "x"\n        set seed ENC c2VjcmV0c2VjcmV0\n    next\n'
    text = entry * (2_000_000 // len(entry))
    redactor = Redactor(["a-password-of-mine"])
    started = time.process_time()
    assert "c2Vjcm" not in redactor.redact(text)
    # Several linear passes; anything quadratic would take minutes.
    assert time.process_time() - started < 4.0


@pytest.mark.parametrize(
    "form",
    [
        'cfgattr="seed[{}]"',
        "seed={}",
        '{{"seeds": ["{}"]}}',
        "{{'seed': '{}'}}",
        '{{\\"seed\\": \\"{}\\"}}',
        "<seed>{}</seed>",
        "activation_code={}",
        "token {} is stored",
    ],
)
@pytest.mark.parametrize("value", ["00112233445566778899aabbccddeeff", "0011223344556677" * 3])
def test_debug_output_and_events_may_name_a_secret_in_any_form(form: str, value: str) -> None:
    text = form.format(value)
    redacted = Redactor().redact(text, debug=True)
    assert value not in redacted and MARK in redacted
    assert redacted.replace(MARK, value) == text


@pytest.mark.parametrize(
    "text",
    [
        "token already activated, and seed won't be returned",
        'logid="0100032159" serialno="FTK200BAA0000001" msg="cmdb save error"',
        "ftm_fc_command[564]:received error from forticare [-7564]",
    ],
)
def test_what_only_speaks_of_seeds_and_codes_stays(text: str) -> None:
    assert Redactor().redact(text, debug=True) == text


# What a unit may print, and what somebody may have written into a comment of it.
FRAGMENTS = st.sampled_from(
    [
        "config user local\n",
        'edit "ansible"\n',
        "edit x\n",
        "next\n",
        "end\n",
        "set passwd ",
        "set seed ",
        "set comments ",
        "set two-factor fortitoken\n",
        "set accprofile super_admin\n",
        '"',
        '\\"',
        "\\",
        "\n",
        " ",
        "ansible",
        "hunter2-2026",
        'hunter2 "2026"',
        "seed=",
        '"seed": "',
        "password: ",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "ENC abcdefgh",
        "DA8C-0508-1F31-4CF7-C990",
        "activation ABCD2345EFGH67IJ",
        "FTK200BAA0000000",
        "https://a:b@c ",
        "<---",
        "<redacted>",
        "set",
        "edit",
        SEED,
    ]
)


def shape(text: str) -> list[tuple[str, list[str], bool]]:
    """What the parsers go by: keywords, names of entries and attributes, and where values end."""
    found = []
    for statement in statements(text):
        parts = words(statement.rest)
        if statement.keyword == "set":
            kept = parts if parts[:1] in (["two-factor"], ["accprofile"]) else parts[:1]
        else:
            kept = parts
        found.append((statement.keyword, kept, statement.closed))
    return found


@settings(max_examples=400, deadline=None)
@given(st.lists(FRAGMENTS, max_size=25).map("".join))
def test_no_statement_is_hidden_changed_or_made_up(text: str) -> None:
    before = shape(text)
    redactor = Redactor(["hunter2-2026", 'hunter2 "2026"', "ansible", "super_admin"])
    after = shape(redactor.redact(text))
    if all(closed for _keyword, _words, closed in before):
        assert after == before
    else:
        # An answer that was cut short, which the parsers refuse. What is hidden to its end is a secret.
        assert after == before or after == before[: len(after) - 1] + after[-1:]


def test_a_comment_that_looks_like_a_secret_teaches_nothing() -> None:
    listing = """config user local
    edit "first"
        set comments "one
        set passwd "
    next
    edit "second"
        set two-factor fortitoken
        set comments "password: provisioned-or-not
activation-code : two-factor-fortitoken"
    next
end"""
    redactor = Redactor()
    redacted = redactor.redact(listing)
    assert shape(redacted) == shape(listing)
    following = 'config user local\n    edit "third"\n        set two-factor fortitoken\n    next\nend'
    assert redactor.redact(following) == following
    assert redactor.redact("two-factor-fortitoken provisioned-or-not") == "two-factor-fortitoken provisioned-or-not"


def test_nothing_with_a_line_break_is_learned() -> None:
    redactor = Redactor()
    redactor.redact('set psksecret "first line\nset status disable"')
    assert redactor.redact("first line\nset status disable") == "first line\nset status disable"


def test_a_login_that_equals_the_password_is_recognized() -> None:
    listing = 'config system admin\n    edit "ansible"\n        set accprofile "prof_admin"\n    next\nend'
    for redactor in (Redactor(["ansible", "prof_admin"]), Redactor(["ansible"], known=["ansible"])):
        assert redactor.redact(listing) == listing


@pytest.mark.parametrize("name", ["fw-berlin-01", "FTK200BAA0000000", "vdom-north", "10.20.30.40"])
def test_what_is_kept_is_no_secret_whether_told_before_or_after(name: str) -> None:
    assert Redactor([name], known=[name]).redact(f"at {name}") == f"at {name}"
    redactor = Redactor([name])
    assert redactor.redact(f"at {name}") == f"at {MARK}"
    redactor.keep([name])
    assert redactor.redact(f"at {name}") == f"at {name}"


def test_a_name_of_an_entry_is_not_learned_as_a_secret() -> None:
    redactor = Redactor()
    redactor.redact('config user local\n    edit "alice-2026"\n        set passwd "alice-2026"\n    next\nend')
    assert redactor.redact("user alice-2026 logged in") == "user alice-2026 logged in"


@pytest.mark.parametrize(("length", "goes"), [(5, False), (6, True), (7, True)])
def test_the_shortest_secret_that_is_looked_for_by_its_value(length: int, goes: bool) -> None:
    value = "Zq3xW9k"[:length]
    assert (value not in Redactor([value]).redact(f"got {value} here")) is goes


@pytest.mark.parametrize(("length", "goes"), [(300, True), (301, False)])
def test_the_longest_secret_that_is_learned(length: int, goes: bool) -> None:
    redactor = Redactor()
    value = ("Ab1" * 101)[:length]
    assert value not in redactor.redact(f"set seed {value}")
    assert (value not in redactor.redact(f"comment {value}")) is goes


def test_a_secret_without_letters_in_a_row() -> None:
    assert Redactor(["a-b-c-d"]).redact("x a-b-c-d y") == f"x {MARK} y"


def test_a_value_cut_short_is_hidden_to_the_end() -> None:
    text = 'config vpn\n    edit "x"\n        set psksecret "first\nsecond'
    assert Redactor().redact(text) == f'config vpn\n    edit "x"\n        set psksecret {MARK}'


@pytest.mark.parametrize(
    ("line", "goes"),
    [
        ("diagnose test application forticldd 7", True),
        ("execute log display", True),
        ("diagnose debug info", True),
        ("show user local", False),
        ("get system status", False),
        ("diagnose fortitoken info", False),
    ],
)
def test_answers_that_are_not_documented_are_searched_like_debug_output(line: str, goes: bool) -> None:
    assert (SEED not in Redactor().answer(line, f"fingerprint {SEED}")) is goes


@pytest.mark.parametrize(
    ("text", "end", "pieces"),
    [
        ('a"b"c', 5, ["a", "b", "c"]),
        ('"ab"', 4, ["ab"]),
        ('""', 2, []),
        ("abc", 3, ["abc"]),
        ("abc", 0, []),
        # An escaped quote belongs to the value, and so does what a backslash at the end protects.
        ('a\\"b', 4, ['a\\"b']),
        ('ab\\"c', 3, ['ab\\"']),
        ("ab\\\\c", 3, ["ab\\\\"]),
        ('ab\\\\"c', 4, ["ab\\\\"]),
        # A line break stays where it is, and behind the end there is nothing.
        ("ab\\\nc", 3, ["ab\\"]),
        ("ab\\", 3, ["ab\\"]),
        ("abc", 2, ["ab"]),
    ],
)
def test_quotes_stay_and_an_escape_is_cut_whole(text: str, end: int, pieces: list[str]) -> None:
    assert [text[first:last] for first, last in _Layout._between_quotes(text, 0, end)] == pieces


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('set comments "note s3cretvalue end"', f'set comments "note {MARK} end"'),
        ('set comments "s3cretvalue"', f'set comments "{MARK}"'),
        ('set comments "s3cretvalue', f'set comments "{MARK}'),
        ('set comments "a\ns3cretvalue b', f'set comments "a\n{MARK} b'),
    ],
)
def test_a_known_secret_goes_out_of_the_middle_of_a_value(before: str, after: str) -> None:
    shown = Redactor(["s3cretvalue"]).redact(f"config user local\nedit x\n{before}\n")
    assert shown.split("\n")[2:-1] == after.split("\n")


def test_of_cuts_at_one_place_the_longest_counts_and_one_inside_another_is_not_cut_again() -> None:
    text = "0123456789"
    assert Redactor._replace(text, [(2, 4, True), (2, 6, True), (3, 5, True), (8, 9, False)]) == f"01{MARK}679"
    assert Redactor._replace(text, [(4, 6, True), (2, 4, False)]) == f"01{MARK}6789"
    assert Redactor._replace(text, [(2, 4, False), (2, 4, True)]) == f"01{MARK}456789"
    assert Redactor._replace(text, [(1, 9, True), (2, 3, True)]) == f"0{MARK}9"
