# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""known_hosts files mean what OpenSSH takes them for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.known_hosts import look_up, matches, parse

HOST = "fw.example.com"


def key(name: str, kind: str = "ssh-ed25519") -> str:
    """A made-up key as a file has it."""
    blob = len(kind).to_bytes(4, "big") + kind.encode() + (32).to_bytes(4, "big") + name.encode().ljust(32, b"_")
    return f"{kind} {base64.b64encode(blob).decode()}"


def blob(name: str, kind: str = "ssh-ed25519") -> bytes:
    return base64.b64decode(key(name, kind).split()[1])


def hashed(host: str) -> str:
    salt = hashlib.sha1(b"salt").digest()
    digest = hmac.new(salt, host.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


@pytest.mark.parametrize(
    ("hosts", "name", "yes"),
    [
        (HOST, HOST, True),
        ("FW.Example.COM", HOST, True),
        (HOST, "FW.example.com", True),
        (f"other,{HOST}", HOST, True),
        ("*.example.com", HOST, True),
        ("f?.example.com", HOST, True),
        ("*", HOST, True),
        ("*.example.com,!fw.*", HOST, False),
        ("!fw.*,*.example.com", HOST, False),
        ("!other,*.example.com", HOST, True),
        ("!other", HOST, False),
        ("example.com", HOST, False),
        ("[a-z]w.example.com", HOST, False),
        (f"[{HOST}]:2222", f"[{HOST}]:2222", True),
        (f"[{HOST}]:*", f"[{HOST}]:2222", True),
        (HOST, f"[{HOST}]:2222", False),
        ("[::1]:2222", "[::1]:2222", True),
        (hashed(HOST), HOST, True),
        (hashed(HOST), "FW.EXAMPLE.COM", True),
        (hashed("other"), HOST, False),
        ("|1|broken", HOST, False),
    ],
)
def test_names(hosts: str, name: str, yes: bool) -> None:
    assert matches(hosts, name) is yes


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "", "", "@revoked ", "@cert-authority "]),
            st.lists(
                st.sampled_from(["*", "f*", "fw.?", "fw.a", "FW.A", "!fw.a", "!*b", "fw.b", "[fw.a]:22"]), min_size=1
            )
            .map(",".join)
            .filter(lambda text: len(text) < 60)
            | st.sampled_from([hashed("fw.a"), hashed("fw.b")]),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["fw.a", "fw.b", "other"]),
)
def test_names_as_openssh_takes_them(tmp_path: Path, lines: list[tuple[str, str]], name: str) -> None:
    path = tmp_path / "known_hosts"
    path.write_text("".join(f"{marker}{hosts} {key(str(at))}\n" for at, (marker, hosts) in enumerate(lines)))
    shown = subprocess.run(["ssh-keygen", "-F", name, "-f", str(path)], capture_output=True, text=True, check=False)
    theirs = {line.split()[-1] for line in shown.stdout.splitlines() if not line.startswith("#")}
    ours = {
        base64.b64encode(line.blob).decode()
        for _number, line in parse(path.read_text())
        if line and matches(line.hosts, name)
    }
    assert ours == theirs


def test_markers_broken_lines_and_unknown_types() -> None:
    text = "\n".join(
        [
            "# a comment",
            "",
            f"@cert-authority * {key('authority')}",
            f"@revoked {HOST} {key('old')}",
            f"@unknown {HOST} {key('x')}",
            f"{HOST} ssh-ed25519 not-base64!",
            f"{HOST} ssh-ed25519",
            f"{HOST} ssh-rsa {key('x').split()[1]}",
            f"{HOST} 1024 35 12345678901234567890",
            "|1|broken ssh-ed25519 AAAA",
            f"{HOST}\xa0{key('a blank of another kind')}",
            f"{HOST}\x0b{key('a vertical tab')}",
            "@revoked",
            f"{HOST}\t{key('tabs')} a comment",
            f"{HOST} {key('tomorrow', 'ssh-of-tomorrow')}",
        ]
    )
    known = look_up({"/kh": text}, HOST, 22)
    assert known.keys == {
        "ssh-ed25519": [blob("tabs")],
        "ssh-of-tomorrow": [blob("tomorrow", "ssh-of-tomorrow")],
    }
    assert known.revoked == [blob("old")]
    assert known.broken == [f"/kh, line {number}" for number in range(5, 14)]
    assert look_up({"/kh": text}, "other", 22).keys == {}


def test_any_key_of_any_file_counts_and_a_revoked_one_in_any() -> None:
    files = {
        "/one": f"{HOST} {key('a')}\n{HOST} {key('b')}",
        "/two": f"{HOST} {key('c')}\n@revoked * {key('a')}",
        "/three": "",
    }
    known = look_up(files, HOST, 22)
    assert known.keys == {"ssh-ed25519": [blob("a"), blob("b"), blob("c")]}
    assert known.revoked == [blob("a")]
    assert known.files == ["/one", "/one", "/two"]


def test_a_key_without_the_port_is_kept_apart() -> None:
    known = look_up({"/kh": f"{HOST} {key('plain')}\n[{HOST}]:2222 {key('port')}"}, HOST, 2222)
    assert known.keys == {"ssh-ed25519": [blob("port")]} and known.without_port == [blob("plain")]


@given(st.text(st.characters(), max_size=200), st.text(max_size=20))
def test_any_text_is_taken(text: str, host: str) -> None:
    look_up({"/kh": text}, host, 22)
    look_up({"/kh": f"{text} {key('a')}"}, host, 2222)


def test_patterns_with_many_stars_take_no_exponential_time() -> None:
    started = time.process_time()
    assert not matches("*a" * 60 + "b", "a" * 250)
    assert time.process_time() - started < 2
