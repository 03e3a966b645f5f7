# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that the modules share.

This doc fragment is private to the collection and may change at any time.
"""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
notes:
  - The module runs on the controller and talks to the unit through the persistent session of the connection plugin
    P(fortiops.fortitoken.fortios_cli#connection). The play needs C(gather_facts=false).
requirements:
  - paramiko >= 3.4.0
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the unit.
  diff_mode:
    description: Returns the CLI text that was or would be sent, in C(--diff).
  idempotent:
    description: When run twice in a row with the same arguments, the second run changes nothing.
  platform:
    description: Target OS that can be operated against.
    support: full
    platforms: FortiOS
  action_group:
    description: Use C(group/fortiops.fortitoken.fortitoken) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - fortiops.fortitoken.fortitoken
seealso:
  - plugin: fortiops.fortitoken.fortios_cli
    plugin_type: connection
  - name: Fortinet article 194508
    description: The procedure that this collection automates.
    link: https://community.fortinet.com/t5/FortiGate/ta-p/194508
"""

    TRIAGE = r"""
options:
  vdoms:
    description:
      - Look only into these VDOMs; nothing else is entered. Without it, into all that can be entered.
      - A name that the unit does not have is an error, before anything is changed.
    type: list
    elements: str
    default: []
  lock_released:
    description:
      - The serials whose one-time activation lock Fortinet has released, or V(all).
      - Only the operator can state this. Without it no token is ever deleted, because deleting cannot be undone.
    type: list
    elements: str
    default: []
  admins:
    description:
      - Whether tokens used by administrators may be replaced or activated.
      - The administrator entry itself is never changed, and keeps demanding the second factor.
      - The token of the account that the play logs in with is never touched.
      - With V(include), nothing is changed on a unit that shows no administrator of the profile super_admin who could
        log in without one of the tokens at hand.
    type: str
    choices: [skip, include]
    default: skip
  remote_users:
    description:
      - Whether the tokens of users may be replaced whom a user group would admit with only a password meanwhile. These
        are users of an LDAP, RADIUS or TACACS+ server that a group in use admits by itself.
      - With V(skip) such tokens are left alone and reported, with the group, the server and the safe ways.
      - Activating a token does not unbind its user, so it needs none of this.
    type: str
    choices: [skip, include]
    default: skip
    version_added: 2.0.0
  managed:
    description:
      - What is done on a unit that FortiManager manages. With V(skip), nothing.
      - With V(execute_only), tokens are activated and provisioned and license codes redeemed, all by C(execute)
        commands. No configuration line is sent, so a token that would have to be deleted and added again is left alone
        and reported. FortiManager can neither activate tokens nor send activation codes (Fortinet article 417985).
    type: str
    choices: [skip, execute_only]
    default: skip
    version_added: 2.0.0
  error_statuses:
    description:
      - Further status texts of C(diagnose fortitoken info) to treat as the known error of a token.
      - Compared as whole texts, without regard to case and spacing.
    type: list
    elements: str
    default: []
  ignore_firmware_bug:
    description: Proceed although this FortiOS release is known to lose activations (bug 1218458).
    type: bool
    default: false
  ignore_unknown_server:
    description: Proceed although every token fails and the unit does not know the state of its token server.
    type: bool
    default: false
  save_config:
    description:
      - Run C(execute cfg save) after each step, as soon as it is read back, where the unit does not save by itself
        (C(cfg-save)). Without it, hardware tokens are not changed on such a unit.
    type: bool
    default: false
  retry_refused:
    description:
      - Request again what an earlier run has requested and was refused.
      - What was refused is remembered next to the O(journal), in a file with its name and C(.claims). Without this
        option such a token, and every token that depends on the same claim, is only reported. Set it after Fortinet has
        confirmed the release again.
    type: bool
    default: false
"""

    CODES = r"""
options:
  provision:
    description:
      - Send a new activation code to the users of mobile tokens among O(serials) whose code timed out.
      - No code is sent that cannot reach its user, because the unit has no mail server or the user neither C(email-to)
        nor C(sms-phone).
    type: bool
    default: false
  license_codes:
    description:
      - Codes of FortiToken Mobile licenses to redeem on the unit, C(XXXX-XXXX-XXXX-XXXX-XXXX).
      - Each code is redeemed once, also on a unit on which every token works, as the article does for additional
        tokens. What became of each is in RV(license_results). Codes are named by their position and never shown.
      - The unit does not show which codes it has redeemed, so a digest of each is kept next to the O(journal). A code
        that was redeemed is not sent again while the tokens that it brought are there, and one that was refused only
        with O(retry_refused=true). Without a journal, each call sends all codes.
      - The code of the trial tokens, C(0000-0000-0000-0000-0000), is left out while the unit has them and they work.
    type: list
    elements: str
    default: []
"""

    MOVE = r"""
options:
  token_map:
    description:
      - Which users of mobile tokens get another token, after Fortinet has transferred a license or a new one was bought
        (Fortinet article 194574). Without it, nobody does.
      - V(auto) moves every user whose token cannot work on this unit, because its license is not one of the unit or its
        trial license is dead, and every user of the O(baseline) who has no token any more. A user whose token shows no
        error is left alone. In each VDOM, users by name get the free tokens by serial; a user whose own token is free
        gets that one.
      - An item C(USER=SERIAL), C(VDOM/USER=SERIAL) or C(OLD_SERIAL=NEW_SERIAL) gives one user this token, whatever the
        status of the old one. It is your statement that the license of the new token is registered to this unit.
      - A token is only given where it is unassigned, C(new), has a license, and no evidence is against that license. A
        license of the O(baseline) counts as one of the old unit until its code was redeemed by this collection.
      - The unit sends the user an activation code at once, so a user whom no code can reach is left alone. So are
        administrators, users with a side door (O(remote_users)), and users of whom something else would be lost.
      - Nothing is deleted. The old tokens stay on the unit, unassigned.
    type: list
    elements: str
    default: []
    version_added: 2.0.0
  baseline:
    description:
      - Path of a baseline that M(fortiops.fortitoken.fortitoken_baseline) recorded from the old unit. It tells which
        licenses belong to that unit, and which user had which mobile token.
    type: path
    default: ''
"""

    STRICT = r"""
options:
  strict:
    description:
      - Whether the module fails when a token that it was given did not reach its goal, or a license code was refused.
        It does everything that can be done first, and returns the full result.
      - Set it to V(false) in a play that evaluates RV(failed_serials) by itself.
    type: bool
    default: true
"""

    SAVE_TO = r"""
options:
  save_to:
    description:
      - Also write the whole result as JSON into this file on the controller (mode 0600), in check mode too.
      - What is returned then stays below 600,000 bytes, because AWX cuts a task's result at 700,000. What is left out
        for that is counted in RV(omitted). The modules P(fortiops.fortitoken.fortitoken_report#module) and
        P(fortiops.fortitoken.fortitoken_plan#module) read the file by themselves.
    type: path
"""
