# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No name and no secret survives in a recording, and its structure does."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.transcript import cleaned, split
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.format import Event
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.pseudonyms import Pseudonyms
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.vocabulary import CLI, WORDS
from tests.offline import shell_of, typed

LINES = (
    *("get system status", "config global", "show system global", "show system admin", "show system email-server"),
    *("end", "config vdom", "edit {vdom}", "show user fortitoken", "show user local", "show user group"),
    *("diagnose fortitoken info", "execute log display", "get user local {user}", "end"),
)


def letters(smallest: int, largest: int, alphabet: str) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=smallest, max_size=largest).filter(lambda text: text.lower() not in CLI)


LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER = LOWER.upper()
DIGITS = "0123456789"
#: Names may be common words: what counts is that they are names here. Words of FortiOS itself are no secret.
WORD = st.sampled_from(sorted(word for word in WORDS - CLI if len(word) > 3)) | letters(4, 12, LOWER)


@st.composite
def planted(draw: st.DrawFn) -> dict[str, str]:
    """Fourteen kinds of names and secrets."""
    word = WORD.filter(lambda text: text.lower() not in CLI)
    return {
        "host": f"{draw(word)}-{draw(word)}",
        "vdom": draw(letters(5, 11, LOWER)),
        "user": draw(st.sampled_from([draw(word), f"{draw(word)}.{draw(word)}", f"{draw(word)} {draw(word)}"])),
        "admin": draw(letters(5, 12, LOWER)),
        "comment": f"{draw(word)} {draw(word)}, {draw(letters(5, 9, LOWER))}",
        "password": draw(letters(8, 20, LOWER + UPPER + DIGITS)),
        "seed": draw(letters(40, 40, "0123456789abcdef")),
        "code": draw(letters(16, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
        "serial": f"FTK200{draw(letters(10, 10, UPPER + DIGITS))}",
        "unit": f"FGT60F{draw(letters(10, 10, UPPER + DIGITS))}",
        "license": f"EFTM{draw(letters(12, 12, DIGITS))}",
        "mail": f"{draw(letters(5, 9, LOWER))}@{draw(letters(5, 9, LOWER))}.example",
        "phone": f"+49{draw(letters(9, 11, DIGITS))}",
        "address": f"10.{draw(st.integers(10, 255))}.{draw(st.integers(10, 255))}.{draw(st.integers(10, 255))}",
        "group": f"{draw(word)} {draw(word)}",
    }


def session(data: dict[str, str]) -> str:
    unit: dict[str, Any] = {
        "hostname": data["host"],
        "serial": data["unit"],
        "vdom_mode": "multi",
        "vdoms": ["root", data["vdom"]],
        "accounts": [{"name": data["admin"], "password": data["password"]}],
        "tokens": [
            {"serial": data["serial"], "vdom": data["vdom"], "seed": data["seed"], "comments": data["comment"]},
            {
                "serial": "FTKMOB" + data["serial"][6:],
                "vdom": data["vdom"],
                "state": "provisioned",
                "activation_code": data["code"],
                "license": data["license"],
            },
        ],
        "users": [
            {
                "name": data["user"],
                "vdom": data["vdom"],
                "fortitoken": data["serial"],
                "email_to": data["mail"],
                "sms_phone": data["phone"],
                "passwd": data["password"],
            }
        ],
        "email_server": {"server": data["address"], "username": data["mail"], "password": data["password"]},
        "config": {
            data["vdom"]: f'config user group\nedit "{data["group"]}"\nset member "{data["user"]}"\nnext\nend\n'
        },
        "log": [{"logid": "0100032155", "user": data["user"], "msg": f"Token activation code sent {data['code']}"}],
    }
    lines = [line.format(vdom=data["vdom"], user=f'"{data["user"]}"') for line in LINES]
    # What a debug line may hold.
    debug = f'{{"seed": "{data["seed"]}", "sn": "{data["serial"]}", "ip": "{data["address"]}"}}\r\n'
    return typed(shell_of(unit), *lines).replace("\n", "\r\n") + debug


def cut(text: str, sizes: list[int]) -> Iterator[Event]:
    data = text.encode()
    at, number = 0, 0
    while at < len(data):
        size = sizes[number % len(sizes)]
        yield Event(number / 10, False, data[at : at + size])
        at += size
        number += 1


def survivors(data: dict[str, str], text: str) -> dict[str, str]:
    """What is left of the planted values; of long ones, half of it is too much."""
    halves = {
        kind: [value] if len(value) < 16 else [value[6:], value[:6] + value[6:12]] for kind, value in data.items()
    }
    return {
        kind: value
        for kind, values in halves.items()
        for value in values
        # The half of a serial may be a word that units print, and a short value may be a part of another word.
        if value.lower() not in WORDS
        and (
            re.search(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", text) or (len(value) > 9 and value in text)
        )
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(planted(), st.lists(st.integers(1, 400), min_size=1, max_size=6))
def test_none_of_fourteen_kinds_of_names_and_secrets_survives(data: dict[str, str], sizes: list[int]) -> None:
    before = session(data)
    events = list(cut(before, sizes))
    after = Pseudonyms([data["password"]]).apply(events)
    text = b"".join(event.data for event in after).decode()
    assert survivors(data, text) == {}
    assert [(event.at, event.sent, len(event.data)) for event in after] == [
        (event.at, event.sent, len(event.data)) for event in events
    ]
    # The structure stays: the same commands, the same lines, the same attributes.
    assert [each.line.split()[:2] for each in split(cleaned(text))[1]] == [
        each.line.split()[:2] for each in split(cleaned(before))[1]
    ]
    shape = re.compile(r"^ *(?:set|config|next|end|edit)\b(?: [a-z-]+)?", re.MULTILINE)
    assert [found for found in shape.findall(text) if "edit" not in found] == [
        found for found in shape.findall(before) if "edit" not in found
    ]


def once(text: str, known: tuple[str, ...] = ()) -> str:
    (event,) = Pseudonyms(known, key=b"k" * 32).apply([Event(0, False, text.encode())])
    return event.data.decode()


def test_a_name_is_always_replaced_by_the_same_and_its_beginning_too() -> None:
    text = (
        "fw-kassel-west # get system status\nHostname: fw-kassel-west\n\nfw-kassel~ (global) # end\nfw-kas~est # end\n"
    )
    new = once(text)
    name = new.split(" ")[0]
    assert name != "fw-kassel-west"
    assert f"Hostname: {name}\n" in new
    assert f"\n{name[:9]}~ (global) # end" in new
    assert f"\n{name[:6]}~{name[-3:]} # end" in new


def test_what_shows_the_kind_of_a_thing_stays() -> None:
    text = (
        "Version: FortiGate-60F v7.4.8,build2795,250523 (GA.M)\n"
        "ftm_fc_command[564]:received error from forticare [-7564]"
        "\n2026-11-20 07:26:01 FTK200BAA0000001 FTMTRIAL0A1B2C3D fds1.fortinet.com 0000-0000-0000-0000-0000\n"
    )
    new = once(text)
    assert new.split("\n")[1] == text.split("\n")[1]
    for kept in (
        "FortiGate-60F v7.4.8,build2795,",
        "2026-11-20 07:26:01 FTK200",
        "FTMTRIAL",
        "fds1.fortinet.com",
    ):
        assert kept in new
    assert "BAA0000001" not in new
    assert "0000-0000-0000-0000-0000" in new


def test_addresses_keep_their_form() -> None:
    new = once("10.20.30.255 2001:db8::1:5 00:09:0f:aa:bb:cc 127.0.0.1 12:34:56\n")
    old = ["10.20.30.255", "2001:db8::1:5", "00:09:0f:aa:bb:cc"]
    assert re.fullmatch(r"\d\d\.\d\d\.\d\d\.1\d\d [0-9a-f:]+ [0-9a-f:]{17} 127\.0\.0\.1 12:34:56\n", new)
    assert [text for text in old if text in new] == []


def test_characters_of_other_scripts_keep_their_length() -> None:
    old = 'edit "J\u00f6rg \u4e2d\u6587"\n'
    new = once(old)
    assert len(new.encode()) == len(old.encode())
    assert "J\u00f6rg" not in new
    assert "\u4e2d" not in new


def test_each_recording_has_a_key_of_its_own() -> None:
    event = Event(0, False, b'edit "kassel-west"\n')
    assert Pseudonyms().apply([event]) != Pseudonyms().apply([event])


def test_names_that_differ_stay_different() -> None:
    serials = [f"FTK200BAA{number:07d}" for number in range(2000)]
    assert len(set(once("\n".join(serials)).split("\n"))) == len(serials)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mac=00-10-20-30-40-50", "00-10-20-30-40-50"),
        ("mac 0010.2030.4050", "0010.2030.4050"),
        ("code 1234-0508-1131-4277-9990", "1234-0508"),
        ("sms to +44 20 7946 0018", "20 7946"),
        ("call 555-123-4567", "555-123"),
        ("port ip10.1.2.3", "10.1.2.3"),
        ("remote ::ffff:10.1.2.3", ".1.2.3"),
        ("FortiGate-ACME # get system status\n", "ACME"),
        ("FortiZork # get system status\n", "Zork"),
        ('edit "ftm_jane"\n', "jane"),
        ("name=vsys_acme/vsys_acme index=3\n", "acme"),
        ("otp=55512", "55512"),
        ("password: 1234", "1234"),
        ('edit "summer"\nuser summer-line as Summer', "ummer"),
        ('edit "jane roe"\nhello jane roe-zork', "zork"),
        ('set comments "room 12\r\nred 44 door"\r\nmail: red 44 door', "44"),
        ('edit "J\u00f6rg X"\n{"user": "J\\u00f6rg X"} J%C3%B6rg%20X', "rg"),
    ],
)
def test_what_names_somebody_by_numbers_or_in_other_words_does_not_stay(text: str, left: str) -> None:
    assert left in text
    new = once(text)
    assert left not in new
    assert len(new) == len(text)


@pytest.mark.parametrize("secret", ["12345", "admin123", "fortinet1"])
def test_what_is_known_to_be_secret_goes_whatever_it_looks_like(secret: str) -> None:
    assert secret not in once(f"{secret} was typed\n", known=(secret,))
    assert once("show system admin\n", known=("admin",)) == "show system admin\n"


def test_the_forms_of_one_name_become_the_forms_of_another() -> None:
    text = 'edit "a\\"\u00f6 zork"\n{"user": "a\\"\\u00f6 zork"} a%22%C3%B6%20zork a%22%c3%b6%20zork\n'
    new = once(text)
    name = json.loads(new.split("user")[1][3:].split("}")[0])
    assert "zork" not in name
    assert new.startswith('edit "' + name.replace('"', '\\"') + '"\n')
    assert f" {quote(name, safe='')} " in new


def test_the_models_and_the_events_that_units_name_stay() -> None:
    text = (
        "Version: FortiGate-60F-POE v7.4.8,build2795\nVersion: FortiGate-VM64-KVM v7.6.4\nFortiWiFi-60F-2R"
        ' devid= srcip= tz="+0100" 12:34:56 name=vsys_ha/vsys_ha\n'
    )
    new = once(text)
    for kept in ("FortiGate-60F-POE", "FortiGate-VM64-KVM", "FortiWiFi-60F-2R", "devid= srcip= tz=", "12:34:56"):
        assert kept in new
    assert "vsys_ha/vsys_ha" in new


def test_thousands_of_comments_are_replaced_in_seconds() -> None:
    lines = [f'edit "FTK200BAA{n:07d}"\nset comments "Token of person {n * 7919:x} in room {n}"\n' for n in range(4000)]
    text = "".join(lines)
    started = time.process_time()
    assert "person" not in once(text)
    # With one pattern of all names it took minutes.
    assert time.process_time() - started < 10
