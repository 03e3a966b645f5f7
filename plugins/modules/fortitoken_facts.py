#!/usr/bin/python
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: fortitoken_facts
short_description: Read a FortiGate's FortiTokens, their users, and what is wrong with each
version_added: 1.0.0
author: FortiOps contributors (@fortiops)
description:
  - Reads the unit, its management, its connection to the token server, every FortiToken from both sides (the
    configuration and C(diagnose fortitoken info)), and every user and administrator who has one.
  - Gives each token a verdict with its reason, and the remedy in plain words.
  - Also tells what may be wrong besides the tokens (RV(ansible_facts.fortitoken.findings)), such as lines that a
    restore lost, a wrong clock, or a user who gets in without the second factor.
  - Changes nothing. What the account cannot read is named, and nothing is guessed. The number of exchanges
    with the unit does not depend on the number of tokens, users or VDOMs.
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
        application forticldd 7) prints, and whether debugging is on. It also reads the unit's clock, NTP and table
        sizes. What the unit refuses of it is C(null).
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
        used them.
    type: path
    default: ''
  cloud:
    description:
      - Also read what the unit says of FortiToken Cloud (C(execute fortitoken-cloud show)) and, for each license,
        whether it may be migrated there (C(diagnose fortitoken-cloud migrate-ftm show)). Nothing is migrated.
    type: bool
    default: false
  save_to:
    description:
      - Also write the whole facts, whatever O(query) says, as JSON into this file on the controller (mode 0600).
      - In check mode too, because nothing on the unit is changed by it.
    type: path
extends_documentation_fragment:
  - fortiops.fortitoken._fortitoken
  - fortiops.fortitoken._fortitoken.move
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
    query: "tokens[?verdict=='needs_lock_release'].{serial: serial, users: bindings[].name}"

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
            - C(rights) is V(read-write), V(read), V(none) or V(unknown). C(rights_closed) lists the kinds of commands
              that the account is refused. C(super_admin_hidden) tells that the unit does not show it the administrators
              with that profile.
            - C(confined_to) is the only VDOM of an account that has no global scope. C(unseen) lists what could not be
              read, and the line of the access profile that would show it.
            - C(surroundings) is what may be wrong besides the tokens. C(null) stands for what was not asked or not
              understood. No value of a lost line is kept.
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
            rights_closed: []
            super_admin_hidden: false
            confined_to: ''
            unseen: []
            admins_known: true
            cfg_save: automatic
            transactions: true
            debug_left_on: []
            surroundings:
              lost_lines: []
              private_data_encryption: false
              ntp: {enabled: true, synchronized: true}
              clock: {text: '2026-03-30 04:10:03', skew: 0.4}
              tables: {user.fortitoken: {per_vdom: 500, per_unit: 500, used: 12}}
            gates:
              - {name: token_server, state: passed, message: The token server is reachable., remedy: ''}
        management:
          description:
            - What manages the unit. C(by) is V(fortimanager), V(fortigate_cloud), V(none), or V(unknown) where the unit
              does not show it or prints an unknown word. C(type) is the configured text, V(default) where
              none is printed.
          returned: when O(query) is not given
          type: dict
          sample: {type: fortiguard, manager: '', managed: false, by: fortigate_cloud}
        connectivity:
          description:
            - The token server's state as the unit reports it, and with O(ping=always) the preflight.
            - A ping whose C(resolved) is V(false) failed because of the name, not the connection. It is C(null)
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
            - C(held_before) is added to C(bindings) where an open journal knows of users, or of their status, from
              before an interrupted run.
            - C(action) is what a run would do. C(blocked_by) tells why it is V(none) although the verdict has an
              action; C(remedy) then says what to do first. It is V(line_break), V(secret), V(other_factor),
              V(own_account), V(administrator), V(delivery), V(side_door) or empty.
            - C(proof) is V(shown) where only a status is known, V(refuted) where there is evidence against the token.
            - C(undeliverable) tells of a mobile token that waits for an activation code what keeps the code from its
              user, such as a missing mail server or C(email-to). Such a code is not requested.
          returned: when O(query) is not given
          type: list
          elements: dict
          sample:
            - serial: FTK200BAA0000001
              kind: hardware
              model: FTK200
              vdom: root
              status: token already activated, and seed won't be returned
              drift: 0
              seed: true
              license: ''
              comments: reception desk
              locked: false
              present: both
              bindings: [{type: user, name: jdoe, vdom: root, two_factor: fortitoken, status: enable}]
              verdict: needs_lock_release
              reason: It holds a seed but shows an error, and the lock is not known to be released.
              remedy: Open a ticket with Fortinet TAC to release the activation lock of this serial.
              action: none
              blocked_by: ''
              proof: refuted
              undeliverable: []
        findings:
          description:
            - What is wrong, or noteworthy, besides single tokens, in the form of the findings of
              M(fortiops.fortitoken.fortitoken_debug).
          returned: when O(query) is not given
          type: list
          elements: dict
          sample:
            - id: ntp
              severity: warning
              title: The unit does not synchronize its clock
              detail: "Codes depend on the time: on a unit whose clock is wrong, good tokens are refused."
              certainty: seen
              actor: Firewall administrator
              remedy: Switch NTP on ('config system ntp', 'set ntpsync enable').
              source: Fortinet articles 189574 and 993411
              serials: []
              evidence: []
              count: 1
        side_doors:
          description:
            - The users of tokens to be replaced whom a group would let in with only a password meanwhile. C(included)
              tells whether O(remote_users=include) lets a run replace the token.
          returned: when O(query) is not given
          type: list
          elements: dict
          sample:
            - serial: FTK200BAA0000001
              name: jdoe
              vdom: root
              type: ldap
              server: ldap1
              groups: [vpn-users]
              groups_unread: false
              included: false
        cloud:
          description:
            - What the unit says of FortiToken Cloud in C(status), and of each license in C(licenses). C(eligible) is
              empty where the answer does not tell.
          returned: when O(cloud=true) and O(query) is not given
          type: dict
          sample:
            status: 'FortiToken Cloud service status: not licensed.'
            licenses: {EFTM000000000001: {eligible: true, text: License EFTM000000000001 is eligible for migration.}}
        moves:
          description:
            - What O(token_map) means for each user. C(old) is the token that the user has, or had by the O(baseline),
              and C(new) the one that the user would get.
            - Where C(new) is empty, nothing would be done. C(cause) says why in a word, such as C(no_token), and
              C(reason) in words.
          returned: when O(query) is not given
          type: list
          elements: dict
          sample:
            - {name: jdoe, vdom: root, old: FTKMOBEXAMPLE001, new: FTKMOBEXAMPLE101, cause: '', reason: ''}
        moved:
          description: The accounts whose second factor now comes from FortiToken Cloud. They lost nothing.
          returned: when O(query) is not given
          type: list
          elements: dict
          sample: [{type: user, name: asmith, vdom: root}]
        summary:
          description: How many tokens have which verdict.
          returned: always
          type: dict
          sample: {healthy: 9, needs_lock_release: 3}
        query_result:
          description: What O(query) found.
          returned: when O(query) is given
          type: raw
          sample: [{serial: FTK200BAA0000001, users: [jdoe]}]
"""

import uuid
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _files, _remediation, _runner
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.cloud import read_cloud
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import assessment

try:
    import jmespath
except ImportError:
    jmespath = None  # type: ignore[assignment]

RECENT_SECONDS = 300.0


def _compiled(module: _runner.Module) -> Any:
    """Return the query, or None. Fails the module for one that cannot be parsed."""
    if not module.params["query"]:
        return None
    if jmespath is None:
        module.fail_json(msg=missing_required_lib("jmespath", reason="for the option query"))
    try:
        return jmespath.compile(module.params["query"])
    except jmespath.exceptions.JMESPathError as error:
        module.fail_json(
            msg=f"query: not a JMESPath expression: {error} See https://jmespath.org. The unit was not contacted."
        )


ARGS: dict[str, dict[str, Any]] = {
    "serials": {"type": "list", "elements": "str", "default": []},
    "query": {"type": "str"},
    "ping": {"type": "str", "choices": ["always", "auto", "never"], "default": "always"},
    "provision": {"type": "bool", "default": False},
    "journal": {"type": "path", "default": ""},
    "cloud": {"type": "bool", "default": False},
    "save_to": {"type": "path"},
    **_remediation.MOVE_ARGS,
    **_runner.TRIAGE_ARGS,
}


def perform(module: _runner.Module) -> None:
    wanted = _runner.serials(module)
    _runner.policy(module, login="")
    query = _compiled(module)
    wish = _remediation.wish(module, wanted)

    def body(console: Console, result: dict[str, Any]) -> None:
        reading = _runner.Reading(
            module,
            console,
            RECENT_SECONDS,
            module.params["ping"],
            changing=False,
            baseline_licenses=wish.baseline.licenses,
        )
        reading.require_known([serial for serial in wanted if serial not in wish.baseline.serials])
        facts = assessment.assemble(reading.inventory, reading.findings, reading.gates, wanted, reading.plain)
        facts["moves"] = _remediation.moves(reading, module, wish)
        if reading.journal.debug:
            # An interrupted run left these levels on, so they are reported to no one.
            facts["unit"]["debug_left_on"] = []
        if module.params["cloud"]:
            facts["cloud"] = read_cloud(console, reading.unit, [str(token["license"]) for token in facts["tokens"]])
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

    _runner.run(module, body)


def main() -> None:
    perform(AnsibleModule(argument_spec=ARGS, supports_check_mode=True))


if __name__ == "__main__":
    main()
