# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of causes: what a unit or Fortinet's servers say when a token, a license or a mail fails, as data.

Each cause tells how it is recognized, what it means, how sure that is, who can repair it and how, and where that is
written. `_diagnosis` reads debug output with it. Pure data.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: How well a meaning is known: printed so by a unit in a public Fortinet text, concluded from such texts, or neither.
SEEN = "seen"
INFERRED = "inferred"
UNKNOWN = "unknown"

# Who can repair it.
ADMINISTRATOR = "Firewall administrator"
HOLDER = "Token user"
TAC = "Fortinet TAC"
CUSTOMER_SERVICE = "Fortinet Customer Service"
SALES = "Fortinet sales"
FIRMWARE = "Firmware upgrade"

#: The CLI prints FortiCare's error number N as -(7550 + N): 14 and -7564 stand side by side in article 194508, the
#: rule behind the pair is inferred. It holds only in lines about FortiTokens: -7610 is an error of `opmode`.
#: [fact: license-cli-code]
CLI_CODE_BASE = 7550
CLI_CODE_SPAN = 100


@dataclass(frozen=True)
class Cause:
    """One thing that can be wrong.

    Recognized by `codes` (FortiCare's `error_code`), by `messages` (a part of an error message, an event's text or a
    status; compared without blanks and case, because debug output breaks its lines anywhere), by `statuses` (a whole
    status text), or by `line` (a pattern for one line of debug output).
    """

    id: str
    title: str
    meaning: str
    certainty: str
    actor: str
    remedy: str
    source: str
    codes: tuple[int, ...] = ()
    messages: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    line: re.Pattern[str] | None = None
    severity: str = "warning"


# A line of the daemons that talk to Fortinet: `[361] fds_send_reply: ...`, `ftm_fc_comm_connect[66]:...`.
_DAEMON = r"(?:\[\d+\] ?(?:fds|ftm|fcp|forticldd)\w*|(?:ftm|fds|fcp|forticldd)\w*\[\d+\])[ :].*"
# A line of the mail daemon. Its wording is not public; replies of a mail server have the numbers of RFC 5321.
# [fact: debug-mail-texts]
_MAIL = r".*\b(?:alert ?mail\w*|smtps?\w*|e?-?mail\w*|rsp_state)\b.*"
# [fact: debug-way-texts]
_NO_NAME = (
    r"(?:(?:unable|fail\w*|could ?n.?t|can ?not|can.?t)\b.{0,20}\bresolv|resolv\w*\b.{0,40}\b(?:fail|error|timeout)"
    r"|unknown host|name or service not known|no such host|gethostbyname|getaddrinfo"
    r"|\bdns\b.{0,30}\b(?:fail|error|time))"
)
_NO_LINE = (
    r"(?:no route to host|network is unreachable|connection (?:reset|timed? ?out|closed|aborted)|timed? ?out"
    r"|connect\w*\b.{0,20}\bfail|fail\w*\b.{0,20}\bconnect|(?:ssl|tls|certificate)\b.{0,40}\b(?:fail|error|verify))"
)


def _line(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


CATALOGUE: tuple[Cause, ...] = (
    # ---- licenses
    Cause(
        # [fact: license-expired] [fact: license-expired-deleted]
        id="license_expired",
        title="A FortiToken Mobile license code has expired",
        meaning="FortiCare did not redeem the code, because it is expired.",
        certainty=SEEN,
        actor=SALES,
        remedy="Get a new license code through the sales channel and run again with it in remediate_license_codes. Do "
        "not delete an expired license from the unit: it cannot be recovered (Fortinet article 197790).",
        source="Fortinet article 194508",
        codes=(14,),
        messages=("license expired",),
    ),
    Cause(
        # [fact: license-card-not-found]
        id="license_card_not_found",
        title="FortiCare does not know a license code",
        meaning="FortiCare has no license card for the code: it is mistyped, or its certificate is not registered.",
        certainty=SEEN,
        actor=ADMINISTRATOR,
        remedy="Compare the code with the license certificate, and register the card in the Fortinet support portal to "
        "the serial number of this unit (in a cluster: of the primary). If it is registered there, ask Customer "
        "Service.",
        source="Fortinet article 194508; the remedy is inferred",
        messages=("license card not found",),
    ),
    Cause(
        # [fact: license-no-valid-token]
        id="no_valid_token",
        title="FortiCare finds no valid token for this unit",
        meaning="No token of the license is registered to the serial number that asked.",
        certainty=SEEN,
        actor=CUSTOMER_SERVICE,
        remedy="Look in the support portal which serial number the license is registered to, and have Customer Service "
        "move it to this unit. For the free trial tokens, get a new set as article 190171 describes: code "
        "0000-0000-0000-0000-0000 in remediate_license_codes.",
        source="Fortinet articles 190171 and 424201",
        codes=(17,),
        messages=("no valid token found",),
    ),
    Cause(
        # [fact: trial-stale]
        id="trial_tokens_stale",
        title="The free trial tokens of this unit do not work",
        meaning="FortiCare knows no active token behind them; trial tokens belong to a unit and cannot be moved.",
        certainty=SEEN,
        actor=ADMINISTRATOR,
        remedy="Get this unit a new set of trial tokens as article 190171 describes: code 0000-0000-0000-0000-0000 in "
        "remediate_license_codes.",
        source="Fortinet articles 276480 and 190171",
        messages=("no active token found",),
    ),
    Cause(
        # [fact: license-not-registered]
        id="product_not_registered",
        title="A unit is not registered at Fortinet",
        meaning="FortiCare serves no serial number that is not registered; in a cluster every member counts.",
        certainty=SEEN,
        actor=ADMINISTRATOR,
        remedy="Register the unit, and every member of its cluster, in the Fortinet support portal, then run again.",
        source="Fortinet article 197403",
        codes=(21,),
        messages=("product is not registered",),
    ),
    Cause(
        # [fact: license-other-product]
        id="token_of_another_product",
        title="A token belongs to another unit",
        meaning="The license of the token is registered to another serial number than the one that asked.",
        certainty=SEEN,
        actor=CUSTOMER_SERVICE,
        remedy="Ask Customer Service to transfer the FortiToken Mobile license to the serial number of this unit.",
        source="Fortinet article 424201",
        codes=(31,),
        messages=("token does not belong to product",),
    ),
    Cause(
        # [fact: license-malformed]
        id="license_code_malformed",
        title="The unit refuses a license code",
        meaning="The unit refused the code without asking FortiCare.",
        certainty=SEEN,
        actor=ADMINISTRATOR,
        remedy="Compare the code with the license certificate: five groups of four characters, with dashes.",
        source="Fortinet article 190171",
        messages=("input value is invalid",),
    ),
    # ---- activation
    Cause(
        # [fact: mobile-code-refused]
        id="activation_code_invalid",
        title="A token user entered an invalid activation code",
        meaning="The code that was entered in the FortiToken app is mistyped, used, or expired.",
        certainty=SEEN,
        actor=HOLDER,
        remedy="Enter the code of the newest mail or text message. If it is expired, send a new one: "
        "remediate_provision.",
        source="Fortinet article 308115",
        codes=(40,),
        messages=("activation code is invalid",),
    ),
    Cause(
        # [fact: status-already-activated] [fact: debug-activation-texts]
        id="already_activated",
        title="Fortinet refuses an activation: the token is locked",
        meaning="The token was activated once. Fortinet does not return its seed again before the lock is released.",
        certainty=SEEN,
        actor=TAC,
        remedy="Ask Fortinet TAC to release the activation lock, then run again with remediate_lock_released.",
        source="FortiOS Administration Guide, topic 180506; Fortinet articles 194435 and 209547",
        messages=("already activated, and seed won't be returned", "already been activated on another device"),
    ),
    Cause(
        # [fact: status-not-exist]
        id="token_not_in_fortiguard",
        title="FortiGuard does not know a token",
        meaning="Either FortiGuard could not be reached, as Fortinet's guide says, or the serial number is wrong, as "
        "the text suggests.",
        certainty=INFERRED,
        actor=ADMINISTRATOR,
        remedy="Make sure that the token server is reachable, and compare the serial with the back of the token.",
        source="FortiToken guide 8.0.0, topic 616236",
        messages=("token not exist in fortiguard",),
    ),
    Cause(
        # [fact: debug-activation-texts]
        id="serial_invalid",
        title="Fortinet refuses a serial number",
        meaning="The serial number is not that of a token, or it belongs to another customer.",
        certainty=INFERRED,
        actor=ADMINISTRATOR,
        remedy="Compare the serial with the back of the token. If it is right, ask Fortinet TAC.",
        source="Fortinet article 209547 (FortiAuthenticator)",
        messages=("invalid serial number",),
    ),
    Cause(
        # [fact: status-cmdb-save-error] [fact: bug-1218458]
        id="cmdb_save_error",
        title="The firmware cannot store an activated token",
        meaning="The answer of an activation was lost (FortiOS bug 1218458); the activation may be spent.",
        certainty=SEEN,
        actor=FIRMWARE,
        remedy="Do not activate again on this build. Upgrade to 7.4.12, 7.6.7, 8.0.0 or later, and ask Fortinet TAC to "
        "release the lock.",
        source="Fortinet article 428366, bug 1218458",
        messages=("cmdb save error",),
    ),
    Cause(
        # [fact: status-mobile] [fact: mobile-code-validity]
        id="provision_timeout",
        title="An activation code was not used in time",
        meaning="The user of a mobile token did not enter the code before it expired.",
        certainty=SEEN,
        actor=HOLDER,
        remedy="Send a new code (remediate_provision) and have it entered within its validity, 72 hours by default.",
        source="FortiOS Administration Guide, topic 180506; Fortinet article 194933",
        statuses=("provision timeout",),
    ),
    Cause(
        # [fact: status-locked] [fact: mobile-renew]
        id="token_locked",
        title="A token is locked",
        meaning="An administrator locked it, or it was unassigned while the token server was unreachable.",
        certainty=SEEN,
        actor=ADMINISTRATOR,
        remedy="If it was not locked on purpose: for a mobile token, unassign it and run 'execute fortitoken-mobile "
        "renew' while the token server is reachable.",
        source="FortiOS Administration Guide, topic 180506; Fortinet articles 194364 and 312027",
        statuses=("locked",),
    ),
    # ---- the way to Fortinet
    Cause(
        id="server_connectivity",
        title="Fortinet's token server could not be reached",
        meaning="The request did not get through, so it says nothing about the token.",
        certainty=INFERRED,
        actor=ADMINISTRATOR,
        remedy="Let the unit reach FortiGuard (DNS, route, TCP 443), then run again.",
        source="Fortinet article 209547 (FortiAuthenticator)",
        messages=("due to a connectivity error",),
    ),
    Cause(
        id="connection_refused",
        title="A connection was refused",
        meaning="A request or its answer could not be handed over. Article 194508 shows the line shortly before an "
        "answer that did arrive, so alone it proves no outage.",
        certainty=SEEN,
        actor=ADMINISTRATOR,
        remedy="If activations fail: let the unit reach FortiGuard on TCP 443, past every proxy and filter.",
        source="Fortinet article 194508",
        line=_line(rf"{_DAEMON}(?:connection refused|send reply failed)"),
    ),
    Cause(
        id="name_not_resolved",
        title="A name of Fortinet's servers could not be resolved",
        meaning="The unit has no working DNS for FortiGuard.",
        certainty=INFERRED,
        actor=ADMINISTRATOR,
        remedy="Fix the DNS of the unit ('show system dns'), then run again.",
        source="inferred; the wording is not public",
        line=_line(rf"{_DAEMON}{_NO_NAME}"),
    ),
    Cause(
        id="connection_failed",
        title="A connection to Fortinet failed",
        meaning="The token server was not reached, or the encrypted connection to it could not be made.",
        certainty=INFERRED,
        actor=ADMINISTRATOR,
        remedy="Let the unit reach FortiGuard on TCP 443, without TLS inspection on the way, then run again.",
        source="inferred; the wording is not public",
        line=_line(rf"{_DAEMON}{_NO_LINE}"),
    ),
    Cause(
        id="service_error",
        title="Fortinet's token service answered with an HTTP error",
        meaning="The server was reached but its service failed, or a device on the way answered instead.",
        certainty=INFERRED,
        actor=TAC,
        remedy="Run again later. If it stays, look for a proxy on the way, then ask Fortinet TAC.",
        source="RFC 9110, status codes",
        line=_line(r"HTTP/\d(?:\.\d)? [45]\d\d\b"),
    ),
    # ---- mails with activation codes
    Cause(
        id="mail_name_not_resolved",
        title="The name of the mail server could not be resolved",
        meaning="No mail with an activation code can leave.",
        certainty=INFERRED,
        actor=ADMINISTRATOR,
        remedy="Check the server's name in 'show system email-server' and the DNS of the unit.",
        source="inferred; the wording is not public",
        line=_line(rf"{_MAIL}{_NO_NAME}"),
    ),
    Cause(
        id="mail_login_refused",
        title="The mail server refuses the unit's login",
        meaning="User name, password or the way of logging in is wrong, so no activation code left.",
        certainty=INFERRED,
        actor=ADMINISTRATOR,
        remedy="Correct authenticate, username, password and security in 'config system email-server'.",
        source="RFC 4954 and RFC 5321, reply codes 530, 534, 535 and 538",
        line=_line(rf"{_MAIL}(?:\b53[0458](?:[ -]|$)|auth\w*\b.{{0,20}}\b(?:fail|error|reject))"),
    ),
    Cause(
        id="mail_address_refused",
        title="The mail server refuses a recipient or the sender",
        meaning="The address of the user does not exist there, or the server does not relay for the unit.",
        certainty=INFERRED,
        actor=ADMINISTRATOR,
        remedy="Check the user's email-to, and reply-to in 'config system email-server'.",
        source="RFC 5321, reply codes 550, 551 and 553",
        line=_line(rf"{_MAIL}\b55[013](?:[ -]|$)"),
    ),
    Cause(
        id="mail_refused",
        title="The mail server refuses a mail",
        meaning="The server is there and does not take the mail, for now (4xx) or at all (5xx).",
        certainty=INFERRED,
        actor=ADMINISTRATOR,
        remedy="Look into the mail server's log; a blocklist that names the unit's address is a known cause.",
        source="RFC 5321, reply codes 4xx and 5xx; Fortinet article 199344 for the blocklist",
        line=_line(
            rf"{_MAIL}(?<![\d.:])(?:4[25]\d|5[05]\d)(?:[ -](?:[245]\.\d|\D)|$)|.*\bis blocklisted by FortiGuard\b"
        ),
    ),
    Cause(
        id="mail_not_sent",
        title="A mail could not be sent",
        meaning="The unit did not reach its mail server, or gave up.",
        certainty=INFERRED,
        actor=ADMINISTRATOR,
        remedy="Check server, port and security in 'show system email-server', and the way to it.",
        source="inferred; the wording is not public",
        line=_line(
            rf"{_MAIL}(?:{_NO_LINE}|connection refused"
            r"|(?:fail\w*|unable|could not|cannot)\b.{0,30}\b(?:send|sent|deliver|mail)"
            r"|(?:send|sent|deliver\w*|mail)\b.{0,30}\bfail|\bnot (?:be )?(?:sent|delivered)\b)"
            r"|failed to send activation code"
        ),
    ),
    Cause(
        id="mail_sent",
        title="The mail server accepted a mail",
        meaning="The unit handed a mail over. Whether it arrived, only the user can tell; a filter may hold it back.",
        certainty=INFERRED,
        actor=HOLDER,
        remedy="",
        source="RFC 5321, reply code 250 behind the text of a mail; the unit's own wording is not public",
        line=_line(
            rf"{_MAIL}(?:\b250[ -].*\b(?:queued|accepted)\b|\b(?:mail|message)\b.{{0,20}}\b(?:was |is )?sent\b"
            r"|\bsent (?:mail|successfully)\b)"
        ),
        severity="info",
    ),
)

#: An activation failed for a reason that only the event's own text tells (FortiOS log reference, id 32159).
ACTIVATION_FAILED = Cause(
    id="activation_failed",
    title="The unit's event log notes a failed activation",
    meaning="The text of the event is not in the catalogue.",
    certainty=UNKNOWN,
    actor=TAC,
    remedy="Compare with the status of the token. Show Fortinet TAC the event if the status does not explain it.",
    source="FortiOS log reference 7.4.5, message id 32159",
)

#: An activation succeeded: evidence that a token got its seed (log references 6.0 to 7.2.9, id 32156).
ACTIVATION_SUCCEEDED = Cause(
    id="activation_succeeded",
    title="The unit's event log notes a successful activation",
    meaning="Fortinet answered the activation, and the unit noted it as successful.",
    certainty=SEEN,
    actor=ADMINISTRATOR,
    remedy="",
    source="FortiOS log references 6.0 to 7.2.9, message id 32156",
    severity="info",
)

#: A unit that refuses debugging still repairs tokens; only this evidence is missing.
# [fact: debug-refused]
DEBUG_REFUSED = Cause(
    id="debug_refused",
    title="The unit refuses debugging",
    meaning="The run continues without debug output: FIPS-CC mode and some access profiles refuse the command. What"
    " Fortinet answers then shows only in the status of the tokens and in the event log.",
    certainty=INFERRED,
    actor=ADMINISTRATOR,
    remedy="Nothing has to be done. On a unit that is not in FIPS-CC mode, add 'set cli-diagnose enable' or 'set"
    " system-diagnostics enable' to the access profile of the account.",
    source="inferred from field reports",
    severity="info",
)

#: Whether the mail or text left the unit: the event stands for an order given, not for a mail received.
ACTIVATION_CODE_SENT = Cause(
    id="activation_code_sent",
    title="The unit sent an activation code",
    meaning="The event log notes that an activation code was sent. Whether it arrived, only the user can tell.",
    certainty=SEEN,
    actor=HOLDER,
    remedy="",
    source="Fortinet article 190967",
    severity="info",
)

#: FortiCare's error numbers and messages that stand nowhere in the catalogue.
UNKNOWN_ERROR = Cause(
    id="unknown_error",
    title="Fortinet answered with an error that is not in the catalogue",
    meaning="The meaning of this error is not public.",
    certainty=UNKNOWN,
    actor=TAC,
    remedy="Show Fortinet TAC the line and the time.",
    source="",
)

#: FortiCare's errors that mean, in a cluster, that the license may be registered to another member.
WRONG_MEMBER_CAUSES = frozenset(("no_valid_token", "token_of_another_product", "product_not_registered"))
# [fact: ha-license-primary] [fact: ha-license-wrong-member]
WRONG_MEMBER = Cause(
    id="license_on_wrong_member",
    title="The license may be registered to the wrong member of the cluster",
    meaning="FortiCare refuses what the primary asks for. The license of FortiToken Mobile has to be registered to the "
    "primary; FortiOS 7.4.9 fails so where it is registered to another member.",
    certainty=INFERRED,
    actor=CUSTOMER_SERVICE,
    remedy="Look in the support portal which member the license is registered to. Have Customer Service move it to the "
    "primary, or make that member the primary.",
    source="Fortinet articles 424201, 308115 and 194574",
)

#: Debug levels that were set before this collection set any.
# [fact: debug-levels-shared]
DEBUG_LEFT_ON = Cause(
    id="debug_left_on",
    title="Debugging was on before",
    meaning="Someone else left debugging on, or is using it now. Debug levels belong to the unit, not to a session.",
    certainty=INFERRED,
    actor=ADMINISTRATOR,
    remedy="Ask who uses it. 'diagnose debug reset' switches it off; so does this collection when it uses debugging "
    "itself.",
    source="inferred; the output of 'diagnose debug info' is not public",
    severity="info",
)
