# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command to a jump host holds nothing that a shell would carry out."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.jump_host import proxy_command

EVIL = [
    "fw;touch x",
    "fw$(touch x)",
    "fw`touch x`",
    "fw|touch x",
    "fw&touch x",
    "fw>x",
    "fw x",
    "fw\ntouch x",
    "fw'x",
    'fw"x',
    "fw\\x",
    "-oProxyCommand=touch x",
    "(x)",
    "{x}",
    "",
]


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("args", ["-J bastion", "-o ProxyCommand='ssh -W %h:%p bastion'"])
def test_a_host_with_characters_of_a_shell_is_refused(args: str, name: str) -> None:
    with pytest.raises(ConsoleFailure, match="cannot be part of a command") as caught:
        proxy_command(name, 22, "netops", args)
    assert caught.value.kind == "login"


@pytest.mark.parametrize("name", EVIL)
def test_an_account_with_characters_of_a_shell_is_refused_where_it_is_used(name: str) -> None:
    with pytest.raises(ConsoleFailure, match=r"the account .* cannot be part of a command"):
        proxy_command("fw", 22, name, "-o ProxyCommand='ssh %r@%h'")
    assert proxy_command("fw", 22, name, "-J bastion")


@pytest.mark.parametrize("name", EVIL)
def test_a_jump_host_with_characters_of_a_shell_is_refused(name: str) -> None:
    with pytest.raises(ConsoleFailure, match=r"the jump host .* cannot be part of a command"):
        proxy_command("fw", 22, "netops", shlex.join(["-o", f"ProxyJump=bastion,{name}"]))


def test_the_command() -> None:
    assert shlex.split(str(proxy_command("fe80::1%eth0", 2222, "u", "-o ProxyCommand='nc %h %p %% %x'"))) == [
        "/bin/sh",
        "-c",
        "exec nc fe80::1%eth0 2222 % %x",
    ]
    assert proxy_command("fw", 22, "u") is None
    assert proxy_command("fw;x", 22, "u;x") is None


def test_arguments_that_cannot_be_read() -> None:
    with pytest.raises(ConsoleFailure, match="ansible_ssh_common_args cannot be read"):
        proxy_command("fw", 22, "u", "-J 'x")


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_host_or_account_makes_more_than_one_word(host: str, user: str) -> None:
    try:
        command = proxy_command(host, 22, user, "-o ProxyCommand='printf %%s\\\\n %h %r'")
    except ConsoleFailure:
        return
    assert command is not None and shlex.split(shlex.split(command)[2]) == ["exec", "printf", "%s\\n", host, user]


def test_nothing_is_carried_out(tmp_path: Path) -> None:
    command = proxy_command("fw", 22, "DOM-user", "-o ProxyCommand='echo %r@%h'")
    assert command is not None
    done = subprocess.run(shlex.split(command), capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout == "DOM-user@fw\n" and not list(tmp_path.iterdir())
