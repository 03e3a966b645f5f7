# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the console needs of a line to a unit. The SSH terminal and the tests' units provide it.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

from typing import Protocol


class Transport(Protocol):
    """A byte pipe to a unit's terminal."""

    def send(self, data: bytes) -> None:
        """Write all of ``data``. Raises OSError or EOFError when the line is gone."""

    def recv(self, timeout: float) -> bytes | None:
        """Return what arrived within ``timeout`` seconds, None if nothing did, ``b""`` when the far end has closed."""

    def close(self) -> None:
        """End the line."""
