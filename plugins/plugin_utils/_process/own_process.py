# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives each inventory name a persistent process of its own.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

from typing import Any


class OwnProcess:
    """A part of connection plugins; they are NetworkConnectionBase as well."""

    _play_context: Any
    _connected: bool
    _socket_path: Any
    _update_connection_state: Any

    def _take_own_process(self, name: str) -> None:
        """Have a session process for this inventory name alone.

        Ansible shares one among all hosts with the same address, port, user and connection: they would share debug
        output, clean-ups and locks, and end each other's requests. The address in the play context only names the
        process; the plugin takes the unit's address from its own option.
        """
        context = self._play_context
        address = context.remote_addr
        if name and address and address != name and not address.endswith(f"#{name}"):
            context.remote_addr = f"{address}#{name}"
            self._connected = False
            self._socket_path = None
            self._update_connection_state()
