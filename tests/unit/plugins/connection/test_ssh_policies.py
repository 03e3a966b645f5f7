# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What SSH servers offer: key exchange, host keys, ciphers, with OpenSSH's sshd under a policy of each age.

FortiOS chooses by `config system global`: `set ssh-kex-algo`, `set ssh-hostkey-algo`, `set ssh-enc-algo`,
`set ssh-mac-algo` (CLI reference 7.4).
"""

from __future__ import annotations

import getpass
import time
from pathlib import Path
from typing import Any

import asyncssh
import paramiko
import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.terminal import Target, connect
from tests.unit.plugins.connection.sshd import Sshd, sshd

# What the installed paramiko can do: version 5 has dropped SHA-1, the first of those supported lack GCM.
PREFERRED = paramiko.Transport._preferred_ciphers + paramiko.Transport._preferred_kex  # type: ignore[attr-defined]
KNOWS_SHA1 = "diffie-hellman-group14-sha1" in PREFERRED
KNOWS_GCM = "aes256-gcm@openssh.com" in PREFERRED

# Host key, then lines of sshd_config.
ACCEPTED: dict[str, tuple[str, list[str]]] = {
    "as OpenSSH comes": ("ssh-ed25519", []),
    "FortiOS 7.0.2 and later": (
        "ssh-ed25519",
        ["KexAlgorithms curve25519-sha256@libssh.org,diffie-hellman-group-exchange-sha256"],
    ),
    "elliptic curves of NIST": ("ecdsa-sha2-nistp384", ["KexAlgorithms ecdh-sha2-nistp521,ecdh-sha2-nistp384"]),
    "RSA with SHA-256": ("ssh-rsa", ["HostKeyAlgorithms rsa-sha2-256", "KexAlgorithms diffie-hellman-group14-sha256"]),
    "RSA with SHA-512": ("ssh-rsa", ["HostKeyAlgorithms rsa-sha2-512", "KexAlgorithms diffie-hellman-group16-sha512"]),
    "group exchange": ("ssh-rsa", ["KexAlgorithms diffie-hellman-group-exchange-sha256"]),
    "SHA-1 beside better": (
        "ssh-rsa",
        [
            "HostKeyAlgorithms ssh-rsa,rsa-sha2-256",
            "KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha256",
        ],
    ),
    "CBC and HMAC-SHA1": ("ssh-rsa", ["Ciphers aes256-cbc,3des-cbc", "MACs hmac-sha1"]),
}
# The same; what the message must name of the offer; and of the ways out.
REFUSED: dict[str, tuple[str, list[str], str, list[str]]] = {
    "a cipher that paramiko lacks": (
        "ssh-ed25519",
        ["Ciphers chacha20-poly1305@openssh.com"],
        "client encrypt: chacha20-poly1305@openssh.com",
        ["set ssh-enc-algo", "the newest paramiko"],
    ),
    "a MAC that paramiko lacks": (
        "ssh-ed25519",
        ["Ciphers aes256-ctr", "MACs umac-64@openssh.com"],
        "umac-64",
        ["set ssh-mac-algo", "the newest paramiko"],
    ),
}
SHA1 = {
    "key exchange with SHA-1 only": (
        "ssh-rsa",
        ["KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1"],
        "diffie-hellman-group14-sha1, diffie-hellman-group-exchange-sha1",
    ),
    "host key signed with SHA-1 only": ("ssh-rsa", ["HostKeyAlgorithms ssh-rsa"], "server key: ssh-rsa"),
}
for _name, (_host_key, _options, _offer) in SHA1.items():
    if KNOWS_SHA1:
        ACCEPTED[_name] = (_host_key, _options)
    else:
        REFUSED[_name] = (_host_key, _options, _offer, ["set ssh-kex-algo", "paramiko<5"])
_GCM = "aes256-gcm@openssh.com"
if KNOWS_GCM:
    ACCEPTED["GCM"] = ("ssh-ed25519", [f"Ciphers {_GCM}"])
else:
    REFUSED["GCM"] = ("ssh-ed25519", [f"Ciphers {_GCM}"], _GCM, ["set ssh-enc-algo", "the newest paramiko"])


def target(server: Sshd, **settings: Any) -> Target:
    known = {"user": getpass.getuser(), "key_file": str(server.key), "use_agent": False, "check_host_key": False}
    return Target(**{"host": "127.0.0.1", "port": server.port, **known, **settings})


def first_words(where: Target) -> str:
    terminal, _warnings = connect(where)
    text = b""
    end = time.monotonic() + 5
    try:
        while b"FGT # " not in text and time.monotonic() < end:
            text += terminal.recv(0.5) or b""
    finally:
        terminal.close()
    return text.decode()


@pytest.mark.parametrize("policy", ACCEPTED)
def test_a_server_that_shares_algorithms(policy: str, tmp_path: Path) -> None:
    host_key, options = ACCEPTED[policy]
    with sshd(tmp_path, *options, "ForceCommand printf 'FGT # '; sleep 5", host_key=host_key) as server:
        assert first_words(target(server)).endswith("FGT # ")


@pytest.mark.parametrize("policy", REFUSED)
def test_a_server_that_shares_none_is_explained_with_what_it_offers(policy: str, tmp_path: Path) -> None:
    host_key, options, offer, ways_out = REFUSED[policy]
    with sshd(tmp_path, *options, host_key=host_key) as server:
        with pytest.raises(ConsoleFailure) as caught:
            connect(target(server))
        assert server.accepted() == 0
    text = str(caught.value)
    assert caught.value.kind == "login"
    assert offer in text
    # On the unit, and on the controller.
    assert all(way in text for way in ways_out)
    assert f"paramiko {paramiko.__version__}" in text


def test_a_known_key_of_another_type_does_not_look_changed(tmp_path: Path) -> None:
    """A unit with several host keys is asked for the one that is known, as OpenSSH does."""
    extra = tmp_path / "extra"
    extra.mkdir()
    with sshd(extra, host_key="ssh-rsa") as other:
        rsa_key = other.config.parent / "host_key"
        with sshd(tmp_path, f"HostKey {rsa_key}", "ForceCommand printf 'FGT # '; sleep 5") as server:
            public = _public(rsa_key)
            known = tmp_path / "known_hosts"
            known.write_text(f"[127.0.0.1]:{server.port} {public}\n")
            where = target(server, check_host_key=True, known_hosts=(str(known),))
            assert first_words(where).endswith("FGT # ")


def _public(private: Path) -> str:
    return str(asyncssh.read_private_key(private).export_public_key().decode().strip())
