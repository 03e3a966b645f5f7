# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host keys are accepted, and what is said of the others."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import paramiko
import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.host_keys import (
    CHECKING_IS_OFF,
    check_host_key,
    known_keys,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.known_hosts import Known
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.target import Target

KEY, OTHER = (paramiko.ECDSAKey.generate() for _number in range(2))


def line(hosts: str, key: Any) -> str:
    return f"{hosts} {key.get_name()} {key.get_base64()}\n"


def check(tmp_path: Path, text: str, **settings: Any) -> list[str]:
    path = tmp_path / "known hosts"
    path.write_text(text)
    target = Target(**{"host": "fw-a", "user": "netops", "known_hosts": (str(path),), **settings})
    return check_host_key(KEY, known_keys(target), target)


@pytest.mark.parametrize(
    ("text", "port"),
    [
        (line("fw-a", KEY), 22),
        (line("fw-a", OTHER) + line("fw-a", KEY), 22),
        (line("[fw-a]:2222", KEY), 2222),
        (line("fw-a", KEY), 2222),
        (line("@cert-authority *", OTHER) + line("fw-a", KEY), 22),
        (line("@revoked *", OTHER) + line("fw-a", KEY), 22),
    ],
)
def test_known_keys(tmp_path: Path, text: str, port: int) -> None:
    assert check(tmp_path, text, port=port) == []


@pytest.mark.parametrize("settings", [{}, {"check_host_key": False}, {"port": 2222}])
def test_a_revoked_key_is_never_accepted(tmp_path: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(ConsoleFailure, match="is revoked in a known_hosts file") as caught:
        check(tmp_path, line("fw-a", KEY) + line("@revoked fw-*", KEY), **settings)
    assert caught.value.kind == "hostkey"


def test_an_authority_vouches_for_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConsoleFailure, match="is not known"):
        check(tmp_path, line("@cert-authority *", KEY))


def test_another_key_without_the_port_is_no_change(tmp_path: Path) -> None:
    with pytest.raises(ConsoleFailure, match="is not known"):
        check(tmp_path, line("fw-a", OTHER), port=2222)


def test_broken_lines_are_named(tmp_path: Path) -> None:
    [warning] = check(tmp_path, "broken\n" + line("fw-a", KEY) + "x y z\n" * 7)
    assert warning.startswith("Lines of known_hosts files could not be read and were skipped: ")
    assert "known hosts, line 1; " in warning and warning.endswith("and 3 more")
    with pytest.raises(ConsoleFailure, match=r"Lines that could not be read: .*, line 1\.$"):
        check(tmp_path, "broken\n")


def test_checking_that_is_off_is_said_for_unknown_keys_too(tmp_path: Path) -> None:
    assert check(tmp_path, "", check_host_key=False) == [CHECKING_IS_OFF]
    first, second = check(tmp_path, line("fw-a", OTHER), check_host_key=False)
    assert first == CHECKING_IS_OFF and "is not the known one" in second
    # A known key, and a pinned one, are as good as checked.
    assert check(tmp_path, line("fw-a", KEY), check_host_key=False) == []


def test_commands_to_copy_run_nothing_that_an_inventory_names(tmp_path: Path) -> None:
    host = "fw;$(touch x)"
    with pytest.raises(ConsoleFailure) as caught:
        check(tmp_path, "", host=host)
    assert f"ssh-keyscan -p 22 {shlex.quote(host)} >> " in str(caught.value)
    with pytest.raises(ConsoleFailure) as caught:
        check(tmp_path, line(f"{host}", OTHER).replace("touch x", "touch?x"), host=host)
    assert f"ssh-keygen -R {shlex.quote(host)} -f" in str(caught.value)


@pytest.mark.parametrize("name", ["~nobody-of-this-name/known_hosts", "a\0b", "x" * 5000, "/"])
def test_a_file_that_no_one_can_have_says_nothing(name: str) -> None:
    assert known_keys(Target(host="fw", port=22, user="admin", known_hosts=(name,))) == Known()
