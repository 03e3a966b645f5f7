# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebook under the real ansible-rulebook: what a FortiGate posts makes an audit, and nothing else does."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from tests.conftest import COLLECTIONS_PATH
from tests.integration.conftest import PASSWORD, Place, assert_no_secret, changes, logins
from tests.integration.conftest import Run as PlaybookRun
from tests.simulator import from_data, running

from .documents import GUIDES, commands

TOKEN = "made-up-webhook-token"
EVENT = {"logid": "0100032159", "devname": "fgt-eda", "serialno": "FTK200MIGRATE001"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def post(port: int, event: dict[str, str], token: str = TOKEN) -> int:
    """Send an event as a FortiGate's automation stitch does; returns the HTTP status."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{port}/endpoint"
    request = urllib.request.Request(url, json.dumps(event).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            status: int = response.status
    except urllib.error.HTTPError as error:
        return error.code
    return status


def until_listening(port: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 90
    while process.poll() is None and time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("ansible-rulebook does not listen")


def test_a_failed_activation_makes_one_audit_of_that_unit(place: Place) -> None:
    """Events that are none, or that would smuggle something into a playbook, go before those that count."""
    failed = "token already activated, and seed won't be returned"
    units = [
        {"hostname": "fgt-eda", "tokens": [{"serial": EVENT["serialno"], "seed": True, "state": failed}]},
        {"hostname": "fgt-other"},
    ]
    # As the guide shows it: the rulebook by its name, and files in the current folder. It waits 20 seconds for more.
    (shown,) = (command for command in commands(f"{GUIDES}/guide_awx.rst") if command.startswith("ansible-rulebook"))
    marker = place.home / "smuggled"
    with running(*from_data({"units": units})) as sim:
        place.add(sim)
        connection = {
            "ansible_connection": "fortiops.fortitoken.fortios_cli",
            "ansible_fortios_known_hosts": str(place.home / "known_hosts"),
            "ansible_password": PASSWORD,
        }
        inventory = {"all": {"hosts": place.hosts, "vars": connection}}
        (place.home / "inventory.yml").write_text(yaml.safe_dump(inventory))
        port = free_port()
        variables = {
            "webhook_host": "127.0.0.1",
            "webhook_port": port,
            "webhook_token": TOKEN,
            "fortitoken_report_dir": str(place.reports),
        }
        (place.home / "vars.yml").write_text(yaml.safe_dump(variables))
        program, *arguments = shlex.split(shown)
        command = [str(Path(sys.executable).parent / program), *arguments, "--verbose"]
        log = place.home / "rulebook.log"
        environment = {**os.environ, "HOME": str(place.home), "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS_PATH)}
        with log.open("w") as output:
            process = subprocess.Popen(
                command, cwd=place.home, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True
            )
        try:
            until_listening(port, process)
            assert post(port, EVENT, token="guessed") != 200
            template = "{{ lookup('ansible.builtin.pipe', 'touch " + str(marker) + "') }}"
            for wrong in (
                {**EVENT, "logid": "0100032155"},
                {**EVENT, "devname": "all:!fgt-eda"},
                {**EVENT, "devname": template},
                {**EVENT, "devname": "fgt-eda\nfgt-other"},
                {**EVENT, "serialno": template},
            ):
                assert post(port, wrong) == 200
            for _each in range(3):
                assert post(port, EVENT) == 200
            report = place.reports / "fgt-eda.json"
            end = time.monotonic() + 120
            while not (place.reports / "index.html").exists() and process.poll() is None and time.monotonic() < end:
                time.sleep(0.2)
            assert report.exists(), log.read_text()[-5000:]
        finally:
            process.terminate()
            process.wait(30)
        run = PlaybookRun(process.returncode, log.read_text(), place.reports)
        for path in (place.home / "vars.yml", place.home / "inventory.yml"):
            path.unlink()
        assert json.loads(report.read_text())["tokens"][0]["verdict"] == "needs_lock_release"
        assert (logins(sim, "fgt-eda"), logins(sim, "fgt-other")) == (1, 0)
        assert changes(sim) == []
        assert not marker.exists()
        assert_no_secret(sim, run)
