#!/usr/bin/python
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fortitoken_plan
short_description: Keep the plan of a FortiToken run in a file, and verify that a unit is still as the plan found it
version_added: 1.0.0
description:
  - Writes what a run would do, and what that rests on (unit, options, gates, tokens with their users), to a JSON
    file on the controller. The same state of the unit gives the same bytes, so that the file can be approved and
    compared.
  - Later, before anything is changed, verifies that the unit and the options are still those of the plan, and fails
    with the differences where they are not.
  - The file holds no time and no secret. It names users, so it is readable by its owner only. Of license codes it
    holds their number.
  - The status of a mobile token that the plan does not touch is neither kept nor compared, because it changes whenever
    its user opens the app.
  - Runs on the controller and opens no connection.
author:
  - FortiOps contributors (@fortiops)
options:
  dest:
    description:
      - Directory on the controller to write the plan to, as C(<inventory_hostname>.json). It is made, readable by its
        owner only, where it does not exist.
      - Either O(dest) or O(src) is needed.
    type: path
  src:
    description:
      - A plan, or a directory that holds C(<inventory_hostname>.json).
      - Without O(facts) it is only checked and its options returned, before a unit is contacted.
      - With O(facts) it is compared with the plan that would be made now.
    type: path
  digests:
    description:
      - The plans that were approved, as C(inventory_hostname) and SHA-256 (RV(digest)) of each. With it, the plan in
        O(src) must be the approved one, and a host that is not named is refused.
    type: dict
    default: {}
    version_added: 2.0.0
  facts:
    description:
      - The facts of M(fortiops.fortitoken.fortitoken_facts), C(ansible_facts.fortitoken), as they are before the run.
      - A text is taken as the path of a JSON file that holds them
        (O(fortiops.fortitoken.fortitoken_facts#module:save_to)).
      - Needed with O(dest).
    type: raw
  purge:
    description: Registered result of M(fortiops.fortitoken.fortitoken_purge) in check mode. A skipped one is fine.
    type: raw
  activate:
    description: Registered result of M(fortiops.fortitoken.fortitoken_activate) in check mode. A skipped one is fine.
    type: raw
  journal:
    description:
      - The journal file of the unit. What an interrupted run of the same plan has begun is finished, not taken for a
        change by another person.
    type: path
    default: ''
  options:
    description: The options of the run that decide about its plan.
    type: dict
    default: {}
    suboptions:
      serials:
        description: The tokens that the run is limited to.
        type: list
        elements: str
        default: []
      vdoms:
        description: The VDOMs that the run is limited to.
        type: list
        elements: str
        default: []
      lock_released:
        description: The serials whose activation lock Fortinet has released, or V(all).
        type: list
        elements: str
        default: []
      admins:
        description: Whether tokens held by administrators may be replaced.
        type: str
        choices: [skip, include]
        default: skip
      remote_users:
        description: Whether users may be unbound whom a group admits through a remote server.
        type: str
        choices: [skip, include]
        default: skip
      managed:
        description: Whether a unit that FortiManager manages gets execute commands.
        type: str
        choices: [skip, execute_only]
        default: skip
      waves:
        description: The sizes of the waves, as comma-separated text.
        type: str
        default: '1,20'
      max_failures:
        description: The share of a wave that may fail.
        type: str
        default: 10%
      way:
        description: How a token that holds a seed is repaired.
        type: str
        choices: [reimport, in_place]
        default: reimport
      retry_refused:
        description: Whether what was refused is requested again.
        type: bool
        default: false
      error_statuses:
        description: Further status texts that count as the known error of a token.
        type: list
        elements: str
        default: []
      token_map:
        description: Which users of mobile tokens get another token.
        type: list
        elements: str
        default: []
      provision:
        description: Whether new activation codes are sent.
        type: bool
        default: false
      ignore_firmware_bug:
        description: Whether to proceed on a release that is known to lose activations.
        type: bool
        default: false
      ignore_unknown_server:
        description: Whether to proceed although the state of the token server is unknown.
        type: bool
        default: false
      save_config:
        description: Whether C(execute cfg save) is run.
        type: bool
        default: false
      license_codes:
        description: How many license codes are given; never the codes.
        type: int
        default: 0
attributes:
  check_mode:
    description: Can run in check mode. The file is written then as well, because it changes no unit.
    support: full
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: none
    details: A plan is no state of a unit.
  connection:
    description: Uses the unit's connection.
    support: none
    details: Runs on the controller only.
"""

EXAMPLES = r"""
- name: Read the unit
  fortiops.fortitoken.fortitoken_facts:
    lock_released: [FTK200BAA0000001]
  register: before

- name: Make the plan of a repair, and send nothing
  fortiops.fortitoken.fortitoken_remediate:
    lock_released: [FTK200BAA0000001]
    journal: ~/.fortitoken/journal/{{ inventory_hostname }}.json
  check_mode: true
  register: repair

- name: Keep the plan
  fortiops.fortitoken.fortitoken_plan:
    dest: ~/.fortitoken/plan
    facts: "{{ before.ansible_facts.fortitoken }}"
    purge: {}
    activate: "{{ repair }}"
    journal: ~/.fortitoken/journal/{{ inventory_hostname }}.json
    options:
      lock_released: [FTK200BAA0000001]

- name: Check a plan and get its options before the unit is contacted
  fortiops.fortitoken.fortitoken_plan:
    src: ~/.fortitoken/plan
  register: plan
"""

RETURN = r"""
path:
  description: Path of the plan.
  returned: success
  type: str
  sample: /var/lib/fortitoken/plan/fw-berlin-01.json
digest:
  description: SHA-256 of the file, in hexadecimal, to name in a change request what was approved.
  returned: success
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
options:
  description: The options of the plan.
  returned: success
  type: dict
  sample: {serials: [], vdoms: [], lock_released: [FTK200BAA0000001], admins: skip}
planned:
  description: The serials of the tokens that the plan changes.
  returned: success
  type: list
  elements: str
  sample: [FTK200BAA0000001]
commands:
  description: How many changing CLI lines the plan holds.
  returned: success
  type: int
  sample: 14
differences:
  description: What is not as the plan found it, the first 1,000. Where there is something, the module fails.
  returned: when O(src) and O(facts) are given
  type: list
  elements: str
  sample: ["FTK200BAA0000001: user jdoe (VDOM root) does not hold it any more"]
applied:
  description: Whether nothing of the plan is left to do, because it was applied before or changes nothing.
  returned: when O(src) and O(facts) are given and nothing is different
  type: bool
  sample: false
"""
