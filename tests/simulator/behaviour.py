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

    # None: by version, 6.2 and later have workspace mode.
    transactions: bool | None = None
    # Real seconds in a minute of a transaction's time limit.
    transaction_minute: float = 60.0
    # Whether a lost session's transaction keeps its locks until its time is over (so yurisk.info, 2022-04-04) or is
    # dropped at once.
    transaction_lingers: bool = False
    # Whether a token that is not active can be bound: accept or refuse.
    bind_inactive: str = "accept"
    # Whether the deletion of a token that only an administrator holds is refused.
    admin_holds_token: bool = False
    seeds_shown: bool = True
    # enc `set seed ENC x`, quoted `set seed "x"`, quoted_enc `set seed "ENC x"`.
    seed_style: str = "enc"
    # Whether `show` in a transaction shows what the transaction holds back.
    transaction_shown: bool = True
    # By what a token's holders are counted when it is deleted in a transaction: pending or committed configuration.
    holders_counted: str = "pending"
    # Whether `unset two-factor` also clears `fortitoken`.
    unset_two_factor_clears_token: bool = True
    # Whether `ENC` texts differ at each `show`.
    reencrypt: bool = True
    # Attributes of a user that the unit forgets together with the second factor. That `username-sensitivity` exists
    # only with one is known (articles 243171 and 197737), that it is forgotten is not.
    forgotten_with_two_factor: list[str] = field(
        default_factory=lambda: ["username-sensitivity", "username-case-sensitivity"]
    )
    # What `execute fortitoken activate` does to a token that has a seed and whose lock is released: seed (a new one),
    # refused (`token already activated, ...`, the lock stays released), spent (the same, and the lock is taken).
    # Articles 194508 and 232153 disagree.
    in_place: str = "seed"
    # What `execute config-transaction start` prints: `config transaction (id=1) started`, or nothing.
    transaction_answers: bool = True
    # How `diagnose sys config-transaction show txn-cli-commands` lists what is pending: typed (the accepted lines), net
    # (only what differs), or refused (not known).
    transaction_listing: str = "typed"
    # Whether `diagnose sys cmdb refcnt` is known; None: by version, 6.4.4 and later.
    refcnt: bool | None = None
    # How a reference from a list of names is printed: child (`entry used by child table groups:name 'x' of table
    # firewall.policy:policyid '1'`) or table (`entry used by table firewall.policy:policyid '1'`).
    refcnt_style: str = "child"
    # Which lines end in a parse error, as said of FIPS-CC mode: none, debug (`diagnose debug ...`), or all
    # (`diagnose fortitoken debug ...` too).
    debug_refused: str = "none"
    # Settings that the unit refuses.
    refused: list[Refused] = field(default_factory=list)
    # How a word is refused that the access profile does not give: parse_error, unknown_action, or mixed (the latter
    # for whole kinds of commands).
    refusal: str = "mixed"
    # Whether the prompt of an account that is confined to one VDOM names that VDOM. Not public.
    home_in_prompt: bool = False
    # FIPS-CC mode: `diagnose debug` and `diagnose fortitoken debug` are refused (field report).
    fips_cc: bool = False
