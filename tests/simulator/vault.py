# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secret values of a unit: made up here, remembered here, so that tests can look for leaks."""

from __future__ import annotations

import base64
import hashlib
import re

from .events import masked

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_SEPARATORS = re.compile(r"([\s\"'|\\]+)")


def _digest(*parts: object) -> bytes:
    return hashlib.sha512("/".join(map(str, parts)).encode()).digest()


def stored_seed(serial: str, count: int = 0) -> str:
    """Return a made-up encrypted seed as it stands in the configuration."""
    return base64.b64encode(_digest("seed", serial, count)[:48]).decode()


def otp_seed(serial: str) -> str:
    """Return a made-up OTP seed of 40 hexadecimal digits, the form seen in debug output (Fortinet article 308115)."""
    return _digest("otp", serial).hex()[:40]


def activation_code(serial: str, count: int) -> str:
    """Return a made-up activation code: 16 characters A-Z and 2-7. [fact: activation-code-form]"""
    return "".join(_BASE32[byte % 32] for byte in _digest("code", serial, count)[:16])


class Vault:
    """Every secret that the unit holds or has ever printed."""

    def __init__(self) -> None:
        self.values: set[str] = set()
        self._encryptions = 0

    def add(self, value: str | None) -> str:
        """Remember a secret and return it."""
        if value:
            self.values.add(value)
        return value or ""

    def encrypt(self, value: str, again: bool) -> str:
        """Return the base64 text printed behind ``ENC``; with *again* it differs at each call, as on a unit.

        [fact: enc-changes]
        """
        if again:
            self._encryptions += 1
        return self.add(base64.b64encode(_digest("enc", value, self._encryptions)[:36]).decode())

    def mask(self, line: str) -> str:
        """Return *line* with every word that is a secret replaced by its hash."""
        return "".join(masked(part) if part in self.values else part for part in _SEPARATORS.split(line))
