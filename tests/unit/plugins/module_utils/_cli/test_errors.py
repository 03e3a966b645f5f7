# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the command line, and texts that only look like them."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import Fault, detect

FAULTS = [
    ("Unknown action 0", None, "Unknown action 0"),
    ("command parse error before 'psu'\n\nCommand fail. Return code -61", -61, "command parse error before 'psu'"),
    ("command parse error before '|'", None, "command parse error before '|'"),
    ("incomplete command in the end\n\nCommand fail. Return code -160", -160, "incomplete command in the end"),
    (
        "node_check_object fail! for two-factor fob\n\nvalue parse error before 'fob'\nCommand fail. Return code -651",
        -651,
        "node_check_object fail! for two-factor fob; value parse error before 'fob'",
    ),
    (
        "node_check_object fail! for name x\n\nAttribute 'name' value 'x' checking fail -33\n"
        "Command fail. Return code -33",
        -33,
        "node_check_object fail! for name x; Attribute 'name' value 'x' checking fail -33",
    ),
    (
        "entry not found in datasource\n\nvalue parse error before 'FTK200BAA0000000'\nCommand fail. Return code -3",
        -3,
        "entry not found in datasource; value parse error before 'FTK200BAA0000000'",
    ),
    (
        "The entry is used by other 2 entries\nCommand fail. Return code -23",
        -23,
        "The entry is used by other 2 entries",
    ),
    ("Maximum number of entries has been reached.", None, "Maximum number of entries has been reached."),
    (
        "object set operator error, -39 discard the setting\nCommand fail. Return code -39",
        -39,
        "object set operator error, -39 discard the setting",
    ),
    ("Command fail. Return code -7564", -7564, "Command fail. Return code -7564"),
    (
        "import fortitoken license error: -7564\nCommand fail. Return code -7564",
        -7564,
        "import fortitoken license error: -7564",
    ),
    ("import fortitoken license error: -7564", None, "import fortitoken license error: -7564"),
    ("forticare license card not found", None, "forticare license card not found"),
    ("\n\nno valid token found\n\n", None, "no valid token found"),
]


@pytest.mark.parametrize(("output", "code", "text"), FAULTS)
def test_documented_errors(output: str, code: int | None, text: str) -> None:
    assert detect(output) == Fault(code, text)


@pytest.mark.parametrize(("output", "code", "text"), FAULTS)
def test_errors_behind_a_long_output(output: str, code: int | None, text: str) -> None:
    assert detect("config user local\n" * 1000 + output) == Fault(code, text)


@pytest.mark.parametrize(
    "output",
    [
        "",
        "\n",
        '    edit "x"\n        set comments "Command fail. Return code -61"\n    next\nend',
        'config user local\n    edit "Unknown action 0"\n    next\nend',
        'config system replacemsg admin post_admin-banner\n    set buffer "hello\nUnknown action 0\nbye"\nend',
        "5 packets transmitted, 0 packets received, 100% packet loss",
        "FTK200BAA0000000  0  activation error (token not exist in FortiGuard)",
        "FTK200BAA0000000  0  cmdb save error",
        "token already activated, and seed won't be returned",
        "Debug messages will be on for 30 minutes.",
    ],
)
def test_no_errors(output: str) -> None:
    assert detect(output) is None


def test_reads_well() -> None:
    assert str(Fault(-61, "command parse error")) == "command parse error (return code -61)"
    assert str(Fault(None, "Unknown action 0")) == "Unknown action 0"
