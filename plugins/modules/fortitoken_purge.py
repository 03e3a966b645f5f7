#!/usr/bin/python
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: fortitoken_purge
short_description: Delete FortiTokens whose seed is useless after a migration
version_added: 1.0.0
author: FortiOps contributors (@fortiops)
description:
  - Deletes hardware FortiTokens that hold a seed but show an error, so that they can be added again (step 3 of Fortinet
    article 194508), and unbinds their users first. Every user who was enabled is disabled in the same edit, so that no
    user is left with only a password.
  - What is deleted is written to the O(journal) before, and returned. M(fortiops.fortitoken.fortitoken_activate) brings
    it back.
  - Each token is evaluated anew on what the unit shows. If any of O(serials) is healthy, undecided or not stated as
    released, the module fails and changes nothing, naming each and why.
  - It deletes everything at once. M(fortiops.fortitoken.fortitoken_remediate) deletes, adds, activates and gives back
    in waves, so that a false claim costs one token; use that module unless you want to control the steps yourself.
  - FortiOS 6.2 and later get all lines in one configuration transaction, which is committed only after its users were
    seen disabled. Everything is read back.
options:
  serials:
    description: The serials of the tokens to delete.
    type: list
    elements: str
    required: true
  journal:
    description:
      - File on the controller in which is written down, before any change, what is needed to finish or undo it.
      - Give the same file to M(fortiops.fortitoken.fortitoken_activate). Set to an empty string to run without a
        journal; then only the result of this task remembers who held which token.
    type: path
    required: true
  max_deletions:
    description: Refuse to delete more tokens than this in one call.
    type: int
    default: 2500
extends_documentation_fragment:
  - fortiops.fortitoken._fortitoken
  - fortiops.fortitoken._fortitoken.save_to
  - fortiops.fortitoken._fortitoken.strict
  - fortiops.fortitoken._fortitoken.triage
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - Tokens that an interrupted call has deleted already are left alone. A token that has been added again and works
        is refused, because it is healthy.
"""

EXAMPLES = r"""
- name: Delete two tokens whose lock Fortinet has released
  fortiops.fortitoken.fortitoken_purge:
    serials: [FTK200BAA0000001, FTK200BAA0000002]
    lock_released: [FTK200BAA0000001, FTK200BAA0000002]
    journal: ~/.fortitoken/journal/{{ inventory_hostname }}.json
  register: purge

- name: Bring them back
  fortiops.fortitoken.fortitoken_activate:
    serials: "{{ purge.purged }}"
    lock_released: "{{ purge.purged }}"
    journal: ~/.fortitoken/journal/{{ inventory_hostname }}.json
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
purged:
  description: The serials that are gone, or in check mode would be.
  returned: always
  type: list
  elements: str
  sample: [FTK200BAA0000001]
refused:
  description: Tokens that the unit itself refused to delete. Their users have them back.
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
failed_serials:
  description: The tokens among O(serials) that are not deleted.
  returned: always
  type: list
  elements: str
  sample: []
bindings:
  description: Who held the deleted tokens, for C(bindings) of M(fortiops.fortitoken.fortitoken_activate).
  returned: always
  type: list
  elements: dict
  sample:
    - {serial: FTK200BAA0000001, type: user, name: jdoe, vdom: root, two_factor: fortitoken, status: enable}
entries:
  description: The deleted entries and their settings, for C(entries) of M(fortiops.fortitoken.fortitoken_activate).
  returned: always
  type: list
  elements: dict
  sample:
    - {serial: FTK200BAA0000001, vdom: root, settings: {comments: [reception desk]}}
before:
  description: The tokens as they were, as in the facts.
  returned: always
  type: list
  elements: dict
  sample: [{serial: FTK200BAA0000001, status: "token already activated, and seed won't be returned", verdict: reimport}]
after:
  description: Those of them that the unit still shows.
  returned: always
  type: list
  elements: dict
  sample: []
saved_to:
  description: The file with the whole result.
  returned: when O(save_to) is given and could be written
  type: str
  sample: /var/lib/fortitoken/reports/.facts/fw-berlin.purge.json
omitted:
  description: How many of each are only in the file.
  returned: when the whole result is too large for AWX
  type: dict
  sample: {before: 2000}
"""

from dataclasses import replace
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _runner
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import script
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.plan import PurgePlan, after_purge, plan_purge
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.purge import purge
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console

RECENT_SECONDS = 300.0


def _permitted(reading: _runner.Reading, serials: list[str], limit: int) -> PurgePlan:
    """Return the plan, if everything that was asked for may be done. Raises UnitError otherwise."""
    reading.require_known(serials)
    reading.require_open_gates()
    plan = plan_purge(reading.inventory, reading.findings, serials)
    if plan.refused:
        named = [f"{item.serial} ({item.verdict}): {item.reason}" for item in plan.refused]
        raise UnitError(
            f"refused, and nothing was changed. {'; '.join(_runner.abridged(named, _runner.MOST_NAMED))}",
            unit=reading.unit.hostname,
            next_step="Leave these serials out, or do what is said about each, and run again",
        )
    if len(plan.entries) > limit:
        raise UnitError(
            f"{len(plan.entries)} tokens would be deleted, more than the {limit} that one run may delete",
            unit=reading.unit.hostname,
            next_step="If that is what you want, raise max_deletions (remediate_max_deletions in the role)",
        )
    return plan


ARGS: dict[str, dict[str, Any]] = {
    "serials": {"type": "list", "elements": "str", "required": True},
    "journal": {"type": "path", "required": True},
    "max_deletions": {"type": "int", "default": 2500},
    **_runner.SAVE_ARGS,
    **_runner.STRICT_ARGS,
    **_runner.TRIAGE_ARGS,
}


def perform(module: _runner.Module) -> None:
    serials = _runner.serials(module)
    _runner.policy(module, login="")

    def body(console: Console, result: dict[str, Any]) -> None:
        reading = _runner.Reading(module, console, RECENT_SECONDS)
        plan = _permitted(reading, serials, module.params["max_deletions"])
        unit, journal = reading.unit, reading.journal
        work = Work(
            console, reading.plain, reading.vdoms, journal, reading.journal_path, save=module.params["save_config"]
        )
        result.update(commands=work.commands, refused=[], purged=[entry.serial for entry in plan.entries])
        result["before"] = reading.tokens(serials)
        inventory, batches = after_purge(reading.plain, plan.entries, plan.bindings), []
        noted = replace(journal, entries=dict(journal.entries), bindings=dict(journal.bindings))
        noted.add(plan.entries, plan.bindings)
        result["entries"] = [entry.as_dict() for entry in noted.entries.values()]
        result["bindings"] = [binding.as_dict() for binding in noted.bindings.values()]
        if module.check_mode:
            batches = script.purge(plan.entries, plan.bindings, unit)
        elif not plan.empty:
            result["purged"], refused, inventory = purge(work, plan)
            result["refused"] = [item.as_dict() for item in refused]
        result["after"] = _runner.tokens_now(inventory, reading.policy, serials)
        _runner.describe_change(module, result, unit, work.commands, batches)
        result["changed"] = work.changed or bool(batches)
        _runner.tell_failures(module, result, [row["serial"] for row in result["refused"]], goal="go")

    _runner.run(module, body, module.params["save_to"])


def main() -> None:
    perform(AnsibleModule(argument_spec=ARGS, supports_check_mode=True))


if __name__ == "__main__":
    main()
