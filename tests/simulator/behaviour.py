# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not known of real units, or differs between them: each a setting of the scenario."""

from __future__ import annotations

from dataclasses import dataclass, field

from .conditions import Refused


@dataclass
class Behaviour:
    """Things about which the public sources are silent or differ between versions."""

    # None: by version, 6.2 and later have workspace mode. [fact: txn-since]
    transactions: bool | None = None
    # Real seconds in a minute of a transaction's time limit.
    transaction_minute: float = 60.0
    # Whether a lost session's transaction keeps its locks until its time is over (so yurisk.info, 2022-04-04) or is
    # dropped at once. [fact: txn-dropped-on-expiry]
    transaction_lingers: bool = True
    # Whether a token that is not active can be bound: accept or refuse. [fact: bind-inactive]
    bind_inactive: str = "accept"
    # Whether the deletion of a token that only an administrator holds is refused. [fact: admin-token-unchecked]
    admin_holds_token: bool = False
    # [fact: seed-hidden]
    seeds_shown: bool = True
    # enc `set seed ENC x`, quoted `set seed "x"`, quoted_enc `set seed "ENC x"`. [fact: seed-form]
    seed_style: str = "enc"
    # Whether `show` in a transaction shows what the transaction holds back. [fact: txn-shown-inside]
    transaction_shown: bool = True
    # By what a token's holders are counted when it is deleted in a transaction: pending or committed configuration.
    # [fact: txn-users-counted]
    holders_counted: str = "pending"
    # Whether `unset two-factor` also clears `fortitoken`. [fact: two-factor-clears-token]
    unset_two_factor_clears_token: bool = True
    # Whether `ENC` texts differ at each `show`. [fact: enc-changes]
    reencrypt: bool = True
    # Attributes of a user that the unit forgets together with the second factor. That `username-sensitivity` exists
    # only with one is known (articles 243171 and 197737), that it is forgotten is not.
    # [fact: two-factor-forgets] [fact: username-sensitivity]
    forgotten_with_two_factor: list[str] = field(
        default_factory=lambda: ["username-sensitivity", "username-case-sensitivity"]
    )
    # What `execute fortitoken activate` does to a token that has a seed and whose lock is released: seed (a new one),
    # refused (`token already activated, ...`, the lock stays released), spent (the same, and the lock is taken).
    # Articles 194508 and 232153 disagree. [fact: activate-in-place]
    in_place: str = "seed"
    # What `execute config-transaction start` prints: `config transaction (id=1) started`, or nothing.
    # [fact: txn-start-answer]
    transaction_answers: bool = True
    # How `diagnose sys config-transaction show txn-cli-commands` lists what is pending: typed (the accepted lines), net
    # (only what differs), or refused (not known). [fact: txn-pending-form]
    transaction_listing: str = "typed"
    # Whether `diagnose sys cmdb refcnt` is known; None: by version, 6.4.4 and later. [fact: refcnt-command]
    refcnt: bool | None = None
    # How a reference from a list of names is printed: child (`entry used by child table groups:name 'x' of table
    # firewall.policy:policyid '1'`) or table (`entry used by table firewall.policy:policyid '1'`).
    refcnt_style: str = "child"
    # Which lines end in a parse error, as said of FIPS-CC mode: none, debug (`diagnose debug ...`), or all
    # (`diagnose fortitoken debug ...` too). [fact: debug-refused]
    debug_refused: str = "none"
    # Settings that the unit refuses.
    refused: list[Refused] = field(default_factory=list)
    # How a word is refused that the access profile does not give: parse_error, unknown_action, or mixed (the latter
    # for whole kinds of commands). [fact: rights-refusal]
    refusal: str = "mixed"
    # Whether the prompt of an account that is confined to one VDOM names that VDOM. Not public.
    # [fact: prompt-home-vdom]
    home_in_prompt: bool = False
    # FIPS-CC mode: `diagnose debug` and `diagnose fortitoken debug` are refused (field report). [fact: debug-refused]
    fips_cc: bool = False
