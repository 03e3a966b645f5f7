# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a secret looks in other clothes: as a quoted argument, in JSON, in an address, and in Base64.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote, quote_plus

_SHORTEST_CORE = 6
_BASE64 = re.compile(r"[A-Za-z0-9+/=_-]+")


def written(value: str) -> set[str]:
    """Return the forms of ``value`` that stand alone in a text, ``value`` itself among them."""
    raw = value.encode("utf-8", "surrogatepass")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    forms = {value, escaped, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    for text in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        forms |= {text, re.sub(r"%[0-9A-F]{2}", lambda match: match.group().lower(), text)}
    return forms


def base64_cores(value: str) -> set[str]:
    """Return what every Base64 text that holds ``value`` has in it, wherever in the text ``value`` begins.

    Three bytes make four characters, so there are three ways to begin. The characters at both ends depend on what
    stands next to the value, and are left out.
    """
    raw = value.encode("utf-8", "surrogatepass")
    cores = set()
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + raw + bytes(2)).decode()
        core = coded[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6]
        if len(core) >= _SHORTEST_CORE:
            cores |= {core, core.replace("+", "-").replace("/", "_")}
    return cores


def find_cores(text: str, cores: set[str]) -> list[tuple[int, int]]:
    """Return (start, end) of each Base64 word of ``text`` that holds one of ``cores``."""
    if not any(core in text for core in cores):
        return []
    return [word.span() for word in _BASE64.finditer(text) if any(core in word.group() for core in cores)]
