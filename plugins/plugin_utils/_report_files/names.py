# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of files that are made of a host's name: inside their folder, and never those of another host.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.fortiops.fortitoken.plugins.module_utils._files import safe_name

#: The summary of a run.
SUMMARY = "summary.json"


def file_name(host: str) -> str:
    """Return the name of a host as a part of a file name: the same for the same host, different for different ones."""
    name = safe_name(host)
    if f"{name}.json" == SUMMARY:
        # A host of that name would overwrite the summary of the run.
        name = f"%{ord(name[0]):02X}{name[1:]}"
    return name


def report_path(directory: Path, host: str) -> Path:
    """Return the report of a host in a directory."""
    return directory / f"{file_name(host)}.json"
