# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fortios_cli
short_description: One console session on a FortiGate per unit and play
description:
  - Logs in to the command line of a FortiGate over SSH once per unit and play, and keeps that session for all tasks.
  - Asynchronous debug output does not disturb it. Prompts are found anywhere in what the unit prints and are counted
    against the lines that were sent; what belongs to no line is kept as debug output.
  - Paging is answered, never switched off, because that would be a change of configuration.
  - Scopes (global and VDOMs) are entered and left for each request. A VDOM that does not exist is refused before
    C(edit) could create it.
  - To log in, keys come first (O(private_key_file), then those of an agent), and O(password) last, once. It answers the
    method C(password), or the first question of C(keyboard-interactive); a second question gets O(second_answer).
  - There is exactly one login attempt. If it fails, every task for this unit fails with the same message and no further
    attempt is made in this play, so that the account is not locked out.
  - A session that was lost, or that gave no answer in time, is not replaced by a new one, because it would be unknown
    which of the lines sent took effect. The next play logs in again.
author:
  - FortiOps contributors (@fortiops)
version_added: 1.0.0
requirements:
  - paramiko >= 3.4.0 on the controller. Version 5 and later cannot talk to units that offer nothing but SHA-1.
  - OpenSSH's C(ssh) on the controller, for jump hosts only.
notes:
  - Set C(gather_facts) to V(false). Modules for this connection run on the controller, so facts would describe the
    controller.
  - The persistent process ends with the playbook, at O(persistent_connect_timeout) without a task, or with
    C(meta) C(reset_connection). Before it logs out it drops open edits, and sends what the modules registered to be
    sent in any case (debug output off, transaction aborted).
  - What comes back from the unit is redacted within the connection process, before a module, a log or an error message
    can see it. This covers token seeds, activation codes, license codes, passwords and C(ENC) values.
  - A failed task says in RV(ignore:kind) what went wrong, which is V(login), V(hostkey), V(lost), V(timeout),
    V(refused) or V(context). The guide lists every message and how to fix it.
seealso:
  - name: Connecting to a FortiGate
    link: https://github.com/fortiops/fortiops.fortitoken/blob/main/docs/docsite/rst/guide_connection.rst
    description: Ways to log in, host keys, jump hosts, old units, AWX, an access profile for the unit, and a table of
      errors.
options:
  host:
    description: Name or address of the unit.
    type: string
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
      - name: ansible_ssh_host
  port:
    description: SSH port of the unit.
    type: int
    default: 22
    ini:
      - section: defaults
        key: remote_port
    env:
      - name: ANSIBLE_REMOTE_PORT
    vars:
      - name: ansible_port
      - name: ansible_ssh_port
    keyword:
      - name: port
  remote_user:
    description: Administrator account to log in with. See O(net_username) for the order of precedence.
    type: string
    ini:
      - section: defaults
        key: remote_user
    env:
      - name: ANSIBLE_REMOTE_USER
    vars:
      - name: ansible_user
      - name: ansible_ssh_user
    cli:
      - name: user
        option: --user
    keyword:
      - name: remote_user
  net_username:
    description:
      - Account from an AWX or Tower network credential.
      - It is used when O(remote_user) does not come from a variable. AWX always calls C(ansible-playbook) with C(-u),
        which is V(root) when the machine credential names no user; this option then wins.
    type: string
    env:
      - name: ANSIBLE_NET_USERNAME
    vars:
      - name: ansible_fortios_net_username
  password:
    description:
      - Password of the account, or the answer to the first keyboard-interactive question.
      - It is sent at most once, after the keys were refused.
    type: string
    vars:
      - name: ansible_password
      - name: ansible_ssh_pass
      - name: ansible_ssh_password
  net_password:
    description:
      - Password from an AWX or Tower network credential; used when O(password) is not given.
      - Where O(net_username) is used, only a variable stands above it. The command line's password belongs to another
        account and is not sent.
    type: string
    env:
      - name: ANSIBLE_NET_PASSWORD
    vars:
      - name: ansible_fortios_net_password
  second_answer:
    description:
      - Answer to a second keyboard-interactive question, such as a token code, or to a question for a one-time code
        that the unit asks in its shell after the login. It is given once.
      - A service account without a second factor, restricted by trusted hosts, is the better way for unattended runs.
    type: string
    vars:
      - name: ansible_fortios_second_answer
  private_key_file:
    description: Private key, in a file on the controller.
    type: string
    ini:
      - section: defaults
        key: private_key_file
    env:
      - name: ANSIBLE_PRIVATE_KEY_FILE
    vars:
      - name: ansible_private_key_file
      - name: ansible_ssh_private_key_file
    cli:
      - name: private_key_file
        option: --private-key
  net_ssh_keyfile:
    description: Private key file from an AWX or Tower network credential; used when O(private_key_file) is not given.
    type: string
    env:
      - name: ANSIBLE_NET_SSH_KEYFILE
    vars:
      - name: ansible_fortios_net_ssh_keyfile
  private_key_passphrase:
    description: Passphrase of O(private_key_file).
    type: string
    env:
      - name: ANSIBLE_PRIVATE_KEY_PASSPHRASE
    vars:
      - name: ansible_private_key_passphrase
      - name: ansible_ssh_private_key_passphrase
  use_agent:
    description:
      - Whether keys of a running SSH agent are tried, also when a password is given. At most four keys are offered.
        Keys in C(~/.ssh) are not searched.
      - AWX hands over the key of a machine credential through an agent.
    type: boolean
    default: true
    env:
      - name: ANSIBLE_FORTIOS_AGENT
    vars:
      - name: ansible_fortios_agent
  host_key_checking:
    description:
      - Whether a host key that is unknown or has changed ends the login. The message then names the key's fingerprint
        and the command that accepts it. Nothing is ever added to a known hosts file by this plugin.
    type: boolean
    default: true
    ini:
      - section: defaults
        key: host_key_checking
      - section: ssh_connection
        key: host_key_checking
    env:
      - name: ANSIBLE_HOST_KEY_CHECKING
      - name: ANSIBLE_SSH_HOST_KEY_CHECKING
    vars:
      - name: ansible_host_key_checking
      - name: ansible_ssh_host_key_checking
  known_hosts:
    description: Files with known host keys, in the form of OpenSSH, separated by commas.
    type: list
    elements: string
    default: ['~/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts']
    env:
      - name: ANSIBLE_FORTIOS_KNOWN_HOSTS
    vars:
      - name: ansible_fortios_known_hosts
  host_key_fingerprint:
    description:
      - The only host key that is accepted, as C(SHA256:...) or C(MD5:...). Known hosts files are not asked then, and
        O(host_key_checking) does not switch this off.
    type: string
    vars:
      - name: ansible_fortios_host_key_fingerprint
  ssh_common_args:
    description:
      - Arguments for OpenSSH. C(ProxyJump), C(ProxyCommand), C(-J) and C(-F) are taken from here; everything else is
        ignored.
      - The connection then runs through the system's own C(ssh), with its configuration, agent and known hosts.
    type: string
    default: ''
    ini:
      - section: ssh_connection
        key: ssh_common_args
    env:
      - name: ANSIBLE_SSH_COMMON_ARGS
    vars:
      - name: ansible_ssh_common_args
    cli:
      - name: ssh_common_args
  connect_timeout:
    description: Seconds for the TCP connection and the SSH handshake.
    type: float
    default: 20
    env:
      - name: ANSIBLE_FORTIOS_CONNECT_TIMEOUT
    vars:
      - name: ansible_fortios_connect_timeout
  login_timeout:
    description: Seconds from the SSH login to the first prompt, past all banners.
    type: float
    default: 30
    env:
      - name: ANSIBLE_FORTIOS_LOGIN_TIMEOUT
    vars:
      - name: ansible_fortios_login_timeout
  command_timeout:
    description:
      - Seconds of silence after which a line counts as unanswered. The clock starts anew whenever more of the answer
        arrives. Debug output does not count.
      - Each line also has an absolute limit, which is less than twice this value while debug output is on, and 20
        times this value otherwise. An answer that keeps arriving has all the time it needs.
      - The session is given up then, so that no answer is taken for that of another line.
    type: float
    default: 60
    env:
      - name: ANSIBLE_FORTIOS_COMMAND_TIMEOUT
    vars:
      - name: ansible_fortios_command_timeout
  record:
    description:
      - A folder for recordings. What a session says is written to a new file there when the session ends (mode 0600).
        Names, serials, addresses and secrets are replaced by others of the same form. Read it before you pass it on.
    type: path
    version_added: 2.0.0
    env:
      - name: ANSIBLE_FORTIOS_RECORD
    vars:
      - name: ansible_fortios_record
  record_name:
    description: Name of the host, for the name of the file in O(record).
    type: string
    default: inventory_hostname
    version_added: 2.0.0
    vars:
      - name: inventory_hostname
  persistent_connect_timeout:
    description:
      - Seconds without a task after which the session ends. In a play with more hosts than forks a host may wait long
        between two tasks; the session is kept alive on the unit meanwhile, and it ends with the playbook in any case.
    type: int
    default: 7200
    ini:
      - section: persistent_connection
        key: connect_timeout
    env:
      - name: ANSIBLE_PERSISTENT_CONNECT_TIMEOUT
    vars:
      - name: ansible_connect_timeout
      - name: ansible_persistent_connect_timeout
  persistent_command_timeout:
    description:
      - Seconds after which Ansible ends a single request to the connection process. Long requests are split into short
        ones, so this needs no adjustment for slow units; use O(command_timeout) instead.
    type: int
    default: 60
    ini:
      - section: persistent_connection
        key: command_timeout
    env:
      - name: ANSIBLE_PERSISTENT_COMMAND_TIMEOUT
    vars:
      - name: ansible_command_timeout
  persistent_log_messages:
    description:
      - Whether the lines sent and the unit's answers are written to Ansible's log file (E(ANSIBLE_LOG_PATH)), redacted.
      - Ansible's own logging of the requests to the connection process stays off for this plugin, because it would
        write down passwords.
    type: boolean
    default: false
    ini:
      - section: persistent_connection
        key: log_messages
    env:
      - name: ANSIBLE_PERSISTENT_LOG_MESSAGES
    vars:
      - name: ansible_persistent_log_messages
"""

EXAMPLES = r"""
# inventory.yml
all:
  vars:
    ansible_connection: fortiops.fortitoken.fortios_cli
    ansible_user: netops
  hosts:
    # A password from a vault. The host key stands in ~/.ssh/known_hosts.
    fw-berlin:
      ansible_host: 192.0.2.10
      ansible_password: "{{ vault_fortigate_password }}"
    # A key, another port, and a jump host that the system's own ssh knows.
    fw-hamburg:
      ansible_host: 192.0.2.20
      ansible_port: 2222
      ansible_ssh_private_key_file: ~/.ssh/fortigate
      ansible_ssh_common_args: -J jump.example.com
    # An agent's key; the host key is pinned, whatever ANSIBLE_HOST_KEY_CHECKING says.
    fw-bremen:
      ansible_host: 192.0.2.30
      ansible_fortios_host_key_fingerprint: SHA256:svQvZKXXbximKHpv4R7k/C8e4zXfVnRKovlT/OA10zQ
    # A slow unit behind a slow RADIUS server.
    fw-remote:
      ansible_host: 192.0.2.40
      ansible_password: "{{ vault_fortigate_password }}"
      ansible_fortios_connect_timeout: 45
      ansible_fortios_command_timeout: 180
"""

import os
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.connection import Connection as Rpc
from ansible.plugins.connection import ConnectionBase
from ansible.plugins.loader import connection_loader

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.launch import socket_path, start


def _absolute(path: Any) -> str:
    return os.path.abspath(os.path.expanduser(str(path)))  # noqa: PTH111 - an unknown ~user stays as it is


class Connection(ConnectionBase):
    """Options. The session itself is in a process of its own, which plugin_utils start and serve.

    What other tasks do on such a host, they do on the controller.
    """

    transport = "fortiops.fortitoken.fortios_cli"
    has_pipelining = False
    _remote_is_local = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ansible_playbook_pid = int(kwargs.get("ansible_playbook_pid") or os.getpid())
        self._name = ""

    def set_options(
        self,
        task_keys: dict[str, Any] | None = None,
        var_options: dict[str, Any] | None = None,
        direct: dict[str, Any] | None = None,
    ) -> None:
        """Read the options, complete: the process of the session knows no others."""
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)
        variables = var_options or {}
        self._name = str(variables.get("inventory_hostname") or "")
        self._use_network_credential(variables)
        given = self.get_option("password")
        self._options["password"] = self._play_context.password if given is None else str(given)
        self._options["host"] = self.get_option("host") or self._play_context.remote_addr
        self._options["remote_user"] = self.get_option("remote_user") or self._play_context.remote_user
        # The session's process works in another directory.
        if self.get_option("private_key_file"):
            self._options["private_key_file"] = _absolute(self.get_option("private_key_file"))
        if self.get_option("record"):
            self._options["record"] = _absolute(self.get_option("record"))
        self._options["known_hosts"] = [_absolute(path) for path in self.get_option("known_hosts")]

    def _use_network_credential(self, variables: dict[str, Any]) -> None:
        """Let an AWX network credential stand where no variable says otherwise; its parts belong together.

        What the command line brings (``-u``, ``-k``) is AWX's machine credential: its password must not go to the unit
        under the network credential's user.
        """

        def named(*names: str) -> bool:
            return any(variables.get(name) for name in names)

        password, key = self.get_option("net_password"), self.get_option("net_ssh_keyfile")
        if not self.get_option("net_username") or named("ansible_user", "ansible_ssh_user"):
            self._options["password"] = self.get_option("password") or password
            self._options["private_key_file"] = self.get_option("private_key_file") or key
            return
        self._options["remote_user"] = self.get_option("net_username")
        if not named("ansible_password", "ansible_ssh_pass", "ansible_ssh_password"):
            # An empty text, not None: that would let the command line's password in again.
            self._options["password"] = password or ""
        if not named("ansible_private_key_file", "ansible_ssh_private_key_file"):
            self._options["private_key_file"] = key or self.get_option("private_key_file")

    def session(self) -> str:
        """Return the socket of this host's session, whose process is started where it is not there.

        Each inventory name has a session of its own, even where two have the same address: they would share debug
        output, clean-ups and locks, and end each other's requests. Raises AnsibleConnectionFailure.
        """
        of = (self._name, *map(self.get_option, ("host", "port", "remote_user")), self._ansible_playbook_pid)
        self._socket_path = socket_path(_absolute(constants.PERSISTENT_CONTROL_PATH_DIR), self.transport, *of)
        try:
            start(self._socket_path, self._ansible_playbook_pid, str(constants.DEFAULT_LOG_PATH or ""))
        except (ConsoleFailure, OSError) as error:
            raise AnsibleConnectionFailure(str(error)) from error
        Rpc(self._socket_path).set_options(direct=self.get_options())
        self._connected = True
        return self._socket_path

    def _connect(self) -> Connection:
        """Do nothing: the first request logs in."""
        return self

    @property
    def _controller(self) -> Any:
        local = connection_loader.get("local", self._play_context, os.devnull)
        local.set_options()
        return local

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run a program on the controller."""
        done: tuple[int, bytes, bytes] = self._controller.exec_command(cmd, in_data, sudoable)
        return done

    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file on the controller."""
        self._controller.put_file(in_path, out_path)

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Copy a file on the controller."""
        self._controller.fetch_file(in_path, out_path)

    def reset(self) -> None:
        """End the session, where there is one; the next task starts another."""
        if self._socket_path and Path(self._socket_path).exists():
            Rpc(self._socket_path).reset()

    def close(self) -> None:
        """Let go of the session, which stays for the next task."""
        self._connected = False
