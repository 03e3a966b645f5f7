#!/usr/bin/python
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fortitoken_enroll_report
short_description: Write the report of an enrollment, with a burn-down chart
version_added: 2.0.0
author: FortiOps contributors (@fortiops)
description:
  - Writes what M(fortiops.fortitoken.fortitoken_enroll) returned for a unit to C(<inventory_hostname>.json).
  - With O(index=true), writes the files of the whole run from the reports that it has written so far. These are the
    page C(index.html), the list C(users.csv), C(junit.xml) for pipelines, and C(summary.json).
  - The page is one file without scripts that loads nothing.
  - Runs on the controller and opens no connection.
options:
  dest:
    description: Directory on the controller, which is made where it does not exist.
    type: path
    required: true
  enrollment:
    description: Registered result of M(fortiops.fortitoken.fortitoken_enroll).
    type: raw
  error:
    description: Why the unit failed, if it did.
    type: str
    default: ''
  index:
    description: Write the files of the run instead of that of the unit.
    type: bool
    default: false
  title:
    description: The title of the page.
    type: str
    default: FortiToken enrollment
attributes:
  check_mode:
    description: Can run in check mode. The report is written then as well, and says that the codes are only planned.
    support: full
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: none
    details: A report is not a state of a unit.
  connection:
    description: Uses the unit's connection.
    support: none
    details: Runs on the controller only.
seealso:
  - module: fortiops.fortitoken.fortitoken_enroll
"""

EXAMPLES = r"""
- name: Send codes
  fortiops.fortitoken.fortitoken_enroll:
    state: ~/.fortitoken/enroll/{{ inventory_hostname }}.json
  register: enrollment

- name: Write the report of this unit
  fortiops.fortitoken.fortitoken_enroll_report:
    dest: enrollment
    enrollment: "{{ enrollment }}"

- name: Write the page of all units
  fortiops.fortitoken.fortitoken_enroll_report:
    dest: enrollment
    index: true
  run_once: true
"""

RETURN = r"""
path:
  description: The report of the unit.
  returned: with O(index=false)
  type: str
  sample: /home/netops/enrollment/fw-berlin.json
outcome:
  description: V(done), V(waiting), V(attention), V(stopped) or V(failed).
  returned: with O(index=false)
  type: str
  sample: waiting
reminders:
  description: Whom to remind, as M(fortiops.fortitoken.fortitoken_enroll) returned it.
  returned: with O(index=false)
  type: list
  elements: dict
  sample: []
index:
  description: The page of the run.
  returned: with O(index=true)
  type: str
  sample: /home/netops/enrollment/index.html
csv:
  description: The list of all users.
  returned: with O(index=true)
  type: str
  sample: /home/netops/enrollment/users.csv
junit:
  description: The result as JUnit XML.
  returned: with O(index=true)
  type: str
  sample: /home/netops/enrollment/junit.xml
totals:
  description: The number of units, users, users in each state, codes and reminders, and the units that failed.
  returned: with O(index=true)
  type: dict
  sample:
    units: 1
    users: 145
    waiting: 0
    requested: 12
    enrolled: 130
    given_up: 1
    undeliverable: 2
    blocked: 0
    codes: 12
    reminders: 3
    failed: []
    check_mode: false
    finished: '2026-03-02T07:00:10Z'
"""
