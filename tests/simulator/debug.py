# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debug output of the activation daemons, as it appears in the middle of a console session.

Facts followed: line forms of Fortinet articles 194508 and 308115 (the numbers in brackets vary with the build), the
time stamp before each line after `diagnose debug console timestamp enable`, the JSON with the OTP seed in clear,
split over lines and not always valid. How the activation of a hardware token looks is not public: those lines are
inferred from the mobile ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .licenses import Refusal

FORTICLDD = "forticldd"
FORTITOKEN = "fortitoken"
ALERTMAIL = "alertmail"


# [fact: debug-line-forms] [fact: debug-hardware]
def request(serial: str, unit_serial: str, members: Iterable[str]) -> list[tuple[str, str]]:
    """Lines (source, text) of an activation request of a hardware token."""
    cluster = ", ".join(f'{{ "sn": "{member}" }}' for member in members)
    return [
        (FORTICLDD, "[641] fds_ctx_set_addr: server: 192.0.2.10:443"),
        (FORTICLDD, "[188] fds_svr_default_pickup_server: fdni: directregistration.fortinet.com"),
        (FORTICLDD, "[337] fds_send_reply: Sending 1005 bytes data."),
        (FORTITOKEN, "ftm_fc_comm_connect[66]:ftm TCPS connected."),
        (FORTITOKEN, "POST /SoftToken/Provisioning.asmx/Process HTTP/1.1"),
        (FORTITOKEN, f'{{ "d": {{ "__type": "SoftToken.ActivationRequest", "__version": "4", "token": "{serial}",'),
        (FORTITOKEN, f'"serial_number": "{unit_serial}", "__clustered_sns": [ {cluster} ] }} }}'),
        (FORTITOKEN, "ftm_fc_comm_send_request[128]:send packet success."),
    ]


# [fact: debug-shows-seed] [fact: debug-json-broken]
def activated(serial: str, seed: str | None, status: str) -> list[tuple[str, str]]:
    """Lines of the answer to an activation request."""
    lines = [(FORTITOKEN, "ftm_fc_comm_recv_response[277]:receive packet success.")]
    if seed:
        # A seed that is cut in two by a line end must be recognised as well.
        lines += [
            (FORTITOKEN, f'{{ "d": {{ "__type": "SoftToken.ActivationResponse", "token": "{serial}",'),
            (FORTITOKEN, f'"seed": "{seed[:17]}'),
            (FORTITOKEN, f'{seed[17:]}", "error_code": 0 }} }}'),
        ]
    else:
        lines.append((FORTITOKEN, f'{{"token":"{serial}","error_code":17,"error_message":"{status}"}}}}}}'))
    return lines


# [fact: debug-way-texts]
def unreachable() -> list[tuple[str, str]]:
    """Lines when the service does not answer."""
    return [
        (FORTICLDD, "[188] fds_svr_default_pickup_server: fdni:"),
        (FORTICLDD, "[361] fds_send_reply: send reply failed: req-1, Connection refused"),
    ]


def provision(
    serial: str, unit_serial: str, seed: str, code: str, license_: str, minutes: int
) -> list[tuple[str, str]]:
    """Lines of the provisioning of a mobile token: they show the seed and the activation code."""
    return [
        (FORTITOKEN, f"ftm_cfg_provision_token[417]:provision token {serial}"),
        (FORTITOKEN, "POST /SoftToken/Provisioning.asmx/Process HTTP/1.1"),
        # The missing quote before `license` is how the source shows it.
        (FORTITOKEN, f'{{ "d": {{ "__type": "SoftToken.ProvisionRequest", "__version": "4", license": "{license_}",'),
        (FORTITOKEN, f'"serial_number": "{unit_serial}", "tokens": [ {{ "token": "{serial}", "seed": "{seed}",'),
        (FORTITOKEN, f'"activation_code": "{code}", "code_expire": {minutes} }} ] }} }}'),
        (FORTITOKEN, "ftm_fc_comm_recv_response[477]:receive packet from forticare success."),
    ]


# [fact: license-expired] [fact: license-card-not-found]
def import_license(code: str, unit_serial: str, refusal: Refusal | None) -> list[tuple[str, str]]:
    """Lines of the import of a redemption code.

    The line with the number follows the one with the message, and is about it; a message can come without an error
    number of its own (`forticare license card not found` in Fortinet article 194508).
    """
    lines = [
        (FORTITOKEN, '{ "d": { "__type": "SoftToken.ActivationLicenseRequest", "__version": "4",'),
        (FORTITOKEN, f'"license_activation_code": "{code}",'),
        (FORTITOKEN, f'"serial_number": "{unit_serial}", "__device_version": "6.0",'),
        (FORTITOKEN, "ftm_fc_comm_recv_response[477]:receive packet from forticare success."),
    ]
    if refusal is not None:
        message = f'"error_message":"{refusal.message}"}}}}}}'
        number = "" if refusal.error is None else f'{{"error_code":{refusal.error},'
        lines += [
            (FORTITOKEN, number + message),
            (FORTITOKEN, f"ftm_fc_command[564]:received error from forticare [{refusal.cli_code}]"),
        ]
    return lines


def polling(unit_serial: str) -> list[tuple[str, str]]:
    """Lines of `execute fortitoken-mobile poll`; the types of the messages are those of Fortinet article 308115."""
    return [
        (FORTITOKEN, "POST /SoftToken/Provisioning.asmx/Process HTTP/1.1"),
        (FORTITOKEN, '{ "d": { "__type": "SoftToken.PollingRequest", "__version": "4",'),
        (FORTITOKEN, f'"serial_number": "{unit_serial}" }} }}'),
        (FORTITOKEN, "ftm_fc_comm_recv_response[477]:receive packet from forticare success."),
        (FORTITOKEN, '{ "d": { "__type": "SoftToken.PollingResponse", "error_code": 0 } }'),
    ]


def refused(serial: str, error: int, message: str) -> list[tuple[str, str]]:
    """Lines when FortiCare does not provision a mobile token."""
    return [
        (FORTITOKEN, f"ftm_cfg_provision_token[417]:provision token {serial}"),
        (FORTITOKEN, "ftm_fc_comm_recv_response[477]:receive packet from forticare success."),
        (FORTITOKEN, f'{{"token":"{serial}","error_code":{error},"error_message":"{message}"}}}}}}'),
        (FORTITOKEN, f"ftm_fc_command[564]:received error from forticare [{cli_code(error)}]"),
    ]


# The replies are those of RFC 5321 and 4954; how the daemon prints them is not public.
# [fact: debug-mail-texts]
_MAIL_ENDS = {
    "sent": "alertmail: smtp reply: 250 2.0.0 queued",
    "refused": "alertmail: smtp reply: 550 5.1.1 no such user",
    "login_refused": "alertmail: smtp reply: 535 5.7.8 authentication failed",
    "unresolved": "alertmail: unable to resolve {server}",
    "unreachable": "alertmail: connect to {server}: connection timed out",
}


# [fact: debug-shows-mail]
def mail(server: str, address: str, code: str, outcome: str) -> list[tuple[str, str]]:
    """Lines of a mail with an activation code, which `alertmail` shows in full (Fortinet article 276480)."""
    lines = [f"alertmail: connecting to {server}"]
    if outcome in ("sent", "refused"):
        lines += [f"alertmail: to <{address}>", "alertmail: body: Your FortiToken Mobile activation code:", code]
    lines.append(_MAIL_ENDS[outcome].format(server=server))
    return [(ALERTMAIL, line) for line in lines]


# [fact: license-cli-code]
def cli_code(error: int) -> int:
    """Return the code that the CLI prints for a FortiCare error number.

    The pair 14 and -7564 is from Fortinet article 194508; the rule behind it is inferred.
    """
    return -(7550 + error)


class Placement:
    """Chooses where the next debug line appears: prompt, own_line or after_echo."""

    def __init__(self, style: str, seed: int = 7) -> None:
        self._style = style
        self._random = random.Random(seed)

    def next(self) -> str:
        """Return the place of the next batch of lines."""
        if self._style != "mixed":
            return self._style
        return self._random.choice(("prompt", "prompt", "own_line", "after_echo"))
