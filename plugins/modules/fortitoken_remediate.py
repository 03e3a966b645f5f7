#!/usr/bin/python
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: fortitoken_remediate
short_description: Repair FortiTokens after a migration, in waves
version_added: 2.0.0
author: FortiOps contributors (@fortiops)
description:
  - Deletes hardware tokens whose seed is useless and adds them again, activates those that have no seed, and gives each
    token back to its user (Fortinet article 194508), in waves. Each wave is deleted, added again, awaited until every
    token has its seed, and given back before the next one starts.
  - No command shows whether Fortinet has released the activation lock of a token. So the first wave is small, and
    prefers an unassigned token. If more than O(max_failures) of a wave fails, nothing more is begun, and all other
    tokens stay bound and untouched. A false claim costs one token, not all.
  - What was refused is remembered next to the O(journal) and not requested again, until O(retry_refused=true). A second
    run changes nothing.
  - Finishes what an interrupted run has begun, before anything else. That counts as a wave of its own.
  - M(fortiops.fortitoken.fortitoken_purge) and M(fortiops.fortitoken.fortitoken_activate) do the same in two steps.
options:
  serials:
    description:
      - The tokens to repair. Without it, all tokens of the unit that need it.
      - A token that needs nothing, or that no command can help, is left alone.
    type: list
    elements: str
    default: []
  journal:
    description:
      - File on the controller in which is written down, before any change, what is needed to finish or undo it.
      - Set to an empty string to run without a journal; then an interrupted run cannot be finished, and what was
        refused is not remembered.
    type: path
    required: true
  waves:
    description:
      - How many tokens are changed together, as numbers or percentages of all tokens that are due; the rest follows as
        the last wave. Written like C(serial) of a play.
      - An empty list changes all tokens at once.
    type: list
    elements: str
    default: ['1', '20']
  max_failures:
    description:
      - The share of a wave that may fail, as a percentage. If more of it fails, nothing more is begun.
      - In a wave of one token, that token may not fail unless this is V(100%).
    type: str
    default: 10%
  way:
    description:
      - V(reimport) deletes a token that holds a seed and adds it again, which is itself the activation (article
        194508).
      - V(in_place) only requests its activation (C(execute fortitoken activate), article 232153). Nothing is deleted
        and no user is unbound. It is tried on the first wave; only if that works, the others are done the same way.
      - V(in_place) is unproven. The two articles disagree, and it is not known which of the two ways repairs a token
        that shows a seed. It is refused on a unit that does not show seeds. If you try it, please send a recording.
    type: str
    choices: [reimport, in_place]
    default: reimport
  timeout:
    description: For how many seconds to wait for the activations of each wave.
    type: int
    default: 300
  max_deletions:
    description: Refuse to delete more tokens than this in one call.
    type: int
    default: 2500
extends_documentation_fragment:
  - fortiops.fortitoken._fortitoken
  - fortiops.fortitoken._fortitoken.codes
  - fortiops.fortitoken._fortitoken.move
  - fortiops.fortitoken._fortitoken.save_to
  - fortiops.fortitoken._fortitoken.strict
  - fortiops.fortitoken._fortitoken.triage
attributes:
  check_mode:
    support: full
    details: The plan is that of a run in which every wave works.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details: What works or is there is left alone, and what was refused is not requested again (needs a O(journal)).
"""

EXAMPLES = r"""
- name: Repair every token whose lock Fortinet has released
  fortiops.fortitoken.fortitoken_remediate:
    lock_released: [FTK200BAA0000001, FTK200BAA0000002]
    journal: ~/.fortitoken/journal/{{ inventory_hostname }}.json

- name: Try five tokens first, then a quarter, then the rest, and stop at the first failure
  fortiops.fortitoken.fortitoken_remediate:
    lock_released: [all]
    waves: [5, 25%]
    max_failures: 0%
    journal: ~/.fortitoken/journal/{{ inventory_hostname }}.json

- name: Continue with what was repaired, and decide in the play about the rest
  fortiops.fortitoken.fortitoken_remediate:
    lock_released: [all]
    strict: false
    journal: ~/.fortitoken/journal/{{ inventory_hostname }}.json
  register: remediation

- name: Show what is left
  ansible.builtin.debug:
    msg: "{{ remediation.results | selectattr('serial', 'in', remediation.failed_serials) }}"
"""

RETURN = r"""
commands:
  description: The changing CLI lines that were sent, or in check mode would be.
  returned: always
  type: list
  elements: str
  sample:
    - config user local
    - edit "jdoe"
    - set status disable
    - unset two-factor
    - next
    - end
    - config user fortitoken
    - delete "FTK200BAA0000001"
    - end
waves:
  description: The waves that were begun. Number 0 is what an interrupted run had begun.
  returned: always
  type: list
  elements: dict
  contains:
    number:
      description: Its number.
      type: int
      sample: 1
    serials:
      description: The tokens that it was planned with.
      type: list
      elements: str
      sample: [FTK200BAA0000001]
    requested:
      description: The hardware tokens whose activation was requested.
      type: list
      elements: str
      sample: [FTK200BAA0000001]
    failed:
      description: Those of them that do not work.
      type: list
      elements: str
      sample: []
  sample:
    - {number: 1, serials: [FTK200BAA0000001], requested: [FTK200BAA0000001], failed: []}
planned_waves:
  description: The serials of each wave, as planned.
  returned: always
  type: list
  elements: list
  sample: [[FTK200BAA0000001], [FTK200BAA0000002]]
stopped:
  description: Why nothing more was begun; empty where everything was.
  returned: always
  type: str
  sample: ''
stopped_cause:
  description:
    - The same in a word. V(release), where Fortinet's answer contradicts the claim; V(activation), where an activation
      failed otherwise or was not answered; V(binding), where a user did not get the token back; V(unit), where the unit
      is not as it was; V(move), where users did not get another token that works.
  returned: always
  type: str
  sample: ''
differences:
  description: What was not as expected when it was looked at directly before a change. It was left alone.
  returned: always
  type: list
  elements: dict
  sample: []
settings_lost:
  description: Token -> the settings of its entry that did not come back.
  returned: always
  type: dict
  sample: {}
incomplete_users:
  description: The users who hold their token again, lack other lines of their entry, and so stay disabled.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The user's name.
      type: str
      sample: jdoe
    vdom:
      description: The user's VDOM.
      type: str
      sample: root
    serial:
      description: The token.
      type: str
      sample: FTK200BAA0000001
    missing:
      description: The missing lines. A secret's value is not known.
      type: list
      elements: str
      sample: [set username-sensitivity disable]
  sample: []
untouched:
  description: The tokens that were not begun for that reason.
  returned: always
  type: list
  elements: str
  sample: []
claims:
  description: What was requested and refused, and is not requested again.
  returned: always
  type: list
  elements: dict
  contains:
    serial:
      description: The token's serial.
      type: str
      sample: FTK200BAA0000003
    since:
      description: When it was refused, in UTC.
      type: str
      sample: '2026-11-25T08:00:00Z'
    status:
      description: The status that the unit showed then.
      type: str
      sample: token already activated, and seed won't be returned
    because:
      description: The token whose refusal kept this one from being requested; empty where it was refused itself.
      type: str
      sample: ''
  sample: []
purged:
  description: The serials that were deleted, or in check mode would be.
  returned: always
  type: list
  elements: str
  sample: [FTK200BAA0000001]
refused:
  description: Tokens that the unit refused to delete, or that were not as planned any more. Their users have them.
  returned: always
  type: list
  elements: dict
  contains:
    serial:
      description: The token's serial.
      type: str
      sample: FTK200BAA0000002
    verdict:
      description: Its verdict.
      type: str
      sample: reimport
    reason:
      description: What the unit answered.
      type: str
      sample: "the unit refused 'delete \"FTK200BAA0000002\"': The entry is used by other 1 entries"
  sample: []
results:
  description: What became of each token.
  returned: always
  type: list
  elements: dict
  contains:
    serial:
      description: The token's serial.
      type: str
      sample: FTK200BAA0000001
    action:
      description:
        - What was done, V(readded), V(rebound), V(activated), V(provisioned), V(assigned) to a user in the place of
          another token, V(unassigned), or V(none).
      type: str
      sample: readded
    status:
      description: Its status on the unit afterwards.
      type: str
      sample: active
    settled:
      description: Whether the server has answered.
      type: bool
      sample: true
    message:
      description: For a token that did not reach its goal, why, and what is to be done.
      type: str
      sample: ''
  sample:
    - {serial: FTK200BAA0000001, action: readded, status: active, settled: true, message: ''}
moves:
  description:
    - The users that O(token_map) means. C(old) is the token that they had, C(new) the one that they have now.
    - Where C(new) is empty, nothing was changed. C(cause) says why in a word, and C(reason) in words.
  returned: always
  type: list
  elements: dict
  sample: [{name: jdoe, vdom: root, old: FTKMOBEXAMPLE001, new: FTKMOBEXAMPLE101, cause: '', reason: ''}]
failed_serials:
  description: The tokens that do not work, or that their users do not have back.
  returned: always
  type: list
  elements: str
  sample: []
entries:
  description: The deleted entries and their settings, for C(entries) of M(fortiops.fortitoken.fortitoken_activate).
  returned: always
  type: list
  elements: dict
  sample:
    - {serial: FTK200BAA0000001, vdom: root, settings: {comments: [reception desk]}}
bindings:
  description: Who held the deleted tokens, for C(bindings) of M(fortiops.fortitoken.fortitoken_activate).
  returned: always
  type: list
  elements: dict
  sample:
    - {serial: FTK200BAA0000001, type: user, name: jdoe, vdom: root, two_factor: fortitoken, status: enable}
licensed:
  description: The mobile tokens that appeared, or whose license or status changed, when O(license_codes) were redeemed.
  returned: always
  type: list
  elements: str
  sample: [FTKMOBEXAMPLE001]
license_results:
  description: What became of each code in O(license_codes), without the code.
  returned: always
  type: list
  elements: dict
  contains:
    number:
      description: The position of the code, from 1.
      type: int
      sample: 1
    total:
      description: How many codes were given.
      type: int
      sample: 2
    outcome:
      description: V(redeemed), V(refused) or V(unused).
      type: str
      sample: redeemed
    tokens:
      description: The tokens that it brought, or that work now.
      type: list
      elements: str
      sample: [FTKMOBEXAMPLE001]
    message:
      description: What the unit answered, or why the code was not used.
      type: str
      sample: ''
    remedy:
      description: The one thing to do about a refused code.
      type: str
      sample: ''
  sample:
    - {number: 1, total: 2, outcome: redeemed, tokens: [FTKMOBEXAMPLE001], message: '', remedy: ''}
    - number: 2
      total: 2
      outcome: unused
      tokens: []
      message: It is the same as license code 1.
      remedy: ''
license_errors:
  description: One text for each license code that was refused, without the code, and what to do about it.
  returned: always
  type: list
  elements: str
  sample: []
pending:
  description: The serials that were not settled when the time was up.
  returned: always
  type: list
  elements: str
  sample: []
save_due:
  description: Whether C(execute cfg save) is still to be run, because the unit does not save by itself.
  returned: always
  type: bool
  sample: false
before:
  description: The tokens as they were, as in the facts.
  returned: always
  type: list
  elements: dict
  sample: [{serial: FTK200BAA0000001, status: "token already activated, and seed won't be returned", verdict: reimport}]
after:
  description: The tokens as they are now.
  returned: always
  type: list
  elements: dict
  sample: [{serial: FTK200BAA0000001, status: active, verdict: healthy}]
saved_to:
  description: The file with the whole result.
  returned: when O(save_to) is given and could be written
  type: str
  sample: /var/lib/fortitoken/reports/.facts/fw-berlin.remediate.json
omitted:
  description: How many of each are only in the file.
  returned: when the whole result is too large for AWX
  type: dict
  sample: {before: 3000, commands: 22034}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _remediation, _runner
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import waves
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.activate import Activation
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.licenses import TRIAL_CODE
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.remediate import REIMPORT, WAYS, Remediation
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console

ARGS: dict[str, dict[str, Any]] = {
    "serials": {"type": "list", "elements": "str", "default": []},
    "journal": {"type": "path", "required": True},
    "waves": {"type": "list", "elements": "str", "default": list(waves.DEFAULT_SIZES)},
    "max_failures": {"type": "str", "default": waves.DEFAULT_FAILURES},
    "way": {"type": "str", "choices": list(WAYS), "default": REIMPORT},
    "timeout": {"type": "int", "default": 300},
    "max_deletions": {"type": "int", "default": 2500},
    "provision": {"type": "bool", "default": False},
    "license_codes": {"type": "list", "elements": "str", "default": [], "no_log": True},
    **_remediation.MOVE_ARGS,
    **_runner.SAVE_ARGS,
    **_runner.STRICT_ARGS,
    **_runner.TRIAGE_ARGS,
}


def perform(module: _runner.Module) -> None:
    params = module.params
    given = _runner.serials(module)
    _runner.policy(module, login="")
    codes, rules = _runner.license_codes(module), _remediation.rules(module)
    wish = _remediation.wish(module, given)

    def body(console: Console, result: dict[str, Any]) -> None:
        console.register_secrets([code for code in codes if code != TRIAL_CODE])
        reading = _runner.Reading(module, console, params["timeout"], baseline_licenses=wish.baseline.licenses)
        reading.require_known([serial for serial in given if serial not in wish.baseline.serials])
        journal = reading.journal
        due = [serial for serial, found in reading.findings.items() if found.action != "none"]
        serials = given or due
        work = Work(console, reading.plain, reading.vdoms, journal, reading.journal_path, save=params["save_config"])
        activation = Activation(work, reading.policy, float(params["timeout"]), retry_codes=params["retry_refused"])
        remediation = Remediation(work, activation, reading.claims, rules, tell=_runner.teller(module))
        _remediation.begin(result, remediation)
        remediation.moving = _remediation.moving(reading, module, remediation, wish)
        moves = _remediation.moves(reading, module, wish)
        moving = [row for row in moves if row["new"]]
        touched = [row[side] for row in moving for side in ("old", "new") if row[side]]
        wanted = list(dict.fromkeys([*serials, *touched, *sorted(journal.serials)]))
        result.update(before=reading.tokens(wanted), planned_waves=remediation.plan(serials), moves=moves)
        if not (due or moving or codes or reading.unfinished or not journal.empty):
            result.update(after=result["before"], claims=reading.claims.rows(list(reading.findings)))
            failed = activation.failed(reading.findings, wanted)
            result["results"] = [
                row.as_dict() for row in activation.results(reading.plain, wanted, reading.findings, {})
            ]
            _runner.tell_failures(module, result, failed)
            return
        _remediation.permit(reading, remediation, serials, params["max_deletions"])
        result.update(_remediation.taken(reading, result["planned_waves"], rules))
        if module.check_mode:
            _remediation.plan(result, module, remediation, serials, codes)
            return
        try:
            remediation.run(serials, codes)
        finally:
            _remediation.tell(result, module, remediation, wanted)
        _runner.tell_failures(module, result, result["failed_serials"], activation.license_errors)

    _runner.run(module, body, params["save_to"])


def main() -> None:
    perform(AnsibleModule(argument_spec=ARGS, supports_check_mode=True))


if __name__ == "__main__":
    main()
