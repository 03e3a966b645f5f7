#!/usr/bin/env python3
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Ansible inventory of FortiGates out of a CSV file or an export of FortiManager.

    ansible-inventory -i units.py --graph

Reads the file that FORTIGATE_UNITS names, or units.csv or units.json next to this script.
"""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

#: What a column may be called, in lower case. The titles of FortiManager's export differ between releases.
NAMES = ("name", "device name", "hostname", "host name")
ADDRESSES = ("ip", "ip address", "address", "ansible_host", "management ip")
PORTS = ("port", "ssh port", "ansible_port")
GROUPS = ("group", "device group", "site", "adom")
#: Names that a group of the table cannot have, because Ansible or this script uses them.
RESERVED = ("all", "ungrouped", "fortigates", "_meta")
#: For all hosts. The login comes from a vault or a credential, never from the table.
VARIABLES = {"ansible_connection": "fortiops.fortitoken.fortios_cli"}

Row = dict[str, Any]


def source() -> Path:
    """Return the file to read. Raises SystemExit if there is none."""
    here = Path(__file__).resolve().parent
    named = os.environ.get("FORTIGATE_UNITS")
    for path in [Path(named)] if named else [here / "units.csv", here / "units.json"]:
        if path.is_file():
            return path
    raise SystemExit(f"There is no {named or 'units.csv or units.json'}: set FORTIGATE_UNITS to the path of a list.")


def rows(path: Path) -> list[Row]:
    """Return the lines of a table, or the devices in an answer of FortiManager's JSON API."""
    if path.suffix.lower() == ".json":
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        # A whole answer, or only its list of devices.
        devices = data["result"][0]["data"] if isinstance(data, dict) else data
        return [dict(device) for device in devices]
    with path.open(encoding="utf-8-sig", newline="") as table:
        sample = table.read(4096)
        table.seek(0)
        dialect = csv.Sniffer().sniff(sample, delimiters=",;\t")
        return [dict(row) for row in csv.DictReader(table, dialect=dialect)]


def cell(row: Row, titles: tuple[str, ...]) -> str:
    """Return the first cell under one of these titles that is not empty."""
    by_title = {str(title).strip().lower(): str(value or "").strip() for title, value in row.items()}
    return next((by_title[title] for title in titles if by_title.get(title)), "")


def inventory(units: list[Row]) -> dict[str, Any]:
    """Return the inventory for Ansible. Raises SystemExit if a unit has no name or address, or is listed twice."""
    hosts: dict[str, Row] = {}
    groups: dict[str, list[str]] = {}
    for number, row in enumerate(units, 1):
        name, address = cell(row, NAMES), cell(row, ADDRESSES)
        if not name or not address:
            raise SystemExit(f"Unit {number} has no name or no address: {row}")
        if name in hosts:
            raise SystemExit(f"Unit {number}: {name} is listed twice.")
        hosts[name] = {"ansible_host": address}
        if port := cell(row, PORTS):
            hosts[name]["ansible_port"] = int(port)
        group = re.sub(r"[^A-Za-z0-9_]", "_", cell(row, GROUPS))
        if group and group not in RESERVED:
            groups.setdefault(group, []).append(name)
    return {
        "_meta": {"hostvars": hosts},
        "fortigates": {"hosts": list(hosts), "vars": VARIABLES, "children": sorted(groups)},
        **{group: {"hosts": names} for group, names in groups.items()},
    }


if __name__ == "__main__":
    json.dump({} if "--host" in sys.argv else inventory(rows(source())), sys.stdout, indent=1)
