# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that nobody here wrote, scrapli_community's driver for FortiOS, reads the same from the simulated unit."""

from __future__ import annotations

import pytest
from scrapli import Scrapli

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._ssh.terminal import Target, connect
from tests.simulator import load, running

PASSWORD = "demo-Passw0rd"
LINES = ("diagnose fortitoken info", "show user local", "show user fortitoken")


def own(port: int, scope: str | None, *lines: str) -> list[str]:
    terminal, _warnings = connect(Target("127.0.0.1", port, "admin", PASSWORD, check_host_key=False, use_agent=False))
    session = Session(terminal, Redactor())
    try:
        for _step in session.open():
            pass
        for _step in session.run([Batch(lines, scope)]):
            pass
        return [str(answer["output"]) for answer in session.results()[0]]
    finally:
        session.close()


def without_blanks(text: str) -> list[str]:
    """The lines; scrapli strips what stands at the end of each."""
    return [line.rstrip() for line in text.strip().splitlines()]


@pytest.mark.parametrize(("name", "vdom"), [("migrated", ""), ("legacy60", ""), ("multivdom", "branch-a")])
def test_scrapli_reads_the_same(name: str, vdom: str) -> None:
    (scenario,) = load(name)
    # A secret is encrypted anew at each `show` on a real unit; here the texts are compared.
    scenario.behaviour.reencrypt = False
    with running(scenario) as simulator:
        mine = own(simulator.port, f"vdom:{vdom}" if vdom else None, *LINES)
        client = Scrapli(
            platform="fortinet_fortios",
            host="127.0.0.1",
            port=simulator.port,
            auth_username="admin",
            auth_password=PASSWORD,
            auth_strict_key=False,
            transport="paramiko",
            timeout_ops=20,
        )
        client.open()
        if vdom:
            client.send_commands(["config vdom", f"edit {vdom}"])
        theirs = [client.send_command(line).result for line in LINES]
        if vdom:
            client.send_command("end")
        client.close()
        for line, left, right in zip(LINES, mine, theirs, strict=True):
            assert without_blanks(left) == without_blanks(Redactor().redact(right)), line
        # The driver switches the pager off and on again; this connection answers it.
        changes = [event["after"].get("output") for event in simulator.events if event["type"] == "change"]
        assert changes == ["standard", "more"]
