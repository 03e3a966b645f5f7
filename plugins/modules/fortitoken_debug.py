#!/usr/bin/python
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: fortitoken_debug
short_description: Switch FortiToken debugging on and off, and return what was printed in between and what it means
version_added: 1.0.0
author: FortiOps contributors (@fortiops)
description:
  - Switches debugging on exactly as step 4 of Fortinet article 194508 says, in the session in which the play's other
    tasks work, because the unit prints debug lines only there.
  - Lines that arrive before, on or after a prompt are kept in order, and are never taken for the output of a command.
  - Seeds, activation codes and license codes are taken out before a line leaves the connection.
  - Whatever happens to the play, the connection switches debugging off before it leaves the unit.
  - What was printed is compared with a catalog of causes, from FortiCare's error numbers to failed connections, and
    returned as findings that say what happened, how sure that is, who can repair it, and how.
  - A unit that refuses debugging, such as one in FIPS-CC mode, is no error. The module says so, and the play continues.
options:
  state:
    description:
      - V(enabled) switches debugging on.
      - V(disabled) switches it off and returns what was printed since it was switched on, or since it was last asked.
      - V(watched) listens for O(seconds), or until O(until) or O(until_finding) is met, and returns what was printed.
        Debugging is on meanwhile, and afterwards as it was before.
    type: str
    choices: [enabled, disabled, watched]
    default: enabled
  topics:
    description:
      - What to debug. Debugging that is on already keeps its topics; switch it off first to change them.
      - V(activation) is step 4 of the article, for the activation of hardware tokens and the provisioning of mobile
        ones. V(license) is the import of FortiToken Mobile licenses.
      - V(email) is the sending of mails with activation codes, in the global scope of a unit with VDOMs.
    type: list
    elements: str
    choices: [activation, license, email]
    default: [activation]
  seconds:
    description: For how many seconds O(state=watched) listens at most.
    type: int
    default: 60
  until:
    description:
      - A regular expression. O(state=watched) stops listening when a line matches it. The line is looked at without
        its secrets, as it is returned.
      - The wording differs between releases and mail servers. O(until_finding) does not depend on it.
    type: str
  until_finding:
    description: O(state=watched) stops listening as soon as what was printed means something (RV(findings)).
    type: bool
    default: false
    version_added: 2.0.0
  event_log:
    description:
      - Also read what the unit's event log notes of activations and failures (C(execute log filter) and
        C(execute log display), ids 32155, 32156, 32159 and 38412), without entries from before this play's login. This
        is evidence without debugging, too. Activation codes are taken out.
      - Its findings are among RV(findings). At most a hundred entries of each kind are read in each of at most ten
        VDOMs.
    type: bool
    default: false
  vdoms:
    description:
      - Use only these VDOMs; nothing else is entered. Debugging is switched on in the first one.
      - Without it, all that can be entered.
    type: list
    elements: str
    default: []
    version_added: 2.0.0
  journal:
    description:
      - The journal file of the unit. It notes that debugging was switched on, so that a run that follows an interrupted
        one knows that the levels are still set on the unit, and resets them.
    type: path
    default: ''
extends_documentation_fragment:
  - fortiops.fortitoken._fortitoken
  - fortiops.fortitoken._fortitoken.save_to
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Debugging is no part of the configuration; the diff shows the commands.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Switch activation debugging on
  fortiops.fortitoken.fortitoken_debug:
    state: enabled

- name: Activate a token, which may get only one attempt
  fortiops.fortitoken.fortitoken_activate:
    serials: [FTK200BAA0000007]

- name: Switch debugging off, and see what was printed
  fortiops.fortitoken.fortitoken_debug:
    state: disabled
    event_log: true
  register: debugging

- name: Show who can repair what
  ansible.builtin.debug:
    msg: "{{ item.title }}. {{ item.actor }}: {{ item.remedy }}"
  loop: "{{ debugging.findings }}"

- name: Watch a mail with an activation code leave, while an administrator clicks 'Send Activation Code'
  fortiops.fortitoken.fortitoken_debug:
    state: watched
    topics: [email]
    seconds: 120
    until_finding: true
"""

RETURN = r"""
lines:
  description: What the unit printed of its own accord, in order, without secrets.
  returned: always
  type: list
  elements: str
  sample:
    - "2026-03-30 04:10:03 ftm_fc_comm_connect[66]:ftm TCPS connected."
dropped:
  description: How many older lines were dropped because the unit printed more than is kept.
  returned: always
  type: int
  sample: 0
findings:
  description: What the lines mean, in the order in which it appeared. Empty where they show no failure.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Name of the cause, V(unknown_error) for an error that is not in the catalogue.
      type: str
    severity:
      description: V(warning), or V(info) where nothing has to be done.
      type: str
    title:
      description: What happened, in a few words.
      type: str
    detail:
      description: What it means.
      type: str
    certainty:
      description: Whether Fortinet's texts show it so (V(seen)), let one conclude it (V(inferred)), or neither
        (V(unknown)).
      type: str
    actor:
      description: Who can repair it.
      type: str
    remedy:
      description: How.
      type: str
    source:
      description: Where that is written.
      type: str
    code:
      description: FortiCare's error number, if there was one.
      type: int
    message:
      description: The error's own text.
      type: str
    serials:
      description: The tokens that were named with it.
      type: list
      elements: str
    units:
      description: The units that were named with it.
      type: list
      elements: str
    evidence:
      description: The lines, without secrets, twenty at most.
      type: list
      elements: str
    count:
      description: How many times it appeared.
      type: int
    first:
      description: When it appeared first, on the unit's clock; empty where the unit printed no time.
      type: str
    last:
      description: When it appeared last.
      type: str
  sample:
    - id: license_expired
      severity: warning
      title: A FortiToken Mobile license code has expired
      detail: FortiCare did not redeem the code, because it is expired.
      certainty: seen
      actor: Fortinet sales
      remedy: Get a new license code through the sales channel, then run again with it in remediate_license_codes.
      source: Fortinet article 194508
      code: 14
      message: forticare license expired
      serials: []
      units: []
      evidence: ['2026-03-30 04:10:03 {"error_code":14,"error_message":"forticare license expired"}}}']
      count: 1
      first: '2026-03-30 04:10:03'
      last: '2026-03-30 04:10:03'
events:
  description: The entries of the event log, without secrets.
  returned: when O(event_log=true)
  type: list
  elements: str
  sample:
    - '1: date=2026-03-30 time=04:17:09 logid="0100032159" serialno="FTK200BAA0000001" msg="cmdb save error"'
matched:
  description: Whether O(until) has appeared, or O(until_finding) was met.
  returned: when O(state=watched)
  type: bool
  sample: true
refused:
  description: Whether the unit refused to switch debugging on. The findings then have V(debug_refused).
  returned: always
  type: bool
  sample: false
commands:
  description: The commands that were sent, or in check mode would be.
  returned: always
  type: list
  elements: str
  sample: [diagnose debug reset, diagnose debug disable]
saved_to:
  description: The file with the whole result.
  returned: when O(save_to) is given and could be written
  type: str
  sample: /var/lib/fortitoken/reports/.facts/fw-berlin.debug.json
omitted:
  description: How many of each are only in the file.
  returned: when the whole result is too large for AWX
  type: dict
  sample: {lines: 20000}
"""

import re
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _runner
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change import journal
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.holding import cluster, hold
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis import debugging
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.diagnose import diagnose
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import identify, select_vdoms
from ansible_collections.fortiops.fortitoken.plugins.module_utils._rpc import Console

ARGS: dict[str, dict[str, Any]] = {
    "state": {"type": "str", "choices": ["enabled", "disabled", "watched"], "default": "enabled"},
    "topics": {
        "type": "list",
        "elements": "str",
        "choices": ["activation", "license", "email"],
        "default": ["activation"],
    },
    "seconds": {"type": "int", "default": 60},
    "until": {"type": "str"},
    "until_finding": {"type": "bool", "default": False},
    "event_log": {"type": "bool", "default": False},
    "vdoms": {"type": "list", "elements": "str", "default": []},
    "journal": {"type": "path", "default": ""},
    **_runner.SAVE_ARGS,
}


def _refuse_wrong_options(module: _runner.Module) -> None:
    if not module.params["topics"]:
        module.fail_json(msg="topics: at least one of activation, license and email. The unit was not contacted.")
    if module.params["seconds"] < 1:
        module.fail_json(msg="seconds: at least one second. The unit was not contacted.")
    try:
        re.compile(module.params["until"] or "")
    except re.error as error:
        module.fail_json(msg=f"until: not a regular expression: {error}. The unit was not contacted.")


class _Debugging:
    """Debugging of one unit: what has to be switched, and what was heard."""

    def __init__(self, module: _runner.Module, console: Console) -> None:
        self._console, self._journal, self.state = console, module.params["journal"], module.params["state"]
        # Before the journal is opened: it belongs to the cluster.
        self.unit = cluster(console, identify(console)) if self._journal else identify(console)
        self.vdoms = select_vdoms(self.unit, [name.strip() for name in module.params["vdoms"] if name.strip()])
        self._scope = self.unit.scope(self.vdoms[0])
        self._on = debugging.enabling(module.params["topics"], self.unit, self.vdoms[0])
        self._off = [Batch(debugging.DISABLE, self._scope, brief=True)]
        self.watching = console.watching()
        # An interrupted run may have left the levels on.
        self._left = not self.watching and journal.load(self._journal, self.unit).debug
        self.switch_on = self.state != "disabled" and not self.watching
        self.switch_off = (self.state == "disabled" and (self.watching or self._left)) or (
            self.state == "watched" and not self.watching
        )
        self.heard = debugging.Heard()
        self.refused = False

    @property
    def sent(self) -> list[str]:
        """The lines that are sent, or in check mode would be."""
        batches = (self._on if self.switch_on else []) + (self._off if self.switch_off else [])
        return [line for batch in batches for line in batch.lines]

    def begin(self) -> list[dict[str, Any]]:
        """Switch debugging on where that is due; return findings."""
        if not self.switch_on:
            if self.watching and not self.switch_off:
                self.heard.take(self._console.watch_read())
            return []
        hold(self._console, self._journal, self.unit)
        journal.note_debug(self._journal, self.unit, on=True)
        found, is_on = debugging.switch_debug_on(self._console, self._scope, self._on, self._off)
        if not is_on:
            journal.note_debug(self._journal, self.unit, on=False)
            self.refused = True
            return found
        # Levels that an interrupted run left on belong to no one else.
        return [] if self._left else found

    def end(self) -> None:
        """Switch debugging off where that is due."""
        if not self.switch_off or self.refused:
            return
        if self.watching or self.switch_on:
            self.heard.take(self._console.watch_stop()[0])
        else:
            hold(self._console, self._journal, self.unit)
            self._console.run(self._off)
        journal.note_debug(self._journal, self.unit, on=False)


def perform(module: _runner.Module) -> None:
    _refuse_wrong_options(module)
    until = module.params["until"]

    def body(console: Console, result: dict[str, Any]) -> None:
        work = _Debugging(module, console)
        watched = work.state == "watched"
        result["commands"] = work.sent
        # Watching leaves the unit as it was.
        result["changed"] = bool(result["commands"]) and not watched
        _runner.show_diff(module, result, work.unit.hostname, "".join(f"{line}\n" for line in result["commands"]))
        result.update(lines=[], dropped=0, findings=[], refused=False)
        if watched:
            result["matched"] = False
        if module.check_mode and result["commands"]:
            return
        found = work.begin()
        if work.refused:
            result.update(refused=True, changed=False)
        elif watched:
            debugging.listen(
                console, work.heard, float(module.params["seconds"]), until, module.params["until_finding"]
            )
        work.end()
        heard = work.heard
        if watched:
            # The last lines may have been held back until the end, because they might have been half a secret.
            result["matched"] = heard.matched or debugging.matching(until)(heard.lines)
            result["matched"] |= module.params["until_finding"] and bool(diagnose(heard.lines))
        result.update(lines=heard.lines, dropped=heard.dropped)
        rows: list[str] = []
        if module.params["event_log"]:
            result["events"] = rows = debugging.read_events(console, work.unit, work.vdoms)
        result["findings"] = found + diagnose([*heard.lines, *rows])

    _runner.run(module, body, module.params["save_to"])


def main() -> None:
    perform(AnsibleModule(argument_spec=ARGS, supports_check_mode=True))


if __name__ == "__main__":
    main()
