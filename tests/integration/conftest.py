# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A place to run playbooks in: its own home, inventory, reports and journals."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Simulator
from tests.simulator.invariants import violations

PASSWORD = "demo-Passw0rd"


@dataclass
class Run:
    """One run of ansible-playbook."""

    code: int
    output: str
    reports: Path

    def report(self, host: str) -> dict[str, Any]:
        data: dict[str, Any] = json.loads((self.reports / f"{host}.json").read_text(encoding="utf-8"))
        return data

    def recap(self, host: str) -> dict[str, int]:
        """`ok`, `changed`, `failed` ... of a host, from the last lines of the output."""
        line = re.search(rf"^{re.escape(host)}\s*: (ok=.*)$", self.output, re.MULTILINE)
        assert line, self.output
        return {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", line[1])}


@dataclass
class Place:
    """Where playbooks run. The path is short because the connection's socket lies below it."""

    home: Path
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, sim: Simulator, **variables: Any) -> None:
        """Put every unit of a simulator into the inventory, with its host key known."""
        with (self.home / "known_hosts").open("a", encoding="utf-8") as known:
            for unit in sim.units:
                known.write(sim.known_hosts(unit.name) + "\n")
                self.hosts[unit.name] = {
                    "ansible_host": "127.0.0.1",
                    "ansible_port": unit.port,
                    "ansible_user": "admin",
                    "ansible_password": PASSWORD,
                    **variables,
                }

    def start(self, playbook: str, *arguments: str, content: Any = None, **settings: Any) -> subprocess.Popen[str]:
        """Start a playbook of the collection by its name, or `content` as a playbook, with extra variables."""
        extra = {"remediate_report_dir": str(self.reports), "remediate_activation_timeout": 15, **settings}
        variables = {
            "ansible_connection": "fortiops.fortitoken.fortios_cli",
            "ansible_fortios_known_hosts": str(self.home / "known_hosts"),
        }
        (self.home / "inventory.json").write_text(json.dumps({"all": {"hosts": self.hosts, "vars": variables}}))
        (self.home / "extra.json").write_text(json.dumps(extra))
        if content is not None:
            playbook = str(self.home / "play.json")
            Path(playbook).write_text(json.dumps(content))
        return subprocess.Popen(
            [
                str(Path(sys.executable).parent / "ansible-playbook"),
                *("-i", str(self.home / "inventory.json"), "-e", f"@{self.home / 'extra.json'}"),
                *arguments,
                playbook,
            ],
            cwd=self.home,
            env={**os.environ, "HOME": str(self.home), "ANSIBLE_NOCOLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def play(self, playbook: str, *arguments: str, content: Any = None, **settings: Any) -> Run:
        """Run a playbook to its end."""
        with self.start(playbook, *arguments, content=content, **settings) as process:
            output, _errors = process.communicate(timeout=280)
            return Run(process.returncode, output, self.reports)

    @property
    def reports(self) -> Path:
        return self.home / "report"

    def journal(self, host: str) -> Path:
        return self.home / ".fortitoken" / "journal" / f"{host}.json"


@pytest.fixture
def place() -> Iterator[Place]:
    home = Path(tempfile.mkdtemp(prefix="ft-"))
    yield Place(home)
    shutil.rmtree(home)


def logins(sim: Simulator, unit: str | None = None) -> int:
    return sum(1 for e in sim.events if e["type"] == "login" and unit in (None, e["unit"]))


def lines(sim: Simulator, unit: str | None = None) -> list[str]:
    """What was typed, without the empty line that only asks for a prompt."""
    return [e["text"] for e in sim.events if e["type"] == "line" and unit in (None, e["unit"]) and e["text"].strip()]


def changes(sim: Simulator) -> list[dict[str, Any]]:
    """What a client changed, as opposed to FortiGuard."""
    return [e for e in sim.events if e["type"] == "change" and e["by"] != "fortiguard"]


def assert_promises_kept(sim: Simulator, run: Run, **allowed: bool) -> None:
    """What must hold after every run whatever: the promises, and no secret anywhere."""
    assert violations(sim.events, **allowed) == []
    assert_no_secret(sim, run)


def assert_no_secret(sim: Simulator, run: Run, *more: str) -> None:
    texts = {"output": run.output}
    for path in run.reports.parent.rglob("*"):
        if path.is_file() and path.name not in ("inventory.json", "extra.json"):
            texts[str(path)] = path.read_text(encoding="utf-8", errors="replace")
    # Debug output breaks a seed over two lines, and half of one is too much, too.
    secrets = [
        part
        for secret in {*sim.secrets(), *more}
        for part in ([secret[:16], secret[-16:]] if len(secret) > 30 else [secret])
    ]
    for secret in secrets:
        for where, text in texts.items():
            assert secret not in text, f"a secret is in {where}"
