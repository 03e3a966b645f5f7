# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration: a simulated, freshly migrated FortiGate on the loopback address, repaired by the real playbook.

`demo.py run` shows the first run, `demo.py again` the second one on the repaired unit. The collection is built and
installed from its tarball, so that the demonstration is what a user gets.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tools.tree import ROOT, TreeError, refresh

WORK = ROOT / ".cache" / "demo"
BIN = Path(sys.executable).parent
#: The path of a socket may have 107 bytes on Linux and 103 elsewhere; Ansible adds a name of this form.
SOCKET_BYTES, SOCKET = 100, "pc/0123456789"
#: What the operator claims. For FTK200MIGRATE003 that is wrong: Fortinet has not released its lock.
RELEASED = "FTK200MIGRATE001,FTK200MIGRATE002,FTK200MIGRATE003,FTK220NOSEED0001"
#: License codes of the scenario: Fortinet redeems the first, and the second is expired.
CODES = ("ABCD-0123-4567-89AB-CDEF", "ABCD-0123-4567-89AB-CDE0")


@dataclass(frozen=True)
class Stage:
    """What is shown: a folder to work in, the unit, its name in the inventory, and what the operator states.

    codes: license codes to redeem. provision: whether users of mobile tokens get new activation codes.
    """

    work: Path
    scenario: Path
    host: str
    released: str
    codes: tuple[str, ...] = ()
    provision: bool = False

    @property
    def collections(self) -> Path:
        return self.work / "collections"

    @property
    def events(self) -> Path:
        return self.work / "events.jsonl"


DEMO = Stage(WORK, ROOT / "tests" / "simulator" / "scenarios" / "migrated.yml", "fgt-branch", RELEASED, CODES, True)


def tell(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


@contextlib.contextmanager
def ansible_home(work: Path | None = None) -> Iterator[Path]:
    """A folder for what Ansible keeps in ~/.ansible otherwise: sockets, temporary files and caches."""
    with tempfile.TemporaryDirectory(prefix="ft-") as temporary:
        # Sockets have short paths only; below a deep checkout there is no room for one.
        own = (work or WORK) / "home"
        yield own if len(os.fsencode(own / SOCKET)) <= SOCKET_BYTES else Path(temporary)


def install(stage: Stage, home: Path) -> None:
    """Build the collection and install the tarball below the stage's folder, without any Galaxy server.

    Raises TreeError where the checkout is no git repository, and CalledProcessError.
    """
    # `build` takes what is in the folder; the copy holds only what git knows.
    source = refresh(stage.work / "tree")
    _galaxy(stage, home, "build", str(source), "--output-path", str(stage.work))
    [artifact] = stage.work.glob("fortiops-fortitoken-*.tar.gz")
    _galaxy(stage, home, "install", str(artifact), "--offline", "--collections-path", str(stage.collections))


def _galaxy(stage: Stage, home: Path, *arguments: str) -> None:
    """Run `ansible-galaxy collection`; raises CalledProcessError."""
    # Only this place: a copy that the user has installed elsewhere would satisfy the request.
    environment = {**os.environ, "ANSIBLE_HOME": str(home), "ANSIBLE_COLLECTIONS_PATH": str(stage.collections)}
    command = [str(BIN / "ansible-galaxy"), "collection", *arguments]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)


@contextlib.contextmanager
def simulated_fortigate(stage: Stage) -> Iterator[dict[str, Any]]:
    """A simulated unit for as long as the block lasts: host, port and known_hosts line."""
    ready = stage.work / "ready.json"
    command = [sys.executable, "-m", "tests.simulator", str(stage.scenario), "--ready-file", str(ready)]
    command += ["--event-log", str(stage.events)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for _attempt in range(200):
            if ready.exists() or process.poll() is not None:
                break
            time.sleep(0.05)
        if not ready.exists():
            sys.exit("The simulated FortiGate did not start.")
        unit: dict[str, Any] = json.loads(ready.read_text())["units"][0]
        yield unit
    finally:
        process.terminate()
        process.wait(timeout=10)


def playbook(stage: Stage, unit: dict[str, Any], home: Path, *, show: bool) -> int:
    inventory = {
        "all": {
            "hosts": {stage.host: {"ansible_host": unit["host"], "ansible_port": unit["port"]}},
            "vars": {
                "ansible_connection": "fortiops.fortitoken.fortios_cli",
                "ansible_user": "admin",
                "ansible_password": "demo-Passw0rd",
                "ansible_fortios_known_hosts": str(stage.work / "known_hosts"),
            },
        }
    }
    (stage.work / "inventory.json").write_text(json.dumps(inventory, indent=2))
    (stage.work / "known_hosts").write_text(unit["host_key"] + "\n")
    settings = {
        "remediate_lock_released": stage.released,
        "remediate_provision": str(stage.provision).lower(),
        "remediate_strict": "false",
        "remediate_activation_timeout": "30",
        "remediate_report_dir": str(stage.work / "report"),
        "remediate_journal_dir": str(stage.work / "journal"),
    }
    command = [str(BIN / "ansible-playbook"), "-i", str(stage.work / "inventory.json")]
    command += ["fortiops.fortitoken.remediate_tokens"]
    command += [part for key, value in settings.items() for part in ("-e", f"{key}={value}")]
    # Secrets are not for a command line. Outside of a demonstration the file is encrypted.
    (stage.work / "vault.json").write_text(json.dumps({"remediate_license_codes": stage.codes}))
    command += ["-e", f"@{stage.work / 'vault.json'}"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    environment |= {
        "ANSIBLE_HOME": str(home),
        "ANSIBLE_COLLECTIONS_PATH": str(stage.collections),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    if show:
        print("$ ansible-playbook -i inventory.json fortiops.fortitoken.remediate_tokens \\")
        options = [*(f"-e {key}={value}" for key, value in settings.items()), "-e @vault.json"]
        print(textwrap.indent("\n".join(options), "    "), flush=True)
    output = None if show else subprocess.DEVNULL
    return subprocess.run(command, cwd=stage.work, env=environment, stdout=output, check=False).returncode


def summarize(stage: Stage) -> None:
    """Show what became of each token and license code. What is left to do stands at the end of the run, and on the
    page."""
    report = json.loads((stage.work / "report" / f"{stage.host}.json").read_text())
    tell(f"{report['unit']['hostname']}: each token, before and after")
    for token in report["tokens"]:
        before, after = ((token[when] or {}).get("status") or "-" for when in ("before", "after"))
        if token["after"] is None and not token["missing"]:
            # Nothing was done, so nothing was read again.
            after = before
        users = ", ".join(binding["name"] for binding in token["bindings"]) or "unassigned"
        todo = "  <- action required" if token["attention"] else ""
        print(f"  {token['serial']}  {users:<12} {after if before == after else f'{before} -> {after}'}{todo}")
    if report["license_codes"]:
        tell("License codes")
    for row in report["license_codes"]:
        what = f"{row['outcome']}: {', '.join(row['tokens']) or row['message']}"
        text = f"code {row['number']} of {row['total']} {what}" + (f". {row['remedy']}" if row["remedy"] else "")
        print(textwrap.fill(text, 110, initial_indent="  ", subsequent_indent="    "))
    print(f"\n  {len(report['commands'])} changing lines were sent.")
    tell(f"The report, to open in a browser: {stage.work / 'report' / 'index.html'}")


def show(home: Path, *, again: bool) -> int:
    """The demonstration itself; returns the exit code of the last run."""
    tell("Building and installing the collection")
    try:
        install(DEMO, home)
    except TreeError as error:
        sys.exit(f"demo: {error}")
    with simulated_fortigate(DEMO) as unit:
        tell(f"A simulated FortiGate listens on {unit['host']}:{unit['port']}, with the tokens of another unit")
        if again:
            tell("The first run, as in 'make demo' (not shown)")
            if playbook(DEMO, unit, home, show=False):
                sys.exit("The first run failed; see 'make demo'.")
            tell("The second run: what is left needs a person, and nothing is changed")
        code = playbook(DEMO, unit, home, show=True)
    if code == 0:
        summarize(DEMO)
    return code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "again"])
    again = parser.parse_args().what == "again"
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    with ansible_home() as home:
        sys.exit(show(home, again=again))


if __name__ == "__main__":
    main()
