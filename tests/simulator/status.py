# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Status texts of the unit: system, HA, VDOMs, administrators.

Layouts as in public transcripts: the lines of `get system status` that ntc-templates parses, `get system ha status`
with Master and Slave up to FortiOS 6.2 and Primary and Secondary from 6.4, the VDOM list as quoted by public parsers
of it, `get system info admin status` of Fortinet article 192340, `get system admin list` of the CLI Reference 6.0.5.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .shell import Shell
    from .unit import Unit


def build(unit: Unit) -> str:
    """Return the build number of the version line."""
    found = re.search(r"build(\d+)", unit.scenario.version)
    return found[1] if found else "0000"


# [fact: system-status-form] [fact: vdom-words]
def system_status(shell: Shell) -> list[str]:
    """Return `get system status`."""
    unit = shell.unit
    scenario = unit.scenario
    release = scenario.release
    if scenario.vdom_mode == "none":
        vdom_mode = "disable"
    elif scenario.vdom_mode == "split-task":
        vdom_mode = "split-task"
    else:
        vdom_mode = "multiple" if release >= (6, 2, 0) else "enable"
    suffix = re.search(r"\(([^)]*)\)", scenario.version)
    lines = [
        f"Version: {scenario.version}",
        *(["Security Level: 1", "Firmware Signature: certified"] if release >= (7, 2, 0) else []),
        "Virus-DB: 92.04113(2026-11-20 07:26)",
        "Extended DB: 92.04113(2026-11-20 07:26)",
        "IPS-DB: 6.00741(2015-12-01 02:30)",
        "IPS-ETDB: 28.00790(2026-11-19 01:22)",
        "APP-DB: 28.00790(2026-11-19 01:22)",
        "INDUSTRIAL-DB: 6.00741(2015-12-01 02:30)",
        f"Serial-Number: {shell.member}",
        "IPS Malicious URL Database: 5.00120(2026-11-20 06:12)",
        "BIOS version: 05000008",
        "System Part-Number: P24286-03",
        "Log hard disk: Not available",
        f"Hostname: {unit.hostname}",
        f"Private Encryption: {'Enable' if unit.private_data else 'Disable'}",
        "Operation Mode: NAT",
        f"Current virtual domain: {shell.vdom() or 'root'}",
        "Max number of virtual domains: 10",
        f"Virtual domains status: {len(unit.config.vdoms)} in NAT mode, 0 in TP mode",
        f"Virtual domain configuration: {vdom_mode}",
        f"FIPS-CC mode: {'enable' if scenario.behaviour.fips_cc else 'disable'}",
        f"Current HA mode: {_ha_mode(shell)}",
    ]
    if scenario.ha.mode != "standalone":
        lines += [
            "Cluster uptime: 34 days, 5 hours, 12 minutes, 10 seconds",
            "Cluster state change time: 2026-10-20 17:00:50",
        ]
    return [
        *lines,
        f"Branch point: {build(unit)}",
        f"Release Version Information: {suffix[1] if suffix else 'GA'}",
        "FortiOS x86-64: No",
        f"System time: {unit.clock.text('%a %b %d %H:%M:%S %Y')}",
        "Last reboot reason: warm reboot",
    ]


# [fact: ha-mode-line] [fact: ha-words] [fact: ha-backup]
def _ha_mode(shell: Shell) -> str:
    ha = shell.unit.scenario.ha
    if ha.mode == "standalone":
        return "standalone"
    if ha.role_word is not None and shell.role == ha.role:
        return f"{ha.mode}, {ha.role_word}" if ha.role_word else ha.mode
    words = {"primary": "master", "secondary": "slave"} if ha.old_words else {}
    return f"{ha.mode}, {words.get(shell.role, shell.role)}"


# [fact: ha-members]
def ha_status(shell: Shell) -> list[str]:
    """Return `get system ha status`."""
    unit = shell.unit
    scenario = unit.scenario
    ha = scenario.ha
    model = scenario.version.split()[0]
    if ha.mode == "standalone":
        return [
            "HA Health Status: OK",
            f"Model: {model}",
            "Mode: Standalone",
            "Group: 0",
            "Debug: 0",
            "Cluster Uptime: 0 days 0:0:0",
        ]
    primary, secondary = ("Master", "Slave") if ha.old_words else ("Primary", "Secondary")
    members = ha.members or [scenario.serial]
    # The members are listed primary first; this unit is the first or the last of them.
    ordered = sorted(members, key=lambda serial: (serial != shell.member) == (shell.role == "primary"))
    lines = [
        "HA Health Status: OK",
        f"Model: {model}",
        f"Mode: HA {ha.mode.upper()}",
        "Group: 7",
        "Debug: 0",
        "Cluster Uptime: 34 days 05:12:10",
        "Cluster state change time: 2026-10-20 17:00:50",
        f"{primary} selected using:",
        f"    <2026/10/20 17:00:50> {ordered[0]} is selected as the {primary.lower()} because its uptime is larger "
        f"than peer member {ordered[-1]}.",
        "ses_pickup: enable, ses_pickup_delay=disable",
        "override: disable",
        "Configuration Status:",
        *(f"    {serial}(updated 3 seconds ago): in-sync" for serial in ordered),
        "System Usage stats:",
    ]
    for serial in ordered:
        lines += [
            f"    {serial}(updated 3 seconds ago):",
            "        sessions=9, average-cpu-user/nice/system/idle=0%/0%/0%/99%, memory=33%",
        ]
    lines.append("HBDEV stats:")
    for serial in ordered:
        lines += [
            f"    {serial}(updated 3 seconds ago):",
            "        ha1: physical/1000auto, up, rx-bytes/packets/dropped/errors=1/1/0/0, tx=1/1/0/0",
        ]
    roles = [primary] + [secondary] * (len(ordered) - 1)
    names = [unit.hostname] + [f"{unit.hostname}-{number}" for number in range(2, len(ordered) + 1)]
    for role, name, serial, index in zip(roles, names, ordered, range(len(ordered)), strict=True):
        lines.append(f"{role:<10}: {name:<16}, {serial}, HA cluster index = {index}")
    lines += ["number of vcluster: 1", "vcluster 1: work 169.254.0.1"]
    for role, serial, index in zip(roles, ordered, range(len(ordered)), strict=True):
        lines.append(f"{role}: {serial}, HA operating index = {index}")
    return lines


# [fact: vdom-list] [fact: vdom-list-confined]
def vd_list(unit: Unit, home: str | None = None) -> list[str]:
    """Return `diagnose sys vd list`, hidden system VDOMs included.

    An account that is confined to the VDOM *home* is shown that one only (inferred).
    """
    lines = ["system fib version=396", "list virtual firewall info:"]
    for index, name in enumerate([*unit.config.vdoms, *unit.scenario.reserved_vdoms, "vsys_ha", "vsys_fgfm"]):
        if home not in (None, name):
            continue
        lines += [
            f"name={name}/{name} index={index} enabled fib_ver=12 use=63 rt_num=8 asym_rt=0 sip_helper=0, "
            "sip_nat_trace=1, mc_fwd=0",
            "ecmp=source-ip-based, ecmp6=source-ip-based asym_rt6=0 rt6_num=5 strict_src_check=0 dns_log=1 ses_num=4",
        ]
    return lines


# [fact: admin-sessions]
def admin_list(unit: Unit) -> list[str]:
    """Return `get system admin list`."""
    lines = ["username local  device                   remote               started"]
    for shell in unit.shells.values():
        started = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(shell.started))
        lines.append(f"{shell.account.name:<8} sshv2  port1:192.0.2.1:22        {shell.source:<20} {started}")
    return lines


# [fact: admin-sessions]
def admin_status(unit: Unit) -> list[str]:
    """Return `get system info admin status`."""
    lines = [
        "Index  User name   Login type  From",
        f"Logged in users: {len(unit.shells)}",
        "USERNAME        TYPE    FROM             TIME",
    ]
    return lines + [
        f"{shell.account.name:<15} ssh     {shell.source:<16} {time.ctime(shell.started)}"
        for shell in unit.shells.values()
    ]
