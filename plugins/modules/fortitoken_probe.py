#!/usr/bin/python
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: fortitoken_probe
short_description: Ask a unit what the makers of this collection do not know, changing nothing
version_added: 2.0.0
author: FortiOps contributors (@fortiops)
description:
  - Types lines that only look, so that a recording (O(fortiops.fortitoken.fortios_cli#connection:record)) holds the
    answers that are wanted most. These are the syntax of C(execute fortitoken), C(diagnose test application forticldd
    7), the list of statuses, table sizes, entries 32155 to 32160 of the event log, and the prompt of each scope.
  - On FortiOS 6.2 and later, an empty transaction is started, looked at and dropped. It holds no change.
  - A line that the unit refuses is an answer, too, and no error.
  - The syntax is asked with C(tree). A C(?) is typed in the middle of a line that must not be run, and nothing public
    says by which key a unit erases that line.
options:
  vdoms:
    description: Use only these VDOMs; nothing else is entered. Without it, all that can be entered.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - fortiops.fortitoken._fortitoken
attributes:
  check_mode:
    support: full
    details: No transaction is started in check mode.
  diff_mode:
    support: N/A
    details: This module never changes the unit.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Record what this unit answers
  fortiops.fortitoken.fortitoken_probe:
  vars:
    ansible_fortios_record: recordings
"""

RETURN = r"""
answers:
  description: Each line with its scope, the number of lines that were printed, and the refusal, or an empty text.
  returned: always
  type: list
  elements: dict
  sample:
    - {scope: global, line: print tablesize, printed: 212, refused: ''}
left_out:
  description: VDOMs that cannot be entered, with the reason.
  returned: always
  type: dict
  sample: {}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _runner
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.script import ABORT, START
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.asking import run_where_possible
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import GLOBAL, Unit
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import identify, select_vdoms
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console

#: `tree` prints the syntax below a command (Administration Guide, "CLI basics"; that it takes arguments is inferred).
#: [fact: tree-syntax] [fact: activate-output]
SYNTAX = ("tree execute fortitoken", "tree execute fortitoken-mobile")
# [fact: forticldd-7] [fact: table-sizes-token]
ONCE = (
    "get system status",
    "get system ha status",
    "diagnose test application forticldd 7",
    "diagnose sys ntp status",
    "diagnose debug config-error-log read",
    "print tablesize",
    *SYNTAX,
)
#: Activation requested, successful and failed, push messages, and what lies between them (FortiOS log reference).
#: [fact: log-activation-ids] [fact: log-texts]
LOG_IDS = range(32155, 32161)
# [fact: seed-form] [fact: status-list-bytes]
IN_EACH_VDOM = (
    "show user fortitoken",
    "diagnose fortitoken info",
    *(
        line
        for number in LOG_IDS
        for line in (
            "execute log filter reset",
            "execute log filter category event",
            f"execute log filter field logid 01000{number}",
            "execute log display",
        )
    ),
    "execute log filter reset",
)
#: Article 226126 names them without their answers. [fact: txn-views] [fact: txn-start-answer]
VIEWS = ("txn-meta", "txn-info", "txn-lock", "txn-entity", "txn-cli-commands")
TRANSACTION = (
    START,
    "diagnose sys config-transaction status",
    *(f"diagnose sys config-transaction show {view}" for view in VIEWS),
    ABORT,
)
CLEANUP = "probe"


def told(scope: str, answers: list[Answer]) -> list[dict[str, Any]]:
    """Return what is said of each answer; the text itself is in the recording."""
    return [
        {
            "scope": scope,
            "line": answer.line,
            "printed": len(answer.output.split("\n")) if answer.output else 0,
            "refused": str(answer.fault) if answer.fault else "",
        }
        for answer in answers
    ]


def look_at_transaction(console: Console, unit: Unit) -> list[dict[str, Any]]:
    """Start an empty transaction, look at it, and drop it, whatever happens to the session."""
    drop = [Batch((ABORT,))]
    console.register_cleanup(CLEANUP, drop)
    [answers] = console.run([Batch(TRANSACTION)])
    console.unregister_cleanup(CLEANUP)
    return told(unit.scope(GLOBAL), answers)


ARGS: dict[str, dict[str, Any]] = {"vdoms": {"type": "list", "elements": "str", "default": []}}


def perform(module: _runner.Module) -> None:
    def body(console: Console, result: dict[str, Any]) -> None:
        unit = identify(console)
        vdoms = select_vdoms(unit, [name.strip() for name in module.params["vdoms"] if name.strip()])
        scopes: list[tuple[str, tuple[str, ...]]] = [
            (GLOBAL if not unit.confined_to else unit.scope(unit.confined_to), ONCE)
        ]
        scopes += [(unit.scope(vdom), IN_EACH_VDOM) for vdom in vdoms]
        groups, left_out = run_where_possible(console, [Batch(lines, scope) for scope, lines in scopes])
        answers = [row for (scope, _lines), group in zip(scopes, groups, strict=True) for row in told(scope, group)]
        if unit.transactions and not module.check_mode:
            answers += look_at_transaction(console, unit)
        result.update(answers=answers, left_out=left_out)

    _runner.run(module, body)


def main() -> None:
    perform(AnsibleModule(argument_spec=ARGS, supports_check_mode=True))


if __name__ == "__main__":
    main()
