# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an activation code can reach the user of a mobile token, and what is missing if not. Pure.

The unit sends the code by text message where the user has a phone number, else by mail (Fortinet article 194574); a
mail needs a server in `system email-server` (article 194508). [fact: mobile-code-channel] [fact: email-server-form]

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Account, Inventory, Token


class Delivery:
    """The ways from a unit to the users of its tokens."""

    def __init__(self, inventory: Inventory) -> None:
        self._server = inventory.unit.mail_server
        self._accounts = {(account.type, account.vdom, account.name): account for account in inventory.accounts}

    def missing(self, token: Token) -> list[str]:
        """Return what keeps a code from its user, in words; empty where nothing is known to. A mail server that was not
        read counts as one that is there."""
        if not token.bindings:
            return ["the token is unassigned"]
        accounts = (self._accounts.get((each.type, each.vdom, each.name)) for each in token.bindings)
        return [missing for account in accounts if account is not None and (missing := self.missing_for(account))]

    def missing_for(self, account: Account) -> str:
        """Return what keeps a code from an account, in words; empty where nothing is known to."""
        if account.phone:
            return ""
        if not account.email:
            return f"{account.describe()} has neither email-to nor sms-phone"
        if self._server is not None and not self._server.server:
            return (
                f"{account.describe()} has no sms-phone, and the unit has no mail server ('config system email-server')"
            )
        return ""
