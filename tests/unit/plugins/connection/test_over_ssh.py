# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transport and session over real SSH, against the simulated unit."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console import banner
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.exchange import Limits
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.wire import Steps
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.authentication import load_key
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.terminal import Target, connect
from tests.simulator import Fault, from_data, running
from tests.simulator.server import UnitSession

PASSWORD = "demo-Passw0rd"
TOKENS = [{"serial": f"FTK200BAA{number:07d}", "seed": True, "state": "active"} for number in range(40)]


def scenario(**settings: Any) -> Any:
    return from_data({"hostname": "FGT", "tokens": TOKENS, **settings})


@contextmanager
def unit(**settings: Any) -> Iterator[Any]:
    made = scenario(**settings)
    with running(*made if isinstance(made, (list, tuple)) else [made]) as simulator:
        yield simulator


def drive(steps: Steps) -> None:
    for _step in steps:
        pass


def target(simulator: Any, **settings: Any) -> Target:
    known: dict[str, Any] = {"user": "admin", "password": PASSWORD, "check_host_key": False, "use_agent": False}
    return Target(**{"host": "127.0.0.1", "port": simulator.port, **known, **settings})


@contextmanager
def logged_in(where: Target, **limits: Any) -> Iterator[Session]:
    terminal, _warnings = connect(where)
    session = Session(terminal, Redactor([PASSWORD]), Limits(**limits))
    try:
        drive(session.open())
        yield session
    finally:
        session.close()


def outputs(session: Session, *lines: str, scope: str | None = None) -> list[str]:
    drive(session.run([Batch(lines, scope)]))
    return [answer["output"] for answer in session.results()[0]]


def events(simulator: Any, kind: str) -> list[dict[str, Any]]:
    return [event for event in simulator.events if event["type"] == kind]


def eventually(check: Any, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.05)
    return bool(check())


# The matrix

CODE = "123456"
# Methods that the unit takes, and what the controller brings.
LOGINS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "password": (["password"], {}),
    "questions": (["keyboard-interactive"], {}),
    "second-question": (["keyboard-interactive"], {"second_answer": CODE}),
    "password-behind-keys": (["publickey", "password"], {}),
    "key": (["publickey"], {"password": None}),
}
PROMPTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "read-only": {"profile": "read_only"},
    "role": {"ha": {"mode": "a-p", "prompt": "attached"}},
    "role-spaced": {"ha": {"mode": "a-p", "prompt": "spaced"}},
    "role-in-front": {"ha": {"mode": "a-p", "prompt": "prefix"}},
    "name-cut": {"ha": {"mode": "a-p", "prompt": "attached"}, "hostname_limit": 2, "context_limit": 6},
}
VDOMS: dict[str, dict[str, Any]] = {
    "no-vdoms": {},
    "multi": {"vdom_mode": "multi", "vdoms": ["root", "dmz"]},
    "split-task": {"vdom_mode": "split-task", "vdoms": ["root", "FG-traffic"]},
}
CONSOLES: dict[str, dict[str, Any]] = {
    "no-pager": {"output": "standard"},
    "pager": {"output": "more", "page_lines": 7},
    "ugly": {
        "output": "more",
        "page_lines": 10,
        "chunks": {"smallest": 1, "largest": 9, "seed": 4},
        "pre_login_banner": "### No $ trespassing # \n",
        "post_login_banner": "# Be good $ \n",
        "welcome": "motd without newline # ",
    },
}


@pytest.fixture(scope="module")
def listing() -> str:
    """What a unit without pager prints, read without this project's console."""
    with unit(console={"output": "standard"}) as simulator:
        return _plain_listing(simulator)


def _plain_listing(simulator: Any) -> str:
    async def read() -> str:
        async with asyncssh.connect(
            "127.0.0.1", simulator.port, username="admin", password=PASSWORD, known_hosts=None, config=None
        ) as line:
            process = await line.create_process(term_type="vt100")
            process.stdin.write("show user fortitoken\nexit\n")
            return str(await process.stdout.read())

    text = asyncio.run(read()).replace("\r", "")
    return text[text.index("config user fortitoken") : text.rindex("\nend\n") + 4]


@pytest.fixture(scope="module")
def client_key(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A private key file, and the public key."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = tmp_path_factory.mktemp("key") / "id"
    path.write_bytes(key.export_private_key())
    return str(path), key.export_public_key().decode()


def _matrix() -> list[tuple[str, str, str, str]]:
    """Every prompt in every VDOM mode on every console, and every way to log in with each of these.

    The login is over before the first prompt is drawn, so it takes turns instead of tripling the time.
    """
    cells = []
    for (p, prompt), (v, vdom), (c, console) in itertools.product(*map(enumerate, (PROMPTS, VDOMS, CONSOLES))):
        cells.append((list(LOGINS)[(p + 2 * v + c) % len(LOGINS)], prompt, vdom, console))
    return cells


def test_the_matrix_leaves_no_pair_out() -> None:
    for others, index in ((PROMPTS, 1), (VDOMS, 2), (CONSOLES, 3)):
        assert {(cell[0], cell[index]) for cell in _matrix()} == set(itertools.product(LOGINS, others))


@pytest.mark.parametrize(("login", "prompt", "vdom", "console"), _matrix())
def test_matrix(
    login: str,
    prompt: str,
    vdom: str,
    console: str,
    listing: str,
    client_key: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The loopback line needs no time to fall silent; a shorter wait is the harder test.
    monkeypatch.setattr(banner, "_QUIET", 0.03)
    methods, credentials = LOGINS[login]
    settings = {**PROMPTS[prompt], **VDOMS[vdom]}
    cuts = {name: settings.pop(name) for name in ("hostname_limit", "context_limit") if name in settings}
    account = {"name": "admin", "password": PASSWORD, "profile": settings.pop("profile", "super_admin")}
    if "second_answer" in credentials:
        account["otp"] = CODE
    if "publickey" in methods:
        account["public_keys"] = [client_key[1]]
    if login == "key":
        credentials = {**credentials, "key_file": client_key[0]}
    settings.update(accounts=[account], console={**CONSOLES[console], **cuts, "auth": methods})
    with unit(**settings) as simulator, logged_in(target(simulator, **credentials)) as session:
        drive(session.identify())
        identity = session.identity()
        assert identity["hostname"] == "FGT"
        assert identity["read_only"] is (prompt == "read-only")
        assert identity["vdoms"] == VDOMS[vdom].get("vdoms", [])
        for scope in ("vdom:root", "global", "vdom:root"):
            lines = ("show user fortitoken",) if scope != "global" else ("show system global",)
            answer = outputs(session, *lines, scope=scope)[0]
            if scope != "global":
                assert answer == Redactor().redact(listing)
            else:
                assert "set hostname" in answer
        assert events(simulator, "vdom_created") == []
        assert [event["ok"] for event in events(simulator, "login")] == [True]
        assert events(simulator, "change") == []


# Login


@pytest.mark.parametrize("form", ["openssh", "pkcs1-pem", "pkcs8-pem"])
@pytest.mark.parametrize("passphrase", [None, "open sesame"])
@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_key_files_of_every_kind(tmp_path: Path, kind: str, passphrase: str | None, form: str) -> None:
    path = tmp_path / "key"
    key = asyncssh.generate_private_key(kind)
    try:
        path.write_bytes(key.export_private_key(form, passphrase=passphrase, rounds=50))
    except asyncssh.KeyExportError:
        # There is no such format for this kind of key.
        assert (kind, form) == ("ssh-ed25519", "pkcs1-pem")
        return
    loaded = load_key(str(path), passphrase)
    assert loaded.get_name() == kind
    assert loaded.get_base64() == key.export_public_key().decode().split()[1]
    if passphrase is None:
        assert load_key(str(path), "not needed").get_name() == kind
        return
    with pytest.raises(ConsoleFailure, match="ansible_private_key_passphrase"):
        load_key(str(path), None)
    with pytest.raises(ConsoleFailure, match="is the passphrase right"):
        load_key(str(path), "wrong")


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_login_with_a_key_file(tmp_path: Path, kind: str) -> None:
    key = asyncssh.generate_private_key(kind)
    path = tmp_path / "key"
    path.write_bytes(key.export_private_key())
    accounts = [{"name": "admin", "public_keys": [key.export_public_key().decode()]}]
    with (
        unit(accounts=accounts) as simulator,
        logged_in(target(simulator, password=None, key_file=str(path))) as session,
    ):
        assert "Hostname: FGT" in outputs(session, "get system status")[0]


def test_missing_key_file() -> None:
    with unit() as simulator, pytest.raises(ConsoleFailure, match="No such file"):
        connect(target(simulator, password=None, key_file="/nowhere/id"))


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A running OpenSSH agent with one key; gives the public key."""
    if not shutil.which("ssh-agent"):
        pytest.fail("OpenSSH's client programs are needed for this test: apt-get install openssh-client")
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = tmp_path / "agent-key"
    path.write_bytes(key.export_private_key())
    path.chmod(0o600)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(tmp_path / "agent")], stdout=subprocess.DEVNULL)
    assert eventually((tmp_path / "agent").exists)
    subprocess.run(["ssh-add", "-q", str(path)], check=True)
    yield key.export_public_key().decode()
    process.send_signal(signal.SIGTERM)
    process.wait(10)


def test_agent_is_used_also_where_a_password_is_set(agent: str) -> None:
    accounts = [{"name": "admin", "password": PASSWORD, "public_keys": [agent]}]
    with (
        unit(accounts=accounts) as simulator,
        logged_in(target(simulator, password="wrong", use_agent=True)) as session,
    ):
        assert session.stats.logins == 1
        assert [event["method"] for event in events(simulator, "login")] == ["publickey"]


def test_password_has_its_turn_after_keys_that_the_unit_does_not_know(agent: str) -> None:
    with unit() as simulator, logged_in(target(simulator, use_agent=True)) as session:
        assert session.stats.logins == 1


@pytest.mark.parametrize("auth", [["password"], ["keyboard-interactive"], ["password", "keyboard-interactive"]])
def test_wrong_password_is_one_attempt(auth: list[str]) -> None:
    with unit(console={"auth": auth}) as simulator:
        with pytest.raises(ConsoleFailure, match="refused the account 'admin'") as caught:
            connect(target(simulator, password="wrong-Passw0rd"))
        assert caught.value.kind == "login"
        assert "wrong-Passw0rd" not in str(caught.value)
        assert [event["ok"] for event in events(simulator, "login")] == [False]


def test_second_question() -> None:
    settings = {
        "accounts": [{"name": "admin", "password": PASSWORD, "otp": "123456"}],
        "console": {"auth": ["keyboard-interactive"]},
    }
    with unit(**settings) as simulator, logged_in(target(simulator, second_answer="123456")) as session:
        assert session.stats.logins == 1
    with unit(**settings) as simulator, pytest.raises(ConsoleFailure, match="ansible_fortios_second_answer"):
        connect(target(simulator))


def test_forced_password_change_is_told() -> None:
    accounts = [{"name": "admin", "password": PASSWORD, "forced_password_change": True}]
    with (
        unit(accounts=accounts) as simulator,
        pytest.raises(ConsoleFailure, match="demands a new password"),
        logged_in(target(simulator)),
    ):
        pytest.fail("no session was expected")


def test_nobody_listens() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with pytest.raises(ConsoleFailure, match="cannot be reached"):
        connect(Target("127.0.0.1", port, "admin", "x"))
    with pytest.raises(ConsoleFailure, match="cannot be resolved"):
        connect(Target("no-such-host.invalid", 22, "admin", "x"))


def test_listener_that_says_nothing() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with pytest.raises(ConsoleFailure, match=r"not done within 1 s \(ansible_fortios_connect_timeout\)"):
            connect(Target("127.0.0.1", listener.getsockname()[1], "admin", "x", connect_timeout=1.0))


# Host keys


def test_host_keys(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    with unit() as simulator:
        checked = {"check_host_key": True, "known_hosts": (str(known),)}
        with pytest.raises(ConsoleFailure, match="ssh-keyscan -p") as caught:
            connect(target(simulator, **checked))
        assert caught.value.kind == "hostkey"
        assert simulator.fingerprint() in str(caught.value)
        assert events(simulator, "login") == []
        assert not known.exists()

        known.write_text(simulator.known_hosts())
        connect(target(simulator, **checked))[0].close()
        known.write_text("")
        connect(target(simulator, **checked, fingerprint=simulator.fingerprint()))[0].close()
        with pytest.raises(ConsoleFailure, match="not the pinned"):
            connect(target(simulator, fingerprint="SHA256:" + "A" * 43))

        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        known.write_text(f"[127.0.0.1]:{simulator.port} {other}")
        with pytest.raises(ConsoleFailure, match="ssh-keygen -R"):
            connect(target(simulator, **checked))
        terminal, warnings = connect(target(simulator, known_hosts=(str(known),)))
        terminal.close()
        assert "Host key checking is off" in warnings[0] and "not the known one" in warnings[1]


def test_the_commands_of_the_messages_make_the_key_known(tmp_path: Path) -> None:
    """As OpenSSH's own programs write it, hashed or not, and in whichever file it stood."""
    files = (tmp_path / "first file", tmp_path / "second file")
    with unit() as simulator:
        checked = target(simulator, check_host_key=True, known_hosts=tuple(map(str, files)))
        for hashed in (False, True):
            with pytest.raises(ConsoleFailure) as caught:
                connect(checked)
            run_command(re.search(r"(ssh-keyscan .*?) , or set", str(caught.value)))
            if hashed:
                subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(files[0])], check=True, capture_output=True)
                assert "127.0.0.1" not in files[0].read_text()
            connect(checked)[0].close()
            files[0].unlink()

        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        files[1].write_text(f"[127.0.0.1]:{simulator.port} {other}")
        with pytest.raises(ConsoleFailure, match="is not the known one") as caught:
            connect(checked)
        run_command(re.search(r"(ssh-keygen -R .*?) and then", str(caught.value)))
        run_command(re.search(r"and then (ssh-keyscan .*?) , or set", str(caught.value)))
        connect(checked)[0].close()


def run_command(found: re.Match[str] | None) -> None:
    assert found
    subprocess.run(found[1], shell=True, check=True, capture_output=True)


# Lines


def test_an_error_that_shows_at_next_or_end_is_tied_to_that_line_and_stops_the_rest() -> None:
    """FortiOS checks an entry as a whole when it is saved: a local user of type password needs one."""
    user = ("set type password", "next")
    lines = ("config user local", 'edit "one"', *user, 'edit "two"', "end")
    with unit() as simulator, logged_in(target(simulator)) as session:
        drive(session.run([Batch(lines, stop_on_error=True, hold_saves=True)]))
        (faulty,) = [answer for answer in session.results()[0] if answer["fault"]]
        assert faulty["line"] == "next"
        assert "'passwd' MUST be set" in faulty["output"]
        assert faulty["fault"]["code"] == -56
        # What was on its way already is dropped, not saved.
        assert events(simulator, "line")[-1]["text"] == "abort"

        drive(session.run([Batch(("config user local", 'edit "one"', "set type password", "end"))]))
        assert [answer["line"] for answer in session.results()[0] if answer["fault"]] == ["end"]
        assert events(simulator, "change") == []


def test_a_wide_and_tall_terminal_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[tuple[int, ...]] = []
    given = UnitSession.pty_requested

    def note(session: Any, term_type: str, term_size: tuple[int, int, int, int], term_modes: Any) -> bool:
        sizes.append(term_size)
        return given(session, term_type, term_size, term_modes)

    monkeypatch.setattr(UnitSession, "pty_requested", note)
    with unit() as simulator, logged_in(target(simulator)) as session:
        outputs(session, "get system status")
    columns, rows = sizes[0][:2]
    # Wider than any line that is sent without a value, and taller than most listings.
    assert columns >= 500
    assert rows >= 1000


# In the middle of things


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_cut_connection(kind: str) -> None:
    with unit() as simulator, logged_in(target(simulator)) as session:
        simulator.unit().faults.append(Fault(kind, match="get system performance"))
        with pytest.raises(ConsoleFailure) as caught:
            outputs(session, "get system status", "get system performance status", "show")
        assert caught.value.kind == "lost"
        assert [answer["line"] for answer in session.results()[0]] == ["get system status"]
        assert session.unanswered() == ["get system performance status"]


def test_hang_is_given_up_in_time() -> None:
    with unit() as simulator, logged_in(target(simulator)) as session:
        simulator.unit().faults.append(Fault("hang", match="^show"))
        started = time.monotonic()
        drive_error = None
        try:
            drive(session.run([Batch(("show",))], timeout=1.5))
        except ConsoleFailure as failure:
            drive_error = failure
        assert drive_error is not None
        assert drive_error.kind == "timeout"
        assert time.monotonic() - started < 5


def test_idle_timeout_of_the_unit() -> None:
    with unit(console={"idle_timeout": 0.5}) as simulator, logged_in(target(simulator)) as session:
        time.sleep(1.5)
        with pytest.raises(ConsoleFailure, match="ended the idle session") as caught:
            outputs(session, "get system status")
        assert caught.value.kind == "lost"


def test_debug_is_off_at_logout_and_output_is_undisturbed() -> None:
    enable = ("diagnose debug console timestamp enable", "diagnose fortitoken debug enable", "diagnose debug enable")
    disable = ("diagnose debug reset", "diagnose debug disable")
    serials = " ".join(token["serial"] for token in TOKENS[:3])
    fortiguard = {"delay": 0.2, "default": {"lock_released": True}}
    tokens = [{"serial": token["serial"], "state": "new"} for token in TOKENS[:3]]
    with unit(tokens=tokens, fortiguard=fortiguard) as simulator:
        with logged_in(target(simulator)) as session:
            drive(session.watch_start([Batch(enable)], [Batch(disable)]))
            assert all(answer["fault"] is None for answer in session.results()[0])
            drive(session.run([Batch((f"execute fortitoken activate {serials}",))]))
            for _round in range(10):
                listing = outputs(session, "diagnose fortitoken info")[0]
                assert listing.startswith("FORTITOKEN")
                assert listing.rstrip().endswith("Token server status: reachable")
                drive(session.listen(0.1))
            heard = session.take_lines(last=True)
            assert heard["lines"]
            for secret in simulator.secrets():
                assert secret not in str(heard)
        assert eventually(lambda: events(simulator, "logout"))
        assert events(simulator, "logout")[0]["debug_on"] is False


def test_a_reset_terminal_does_not_keep_the_process(tmp_path: Path) -> None:
    """The session's threads must not keep a process alive that has nothing more to do."""
    script = tmp_path / "leave.py"
    script.write_text(
        "import os, sys\n"
        "from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.terminal import Target, connect\n"
        "connect(Target('127.0.0.1', int(sys.argv[1]), 'admin', sys.argv[2], check_host_key=False, use_agent=False))\n"
    )
    with unit() as simulator:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, str(script), str(simulator.port), PASSWORD], env=environment, timeout=30, check=False
        )
    assert done.returncode == 0
