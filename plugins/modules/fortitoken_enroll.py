#!/usr/bin/python
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: fortitoken_enroll
short_description: Send activation codes for FortiToken Mobile over days, so that every user enrolls and none gets two
version_added: 2.0.0
author: FortiOps contributors (@fortiops)
description:
  - Finds the users whose mobile token waits for an activation code to be scanned, and has the unit send codes
    (C(execute fortitoken-mobile provision)) to those who need one now.
  - Meant to be run again and again, for example every six hours for two weeks. What was sent, when, and until when it
    is valid lasts in the file O(state), which is on disk before a code is requested. A run that is killed at any moment
    is carried on by the next one.
  - While a code is valid no second one is sent, except in its last hours (O(renew_before)) or to a user named in
    O(again). A user whose phone has the token gets nothing more.
  - A code is sent only where it can arrive. The unit needs a mail server and the user C(email-to), or the user needs
    C(sms-phone).
  - Before the status V(provisioning) is believed, the unit is told to fetch the states of its tokens
    (C(execute fortitoken-mobile poll)).
  - Sends no configuration line, so it also works on a unit that FortiManager manages. FortiManager cannot send
    activation codes (Fortinet article 417985).
  - Times are those of the unit's own clock, because the end of a code is.
options:
  state:
    description:
      - The file on the controller in which the state of each user lasts, one for each unit. It is made where there is
        none, and holds no activation code.
      - A file that belongs to another account, that others can use, that is damaged, or that is of another unit is
        refused. The members of a cluster count as one unit.
    type: path
    required: true
  journal:
    description:
      - The journal of M(fortiops.fortitoken.fortitoken_purge) and M(fortiops.fortitoken.fortitoken_activate) for this
        unit. No repair can run on the unit at the same time, and tokens that an interrupted repair has not given back
        are left alone.
      - Set to an empty string to run without it.
    type: path
    default: ''
  users:
    description:
      - Who may get a first code, as names of users, C(VDOM/name), or C(group:name) for the members of a user group of
        the unit. Without it, every user with a mobile token.
      - A user who got a code from this module is followed to the end, named or not.
    type: list
    elements: str
    default: []
  again:
    description:
      - Users who asked for another code, named as in O(users). They get one at once, also while a code is valid, after
        they enrolled, or after they got O(max_mails) codes, and are then treated like a user who begins.
      - Each time of naming a user counts once. A name that stays in the list has no further effect until a run
        without it.
    type: list
    elements: str
    default: []
  per_run:
    description:
      - How many users get their first code in a run, or V(0) for all. A second run on the same day sends first codes
        only as far as the first has not reached that number.
      - Codes that follow an earlier one are not counted.
    type: int
    default: 0
  window:
    description:
      - When codes may be sent, in the unit's local time, such as V(08:00-17:00) or V(mon-fri 08:00-17:00). Without it,
        always.
      - A run outside of it reads, reports, and sends nothing.
    type: list
    elements: str
    default: []
  max_mails:
    description: How many codes a user gets. A user who did not scan the last one in time is given up, and reported.
    type: int
    default: 3
  renew_before:
    description:
      - In how many of its last hours a code is followed by another one.
      - Run the module at least twice in that time, so that no code runs out before it is followed.
    type: int
    default: 24
  max_undeliverable:
    description:
      - Stop the run, as failed, when more than this percentage of its mails was refused. At least two mails must have
        failed, or one in the run after one that stopped.
      - Mails that the unit never tries to send because an address or the mail server is missing do not count.
    type: int
    default: 20
  watch_mail:
    description:
      - Listen to the unit's mail daemon while codes are sent (C(diagnose debug application alertmail -1)), so that
        refused mails are known. Debugging is switched off at the end, whatever happens.
    type: bool
    default: true
  timeout:
    description: For how many seconds to wait until the unit shows the codes that it was asked for together.
    type: int
    default: 20
  vdoms:
    description: Look only into these VDOMs. Without it, into all.
    type: list
    elements: str
    default: []
  admins:
    description:
      - Whether administrators with a mobile token get codes, too. The account that the play logs in with never does.
    type: str
    choices: [skip, include]
    default: skip
extends_documentation_fragment:
  - fortiops.fortitoken._fortitoken
  - fortiops.fortitoken._fortitoken.save_to
attributes:
  check_mode:
    support: full
    details: The unit is not told to fetch the states of its tokens, so a user who has just scanned a code may still be
      in the plan. Nothing is written, and no user counts as reminded.
  diff_mode:
    support: full
  idempotent:
    support: full
    details: A second run sends nothing, unless time has passed or something has changed.
"""

EXAMPLES = r"""
- name: Send codes to the pilot group, then to fifty more users a day
  fortiops.fortitoken.fortitoken_enroll:
    state: ~/.fortitoken/enroll/{{ inventory_hostname }}.json
    journal: ~/.fortitoken/journal/{{ inventory_hostname }}.json
    users: ["group:vpn-pilot"]
    per_run: 50
    window: mon-fri 07:00-18:00
  register: enrollment

- name: Send another code to a user with a new phone
  fortiops.fortitoken.fortitoken_enroll:
    state: ~/.fortitoken/enroll/{{ inventory_hostname }}.json
    again: jdoe

- name: Remind those who have not scanned their code
  community.general.mail:
    host: mail.example.com
    to: "{{ item.address }}"
    subject: Your FortiToken activation code is valid for {{ item.days_left }} more days
    body: "{{ item.reason }} Please scan the code in the mail from your firewall with the FortiToken app."
  loop: "{{ enrollment.reminders | selectattr('channel', 'eq', 'email') }}"
  delegate_to: localhost
"""

RETURN = r"""
outcome:
  description:
    - V(done) when every user is enrolled, V(waiting) while codes are on their way or due, V(attention) when a user was
      given up, cannot be reached, or needs something other than a code, V(stopped) when too many mails were refused.
  returned: when the unit was read
  type: str
  sample: waiting
stopped:
  description: Why the run stopped, or an empty string.
  returned: when the unit was read
  type: str
  sample: ''
outside_window:
  description: Whether codes are due and O(window) does not allow them now.
  returned: when the unit was read
  type: bool
  sample: false
requested:
  description: The codes that were requested, or in check mode would be.
  returned: always
  type: list
  elements: dict
  contains:
    user:
      description: The name of the user.
      type: str
      sample: jdoe
    vdom:
      description: The user's VDOM.
      type: str
      sample: root
    serial:
      description: The token.
      type: str
      sample: FTKMOBEXAMPLE001
    why:
      description: V(first), V(renew) where the code before ends soon or has ended, or V(again) for O(again).
      type: str
      sample: first
counts:
  description: How many users are in each state.
  returned: when the unit was read
  type: dict
  sample: {waiting: 0, requested: 12, enrolled: 130, given_up: 1, undeliverable: 2, blocked: 0}
results:
  description: The state of each user.
  returned: when the unit was read
  type: list
  elements: dict
  contains:
    type:
      description: V(user) or V(admin).
      type: str
      sample: user
    vdom:
      description: The user's VDOM.
      type: str
      sample: root
    user:
      description: The name.
      type: str
      sample: jdoe
    serial:
      description: The token.
      type: str
      sample: FTKMOBEXAMPLE001
    state:
      description: V(waiting), V(requested), V(enrolled), V(given_up), V(undeliverable) or V(blocked).
      type: str
      sample: requested
    reason:
      description: What is in the way, and what to do about it.
      type: str
      sample: ''
    codes:
      description: How many codes were sent.
      type: int
      sample: 1
    requested:
      description: When the last one was requested, in UTC.
      type: str
      sample: '2026-03-02T07:00:10Z'
    valid_until:
      description: Until when it is valid, in UTC.
      type: str
      sample: '2026-03-05T07:00:10Z'
    hours_left:
      description: The same in hours from now.
      type: float
      sample: 71.9
    enrolled:
      description: When the unit first showed the token as provisioned, in UTC.
      type: str
      sample: ''
    channel:
      description: V(email), V(sms), or empty without an address.
      type: str
      sample: email
reminders:
  description:
    - Whom to remind of a code that is valid and was not scanned yet, for the notifier of your choice. Each user is in
      it once a day, and not on the day on which the code was sent.
  returned: when the unit was read
  type: list
  elements: dict
  contains:
    user:
      description: The name.
      type: str
      sample: jdoe
    vdom:
      description: The user's VDOM.
      type: str
      sample: root
    address:
      description: The user's C(email-to) or C(sms-phone).
      type: str
      sample: jdoe@example.com
    channel:
      description: V(email) or V(sms).
      type: str
      sample: email
    days_left:
      description: Whole days for which the code is still valid.
      type: int
      sample: 1
    hours_left:
      description: The same in hours.
      type: int
      sample: 47
    valid_until:
      description: The end of the code, in UTC.
      type: str
      sample: '2026-03-05T07:00:10Z'
    reason:
      description: Why, in a sentence for the user.
      type: str
      sample: The activation code ends in 1 day and was not scanned yet.
history:
  description: One row of RV(counts) for each day, with C(day) and C(codes), the number of codes that were requested.
  returned: when the unit was read
  type: list
  elements: dict
  sample:
    - day: '2026-03-02'
      waiting: 80
      requested: 50
      enrolled: 15
      given_up: 0
      undeliverable: 0
      blocked: 0
      codes: 50
unit:
  description: C(hostname), C(serial), C(model) and C(version) of the unit, and C(now), its time in UTC.
  returned: when the unit was read
  type: dict
  sample:
    hostname: fw-berlin
    serial: FGT60ETK18000001
    model: FortiGate-60E
    version: 7.4.8
    now: '2026-03-02T07:00:10Z'
unknown:
  description: Names in O(users) and O(again) that no user or group of this unit has.
  returned: when the unit was read
  type: list
  elements: str
  sample: []
commands:
  description: The lines that were sent to request codes, or in check mode would be.
  returned: always
  type: list
  elements: str
  sample: [execute fortitoken-mobile provision FTKMOBEXAMPLE001]
saved_to:
  description: The file with the whole result.
  returned: when O(save_to) is given and could be written
  type: str
  sample: /var/lib/fortitoken/reports/.facts/fw-berlin.enroll.json
omitted:
  description: How many of each are only in the file.
  returned: when the whole result is too large for AWX
  type: dict
  sample: {results: 3000}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _runner
from ansible_collections.fortiops.fortitoken.plugins.module_utils._enroll import session
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console

ARGS: dict[str, dict[str, Any]] = {
    "state": {"type": "path", "required": True},
    "journal": {"type": "path", "default": ""},
    "users": {"type": "list", "elements": "str", "default": []},
    "again": {"type": "list", "elements": "str", "default": []},
    "per_run": {"type": "int", "default": 0},
    "window": {"type": "list", "elements": "str", "default": []},
    "max_mails": {"type": "int", "default": 3},
    "renew_before": {"type": "int", "default": 24},
    "max_undeliverable": {"type": "int", "default": 20},
    "watch_mail": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 20},
    "vdoms": {"type": "list", "elements": "str", "default": []},
    "admins": {"type": "str", "choices": ["skip", "include"], "default": "skip"},
    **_runner.SAVE_ARGS,
}


def perform(module: _runner.Module) -> None:
    try:
        wishes = session.wishes(module.params)
    except ValueError as error:
        module.fail_json(msg=f"{error}. The unit was not contacted.")

    def body(console: Console, result: dict[str, Any]) -> None:
        result.update(commands=[], requested=[])
        opened = session.open_unit(module, console)
        enrollment, unknown = session.prepare(opened, wishes, result, _runner.teller(module))
        try:
            if module.check_mode:
                session.plan(enrollment)
            else:
                enrollment.run()
        finally:
            session.tell(enrollment, unknown, result, module.check_mode)
            text = "".join(f"{line}\n" for line in result["commands"])
            _runner.show_diff(module, result, opened.unit.hostname, text)
        if enrollment.state.stopped:
            result.update(failed=True, msg=f"{opened.unit.hostname}: {enrollment.state.stopped}")

    _runner.run(module, body, module.params["save_to"])


def main() -> None:
    perform(AnsibleModule(argument_spec=ARGS, supports_check_mode=True))


if __name__ == "__main__":
    main()
