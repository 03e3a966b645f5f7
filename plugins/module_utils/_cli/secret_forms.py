# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms in which a unit prints a secret: one table.

A form is a pattern whose group ``secret`` is the secret. Every pattern is linear: what may repeat is bounded, or cannot
begin at more than one place of a word.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MARK = "<redacted>"

# Attributes of FortiOS whose value is a secret: the CLI reference's "user fortitoken" (seed, activation-code, reg-id),
# and those that the unit itself stores as ENC.
_ATTRIBUTE = (
    r"(?:seed|activation-code|reg-id|passwd|password|passphrase|psksecret|secret|private-key|api-key|auth-pwd|priv-pwd"
    r"|private-encryption-key|[a-z0-9-]{1,60}-(?:passwd|password|secret|passphrase))\d?"
)
_IS_SECRET = re.compile(_ATTRIBUTE)

#: Attributes whose value is a name, a reference or a word of the command line. A password of the same text must not
#: blank them: the parsers go by them (Fortinet CLI reference: user local, user fortitoken, system admin, system
#: accprofile, system global, system central-management, system email-server).
NAMES = frozenset(
    """
    accprofile admingrp authenticate authgrp cfg-save cli-config cli-diagnose cli-exec cli-get cli-show email-to fmg
    fortitoken ldap-server license management-vdom member port radius-server saml-server security serial-number server
    sms-phone sms-server status sysgrp system-diagnostics tacacs+-server two-factor two-factor-authentication
    two-factor-notification type username-case-insensitivity username-case-sensitivity username-sensitivity vdom
    workstation
    """.split()  # noqa: SIM905
)


@lru_cache(maxsize=4096)
def is_secret_attribute(name: str) -> bool:
    """Tell whether ``set <name> ...`` sets a secret."""
    return _IS_SECRET.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Form:
    """One form.

    hints: the text holds at least one of them, in lower case, or the pattern need not be tried. debug: only where
    output is debug output or an event, where no configuration stands. learn: whether the value is worth looking for
    elsewhere. line_with: the pattern is tried in lines with this text, in capitals or not, and it spans no lines.
    probe: a pattern that is found quickly, and that is in a text, behind a line break, wherever the form is.
    """

    name: str
    pattern: re.Pattern[str]
    hints: tuple[str, ...]
    debug: bool = False
    learn: bool = True
    line_with: str = ""
    probe: re.Pattern[str] | None = None

    def may_be_in(self, text: str, lower: str) -> bool:
        """Tell whether the pattern need be tried. lower: the text in lower case."""
        if self.hints and not any(hint in lower for hint in self.hints):
            return False
        return self.probe is None or self.probe.search("\n" + text) is not None


_KEYS = (
    r"(?:seeds?|secret|passw(?:or)?d|passphrase|psk|activation[_-]?code|private[_-]?(?:encryption[_-]?)?key|api[_-]?key"
    r"|auth[_-]?key|access[_-]?token)"
)
_KEY_HINTS = ("seed", "secret", "passw", "passphrase", "psk", "activation", "key", "token")

FORMS = (
    # `get` inside an entry: `activation-code     : ABCD...` (article 276480); an empty value stays empty.
    # [fact: get-forms]
    Form(
        "get",
        re.compile(rf"^[ \t]*{_ATTRIBUTE}[ \t]*:[ \t]*(?P<secret>\S[^\r\n]*)$", re.MULTILINE),
        ("seed", "code", "reg-id", "passw", "passphrase", "secret", "key", "pwd"),
        line_with=":",
    ),
    # A difference (`+ set seed ...`), `diagnose debug cli` (`0: set passwd ...`), and the log of a restore, article
    # 195668: `>>>  "set" "password" "ENC" "..." @ 3386:vpn...`.
    Form(
        "marked set",
        re.compile(
            rf'^[ \t]*(?:[-+][ \t]*|>>>[ \t]*|\d{{1,9}}:[ \t]*)"?set"?[ \t]+"?{_ATTRIBUTE}"?[ \t]+'
            r'(?P<secret>"(?:[^"\\]|\\.)*"(?=[ \t]*(?:<---[ \t]*)?$)'
            r"|\S[^\r\n]*?(?=[ \t]+@[ \t]*\d|[ \t]+<---|[ \t]*$))",
            re.MULTILINE | re.DOTALL,
        ),
        ("set",),
        probe=re.compile(r"\n[ \t]*[-+>\d]"),
    ),
    # An encrypted value; it is encrypted anew each time the unit shows it, so its text is not worth remembering.
    Form(
        "ENC",
        # Not with `\b` in front: a fixed text at the beginning is found many times faster.
        re.compile(r'ENC(?<!\wENC)"?[ \t]+"?(?P<secret>[A-Za-z0-9+/=_-]{4,})'),
        ("enc",),
        learn=False,
    ),
    # The head of a configuration with private-data-encryption (oxidized issue 3285, FortiOS 7.2.10).
    # [fact: private-data-header]
    Form(
        "private encryption key",
        re.compile(r"private-encryption-key[ \t]*=[ \t]*\"?(?P<secret>[^\s\"<]+)"),
        ("private-encryption-key",),
        learn=False,
    ),
    # Redemption code of FortiToken Mobile (article 194508). The code of the free trial tokens, all zeros, is printed in
    # Fortinet's documents. [fact: redemption-code-form]
    Form(
        "redemption code",
        re.compile(
            r"(?<![0-9A-Za-z-])(?!0000-0000-0000-0000-0000)(?P<secret>[0-9A-Fa-f]{4}(?:-[0-9A-Fa-f]{4}){4})"
            r"(?![0-9A-Za-z-])"
        ),
        (),
        probe=re.compile(r"-[0-9A-Fa-f]{4}-"),
    ),
    # "Token activation code sent" events and the mail itself (articles 190967 and 276480): 16 characters, base 32.
    # [fact: log-code-sent] [fact: activation-code-form]
    Form(
        "activation code",
        re.compile(r"(?<![0-9A-Za-z])(?P<secret>[A-Z2-7]{16})(?![0-9A-Za-z])"),
        ("activation",),
        line_with="activation",
    ),
    # A password in an address, and what HTTP carries in its head.
    Form(
        "address",
        re.compile(r"(?<![A-Za-z])[A-Za-z][A-Za-z+.-]{1,15}://[^\s:/@\"]{0,128}:(?P<secret>[^\s@/\"]{1,256})@"),
        ("://",),
        learn=False,
    ),
    Form(
        "authorization",
        re.compile(r"\b(?:authorization|x-auth-token|cookie)[\"']?[ \t]*[:=][ \t]*[\"']?(?P<secret>[^\r\n\"']+)", re.I),
        ("authorization", "x-auth-token", "cookie"),
        debug=True,
        learn=False,
    ),
    # How debug output or an event may name a secret otherwise: seed=..., seed[...], "seeds": ["..."], <seed>...</seed>.
    Form(
        "keyed",
        re.compile(
            rf"{_KEYS}[\w-]{{0,20}}\\?[\"']?[ \t]{{0,8}}"
            r"(?:[=\[>][ \t\[\\\"']{0,8}(?P<secret>[^\s\"'\\\[\]<>,}]{4,})"
            r"|:[ \t\[\\\"']{0,8}(?P<other>[^\s\"'\\\[\]<>,}]{8,}))",
            re.IGNORECASE,
        ),
        _KEY_HINTS,
        debug=True,
    ),
    # `set seed ...` in the middle of a line.
    Form(
        "quoted set",
        re.compile(rf"\bset[ \t]{{1,8}}\\?\"?{_ATTRIBUTE}\\?\"?[ \t]{{1,8}}(?P<secret>[^\s<][^\r\n]*)"),
        ("set",),
        debug=True,
        learn=False,
    ),
    # A bare seed: 40 hexadecimal digits (article 308115), and whatever else of that kind. Fingerprints look alike, so
    # only debug output is searched. [fact: debug-shows-seed]
    Form(
        "bare seed",
        re.compile(r"(?<![0-9A-Za-z])(?P<secret>[0-9a-fA-F]{32,})(?![0-9A-Za-z])"),
        (),
        debug=True,
    ),
    # A mail shows the code on a line of its own (article 276480). Serial numbers have the same length.
    # [fact: debug-shows-mail]
    Form(
        "bare code",
        re.compile(r"(?<![0-9A-Za-z])(?P<secret>[A-Z2-7]{16})(?![0-9A-Za-z])"),
        (),
        debug=True,
    ),
)

# A serial, or up to twenty in a row.
_SERIALS = re.compile(
    r"[A-Z](?<![0-9A-Za-z].)[0-9A-Z]{9,19}(?:[ \t]+[A-Z][0-9A-Z]{9,19}){0,19}(?![0-9A-Za-z])",
)
# Where a serial stands as what it is: an entry, a row of the status list, an argument, a field of an event or request.
# Codes look alike: 16 characters, and they may begin with FTK, FG or FW.
_BEFORE_SERIALS = re.compile(
    r"(?:^[ \t]*edit[ \t]+\"?|^[ \t]*Serial-Number:[ \t]*"
    r"|\bset[ \t]+(?:fortitoken|serial-number)[ \t]+\"?|\bexecute[ \t]+fortitoken(?:-mobile)?[ \t]+[a-z-]{1,20}[ \t]+"
    r"|(?<![A-Za-z])(?:serialno|serial[_-]?(?:number|no)?|sn|token|devid)\\?\"?[ \t]*[=:][ \t]*[\[\\\" ]{0,8})\Z"
)
_STATUS_ROW = re.compile(r"[0-9A-Z]{16}[ \t]+-?\d{1,18}[ \t]+\S")
#: What is looked at in front of a serial, so that the time stays linear.
_LONGEST_HEAD = 256


@lru_cache(maxsize=1024)
def _introduces(head: str) -> bool:
    return _BEFORE_SERIALS.search(head) is not None


def known_serials(text: str) -> Iterator[str]:
    """Yield the serials that stand in ``text`` as what they are, in a row with blanks where they stand so."""
    for match in _SERIALS.finditer(text):
        start = match.start()
        line = text.rfind("\n", max(0, start - _LONGEST_HEAD), start) + 1
        # Nothing begins where the line is cut: what is not known as a serial may be taken out, and that is harmless.
        head = text[line:start] if line or start <= _LONGEST_HEAD else "x" + text[start - _LONGEST_HEAD : start]
        if _introduces(head) or (not head.strip(" \t") and _STATUS_ROW.match(text, start)):
            yield match.group()
