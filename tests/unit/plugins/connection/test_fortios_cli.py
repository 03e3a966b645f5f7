# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection plugin as Ansible loads it: options, and requests as the modules send them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from ansible import constants
from ansible.playbook.play_context import PlayContext

from ansible_collections.fortiops.fortitoken.plugins.connection import fortios_cli
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils import _live
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._live import Live
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.watchdog import Watchdog, is_alive
from tests.simulator import Fault, from_data, running

NAME = "fortiops.fortitoken.fortios_cli"
PASSWORD = "demo-Passw0rd"


@pytest.fixture(scope="module", autouse=True)
def _plugin_options() -> None:
    """Do what the plugin loader does with the documentation; pytest has imported the collection in its own way."""
    options = yaml.safe_load(fortios_cli.DOCUMENTATION)["options"]
    constants.config.initialize_plugin_configuration_definitions("connection", NAME, options)
    fortios_cli.Connection._load_name = NAME


@contextmanager
def unit(**settings: Any) -> Iterator[Any]:
    made = from_data({"hostname": "FGT", **settings})
    with running(*made if isinstance(made, (list, tuple)) else [made]) as simulator:
        yield simulator


def plugin(pid: int | None = None) -> Any:
    return fortios_cli.Connection(PlayContext(), "/dev/null", task_uuid="x", ansible_playbook_pid=pid)


@contextmanager
def connection(simulator: Any, **options: Any) -> Iterator[Any]:
    """What the process of a session serves, with the options that the plugin reads."""
    controller = plugin()
    variables = {
        "ansible_host": "127.0.0.1",
        "ansible_port": simulator.port,
        "ansible_user": "admin",
        "ansible_password": PASSWORD,
        "ansible_host_key_checking": False,
        "ansible_fortios_agent": False,
        **options,
    }
    controller.set_options(task_keys={}, var_options=variables)
    persistent = Live()
    persistent.set_options(direct=controller.get_options())
    try:
        yield persistent
    finally:
        persistent.close()


def lines(simulator: Any) -> list[str]:
    return [event["text"] for event in simulator.events if event["type"] == "line"]


def logins(simulator: Any) -> list[bool]:
    return [event["ok"] for event in simulator.events if event["type"] == "login"]


# Options


def test_documentation_names_the_usual_variables() -> None:
    options = yaml.safe_load(fortios_cli.DOCUMENTATION)["options"]
    for option in ("persistent_connect_timeout", "persistent_command_timeout", "persistent_log_messages"):
        assert "default" in options[option]
    names = {source["name"] for option in options.values() for source in option.get("vars", [])}
    assert {"ansible_host", "ansible_port", "ansible_user", "ansible_password", "ansible_ssh_pass"} <= names
    assert {"ansible_ssh_private_key_file", "ansible_ssh_common_args", "ansible_host_key_checking"} <= names
    assert options["host_key_checking"]["default"] is True


def test_network_credential_beats_a_user_that_no_variable_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_NET_USERNAME", "net-user")
    monkeypatch.setenv("ANSIBLE_NET_PASSWORD", "net-password")
    monkeypatch.setenv("ANSIBLE_NET_SSH_KEYFILE", "id_net")
    made = plugin()
    made.set_options(task_keys={"remote_user": "root"}, var_options={})
    assert made.get_option("remote_user") == "net-user"
    assert made.get_option("password") == "net-password"
    assert made.get_option("private_key_file") == os.path.abspath("id_net")
    made.set_options(task_keys={"remote_user": "root"}, var_options={"ansible_user": "alice", "ansible_password": "x"})
    assert made.get_option("remote_user") == "alice"
    assert made.get_option("password") == "x"


@pytest.mark.parametrize(
    ("net_password", "variables", "sent"),
    [
        ("net-password", {}, "net-password"),
        ("", {}, None),
        ("net-password", {"ansible_password": "own-password"}, "own-password"),
        # Another user is named, and the command line's password is meant for that one.
        ("net-password", {"ansible_user": "alice"}, "machine-password"),
    ],
)
def test_a_machine_credentials_password_is_not_sent_for_a_network_credentials_user(
    net_password: str, variables: dict[str, str], sent: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_NET_USERNAME", "net-user")
    monkeypatch.setenv("ANSIBLE_NET_PASSWORD", net_password)
    targets: list[Any] = []
    monkeypatch.setattr(_live, "connect", lambda target: targets.append(target) or 1 / 0)
    made = plugin()
    # As `-u` and `-k` come: with the task, and in the play's context.
    made._play_context.password = "machine-password"
    made.set_options(task_keys={"remote_user": "root", "password": "machine-password"}, var_options=variables)
    live = Live()
    live.set_options(direct=made.get_options())
    with pytest.raises(ZeroDivisionError):
        list(live._open_session())
    assert targets[0].password == sent
    assert targets[0].user == variables.get("ansible_user", "net-user")


EXAMPLES = yaml.safe_load(fortios_cli.EXAMPLES)


def test_examples_are_an_inventory_of_documented_variables() -> None:
    known = {
        source["name"]
        for option in yaml.safe_load(fortios_cli.DOCUMENTATION)["options"].values()
        for source in option.get("vars", [])
    }
    hosts = EXAMPLES["all"]["hosts"]
    used = {name for variables in (*hosts.values(), EXAMPLES["all"]["vars"]) for name in variables}
    assert used - {"ansible_connection"} <= known
    assert EXAMPLES["all"]["vars"]["ansible_connection"] == NAME


def test_ansible_doc_prints_the_manual() -> None:
    """Every option with its variables, the examples, and the way to the guide."""
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "doc", "-t", "connection", "-j", NAME],
        capture_output=True,
        text=True,
        check=True,
    )
    page = json.loads(done.stdout)[NAME]
    for name, option in page["doc"]["options"].items():
        assert option["description"], name
        assert option.get("vars"), name
    assert "vault_fortigate_password" in page["examples"]
    assert "guide_connection" in page["doc"]["seealso"][0]["link"]


# Requests


def test_one_login_for_all_requests_and_none_before_the_first() -> None:
    with unit() as simulator, connection(simulator) as rpc:
        console = Console(rpc)
        assert logins(simulator) == []
        assert console.stats()["logins"] == 0
        identity = console.identity()
        assert (identity["user"], identity["hostname"], identity["vdom_mode"]) == ("admin", "FGT", "none")
        answers = console.run([Batch(("get system status",)), Batch(("nonsense",), "global")])
        assert "Hostname: FGT" in answers[0][0].output
        assert answers[1][0].fault is not None
        assert logins(simulator) == [True]
        stats = console.stats()
        assert stats["logins"] == 1
        assert stats["turns"] >= 3


def test_failed_login_is_remembered_and_not_repeated() -> None:
    with unit() as simulator, connection(simulator, ansible_password="wrong-password") as rpc:
        console = Console(rpc)
        for _attempt in range(3):
            with pytest.raises(ConsoleError, match="refused the account 'admin'") as caught:
                console.identity()
            assert caught.value.kind == "login"
        assert logins(simulator) == [False]


def test_lost_session_is_not_replaced() -> None:
    with unit() as simulator, connection(simulator) as rpc:
        console = Console(rpc)
        console.identity()
        simulator.unit().faults.append(Fault("cut_after", match="^show"))
        with pytest.raises(ConsoleError) as caught:
            console.run([Batch(("get system status", "show"))])
        assert caught.value.kind == "lost"
        assert [answer.line for answer in caught.value.answers[0]] == ["get system status"]
        assert caught.value.unanswered == ["show"]
        with pytest.raises(ConsoleError, match="session with this unit is gone"):
            console.identity()
        assert logins(simulator) == [True]


def test_unknown_vdom_and_bad_requests() -> None:
    with unit(vdom_mode="multi", vdoms=["root"]) as simulator, connection(simulator) as rpc:
        console = Console(rpc)
        with pytest.raises(ConsoleError, match="has no VDOM 'dmz'") as caught:
            console.run([Batch(("show",), "vdom:dmz")])
        assert caught.value.kind == "context"
        with pytest.raises(ConsoleError, match="unknown scope"):
            console.run([Batch(("show",), "root")])
        with pytest.raises(ConsoleError, match="control characters"):
            console.run([Batch(("show\x03",))])
        with pytest.raises(ConsoleError, match="regular expression"):
            console.drain(1, "(")
        assert console.run([Batch(("show system global",), "global")])[0][0].fault is None
        assert not [event for event in simulator.events if event["type"] == "vdom_created"]


def test_each_inventory_name_and_each_account_has_a_session_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(fortios_cli, "start", lambda path, _pid, _log: started.append(path))
    monkeypatch.setattr(fortios_cli, "Rpc", mock.Mock())
    one = {"inventory_hostname": "fw-a", "ansible_host": "192.0.2.1", "ansible_user": "admin"}
    others = [
        {**one, "inventory_hostname": "fw-b"},
        {**one, "ansible_host": "192.0.2.2"},
        {**one, "ansible_user": "auditor"},
        {**one, "ansible_port": 2222},
    ]
    for variables in (one, one, *others):
        made = plugin()
        made.set_options(task_keys={}, var_options=variables)
        assert made.session() == started[-1]
    assert started[0] == started[1]
    assert len(set(started)) == 1 + len(others)


def test_other_tasks_run_on_the_controller(tmp_path: Path) -> None:
    made = plugin()
    (tmp_path / "here").write_text("text")
    made.put_file(str(tmp_path / "here"), str(tmp_path / "there"))
    made.fetch_file(str(tmp_path / "there"), str(tmp_path / "back"))
    assert made.exec_command(f"cat {tmp_path}/back")[1] == b"text"
    assert made.socket_path is None


def test_cleanup_is_sent_when_the_connection_is_reset() -> None:
    with unit() as simulator, connection(simulator) as rpc:
        console = Console(rpc)
        console.register_cleanup("a", [Batch(("diagnose debug reset",))])
        console.register_cleanup("b", [Batch(("diagnose debug disable",))])
        console.unregister_cleanup("a")
        rpc.reset()
        rpc.close()
        assert lines(simulator)[-2:] == ["diagnose debug disable", "exit"]


def test_time_limit_of_core_in_a_request_ends_the_session() -> None:
    def alarm(signum: int, frame: Any) -> None:
        raise Exception("command timeout triggered")

    with unit() as simulator, connection(simulator) as rpc:
        console = Console(rpc)
        console.register_cleanup("a", [Batch(("diagnose debug disable",))])
        simulator.unit().faults.append(Fault("hang", match="^show"))
        before = signal.signal(signal.SIGALRM, alarm)
        signal.setitimer(signal.ITIMER_REAL, 1.0)
        try:
            with pytest.raises(Exception, match="command timeout triggered"):
                rpc.run(json.dumps([{"lines": ["show"]}]))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        with pytest.raises(ConsoleError, match="was interrupted"):
            console.identity()


def test_watch_over_requests() -> None:
    with unit() as simulator, connection(simulator) as rpc:
        console = Console(rpc)
        assert console.watching() is False
        console.watch_start([Batch(("diagnose debug enable",))], [Batch(("diagnose debug disable",))])
        assert console.watching() is True
        assert console.watch_read() == {"lines": [], "dropped": 0}
        assert console.drain(0.2, "never") == {"lines": [], "dropped": 0}
        assert console.watch_stop()[0]["dropped"] == 0
        assert console.watching() is False
        assert "diagnose debug disable" in lines(simulator)


def test_registered_secret_is_redacted_everywhere() -> None:
    with unit() as simulator, connection(simulator) as rpc:
        console = Console(rpc)
        console.register_secrets(["my-own-secret"])
        answer = console.run([Batch(("execute my-own-secret",))])[0][0]
        assert "my-own-secret" not in str(answer)
        assert PASSWORD not in str(console.run([Batch((f"execute {PASSWORD}",))]))


# The end of the playbook


def test_watchdog_sends_sigterm_once_the_playbook_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "ansible_collections.fortiops.fortitoken.plugins.plugin_utils._process.watchdog._PERIOD_SECONDS", 0.05
    )
    playbook = subprocess.Popen(["sleep", "60"])
    got: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda signum, frame: got.append(signum))
    try:
        watchdog = Watchdog(playbook.pid)
        watchdog.start()
        time.sleep(0.2)
        assert not watchdog.orphaned
        with watchdog.busy():
            # Not waited for yet, so it is a zombie: that counts as gone.
            playbook.kill()
            time.sleep(0.5)
            assert watchdog.orphaned
            assert not is_alive(playbook.pid)
            assert got == []
        end = time.monotonic() + 5
        while not got and time.monotonic() < end:
            time.sleep(0.05)
        assert got
    finally:
        playbook.wait(5)
        # The thread repeats the signal; it must find a harmless handler for the rest of the run. Not SIG_IGN, which
        # programs started later would inherit.
        signal.signal(signal.SIGTERM, before if not got else lambda signum, frame: None)


def test_this_process_is_alive() -> None:
    assert is_alive(os.getpid())
