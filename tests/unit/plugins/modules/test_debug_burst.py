# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A daemon that floods the console: the session goes on, memory is bounded, and what was dropped is counted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ansible_collections.fortiops.fortitoken as collection
from tests.faults.controller import controller
from tests.simulator import from_data, running

BURST_BYTES = 50_000_000
KEPT_LINES = 20_000

# In a process of its own, because the peak of a process never goes down again.
_READER = """
import json, resource, sys
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.session import Session

burst = int(sys.argv[1])
line = b'2026-03-30 04:10:03 ftm_fc_comm_recv_response[277]:receive packet success, number %07d of many\\r\\n'
width = len(line % 0)

class Flood:
    '''A unit that prints debug output between the echo of each command and its answer, until the burst is over.'''

    def __init__(self):
        self.out = [b'FGT-A # ']
        self.sent = 0

    def send(self, data):
        for text in data.decode().splitlines():
            self.out.append(text.encode() + b'\\r\\r\\n')
            if text.startswith('diagnose'):
                self.out.append(None)
            self.out.append(b'Version: FortiGate-60F v7.4.8,build2795,250523 (GA.M)\\r\\n\\r\\nFGT-A # ')

    def recv(self, timeout):
        if not self.out:
            return None
        if self.out[0] is None:
            if self.sent * width < burst:
                chunk = b''.join(line % number for number in range(self.sent, self.sent + 400))
                self.sent += 400
                return chunk
            self.out.pop(0)
        return self.out.pop(0) if self.out else None

    def close(self):
        pass

def drive(steps):
    for _step in steps:
        pass

flood = Flood()
session = Session(flood, Redactor())
drive(session.open())
drive(session.watch_start([], []))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if sys.argv[2] == 'listen':
    # The flood comes before the command, while somebody watches.
    flood.send(b'diagnose')
    flood.out = [None]
    for _step in session.listen(600):
        if not flood.out:
            break
drive(session.run([Batch(('get system status' if sys.argv[2] == 'listen' else 'diagnose fortitoken info',))]))
(answer,), = session.results()
heard = session.take_lines(last=True)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({
    'answer': answer['output'], 'sent': flood.sent, 'bytes': flood.sent * width,
    'kept': len(heard['lines']), 'dropped': heard['dropped'],
    'last': heard['lines'][-1], 'grown': (peak - before) / 1024,
}))
"""


@pytest.mark.parametrize("mode", ["run", "listen"])
def test_fifty_megabytes_between_a_command_and_its_answer_and_while_watching(mode: str) -> None:
    root = Path(next(iter(collection.__path__))).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", _READER, str(BURST_BYTES), mode],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["answer"].startswith("Version: FortiGate")
    assert told["bytes"] >= BURST_BYTES
    assert (told["kept"], told["kept"] + told["dropped"]) == (KEPT_LINES, told["sent"])
    assert f"number {told['sent'] - 1:07}" in told["last"]
    # Less than the burst itself, and far from what its lines would take as objects.
    assert told["grown"] < 40, told


def test_a_flood_over_the_wire_is_counted_in_the_result_and_harms_no_command() -> None:
    sick = "FTK200SICK000001"
    data = {"tokens": [{"serial": sick, "state": "new"}], "fortiguard": {"delay": 0.02}}
    with running(*from_data(data)) as simulator, controller(simulator) as made:
        unit = simulator.unit()
        made.run("fortitoken_debug", state="enabled")
        flood = [("fortitoken", f"ftm_fc_comm_recv_response[277]:packet {number}") for number in range(KEPT_LINES * 2)]
        simulator.call(lambda: unit.debug(flood))
        activated = made.run("fortitoken_activate", serials=[sick], timeout=10)
        result = made.run("fortitoken_debug", state="disabled")
    assert [row["status"] for row in activated["results"]] == ["active"]
    numbers = [int(match[1]) for line in result["lines"] if (match := re.search(r"packet (\d+)$", line))]
    assert numbers == list(range(numbers[0], KEPT_LINES * 2))
    assert len(result["lines"]) == KEPT_LINES
    # The newest lines are kept: those of the activation came behind the flood.
    assert result["dropped"] >= numbers[0] > 0
    assert any(sick in line for line in result["lines"])
