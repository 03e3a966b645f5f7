#!/usr/bin/python
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fortitoken_report
short_description: Write the report of a FortiToken run
version_added: 1.0.0
description:
  - Writes what a run found and did on a unit to a JSON file on the controller, and one HTML page for all units of the
    run. The page needs no network and no server; it can be mailed or kept as an artifact.
  - Next to the page is the same in short, for pipelines, as JUnit XML, Markdown and JSON, and the terminal shows it in
    a few lines. JUnit, Markdown and terminal name tokens by their serials and do not name users, except those whom an
    interrupted run has left disabled.
  - Is made from the O(journal), too. While a journal is open, a unit is V(partial) or V(failed) and counts as failed,
    whatever else is true, and the report names the users who are disabled and the tokens that are missing.
  - Also writes the text of each support ticket to a file of its own, for a pipeline to attach, and removes those of an
    earlier run that are no longer needed.
  - Runs on the controller and opens no connection, so that a unit that cannot be reached gets its report, too.
  - Missing data never makes the task fail. It fails for wrong options, and when the files cannot be written.
author:
  - FortiOps contributors (@fortiops)
options:
  dest:
    description:
      - Directory of the reports on the controller. It is made, readable by its owner only, where it does not exist.
      - The report of a unit is C(<inventory_hostname>.json), the page of the run is C(index.html), with C(junit.xml),
        C(summary.md) and C(summary.json) next to it.
      - What cannot be part of a file name, such as a slash, is written as in a URL (C(%2F)).
      - A ticket is C(<inventory_hostname>.ticket-<addressee>.txt), where the addressee is V(tac), V(customer-service),
        V(firmware) (a firmware bug, a ticket of its own for TAC) or V(sales).
    type: path
    required: true
  before:
    description:
      - The facts of M(fortiops.fortitoken.fortitoken_facts) as they were before the run, C(ansible_facts.fortitoken).
      - A text is taken as the path of a JSON file that holds them, which spares a play the data of 20,000 tokens.
    type: raw
  after:
    description: The same after the run. Leave it out where nothing was changed.
    type: raw
  licenses_shipped:
    description:
      - When the licenses of mobile tokens were shipped, as one date for all (V(2024-05-01)), or for each license, as a
        dictionary or as text (V(EFTM000000000001=2024-05-01)). Licenses shipped since 2025-08-04 move only for an RMA.
    type: raw
  purge:
    description: Registered result of M(fortiops.fortitoken.fortitoken_purge). A failed or skipped one is fine.
    type: raw
  activate:
    description: Registered result of M(fortiops.fortitoken.fortitoken_activate). A failed or skipped one is fine.
    type: raw
  debug:
    description: Registered result of M(fortiops.fortitoken.fortitoken_debug) that ended the collecting of lines.
    type: raw
  events:
    description: Registered result of M(fortiops.fortitoken.fortitoken_debug) that read the event log, if another one.
    type: raw
  error:
    description:
      - What made the run stop on this unit, with the keys C(msg), C(task), C(command) and C(device_output).
      - A text is taken as C(msg).
    type: raw
  baseline:
    description:
      - The baseline of the old unit (M(fortiops.fortitoken.fortitoken_baseline)), or a directory that holds
        C(<inventory_hostname>.json). Every token and binding in it must be on this unit at the end of the run; as long
        as one is not, RV(result) is V(partial) at best.
      - A baseline that cannot be read makes RV(result) V(failed).
    type: path
  journal:
    description:
      - The journal of the unit, the same file that the other modules get, or the directory that holds
        C(<inventory_hostname>.json). A missing one is fine.
      - With a directory, the page also names what the journals of hosts without a report tell.
    type: path
  options:
    description:
      - What the run was told, as the variables of the role C(fortiops.fortitoken.remediate) without their prefix.
        The next commands in the report repeat it.
    type: raw
  plan:
    description: Registered result of M(fortiops.fortitoken.fortitoken_plan), for the report to name the plan.
    type: raw
  serials:
    description: The tokens that the run was limited to. Those outside of them are not compared with O(baseline).
    type: list
    elements: str
  vdoms:
    description: The VDOMs that the run was limited to. Tokens outside of them are not compared with O(baseline).
    type: list
    elements: str
  mode:
    description: Whether the run was to repair tokens or only to read them.
    type: str
    choices: [remediate, audit]
    default: remediate
  strict:
    description: Whether a token that needs attention makes RV(passed) false.
    type: bool
    default: true
  require_proof:
    description:
      - Whether a token whose status is fine, but which nothing has confirmed since the migration, makes RV(passed)
        false.
      - Confirmed is a token with a new seed, and one that the facts say so of (C(proof)).
    type: bool
    default: false
  unit:
    description: Whether to write the report of this unit. Turn it off for a task that only builds the page.
    type: bool
    default: true
  index:
    description:
      - Whether to build the page of the run from the reports written so far by this run of C(ansible-playbook).
      - Hosts of the play without a report in this run are listed as not reached.
      - With many units, turn it off in the task that runs for each of them and build the page once at the end.
    type: bool
    default: true
  max_age:
    description:
      - Also take the reports in O(dest) that other runs of C(ansible-playbook) have finished within this many seconds.
      - It builds one page from the runs of several slices of an AWX job, or of several workers. V(0) takes the reports
        of this run only.
    type: int
    default: 0
    version_added: 2.0.0
  title:
    description: Title of the page.
    type: str
    default: FortiToken report
attributes:
  check_mode:
    description: Can run in check mode. The report is written then as well, because it changes no unit.
    support: full
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: none
    details: A report is not a state of a unit.
  connection:
    description: Uses the unit's connection.
    support: none
    details: Runs on the controller only.
"""

EXAMPLES = r"""
- name: Read the unit
  fortiops.fortitoken.fortitoken_facts:
  register: before

- name: Repair what can be repaired, and decide in the play about the rest
  fortiops.fortitoken.fortitoken_remediate:
    lock_released: [FTK200BAA0000001]
    journal: ~/.fortitoken/journal/{{ inventory_hostname }}.json
    strict: false
  register: repair

- name: Read it again
  fortiops.fortitoken.fortitoken_facts:
  register: after

- name: Write the report of each unit
  fortiops.fortitoken.fortitoken_report:
    dest: ~/.fortitoken/reports
    before: "{{ before.ansible_facts.fortitoken | default({}) }}"
    after: "{{ after.ansible_facts.fortitoken | default({}) }}"
    activate: "{{ repair }}"
    journal: ~/.fortitoken/journal/{{ inventory_hostname }}.json
    index: false
  register: report

- name: Build the page of all units once
  fortiops.fortitoken.fortitoken_report:
    dest: ~/.fortitoken/reports
    journal: ~/.fortitoken/journal
    unit: false
  run_once: true
"""

RETURN = r"""
path:
  description: Path of the JSON report of this unit.
  returned: success
  type: str
  sample: /var/lib/fortitoken/reports/fw-berlin-01.json
index:
  description: Path of the page of the run, or null where O(index=false).
  returned: success
  type: str
  sample: /var/lib/fortitoken/reports/index.html
junit:
  description: Path of the run as JUnit XML.
  returned: when O(index=true)
  type: str
  sample: /var/lib/fortitoken/reports/junit.xml
markdown:
  description: Path of the run as Markdown.
  returned: when O(index=true)
  type: str
  sample: /var/lib/fortitoken/reports/summary.md
totals:
  description:
    - The run in figures, as in C(summary.json) but without its list of units, and what is to be done on all of them.
    - C(plans) has the SHA-256 of each plan that a run in check mode made; it is passed on as
      C(remediate_plan_digests), too. C(warnings) names mistakes that change nothing.
    - Each item of C(todo) has C(host), C(id), C(severity), C(title), C(actor), C(remedy), C(command), C(serials),
      C(addressee) and C(ticket), the text to open a ticket with. Where they are too large to be passed on, C(ticket)
      and then C(serials) are left out, which C(omitted) tells.
  returned: when O(index=true)
  type: dict
  sample:
    passed: false
    units: 2
    results: {partial: 1, healthy: 1}
    tokens: 18
    attention: 6
    verdicts: {healthy: 12, needs_lock_release: 6}
    todo:
      - host: fw-berlin-01
        id: needs_lock_release
        severity: warning
        title: Ask Fortinet TAC to release the activation lock of 6 hardware tokens
        actor: Fortinet TAC
        serials: [FTK200EXAMPLE001]
        addressee: tac
    plans: {}
    warnings: []
    omitted: []
result:
  description:
    - The state of the unit in one word. V(healthy) means that nothing was to do, V(remediated) that all was repaired,
      V(partial) that tokens need attention or that an interrupted run is unfinished, V(blocked) that a gate forbids
      changes, V(skipped) that FortiManager provides the tokens, V(failed) that the run did not finish.
  returned: when O(unit=true)
  type: str
  sample: partial
passed:
  description:
    - Whether the unit counts as done, which it does when it is healthy, remediated or skipped, and with O(strict=false)
      when it is partial.
    - It never does while the O(journal) is open.
  returned: when O(unit=true)
  type: bool
  sample: false
status_line:
  description: The unit in one line, as its failure shows it.
  returned: when O(unit=true)
  type: str
  sample: "fw-berlin-01 is partial: 3 things to do. Report: /var/lib/fortitoken/reports/fw-berlin-01.json"
tickets:
  description: Addressee and path of each ticket that is to be opened.
  returned: when O(unit=true)
  type: dict
  sample: {tac: /var/lib/fortitoken/reports/fw-berlin-01.ticket-tac.txt}
attention:
  description: Serials of the tokens that need attention.
  returned: when O(unit=true)
  type: list
  elements: str
  sample: [FTK200EXAMPLE001]
summary:
  description: How many tokens have which verdict at the end of the run.
  returned: when O(unit=true)
  type: dict
  sample: {healthy: 10, needs_lock_release: 1}
todo:
  description: The action required, one line for each cause, the most urgent first.
  returned: when O(unit=true)
  type: list
  elements: str
  sample: ["Ask Fortinet TAC to release the activation lock of 1 hardware token (Fortinet TAC)"]
"""
