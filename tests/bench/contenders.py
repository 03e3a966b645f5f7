# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to remediate a unit that are compared, and the measuring of one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.simulator import Scenario

from . import article
from .measure import Cost
from .served import Address, Served, Traffic, serving
from .units import NO_SEED, PAGED, SEED_LOST, UNPAGED, holder, serial, trouble

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PASSWORD = "demo-Passw0rd"
OURS, ONE_WAVE, RELEASE = "fortiops.fortitoken", "fortiops.fortitoken, one wave", "fortiops.fortitoken 1.0.0"
#: `execute fortitoken activate` takes 20 serials (FortiOS 8.0 CLI reference).
SERIALS_A_CALL = 20
#: No contender is given more time than this for one cell of the table.
LONGEST_SECONDS = 3600


@dataclass(frozen=True)
class Programs:
    """Where the programs are. ours: the folder with this project's environment; theirs: that of the other clients.

    collections: a folder with this collection; release: one with release 1.0.0, which others are compared with.
    """

    ours: Path
    theirs: Path
    collections: Path
    release: Path


@dataclass
class Place:
    """A folder for one run. Its path is short because sockets of persistent connections lie below it."""

    programs: Programs
    addresses: list[Address]
    collections: Path | None = None
    home: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="fb-")))

    def write(self, name: str, data: Any) -> str:
        """Write data as JSON; return the path."""
        path = self.home / name
        path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
        return str(path)

    @property
    def known_hosts(self) -> str:
        return self.write("known_hosts", "".join(address.known_hosts + "\n" for address in self.addresses))

    def inventory(self, **variables: Any) -> str:
        """Write an inventory of all units."""
        hosts = {
            address.name: {
                "ansible_host": "127.0.0.1",
                "ansible_port": address.port,
                "ansible_user": "admin",
                "ansible_password": PASSWORD,
            }
            for address in self.addresses
        }
        return self.write("inventory.json", {"all": {"hosts": hosts, "vars": variables}})

    def our_playbook(self, playbook: str, *arguments: str, **extra: Any) -> list[str]:
        """Return the command that runs a playbook with this collection."""
        settings = {
            "remediate_report_dir": str(self.home / "report"),
            "remediate_journal_dir": str(self.home / "journal"),
            **extra,
        }
        inventory = self.inventory(
            ansible_connection="fortiops.fortitoken.fortios_cli", ansible_fortios_known_hosts=self.known_hosts
        )
        return [
            str(self.programs.ours / "ansible-playbook"),
            *("-i", inventory, "-e", "@" + self.write("extra.json", settings)),
            *arguments,
            playbook,
        ]

    def local_playbook(self, play: dict[str, Any], *arguments: str, **variables: Any) -> list[str]:
        """Return the command that runs a play which contacts no unit."""
        inventory = self.inventory(ansible_connection="local", ansible_python_interpreter=sys.executable, **variables)
        return [
            str(self.programs.ours / "ansible-playbook"),
            *("-i", inventory),
            *arguments,
            self.write("play.json", [play]),
        ]


@dataclass(frozen=True)
class Row:
    """One cell of the table: who did what, and what it cost. tasks: that the recap counts, skipped ones not."""

    contender: str
    job: str
    tokens: int
    latency_ms: float
    console: str
    cost: Cost
    traffic: Traffic
    unmended: int
    tasks: int = 0

    @property
    def valid(self) -> bool:
        """Whether the work was done; else the figures mean nothing."""
        return self.cost.code == 0 and self.unmended == 0


def measured(place: Place, command: Sequence[str], log: str = "log.txt") -> tuple[Cost, str]:
    """Run a command under the measuring process; return what it cost and what it printed."""
    result = place.home / "cost.json"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment.update(
        HOME=str(place.home),
        PYTHONPATH=str(ROOT),
        LC_ALL="C.UTF-8",
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_COLLECTIONS_PATH=str(place.collections or place.programs.collections),
        ANSIBLE_TERMINAL_PLUGINS=str(HERE / "network_os" / "terminal"),
        ANSIBLE_CLICONF_PLUGINS=str(HERE / "network_os" / "cliconf"),
        ANSIBLE_HOST_KEY_CHECKING="false",
        ANSIBLE_PERSISTENT_COMMAND_TIMEOUT="120",
        ANSIBLE_DEPRECATION_WARNINGS="false",
    )
    with (place.home / log).open("w+", encoding="utf-8") as output:
        subprocess.run(
            [sys.executable, "-m", "tests.bench.measure", str(result), *command],
            cwd=place.home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        output.seek(0)
        return Cost(**json.loads(result.read_text(encoding="utf-8"))), output.read()


def settled(served: Served) -> Traffic:
    """The traffic once every session has ended: a client may be gone a moment before its unit notices."""
    end = time.monotonic() + 10
    while (traffic := served.traffic()).open_sessions and time.monotonic() < end:
        time.sleep(0.05)
    return traffic


def _console(scenario: Scenario) -> str:
    return PAGED if scenario.console.output == "more" else UNPAGED


def _unpage(scenario: Scenario) -> list[str]:
    return list(article.UNPAGE) if _console(scenario) == PAGED else []


def _troubles(scenario: Scenario) -> tuple[list[tuple[str, str]], list[str]]:
    numbers = range(len(scenario.tokens))
    lost = [(serial(number), holder(number)) for number in numbers if trouble(number) == SEED_LOST]
    return lost, [serial(number) for number in numbers if trouble(number) == NO_SEED]


def collection(place: Place, scenario: Scenario) -> list[str]:
    """This collection: the playbook as users run it, debugging on, journal and report written."""
    return place.our_playbook(
        "fortiops.fortitoken.remediate_tokens", remediate_lock_released="all", remediate_activation_timeout=600
    )


def one_wave(place: Place, scenario: Scenario) -> list[str]:
    """This collection, with all tokens at once."""
    return place.our_playbook(
        "fortiops.fortitoken.remediate_tokens",
        remediate_lock_released="all",
        remediate_activation_timeout=600,
        remediate_waves=[],
    )


def release_1_0_0(place: Place, scenario: Scenario) -> list[str]:
    """The first release, from its own tree."""
    place.collections = place.programs.release
    return collection(place, scenario)


def _work(place: Place, **more: Any) -> str:
    address = place.addresses[0]
    connection = {"host": "127.0.0.1", "port": address.port, "user": "admin", "password": PASSWORD}
    asked = {"known_hosts": place.known_hosts, "not_active": article.NOT_ACTIVE, "mark": article.MARK}
    return place.write("work.json", {**connection, **asked, **more})


def netmiko(place: Place, scenario: Scenario) -> list[str]:
    """The article, token by token, by a netmiko script."""
    work = _work(place, look=article.LOOK, tokens=article.by_token(*_troubles(scenario)))
    return [str(place.programs.theirs / "python"), str(HERE / "with_netmiko.py"), work]


def cli_command(place: Place, scenario: Scenario) -> list[str]:
    """The article, token by token, by a playbook of ansible.netcommon.cli_command over network_cli."""

    def ask(name: str, line: str, **more: Any) -> dict[str, Any]:
        return {"name": name, "ansible.netcommon.cli_command": {"command": line}, **more}

    loop = {"loop": "{{ token }}", "loop_control": {"loop_var": "line"}}
    tasks = place.write("token.json", [ask("Type the lines for this token", "{{ line }}", **loop)])
    play = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            *(ask(line, line) for line in [*_unpage(scenario), *article.LOOK]),
            {
                "name": "Token by token",
                "ansible.builtin.include_tasks": tasks,
                "loop": article.by_token(*_troubles(scenario)),
                "loop_control": {"loop_var": "token"},
            },
            ask(
                "All active",
                article.NOT_ACTIVE,
                register="left",
                until=f"'{article.MARK}' not in left.stdout",
                retries=100,
                delay=1,
            ),
        ],
    }
    inventory = place.inventory(
        ansible_connection="ansible.netcommon.network_cli",
        ansible_network_os="fortios",
        ansible_network_cli_ssh_type="paramiko",
    )
    return [str(place.programs.theirs / "ansible-playbook"), "-i", inventory, place.write("play.json", [play])]


def floor(place: Place, scenario: Scenario) -> list[str]:
    """The fewest waits that lead to the same end state, on bare paramiko."""
    lost, bare = _troubles(scenario)
    change = ["config user local"]
    for _serial, user in lost:
        change += [f'edit "{user}"', "unset fortitoken", "set two-factor disable", "next"]
    change += ["end", "config user fortitoken", *(f'delete "{token}"' for token, _user in lost), "end"]
    change += ["config user fortitoken"]
    for token, _user in lost:
        change += [f'edit "{token}"', "next"]
    change += ["end", "config user local"]
    for token, user in lost:
        change += [f'edit "{user}"', "set two-factor fortitoken", f'set fortitoken "{token}"', "next"]
    change += ["end"]
    change += [
        "execute fortitoken activate " + " ".join(bare[start : start + SERIALS_A_CALL])
        for start in range(0, len(bare), SERIALS_A_CALL)
    ]
    read = [*_unpage(scenario), "diagnose fortitoken info", "show user fortitoken", "show user local"]
    return [str(place.programs.ours / "python"), str(HERE / "with_paramiko.py"), _work(place, read=read, change=change)]


CONTENDERS: dict[str, Callable[[Place, Scenario], list[str]]] = {
    OURS: collection,
    ONE_WAVE: one_wave,
    RELEASE: release_1_0_0,
    "cli_command": cli_command,
    "netmiko": netmiko,
    "floor": floor,
}


def recap(output: str) -> int:
    """How many tasks ansible-playbook counts as done, over all hosts; 0 where it printed no recap."""
    return sum(int(count) for count in re.findall(r": ok=(\d+)", output))


def remediate(name: str, scenario: Scenario, programs: Programs) -> Row:
    """Have one contender remediate a fresh unit. Raises RuntimeError where the unit is not as it shall be then."""
    with serving([scenario]) as served:
        place = Place(programs, served.addresses)
        cost, output = measured(place, CONTENDERS[name](place, scenario))
        row = Row(
            name,
            "remediate",
            len(scenario.tokens),
            2 * scenario.console.latency_ms,
            _console(scenario),
            cost,
            settled(served),
            len(served.unmended()),
            recap(output),
        )
        if not row.valid:
            raise RuntimeError(f"{name} did not do the work: {asdict(row)}\n{output[-3000:]}\n{place.home} is kept")
        shutil.rmtree(place.home)
        return row


def pings(tasks: int, programs: Programs, hosts: int = 1, *arguments: str) -> tuple[Cost, int]:
    """Ansible's own floor: what a play of this many ping tasks on this many hosts costs, and how many it counted."""
    addresses = [Address(f"unit{number:03d}", 22, "") for number in range(hosts)]
    place = Place(programs, addresses)
    play = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [{"name": f"Task {number}", "ansible.builtin.ping": {}} for number in range(tasks)],
    }
    cost, output = measured(place, place.local_playbook(play, *arguments))
    shutil.rmtree(place.home)
    if cost.code:
        raise RuntimeError(output[-3000:])
    return cost, recap(output)


def facts(scenario: Scenario, programs: Programs) -> Row:
    """Have the facts module read a unit and save everything, with the summary as its result."""
    with serving([scenario]) as served:
        place = Place(programs, served.addresses)
        saved = place.home / "facts.json"
        module = {"query": "summary", "ping": "auto", "save_to": str(saved)}
        play = {
            "hosts": "all",
            "gather_facts": False,
            "tasks": [{"name": "Read the unit", "fortiops.fortitoken.fortitoken_facts": module}],
        }
        cost, output = measured(place, place.our_playbook(place.write("play.json", [play])))
        if cost.code:
            raise RuntimeError(output[-3000:])
        found = json.loads(saved.read_text(encoding="utf-8"))
        wrong = abs(len(found["tokens"]) - len(scenario.tokens))
        wrong += sum(1 for token in found["tokens"] if not token["bindings"])
        row = Row(
            OURS,
            "facts",
            len(scenario.tokens),
            2 * scenario.console.latency_ms,
            _console(scenario),
            cost,
            settled(served),
            wrong,
            recap(output),
        )
        if not row.valid:
            raise RuntimeError(f"the facts are not complete: {asdict(row)}")
        shutil.rmtree(place.home)
        return row
