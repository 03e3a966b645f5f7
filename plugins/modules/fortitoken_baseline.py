#!/usr/bin/python
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fortitoken_baseline
short_description: Record what FortiTokens a unit has before it is replaced, and what to ask for in advance
version_added: 1.0.0
description:
  - Writes the tokens of a unit, their users, licenses and statuses to a JSON file on the controller, the baseline,
    and a list of what has to be asked for, found or told before the unit is switched off. The list is also shown on the
    terminal.
  - Both hold the ways out for each license and kind of token, with who has to act and who must enroll again.
  - After the migration M(fortiops.fortitoken.fortitoken_report) compares the baseline with the new unit.
  - Holds no seed, code or password. It names users, so both files are readable by their owner only.
  - Runs on the controller and opens no connection. With O(src) it only checks that a baseline can be used, so that a
    bad file is refused before a unit is contacted.
author:
  - FortiOps contributors (@fortiops)
options:
  dest:
    description:
      - Directory on the controller to write to. It is made, readable by its owner only, where it does not exist.
      - The baseline is C(<inventory_hostname>.json), the list C(<inventory_hostname>.txt).
      - Either O(dest) or O(src) is needed.
    type: path
  facts:
    description:
      - The facts of M(fortiops.fortitoken.fortitoken_facts), C(ansible_facts.fortitoken), of all tokens of the unit.
      - A text is taken as the path of a JSON file that holds them
        (O(fortiops.fortitoken.fortitoken_facts#module:save_to)).
      - Needed with O(dest).
    type: raw
  licenses_shipped:
    description:
      - When the licenses of mobile tokens were shipped, as one date for all (V(2024-05-01)), or for each license, as a
        dictionary or as text (V(EFTM000000000001=2024-05-01)). Licenses shipped since 2025-08-04 move only for an RMA.
    type: raw
  src:
    description:
      - A baseline to check, or a directory that holds C(<inventory_hostname>.json).
      - A single file is refused in a play with several hosts.
    type: path
attributes:
  check_mode:
    description: Can run in check mode. The files are written then as well, because they change no unit.
    support: full
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: none
    details: A baseline is no state of a unit.
  connection:
    description: Uses the unit's connection.
    support: none
    details: Runs on the controller only.
"""

EXAMPLES = r"""
- name: Read the old unit
  fortiops.fortitoken.fortitoken_facts:
  register: old

- name: Record its tokens
  fortiops.fortitoken.fortitoken_baseline:
    facts: "{{ old.ansible_facts.fortitoken }}"
    dest: ~/.fortitoken/baseline

- name: Check that the baseline can be used before the new unit is contacted
  fortiops.fortitoken.fortitoken_baseline:
    src: ~/.fortitoken/baseline
"""

RETURN = r"""
path:
  description: Path of the baseline.
  returned: success
  type: str
  sample: /var/lib/fortitoken/baseline/fw-berlin-01.json
list:
  description: Path of the list of what to ask for, with the users and the texts of the tickets.
  returned: when O(dest) is given
  type: str
  sample: /var/lib/fortitoken/baseline/fw-berlin-01.txt
unit:
  description: The unit as it was.
  returned: success
  type: dict
  sample: {hostname: FGT-OLD, serial: FGT60ETK18000001, model: FortiGate-60E, version: 7.0.15, build: '0632'}
taken:
  description: When the baseline was taken (UTC).
  returned: success
  type: str
  sample: '2026-03-01T02:07:42Z'
tokens:
  description: How many tokens it holds.
  returned: success
  type: int
  sample: 14
bindings:
  description: How many users and administrators hold them.
  returned: success
  type: int
  sample: 9
requests:
  description: What has to be done before the unit is switched off.
  returned: when O(dest) is given
  type: list
  elements: dict
  contains:
    id:
      description:
        - One of V(lock_release), V(license_transfer), V(trial_tokens), V(seed_cd), V(tell_holders), V(broken_before).
      type: str
      sample: lock_release
    actor:
      description: Who has to act.
      type: str
      sample: Fortinet TAC
    title:
      description: What to do.
      type: str
      sample: Have the activation lock of 7 hardware tokens released
    why:
      description: Why, and what to know about it.
      type: str
      sample: A hardware token is locked at Fortinet when it is first activated.
    count:
      description: How many tokens it is about. RV(list) has their serials, their users, and the text of a ticket.
      type: int
      sample: 7
  sample:
    - id: seed_cd
      actor: Firewall administrator
      title: Find the CD with the seeds of 1 hardware token
      why: The seeds of a FortiToken-200CD are on the CD it came with; Fortinet does not have them.
      count: 1
"""
