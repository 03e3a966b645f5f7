# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which fact of the ledger a deviation speaks about."""

from __future__ import annotations

import re

#: Beginning of a deviation and the fact that it refutes or decides; the first that fits counts.
_FACTS = (
    ("prompt: ", "[fact: prompt-forms]"),
    ("echo: ", "[fact: line-ends]"),
    ("answer: no prompt follows ", "[fact: prompt-forms]"),
    ("context: .*~", "[fact: context-cut]"),
    ("status: ", "[fact: status-list]"),
    ("status list: the token server ", "[fact: status-server]"),
    ("status list: (no line|a line) ", "[fact: status-trailer]"),
    ("status list: ", "[fact: status-list-bytes]"),
    ("configuration: 'user fortitoken' has an attribute ", "[fact: token-attributes]"),
    ("configuration: a seed ", "[fact: seed-form]"),
    ("configuration: .* shows no ", "[fact: show-without-defaults]"),
    ("system status: the HA mode ", "[fact: ha-mode-line]"),
    ("system status: the virtual domain ", "[fact: vdom-words]"),
    ("system status: ", "[fact: system-status-form]"),
    ("output: 'execute fortitoken activate", "[fact: activate-output]"),
    ("output: 'execute fortitoken-mobile ", "[fact: mobile-silent]"),
    ("output: 'execute config-transaction start", "[fact: txn-start-answer]"),
    ("output: 'execute config-transaction ", "[fact: txn-commit-answer]"),
    ("output: 'diagnose sys config-transaction show txn-cli", "[fact: txn-pending-commands]"),
    ("[a-z]+: 'diagnose sys config-transaction ", "[fact: txn-views]"),
    ("[a-z]+: 'execute config-transaction ", "[fact: txn-since]"),
    ("[a-z]+: 'diagnose sys cmdb refcnt ", "[fact: refcnt-command]"),
    ("[a-z]+: 'diagnose test application forticldd", "[fact: forticldd-7]"),
    ("[a-z]+: 'diagnose debug info", "[fact: debug-info]"),
    ("[a-z]+: 'print tablesize", "[fact: table-sizes]"),
    ("[a-z]+: 'execute log ", "[fact: log-display]"),
    ("[a-z]+: 'diagnose sys ntp ", "[fact: ntp-status]"),
)


def with_fact(text: str) -> str:
    """Return a deviation with the fact that it speaks about behind it, where there is one."""
    found = next((fact for start, fact in _FACTS if re.match(start, text)), "")
    return f"{text} {found}".rstrip()
