# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of files that are made of a host's name: inside their folder, and never those of another host.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

#: The summary of a run.
SUMMARY = "summary.json"
#: Most file systems take 255 bytes; a suffix such as `.ticket-customer-service.txt` and a temporary one follow.
MOST_BYTES = 160
#: Written as in a URL: what separates or hides paths, what a terminal obeys, and what is not text.
_ESCAPED = re.compile(r"[/\\%\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|^\.")


def file_name(host: str) -> str:
    """Return the name of a host as a part of a file name: the same for the same host, different for different ones."""
    name = _ESCAPED.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass")), host
    )
    if f"{name}.json" == SUMMARY:
        # A host of that name would overwrite the summary of the run.
        name = f"%{ord(name[0]):02X}{name[1:]}"
    if len(name.encode()) > MOST_BYTES:
        # No other name has a "%" that is not followed by two digits.
        digest = hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        name = f"{name.encode()[: MOST_BYTES - 40].decode(errors='ignore')}%~{digest}"
    return name or "%"


def report_path(directory: Path, host: str) -> Path:
    """Return the report of a host in a directory."""
    return directory / f"{file_name(host)}.json"
