#!/usr/bin/python
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: fortitoken_facts
short_description: Read a FortiGate's FortiTokens, who holds them, and what is wrong with each
version_added: 1.0.0
author: FortiOps contributors (@fortiops)
description:
  - Reads the unit, its management, its connection to the token server, every FortiToken from both sides (the
    configuration and C(diagnose fortitoken info)), and every user and administrator who holds one.
  - Gives each token a verdict with its reason, and the remedy in plain words.
  - Changes nothing. The number of exchanges with the unit does not depend on the number of tokens, users or VDOMs.
options:
  serials:
    description: Return only these tokens. A serial that the unit does not have is an error.
    type: list
    elements: str
    default: []
  query:
    description:
      - A JMESPath expression over the facts. The facts then hold only RV(ansible_facts.fortitoken.unit),
        RV(ansible_facts.fortitoken.summary) and RV(ansible_facts.fortitoken.query_result), so that a play on a unit
        with many tokens carries only what it asked for.
    type: str
  ping:
    description:
      - Whether to ping Fortinet's servers from the unit (step 1 of article 194508). Each takes the unit about five
        seconds.
      - V(always) also reads the rest of that article's preflight, which is what C(diagnose test
        application forticldd 7) prints, and whether debugging is on. What the unit refuses of it is C(null).
      - V(auto) pings only where the unit does not know the state of its token server.
    type: str
    choices: [always, auto, never]
    default: always
  provision:
    description: Whether verdicts are made for a run that sends new activation codes to users of mobile tokens.
    type: bool
    default: false
  journal:
    description:
      - The journal file of the unit, if a run may have been interrupted. Tokens that it names count as known, with who
        held them.
    type: path
    default: ''
  save_to:
    description:
      - Also write the whole facts, whatever O(query) says, as JSON into this file on the controller (mode 0600).
      - In check mode too, because nothing on the unit is changed by it.
    type: path
extends_documentation_fragment:
  - fortiops.fortitoken._fortitoken
  - fortiops.fortitoken._fortitoken.triage
requirements:
  - jmespath >= 1.0.0 (for O(query))
attributes:
  check_mode:
    support: full
    details: This module never changes the unit.
  diff_mode:
    support: N/A
    details: This module never changes the unit.
  idempotent:
    support: full
  facts:
    description: Action returns an C(ansible_facts) dictionary that will update existing host facts.
    support: full
"""

EXAMPLES = r"""
- name: Read everything
  fortiops.fortitoken.fortitoken_facts:

- name: Which tokens need a ticket with Fortinet?
  fortiops.fortitoken.fortitoken_facts:
    query: "tokens[?verdict=='needs_lock_release'].{serial: serial, holders: bindings[].name}"

- name: Show them
  ansible.builtin.debug:
    var: ansible_facts.fortitoken.query_result
"""

RETURN = r"""
reading:
  description: A different text for each reading, so that a play can tell what belongs to it.
  returned: always
  type: str
  sample: 0f8fad5bd9cb469fa165708677289500
unfinished:
  description: Whether there is a journal file, with work that an interrupted run has left.
  returned: always
  type: bool
  sample: false
ansible_facts:
  description: The facts.
  returned: always
  type: dict
  contains:
    fortitoken:
      description: All that is known of the unit's FortiTokens.
      returned: always
      type: dict
      contains:
        unit:
          description:
            - The unit, and the gates that must be open before anything on it is changed.
            - C(rights) begins with V(read-write), V(read), V(none) or V(unknown); behind a semicolon follow the kinds
              of commands that the account is refused, and C(super_admin hidden) where the unit does not show it the
              administrators with that profile.
          returned: always
          type: dict
          sample:
            hostname: FGT-A
            serial: FGT60FTK20012345
            model: FortiGate-60F
            version: 7.4.8
            build: '2795'
            vdom_mode: none
            vdoms: [root]
            ha: {mode: standalone, role: standalone, members: []}
            user: fortitoken
            read_only: false
            rights: read-write
            admins_known: true
            cfg_save: automatic
            transactions: true
            debug_left_on: []
            gates:
              - {name: token_server, state: passed, message: The token server is reachable., remedy: ''}
        management:
          description:
            - Who manages the unit. C(by) is V(fortimanager), V(fortigate_cloud), V(none), or V(unknown) where the unit
              does not show it. C(type) is the configured text; with V(fortimanager) and no address it means nobody.
          returned: when O(query) is not given
          type: dict
          sample: {type: fortiguard, manager: '', managed: false, by: fortigate_cloud}
        connectivity:
          description:
            - The token server's state as the unit reports it, and with O(ping=always) the preflight.
            - A ping whose C(resolved) is V(false) failed because of the name, not because of the way. It is C(null)
              where the unit's answer does not tell.
            - C(forticldd) is raw text. C(email) is the server by which mails with activation codes leave; its port and
              security are empty where they have their defaults.
          returned: when O(query) is not given
          type: dict
          sample:
            token_server: reachable
            pings:
              - {host: fds1.fortinet.com, resolved: true, sent: 5, received: 5, loss_percent: 0}
            forticldd: "forticldd token service: ..."
            email: {configured: true, server: mail.example.com, port: '587', security: starttls, authenticate: true}
        tokens:
          description:
            - Every token. The status is C(null) where the status list has no row for it.
            - C(held_before) stands beside C(bindings) where an open journal knows of holders, or of their status, from
              before an interrupted run.
            - C(undeliverable) tells of a mobile token that waits for an activation code what keeps the code from its
              holder, such as a missing mail server or C(email-to). Such a code is not asked for.
          returned: when O(query) is not given
          type: list
          elements: dict
          sample:
            - serial: FTK200BAA0000001
              kind: hardware
              model: FTK200
              vdom: root
              status: token already activated, and seed won't be returned
              seed: true
              license: ''
              comments: reception desk
              locked: false
              present: both
              bindings: [{type: user, name: jdoe, vdom: root, two_factor: fortitoken, status: enable}]
              verdict: needs_lock_release
              reason: It holds a seed but shows an error, and nobody has stated that the lock is released.
              remedy: Open a ticket with Fortinet TAC to release the activation lock of this serial.
              action: none
              undeliverable: []
        summary:
          description: How many tokens have which verdict.
          returned: always
          type: dict
          sample: {healthy: 9, needs_lock_release: 3}
        query_result:
          description: What O(query) found.
          returned: when O(query) is given
          type: raw
          sample: [{serial: FTK200BAA0000001, holders: [jdoe]}]
"""

import uuid
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _files
from ansible_collections.fortiops.fortitoken.plugins.module_utils import _runner as _module
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import assessment as _facts

try:
    import jmespath
except ImportError:
    jmespath = None  # type: ignore[assignment]

RECENT_SECONDS = 300.0


def _compiled(module: _module.Module) -> Any:
    """The query, or None. Fails the module for one that cannot be parsed."""
    if not module.params["query"]:
        return None
    if jmespath is None:
        module.fail_json(msg=missing_required_lib("jmespath", reason="for the option query"))
    try:
        return jmespath.compile(module.params["query"])
    except jmespath.exceptions.JMESPathError as error:
        module.fail_json(
            msg=f"query: this is no JMESPath expression: {error} See https://jmespath.org. The unit was not contacted."
        )


ARGS: dict[str, dict[str, Any]] = {
    "serials": {"type": "list", "elements": "str", "default": []},
    "query": {"type": "str"},
    "ping": {"type": "str", "choices": ["always", "auto", "never"], "default": "always"},
    "provision": {"type": "bool", "default": False},
    "journal": {"type": "path", "default": ""},
    "save_to": {"type": "path"},
    **_module.TRIAGE_ARGS,
}


def perform(module: _module.Module) -> None:
    wanted = _module.serials(module)
    _module.policy(module, login="")
    query = _compiled(module)

    def body(console: Console, result: dict[str, Any]) -> None:
        reading = _module.Reading(module, console, RECENT_SECONDS, module.params["ping"], changing=False)
        reading.require_known(wanted)
        facts = _facts.assemble(reading.inventory, reading.findings, reading.gates, wanted, reading.plain)
        if reading.journal.debug:
            # Levels that an interrupted run has left are nobody else's.
            facts["unit"]["debug_left_on"] = []
        if module.params["save_to"]:
            try:
                _files.save_json(module.params["save_to"], facts)
            except OSError as error:
                module.fail_json(
                    msg=f"save_to: {module.params['save_to']} cannot be written: {error.strerror or error}. Nothing was"
                    " changed on the unit. Make room, or give another file."
                )
        if query is not None:
            try:
                found = query.search(facts)
            except jmespath.exceptions.JMESPathError as error:
                module.fail_json(msg=f"query: {error}")
            facts = {"unit": facts["unit"], "summary": facts["summary"], "query_result": found}
        del result["changed"]
        # Tells the results of one reading from those of another in the same play.
        result["reading"] = uuid.uuid4().hex
        result["unfinished"] = reading.unfinished
        result["ansible_facts"] = {"fortitoken": facts}

    _module.run(module, body)


def main() -> None:
    perform(AnsibleModule(argument_spec=ARGS, supports_check_mode=True))


if __name__ == "__main__":
    main()
