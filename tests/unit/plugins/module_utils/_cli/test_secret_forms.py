# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of every kind, planted in every form of output: none is found afterwards."""

from __future__ import annotations

import base64
import itertools
import json
import re
import textwrap
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli import redact
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import MARK, Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.secret_forms import FORMS, known_serials

# What follows `%` in a form is the secret as it stands there.
BASE32 = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=16, max_size=16)
HEX = st.text("0123456789abcdef", min_size=40, max_size=40)
KINDS = {
    "seed": HEX | HEX.map(str.upper),
    "activation code": BASE32
    | st.tuples(st.sampled_from(["FTKMOB", "FTK", "FG", "FW"]), BASE32).map(lambda parts: "".join(parts)[:16]),
    "redemption code": st.lists(st.text("0123456789ABCDEF", min_size=4, max_size=4), min_size=5, max_size=5)
    .map("-".join)
    .filter(lambda code: code.strip("0-")),
    "blob": st.binary(min_size=24, max_size=80).map(lambda raw: base64.b64encode(raw).decode()),
}
PASSWORD = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=6, max_size=30)

# Forms for the values of configuration; every answer that is configuration, in any line.
CONFIG = {
    "seed": ('set seed "%"', "set seed %", '+    set seed "%"', 'set seed "%" <---'),
    "activation code": ('set activation-code "%"', "activation-code     : %"),
    "redemption code": ("import fortitoken license %", 'set comments "code %"'),
    "blob": (
        "set passwd ENC %",
        'set seed "ENC %"',
        '>>>  "set" "password" "ENC" "%" @ 3386:vpn certificate',
        '>>>  "set" "psksecret" "%" @ 12:root',
        "#private-encryption-key=%",
        'set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----\n%\n-----END ENCRYPTED PRIVATE KEY-----"',
        'set psksecret "first\n%\nlast"',
    ),
}
# Forms for debug output, events, and commands whose output is not documented (forticldd 7).
DEBUG = {
    "seed": (
        '{"seed": "%"}',
        'seed": "%"',
        '{"seeds": ["%", "%"]}',
        "{'seed': '%'}",
        '{\\"seed\\": \\"%\\"}',
        "<seed>%</seed>",
        "seed=%",
        "ftm_seed[%]",
        "token FTK200BAA0000000 seed % stored",
        "got %",
    ),
    "activation code": (
        '{"activation_code":"%"}',
        'msg="Token activation code % sent to a@example.com"',
        "Your activation code is:\n%\n",
        "alertmail: body: %",
        "activation_code=%",
        "code % for FTKMOB0A1B2C3D4E",
    ),
    "redemption code": ('{"license_activation_code": "%"}', "POST /x?license=%&y=1 HTTP/1.1", "[12] ftm: %"),
    "blob": (
        "Authorization: Basic %",
        '{"password": "%"}',
        "0: set passwd ENC %",
        "passwd=%",
        '2026-03-30 04:10:03 >>>  "set" "password" "ENC" "%" @ 3386:vpn',
        "https://admin:password-%@example.com/",
    ),
}


def cases(forms: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(kind, form) for kind, texts in forms.items() for form in texts]


NOISE = "FTK200BAA0000000    0  active"


@pytest.mark.parametrize(("kind", "form"), cases(CONFIG))
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_secret_is_left_in_configuration(kind: str, form: str, data: st.DataObject) -> None:
    secret = data.draw(KINDS[kind])
    text = f"config x\n    edit 1\n        {form.replace('%', secret)}\n    next\nend"
    for redacted in (Redactor().redact(text), Redactor().redact(text, debug=True)):
        assert secret not in redacted and MARK in redacted


@pytest.mark.parametrize(("kind", "form"), cases(DEBUG))
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_secret_is_left_in_debug_output(kind: str, form: str, data: st.DataObject) -> None:
    secret = data.draw(KINDS[kind])
    # In a URL the ends of a secret are not to be mistaken for the ends of the password.
    secret = secret.replace("/", "_") if "://" in form else secret
    text = f"{NOISE}\n{form.replace('%', secret)}\n{NOISE}"
    redactor = Redactor()
    for line in (
        "diagnose test application forticldd 7",
        "execute log display",
        "diagnose debug config-error-log read",
    ):
        assert secret not in redactor.answer(line, text)
    assert secret not in Redactor().redact(text, debug=True)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_secret_is_left_in_json_that_is_cut_anywhere(data: st.DataObject) -> None:
    secret = data.draw(KINDS["seed"])
    text = f'{{"d": {{"token": "FTKMOB0A1B2C3D4E", "seed": "{secret}", "x": 1}}}}'
    cuts = sorted({0, len(text), *data.draw(st.lists(st.integers(1, len(text) - 1), max_size=5))})
    lines = [text[start:end] for start, end in itertools.pairwise(cuts)]
    redacted = Redactor().redact("\n".join(lines), debug=True)
    assert not any(len(piece) > 5 and piece in redacted for piece in _pieces(secret, lines))


def _pieces(secret: str, lines: list[str]) -> list[str]:
    """What of the secret is on each line."""
    found = []
    for line in lines:
        found += [run for run in re.findall(r"[0-9A-Fa-f]{4,}", line) if run in secret]
    return found


@settings(max_examples=150, deadline=None)
@given(PASSWORD, st.integers(0, 8))
def test_a_password_of_the_play_is_left_in_no_encoding(password: str, shift: int) -> None:
    # Whoever has the mark for a password cannot hide it behind the mark.
    assume(password not in MARK and MARK not in password)
    redactor = Redactor([password])
    # Not on a line of its own: there it might be read as a statement, whose names stay.
    if redactor.redact(f"login {password} failed") != f"login {MARK} failed":
        # Too short, a word of the command line, or blanks around it: nothing that is looked for by its value.
        word = password in redact._NEVER
        assert word or len(password.strip()) < 8 or password.strip() != password
        return
    raw = password.encode()
    coded = base64.b64encode(b"u" * shift + b":" + raw + b"\n" * (shift % 3)).decode()
    for text, secret in (
        (f"login {password} failed", password),
        (f'set comments "{_escaped(password)}"', _escaped(password)),
        (json.dumps({"x": password}), json.dumps(password)[1:-1]),
        (f"GET /login?user=a&x={quote(password, safe='')}&y HTTP/1.1", quote(password, safe="")),
        (f"x={quote_plus(password)}", quote_plus(password)),
        (f"Basic {coded}", coded),
    ):
        for debug in (False, True):
            redacted = redactor.redact(text, debug)
            assert secret not in redacted or len(secret.strip('"\\')) < 6, (text, redacted)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


@pytest.mark.parametrize("ends", [(True, True), (True, False), (False, True), (False, False)])
@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=300, max_size=1200))
def test_no_line_of_a_key_is_left_where_an_end_of_it_is_missing(ends: tuple[bool, bool], raw: bytes) -> None:
    body = textwrap.wrap(base64.b64encode(raw).decode(), 64)
    lines = [*["-----BEGIN RSA PRIVATE KEY-----"] * ends[0], *body, *["-----END RSA PRIVATE KEY-----"] * ends[1]]
    redacted = Redactor().redact("\n".join(["[12] x: key", *lines, "[13] x: done"]), debug=True)
    assert not [line for line in body if line in redacted and len(line) > 12]
    assert redacted.startswith("[12] x: key\n") and redacted.endswith("\n[13] x: done")


def test_only_known_serials_look_like_codes_and_stay() -> None:
    serial, code = "FTKMOB2A3B4C5D6E", "FTKMOB2A3B4C5D7F"
    redactor = Redactor()
    listing = f'config user fortitoken\n    edit "{serial}"\n    next\nend'
    assert redactor.redact(listing) == listing
    text = f"activation of {serial}: {code}"
    assert redactor.redact(text, debug=True) == f"activation of {serial}: {MARK}"


@pytest.mark.parametrize(
    "where",
    [
        "{}    0  provisioned",
        'date=2026-03-30 serialno="{}" msg="x"',
        '{{"token": "{}"}}',
        "Serial-Number: {}",
        'set fortitoken "{}"',
    ],
)
def test_where_serials_are_known_from(where: str) -> None:
    serial = "FTKMOB2A3B4C5D6E"
    redactor = Redactor()
    redactor.redact(where.format(serial))
    assert redactor.redact(f"activation of {serial}", debug=True) == f"activation of {serial}"


def test_the_serials_of_a_line_that_is_sent_are_known() -> None:
    redactor = Redactor()
    line = "execute fortitoken activate FTK22ABCDEFGHIJK FTK23ABCDEFGHIJK"
    said = "activation of FTK23ABCDEFGHIJK requested"
    assert redactor.answer(line, said) == said


# One character class that each pattern may repeat, and the worst that is known of earlier patterns.
WORST = [
    "seed",
    "seed=",
    'seed"',
    '"seed":',
    '"seed": "',
    '"seed": ["',
    "seed ",
    "activation",
    "activation ",
    "password: ",
    "set passwd ",
    'set passwd "',
    'set passwd "\n',
    '+ set passwd "\n',
    ">>> set passwd x",
    "ENC ",
    "ENC\t",
    "-----BEGIN PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----\n",
    "a",
    "aB",
    "A2",
    "0",
    "0-",
    "ABCD-",
    "\\",
    '\\"',
    '"',
    '"\n',
    "://",
    "a://",
    "a://b:",
    "authorization: ",
    "[1",
    "a[",
    "{",
    " ",
    "\n",
    "edit ",
    "edit x\n",
    'edit "\n',
    "FTK200BAA0000000 ",
    "serialno=",
    "execute fortitoken activate ",
    "%41",
    "MIIBabcd\n",
]


@pytest.mark.parametrize("unit", WORST)
def test_ten_times_the_worst_takes_about_ten_times_as_long(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        redactor = Redactor(["a-password-of-mine"])
        started = time.process_time()
        redactor.redact(text, debug=True)
        redactor.redact(text)
        return time.process_time() - started

    # Quadratic time would be a hundredfold. The floor keeps what is too short to measure out of it.
    small, large = max(seconds(20_000), 0.02), seconds(200_000)
    assert large < 30 * small, (small, large)
    assert large < 5


@pytest.mark.parametrize("password", ["PROVISIONING", "Administrator", "tWo-FaCtOr"])
def test_a_password_that_is_a_word_in_other_letters_is_a_secret(password: str) -> None:
    assert password not in Redactor([password]).redact(f"login {password} failed", debug=True)


@pytest.mark.parametrize("word", ["provisioning", "two-factor", "FORTITOKEN", "FortiGate"])
def test_a_word_as_the_unit_writes_it_is_never_a_secret(word: str) -> None:
    assert Redactor([word]).redact(f"{word} x", debug=True) == f"{word} x"


# Where a serial stands as what it is, in one pattern that is tried at every character: short, and slow.
SLOW_SERIALS = re.compile(
    r"(?:^[ \t]*edit[ \t]+\"?|^[ \t]*(?=[0-9A-Z]{16}[ \t]+-?\d{1,18}[ \t]+\S)|^[ \t]*Serial-Number:[ \t]*"
    r"|\bset[ \t]+(?:fortitoken|serial-number)[ \t]+\"?|\bexecute[ \t]+fortitoken(?:-mobile)?[ \t]+[a-z-]{1,20}[ \t]+"
    r"|(?<![A-Za-z])(?:serialno|serial[_-]?(?:number|no)?|sn|token|devid)\\?\"?[ \t]*[=:][ \t]*[\[\\\" ]{0,8})"
    r"(?P<serials>[A-Z][0-9A-Z]{9,19}(?:[ \t]+[A-Z][0-9A-Z]{9,19}){0,19})(?![0-9A-Za-z])",
    re.MULTILINE,
)
WORDS = [
    "edit ",
    "set fortitoken ",
    "set serial-number ",
    "Serial-Number:",
    "execute fortitoken activate ",
    "sn=",
    "token",
    ": ",
    "=",
    "[",
    '"',
    "\\",
    " ",
    "  ",
    "\t",
    "\n",
    "\n",
    "0  active",
    "-12 new",
    "x",
    "é",
    "-",
    "set seed ",
    "ENC ",
    "FTK200BAA0000001",
    "ABCD2345EFGH67IJ",
    "FGT60ETK00000001",
    "FTK",
    "12: ",
    "+ ",
    ">>> ",
    "passwd ",
    "_",
    "activation-code ",
    "reg-id",
    "DA8C-0508-1F31-4CF7-C990",
    "abcdefgh",
]
PIECES = st.lists(st.sampled_from(WORDS), max_size=30).map("".join)


@settings(max_examples=300)
@given(PIECES)
def test_serials_are_found_where_they_stand_as_what_they_are(text: str) -> None:
    assert list(known_serials(text)) == [match["serials"] for match in SLOW_SERIALS.finditer(text)]


@settings(max_examples=300)
@given(PIECES)
def test_no_form_is_passed_over(text: str) -> None:
    """What proves quickly that a form is not in a text is right each time."""
    for form in FORMS:
        match = form.pattern.search(text)
        if match is None or form.name == "activation code":
            # That form is none without the word on its line.
            continue
        assert form.may_be_in(text, text.lower()), form.name
        if form.line_with:
            assert "\n" not in match.group()
            assert form.line_with in match.group()
