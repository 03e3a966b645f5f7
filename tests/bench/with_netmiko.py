# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The article by a plain netmiko script: ``python with_netmiko.py WORK.json``. Runs in an environment of its own."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from netmiko import ConnectHandler


def main(path: str) -> None:
    """Log in and type every line, each after the answer to the one before."""
    work = json.loads(Path(path).read_text(encoding="utf-8"))
    client = ConnectHandler(
        device_type="fortinet",
        host=work["host"],
        port=work["port"],
        username=work["user"],
        password=work["password"],
        conn_timeout=30,
    )
    for line in [*work["look"], *(line for token in work["tokens"] for line in token)]:
        client.send_command(line, expect_string=r"[#$]", read_timeout=60)
    while work["mark"] in str(client.send_command(work["not_active"], expect_string=r"[#$]", read_timeout=60)):
        time.sleep(0.5)
    client.disconnect()


if __name__ == "__main__":
    main(sys.argv[1])
