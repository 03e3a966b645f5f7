#!/usr/bin/python
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: fortitoken_activate
short_description: Add deleted FortiTokens again, activate those without a seed, and give them back to their users
version_added: 1.0.0
author: FortiOps contributors (@fortiops)
description:
  - Brings back what M(fortiops.fortitoken.fortitoken_purge) took away, from its journal or its result. Adding a
    hardware token again is itself its activation (step 5a of Fortinet article 194508).
  - Activates hardware tokens that have no seed (step 5b), up to twenty serials a command, and never one that was just
    added again.
  - Gives each token back to its user, and enables the user again only when the binding was read back from the unit.
  - Then polls until each token is settled or the time is up. A user whose token cannot be bound before it is active is
    enabled as soon as it is, while others are still awaited. An activation is requested once; what an interrupted run
    has requested is awaited before it is requested again.
  - It activates everything at once. M(fortiops.fortitoken.fortitoken_remediate) works in waves, so that a false claim
    costs one token.
options:
  serials:
    description:
      - The tokens to activate or to wait for. Those that need nothing are left alone.
      - Whatever the O(journal) still has to bring back is brought back, named here or not.
    type: list
    elements: str
    default: []
  bindings:
    description: Who held the tokens, as M(fortiops.fortitoken.fortitoken_purge) returned it. Not needed with a journal.
    type: list
    elements: dict
    default: []
    suboptions:
      serial:
        description: The token's serial.
        type: str
        required: true
      name:
        description: The name of the user.
        type: str
        required: true
      vdom:
        description: The VDOM of the user.
        type: str
        default: root
      type:
        description: An administrator's entry is never changed, so only users are given their tokens back.
        type: str
        choices: [user, admin]
        default: user
      status:
        description: The user's status before the purge.
        type: str
      two_factor:
        description: The user's second factor before the purge.
        type: str
        default: fortitoken
  entries:
    description: The deleted entries, as M(fortiops.fortitoken.fortitoken_purge) returned them. Not needed with a
      journal.
    type: list
    elements: dict
    default: []
    suboptions:
      serial:
        description: The token's serial.
        type: str
        required: true
      vdom:
        description: The VDOM of the entry.
        type: str
        default: root
      settings:
        description: Its attributes other than the seed and the license data, each a list of values.
        type: dict
        default: {}
  journal:
    description:
      - The file that was given to M(fortiops.fortitoken.fortitoken_purge). What was read back complete is taken out of
        it, and it is removed when nothing is left. Before something is taken out, what it held is copied to a file with
        its name and C(.closed), for people; no run reads that file.
      - Activations are written into it before they are requested. Set to an empty string to run without a journal.
    type: path
    default: ''
  timeout:
    description: For how many seconds to wait for the activations.
    type: int
    default: 300
extends_documentation_fragment:
  - fortiops.fortitoken._fortitoken
  - fortiops.fortitoken._fortitoken.codes
  - fortiops.fortitoken._fortitoken.save_to
  - fortiops.fortitoken._fortitoken.strict
  - fortiops.fortitoken._fortitoken.triage
attributes:
  check_mode:
    support: full
    details: Tokens named in O(entries) count as deleted, so that the plan is that of the run.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - A token that is active, and a binding that is there, are left alone.
      - Redeeming O(license_codes) is idempotent with a O(journal), where what became of each code is remembered. A call
        whose codes are all refused, and that changes no token, returns C(changed=false).
      - Activating a token that keeps failing is not idempotent either.
"""

EXAMPLES = r"""
- name: Redeem two license codes of FortiToken Mobile, also where every token works
  fortiops.fortitoken.fortitoken_activate:
    license_codes: "{{ vault_license_codes }}"
    journal: ~/.fortitoken/journal/{{ inventory_hostname }}.json
  register: redeemed

- name: Show what each code has brought
  ansible.builtin.debug:
    msg: "{{ item.number }} of {{ item.total }}: {{ item.outcome }} {{ item.tokens | join(', ') }} {{ item.remedy }}"
  loop: "{{ redeemed.license_results }}"
  loop_control:
    label: "{{ item.number }}"

- name: Activate two tokens that were never activated
  fortiops.fortitoken.fortitoken_activate:
    serials: [FTK200BAA0000007, FTK200BAA0000008]
    journal: ~/.fortitoken/journal/{{ inventory_hostname }}.json

- name: Finish what an interrupted run has left
  fortiops.fortitoken.fortitoken_activate:
    journal: ~/.fortitoken/journal/{{ inventory_hostname }}.json

- name: Delete a token without a journal, and keep in the result what it takes to give it back
  fortiops.fortitoken.fortitoken_purge:
    serials: [FTK200BAA0000001]
    lock_released: [FTK200BAA0000001]
    journal: ''
  register: purge

- name: Give token and binding back from that result
  fortiops.fortitoken.fortitoken_activate:
    serials: "{{ purge.purged }}"
    lock_released: "{{ purge.purged }}"
    entries: "{{ purge.entries }}"
    bindings: "{{ purge.bindings }}"
"""

RETURN = r"""
commands:
  description: The changing CLI lines that were sent, or in check mode would be.
  returned: always
  type: list
  elements: str
  sample:
    - config user fortitoken
    - edit "FTK200BAA0000001"
    - next
    - end
    - config user local
    - edit "jdoe"
    - set two-factor fortitoken
    - set fortitoken "FTK200BAA0000001"
    - next
    - end
    - execute fortitoken activate FTK200BAA0000007
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
      description: What was done, V(readded), V(rebound), V(activated), V(provisioned) or V(none).
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
      description:
        - What the unit refused, what could not be given back and why, or why no activation code was sent.
        - For every token that did not reach its goal it says what is to be done.
      type: str
      sample: ''
  sample:
    - {serial: FTK200BAA0000001, action: readded, status: active, settled: true, message: ''}
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
  sample:
    - "the unit refused 'execute fortitoken-mobile import <redacted>': import fortitoken license error: -7564 (license
      code 1 of 1). Remedy: Get a new license code through the sales channel, then run again with it in
      remediate_license_codes."
failed_serials:
  description: The tokens among O(serials) and in the journal that do not work, or that their users do not have back.
  returned: always
  type: list
  elements: str
  sample: []
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
  sample: [{serial: FTK200BAA0000007, status: new, verdict: activate}]
after:
  description: The tokens as they are now.
  returned: always
  type: list
  elements: dict
  sample: [{serial: FTK200BAA0000007, status: active, verdict: healthy}]
saved_to:
  description: The file with the whole result.
  returned: when O(save_to) is given and could be written
  type: str
  sample: /var/lib/fortitoken/reports/.facts/fw-berlin.activate.json
omitted:
  description: How many of each are only in the file.
  returned: when the whole result is too large for AWX
  type: dict
  sample: {before: 3000, commands: 22034}
"""

from dataclasses import replace
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _runner
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import claims, script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.activate import Activation
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.journal import Journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.licenses import TRIAL_CODE
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import (
    after_purge,
    incomplete_users,
    plan_restore,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    HARDWARE,
    Entry,
    Inventory,
    binding_from_dict,
    is_serial,
    kind_of,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import select_vdoms
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage import assessment
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy

ARGS: dict[str, dict[str, Any]] = {
    "serials": {"type": "list", "elements": "str", "default": []},
    "bindings": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "serial": {"type": "str", "required": True},
            "name": {"type": "str", "required": True},
            "vdom": {"type": "str", "default": "root"},
            "type": {"type": "str", "choices": ["user", "admin"], "default": "user"},
            "status": {"type": "str"},
            "two_factor": {"type": "str", "default": "fortitoken"},
        },
    },
    "entries": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "serial": {"type": "str", "required": True},
            "vdom": {"type": "str", "default": "root"},
            "settings": {"type": "dict", "default": {}},
        },
    },
    "journal": {"type": "path", "default": ""},
    "timeout": {"type": "int", "default": 300},
    "provision": {"type": "bool", "default": False},
    "license_codes": {"type": "list", "elements": "str", "default": [], "no_log": True},
    **_runner.SAVE_ARGS,
    **_runner.STRICT_ARGS,
    **_runner.TRIAGE_ARGS,
}


def _planned(reading: _runner.Reading, journal: Journal, activation: Activation, params: dict[str, Any]) -> list[Batch]:
    """Return what check mode would send: the unit counts as purged of what the journal, or the purge's plan, names."""
    entries, bindings = list(journal.entries.values()), list(journal.bindings.values())
    unit = reading.unit
    unbound = [binding for binding in bindings if (binding.vdom, binding.name) not in journal.moves]
    inventory = after_purge(reading.plain, entries, unbound)
    plan = plan_restore(inventory, entries, bindings, moves=journal.moves)
    bound = [binding for binding in plan.bind if binding.status == "enable"]
    return [
        *script.restore([*plan.readd, *plan.amend], plan.bind, unit),
        *script.enable_users([*bound, *plan.enable], unit),
        *activation.imports(inventory, params["license_codes"]),
        *activation.requests(inventory, params["serials"]),
    ]


def _remember(activation: Activation, reading: _runner.Reading, inventory: Inventory) -> Policy:
    """Write down which activations were refused, and return the policy that knows it."""
    requested = [serial for serial, action in activation.actions.items() if action in ("readded", "activated")]
    hardware = [serial for serial in requested if kind_of(serial) == HARDWARE]
    findings = assessment.findings(inventory, reading.policy)
    claims.remember(reading.claims, hardware, inventory, findings, activation.unanswered)
    claims.save(reading.journal_path, reading.claims)
    return replace(reading.policy, spent=reading.claims.spent)


def perform(module: _runner.Module) -> None:
    params = module.params
    params["serials"] = serials = _runner.serials(module)
    _runner.policy(module, login="")
    params["license_codes"] = codes = _runner.license_codes(module)
    for option in ("entries", "bindings"):
        bad = [item["serial"] for item in params[option] if not is_serial(item["serial"])]
        if bad:
            module.fail_json(msg=f"{option}: {', '.join(bad)}: not a FortiToken serial. The unit was not contacted.")

    def body(console: Console, result: dict[str, Any]) -> None:
        console.register_secrets([code for code in codes if code != TRIAL_CODE])
        reading = _runner.Reading(module, console, params["timeout"])
        unit, journal = reading.unit, reading.journal
        journal.add(map(Entry.from_dict, params["entries"]), map(binding_from_dict, params["bindings"]))
        select_vdoms(unit, [entry.vdom for entry in journal.entries.values()])
        work = Work(console, reading.plain, reading.vdoms, journal, reading.journal_path, save=params["save_config"])
        reading.require_known([serial for serial in serials if serial not in journal.entries])
        wanted = list(dict.fromkeys([*serials, *journal.entries]))
        result.update(commands=work.commands, before=reading.tokens(wanted), results=[], pending=[], failed_serials=[])
        activation = Activation(work, reading.policy, float(params["timeout"]), tell=_runner.teller(module))
        # Filled as it goes, so that what was refused is told even where the session breaks later.
        activation.retry_codes = params["retry_refused"]
        result.update(activation.told_of_licenses())
        inventory, batches = reading.plain, []
        asked = bool(wanted or codes or reading.unfinished or not journal.empty)
        if asked:
            reading.require_open_gates()
        if module.check_mode:
            batches = _planned(reading, journal, activation, params)
        elif asked:
            inventory = activation.run(inventory, serials, codes)
            policy = _remember(activation, reading, inventory)
            findings = assessment.findings(inventory, policy)
            rows = activation.results(inventory, serials, findings, {})
            result["results"] = [item.as_dict() for item in rows]
            result["pending"] = [item.serial for item in rows if not item.settled]
            failed = activation.failed(findings, serials)
            _runner.tell_failures(module, result, failed, activation.license_errors)
        changes = len(work.commands) > activation.futile + work.undone
        result["incomplete_users"] = incomplete_users(inventory, work.journal.bindings.values(), work.journal.users)
        result["save_due"] = changes and not work.keep_changes()
        result["after"] = _runner.tokens_now(inventory, reading.policy, wanted)
        _runner.describe_change(module, result, unit, work.commands, batches)
        result["changed"] = changes or bool(batches)

    _runner.run(module, body, params["save_to"])


def main() -> None:
    perform(AnsibleModule(argument_spec=ARGS, supports_check_mode=True))


if __name__ == "__main__":
    main()
